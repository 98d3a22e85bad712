use super::*;
use crate::Level;
use crate::level::add_level_name;

fn format(formatter: &Formatter, record: &Record<'_>) -> String {
    let mut out = String::new();
    formatter.format(record, &mut out).unwrap();
    out
}

#[test]
fn the_time() {
    let record = Record::new("n", Level::INFO, "m").with_created(1_000_000_000_012_999_999);
    for (builder, text) in [
        (Formatter::builder(), "2001-09-09 01:46:40,012"),
        (Formatter::builder().datefmt("%H.%M"), "01.46"),
        (Formatter::builder().datefmt(""), "2001-09-09 01:46:40,012"),
        (Formatter::builder().default_msec_format(Some("%s.%03dZ")), "2001-09-09 01:46:40.012Z"),
        (
            Formatter::builder().default_msec_format(Some("%-20s|%5.1f")),
            "2001-09-09 01:46:40 | 12.0",
        ),
        (Formatter::builder().default_msec_format(None), "2001-09-09 01:46:40"),
        (Formatter::builder().default_time_format("%d"), "09,012"),
    ] {
        let formatter = builder.converter(Zone::Utc).pattern("%(asctime)s").build().unwrap();
        assert_eq!(format(&formatter, &record), text);
    }
    for pattern in ["%s", "%s %s %s", "%d %d", "%(a)s %s", "%s %*d", "%s %y"] {
        assert!(Formatter::builder().default_msec_format(Some(pattern)).build().is_err());
    }
}

#[test]
fn an_error_and_a_stack_stand_below() {
    let error = std::io::Error::other("disk");
    let extra = [("exc_info", Value::Error(&error)), ("stack_info", Value::Str("Stack:\n  here"))];
    let record = Record::new("n", Level::ERROR, "failed").with_key_values(&extra);
    assert_eq!(format(&Formatter::default(), &record), "failed\nError: disk\nStack:\n  here");
    // A record's text does not depend on what was there before it.
    let mut out = "before\n".to_owned();
    let record = Record::new("n", Level::ERROR, "").with_key_values(&extra[..1]);
    Formatter::default().format(&record, &mut out).unwrap();
    assert_eq!(out, "before\n\nError: disk");
}

#[test]
fn a_message_that_cannot_be_made_is_shown_by_no_pattern() {
    let record = |args: &str| {
        crate::RecordOwned::from_attributes([
            ("msg".to_owned(), "%d apples".into()),
            ("args".to_owned(), args.into()),
        ])
    };
    let formatter = Formatter::new("%(name)s").unwrap();
    let mut out = String::new();
    assert!(formatter.format(&record("many").as_record(), &mut out).is_err());
    formatter.format(&record("").as_record(), &mut out).unwrap();
    assert_eq!(out, "None");
}

#[test]
fn a_pattern_without_a_field_is_refused() {
    assert!(Formatter::new("plain").is_err());
    assert!(Formatter::builder().pattern("plain").validate(false).build().is_ok());
    assert!(Formatter::builder().pattern("%(x)").validate(false).build().is_err());
    let brace = || Formatter::builder().style(Style::Brace);
    assert!(brace().pattern("{created:z.2f}").build().is_err());
    assert!(brace().pattern("{created:z.2f}").validate(false).build().is_ok());
    assert!(brace().pattern("%(message)s").build().is_err());
    assert!(Formatter::builder().style(Style::Dollar).pattern("$message $").build().is_err());
}

#[test]
fn defaults_stand_in_for_what_a_record_has_not() {
    let extra = [("user", Value::Str("ann"))];
    let record = Record::new("n", Level::INFO, "m");
    let formatter = Formatter::builder()
        .style(Style::Dollar)
        .pattern("$user $host $name")
        .defaults([("user", "nobody"), ("host", "here"), ("name", "never")])
        .build()
        .unwrap();
    assert_eq!(format(&formatter, &record), "nobody here n");
    assert_eq!(format(&formatter, &record.with_key_values(&extra)), "ann here n");
}

#[test]
fn no_attribute_forges_a_line() {
    let extra = [
        ("exc_text", Value::Str("Traceback\n\x1b[2J")),
        ("stack_info", Value::Str("one\r\ntwo\u{2028}")),
    ];
    let record = Record::new("a\nb", Level::INFO, "é\tx\u{9b}31m\n").with_key_values(&extra);
    for (style, pattern) in
        [(Style::Percent, "%(name)5s\n%(message)-12s|"), (Style::Brace, "{name:>5}\n{message:12}|")]
    {
        let builder = Formatter::builder().style(style).pattern(pattern).escape_controls(true);
        assert_eq!(
            format(&builder.build().unwrap(), &record),
            "  a\\nb\né\\tx\\x9b31m\\n    |\n    Traceback\n    \\x1b[2J\n    one\\r\n    two\\u2028"
        );
    }
}

/// What is kept of a line's beginning is what would be made anew.
#[test]
fn a_head_is_as_the_whole_pattern() {
    const SECOND: i64 = 1_000_000_000;
    let formatters = [
        ("%(asctime)s %(levelname)s %(name)s %(message)s", None),
        ("[%(levelname)-8s|%(levelno)03d] %(asctime)s %(message)s", None),
        ("%(levelname)s %(asctime)s", Some("%H:%M:%S")),
        ("%(asctime)s %(message)s %(levelname)s", Some("\u{1b}%S\n")),
        ("%(asctime)s", Some("a text that is longer than what is kept of a line's beginning: %S")),
        ("%(asctime)-30s %(levelname)s %(message)s", None),
        ("%(asctime)s %(message)s %(asctime)s", None),
        ("%(message)s %(asctime)s", None),
    ]
    .map(|(pattern, datefmt)| {
        [false, true].map(|escape| {
            let builder = Formatter::builder().pattern(pattern).escape_controls(escape);
            datefmt.into_iter().fold(builder, FormatterBuilder::datefmt).build().unwrap()
        })
    });
    let level = Level::new(15);
    let times =
        [0, 1, -1, 999_999, 1_000_000, SECOND - 1, SECOND, SECOND + 1, -SECOND, i64::MAX, i64::MIN];
    for name in ["FIRST", "SECOND\n"] {
        add_level_name(level, name);
        for (time, level) in times.into_iter().flat_map(|time| {
            [Level::INFO, level, Level::new(17), Level::new(-3)].map(|level| (time, level))
        }) {
            let record = Record::new("app.db", level, "connected").with_created(time);
            for formatter in formatters.iter().flatten() {
                // At first it is made, then it is there.
                for _ in 0..2 {
                    let (mut line, mut whole) = (String::from("é"), String::from("é"));
                    formatter.format_message(&record, &mut line).unwrap();
                    let attributes = Attributes { formatter, record: &record };
                    let escape = formatter.escape_controls;
                    formatter.compiled.render(&attributes, escape, &mut whole).unwrap();
                    assert_eq!(line, whole);
                }
            }
        }
    }
    let with_head = formatters.iter().flatten().filter(|formatter| formatter.head.is_some());
    assert_eq!(with_head.count(), 10);
}
