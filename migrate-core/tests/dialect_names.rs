//! Names: those that PostgreSQL gives, and those that nobody should.

mod dialect_support;

use dialect_support::*;
use migrate_core::schema::expr::Family;
use migrate_core::schema::names::{Suffix, derived};
use migrate_core::schema::{
    Action, Autoincrement, Change, Check, ConstraintName, ForeignKey, Operator, PrimaryKey, Step, Table,
    Type, Unique,
};

#[test]
fn names_that_the_server_would_give() {
    let mut world = World::new();
    let long = "a_table_with_a_name_that_is_so_long_that_it_must_be_cut";
    let mut taken: Vec<String> = Vec::new();
    let mut name = |table: &str, columns: &[&str], suffix| {
        let name = derived(table, &strings(columns), suffix, &mut |n| taken.iter().any(|t| t == n));
        taken.push(name.clone());
        ConstraintName::derived(name)
    };
    for table_name in ["plain", long] {
        let columns = ["id", "user", "a_column_with_quite_a_long_name_of_its_own", "other"];
        let mut t = table(table_name, columns.iter().map(|c| null(c, Type::Integer(64))).collect());
        t.columns[0].null = false;
        t.primary_key = Some(PrimaryKey {
            name: name(table_name, &["id"], Suffix::PrimaryKey),
            columns: strings(&["id"]),
        });
        for columns in [&columns[1..2], &columns[1..3], &columns[1..4], &columns[2..3]] {
            t.uniques.push(Unique {
                name: name(table_name, columns, Suffix::Unique),
                columns: strings(columns),
                nulls_not_distinct: false,
            });
            t.foreign_keys.push(ForeignKey {
                name: name(table_name, &columns[..1], Suffix::ForeignKey),
                ..foreign_key("", &columns[..1], table_name, &["id"], Action::NoAction)
            });
            let greater = |c: &str| binary(Operator::Greater, col(c, Family::Integer), int(0));
            let (expr, of) = if columns.len() == 1 {
                (greater(columns[0]), columns)
            } else {
                (binary(Operator::And, greater(columns[0]), greater(columns[1])), columns)
            };
            t.checks.push(Check {
                name: name(table_name, of, Suffix::Check),
                expr,
                of_enum: None,
                not_valid: false,
            });
        }
        world.create(&t);
        world.check_names();
        // Renamed, the constraints keep their names; a new table of the old name gets numbers.
        let renamed = Table { name: format!("{}_2", &table_name[..5]), ..t.clone() };
        let mut own = renamed.clone();
        own.foreign_keys.iter_mut().for_each(|k| k.ref_table.clone_from(&renamed.name));
        world.step(Step::RenameTable { from: table_name.into(), to: own.name.clone() }, &[&own]);
        world.check_names();
        let again = Table {
            primary_key: Some(PrimaryKey {
                name: name(table_name, &["id"], Suffix::PrimaryKey),
                columns: strings(&["id"]),
            }),
            uniques: vec![Unique {
                name: name(table_name, &["user"], Suffix::Unique),
                columns: strings(&["user"]),
                nulls_not_distinct: false,
            }],
            checks: vec![],
            foreign_keys: vec![],
            ..t
        };
        world.create(&again);
        world.check_names();
        let mut more = again.clone();
        let added = Unique {
            name: name(table_name, &["other"], Suffix::Unique),
            columns: strings(&["other"]),
            nulls_not_distinct: false,
        };
        more.uniques.push(added.clone());
        world.step(alter(table_name, true, vec![Change::AddUnique(added)]), &[&more]);
        world.check_names();
    }
}

#[test]
fn hostile_names() {
    let mut world = World::new();
    let evil = "a`b\"c'; DROP TABLE x; -- $$";
    let mut t = table(evil, vec![column("order", Type::Integer(64)), null("Ünï \\", Type::Text)]);
    t.columns[0].autoincrement = Some(Autoincrement::Serial);
    t.comment = Some("it's \\ $$ `".into());
    t.columns[1].comment = Some(evil.into());
    let mut t = keyed(t, &["order"]);
    t.checks.push(Check {
        name: ConstraintName::given("ch'`\"eck"),
        expr: binary(Operator::NotEqual, col("Ünï \\", Family::Text), text("'`\"\\")),
        of_enum: None,
        not_valid: false,
    });
    t.indexes.push(index("in`\"dex", &["Ünï \\"]));
    world.create(&t);
    world.check_names_of(evil, &["ch'`\"eck", "a`b\"c'; DROP TABLE x; -- $$_pkey"]);
    let change = Change::SetType { column: "order".into(), ty: Type::Integer(32), using: None };
    let mut after = t.clone();
    after.columns[0].ty = Type::Integer(32);
    world.step(alter(evil, false, vec![change]), &[&after]);
    let change = Change::DropNotNull { column: "Ünï \\".into() };
    world.step(alter(evil, true, vec![change]), &[&after]);
    assert_eq!(
        sqlite_rows(
            &world.sqlite,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        .unwrap(),
        [[evil]]
    );
    world.step(Step::DropTable { table: evil.into() }, &[]);
}
