#[path = "listed_twice/mod.rs"]
mod migrations;

fn main() {
    let _ = &migrations::HISTORY;
}
