//! The way of a record through a handler: filters, formatter, lock, and what becomes of it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};

use super::busy::Busy;
use super::crowd::lines_of;
use super::lines::emit_all;
use super::pending::Until;
use super::settings::Settings;
use super::unlocked::{Entry, Unlocked};
use super::{
    BUFFER, Emit, Event, Handler, HandlerGuard, KEPT_CAPACITY, caught, failure_of, pending,
};
use crate::error::Error;
use crate::record::Record;

/// How often a thread looks whether a handler that holds lines in memory is free, before it leaves its line to another.
const LOOKS: u32 = 50;

/// Calls a function with the record of a number, or does not.
type Visit<'v> = dyn Fn(usize, &mut dyn FnMut(&Record<'_>)) + 'v;

impl<T: ?Sized + Emit> Handler<T> {
    /// [`Handler::handle`], unless `attached` has become false by the time the lock is held.
    #[inline(always)]
    pub(crate) fn handle_while(&self, record: &Record<'_>, attached: Option<&AtomicBool>) -> bool {
        if !self.0.filterer.any() {
            self.emit(record, attached);
            return true;
        }
        self.filter_and_emit(record, attached)
    }

    #[inline(never)]
    fn filter_and_emit(&self, record: &Record<'_>, attached: Option<&AtomicBool>) -> bool {
        let passed =
            caught(|| Ok(self.0.filterer.pass(record, |record| self.emit(record, attached))));
        match passed {
            Ok(passed) => passed,
            Err(error) => {
                self.0.counts.failed();
                self.report(&error, Some(record));
                false
            }
        }
    }

    /// Delivers a record that the filters let pass.
    #[inline(always)]
    pub(super) fn emit(&self, record: &Record<'_>, attached: Option<&AtomicBool>) {
        match &self.0.unlocked {
            Some(unlocked) => self.pass_on(record, attached, &**unlocked),
            None => self.deliver_here(record, attached),
        }
    }

    /// Delivers the record, or keeps it until that is possible.
    fn deliver_here(&self, record: &Record<'_>, attached: Option<&AtomicBool>) {
        if Busy::here() && self.waits_inside() {
            return self.put_off(record);
        }
        self.0.settings.with(|settings| self.deliver(record, attached, settings));
        pending::deliver();
    }

    /// Lays the record out, and delivers it under the lock.
    fn deliver(&self, record: &Record<'_>, attached: Option<&AtomicBool>, settings: &Settings) {
        let mut line = BUFFER.try_with(Cell::take).unwrap_or_default();
        line.clear();
        let mut notice = None;
        let failure = failure_of(|| {
            if self.0.wants_text
                && let Err(error) = settings.formatter.format(record, &mut line)
            {
                return Some(Box::new(error.into()));
            }
            let end = line.len();
            settings.terminator.push_to(&mut line);
            let event = Event { record, line: &line, end, notice: RefCell::new(None) };
            let failure = match self.0.try_lock() {
                Some(guard) => self.deliver_under(guard, &event, attached),
                None => self.deliver_with_others(&event, attached),
            };
            notice = event.notice.into_inner();
            failure
        });
        keep(line);
        if notice.is_some() || failure.is_some() {
            self.tell(record, notice, failure);
        }
    }

    /// Delivers a record with the lock held, and those of others that wait for it.
    #[inline(always)]
    fn deliver_under(
        &self,
        mut guard: HandlerGuard<'_, T>,
        event: &Event<'_>,
        attached: Option<&AtomicBool>,
    ) -> Option<Box<Error>> {
        let crowd = self.0.turn.crowd.as_ref();
        if let Some(crowd) = crowd.filter(|crowd| crowd.any()) {
            return crowd.lead(&mut *guard, &self.0.counts, event.line, attached).into_failure();
        }
        let mut failure = None;
        if attached.is_none_or(|attached| attached.load(Ordering::Acquire)) {
            match guard.emit(event) {
                Ok(()) => self.0.counts.delivered(1),
                Err(error) => {
                    if let Error::Buffered { count, .. } = &error {
                        // This record is one of those that were taken.
                        self.0.counts.delivered(1);
                        self.0.counts.lost(*count);
                    }
                    failure = Some(Box::new(error));
                }
            }
        }
        failure
    }

    /// Delivers a record while another thread has the lock.
    #[inline(never)]
    fn deliver_with_others(
        &self,
        event: &Event<'_>,
        attached: Option<&AtomicBool>,
    ) -> Option<Box<Error>> {
        let record = event.record;
        if Busy::here() {
            // Who has the lock may be waiting for one that this thread has.
            self.keep_for_later(record, Until::Free);
            return None;
        }
        if self.0.holds_back {
            // Who has the lock most likely only copies its line.
            for _ in 0..LOOKS {
                std::hint::spin_loop();
                if let Some(guard) = self.0.try_lock() {
                    return self.deliver_under(guard, event, attached);
                }
            }
        }
        if let Some(crowd) = &self.0.turn.crowd {
            return crowd.join(&self.0, event.line, attached).into_failure();
        }
        match self.0.lock_if_kept() {
            Ok(guard) => self.deliver_under(guard, event, attached),
            Err(error) => Some(Box::new(error)),
        }
    }

    /// Gives the record to what holds records for others.
    #[inline(always)]
    fn pass_on(&self, record: &Record<'_>, attached: Option<&AtomicBool>, unlocked: &dyn Unlocked) {
        let laid_out = self.0.wants_text && self.has_formatter();
        let entry = Entry { laid_out, attached, counts: &self.0.counts };
        let taken = if laid_out { None } else { unlocked.accept_plain(record, &entry) };
        match taken {
            Some(Ok(())) => {}
            Some(Err(policy)) => self.0.counts.dropped(policy),
            None => self.pass_on_whole(record, &entry, unlocked),
        }
        pending::deliver();
    }

