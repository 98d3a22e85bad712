//! The `ferrolog` command.
fn main() {}
