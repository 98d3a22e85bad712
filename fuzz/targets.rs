//! What each fuzz target does with its input. The crate's own tests run them over the seeds, so this file
//! needs nothing of the fuzzer.
//!
//! Whatever the input: no panic, no hang, and of a text that is laid out no more than [`largest`].

use ferrolog::config::{Configuration, Syntax};
use ferrolog::format::MAX_WIDTH;
use ferrolog::{
    Format as _, Formatter, Level, OwnedValue, Record, RecordOwned, Style, ToValue as _, Value,
    Zone,
};

/// The longest text that one input may be laid out as: each conversion takes at least two bytes of a
/// pattern, and fills a width and a precision at most.
fn largest(input: &[u8]) -> usize {
    (input.len() + 1) * (2 * MAX_WIDTH + 4096)
}

fn pattern(style: Style, data: &[u8]) {
    // The first byte chooses among the settings, the rest is the pattern.
    let Some((&settings, pattern)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(pattern) else { return };
    let builder = Formatter::builder().style(style).pattern(text);
    let builder = builder.escape_controls(settings & 1 != 0);
    let builder = if settings & 2 != 0 {
        builder.converter(Zone::Utc)
    } else {
        builder.defaults([("user", "nobody")])
    };
    let Ok(formatter) = builder.build() else { return };
    let pairs: [(&str, Value<'_>); 7] = [
        ("n", 42.to_value()),
        ("big", u64::MAX.to_value()),
        ("x", (-2.5e-7).to_value()),
        ("nan", f64::NAN.to_value()),
        ("s", "añ\u{1b}[31m\n\u{202e}".to_value()),
        ("yes", true.to_value()),
        ("none", Value::None),
    ];
    let record = Record::new("app.db", Level::INFO, "connected {} %s $x").with_key_values(&pairs);
    let mut line = String::new();
    // An error is as good as a text: the record may not have what the pattern asks for.
    let _ = formatter.format(&record, &mut line);
    assert!(line.len() <= largest(pattern), "{} bytes", line.len());
}

pub fn percent(data: &[u8]) {
    pattern(Style::Percent, data);
}

pub fn brace(data: &[u8]) {
    pattern(Style::Brace, data);
}

pub fn dollar(data: &[u8]) {
    pattern(Style::Dollar, data);
}

/// Eight bytes of a time, then the format.
pub fn datefmt(data: &[u8]) {
    let Some((time, format)) = data.split_first_chunk::<8>() else { return };
    let Ok(format) = std::str::from_utf8(format) else { return };
    let created = f64::from_le_bytes(*time);
    for zone in [Zone::Utc, Zone::Local] {
        let builder = Formatter::builder().pattern("%(asctime)s").datefmt(format).converter(zone);
        let Ok(formatter) = builder.build() else { continue };
        let record = RecordOwned::from_attributes([
            ("msg".to_owned(), OwnedValue::Str(String::new())),
            ("created".to_owned(), OwnedValue::Float(created)),
        ]);
        let mut line = String::new();
        let _ = formatter.format(&record.as_record(), &mut line);
        assert!(line.len() <= largest(format.as_bytes()), "{} bytes", line.len());
    }
}

fn configuration(syntax: Syntax, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(configuration) = Configuration::parse(text, syntax) {
        let told = match configuration.check() {
            Ok(warnings) => format!("{warnings:?}"),
            Err(error) => error.to_string(),
        };
        assert!(told.len() <= 1 << 20, "{} bytes of problems", told.len());
        let _ = configuration.outline().map(|outline| outline.to_string());
    }
    let _ = Syntax::sniff(text);
}

pub fn config_json(data: &[u8]) {
    configuration(Syntax::Json, data);
}

pub fn config_toml(data: &[u8]) {
    configuration(Syntax::Toml, data);
}

pub fn config_yaml(data: &[u8]) {
    configuration(Syntax::Yaml, data);
}

pub fn config_ini(data: &[u8]) {
    configuration(Syntax::Ini, data);
}

/// What `ferrolog pipe --json` makes of a line: a record of its attributes, laid out.
pub fn json_lines(data: &[u8]) {
    let formatters = [
        Formatter::new("%(asctime)s %(levelname)s %(name)s %(process)d %(threadName)s %(message)s"),
        Formatter::builder()
            .style(Style::Brace)
            .pattern("{created} {lineno:>5} {levelno!r} {message}")
            .escape_controls(true)
            .build(),
    ];
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(OwnedValue::Map(attributes)) = serde_json::from_slice(line) else { continue };
        let record = RecordOwned::from_attributes(attributes);
        for formatter in formatters.iter().flatten() {
            let mut text = String::new();
            let _ = formatter.format(&record.as_record(), &mut text);
            assert!(text.len() <= largest(line), "{} bytes", text.len());
        }
    }
}

/// Names of levels, as text and as what a configuration may hold.
pub fn levels(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<Level>() {
        Ok(level) => assert_eq!(level.name().parse::<Level>().ok(), Some(level)),
        Err(error) => assert!(error.to_string().len() <= 16 * text.len() + 256),
    }
    let config = OwnedValue::Map(vec![
        ("version".to_owned(), 1.to_value().to_owned()),
        (
            "root".to_owned(),
            OwnedValue::Map(vec![("level".to_owned(), OwnedValue::Str(text.to_owned()))]),
        ),
    ]);
    let _ = Configuration::from_value(config).check();
}
