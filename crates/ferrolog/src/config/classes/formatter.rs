//! Formatters.

use std::sync::Arc;

use super::super::keywords::{Keywords, Stream};
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Setting};
use crate::format::{
    ColorFormatter, ExtraKeys, Format, FormatError, Formatter, FormatterBuilder, JsonFormatter,
    LogfmtFormatter, StructuredBuilder, Style, Zone,
};
use crate::level::Level;
use crate::value::OwnedValue;

const FORMATTER: &[&str] = &["fmt", "datefmt", "style", "validate", "defaults"];
const STRUCTURED: &[&str] = &["fields", "fixed", "extra", "datefmt", "utc"];

pub(super) fn register(registry: &mut Registry) {
    registry.add_formatter("logging.Formatter", FORMATTER, |keywords| {
        Some(Arc::new(formatter(keywords)?))
    });
    // Beyond Python, under names that Python does not have.
    let more = [FORMATTER, &["utc", "escape_controls"]].concat();
    registry.add_formatter("ferrolog.Formatter", &more, |keywords| {
        Some(Arc::new(formatter(keywords)?))
    });
    let colored = [more.as_slice(), &["stream", "colors"]].concat();
    registry.add_formatter("ferrolog.ColorFormatter", &colored, color);
    registry.add_formatter("ferrolog.JsonFormatter", STRUCTURED, |keywords| {
        let builder = structured(keywords, JsonFormatter::builder())?;
        let formatter = built(keywords, builder.build())?;
        Some(Arc::new(formatter))
    });
    registry.add_formatter("ferrolog.LogfmtFormatter", STRUCTURED, |keywords| {
        let builder = structured(keywords, LogfmtFormatter::builder())?;
        let formatter = built(keywords, builder.build())?;
        Some(Arc::new(formatter))
    });
}

impl Setting for Style {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        super::file::parsed(value).ok_or_else(|| Mismatch::one_of(value, &["%", "{", "$"]))
    }
}

fn formatter(keywords: &mut Keywords<'_>) -> Option<Formatter> {
    let mut builder = FormatterBuilder::default();
    let given = keywords.has("style");
    let style = keywords.get::<Style>("style");
    if let Some(pattern) = keywords.get::<Option<String>>("fmt").flatten() {
        builder = builder.pattern(pattern);
    }
    if let Some(datefmt) = keywords.get::<Option<String>>("datefmt").flatten() {
        builder = builder.datefmt(datefmt);
    }
    if let Some(validate) = keywords.get("validate") {
        builder = builder.validate(validate);
    }
    if let Some(Some(Entries(defaults))) = keywords.get::<Option<Entries>>("defaults") {
        builder = builder.defaults(defaults);
    }
    if let Some(escape) = keywords.get("escape_controls") {
        builder = builder.escape_controls(escape);
    }
    if let Some(time_format) = keywords.attribute::<String>("default_time_format") {
        builder = builder.default_time_format(time_format);
    }
    if let Some(msec_format) = keywords.attribute::<Option<String>>("default_msec_format") {
        builder = builder.default_msec_format(msec_format.as_deref());
    }
    builder = builder.converter(zone(keywords));
    match style {
        Some(style) => builder = builder.style(style),
        // A pattern of a style that is not known cannot be judged.
        None if given => return None,
        None => {}
    }
    match builder.build() {
        Ok(formatter) => Some(formatter),
        Err(error) => {
            let message = match style {
                Some(style) => format!("{error} ({} is '{style}')", keywords.place("style")),
                None => error.to_string(),
            };
            keywords.problem("fmt", message);
            None
        }
    }
}

/// The clock: by the keyword `utc`, or by the attribute that Python's formatter has for it.
fn zone(keywords: &mut Keywords<'_>) -> Zone {
    let utc = keywords.get("utc").unwrap_or(false);
    match keywords.object_attribute("converter").as_deref() {
        Some("time.gmtime") => Zone::Utc,
        None if utc => Zone::Utc,
        None | Some("time.localtime") => Zone::Local,
        Some(other) => {
            let message = format!(
                "converter: found ext://{other}, expected ext://time.gmtime or ext://time.localtime"
            );
            keywords.problem(".", message);
            Zone::Local
        }
    }
}

