//! Any tokens at all: parsing ends, does not panic, and reports what it drops.

use crate::diagnostics::Diagnostics;
use crate::print;
use crate::source::{FileId, Kind, Position, Token};
use crate::syntax::{parse_history, parse_migration};

const WORDS: [&str; 100] = [
    "call",
    "outside",
    "create",
    "table",
    "index",
    "unique",
    "drop",
    "rename",
    "alter",
    "column",
    "add",
    "to",
    "on",
    "where",
    "recreate",
    "type",
    "set",
    "not",
    "null",
    "default",
    "primary",
    "key",
    "foreign",
    "references",
    "delete",
    "update",
    "cascade",
    "check",
    "constraint",
    "sql",
    "sqlite",
    "postgres",
    "up",
    "down",
    "auto",
    "irreversible",
    "name",
    "text",
    "integer",
    "decimal",
    "enum",
    "as",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "and",
    "or",
    "is",
    "in",
    "like",
    "between",
    "now",
    "random",
    "users",
    "a",
    "using",
    "desc",
    "collate",
    "nocase",
    "autoincrement",
    "serial",
    "deferrable",
    "if",
    "exists",
    "migration",
    "history",
    "dialects",
    "min",
    "strict",
    "mod",
    "doc",
    "exists",
    "select",
    "concurrently",
    "valid",
    "generated",
    "varchar",
    "true",
    "false",
    "action",
    "no",
    "restrict",
    "insert",
    "from",
    "values",
    "into",
    "join",
    "left",
    "group",
    "by",
    "having",
    "distinct",
    "limit",
    "order",
    "conflict",
    "do",
    "nothing",
];
const SIGNS: [&str; 22] = [
    ":", ":", ";", ";", ",", ",", ",", "=", "<", ">", "|", "-", "+", "*", "/", "%", "#", "!", ".", "'", "&",
    "?",
];
const LITERALS: [&str; 14] = [
    "\"a\"",
    "\"order-items\"",
    "1",
    "0",
    "0x1f",
    "1.5",
    "b\"x\"",
    "'a'",
    "1u8",
    "c\"x\"",
    "\"\"",
    "99999999999999999999999999999999999999999999",
    "r#\"x`?.\"#",
    "1e400",
];

/// Numbers without pattern, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn token(kind: Kind, text: &str, at: u32, line: u32) -> Token {
    Token {
        kind,
        text: text.into(),
        start: Position { line, column: at },
        end: Position { line, column: at + 1 },
        bytes: (0, 0),
    }
}

/// Tokens in any order, delimiters balanced unless `broken`.
fn soup(numbers: &mut Numbers, broken: bool) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<(usize, &str)> = Vec::new();
    let same_place = numbers.below(4) == 0;
    let mut line = 1;
    for _ in 0..numbers.below(40) {
        let at = if same_place { 0 } else { tokens.len() as u32 };
        line += u32::from(!same_place && numbers.below(8) == 0);
        match numbers.below(20) {
            0..=10 => {
                let raw = numbers.below(20) == 0;
                tokens.push(token(Kind::Word { raw }, WORDS[numbers.below(WORDS.len())], at, line));
            }
            11..=13 => tokens.push(token(Kind::Punct, SIGNS[numbers.below(SIGNS.len())], at, line)),
            14..=15 => tokens.push(token(Kind::Literal, LITERALS[numbers.below(LITERALS.len())], at, line)),
            16..=17 => {
                let (start, end) = [("(", ")"), ("{", "}"), ("[", "]")][numbers.below(3)];
                let mate = numbers.below(60) as u32;
                tokens.push(token(Kind::Open { mate }, start, at, line));
                if !broken {
                    open.push((tokens.len() - 1, end));
                }
            }
            _ => close(&mut tokens, &mut open, line),
        }
    }
    while !open.is_empty() {
        close(&mut tokens, &mut open, line);
    }
    tokens
}

fn close(tokens: &mut Vec<Token>, open: &mut Vec<(usize, &str)>, line: u32) {
    if let Some((start, text)) = open.pop() {
        let mate = tokens.len() as u32;
        tokens[start].kind = Kind::Open { mate };
        tokens.push(token(Kind::Close, text, mate, line));
    }
}

