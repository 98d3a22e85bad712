//! Every recipe of `examples/` runs: each checks its own outcome.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Builds the recipes, which `cargo test` has mostly done already, and says where they are.
fn built() -> Vec<(String, PathBuf)> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--all-features", "--package", "ferrolog", "--examples"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the recipes can be built");
    let messages = String::from_utf8(output.stdout).expect("cargo writes JSON");
    messages
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("cargo writes JSON, a line each"))
        .filter(|message| message["target"]["kind"][0] == "example")
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, message["executable"].as_str()?.into()))
        })
        .collect()
}

#[test]
fn every_recipe_runs() {
    let mut failed = Vec::new();
    let built = built();
    for (name, program) in &built {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}.rs"));
        let text = std::fs::read_to_string(source).expect("a recipe can be read");
        assert!(text.starts_with("//! "), "{name} does not say what it shows");
        let output = Command::new(program).output().expect("a recipe that was built starts");
        if !output.status.success() {
            failed.push(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(built.len() >= 15, "{} recipes", built.len());
}

/// Each recipe has its line in the guide to them, and each line its recipe.
#[test]
fn every_recipe_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = std::fs::read_to_string(folder.join("../../docs/recipes.md")).expect("the list");
    let mut links: Vec<&str> = listed
        .split("(../crates/ferrolog/examples/")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(name, _)| name)
        .collect();
    links.sort_unstable();
    links.dedup();
    let mut files: Vec<String> = folder
        .join("examples")
        .read_dir()
        .expect("the folder of examples can be read")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(links, files);
}
