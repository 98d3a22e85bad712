//! Text files of the `io` module, and writing to their descriptors.
//!
//! A text file is a text layer over a buffer over a raw file. When nothing is pending in any of the
//! three, the effect of `write(line)` and `flush()` is one `write(2)` of the encoded line, and that is
//! what is done here. Where the three keep what has to be looked at is described below, and believed
//! only after files of each kind were found to show it.
//!
//! The GIL is held during the write, so that nothing has to be locked and nobody is waited for. So this
//! is done for regular files on local file systems alone, which take a line into memory.

use std::cell::Cell;
use std::ffi::{c_char, c_double, c_int, c_ulong, c_void};
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::dict;
use super::gil::{FoundOut, intern};
use crate::names;

/// `TextIOWrapper`; the same from 3.11 to 3.13.
#[repr(C)]
struct Text {
    base: ffi::PyObject,
    ok: c_int,
    detached: c_int,
    chunk_size: ffi::Py_ssize_t,
    buffer: *mut ffi::PyObject,
    encoding: *mut ffi::PyObject,
    encoder: *mut ffi::PyObject,
    decoder: *mut ffi::PyObject,
    readnl: *mut ffi::PyObject,
    errors: *mut ffi::PyObject,
    writenl: *const c_char,
    line_buffering: c_char,
    write_through: c_char,
    readuniversal: c_char,
    readtranslate: c_char,
    writetranslate: c_char,
    seekable: c_char,
    has_read1: c_char,
    telling: c_char,
    finalizing: c_char,
    /// The encoder of a few well-known encodings.
    encodefunc: *const c_void,
    encoding_start_of_stream: c_char,
    decoded_chars: *mut ffi::PyObject,
    decoded_chars_used: ffi::Py_ssize_t,
    pending_bytes: *mut ffi::PyObject,
    pending_bytes_count: ffi::Py_ssize_t,
    snapshot: *mut ffi::PyObject,
    b2cratio: c_double,
    raw: *mut ffi::PyObject,
}

/// `BufferedWriter`; the same from 3.11 to 3.13.
#[repr(C)]
struct Buffered {
    base: ffi::PyObject,
    raw: *mut ffi::PyObject,
    ok: c_int,
    detached: c_int,
    readable: c_int,
    writable: c_int,
    finalizing: c_char,
    fast_closed_checks: c_int,
    abs_pos: libc::off_t,
    buffer: *mut c_char,
    pos: libc::off_t,
    raw_pos: libc::off_t,
    read_end: libc::off_t,
    write_pos: libc::off_t,
    write_end: libc::off_t,
    lock: *mut c_void,
    owner: c_ulong,
    buffer_size: ffi::Py_ssize_t,
}

/// `FileIO`, as far as it is read here.
#[repr(C)]
struct Raw {
    base: ffi::PyObject,
    fd: c_int,
}

/// The classes of the three layers, if instances are laid out as described above.
struct Layers {
    text: Py<PyType>,
    buffered: Py<PyType>,
    raw: Py<PyType>,
}

/// Attributes that would hide what the layers call of each other.
const HIDING: [&str; 3] = ["write", "flush", "closed"];

/// How many bytes are written between two looks at what a descriptor is: it may have been made
/// another one's copy. A pipe takes as many without waiting.
const BETWEEN_LOOKS: usize = 4096;

/// A text file that was looked at, and may be written to as long as it is as it was.
pub(crate) struct TextFile {
    layers: [*mut ffi::PyObject; 3],
    /// Where the three have their dictionaries, and the versions found.
    dicts: [(*mut *mut ffi::PyObject, u64); 3],
    /// What encodes its text, and whether that is as UTF-8; otherwise ASCII is encoded as itself.
    encoder: *const c_void,
    utf8: bool,
    fd: c_int,
    /// Bytes that may be written before the descriptor is looked at again.
    unlooked: Cell<usize>,
}

