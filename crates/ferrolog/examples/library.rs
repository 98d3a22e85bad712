//! A library logs under its own name, and adds no handler but the one that does nothing: what becomes of
//! its records is for the application to say.
//!
//! Python's tutorial: *Configuring Logging for a Library*.

use ferrolog::{Handler, Level, NullHandler, StreamHandler, get_logger};

mod mylib {
    pub(crate) fn work() {
        ferrolog::warning!("the library is not sure of this");
    }
}

fn main() {
    let library = get_logger(module_path!()).get_child("mylib");
    library.add_handler(NullHandler);
    mylib::work();

    // An application that wants to hear it says so ...
    let lines = Handler::new(StreamHandler::new(Vec::new()));
    ferrolog::root().add_handler(&lines);
    mylib::work();
    // ... and one that does not, too.
    library.set_level(Level::ERROR);
    mylib::work();
    assert_eq!(lines.lock().stream(), b"the library is not sure of this\n");
}
