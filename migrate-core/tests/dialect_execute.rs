//! Every lowered statement runs on both databases, over rows, and both end with the same rows.

mod dialect_support;

use dialect_support::*;
use migrate_core::dialect::Work;
use migrate_core::schema::expr::{ExprKind, Family, Function};
use migrate_core::schema::{
    Action, Autoincrement, Change, Default, Expr, ForeignKey, Index, IndexKey, Literal, Operator, Step, Type,
};
use migrate_core::target::{Dialect, Options, SqliteOptions};

fn literal(literal: Literal) -> Option<Default> {
    Some(Default::Literal(literal))
}

#[test]
fn a_table_of_every_type() {
    let types = [
        Type::Text,
        Type::TextN(5),
        Type::Char(5),
        Type::Integer(64),
        Type::Integer(32),
        Type::Integer(16),
        Type::Boolean,
        Type::Json,
        Type::TimestampMs,
        Type::Timestamp,
        Type::Datetime,
        Type::DatetimeTz,
        Type::Date,
        Type::Time,
        Type::Real(64),
        Type::Real(32),
        Type::Decimal { precision: 10, scale: 2, as_text: true },
        Type::Blob,
        Type::Uuid,
        Type::Enum(strings(&["a"])),
        Type::Native { sqlite: Some("text".into()), postgres: Some("int4range".into()) },
    ];
    for (strict, uuid_blob) in [(false, false), (true, true)] {
        let mut world = World::new();
        world.options =
            Options { sqlite: Some(SqliteOptions { min: (3, 37), strict, uuid_blob }), ..Options::default() };
        let mut all = table("every", vec![column("id", Type::Integer(64))]);
        all.columns[0].autoincrement = Some(Autoincrement::Identity);
        for (i, ty) in types.iter().enumerate() {
            all.columns.push(null(&format!("c{i}"), ty.clone()));
        }
        let times =
            [Type::TimestampMs, Type::Timestamp, Type::Datetime, Type::DatetimeTz, Type::Date, Type::Time];
        for (i, ty) in times.into_iter().enumerate() {
            all.columns.push(with_default(column(&format!("now{i}"), ty), Default::Now));
        }
        all.columns.push(with_default(column("random", Type::Uuid), Default::Random));
        let values = [
            ("d_text", Type::Text, Literal::Text("it's \\".into())),
            ("d_int", Type::Integer(64), Literal::Integer(-5)),
            ("d_real", Type::Real(64), Literal::Real("-1.5e3".into())),
            ("d_bool", Type::Boolean, Literal::Boolean(true)),
            ("d_json", Type::Json, Literal::Text("{\"a\": 1}".into())),
            ("d_bytes", Type::Blob, Literal::Bytes(vec![0, 255])),
            ("d_uuid", Type::Uuid, Literal::Text("123e4567-e89b-12d3-a456-426614174000".into())),
            ("d_date", Type::Date, Literal::Text("2024-02-29".into())),
        ];
        for (name, ty, value) in values {
            all.columns.push(with_default(column(name, ty), Default::Literal(value)));
        }
        let all = keyed(all, &["id"]);
        world.create(&all);
        world.both("INSERT INTO every (c0) VALUES ('x')");
        world.both("INSERT INTO every (c0) VALUES ('y')");
        let rows = world.rows("SELECT id, c0, d_text, d_int, d_real, d_bool FROM every ORDER BY id");
        assert_eq!(rows[1], ["2", "y", "it's \\", "-5", "-1500", "1"]);
        let bytes =
            sqlite_rows(&world.sqlite, "SELECT hex(d_bytes), typeof(d_uuid), typeof(random) FROM every")
                .unwrap();
        let uuid = if uuid_blob { "blob" } else { "text" };
        assert_eq!(bytes[0], ["00FF", uuid, uuid]);
        world.step(Step::DropTable { table: "every".into() }, &[]);
    }
}

