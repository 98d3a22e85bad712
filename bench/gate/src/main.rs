//! What a disabled call of `ferrolog::info!` costs, beside an atomic load and a compare, which is the
//! least that a level which can change at run time may cost; and whether a disabled `log::info!`
//! costs what it costs without ferrolog.
//!
//! The figures for `log` come from processes of their own, since a process has only one `log` logger.

mod measure;

use std::error::Error;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicI32, Ordering};

use ferrolog::{Handler, Level, StreamHandler, get_logger, info};

use crate::measure::{Case, median, ratio, round, rounds, spread};

/// A disabled call may take this many times the atomic load's time.
const LIMIT: f64 = 1.5;
/// A disabled `log` call may take this many times its time without ferrolog: the same, but for what
/// two processes differ in.
const LOG_LIMIT: f64 = 1.2;
const ROUNDS: usize = 1001;
const PROCESSES: usize = 7;

static THRESHOLD: AtomicI32 = AtomicI32::new(0);

/// The level of the floor's calls, as a macro has it: known when it is compiled.
const INFO: i32 = 20;

#[cold]
#[inline(never)]
fn reached(turn: u64) -> ! {
    panic!("turn {turn} of a loop that must not log did");
}

/// Eight calls a turn, so that what is compared is calls: a loop of one call is so short that its
/// place in memory decides whether it takes one cycle or two.
macro_rules! eight {
    ($call:expr) => {
        $call;
        $call;
        $call;
        $call;
        $call;
        $call;
        $call;
        $call;
    };
}

#[inline(never)]
fn atomic_load(turns: u64) {
    for turn in 0..turns {
        eight!(if INFO >= THRESHOLD.load(Ordering::Relaxed) {
            reached(turn);
        });
    }
}

#[inline(never)]
fn with_logger(turns: u64) {
    let logger = black_box(get_logger("gate.logger"));
    for turn in 0..turns {
        eight!(info!(logger, "turn {}", turn));
    }
}

#[inline(never)]
fn of_module(turns: u64) {
    for turn in 0..turns {
        eight!(info!("turn {}", turn));
    }
}

#[inline(never)]
fn of_log(turns: u64) {
    for turn in 0..turns {
        eight!(log::info!("turn {}", turn));
    }
}

struct NoLogger;

impl log::Log for NoLogger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }

    fn log(&self, record: &log::Record<'_>) {
        panic!("{} was logged", record.args());
    }

    fn flush(&self) {}
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => gate(),
        ["log", which] => {
            println!("{}", log_process(which)?);
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("usage: gate".into()),
    }
}

/// Prints every figure and judges those that have a limit.
fn gate() -> Result<ExitCode, Box<dyn Error>> {
    // A value that the compiler cannot know; it would do away with the load of one that it can.
    THRESHOLD.store(black_box(30), Ordering::Relaxed);
    get_logger("gate").set_level(Level::WARNING);
    let cases = [
        Case { name: "an atomic load and a compare", turn: atomic_load },
        Case { name: "info!(logger, \"turn {}\", turn)", turn: with_logger },
        Case { name: "info!(\"turn {}\", turn)", turn: of_module },
    ];
    check(&cases[1..])?;
    let times = rounds(&cases, ROUNDS);
    let mut passed = true;
    println!(
        "{:<34} {:>8} {:>8} {:>7} {:>7}",
        "disabled, ns a call", "median", "spread", "ratio", "limit"
    );
    for (index, (case, own)) in cases.iter().zip(&times).enumerate() {
        let limit = (index > 0).then_some(LIMIT);
        passed &= line(case.name, own, ratio(own, &times[0]), limit);
    }

    let (mut plain, mut bridged) = (Vec::new(), Vec::new());
    for _ in 0..PROCESSES {
        plain.push(ask_process("plain")?);
        bridged.push(ask_process("ferrolog")?);
    }
    let same = median(&bridged) / median(&plain);
    line("log::info!, a logger of no use", &plain, 1.0, None);
    passed &= line("log::info!, ferrolog behind it", &bridged, same, Some(LOG_LIMIT));
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// That the calls are real ones: with the level lowered, each turn is in the log, and after that none.
fn check(calls: &[Case]) -> Result<(), Box<dyn Error>> {
    let log = get_logger("gate");
    let handler = Handler::new(StreamHandler::new(Vec::new()));
    log.add_handler(&handler);
    for (level, expected) in [(Level::INFO, 24), (Level::WARNING, 24)] {
        log.set_level(level);
        for call in calls {
            (call.turn)(3);
        }
        let lines = handler.lock().stream().split(|byte| *byte == b'\n').count() - 1;
        if lines != expected * calls.len() {
            return Err(format!("the calls wrote {lines} lines at level {level}").into());
        }
    }
    log.remove_handler(&handler);
    Ok(())
}

/// Prints one figure; whether it is within its limit.
fn line(name: &str, times: &[f64], ratio: f64, limit: Option<f64>) -> bool {
    let (middle, spread) = (median(times), spread(times));
    print!("{name:<34} {middle:>8.3} {spread:>8.3} {ratio:>7.2}");
    let Some(limit) = limit else {
        println!();
        return true;
    };
    let within = ratio <= limit;
    println!(" {limit:>7.2}  {}", if within { "within" } else { "ABOVE" });
    within
}

/// The median time of a disabled `log::info!` in this process.
fn log_process(which: &str) -> Result<f64, Box<dyn Error>> {
    match which {
        "plain" => {
            log::set_logger(&NoLogger)?;
            log::set_max_level(log::LevelFilter::Warn);
        }
        "ferrolog" => ferrolog::bridge::log::init()?,
        _ => return Err(format!("no such process: {which}").into()),
    }
    let case = Case { name: "log::info!", turn: of_log };
    let times: Vec<_> = (0..ROUNDS).map(|_| round(&case)).collect();
    Ok(median(&times))
}

fn ask_process(which: &str) -> Result<f64, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).args(["log", which]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
