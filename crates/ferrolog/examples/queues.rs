//! Handlers that are slow: a queue before them, with a bound and a policy for when it is full.
//!
//! Python's cookbook: *Dealing with handlers that block*.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ferrolog::{Formatter, Handler, QueueHandler, StreamHandler, WhenFull, get_logger, warning};

/// A peer that takes a line only when it is let.
struct SlowPeer {
    turns: Receiver<()>,
    lines: Vec<u8>,
}

impl Write for SlowPeer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.turns.recv_timeout(Duration::from_secs(10)).map_err(std::io::Error::other)?;
        self.lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn let_it(turns: &Sender<()>, lines: usize) {
    for _ in 0..lines {
        turns.send(()).expect("the peer is there");
    }
}

fn main() -> Result<(), ferrolog::Error> {
    let (turns, receiver) = channel();
    let slow = Handler::new(StreamHandler::new(SlowPeer { turns: receiver, lines: Vec::new() }))
        .with_formatter(Formatter::new("%(levelname)s %(message)s")?);
    // A thread of the queue's own takes the records out and gives them to the slow handler.
    let queue = QueueHandler::builder()
        .handler(&slow)
        .capacity(1000)
        .when_full(WhenFull::DropNewest)
        .build()?;
    let logger = get_logger("app");
    logger.add_handler(&queue);

    let start = Instant::now();
    for n in 0..20_u32 {
        warning!(logger, "number {n}");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "the calls did not wait for the peer");

    // Flushing waits until the peer has everything that was logged before.
    let_it(&turns, 20);
    queue.flush();
    assert_eq!(slow.lock().stream().lines.split(|byte| *byte == b'\n').count(), 21);

    // More than the queue takes is dropped, and counted.
    for n in 0..3000_u32 {
        warning!(logger, "number {n}");
    }
    let_it(&turns, 3000);
    queue.flush();
    let counts = queue.counts();
    println!("{counts:?}");
    assert!(counts.dropped > 0);
    assert_eq!(counts.delivered + counts.dropped, 3020);
    Ok(())
}
