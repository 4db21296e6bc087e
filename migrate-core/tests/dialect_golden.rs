//! The SQL that comes out, to the letter.

mod dialect_support;

use dialect_support::*;
use migrate_core::dialect::{self};
use migrate_core::schema::expr::{Family, Function};
use migrate_core::schema::{
    Action, Autoincrement, Change, Check, ConstraintName, Default, Index, IndexKey, Literal, Operator,
    PrimaryKey, Schema, Step, Type,
};
use migrate_core::target::{Dialect, Options};

const BOTH: [Dialect; 2] = Dialect::ALL;

#[test]
fn lines_of_the_language_reference() {
    let messages = table("messages", vec![column("id", Type::Text)]);
    let sessions = table("sessions", vec![column("id", Type::Text)]);
    let before = schema(&[&messages, &sessions]);
    let add = |t: &str, c| alter(t, false, vec![Change::AddColumn(c)]);
    let parent = add("messages", null("parent_tool_use_id", Type::Text));
    let ready = add(
        "sessions",
        with_default(column("ready_for_prompt", Type::Boolean), Default::Literal(Literal::Boolean(false))),
    );
    let worktrees = table(
        "worktrees",
        vec![column("board_id", Type::TextN(36)), column("schedule_enabled", Type::Boolean)],
    );
    let with_worktrees = schema(&[&worktrees]);
    let create_index = Step::CreateIndex {
        concurrently: false,
        table: "worktrees".into(),
        index: index("worktrees_board_schedule_idx", &["board_id", "schedule_enabled"]),
    };
    let one = |dialect, step: &Step, schema: &Schema| statements(dialect, step, schema, schema).remove(0);
    assert_eq!(
        one(Dialect::Sqlite, &parent, &before),
        "ALTER TABLE `messages` ADD `parent_tool_use_id` text"
    );
    assert_eq!(
        one(Dialect::Sqlite, &ready, &before),
        "ALTER TABLE `sessions` ADD `ready_for_prompt` integer DEFAULT 0 NOT NULL"
    );
    assert_eq!(
        one(Dialect::Sqlite, &create_index, &with_worktrees),
        "CREATE INDEX `worktrees_board_schedule_idx` ON `worktrees` (`board_id`,`schedule_enabled`)"
    );
    assert_eq!(one(Dialect::Postgres, &parent, &before), "ALTER TABLE messages ADD parent_tool_use_id TEXT");
    assert_eq!(
        one(Dialect::Postgres, &ready, &before),
        "ALTER TABLE sessions ADD ready_for_prompt BOOLEAN DEFAULT false NOT NULL"
    );
    assert_eq!(
        one(Dialect::Postgres, &create_index, &with_worktrees),
        "CREATE INDEX worktrees_board_schedule_idx ON worktrees (board_id, schedule_enabled)"
    );
}

