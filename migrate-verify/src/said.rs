//! A database's own words, in the wording of diagnostics.

/// The text between backticks, on one line.
pub fn quoted(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| match c {
            '`' => '\'',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    format!("`{}`", line.trim())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_with_signs_of_ours_stay_one_quoted_line() {
        assert_eq!(quoted("unrecognized token: \"`?\n\""), "`unrecognized token: \"'? \"`");
    }
}
