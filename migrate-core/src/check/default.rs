//! Defaults and literals: each fits the type it is for, on both databases.
//!
//! PostgreSQL accepts `varchar(3) DEFAULT 'toolong'` and `smallint DEFAULT 70000` and then fails every insert, and
//! SQLite stores whatever it is given; so the fit is judged here.

use super::Checker;
use super::alter::Block;
use super::expr::is_number;
use super::foreign_key::type_text;
use crate::calendar::is_date;
use crate::diagnostics::code;
use crate::schema::expr::Family;
use crate::schema::{Column, Default, Table};
use crate::source::Loc;
use crate::syntax::ast::{self, DefaultKind};
use crate::syntax::types::{Literal, NativeSql, Type};
use crate::target::Dialect;
use crate::target::native;
use crate::target::sqlite::rowid_column;

impl Checker<'_> {
    /// The default of a column; `default null` is none.
    pub(super) fn check_default(&mut self, column: &Column, default: &ast::Default) -> Option<Default> {
        match &default.kind {
            DefaultKind::Literal(Literal::Null) => None,
            DefaultKind::Literal(literal) => match fit(literal, &column.ty) {
                Ok(literal) => Some(Default::Literal(literal)),
                Err(why) => {
                    let message = format!(
                        "{} is no default for `{}: {}`",
                        literal_text(literal),
                        column.name,
                        type_text(&column.ty)
                    );
                    let report = self.cx.error(code::INVALID_DEFAULT, default.loc, message).note(why);
                    if let Some(help) = default_help(&column.ty) {
                        report.help(help);
                    }
                    None
                }
            },
            DefaultKind::Now if has_now(column.ty.family()) => Some(Default::Now),
            DefaultKind::Now => {
                let message = format!("`now` is no default for `{}: {}`", column.name, type_text(&column.ty));
                self.cx.error(code::INVALID_DEFAULT, default.loc, message).help(
                    "`now` is for `timestamp_ms`, `timestamp`, `datetime`, `datetimetz`, `date` and `time`",
                );
                None
            }
            DefaultKind::Random if column.ty == Type::Uuid => Some(Default::Random),
            DefaultKind::Random => {
                let message =
                    format!("`random` is no default for `{}: {}`", column.name, type_text(&column.ty));
                self.cx.error(code::INVALID_DEFAULT, default.loc, message).help("`random` is for `uuid`");
                None
            }
            DefaultKind::Expr(expr) => self.check_default_expr(column, expr).map(Default::Expr),
            DefaultKind::Sql(native) => {
                let sql = self.check_native_part(native)?;
                self.check_sql_default(column, &sql, default.loc).then_some(Default::Sql(sql))
            }
        }
    }

    /// Of the author's SQL only a lone number is read: PostgreSQL takes it for a column of numbers alone.
    fn check_sql_default(&mut self, column: &Column, sql: &NativeSql, loc: Loc) -> bool {
        let text = sql.postgres.as_deref().filter(|_| self.options.has(Dialect::Postgres));
        let Some(text) = text.filter(|text| text.trim().parse::<f64>().is_ok()) else { return true };
        // A type of PostgreSQL's own of which nothing is known may take it.
        let takes = match column.ty.family() {
            Family::Unknown => native::known(&column.ty).is_none(),
            family => is_number(family),
        };
        if !takes {
            let message =
                format!("`{}` is no default for `{}: {}`", text.trim(), column.name, type_text(&column.ty));
            let report = self.cx.error(code::INVALID_DEFAULT, loc, message);
            report.note("PostgreSQL does not make a column whose default is of another type");
        }
        takes
    }

    /// A lone integer key is SQLite's rowid: what is not given for it gets a number, and its default is never read.
    /// PostgreSQL would use it.
    pub(super) fn check_key_default(&mut self, table: &Table, place: impl FnOnce(&str) -> Loc) {
        if !self.options.has(Dialect::Sqlite) {
            return;
        }
        // What numbers itself has an error of its own.
        let Some(key) = rowid_column(table).filter(|k| k.default.is_some() && k.autoincrement.is_none())
        else {
            return;
        };
        let message = format!("`{}` is a key that SQLite numbers, and cannot have a default", key.name);
        let report = self.cx.error(code::INVALID_DEFAULT, place(&key.name), message);
        let report = report.note(
            "a lone integer key is the rowid there, and its default is never read; PostgreSQL would use it",
        );
        if self.schema.table(&table.name).is_some() {
            report.help(format!("drop the default: `alter column {} drop default`", key.name));
        } else {
            report.help("leave out the default, or create the table `without rowid`");
        }
    }

    /// The same after the changes of a table, at the change that made it so.
    pub(super) fn check_key_default_after(&mut self, block: &Block) {
        let is = |table: &Table| rowid_column(table).is_some_and(|k| k.default.is_some());
        if !is(&block.now) {
            return;
        }
        let mut table = block.before.clone();
        let mut at = None;
        for (change, loc) in &block.changes {
            let was = is(&table);
            table.apply(change);
            if is(&table) && !was {
                at = Some(*loc);
            }
        }
        if let Some(loc) = at {
            self.check_key_default(&block.now, |_| loc);
        }
    }
}