#[test]
fn alterations_over_rows() {
    let mut world = World::new();
    let boards = keyed(table("boards", vec![column("id", Type::Integer(64))]), &["id"]);
    world.create(&boards);
    let mut t = keyed(
        table(
            "sessions",
            vec![
                column("id", Type::Integer(64)),
                null("flag", Type::Boolean),
                column("count", Type::TextN(10)),
                null("board", Type::Integer(64)),
                null("size", Type::Integer(32)),
            ],
        ),
        &["id"],
    );
    t.columns[0].autoincrement = Some(Autoincrement::Serial);
    t.columns[2].default = literal(Literal::Text("0".into()));
    t.foreign_keys.push(foreign_key("sessions_board_fkey", &["board"], "boards", &["id"], Action::Cascade));
    t.indexes.push(index("sessions_flag_idx", &["flag"]));
    world.create(&t);
    world.both("INSERT INTO boards VALUES (1), (2)");
    world.both(
        "INSERT INTO sessions (flag, count, board, size) VALUES (true, '007', 1, 5), (NULL, '12', 2, NULL)",
    );
    world.both("INSERT INTO sessions (flag, board) VALUES (false, NULL)");

    // In place on both.
    let name = null("name", Type::Text);
    let mut next = t.clone();
    next.columns.push(name.clone());
    world.step(alter("sessions", false, vec![Change::AddColumn(name)]), &[&next]);
    let parent = null("parent", Type::Integer(64));
    let parent_key = foreign_key("sessions_parent_fkey", &["parent"], "sessions", &["id"], Action::SetNull);
    let parent_check =
        check("sessions_parent_check", binary(Operator::Greater, col("parent", Family::Integer), int(0)));
    next.columns.push(parent.clone());
    next.foreign_keys.push(parent_key.clone());
    next.checks.push(parent_check.clone());
    world.step(
        alter(
            "sessions",
            false,
            vec![
                Change::AddColumn(parent),
                Change::AddForeignKey(parent_key),
                Change::AddCheck(parent_check),
            ],
        ),
        &[&next],
    );
    world.both("UPDATE sessions SET parent = 1 WHERE id = 2");
    world.both_refuse("UPDATE sessions SET parent = 77 WHERE id = 2");
    world.both_refuse("UPDATE sessions SET parent = -1 WHERE id = 2");
    world.check_names();

    // One rebuild on SQLite, one statement for each change on PostgreSQL.
    let mut after = next.clone();
    after.columns[1].null = false;
    after.columns[1].name = "active".into();
    after.columns[1].default = literal(Literal::Boolean(true));
    after.columns[2].ty = Type::Integer(64);
    after.columns[2].default = literal(Literal::Integer(0));
    after.columns[4].ty = Type::Text;
    after.columns.remove(5);
    let made = with_default(column("made", Type::TimestampMs), Default::Now);
    after.columns.push(made.clone());
    after.foreign_keys[0].on_delete = Action::SetNull;
    after.indexes[0].keys[0].expr = col("active", Family::Boolean);
    let set_type = |column: &str, ty, using| Change::SetType { column: column.into(), ty, using };
    world.step(
        alter(
            "sessions",
            true,
            vec![
                Change::SetDefault { column: "flag".into(), default: after.columns[1].default.clone() },
                Change::SetNotNull {
                    column: "flag".into(),
                    using: Some(expr(ExprKind::Literal(Literal::Boolean(false)), Family::Boolean)),
                },
                Change::RenameColumn { from: "flag".into(), to: "active".into() },
                Change::SetDefault { column: "count".into(), default: after.columns[2].default.clone() },
                set_type(
                    "count",
                    Type::Integer(64),
                    Some(cast(col("count", Family::Text), Type::Integer(64))),
                ),
                set_type("size", Type::Text, None),
                Change::DropColumn { name: "name".into() },
                Change::AddColumn(made),
                Change::AlterForeignKey {
                    name: "sessions_board_fkey".into(),
                    on_delete: Action::SetNull,
                    on_update: Action::NoAction,
                    deferrable: false,
                },
            ],
        ),
        &[&after],
    );
    world.check_names();
    let rows = world.rows("SELECT id, active, count, board, size, parent FROM sessions ORDER BY id");
    assert_eq!(rows[0], ["1", "1", "7", "1", "5", "NULL"]);
    assert_eq!(rows[1], ["2", "0", "12", "2", "NULL", "1"]);
    assert_eq!(rows[2], ["3", "0", "0", "NULL", "NULL", "NULL"]);
    assert_eq!(
        sqlite_rows(&world.sqlite, "SELECT DISTINCT typeof(count), typeof(made) FROM sessions").unwrap(),
        [["integer", "integer"]]
    );
    world.both("DELETE FROM boards WHERE id = 1");
    world.both("INSERT INTO sessions (size) VALUES ('new')");
    assert_eq!(
        world.rows("SELECT id, active, count, board, size FROM sessions WHERE id IN (1, 4) ORDER BY id"),
        [["1", "1", "7", "NULL", "5"], ["4", "1", "0", "NULL", "new"]]
    );

    // The sequence grows with its column, also after the table was renamed.
    let mut narrow = after.clone();
    narrow.name = "talks".into();
    narrow.foreign_keys[1].ref_table = "talks".into();
    world.step(Step::RenameTable { from: "sessions".into(), to: "talks".into() }, &[&narrow]);
    world.step(alter("talks", false, vec![set_type("id", Type::Integer(64), None)]), &[&narrow]);
    // Constraints.
    let mut last = narrow.clone();
    last.primary_key = None;
    last.uniques.push(unique("talks_id_key", &["id"]));
    last.foreign_keys.clear();
    last.checks.clear();
    last.columns[0].autoincrement = None;
    world.step(
        alter(
            "talks",
            true,
            vec![
                Change::DropConstraint { name: "sessions_parent_fkey".into() },
                Change::DropConstraint { name: "sessions_board_fkey".into() },
                Change::DropConstraint { name: "sessions_parent_check".into() },
                Change::DropPrimaryKey,
                Change::AddUnique(last.uniques[0].clone()),
            ],
        ),
        &[&last],
    );
    world.check_names();
    world.both_refuse("INSERT INTO talks (id) VALUES (1)");
    world.both("INSERT INTO talks (id, parent) VALUES (50, -5)");
}

