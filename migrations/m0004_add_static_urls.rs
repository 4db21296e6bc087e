//! How to start, stop and watch the application of a worktree.

migrate::migration! {
    alter table worktrees {
        add column start_command: text null;
        add column stop_command: text null;
        add column health_check_url: text null;
        add column app_url: text null;
        add column logs_command: text null;
    }
}
