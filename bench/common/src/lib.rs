//! What all drivers share: how they are told what to do, the loops, the clock, and the count of
//! allocations.
//!
//! A driver is a program for one library. `driver cases` names the cases that it has, a line each, and
//! `driver run CASE FOLDER RECORDS` does one of them and prints its figures, `name value` a line. What a
//! library wrote below the folder is checked by who started the driver. `driver count CASE FOLDER RECORDS` does
//! as many calls within the function [`measured`], for who counts the instructions of that.

mod allocations;
mod blocks;
mod clock;
mod lines;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

pub use allocations::Counting;
pub use lines::Lines;

use blocks::Blocks;

/// Records that are logged before the clock is started; they are in the files like all others.
const WARM_UP: u64 = 1000;
/// Records whose allocations are counted, behind the timed ones.
const COUNTED: u64 = 1000;
/// How many records are logged in one go where the time of each is taken.
const BURST: u64 = 256;

/// The size of a file at which it is rotated.
pub const ROTATE_AT: u64 = 1024 * 1024;

/// Sees to it that all that was logged so far, which is this many records, has been delivered.
pub type Finish = Box<dyn Fn(u64)>;

/// One case of a driver.
pub struct Case {
    /// As `driver run` is told it.
    pub name: &'static str,
    /// Sets the library up so that it writes below the folder.
    pub set_up: fn(&Path) -> Finish,
    /// What is timed.
    pub work: Work,
}

/// What a case does. A call is told the number of its record, which is in the message.
#[derive(Clone, Copy)]
pub enum Work {
    /// Loops of a nanosecond or less, which turn as often as they are told, with eight calls a turn.
    Turns(fn(u64)),
    /// Records one after the other, each of which is done when its call returns.
    Calls(fn(u64)),
    /// The same for a library that has others write them; the last is delivered when the clock is stopped.
    Delivered(fn(u64)),
    /// Records from several threads at once.
    Threads(usize, fn(u64)),
    /// The time of each call by itself, with pauses in which all is delivered, so that no queue is full.
    Latency(fn(u64)),
    /// Something that is done a few times, and is no record: the microseconds of one time.
    Times(fn(u64)),
}

/// Runs the driver whose cases these are.
pub fn main(cases: &[Case]) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["cases"] => cases.iter().for_each(|case| println!("{}", case.name)),
        [what @ ("run" | "count"), name, folder, records] => {
            let Some(case) = cases.iter().find(|case| case.name == name) else {
                eprintln!("there is no case {name:?} here");
                return ExitCode::FAILURE;
            };
            let Ok(records) = records.parse() else {
                eprintln!("not a number of records: {records:?}");
                return ExitCode::FAILURE;
            };
            let act = if what == "run" { run } else { count };
            act(case, &PathBuf::from(folder), records);
        }
        _ => {
            eprintln!("usage: DRIVER cases | DRIVER run|count CASE FOLDER RECORDS");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(case: &Case, folder: &Path, records: u64) {
    let finish = (case.set_up)(folder);
    match case.work {
        Work::Turns(turn) => {
            turn(records / 80);
            let mut blocks = Blocks::new();
            blocks.time_all(records / 8, |turns| turn(turns.end - turns.start));
            tell("ns", blocks.nanoseconds() / 8.0);
            blocks.tell();
        }
        Work::Calls(call) => {
            let next = warm_up(call, &finish);
            let mut blocks = Blocks::new();
            blocks.time_all(records, |numbers| {
                (next + numbers.start..next + numbers.end).for_each(call);
            });
            let start = Instant::now();
            finish(next + records);
            let left = start.elapsed().as_secs_f64() * 1e9 / records as f64;
            tell("ns", blocks.nanoseconds() + left);
            blocks.tell();
            count_allocations(call, next + records, &finish);
        }
        Work::Delivered(call) => {
            let next = warm_up(call, &finish);
            let start = Instant::now();
            (next..next + records).for_each(call);
            finish(next + records);
            tell("ns", start.elapsed().as_secs_f64() * 1e9 / records as f64);
            count_allocations(call, next + records, &finish);
        }
        Work::Threads(threads, call) => {
            let each = records / threads as u64;
            let barrier = Barrier::new(threads + 1);
            let time = thread::scope(|scope| {
                for number in 0..threads as u64 {
                    let barrier = &barrier;
                    let base = number * (each + WARM_UP);
                    scope.spawn(move || {
                        (base..base + WARM_UP).for_each(call);
                        barrier.wait();
                        (base + WARM_UP..base + WARM_UP + each).for_each(call);
                        barrier.wait();
                    });
                }
                barrier.wait();
                let start = Instant::now();
                barrier.wait();
                finish((each + WARM_UP) * threads as u64);
                start.elapsed()
            });
            tell("ns", time.as_secs_f64() * 1e9 / (each * threads as u64) as f64);
            tell("records", ((each + WARM_UP) * threads as u64) as f64);
        }
        Work::Latency(call) => {
            let clock = clock::Clock::new();
            let mut times = Vec::with_capacity((records + BURST) as usize);
            let mut next = warm_up(call, &finish);
            let mut blocks = Blocks::new();
            while (times.len() as u64) < records {
                finish(next);
                thread::sleep(Duration::from_micros(100));
                blocks.time(BURST, || {
                    for number in next..next + BURST {
                        let start = clock.now();
                        call(number);
                        times.push(clock.now().saturating_sub(start));
                    }
                });
                next += BURST;
            }
            finish(next);
            blocks.tell();
            let bursts = times.chunks(BURST as usize).zip(blocks.counting());
            let counting = bursts.filter(|(_, counts)| *counts);
            let mut times =
                counting.flat_map(|(times, _)| times.iter().copied()).collect::<Vec<_>>();
            times.sort_unstable();
            let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
            for (name, part) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
                tell(name, clock.nanoseconds(at(part)));
            }
            tell("records", next as f64);
        }
        Work::Times(call) => {
            call(0);
            let start = Instant::now();
            (1..=records).for_each(call);
            tell("us", start.elapsed().as_secs_f64() * 1e6 / records as f64);
        }
    }
}

