//! What a database said, in one form for all drivers.
//!
//! Comes in: a driver's error. Goes out: its code, its message and the objects it names. The driver's own
//! error is not kept as a source: PostgreSQL's prints the values of rows. It must not know what the runner
//! was doing.

use std::fmt;

use super::way_out::way_out;

/// An error of the database or of the connection to it.
///
/// Both `Display` and `Debug` leave out what can carry the values of rows; [`detail`](Self::detail) has it.
#[derive(Clone)]
pub struct DatabaseError(Box<Parts>);

#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) constraint: Option<String>,
    /// The connection is gone, or nobody knows how the server took what was sent.
    pub(crate) connection_lost: bool,
    /// Somebody else holds a lock; the same again may work later.
    pub(crate) busy: bool,
}

impl DatabaseError {
    pub(crate) fn new(parts: Parts) -> Self {
        DatabaseError(Box::new(parts))
    }

    /// The SQLSTATE of PostgreSQL, or the extended result code of SQLite.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The database's message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What more the database said. **It can hold values of rows**, which is why nothing prints it unasked.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The table that the database names.
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// The column that the database names.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// The constraint that the database names.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// Whether the connection was lost.
    pub fn is_connection_lost(&self) -> bool {
        self.0.connection_lost
    }

    /// What to do about it, for messages that know nothing better; a hint of the server's own is one.
    pub(super) fn way_out(&self) -> Option<&'static str> {
        way_out(self.code(), self.message()).filter(|_| self.0.hint.is_none())
    }

    /// Whether another session's lock was in the way.
    pub fn is_busy(&self) -> bool {
        self.0.busy
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        let named =
            [("table", &self.0.table), ("column", &self.0.column), ("constraint", &self.0.constraint)];
        let mut written = String::new();
        if let Some(code) = &self.0.code {
            written.push_str(code);
        }
        for (kind, name) in named {
            // PostgreSQL mostly names them in the message already.
            if let Some(name) = name.as_ref().filter(|name| !self.0.message.contains(&format!("\"{name}\"")))
            {
                if !written.is_empty() {
                    written.push_str(", ");
                }
                written.push_str(&format!("{kind} `{name}`"));
            }
        }
        if !written.is_empty() {
            write!(f, " ({written})")?;
        }
        match &self.0.hint {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseError({self})")
    }
}

impl std::error::Error for DatabaseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_is_printed_nowhere() {
        let error = DatabaseError::new(Parts {
            code: Some("23505".into()),
            message: "duplicate key value violates unique constraint \"people_ssn\"".into(),
            detail: Some("Key (ssn)=(123-45-6789) already exists.".into()),
            table: Some("people".into()),
            constraint: Some("people_ssn".into()),
            ..Parts::default()
        });
        for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!text.contains("123"), "{text}");
            assert!(text.contains("23505"), "{text}");
        }
        assert!(error.detail().is_some());
    }
}
