//! The main module: says where the log goes, and logs under its own name.

mod mylib;

use ferrolog::{Level, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ferrolog::basic_config().filename("myapp.log").level(Level::INFO).apply()?;
    info!("Started");
    mylib::do_something();
    info!("Finished");
    Ok(())
}
