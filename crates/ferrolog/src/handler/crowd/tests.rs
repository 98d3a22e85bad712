//! In a file of its own, as the model checker compiles the other.

#[cfg(not(miri))]
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::{Emit, EmitLines, Error, Event, Handler, Level, Lines, Record, Result};

/// Keeps lines, and takes a while for that; refuses those that begin with an `x`, and panics over those that begin with
/// a `p`.
#[derive(Clone, Default)]
struct Picky(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    /// How many lines came at once.
    together: Vec<usize>,
    takes_no_lines: bool,
}

impl Picky {
    fn seen<R>(&self, f: impl FnOnce(&mut Seen) -> R) -> R {
        f(&mut self.0.lock().unwrap())
    }

    fn has(&self, line: &str) -> usize {
        self.seen(|seen| seen.lines.iter().filter(|known| *known == line).count())
    }
}

impl Emit for Picky {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.emit_lines(Lines::new(event.line(), &[event.line().len()])).map_err(|(_, error)| error)
    }

    fn as_lines(&mut self) -> Option<&mut dyn EmitLines> {
        let takes_lines = !self.seen(|seen| seen.takes_no_lines);
        takes_lines.then_some(self)
    }
}

impl EmitLines for Picky {
    fn emit_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
        thread::sleep(Duration::from_micros(200));
        self.seen(|seen| seen.together.push(lines.len()));
        for (index, line) in lines.iter().enumerate() {
            match line.as_bytes()[0] {
                b'x' => return Err((index, Error::Invalid(line.to_owned()))),
                b'p' => panic!("over {line:?}"),
                _ => self.seen(|seen| seen.lines.push(line.trim_end().to_owned())),
            }
        }
        Ok(())
    }
}

const THREADS: usize = 4;
const EACH: usize = if cfg!(miri) { 8 } else { 200 };

/// Has each thread log its lines, and calls `check` behind each of them. The lines that failed, as their threads were told,
/// and how many were delivered.
fn log(
    picky: &Picky,
    line: impl Fn(usize, usize) -> String + Sync,
    check: impl Fn(&str) + Sync,
) -> (Vec<String>, u64) {
    let handler = Handler::new(picky.clone());
    let failed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&failed);
    handler.set_error_hook(move |error, record, _| {
        let line = record.expect("it is a record's error").message().to_string();
        assert!(!line.starts_with('x') || error.to_string().contains(&line), "{line}: {error}");
        seen.lock().unwrap().push((line, thread::current().id()));
    });
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (handler, failed, line, check) = (&handler, &failed, &line, &check);
            scope.spawn(move || {
                for n in 0..EACH {
                    let line = line(thread, n);
                    let before = failed.lock().unwrap().len();
                    handler.handle(&Record::new("crowd", Level::INFO, &line));
                    let told: Vec<_> = failed.lock().unwrap()[before..].to_vec();
                    let own = (line.clone(), thread::current().id());
                    assert_eq!(told.contains(&own), picky.has(&line) == 0, "{line}");
                    check(&line);
                }
            });
        }
    });
    let counts = handler.counts();
    assert_eq!(counts.emitted(), (THREADS * EACH) as u64);
    let failed: Vec<_> = failed.lock().unwrap().iter().map(|(line, _)| line.clone()).collect();
    assert_eq!(counts.failed, failed.len() as u64);
    (failed, counts.delivered)
}

#[test]
fn each_line_is_written_once_and_each_error_is_its_own() {
    let picky = Picky::default();
    let bad = |thread: usize, n: usize| (thread + n).is_multiple_of(3);
    let line = |thread, n| format!("{} {thread} {n}", if bad(thread, n) { "x" } else { "good" });
    let (failed, delivered) = log(&picky, line, |line| {
        assert_eq!(picky.has(line), usize::from(line.starts_with("good")), "{line}");
    });
    assert!(failed.iter().all(|line| line.starts_with('x')));
    assert_eq!(delivered as usize + failed.len(), THREADS * EACH);
    let (lines, together) = picky.seen(|seen| (seen.lines.clone(), seen.together.clone()));
    for thread in 0..THREADS {
        let prefix = format!("good {thread} ");
        let own = lines.iter().filter_map(|line| line.strip_prefix(&prefix)?.parse::<usize>().ok());
        assert!(own.eq((0..EACH).filter(|n| !bad(thread, *n))), "thread {thread}");
    }
    assert!(together.iter().any(|count| *count > 1), "{together:?}");
}

