//! Records for machines: JSON lines, with key-values that keep their types.
//!
//! Python's cookbook: *Implementing structured logging*.

use ferrolog::format::JsonFormatter;
use ferrolog::{Handler, Level, StreamHandler, get_logger, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines = Handler::new(StreamHandler::new(Vec::new())).with_formatter(
        JsonFormatter::builder()
            .fields([("level", "levelname"), ("logger", "name"), ("text", "message")])
            .fixed("service", "shop")
            .build()?,
    );
    let logger = get_logger("shop.orders");
    logger.set_level(Level::INFO);
    logger.add_handler(&lines);

    info!(logger, "order {} paid", 17; total = 12.5, items = 3, express = true, coupon = None::<&str>);

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    print!("{text}");
    let value: serde_json::Value = serde_json::from_str(&text)?;
    assert_eq!(
        value,
        serde_json::json!({
            "level": "INFO", "logger": "shop.orders", "text": "order 17 paid", "service": "shop",
            "total": 12.5, "items": 3, "express": true, "coupon": null
        })
    );
    Ok(())
}
