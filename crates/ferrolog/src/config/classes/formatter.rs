//! `logging.Formatter`.

use std::sync::Arc;

use super::super::keywords::Keywords;
use super::super::registry::Registry;
use crate::format::{Format, FormatterBuilder, Zone};
use crate::value::OwnedValue;

pub(super) fn register(registry: &mut Registry) {
    let parameters = &["fmt", "datefmt", "style", "validate", "defaults"];
    registry.add_formatter("logging.Formatter", parameters, make);
}

fn make(keywords: &mut Keywords<'_>) -> Option<Arc<dyn Format>> {
    let mut builder = FormatterBuilder::default();
    let pattern = keywords.get::<Option<String>>("fmt").flatten();
    if let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) {
        builder = builder.pattern(pattern);
    }
    if let Some(Some(datefmt)) = keywords.get::<Option<String>>("datefmt") {
        builder = builder.datefmt(datefmt);
    }
    if let Some(validate) = keywords.get("validate") {
        builder = builder.validate(validate);
    }
    if let Some(time_format) = keywords.attribute::<String>("default_time_format") {
        builder = builder.default_time_format(time_format);
    }
    if let Some(msec_format) = keywords.attribute::<Option<String>>("default_msec_format") {
        builder = builder.default_msec_format(msec_format.as_deref());
    }
    match keywords.object_attribute("converter").as_deref() {
        Some("time.gmtime") => builder = builder.converter(Zone::Utc),
        None | Some("time.localtime") => {}
        Some(other) => keywords.problem(
            "converter",
            format!("found ext://{other}, expected ext://time.gmtime or ext://time.localtime"),
        ),
    }
    let style = keywords.get::<OwnedValue>("style");
    match &style {
        None => {}
        Some(OwnedValue::Str(style)) if style == "%" => {}
        Some(other) => {
            keywords.problem("style", format!("found {:?}, expected '%'", other.as_value()));
            return None;
        }
    }
    match builder.build() {
        Ok(formatter) => Some(Arc::new(formatter)),
        Err(error) => {
            let message = match style {
                Some(style) => {
                    format!("{error} (by {}: {:?})", keywords.place("style"), style.as_value())
                }
                None => error.to_string(),
            };
            keywords.problem("fmt", message);
            None
        }
    }
}
