//! What other crates log through `log` and `tracing`, in the same tree.
//!
//! Run it with `--features tracing`.

use ferrolog::{Formatter, Handler, StreamHandler, get_logger};
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `basic_config` does this by itself.
    ferrolog::bridge::log::init()?;
    tracing_subscriber::registry().with(ferrolog::bridge::tracing::layer()).init();

    let lines = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new("%(name)s %(levelname)s %(message)s %(user)s")?);
    ferrolog::root().add_handler(&lines);
    get_logger("chatty").set_level(ferrolog::Level::ERROR);

    log::warn!(target: "client::pool", user = "ann"; "connection lost");
    let _request = tracing::info_span!("request", user = "bob").entered();
    tracing::warn!(target: "server", "slow");
    tracing::warn!(target: "chatty::inner", "not heard");

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    print!("{text}");
    assert_eq!(text, "client.pool WARNING connection lost ann\nserver WARNING slow bob\n");
    Ok(())
}
