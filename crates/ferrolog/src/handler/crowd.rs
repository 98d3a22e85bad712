//! Threads that log to one handler at the same time.
//!
//! A thread that finds the handler's lock taken leaves its line here, and the thread that has the lock writes it
//! together with its own next one, in one write. Each waits until its own line has been written, and gets its own
//! error: that it was another thread which wrote shows in nothing. So several threads need fewer writes than records,
//! and as it mostly is one and the same thread that writes, the file stays with one processor.
//!
//! That one thread does what several ask for is known as flat combining (Hendler, Incze, Shavit, Tzafrir, *Flat
//! Combining and the Synchronization-Parallelism Tradeoff*, 2010).

use std::cell::{Cell, UnsafeCell};
use std::ptr::NonNull;
use std::time::Duration;

use super::counts::Counters;
use super::lines::{EmitLines, emit_all};
use super::{Emit, Inner, KEPT_CAPACITY, caught};
use crate::error::Error;
use crate::sync::{AtomicBool, AtomicPtr, MODEL, Ordering, sleep, spin_loop, yield_now};

/// How often a thread that waits looks before it naps between looks; and how often without giving others its processor,
/// which takes as long as a write or two. Where there are more threads than processors, those bring more lines for the
/// next write meanwhile.
const LOOKS_AWAKE: u32 = if MODEL { 0 } else { 240 };
const LOOKS_ALONE: u32 = if MODEL { 0 } else { 200 };
/// How many looks there are, of a thread that is alone, between two attempts to have the lock. They are few: between two
/// of its records the thread that wrote last leaves the lock free, and should find it so again.
const LOOKS_AN_ATTEMPT: u32 = 64;
/// How long the first nap is, and how long each is at most. They grow with the time that it takes, so that a look comes
/// late by no more than a part of that.
const NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(5);

/// Those who wait until their lines have been written.
#[derive(Default)]
pub(super) struct Crowd {
    /// The last that was left, which knows the one before.
    last: AtomicPtr<Left<'static>>,
}

/// A line that was left to another thread. Its place is where the thread waits that left it.
#[repr(align(64))]
struct Left<'l> {
    line: &'l str,
    attached: Option<&'l AtomicBool>,
    /// The one that was left before. It is set before others can see this one.
    before: Cell<*mut Left<'static>>,
    /// What became of it, as soon as that is clear.
    outcome: UnsafeCell<Joined>,
    is_clear: AtomicBool,
}

/// What became of a line that was left to another thread.
pub(super) enum Joined {
    /// It was delivered, and counted.
    Delivered,
    /// It was not, as the handler has been taken off the logger.
    Detached,
    Failed(Error),
}

/// The lines that are written together.
#[derive(Default)]
struct Batch {
    text: String,
    ends: Vec<usize>,
    taken: Vec<Taken>,
}

thread_local! {
    /// The memory of this thread's last batch.
    static BATCH: Cell<Batch> = const {
        Cell::new(Batch { text: String::new(), ends: Vec::new(), taken: Vec::new() })
    };
}

impl Crowd {
    /// Forgets, in the child of a fork, those who waited in the parent.
    pub(super) fn forget(&self) {
        self.last.store(std::ptr::null_mut(), Ordering::Relaxed);
    }

    /// Whether anybody waits.
    #[inline]
    pub(super) fn any(&self) -> bool {
        !self.last.load(Ordering::Relaxed).is_null()
    }

    /// Leaves `line` to the thread that has the lock, and waits until it has been written.
    pub(super) fn join<T: ?Sized + Emit>(
        &self,
        inner: &Inner<T>,
        line: &str,
        attached: Option<&AtomicBool>,
    ) -> Joined {
        if let Err(error) = inner.check_kept() {
            return Joined::Failed(error);
        }
        let left = Left::new(line, attached);
        let waits = Waits(&left);
        self.leave(&left);
        let (mut looks, mut nap) = (0, NAP);
        while !left.is_clear() {
            looks += 1;
            let alone = looks <= LOOKS_ALONE;
            if (!alone || looks % LOOKS_AN_ATTEMPT == 0)
                && let Some(mut guard) = inner.try_lock()
            {
                self.write(&mut *guard, &inner.counts);
            } else if alone {
                spin_loop();
            } else if looks <= LOOKS_AWAKE {
                yield_now();
            } else {
                looks = LOOKS_AWAKE;
                sleep(nap);
                nap = LONGEST_NAP.min(nap + nap / 4);
            }
        }
        drop(waits);
        left.outcome.into_inner()
    }

