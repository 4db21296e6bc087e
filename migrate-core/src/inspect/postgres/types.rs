//! The names of PostgreSQL's types in the one spelling of `format_type`
//! (<https://www.postgresql.org/docs/current/datatype.html>).
//!
//! Comes in: a type as an author, this project or PostgreSQL writes it. Goes out: the canonical name; a type that is
//! not built in stays as it is, in lower case.

/// The canonical name.
pub(crate) fn canonical(text: &str) -> String {
    let lower = text.trim().to_ascii_lowercase();
    let mut name: &str = &lower;
    let mut array = String::new();
    while let Some(open) = name.rfind('[').filter(|_| name.ends_with(']')) {
        // Neither the number of dimensions nor their size is enforced, but `format_type` knows `[]` alone.
        array = "[]".to_owned();
        name = name[..open].trim_end();
    }
    if let Some(inner) = name.strip_suffix(" array") {
        array = "[]".to_owned();
        name = inner.trim_end();
    }
    let (head, size, tail) = parts(name);
    let mut words: Vec<&str> = head.split_whitespace().collect();
    words.extend(tail.split_whitespace());
    let joined = words.join(" ");
    let joined = joined.strip_prefix("pg_catalog.").unwrap_or(&joined);
    let mut out = one(joined, &size);
    out.push_str(&array);
    out
}

/// What stands before the parentheses, in them without blanks, and behind them.
fn parts(name: &str) -> (&str, String, &str) {
    match (name.find('('), name.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            let size = name[open + 1..close].split_whitespace().collect::<String>();
            (&name[..open], size, &name[close + 1..])
        }
        _ => (name, String::new(), ""),
    }
}

fn one(name: &str, size: &str) -> String {
    let sized = |base: &str| match size {
        "" => base.to_owned(),
        size => format!("{base}({size})"),
    };
    match name {
        "int" | "int4" | "integer" | "serial" | "serial4" => "integer".to_owned(),
        "int8" | "bigint" | "bigserial" | "serial8" => "bigint".to_owned(),
        "int2" | "smallint" | "smallserial" | "serial2" => "smallint".to_owned(),
        "bool" => "boolean".to_owned(),
        "float" => match size.parse::<u32>() {
            Ok(bits) if bits <= 24 => "real".to_owned(),
            _ => "double precision".to_owned(),
        },
        "float4" => "real".to_owned(),
        "float8" => "double precision".to_owned(),
        "decimal" | "dec" | "numeric" => match size {
            "" => "numeric".to_owned(),
            size if size.contains(',') => format!("numeric({size})"),
            size => format!("numeric({size},0)"),
        },
        "varchar" | "character varying" | "char varying" => sized("character varying"),
        "char" | "character" | "nchar" | "national character" | "national char" => {
            format!("character({})", if size.is_empty() { "1" } else { size })
        }
        "bit" => format!("bit({})", if size.is_empty() { "1" } else { size }),
        "varbit" | "bit varying" => sized("bit varying"),
        "timestamp" | "timestamp without time zone" => format!("{} without time zone", sized("timestamp")),
        "timestamptz" | "timestamp with time zone" => format!("{} with time zone", sized("timestamp")),
        "time" | "time without time zone" => format!("{} without time zone", sized("time")),
        "timetz" | "time with time zone" => format!("{} with time zone", sized("time")),
        other => sized(other),
    }
}
