// As the documentation of `sqlx::migrate!` advises, or a new file would not be noticed.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
