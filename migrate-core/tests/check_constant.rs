//! What the checks know of expressions over known values is what both databases say of them.

mod dialect_support;

use dialect_support::*;
use migrate_core::check::constant::{Constant, evaluate};
use migrate_core::dialect;
use migrate_core::schema::expr::{ExprKind, Family, Function};
use migrate_core::schema::{Expr, Operator, Table, Type};
use migrate_core::target::{Dialect, Options};
use migrate_test_support::Numbers;

/// One row, in words that both read alike but for booleans.
const ROW: &str = "7, -3, 0, NULL, 'ab', ' Zoë B ', '', NULL, BOOL1, BOOL0, NULL";

fn inputs() -> Table {
    let integers = ["i", "j", "o", "ni"].map(|name| null(name, Type::Integer(64)));
    let texts = ["s", "t", "e", "ns"].map(|name| null(name, Type::Text));
    let booleans = ["yes", "no", "nb"].map(|name| null(name, Type::Boolean));
    table("inputs", integers.into_iter().chain(texts).chain(booleans).collect())
}

fn known(name: &str) -> Option<Constant> {
    Some(match name {
        "i" => Constant::Integer(7),
        "j" => Constant::Integer(-3),
        "o" => Constant::Integer(0),
        "s" => Constant::Text("ab".to_owned()),
        "t" => Constant::Text(" Zoë B ".to_owned()),
        "e" => Constant::Text(String::new()),
        "yes" => Constant::Boolean(true),
        "no" => Constant::Boolean(false),
        _ => Constant::Null,
    })
}

/// Makes expressions of every kind that the checks know.
struct Maker(Numbers);

impl Maker {
    fn integer(&mut self, depth: usize) -> Expr {
        if depth == 0 {
            return match self.0.below(6) {
                0 | 1 => int(self.0.below(25) as i128 - 12),
                _ => col(self.0.word(&["i", "j", "o", "ni"]), Family::Integer),
            };
        }
        let deeper = depth - 1;
        match self.0.below(8) {
            0 => expr(ExprKind::Negate(Box::new(self.integer(deeper))), Family::Integer),
            1 => call(Function::Length, vec![self.text(deeper)]),
            2 => call(Function::Abs, vec![self.integer(deeper)]),
            3 => {
                let function = if self.0.once_in(2) { Function::Min } else { Function::Max };
                call(function, vec![self.integer(deeper), self.integer(deeper)])
            }
            4 => self.choice(Family::Integer, deeper),
            _ => {
                use Operator::{Add, Divide, Multiply, Remainder, Subtract};
                let op = self.0.pick(&[Add, Subtract, Multiply, Divide, Remainder]).unwrap();
                let (left, right) = (self.integer(deeper), self.integer(deeper));
                let (left, right) = (Box::new(left), Box::new(right));
                expr(ExprKind::Binary { op, left, right }, Family::Integer)
            }
        }
    }

    fn text(&mut self, depth: usize) -> Expr {
        if depth == 0 {
            return match self.0.below(6) {
                0 | 1 => text(self.0.word(&["", "a", "ab", "B", "  x ", "é"])),
                _ => col(self.0.word(&["s", "t", "e", "ns"]), Family::Text),
            };
        }
        let deeper = depth - 1;
        match self.0.below(5) {
            0 => self.choice(Family::Text, deeper),
            1 => {
                let (left, right) = (Box::new(self.text(deeper)), Box::new(self.text(deeper)));
                expr(ExprKind::Binary { op: Operator::Concat, left, right }, Family::Text)
            }
            _ => {
                let function = self.0.pick(&[Function::Lower, Function::Upper, Function::Trim]).unwrap();
                call(function, vec![self.text(deeper)])
            }
        }
    }