/// What became of a line.
pub(crate) enum Written {
    /// All of it is written.
    All,
    /// Nothing was done: the file's own methods have to do it.
    Nothing,
    /// So many bytes are written, the rest is for the file's own methods.
    Part(usize),
}

impl TextFile {
    /// Whether it can be told what a stream is. While that is being found out, nothing is said to be a text file.
    pub(crate) fn is_told(py: Python<'_>) -> bool {
        Layers::known().is_found_out(py)
    }

    /// A stream that is a text file whose lines can be written to its descriptor.
    pub(crate) fn of(stream: &Bound<'_, PyAny>) -> Option<TextFile> {
        let py = stream.py();
        let layers = Layers::get(py)?;
        let text = stream.as_ptr();
        // SAFETY: each layer is read as what its class says it is; the layers own each other.
        unsafe {
            if ffi::Py_TYPE(text) != layers.text.bind(py).as_type_ptr() {
                return None;
            }
            let buffered = (*text.cast::<Text>()).buffer;
            if buffered.is_null()
                || ffi::Py_TYPE(buffered) != layers.buffered.bind(py).as_type_ptr()
            {
                return None;
            }
            let raw = (*buffered.cast::<Buffered>()).raw;
            if raw.is_null() || ffi::Py_TYPE(raw) != layers.raw.bind(py).as_type_ptr() {
                return None;
            }
            let encoder = (*text.cast::<Text>()).encodefunc;
            if encoder.is_null() {
                return None;
            }
            let objects = [text, buffered, raw];
            let mut dicts = [(ptr::null_mut(), 0); 3];
            for (place, object) in dicts.iter_mut().zip(objects) {
                let slot = dict::slot_of(object);
                if slot.is_null() {
                    return None;
                }
                *place = (slot, 0);
                if !(*slot).is_null() {
                    let own = Bound::from_borrowed_ptr(py, *slot).cast_into::<PyDict>().ok()?;
                    if HIDING.iter().any(|name| own.contains(name).unwrap_or(true)) {
                        return None;
                    }
                    place.1 = dict::reliable_version(&own)?;
                }
            }
            let fd = (*raw.cast::<Raw>()).fd;
            if !takes_lines_at_once(fd) {
                return None;
            }
            // Last, as it takes longest, and is not asked for each record to a terminal or a pipe.
            let utf8 = is_utf8(stream)?;
            Some(TextFile { layers: objects, dicts, encoder, utf8, fd, unlooked: Cell::new(0) })
        }
    }

    /// Whether it is this stream that was looked at.
    pub(crate) fn is_of(&self, stream: &Bound<'_, PyAny>) -> bool {
        self.layers[0] == stream.as_ptr()
    }

    /// Writes lines, the longest of which has so many bytes, to the descriptor of `stream`, if that is still the
    /// file that was looked at and nothing is pending in it. No Python code runs.
    pub(crate) fn write(&self, stream: &Bound<'_, PyAny>, lines: &str, longest: usize) -> Written {
        let bytes = lines.as_bytes();
        if !(self.utf8 || lines.is_ascii()) || !self.is_idle(stream) {
            return Written::Nothing;
        }
        // SAFETY: the stream is idle, so that its buffer is what it was found to be.
        unsafe {
            let buffered = &mut *self.layers[1].cast::<Buffered>();
            // Longer ones are written in pieces.
            if longest as ffi::Py_ssize_t >= buffered.buffer_size || !self.looked_at(bytes.len()) {
                return Written::Nothing;
            }
            let written = libc::write(self.fd, bytes.as_ptr().cast(), bytes.len());
            // After a failure the file's own methods try again, and say what is wrong in their way.
            let Ok(written) = usize::try_from(written) else { return Written::Nothing };
            if buffered.abs_pos != -1 {
                buffered.abs_pos += written as libc::off_t;
            }
            if written == bytes.len() { Written::All } else { Written::Part(written) }
        }
    }

