//! Levels of a running program, changed from outside: over a socket, signed, with Python's protocol.
//!
//! Python's cookbook: *Configuration server example*.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;

use ferrolog::config::listen;
use ferrolog::{Level, get_logger, root};

/// What a sender does, in whichever language: the length in four bytes, then the configuration.
fn send(address: SocketAddr, config: &str) -> std::io::Result<()> {
    let length = u32::try_from(config.len()).map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(config.as_bytes())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (sender, outcome) = channel();
    // Port 0: any that is free; Python's default is `DEFAULT_LOGGING_CONFIG_PORT`.
    let listener = listen(0)
        // In earnest a signature; what does not have it is thrown away.
        .verify(|bytes| bytes.strip_prefix(b"swordfish\n").map(<[u8]>::to_vec))
        .on_receive(move |result| {
            let told = result.as_ref().map(drop).map_err(ToString::to_string);
            sender.send(told).expect("the program waits");
        })
        .start()?;

    let config = r#"{"version": 1, "incremental": true, "loggers": {"app.db": {"level": "DEBUG"}},
                     "root": {"level": "ERROR"}}"#;
    send(listener.address(), &format!("swordfish\n{config}"))?;
    outcome.recv()??;
    assert_eq!(root().level(), Level::ERROR);
    assert!(get_logger("app.db").is_enabled_for(Level::DEBUG));

    // What is faulty is told to the program, and changes nothing.
    send(listener.address(), &format!("swordfish\n{}", config.replace("ERROR", "ERORR")))?;
    let told = outcome.recv()?.unwrap_err();
    println!("{told}");
    assert!(told.contains("root.level") && root().level() == Level::ERROR);
    listener.stop();
    Ok(())
}