#[test]
fn create_table() {
    let mut sessions = keyed(
        table(
            "sessions",
            vec![
                column("session_id", Type::TextN(36)),
                column("created_at", Type::TimestampMs),
                with_default(
                    column("created_by", Type::TextN(36)),
                    Default::Literal(Literal::Text("anonymous".into())),
                ),
                with_default(column("enabled", Type::Boolean), Default::Literal(Literal::Boolean(true))),
                column("board_id", Type::TextN(36)),
                null("size", Type::Integer(32)),
                column("status", Type::Enum(strings(&["idle", "it's"]))),
            ],
        ),
        &["session_id"],
    );
    sessions.comment = Some("A talk".into());
    sessions.columns[1].comment = Some("It's when".into());
    sessions.foreign_keys.push(foreign_key(
        "sessions_board_id_fkey",
        &["board_id"],
        "boards",
        &["board_id"],
        Action::Cascade,
    ));
    sessions.uniques.push(unique("sessions_created_at_board_id_key", &["created_at", "board_id"]));
    sessions
        .checks
        .push(check("sessions_size_check", binary(Operator::Greater, col("size", Family::Integer), int(0))));
    sessions.checks.push(Check {
        name: ConstraintName::derived("sessions_status_check"),
        expr: expr(
            migrate_core::schema::expr::ExprKind::In {
                value: Box::new(col("status", Family::Text)),
                list: vec![text("idle"), text("it's")],
                not: false,
            },
            Family::Boolean,
        ),
        of_enum: Some("status".into()),
        not_valid: false,
    });
    sessions.indexes.push(Index { unique: true, ..index("sessions_size_idx", &["size"]) });
    let boards = keyed(table("boards", vec![column("board_id", Type::TextN(36))]), &["board_id"]);
    let before = schema(&[&boards]);
    let after = schema(&[&boards, &sessions]);
    let step = Step::CreateTable(sessions.into());
    assert_eq!(
        statements(Dialect::Sqlite, &step, &before, &after),
        [
            "CREATE TABLE `sessions` (\n\
             \t`session_id` text(36) PRIMARY KEY NOT NULL,\n\
             \t`created_at` integer NOT NULL,\n\
             \t`created_by` text(36) DEFAULT 'anonymous' NOT NULL,\n\
             \t`enabled` integer DEFAULT 1 NOT NULL,\n\
             \t`board_id` text(36) NOT NULL,\n\
             \t`size` integer,\n\
             \t`status` text NOT NULL,\n\
             \tUNIQUE (`created_at`,`board_id`),\n\
             \tCONSTRAINT `sessions_size_check` CHECK (`size` > 0),\n\
             \tCONSTRAINT `sessions_status_check` CHECK (`status` IN ('idle', 'it''s')),\n\
             \tFOREIGN KEY (`board_id`) REFERENCES `boards`(`board_id`) ON UPDATE no action ON DELETE cascade\n\
             )",
            "CREATE UNIQUE INDEX `sessions_size_idx` ON `sessions` (`size`)",
        ]
    );
    assert_eq!(
        statements(Dialect::Postgres, &step, &before, &after),
        [
            "CREATE TABLE sessions (\n\
             \tsession_id VARCHAR(36) PRIMARY KEY NOT NULL,\n\
             \tcreated_at BIGINT NOT NULL,\n\
             \tcreated_by VARCHAR(36) DEFAULT 'anonymous' NOT NULL,\n\
             \tenabled BOOLEAN DEFAULT true NOT NULL,\n\
             \tboard_id VARCHAR(36) NOT NULL,\n\
             \tsize INTEGER,\n\
             \tstatus TEXT NOT NULL,\n\
             \tUNIQUE (created_at, board_id),\n\
             \tCHECK (size > 0),\n\
             \tCHECK (status IN ('idle', 'it''s')),\n\
             \tFOREIGN KEY (board_id) REFERENCES boards(board_id) ON UPDATE NO ACTION ON DELETE CASCADE\n\
             )",
            "CREATE UNIQUE INDEX sessions_size_idx ON sessions (size)",
            "COMMENT ON TABLE sessions IS 'A talk'",
            "COMMENT ON COLUMN sessions.created_at IS 'It''s when'",
        ]
    );
}

#[test]
fn keys_that_number_themselves() {
    let mut table = keyed(table("t", vec![column("id", Type::Integer(64))]), &["id"]);
    let create = |dialect, table: &_| dialect::create_table_statement(dialect, table, &Options::default());
    assert_eq!(create(Dialect::Sqlite, &table), "CREATE TABLE `t` (\n\t`id` integer PRIMARY KEY NOT NULL\n)");
    assert_eq!(create(Dialect::Postgres, &table), "CREATE TABLE t (\n\tid BIGINT PRIMARY KEY NOT NULL\n)");
    table.columns[0].autoincrement = Some(Autoincrement::Identity);
    assert_eq!(
        create(Dialect::Sqlite, &table),
        "CREATE TABLE `t` (\n\t`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL\n)"
    );
    assert_eq!(
        create(Dialect::Postgres, &table),
        "CREATE TABLE t (\n\tid BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY NOT NULL\n)"
    );
    table.columns[0].autoincrement = Some(Autoincrement::Serial);
    assert_eq!(create(Dialect::Postgres, &table), "CREATE TABLE t (\n\tid BIGSERIAL PRIMARY KEY NOT NULL\n)");
    table.primary_key = Some(PrimaryKey { name: ConstraintName::given("t_key"), columns: strings(&["id"]) });
    assert_eq!(
        create(Dialect::Postgres, &table),
        "CREATE TABLE t (\n\tid BIGSERIAL NOT NULL,\n\tCONSTRAINT t_key PRIMARY KEY (id)\n)"
    );
}

