//! Worktrees start sessions on a schedule.

migrate::migration! {
    alter table sessions {
        add column scheduled_run_at: timestamp_ms null;
        add column scheduled_from_worktree: boolean default false;
    }
    create index sessions_scheduled_flag_idx on sessions (scheduled_from_worktree);

    alter table worktrees {
        add column schedule_enabled: boolean default false;
        add column schedule_cron: text null;
        add column schedule_last_triggered_at: timestamp_ms null;
        add column schedule_next_run_at: timestamp_ms null;
    }
    create index worktrees_schedule_enabled_idx on worktrees (schedule_enabled);
    create index worktrees_board_schedule_idx on worktrees (board_id, schedule_enabled);
}
