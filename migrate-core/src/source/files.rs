//! Files of a history.
