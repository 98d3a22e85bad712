//! Filters decide beyond levels: drop what repeats, and put another record in the place of one that says
//! too much.
//!
//! Python's cookbook: *Using filters to impart contextual information*, *Custom handling of levels*.

use std::sync::Mutex;

use ferrolog::{Filter, Handler, Level, Record, StreamHandler, Verdict, get_logger, info, warning};

/// Drops a message that is the same as the one before.
fn no_repetition() -> Filter {
    let last = Mutex::new(String::new());
    Filter::new(move |record: &Record<'_>| {
        let message = record.message().to_string();
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let new = *last != message;
        *last = message;
        new
    })
}

/// Hides what stands behind `password=`.
fn no_secrets() -> Filter {
    Filter::new(|record: &Record<'_>| {
        let message = record.message().to_string();
        match message.split_once("password=") {
            None => Verdict::Keep,
            Some((before, after)) => {
                let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
                let mut hidden = record.to_owned();
                hidden.set_attribute("msg", format!("{before}password=*** {rest}").trim_end());
                hidden.into()
            }
        }
    })
}

fn main() {
    let lines = Handler::new(StreamHandler::new(Vec::new()));
    // A handler's filters see what comes from every logger; a logger's, what is logged to it.
    lines.add_filter(no_repetition());
    lines.add_filter(no_secrets());
    lines.add_filter(Filter::by_name("app"));
    ferrolog::root().add_handler(&lines);
    ferrolog::root().set_level(Level::INFO);

    let logger = get_logger("app.login");
    for _ in 0..3 {
        warning!(logger, "no answer");
    }
    info!(logger, "tried user=ann password=tiger host=db1");
    info!(get_logger("other"), "not of the application");

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    assert_eq!(text, "no answer\ntried user=ann password=*** host=db1\n");
}
