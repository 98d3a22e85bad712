//! A block of a queue: some records that are packed, with what the queue has to know of each.

use std::sync::Arc;

use super::channel::Lost;
use crate::handler::counts::Counters;
use crate::record::{Packed, Record};

/// How many records, and how many bytes of text, make a block full.
const MOST_RECORDS: usize = 256;
const MOST_TEXT: usize = 64 * 1024;

/// What is said of records that wait for longer than the end of their handler does.
pub(super) const GIVEN_UP: &str = "the handler was closed before they were delivered";

#[derive(Default)]
pub(in crate::handler) struct Block {
    items: Vec<Item>,
    /// The first item that is still there.
    first: usize,
    records: Packed,
    /// Where the records are counted, one entry for each change of the handler.
    counts: Vec<Arc<Counters>>,
}

#[derive(Clone, Copy)]
pub(super) struct Item {
    number: u64,
    pub(super) bytes: usize,
    /// How many records were dropped just before this one.
    pub(super) lost: u64,
    counts: usize,
}

impl Block {
    /// Whether the next record begins another block.
    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= MOST_RECORDS || self.records.text_len() >= MOST_TEXT
    }

    /// How many records are in it.
    pub(in crate::handler) fn len(&self) -> usize {
        self.items.len() - self.first
    }

    /// About how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.items[self.first..].iter().map(|item| item.bytes).sum()
    }

    /// The number of the first record that is in it.
    pub(super) fn first_number(&self) -> Option<u64> {
        self.items.get(self.first).map(|item| item.number)
    }

    /// The number of the record at `index`, counted from the first that is in it.
    pub(super) fn number(&self, index: usize) -> u64 {
        self.items[self.first + index].number
    }

    #[inline]
    pub(super) fn push(
        &mut self,
        number: u64,
        bytes: usize,
        lost: u64,
        counts: &Arc<Counters>,
        pack: impl FnOnce(&mut Packed),
    ) {
        if !self.counts.last().is_some_and(|known| Arc::ptr_eq(known, counts)) {
            self.counts.push(Arc::clone(counts));
        }
        self.items.push(Item { number, bytes, lost, counts: self.counts.len() - 1 });
        pack(&mut self.records);
    }

    /// Gives the first record up, and counts that.
    pub(super) fn pop(&mut self, policy: &'static str) -> Option<Item> {
        let item = *self.items.get(self.first)?;
        self.counts[item.counts].dropped(policy);
        self.first += 1;
        Some(item)
    }

    /// Gives all up but the first `index`, and counts that.
    pub(in crate::handler) fn give_up_from(&self, index: usize) {
        for item in &self.items[self.first + index..] {
            self.counts[item.counts].dropped(GIVEN_UP);
        }
    }

    /// Says of the first record that so many more were dropped just before it.
    pub(super) fn lose(&mut self, count: u64) {
        if let Some(item) = self.items.get_mut(self.first) {
            item.lost += count;
        }
    }

    /// Whether no record was dropped before any of these.
    pub(in crate::handler) fn is_unbroken(&self) -> bool {
        self.items[self.first..].iter().all(|item| item.lost == 0)
    }

    /// What was dropped just before the record at `index`.
    pub(in crate::handler) fn lost(&self, index: usize) -> Lost {
        Lost(self.items[self.first + index].lost)
    }

    /// Calls `f` with the record at `index`.
    pub(in crate::handler) fn with<R>(&self, index: usize, f: impl FnOnce(&Record<'_>) -> R) -> R {
        self.records.with(self.first + index, f)
    }

    /// Counts the records from `from` to `to` as delivered.
    pub(super) fn passed_on(&self, from: usize, to: usize) {
        let mut items = &self.items[self.first + from..self.first + to];
        while let Some(first) = items.first() {
            let count = items.iter().take_while(|item| item.counts == first.counts).count();
            self.counts[first.counts].passed_on(count as u64);
            items = &items[count..];
        }
    }

    /// Takes everything out, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.first = 0;
        self.records.clear();
        self.counts.clear();
    }
}
