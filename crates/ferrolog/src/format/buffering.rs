//! Many records as one text.

use std::fmt;
use std::sync::Arc;

use super::{Format, FormatError, Formatter};
use crate::record::Record;

/// What makes a header or a footer of the records between them.
type Part = Box<dyn Fn(&[Record<'_>], &mut String) -> Result<(), FormatError> + Send + Sync>;

/// Lays a number of records out as one text: a header, the text of each record, a footer.
///
/// Nothing is put between the records: a formatter for their lines has to end them, or the header and
/// footer to make do. No records give no text at all.
///
/// ```
/// use ferrolog::format::BufferingFormatter;
/// use ferrolog::{Formatter, Level, Record};
///
/// let formatter = BufferingFormatter::new(Formatter::new("%(levelname)s %(message)s\n")?)
///     .with_header(|records, out| {
///         out.push_str(&format!("{} records\n", records.len()));
///         Ok(())
///     });
/// let records = [Record::new("a", Level::INFO, "one"), Record::new("a", Level::ERROR, "two")];
/// let mut text = String::new();
/// formatter.format(&records, &mut text)?;
/// assert_eq!(text, "2 records\nINFO one\nERROR two\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: *BufferingFormatter*.
pub struct BufferingFormatter {
    line: Arc<dyn Format>,
    header: Option<Part>,
    footer: Option<Part>,
}

impl BufferingFormatter {
    /// With a formatter for each record, and neither header nor footer. Python's `linefmt`.
    pub fn new(line: impl Format) -> Self {
        Self::with_shared_line(Arc::new(line))
    }

    /// With a formatter for each record that others may use too.
    pub fn with_shared_line(line: Arc<dyn Format>) -> Self {
        Self { line, header: None, footer: None }
    }

    /// The same, with a header. Python: `formatHeader`.
    pub fn with_header(
        mut self,
        header: impl Fn(&[Record<'_>], &mut String) -> Result<(), FormatError> + Send + Sync + 'static,
    ) -> Self {
        self.header = Some(Box::new(header));
        self
    }

    /// The same, with a footer. Python: `formatFooter`.
    pub fn with_footer(
        mut self,
        footer: impl Fn(&[Record<'_>], &mut String) -> Result<(), FormatError> + Send + Sync + 'static,
    ) -> Self {
        self.footer = Some(Box::new(footer));
        self
    }

    /// Appends the text of `records` to `out`.
    ///
    /// # Errors
    ///
    /// A record, the header or the footer that cannot be laid out.
    pub fn format(&self, records: &[Record<'_>], out: &mut String) -> Result<(), FormatError> {
        if records.is_empty() {
            return Ok(());
        }
        if let Some(header) = &self.header {
            header(records, out)?;
        }
        for record in records {
            self.line.format(record, out)?;
        }
        if let Some(footer) = &self.footer {
            footer(records, out)?;
        }
        Ok(())
    }
}

/// With the default formatter: the messages, one right behind the other.
impl Default for BufferingFormatter {
    fn default() -> Self {
        Self::new(Formatter::default())
    }
}

impl fmt::Debug for BufferingFormatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferingFormatter")
            .field("header", &self.header.is_some())
            .field("footer", &self.footer.is_some())
            .finish_non_exhaustive()
    }
}
