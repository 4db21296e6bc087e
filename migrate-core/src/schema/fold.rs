//! The only place that changes a schema.