#[test]
fn lossless_changes_of_type() {
    let decimal = Type::Decimal { precision: 10, scale: 2, as_text: false };
    let cases: Vec<(Type, Type, &str, &str, &str)> = vec![
        (Type::Integer(32), Type::Integer(64), "7", "7", "integer"),
        (Type::Integer(64), Type::Text, "7", "7", "text"),
        (Type::Integer(64), Type::Real(64), "7", "7", "real"),
        (Type::Integer(64), decimal.clone(), "7", "7", "integer"),
        (Type::Boolean, Type::Text, "true", "true", "text"),
        (Type::Boolean, Type::Integer(64), "true", "1", "integer"),
        (Type::Integer(64), Type::Boolean, "7", "1", "integer"),
        (Type::TextN(3), Type::Text, "'007'", "007", "text"),
        (Type::Text, Type::TextN(9), "'007'", "007", "text"),
        (Type::Text, Type::Integer(64), "'007'", "7", "integer"),
        (
            Type::Uuid,
            Type::Text,
            "'123e4567-e89b-12d3-a456-426614174000'",
            "123e4567-e89b-12d3-a456-426614174000",
            "text",
        ),
        (Type::Date, Type::Datetime, "'2024-02-29'", "2024-02-29 00:00:00", "text"),
        (Type::Date, Type::Text, "'2024-02-29'", "2024-02-29", "text"),
        (Type::TimestampMs, Type::Datetime, "-1", "1969-12-31 23:59:59.999", "text"),
        (Type::Datetime, Type::TimestampMs, "'1970-01-02 00:00:00.5'", "86400500", "integer"),
        (Type::Real(64), Type::Integer(64), "2.5", "2", "integer"),
        (Type::Real(64), decimal, "2.345", "2.35", "real"),
    ];
    let mut world = World::new();
    world.postgres.batch("SET timezone = 'America/New_York'").unwrap();
    for (i, (from, to, value, expected, stored)) in cases.into_iter().enumerate() {
        let name = format!("t{i}");
        let t = table(&name, vec![null("c", from)]);
        world.create(&t);
        world.both(&format!("INSERT INTO {name} VALUES ({value}), (NULL)"));
        let mut after = t.clone();
        after.columns[0].ty = to.clone();
        let change = Change::SetType { column: "c".into(), ty: to, using: None };
        world.step(alter(&name, true, vec![change]), &[&after]);
        let lite =
            sqlite_rows(&world.sqlite, &format!("SELECT c, typeof(c) FROM {name} WHERE c IS NOT NULL"))
                .unwrap();
        let pg = world.postgres.rows(&format!("SELECT c FROM {name} WHERE c IS NOT NULL")).unwrap();
        assert_eq!(lite, [[expected, stored]]);
        let pg = pg[0][0].strip_suffix(".00").unwrap_or(&pg[0][0]);
        assert_eq!(if pg == "t" { "1" } else { pg }, expected);
    }
}

