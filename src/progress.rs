//! How far a migration outside of a transaction has come, as its row in the history table says it.
//!
//! Comes in: the text of a row. Goes out: the step that is next, and what is known of it. Such a migration can be cut off
//! between two steps, or in one, and whoever comes next goes on from here.

use crate::event::Direction;

/// Where a migration stands that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) way: Way,
    /// The step that is next, from 0; all before it are done.
    pub(crate) step: usize,
    pub(crate) mark: Mark,
}

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is applied.
    Up,
    /// It is reverted after it was applied.
    Down,
    /// It is reverted before it was applied to its end: what a step would undo may never have been done.
    Back,
}

/// What is known of the step that is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing of it is done.
    Nothing,
    /// It was begun.
    Started,
    /// Its batches are done up to this row of the table, which stands here as SQL literals.
    After(String),
}

/// Whether a step did something, or another process was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    Further,
    Late,
}

impl Way {
    const ALL: [Way; 3] = [Way::Up, Way::Down, Way::Back];

    fn word(self) -> &'static str {
        match self {
            Way::Up => "up",
            Way::Down => "down",
            Way::Back => "back",
        }
    }

    pub(crate) fn direction(self) -> Direction {
        match self {
            Way::Up => Direction::Up,
            Way::Down | Way::Back => Direction::Down,
        }
    }
}

impl Progress {
    /// At the beginning.
    pub(crate) fn begin(way: Way) -> Self {
        Progress { way, step: 0, mark: Mark::Nothing }
    }

    /// The next step was begun.
    pub(crate) fn started(&self) -> Self {
        Progress { mark: Mark::Started, ..*self }
    }

    /// The next step's batches are done up to that row.
    pub(crate) fn after(&self, row: String) -> Self {
        Progress { mark: Mark::After(row), ..*self }
    }

    /// Nothing is known of the next step.
    pub(crate) fn unmarked(&self) -> Self {
        Progress { mark: Mark::Nothing, ..*self }
    }

    /// The next step is done.
    pub(crate) fn next(&self) -> Self {
        Progress { way: self.way, step: self.step + 1, mark: Mark::Nothing }
    }

    /// Whether nothing at all is done yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.step == 0 && self.mark == Mark::Nothing
    }

    /// The text for the row.
    pub(crate) fn text(&self) -> String {
        let head = format!("{} {}", self.way.word(), self.step);
        match &self.mark {
            Mark::Nothing => head,
            Mark::Started => format!("{head} started"),
            Mark::After(row) => format!("{head} after {row}"),
        }
    }

    /// What [`text`](Self::text) wrote, or `None` for something else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let word = words.next()?;
        let way = Way::ALL.into_iter().find(|way| way.word() == word)?;
        let step = words.next()?.parse().ok()?;
        let mark = match words.next() {
            None => Mark::Nothing,
            Some("started") => Mark::Started,
            Some(rest) => Mark::After(rest.strip_prefix("after ").filter(|row| !row.is_empty())?.to_owned()),
        };
        Some(Progress { way, step, mark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let begin = Progress::begin(Way::Up);
        let all = [
            begin.clone(),
            begin.next().started(),
            begin.next().next().after("5, E'started \\\\ '".to_owned()),
            Progress::begin(Way::Down).started(),
            Progress::begin(Way::Back),
        ];
        for progress in all {
            assert_eq!(Progress::read(&progress.text()), Some(progress));
        }
        assert_eq!(begin.next().started().text(), "up 1 started");
    }

    #[test]
    fn what_was_not_written_is_refused() {
        for text in ["", "up", "up x", "up -1", "up 1 ", "up 1 begun", "up 1 after ", "sideways 1"] {
            assert_eq!(Progress::read(text), None, "{text:?}");
        }
    }
}
