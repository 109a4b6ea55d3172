//! How the binary is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Functions with the same instructions are kept once: a tenth of the binary. The linker that comes with the compiler on this
    // target can do it; others keep their defaults.
    if std::env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu")
        && std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
    {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=safe");
    }
}
