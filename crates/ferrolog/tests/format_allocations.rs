//! Laying a record out allocates nothing once the buffers have grown.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ferrolog::format::{JsonFormatter, LogfmtFormatter, Style};
use ferrolog::{Format, Formatter, Level, Location, Record, Value};

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: everything is the system allocator's; counting touches a thread's own number only.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn styled(style: Style, pattern: &str) -> Box<dyn Format> {
    Box::new(Formatter::builder().style(style).pattern(pattern).build().unwrap())
}

#[test]
fn a_record_costs_no_allocation_once_warm() {
    let escaping = |style, pattern: &str| -> Box<dyn Format> {
        let builder = Formatter::builder().style(style).pattern(pattern).escape_controls(true);
        Box::new(builder.defaults([("user", "nobody")]).build().unwrap())
    };
    let formatters: Vec<(&str, Box<dyn Format>)> = vec![
        ("%", styled(Style::Percent, "%(asctime)s %(levelname)s %(name)s %(message)s %(lineno)d")),
        ("{", styled(Style::Brace, "{asctime} {levelname} {name} {message} {lineno}")),
        ("$", styled(Style::Dollar, "$asctime ${levelname} $name $message $lineno")),
        (
            "% with widths",
            styled(
                Style::Percent,
                "%(asctime)-30s|%(levelname)8.4s|%(name)30s|%(message).9s|%(lineno)06d|%(created)f|%(msecs)03d|%(pathname)r",
            ),
        ),
        (
            "{ with widths",
            styled(
                Style::Brace,
                "{asctime:>30}|{levelname:*^9.4}|{name:<30}|{message:.9}|{lineno:08,}|{created:.3f}|{user!r:>9}",
            ),
        ),
        ("% escaped", escaping(Style::Percent, "%(asctime)s %(message)s %(user)s")),
        ("{ escaped", escaping(Style::Brace, "{asctime} {message:>40} {user}")),
        ("JSON", Box::new(JsonFormatter::new())),
        (
            "JSON of all types",
            Box::new(
                JsonFormatter::builder()
                    .fields([
                        ("c", "created"),
                        ("t", "threadName"),
                        ("line", "lineno"),
                        ("m", "message"),
                    ])
                    .fixed("service", "x")
                    .build()
                    .unwrap(),
            ),
        ),
        ("logfmt", Box::new(LogfmtFormatter::new())),
    ];
    let mut out = String::with_capacity(4096);
    for (name, formatter) in &formatters {
        let mut format = |n: u32| {
            let extra = [
                ("user", Value::Str("a\"n\tn")),
                ("ratio", Value::Float(0.1)),
                ("n", Value::Int(3)),
            ];
            let location = Location { file: "src/main.rs", line: 1234, ..Location::default() };
            out.clear();
            let record = Record::new("app.db.pool", Level::WARNING, "a text that stands still\n");
            formatter
                .format(&record.with_location(location).with_key_values(&extra), &mut out)
                .unwrap();
            out.clear();
            let arguments = format_args!("got {n} of \"{}\"\n", "many");
            // The same second each time: the calendar is computed anew in the next one.
            let record = Record::from_args("app.db.pool", Level::WARNING, arguments)
                .with_created(1_700_000_000_000_000_000 + i64::from(n));
            formatter
                .format(&record.with_location(location).with_key_values(&extra), &mut out)
                .unwrap();
        };
        for n in 0..3 {
            format(n);
        }
        let before = COUNT.with(Cell::get);
        for n in 0..1000 {
            format(n);
        }
        let allocations = COUNT.with(Cell::get) - before;
        assert_eq!(allocations, 0, "{name}: {out}");
    }
}
