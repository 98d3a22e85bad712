//! Whole formatters over records from attributes, compared with Python's `logging.Formatter` and
//! `makeLogRecord`: every attribute in every style, times, defaults, errors and stacks.

mod oracle;

use ferrolog::format::{BufferingFormatter, Style, Zone};
use ferrolog::{Format, FormatError, Formatter, OwnedValue, RecordOwned};
use oracle::{Rng, ask, encode, outcome};
use serde_json::{Value as Json, json};

const ATTRIBUTES: &[&str] = &[
    "name",
    "msg",
    "args",
    "levelname",
    "levelno",
    "pathname",
    "filename",
    "module",
    "exc_text",
    "stack_info",
    "lineno",
    "funcName",
    "created",
    "msecs",
    "relativeCreated",
    "thread",
    "threadName",
    "processName",
    "process",
    "taskName",
    "message",
    "asctime",
];

/// A record's attributes, as they come from elsewhere.
fn attributes(rng: &mut Rng) -> Vec<(String, OwnedValue)> {
    let mut all: Vec<(&str, OwnedValue)> = vec![
        ("name", rng.text().into()),
        ("levelno", OwnedValue::Int(rng.below(60) as i64)),
        ("levelname", rng.pick(&["INFO", "WARNING", "Level 17", "Ünüsual"]).into()),
        ("pathname", "/srv/app/main.py".into()),
        ("filename", "main.py".into()),
        ("module", "main".into()),
        ("lineno", OwnedValue::Int(rng.below(5000) as i64)),
        ("funcName", rng.pick(&["run", "<lambda>"]).into()),
        ("created", OwnedValue::Float((rng.next() % 4_000_000_000_000) as f64 / 1000.0)),
        ("msecs", OwnedValue::Float(rng.below(1000) as f64)),
        ("relativeCreated", OwnedValue::Float(rng.below(1_000_000) as f64 / 8.0)),
        ("thread", OwnedValue::UInt(rng.next() >> 8)),
        ("threadName", "MainThread".into()),
        ("processName", "MainProcess".into()),
        ("process", OwnedValue::Int(rng.below(99999) as i64)),
        ("taskName", if rng.chance(2) { OwnedValue::None } else { "Task-1".into() }),
        ("user", rng.value(1)),
    ];
    match rng.below(4) {
        0 => {
            all.push(("msg", "%(n)d of %(total)s".into()));
            let args = [("n", OwnedValue::Int(3)), ("total", rng.text().into())];
            let args = args.map(|(key, value)| (key.to_owned(), value)).into();
            all.push(("args", OwnedValue::Map(args)));
        }
        1 => {
            all.push(("msg", rng.value(1)));
            all.push(("args", OwnedValue::None));
        }
        _ => {
            all.push(("msg", rng.text().into()));
            all.push(("args", OwnedValue::None));
        }
    }
    let below = ["", "Traceback:\n  boom", "one line\n", "\n"];
    for key in ["exc_text", "stack_info"] {
        let text = if rng.chance(2) { OwnedValue::None } else { rng.pick(&below).into() };
        all.push((key, text));
    }
    all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A field with a conversion that suits most values.
fn field(rng: &mut Rng, style: Style) -> String {
    let name = match rng.below(10) {
        0 => "user",
        1 => "host",
        2 => "missing",
        _ => rng.pick(ATTRIBUTES),
    };
    match style {
        Style::Percent => {
            let flags = rng.pick(&["", "", "-", "0", "+", "-10", "12", "08", "-8.8", ".3", "30"]);
            format!("%({name}){flags}{}", rng.pick(&["s", "s", "s", "r", "a", "d", "f", "x", "g"]))
        }
        Style::Brace => {
            let conversion = rng.pick(&["", "", "", "!r", "!s", "!a"]);
            let spec = rng
                .pick(&["", "", ":>12", ":<10", ":^30", ":*^9.4", ":08", ":,", ":.3f", ":x", ":d"]);
            format!("{{{name}{conversion}{spec}}}")
        }
        Style::Dollar => rng.pick(&["$", "${"]).to_owned() + name,
    }
}

fn pattern(rng: &mut Rng, style: Style) -> String {
    let mut text = String::new();
    for _ in 0..1 + rng.below(3) {
        text += rng.pick(&["", "[", "é ", "\n", "-"]);
        let field = field(rng, style);
        let open = field.starts_with("${");
        text += &field;
        text += if open { "}" } else { rng.pick(&[" ", "", "|"]) };
    }
    if rng.chance(6) {
        text.push('\n');
    }
    text
}

struct Case {
    attributes: Vec<(String, OwnedValue)>,
    style: Style,
    pattern: String,
    datefmt: Option<&'static str>,
    msec_format: Option<&'static str>,
    utc: bool,
    validate: bool,
    defaults: Vec<(String, OwnedValue)>,
}

impl Case {
    fn new(rng: &mut Rng) -> Self {
        let style = rng.pick(&[Style::Percent, Style::Brace, Style::Dollar]);
        Self {
            attributes: attributes(rng),
            style,
            pattern: if rng.chance(30) { String::new() } else { pattern(rng, style) },
            datefmt: rng.pick(&[
                None,
                None,
                Some(""),
                Some("%H:%M:%S"),
                Some("%c %Z"),
                Some("é%%"),
            ]),
            msec_format: rng.pick(&[
                Some("%s,%03d"),
                Some("%s.%06.2f"),
                Some("%30s|%-5d|"),
                Some(""),
                None,
            ]),
            utc: rng.chance(2),
            validate: !rng.chance(5),
            defaults: if rng.chance(2) {
                vec![("host".to_owned(), rng.value(1)), ("user".to_owned(), "never".into())]
            } else {
                Vec::new()
            },
        }
    }

    fn sent(&self) -> Json {
        json!({
            "attributes": encode(&OwnedValue::Map(self.attributes.clone())),
            "style": self.style.to_string(),
            "pattern": self.pattern,
            "datefmt": self.datefmt,
            "msec": self.msec_format,
            "utc": self.utc,
            "validate": self.validate,
            "defaults": encode(&OwnedValue::Map(self.defaults.clone())),
        })
    }

    fn formatter(&self) -> Result<Formatter, FormatError> {
        let mut builder = Formatter::builder()
            .style(self.style)
            .pattern(&self.pattern)
            .default_msec_format(self.msec_format)
            .converter(if self.utc { Zone::Utc } else { Zone::Local })
            .validate(self.validate)
            .defaults(self.defaults.clone());
        if let Some(datefmt) = self.datefmt {
            builder = builder.datefmt(datefmt);
        }
        builder.build()
    }
}

const SCRIPT: &str = r#"
import logging, time
def run(attributes, style, pattern, datefmt, msec, utc, validate, defaults):
    record = logging.makeLogRecord(decode(attributes))
    formatter = logging.Formatter(pattern, datefmt, style, validate, defaults=decode(defaults))
    formatter.default_msec_format = msec
    if utc: formatter.converter = time.gmtime
    return formatter.format(record)
answer = [outcome(run, **case) for case in cases]
"#;

#[test]
fn records_as_pythons_formatter_shows_them() {
    let mut rng = Rng::new("records_as_pythons_formatter_shows_them");
    let mut cases: Vec<Case> = (0..4000).map(|_| Case::new(&mut rng)).collect();
    // Every attribute in every style, whatever is drawn.
    for name in ATTRIBUTES {
        for style in [Style::Percent, Style::Brace, Style::Dollar] {
            let pattern = match style {
                Style::Percent => format!("%({name})s"),
                Style::Brace => format!("{{{name}}}"),
                Style::Dollar => format!("${{{name}}}"),
            };
            cases.push(Case { pattern, style, validate: true, ..Case::new(&mut rng) });
        }
    }
    let answers = ask(SCRIPT, &json!(cases.iter().map(Case::sent).collect::<Vec<_>>()), &[]);
    let mut shown = 0;
    for (case, answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let record = RecordOwned::from_attributes(case.attributes.clone());
        let ours = case.formatter().and_then(|formatter| {
            let mut out = "before\n".to_owned();
            formatter.format(&record.as_record(), &mut out).map(|()| out.split_off(7))
        });
        let theirs = outcome(answer);
        match ours {
            Ok(text) => {
                assert_eq!(("ok", text.as_str()), theirs, "{}", case.sent());
                shown += 1;
            }
            Err(error) => assert!(theirs.0 != "ok", "{}\n{error}\n{theirs:?}", case.sent()),
        }
    }
    assert!(shown > 1500, "only {shown} shown");
}

#[test]
fn many_records_as_pythons_buffering_formatter() {
    let mut rng = Rng::new("many_records_as_pythons_buffering_formatter");
    let cases: Vec<Vec<Vec<(String, OwnedValue)>>> =
        (0..100).map(|_| (0..rng.below(4)).map(|_| attributes(&mut rng)).collect()).collect();
    let encoded = |records: &Vec<Vec<(String, OwnedValue)>>| -> Vec<Json> {
        records.iter().map(|record| encode(&OwnedValue::Map(record.clone()))).collect()
    };
    let answers = ask(
        "import logging\n\
         class Framed(logging.BufferingFormatter):\n\
         \x20   def formatHeader(self, records): return '%d records\\n' % len(records)\n\
         \x20   def formatFooter(self, records): return 'end of ' + records[0].levelname\n\
         lines = logging.Formatter('{levelname}|{message}\\n', style='{')\n\
         def run(attributes):\n\
         \x20   records = [logging.makeLogRecord(decode(a)) for a in attributes]\n\
         \x20   return [f.format(records) for f in (logging.BufferingFormatter(), Framed(lines))]\n\
         answer = [run(case) for case in cases]",
        &json!(cases.iter().map(encoded).collect::<Vec<_>>()),
        &[],
    );
    let lines = Formatter::builder().style(Style::Brace).pattern("{levelname}|{message}\n");
    let framed = BufferingFormatter::new(lines.build().unwrap())
        .with_header(|records, out| {
            out.push_str(&format!("{} records\n", records.len()));
            Ok(())
        })
        .with_footer(|records, out| {
            let level = records[0].attribute("levelname").unwrap_or_default();
            out.push_str(&format!("end of {level}"));
            Ok(())
        });
    for (case, answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let owned: Vec<_> = case.iter().cloned().map(RecordOwned::from_attributes).collect();
        let records: Vec<_> = owned.iter().map(RecordOwned::as_record).collect();
        let texts = [&BufferingFormatter::default(), &framed].map(|formatter| {
            let mut out = String::new();
            formatter.format(&records, &mut out).unwrap();
            out
        });
        assert_eq!(json!(texts), *answer);
    }
}
