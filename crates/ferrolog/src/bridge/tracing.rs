//! Events of crates that log through `tracing`.
//!
//! [`layer`] makes a layer for a `tracing_subscriber::Registry`. The target of an event, which is the
//! module's path unless it is given, is the name of the logger; levels are ours of the same name, and
//! `TRACE` is 5. The event's fields are the record's extra attributes, with their types; behind them come
//! the fields of the spans around it, the nearest first. `message` is the message; an event without one
//! shows its fields instead.
//!
//! ```
//! use ferrolog::{Formatter, Handler, StreamHandler, get_logger};
//! use tracing_subscriber::prelude::*;
//!
//! let lines = Handler::new(StreamHandler::new(Vec::new()))
//!     .with_formatter(Formatter::new("%(request)s %(name)s: %(message)s")?);
//! get_logger("app").add_handler(&lines);
//!
//! tracing_subscriber::registry().with(ferrolog::bridge::tracing::layer()).init();
//!
//! let _request = tracing::info_span!("request", request = 7).entered();
//! tracing::warn!(target: "app::db", "slow");
//! assert_eq!(lines.lock().stream(), b"7 app.db: slow\n");
//! # Ok::<(), ferrolog::Error>(())
//! ```
//!
//! The layer carries a filter of its own, which follows the loggers' thresholds: an event that no logger
//! wants costs what `tracing` takes for a disabled one, and other layers of the program are not concerned.
//! Each change of a threshold renews what `tracing` remembers of its callsites.
//!
//! What a library logs while a handler delivers through it does not come back to that handler, which
//! counts it as dropped; other handlers get it.

mod fields;
mod layer;

use tracing_core::subscriber::{Interest, Subscriber};
use tracing_core::{LevelFilter, Metadata};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Filter, Layer as _};
use tracing_subscriber::registry::LookupSpan;

pub use self::layer::TracingLayer;
use super::TRACE;
use super::targets::with_logger;
use crate::level::{Level, add_level_name};
use crate::manager::Manager;
use crate::once::Once;

/// A layer that brings events into the global tree. Spans are recorded from [`Level::INFO`] on, whatever
/// the loggers' levels, so that their fields are there when a warning comes up inside; less severe ones
/// where the logger of their target wants their level.
pub fn layer<S>() -> Filtered<TracingLayer, Thresholds, S>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    layer_with_spans_from(Level::INFO)
}

/// A layer as [`layer`] makes it, with spans recorded from another level on.
pub fn layer_with_spans_from<S>(level: Level) -> Filtered<TracingLayer, Thresholds, S>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    static FOLLOW: Once = Once::new();
    FOLLOW.call_once(|| {
        add_level_name(TRACE, "TRACE");
        Manager::global().on_change(tracing_core::callsite::rebuild_interest_cache);
    });
    TracingLayer::new().with_filter(Thresholds { spans: level })
}

/// Our level for one of `tracing`'s.
pub fn level_of(level: &tracing_core::Level) -> Level {
    match *level {
        tracing_core::Level::ERROR => Level::ERROR,
        tracing_core::Level::WARN => Level::WARNING,
        tracing_core::Level::INFO => Level::INFO,
        tracing_core::Level::DEBUG => Level::DEBUG,
        _ => TRACE,
    }
}

/// The filter of a [`TracingLayer`]: what the loggers want.
#[derive(Clone, Debug)]
pub struct Thresholds {
    spans: Level,
}

impl Thresholds {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let level = level_of(metadata.level());
        (metadata.is_span() && level >= self.spans)
            || with_logger(metadata.target(), |logger| logger.is_enabled_for(level))
    }
}

impl<S: Subscriber> Filter<S> for Thresholds {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let least = Manager::global().least_threshold();
        let wanted = |filter: &LevelFilter| {
            (*filter)
                .into_level()
                .map(|level| level_of(&level))
                .is_some_and(|level| level.value() > least || level >= self.spans)
        };
        let levels = [
            LevelFilter::TRACE,
            LevelFilter::DEBUG,
            LevelFilter::INFO,
            LevelFilter::WARN,
            LevelFilter::ERROR,
        ];
        Some(levels.into_iter().find(wanted).unwrap_or(LevelFilter::OFF))
    }
}
