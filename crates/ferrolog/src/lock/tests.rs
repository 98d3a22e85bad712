//! In a file of its own, as the model checker compiles the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use crate::lock::{Condvar, Lock};

#[test]
fn one_at_a_time_has_it_also_where_others_sleep() {
    let lock = Lock::new(0);
    let (threads, times) = (8, if cfg!(miri) { 20 } else { 2000 });
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for time in 0..times {
                    let mut guard = lock.lock();
                    let value = *guard;
                    if time % (times / 10) == 0 {
                        // The others have looked often enough by then.
                        thread::sleep(Duration::from_millis(3));
                    }
                    *guard = value + 1;
                }
            });
        }
    });
    assert_eq!(*lock.lock(), threads * times);
}

#[test]
fn who_waits_for_something_is_woken() {
    let (lock, condition) = (Lock::new(0), Condvar::default());
    let rounds = if cfg!(miri) { 20 } else { 500 };
    thread::scope(|scope| {
        for turn in 0..4 {
            let (lock, condition) = (&lock, &condition);
            scope.spawn(move || {
                for _ in 0..rounds {
                    let mut guard = lock.lock();
                    while *guard % 4 != turn {
                        guard = condition.wait(guard);
                    }
                    *guard += 1;
                    drop(guard);
                    condition.notify_all(lock);
                }
            });
        }
    });
    assert_eq!(*lock.lock(), 4 * rounds);
}

#[test]
fn a_panic_gives_it_back() {
    let lock = Lock::new(1);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        *lock.lock() = 2;
        let _guard = lock.lock();
        panic!("as asked");
    }));
    assert!(panic.is_err());
    assert_eq!(lock.try_lock().map(|guard| *guard), Some(2));
    let taken = lock.lock();
    assert!(lock.try_lock().is_none());
    drop(taken);
}
