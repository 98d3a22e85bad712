//! The event log of Windows.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, HANDLE, WIN32_ERROR};
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_SET_VALUE, REG_DWORD, REG_EXPAND_SZ, REG_OPTION_NON_VOLATILE,
    RegCloseKey, RegCreateKeyExW, RegSetValueExW,
};

use super::EventType;
use crate::error::{Error, Result};

/// A source of events that is open.
#[derive(Debug)]
pub(super) struct EventSource(HANDLE);

// SAFETY: the handle is a number that the system gave out for the process, not for a thread.
unsafe impl Send for EventSource {}

impl EventSource {
    pub(super) fn open(appname: &str, dllname: &str, logtype: &str) -> Result<Self> {
        match register(appname, dllname, logtype) {
            // Only an administrator may; events are written without it as well.
            Ok(()) | Err(ERROR_ACCESS_DENIED) => {}
            Err(code) => {
                let what = format!("cannot register {appname:?} as a source of events");
                return Err(Error::io(what)(io::Error::from_raw_os_error(code as i32)));
            }
        }
        let name = wide(appname);
        // SAFETY: `name` ends in a zero and outlives the call; a null server is this machine.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() {
            return Err(Error::io("cannot open the event log")(io::Error::last_os_error()));
        }
        Ok(Self(handle))
    }

    pub(super) fn report(&self, kind: EventType, category: u16, id: u32, text: &str) -> Result<()> {
        let kind = match kind {
            EventType::Error => EVENTLOG_ERROR_TYPE,
            EventType::Warning => EVENTLOG_WARNING_TYPE,
            EventType::Information => EVENTLOG_INFORMATION_TYPE,
        };
        let text = wide(text);
        let strings = [text.as_ptr()];
        // SAFETY: the handle is open as long as `self` lives; there is one string, it ends in a zero and
        // outlives the call, as does the array; there is neither a user nor data.
        let done = unsafe {
            ReportEventW(
                self.0,
                kind,
                category,
                id,
                ptr::null_mut(),
                1,
                0,
                strings.as_ptr(),
                ptr::null(),
            )
        };
        if done == 0 {
            return Err(Error::io("cannot write to the event log")(io::Error::last_os_error()));
        }
        Ok(())
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        // SAFETY: the handle was opened in `open` and is not used after this.
        unsafe { DeregisterEventSource(self.0) };
    }
}

/// Registers the source, as pywin32's `AddSourceToRegistry` does.
fn register(appname: &str, dllname: &str, logtype: &str) -> std::result::Result<(), WIN32_ERROR> {
    let path = wide(&format!(r"SYSTEM\CurrentControlSet\Services\EventLog\{logtype}\{appname}"));
    let mut key: HKEY = ptr::null_mut();
    // SAFETY: `path` ends in a zero and outlives the call, `key` is written to; null leaves the class,
    // the security attributes and the disposition out.
    check(unsafe {
        RegCreateKeyExW(
            HKEY_LOCAL_MACHINE,
            path.as_ptr(),
            0,
            ptr::null(),
            REG_OPTION_NON_VOLATILE,
            KEY_SET_VALUE,
            ptr::null(),
            &mut key,
            ptr::null_mut(),
        )
    })?;
    let file: Vec<u8> = wide(dllname).into_iter().flat_map(u16::to_le_bytes).collect();
    let kinds = u32::from(EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE);
    let result = set(key, "EventMessageFile", REG_EXPAND_SZ, &file)
        .and_then(|()| set(key, "TypesSupported", REG_DWORD, &kinds.to_le_bytes()));
    // SAFETY: the key was opened above and is not used after this.
    unsafe { RegCloseKey(key) };
    result
}

fn set(key: HKEY, name: &str, kind: u32, value: &[u8]) -> std::result::Result<(), WIN32_ERROR> {
    let name = wide(name);
    // SAFETY: the key is open, `name` ends in a zero, `value` is as long as is said; both outlive the
    // call.
    check(unsafe {
        RegSetValueExW(key, name.as_ptr(), 0, kind, value.as_ptr(), value.len() as u32)
    })
}

fn check(code: WIN32_ERROR) -> std::result::Result<(), WIN32_ERROR> {
    if code == 0 { Ok(()) } else { Err(code) }
}

/// UTF-16 with a zero at its end; a zero inside, which would end the text, is shown by its picture.
fn wide(text: &str) -> Vec<u16> {
    text.replace('\0', "\u{2400}").encode_utf16().chain([0]).collect()
}
