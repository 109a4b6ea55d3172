//! Caseload: one binary, every command.
fn main() {}
