//! Bytes into a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::held_lines::HeldLines;
use crate::error::{Error, Result};

/// What happens to what is in a file when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileMode {
    /// New records come behind it: Python's `a`.
    #[default]
    Append,
    /// It is lost: Python's `w`.
    Truncate,
    /// There must be no such file: Python's `x`.
    Create,
}

impl FromStr for FileMode {
    type Err = Error;

    /// From Python's `a`, `w` or `x`; a `t` for text is allowed with it.
    fn from_str(mode: &str) -> Result<Self> {
        match mode {
            "a" | "at" | "ta" => Ok(Self::Append),
            "w" | "wt" | "tw" => Ok(Self::Truncate),
            "x" | "xt" | "tx" => Ok(Self::Create),
            _ => Err(Error::Invalid(format!(
                "invalid file mode {mode:?} (expected 'a', 'w' or 'x')"
            ))),
        }
    }
}

/// How a file is opened and made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenSettings {
    /// What happens to what is in it.
    pub mode: FileMode,
    /// The permissions of a file that is made, whatever the process's mask (`umask`) takes away; without
    /// them, those that the mask leaves of 0o666. Unix only.
    pub permissions: Option<u32>,
    /// Whether the file may be reached by a symbolic link in the place of the file itself. (Links among
    /// the folders that lead to it are followed in any case.) Unix only.
    pub follow_symlinks: bool,
    /// Whether other processes write to the file too; then [`FileSink::catch_up`] tells what they did.
    pub shared: bool,
}

impl Default for OpenSettings {
    fn default() -> Self {
        Self { mode: FileMode::Append, permissions: None, follow_symlinks: true, shared: false }
    }
}

/// A file that is opened when it is needed and written to in whole lines.
///
/// What an earlier process left in it without the end of its line, because it was killed in the middle of
/// a write, is ended before the next line is written.
///
/// A sink with a [buffer](FileSink::set_buffer) keeps lines in memory until there are enough of them, or until
/// it is flushed, released, closed or dropped. The child of a fork does not write what its parent held.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    settings: OpenSettings,
    open: Option<Open>,
    /// Whether the file may be opened no more, as that would lose what was written before.
    spent: bool,
    held: Option<HeldLines>,
    /// How many lines that were held could not be written, and why the first of them; not told yet.
    lost: Option<(u64, Box<Error>)>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Where the next byte goes, as far as this sink knows.
    position: u64,
    /// Whether a line was begun that could neither be finished nor taken back.
    torn: bool,
    /// Whether the file ends without the end of a line, as somebody else left it.
    unfinished: bool,
}

impl FileSink {
    /// A sink for the file at `path`, which is made absolute now, so that a later change of folder does
    /// not move the log. The file is not opened yet.
    ///
    /// # Errors
    ///
    /// An empty path, or a relative one while there is no current folder.
    pub fn new(path: &Path, mode: FileMode) -> Result<Self> {
        Self::with_settings(path, OpenSettings { mode, ..OpenSettings::default() })
    }