fn color(keywords: &mut Keywords<'_>) -> Option<Arc<dyn Format>> {
    let stream = keywords.stream("stream").unwrap_or(Stream::Stderr);
    let colors = keywords.get::<Option<Entries>>("colors").flatten();
    let inner = formatter(keywords);
    let mut colored = match stream {
        Stream::Stdout => ColorFormatter::new(inner?, &std::io::stdout()),
        Stream::Stderr => ColorFormatter::new(inner?, &std::io::stderr()),
        Stream::Other(_) => {
            let message =
                "expected ext://sys.stdout or ext://sys.stderr, to see whether it is a terminal";
            keywords.problem("stream", message);
            return None;
        }
    };
    for (name, color) in colors.map(|colors| colors.0).unwrap_or_default() {
        match (Level::from_value(&name.as_str().into()), String::from_value(&color)) {
            (Ok(level), Ok(color)) => colored = colored.with_color(level, &color),
            _ => {
                let message = format!(
                    "found {name:?}: {:?}, expected a level's name and the numbers of a colour, as \
                     \"ERROR\": \"1;31\"",
                    color.as_value()
                );
                keywords.problem("colors", message);
            }
        }
    }
    Some(Arc::new(colored))
}

#[allow(private_bounds, reason = "as the builder has it")]
fn structured<F>(
    keywords: &mut Keywords<'_>,
    mut builder: StructuredBuilder<F>,
) -> Option<StructuredBuilder<F>>
where
    StructuredBuilder<F>: Structured,
{
    if let Some(Fields(fields)) = keywords.get("fields") {
        builder = builder.set_fields(fields);
    }
    if let Some(Entries(fixed)) = keywords.get("fixed") {
        builder = builder.set_fixed(fixed);
    }
    if let Some(extra) = keywords.get::<ExtraKeys>("extra") {
        builder = builder.set_extra(extra);
    }
    let datefmt = keywords.get::<Option<String>>("datefmt").flatten();
    let zone = zone(keywords);
    Some(builder.set_time(datefmt, zone))
}

/// What the builders of both structured formatters have.
trait Structured: Sized {
    fn set_fields(self, fields: Vec<(String, String)>) -> Self;
    fn set_fixed(self, fixed: Vec<(String, OwnedValue)>) -> Self;
    fn set_extra(self, extra: ExtraKeys) -> Self;
    fn set_time(self, datefmt: Option<String>, zone: Zone) -> Self;
}

macro_rules! structured {
    ($($formatter:ty),*) => {
        $(impl Structured for StructuredBuilder<$formatter> {
            fn set_fields(self, fields: Vec<(String, String)>) -> Self {
                self.fields(fields)
            }

            fn set_fixed(self, fixed: Vec<(String, OwnedValue)>) -> Self {
                fixed.into_iter().fold(self, |builder, (key, value)| builder.fixed(key, value))
            }

            fn set_extra(self, extra: ExtraKeys) -> Self {
                self.extra(extra)
            }

            fn set_time(self, datefmt: Option<String>, zone: Zone) -> Self {
                let builder = self.converter(zone);
                match datefmt {
                    Some(datefmt) => builder.datefmt(datefmt),
                    None => builder,
                }
            }
        })*
    };
}

structured!(JsonFormatter, LogfmtFormatter);

fn built<F>(keywords: &mut Keywords<'_>, result: Result<F, FormatError>) -> Option<F> {
    match result {
        Ok(formatter) => Some(formatter),
        Err(error) => {
            keywords.refuse(error.to_string());
            None
        }
    }
}

/// A table of values.
struct Entries(Vec<(String, OwnedValue)>);

impl Setting for Entries {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::Map(entries) => Ok(Self(entries.clone())),
            _ => Err(Mismatch::new("a table")),
        }
    }
}

/// Keys and the attributes that they show: a table, or a list of attributes that are their own keys.
struct Fields(Vec<(String, String)>);

impl Setting for Fields {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let mismatch = || Mismatch::new("a table of keys and attributes, or a list of attributes");
        match value {
            OwnedValue::Map(entries) => entries
                .iter()
                .map(|(key, attribute)| Ok((key.clone(), String::from_value(attribute)?)))
                .collect::<Result<_, _>>()
                .map(Self)
                .map_err(|_: Mismatch| mismatch()),
            OwnedValue::List(_) => Vec::<String>::from_value(value)
                .map(|names| Self(names.into_iter().map(|name| (name.clone(), name)).collect()))
                .map_err(|_| mismatch()),
            _ => Err(mismatch()),
        }
    }
}

/// `"flat"`, `"left"`, or `{"under": key}`.
impl Setting for ExtraKeys {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::Str(text) if text == "flat" => Ok(Self::Flat),
            OwnedValue::Str(text) if text == "left" => Ok(Self::Left),
            OwnedValue::Map(entries) => match entries.as_slice() {
                [(under, OwnedValue::Str(key))] if under == "under" => Ok(Self::Under(key.clone())),
                _ => Err(Mismatch::new("{\"under\": key}")),
            },
            _ => Err(Mismatch::one_of(value, &["flat", "left", "{\"under\": key}"])),
        }
    }
}
