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
use crate::error::{Error, Result};
use crate::sync::{
    AtomicBool, AtomicPtr, AtomicUsize, MODEL, Ordering, sleep, spin_loop, yield_now,
};

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
    /// How often this process has been forked off another: see [`Crowd::forget`].
    forgotten: AtomicUsize,
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
    /// Which of them failed, and why.
    failures: Vec<(usize, Error)>,
}

thread_local! {
    /// The memory of this thread's last batch.
    static BATCH: Cell<Batch> = const {
        Cell::new(Batch {
            text: String::new(),
            ends: Vec::new(),
            taken: Vec::new(),
            failures: Vec::new(),
        })
    };
}

impl Crowd {
    /// Forgets, in the child of a fork, those who waited in the parent: also those that this thread was just writing for,
    /// if it forked meanwhile. The places where they wait are no longer theirs.
    pub(super) fn forget(&self) {
        self.last.store(std::ptr::null_mut(), Ordering::Relaxed);
        self.forgotten.fetch_add(1, Ordering::Relaxed);
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
                self.write_with(Some(&left), &mut *guard, &inner.counts);
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
        self.leave(&own);
        self.write_with(Some(&own), emit, counts);
        own.outcome.into_inner()
    }

    /// Writes for those that wait now. `emit` is that of the lock, which this thread has.
    pub(super) fn write<T: ?Sized + Emit>(&self, emit: &mut T, counts: &Counters) {
        if self.any() {
            self.write_with(None, emit, counts);
        }
    }

    /// Writes for all that are left, of which one may be this thread's `own`.
    fn write_with<T: ?Sized + Emit>(
        &self,
        own: Option<&Left<'_>>,
        emit: &mut T,
        counts: &Counters,
    ) {
        // A thread that is ending has nowhere to keep it.
        let mut batch = BATCH.try_with(Cell::take).unwrap_or_default();
        let mut last = self.last.swap(std::ptr::null_mut(), Ordering::Acquire);
        // SAFETY: the thread that left it does not go away from it until it is told, and nobody else has taken it.
        while let Some(taken) = unsafe { Taken::new(last) } {
            last = taken.before();
            batch.taken.push(taken);
        }
        batch.taken.reverse();
        batch.add_lines();
        if !batch.ends.is_empty() {
            let forgotten = self.forgotten.load(Ordering::Relaxed);
            let outcome = batch.write(emit);
            if self.forgotten.load(Ordering::Relaxed) != forgotten {
                batch.leave_alone_all_but(own);
            }
            batch.tell(outcome, counts);
        }
        batch.text.clear();
        batch.ends.clear();
        batch.failures.clear();
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
struct Taken(Option<NonNull<Left<'static>>>);

impl Taken {
    /// What is at `left`, if that is anything.
    ///
    /// # Safety
    ///
    /// It has to be there until this is dropped or [left alone](Self::leave_alone), and to be taken once.
    unsafe fn new(left: *mut Left<'static>) -> Option<Self> {
        NonNull::new(left).map(|left| Self(Some(left)))
    }

    /// Never touches it again.
    fn leave_alone(&mut self) {
        self.0 = None;
    }

    fn is(&self, left: &Left<'_>) -> bool {
        self.0.is_some_and(|this| this.as_ptr() == left.as_ptr())
    }

    /// The one that was left before it.
    fn before(&self) -> *mut Left<'static> {
        self.left().map_or(std::ptr::null_mut(), |left| left.before.get())
    }

    fn left(&self) -> Option<&Left<'static>> {
        // SAFETY: it is there, and is not changed but by `Taken::set`.
        self.0.map(|left| unsafe { left.as_ref() })
    }

    /// The line, unless the handler has been taken off its logger.
    fn line(&self) -> Option<&str> {
        let Left { line, attached, .. } = self.left()?;
        attached.is_none_or(|attached| attached.load(Ordering::Acquire)).then_some(line)
    }

    /// Says what became of it.
    fn set(&mut self, outcome: Joined) {
        if let Some(left) = self.left() {
            // SAFETY: the thread that left it looks when this has been dropped.
            unsafe { *left.outcome.get() = outcome };
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(is_clear) = self.left().map(|left| &raw const left.is_clear) else { return };
        // SAFETY: it is there until this is stored. It may be gone as soon as that is, so that there is no reference to
        // more of it.
        unsafe { (*is_clear).store(true, Ordering::Release) };
    }
}

/// What became of the lines of a batch: how many were delivered, or why none counts as that.
type Outcome = Result<u64>;

impl Batch {
    /// Puts the lines together that are still wanted.
    fn add_lines(&mut self) {
        let Self { text, ends, taken, .. } = self;
        taken.retain_mut(|taken| {
            let Some(line) = taken.line() else {
                taken.set(Joined::Detached);
                return false;
            };
            text.push_str(line);
            ends.push(text.len());
            true
        });
    }

    /// Writes the lines.
    fn write<T: ?Sized + Emit>(&mut self, emit: &mut T) -> Outcome {
        let Self { text, ends, failures, .. } = self;
        caught(|| {
            let lines = lines_of(emit)?;
            Ok(emit_all(lines, text, ends, |index, error| failures.push((index, error))))
        })
    }

    /// Never touches any of them again but this thread's `own`.
    fn leave_alone_all_but(&mut self, own: Option<&Left<'_>>) {
        let others = self.taken.iter_mut().filter(|taken| own.is_none_or(|own| !taken.is(own)));
        others.for_each(Taken::leave_alone);
    }

    /// Counts the lines that were delivered, and tells each thread what became of its own.
    fn tell(&mut self, outcome: Outcome, counts: &Counters) {
        match outcome {
            Ok(delivered) => {
                counts.delivered(delivered);
                for (index, error) in self.failures.drain(..) {
                    self.taken[index].set(Joined::Failed(error));
                }
            }
            Err(error) => {
                // Which lines it has taken before, a handler that panics does not say.
                let message = error.to_string();
                self.taken
                    .iter_mut()
                    .for_each(|taken| taken.set(Joined::Failed(invalid(&message))));
            }
        }
    }
}

fn invalid(message: &str) -> Error {
    Error::Invalid(message.to_owned())
}

/// What takes the lines, of a handler that did so when it was made.
pub(super) fn lines_of<T: ?Sized + Emit>(emit: &mut T) -> Result<&mut dyn EmitLines> {
    emit.as_lines().ok_or_else(|| invalid("it no longer takes lines"))
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
