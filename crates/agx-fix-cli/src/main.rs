//! agx-fix
fn main() {}
