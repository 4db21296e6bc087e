//! What is known of types that only PostgreSQL has, against a server: which methods index them, and what goes into them.

mod dialect_support;

use dialect_support::{Postgres, column, table};
use migrate_core::dialect::{Work, lower};
use migrate_core::schema::{Method, Schema, Step, Type};
use migrate_core::target::native::{KNOWN, UNORDERED, is_unordered, known};
use migrate_core::target::{Dialect, Options};

const METHODS: [Method; 6] =
    [Method::Btree, Method::Hash, Method::Gin, Method::Gist, Method::Spgist, Method::Brin];

fn native(name: &str) -> Type {
    let name = if name == "[]" { "integer[]" } else { name };
    Type::Native { sqlite: Some("text".into()), postgres: Some(name.into()) }
}

#[test]
fn methods_are_those_that_have_a_class() {
    let postgres = Postgres::start();
    for known in KNOWN {
        let Type::Native { postgres: Some(ty), .. } = native(known.name) else { unreachable!() };
        postgres.batch(&format!("drop table if exists t; create table t (a {ty})")).unwrap();
        for method in METHODS {
            let made = postgres.batch(&format!("create index on t using {} (a)", method.name()));
            let wanted = known.methods.contains(&method);
            assert_eq!(made.is_ok(), wanted, "{} by {}: {made:?}", known.name, method.name());
        }
    }
}

fn known_by_no_method(ty: &str) -> bool {
    is_unordered(&native(ty)) && known(&native(ty)).is_none()
}

#[test]
fn what_has_no_order_has_no_key() {
    let postgres = Postgres::start();
    let known = KNOWN.iter().map(|k| if k.name == "[]" { "integer[]" } else { k.name });
    for ty in known.chain(UNORDERED) {
        postgres.batch("drop table if exists t").unwrap();
        for key in ["unique", "primary key"] {
            let made = postgres.batch(&format!("create table t (a {ty} {key}); drop table t"));
            assert_eq!(made.is_err(), is_unordered(&native(ty)), "{ty} {key}: {made:?}");
        }
        if known_by_no_method(ty) {
            postgres.batch(&format!("create table t (a {ty})")).unwrap();
            for method in METHODS {
                let made = postgres.batch(&format!("create index on t using {} (a)", method.name()));
                assert!(made.is_err(), "{ty} by {}", method.name());
            }
        }
    }
}

#[test]
fn no_value_of_the_language_goes_into_one() {
    let postgres = Postgres::start();
    let types = [
        Type::Text,
        Type::TextN(9),
        Type::Char(3),
        Type::Integer(16),
        Type::Integer(32),
        Type::Integer(64),
        Type::Boolean,
        Type::Json,
        Type::TimestampMs,
        Type::Timestamp,
        Type::Datetime,
        Type::DatetimeTz,
        Type::Date,
        Type::Time,
        Type::Real(32),
        Type::Real(64),
        Type::Decimal { precision: 8, scale: 2, as_text: false },
        Type::Blob,
        Type::Uuid,
        Type::Enum(vec!["a".into()]),
    ];
    let natives = KNOWN.iter().map(|k| native(k.name));
    let all: Vec<Type> = types.into_iter().chain(natives).collect();
    let names: Vec<String> = (0..all.len()).map(|i| format!("c{i}")).collect();
    let columns = names.iter().zip(&all).map(|(name, ty)| column(name, ty.clone())).collect();
    let step = Step::CreateTable(std::sync::Arc::new(table("t", columns)));
    let mut after = Schema::default();
    after.apply(&step);
    let works: Vec<Work> =
        lower(Dialect::Postgres, &step, &Schema::default(), &after, &Options::default()).expect("lowered");
    postgres.run(&works);
    let mut wrong = Vec::new();
    for (to, into) in names.iter().zip(&all).filter(|(_, ty)| known(ty).is_some()) {
        for (from, ty) in names.iter().zip(&all) {
            let goes = postgres.batch(&format!("update t set {to} = {from}"));
            let wanted = known(ty).is_some_and(|found| known(into).unwrap().takes(found));
            if goes.is_ok() != wanted {
                wrong.push(format!("{ty:?} into {into:?}: {goes:?}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn texts_that_are_refused_are_none_of_the_servers() {
    let postgres = Postgres::start();
    let texts = ["{1,2}", "{}", "[1:2]={1,2}", "[1]", "[1,2)", " (1,2) ", "EMPTY", "{[1,2)}", "x", "", "1"];
    for name in ["[]", "int4range", "int4multirange"] {
        let ty = native(name);
        let Type::Native { postgres: Some(word), .. } = &ty else { unreachable!() };
        for text in texts {
            let read = postgres.batch(&format!("select '{text}'::{word}"));
            assert!(known(&ty).unwrap().may_read(text) || read.is_err(), "{text} as {word}");
        }
    }
}

#[test]
fn names_are_known_as_they_are_written() {
    let name = |text: &str| {
        known(&Type::Native { sqlite: None, postgres: Some(text.into()) }).map(|known| known.name)
    };
    assert_eq!(name("Integer[]"), Some("[]"));
    assert_eq!(name("varchar(20) [3]"), Some("[]"));
    assert_eq!(name(" TSVECTOR "), Some("tsvector"));
    assert_eq!(name("citext"), None);
    assert_eq!(known(&Type::Text), None);
}
