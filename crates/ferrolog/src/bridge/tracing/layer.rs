//! The layer: spans remembered, events sent on.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use tracing_core::span::{Attributes, Id, Record as SpanRecord};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::fields::{Fields, IntoContext};
use super::level_of;
use crate::bridge::targets::with_logger;
use crate::context::Context;
use crate::location::Location;
use crate::logger::Logger;
use crate::record::Record;
use crate::value::Value;

/// Sends events into the global tree; made by [`layer`](super::layer).
pub struct TracingLayer(());

impl TracingLayer {
    pub(super) fn new() -> Self {
        Self(())
    }
}

impl fmt::Debug for TracingLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TracingLayer")
    }
}

/// The fields of a span, kept with it.
struct SpanFields(Arc<Context>);

/// So many spans around an event, and so many fields in all, cost no allocation.
const FEW_SPANS: usize = 8;
const FEW_FIELDS: usize = 32;

thread_local! {
    static FIELDS: Cell<Option<Box<Fields>>> = const { Cell::new(None) };
}

impl<S> Layer<S> for TracingLayer
where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let mut fields = Context::new();
        attributes.record(&mut IntoContext(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(SpanFields(Arc::new(fields)));
        }
    }

    fn on_record(&self, id: &Id, values: &SpanRecord<'_>, context: LayerContext<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // The values show themselves by code of the program's, so that no lock is held meanwhile.
        let mut fields = Context::new();
        values.record(&mut IntoContext(&mut fields));
        let mut extensions = span.extensions_mut();
        if let Some(SpanFields(known)) = extensions.get_mut::<SpanFields>() {
            let known = Arc::make_mut(known);
            fields.0.into_iter().for_each(|(key, value)| known.set(key, value));
        } else {
            extensions.insert(SpanFields(Arc::new(fields)));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        let level = level_of(event.metadata().level());
        with_logger(event.metadata().target(), |logger| {
            // What `tracing` remembers of a callsite may be a change behind.
            if logger.is_enabled_for(level) {
                // An event that is raised while another is on its way finds the place empty.
                let mut fields =
                    FIELDS.try_with(Cell::take).unwrap_or_default().unwrap_or_default();
                fields.clear();
                event.record(&mut *fields);
                fields.complete();
                with_spans(event, &context, |spans| send(logger, event, &fields, spans));
                // A thread that is ending has nowhere to keep it.
                let _ = FIELDS.try_with(|kept| kept.set(Some(fields)));
            }
        });
    }
}

/// Calls `f` with the fields of the spans around the event, the nearest first.
fn with_spans<S>(
    event: &Event<'_>,
    context: &LayerContext<'_, S>,
    f: impl FnOnce(&[Option<Arc<Context>>]),
) where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    let mut few = [const { None }; FEW_SPANS];
    let mut len = 0;
    let mut many = Vec::new();
    for span in context.event_scope(event).into_iter().flatten() {
        let Some(fields) = span.extensions().get::<SpanFields>().map(|known| Arc::clone(&known.0))
        else {
            continue;
        };
        if fields.is_empty() {
            continue;
        }
        if len < FEW_SPANS {
            few[len] = Some(fields);
        } else {
            if many.is_empty() {
                many.extend_from_slice(&few);
            }
            many.push(Some(fields));
        }
        len += 1;
    }
    if many.is_empty() { f(&few[..len]) } else { f(&many) }
}

fn send(logger: &Logger, event: &Event<'_>, fields: &Fields, spans: &[Option<Arc<Context>>]) {
    let metadata = event.metadata();
    let record = Record::new(logger.name(), level_of(metadata.level()), fields.message())
        .with_location(Location {
            file: metadata.file().unwrap_or_default(),
            line: metadata.line().unwrap_or_default(),
            module_path: metadata.module_path().unwrap_or_default(),
            function: "",
        })
        .bridged();
    let of_spans = || spans.iter().flatten().flat_map(|fields| fields.iter());
    let all = fields
        .iter()
        // An error that came under this name is text by now.
        .map(|(name, value)| (if name == "exc_info" { "exc_text" } else { name }, value))
        .chain(of_spans().map(|(name, value)| (name, value.as_value())));
    let len = fields.len() + of_spans().count();
    if len <= FEW_FIELDS {
        let mut room = [("", Value::None); FEW_FIELDS];
        room.iter_mut().zip(all).for_each(|(place, pair)| *place = pair);
        logger.send(record, &room[..len]);
    } else {
        let all: Vec<_> = all.collect();
        logger.send(record, &all);
    }
}
