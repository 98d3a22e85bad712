//! Compression of rotated files, by a thread of its own.
//!
//! A file is compressed into one whose name ends in `.gz.part`; only when that is complete and on the
//! disk it gets its final name, and the plain file is removed. A process that ends on the way leaves the
//! plain file, and the next one begins anew.
//!
//! Backups may be renamed or removed while they are being compressed. Both take the lock, under which the
//! final renaming asks what has become of its file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::backups::{compressed, remove, rename, with_suffix};
use crate::error::{Error, Result};
use crate::fork::{self, AtFork, Frozen};
use crate::once::Once;

/// The backups of one file that are waiting to be compressed.
#[derive(Debug, Default)]
pub(super) struct Compressor {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: Vec<Job>,
    next: u64,
    error: Option<Error>,
}

#[derive(Debug)]
struct Job {
    id: u64,
    /// Where the plain file is by now.
    path: PathBuf,
}

impl State {
    fn path(&self, id: u64) -> Option<&Path> {
        self.jobs.iter().find(|job| job.id == id).map(|job| &*job.path)
    }
}

impl AtFork for Compressor {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        struct Locked(fork::Held<Compressor, State>);
        impl Frozen for Locked {
            fn in_child(&mut self) {
                // The parent compresses them.
                self.0.guard.jobs.clear();
            }
        }
        let locked = fork::Held::take(self, |compressor| &compressor.state, deadline)?;
        Some(Box::new(Locked(locked)))
    }
}

