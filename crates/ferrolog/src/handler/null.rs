//! The handler that delivers nothing.

use super::{Emit, Event};
use crate::error::Result;

/// Takes every record and does nothing with it: what a library adds to its top logger, so that a
/// program without any configuration hears nothing of it.
///
/// Python: `logging.NullHandler`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullHandler;

impl Emit for NullHandler {
    fn emit(&mut self, _event: &Event<'_>) -> Result<()> {
        Ok(())
    }

    fn wants_text(&self) -> bool {
        false
    }
}
