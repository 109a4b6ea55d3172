//! The console: typed pages rendered on the server, complete without scripts, quicker with them.

pub mod assets;
pub mod ui;
