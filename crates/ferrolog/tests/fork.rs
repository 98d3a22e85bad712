//! Children of a process whose other threads are in the middle of something.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ferrolog::{Handler, NullHandler, QueueHandler, StreamHandler};

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

/// Forks a child that does this, or is ended after ten seconds; with which status it has ended.
fn child(what: impl FnOnce()) -> i32 {
    // SAFETY: the child calls what the library promises to work there, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: they end this process: one after ten seconds, by a signal, the other now.
        unsafe {
            libc::alarm(10);
            what();
            libc::_exit(0);
        }
    }
    let mut status = 0;
    // SAFETY: the child is this process's, and the status has a place.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    status
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
            assert_eq!(
                child(|| places.iter().zip(0..).for_each(|(place, n)| place(n))),
                0,
                "{forks}"
            );
        }
        assert!(forks > 5, "{forks}");
    });
}

/// The thread that forks has the handlers' locks nearly all the time, and another one wants them just then.
#[test]
fn a_child_logs_where_another_thread_was_about_to() {
    let logger = ferrolog::get_logger("fork.visited");
    logger.set_level(ferrolog::Level::DEBUG);
    logger.set_propagate(false);
    let counted = Handler::new(NullHandler);
    let queue = QueueHandler::builder().handler(&counted).build().unwrap();
    logger.add_handler(StreamHandler::new(std::io::sink()));
    logger.add_handler(&queue);
    let (forks, begun) = (300, AtomicUsize::new(0));
    let mut statuses = Vec::new();
    let log = || ferrolog::info!(logger, "a record");
    thread::scope(|scope| {
        scope.spawn(|| {
            for fork in 1..=forks {
                while begun.load(Ordering::Acquire) < fork {
                    std::hint::spin_loop();
                }
                log();
            }
        });
        for fork in 1..=forks {
            (0..300).for_each(|_| log());
            begun.store(fork, Ordering::Release);
            statuses.push(child(|| (0..300).for_each(|_| log())));
            if statuses.last() != Some(&0) {
                break;
            }
        }
        begun.store(forks, Ordering::Release);
    });
    assert_eq!(statuses, vec![0; forks]);
    queue.close();
}
