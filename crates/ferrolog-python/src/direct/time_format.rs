//! The time of a record as text, as `Formatter.formatTime` shows it by functions of the `time` module.

use std::cell::RefCell;
use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::types::{PyModule, PyString};

use super::obstacle::{Found, On, Stop, What};
use crate::globals::Globals;
use crate::names::{self, Name};
use crate::native::builtin::Builtin;
use crate::native::gil::GilOnce;
use crate::native::local_time::{self, Zone};
use crate::native::shape::View;

/// How a formatter shows the time.
pub(super) struct TimeFormat {
    /// In UTC, and not in the local time.
    utc: bool,
    /// What `strftime` is given, and whether that shows names, which depend on the locale.
    format: CString,
    has_names: bool,
    /// What stands between that and the milliseconds, if these are shown.
    separator: Option<char>,
    /// The second last shown, in which zone, and its text.
    last: RefCell<(i64, Zone, String)>,
}

impl TimeFormat {
    /// That of a formatter, if it shows the time by functions of the `time` module that are still its own, and names of
    /// months and days as they are in the C locale.
    pub(super) fn of(
        globals: &Globals,
        formatter: &View<'_, '_>,
        found: &mut impl Found,
    ) -> Result<Option<Self>, Stop> {
        let (py, on) = (formatter.py(), On::Formatter);
        let functions = Functions::get(py);
        let converter = formatter.class_value(names::M_CONVERTER);
        let is_object = |function: &Option<Builtin>| {
            function.as_ref().zip(converter.as_ref()).is_some_and(|(own, it)| own.is_object(it))
        };
        let utc = is_object(&functions.gmtime);
        // Only what is called is watched in each call.
        let convert = if utc { &functions.gmtime } else { &functions.localtime };
        for function in [convert, &functions.strftime].into_iter().flatten() {
            found.builtin(function);
        }
        let is_own = convert.as_ref().zip(converter).is_some_and(|(own, it)| own.is(&it));
        if !is_own {
            found.found(on, What::Value(names::M_CONVERTER))?;
        }
        let module = globals.time.bind(py).cast_exact::<PyModule>();
        let strftime = module.ok().map(|module| {
            found.dict(&module.dict());
            module.dict().get_item("strftime")
        });
        let own = match (strftime.transpose()?.flatten(), &functions.strftime) {
            (Some(strftime), Some(own)) => own.is(&strftime),
            _ => false,
        };
        if !own {
            found.found(on, What::Strftime)?;
        }
        let datefmt = match found.own(formatter, names::A_DATEFMT) {
            Some(datefmt) if datefmt.is_none() || is_empty(&datefmt) => Some(None),
            Some(datefmt) => format_of(&datefmt, utc).map(Some),
            None => None,
        };
        let shown = match datefmt {
            None => {
                let wanted = "None or usual directives in the C locale";
                found.found(on, What::Attribute(names::A_DATEFMT, wanted))?;
                None
            }
            Some(Some(format)) => Some((format, None)),
            Some(None) => usual(formatter, utc, found)?,
        };
        Ok(shown.map(|((format, has_names), separator)| Self {
            utc,
            format,
            has_names,
            separator,
            last: RefCell::new((i64::MIN, Zone::UNKNOWN, String::new())),
        }))
    }

    /// Appends the time of `created` and `msecs`. `false` where the calendar does not reach, or names have come to be those
    /// of another locale.
    pub(super) fn append(&self, created: f64, msecs: f64, out: &mut String) -> bool {
        if self.has_names && !local_time::names_are_of_c_locale() {
            return false;
        }
        // As `time.localtime` takes a float: rounded down.
        let second = created.floor() as i64;
        let mut last = self.last.borrow_mut();
        let zone = Zone::now();
        if last.0 != second || last.1 != zone {
            last.0 = i64::MIN;
            last.2.clear();
            if local_time::append(second, self.utc, &self.format, &mut last.2).is_none() {
                return false;
            }
            (last.0, last.1) = (second, Zone::now());
        }
        out.push_str(&last.2);
        if let Some(separator) = self.separator {
            // `"%s,%03d" % (text, msecs)`
            let msecs = (msecs as u32).min(999);
            out.push(separator);
            out.extend(
                [msecs / 100, msecs / 10 % 10, msecs % 10].map(|d| char::from(b'0' + d as u8)),
            );
        }
        true
    }
}

/// A format for `strftime`, and whether it shows names.
type Format = (CString, bool);

/// How the time is shown where there is no `datefmt`.
fn usual(
    formatter: &View<'_, '_>,
    utc: bool,
    found: &mut impl Found,
) -> Result<Option<(Format, Option<char>)>, Stop> {
    let value = |name: Name| formatter.class_value(name);
    let format = value(names::M_DEFAULT_TIME_FORMAT).and_then(|format| format_of(&format, utc));
    if format.is_none() {
        found.found(On::Formatter, What::Value(names::M_DEFAULT_TIME_FORMAT))?;
    }
    let separator = value(names::M_DEFAULT_MSEC_FORMAT).and_then(|format| {
        if format.is_none() {
            return Some(None);
        }
        match format.cast_exact::<PyString>().ok()?.to_str().ok()? {
            "" => Some(None),
            "%s,%03d" => Some(Some(',')),
            "%s.%03d" => Some(Some('.')),
            _ => None,
        }
    });
    if separator.is_none() {
        found.found(On::Formatter, What::Value(names::M_DEFAULT_MSEC_FORMAT))?;
    }
    Ok(format.zip(separator))
}

/// Whether it is a text that is as good as `None`.
fn is_empty(datefmt: &Bound<'_, PyAny>) -> bool {
    datefmt.cast_exact::<PyString>().is_ok_and(|text| text.to_str().is_ok_and(str::is_empty))
}

/// Directives that show digits, whatever the locale is.
const DIGITS: &str = "YCymdeHIkMSjuwUWVGgFTRDz%";

/// Directives that show names, or what else the locale says.
const NAMES: &str = "aAbBhpcxXr";

/// A format for `strftime`, if it is of these directives alone, and names are those of the C locale.
fn format_of(format: &Bound<'_, PyAny>, utc: bool) -> Option<Format> {
    let text = format.cast_exact::<PyString>().ok()?.to_str().ok()?;
    if text.is_empty() || !text.is_ascii() || text.len() > LONGEST {
        return None;
    }
    let (mut rest, mut has_names) = (text.chars(), false);
    while let Some(c) = rest.next() {
        if c != '%' {
            continue;
        }
        let directive = rest.next()?;
        if NAMES.contains(directive) {
            has_names = true;
        } else if !(DIGITS.contains(directive) || directive == 'Z' && !utc) {
            // The name of UTC is not the C library's.
            return None;
        }
    }
    if has_names && !local_time::names_are_of_c_locale() {
        return None;
    }
    Some((CString::new(text).ok()?, has_names))
}

/// The longest format, in bytes, that is not left to Python.
const LONGEST: usize = 256;

/// The module's functions, as they were when they were first looked at, if they are built in.
struct Functions {
    localtime: Option<Builtin>,
    gmtime: Option<Builtin>,
    strftime: Option<Builtin>,
}

impl Functions {
    fn get(py: Python<'_>) -> &Functions {
        static FUNCTIONS: GilOnce<Functions> = GilOnce::new();
        FUNCTIONS.get_or_init(py, || Functions {
            localtime: Builtin::of_time(py, "localtime"),
            gmtime: Builtin::of_time(py, "gmtime"),
            strftime: Builtin::of_time(py, "strftime"),
        })
    }
}
