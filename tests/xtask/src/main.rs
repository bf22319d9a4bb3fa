//! The project's own test runner.

fn main() {}
