//! Whether a blank stands between two pieces of a line.

use super::pieces::{Piece, PieceKind};

/// Words before which a parenthesis stands without a blank: types, functions, options.
const TIGHT: &[&str] = &[
    "abs",
    "allow",
    "avg",
    "cast",
    "char",
    "coalesce",
    "count",
    "decimal",
    "deny",
    "dialects",
    "enum",
    "integer",
    "length",
    "lower",
    "max",
    "min",
    "nullif",
    "postgres",
    "real",
    "replace",
    "round",
    "search_also",
    "sqlite",
    "substr",
    "sum",
    "text",
    "trim",
    "upper",
];

/// Words behind which a sign belongs to the number that follows.
const BEFORE_VALUES: &[&str] = &[
    "and", "between", "by", "case", "default", "else", "having", "in", "like", "limit", "not", "offset",
    "on", "or", "select", "set", "then", "using", "values", "when", "where",
];

/// Signs of two characters.
const SIGNS: &[(&str, &str)] = &[
    ("<", ">"),
    ("<", "="),
    (">", "="),
    ("|", "|"),
    ("!", "="),
    ("=", "="),
    ("&", "&"),
    (":", ":"),
    ("=", ">"),
];

/// Whether a blank stands before the piece of that number.
pub(super) fn blank_before(pieces: &[Piece<'_>], number: usize) -> bool {
    let next = &pieces[number];
    let Some(last) = number.checked_sub(1).map(|n| &pieces[n]) else { return false };
    if next.is(",") || next.is(";") {
        return false;
    }
    if next.is_comment() || last.is_comment() {
        return true;
    }
    let open = |p: &Piece<'_>| matches!(p.kind, PieceKind::Open(_));
    let brace = |p: &Piece<'_>| p.text == "{" || p.text == "}";
    if open(last) && next.kind == PieceKind::Close {
        return false;
    }
    if (open(last) || next.kind == PieceKind::Close) && !brace(last) && !brace(next) {
        return false;
    }
    if next.kind == PieceKind::Close || open(last) {
        // Inside of braces stand blanks, inside of parentheses none.
        return if open(last) { brace(last) } else { brace(next) };
    }
    // `1.` and `.` apart are no range.
    if next.is(".") && last.kind == PieceKind::Literal {
        return true;
    }
    // A lifetime is a `'` and a word; parted from it, the `'` would begin a character.
    if next.is(".") || last.is(".") || last.is("'") {
        return false;
    }
    if last.is("#") || (last.is("!") && next.is("[")) {
        return false;
    }
    if next.is(":") {
        // Two that are apart stay so: together they would be a path's.
        return last.is(":") && !next.glued;
    }
    if is_path(pieces, number - 1) {
        return false;
    }
    if last.kind == PieceKind::Punct && next.kind == PieceKind::Punct && next.glued {
        return !SIGNS.contains(&(last.text, next.text));
    }
    if next.kind != PieceKind::Punct && is_sign(pieces, number - 1) {
        return false;
    }
    if next.is("(") && last.kind == PieceKind::Word {
        return !TIGHT.contains(&last.text);
    }
    true
}

/// Whether the piece is the second of `::`.
fn is_path(pieces: &[Piece<'_>], number: usize) -> bool {
    let colon = |n: Option<usize>| n.and_then(|n| pieces.get(n)).is_some_and(|p| p.is(":"));
    pieces[number].glued && colon(Some(number)) && colon(number.checked_sub(1))
}

/// Whether the piece is the sign of the number that follows.
fn is_sign(pieces: &[Piece<'_>], number: usize) -> bool {
    if !pieces[number].is("-") && !pieces[number].is("+") {
        return false;
    }
    match number.checked_sub(1).map(|n| &pieces[n]) {
        None => true,
        Some(before) => match before.kind {
            PieceKind::Open(_) | PieceKind::Punct => true,
            PieceKind::Word => BEFORE_VALUES.contains(&before.text),
            _ => false,
        },
    }
}