    /// Where `stream` is, as its `tell` says; `end`: after going to its end. `None` when that is not the
    /// file that was looked at, or something is pending in it. No Python code runs.
    pub(crate) fn position(&self, stream: &Bound<'_, PyAny>, end: bool) -> Option<i64> {
        if !self.is_idle(stream) || !self.looked_at(0) {
            return None;
        }
        // SAFETY: the stream is idle, so that its buffer is what it was found to be.
        unsafe {
            if (*self.layers[0].cast::<Text>()).seekable != 1 {
                return None;
            }
            let whence = if end { libc::SEEK_END } else { libc::SEEK_CUR };
            let position = libc::lseek(self.fd, 0, whence);
            if position < 0 {
                return None;
            }
            (*self.layers[1].cast::<Buffered>()).abs_pos = position;
            Some(position)
        }
    }

    /// Whether `stream` is still the file that was looked at, and nothing is pending in it.
    fn is_idle(&self, stream: &Bound<'_, PyAny>) -> bool {
        let py = stream.py();
        let [text, buffered, raw] = self.layers;
        let Some(layers) = Layers::get(py) else { return false };
        // SAFETY: the stream is alive. It is a text file, as its class says; then so are, one after
        // the other, the layers that it is found to have still. The dictionaries' slots are theirs.
        unsafe {
            if text != stream.as_ptr() || ffi::Py_TYPE(text) != layers.text.bind(py).as_type_ptr() {
                return false;
            }
            let top = &*text.cast::<Text>();
            let idle = top.encodefunc == self.encoder
                && top.ok == 1
                && top.detached == 0
                && top.buffer == buffered
                && top.decoder.is_null()
                && top.snapshot.is_null()
                && top.writenl.is_null()
                && top.telling == top.seekable
                && top.finalizing == 0
                && top.pending_bytes_count == 0
                && top.pending_bytes.is_null();
            if !idle || ffi::Py_TYPE(buffered) != layers.buffered.bind(py).as_type_ptr() {
                return false;
            }
            let middle = &*buffered.cast::<Buffered>();
            let idle = middle.ok == 1
                && middle.detached == 0
                && middle.raw == raw
                && middle.readable == 0
                && middle.writable == 1
                && middle.finalizing == 0
                && middle.fast_closed_checks == 1
                && !middle.buffer.is_null()
                && middle.write_end == -1
                && ptr::addr_of!(middle.owner).read_volatile() == 0;
            idle && ffi::Py_TYPE(raw) == layers.raw.bind(py).as_type_ptr()
                && (*raw.cast::<Raw>()).fd == self.fd
                && self.dicts.iter().all(|&(slot, version)| {
                    let found = if (*slot).is_null() { 0 } else { dict::raw_version(*slot) };
                    found == version
                })
        }
    }

    /// Whether the descriptor is still one that takes lines at once.
    fn looked_at(&self, length: usize) -> bool {
        match self.unlooked.get().checked_sub(length.max(1)) {
            Some(rest) => self.unlooked.set(rest),
            None if takes_lines_at_once(self.fd) => {
                self.unlooked.set(BETWEEN_LOOKS.saturating_sub(length));
            }
            None => return false,
        }
        true
    }
}

/// Whether a text file encodes as UTF-8; nothing, if that cannot be told, or ASCII is not encoded as itself. Its
/// encoder is one of those that the interpreter chooses by the codec's name.
fn is_utf8(file: &Bound<'_, PyAny>) -> Option<bool> {
    let py = file.py();
    // No module is imported: that of the codec was when the file was opened.
    let codecs = py.import(intern!(py, "_codecs")).ok()?;
    let encoding = file.getattr(intern!(py, "encoding")).ok()?;
    let codec = codecs.call_method1(intern!(py, "lookup"), (encoding,)).ok()?;
    match codec.getattr(names::A_NAME.get(py)).ok()?.cast_exact::<PyString>().ok()?.to_str().ok()? {
        "utf-8" => Some(true),
        "ascii" | "iso8859-1" => Some(false),
        _ => None,
    }
}