#[test]
fn names_are_written_where_the_server_would_give_others() {
    let mut other = table("u", vec![null("a", Type::Text)]);
    other.indexes.push(index("t_a_key", &["a"]));
    let mut t = keyed(table("t", vec![column("a", Type::Text), column("b", Type::Text)]), &["a", "b"]);
    t.uniques.push(unique("t_a_key1", &["a"]));
    t.uniques.push(unique("t_b_key", &["b"]));
    t.checks
        .push(check("t_check", binary(Operator::NotEqual, col("a", Family::Text), col("b", Family::Text))));
    t.checks.push(check("t_check1", binary(Operator::Less, col("a", Family::Text), col("b", Family::Text))));
    let (before, after) = (schema(&[&other]), schema(&[&other, &t]));
    assert_eq!(
        statements(Dialect::Postgres, &Step::CreateTable(t.into()), &before, &after),
        ["CREATE TABLE t (\n\
          \ta TEXT NOT NULL,\n\
          \tb TEXT NOT NULL,\n\
          \tPRIMARY KEY (a, b),\n\
          \tCONSTRAINT t_a_key1 UNIQUE (a),\n\
          \tUNIQUE (b),\n\
          \tCHECK (a <> b),\n\
          \tCONSTRAINT t_check1 CHECK (a COLLATE \"C\" < b)\n\
          )"]
    );
}

#[test]
fn strict_tables_use_strict_types() {
    let options = Options {
        sqlite: Some(migrate_core::target::SqliteOptions { min: (3, 37), strict: true, uuid_blob: true }),
        ..Options::default()
    };
    let types = [
        Type::TextN(9),
        Type::Boolean,
        Type::Json,
        Type::Datetime,
        Type::Real(64),
        Type::Decimal { precision: 9, scale: 2, as_text: false },
        Type::Uuid,
    ];
    let names: Vec<String> = types.iter().map(|t| dialect::type_name(Dialect::Sqlite, t, &options)).collect();
    assert_eq!(names, ["text", "integer", "text", "text", "real", "real", "blob"]);
    let t = table("t", vec![column("id", Type::Uuid)]);
    assert_eq!(
        dialect::create_table_statement(Dialect::Sqlite, &t, &options),
        "CREATE TABLE `t` (\n\t`id` blob NOT NULL\n) STRICT"
    );
}

#[test]
fn defaults() {
    let value = |dialect, default: Default, ty: Type| {
        dialect::default_value(dialect, &default, &column("c", ty), &Options::default())
    };
    let cases: Vec<(Default, Type, &str, &str)> = vec![
        (
            Default::Now,
            Type::TimestampMs,
            "(CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER))",
            "(floor(extract(epoch FROM now()) * 1000))::bigint",
        ),
        (
            Default::Now,
            Type::Datetime,
            "(strftime('%Y-%m-%d %H:%M:%S', 'now'))",
            "(now() AT TIME ZONE 'UTC')",
        ),
        (Default::Now, Type::DatetimeTz, "(strftime('%Y-%m-%d %H:%M:%S', 'now'))", "now()"),
        (Default::Literal(Literal::Integer(-1)), Type::Integer(64), "-1", "-1"),
        (Default::Literal(Literal::Real("0.50".into())), Type::Real(64), "0.50", "0.50"),
        (Default::Literal(Literal::Text("{}".into())), Type::Json, "'{}'", "'{}'"),
        (Default::Literal(Literal::Bytes(vec![1, 255])), Type::Blob, "x'01ff'", "'\\x01ff'::bytea"),
        (
            Default::Literal(Literal::Text("2024-01-01T10:00:00+02:00".into())),
            Type::DatetimeTz,
            "'2024-01-01 08:00:00'",
            "'2024-01-01 08:00:00Z'",
        ),
        (
            Default::Expr(call(Function::Lower, vec![text("A")])),
            Type::Text,
            "(lower('A'))",
            "(lower('A' COLLATE \"C\"))",
        ),
    ];
    for (default, ty, sqlite, postgres) in cases {
        assert_eq!(value(Dialect::Sqlite, default.clone(), ty.clone()), sqlite);
        assert_eq!(value(Dialect::Postgres, default, ty), postgres);
    }
    assert_eq!(value(Dialect::Postgres, Default::Random, Type::Uuid), "gen_random_uuid()");
}

#[test]
fn small_steps() {
    let t = table("t", vec![column("a", Type::Text)]);
    let mut after = t.clone();
    after.indexes.push(index("j", &["a"]));
    let (before, after) = (schema(&[&t]), schema(&[&after]));
    let both = |step: &Step| BOTH.map(|d| statements(d, step, &before, &after));
    assert_eq!(both(&Step::DropTable { table: "t".into() }), [["DROP TABLE `t`"], ["DROP TABLE t"]]);
    let rename = Step::RenameTable { from: "t".into(), to: "user".into() };
    assert_eq!(both(&rename), [["ALTER TABLE `t` RENAME TO `user`"], ["ALTER TABLE t RENAME TO \"user\""]]);
    let case = Step::RenameTable { from: "t".into(), to: "T".into() };
    assert_eq!(
        statements(Dialect::Sqlite, &case, &before, &after),
        ["ALTER TABLE `t` RENAME TO `__migrate_new_T`", "ALTER TABLE `__migrate_new_T` RENAME TO `T`"]
    );
    let rename = Step::RenameIndex { table: "t".into(), from: "i".into(), to: "j".into() };
    assert_eq!(
        both(&rename),
        [vec!["DROP INDEX `i`", "CREATE INDEX `j` ON `t` (`a`)"], vec!["ALTER INDEX i RENAME TO j"]]
    );
    let drop = Step::DropIndex { table: "t".into(), name: "i".into(), concurrently: false };
    assert_eq!(both(&drop), [["DROP INDEX `i`"], ["DROP INDEX i"]]);
}