    /// Gives a record that is more than plain values, or is laid out here, to what holds records for others.
    #[inline(never)]
    fn pass_on_whole(&self, record: &Record<'_>, entry: &Entry<'_>, unlocked: &dyn Unlocked) {
        let mut line = BUFFER.try_with(Cell::take).unwrap_or_default();
        line.clear();
        let mut notice = None;
        let result = caught(|| {
            let mut end = 0;
            if entry.laid_out {
                // Otherwise it is laid out where it arrives.
                let settings = self.0.settings.load();
                settings.formatter.format(record, &mut line)?;
                end = line.len();
                settings.terminator.push_to(&mut line);
            }
            let event = Event { record, line: &line, end, notice: RefCell::new(None) };
            let result = unlocked.accept(&event, entry);
            notice = event.notice.into_inner();
            result
        });
        keep(line);
        let failure = result.err().map(Box::new);
        if notice.is_some() || failure.is_some() {
            self.tell(record, notice, failure);
        }
    }

    /// Whether a record that this thread logs from inside a handler has to wait: it has this one, or records that
    /// were logged before wait for it.
    #[cold]
    fn waits_inside(&self) -> bool {
        self.0.is_held_here() || pending::any_for(self.0.defer())
    }

    /// A record from inside the handler itself, or behind one that waits.
    #[cold]
    fn put_off(&self, record: &Record<'_>) {
        let inside = self.0.is_held_here();
        if inside && record.is_bridged() {
            // What a library logs for each record that the handler delivers through it has no end.
            return self.0.counts.dropped("it was logged by a library while it delivered another");
        }
        let until = if inside { Until::Left } else { Until::Free };
        if let Err(error) = caught(|| {
            self.keep_for_later(record, until);
            Ok(())
        }) {
            self.tell(record, None, Some(Box::new(error)));
        }
    }

    #[cold]
    fn keep_for_later(&self, record: &Record<'_>, until: Until) {
        pending::defer(self.0.defer(), record.to_owned(), until);
    }

    /// Counts and reports what did not go as it should.
    #[cold]
    fn tell(&self, record: &Record<'_>, notice: Option<Box<Error>>, failure: Option<Box<Error>>) {
        if let Some(notice) = notice {
            self.report(&notice, None);
        }
        let Some(error) = failure else { return };
        match *error {
            Error::Dropped(policy) => self.0.counts.dropped(policy),
            // They were counted under the lock.
            Error::Buffered { .. } => self.report(&error, None),
            _ => {
                self.0.counts.failed();
                self.report(&error, Some(record));
            }
        }
    }

    /// Whether several records can be delivered at once.
    pub(super) fn takes_lines(&self) -> bool {
        self.0.turn.crowd.is_some() && self.0.unlocked.is_none()
    }

    /// [`Handler::handle`] for `count` records, each of which `visit` calls its function with, or does not,
    /// where the handler is not to have it. For a handler that takes lines: they are delivered together,
    /// under one lock, and what becomes of each is told as ever.
    pub(super) fn handle_many(&self, count: usize, visit: &Visit<'_>) {
        if Busy::here() {
            (0..count).for_each(|index| {
                visit(index, &mut |record| _ = self.handle(record));
            });
            return;
        }
        let settings = self.0.settings.load();
        let mut text = BUFFER.try_with(Cell::take).unwrap_or_default();
        text.clear();
        // The numbers of the records, and where their lines end.
        let (mut numbers, mut ends) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for index in 0..count {
            visit(index, &mut |record| {
                let start = text.len();
                let mut lay_out = |record: &Record<'_>| {
                    if self.0.wants_text {
                        settings.formatter.format(record, &mut text)?;
                    }
                    settings.terminator.push_to(&mut text);
                    Ok(())
                };
                let laid_out = caught(|| {
                    let mut result = Ok(());
                    let passed = self.0.filterer.pass(record, |record| result = lay_out(record));
                    result.map(|()| passed)
                });
                match laid_out {
                    Ok(true) => {
                        numbers.push(index);
                        ends.push(text.len());
                    }
                    Ok(false) => {}
                    Err(error) => {
                        text.truncate(start);
                        self.tell(record, None, Some(Box::new(error)));
                    }
                }
            });
            if text.len() >= KEPT_CAPACITY || index + 1 == count {
                self.deliver_many(&text, &mut ends, &numbers, visit);
                text.clear();
                numbers.clear();
                ends.clear();
            }
        }
        keep(text);
        pending::deliver();
    }

    fn deliver_many(&self, text: &str, ends: &mut [usize], numbers: &[usize], visit: &Visit<'_>) {
        if ends.is_empty() {
            return;
        }
        let mut failures = Vec::new();
        let written = caught(|| {
            let mut guard = self.0.lock_if_kept()?;
            let emit = lines_of(&mut *guard)?;
            let delivered =
                emit_all(emit, text, ends, |index, error| failures.push((index, error)));
            self.0.counts.delivered(delivered);
            Ok(())
        });
        if let Err(panic) = written {
            // Which lines it has taken before, a handler that panics does not say.
            let message = panic.to_string();
            failures = (0..numbers.len()).map(|at| (at, Error::Invalid(message.clone()))).collect();
        }
        for (index, error) in failures {
            let mut error = Some(error);
            visit(numbers[index], &mut |record| {
                if let Some(error) = error.take() {
                    self.tell(record, None, Some(Box::new(error)));
                }
            });
        }
    }
}

/// Gives the thread its buffer back.
fn keep(line: String) {
    if line.capacity() <= KEPT_CAPACITY {
        // A thread that is ending has nowhere to keep it.
        let _ = BUFFER.try_with(|buffer| buffer.set(line));
    }
}
