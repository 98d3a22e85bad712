//! A service as it would be in production: a configuration in YAML with a handler of the program's own, a
//! queue before a file that is rotated and compressed, JSON lines, what comes through `tracing`, and the
//! context of each request across its awaits.

use std::future::poll_fn;
use std::io::Read;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context as TaskContext, Poll, Waker};

use ferrolog::config::{Configuration, HandlerMaker, Registry};
use ferrolog::{
    Emit, Error, Event, Handler, LoggerAdapter, capture_panics, context, exception, get_logger,
    info,
};
use tracing_subscriber::prelude::*;

const LOG_YAML: &str = "
version: 1
disable_existing_loggers: false
formatters:
  json:
    class: ferrolog.JsonFormatter
    fields: {level: levelname, logger: name, text: message, error: exc_text}
    fixed: {service: shop}
  short: {format: '%(name)s %(message)s (%(request)s)', defaults: {request: '-'}}
handlers:
  file:
    class: ferrolog.RotatingFileHandler
    filename: shop.log
    formatter: json
    maxBytes: 4000
    backupCount: 100
    compress: true
  queue:
    class: ferrolog.QueueHandler
    handlers: [file]
    capacity: 10000
    when_full: block
  alarms: {class: shop.Alarm, level: ERROR, formatter: short}
root: {level: INFO, handlers: [queue, alarms]}
";

/// A handler of the program's own: what is severe goes to whoever is on duty.
struct Alarm(Sender<String>);

impl Emit for Alarm {
    fn emit(&mut self, event: &Event<'_>) -> ferrolog::Result<()> {
        self.0.send(event.text().to_owned()).map_err(|error| Error::Other(error.into()))
    }
}

/// Lets others run before it goes on, as a task does that waits for a network.
async fn elsewhere() {
    let mut waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn serve(items: u32) {
    // An object that logs much about itself.
    let cart = LoggerAdapter::new(&get_logger("shop.cart"), context!(items));
    info!(cart, "opened");
    elsewhere().await;
    // A library that knows only `tracing`.
    tracing::info!(target: "client::bank", amount = 12.5, "paid");
    elsewhere().await;
    if let Err(error) = "twelve".parse::<u32>() {
        exception!(cart, error, "cannot ship");
    }
}

/// What a runtime does, which polls its tasks in turn.
fn run(tasks: [impl Future<Output = ()>; 2]) {
    let [first, second] = tasks;
    let (mut first, mut second) = (pin!(first), pin!(second));
    let mut cx = TaskContext::from_waker(Waker::noop());
    let mut done = [false; 2];
    while done != [true; 2] {
        done[0] = done[0] || first.as_mut().poll(&mut cx).is_ready();
        done[1] = done[1] || second.as_mut().poll(&mut cx).is_ready();
    }
}

/// All lines of the log: of the file and of what was rotated, the oldest first.
fn lines() -> std::io::Result<Vec<serde_json::Value>> {
    let mut text = String::new();
    for number in (1..=100).rev() {
        if let Ok(file) = std::fs::File::open(format!("shop.log.{number}.gz")) {
            flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
        }
    }
    text += &std::fs::read_to_string("shop.log")?;
    Ok(text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    std::env::set_current_dir(&folder)?;
    std::fs::write("log.yaml", LOG_YAML)?;
    let (alarms, on_duty) = channel();
    let mut registry = Registry::new();
    registry.add_handler("shop.Alarm", &[], move |_| {
        let alarms = alarms.clone();
        Some(HandlerMaker::new(move |_| Ok(Handler::new(Alarm(alarms)).into())))
    });
    let warnings = Configuration::from_file("log.yaml")?.registry(registry).apply()?;
    assert!(warnings.is_empty(), "{warnings:?}");
    ferrolog::bridge::log::init()?;
    tracing_subscriber::registry().with(ferrolog::bridge::tracing::layer()).init();
    capture_panics(true);

    run([context!(request = 1).wrap(serve(3)), context!(request = 2).wrap(serve(5))]);
    for n in 0..100_u32 {
        log::info!(target: "client", n; "ping");
    }
    let _ = std::panic::catch_unwind(|| panic!("no fuel"));
    capture_panics(false);

    let told: Vec<String> = on_duty.try_iter().collect();
    assert_eq!(told.len(), 3);
    assert!(told[0].starts_with("shop.cart cannot ship (1)\n"), "{told:?}");
    assert!(told[1].starts_with("shop.cart cannot ship (2)\n"), "{told:?}");
    assert!(told[2].contains("no fuel (-)\n"), "{told:?}");

    // Flushing waits for the queue, and for the compression.
    ferrolog::flush();
    let lines = lines()?;
    assert_eq!(lines.len(), 107);
    let of_first: Vec<_> = lines.iter().filter(|line| line["request"] == 1).collect();
    assert_eq!(of_first.len(), 3);
    assert_eq!((&of_first[0]["items"], &of_first[0]["service"]), (&3.into(), &"shop".into()));
    assert_eq!(
        (&of_first[1]["logger"], &of_first[1]["amount"]),
        (&"client.bank".into(), &12.5.into())
    );
    assert_eq!(of_first[2]["error"], "Error: invalid digit found in string");
    assert!(lines.iter().filter(|line| line["logger"] == "client").all(|line| line["n"].is_u64()));
    for handler in ferrolog::root().handlers() {
        let counts = handler.counts();
        println!("{handler:?}: {counts:?}");
        assert_eq!(counts.emitted(), counts.delivered);
    }
    std::env::set_current_dir(std::env::temp_dir())?;
    Ok(())
}
