//! The lock that is given back by a store (`lock.rs`).

use loom::cell::UnsafeCell;
use loom::thread;

use crate::handler::check;
use crate::lock::{Condvar, Lock};
use crate::sync::Arc;

/// What a lock guards; loom sees it if two threads are at it.
struct Guarded(UnsafeCell<u32>);

impl Guarded {
    fn new() -> Arc<Lock<Self>> {
        Arc::new(Lock::new(Self(UnsafeCell::new(0))))
    }

    fn get(&self) -> u32 {
        // SAFETY: loom sees to it that nobody writes meanwhile.
        self.0.with(|value| unsafe { *value })
    }

    fn add(&mut self) {
        // SAFETY: loom sees to it that this is the only access.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}

fn several(threads: u32, times: u32) {
    let lock = Guarded::new();
    let work = move |lock: Arc<Lock<Guarded>>| (0..times).for_each(|_| lock.lock().add());
    let others: Vec<_> = (1..threads)
        .map(|_| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || work(lock))
        })
        .collect();
    work(Arc::clone(&lock));
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(lock.lock().get(), threads * times);
}

#[test]
fn one_at_a_time_has_it_and_nobody_sleeps_for_ever() {
    check(|| several(2, 2));
}

#[test]
fn so_it_is_with_three() {
    check(|| several(3, 1));
}

#[test]
fn who_waits_for_something_is_not_missed() {
    check(|| {
        let shared = Arc::new((Guarded::new(), Condvar::default()));
        let others: Vec<_> = [false, true]
            .into_iter()
            .map(|locked| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (lock, condition) = &*shared;
                    let mut guard = lock.lock();
                    guard.add();
                    if locked {
                        condition.notify_one(lock);
                    } else {
                        drop(guard);
                        condition.notify_one(lock);
                    }
                })
            })
            .collect();
        let (lock, condition) = &*shared;
        let mut guard = lock.lock();
        while guard.get() < 2 {
            guard = condition.wait(guard);
        }
        drop(guard);
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}
