#[path = "not_listed/m0001_users.rs"]
mod lonely;

fn main() {}