/// Whether writing to a descriptor waits for nobody: a regular file of a local file system.
fn takes_lines_at_once(fd: c_int) -> bool {
    // SAFETY: plain structures, for which all zeros are valid, filled by the system.
    unsafe {
        let mut status: libc::stat = std::mem::zeroed();
        if fd < 0 || libc::fstat(fd, &mut status) != 0 {
            return false;
        }
        if status.st_mode & libc::S_IFMT != libc::S_IFREG {
            return false;
        }
        let flags = libc::fcntl(fd, libc::F_GETFL);
        if flags < 0 || flags & (libc::O_SYNC | libc::O_DSYNC | libc::O_DIRECT) != 0 {
            return false;
        }
        is_local(fd)
    }
}

/// Whether a file is on a file system of this machine. Others may let a write wait for the network or
/// for a process.
#[cfg(target_os = "linux")]
fn is_local(fd: c_int) -> bool {
    const NFS: i64 = 0x6969;
    const SMB: i64 = 0x517b;
    const SMB2: i64 = 0xfe53_4d42;
    const CIFS: i64 = 0xff53_4d42;
    const CEPH: i64 = 0x00c3_6400;
    const CODA: i64 = 0x7375_7245;
    const AFS: i64 = 0x5346_414f;
    const V9FS: i64 = 0x0102_1997;
    const FUSE: i64 = 0x6573_5546;
    // SAFETY: a plain structure, for which all zeros are valid, filled by the system.
    let kind = unsafe {
        let mut status: libc::statfs = std::mem::zeroed();
        if libc::fstatfs(fd, &mut status) != 0 {
            return false;
        }
        status.f_type as i64 & 0xffff_ffff
    };
    ![NFS, SMB, SMB2, CIFS, CEPH, CODA, AFS, V9FS, FUSE].contains(&kind)
}

/// Elsewhere it is not known which file systems wait.
#[cfg(not(target_os = "linux"))]
fn is_local(_fd: c_int) -> bool {
    false
}

impl Layers {
    fn get(py: Python<'_>) -> Option<&Layers> {
        Layers::known().get(py, || Layers::find(py).ok().flatten())?.as_ref()
    }

