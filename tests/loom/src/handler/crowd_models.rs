//! Threads that log to one handler at the same time (`handler/crowd.rs`).

use loom::thread;

use super::crowd::{self, Crowd, Joined};
use super::lines::EmitLines;
use super::{Emit, Inner};
use crate::error::{Error, Result};
use crate::sync::{Arc, AtomicBool, Ordering};

/// Keeps lines, and refuses those that begin with an `x`. They are looked at without the handler's lock.
#[derive(Clone, Default)]
struct Lines(Arc<std::sync::Mutex<Vec<String>>>);

impl Lines {
    fn written(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Emit for Lines {
    fn as_lines(&mut self) -> Option<&mut dyn EmitLines> {
        Some(self)
    }
}

impl EmitLines for Lines {
    fn emit_line(&mut self, line: &str) -> Result<(), Error> {
        if line.starts_with('x') {
            return Err(Error::Invalid(line.to_owned()));
        }
        self.0.lock().unwrap().push(line.to_owned());
        Ok(())
    }
}

struct Shared {
    lines: Lines,
    inner: Inner<Lines>,
    crowd: Crowd,
}

impl Shared {
    fn new() -> Arc<Self> {
        let mut lines = Lines::default();
        let crowd = crowd::of(&mut lines).unwrap();
        Arc::new(Self { lines: lines.clone(), inner: Inner::new(lines), crowd })
    }

    /// As `Handler::deliver` does it.
    fn deliver(&self, line: &str, attached: Option<&AtomicBool>) -> Result<()> {
        let Some(mut guard) = self.inner.try_lock() else {
            return result_of(self.crowd.join(&self.inner, line, attached));
        };
        if self.crowd.any() {
            return result_of(self.crowd.lead(&mut *guard, &self.inner.counts, line, attached));
        }
        if attached.is_some_and(|attached| !attached.load(Ordering::Acquire)) {
            return Ok(());
        }
        let result = guard.emit_line(line);
        if result.is_ok() {
            self.inner.counts.delivered(1);
        }
        result
    }

    /// As `Handler::settle` does it.
    fn settle(&self) {
        drop(self.inner.lock());
    }
}

fn result_of(joined: Joined) -> Result<()> {
    joined.into_failure().map_or(Ok(()), |error| Err(*error))
}

/// Each call returns with its own line written, once, and with its own error.
#[test]
fn each_line_is_written_once_before_its_call_returns() {
    super::check(|| {
        let shared = Shared::new();
        let threads: Vec<_> = ["a", "x", "b"]
            .into_iter()
            .map(|line| {
                let shared = Arc::clone(&shared);
                let log = move || {
                    let result = shared.deliver(line, None);
                    let there =
                        shared.lines.written().iter().filter(|known| *known == line).count();
                    match result {
                        Ok(()) => assert_eq!(there, 1, "{line}"),
                        Err(Error::Invalid(which)) => assert!(which == line && there == 0),
                    }
                    assert_eq!(line == "x", there == 0);
                };
                thread::spawn(log)
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(!shared.crowd.any());
        assert_eq!(shared.lines.written().len(), 2);
        assert_eq!(shared.inner.counts.delivered.load(std::sync::atomic::Ordering::Relaxed), 2);
    });
}

/// When a handler has been taken off a logger, nothing is written for that logger any more.
#[test]
fn nothing_is_written_behind_a_removal() {
    super::check(|| {
        let shared = Shared::new();
        let attached = Arc::new(AtomicBool::new(true));
        let logging = {
            let (shared, attached) = (Arc::clone(&shared), Arc::clone(&attached));
            thread::spawn(move || shared.deliver("gone", Some(&attached)).unwrap())
        };
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.deliver("stays", None).unwrap())
        };
        attached.store(false, Ordering::Release);
        shared.settle();
        let there = shared.lines.written().iter().filter(|line| *line == "gone").count();
        logging.join().unwrap();
        other.join().unwrap();
        let written = shared.lines.written();
        let later = written.iter().filter(|line| *line == "gone").count();
        assert_eq!(there, later);
        assert_eq!(written.iter().filter(|line| *line == "stays").count(), 1);
        assert!(matches!(
            shared.crowd.join(&shared.inner, "late", Some(&attached)),
            Joined::Detached
        ));
    });
}
