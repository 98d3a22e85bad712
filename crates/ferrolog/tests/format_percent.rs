//! `%` conversions, `repr` and the messages' arguments, compared with CPython.

mod oracle;

use ferrolog::format::{Args, Field, PercentPattern, Source, interpolate};
use ferrolog::{FormatError, OwnedValue, Value};
use oracle::{Rng, ask, compare, encode};
use serde_json::json;

/// One conversion, at times a faulty one. Without stars unless `stars`.
fn conversion(rng: &mut Rng, key: Option<&str>, stars: bool) -> String {
    let mut text = "%".to_owned();
    if let Some(key) = key {
        text += &format!("({key})");
    }
    text += &rng.some("-+ #0");
    match rng.below(4) {
        0 => text += &rng.below(30).to_string(),
        1 if stars => text.push('*'),
        _ => {}
    }
    if rng.chance(3) {
        text.push('.');
        match rng.below(4) {
            0 if stars => text.push('*'),
            0 => {}
            _ => text += &rng.pick(&[0, 1, 2, 3, 5, 10, 17, 25, 60, 340]).to_string(),
        }
    }
    text += rng.pick(&["", "", "", "", "h", "l", "L"]);
    let letters = "ddiouxXeEfFgGcrsasssr%";
    text.push(if rng.chance(60) {
        rng.pick(&['y', 'q', 'D', ')', 'é', '\n'])
    } else {
        rng.pick(&letters.chars().collect::<Vec<_>>())
    });
    text
}

/// Whether Python would make a lone surrogate here, which no Rust text can hold.
fn surrogate(value: &OwnedValue) -> bool {
    matches!(value, OwnedValue::Int(0xd800..=0xdfff) | OwnedValue::UInt(0xd800..=0xdfff))
}

fn percent(msg: &str, args: Args<'_>) -> Result<String, FormatError> {
    let mut out = String::new();
    interpolate(msg, args, &mut out).map(|()| out)
}

#[test]
fn one_value_as_pythons_percent() {
    let mut rng = Rng::new("one_value_as_pythons_percent");
    let cases: Vec<(String, OwnedValue)> = (0..6000)
        .map(|_| (format!("<{}>é", conversion(&mut rng, None, false)), rng.value(2)))
        .filter(|(_, value)| !surrogate(value))
        .collect();
    let sent: Vec<_> = cases.iter().map(|(msg, value)| json!([msg, encode(value)])).collect();
    let answers =
        ask("answer = [outcome(lambda: m % decode(v)) for m, v in cases]", &json!(sent), &[]);
    for ((msg, value), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        compare(&percent(msg, Args::Value(value)), answer, &format!("{msg:?} % {value:?}"));
    }
}

#[test]
fn several_values_as_pythons_percent() {
    let mut rng = Rng::new("several_values_as_pythons_percent");
    let cases: Vec<(String, Vec<OwnedValue>)> = (0..3000)
        .map(|_| {
            let n = rng.below(4);
            let msg =
                (0..n).map(|_| conversion(&mut rng, None, true)).collect::<Vec<_>>().join(" ");
            let values = (0..n + rng.pick(&[0, 0, 1, 1, 2]))
                .map(|_| {
                    if rng.chance(2) {
                        OwnedValue::Int(rng.below(9) as i64 - 4)
                    } else {
                        rng.value(1)
                    }
                })
                .collect::<Vec<_>>();
            (msg, values)
        })
        .filter(|(_, values)| !values.iter().any(surrogate))
        // A big number for a star is an error of another kind in Python: the memory is not there.
        .filter(|(msg, values)| {
            !(msg.contains('*')
                && values.iter().any(|value| match value {
                    OwnedValue::Int(v) => v.unsigned_abs() > 1000,
                    OwnedValue::UInt(_) | OwnedValue::BigInt(_) => true,
                    _ => false,
                }))
        })
        .collect();
    let sent: Vec<_> = cases
        .iter()
        .map(|(msg, values)| json!([msg, values.iter().map(encode).collect::<Vec<_>>()]))
        .collect();
    let answers = ask(
        "answer = [outcome(lambda: m % tuple(decode(v) for v in vs)) for m, vs in cases]",
        &json!(sent),
        &[],
    );
    for ((msg, values), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let borrowed: Vec<Value<'_>> = values.iter().map(OwnedValue::as_value).collect();
        compare(&percent(msg, Args::Tuple(&borrowed)), answer, &format!("{msg:?} % {values:?}"));
    }
}

