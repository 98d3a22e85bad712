//! One log for a program of several modules: each logs under its own name, and the application decides
//! at one place what is heard of whom.
//!
//! Python's cookbook: *Using logging in multiple modules*.

use ferrolog::{Formatter, Handler, Level, StreamHandler, get_logger};

mod database {
    pub(crate) fn connect() {
        // Without a logger, a macro uses the one of its module: `several_modules.database`.
        ferrolog::debug!("trying {}", "10.0.0.7");
        ferrolog::info!("connected");
    }
}

mod web {
    pub(crate) fn serve() {
        ferrolog::debug!("listening");
        ferrolog::warning!("no certificate; serving plain HTTP");
    }
}

fn main() -> Result<(), ferrolog::Error> {
    let lines = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new("%(name)s %(levelname)s %(message)s")?);
    ferrolog::root().add_handler(&lines);
    get_logger("several_modules").set_level(Level::INFO);
    get_logger("several_modules.web").set_level(Level::DEBUG);

    database::connect();
    web::serve();

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    print!("{text}");
    assert_eq!(
        text,
        "several_modules.database INFO connected\n\
         several_modules.web DEBUG listening\n\
         several_modules.web WARNING no certificate; serving plain HTTP\n"
    );
    Ok(())
}
