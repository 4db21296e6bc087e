// `embed_migrations!` does not tell cargo of new files.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
