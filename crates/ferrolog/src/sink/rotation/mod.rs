//! Rotation: a file that has grown large or old makes room for a new one.
//!
//! [`SizeLimit`] and [`Schedule`] say when, [`Numbered`] and [`Timed`] do it, [`Backups`] names, moves and
//! compresses the files. Any handler can put them together.
//!
//! A process that is killed at any moment of a rotation loses nothing: files only change their names, one
//! at a time.

mod backups;
#[cfg(feature = "compression")]
mod compress;
mod schedule;
mod size;
mod stamp;
mod time;
mod when;

pub(super) use backups::with_suffix;
pub use backups::{Backups, Namer, Rotator};
pub use schedule::Schedule;
pub use size::{Numbered, SizeLimit};
pub use time::Timed;
pub use when::When;
