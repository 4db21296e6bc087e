//! Literals of time in one spelling: PostgreSQL stores their value and prints it in its own form, an instant in the
//! zone of the session (<https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-OUTPUT>).
//!
//! Comes in: ISO text. Goes out: `2020-01-31 12:00:00.5`, an instant in UTC with `+00` behind it.

use crate::calendar::{civil, days};

/// The one spelling of a date, a time or both, as the type has it; nothing if it is not ISO text.
pub(super) fn canonical(text: &str, ty: &str) -> Option<String> {
    let text = text.trim();
    if ty == "date" {
        let (date, rest) = date(text)?;
        return rest.is_empty().then(|| show_date(date));
    }
    if ty.starts_with("time ") {
        let (time, rest) = time(text)?;
        return (rest.is_empty() && !ty.contains("with time zone")).then(|| show_time(&time));
    }
    let (day, rest) = date(text)?;
    let rest = rest.strip_prefix(['T', 't', ' ']).unwrap_or(rest);
    let (time, rest) = if rest.is_empty() { (Time::default(), rest) } else { time(rest)? };
    if !ty.contains("with time zone") {
        return rest.is_empty().then(|| format!("{} {}", show_date(day), show_time(&time)));
    }
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - zone(rest.trim_start())?;
    let (year, month, of_month) = day;
    let day = civil(days(year, month, of_month) + minutes.div_euclid(24 * 60));
    let minutes = minutes.rem_euclid(24 * 60);
    let time = Time { hour: (minutes / 60) as u32, minute: (minutes % 60) as u32, ..time };
    Some(format!("{} {}+00", show_date(day), show_time(&time)))
}

type Date = (i64, i64, i64);

#[derive(Default)]
struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    fraction: String,
}

/// `count` digits, and what follows.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let head = text.get(..count)?;
    let all = head.bytes().all(|b| b.is_ascii_digit());
    all.then(|| head.parse().ok()).flatten().map(|n| (n, &text[count..]))
}

fn date(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    ((1..=12).contains(&month) && (1..=31).contains(&day))
        .then_some(((year.into(), month.into(), day.into()), rest))
}

fn time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let mut time = Time { hour, minute, ..Time::default() };
    let Some(rest) = rest.strip_prefix(':') else {
        return Some((time, rest));
    };
    let (second, rest) = digits(rest, 2)?;
    time.second = second;
    let Some(rest) = rest.strip_prefix('.') else {
        return Some((time, rest));
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].trim_end_matches('0').clone_into(&mut time.fraction);
    Some((time, &rest[end..]))
}

/// Minutes east of UTC; none written is UTC, as everywhere in the language.
fn zone(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..], 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = if rest.is_empty() {
        0
    } else {
        let (minutes, rest) = digits(rest, 2)?;
        rest.is_empty().then_some(minutes)?
    };
    Some(sign * (i64::from(hours) * 60 + i64::from(minutes)))
}

fn show_date((year, month, day): Date) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

fn show_time(time: &Time) -> String {
    let mut text = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if !time.fraction.is_empty() {
        text.push('.');
        text.push_str(&time.fraction);
    }
    text
}
