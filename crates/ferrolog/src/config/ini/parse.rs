//! The syntax of INI files, as Python's `configparser` reads it.

use std::borrow::Cow;

use crate::config::error::Problem;

/// How deep a value may refer to others, as in Python.
const MAX_DEPTH: usize = 10;

/// An INI file: sections with keys and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ini {
    pub(crate) sections: Vec<Section>,
    /// Keys that every section has: those of the section `DEFAULT` and those given by the program.
    pub(crate) defaults: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) line: usize,
}

/// Where the entries that are read next belong.
#[derive(Clone, Copy)]
enum Current {
    None,
    Defaults,
    Section(usize),
}

impl Ini {
    /// Reads a file. All faults are reported.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut ini = Self::default();
        let mut problems = Vec::new();
        let mut current = Current::None;
        // Whether the lines that follow may continue a value, and how far in its key stood.
        let mut open = false;
        let mut indent = 0;
        for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line)) {
            let value = line.trim();
            if value.starts_with(['#', ';']) {
                continue;
            }
            if value.is_empty() {
                if let (true, Some(entry)) = (open, ini.last(current)) {
                    entry.value.push('\n');
                }
                continue;
            }
            let depth = line.chars().take_while(|c| c.is_whitespace()).count();
            if open
                && depth > indent
                && let Some(entry) = ini.last(current)
            {
                entry.value.push('\n');
                entry.value.push_str(value);
                continue;
            }
            indent = depth;
            if let Some(header) = header(value) {
                open = false;
                current = ini.enter(header, number, &mut problems);
            } else if matches!(current, Current::None) {
                let message = format!("found {value:?} before any section, expected [section]");
                problems.push(Problem::at(number, None, message));
                // What follows would be reported for the same reason.
                break;
            } else {
                open = ini.add(value, number, current, &mut problems);
            }
        }
        for entry in ini.sections.iter_mut().flat_map(|section| &mut section.entries) {
            entry.value.truncate(entry.value.trim_end().len());
        }
        for entry in &mut ini.defaults {
            entry.value.truncate(entry.value.trim_end().len());
        }
        if problems.is_empty() { Ok(ini) } else { Err(problems) }
    }

    fn entries(&mut self, current: Current) -> Option<&mut Vec<Entry>> {
        match current {
            Current::None => None,
            Current::Defaults => Some(&mut self.defaults),
            Current::Section(at) => Some(&mut self.sections[at].entries),
        }
    }

    fn last(&mut self, current: Current) -> Option<&mut Entry> {
        self.entries(current)?.last_mut()
    }

    fn enter(&mut self, name: &str, line: usize, problems: &mut Vec<Problem>) -> Current {
        if name == "DEFAULT" {
            return Current::Defaults;
        }
        if let Some(at) = self.sections.iter().position(|section| section.name == name) {
            let first = self.sections[at].line;
            let message = format!("section [{name}] is there already, on line {first}");
            problems.push(Problem::at(line, None, message));
            return Current::Section(at);
        }
        self.sections.push(Section { name: name.to_owned(), line, entries: Vec::new() });
        Current::Section(self.sections.len() - 1)
    }

    /// Reads `key = value` or `key: value`; says whether there was one.
    fn add(
        &mut self,
        text: &str,
        line: usize,
        current: Current,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let Some((key, value)) =
            text.split_once(['=', ':']).filter(|(key, _)| !key.trim().is_empty())
        else {
            let message = format!("found {text:?}, expected [section] or key = value");
            problems.push(Problem::at(line, None, message));
            return false;
        };
        let key = key.trim().to_lowercase();
        let Some(entries) = self.entries(current) else { return false };
        match entries.iter().find(|entry| entry.key == key) {
            Some(first) => {
                let message = format!("key {key:?} is there already, on line {}", first.line);
                problems.push(Problem::at(line, None, message));
                false
            }
            None => {
                entries.push(Entry { key, value: value.trim().to_owned(), line });
                true
            }
        }
    }

    pub(crate) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The value of a key as it is written.
    pub(crate) fn raw<'i>(&'i self, section: &'i Section, key: &str) -> Option<&'i Entry> {
        let own = section.entries.iter().find(|entry| entry.key == key);
        own.or_else(|| self.defaults.iter().find(|entry| entry.key == key))
    }

    /// The value of a key, with `%(other)s` replaced by the value of that key and `%%` by `%`.
    pub(crate) fn get(&self, section: &Section, key: &str) -> Option<Result<String, Problem>> {
        let entry = self.raw(section, key)?;
        let value = self.interpolate(section, entry, 1).map(Cow::into_owned);
        Some(value.map_err(|message| Problem {
            line: (entry.line > 0).then_some(entry.line),
            ..Problem::new(format!("[{}] {key}", section.name), message)
        }))
    }

    fn interpolate<'i>(
        &self,
        section: &Section,
        entry: &'i Entry,
        depth: usize,
    ) -> Result<Cow<'i, str>, String> {
        if !entry.value.contains('%') {
            return Ok(Cow::Borrowed(&entry.value));
        }
        if depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} references lead from one value to another"));
        }
        let mut out = String::new();
        let mut rest = entry.value.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let (name, after) =
                after.strip_prefix('(').and_then(|after| after.split_once(")s")).ok_or_else(
                    || format!("expected %% or %(key)s at {:?}", format!("%{}", cut(after))),
                )?;
            let name = name.to_lowercase();
            let other = self
                .raw(section, &name)
                .ok_or_else(|| format!("there is no key {name:?} to put in for %({name})s"))?;
            out.push_str(&self.interpolate(section, other, depth + 1)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }
}

fn header(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    (!name.is_empty()).then_some(name)
}

fn cut(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let ini = Ini::parse(
            "# c\n[DEFAULT]\nbase = /var\n[a]\nOne = 1\n two\n\n  three\n; c\ncolon : x = y\n\n[b]\npath=%(base)s/%%d\n",
        )
        .unwrap();
        let a = ini.section("a").unwrap();
        assert_eq!(ini.get(a, "one").unwrap().unwrap(), "1\ntwo\n\nthree");
        assert_eq!(ini.get(a, "colon").unwrap().unwrap(), "x = y");
        let b = ini.section("b").unwrap();
        assert_eq!(ini.get(b, "path").unwrap().unwrap(), "/var/%d");
        assert_eq!(ini.get(b, "absent"), None);
    }

    #[test]
    fn every_fault_is_reported() {
        let problems = Ini::parse("[a]\nx=1\nX=2\nplain\n[a]\n=3\n").unwrap_err();
        let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(3), Some(4), Some(5), Some(6)]);
        assert_eq!(Ini::parse("x=1\ny=2\n").unwrap_err().len(), 1);
    }

    #[test]
    fn faulty_references() {
        let ini = Ini::parse("[a]\nx=%(y)s\ny=%(x)s\nz=50%\nw=%(none)s\n").unwrap();
        let a = ini.section("a").unwrap();
        for key in ["x", "y", "z", "w"] {
            assert!(ini.get(a, key).unwrap().is_err(), "{key}");
        }
    }
}
