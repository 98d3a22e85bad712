//! What a test uses: its own text, and that of the functions of its file that it calls.

use std::collections::{BTreeMap, BTreeSet};

/// The functions of a file as rustfmt lays them out, by name.
pub(crate) struct Functions<'s>(BTreeMap<&'s str, Vec<&'s str>>);

impl<'s> Functions<'s> {
    pub(crate) fn of(source: &'s str) -> Self {
        let mut functions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut start = 0;
        for line in source.split_inclusive('\n') {
            let text = line.trim_start();
            if let Some(name) = function_name(text) {
                let indent = &line[..line.len() - text.len()];
                let from = &source[start..];
                let end = if text.trim_end().ends_with('}') {
                    line.len()
                } else {
                    from.find(&format!("\n{indent}}}")).unwrap_or(from.len())
                };
                functions.entry(name).or_default().push(&from[..end]);
            }
            start += line.len();
        }
        Self(functions)
    }

    /// The text of the function, and of those that it calls; nothing where there is no such function.
    pub(crate) fn used_by(&self, function: &str) -> Option<String> {
        self.0.get(function)?;
        // `main` belongs to all tests of a program that starts itself again.
        let mut todo = vec![function, "main"];
        let mut seen = BTreeSet::new();
        let mut used = String::new();
        while let Some(name) = todo.pop() {
            let Some((name, texts)) = self.0.get_key_value(name) else { continue };
            if seen.insert(*name) {
                for text in texts {
                    used.push_str(text);
                    used.push('\n');
                    todo.extend(words(text));
                }
            }
        }
        Some(used)
    }
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line;
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    words(rest.strip_prefix("fn ")?).next()
}

pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether `word` stands in `text` on its own; a key with other characters, as it is or in quotes.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    if words(word).eq([word]) {
        return words(text).any(|found| found == word);
    }
    text.contains(&format!("\"{word}\"")) || (word.len() > 2 && text.contains(word))
}
