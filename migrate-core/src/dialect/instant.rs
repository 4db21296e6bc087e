//! Literals of time. Comes in: a text in extended ISO form. Goes out: the one text that each dialect stores or reads.
//!
//! A text that is no such literal is left as it is: the checker has refused it before.

use crate::calendar::{civil, days, is_date};

/// Date and time of day as written, with the zone's minutes where one was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instant<'a> {
    /// Days since 1970-01-01.
    days: i64,
    /// Seconds of the day.
    seconds: i64,
    /// Digits behind the second's point.
    fraction: &'a str,
    /// Minutes east of UTC.
    zone: Option<i64>,
}

/// `2024-01-31 12:00:00` for a `datetime`: the zone, if one was written, does not count.
pub(super) fn datetime(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |i| i.text())
}

/// `2024-01-31 12:00:00` in UTC.
pub(super) fn utc(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |i| i.in_utc().text())
}

/// Milliseconds since 1970, rounded down.
pub(super) fn milliseconds(text: &str) -> Option<i64> {
    let instant = parse(text)?.in_utc();
    let mut digits = instant.fraction.chars().chain("000".chars());
    let mut thousandths = 0;
    for _ in 0..3 {
        thousandths = thousandths * 10 + i64::from(digits.next()?.to_digit(10)?);
    }
    Some((instant.days * 86_400 + instant.seconds) * 1000 + thousandths)
}

impl Instant<'_> {
    fn in_utc(self) -> Self {
        let seconds = self.seconds - self.zone.unwrap_or(0) * 60;
        Instant {
            days: self.days + seconds.div_euclid(86_400),
            seconds: seconds.rem_euclid(86_400),
            zone: Some(0),
            ..self
        }
    }

    fn text(self) -> String {
        let (year, month, day) = civil(self.days);
        let (hour, minute, second) = (self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        let fraction = self.fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

fn parse(text: &str) -> Option<Instant<'_>> {
    let (date, rest) = match text.split_at_checked(10)? {
        (date, "") => (date, None),
        (date, rest) => (date, Some(rest.strip_prefix(['T', ' '])?)),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    if !is_date(year, month, day) {
        return None;
    }
    let days = days(year, month, day);
    let Some(rest) = rest else {
        return Some(Instant { days, seconds: 0, fraction: "", zone: None });
    };
    let (clock, zone) = split_zone(rest)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let second = parts.next().map_or(Some(0), number)?;
    if hour > 23 || minute > 59 || second > 59 || parts.next().is_some() {
        return None;
    }
    Some(Instant { days, seconds: hour * 3600 + minute * 60 + second, fraction, zone })
}

fn split_zone(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, Some(0)));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Some((text, None));
    };
    let (clock, zone) = text.split_at(at);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone[1..].replace(':', "");
    let minutes = match digits.len() {
        2 => number(&digits)? * 60,
        4 => number(digits.get(..2)?)? * 60 + number(digits.get(2..)?)?,
        _ => return None,
    };
    Some((clock, Some(sign * minutes)))
}

fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_one() {
        assert_eq!(datetime("2024-02-29T01:02"), "2024-02-29 01:02:00");
        assert_eq!(datetime("2024-02-29 01:02:03.450"), "2024-02-29 01:02:03.45");
        assert_eq!(datetime("2023-02-29T01:02"), "2023-02-29T01:02");
        assert_eq!(utc("2024-01-01T00:30:00+01:00"), "2023-12-31 23:30:00");
        assert_eq!(utc("2024-01-01"), "2024-01-01 00:00:00");
        assert_eq!(milliseconds("1970-01-02T00:00:00.5Z"), Some(86_400_500));
        assert_eq!(milliseconds("1969-12-31T23:59:59.999Z"), Some(-1));
        assert_eq!(milliseconds("é"), None);
    }
}
