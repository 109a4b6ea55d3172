//! Fetches the front-end packages when the lock file changed, then lets `build.mjs` hash and compress the assets.
//!
//! Only Node 20 with npm is needed. The result is in `OUT_DIR/assets`, listed by `OUT_DIR/assets.rs`.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    for path in ["build.rs", "build.mjs", "package.json", "package-lock.json", ".npmrc", "assets"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let stamp = Path::new("node_modules/.lock-stamp");
    let lock = fs::read("package-lock.json").expect("package-lock.json belongs to the crate");
    if fs::read(stamp).ok().as_ref() != Some(&lock) {
        run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        fs::write(stamp, &lock).expect("node_modules can be written");
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    run("node", &["build.mjs", &out]);
}

fn run(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("`{program} {}` ended with {status}", args.join(" ")),
        Err(error) => panic!("`{program}` could not be started ({error}); the console's assets need Node 20 with npm"),
    }
}
