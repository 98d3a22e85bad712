//! A library as one finds it on crates.io: it logs through the `log` crate and knows nothing of
//! the program's facility.

/// Does something useful, and says so.
pub fn help_out() {
    log::info!("Helping out");
    log::debug!("{} steps taken", 3);
}
