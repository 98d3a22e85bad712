//! Records sent to a log server; the server may be Python's.
//!
//! Python's cookbook: *Sending and receiving logging events across a network*, whose receiver reads what this
//! program sends, as does anything else that reads Python's pickles.

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use ferrolog::{QueueHandler, SocketHandler, get_logger, warning};

/// Stands for the server: reads frames, each behind its length.
fn receive(listener: &TcpListener) -> std::io::Result<Vec<Vec<u8>>> {
    let (mut stream, _) = listener.accept()?;
    let mut frames = Vec::new();
    let mut length = [0; 4];
    while stream.read_exact(&mut length).is_ok() {
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut frame)?;
        frames.push(frame);
    }
    Ok(frames)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = std::thread::spawn(move || receive(&listener));

    // A server that is away costs one attempt a pause: half a second, then twice that, up to a minute.
    let socket = SocketHandler::builder(address)
        .retry_start(Duration::from_millis(500))
        .retry_factor(2.0)
        .retry_max(Duration::from_secs(60))
        .build();
    // With a queue before it, no thread that logs waits for the network.
    let queue = QueueHandler::builder().handler(&socket).capacity(10_000).build()?;
    let logger = get_logger("app.db");
    logger.add_handler(&queue);
    for n in 0..100_u32 {
        warning!(logger, "{n} connections"; pool = "main");
    }
    queue.close();
    socket.close();

    let frames = server.join().expect("the server ends by itself")?;
    assert_eq!(frames.len(), 100);
    let has =
        |frame: &[u8], word: &str| frame.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(has(&frames[99], "99 connections") && has(&frames[99], "app.db"));
    assert!(frames.iter().all(|frame| has(frame, "pool") && frame.ends_with(b".")));
    Ok(())
}
