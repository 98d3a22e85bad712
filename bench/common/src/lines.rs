//! Waiting for a file to have so many lines, for the libraries that queue records and have no way to say
//! when all are written.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// A file whose lines are counted as they come.
pub struct Lines {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    file: Option<File>,
    lines: u64,
}

impl Lines {
    pub fn of(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), state: Mutex::default() }
    }

    /// Returns as soon as the file has `count` lines; looks ten times a millisecond.
    pub fn wait(&self, count: u64) {
        let mut state = self.state.lock().expect("nobody panics with it");
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if state.file.is_none() {
                state.file = File::open(&self.path).ok();
            }
            while let Some(file) = &mut state.file {
                let read = file.read(&mut buffer).expect("the file can be read");
                if read == 0 {
                    break;
                }
                state.lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
            }
            if state.lines >= count {
                return;
            }
            thread::sleep(Duration::from_micros(100));
        }
    }
}
