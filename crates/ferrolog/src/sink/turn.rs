//! Taking turns with other processes at one file.
//!
//! A file beside the log, with `.lock` behind its name, is locked by whoever has the turn. The lock is one of
//! POSIX records, which belongs to the process: it ends with the process, however that ends, and a child
//! of a fork does not inherit it. Python programs take the same lock with `fcntl.lockf`.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use super::Backoff;
use super::rotation::with_suffix;
use crate::error::{Error, Result};
use crate::fork::{self, AtFork, Frozen};
use crate::once::Once;

/// How long a turn is waited for. Turns take microseconds, and a rotation not much more; a process that
/// keeps one so long was stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// The turns at one file. All that this process has at a path are one: a process never waits for itself by
/// way of the operating system's lock, which would let it through.
#[derive(Debug)]
pub struct Turns {
    path: PathBuf,
    log: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    /// When a turn is waited for again, after it was in vain.
    pause: Backoff,
    /// What the log was like when it was in vain.
    given_up_at: Option<Traces>,
}

/// What changes with each turn: the log's length, and when it was written to.
type Traces = Option<(u64, Option<SystemTime>)>;

fn traces(log: &Path) -> Traces {
    log.metadata().map(|metadata| (metadata.len(), metadata.modified().ok())).ok()
}

/// While one lives, no other thread or process that keeps to turns touches the file.
#[derive(Debug)]
pub struct Turn<'t>(MutexGuard<'t, State>);

impl Turns {
    /// The turns at the file at `path`, which is absolute.
    ///
    /// # Errors
    ///
    /// The lock file cannot be made or opened; or the system has no such locks.
    pub fn of(path: &Path) -> Result<Arc<Self>> {
        static ALL: Mutex<Option<HashMap<PathBuf, Weak<Turns>>>> = Mutex::new(None);
        static AT_FORK: Once = Once::new();
        AT_FORK.call_once(|| fork::register_static(&ALL, |_| {}));
        let log = path.to_owned();
        let path = with_suffix(path, ".lock");
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.get_or_insert_default();
        if let Some(turns) = all.get(&path).and_then(Weak::upgrade) {
            return Ok(turns);
        }
        let file = Some(open(&path)?);
        let state = State { file, pause: Backoff::default(), given_up_at: None };
        let turns = Arc::new(Self { path: path.clone(), log, state: Mutex::new(state) });
        let weak: Weak<Self> = Arc::downgrade(&turns);
        fork::register_leaf(weak);
        all.retain(|_, turns| turns.strong_count() > 0);
        all.insert(path, Arc::downgrade(&turns));
        Ok(turns)
    }

    /// Waits for the turn.
    ///
    /// # Errors
    ///
    /// The lock file cannot be opened or locked; or another process has had the turn for ten seconds. After
    /// that, a turn is waited for at intervals only, until others have had theirs.
    pub fn take(&self) -> Result<Turn<'_>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let State { file, pause, given_up_at } = &mut *state;
            let open = match file {
                Some(file) => file,
                None => file.insert(open(&self.path)?),
            };
            let others_go_on = || given_up_at.is_some_and(|seen| seen != traces(&self.log));
            let waits = pause.is_due() || others_go_on();
            let patience = if waits { PATIENCE } else { Duration::ZERO };
            if !lock(open, patience, &self.log).map_err(Error::file("lock", &self.path))? {
                pause.failed();
                *given_up_at = Some(traces(&self.log));
                return Err(Error::Invalid(format!(
                    "another process keeps \"{}\" locked",
                    self.path.display()
                )));
            }
            pause.succeeded();
            *given_up_at = None;
            if is_linked(open) {
                return Ok(Turn(state));
            }
            // It was removed, and others will lock a new one. Closing it gives the lock back.
            *file = None;
        }
    }
}

impl AtFork for Turns {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        struct Locked(#[expect(dead_code, reason = "held")] fork::Held<Turns, State>);
        impl Frozen for Locked {
            fn in_child(&mut self) {}
        }
        let locked = fork::Held::take(self, |turns| &turns.state, deadline)?;
        Some(Box::new(Locked(locked)))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(file) = &self.0.file
            && unlock(file).is_err()
        {
            // Closing it gives the lock back as well.
            self.0.file = None;
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.open(path).map_err(Error::file("open", path))
}

/// Locks the file, which takes several attempts where others lock it too; says whether it could be locked
/// in time. (A wait in the operating system has no limit.)
fn lock(file: &File, patience: Duration, log: &Path) -> io::Result<bool> {
    let (mut since, mut seen) = (None, None);
    let mut pause = Duration::from_micros(5);
    while !try_lock(file)? {
        let now = Instant::now();
        let begun = *since.get_or_insert_with(|| {
            seen = traces(log);
            now
        });
        if now.duration_since(begun) >= patience {
            let found = traces(log);
            if found == seen || patience.is_zero() {
                return Ok(false);
            }
            // Others have had their turns meanwhile: on a busy machine this one's may be late.
            (since, seen) = (Some(now), found);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(1));
    }
    Ok(true)
}

#[cfg(unix)]
fn try_lock(file: &File) -> io::Result<bool> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    use rustix::io::Errno;
    match fcntl_lock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS | Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
fn unlock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fcntl_lock(file, rustix::fs::FlockOperation::NonBlockingUnlock)?)
}

/// Whether the lock file is still there.
#[cfg(unix)]
fn is_linked(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    // A file that cannot be asked about is no reason to go without a turn.
    file.metadata().map_or(true, |metadata| metadata.nlink() > 0)
}

#[cfg(not(unix))]
fn try_lock(_: &File) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn unlock(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_linked(_: &File) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn all_turns_at_a_path_are_one_and_a_removed_lock_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let turns = Turns::of(&path).unwrap();
        assert!(Arc::ptr_eq(&turns, &Turns::of(&path).unwrap()));
        drop(turns.take().unwrap());
        let lock = folder.path().join("app.log.lock");
        std::fs::remove_file(&lock).unwrap();
        let turn = turns.take().unwrap();
        assert!(lock.exists());
        drop(turn);
        std::fs::remove_file(&lock).unwrap();
        std::fs::remove_dir(folder.path()).unwrap();
        assert!(matches!(turns.take(), Err(Error::File { .. })));
        std::fs::create_dir(folder.path()).unwrap();
        assert!(turns.take().is_ok());
    }
}
