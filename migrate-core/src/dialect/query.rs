//! Queries: what both dialects write alike.
//!
//! Comes in: a checked query, in which every column is named with its table. Goes out: SQL text.

use super::expr::{LOWEST, Writer};
use super::sql::Sql;
use crate::schema::query::{Item, Select};

impl Writer<'_> {
    /// A query without parentheses around it.
    pub fn select(&self, sql: &mut Sql, select: &Select) {
        self.select_head(sql, select, |sql, _, item| {
            self.write(sql, &item.expr, LOWEST);
            if let (true, Some(name)) = (item.renamed, &item.name) {
                sql.words("AS").ident(name);
            }
        });
        self.select_tail(sql, select);
    }

    /// A query whose one column is compared with.
    pub fn select_values(&self, sql: &mut Sql, select: &Select) {
        self.select_head(sql, select, |sql, _, item| self.value(sql, &item.expr, LOWEST));
        self.select_tail(sql, select);
    }

    /// `SELECT .. FROM ..`, each value written by `item`, which is told its number.
    pub fn select_head(&self, sql: &mut Sql, select: &Select, item: impl Fn(&mut Sql, usize, &Item)) {
        sql.words(if select.distinct { "SELECT DISTINCT" } else { "SELECT" });
        for (i, value) in select.items.iter().enumerate() {
            if i > 0 {
                sql.comma();
            }
            item(sql, i, value);
        }
        for (i, source) in select.sources.iter().enumerate() {
            sql.words(match &source.join {
                _ if i == 0 => "FROM",
                Some(join) if join.left => "LEFT JOIN",
                _ => "JOIN",
            });
            sql.ident(&source.table);
            if let Some(alias) = &source.alias {
                sql.words("AS").ident(alias);
            }
            if let Some(join) = &source.join {
                sql.words("ON");
                self.write(sql, &join.on, LOWEST);
            }
        }
    }

    /// From `WHERE` on.
    pub fn select_tail(&self, sql: &mut Sql, select: &Select) {
        if let Some(condition) = &select.condition {
            sql.words("WHERE");
            self.write(sql, condition, LOWEST);
        }
        for (i, value) in select.group_by.iter().enumerate() {
            if i > 0 {
                sql.comma();
            } else {
                sql.words("GROUP BY");
            }
            self.value(sql, value, LOWEST);
        }
        if let Some(having) = &select.having {
            sql.words("HAVING");
            self.write(sql, having, LOWEST);
        }
        for (i, key) in select.order_by.iter().enumerate() {
            if i > 0 {
                sql.comma();
            } else {
                sql.words("ORDER BY");
            }
            self.rules.order_key(sql, key, self);
        }
        for (words, rows) in [("LIMIT", select.limit), ("OFFSET", select.offset)] {
            if let Some(rows) = rows {
                sql.words(words).words(&rows.to_string());
            }
        }
    }
}
