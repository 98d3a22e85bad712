//! The local time as text, as `Formatter.formatTime` shows it when nothing about it was changed.

use std::cell::RefCell;
use std::fmt::Write as _;

use pyo3::prelude::*;
use pyo3::types::{PyModule, PyString};

use super::obstacle::{Found, On, Stop, What};
use crate::globals::Globals;
use crate::moment::{self, Moment};
use crate::names;
use crate::native::builtin::Builtin;
use crate::native::gil::GilOnce;
use crate::native::local_time;
use crate::native::shape::View;

/// Whether a formatter of this class shows the time as the standard library's does, by functions of
/// the `time` module that are still its own.
pub(super) fn check(
    globals: &Globals,
    formatter: &View<'_, '_>,
    found: &mut impl Found,
) -> Result<(), Stop> {
    let py = formatter.py();
    let functions = Functions::get(py);
    let converter = formatter
        .class_value(names::M_CONVERTER)
        .is_some_and(|converter| functions.localtime.as_ref().is_some_and(|f| f.is(&converter)));
    for function in [&functions.localtime, &functions.strftime].into_iter().flatten() {
        found.builtin(function);
    }
    if !converter {
        found.found(On::Formatter, What::Value(names::M_CONVERTER))?;
    }
    for (name, text) in [
        (names::M_DEFAULT_TIME_FORMAT, "%Y-%m-%d %H:%M:%S"),
        (names::M_DEFAULT_MSEC_FORMAT, "%s,%03d"),
    ] {
        let same = formatter.class_value(name).is_some_and(|value| {
            value
                .cast_exact::<PyString>()
                .is_ok_and(|value| value.to_str().is_ok_and(|value| value == text))
        });
        if !same {
            found.found(On::Formatter, What::Value(name))?;
        }
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
        found.found(On::Formatter, What::Strftime)?;
    }
    Ok(())
}

/// The module's functions, as they were when they were first looked at, if they are built in.
struct Functions {
    localtime: Option<Builtin>,
    strftime: Option<Builtin>,
}

impl Functions {
    fn get(py: Python<'_>) -> &Functions {
        static FUNCTIONS: GilOnce<Functions> = GilOnce::new();
        FUNCTIONS.get_or_init(py, || Functions {
            localtime: Builtin::of_time(py, "localtime"),
            strftime: Builtin::of_time(py, "strftime"),
        })
    }
}

/// Whether the time of a record is the interpreter's own clock's to say.
pub(super) fn system(
    py: Python<'_>,
    globals: &Globals,
    found: &mut impl Found,
) -> Result<(), Stop> {
    if let Ok(module) = globals.time.bind(py).cast_exact::<PyModule>() {
        found.dict(&module.dict());
        if let Some(clock) = moment::clock(py) {
            found.builtin(clock);
        }
        if Moment::is_of_system(py, globals)? {
            return Ok(());
        }
    }
    found.found(On::Record, What::Clock)
}

thread_local! {
    /// The second last shown, in which zone, and its text.
    static LAST: RefCell<(i64, local_time::Zone, String)> =
        const { RefCell::new((i64::MIN, local_time::Zone::UNKNOWN, String::new())) };
}

/// Appends the local time of `created`, with milliseconds. `false` where the calendar does not reach.
pub(super) fn append(created: f64, msecs: f64, out: &mut String) -> bool {
    // As `time.localtime` takes a float: rounded down.
    let second = created.floor() as i64;
    LAST.with(|last| {
        let mut last = last.borrow_mut();
        let zone = local_time::Zone::now();
        if last.0 != second || last.1 != zone {
            let Some(t) = local_time::of(second) else { return false };
            last.2.clear();
            // Writing to a string cannot fail.
            let _ = write!(
                last.2,
                "{}-{:02}-{:02} {:02}:{:02}:{:02}",
                t.year, t.month, t.day, t.hour, t.minute, t.second
            );
            (last.0, last.1) = (second, local_time::Zone::now());
        }
        out.push_str(&last.2);
        // `"%s,%03d" % (text, msecs)`
        let msecs = (msecs as u32).min(999);
        out.push(',');
        out.extend([msecs / 100, msecs / 10 % 10, msecs % 10].map(|d| char::from(b'0' + d as u8)));
        true
    })
}
