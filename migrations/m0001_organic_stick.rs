//! Messages know the tool call that they came from.

migrate::migration! {
    alter table messages add column parent_tool_use_id: text null;
}
