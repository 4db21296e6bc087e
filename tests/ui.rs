//! Every compile error, through rustc, at its token. `TRYBUILD=overwrite cargo test --test ui` writes what is expected.

#[test]
fn compile_errors() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
}
