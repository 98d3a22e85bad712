//! `docs/names.md` is complete and true: every name of Python's three modules has a row, and each row names
//! items that exist, and a test that uses them.
//!
//! The names do not come from the table. They are those of Python 3.13's documentation (`documented.txt`),
//! and those that the modules themselves have (`introspect.py`). For the latter any Python from 3.11 on will
//! do; the table is that of 3.13, and only with that version are rows that have no name in Python found.
//! `FERROLOG_TEST_PYTHON` names the interpreter; else it is `python3.13` or `python3`.

mod items;
mod small;
mod table;
mod used;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use items::Items;
use table::{Counterpart, Row};
use used::{Functions, has_word};

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let path = crate_folder().join("../../docs/names.md");
    let text = std::fs::read_to_string(&path).expect("docs/names.md can be read");
    table::parse(&text).expect("docs/names.md is laid out as its head says")
}

#[derive(serde::Deserialize)]
struct Introspected {
    version: (u32, u32),
    names: BTreeSet<String>,
}

/// What an interpreter says of itself, or nothing where there is none that serves.
fn introspect() -> Option<Introspected> {
    let given = std::env::var("FERROLOG_TEST_PYTHON").ok();
    let candidates = match &given {
        Some(python) => vec![python.as_str()],
        None => vec!["python3.13", "python3"],
    };
    for python in candidates {
        let script = crate_folder().join("tests/names/introspect.py");
        let Ok(output) = Command::new(python).arg(script).output() else { continue };
        if !output.status.success() {
            // A shim of a version that is not installed ends like this, too.
            eprintln!("{python}: {}", String::from_utf8_lossy(&output.stderr));
            continue;
        }
        let found: Introspected =
            serde_json::from_slice(&output.stdout).expect("the script prints JSON");
        if found.version >= (3, 11) {
            return Some(found);
        }
    }
    assert!(given.is_none(), "FERROLOG_TEST_PYTHON is no Python from 3.11 on");
    None
}

/// The names in Python's documentation, with the keys of configurations by their places.
fn documented() -> BTreeSet<&'static str> {
    let lines = include_str!("documented.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn every_documented_name_has_a_row() {
    let documented = documented();
    assert!(documented.len() > 350, "{} names", documented.len());
    let rows = rows();
    let listed: BTreeSet<&str> =
        rows.iter().flat_map(|row| &row.names).map(String::as_str).collect();
    let missing: Vec<_> = documented.difference(&listed).collect();
    assert!(missing.is_empty(), "{} names have no row: {missing:#?}", missing.len());
}

/// A key of a configuration without its place, which the modules do not tell: `f[a.b.key]` is `f[key]`.
fn without_place(name: &str) -> String {
    match name.split_once('[') {
        Some((function, key)) if name.starts_with("logging.config.") && key.len() > 2 => {
            let key = key.rsplit('.').next().unwrap_or(key);
            format!("{function}[{key}")
        }
        _ => name.to_owned(),
    }
}

#[test]
fn every_name_of_python_has_a_row() {
    let Some(python) = introspect() else {
        println!("skipped: install python3, from 3.11 on, to check that no name is missing");
        return;
    };
    let rows = rows();
    let mut listed = BTreeMap::new();
    for row in &rows {
        for name in &row.names {
            if let Some(line) = listed.insert(name.clone(), row.line) {
                panic!("docs/names.md:{}: {name} has a row in line {line} already", row.line);
            }
        }
    }
    // A few names are no longer there in 3.13.
    let gone = |name: &str| python.version < (3, 13) && name.starts_with("logging.handlers.ST_");
    let placeless: BTreeSet<String> = listed.keys().map(|name| without_place(name)).collect();
    let missing: Vec<_> = python
        .names
        .iter()
        .filter(|name| !listed.contains_key(*name) && !placeless.contains(*name) && !gone(name))
        .collect();
    assert!(missing.is_empty(), "{} names have no row: {missing:#?}", missing.len());
    if python.version == (3, 13) {
        let documented = documented();
        let is_known = |name: &str| python.names.contains(name) || documented.contains(name);
        let unknown: Vec<_> = listed.keys().filter(|name| !is_known(name)).collect();
        assert!(unknown.is_empty(), "rows without a name in Python 3.13: {unknown:#?}");
    }
}

