//! Sessions and worktrees can be put away.

migrate::migration! {
    alter table sessions {
        add column archived: boolean default false;
        add column archived_reason: text null;
    }
    alter table worktrees {
        add column archived: boolean default false;
        add column archived_at: timestamp_ms null;
        add column archived_by: text(36) null;
        add column filesystem_status: text null;
    }
}
