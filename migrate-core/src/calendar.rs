//! The Gregorian calendar: days and dates, for every room that reads a time.
//!
//! Comes in: year, month and day, or a number of days. Goes out: the other. It knows no text and no zone.

/// Days since 1970-01-01 of a date of the Gregorian calendar, years counted from March.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a number of days: the inverse of [`days`].
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Whether there is such a day.
pub(crate) fn is_date(year: i64, month: i64, day: i64) -> bool {
    civil(days(year, month, day)) == (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverses() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 11_017);
        for day in (-800_000..800_000).step_by(37) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn there_is_no_other_day() {
        let month_days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (year, leap) in
            [(1, false), (1900, false), (2000, true), (2023, false), (2024, true), (9999, false)]
        {
            for month in -1..=14 {
                for day in -1..=33 {
                    let known = usize::try_from(month - 1).ok().and_then(|m| month_days.get(m)).copied();
                    let last = known.map_or(0, |d| d + i64::from(leap && month == 2));
                    assert_eq!(is_date(year, month, day), (1..=last).contains(&day), "{year}-{month}-{day}");
                }
            }
        }
    }
}
