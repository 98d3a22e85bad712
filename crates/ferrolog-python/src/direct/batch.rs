//! Records of a queue that are written with one call of the system.
//!
//! While the GIL is held and no other code runs, nobody can tell whether records were got from the queue and written
//! one by one or together. What is not wholly written goes back into the queue, and is handled alone.

use pyo3::prelude::*;

use super::given::IntoFile;
use crate::native::gil::GilCell;
use crate::native::truth;

/// How many records are written at once.
const MOST: usize = 64;

/// More bytes than this are not waited for.
const ENOUGH: usize = 16 * 1024;

/// The lines of a batch; kept, so that they are allocated once.
static BUFFER: GilCell<String> = GilCell::new(String::new());

/// Records that were got from a queue, and their lines.
pub(super) struct Batch<'py> {
    handler: Bound<'py, PyAny>,
    into: IntoFile<'py>,
    lines: String,
    longest: usize,
    /// The records, and where the line of each ends.
    records: Vec<(Bound<'py, PyAny>, usize)>,
}

impl<'py> Batch<'py> {
    /// The beginning of a batch for a handler. `None` where records have to be given to it one by one.
    pub(super) fn begin(handler: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let Some(into) = IntoFile::of(handler)? else { return Ok(None) };
        let mut lines = std::mem::take(&mut *BUFFER.borrow(handler.py()));
        lines.clear();
        let records = Vec::with_capacity(MOST);
        Ok(Some(Batch { handler: handler.clone(), into, lines, longest: 0, records }))
    }

    /// Adds a record. `false`: it has to be given to the handler.
    pub(super) fn add(&mut self, record: &Bound<'py, PyAny>) -> PyResult<bool> {
        let begin = self.lines.len();
        if !truth::is_plain(record) || !self.into.lines.append(record, &mut self.lines)? {
            return Ok(false);
        }
        self.lines.push_str(self.into.terminator());
        self.longest = self.longest.max(self.lines.len() - begin);
        self.records.push((record.clone(), self.lines.len()));
        Ok(true)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= MOST || self.lines.len() >= ENOUGH
    }

    /// Writes the lines. The records that could not be written are given back, the last one first. Says how many were
    /// handled, and how handling one more ended whose line was begun.
    pub(super) fn write(
        self,
        give_back: impl Fn(&Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<(usize, PyResult<()>)> {
        let Batch { handler, into, lines, longest, records } = self;
        let length = into.write(&lines, longest);
        let mut handled = records.partition_point(|(_, end)| *end <= length);
        into.count(&handler, handled);
        let begin = handled.checked_sub(1).map_or(0, |last| records[last].1);
        let begun = usize::from(begin < length);
        for (record, _) in records[handled + begun..].iter().rev() {
            give_back(record)?;
        }
        let mut result = Ok(());
        if begun == 1 {
            let (record, end) = &records[handled];
            result = into.finish(&handler, record, &lines[begin..*end], length - begin);
            handled += usize::from(result.is_ok());
        }
        let py = handler.py();
        if lines.capacity() <= 2 * ENOUGH {
            *BUFFER.borrow(py) = lines;
        }
        Ok((handled, result))
    }
}
