//! Levels, handlers and filters change while eight threads log a million records.
//!
//! `FERROLOG_TEST_RECORDS` sets another number of records.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ferrolog::{
    Emit, Event, Filter, Handler, Level, Logger, Manager, NullHandler, Record, Result, Value,
};

const THREADS: usize = 8;

fn records_per_thread() -> usize {
    let records = std::env::var("FERROLOG_TEST_RECORDS").map_or(1_000_000, |text| {
        text.parse().expect("FERROLOG_TEST_RECORDS is a number of records")
    });
    records / THREADS
}

/// Notes which records it got, and how often it was wrong.
struct Check {
    /// For each thread, which of its records came.
    seen: Vec<Vec<bool>>,
    twice: usize,
    /// Set once the removal of this handler has returned.
    removed: Arc<AtomicBool>,
    after_removal: usize,
}

impl Check {
    fn new(records: usize) -> (Handler<Self>, Arc<AtomicBool>) {
        let removed = Arc::new(AtomicBool::new(false));
        let check = Self {
            seen: vec![vec![false; records]; THREADS],
            twice: 0,
            removed: Arc::clone(&removed),
            after_removal: 0,
        };
        (Handler::new(check), removed)
    }
}

impl Emit for Check {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        let number = |key| match event.record().extra(key) {
            Some(Value::UInt(n)) => n as usize,
            other => panic!("{key} is {other:?}"),
        };
        let seen = &mut self.seen[number("thread")][number("n")];
        self.twice += usize::from(std::mem::replace(seen, true));
        self.after_removal += usize::from(self.removed.load(Ordering::SeqCst));
        Ok(())
    }

    fn wants_text(&self) -> bool {
        false
    }
}

/// The threads that log; to loggers at different depths.
fn log_all(loggers: &[Logger], running: &AtomicUsize, records: usize) {
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let logger = loggers[thread % loggers.len()].clone();
            scope.spawn(move || {
                for n in 0..records {
                    ferrolog::warning!(logger, "record {n}"; thread, n);
                    ferrolog::debug!(logger, "now and then"; thread, n);
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
}

#[test]
fn nothing_is_lost_or_doubled_or_written_after_removal() {
    let records = records_per_thread();
    let manager = Manager::new();
    let root = manager.root();
    let parent = manager.get_logger("a");
    let loggers = [parent.clone(), manager.get_logger("a.b"), manager.get_logger("a.b.c.d")];
    // This one is never removed and sees each warning exactly once, whatever else happens.
    let (kept, _) = Check::new(records);
    kept.set_level(Level::WARNING);
    root.add_handler(&kept);
    let running = AtomicUsize::new(THREADS);
    let mut rounds = 0_usize;
    let mut came_and_went = 0;
    let mut removals: Vec<Handler<Check>> = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| log_all(&loggers, &running, records));
        while running.load(Ordering::SeqCst) > 0 {
            rounds += 1;
            let target = &loggers[rounds % loggers.len()];
            let (passing, removed) = Check::new(records);
            passing.set_level(Level::WARNING);
            let filter = Filter::new(|record: &Record<'_>| record.level() >= Level::DEBUG);
            match rounds % 4 {
                0 => target.add_handler(&passing),
                1 => root.set_handlers([passing.to_dyn(), kept.to_dyn()]),
                2 => parent.set_handlers([&passing]),
                _ => {
                    parent.add_handler(NullHandler);
                    target.add_handler(&passing);
                }
            }
            kept.add_filter(filter.clone());
            target.add_filter(filter.clone());
            target.set_level([Level::DEBUG, Level::INFO, Level::NOTSET][rounds % 3]);
            manager.disable([Level::NOTSET, Level::DEBUG][rounds % 2]);
            std::thread::yield_now();
            // While it is here, it gets what comes.
            if rounds.is_multiple_of(16) {
                let before = passing.counts().delivered;
                while passing.counts().delivered == before && running.load(Ordering::SeqCst) > 0 {
                    std::thread::yield_now();
                }
            }
            root.set_handlers([&kept]);
            parent.set_handlers([NullHandler; 0]);
            target.remove_handler(&passing);
            removed.store(true, Ordering::SeqCst);
            kept.remove_filter(&filter);
            target.remove_filter(&filter);
            let check = passing.lock();
            assert_eq!((check.twice, check.after_removal), (0, 0), "round {rounds}");
            came_and_went += usize::from(passing.counts().delivered > 0);
            drop(check);
            removals.push(passing.clone());
            if removals.len() > 8 {
                let old = removals.remove(0);
                let check = old.lock();
                assert_eq!((check.twice, check.after_removal), (0, 0), "before round {rounds}");
            }
        }
    });
    let check = kept.lock();
    let seen = check.seen.iter().flatten().filter(|seen| **seen).count();
    assert_eq!((seen, check.twice), (records * THREADS, 0));
    assert_eq!(kept.counts().delivered, (records * THREADS) as u64);
    assert_eq!((kept.counts().failed, kept.counts().dropped), (0, 0));
    println!(
        "{} records, {rounds} rounds of changes, {came_and_went} handlers came and went",
        seen
    );
    assert!(came_and_went > 10, "{rounds} rounds, {came_and_went} handlers heard anything");
}
