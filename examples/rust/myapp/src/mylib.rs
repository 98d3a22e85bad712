//! A module of the program, which logs under its own name, and calls a library that uses `log`.

use ferrolog::info;

pub(crate) fn do_something() {
    info!("Doing something");
    thirdparty::help_out();
}
