//! A block of a queue: some records that are packed, with what the queue has to know of them. Their numbers follow one
//! another: where records were dropped, another block begins.

use std::sync::Arc;

use super::channel::Lost;
use crate::handler::counts::Counters;
use crate::record::{Packed, ROOM, Record};

/// How many records make a block full; what memory a block has for them does so too.
const MOST_RECORDS: usize = 256;

/// What is said of records that wait for longer than the end of their handler does.
pub(super) const GIVEN_UP: &str = "the handler was closed before they were delivered";

/// What changes with each record stands together at the beginning.
#[derive(Default)]
#[repr(C)]
pub(in crate::handler) struct Block {
    /// How many bytes all records take that came in.
    bytes: usize,
    /// Where the last record is counted, as an address; 0 is none.
    last_counts: usize,
    records: Packed,
    /// Where the records are counted: for each change of the handler the first one that is counted there.
    counts: Vec<(usize, Arc<Counters>)>,
    /// The first record that is still there, and how many bytes those before it took.
    first: usize,
    bytes_gone: usize,
    /// The number of the record that came before all of these.
    before: u64,
    /// How many records were dropped just before the first one.
    lost: u64,
}

/// What was known of a record that was given up.
pub(super) struct Gone {
    pub(super) bytes: usize,
    /// How many records were dropped just before it.
    pub(super) lost: u64,
}

impl Block {
    /// Whether a record of so many bytes may come behind those that are in it; not, if there are none.
    #[inline]
    pub(super) fn goes_on_with(&self, bytes: usize) -> bool {
        (1..MOST_RECORDS).contains(&self.records.len()) && self.bytes + bytes <= ROOM
    }

    /// Begins with the record behind the one of this number, just before which so many were dropped.
    pub(super) fn begin(&mut self, before: u64, lost: u64) {
        self.before = before;
        self.lost = lost;
    }

    /// How many records are in it.
    pub(in crate::handler) fn len(&self) -> usize {
        self.records.len() - self.first
    }

    /// About how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes - self.bytes_gone
    }

    /// The number of the first record that is in it.
    pub(super) fn first_number(&self) -> Option<u64> {
        (self.len() > 0).then(|| self.number(0))
    }

    /// The number of the record at `index`, counted from the first that is in it.
    pub(super) fn number(&self, index: usize) -> u64 {
        self.before + (self.first + index + 1) as u64
    }

    #[inline]
    pub(super) fn push(
        &mut self,
        bytes: usize,
        counts: &Arc<Counters>,
        pack: impl FnOnce(&mut Packed),
    ) {
        if self.last_counts != Arc::as_ptr(counts).addr() {
            self.change_counts(counts);
        }
        self.bytes += bytes;
        pack(&mut self.records);
    }

    #[cold]
    #[inline(never)]
    fn change_counts(&mut self, counts: &Arc<Counters>) {
        self.last_counts = Arc::as_ptr(counts).addr();
        self.counts.push((self.records.len(), Arc::clone(counts)));
    }

    /// Where the record at `index`, counted from the first that came in, is counted.
    fn counts_of(&self, index: usize) -> &Counters {
        &self.counts[self.counts.partition_point(|(first, _)| *first <= index) - 1].1
    }

    /// Gives the first record up, and counts that.
    pub(super) fn pop(&mut self, policy: &'static str) -> Option<Gone> {
        if self.len() == 0 {
            return None;
        }
        self.counts_of(self.first).dropped(policy);
        let bytes = self.records.size(self.first);
        self.first += 1;
        self.bytes_gone += bytes;
        Some(Gone { bytes, lost: std::mem::take(&mut self.lost) })
    }

    /// Gives all up but the first `index`, and counts that.
    pub(in crate::handler) fn give_up_from(&self, index: usize) {
        for index in self.first + index..self.records.len() {
            self.counts_of(index).dropped(GIVEN_UP);
        }
    }

    /// Says of the first record that so many more were dropped just before it.
    pub(super) fn lose(&mut self, count: u64) {
        self.lost += count;
    }

    /// What was dropped just before the first record.
    pub(in crate::handler) fn lost(&self) -> Lost {
        Lost(self.lost)
    }

    /// Calls `f` with the record at `index`.
    pub(in crate::handler) fn with<R>(&self, index: usize, f: impl FnOnce(&Record<'_>) -> R) -> R {
        self.records.with(self.first + index, f)
    }

    /// Counts the records from `from` to `to` as delivered.
    pub(super) fn passed_on(&self, from: usize, to: usize) {
        let (from, to) = (self.first + from, self.first + to);
        let ends = self.counts.iter().skip(1).map(|(first, _)| *first).chain([to]);
        for ((first, counts), end) in self.counts.iter().zip(ends) {
            let count = end.min(to).saturating_sub(from.max(*first));
            if count > 0 {
                counts.passed_on(count as u64);
            }
        }
    }

    /// Takes everything out, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.bytes = 0;
        self.last_counts = 0;
        self.counts.clear();
        self.first = 0;
        self.bytes_gone = 0;
        self.lost = 0;
    }
}
