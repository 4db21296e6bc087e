//! Boards, worktrees, sessions, and what belongs to them.

migrate::migration! {
    create table board_comments {
        comment_id: text(36) primary key,
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        board_id: text(36),
        created_by: text(36) default "anonymous",
        session_id: text(36) null,
        task_id: text(36) null,
        message_id: text(36) null,
        worktree_id: text(36) null,
        content: text,
        content_preview: text,
        parent_comment_id: text(36) null,
        resolved: boolean default false,
        edited: boolean default false,
        reactions: json default "[]",
        data: json,

        foreign key (board_id) references boards (board_id) on delete cascade,
        foreign key (message_id) references messages (message_id) on delete set null,
        foreign key (session_id) references sessions (session_id) on delete set null,
        foreign key (task_id) references tasks (task_id) on delete set null,
        foreign key (worktree_id) references worktrees (worktree_id) on delete set null,

        index board_comments_board_idx (board_id),
        index board_comments_created_by_idx (created_by),
        index board_comments_created_idx (created_at),
        index board_comments_message_idx (message_id),
        index board_comments_parent_idx (parent_comment_id),
        index board_comments_resolved_idx (resolved),
        index board_comments_session_idx (session_id),
        index board_comments_task_idx (task_id),
        index board_comments_worktree_idx (worktree_id),
    }

    create table board_objects {
        object_id: text(36) primary key,
        board_id: text(36),
        created_at: timestamp_ms,
        worktree_id: text(36),
        data: json,

        foreign key (board_id) references boards (board_id) on delete cascade,
        foreign key (worktree_id) references worktrees (worktree_id) on delete cascade,

        index board_objects_board_idx (board_id),
        index board_objects_worktree_idx (worktree_id),
    }

    create table boards {
        board_id: text(36) primary key,
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        created_by: text(36) default "anonymous",
        name: text,
        slug: text null,
        data: json,

        unique index boards_slug_unique (slug),
        index boards_name_idx (name),
        index boards_slug_idx (slug),
    }

    create table mcp_servers {
        mcp_server_id: text(36) primary key,
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        name: text,
        transport: text,
        scope: text,
        enabled: boolean default true,
        owner_user_id: text(36) null,
        team_id: text(36) null,
        repo_id: text(36) null,
        session_id: text(36) null,
        source: text,
        data: json,

        foreign key (repo_id) references repos (repo_id) on delete cascade,
        foreign key (session_id) references sessions (session_id) on delete cascade,

        index mcp_servers_enabled_idx (enabled),
        index mcp_servers_name_idx (name),
        index mcp_servers_owner_idx (owner_user_id),
        index mcp_servers_repo_idx (repo_id),
        index mcp_servers_scope_idx (scope),
        index mcp_servers_session_idx (session_id),
        index mcp_servers_team_idx (team_id),
    }

    create table messages {
        message_id: text(36) primary key,
        created_at: timestamp_ms,
        session_id: text(36),
        task_id: text(36) null,
        type: text,
        role: text,
        index: integer,
        timestamp: timestamp_ms,
        content_preview: text null,
        data: json,

        foreign key (session_id) references sessions (session_id) on delete cascade,
        foreign key (task_id) references tasks (task_id) on delete set null,

        index messages_session_id_idx (session_id),
        index messages_session_index_idx (session_id, index),
        index messages_task_id_idx (task_id),
    }

    create table repos {
        repo_id: text(36) primary key,
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        slug: text,
        data: json,

        unique index repos_slug_unique (slug),
        index repos_slug_idx (slug),
    }

    create table session_mcp_servers {
        session_id: text(36),
        mcp_server_id: text(36),
        enabled: boolean default true,
        added_at: timestamp_ms,

        foreign key (mcp_server_id) references mcp_servers (mcp_server_id) on delete cascade,
        foreign key (session_id) references sessions (session_id) on delete cascade,

        index session_mcp_servers_enabled_idx (session_id, enabled),
        index session_mcp_servers_pk (session_id, mcp_server_id),
        index session_mcp_servers_server_idx (mcp_server_id),
        index session_mcp_servers_session_idx (session_id),
    }

    create table sessions {
        session_id: text(36) primary key,
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        created_by: text(36) default "anonymous",
        status: text,
        agentic_tool: text,
        board_id: text(36) null,
        parent_session_id: text(36) null,
        forked_from_session_id: text(36) null,
        worktree_id: text(36),
        data: json,

        foreign key (worktree_id) references worktrees (worktree_id) on delete cascade,

        index sessions_agentic_tool_idx (agentic_tool),
        index sessions_board_idx (board_id),
        index sessions_created_idx (created_at),
        index sessions_forked_idx (forked_from_session_id),
        index sessions_parent_idx (parent_session_id),
        index sessions_status_idx (status),
        index sessions_worktree_idx (worktree_id),
    }

    create table tasks {
        task_id: text(36) primary key,
        session_id: text(36),
        created_at: timestamp_ms,
        completed_at: timestamp_ms null,
        status: text,
        created_by: text(36) default "anonymous",
        data: json,

        foreign key (session_id) references sessions (session_id) on delete cascade,

        index tasks_created_idx (created_at),
        index tasks_session_idx (session_id),
        index tasks_status_idx (status),
    }

    create table users {
        user_id: text(36) primary key,
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        email: text,
        password: text,
        name: text null,
        emoji: text null,
        role: text default "member",
        onboarding_completed: boolean default false,
        data: json,

        unique index users_email_unique (email),
        index users_email_idx (email),
    }

    create table worktrees {
        worktree_id: text(36) primary key,
        repo_id: text(36),
        created_at: timestamp_ms,
        updated_at: timestamp_ms null,
        created_by: text(36) default "anonymous",
        name: text,
        ref: text,
        worktree_unique_id: integer,
        board_id: text(36) null,
        data: json,

        foreign key (board_id) references boards (board_id) on delete set null,
        foreign key (repo_id) references repos (repo_id) on delete cascade,

        index worktrees_board_idx (board_id),
        index worktrees_created_idx (created_at),
        index worktrees_name_idx (name),
        index worktrees_ref_idx (ref),
        index worktrees_repo_idx (repo_id),
        index worktrees_repo_name_unique (repo_id, name),
        index worktrees_updated_idx (updated_at),
    }
}
