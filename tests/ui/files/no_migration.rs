#[path = "no_migration/mod.rs"]
mod migrations;

fn main() {
    let _ = &migrations::HISTORY;
}
