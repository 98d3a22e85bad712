//! Reloading a configuration when its file changes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use super::dict::Configuration;
use super::error::Problem;
use super::syntax::Syntax;
use crate::error::{Error, Result};
use crate::handler::{caught, report};
use crate::manager::Manager;

/// How long a file must stay the same before it is taken for complete.
const SETTLING: Duration = Duration::from_millis(100);

/// How often a file that keeps changing is waited for.
const MOST_WAITS: u32 = 50;

/// Configures the global tree from a file, and again whenever the file changes, as long as what is returned
/// lives: [`FileWatcher::builder`] with its defaults.
///
/// # Errors
///
/// As [`Configuration::apply`]; the file is then not watched.
pub fn watch_file(path: impl AsRef<Path>) -> Result<FileWatcher> {
    FileWatcher::builder(path).start()
}

/// Keeps the configuration in force equal to a file, until it is dropped.
///
/// A changed file takes the place of the one before as if the program had begun with it, all or nothing:
///
/// - Where it is faulty, the running configuration stays as it is, and the faults are reported once, until
///   the file changes again.
/// - Handlers with the same name, class and keywords go on: a file stays open, counts go on, a queue keeps
///   its records. Their level, formatter and filters become those of the new file.
/// - The others are made anew, and the old ones are closed when the records that were on their way to them
///   have arrived. A file that an old and a new handler share is added to, whatever the mode. No record is
///   lost and none is written twice.
/// - What the file before did to loggers is taken back where the new one does not say so too. Handlers and
///   filters that the program itself added to them stay.
///
/// A thread of its own, called `ferrolog-watch`, reads the file once a second and compares it with what it
/// read before; no service of the operating system is needed, and a file that is replaced, linked or on a
/// network is followed as well. Loggers pay nothing for it. A child process that was forked does not watch.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use std::time::Duration;
/// use ferrolog::{Level, config::FileWatcher};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # std::env::set_current_dir(&folder).unwrap();
/// std::fs::write("log.toml", "version = 1\nroot.level = 'WARNING'\n")?;
/// let (told, outcome) = std::sync::mpsc::channel();
/// let watcher = FileWatcher::builder("log.toml")
///     .interval(Duration::from_millis(50))
///     .on_reload(move |result| told.send(result.is_ok()).unwrap())
///     .start()?;
/// assert!(!ferrolog::root().is_enabled_for(Level::DEBUG));
///
/// std::fs::write("log.toml", "version = 1\nroot.level = 'DEBUG'\n")?;
/// assert_eq!(outcome.recv(), Ok(true));
/// assert!(ferrolog::root().is_enabled_for(Level::DEBUG));
///
/// std::fs::write("log.toml", "version = 1\nroot.level = 'DEBUGG'\n")?;
/// assert_eq!(outcome.recv(), Ok(false));
/// assert!(ferrolog::root().is_enabled_for(Level::DEBUG));
/// # }
/// # Ok::<(), ferrolog::Error>(())
/// ```
#[must_use = "the file is watched only as long as this lives"]
pub struct FileWatcher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

type Prepare = Box<dyn Fn(Configuration) -> Configuration + Send + Sync>;
type OnReload = Box<dyn Fn(&Result<Vec<Problem>>) + Send + Sync>;

struct Shared {
    path: PathBuf,
    syntax: Option<Syntax>,
    interval: Duration,
    manager: Manager,
    prepare: Option<Prepare>,
    on_reload: Option<OnReload>,
    /// What the file had in it when it was loaded last; held while it is loaded.
    loaded: Mutex<Seen>,
    stopped: Mutex<bool>,
    wake: Condvar,
}

/// What was found at the path: bytes, or why there are none.
type Seen = std::result::Result<Vec<u8>, (std::io::ErrorKind, String)>;

impl FileWatcher {
    /// A watcher of the file at `path`, set up step by step.
    pub fn builder(path: impl AsRef<Path>) -> FileWatcherBuilder {
        FileWatcherBuilder {
            path: path.as_ref().to_owned(),
            syntax: None,
            interval: Duration::from_secs(1),
            manager: Manager::global().clone(),
            prepare: None,
            on_reload: None,
        }
    }

    /// The file, as it was given.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Loads the file now, changed or not: for a program that reloads on a signal, say. The hook is not
    /// called. Says what in the file has no effect.
    ///
    /// # Errors
    ///
    /// As [`Configuration::apply`]; the running configuration is then as it was.
    pub fn reload(&self) -> Result<Vec<Problem>> {
        let mut loaded = self.shared.loaded();
        *loaded = self.shared.look();
        self.shared.load(&loaded)
    }

    /// Stops watching, and waits for a reload that is under way. The configuration stays in force. Dropping
    /// the watcher does the same.
    pub fn stop(self) {
        drop(self);
    }

    /// Watches until the process ends.
    pub fn detach(self) {
        std::mem::forget(self);
    }
}

impl Drop for FileWatcher {
    fn drop(&mut self) {
        *self.shared.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take()
            && !is_here(thread.thread().id())
            && thread.join().is_err()
        {
            let error = Error::Invalid("the watcher's thread panicked".to_owned());
            report(&error, None, "FileWatcher");
        }
    }
}

/// A hook may drop the watcher that called it.
fn is_here(thread: ThreadId) -> bool {
    std::thread::current().id() == thread
}

