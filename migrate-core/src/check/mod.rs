//! Right and safe: the tree against the schema.
