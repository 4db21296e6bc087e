//! Every compile error, through rustc, at its token. `TRYBUILD=overwrite cargo test --test ui --all-features` writes what
//! is expected.

use std::path::Path;

/// The cases that need the feature `verify-sqlite`.
const VERIFIED: &str = "verified";

#[test]
fn compile_errors() {
    let cases = trybuild::TestCases::new();
    let families = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    for family in std::fs::read_dir(families).unwrap().flatten() {
        let name = family.file_name().into_string().unwrap();
        if name != VERIFIED || cfg!(feature = "verify-sqlite") {
            cases.compile_fail(format!("tests/ui/{name}/*.rs"));
        }
    }
}
