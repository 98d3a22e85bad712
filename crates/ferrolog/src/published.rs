//! Values that each record reads and that are seldom replaced: the handlers on its way, their settings.
//!
//! Who reads one says so in a place that belongs to its thread alone, takes no lock, and on Linux needs no locked
//! instruction. Who replaces one waits for nobody: what was replaced is dropped by the last that reads it. Such places
//! are known as hazard pointers (Michael, *Hazard Pointers*, IEEE TPDS 2004), here with a system call of who replaces
//! instead of the readers' barriers.

mod readers;

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use self::readers::{Reader, Readers, Replaced, SLOTS};
use crate::barrier::Barrier;
use crate::fork;
use crate::once::{LazyLock, Once};

/// A value that is read while others replace it.
pub(crate) struct Published<T: Send + Sync + 'static> {
    /// Of an `Arc` that is this one's.
    current: AtomicPtr<T>,
}

/// Values that have been replaced. When this is dropped, each is given up as soon as nobody reads it any more.
#[derive(Default)]
pub(crate) struct Retired(Vec<Replaced>);

/// All readers of the process; a fork waits until nobody has their lock.
fn readers() -> &'static Readers {
    static READERS: LazyLock<Readers> = LazyLock::new(Readers::default);
    static AT_FORK: Once = Once::new();
    AT_FORK.call_once(|| {
        fork::register_static(READERS.lock_at_fork(), |state| state.keep_only(READER.get()));
    });
    &READERS
}

/// This thread, as a reader.
struct Here {
    reader: Arc<Reader>,
    barrier: Barrier,
    /// How many values it reads, one inside the other.
    depth: Cell<usize>,
}

thread_local! {
    static HERE: Here = Here::new();
    /// The reader of this thread, if there is one: known also where [`HERE`] is not to be made.
    static READER: Cell<*const Reader> = const { Cell::new(std::ptr::null()) };
}

/// While one lives, the value that it was made for stays.
struct Reading {
    /// Of this thread.
    here: *const Here,
}

impl Here {
    fn new() -> Self {
        let reader = readers().add();
        READER.set(Arc::as_ptr(&reader));
        Self { reader, barrier: Barrier::of_process(), depth: Cell::new(0) }
    }

    /// Begins to read the value that `current` points to, if there is a place left for that.
    #[inline(always)]
    fn begin<T>(&self, current: &AtomicPtr<T>) -> Option<(Reading, *const T)> {
        let depth = self.depth.get();
        if depth >= SLOTS {
            return None;
        }
        let value = Cell::new(std::ptr::null_mut());
        let load = || {
            value.set(current.load(Ordering::Acquire));
            value.get().addr()
        };
        self.depth.set(depth + 1);
        self.reader.begin(depth, self.barrier, load);
        Some((Reading { here: self }, value.get()))
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        READER.set(std::ptr::null());
        readers().remove(&self.reader);
    }
}

impl Drop for Reading {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: it was made from this thread's, which lives until the thread ends, and this one cannot leave the
        // thread.
        let here = unsafe { &*self.here };
        let depth = here.depth.get() - 1;
        here.depth.set(depth);
        if here.reader.end(depth, here.barrier) {
            readers().give_up(here.barrier);
        }
    }
}

impl<T: Send + Sync + 'static> Published<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self { current: AtomicPtr::new(Arc::into_raw(value).cast_mut()) }
    }

    /// Calls `f` with the value as it is now, which stays until `f` returns.
    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let kept;
        let reading = self.begin();
        // One call of `f` for both, so that it can stand here as a whole.
        f(match &reading {
            // SAFETY: it points to the value of an `Arc`, this one's until it is replaced. If it is, that is retired,
            // and not dropped as long as the reading lives.
            Some((_, value)) => unsafe { &**value },
            None => {
                kept = self.load_without_place();
                &kept
            }
        })
    }

    /// The value as it is now.
    pub(crate) fn load(&self) -> Arc<T> {
        match self.begin() {
            // SAFETY: as in `with`.
            Some((_reading, value)) => unsafe { another(value) },
            None => self.load_without_place(),
        }
    }

    /// Nothing, where the thread is ending, or is inside so many readings that there is no place left.
    #[inline(always)]
    fn begin(&self) -> Option<(Reading, *const T)> {
        HERE.try_with(|here| here.begin(&self.current)).ok().flatten()
    }

    #[cold]
    fn load_without_place(&self) -> Arc<T> {
        readers().while_all_stay(|| {
            // SAFETY: it points to the value of an `Arc`, this one's or one that was replaced just now, and those
            // are not dropped meanwhile.
            unsafe { another(self.current.load(Ordering::Acquire)) }
        })
    }

    /// Puts `value` in the place of the one that is there.
    pub(crate) fn replace(&self, value: Arc<T>, retired: &mut Retired) {
        let old = self.current.swap(Arc::into_raw(value).cast_mut(), Ordering::AcqRel);
        // SAFETY: it came from an `Arc` that was this one's.
        retired.add(unsafe { Arc::from_raw(old) });
    }

    /// Puts in the place of the value what `change` makes of it. That is called again, if another is put there
    /// meanwhile.
    pub(crate) fn update(&self, change: impl Fn(&T) -> T) {
        loop {
            let old = self.load();
            let new = Arc::into_raw(Arc::new(change(&old))).cast_mut();
            // The address is no other value's, as the old one is held here.
            let exchanged = self.current.compare_exchange(
                Arc::as_ptr(&old).cast_mut(),
                new,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            match exchanged {
                // SAFETY: it came from an `Arc` that was this one's.
                Ok(old) => return Retired::default().add(unsafe { Arc::from_raw(old) }),
                // SAFETY: it was made above, and nobody has seen it.
                Err(_) => drop(unsafe { Arc::from_raw(new) }),
            }
        }
    }
}

/// One more `Arc` of a value.
///
/// # Safety
///
/// `value` is that of an `Arc` which lives meanwhile.
unsafe fn another<T>(value: *const T) -> Arc<T> {
    // SAFETY: as the caller says.
    unsafe {
        Arc::increment_strong_count(value);
        Arc::from_raw(value)
    }
}

impl<T: Send + Sync + 'static> Drop for Published<T> {
    fn drop(&mut self) {
        // SAFETY: it came from an `Arc` that was this one's, and nobody reads it, as this is not borrowed.
        drop(unsafe { Arc::from_raw(*self.current.get_mut()) });
    }
}

impl Retired {
    fn add<T: Send + Sync + 'static>(&mut self, value: Arc<T>) {
        let value: Replaced = value;
        // Many loggers have one route.
        if !self.0.last().is_some_and(|last| Arc::ptr_eq(last, &value)) {
            self.0.push(value);
        }
    }
}

impl Drop for Retired {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            readers().retire(std::mem::take(&mut self.0), Barrier::of_process());
        }
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Published<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|value| value.fmt(f))
    }
}

#[cfg(test)]
mod tests;
