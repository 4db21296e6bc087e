// As the documentation of `embed_migrations!` advises, or a new file would not be noticed.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
