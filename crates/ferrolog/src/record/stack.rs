//! The stack at a logging call, as text.

use std::backtrace::Backtrace;
use std::fmt::Write;

/// The stack of this thread from the caller of the logging machinery outwards, the nearest call first.
#[cold]
pub(crate) fn capture() -> String {
    trim(&Backtrace::force_capture().to_string(), "Stack (most recent call first):")
}

/// `backtrace` under `title`, without the frames of the crate and of the runtime at either end.
pub(crate) fn trim(backtrace: &str, title: &str) -> String {
    let frames = frames(backtrace);
    // A function that was inlined, or into which others were, may show without its path, so that the entry to the
    // machinery, whose name is its own, counts first.
    let inside = frames.iter().position(|frame| is_entry(frame.function)).unwrap_or(0);
    let skipped = frames[inside..].iter().take_while(|frame| is_machinery(frame)).count();
    let caller = if inside + skipped < frames.len() { inside + skipped } else { 0 };
    let mut text = title.to_owned();
    for frame in &frames[caller..] {
        if frame.function.contains("__rust_begin_short_backtrace") {
            break;
        }
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {}", frame.function);
        if let Some(place) = frame.place {
            let _ = write!(text, "\n    at {place}");
        }
    }
    text
}

struct Frame<'b> {
    function: &'b str,
    place: Option<&'b str>,
}

/// The frames of a backtrace as the standard library shows it: `  3: function`, then `     at file:line`.
fn frames(backtrace: &str) -> Vec<Frame<'_>> {
    let mut frames: Vec<Frame<'_>> = Vec::new();
    for line in backtrace.lines().map(str::trim) {
        if let Some(place) = line.strip_prefix("at ") {
            if let Some(frame) = frames.last_mut() {
                frame.place = Some(place);
            }
        } else if let Some((number, function)) = line.split_once(": ")
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            frames.push(Frame { function, place: None });
        }
    }
    frames
}

/// Whether a frame is one of the functions by which a call, or a panic, enters the machinery.
fn is_entry(function: &str) -> bool {
    function == "__log"
        || (function.contains("ferrolog::") && function.ends_with("::__log"))
        || function.contains("__rust_end_short_backtrace")
}

/// Whether a frame belongs to what makes records, or to what the runtime does about a panic.
fn is_machinery(frame: &Frame<'_>) -> bool {
    const PREFIXES: &[&str] = &[
        "ferrolog::logger::",
        "ferrolog::adapter::",
        "ferrolog::macros::",
        "ferrolog::record::",
        "ferrolog::bridge::",
        "std::",
        "core::",
        "alloc::",
        "__rustc::",
        "rust_begin_unwind",
        "log::",
        "tracing",
    ];
    let function = frame.function.trim_start_matches('<');
    // Functions of the standard library that were inlined are known by their files.
    (is_entry(function)
        || PREFIXES.iter().any(|prefix| function.starts_with(prefix))
        || frame.place.is_some_and(|place| place.starts_with("/rustc/")))
        // The tests of this crate stand in the same modules.
        && !function.contains("::tests::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_begins_at_the_caller() {
        for entry in ["<ferrolog::logger::Logger>::__log", "__log"] {
            let text = format!(
                "   0: std::backtrace_rs::backtrace::trace\n             at /rustc/x.rs:66:9\n   \
                 1: send\n   1: {entry}\n             at ./logger.rs:1:1\n   \
                 2: app::{{{{closure}}}}\n   3: app::main\n             at ./src/main.rs:12:5\n   \
                 4: std::sys::backtrace::__rust_begin_short_backtrace\n   5: main\n"
            );
            assert_eq!(
                trim(&text, "Stack:"),
                "Stack:\n  app::{{closure}}\n  app::main\n    at ./src/main.rs:12:5"
            );
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "miri names functions without their crate")]
    fn a_real_stack_names_this_test() {
        let text = capture();
        let second = text.lines().nth(1).unwrap_or_default();
        assert!(second.contains("a_real_stack_names_this_test"), "{text}");
        assert!(text.lines().nth(2).is_some_and(|line| line.contains("stack.rs:")), "{text}");
    }
}
