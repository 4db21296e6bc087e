//! Every construct of a tree by its name. A new variant does not compile until it has a name here, and a name fails the test until an
//! example shows it.

use migrate_core::syntax::ast::*;

/// The names of what a migration consists of.
#[derive(Default)]
pub struct Seen(pub Vec<String>);

impl Seen {
    fn add(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    pub fn migration(&mut self, migration: &Migration) {
        migration.up.iter().for_each(|s| self.statement(&s.kind));
    }

    fn statement(&mut self, kind: &StatementKind) {
        self.add(match kind {
            StatementKind::CreateTable(_) => "create table",
            StatementKind::DropTable { .. } => "drop table",
            StatementKind::RenameTable { .. } => "rename table",
            StatementKind::AlterTable(_) => "alter table",
            StatementKind::CreateIndex { .. } => "create index",
            StatementKind::DropIndex { .. } => "drop index",
            StatementKind::RenameIndex { .. } => "rename index",
            StatementKind::CreateView(_) => "create view",
            StatementKind::DropView { .. } => "drop view",
            StatementKind::RenameView { .. } => "rename view",
            StatementKind::CreateTrigger(_) => "create trigger",
            StatementKind::DropTrigger { .. } => "drop trigger",
            StatementKind::CreateExtension { .. } => "create extension",
            StatementKind::DropExtension { .. } => "drop extension",
            StatementKind::Insert(_) => "insert",
            StatementKind::Update(_) => "update",
            StatementKind::Delete(_) => "delete",
            StatementKind::Sql { declares, .. } if !declares.is_empty() => "raw sql that declares",
            StatementKind::Sql { .. } => "raw sql",
            StatementKind::Call { .. } => "call",
        });
        match kind {
            StatementKind::CreateTable(table) => self.table(table),
            StatementKind::AlterTable(alter) => {
                alter.recreate.iter().for_each(|_| self.add("recreate"));
                alter.alterations.iter().for_each(|a| self.alteration(&a.kind));
            }
            StatementKind::CreateIndex { index, concurrently, .. } => {
                self.index(index);
                concurrently.iter().for_each(|_| self.add("create index concurrently"));
            }
            StatementKind::DropIndex { concurrently, .. } => {
                concurrently.iter().for_each(|_| self.add("drop index concurrently"));
            }
            StatementKind::Call { outside, .. } => {
                outside.iter().for_each(|_| self.add("call outside transaction"));
            }
            StatementKind::CreateView(view) => match &view.body {
                ViewBody::Select(select) => self.select(select),
                ViewBody::Sql(_) => self.add("view of raw sql"),
            },
            StatementKind::Insert(insert) => {
                match &insert.rows {
                    Rows::Values(rows) => {
                        self.add("values");
                        rows.iter().flat_map(|r| &r.values).for_each(|v| self.expr(v));
                    }
                    Rows::Select(select) => {
                        self.add("insert select");
                        self.select(select);
                    }
                }
                if insert.or_nothing {
                    self.add("on conflict do nothing");
                }
            }
            StatementKind::Update(update) => {
                update.set.iter().map(|(_, v)| v).chain(&update.condition).for_each(|e| self.expr(e));
                update.batches.iter().for_each(|_| self.add("in batches"));
            }
            StatementKind::Delete(delete) => delete.condition.iter().for_each(|e| self.expr(e)),
            _ => {}
        }
    }

    fn table(&mut self, table: &CreateTable) {
        if table.without_rowid.is_some() {
            self.add("without rowid");
        }
        if table.comment.is_some() {
            self.add("comment of a table");
        }
        for item in &table.items {
            match item {
                TableItem::Column(column) => self.column(column),
                TableItem::Constraint(constraint) => self.constraint(constraint),
                TableItem::Index(index) => self.index(index),
            }
        }
    }

    fn column(&mut self, column: &Column) {
        if column.comment.is_some() {
            self.add("comment of a column");
        }
        self.ty(&column.ty.ty);
        for modifier in &column.modifiers {
            self.add(match &modifier.kind {
                ModifierKind::Null => "null",
                ModifierKind::Default(_) => "default",
                ModifierKind::PrimaryKey => "primary key of a column",
                ModifierKind::Unique => "unique of a column",
                ModifierKind::References(_) => "references",
                ModifierKind::Check(_) => "check of a column",
                ModifierKind::Autoincrement { serial: false } => "autoincrement",
                ModifierKind::Autoincrement { serial: true } => "autoincrement serial",
                ModifierKind::Collate(_) => "collate",
                ModifierKind::Generated { is_virtual: false, .. } => "generated",
                ModifierKind::Generated { is_virtual: true, .. } => "generated virtual",
            });
            match &modifier.kind {
                ModifierKind::Default(default) => self.default(default),
                ModifierKind::References(references) => self.references(references),
                ModifierKind::Check(expr) | ModifierKind::Generated { expr, .. } => self.expr(expr),
                ModifierKind::Collate(collate) => self.collation(&collate.collation),
                _ => {}
            }
        }
    }

    fn default(&mut self, default: &Default) {
        self.add(match &default.kind {
            DefaultKind::Literal(_) => "default literal",
            DefaultKind::Now => "default now",
            DefaultKind::Random => "default random",
            DefaultKind::Expr(_) => "default expression",
            DefaultKind::Sql(_) => "default sql",
        });
    }

    fn collation(&mut self, collation: &Collation) {
        self.add(match collation {
            Collation::Binary => "collate binary",
            Collation::Nocase => "collate nocase",
            Collation::Rtrim => "collate rtrim",
            Collation::Native(_) => "collate of each",
        });
    }

    fn references(&mut self, references: &References) {
        for action in [references.on_delete, references.on_update].into_iter().flatten() {
            self.add(match action {
                Action::NoAction => "no action",
                Action::Restrict => "restrict",
                Action::Cascade => "cascade",
                Action::SetNull => "set null",
                Action::SetDefault => "set default of a key",
            });
        }
        if references.deferrable {
            self.add("deferrable");
        }
    }

    fn constraint(&mut self, constraint: &Constraint) {
        self.add(match &constraint.kind {
            ConstraintKind::PrimaryKey(_) => "primary key",
            ConstraintKind::Unique(_) => "unique",
            ConstraintKind::Check(_) => "check",
            ConstraintKind::ForeignKey { .. } => "foreign key",
        });
        if constraint.nulls_not_distinct.is_some() {
            self.add("unique nulls not distinct");
        }
        if constraint.not_valid.is_some() {
            self.add("not valid");
        }
        match &constraint.kind {
            ConstraintKind::Check(expr) => self.expr(expr),
            ConstraintKind::ForeignKey { references, .. } => self.references(references),
            _ => {}
        }
    }

    fn index(&mut self, index: &Index) {
        for key in &index.keys {
            self.expr(&key.expr);
            let of_key = [
                (key.collate.is_some(), "collate of a key"),
                (key.class.is_some(), "class"),
                (key.descending, "desc"),
                (key.nulls.is_some_and(|(n, _)| n == Nulls::First), "nulls first"),
                (key.nulls.is_some_and(|(n, _)| n == Nulls::Last), "nulls last"),
            ];
            of_key.iter().filter(|(is, _)| *is).for_each(|(_, name)| self.add(name));
        }
        let of_index = [
            (index.unique, "unique index"),
            (!index.include.is_empty(), "include"),
            (index.nulls_not_distinct.is_some(), "index nulls not distinct"),
            (index.condition.is_some(), "partial index"),
        ];
        of_index.iter().filter(|(is, _)| *is).for_each(|(_, name)| self.add(name));
        if let Some((method, _)) = index.method {
            self.add(match method {
                Method::Btree => "using btree",
                Method::Hash => "using hash",
                Method::Gin => "using gin",
                Method::Gist => "using gist",
                Method::Spgist => "using spgist",
                Method::Brin => "using brin",
            });
        }
        if let Some((only, _)) = index.only {
            self.add(match only {
                Only::Sqlite => "only sqlite",
                Only::Postgres => "only postgres",
            });
        }
        index.condition.iter().for_each(|e| self.expr(e));
    }

    fn alteration(&mut self, kind: &AlterationKind) {
        self.add(match kind {
            AlterationKind::AddColumn(_) => "add column",
            AlterationKind::DropColumn(_) => "drop column",
            AlterationKind::RenameColumn { .. } => "rename column",
            AlterationKind::AlterColumn { .. } => "alter column",
            AlterationKind::AddConstraint(_) => "add constraint",
            AlterationKind::DropPrimaryKey => "drop primary key",
            AlterationKind::DropConstraint(_) => "drop constraint",
            AlterationKind::DropForeignKey(_) => "drop foreign key",
            AlterationKind::RenameConstraint { .. } => "rename constraint",
            AlterationKind::ValidateConstraint(_) => "validate constraint",
            AlterationKind::AlterForeignKey { .. } => "alter foreign key",
        });
        match kind {
            AlterationKind::AddColumn(column) => self.column(column),
            AlterationKind::AddConstraint(constraint) => self.constraint(constraint),
            AlterationKind::AlterColumn { changes, .. } => {
                for change in changes {
                    self.add(match &change.kind {
                        ColumnChangeKind::Type { using: None, .. } => "type",
                        ColumnChangeKind::Type { using: Some(_), .. } => "type using",
                        ColumnChangeKind::SetDefault(_) => "set default",
                        ColumnChangeKind::DropDefault => "drop default",
                        ColumnChangeKind::SetNotNull { using: None } => "set not null",
                        ColumnChangeKind::SetNotNull { using: Some(_) } => "set not null using",
                        ColumnChangeKind::DropNotNull => "drop not null",
                        ColumnChangeKind::AddValue(_) => "add value",
                        ColumnChangeKind::RenameValue { .. } => "rename value",
                    });
                }
            }
            _ => {}
        }
    }

    fn ty(&mut self, ty: &Type) {
        self.add(match ty {
            Type::Text => "text",
            Type::TextN(_) => "text(n)",
            Type::Char(_) => "char(n)",
            Type::Integer(16) => "integer(16)",
            Type::Integer(32) => "integer(32)",
            Type::Integer(_) => "integer",
            Type::Boolean => "boolean",
            Type::Json => "json",
            Type::TimestampMs => "timestamp_ms",
            Type::Timestamp => "timestamp",
            Type::Datetime => "datetime",
            Type::DatetimeTz => "datetimetz",
            Type::Date => "date",
            Type::Time => "time",
            Type::Real(32) => "real(32)",
            Type::Real(_) => "real",
            Type::Decimal { as_text: false, .. } => "decimal",
            Type::Decimal { as_text: true, .. } => "decimal as text",
            Type::Blob => "blob",
            Type::Uuid => "uuid",
            Type::Enum(_) => "enum",
            Type::Native { .. } => "type of each",
        });
    }

    fn select(&mut self, select: &Select) {
        let parts = [
            (select.distinct, "distinct"),
            (!select.group_by.is_empty(), "group by"),
            (select.having.is_some(), "having"),
            (!select.order_by.is_empty(), "order by"),
            (select.limit.is_some(), "limit"),
            (select.offset.is_some(), "offset"),
        ];
        parts.iter().filter(|(is, _)| *is).for_each(|(_, name)| self.add(name));
        for join in select.sources.iter().filter_map(|s| s.join.as_ref()) {
            self.add(if join.left { "left join" } else { "join" });
            self.expr(&join.on);
        }
        let exprs = select.items.iter().map(|i| &i.expr).chain(&select.condition).chain(&select.group_by);
        exprs.chain(&select.having).for_each(|e| self.expr(e));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Column { .. } => self.add("a column"),
            ExprKind::Literal(literal) => self.add(match literal {
                Literal::Null => "null literal",
                Literal::Boolean(_) => "boolean literal",
                Literal::Integer(_) => "integer literal",
                Literal::Real(_) => "real literal",
                Literal::Text(_) => "text literal",
                Literal::Bytes(_) => return,
            }),
            ExprKind::Now => self.add("now"),
            ExprKind::Not(value) => {
                self.add("not");
                self.expr(value);
            }
            ExprKind::Negate(value) => {
                self.add("negate");
                self.expr(value);
            }
            ExprKind::Binary { op, left, right } => {
                self.add(match op {
                    Operator::Or => "or",
                    Operator::And => "and",
                    Operator::Equal => "=",
                    Operator::NotEqual => "<>",
                    Operator::Less => "<",
                    Operator::LessEqual => "<=",
                    Operator::Greater => ">",
                    Operator::GreaterEqual => ">=",
                    Operator::Concat => "||",
                    Operator::Add => "+",
                    Operator::Subtract => "-",
                    Operator::Multiply => "*",
                    Operator::Divide => "/",
                    Operator::Remainder => "%",
                });
                self.expr(left);
                self.expr(right);
            }
            ExprKind::IsNull { value, not } => {
                self.add(if *not { "is not null" } else { "is null" });
                self.expr(value);
            }
            ExprKind::In { value, list, not } => {
                self.add(if *not { "not in" } else { "in" });
                self.expr(value);
                list.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Like { not, .. } => self.add(if *not { "not like" } else { "like" }),
            ExprKind::Between { not, .. } => self.add(if *not { "not between" } else { "between" }),
            ExprKind::Case { arms, otherwise } => {
                self.add("case");
                arms.iter().for_each(|(c, v)| [c, v].into_iter().for_each(|e| self.expr(e)));
                otherwise.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Cast { value, .. } => {
                self.add("cast");
                self.expr(value);
            }
            ExprKind::Call { function, arguments } => {
                self.0.push(format!("{}()", function.text));
                arguments.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Aggregate { argument, .. } => {
                self.add(if argument.is_some() { "aggregate of distinct values" } else { "count of rows" });
            }
            ExprKind::Subquery(select) => {
                self.add("subquery");
                self.select(select);
            }
            ExprKind::Exists(select) => {
                self.add("exists");
                self.select(select);
            }
            ExprKind::InSelect { select, not, .. } => {
                self.add(if *not { "not in select" } else { "in select" });
                self.select(select);
            }
            ExprKind::Sql(_) => self.add("sql in an expression"),
        }
    }
}
