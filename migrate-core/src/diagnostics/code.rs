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

/// A table that is not there at this point of the history.
pub const UNKNOWN_TABLE: Code = Code("unknown_table");

/// A column that several tables of a query have.
pub const AMBIGUOUS_COLUMN: Code = Code("ambiguous_column");

/// A column that its table does not have at this point of the history.
pub const UNKNOWN_COLUMN: Code = Code("unknown_column");

/// An extension that the history does not have.
pub const UNKNOWN_EXTENSION: Code = Code("unknown_extension");

/// An index that is not there.
pub const UNKNOWN_INDEX: Code = Code("unknown_index");

/// A view that is not there.
pub const UNKNOWN_VIEW: Code = Code("unknown_view");

/// A trigger that is not there.
pub const UNKNOWN_TRIGGER: Code = Code("unknown_trigger");

/// A constraint that its table does not have.
pub const UNKNOWN_CONSTRAINT: Code = Code("unknown_constraint");

/// A function without one meaning in both dialects.
pub const UNKNOWN_FUNCTION: Code = Code("unknown_function");

/// A collation that is not of the language, or not there in a dialect.
pub const UNKNOWN_COLLATION: Code = Code("unknown_collation");

/// A name that is taken already, letter case aside.
pub const DUPLICATE_NAME: Code = Code("duplicate_name");

/// A second primary key on a table.
pub const DUPLICATE_PRIMARY_KEY: Code = Code("duplicate_primary_key");

/// A name of more than 63 bytes, which PostgreSQL would cut.
pub const NAME_TOO_LONG: Code = Code("name_too_long");

/// A name that no database can have.
pub const INVALID_NAME: Code = Code("invalid_name");

/// A name that a database or the runtime keeps for itself.
pub const RESERVED_NAME: Code = Code("reserved_name");

/// A table without a column.
pub const EMPTY_TABLE: Code = Code("empty_table");

/// More columns than a database has room for.
pub const TOO_MANY_COLUMNS: Code = Code("too_many_columns");

/// A type that cannot be.
pub const INVALID_TYPE: Code = Code("invalid_type");

/// A table without rowids that needs them, or that SQLite does not have.
pub const WITHOUT_ROWID: Code = Code("without_rowid");

/// A generated column that cannot be, or what would write to one.
pub const INVALID_GENERATED: Code = Code("invalid_generated");

/// A default that does not fit its column.
pub const INVALID_DEFAULT: Code = Code("invalid_default");

/// Values of different types in one expression.
pub const TYPE_MISMATCH: Code = Code("type_mismatch");

/// A cast without one meaning in both dialects.
pub const INVALID_CAST: Code = Code("invalid_cast");

/// A function with arguments that it does not take.
pub const WRONG_ARGUMENTS: Code = Code("wrong_arguments");

/// An `insert` that leaves out a column that needs a value.
pub const MISSING_VALUE: Code = Code("missing_value");

/// Literals of a row that break a check of its table.
pub const BREAKS_CHECK: Code = Code("breaks_check");

/// A unique key over columns that hold the same in all rows of a table that had rows before.
pub const REPEATED_DEFAULT: Code = Code("repeated_default");

/// Rows of one statement that agree in a unique key.
pub const REPEATED_KEY: Code = Code("repeated_key");

/// Null, written to a column that cannot be null.
pub const NULL_VALUE: Code = Code("null_value");

/// More or fewer values than there are columns.
pub const ROW_LENGTH: Code = Code("row_length");

/// A query that may give several rows where one value is wanted.
pub const SEVERAL_ROWS: Code = Code("several_rows");

/// A function over many rows where there is one.
pub const MISPLACED_AGGREGATE: Code = Code("misplaced_aggregate");

/// A column of a grouped query that is neither grouped nor in an aggregate.
pub const UNGROUPED_COLUMN: Code = Code("ungrouped_column");

/// Something that changes, where a database judges a row once.
pub const NOT_DETERMINISTIC: Code = Code("not_deterministic");

