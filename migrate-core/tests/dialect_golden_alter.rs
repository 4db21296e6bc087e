//! The SQL of `alter table`, to the letter.

mod dialect_support;

use dialect_support::*;
use migrate_core::dialect::Work;
use migrate_core::schema::expr::Family;
use migrate_core::schema::{
    Action, Autoincrement, Change, ConstraintName, Default, Literal, Operator, PrimaryKey, Type,
};
use migrate_core::target::Dialect;

#[test]
fn in_place_on_sqlite() {
    let mut t = table("t", vec![column("a", Type::TextN(36)), null("b", Type::Text)]);
    t.indexes.push(index("i", &["b"]));
    let before = schema(&[&t]);
    let run = |changes| lower(Dialect::Sqlite, &alter("t", false, changes), &before, &before);
    let add = vec![
        Change::AddColumn(null("c", Type::TextN(36))),
        Change::AddForeignKey(foreign_key("t_c_fkey", &["c"], "u", &["id"], Action::SetNull)),
        Change::AddCheck(check("t_c_check", binary(Operator::NotEqual, col("c", Family::Text), text("")))),
        Change::RenameColumn { from: "a".into(), to: "aa".into() },
    ];
    let statement = |s: &str| Work::Statement(s.into());
    assert_eq!(
        run(add).unwrap(),
        [
            statement(
                "ALTER TABLE `t` ADD `c` text(36) REFERENCES `u`(`id`) ON UPDATE no action ON DELETE set null \
                 CONSTRAINT `t_c_check` CHECK (`c` <> '')"
            ),
            statement("ALTER TABLE `t` RENAME COLUMN `a` TO `aa`"),
        ]
    );
    let nothing = vec![
        Change::SetType { column: "a".into(), ty: Type::TextN(64), using: None },
        Change::RenameConstraint { from: "x".into(), to: "y".into(), given: true },
    ];
    assert_eq!(run(nothing).unwrap(), []);
    let drop = |name: &str| run(vec![Change::DropColumn { name: name.into() }]);
    assert_eq!(drop("a").unwrap(), [statement("ALTER TABLE `t` DROP COLUMN `a`")]);
    let refused = drop("b").unwrap_err();
    assert_eq!(refused.message, "SQLite cannot drop `b` in place: the index `i` needs it");
    assert!(refused.help.unwrap().contains("alter table t recreate"));
    for change in [
        Change::AddColumn(column("d", Type::Text)),
        Change::AddColumn(with_default(column("d", Type::TimestampMs), Default::Now)),
        Change::AddUnique(unique("t_a_key", &["a"])),
        Change::DropNotNull { column: "a".into() },
        Change::SetType { column: "a".into(), ty: Type::Integer(64), using: None },
    ] {
        assert!(run(vec![change]).is_err());
    }
}

