//! Values that are replaced while others read them (`published/readers.rs`).

use std::sync::atomic::AtomicUsize as Count;
use std::sync::atomic::Ordering::Relaxed;

use loom::cell::UnsafeCell;
use loom::thread;

use crate::barrier::Barrier;
use crate::sync::{Arc, AtomicUsize, Ordering};

#[path = "../../../crates/ferrolog/src/published/readers.rs"]
#[allow(dead_code, reason = "what belongs to forks and to threads that end is not called")]
mod readers;

use self::readers::{Reader, Readers, Replaced};

/// The memory of a value. That it is read and given back at the same time, loom notices.
struct Memory {
    cell: UnsafeCell<()>,
    dropped: Count,
}

// SAFETY: there is nothing in the cell; loom watches who asks for it.
unsafe impl Sync for Memory {}

struct Value(Arc<Memory>);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.cell.with_mut(|_| ());
        self.0.dropped.fetch_add(1, Relaxed);
    }
}

struct Shared {
    readers: Readers,
    memory: Vec<Arc<Memory>>,
    /// Which value is there.
    current: AtomicUsize,
}

impl Shared {
    fn new(values: usize) -> Arc<Self> {
        let memory = || Arc::new(Memory { cell: UnsafeCell::new(()), dropped: Count::new(0) });
        Arc::new(Self {
            readers: Readers::default(),
            memory: (0..values).map(|_| memory()).collect(),
            current: AtomicUsize::new(0),
        })
    }

    /// As `Published::with`.
    fn read(&self, reader: &Reader, number: u64) -> usize {
        reader.begin(number, Barrier);
        let current = self.current.load(Ordering::Acquire);
        self.memory[current].cell.with(|_| ());
        if reader.end(Barrier) {
            self.readers.give_up(reader);
        }
        current
    }

    /// As `Published::replace`.
    fn replace(&self, new: usize) {
        let old = self.current.swap(new, Ordering::AcqRel);
        let old: Replaced = Arc::new(Value(Arc::clone(&self.memory[old])));
        self.readers.retire(vec![old], Barrier);
    }

    fn dropped(&self) -> Vec<usize> {
        self.memory.iter().map(|memory| memory.dropped.load(Relaxed)).collect()
    }
}

/// A thread that reads so many times.
fn reads(shared: &Arc<Shared>, times: u64) -> thread::JoinHandle<()> {
    let shared = Arc::clone(shared);
    let reader = shared.readers.add();
    thread::spawn(move || {
        let mut last = 0;
        for number in 1..=times {
            let now = shared.read(&reader, number);
            assert!(now >= last, "an old value after a new one");
            last = now;
        }
    })
}

#[test]
fn a_value_goes_when_its_last_reader_has_gone() {
    crate::handler::check(|| {
        let shared = Shared::new(2);
        let threads = [reads(&shared, 1), reads(&shared, 1)];
        shared.replace(1);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(shared.dropped(), [1, 0]);
    });
}

#[test]
fn each_of_several_values_goes() {
    crate::handler::check(|| {
        let shared = Shared::new(3);
        let thread = reads(&shared, 2);
        shared.replace(1);
        shared.replace(2);
        thread.join().unwrap();
        assert_eq!(shared.dropped(), [1, 1, 0]);
    });
}