    /// [`FileSink::new`], with more to say on how the file is opened.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn with_settings(path: &Path, settings: OpenSettings) -> Result<Self> {
        let path = std::path::absolute(path).map_err(Error::file("find", path))?;
        Ok(Self { path, settings, open: None, spent: false, held: None, lost: None })
    }

    /// Has lines kept in memory until `size` bytes of them can be written together; with 0, each is written at
    /// once.
    pub fn set_buffer(&mut self, size: usize) {
        self.write_held();
        self.held = (size > 0).then(|| HeldLines::new(size));
    }

    /// Whether lines are kept in memory until there are enough of them.
    pub fn has_buffer(&self) -> bool {
        self.held.is_some()
    }

    /// Whether lines are kept in memory now.
    #[inline]
    pub fn is_holding(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.ends.is_empty())
    }

    /// The file's absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What happens to what is in the file when it is opened.
    pub fn mode(&self) -> FileMode {
        self.settings.mode
    }

    /// The file, if it is open.
    pub fn file(&self) -> Option<&File> {
        self.open.as_ref().map(|open| &open.file)
    }

    /// Opens the file, unless it is open.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(&mut self) -> Result<&File> {
        if self.open.is_none() {
            let mut file =
                self.settings.open(&self.path).map_err(|error| self.cannot_open(error))?;
            // What has no position, such as a pipe, has no size to watch either.
            let position = file.seek(SeekFrom::End(0)).unwrap_or(0);
            let unfinished = position > 0 && self.is_unfinished(&file, position);
            self.open = Some(Open { file, position, torn: false, unfinished });
        }
        match &self.open {
            Some(open) => Ok(&open.file),
            None => unreachable!("it was opened just now"),
        }
    }

    /// Whether the file, which ends at `end`, ends in the middle of a line. Where that cannot be read, as
    /// the permissions do not allow it, it is taken for finished.
    fn is_unfinished(&self, file: &File, end: u64) -> bool {
        let mut last = [0];
        let read = if self.settings.shared {
            read_at(file, &mut last, end - 1)
        } else if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            File::open(&self.path).and_then(|file| read_at(&file, &mut last, end - 1))
        } else {
            return false;
        };
        matches!(read, Ok(1)) && last != *b"\n"
    }

    /// Looks where the file, which is open, ends by now, as other processes write to it too.
    ///
    /// # Errors
    ///
    /// The operating system does not say.
    pub fn catch_up(&mut self) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let end = open.file.seek(SeekFrom::End(0)).map_err(Error::file("examine", &self.path))?;
        if std::mem::replace(&mut open.position, end) != end {
            let Some(open) = &self.open else { return Ok(()) };
            let unfinished = end > 0 && self.is_unfinished(&open.file, end);
            if let Some(open) = &mut self.open {
                (open.unfinished, open.torn) = (unfinished, false);
            }
        }
        Ok(())
    }

    fn cannot_open(&self, error: io::Error) -> Error {
        let folder = self.path.parent().filter(|folder| !folder.exists());
        let source = match folder {
            Some(folder) if error.kind() == io::ErrorKind::NotFound => io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no folder \"{}\" ({error})", folder.display()),
            ),
            _ => error,
        };
        Error::File { what: "open", path: self.path.clone(), source }
    }

    /// The size of the file, as far as this sink knows: what was there when it was opened, and what was
    /// written since, or is held to be written. 0 while the file is not open.
    #[inline]
    pub fn position(&self) -> u64 {
        let held = self.held.as_ref().map_or(0, |held| held.text.len() as u64);
        self.open.as_ref().map_or(0, |open| open.position + held)
    }

    /// [`FileSink::position`], asked of the operating system, which also knows of what others did.
    ///
    /// Python: `stream.tell()`.
    pub fn refresh_position(&mut self) -> u64 {
        if let Some(open) = &mut self.open
            && let Ok(position) = open.file.stream_position()
        {
            open.position = position;
        }
        self.position()
    }

    /// Writes `bytes`, opening the file if need be: one write, where the operating system takes all of
    /// it at once.
    ///
    /// Of bytes that could not be written as a whole nothing stays in the file; where what was written
    /// of them cannot be taken back, the next write begins a new line.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written to. [`Error::Dropped`], if it was closed, and opening it
    /// again would lose what was written before.
    #[inline(always)]
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.held.is_some() { self.hold(bytes) } else { self.write_now(bytes) }
    }

    /// [`FileSink::write`], past what is held.
    fn write_now(&mut self, bytes: &[u8]) -> Result<()> {
        let (open, path) = self.opened()?;
        let named = |source| Error::File { what: "write to", path: path.to_owned(), source };
        let Err((_, error)) = open.write(bytes, |_| 0) else { return Ok(()) };
        let error = named(error);
        self.check_open(&error);
        Err(error)
    }

    /// Opens the file anew the next time, where its descriptor was closed by others.
    #[cold]
    fn check_open(&mut self, error: &Error) {
        #[cfg(unix)]
        if let Error::File { source, .. } = error
            && source.raw_os_error() == Some(libc::EBADF)
            && let Some(open) = self.open.take()
        {
            // By now it may be another file's, so that it must not be closed.
            _ = std::os::fd::IntoRawFd::into_raw_fd(open.file);
        }
        #[cfg(not(unix))]
        let _ = error;
    }

    /// Keeps a line, or writes it with those that were kept before.
    #[inline(always)]
    fn hold(&mut self, line: &[u8]) -> Result<()> {
        if self.open.is_none() {
            self.opened()?;
        }
        if self.held.as_mut().is_some_and(|held| held.push(line)) {
            self.write_held();
        }
        self.tell_losses()
    }

    /// Writes the lines that are held. Of each that cannot be written, `lost` tells.
    fn write_held(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        held.forget_inherited();
        let (mut done, mut start) = (0, 0);
        while done < held.ends.len() {
            let rest = self.write_lines(&held.text[start..], &held.ends[done..]);
            let Err((written, error)) = rest else { break };
            let (count, _) = self.lost.get_or_insert_with(|| (0, Box::new(error)));
            *count += 1;
            let end = held.ends[done + written];
            done += written + 1;
            start += end;
            // The places count from where the text begins that is written next.
            held.ends[done..].iter_mut().for_each(|place| *place -= end);
        }
        held.clear();
        self.held = Some(held);
    }

    /// Writes what is held.
    ///
    /// # Errors
    ///
    /// [`Error::Buffered`]: some of it could not be written, and is lost.
    pub fn flush(&mut self) -> Result<()> {
        if self.is_holding() {
            self.write_held();
        }
        self.tell_losses()
    }

    #[cold]
    fn take_losses(&mut self) -> Result<()> {
        match self.lost.take() {
            None => Ok(()),
            Some((count, source)) => Err(Error::Buffered { count, source }),
        }
    }

    #[inline]
    fn tell_losses(&mut self) -> Result<()> {
        if self.lost.is_none() { Ok(()) } else { self.take_losses() }
    }

    /// Writes several lines, which end at these places of `bytes`: [`FileSink::write`] for each, in one
    /// write, whatever the buffer.
    ///
    /// # Errors
    ///
    /// How many lines have been written, and the error, as there. Nothing of the next line, nor of those
    /// behind it, stays in the file.
    pub fn write_lines(&mut self, bytes: &[u8], ends: &[usize]) -> Result<(), (usize, Error)> {
        if self.is_holding() {
            self.write_held();
        }
        let (open, path) = self.opened().map_err(|error| (0, error))?;
        let named = |source| Error::File { what: "write to", path: path.to_owned(), source };
        let whole = |written| ends.partition_point(|end| *end <= written);
        let keep = |written| whole(written).checked_sub(1).map_or(0, |last| ends[last]);
        let Err((written, error)) = open.write(bytes, keep) else { return Ok(()) };
        let error = named(error);
        self.check_open(&error);
        Err((whole(written), error))
    }

    /// The file, opened if need be, and its path.
    #[inline]
    fn opened(&mut self) -> Result<(&mut Open, &Path)> {
        if self.open.is_none() {
            if self.spent {
                return Err(Error::Dropped("the file was closed"));
            }
            self.open()?;
        }
        match &mut self.open {
            Some(open) => Ok((open, &self.path)),
            None => unreachable!("it was opened just now"),
        }
    }

    /// Closes the file, to open it again with the next write.
    pub fn release(&mut self) {
        if self.is_holding() {
            self.write_held();
        }
        self.open = None;
    }

    /// Closes the file, and has no buffer any more. A later write opens it once more to append to it; a file
    /// that is opened to lose its content stays closed.
    pub fn close(&mut self) {
        self.set_buffer(0);
        self.open = None;
        self.spent = self.settings.mode == FileMode::Truncate;
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        self.write_held();
    }
}

