use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// Counts its drops, and notices when it is read afterwards.
struct Counted {
    number: usize,
    copy: usize,
    dropped: Arc<AtomicUsize>,
}

impl Counted {
    fn new(number: usize, dropped: &Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new(Self { number, copy: number, dropped: Arc::clone(dropped) })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.copy = usize::MAX;
        self.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until so many are dropped: other tests' threads may be reading, and values wait for all that read.
fn wait_for(dropped: &AtomicUsize, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while dropped.load(Ordering::SeqCst) < count && Instant::now() < deadline {
        thread::yield_now();
    }
    assert_eq!(dropped.load(Ordering::SeqCst), count);
}

fn replace(published: &Published<Counted>, value: Arc<Counted>) {
    published.replace(value, &mut Retired::default());
}

#[test]
fn what_nobody_reads_is_dropped() {
    let dropped = Arc::default();
    let published = Published::new(Counted::new(0, &dropped));
    for number in 1..10 {
        published.with(|value| assert_eq!(value.number, number - 1));
        replace(&published, Counted::new(number, &dropped));
        wait_for(&dropped, number);
    }
    assert_eq!(published.load().number, 9);
    drop(published);
    wait_for(&dropped, 10);
}

#[test]
fn what_is_read_here_stays_until_the_outermost_reading_ends() {
    let dropped = Arc::default();
    let published = Published::new(Counted::new(0, &dropped));
    published.with(|outer| {
        published.with(|_| replace(&published, Counted::new(1, &dropped)));
        published.with(|inner| assert_eq!((outer.copy, inner.copy), (0, 1)));
        assert_eq!(dropped.load(Ordering::SeqCst), 0);
    });
    wait_for(&dropped, 1);
}

#[test]
fn what_another_thread_reads_is_dropped_by_it() {
    let dropped = Arc::default();
    let published = Arc::new(Published::new(Counted::new(0, &dropped)));
    let (reads, is_reading) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let reader = {
        let published = Arc::clone(&published);
        thread::spawn(move || {
            published.with(|value| {
                reads.send(()).unwrap();
                wait.recv().unwrap();
                assert_eq!(value.copy, 0);
            });
            value_after(&published)
        })
    };
    is_reading.recv().unwrap();
    replace(&published, Counted::new(1, &dropped));
    replace(&published, Counted::new(2, &dropped));
    // Whether the other one stays too is not said.
    assert!(dropped.load(Ordering::SeqCst) < 2);
    go_on.send(()).unwrap();
    assert_eq!(reader.join().unwrap(), 2);
    wait_for(&dropped, 2);
}

fn value_after(published: &Published<Counted>) -> usize {
    published.with(|value| value.copy)
}

#[test]
fn a_panic_ends_a_reading() {
    let dropped = Arc::default();
    let published = Published::new(Counted::new(0, &dropped));
    let read = std::panic::AssertUnwindSafe(|| published.with(|_| panic!("on purpose")));
    assert!(std::panic::catch_unwind(read).is_err());
    replace(&published, Counted::new(1, &dropped));
    wait_for(&dropped, 1);
}

#[test]
fn a_thread_that_is_ending_reads_too() {
    struct AtEnd(Arc<Published<Counted>>, mpsc::Sender<[usize; 2]>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let read = [self.0.with(|value| value.copy), self.0.load().copy];
            self.1.send(read).unwrap();
        }
    }
    thread_local! {
        static AT_END: Cell<Option<AtEnd>> = const { Cell::new(None) };
    }
    let dropped = Arc::default();
    let published = Arc::new(Published::new(Counted::new(7, &dropped)));
    let (sender, receiver) = mpsc::channel();
    let at_end = AtEnd(Arc::clone(&published), sender);
    thread::spawn(move || {
        // What is made last is dropped first.
        AT_END.set(Some(at_end));
        value_after(&AT_END.with(|kept| {
            let at_end = kept.take().unwrap();
            let published = Arc::clone(&at_end.0);
            kept.set(Some(at_end));
            published
        }))
    })
    .join()
    .unwrap();
    assert_eq!(receiver.recv().unwrap(), [7, 7]);
}

/// Threads that come, read and go, while others replace and update: nothing is read that was dropped, and in the
/// end all is dropped but what is there.
#[test]
fn many_at_once() {
    const REPLACED: usize = if cfg!(miri) { 20 } else { 2000 };
    let dropped = Arc::default();
    let published = Published::new(Counted::new(0, &dropped));
    let made = AtomicUsize::new(1);
    let writers = AtomicUsize::new(2);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while writers.load(Ordering::SeqCst) > 0 {
                    let reader = || {
                        for _ in 0..100 {
                            published.with(|value| {
                                assert_eq!(value.copy, value.number);
                                let other = published.load();
                                assert_eq!(other.copy, other.number);
                                assert_eq!(value.copy, value.number);
                            });
                        }
                    };
                    thread::scope(|scope| _ = scope.spawn(reader));
                }
            });
        }
        scope.spawn(|| {
            for number in 0..REPLACED {
                made.fetch_add(1, Ordering::SeqCst);
                replace(&published, Counted::new(number, &dropped));
            }
            writers.fetch_sub(1, Ordering::SeqCst);
        });
        scope.spawn(|| {
            for _ in 0..REPLACED {
                published.update(|value| {
                    made.fetch_add(1, Ordering::SeqCst);
                    let number = value.number + 1;
                    Counted { number, copy: number, dropped: Arc::clone(&dropped) }
                });
            }
            writers.fetch_sub(1, Ordering::SeqCst);
        });
    });
    wait_for(&dropped, made.load(Ordering::SeqCst) - 1);
    assert_eq!(Arc::strong_count(&dropped), 2);
}
