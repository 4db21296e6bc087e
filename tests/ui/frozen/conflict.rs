#[path = "conflict/mod.rs"]
mod migrations;

fn main() {
    let _ = &migrations::HISTORY;
}