/// Whether `now` has a form in a family.
pub(super) fn has_now(family: Family) -> bool {
    matches!(
        family,
        Family::TimestampMs
            | Family::Timestamp
            | Family::Datetime
            | Family::DatetimeTz
            | Family::Date
            | Family::Time
    )
}

/// Whether a default of the old type is one of the new type too.
pub(super) fn default_survives(default: &Default, ty: &Type) -> bool {
    match default {
        Default::Literal(literal) => fit(literal, ty).is_ok(),
        Default::Now => has_now(ty.family()),
        Default::Random => *ty == Type::Uuid,
        Default::Expr(expr) => super::expr::same_family(expr.family, ty.family()),
        Default::Sql(_) => ty.family() == Family::Unknown,
    }
}

fn default_help(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Boolean => "write `true` or `false`",
        Type::Json => "write a string that is valid JSON: `\"[]\"`, `\"{}\"`",
        Type::Timestamp => "write `now`",
        Type::Uuid => "write `random`, or a UUID in lower case",
        Type::Datetime | Type::DatetimeTz => "write `now`, or a string such as `\"2024-01-31 23:59:59\"`",
        Type::Date => "write `now`, or a string such as `\"2024-01-31\"`",
        Type::Time => "write `now`, or a string such as `\"23:59:59\"`",
        Type::Blob => "write a byte string: `b\"..\"`",
        Type::Native { .. } => "write `sql { .. }`",
        _ => return None,
    })
}

/// The literal as a value of the type, or why it is none.
pub(super) fn fit(literal: &Literal, ty: &Type) -> Result<Literal, String> {
    if *literal == Literal::Null {
        return Ok(Literal::Null);
    }
    match (ty, literal) {
        (Type::Text, Literal::Text(text)) => no_nul(text),
        (Type::TextN(n) | Type::Char(n), Literal::Text(text)) => {
            let length = text.chars().count();
            if length > *n as usize {
                return Err(format!("it has {length} characters, and the column holds {n}"));
            }
            no_nul(text)
        }
        (Type::Enum(values), Literal::Text(text)) if values.contains(text) => Ok(literal.clone()),
        (Type::Enum(values), Literal::Text(_)) => {
            let all = values.iter().map(|v| format!("\"{v}\"")).collect::<Vec<_>>().join(", ");
            Err(format!("the values are {all}"))
        }
        (Type::Integer(bits), Literal::Integer(number)) => {
            let limit = 1i128 << (bits - 1);
            if (-limit..limit).contains(number) {
                Ok(literal.clone())
            } else {
                Err(format!("an integer of {bits} bits goes from {} to {}", -limit, limit - 1))
            }
        }
        (Type::TimestampMs, Literal::Integer(number)) => match i64::try_from(*number) {
            Ok(_) => Ok(literal.clone()),
            Err(_) => Err("milliseconds are an integer of 64 bits".to_owned()),
        },
        (Type::Boolean, Literal::Boolean(_)) => Ok(literal.clone()),
        (Type::Boolean, Literal::Integer(_)) => {
            Err("a boolean is no number, though SQLite stores it as one".to_owned())
        }
        (Type::Json, Literal::Text(text)) => match super::json::json_error(text) {
            None => Ok(literal.clone()),
            Some(why) => Err(format!("it is no valid JSON: {why}")),
        },
        (Type::Real(_), Literal::Integer(number)) => Ok(Literal::Real(format!("{number}.0"))),
        (Type::Real(bits), Literal::Real(text)) => match text.parse::<f64>() {
            Ok(value) if value.is_finite() && (*bits == 64 || (value as f32).is_finite()) => {
                Ok(literal.clone())
            }
            _ => Err(format!("a real number of {bits} bits cannot hold it")),
        },
        (Type::Decimal { precision, scale, .. }, Literal::Integer(_) | Literal::Real(_)) => {
            fit_decimal(literal, *precision as usize, *scale as usize)
        }
        (Type::Uuid, Literal::Text(text)) => is_uuid(text).then(|| literal.clone()).ok_or_else(|| {
            "a UUID has 32 lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12".to_owned()
        }),
        (Type::Date, Literal::Text(text)) => date(text).then(|| literal.clone()).ok_or_else(iso),
        (Type::Time, Literal::Text(text)) => time(text).then(|| literal.clone()).ok_or_else(iso),
        (Type::Datetime | Type::DatetimeTz, Literal::Text(text)) => match text.split_once([' ', 'T']) {
            Some((day, clock)) if date(day) && time(clock.strip_suffix('Z').unwrap_or(clock)) => {
                Ok(Literal::Text(format!("{day} {}", clock.strip_suffix('Z').unwrap_or(clock))))
            }
            _ => Err(iso()),
        },
        (Type::Blob, Literal::Bytes(_)) => Ok(literal.clone()),
        _ => Err(format!("{} is no {}", literal_kind(literal), type_text(ty))),
    }
}

