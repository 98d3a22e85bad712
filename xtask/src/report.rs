//! What the commands say while they work.

/// Prints a line that says what begins now, for everything that takes more than a moment.
pub(crate) fn say(what: &str) {
    println!("xtask: {what}");
}
