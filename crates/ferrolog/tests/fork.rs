//! Children of a process whose other threads are in the middle of something.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Uses of a macro that are places of their own: ten times ten.
macro_rules! places {
    (one) => {
        (|n| ferrolog::debug!("disabled, of {n}")) as fn(u32)
    };
    (ten) => {
        [
            places!(one),
            places!(one),
            places!(one),
            places!(one),
            places!(one),
            places!(one),
            places!(one),
            places!(one),
            places!(one),
            places!(one),
        ]
    };
    (hundred) => {
        [
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
            places!(ten),
        ]
        .concat()
    };
}

#[test]
fn a_child_logs_from_where_another_thread_was_about_to_log_for_the_first_time() {
    let places: Vec<fn(u32)> = places!(hundred);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for (place, n) in places.iter().zip(0..) {
                place(n);
                thread::sleep(Duration::from_micros(100));
            }
            over.store(true, Ordering::Relaxed);
        });
        let mut forks = 0;
        while !over.load(Ordering::Relaxed) {
            forks += 1;
            // SAFETY: the child calls what the library promises to work there, and ends.
            let child = unsafe { libc::fork() };
            if child == 0 {
                // SAFETY: they end this process: one after ten seconds, by a signal, the other now.
                unsafe {
                    libc::alarm(10);
                    places.iter().zip(0..).for_each(|(place, n)| place(n));
                    libc::_exit(0);
                }
            }
            let mut status = 0;
            // SAFETY: the child is this process's, and the status has a place.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "fork {forks}");
        }
        assert!(forks > 5, "{forks}");
    });
}
