#[path = "third_refers_to_first/mod.rs"]
mod migrations;

fn main() {
    let _ = &migrations::HISTORY;
}
