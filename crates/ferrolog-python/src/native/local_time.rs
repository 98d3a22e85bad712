//! The C library's local time, which is what `time.localtime` shows.

use std::ffi::{c_char, c_int, c_long};
use std::ptr;

unsafe extern "C" {
    #[link_name = "timezone"]
    static SECONDS_WEST: c_long;
    #[link_name = "daylight"]
    static HAS_DAYLIGHT: c_int;
    #[link_name = "tzname"]
    static NAMES: [*const c_char; 2];
}

/// Which zone the C library shows times in; `time.tzset` may change it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Zone {
    seconds_west: c_long,
    has_daylight: c_int,
    name: usize,
}

impl Zone {
    /// No zone.
    pub(crate) const UNKNOWN: Zone = Zone { seconds_west: c_long::MIN, has_daylight: -1, name: 0 };

    /// The zone that was last set.
    pub(crate) fn now() -> Zone {
        // SAFETY: variables of the C library, read by copy. `tzset` writes them; it is called by
        // Python code with the GIL held, which our callers hold too.
        unsafe {
            Zone {
                seconds_west: ptr::addr_of!(SECONDS_WEST).read_volatile(),
                has_daylight: ptr::addr_of!(HAS_DAYLIGHT).read_volatile(),
                name: (*ptr::addr_of!(NAMES))[0] as usize,
            }
        }
    }
}

/// A time of day, as a calendar shows it.
pub(crate) struct LocalTime {
    pub(crate) year: i64,
    pub(crate) month: c_int,
    pub(crate) day: c_int,
    pub(crate) hour: c_int,
    pub(crate) minute: c_int,
    pub(crate) second: c_int,
}

/// The local time of `second` since the epoch; `None` where the calendar does not reach.
pub(crate) fn of(second: i64) -> Option<LocalTime> {
    let second = libc::time_t::try_from(second).ok()?;
    // SAFETY: `tm` is a plain structure, for which all zeros are valid, and `localtime_r` fills it.
    let tm = unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&second, &mut tm).is_null() {
            return None;
        }
        tm
    };
    Some(LocalTime {
        year: i64::from(tm.tm_year) + 1900,
        month: tm.tm_mon + 1,
        day: tm.tm_mday,
        hour: tm.tm_hour,
        minute: tm.tm_min,
        second: tm.tm_sec,
    })
}
