//! Every statement that stands in the source as a whole is prepared on both engines, whether or not a test runs it. (Those
//! that are put together are explained as tests run them: see `testkit::statements`.)

use std::fs;
use std::path::Path;
use store::Value;
use testkit::on_both;

/// Texts of constants: `const NAME: &str = "…"`, whole statements with arguments.
fn constants(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in source.split("const ").skip(1) {
        let Some((name, rest)) = part.split_once(": &str = \"").or_else(|| part.split_once(": &str =\n    \"")) else {
            continue;
        };
        if !name.chars().all(|it| it.is_ascii_uppercase() || it == '_') {
            continue;
        }
        let Some((literal, _)) = rest.split_once("\";") else { continue };
        let mut lines = literal.split("\\\n");
        let mut text = lines.next().unwrap_or_default().to_owned();
        lines.for_each(|line| text.push_str(line.trim_start()));
        let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|word| text.starts_with(word));
        // A text with holes, and a beginning or an end of one, is prepared where it is put together.
        if begins && text.contains("$1") && !text.contains('{') && !text.ends_with(' ') {
            found.push(text);
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.extend(constants(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A null for each argument: enough to prepare.
fn nulls(text: &str) -> Vec<Value> {
    let number = |piece: &str| piece.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().ok();
    let most = text.split('$').skip(1).filter_map(number).max().unwrap_or(0);
    vec![Value::Null; most]
}

#[test]
fn every_statement_is_one_to_both_engines_and_reads_no_large_table() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src"), &mut found);
    assert!(found.len() > 250, "only {} statements were found in the source", found.len());
    on_both(async |world| {
        let statements: Vec<_> = found.iter().map(|text| (text.clone(), nulls(text))).collect();
        let faults = world.app.db().read(move |tx| testkit::statements::faults(tx, statements)).await.unwrap();
        assert!(faults.is_empty(), "{} statements read too much:\n\n{}", faults.len(), faults.join("\n\n"));
    });
}
