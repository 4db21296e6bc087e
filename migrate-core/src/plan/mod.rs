//! Checked steps to ordered work.
