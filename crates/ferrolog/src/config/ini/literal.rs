//! Python literals: what stands in `args` and `kwargs`, read without evaluating anything.

use crate::value::OwnedValue;

/// How deep brackets may be nested.
const MAX_DEPTH: usize = 50;

/// A literal with a place for names: `sys.stdout`, `handlers.SYSLOG_UDP_PORT`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Value(OwnedValue),
    Name(String),
    Tuple(Vec<Literal>),
    List(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

/// Reads a literal. An error says what was expected, and at which character, from 1.
pub(super) fn parse(text: &str) -> Result<Literal, (usize, String)> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let read = reader.sequence(None).and_then(|(mut entries, comma)| {
        let literal = match (entries.len(), comma) {
            (0, _) => return Err("a literal such as ('app.log', 'a')".to_owned()),
            (1, false) => entries.remove(0),
            _ => Literal::Tuple(entries),
        };
        if reader.at == text.len() { Ok(literal) } else { Err("the end".to_owned()) }
    });
    read.map_err(|expected| {
        let column = text[..reader.at].chars().count() + 1;
        // One character and no more: it may be a password that stands there.
        let found = reader.rest().chars().next();
        let found = found.map_or("the end".to_owned(), |found| format!("{found:?}"));
        (column, format!("found {found} at character {column}, expected {expected}"))
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, String>;

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Literals with commas between, up to `end`; says whether there was any comma.
    fn sequence(&mut self, end: Option<&str>) -> Read<(Vec<Literal>, bool)> {
        let mut entries = Vec::new();
        let mut comma = false;
        loop {
            self.space();
            let ended = match end {
                Some(end) => self.eat(end),
                None => self.rest().is_empty(),
            };
            if ended {
                return Ok((entries, comma));
            }
            if !entries.is_empty() && !comma {
                return Err(end.map_or("the end".to_owned(), |end| format!("',' or '{end}'")));
            }
            entries.push(self.expression()?);
            comma = self.eat(",");
            if !comma {
                self.space();
                return match end {
                    Some(end) if self.eat(end) => Ok((entries.clone(), entries.len() > 1)),
                    Some(end) => Err(format!("',' or '{end}'")),
                    None => Ok((entries.clone(), entries.len() > 1)),
                };
            }
        }
    }

    /// A literal, or integers with `+`, `-` and `*` between, as sizes are often written.
    fn expression(&mut self) -> Read<Literal> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("at most {MAX_DEPTH} nested brackets"));
        }
        let mut sum = self.product()?;
        loop {
            let negative = if self.eat("+") {
                false
            } else if self.eat("-") {
                true
            } else {
                break;
            };
            let (left, right) = (integer(&sum)?, integer(&self.product()?)?);
            let result = if negative { left.checked_sub(right) } else { left.checked_add(right) };
            sum = number(result)?;
        }
        self.depth -= 1;
        Ok(sum)
    }

    fn product(&mut self) -> Read<Literal> {
        let mut product = self.unary()?;
        loop {
            self.space();
            if self.rest().starts_with("**") || !self.eat("*") {
                return Ok(product);
            }
            let (left, right) = (integer(&product)?, integer(&self.unary()?)?);
            product = number(left.checked_mul(right))?;
        }
    }

    fn unary(&mut self) -> Read<Literal> {
        if self.eat("-") {
            return match self.unary_inner()? {
                Literal::Value(OwnedValue::Float(v)) => Ok(Literal::Value(OwnedValue::Float(-v))),
                other => number(integer(&other)?.checked_neg()),
            };
        }
        let _ = self.eat("+");
        self.unary_inner()
    }

    fn unary_inner(&mut self) -> Read<Literal> {
        self.space();
        let first = self.rest().chars().next();
        match first {
            Some('(') => {
                self.at += 1;
                let (mut entries, comma) = self.nested(")")?;
                Ok(match (entries.len(), comma) {
                    (1, false) => entries.remove(0),
                    _ => Literal::Tuple(entries),
                })
            }
            Some('[') => {
                self.at += 1;
                Ok(Literal::List(self.nested("]")?.0))
            }
            Some('{') => {
                self.at += 1;
                self.dict()
            }
            Some('"' | '\'') => self.strings(),
            Some(c) if c.is_ascii_digit() => self.number(),
            Some('.') if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.number()
            }
            Some(c) if c.is_alphabetic() || c == '_' => self.word(),
            _ => Err("a literal".to_owned()),
        }
    }

    fn nested(&mut self, end: &str) -> Read<(Vec<Literal>, bool)> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("at most {MAX_DEPTH} nested brackets"));
        }
        let read = self.sequence(Some(end))?;
        self.depth -= 1;
        Ok(read)
    }

    fn dict(&mut self) -> Read<Literal> {
        let mut entries = Vec::new();
        loop {
            if self.eat("}") {
                return Ok(Literal::Dict(entries));
            }
            let key = self.expression()?;
            if !self.eat(":") {
                return Err("':'".to_owned());
            }
            let value = self.expression()?;
            entries.push((key, value));
            if !self.eat(",") {
                return if self.eat("}") {
                    Ok(Literal::Dict(entries))
                } else {
                    Err("',' or '}'".to_owned())
                };
            }
        }
    }

    fn number(&mut self) -> Read<Literal> {
        let rest = self.rest();
        let mut end = 0;
        let mut before = ' ';
        for c in rest.chars() {
            let exponent = matches!(before, 'e' | 'E') && !rest.starts_with("0x");
            if c.is_ascii_alphanumeric()
                || matches!(c, '_' | '.')
                || (exponent && matches!(c, '+' | '-'))
            {
                end += c.len_utf8();
                before = c;
            } else {
                break;
            }
        }
        let written = &rest[..end];
        if written.ends_with('_') || written.contains("__") {
            return Err("a number".to_owned());
        }
        let plain = written.replace('_', "").to_lowercase();
        let whole = match plain.get(..2) {
            Some("0x") => i64::from_str_radix(&plain[2..], 16).ok(),
            Some("0o") => i64::from_str_radix(&plain[2..], 8).ok(),
            Some("0b") => i64::from_str_radix(&plain[2..], 2).ok(),
            _ if plain.len() > 1 && plain.starts_with('0') && plain.bytes().any(|b| b != b'0') => {
                // Python refuses a leading zero on an integer.
                None
            }
            _ => plain.parse().ok(),
        };
        let value = match whole {
            Some(whole) => OwnedValue::Int(whole),
            None if plain.contains(['.', 'e']) && !plain.starts_with("0x") => {
                OwnedValue::Float(plain.parse().map_err(|_| "a number".to_owned())?)
            }
            None => return Err("a number within 64 bits".to_owned()),
        };
        self.at += end;
        Ok(Literal::Value(value))
    }

    fn word(&mut self) -> Read<Literal> {
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        if rest[end..].starts_with(['"', '\'']) {
            return match word.to_lowercase().as_str() {
                "r" | "u" => self.strings(),
                _ => Err("a text without a prefix".to_owned()),
            };
        }
        if rest[end..].trim_start().starts_with(['(', '[']) {
            return Err("a literal or a name; nothing is called or looked up here".to_owned());
        }
        self.at += end;
        Ok(match word {
            "True" => Literal::Value(OwnedValue::Bool(true)),
            "False" => Literal::Value(OwnedValue::Bool(false)),
            "None" => Literal::Value(OwnedValue::None),
            name => Literal::Name(name.to_owned()),
        })
    }

    /// One text or several side by side, which are one.
    fn strings(&mut self) -> Read<Literal> {
        let mut out = String::new();
        loop {
            self.space();
            let rest = self.rest();
            let raw = rest.starts_with(['r', 'R']);
            let prefix = usize::from(raw || rest.starts_with(['u', 'U']));
            if !rest[prefix..].starts_with(['"', '\'']) {
                return Ok(Literal::Value(OwnedValue::Str(out)));
            }
            self.at += prefix;
            self.string(raw, &mut out)?;
        }
    }

    fn string(&mut self, raw: bool, out: &mut String) -> Read<()> {
        let rest = self.rest();
        let quote = &rest[..1];
        let triple = quote.repeat(3);
        let end = if rest.starts_with(&triple) { triple.as_str() } else { quote };
        self.at += end.len();
        loop {
            let rest = self.rest();
            if rest.starts_with(end) {
                self.at += end.len();
                return Ok(());
            }
            let Some(c) = rest.chars().next() else { return Err(format!("{end} to end the text")) };
            if c == '\n' && end.len() == 1 {
                return Err(format!("{end} to end the text"));
            }
            self.at += c.len_utf8();
            if c != '\\' {
                out.push(c);
            } else if raw {
                out.push(c);
                if let Some(next) = self.rest().chars().next() {
                    self.at += next.len_utf8();
                    out.push(next);
                }
            } else {
                self.escape(out)?;
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        let Some(c) = self.rest().chars().next() else { return Err("an escape".to_owned()) };
        self.at += c.len_utf8();
        let digits = match c {
            '\n' => return Ok(()),
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            '\\' | '\'' | '"' => c,
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '0'..='7' => {
                let rest = &self.text[self.at - 1..];
                let end = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                self.at += end - 1;
                let code =
                    u32::from_str_radix(&rest[..end], 8).map_err(|error| error.to_string())?;
                char::from_u32(code).ok_or("a character")?
            }
            // Python keeps what it does not know.
            other => {
                out.push('\\');
                other
            }
        };
        out.push(digits);
        Ok(())
    }

    fn code(&mut self, digits: usize) -> Read<char> {
        let expected = || format!("{digits} hexadecimal digits of a character");
        let text = self.rest().get(..digits).ok_or_else(expected)?;
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(expected());
        }
        let code = u32::from_str_radix(text, 16).ok().and_then(char::from_u32);
        let code = code.ok_or_else(expected)?;
        self.at += digits;
        Ok(code)
    }
}

