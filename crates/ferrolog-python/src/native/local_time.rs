//! The C library's calendar, which is what the `time` module shows.

use std::ffi::{CStr, c_char, c_int, c_long};
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

/// Whether names of months and days are those of the C locale. Python starts in that.
pub(crate) fn names_are_of_c_locale() -> bool {
    // SAFETY: without a locale to set, the name of the one that is set is told, which stays until another one is. Python
    // code sets it with the GIL held, which our callers hold too.
    unsafe {
        let name = libc::setlocale(libc::LC_TIME, ptr::null());
        !name.is_null() && CStr::from_ptr(name) == c"C"
    }
}

/// Appends `second` since the epoch, as `strftime` shows it in local time or in UTC. `None` where that has no text in ASCII,
/// or the year has not four digits, which versions of Python show in different ways.
pub(crate) fn append(second: i64, utc: bool, format: &CStr, out: &mut String) -> Option<()> {
    let second = libc::time_t::try_from(second).ok()?;
    // No directive that is let through takes more.
    let mut text = vec![0_u8; format.count_bytes() * 32 + 1];
    // SAFETY: `tm` is a plain structure, for which all zeros are valid, and which is filled; `strftime` writes no more than
    // it is told to, to memory that is there.
    let length = unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        let filled = if utc {
            libc::gmtime_r(&second, &mut tm)
        } else {
            libc::localtime_r(&second, &mut tm)
        };
        if filled.is_null() || !(1000..=9999).contains(&(i64::from(tm.tm_year) + 1900)) {
            return None;
        }
        libc::strftime(text.as_mut_ptr().cast(), text.len(), format.as_ptr(), &tm)
    };
    let text = str::from_utf8(&text[..length]).ok()?;
    (!text.is_empty() && text.is_ascii()).then(|| out.push_str(text))
}
