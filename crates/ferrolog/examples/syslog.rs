//! A syslog daemon, with structured messages as RFC 5424 has them.
//!
//! Python's cookbook: *Logging to syslog with RFC5424 support*, where it takes another package.

use std::net::UdpSocket;
use std::time::Duration;

use ferrolog::{Facility, Rfc5424, SysLogHandler, get_logger, warning};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Stands for the daemon; on one's own machine it is at `SysLogHandler::unix("/dev/log")`.
    let daemon = UdpSocket::bind("127.0.0.1:0")?;
    daemon.set_read_timeout(Some(Duration::from_secs(10)))?;
    let handler = SysLogHandler::builder(daemon.local_addr()?)
        .facility(Facility::Local3)
        .rfc5424(Rfc5424 {
            app_name: "shop".to_owned(),
            msg_id: "orders".to_owned(),
            ..Rfc5424::default()
        })
        .build();
    let logger = get_logger("shop.orders");
    logger.add_handler(&handler);
    warning!(logger, "order {} is late", 17; customer = "ann", total = 12.5);

    let mut message = [0; 1024];
    let length = daemon.recv(&mut message)?;
    let message = std::str::from_utf8(&message[..length])?;
    println!("{message}");
    // Facility 19 and priority 4; version 1.
    assert!(message.starts_with("<156>1 "), "{message}");
    assert!(message.contains(" shop ") && message.contains(" orders "), "{message}");
    assert!(
        message.contains("customer=\"ann\"") && message.contains("total=\"12.5\""),
        "{message}"
    );
    assert!(message.ends_with("] order 17 is late"), "{message}");
    Ok(())
}