#[test]
fn indexes_over_expressions() {
    let t = table("t", vec![column("a", Type::Text), null("b", Type::Integer(64))]);
    let step = Step::CreateIndex {
        concurrently: false,
        table: "t".into(),
        index: Index {
            name: "i".into(),
            unique: true,
            keys: vec![
                IndexKey::new(call(Function::Lower, vec![col("a", Family::Text)]), false),
                IndexKey::new(col("b", Family::Integer), true),
            ],
            condition: Some(binary(Operator::Greater, col("b", Family::Integer), int(0))),
            ..Index::default()
        },
    };
    let s = schema(&[&t]);
    assert_eq!(
        BOTH.map(|d| statements(d, &step, &s, &s)),
        [
            ["CREATE UNIQUE INDEX `i` ON `t` (lower(`a`),`b` DESC) WHERE `b` > 0"],
            ["CREATE UNIQUE INDEX i ON t ((lower(a COLLATE \"C\")), b DESC) WHERE b > 0"]
        ]
    );
}

#[test]
fn parentheses() {
    let (a, b) = (|| col("a", Family::Integer), || col("b", Family::Integer));
    let t = table("t", vec![column("a", Type::Integer(64)), column("b", Type::Integer(64))]);
    let write = |e: &_| BOTH.map(|d| dialect::expression(d, e, &t, &Options::default()));
    use Operator::*;
    let less = || binary(Less, a(), b());
    let cases = [
        (binary(Multiply, binary(Add, a(), b()), int(2)), "(a + b) * 2"),
        (binary(Add, a(), binary(Multiply, b(), int(2))), "a + b * 2"),
        (binary(Subtract, a(), binary(Subtract, b(), int(-1))), "a - (b - -1)"),
        (binary(Or, less(), binary(And, less(), less())), "a < b OR a < b AND a < b"),
        (binary(And, binary(Or, less(), less()), not(less())), "(a < b OR a < b) AND NOT a < b"),
        (not(binary(And, less(), less())), "NOT (a < b AND a < b)"),
        (binary(Equal, less(), less()), "(a < b) = (a < b)"),
        (expr(migrate_core::schema::expr::ExprKind::Negate(Box::new(int(-1))), Family::Integer), "-(-1)"),
        (
            expr(
                migrate_core::schema::expr::ExprKind::IsNull { value: Box::new(less()), not: true },
                Family::Boolean,
            ),
            "(a < b) IS NOT NULL",
        ),
    ];
    for (e, expected) in cases {
        let [sqlite, postgres] = write(&e);
        assert_eq!(sqlite.replace('`', ""), expected);
        assert_eq!(postgres, expected);
    }
}

#[test]
fn foreign_keys_wait_for_their_target() {
    let mut t = table("t", vec![column("a", Type::Text), column("b", Type::Text)]);
    t.indexes.push(Index { unique: true, ..index("t_a_idx", &["a"]) });
    t.foreign_keys.push(foreign_key("t_b_fkey", &["b"], "t", &["a"], Action::NoAction));
    t.foreign_keys.push(foreign_key("t_a_fkey", &["a"], "later", &["id"], Action::NoAction));
    let (before, after) = (Schema::default(), schema(&[&t]));
    assert_eq!(
        statements(Dialect::Postgres, &Step::CreateTable(t.clone().into()), &before, &after),
        [
            "CREATE TABLE t (\n\ta TEXT NOT NULL,\n\tb TEXT NOT NULL\n)",
            "CREATE UNIQUE INDEX t_a_idx ON t (a)",
            "ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES t(a) ON UPDATE NO ACTION ON DELETE NO ACTION",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES later(id) ON UPDATE NO ACTION ON DELETE NO ACTION",
        ]
    );
    let whole = dialect::create_table_statement(Dialect::Postgres, &t, &Options::default());
    assert_eq!(whole.matches("FOREIGN KEY").count(), 2);
}