impl Compressor {
    pub(super) fn new() -> Arc<Self> {
        let compressor = Arc::new(Self::default());
        let weak: Weak<Self> = Arc::downgrade(&compressor);
        fork::register_leaf(weak);
        compressor
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the backup at `path` compressed in its turn.
    pub(super) fn submit(self: &Arc<Self>, path: &Path) {
        let id = {
            let mut state = self.lock();
            state.next += 1;
            let id = state.next;
            state.jobs.push(Job { id, path: path.to_owned() });
            id
        };
        if let Err(error) = send(Task { compressor: Arc::clone(self), id }) {
            self.finish(id, Err(Error::io("cannot start the thread that compresses")(error)));
        }
    }

    /// Gives a backup another name, in the place of the one that has it.
    pub(super) fn shift(&self, from: &Path, to: &Path) -> Result<()> {
        let mut state = self.lock();
        self.remove_locked(&mut state, to)?;
        if from.exists() {
            rename(from, to)?;
            for job in &mut state.jobs {
                if job.path == from {
                    job.path = to.to_owned();
                }
            }
        }
        let packed = compressed(from);
        if packed.exists() { rename(&packed, &compressed(to)) } else { Ok(()) }
    }

    /// Removes a backup, if it is there.
    pub(super) fn remove(&self, path: &Path) -> Result<()> {
        self.remove_locked(&mut self.lock(), path)
    }

    fn remove_locked(&self, state: &mut State, path: &Path) -> Result<()> {
        state.jobs.retain(|job| job.path != path);
        self.done.notify_all();
        remove(path).and(remove(&compressed(path)))
    }

    /// Takes up what an earlier process left of the backup at `path`.
    pub(super) fn recover(self: &Arc<Self>, path: &Path) -> Result<()> {
        remove(&part(path))?;
        let packed = compressed(path);
        if path.is_file() && packed.exists() {
            // It was about to remove the plain file. As long as there are both, a rotation that is killed
            // could part them, and keep all of it twice.
            let plain = File::open(path).map_err(Error::file("open", path))?;
            if same(&plain, &packed).map_err(Error::file("read", &packed))? {
                return remove(path);
            }
        }
        if path.is_file() {
            self.submit(path);
        }
        Ok(())
    }

    /// Waits until nothing is left to do, but not longer than `limit`.
    pub(super) fn wait(&self, limit: Option<Duration>) {
        let state = self.lock();
        let busy = |state: &mut State| !state.jobs.is_empty();
        match limit {
            None => drop(self.done.wait_while(state, busy)),
            Some(limit) => drop(self.done.wait_timeout_while(state, limit, busy)),
        }
    }

    pub(super) fn take_error(&self) -> Option<Error> {
        self.lock().error.take()
    }

    fn finish(&self, id: u64, result: Result<()>) {
        let mut state = self.lock();
        state.jobs.retain(|job| job.id != id);
        if let Err(error) = result {
            state.error = Some(error);
        }
        self.done.notify_all();
    }

    /// Compresses one backup, unless it has been removed.
    fn compress(&self, id: u64) -> Result<()> {
        let (path, plain) = {
            let state = self.lock();
            let Some(path) = state.path(id) else { return Ok(()) };
            (path.to_owned(), File::open(path).map_err(Error::file("open", path))?)
        };
        let (packed, part) = (compressed(&path), part(&path));
        if packed.exists() {
            // An earlier process was about to remove the plain file, or never compressed it.
            let same = same(&plain, &packed).map_err(Error::file("read", &packed))?;
            let state = self.lock();
            return match state.path(id) {
                Some(path) if same => remove(path),
                Some(path) => Err(in_the_way(path)),
                None => Ok(()),
            };
        }
        let packing = pack(plain, &part).map_err(Error::file("compress", &path));
        let state = self.lock();
        let result = match (packing, state.path(id)) {
            (Ok(()), Some(path)) if !compressed(path).exists() => {
                return rename(&part, &compressed(path)).and_then(|()| remove(path));
            }
            (Ok(()), Some(path)) => Err(in_the_way(path)),
            (result, _) => result,
        };
        result.and(remove(&part))
    }
}

fn in_the_way(path: &Path) -> Error {
    let source = io::Error::new(
        io::ErrorKind::AlreadyExists,
        "another file has the name of its compressed form",
    );
    Error::file("compress", path)(source)
}

/// The name of the unfinished form of a compressed backup.
fn part(path: &Path) -> PathBuf {
    with_suffix(&compressed(path), ".part")
}

/// Writes all of `plain`, compressed, to `part`, and waits until the disk has it.
fn pack(mut plain: File, part: &Path) -> io::Result<()> {
    let metadata = plain.metadata()?;
    // Nothing that somebody else has put there is written to, be it a link to elsewhere.
    match std::fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = File::options().write(true).create_new(true).open(part)?;
    let mut encoder = GzEncoder::new(BufWriter::new(file), Compression::default());
    io::copy(&mut plain, &mut encoder)?;
    let file = encoder.finish()?.into_inner()?;
    file.set_permissions(metadata.permissions())?;
    if let Ok(modified) = metadata.modified() {
        file.set_modified(modified)?;
    }
    file.sync_all()
}

/// Whether `packed` is complete and holds what `plain` holds.
fn same(plain: &File, packed: &Path) -> io::Result<bool> {
    let mut left = BufReader::new(plain);
    let mut right = GzDecoder::new(BufReader::new(File::open(packed)?));
    let (mut a, mut b) = ([0; 8192], [0; 8192]);
    loop {
        let count = match right.read(&mut b) {
            Ok(count) => count,
            // It is no complete compressed file.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput
                        | io::ErrorKind::InvalidData
                        | io::ErrorKind::UnexpectedEof
                ) =>
            {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if count == 0 {
            return Ok(left.read(&mut a[..1])? == 0);
        }
        match left.read_exact(&mut a[..count]) {
            Ok(()) if a[..count] == b[..count] => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

struct Task {
    compressor: Arc<Compressor>,
    id: u64,
}

/// Gives a task to the thread that compresses for the whole process, which is started if need be.
fn send(task: Task) -> io::Result<()> {
    static WORKER: Mutex<Option<Sender<Task>>> = Mutex::new(None);
    static AT_FORK: Once = Once::new();
    // The parent's thread may be using its end at the moment of the fork, so this one is not even dropped.
    AT_FORK.call_once(|| fork::register_static(&WORKER, |worker| std::mem::forget(worker.take())));
    let mut worker = WORKER.lock().unwrap_or_else(PoisonError::into_inner);
    let task = match &*worker {
        Some(sender) => match sender.send(task) {
            Ok(()) => return Ok(()),
            Err(refused) => refused.0,
        },
        None => task,
    };
    let (sender, receiver) = channel::<Task>();
    std::thread::Builder::new().name("ferrolog-compress".to_owned()).spawn(move || {
        for Task { compressor, id } in receiver {
            let result = std::panic::catch_unwind(|| compressor.compress(id));
            compressor.finish(
                id,
                result.unwrap_or_else(|_| {
                    Err(Error::Invalid("the compression of a rotated file panicked".to_owned()))
                }),
            );
        }
    })?;
    if sender.send(task).is_ok() {
        *worker = Some(sender);
        Ok(())
    } else {
        Err(io::Error::other("it ended at once"))
    }
}
