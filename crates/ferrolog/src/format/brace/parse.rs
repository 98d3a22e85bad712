//! Literal text and replacement fields, told apart as `str.format` does.

use crate::format::format_spec::Fault;

/// A replacement field as it stands in a pattern; places are bytes from the start of the text.
#[derive(Debug)]
pub(super) struct RawField<'p> {
    /// Of the name.
    pub(super) at: usize,
    pub(super) name: &'p str,
    pub(super) conversion: Option<(usize, char)>,
    pub(super) spec_at: usize,
    pub(super) spec: &'p str,
}

pub(super) struct Parser<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Parser<'p> {
    pub(super) fn new(text: &'p str) -> Self {
        Self { text, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The next literal text, which may be empty, and the field behind it, if one follows.
    pub(super) fn next(&mut self) -> Result<Option<(&'p str, Option<RawField<'p>>)>, Fault> {
        let start = self.at;
        let rest = &self.text[start..];
        if rest.is_empty() {
            return Ok(None);
        }
        let Some(length) = rest.find(['{', '}']) else {
            self.at = self.text.len();
            return Ok(Some((rest, None)));
        };
        let brace = rest.as_bytes()[length];
        self.at += length + 1;
        if rest.as_bytes().get(length + 1) == Some(&brace) {
            // A doubled brace: the literal takes one of the two along.
            self.at += 1;
            return Ok(Some((&rest[..=length], None)));
        }
        if brace == b'}' || self.at == self.text.len() {
            let problem = format!("single '{}' encountered", char::from(brace));
            return Err((start + length, problem));
        }
        self.field().map(|field| Some((&rest[..length], Some(field))))
    }

    /// The field behind a `{`.
    fn field(&mut self) -> Result<RawField<'p>, Fault> {
        let at = self.at;
        let end = loop {
            let place = self.at;
            match self.take() {
                Some('{') => return Err((place, "unexpected '{' in field name".to_owned())),
                Some('[') => {
                    // A colon or brace in an index belongs to the index.
                    let rest = &self.text[self.at..];
                    self.at += rest.find(']').unwrap_or(rest.len());
                }
                Some(c @ ('}' | ':' | '!')) => break (place, c),
                Some(_) => {}
                None => return Err((at - 1, "expected '}' before end of string".to_owned())),
            }
        };
        let mut field = RawField {
            at,
            name: &self.text[at..end.0],
            conversion: None,
            spec_at: self.at,
            spec: "",
        };
        if end.1 == '}' {
            return Ok(field);
        }
        if end.1 == '!' {
            let place = self.at;
            let Some(c) = self.take() else {
                return Err((place, "expected a conversion: r, s or a".to_owned()));
            };
            field.conversion = Some((place, c));
            let place = self.at;
            match self.take() {
                Some('}') => return Ok(field),
                Some(':') => {}
                _ => return Err((place, "expected ':' or '}' after conversion".to_owned())),
            }
            field.spec_at = self.at;
        }
        let mut depth = 1;
        loop {
            let place = self.at;
            match self.take() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                Some(_) => {}
                None => return Err((at - 1, "unmatched '{' in format spec".to_owned())),
            }
            if depth == 0 {
                field.spec = &self.text[field.spec_at..place];
                return Ok(field);
            }
        }
    }
}