    fn known() -> &'static FoundOut<Option<Layers>> {
        static LAYERS: FoundOut<Option<Layers>> = FoundOut::new();
        &LAYERS
    }

    /// Opens files of each kind and looks whether the structures show what the files are.
    fn find(py: Python<'_>) -> PyResult<Option<Layers>> {
        let io = py.import("_io")?;
        let class =
            |name: &str| -> PyResult<_> { Ok(io.getattr(name)?.cast_into::<PyType>()?.unbind()) };
        let layers = Layers {
            text: class("TextIOWrapper")?,
            buffered: class("BufferedWriter")?,
            raw: class("FileIO")?,
        };
        for (class, size) in [
            (&layers.text, size_of::<Text>()),
            (&layers.buffered, size_of::<Buffered>()),
            (&layers.raw, size_of::<Raw>()),
        ] {
            // SAFETY: a live class.
            let actual = unsafe { (*class.bind(py).as_type_ptr()).tp_basicsize };
            if (actual as usize) < size {
                return Ok(None);
            }
        }
        Ok(layers.are_shown(&io)?.then_some(layers))
    }

    /// Whether the structures show all that happens to a file.
    fn are_shown(&self, io: &Bound<'_, PyModule>) -> PyResult<bool> {
        let py = io.py();
        let open = |mode: &str, newline: Option<&str>| -> PyResult<_> {
            let keywords = PyDict::new(py);
            // Whose codec is there in any case. Another one might be under way to be imported in a thread of the
            // parent, where this is the child of a fork; that import could never be finished.
            keywords.set_item("encoding", "utf-8")?;
            keywords.set_item("newline", newline)?;
            keywords.set_item("buffering", 4096)?;
            io.getattr("open")?.call(("/dev/null", mode), Some(&keywords))
        };
        let file = open("w", None)?;
        let buffered = file.getattr("buffer")?;
        let raw = buffered.getattr("raw")?;
        let fd: c_int = file.call_method0("fileno")?.extract()?;
        let classes = [&self.text, &self.buffered, &self.raw].map(|class| class.bind(py));
        if ![&file, &buffered, &raw].iter().zip(classes).all(|(o, c)| o.get_type().is(c)) {
            return Ok(false);
        }
        let (text, middle, bottom) = (
            file.as_ptr().cast::<Text>(),
            buffered.as_ptr().cast::<Buffered>(),
            raw.as_ptr().cast::<Raw>(),
        );
        // Live objects of the classes whose sizes were compared with
        // those of the structures, so that whatever is read is inside of the object:
        let idle = || {
            // SAFETY: see above.
            unsafe {
                (*text).ok == 1
                    && (*text).detached == 0
                    && (*text).pending_bytes.is_null()
                    && (*text).pending_bytes_count == 0
                    && (*text).finalizing == 0
                    && (*middle).ok == 1
                    && (*middle).detached == 0
                    && (*middle).write_end == -1
                    && (*middle).owner == 0
                    && (*middle).finalizing == 0
            }
        };
        // SAFETY: see above.
        let mut right = idle()
            && unsafe {
                (*text).chunk_size
                    == file.getattr(intern!(py, "_CHUNK_SIZE"))?.extract::<isize>()?
                    && (*text).buffer == buffered.as_ptr()
                    && (*text).raw == raw.as_ptr()
                    && (*text).encoding == file.getattr("encoding")?.as_ptr()
                    && (*text).errors == file.getattr("errors")?.as_ptr()
                    && (*text).decoder.is_null()
                    && (*text).snapshot.is_null()
                    && (*text).writenl.is_null()
                    && (*text).line_buffering == 0
                    && (*text).write_through == 0
                    && (*text).writetranslate == 1
                    && (*text).seekable == 1
                    && (*text).telling == 1
                    && (*middle).raw == raw.as_ptr()
                    && (*middle).readable == 0
                    && (*middle).writable == 1
                    && (*middle).fast_closed_checks == 1
                    && (*middle).abs_pos == 0
                    && !(*middle).buffer.is_null()
                    && (*middle).buffer_size == 4096
                    && !(*middle).lock.is_null()
                    && (*bottom).fd == fd
            };
        file.call_method1("write", ("abcde",))?;
        // SAFETY: see above.
        right &= unsafe { (*text).pending_bytes_count == 5 && !(*text).pending_bytes.is_null() };
        file.call_method0("flush")?;
        right &= idle();
        buffered.call_method1("write", (pyo3::types::PyBytes::new(py, b"abc"),))?;
        // SAFETY: see above.
        right &= unsafe { (*middle).write_end == 3 && (*middle).write_pos == 0 };
        buffered.call_method0("flush")?;
        right &= idle();
        // SAFETY: see above.
        right &= unsafe { !(*text).encodefunc.is_null() };
        // Files that differ from this one show it where it is looked for.
        let translating = open("w", Some("\r\n"))?;
        // SAFETY: see above.
        right &= unsafe { !(*translating.as_ptr().cast::<Text>()).writenl.is_null() };
        let reading = open("w+", None)?;
        // SAFETY: see above.
        right &= unsafe { !(*reading.as_ptr().cast::<Text>()).decoder.is_null() };
        let not_writing = open("r", None)?;
        // SAFETY: see above.
        right &= unsafe { (*not_writing.as_ptr().cast::<Text>()).encodefunc.is_null() };
        for other in [translating, reading, not_writing] {
            other.call_method0("close")?;
        }
        file.call_method0("close")?;
        // SAFETY: see above.
        right &= unsafe { (*bottom).fd == -1 };
        Ok(right)
    }
}