#[test]
fn every_row_names_what_exists() {
    let items = Items::of_crate(&crate_folder());
    let mut faults = Vec::new();
    for row in rows() {
        let place = format!("docs/names.md:{}: {}", row.line, row.names.join(", "));
        match &row.counterpart {
            Counterpart::None => {}
            Counterpart::Items(named) => {
                for item in named.iter().filter(|item| !items.has(item)) {
                    faults.push(format!("{place}: the crate has no {item}"));
                }
                if row.tests.is_empty() {
                    faults.push(format!("{place}: no test"));
                }
                for test in &row.tests {
                    faults.extend(
                        fault_of(test, named, &items).map(|fault| format!("{place}: {fault}")),
                    );
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with a row's test, which is `doc`, for the examples of the row's items, or
/// `file.rs::function`.
fn fault_of(test: &str, named: &[String], items: &Items) -> Option<String> {
    let words: Vec<&str> = named.iter().map(|item| last_part(item)).collect();
    if test == "doc" {
        let shown = named.iter().any(|item| items.is_shown_in_docs(item));
        return (!shown).then(|| format!("no example in the documentation of {named:?}"));
    }
    let Some((file, function)) = test.split_once("::") else {
        return Some(format!("{test} is not file.rs::function"));
    };
    let Ok(text) = std::fs::read_to_string(crate_folder().join(file)) else {
        return Some(format!("there is no {file}"));
    };
    let functions = Functions::of(&text);
    let Some(used) = functions.used_by(function) else {
        return Some(format!("{file} has no function {function}"));
    };
    let unused: Vec<_> = words.iter().filter(|word| !has_word(&used, word)).collect();
    (!unused.is_empty()).then(|| format!("{test} does not use {unused:?}"))
}

fn last_part(item: &str) -> &str {
    item.rsplit("::").next().unwrap_or(item).trim_end_matches('!').trim_matches('"')
}

#[test]
fn what_the_table_is_checked_for_is_found() {
    let items = Items::of_crate(&crate_folder());
    for known in
        ["Logger::set_level", "get_logger", "info!", "Level::INFO", "Emit::emit", "Counts::failed"]
    {
        assert!(items.has(known), "{known}");
    }
    for unknown in ["Logger::set_levels", "get_loggers", "information!", "Level::INFORMATION"] {
        assert!(!items.has(unknown), "{unknown}");
    }
    let named = ["Logger::set_level".to_owned()];
    assert!(fault_of("tests/loggers.rs::no_such_test", &named, &items).is_some());
    assert!(fault_of("tests/bridge_panics.rs::blow_up", &named, &items).is_some());
    let own = |test: &str, item: &str| {
        fault_of(&format!("tests/names/main.rs::{test}"), &[item.to_owned()], &items)
    };
    assert!(own("what_the_table_is_checked_for_is_found", "fault_of").is_none());
    // Through a function that the test calls; and not what stands in the same file alone.
    assert!(own("every_documented_name_has_a_row", "include_str").is_none());
    assert!(own("every_documented_name_has_a_row", "fault_of").is_some());
    assert_eq!(
        without_place("logging.config.dictConfig[handlers.*.class]"),
        "logging.config.dictConfig[class]"
    );
    assert_eq!(without_place("logging.config.dictConfig[.]"), "logging.config.dictConfig[.]");
    assert!(table::parse("## `logging`\n\n| `x` | |\n").is_err());
    assert!(Path::new(&crate_folder()).join("tests/names/introspect.py").exists());
}
