//! log4rs' driver.

use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use common::{Case, Counting, Finish, Work, leaves, second, tree};
use log::LevelFilter;
use log4rs::Handle;
use log4rs::append::Append;
use log4rs::append::file::FileAppender;
use log4rs::append::rolling_file::RollingFileAppender;
use log4rs::append::rolling_file::policy::compound::CompoundPolicy;
use log4rs::append::rolling_file::policy::compound::roll::fixed_window::FixedWindowRoller;
use log4rs::append::rolling_file::policy::compound::trigger::size::SizeTrigger;
use log4rs::config::{Appender, Config, Logger, Root};
use log4rs::encode::Encode;
use log4rs::encode::json::JsonEncoder;
use log4rs::encode::pattern::PatternEncoder;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

common::log_calls!();

const PATTERN: &str = "{d(%Y-%m-%d %H:%M:%S%.3f)} {l} {t} {m}{n}";
const WITH_KEY_VALUES: &str = "{d(%Y-%m-%d %H:%M:%S%.3f)} {l} {t} {m} user={K(user)} id={K(id)} \
                               ok={K(ok)} ratio={K(ratio)} path={K(path)}{n}";
const WITH_CALLER: &str = "{d(%Y-%m-%d %H:%M:%S%.3f)} {l} {f}:{L} {m}{n}";

static HANDLE: OnceLock<Handle> = OnceLock::new();
static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
static LEAVES: OnceLock<Vec<String>> = OnceLock::new();

fn config(appender: Box<dyn Append>, loggers: &[String], level: LevelFilter) -> Config {
    let mut builder = Config::builder().appender(Appender::builder().build("file", appender));
    for name in loggers {
        builder = builder.logger(Logger::builder().build(name.replace('.', "::"), level));
    }
    builder.build(Root::builder().appender("file").build(level)).expect("a valid configuration")
}

fn use_appender(appender: Box<dyn Append>) -> Finish {
    let handle = log4rs::init_config(config(appender, &[], LevelFilter::Info));
    HANDLE.get_or_init(|| handle.expect("the first logger of the process"));
    Box::new(|_| ())
}

fn appender(folder: &Path, encoder: Box<dyn Encode>) -> Box<dyn Append> {
    let file = FileAppender::builder().encoder(encoder).build(folder.join("log"));
    Box::new(file.expect("a file in the folder"))
}

fn pattern(pattern: &str) -> Box<dyn Encode> {
    Box::new(PatternEncoder::new(pattern))
}

fn one_file(folder: &Path) -> Finish {
    use_appender(appender(folder, pattern(PATTERN)))
}

fn text_key_values(folder: &Path) -> Finish {
    use_appender(appender(folder, pattern(WITH_KEY_VALUES)))
}

fn json(folder: &Path) -> Finish {
    use_appender(appender(folder, Box::new(JsonEncoder::new())))
}

fn caller(folder: &Path) -> Finish {
    use_appender(appender(folder, pattern(WITH_CALLER)))
}

fn rotating(folder: &Path) -> Finish {
    let names = folder.join("log.{}");
    let roller = FixedWindowRoller::builder()
        .build(names.to_str().expect("a path of text"), 50)
        .expect("a valid pattern");
    let trigger = SizeTrigger::new(common::ROTATE_AT);
    let policy = CompoundPolicy::new(Box::new(trigger), Box::new(roller));
    let file = RollingFileAppender::builder()
        .encoder(pattern(PATTERN))
        .build(folder.join("log"), Box::new(policy));
    use_appender(Box::new(file.expect("a file in the folder")))
}

fn with_tree(folder: &Path) -> Finish {
    let appender = appender(folder, pattern(PATTERN));
    let handle = log4rs::init_config(config(appender, &tree(), LevelFilter::Info));
    HANDLE.get_or_init(|| handle.expect("the first logger of the process"));
    FOLDER.get_or_init(|| folder.to_owned());
    LEAVES.get_or_init(|| leaves().iter().map(|name| name.replace('.', "::")).collect());
    Box::new(|_| ())
}

fn in_tree(n: u64) {
    if let Some(leaves) = LEAVES.get() {
        let target = &*leaves[n as usize % leaves.len()];
        log::info!(target: target, "request {} took {} us", n, second(n));
    }
}

/// There is no way to change a level but by a whole new configuration.
fn change_level(n: u64) {
    let level = if n.is_multiple_of(2) { LevelFilter::Info } else { LevelFilter::Warn };
    if let (Some(handle), Some(folder)) = (HANDLE.get(), FOLDER.get()) {
        handle.set_config(config(appender(folder, pattern(PATTERN)), &tree(), level));
    }
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: text_key_values, work: Work::Calls(key_values) },
        Case { name: "json", set_up: json, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: caller, work: Work::Calls(plain) },
        Case { name: "rotating", set_up: rotating, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
        Case { name: "tree", set_up: with_tree, work: Work::Calls(in_tree) },
        Case { name: "level-change", set_up: with_tree, work: Work::Times(change_level) },
    ])
}