fn integer(literal: &Literal) -> Read<i64> {
    match literal {
        Literal::Value(OwnedValue::Int(v)) => Ok(*v),
        _ => Err("an integer beside the operator".to_owned()),
    }
}

fn number(result: Option<i64>) -> Read<Literal> {
    let value = result.ok_or("a number within 64 bits")?;
    Ok(Literal::Value(OwnedValue::Int(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Literal {
        parse(text).unwrap_or_else(|(_, error)| panic!("{text}: {error}"))
    }

    #[test]
    fn literals() {
        let int = |v| Literal::Value(OwnedValue::Int(v));
        let text = |v: &str| Literal::Value(OwnedValue::Str(v.to_owned()));
        assert_eq!(value("()"), Literal::Tuple(vec![]));
        assert_eq!(value("(1)"), int(1));
        assert_eq!(value("(1,)"), Literal::Tuple(vec![int(1)]));
        assert_eq!(value("1, 2"), Literal::Tuple(vec![int(1), int(2)]));
        assert_eq!(
            value("('a' \"b\", r'\\n', '\\x41\\u00e9\\101\\q', sys.stdout)"),
            Literal::Tuple(vec![
                text("ab"),
                text("\\n"),
                text("AéA\\q"),
                Literal::Name("sys.stdout".into())
            ])
        );
        assert_eq!(value("10*1024*1024 - 1"), int(10 * 1024 * 1024 - 1));
        assert_eq!(value("-0x1F"), int(-31));
        assert_eq!(value("1_000"), int(1000));
        assert_eq!(value("-1.5e-3"), Literal::Value(OwnedValue::Float(-0.0015)));
        assert_eq!(
            value("{'a': [1, 2,], }"),
            Literal::Dict(vec![(text("a"), Literal::List(vec![int(1), int(2)]))])
        );
        assert_eq!(value("'''a\nb'''"), text("a\nb"));
        assert_eq!(value("None"), Literal::Value(OwnedValue::None));
    }

    #[test]
    fn nothing_is_evaluated() {
        for faulty in [
            "",
            "os.getenv('HOME')",
            "open('x')",
            "(",
            "(1",
            "(1 2)",
            "[1)",
            "'x",
            "f'x'",
            "lambda: 1",
            "x[0]",
            "2 ** 70",
            "9223372036854775807 + 1",
            "'a' + 'b'",
            "1 if x else 2",
            "017",
            "{1}",
            "__import__('os')",
            "'\\xZZ'",
            "'\\ud800'",
            "1_",
            "((((((((((((((((((((((((((((((((((((((((((((((((((((((1",
        ] {
            assert!(parse(faulty).is_err(), "{faulty}: {:?}", parse(faulty));
        }
    }
}
