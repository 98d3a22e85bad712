//! Panics in the log. One test: the panic hook is the process's.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use ferrolog::{
    Emit, Event, Filter, Handler, Level, Record, RecordOwned, Result, capture_panics, get_logger,
};

#[derive(Default)]
struct Keep(Vec<RecordOwned>);

impl Emit for Keep {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.0.push(event.record().to_owned());
        Ok(())
    }
}

/// How often the hook that was there before was called.
static BEFORE: AtomicUsize = AtomicUsize::new(0);
/// How often the hook that was put upon ours was called.
static UPON: AtomicUsize = AtomicUsize::new(0);

fn blow_up(message: &'static str) {
    catch_unwind(|| panic!("{message}")).unwrap_err();
}

#[test]
fn panics_are_captured_and_passed_on() {
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        BEFORE.fetch_add(1, Ordering::Relaxed);
    }));
    let kept = Handler::new(Keep::default());
    let logger = get_logger("panic");
    logger.set_propagate(false);
    logger.add_handler(&kept);
    let count = || kept.lock().0.len();

    blow_up("not captured");
    capture_panics(true);
    capture_panics(true);
    let line = line!() + 1;
    let boom = || panic!("no {}", "fuel");
    let worker = std::thread::Builder::new().name("worker".into()).spawn(boom);
    worker.unwrap().join().unwrap_err();
    assert_eq!((count(), BEFORE.load(Ordering::Relaxed)), (1, 2));
    {
        let guard = kept.lock();
        let record = guard.0[0].as_record();
        assert_eq!((record.name(), record.level()), ("panic", Level::ERROR));
        let message = record.message().to_string();
        assert!(message.starts_with("panicked at crates/ferrolog/tests/bridge_panics.rs:"));
        assert!(message.ends_with(": no fuel"), "{message}");
        assert_eq!(record.location().line, line);
        assert_eq!(record.attribute("threadName"), Some("worker".into()));
        let stack = record.stack_info().unwrap();
        let place = stack.lines().nth(2).unwrap();
        assert!(place.contains(&format!("bridge_panics.rs:{line}:")), "{stack}");
        assert!(!stack.contains("__rust_begin_short_backtrace"), "{stack}");
    }

    // What logging itself catches is reported by the handler.
    let broken = Filter::new(|_: &Record<'_>| -> bool { panic!("in a filter") });
    let other = Handler::new(Keep::default());
    other.set_error_hook(|_, _, _| {});
    other.add_filter(broken.clone());
    ferrolog::error!(get_logger("panic.other"), "caught");
    get_logger("panic.other").add_handler(&other);
    ferrolog::error!(get_logger("panic.other"), "caught");
    assert_eq!(count(), 3);

    // A handler that panics over a panic's record does not abort the program.
    logger.add_filter(broken.clone());
    blow_up("twice");
    logger.remove_filter(&broken);
    assert_eq!(count(), 3);

    // A panic of a thread that holds a handler is late, not lost.
    let before = count();
    catch_unwind(|| {
        let _held = kept.lock();
        panic!("holding");
    })
    .unwrap_err();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while count() == before && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(count(), before + 1);

    // Taken back, with another hook upon ours, and on again.
    capture_panics(false);
    blow_up("not captured");
    assert_eq!(count(), 4);
    capture_panics(true);
    let ours = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        UPON.fetch_add(1, Ordering::Relaxed);
        ours(info);
    }));
    capture_panics(false);
    let passed_on = BEFORE.load(Ordering::Relaxed);
    blow_up("not captured");
    capture_panics(true);
    blow_up("captured once");
    capture_panics(false);
    assert_eq!((count(), UPON.load(Ordering::Relaxed)), (5, 2));
    assert_eq!(BEFORE.load(Ordering::Relaxed), passed_on + 2);

    // A disabled logger hears nothing.
    capture_panics(true);
    logger.set_disabled(true);
    blow_up("disabled");
    assert_eq!(count(), 5);
    let _ = std::panic::take_hook();
}
