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

/// The thread that comes twice in a row is the favourite from then on.
fn one_and_others(others: u32, times: u32) {
    let lock = Guarded::new();
    (0..2).for_each(|_| lock.lock().add());
    let others: Vec<_> = (0..others)
        .map(|_| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || (0..times).for_each(|_| lock.lock().add()))
        })
        .collect();
    let (mut tried, count) = (0, 2 + times * others.len() as u32);
    for _ in 0..2 {
        if let Some(mut guard) = lock.try_lock() {
            guard.add();
            tried += 1;
        }
        lock.lock().add();
    }
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(lock.lock().get(), count + tried + 2);
}

#[test]
fn a_favourite_and_a_visitor_come_one_at_a_time() {
    check(|| one_and_others(1, 1));
}

#[test]
fn a_favourite_that_is_one_no_more_comes_as_the_others() {
    check(|| one_and_others(1, 3));
}

#[test]
fn two_visitors_and_a_favourite_come_one_at_a_time() {
    check(|| one_and_others(2, 1));
}

/// Who looks in again and again while the favourite is inside comes in no sooner.
#[test]
fn a_visitor_that_gives_up_leaves_the_favourite_alone() {
    check(|| {
        let lock = Guarded::new();
        (0..2).for_each(|_| lock.lock().add());
        let other = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let tries = (0..3).filter_map(|_| lock.try_lock());
                tries.map(|mut guard| guard.add()).count() as u32
            })
        };
        (0..2).for_each(|_| lock.lock().add());
        let tried = other.join().unwrap();
        assert_eq!(lock.lock().get(), 4 + tried);
    });
}

#[test]
fn a_favourite_does_not_have_it_twice() {
    check(|| {
        let lock = Guarded::new();
        for time in 0..4 {
            let guard = lock.lock();
            assert!(lock.try_lock().is_none(), "{time}");
            drop(guard);
            let guard = lock.lock_for_many();
            assert!(lock.try_lock().is_none(), "{time}");
            drop(guard);
        }
    });
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