impl OpenSettings {
    /// Opens the file at `path`, and makes it where it is not there.
    pub(crate) fn open(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(self.shared);
        match self.mode {
            FileMode::Append => options.append(true),
            FileMode::Truncate | FileMode::Create => options.write(true),
        };
        #[cfg(unix)]
        use std::os::unix::fs::OpenOptionsExt as _;
        #[cfg(unix)]
        if !self.follow_symlinks {
            options.custom_flags(libc::O_NOFOLLOW);
        }
        #[cfg(unix)]
        if let Some(permissions) = self.permissions {
            options.mode(permissions);
        }
        if self.mode == FileMode::Create || self.permissions.is_some() {
            // Only of a file that is made here are the permissions ours to set.
            match options.clone().create_new(true).open(path) {
                Ok(file) => return self.permit(file),
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists
                        && self.mode != FileMode::Create => {}
                Err(error) => return Err(error),
            }
        }
        options.create(true).truncate(self.mode == FileMode::Truncate).open(path)
    }

    #[cfg(unix)]
    fn permit(&self, file: File) -> io::Result<File> {
        use std::os::unix::fs::PermissionsExt;
        if let Some(permissions) = self.permissions {
            file.set_permissions(std::fs::Permissions::from_mode(permissions))?;
        }
        Ok(file)
    }

    #[cfg(not(unix))]
    fn permit(&self, file: File) -> io::Result<File> {
        Ok(file)
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}

#[cfg(not(any(unix, windows)))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Open {
    /// Writes `bytes`. Of what could be written of them when an error comes up, as much stays as `keep` says
    /// of the count; the count is told with the error.
    #[inline]
    fn write(
        &mut self,
        bytes: &[u8],
        keep: impl FnOnce(usize) -> usize,
    ) -> Result<(), (usize, io::Error)> {
        // What is written without ends of lines, a handler's terminator being another, goes on as it is.
        if self.torn || (self.unfinished && bytes.ends_with(b"\n")) {
            write_all(&mut self.file, b"\n", &mut self.position).map_err(|error| (0, error))?;
            (self.torn, self.unfinished) = (false, false);
        }
        let before = self.position;
        let Err(error) = write_all(&mut self.file, bytes, &mut self.position) else {
            return Ok(());
        };
        let written = (self.position - before) as usize;
        let surplus = written - keep(written);
        if surplus > 0 {
            self.take_back(surplus as u64);
        }
        Err((written, error))
    }

    /// Cuts the last `count` bytes off again, if they still are the last.
    fn take_back(&mut self, count: u64) {
        let cut = self.file.stream_position().and_then(|end| {
            if end < count || self.file.metadata()?.len() != end {
                return Err(io::ErrorKind::Unsupported.into());
            }
            self.file.set_len(end - count)?;
            self.file.seek(SeekFrom::Start(end - count))
        });
        match cut {
            Ok(position) => self.position = position,
            Err(_) => self.torn = true,
        }
    }
}

/// Writes all of `bytes`, and counts what was written in `position`, also on the way to an error.
fn write_all(file: &mut File, mut bytes: &[u8], position: &mut u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                *position += count as u64;
                bytes = &bytes[count..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
