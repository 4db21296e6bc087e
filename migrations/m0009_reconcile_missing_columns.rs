//! What an earlier rebuild by hand had changed, said in the language.

migrate::migration! {
    name "0009_reconcile-missing-columns";

    drop index sessions_agentic_tool_idx;
    drop index sessions_scheduled_flag_idx;
    rename index sessions_forked_idx to sessions_forked_from_idx;

    alter table sessions recreate {
        add column ready_for_prompt: boolean default false;
        add foreign key (board_id) references boards (board_id) on delete set null;
        add foreign key (parent_session_id) references sessions (session_id) on delete set null;
        add foreign key (forked_from_session_id) references sessions (session_id) on delete set null;
    }

    alter table worktrees add column needs_attention: boolean default false;
}
