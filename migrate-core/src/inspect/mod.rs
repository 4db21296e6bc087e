//! Reading a schema back: what a live database tells, as a schema. Rows come in, no connection.