/// Logs the records before the clock is started, and says which number comes next.
fn warm_up(call: fn(u64), finish: &Finish) -> u64 {
    (0..WARM_UP).for_each(call);
    finish(WARM_UP);
    WARM_UP
}

/// Logs the last records, from the number `next` on, and tells how often they allocated and how many there are.
fn count_allocations(call: fn(u64), next: u64, finish: &Finish) {
    let before = allocations::count();
    (next..next + COUNTED).for_each(call);
    tell("allocations", (allocations::count() - before) as f64 / COUNTED as f64);
    finish(next + COUNTED);
    tell("records", (next + COUNTED) as f64);
}

/// Does a case, of which callgrind counts what is done within [`measured`]: after a warm-up, as many calls by one
/// thread as there are to be records.
fn count(case: &Case, folder: &Path, records: u64) {
    let finish = (case.set_up)(folder);
    match case.work {
        Work::Turns(turn) => {
            turn(records / 80);
            measured(&mut || turn(records / 8));
        }
        Work::Calls(call)
        | Work::Delivered(call)
        | Work::Threads(_, call)
        | Work::Latency(call) => {
            let next = warm_up(call, &finish);
            measured(&mut || (next..next + records).for_each(call));
            finish(next + records);
            tell("records", (next + records) as f64);
        }
        Work::Times(call) => {
            call(0);
            measured(&mut || (1..=records).for_each(call));
        }
    }
}

/// Calls `work`. Callgrind is told its name; of a function that jumps there it would not see the end.
#[unsafe(no_mangle)]
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
    std::hint::black_box(());
}

fn tell(name: &str, value: f64) {
    println!("{name} {value}");
}

/// Eight calls a turn, so that what is compared is calls: a loop of one call is so short that its place
/// in memory decides whether it takes one cycle or two.
#[macro_export]
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

/// The second argument of the message: another number that the checker can tell from the first.
#[inline]
pub fn second(number: u64) -> u64 {
    number * 7 % 1000
}

/// The calls of a library that takes records through the `log` crate.
#[macro_export]
macro_rules! log_calls {
    () => {
        fn disabled(turns: u64) {
            for n in 0..turns {
                $crate::eight!(log::debug!("request {} took {} us", n, n));
            }
        }

        fn plain(n: u64) {
            log::info!("request {} took {} us", n, $crate::second(n));
        }

        #[allow(dead_code, reason = "not every library shows them")]
        fn key_values(n: u64) {
            log::info!(
                user = "ann", id = n, ok = true, ratio = 0.5, path = "/api/items";
                "request {} took {} us", n, $crate::second(n)
            );
        }
    };
}

/// The names of ten thousand loggers: a thousand chains of ten.
pub fn tree() -> Vec<String> {
    let mut names = Vec::new();
    for chain in 0..1000 {
        let mut name = format!("app{chain}");
        names.push(name.clone());
        for depth in 1..10 {
            name.push_str(&format!(".level{depth}"));
            names.push(name.clone());
        }
    }
    names
}

/// The last loggers of the chains of [`tree`].
pub fn leaves() -> Vec<String> {
    tree().into_iter().skip(9).step_by(10).collect()
}