    /// Shows `left` to who has the lock.
    fn leave(&self, left: &Left<'_>) {
        let this = left.as_ptr();
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            left.before.set(last);
            match self.last.compare_exchange_weak(last, this, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(other) => last = other,
            }
        }
    }

    /// Delivers `line` together with those that wait. `emit` is that of the lock, which this thread has.
    pub(super) fn lead<T: ?Sized + Emit>(
        &self,
        emit: &mut T,
        counts: &Counters,
        line: &str,
        attached: Option<&AtomicBool>,
    ) -> Joined {
        let own = Left::new(line, attached);
        self.write_with(Some(&own), emit, counts);
        own.outcome.into_inner()
    }

    /// Writes for those that wait now. `emit` is that of the lock, which this thread has.
    pub(super) fn write<T: ?Sized + Emit>(&self, emit: &mut T, counts: &Counters) {
        if self.any() {
            self.write_with(None, emit, counts);
        }
    }

    fn write_with<T: ?Sized + Emit>(
        &self,
        own: Option<&Left<'_>>,
        emit: &mut T,
        counts: &Counters,
    ) {
        // A thread that is ending has nowhere to keep it.
        let mut batch = BATCH.try_with(Cell::take).unwrap_or_default();
        // SAFETY: it is there until this returns, and the batch is empty by then.
        batch.taken.extend(own.and_then(|own| unsafe { Taken::new(own.as_ptr()) }));
        let first = batch.taken.len();
        let mut last = self.last.swap(std::ptr::null_mut(), Ordering::Acquire);
        // SAFETY: the thread that left it does not go away from it until it is concluded, and nobody else has taken it.
        while let Some(taken) = unsafe { Taken::new(last) } {
            last = taken.left().before.get();
            batch.taken.push(taken);
        }
        batch.taken[first..].reverse();
        batch.write(emit, counts);
        batch.text.clear();
        batch.ends.clear();
        batch.taken.clear();
        if batch.text.capacity() <= KEPT_CAPACITY {
            let _ = BATCH.try_with(|kept| kept.set(batch));
        }
    }
}

impl<'l> Left<'l> {
    fn new(line: &'l str, attached: Option<&'l AtomicBool>) -> Self {
        Self {
            line,
            attached,
            before: Cell::new(std::ptr::null_mut()),
            outcome: UnsafeCell::new(Joined::Delivered),
            is_clear: AtomicBool::new(false),
        }
    }

    /// Where it is, for those who know how long.
    fn as_ptr(&self) -> *mut Left<'static> {
        std::ptr::from_ref(self).cast::<Left<'static>>().cast_mut()
    }

    fn is_clear(&self) -> bool {
        self.is_clear.load(Ordering::Acquire)
    }
}

/// Sees to it that nobody goes away from a line that another thread may be writing.
struct Waits<'w>(&'w Left<'w>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if !self.0.is_clear() {
            // A panic came through the wait, where none can arise: what is foreign is called with panics caught.
            std::process::abort();
        }
    }
}

/// A line that the thread which has this writes. When it is dropped, the thread that left the line goes on.
struct Taken(NonNull<Left<'static>>);

impl Taken {
    /// What is at `left`, if that is anything.
    ///
    /// # Safety
    ///
    /// It has to be there until this is dropped, and to be taken once.
    unsafe fn new(left: *mut Left<'static>) -> Option<Self> {
        NonNull::new(left).map(Self)
    }

    fn left(&self) -> &Left<'static> {
        // SAFETY: it is there, and is not changed but by `Taken::set`.
        unsafe { self.0.as_ref() }
    }

    fn is_wanted(&self) -> bool {
        self.left().attached.is_none_or(|attached| attached.load(Ordering::Acquire))
    }

    /// Says what became of it.
    fn set(&mut self, outcome: Joined) {
        // SAFETY: the thread that left it looks when this has been dropped.
        unsafe { *self.left().outcome.get() = outcome };
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let is_clear: *const AtomicBool = &raw const self.left().is_clear;
        // SAFETY: it is there until this is stored. It may be gone as soon as that is, so that there is no reference to
        // more of it.
        unsafe { (*is_clear).store(true, Ordering::Release) };
    }
}

impl Batch {
    /// Writes the lines that were taken, counts those that were delivered, and says what became of each.
    fn write<T: ?Sized + Emit>(&mut self, emit: &mut T, counts: &Counters) {
        let Self { text, ends, taken } = self;
        taken.retain_mut(|taken| {
            let is_wanted = taken.is_wanted();
            if is_wanted {
                text.push_str(taken.left().line);
                ends.push(text.len());
            } else {
                taken.set(Joined::Detached);
            }
            is_wanted
        });
        if ends.is_empty() {
            return;
        }
        let written = caught(|| {
            let lines = emit.as_lines().ok_or_else(|| invalid("it no longer takes lines"))?;
            Ok(emit_all(lines, text, ends, |index, error| taken[index].set(Joined::Failed(error))))
        });
        match written {
            Ok(delivered) => counts.delivered(delivered),
            Err(error) => {
                // Which lines it has taken before, a handler that panics does not say.
                let message = error.to_string();
                taken.iter_mut().for_each(|taken| taken.set(Joined::Failed(invalid(&message))));
            }
        }
    }
}

fn invalid(message: &str) -> Error {
    Error::Invalid(message.to_owned())
}

/// Where a handler takes lines, what is said of it in the file's head.
pub(super) fn of<T: Emit>(emit: &mut T) -> Option<Crowd> {
    let takes_lines: Option<&mut dyn EmitLines> = emit.as_lines();
    takes_lines.map(|_| Crowd::default())
}

impl Joined {
    pub(super) fn into_failure(self) -> Option<Box<Error>> {
        match self {
            Self::Delivered | Self::Detached => None,
            Self::Failed(error) => Some(Box::new(error)),
        }
    }
}