    /// `case`, `coalesce` or `nullif`
    fn choice(&mut self, family: Family, depth: usize) -> Expr {
        let kind = match self.0.below(3) {
            0 => ExprKind::Case {
                arms: vec![(self.boolean(depth), self.value(family, depth))],
                otherwise: self.0.once_in(2).then(|| Box::new(self.value(family, depth))),
            },
            at => ExprKind::Call {
                function: if at == 1 { Function::Coalesce } else { Function::Nullif },
                arguments: vec![self.value(family, depth), self.value(family, depth)],
            },
        };
        expr(kind, family)
    }

    fn value(&mut self, family: Family, depth: usize) -> Expr {
        match family {
            Family::Integer => self.integer(depth),
            Family::Text => self.text(depth),
            _ => self.boolean(depth),
        }
    }

    fn boolean(&mut self, depth: usize) -> Expr {
        if depth == 0 {
            return col(self.0.word(&["yes", "no", "nb"]), Family::Boolean);
        }
        let deeper = depth - 1;
        let family = self.0.pick(&[Family::Integer, Family::Text]).unwrap();
        let negated = self.0.once_in(2);
        match self.0.below(7) {
            0 => not(self.boolean(deeper)),
            1 | 2 => {
                let op = if self.0.once_in(2) { Operator::And } else { Operator::Or };
                binary(op, self.boolean(deeper), self.boolean(deeper))
            }
            3 => {
                let value = Box::new(self.value(family, deeper));
                expr(ExprKind::IsNull { value, not: negated }, Family::Boolean)
            }
            4 => {
                let value = Box::new(self.value(family, deeper));
                let list = vec![self.value(family, 0), self.value(family, 0), self.value(family, deeper)];
                expr(ExprKind::In { value, list, not: negated }, Family::Boolean)
            }
            5 => {
                let [value, low, high] = [deeper, 0, 0].map(|depth| Box::new(self.value(family, depth)));
                expr(ExprKind::Between { value, low, high, not: negated }, Family::Boolean)
            }
            _ => {
                use Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
                let op = self.0.pick(&[Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual]).unwrap();
                binary(op, self.value(family, deeper), self.value(family, deeper))
            }
        }
    }
}

#[test]
fn what_is_known_is_what_both_databases_say() {
    let (table, options) = (inputs(), Options::default());
    let (db, postgres) = (sqlite(), Postgres::start());
    let row = |yes: &str, no: &str| {
        format!("INSERT INTO inputs VALUES ({})", ROW.replace("BOOL1", yes).replace("BOOL0", no))
    };
    db.execute_batch(&dialect::create_table_statement(Dialect::Sqlite, &table, &options)).unwrap();
    db.execute_batch(&row("1", "0")).unwrap();
    postgres.batch(&dialect::create_table_statement(Dialect::Postgres, &table, &options)).unwrap();
    postgres.batch(&row("true", "false")).unwrap();
    let (mut wrong, mut truths) = (Vec::new(), [0; 3]);
    for seed in 1..=3000 {
        let mut maker = Maker(Numbers::seeded(seed));
        let depth = 1 + maker.0.below(4);
        let case = maker.boolean(depth);
        let wanted = match evaluate(&case, &known) {
            Some(Constant::Boolean(true)) => ["1", "t"],
            Some(Constant::Boolean(false)) => ["0", "f"],
            Some(Constant::Null) => ["NULL", "NULL"],
            Some(other) => panic!("{case:?} is {other:?}"),
            None => continue,
        };
        truths[["1", "0", "NULL"].iter().position(|w| *w == wanted[0]).unwrap()] += 1;
        let queries = Dialect::ALL
            .map(|d| format!("SELECT ({}) FROM inputs", dialect::expression(d, &case, &table, &options)));
        let [lite, pg] = [sqlite_rows(&db, &queries[0]), postgres.rows(&queries[1])];
        for (said, wanted, query) in [(lite, wanted[0], &queries[0]), (pg, wanted[1], &queries[1])] {
            if said.as_ref().ok().and_then(|rows| rows.first()?.first()).map(String::as_str) != Some(wanted) {
                wrong.push(format!("{query}\n  {said:?}, and not {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(truths.iter().all(|n| *n > 200), "true, false, null: {truths:?}");
}
