//! Nothing points upwards: the direction of dependencies, read from cargo itself.

use std::collections::BTreeMap;
use std::process::Command;

/// What a crate may name besides crates from outside.
const MAY: &[(&str, &[&str])] = &[
    ("udi", &[]),
    ("domain", &["udi"]),
    ("contract", &["domain"]),
    ("db", &[]),
    ("auth", &[]),
    ("print", &[]),
    ("store", &["db", "domain", "contract"]),
    ("app", &["domain", "contract", "db", "store", "auth", "print", "udi"]),
    ("jobs", &["app", "domain", "contract", "store", "db"]),
    ("web", &["app", "contract", "domain", "auth", "print", "udi"]),
    ("api", &["app", "contract", "domain", "auth", "print", "udi"]),
];

/// Crates that only one crate may name: the driver, the crypto, the paper.
const ONLY: &[(&str, &[&str])] = &[
    // The load tool measures the raw engine beside ours.
    ("rusqlite", &["db", "bench"]),
    ("tokio-postgres", &["db"]),
    ("deadpool-postgres", &["db"]),
    ("refinery", &["db"]),
    ("argon2", &["auth"]),
    ("krilla", &["print"]),
    ("calamine", &["print"]),
    ("maud", &["web"]),
];

fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let mut found = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let named = package["dependencies"].as_array().expect("dependencies").iter();
        let named =
            named.filter(|it| it["kind"].is_null()).map(|it| it["name"].as_str().unwrap_or_default().to_owned());
        found.insert(package["name"].as_str().unwrap_or_default().to_owned(), named.collect());
    }
    found
}

#[test]
fn nothing_points_upwards() {
    let found = dependencies();
    let ours: Vec<&String> = found.keys().collect();
    for (name, may) in MAY {
        for named in &found[*name] {
            let allowed = !ours.contains(&named) || may.contains(&named.as_str());
            assert!(allowed, "{name} must not name {named}");
        }
    }
}

#[test]
fn heavy_crates_stop_where_they_belong() {
    for (name, named) in dependencies() {
        for (outside, may) in ONLY {
            let names_it = named.iter().any(|it| it == outside);
            assert!(!names_it || may.contains(&name.as_str()), "{name} must not name {outside}");
        }
    }
}
