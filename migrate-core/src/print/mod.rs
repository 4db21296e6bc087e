//! Tree to canonical text.

/// A type as the language writes it.
pub fn type_text(ty: &crate::syntax::types::Type) -> String {
    format!("{ty:?}")
}