#[test]
fn no_tokens_make_the_parser_panic_or_hang() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for i in 0..20_000 {
        let tokens = soup(&mut numbers, i % 5 == 0);
        let mut cx = Diagnostics::default();
        let migration = parse_migration(&mut cx, FileId(1), &tokens);
        let text = print::canonical(&migration);
        assert!(cx.has_errors() || !text.is_empty(), "nothing was said about {tokens:?}");
        for d in cx.finish() {
            assert!(d.loc.first <= d.loc.last);
            assert!((d.loc.last as usize) < tokens.len().max(1));
        }
        parse_history(&mut Diagnostics::default(), FileId(0), &tokens);
    }
}

/// The corpus with one token dropped, doubled or replaced. What is still without error must survive its own print:
/// then nothing of it was dropped in silence.
#[test]
fn no_slip_of_the_pen_goes_unreported() {
    let corpus = crate::testing::tokens(include_str!("data/corpus.txt"));
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut whole = 0;
    for _ in 0..500 {
        let tokens = slip(&corpus, &mut numbers);
        let mut cx = Diagnostics::default();
        let migration = parse_migration(&mut cx, FileId(1), &tokens);
        if cx.has_errors() {
            continue;
        }
        whole += 1;
        let once = print::canonical(&migration);
        let mut cx = Diagnostics::default();
        let again = parse_migration(&mut cx, FileId(1), &crate::testing::tokens(&once));
        assert_eq!(cx.finish(), [], "{once}");
        assert_eq!(print::canonical(&again), once);
    }
    assert!(whole > 30, "{whole}");
}

fn slip(corpus: &[Token], numbers: &mut Numbers) -> Vec<Token> {
    let mut tokens = corpus.to_vec();
    let at = numbers.below(tokens.len());
    if matches!(tokens[at].kind, Kind::Open { .. } | Kind::Close) {
        return tokens;
    }
    let place = tokens[at].start;
    let new = match numbers.below(3) {
        0 => token(Kind::Punct, SIGNS[numbers.below(SIGNS.len())], place.column, place.line),
        1 => token(Kind::Literal, LITERALS[numbers.below(8)], place.column, place.line),
        _ => {
            let raw = numbers.below(4) == 0;
            let word = WORDS[numbers.below(WORDS.len())];
            token(Kind::Word { raw }, word, place.column, place.line)
        }
    };
    match numbers.below(3) {
        0 => tokens[at] = new,
        1 => {
            tokens.remove(at);
            shift_mates(&mut tokens, at, -1);
        }
        _ => {
            tokens.insert(at, new);
            shift_mates(&mut tokens, at, 1);
        }
    }
    tokens
}

fn shift_mates(tokens: &mut [Token], from: usize, by: i32) {
    for token in tokens {
        if let Kind::Open { mate } = &mut token.kind
            && *mate as usize >= from
        {
            *mate = mate.saturating_add_signed(by);
        }
    }
}

#[test]
fn deep_and_long_expressions_are_refused_in_time() {
    for inside in [
        "(".repeat(20_000) + "1" + &")".repeat(20_000),
        "not ".repeat(20_000) + "a",
        "- ".repeat(20_000) + "a",
        "a + ".repeat(20_000) + "a",
        "case when ".repeat(20_000),
        "f(".repeat(20_000) + &")".repeat(20_000),
        "a = ".repeat(20_000),
    ] {
        let tokens = crate::testing::tokens(&format!("create index i on t (a) where {inside};"));
        let mut cx = Diagnostics::default();
        parse_migration(&mut cx, FileId(1), &tokens);
        assert_eq!(cx.finish().len(), 1);
    }
}

#[test]
fn long_lists_are_not_deep() {
    let list = "1, ".repeat(5000);
    let chain = "a = 1 or ".repeat(200);
    for condition in [format!("a in ({list})"), format!("{chain} a = 1")] {
        let tokens = crate::testing::tokens(&format!("create index i on t (a) where {condition};"));
        let mut cx = Diagnostics::default();
        parse_migration(&mut cx, FileId(1), &tokens);
        assert_eq!(cx.finish(), []);
    }
}
