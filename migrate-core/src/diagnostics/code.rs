//! The codes: every rule as a word, named like a lint.

/// A rule's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The word.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// What is written is not the language.
pub const SYNTAX: Code = Code("syntax");

/// A word stands for a type and is none.
pub const UNKNOWN_TYPE: Code = Code("unknown_type");

/// No statement, alteration or item begins with these words.
pub const UNKNOWN_STATEMENT: Code = Code("unknown_statement");

/// No option of a history has this name.
pub const UNKNOWN_OPTION: Code = Code("unknown_option");

/// A literal of Rust that the language does not take, or a number that is out of range.
pub const INVALID_LITERAL: Code = Code("invalid_literal");

/// The same modifier, clause or option twice.
pub const DUPLICATE_MODIFIER: Code = Code("duplicate_modifier");

/// The language has it, this release does not.
pub const NOT_SUPPORTED: Code = Code("not_supported");

/// A migration without statements.
pub const EMPTY_MIGRATION: Code = Code("empty_migration");

/// An attribute where none may stand: a history that differs by feature is a fork.
pub const ATTRIBUTE: Code = Code("attribute");

/// A doc comment that belongs to no table and no column, so that nothing keeps it.
pub const UNUSED_DOC_COMMENT: Code = Code("unused_doc_comment");