#[test]
fn named_values_as_pythons_percent() {
    let mut rng = Rng::new("named_values_as_pythons_percent");
    let cases: Vec<(String, Vec<(String, OwnedValue)>)> = (0..3000)
        .map(|_| {
            let msg = (0..1 + rng.below(3))
                .map(|_| {
                    let key = rng.pick(&["a", "b", "(c)", "missing", ""]);
                    let key = if rng.chance(12) { None } else { Some(key) };
                    conversion(&mut rng, key, false)
                })
                .collect::<Vec<_>>()
                .join("|");
            let mut map = vec![("a".to_owned(), rng.value(1)), ("b".to_owned(), rng.value(1))];
            map.push(("(c)".to_owned(), rng.value(1)));
            if rng.chance(2) {
                map.push((String::new(), rng.value(1)));
            }
            (msg, map)
        })
        .filter(|(_, map)| !map.iter().any(|(_, value)| surrogate(value)))
        .collect();
    let sent: Vec<_> = cases
        .iter()
        .map(|(msg, map)| json!([msg, encode(&OwnedValue::Map(map.clone()))]))
        .collect();
    let answers =
        ask("answer = [outcome(lambda: m % decode(v)) for m, v in cases]", &json!(sent), &[]);
    for ((msg, map), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let context = format!("{msg:?} % {map:?}");
        let value = OwnedValue::Map(map.clone());
        compare(&percent(msg, Args::Value(&value)), answer, &context);
        // A compiled pattern gives the same; it refuses what has no name.
        match PercentPattern::new(msg) {
            Ok(pattern) => {
                let mut out = String::new();
                let rendered = pattern.render(&Map(map), &mut out).map(|()| out);
                compare(&rendered, answer, &context);
            }
            Err(FormatError::Pattern { problem, .. }) => assert!(
                oracle::outcome(answer).0 != "ok" || problem.contains("needs the name"),
                "{context}: {problem}"
            ),
            Err(other) => panic!("{context}: {other:?}"),
        }
    }
}

/// Named values as a pattern's source.
struct Map<'a>(&'a [(String, OwnedValue)]);

impl Source for Map<'_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        self.0.iter().find(|(key, _)| key == field.name()).map(|(_, value)| value.as_value())
    }
}

#[test]
fn repr_and_str_of_values() {
    let mut rng = Rng::new("repr_and_str_of_values");
    let values: Vec<OwnedValue> = (0..4000).map(|_| rng.value(3)).collect();
    let sent: Vec<_> = values.iter().map(encode).collect();
    let answers =
        ask("answer = [[repr(decode(v)), str(decode(v))] for v in cases]", &json!(sent), &[]);
    for (value, answer) in values.iter().zip(answers.as_array().unwrap()) {
        let value = value.as_value();
        assert_eq!(json!([format!("{value:?}"), value.to_string()]), *answer);
    }
}

/// Numbers of every magnitude; among them such that lie between two texts that are as short.
#[test]
fn repr_of_numbers() {
    let mut rng = Rng::new("repr_of_numbers");
    let numbers: Vec<f64> = (0..40_000)
        .map(|i| match i % 4 {
            0 => f64::from_bits(rng.next()),
            1 => (rng.next() >> rng.below(30)) as f64 / (1_u64 << rng.below(30)) as f64,
            2 => (rng.next() % 1_000_000_000_000) as f64 / 10_f64.powi(rng.below(16) as i32),
            _ => (1_700_000_000_000_000_000 + rng.next() % 1_000_000_000_000_000) as f64 / 1e9,
        })
        .collect();
    let sent: Vec<_> = numbers.iter().map(|v| encode(&OwnedValue::Float(*v))).collect();
    let answers = ask("answer = [repr(decode(v)) for v in cases]", &json!(sent), &[]);
    for (v, answer) in numbers.iter().zip(answers.as_array().unwrap()) {
        assert_eq!(Value::Float(*v).to_string(), answer.as_str().unwrap());
    }
}

/// Every character there is. Where the interpreter's Unicode is older than ours it may take characters
/// for unprintable that were not assigned yet: only there may the two differ.
#[test]
fn repr_of_every_character() {
    let answer = ask(
        "import unicodedata\n\
         plain = [c for c in range(0x110000) if chr(c).isprintable()]\n\
         assigned = [c for c in range(0x110000) if unicodedata.category(chr(c)) != 'Cn']\n\
         answer = dict(version=unicodedata.unidata_version, plain=plain, assigned=assigned)",
        &json!(null),
        &[],
    );
    let set = |key: &str| -> std::collections::HashSet<u32> {
        answer[key].as_array().unwrap().iter().map(|c| c.as_u64().unwrap() as u32).collect()
    };
    let (plain, assigned) = (set("plain"), set("assigned"));
    let mut newer = 0;
    for c in '\0'..=char::MAX {
        let text = c.to_string();
        let repr = format!("{:?}", Value::Str(&text));
        let ours = repr.chars().count() == 3;
        let theirs = plain.contains(&u32::from(c)) && c != '\\';
        if ours != theirs {
            assert!(
                ours && !assigned.contains(&u32::from(c)),
                "{repr} (U+{:04X}) differs from the interpreter's",
                u32::from(c)
            );
            newer += 1;
        }
    }
    println!("{newer} characters newer than the interpreter's Unicode {}", answer["version"]);
}
