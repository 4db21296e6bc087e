//! Whether a value goes into a column: those of its family do, and into a type that only PostgreSQL has what it takes itself.

use super::Checker;
use super::expr::{family_text, same_family};
use super::foreign_key::type_text;
use super::scope::{Scope, type_of};
use crate::diagnostics::code;
use crate::schema::expr::{Aggregate, ExprKind, Family, Function};
use crate::schema::{Expr, Method};
use crate::source::Loc;
use crate::syntax::types::{Literal, Operator, Type};
use crate::target::Dialect;
use crate::target::native::{self, Known};

impl Checker<'_> {
    /// Whether a value goes into a column; `known` is its type, where it has one.
    pub(super) fn expect_fit(
        &mut self,
        resolved: &Expr,
        known: Option<&Type>,
        loc: Loc,
        ty: &Type,
        column: &str,
    ) -> bool {
        if !self.expect_native(resolved, known, loc, ty, column) {
            return false;
        }
        let sound = same_family(resolved.family, ty.family());
        if !sound {
            let message =
                format!("`{column}` is {}, but this is {}", type_text(ty), family_text(resolved.family));
            self.cx
                .error(code::TYPE_MISMATCH, loc, message)
                .help(format!("write `cast(.. as {})`", type_text(ty)));
        }
        sound
    }

    /// Whether a value can go into a column of a type that only PostgreSQL has. A lone text is read as a value of it.
    fn expect_native(
        &mut self,
        resolved: &Expr,
        known: Option<&Type>,
        loc: Loc,
        ty: &Type,
        column: &str,
    ) -> bool {
        let Some(wanted) = native::known(ty).filter(|_| self.options.has(Dialect::Postgres)) else {
            return true;
        };
        let sound = match (resolved.family, known.and_then(native::known)) {
            (Family::Null, _) => true,
            (Family::Unknown, Some(found)) => wanted.takes(found),
            (Family::Unknown, None) => true,
            _ => matches!(&resolved.kind, ExprKind::Literal(Literal::Text(text)) if wanted.may_read(text)),
        };
        if !sound {
            let message =
                format!("`{column}` is {}, and PostgreSQL puts no such value into it", type_text(ty));
            self.cx
                .error(code::TYPE_MISMATCH, loc, message)
                .help("write a text that is one of its values, or `sql { .. }`");
        }
        sound
    }

    /// Whether values of types that only PostgreSQL has stand with their like in an expression; of anything else that it
    /// does with them SQLite knows nothing.
    pub(super) fn expect_native_parts(&mut self, scope: &Scope<'_>, resolved: &Expr, loc: Loc) -> bool {
        if !self.options.has(Dialect::Postgres) {
            return true;
        }
        let children = resolved.children();
        let Some((ty, known)) = children.iter().find_map(|child| {
            let ty = type_of(scope, child)?;
            native::known(&ty).map(|known| (ty, known))
        }) else {
            return true;
        };
        let ordered = known.methods.contains(&Method::Btree);
        let all = |parts: &[&Expr]| parts.iter().all(|part| goes_with(known, part, type_of(scope, part)));
        let sound = match &resolved.kind {
            ExprKind::IsNull { .. } | ExprKind::Subquery(_) | ExprKind::Exists(_) => true,
            ExprKind::Aggregate { function, distinct, .. } => {
                *function == Aggregate::Count && (ordered || !distinct)
            }
            ExprKind::Binary { op, .. } => is_comparison(*op) && ordered && all(&children),
            ExprKind::In { .. } | ExprKind::Between { .. } => ordered && all(&children),
            ExprKind::InSelect { value, select, .. } => {
                let item = &select.items[0];
                let sides = [(&**value, type_of(scope, value)), (&item.expr, item.ty.clone())];
                ordered && sides.into_iter().all(|(side, ty)| goes_with(known, side, ty))
            }
            ExprKind::Case { arms, otherwise } => {
                let values = arms.iter().map(|(_, value)| value).chain(otherwise.as_deref());
                all(&values.collect::<Vec<_>>())
            }
            ExprKind::Call { function: Function::Coalesce, .. } => all(&children),
            ExprKind::Call { function: Function::Nullif, .. } => ordered && all(&children),
            ExprKind::Cast { ty, .. } => matches!(ty, Type::Native { .. } | Type::Text),
            _ => false,
        };
        if !sound {
            let message = format!("values of `{}` go with their like alone", type_text(&ty));
            self.cx.error(code::TYPE_MISMATCH, loc, message).help(
                "write in SQL what PostgreSQL does with them: `sql { sqlite \"..\", postgres \"..\" }`",
            );
        }
        sound
    }
}

/// Whether a value stands beside one of a type that only PostgreSQL has.
fn goes_with(known: Known, part: &Expr, ty: Option<Type>) -> bool {
    match (part.family, ty.as_ref().and_then(native::known)) {
        (_, Some(other)) => known == other,
        (Family::Null | Family::Unknown, None) => true,
        _ => matches!(&part.kind, ExprKind::Literal(Literal::Text(text)) if known.may_read(text)),
    }
}

fn is_comparison(op: Operator) -> bool {
    use Operator::*;
    matches!(op, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
}