/// Which lines it has taken before, a handler that panics does not say: all that it was given at once fail.
#[test]
fn a_panic_is_told_to_all_whose_lines_were_written_with_it() {
    let picky = Picky::default();
    let handler = Handler::new(picky.clone());
    let failed = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&failed);
    handler.set_error_hook(move |error, _, _| {
        assert!(error.to_string().contains("panicked: over"), "{error}");
        *seen.lock().unwrap() += 1;
    });
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let handler = &handler;
            scope.spawn(move || {
                for n in 0..EACH {
                    let what = if (thread + n).is_multiple_of(5) { "p" } else { "good" };
                    let line = format!("{what} {thread} {n}");
                    handler.handle(&Record::new("crowd", Level::INFO, &line));
                }
            });
        }
    });
    let counts = handler.counts();
    assert_eq!(counts.emitted(), (THREADS * EACH) as u64);
    assert_eq!(counts.failed, *failed.lock().unwrap());
    let bad = (0..THREADS * EACH).filter(|at| (at / EACH + at % EACH).is_multiple_of(5)).count();
    assert!(counts.failed >= bad as u64);
}

/// What was said when the handler was made no longer holds: no record is lost over that without a word.
#[test]
fn a_handler_that_no_longer_takes_lines() {
    let picky = Picky::default();
    let (failed, delivered) = log(
        &picky,
        |thread, n| format!("good {thread} {n}"),
        |_| picky.seen(|seen| seen.takes_no_lines = true),
    );
    assert_eq!(delivered as usize + failed.len(), THREADS * EACH);
}

/// The same, of records that a queue's listener gives it.
#[test]
fn a_handler_that_no_longer_takes_lines_of_a_queue() {
    let picky = Picky::default();
    let handler = Handler::new(picky.clone());
    let failed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&failed);
    handler.set_error_hook(move |error, record, _| {
        assert!(error.to_string().contains("no longer takes lines"), "{error}");
        seen.lock().unwrap().push(record.unwrap().message().to_string());
    });
    picky.seen(|seen| seen.takes_no_lines = true);
    handler.handle_many(2, &|index, take| {
        take(&Record::new("crowd", Level::INFO, ["one", "two"][index]));
    });
    assert_eq!(*failed.lock().unwrap(), ["one", "two"]);
    assert_eq!((handler.counts().failed, handler.counts().delivered), (2, 0));
}

/// The child of a fork by a thread that was just writing for others touches nothing where those wait in the parent.
#[test]
#[cfg(not(miri))]
fn who_was_forgotten_meanwhile_is_left_alone() {
    /// Forgets all, once there are several lines.
    struct Forking(Arc<Mutex<Option<Handler<Self>>>>, mpsc::Sender<usize>);

    impl Emit for Forking {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            let line = event.line();
            self.emit_lines(Lines::new(line, &[line.len()])).map_err(|(_, error)| error)
        }

        fn as_lines(&mut self) -> Option<&mut dyn EmitLines> {
            Some(self)
        }
    }

    impl EmitLines for Forking {
        fn emit_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
            thread::sleep(Duration::from_millis(20));
            let handler = self.0.lock().unwrap().clone().unwrap();
            if lines.len() > 1 {
                handler.0.turn.crowd.as_ref().unwrap().forget();
                self.1.send(lines.len()).unwrap();
                return Err((1, Error::Invalid("of another".to_owned())));
            }
            Ok(())
        }
    }

    let (itself, (tell, told)) = (Arc::default(), mpsc::channel());
    let handler = Handler::new(Forking(Arc::clone(&itself), tell));
    *itself.lock().unwrap() = Some(handler.clone());
    handler.set_error_hook(|_, _, _| {});
    let (returned, returns) = mpsc::channel();
    for thread in 0..THREADS {
        let (handler, returned) = (handler.clone(), returned.clone());
        // Not waited for: those that were forgotten never return, as there is no such thread in a child.
        thread::spawn(move || {
            handler.handle(&Record::new("crowd", Level::INFO, "one"));
            handler.handle(&Record::new("crowd", Level::INFO, "two"));
            returned.send(thread).unwrap();
        });
    }
    let together = told.recv_timeout(Duration::from_secs(20)).unwrap();
    let back =
        (0..THREADS).filter(|_| returns.recv_timeout(Duration::from_millis(200)).is_ok()).count();
    assert!(back < THREADS, "{together} lines at once, and {back} threads came back");
}
