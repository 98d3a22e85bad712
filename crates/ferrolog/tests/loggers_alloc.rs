//! An enabled record allocates nothing once warm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ferrolog::{FileHandler, Formatter, Level, LoggerAdapter, context};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending counts no more.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

// SAFETY: each method passes its arguments on to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`; the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`; the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(f: impl Fn()) -> usize {
    for _ in 0..10 {
        f();
    }
    let before = ALLOCATIONS.get();
    for _ in 0..1000 {
        f();
    }
    ALLOCATIONS.get() - before
}

#[test]
fn a_warm_record_allocates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let handler = FileHandler::new(folder.path().join("a.log")).unwrap().with_formatter(
        Formatter::new("%(asctime)s %(levelname)-8s %(name)s %(message)s %(user)s %(n)05d")
            .unwrap(),
    );
    let logger = ferrolog::get_logger("alloc");
    logger.set_propagate(false);
    logger.set_level(Level::INFO);
    logger.add_handler(&handler);
    let log = || {
        ferrolog::info!(logger, "{} took {:?}", "request", 12.5;
            user = "ann", n = 7, ratio = 0.25, ok = true, nothing = None::<i32>);
    };
    assert_eq!(allocations(log), 0, "plain");

    let entered = context!(request = 9).enter();
    assert_eq!(allocations(log), 0, "with a context");
    drop(entered);

    let adapter = LoggerAdapter::new(&logger, context!(user = "ann", n = 7));
    assert_eq!(allocations(|| ferrolog::info!(adapter, "{}", 1)), 0, "through an adapter");

    logger.set_level(Level::ERROR);
    assert_eq!(allocations(|| ferrolog::info!(logger, "{}", "disabled"; n = 1)), 0, "disabled");
    assert!(handler.counts().failed == 0 && handler.counts().delivered > 3000);

    #[cfg(feature = "log")]
    {
        ferrolog::bridge::log::init().unwrap();
        logger.set_level(Level::INFO);
        let bridged = || {
            log::info!(target: "alloc", user = "ann", n = 7, ratio = 0.5, who:% = 'c'; "from {}", "log");
        };
        assert_eq!(allocations(bridged), 0, "through log");
        assert_eq!(handler.counts().failed, 0);
    }
}