#[test]
fn alter_on_postgres() {
    let mut t = keyed(
        table(
            "t",
            vec![
                with_default(column("a", Type::Integer(32)), Default::Literal(Literal::Integer(0))),
                null("b", Type::Datetime),
                column("id", Type::Integer(32)),
            ],
        ),
        &["id"],
    );
    t.columns[2].autoincrement = Some(Autoincrement::Serial);
    t.foreign_keys.push(foreign_key("t_a_fkey", &["a"], "u", &["id"], Action::NoAction));
    let before = schema(&[&t]);
    let run = |changes| statements(Dialect::Postgres, &alter("t", true, changes), &before, &before);
    let set_type = |column: &str, ty, using| Change::SetType { column: column.into(), ty, using };
    assert_eq!(
        run(vec![set_type("a", Type::Integer(64), None)]),
        [
            "ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE BIGINT, ALTER COLUMN a SET DEFAULT 0"
        ]
    );
    assert_eq!(
        run(vec![
            set_type("a", Type::Boolean, Some(binary(Operator::NotEqual, col("a", Family::Integer), int(0)))),
            Change::SetDefault {
                column: "a".into(),
                default: Some(Default::Literal(Literal::Boolean(true)))
            }
        ]),
        [
            "ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE BOOLEAN USING a <> 0",
            "ALTER TABLE t ALTER COLUMN a SET DEFAULT true"
        ]
    );
    assert_eq!(
        run(vec![set_type("b", Type::DatetimeTz, None)]),
        [
            "ALTER TABLE t ALTER COLUMN b TYPE TIMESTAMP WITH TIME ZONE USING (CAST(b AS TIMESTAMP) AT TIME ZONE 'UTC')"
        ]
    );
    assert_eq!(
        run(vec![set_type("id", Type::Integer(64), None)]),
        [
            "ALTER TABLE t ALTER COLUMN id TYPE BIGINT",
            "DO 'BEGIN EXECUTE format(''ALTER SEQUENCE %s AS BIGINT'', pg_get_serial_sequence(''t'', ''id'')); END'"
        ]
    );
    assert_eq!(
        run(vec![
            Change::SetNotNull {
                column: "b".into(),
                using: Some(expr(migrate_core::schema::expr::ExprKind::Now, Family::Datetime))
            },
            Change::DropNotNull { column: "a".into() },
            Change::DropPrimaryKey,
            Change::AddPrimaryKey(PrimaryKey {
                name: ConstraintName::derived("t_pkey"),
                columns: strings(&["a"])
            }),
            Change::AlterForeignKey {
                name: "t_a_fkey".into(),
                on_delete: Action::Cascade,
                on_update: Action::NoAction,
                deferrable: false,
            },
            Change::RenameConstraint { from: "t_a_fkey".into(), to: "f".into(), given: true },
            Change::DropConstraint { name: "f".into() },
            Change::SetDefault { column: "a".into(), default: None },
        ]),
        [
            "UPDATE t SET b = (now() AT TIME ZONE 'UTC') WHERE b IS NULL",
            "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
            "ALTER TABLE t ALTER COLUMN a DROP NOT NULL",
            "ALTER TABLE t DROP CONSTRAINT t_pkey",
            "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
            "ALTER TABLE t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES u(id) ON UPDATE NO ACTION ON DELETE CASCADE",
            "ALTER TABLE t RENAME CONSTRAINT t_a_fkey TO f",
            "ALTER TABLE t DROP CONSTRAINT f",
            "ALTER TABLE t ALTER COLUMN a DROP DEFAULT",
        ]
    );
}

#[test]
fn rebuild() {
    let mut old =
        table("users", vec![column("a", Type::Text), null("b", Type::Boolean), null("c", Type::Text)]);
    old.foreign_keys.push(foreign_key("users_a_fkey", &["a"], "users", &["b"], Action::NoAction));
    old.indexes.push(index("i", &["a"]));
    let mut new = table(
        "users",
        vec![column("aa", Type::Text), column("b", Type::Text), column("d", Type::TimestampMs)],
    );
    new.columns[2].default = Some(Default::Now);
    new.foreign_keys.push(foreign_key("users_a_fkey", &["aa"], "users", &["b"], Action::NoAction));
    new.indexes.push(index("i", &["aa"]));
    let changes = vec![
        Change::RenameColumn { from: "a".into(), to: "aa".into() },
        Change::SetType { column: "b".into(), ty: Type::Text, using: None },
        Change::SetNotNull { column: "b".into(), using: Some(text("-")) },
        Change::DropColumn { name: "c".into() },
        Change::AddColumn(new.columns[2].clone()),
    ];
    let works =
        lower(Dialect::Sqlite, &alter("users", true, changes), &schema(&[&old]), &schema(&[&new])).unwrap();
    let [Work::Rebuild(rebuild)] = &works[..] else {
        panic!("one rebuild: {works:?}");
    };
    assert_eq!(rebuild.table, "users");
    assert_eq!(rebuild.work_table, "__migrate_new_users");
    assert_eq!(rebuild.columns, ["a", "b", "c"]);
    assert_eq!(rebuild.known_indexes, ["i"]);
    assert_eq!(rebuild.copy_columns, ["aa", "b"]);
    assert_eq!(
        rebuild.copy_values,
        ["`a`", "coalesce(CASE WHEN `b` THEN 'true' WHEN NOT `b` THEN 'false' END, '-')"]
    );
    assert!(rebuild.keep_rowid);
    assert_eq!(rebuild.indexes, ["CREATE INDEX main.`i` ON `users` (`aa`)"]);
    assert_eq!(
        rebuild.create,
        "CREATE TABLE main.`__migrate_new_users` (\n\
         \t`aa` text NOT NULL,\n\
         \t`b` text NOT NULL,\n\
         \t`d` integer DEFAULT (CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)) NOT NULL,\n\
         \tFOREIGN KEY (`aa`) REFERENCES `users`(`b`) ON UPDATE no action ON DELETE no action\n\
         )"
    );
}