impl Shared {
    fn loaded(&self) -> MutexGuard<'_, Seen> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Seen {
        std::fs::read(&self.path).map_err(|error| (error.kind(), error.to_string()))
    }

    /// The configuration that was seen.
    fn configuration(&self, seen: &Seen) -> Result<Configuration> {
        let bytes = seen.as_ref().map_err(|(kind, message)| Error::File {
            what: "read",
            path: self.path.clone(),
            source: std::io::Error::new(*kind, message.clone()),
        })?;
        let configuration = Configuration::from_contents(&self.path, bytes, self.syntax)?;
        Ok(match &self.prepare {
            Some(prepare) => prepare(configuration),
            None => configuration,
        })
    }

    fn load(&self, seen: &Seen) -> Result<Vec<Problem>> {
        // What is an application's own in it may panic.
        caught(|| self.configuration(seen)?.reload_in(&self.manager))
    }

    fn run(&self) {
        while !self.wait(self.interval) {
            if *self.loaded() == self.look() {
                continue;
            }
            let Some(seen) = self.settled() else { return };
            let mut loaded = self.loaded();
            if *loaded == seen {
                continue;
            }
            let result = self.load(&seen);
            *loaded = seen;
            drop(loaded);
            self.tell(&result);
        }
    }

    /// What is in the file once nobody writes to it any more; nothing if the watcher is stopped first.
    fn settled(&self) -> Option<Seen> {
        let mut seen = self.look();
        for _ in 0..MOST_WAITS {
            // A file that is just being replaced is away for a moment.
            let pause = if seen.is_ok() { SETTLING } else { SETTLING.max(self.interval) };
            if self.wait(pause) {
                return None;
            }
            let again = self.look();
            if again == seen {
                break;
            }
            seen = again;
        }
        Some(seen)
    }

    fn tell(&self, result: &Result<Vec<Problem>>) {
        let told = caught(|| {
            match (&self.on_reload, result) {
                (Some(hook), _) => hook(result),
                (None, Err(error)) => report(error, None, "FileWatcher"),
                (None, Ok(_)) => {}
            }
            Ok(())
        });
        if let Err(panic) = told {
            report(&panic, None, "FileWatcher");
        }
    }

    /// Waits that long; says whether the watcher was stopped.
    fn wait(&self, limit: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let woken = self.wake.wait_timeout_while(stopped, limit, |stopped| !*stopped);
        *woken.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl fmt::Debug for FileWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileWatcher")
            .field("path", &self.shared.path)
            .field("interval", &self.shared.interval)
            .finish_non_exhaustive()
    }
}

/// Builds a [`FileWatcher`].
///
/// | setting | default |
/// |---|---|
/// | `syntax` | the one that the file's ending stands for or, failing that, that its text looks like |
/// | `interval` | one second |
/// | `manager` | the global tree |
/// | `prepare` | the configuration as it is in the file, with what [`Registry::new`](super::Registry::new) knows |
/// | `on_reload` | a failed reload is reported on standard error |
#[must_use = "nothing is watched until the watcher is started"]
pub struct FileWatcherBuilder {
    path: PathBuf,
    syntax: Option<Syntax>,
    interval: Duration,
    manager: Manager,
    prepare: Option<Prepare>,
    on_reload: Option<OnReload>,
}

impl FileWatcherBuilder {
    /// The syntax of the file, whatever it is called.
    pub fn syntax(mut self, syntax: Syntax) -> Self {
        self.syntax = Some(syntax);
        self
    }

    /// How often the file is looked at. A change takes a tenth of a second more, as the file must have
    /// stayed the same for so long.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The tree that is configured.
    pub fn manager(mut self, manager: &Manager) -> Self {
        self.manager = manager.clone();
        self
    }

    /// What the program adds to each configuration that was read: its own classes with
    /// [`Configuration::registry`], say.
    pub fn prepare(
        mut self,
        prepare: impl Fn(Configuration) -> Configuration + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Box::new(prepare));
        self
    }

    /// What is called after each reload, failed or not, on the watcher's thread, in the place of the report
    /// on standard error. It gets what [`Configuration::apply`] returns.
    pub fn on_reload(
        mut self,
        hook: impl Fn(&Result<Vec<Problem>>) + Send + Sync + 'static,
    ) -> Self {
        self.on_reload = Some(Box::new(hook));
        self
    }

    /// Applies the file, as [`Configuration::apply`] does, and watches it from then on.
    ///
    /// # Errors
    ///
    /// As [`Configuration::apply`], or the thread cannot be started; the file is then not watched.
    pub fn start(self) -> Result<FileWatcher> {
        let Self { path, syntax, interval, manager, prepare, on_reload } = self;
        let shared = Arc::new(Shared {
            path,
            syntax,
            interval,
            manager,
            prepare,
            on_reload,
            loaded: Mutex::new(Ok(Vec::new())),
            stopped: Mutex::new(false),
            wake: Condvar::new(),
        });
        let seen = shared.look();
        shared.configuration(&seen)?.apply_to(&shared.manager)?;
        *shared.loaded() = seen;
        let watching = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("ferrolog-watch".to_owned())
            .spawn(move || watching.run())
            .map_err(Error::io("cannot start the watcher's thread"))?;
        Ok(FileWatcher { shared, thread: Some(thread) })
    }
}

impl fmt::Debug for FileWatcherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileWatcherBuilder")
            .field("path", &self.path)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
