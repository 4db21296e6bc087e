//! The SQL that the language promises to the letter comes out of a compiled history, in both dialects.

use migrate_core::compile::{Compiled, Piece, compile};
use migrate_core::dialect::Work;
use migrate_core::source::files;
use migrate_core::target::Dialect;

const HISTORY: &str = r#"
    migration m0000_tables {
        create table boards { board_id: text(36) primary key, name: text }
        create table messages { message_id: text(36) primary key }
        create table worktrees {
            worktree_id: text(36) primary key,
            board_id: text(36) null references boards (board_id) on delete cascade,
            schedule_enabled: boolean default false,
        }
        create table sessions { session_id: text(36) primary key }
    }
    migration m0001_add_parent_tool_use_id {
        alter table messages add column parent_tool_use_id: text null;
    }
    migration m0002_add_ready_for_prompt {
        alter table sessions add column ready_for_prompt: boolean default false;
    }
    migration m0003_index {
        create index worktrees_board_schedule_idx on worktrees (board_id, schedule_enabled);
    }
"#;

const SQLITE: [&str; 5] = [
    "ALTER TABLE `messages` ADD `parent_tool_use_id` text;",
    "ALTER TABLE `sessions` ADD `ready_for_prompt` integer DEFAULT 0 NOT NULL;",
    "CREATE INDEX `worktrees_board_schedule_idx` ON `worktrees` (`board_id`,`schedule_enabled`);",
    "FOREIGN KEY (`board_id`) REFERENCES `boards`(`board_id`) ON UPDATE no action ON DELETE cascade",
    "`session_id` text(36) PRIMARY KEY NOT NULL",
];

const POSTGRES: [&str; 5] = [
    "ALTER TABLE messages ADD parent_tool_use_id TEXT;",
    "ALTER TABLE sessions ADD ready_for_prompt BOOLEAN DEFAULT false NOT NULL;",
    "CREATE INDEX worktrees_board_schedule_idx ON worktrees (board_id, schedule_enabled);",
    "FOREIGN KEY (board_id) REFERENCES boards(board_id) ON UPDATE NO ACTION ON DELETE CASCADE",
    "session_id VARCHAR(36) PRIMARY KEY NOT NULL",
];

fn compiled() -> Compiled {
    let outcome = compile(files::inline_text("mod.rs", HISTORY).expect("Rust tokens"));
    assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    outcome.compiled
}

/// Every line of the way up: a statement's only line ends in a semicolon, a line within parentheses has no comma.
fn lines(dialect: Dialect) -> Vec<String> {
    let compiled = compiled();
    let mut lines = Vec::new();
    for Piece { work, .. } in
        compiled.migrations.iter().flat_map(|m| &m.script(dialect).expect("a script").up)
    {
        let Work::Statement(sql) = work else { panic!("a statement: {work:?}") };
        match sql.contains('\n') {
            true => lines.extend(sql.lines().map(|l| l.trim().trim_end_matches(',').to_owned())),
            false => lines.push(format!("{sql};")),
        }
    }
    lines
}

#[test]
fn sqlite_is_as_promised() {
    let lines = lines(Dialect::Sqlite);
    for promised in SQLITE {
        assert!(lines.iter().any(|l| l == promised), "{promised}\nis not in\n{}", lines.join("\n"));
    }
}

#[test]
fn postgres_is_as_promised() {
    let lines = lines(Dialect::Postgres);
    for promised in POSTGRES {
        assert!(lines.iter().any(|l| l == promised), "{promised}\nis not in\n{}", lines.join("\n"));
    }
}
