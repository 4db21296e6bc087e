//! When a task began.

migrate::migration! {
    alter table tasks add column started_at: timestamp_ms null;
}
