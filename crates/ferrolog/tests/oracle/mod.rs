//! Asks the Python interpreter what it makes of the same input: the differential tests' other side.
//!
//! The interpreter is `python3`, or what `FERROLOG_PYTHON` names; a test that finds none fails and says
//! so. Cases are drawn from a seed that is printed, and can be set with `FERROLOG_SEED`.

#![allow(dead_code, unreachable_pub)] // Each test takes what it needs of this.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use ferrolog::{BigInt, FormatError, OwnedValue};
use serde_json::{Value as Json, json};

/// What every script begins with: `decode` for values, `outcome` for what a call came to.
const PRELUDE: &str = r#"
import json, struct, sys
def decode(v):
    if not isinstance(v, dict): return v
    (kind, v), = v.items()
    if kind == 'int': return int(v)
    if kind == 'float': return struct.unpack('<d', struct.pack('<Q', int(v)))[0]
    if kind == 'list': return [decode(i) for i in v]
    return {k: decode(i) for k, i in v}
def outcome(f, *args, **kwargs):
    try: return ['ok', f(*args, **kwargs)]
    except Exception as e: return [type(e).__name__, str(e)]
cases = json.load(sys.stdin)
"#;

/// Runs `script` with `cases`, and gives what it assigned to `answer`. One process for all cases.
pub fn ask(script: &str, cases: &Json, env: &[(&str, &str)]) -> Json {
    let python = std::env::var("FERROLOG_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let program = format!("{PRELUDE}{script}\njson.dump(answer, sys.stdout)\n");
    let mut child = Command::new(&python)
        .args(["-I", "-X", "utf8", "-c", &program])
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "this test compares with CPython and needs {python:?}: {error} \
                 (install python3, or name an interpreter in FERROLOG_PYTHON)"
            )
        });
    let mut stdin = child.stdin.take().unwrap();
    let input = serde_json::to_vec(cases).unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{python} failed: {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A case's answer, as the script's `outcome` gives it.
pub fn outcome(answer: &Json) -> (&str, &str) {
    (answer[0].as_str().unwrap(), answer[1].as_str().unwrap())
}

/// A value as the script's `decode` reads it.
pub fn encode(value: &OwnedValue) -> Json {
    match value {
        OwnedValue::None => Json::Null,
        OwnedValue::Bool(v) => json!(v),
        OwnedValue::Int(v) => json!({ "int": v.to_string() }),
        OwnedValue::UInt(v) => json!({ "int": v.to_string() }),
        OwnedValue::BigInt(v) => json!({ "int": v.to_string() }),
        OwnedValue::Float(v) => json!({ "float": v.to_bits().to_string() }),
        OwnedValue::Str(v) => json!(v),
        OwnedValue::List(v) => json!({ "list": v.iter().map(encode).collect::<Vec<_>>() }),
        OwnedValue::Map(v) => {
            json!({ "map": v.iter().map(|(k, v)| json!([k, encode(v)])).collect::<Vec<_>>() })
        }
        other => panic!("no counterpart in Python: {other:?}"),
    }
}

/// The Python exceptions that an error stands for.
pub fn exceptions(error: &FormatError) -> &'static [&'static str] {
    match error {
        FormatError::Pattern { .. } | FormatError::Value(_) => &["ValueError"],
        FormatError::MissingField(_) => &["KeyError"],
        FormatError::Type { .. } | FormatError::Arguments(_) => &["TypeError"],
        FormatError::Range(_) => &["OverflowError"],
        FormatError::Lookup(_) => &["IndexError", "KeyError", "AttributeError", "TypeError"],
        _ => &[],
    }
}

/// Compares a result with an answer; `context` says which case it is.
pub fn compare(ours: &Result<String, FormatError>, answer: &Json, context: &str) {
    let theirs = outcome(answer);
    match ours {
        Ok(text) => assert_eq!(("ok", text.as_str()), theirs, "{context}"),
        Err(error) => assert!(
            exceptions(error).contains(&theirs.0),
            "{context}\n ours: {error:?}\n theirs: {theirs:?}"
        ),
    }
}

/// Random choices from a seed.
pub struct Rng(u64);

impl Rng {
    /// From `FERROLOG_SEED`, or from the clock. Prints the seed.
    pub fn new(test: &str) -> Self {
        let seed = match std::env::var("FERROLOG_SEED") {
            Ok(seed) => seed.parse().expect("FERROLOG_SEED is a number"),
            Err(_) => {
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64
            }
        };
        println!("{test}: FERROLOG_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Some of the characters of `of`, each at most once.
    pub fn some(&mut self, of: &str) -> String {
        of.chars().filter(|_| self.chance(4)).collect()
    }

    pub fn text(&mut self) -> String {
        const CHARS: &[char] = &[
            'a',
            'B',
            '7',
            ' ',
            '\'',
            '"',
            '\\',
            '\n',
            '\t',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            'é',
            'ß',
            '\u{301}',
            '\u{200b}',
            '\u{2028}',
            '漢',
            '\u{e000}',
            '\u{1f600}',
            '\u{10ffff}',
            '%',
            '{',
            '}',
            '$',
        ];
        (0..self.below(9)).map(|_| self.pick(CHARS)).collect()
    }

    pub fn float(&mut self) -> f64 {
        const SPECIAL: &[f64] = &[
            0.0,
            -0.0,
            0.5,
            1.5,
            2.5,
            -0.5,
            0.25,
            0.125,
            0.1,
            0.35,
            1e15,
            1e16,
            9999999999999998.0,
            123456789.125,
            1e22,
            1e23,
            1e-4,
            1e-5,
            9.9999e-5,
            999999.5,
            99999.95,
            1e100,
            1e308,
            5e-324,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        match self.below(4) {
            0 => self.pick(SPECIAL),
            1 => (self.next() as i64 % 2_000_000) as f64 / 64.0,
            2 => (self.next() as i64 % 2_000_000_000) as f64 / 1000.0,
            _ => f64::from_bits(self.next()),
        }
    }

    pub fn integer(&mut self) -> OwnedValue {
        match self.below(5) {
            0 => OwnedValue::Int(self.pick(&[0, 1, -1, 7, 42, 255, 65, 0x10ffff, 0x11_0000])),
            1 => OwnedValue::Int(self.next() as i64 >> self.below(63)),
            2 => OwnedValue::UInt(self.next()),
            3 => OwnedValue::Int(self.pick(&[i64::MIN, i64::MAX])),
            _ => {
                let digits: String = (0..self.pick(&[20, 21, 40, 309, 400]))
                    .map(|_| self.pick(&['1', '0', '9']))
                    .collect();
                let sign = self.pick(&["", "-"]);
                OwnedValue::BigInt(format!("{sign}1{digits}").parse::<BigInt>().unwrap())
            }
        }
    }

    pub fn value(&mut self, depth: usize) -> OwnedValue {
        match self.below(if depth == 0 { 8 } else { 10 }) {
            0 => OwnedValue::None,
            1 => OwnedValue::Bool(self.chance(2)),
            2..=3 => self.integer(),
            4..=5 => OwnedValue::Float(self.float()),
            6..=7 => OwnedValue::Str(self.text()),
            8 => OwnedValue::List((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            _ => {
                let mut items: Vec<(String, OwnedValue)> = Vec::new();
                for i in 0..self.below(4) {
                    items.push((format!("{}{i}", self.text()), self.value(depth - 1)));
                }
                OwnedValue::Map(items)
            }
        }
    }
}
