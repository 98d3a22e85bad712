//! What time it is.
//!
//! The operating system's answer takes as long as a fifth of a buffered record. Where the system itself goes by a
//! counter of the processor, and says so, [`now`] reads that counter, and asks the system again once in a millisecond:
//! how far the counter is from the system's time, and at which rate it goes, each thread finds out for itself.

/// Now, in nanoseconds since the epoch, by the operating system.
#[cfg(unix)]
#[inline]
#[allow(clippy::unnecessary_cast, reason = "on some machines the fields are of 32 bits")]
pub fn system_now() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // `SystemTime` checks what this clock gives, and takes the epoch off in 128 bits, which takes longer than asking.
    // SAFETY: the time is written to a place of ours; this clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &raw mut time) };
    (time.tv_sec as i64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as i64)
}

/// Now, in nanoseconds since the epoch, by the operating system.
#[cfg(not(unix))]
pub fn system_now() -> i64 {
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
mod counter;

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
pub(crate) use self::counter::{now, prepare};

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(miri))))]
pub(crate) use self::plain::{now, prepare};

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(miri))))]
mod plain {
    pub(crate) use super::system_now as now;

    pub(crate) fn prepare() {}
}
