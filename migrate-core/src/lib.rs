//! Placeholder until the rooms stand.
