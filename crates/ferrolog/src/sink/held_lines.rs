//! Lines that wait in memory to be written together.

use crate::fork::{process, watch_process};

/// Lines of a [`FileSink`](super::FileSink) that have yet to be written.
#[derive(Debug)]
pub(super) struct HeldLines {
    pub(super) text: Vec<u8>,
    /// Where in `text` each line ends.
    pub(super) ends: Vec<usize>,
    /// How many bytes of them are written together.
    size: usize,
    /// The process that logged them.
    process: u32,
}

impl HeldLines {
    pub(super) fn new(size: usize) -> Self {
        watch_process();
        Self { text: Vec::new(), ends: Vec::new(), size, process: process() }
    }

    /// Takes a line. Says whether it is time to write.
    #[inline]
    pub(super) fn push(&mut self, line: &[u8]) -> bool {
        if self.process != process() {
            self.forget_inherited();
        }
        self.text.extend_from_slice(line);
        self.ends.push(self.text.len());
        self.text.len() >= self.size
    }

    /// What the parent of this process holds, it also writes.
    pub(super) fn forget_inherited(&mut self) {
        let here = process();
        if self.process != here {
            self.clear();
            self.process = here;
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}
