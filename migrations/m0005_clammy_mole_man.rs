//! Messages wait in a queue.

migrate::migration! {
    alter table messages {
        add column status: text null;
        add column queue_position: integer null;
    }
    create index messages_queue_idx on messages (session_id, status, queue_position);
}