/// A column of a primary key that may be null.
pub const NULLABLE_PRIMARY_KEY: Code = Code("nullable_primary_key");

/// `autoincrement` anywhere but on a lone integer primary key.
pub const MISPLACED_AUTOINCREMENT: Code = Code("misplaced_autoincrement");

/// A foreign key whose type is not that of its target.
pub const FOREIGN_KEY_TYPE: Code = Code("foreign_key_type");

/// A foreign key with more or fewer columns than its target.
pub const FOREIGN_KEY_COLUMNS: Code = Code("foreign_key_columns");

/// A foreign key to columns that nothing makes unique.
pub const FOREIGN_KEY_TARGET: Code = Code("foreign_key_target");

/// An action that the columns of a foreign key cannot take.
pub const FOREIGN_KEY_ACTION: Code = Code("foreign_key_action");

/// A NOT NULL column without default, added to a table that has rows.
pub const MISSING_DEFAULT: Code = Code("missing_default");

/// A type change under which values may not survive.
pub const LOSSY_TYPE_CHANGE: Code = Code("lossy_type_change");

/// A `using` that reads what its block changes.
pub const INVALID_USING: Code = Code("invalid_using");

/// What SQLite cannot do without rebuilding the table.
pub const NEEDS_RECREATE: Code = Code("needs_recreate");

/// `recreate` where nothing needs it.
pub const NEEDLESS_RECREATE: Code = Code("needless_recreate");

/// An alteration that changes nothing.
pub const NO_CHANGE: Code = Code("no_change");

/// A column that cannot go while something stands on it.
pub const COLUMN_IN_USE: Code = Code("column_in_use");

/// A table that cannot go, or get another name, while something stands on it.
pub const TABLE_IN_USE: Code = Code("table_in_use");

/// A view that cannot go, or get another name, while something stands on it.
pub const VIEW_IN_USE: Code = Code("view_in_use");

/// An extension that cannot go while something stands on it.
pub const EXTENSION_IN_USE: Code = Code("extension_in_use");

/// A column of a view that has no name.
pub const UNNAMED_COLUMN: Code = Code("unnamed_column");

/// Uniqueness that cannot go while foreign keys stand on it.
pub const UNIQUENESS_IN_USE: Code = Code("uniqueness_in_use");

/// An index that a database cannot make.
pub const INVALID_INDEX: Code = Code("invalid_index");

/// A way down that cannot be derived and is not written.
pub const DOWN_REQUIRED: Code = Code("down_required");

/// A `down` that does not lead back to the schema before `up`.
pub const DOWN_NOT_INVERSE: Code = Code("down_not_inverse");

/// Raw SQL that would end the migration's transaction or outlive it.
pub const TRANSACTION_IN_SQL: Code = Code("transaction_in_sql");

/// What stands outside of a transaction, beside what needs one.
pub const MIXED_TRANSACTION: Code = Code("mixed_transaction");

/// An `update` that cannot be done in batches.
pub const INVALID_BATCHES: Code = Code("invalid_batches");

/// Raw SQL that would change a known table behind the checker's back.
pub const RAW_DDL: Code = Code("raw_ddl");

/// Raw SQL declares what is not creating or dropping something.
pub const CANNOT_BE_DECLARED: Code = Code("cannot_be_declared");

/// Raw SQL that is none.
pub const INVALID_SQL: Code = Code("invalid_sql");

/// What SQLite itself refuses, though nothing was found wrong with it before.
pub const SQLITE_REFUSES: Code = Code("sqlite_refuses");

/// What PostgreSQL's own parser refuses; the command line alone has it.
pub const POSTGRES_SYNTAX: Code = Code("postgres_syntax");

/// A function of the application for no database of the history, or for two at once.
pub const WRONG_DIALECT: Code = Code("wrong_dialect");

/// An option of a history that cannot be.
pub const INVALID_OPTION: Code = Code("invalid_option");

/// A listed migration without a file.
pub const MISSING_FILE: Code = Code("missing_file");

