//! Threads need nothing special: records of all of them come out whole, each with its thread's name, and
//! levels and handlers may change meanwhile.
//!
//! Python's cookbook: *Logging from multiple threads*.

use ferrolog::{Formatter, Handler, StreamHandler, get_logger, warning};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new("%(threadName)s %(message)s")?);
    get_logger("app").add_handler(&lines);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let name = format!("worker {n}");
            let log = move || (0..100).for_each(|i| warning!(get_logger("app"), "step {i}"));
            std::thread::Builder::new().name(name).spawn_scoped(scope, log).expect("a thread");
        }
    });
    let text = String::from_utf8(lines.lock().stream().clone())?;
    for n in 0..4 {
        let name = format!("worker {n} ");
        let of_one: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(&name)).collect();
        assert_eq!(of_one, (0..100).map(|i| format!("step {i}")).collect::<Vec<_>>());
    }
    Ok(())
}
