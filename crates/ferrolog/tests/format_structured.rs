//! JSON lines, read by Python's `json`; and logfmt.

mod oracle;

use ferrolog::format::{ExtraKeys, JsonFormatter, LogfmtFormatter, Zone};
use ferrolog::{Format, FormatError, Level, OwnedValue, Record, Value};
use oracle::{Rng, ask, encode};
use proptest::prelude::*;
use serde_json::json;

fn format(formatter: &impl Format, record: &Record<'_>) -> String {
    let mut out = String::new();
    formatter.format(record, &mut out).unwrap();
    out
}

#[test]
fn values_keep_their_types() {
    let mut rng = Rng::new("values_keep_their_types");
    let formatter =
        JsonFormatter::builder().extra(ExtraKeys::Under("x".to_owned())).build().unwrap();
    let cases: Vec<(OwnedValue, String)> = (0..3000)
        .map(|_| {
            let (value, message) = (rng.value(3), rng.text());
            let extra = [("value", value.as_value())];
            let record = Record::new("n", Level::INFO, &message).with_key_values(&extra);
            let line = format(&formatter, &record);
            assert!(!line.chars().any(char::is_control), "{line:?}");
            let sent = json!([encode(&value), message, line]);
            (value, sent.to_string())
        })
        .collect();
    let sent: Vec<serde_json::Value> =
        cases.iter().map(|(_, sent)| serde_json::from_str(sent).unwrap()).collect();
    let answers = ask(
        "def expected(v):\n\
         \x20   if isinstance(v, float) and (v != v or v in (float('inf'), float('-inf'))):\n\
         \x20       return 'NaN' if v != v else 'Infinity' if v > 0 else '-Infinity'\n\
         \x20   if isinstance(v, list): return [expected(i) for i in v]\n\
         \x20   if isinstance(v, dict): return {k: expected(i) for k, i in v.items()}\n\
         \x20   return v\n\
         def check(value, message, line):\n\
         \x20   read = json.loads(line)\n\
         \x20   return repr(read['x']['value']) == repr(expected(decode(value))) and read['message'] == message\n\
         answer = [check(*case) for case in cases]",
        &json!(sent),
        &[],
    );
    for ((value, sent), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        assert!(answer.as_bool().unwrap(), "{value:?}\n{sent}");
    }
}

#[test]
fn names_and_order_are_chosen() {
    let error = std::io::Error::other("disk\nfull");
    let extra = [
        ("user", Value::Str("ann")),
        ("level", Value::Int(7)),
        ("level_", Value::None),
        ("exc_info", Value::Error(&error)),
        ("stack_info", Value::Str("here")),
    ];
    let record =
        Record::new("a.b", Level::ERROR, "m").with_created(1_500_000_000).with_key_values(&extra);
    let json = |builder: ferrolog::format::StructuredBuilder<JsonFormatter>| {
        format(&builder.converter(Zone::Utc).build().unwrap(), &record)
    };
    assert_eq!(
        json(JsonFormatter::builder()),
        r#"{"time":"1970-01-01T00:00:01.500000000Z","level":"ERROR","logger":"a.b","message":"m","user":"ann","level__":7,"level_":null,"exc_info":"Error: disk\nfull","stack_info":"here"}"#
    );
    assert_eq!(
        json(
            JsonFormatter::builder()
                .fields([
                    ("error", "exc_info"),
                    ("who", "user"),
                    ("n", "levelno"),
                    ("none", "nothing")
                ])
                .field("at", "asctime")
                .fixed("pid", 1)
                .datefmt("%H:%M")
                .extra(ExtraKeys::Left)
        ),
        r#"{"error":"Error: disk\nfull","who":"ann","n":40,"none":null,"at":"00:00","pid":1,"stack_info":"here"}"#
    );
    let empty: [(&str, &str); 0] = [];
    assert_eq!(
        json(JsonFormatter::builder().fields(empty)),
        r#"{"user":"ann","level":7,"level_":null,"exc_info":"Error: disk\nfull","stack_info":"here"}"#
    );
    assert_eq!(
        JsonFormatter::builder().fixed("level", 1).build().unwrap_err(),
        FormatError::DuplicateKey("level".to_owned())
    );
    let logfmt =
        LogfmtFormatter::builder().converter(Zone::Utc).fixed("a key", "").build().unwrap();
    assert_eq!(
        format(&logfmt, &record),
        r#"time=1970-01-01T00:00:01.500000000Z level=ERROR logger=a.b message=m a_key="" user=ann level__=7 level_=null exc_info="Error: disk\nfull" stack_info=here"#
    );
    let list = [OwnedValue::Int(1), OwnedValue::from("b c")];
    let extra = [("list", Value::List(&list)), ("f", Value::Float(2.0)), ("s", Value::Str("q\"q"))];
    let record = Record::new("a b", Level::new(15), "x\ty").with_key_values(&extra);
    let fields = [("task", "taskName"), ("level", "levelname"), ("name", "name"), ("m", "message")];
    let under = ExtraKeys::Under("x".to_owned());
    let logfmt = LogfmtFormatter::builder().fields(fields).extra(under).build().unwrap();
    assert_eq!(
        format(&logfmt, &record),
        r#"level="Level 15" name="a b" m="x\ty" x.list="[1,\"b c\"]" x.f=2.0 x.s="q\"q""#
    );
}

/// Reads what [`LogfmtFormatter`] writes.
fn read_logfmt(mut line: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while !line.is_empty() {
        let (key, rest) = line.split_once('=').unwrap();
        let value = if rest.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let value = values.next().unwrap().unwrap();
            line = &rest[values.byte_offset()..];
            value
        } else {
            let end = rest.find(' ').unwrap_or(rest.len());
            line = &rest[end..];
            rest[..end].to_owned()
        };
        line = line.strip_prefix(' ').unwrap_or(line);
        pairs.push((key.to_owned(), value));
    }
    pairs
}

proptest! {
    #[test]
    fn any_text_is_read_back(message in "(\\PC|[\\x00-\\x20\"\\\\=\u{9b}\u{2028}])*", key in "\\PC*") {
        let extra = [(key.as_str(), Value::Str(&message))];
        let record = Record::new("n", Level::INFO, &message).with_key_values(&extra);
        let fields = || [("message", "message")];
        let under = || ExtraKeys::Under("extra".to_owned());

        let json = JsonFormatter::builder().fields(fields()).extra(under()).build().unwrap();
        let line = format(&json, &record);
        prop_assert!(!line.contains(char::is_control));
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(&read["message"], &message);
        if !["exc_info", "exc_text", "stack_info"].contains(&key.as_str()) {
            prop_assert_eq!(&read["extra"][&key], &message);
        }

        let logfmt = LogfmtFormatter::builder().fields(fields()).extra(under()).build().unwrap();
        let line = format(&logfmt, &record);
        prop_assert!(!line.contains(char::is_control));
        let read = read_logfmt(&line);
        prop_assert_eq!(&read[0], &("message".to_owned(), message.clone()));
        prop_assert_eq!(&read[1].1, &message);
    }
}