/// A migration's file that its history does not list.
pub const UNLISTED_FILE: Code = Code("unlisted_file");

/// A migration that stands twice in its history.
pub const LISTED_TWICE: Code = Code("listed_twice");

/// A migration's file that no history lists, or a folder without a history.
pub const NO_HISTORY: Code = Code("no_history");

/// A file that cannot be read or is no Rust.
pub const UNREADABLE_FILE: Code = Code("unreadable_file");

/// A released migration that does something else now, or has another name.
pub const RELEASED_MIGRATION_CHANGED: Code = Code("released_migration_changed");

/// A released migration in another place of its history.
pub const RELEASED_MIGRATION_MOVED: Code = Code("released_migration_moved");

/// A released migration that its history does not have.
pub const RELEASED_MIGRATION_MISSING: Code = Code("released_migration_missing");

/// A new migration before a released one.
pub const MIGRATION_BEFORE_RELEASED: Code = Code("migration_before_released");

/// A `migrations.lock` that is none, or not of one history.
pub const INVALID_LOCK_FILE: Code = Code("invalid_lock_file");

/// A step that a dialect cannot do.
pub const UNSUPPORTED_STEP: Code = Code("unsupported_step");

/// SQL or a function that moves rows others refer to with actions, beside a rebuild, for which foreign keys are off.
pub const CASCADE_BESIDE_REBUILD: Code = Code("cascade_beside_rebuild");

/// The name of a lint that there is not.
pub const UNKNOWN_LINT: Code = Code("unknown_lint");

/// Lint: a table goes with its rows.
pub const DROPS_ROWS: Code = Code("drops_rows");

/// Lint: a column goes with its values.
pub const DROPS_VALUES: Code = Code("drops_values");

/// Lint: a column goes and one of the same type comes.
pub const LOOKS_LIKE_RENAME: Code = Code("looks_like_rename");

/// Lint: PostgreSQL writes every row anew while nobody can use the table.
pub const REWRITES_TABLE: Code = Code("rewrites_table");

/// Lint: PostgreSQL looks at every row while the table is locked.
pub const SCANS_TABLE: Code = Code("scans_table");

/// Lint: PostgreSQL builds an index while nobody can write to the table.
pub const BLOCKS_WRITES: Code = Code("blocks_writes");

/// Lint: whether this succeeds depends on the rows that are there.
pub const DEPENDS_ON_ROWS: Code = Code("depends_on_rows");

/// Lint: whether the derived way down succeeds depends on the rows that are there by then.
pub const DOWN_MAY_FAIL: Code = Code("down_may_fail");

/// Lint: an integer key that SQLite numbers and PostgreSQL does not.
pub const UNNUMBERED_KEY: Code = Code("unnumbered_key");

/// Lint: a foreign key between texts of different lengths.
pub const FOREIGN_KEY_LENGTH: Code = Code("foreign_key_length");

/// Lint: a data statement sets off triggers of the table that it writes.
pub const FIRES_TRIGGERS: Code = Code("fires_triggers");

/// Lint: a table or view takes the name that another had before it was renamed.
pub const REUSED_NAME: Code = Code("reused_name");

/// Lint: a name with capitals, which PostgreSQL finds in quotes alone.
pub const MIXED_CASE_NAME: Code = Code("mixed_case_name");

/// Lint: an `allow` of what is not there.
pub const NEEDLESS_ALLOW: Code = Code("needless_allow");

/// What is legal and dangerous, or a trap: warnings about migrations that are not released yet.
pub const LINTS: [Code; 14] = [
    DROPS_ROWS,
    DROPS_VALUES,
    LOOKS_LIKE_RENAME,
    REWRITES_TABLE,
    SCANS_TABLE,
    BLOCKS_WRITES,
    DEPENDS_ON_ROWS,
    DOWN_MAY_FAIL,
    UNNUMBERED_KEY,
    FOREIGN_KEY_LENGTH,
    FIRES_TRIGGERS,
    REUSED_NAME,
    MIXED_CASE_NAME,
    NEEDLESS_ALLOW,
];
