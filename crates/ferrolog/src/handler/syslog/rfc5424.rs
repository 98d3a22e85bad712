//! The message format of RFC 5424.

use std::fmt::{self, Write};

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use crate::format::unicode;
use crate::record::Record;

/// What [`SysLogHandler`](super::SysLogHandler) puts into the header of an RFC 5424 message, and where
/// the record's extra attributes go.
///
/// | setting | default |
/// |---|---|
/// | `hostname` | the machine's name |
/// | `app_name` | the name of the running program's file |
/// | `proc_id` | the number of the process |
/// | `msg_id` | `-`, nothing |
/// | `structured_data_id` | `extra@32473` |
///
/// The time is UTC with microseconds. Each extra attribute becomes a parameter of one element of the
/// structured data; with an empty `structured_data_id`, none does. The number behind its `@` should be
/// your own IANA enterprise number: 32473 is the one set aside for examples. Characters that a field must
/// not have become `_`, and a field is cut at the length that the RFC allows. In a parameter's value,
/// whatever could end a line or drive a terminal is shown as its bytes in octal: `#012` for a line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rfc5424 {
    /// `HOSTNAME`.
    pub hostname: String,
    /// `APP-NAME`.
    pub app_name: String,
    /// `PROCID`; nothing for the number of the process at the time of each record.
    pub proc_id: Option<String>,
    /// `MSGID`.
    pub msg_id: String,
    /// `SD-ID` of the element that has the extra attributes.
    pub structured_data_id: String,
}

impl Default for Rfc5424 {
    fn default() -> Self {
        let program = std::env::current_exe().ok();
        let program = program.as_ref().and_then(|path| path.file_name());
        let hostname = hostname::get().unwrap_or_default();
        Self {
            hostname: hostname.to_string_lossy().into_owned(),
            app_name: program.unwrap_or_default().to_string_lossy().into_owned(),
            proc_id: None,
            msg_id: String::new(),
            structured_data_id: "extra@32473".to_owned(),
        }
    }
}

impl Rfc5424 {
    /// Appends what stands between the priority and the message.
    pub(super) fn write_header(&self, record: &Record<'_>, out: &mut String) -> fmt::Result {
        const TIME: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
        out.push_str("1 ");
        match Timestamp::from_nanosecond(record.created().into()) {
            Ok(time) => TIME.print_timestamp(&time, &mut *out).map_err(|_| fmt::Error)?,
            Err(_) => out.push('-'),
        }
        field(out, &self.hostname, 255);
        field(out, &self.app_name, 48);
        match &self.proc_id {
            Some(id) => field(out, id, 128),
            None => write!(out, " {}", std::process::id())?,
        }
        field(out, &self.msg_id, 32);
        out.push(' ');
        let start = out.len();
        let mut result = Ok(());
        if !self.structured_data_id.is_empty() {
            record.visit_extra(&mut |key, value| {
                if out.len() == start {
                    out.push('[');
                    name(out, &self.structured_data_id);
                }
                out.push(' ');
                name(out, key);
                out.push_str("=\"");
                if write!(Escaped(out), "{value}").is_err() {
                    result = Err(fmt::Error);
                }
                out.push('"');
            });
        }
        out.push_str(if out.len() == start { "- " } else { "] " });
        result
    }
}

/// Appends a space and a field of the header.
fn field(out: &mut String, text: &str, longest: usize) {
    out.push(' ');
    if text.is_empty() {
        out.push('-');
    }
    out.extend(text.chars().take(longest).map(|c| if c.is_ascii_graphic() { c } else { '_' }));
}

/// Appends the name of an element or a parameter.
fn name(out: &mut String, text: &str) {
    let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '=' | ']' | '"');
    out.extend(text.chars().take(32).map(|c| if allowed(c) { c } else { '_' }));
    if text.is_empty() {
        out.push('_');
    }
}

/// A parameter's value, in which three characters are escaped as the RFC has it, and whatever could end a
/// line or drive a terminal as syslog daemons do: `#012` for each byte, in octal.
struct Escaped<'o>(&'o mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if matches!(c, '"' | '\\' | ']') {
                self.0.push('\\');
            }
            if unicode::is_control(c) {
                c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|b| write!(self.0, "#{b:03o}"))?;
            } else {
                self.0.push(c);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, ToValue};

    fn settings() -> Rfc5424 {
        Rfc5424 {
            hostname: "mymachine.example.com".into(),
            app_name: "ev ntslog".into(),
            proc_id: Some("é".into()),
            ..Rfc5424::default()
        }
    }

    #[test]
    fn header() {
        let extra = [
            ("user", r#"a"b\c]d é"#.to_value()),
            ("lines", "a\nb\0\u{1b}[31m\u{2028}".to_value()),
            ("n m=\"]", 3.to_value()),
            (&*"k".repeat(40), ().to_value()),
        ];
        let record = Record::new("app", Level::INFO, "m").with_created(1_065_910_455_003_999_999);
        let mut out = String::new();
        settings().write_header(&record, &mut out).unwrap();
        assert_eq!(out, "1 2003-10-11T22:14:15.003999Z mymachine.example.com ev_ntslog _ - - ");
        out.clear();
        settings().write_header(&record.with_key_values(&extra), &mut out).unwrap();
        let data = out.split_once(" - [").unwrap().1;
        let long = "k".repeat(32);
        let expected = format!(
            r#"extra@32473 user="a\"b\\c\]d é" lines="a#012b#000#033[31m#342#200#250" n_m___="3" {long}="None"] "#
        );
        assert_eq!(data, expected);
    }
}