fn iso() -> String {
    "it is no date or time in ISO 8601's extended form".to_owned()
}

fn no_nul(text: &str) -> Result<Literal, String> {
    match text.contains('\0') {
        true => Err("neither database keeps a text with a NUL in it whole".to_owned()),
        false => Ok(Literal::Text(text.to_owned())),
    }
}

fn fit_decimal(literal: &Literal, precision: usize, scale: usize) -> Result<Literal, String> {
    let text = match literal {
        Literal::Integer(number) => number.to_string(),
        Literal::Real(text) => text.clone(),
        _ => String::new(),
    };
    let plain = plain_digits(&text);
    let digits = plain.trim_start_matches('-');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if whole.len() > precision - scale || fraction.len() > scale {
        return Err(format!(
            "the column holds {} digits before the point and {scale} behind it",
            precision - scale
        ));
    }
    Ok(match literal {
        Literal::Real(_) => Literal::Real(plain),
        _ => literal.clone(),
    })
}

/// A number without an exponent: large and small reals come with one, however they were written.
fn plain_digits(text: &str) -> String {
    let (sign, number) = text.strip_prefix('-').map_or(("", text), |number| ("-", number));
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else { return text.to_owned() };
    let (head, tail) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{head}{tail}");
    let point = head.len() as i64 + exponent.parse::<i64>().unwrap_or(0);
    match usize::try_from(point) {
        Ok(0) | Err(_) => format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        Ok(point) => match digits.split_at_checked(point) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{digits}{}.0", "0".repeat(point - digits.len())),
        },
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
        && text.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c))
}

fn number(text: &str, digits: usize) -> Option<u32> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    year > 0 && is_date(year.into(), month.into(), day.into())
}

fn time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return false;
    };
    let fits = |text, limit| number(text, 2).is_some_and(|n| n < limit);
    let digits = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    fits(hour, 24) && fits(minute, 60) && fits(second, 60) && digits
}

/// A literal as the language writes it, for messages.
pub(super) fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "`null`".to_owned(),
        Literal::Boolean(value) => format!("`{value}`"),
        Literal::Integer(number) => format!("`{number}`"),
        Literal::Real(text) => format!("`{text}`"),
        Literal::Text(text) => format!("`{text:?}`"),
        Literal::Bytes(_) => "a byte string".to_owned(),
    }
}

fn literal_kind(literal: &Literal) -> &'static str {
    match literal {
        Literal::Null => "null",
        Literal::Boolean(_) => "a boolean",
        Literal::Integer(_) => "an integer",
        Literal::Real(_) => "a real number",
        Literal::Text(_) => "a string",
        Literal::Bytes(_) => "a byte string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_fit_or_say_why() {
        let text = |t: &str| Literal::Text(t.to_owned());
        assert!(fit(&text("abc"), &Type::TextN(3)).is_ok());
        assert!(fit(&text("abcd"), &Type::TextN(3)).is_err());
        assert!(fit(&Literal::Integer(32768), &Type::Integer(16)).is_err());
        assert!(fit(&Literal::Integer(-32768), &Type::Integer(16)).is_ok());
        assert!(fit(&Literal::Integer(1), &Type::Boolean).is_err());
        assert!(fit(&text("{\"a\": [1, 2]}"), &Type::Json).is_ok());
        assert!(fit(&text("{bad"), &Type::Json).is_err());
        assert!(fit(&text("2024-02-30"), &Type::Date).is_err());
        assert!(fit(&text("2024-02-29"), &Type::Date).is_ok());
        assert_eq!(fit(&text("2024-02-29T10:00:00Z"), &Type::Datetime), Ok(text("2024-02-29 10:00:00")));
        assert!(fit(&text("now"), &Type::Datetime).is_err());
        let decimal = Type::Decimal { precision: 5, scale: 2, as_text: false };
        assert!(fit(&Literal::Real("999.99".into()), &decimal).is_ok());
        assert!(fit(&Literal::Real("9.999".into()), &decimal).is_err());
        let long = Type::Decimal { precision: 30, scale: 8, as_text: true };
        let plain = |t: &str| fit(&Literal::Real(t.into()), &long);
        assert_eq!(plain("1.234567890123456785e17"), Ok(Literal::Real("123456789012345678.5".into())));
        assert_eq!(plain("-1e12"), Ok(Literal::Real("-1000000000000.0".into())));
        assert_eq!(plain("2.5e-6"), Ok(Literal::Real("0.0000025".into())));
        assert!(plain("1e-9").is_err() && plain("1e22").is_err());
        assert!(fit(&text("6F9619FF-8B86-D011-B42D-00C04FC964FF"), &Type::Uuid).is_err());
        assert!(fit(&text("6f9619ff-8b86-d011-b42d-00c04fc964ff"), &Type::Uuid).is_ok());
    }
}
