-- Rows for every table, as they stand after 0008: two boards, and sessions that fork from each other.
INSERT INTO repos (repo_id, created_at, slug, data) VALUES ('r1', 1, 'one', '{}'), ('r2', 1, 'two', '{}');
INSERT INTO boards (board_id, created_at, name, data) VALUES ('b1', 1, 'board', '{}'), ('b2', 1, 'other', '{}');
INSERT INTO worktrees (worktree_id, repo_id, created_at, name, ref, worktree_unique_id, board_id, data)
VALUES ('w1', 'r1', 1, 'main', 'main', 1, 'b1', '{}'), ('w2', 'r2', 1, 'side', 'side', 2, NULL, '{}');
INSERT INTO sessions (session_id, created_at, status, agentic_tool, board_id, parent_session_id, worktree_id, data)
VALUES ('s1', 1, 'idle', 'tool', 'b1', NULL, 'w1', '{}'), ('s2', 2, 'idle', 'tool', NULL, 's1', 'w2', '{}');
INSERT INTO tasks (task_id, session_id, created_at, status, data) VALUES ('t1', 's1', 1, 'done', '{}'), ('t2', 's2', 1, 'open', '{}');
INSERT INTO messages (message_id, created_at, session_id, task_id, type, role, "index", timestamp, data)
VALUES ('m1', 1, 's1', 't1', 'text', 'user', 0, 1, '{}'), ('m2', 1, 's2', 't2', 'text', 'user', 0, 1, '{}');
INSERT INTO mcp_servers (mcp_server_id, created_at, name, transport, scope, session_id, source, data)
VALUES ('c1', 1, 'server', 'stdio', 'session', 's1', 'user', '{}');
INSERT INTO session_mcp_servers (session_id, mcp_server_id, added_at) VALUES ('s1', 'c1', 1), ('s2', 'c1', 1);
INSERT INTO users (user_id, created_at, email, password, data) VALUES ('u1', 1, 'a@example.org', 'x', '{}');
INSERT INTO board_objects (object_id, board_id, created_at, worktree_id, data) VALUES ('o1', 'b1', 1, 'w1', '{}');
INSERT INTO board_comments (comment_id, created_at, board_id, session_id, task_id, message_id, worktree_id, content, content_preview, data)
VALUES ('k1', 1, 'b1', 's1', 't1', 'm1', 'w1', 'text', 'text', '{}');