#[test]
fn indexes_and_own_references() {
    let mut world = World::new();
    // The target of the table's own foreign key is a unique index, which comes after the table.
    let mut t = table("nodes", vec![column("code", Type::Text), null("up", Type::Text)]);
    t.indexes.push(Index { unique: true, ..index("nodes_code_idx", &["code"]) });
    t.indexes.push(Index {
        name: "nodes_lower_idx".into(),
        unique: true,
        keys: vec![
            IndexKey::new(call(Function::Lower, vec![col("code", Family::Text)]), false),
            IndexKey::new(binary(Operator::Concat, col("code", Family::Text), text("-")), true),
        ],
        condition: Some(expr(
            ExprKind::IsNull { value: Box::new(col("up", Family::Text)), not: false },
            Family::Boolean,
        )),
        ..Index::default()
    });
    let key = foreign_key("nodes_up_fkey", &["up"], "nodes", &["code"], Action::Cascade);
    t.foreign_keys.push(ForeignKey { deferrable: true, ..key });
    world.create(&t);
    world.check_names();
    world.both("BEGIN; INSERT INTO nodes VALUES ('b', 'a'); INSERT INTO nodes VALUES ('a', NULL); COMMIT");
    let mut after = t.clone();
    after.columns[1].null = false;
    after.indexes.remove(0);
    after.uniques.push(unique("nodes_code_key", &["code"]));
    let mut dropped = t.clone();
    dropped.indexes[1].name = "nodes_low_idx".into();
    world.step(
        Step::RenameIndex {
            table: "nodes".into(),
            from: "nodes_lower_idx".into(),
            to: "nodes_low_idx".into(),
        },
        &[&dropped],
    );
    dropped.columns[1].null = false;
    world.step(
        alter(
            "nodes",
            true,
            vec![Change::SetNotNull { column: "up".into(), using: Some(col("code", Family::Text)) }],
        ),
        &[&dropped],
    );
    assert_eq!(world.rows("SELECT code, up FROM nodes ORDER BY code"), [["a", "a"], ["b", "a"]]);
    let indexes = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name";
    assert_eq!(sqlite_rows(&world.sqlite, indexes).unwrap(), [["nodes_code_idx"], ["nodes_low_idx"]]);
    world.both("DELETE FROM nodes WHERE code = 'a'");
    assert!(world.rows("SELECT code FROM nodes").is_empty());
    let mut less = dropped.clone();
    less.indexes.pop();
    world.step(
        Step::DropIndex { table: "nodes".into(), name: "nodes_low_idx".into(), concurrently: false },
        &[&less],
    );
}

#[test]
fn what_is_refused() {
    let t = table("t", vec![null("a", Type::Text)]);
    let s = schema(&[&t]);
    let using = |e: Expr| {
        alter("t", true, vec![Change::SetType { column: "a".into(), ty: Type::Real(64), using: Some(e) }])
    };
    let message = |dialect, step: &Step| lower(dialect, step, &s, &s).map_err(|e| e.message);
    let bad = using(cast(col("a", Family::Text), Type::Real(64)));
    for dialect in Dialect::ALL {
        assert_eq!(message(dialect, &bad).unwrap_err(), "this `cast` from `text` is not supported");
    }
    let native = using(expr(
        ExprKind::Sql(migrate_core::schema::NativeSql { sqlite: Some("a".into()), postgres: None }),
        Family::Unknown,
    ));
    assert!(matches!(&message(Dialect::Sqlite, &native).unwrap()[..], [Work::Rebuild(_)]));
    assert_eq!(message(Dialect::Postgres, &native).unwrap_err(), "the SQL for PostgreSQL is missing");
    let mut folded = t.clone();
    folded.columns[0].collate = Some(migrate_core::schema::Collation::Nocase);
    let create = Step::CreateTable(folded.into());
    assert!(message(Dialect::Sqlite, &create).is_ok());
    assert_eq!(message(Dialect::Postgres, &create).unwrap_err(), "this collation is none of PostgreSQL");
}
