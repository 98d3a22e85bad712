//! Values that are replaced while others read them (`published/readers.rs`).

use std::sync::Mutex;
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
    /// The memory of each value, by the value's address.
    memory: Vec<(usize, Arc<Memory>)>,
    /// The address of the one that is there.
    current: AtomicUsize,
    /// Those that are there, or will be.
    values: Mutex<Vec<Replaced>>,
}

impl Shared {
    fn new(values: usize) -> Arc<Self> {
        let memory: Vec<_> = (0..values)
            .map(|_| Arc::new(Memory { cell: UnsafeCell::new(()), dropped: Count::new(0) }))
            .collect();
        let values: Vec<Replaced> =
            memory.iter().map(|memory| Arc::new(Value(Arc::clone(memory))) as Replaced).collect();
        let address = |value: &Replaced| Arc::as_ptr(value).cast::<()>().addr();
        Arc::new(Self {
            readers: Readers::default(),
            current: AtomicUsize::new(address(&values[0])),
            memory: values.iter().map(address).zip(memory).collect(),
            values: Mutex::new(values),
        })
    }

    /// As `Published::with`: the number of the value that was read.
    fn read(&self, reader: &Reader) -> usize {
        let value = reader.begin(0, Barrier, || self.current.load(Ordering::Acquire));
        let number = self.memory.iter().position(|(address, _)| *address == value).unwrap();
        self.memory[number].1.cell.with(|_| ());
        if reader.end(0, Barrier) {
            self.readers.give_up(Barrier);
        }
        number
    }

    /// As `Published::replace`: puts the next value there.
    fn replace(&self) {
        let old = self.values.lock().unwrap().remove(0);
        let new = Arc::as_ptr(&self.values.lock().unwrap()[0]).cast::<()>().addr();
        self.current.swap(new, Ordering::AcqRel);
        self.readers.retire(vec![old], Barrier);
    }

    fn dropped(&self) -> Vec<usize> {
        self.memory.iter().map(|(_, memory)| memory.dropped.load(Relaxed)).collect()
    }
}

/// A thread that reads so many times.
fn reads(shared: &Arc<Shared>, times: usize) -> thread::JoinHandle<()> {
    let shared = Arc::clone(shared);
    let reader = shared.readers.add();
    thread::spawn(move || {
        let mut last = 0;
        for _ in 0..times {
            let now = shared.read(&reader);
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
        shared.replace();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(shared.dropped(), [1, 0]);
    });
}

#[test]
fn each_of_several_values_goes() {
    crate::handler::check(|| {
        let shared = Shared::new(3);
        let thread = reads(&shared, 2);
        shared.replace();
        shared.replace();
        thread.join().unwrap();
        assert_eq!(shared.dropped(), [1, 1, 0]);
    });
}
