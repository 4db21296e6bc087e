//! Comments go with their worktree.

migrate::migration! {
    alter table board_comments recreate alter foreign key (worktree_id) on delete cascade;
}
