//! Similar names, for `help:` lines.
//!
//! Comes in: a name that does not exist and those that do. Goes out: the nearest one, if it is near enough.

/// The candidate nearest to `name`, within a third of its length (at least one edit), ignoring letter case.
pub fn similar<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().max(3) / 3;
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (distance(&lower, &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// Edits between two words: insertions, deletions, substitutions and swaps of neighbours (restricted
/// Damerau-Levenshtein), each 1.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn finds_swapped_letters_and_nothing_far() {
        assert_eq!(similar("emial", ["id", "email", "created_at"]), Some("email"));
        assert_eq!(similar("Email", ["email"]), Some("email"));
        assert_eq!(similar("x", ["id", "email"]), None);
        assert_eq!(similar("created", ["created_by", "name"]), None);
    }
}
