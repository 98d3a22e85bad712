//! The fuzz targets over their seeds, among which is every input that ever crashed one. Each within memory
//! and time that a machine of any size has.
#![cfg(all(feature = "json", feature = "net", feature = "toml", feature = "yaml"))]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[allow(unreachable_pub, reason = "they are public in the fuzzer's crate")]
#[path = "../../../fuzz/targets.rs"]
mod targets;

fn seeds(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        let begun = Instant::now();
        run(&input);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(10), "{}: {took:?}", path.display());
        count += 1;
    }
    assert!(count > 0, "{} has no seeds", folder.display());
}

/// One test for each target, and a list of their names.
macro_rules! targets {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                seeds(stringify!($name), targets::$name);
            }
        )*
        const ALL: &[&str] = &[$(stringify!($name)),*];
    };
}

targets!(
    percent,
    brace,
    dollar,
    datefmt,
    config_json,
    config_toml,
    config_yaml,
    config_ini,
    json_lines,
    levels,
    listen,
    frames,
    syslog,
    escape
);

#[test]
fn every_target_is_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(ALL.contains(&name), "{name} is not in this file");
    }
}
