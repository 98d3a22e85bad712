//! Patterns in the `%` style: `%(levelname)-8s %(message)s`.
//!
//! Python: *printf-style String Formatting*, and `PercentStyle`.

use super::compiled::{Compiled, Show, pattern_methods};
use super::spec::MAX_WIDTH;
use super::{Field, FormatError, Source, Spec, unicode};
use crate::value::{OwnedValue, Value};

/// A compiled pattern in the `%` style.
///
/// Compiling happens once; rendering neither parses nor allocates, but for what it appends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PercentPattern(pub(crate) Compiled);

pattern_methods!(PercentPattern);

impl PercentPattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// An unknown or unfinished conversion, one without a field's name, a width or precision of `*` (a
    /// record has nothing to give it) or above [`MAX_WIDTH`](super::MAX_WIDTH): with the place in the pattern.
    pub fn new(pattern: &str) -> Result<Self, FormatError> {
        let mut compiled = Compiled::default();
        let mut parser = Parser::new(pattern);
        while let Some(token) = parser.next()? {
            match token {
                Token::Literal(text) => compiled.literal(text),
                Token::Conversion { at, key, mut spec, stars, letter } => {
                    spec.conversion = parser.conversion_letter(at, letter)?;
                    let Some(key) = key else {
                        return Err(FormatError::at(
                            pattern,
                            at,
                            "a conversion needs the name of a field, as in %(message)s",
                        ));
                    };
                    if stars.width || stars.precision {
                        return Err(FormatError::at(
                            pattern,
                            at,
                            "a width or precision of '*' needs an argument, and a record has none",
                        ));
                    }
                    let show = if spec == Spec::TEXT { Show::Text } else { Show::Percent(spec) };
                    compiled.field(Field::new(key), show);
                }
            }
        }
        Ok(Self(compiled))
    }
}

/// Compiles a pattern of the time and the milliseconds, in this order.
pub(crate) fn compile_msecs(pattern: &str) -> Result<Compiled, FormatError> {
    // What does not take a text and a number shows itself when it is given them.
    let trial = [Value::Str(""), Value::Float(0.0)];
    interpolate(pattern, Args::Tuple(&trial), &mut String::new())?;
    let mut compiled = Compiled::default();
    let mut parser = Parser::new(pattern);
    let mut fields = [Field::AscTime, Field::Msecs].into_iter();
    while let Some(token) = parser.next()? {
        match token {
            Token::Literal(text) => compiled.literal(text),
            Token::Conversion { at, mut spec, letter, .. } => {
                spec.conversion = parser.conversion_letter(at, letter)?;
                if let Some(field) = fields.next() {
                    compiled.field(field, Show::Percent(spec));
                }
            }
        }
    }
    Ok(compiled)
}

/// Checks what `PercentStyle.validate` checks: that a conversion of a named field stands somewhere in the
/// pattern.
pub(crate) fn validate(pattern: &str) -> Result<(), FormatError> {
    if pattern.match_indices("%(").any(|(at, _)| is_conversion(&pattern[at + 2..])) {
        return Ok(());
    }
    Err(FormatError::at(pattern, 0, "no fields; expected one such as %(message)s"))
}

/// Whether a conversion's name, behind the parenthesis, and the rest of it are at the start of `text`.
fn is_conversion(text: &str) -> bool {
    let amount = |text: &str| match text.strip_prefix('*') {
        Some(rest) => rest.len(),
        None => text.trim_start_matches(|c: char| c.is_ascii_digit()).len(),
    };
    let name = text.len() - text.trim_start_matches(unicode::is_word).len();
    let Some(rest) = text[name..].strip_prefix(')').filter(|_| name > 0) else { return false };
    let flags = rest.trim_start_matches(['#', '0', '+', ' ', '-']);
    let mut rest = &flags[flags.len() - amount(flags)..];
    if let Some(precision) = rest.strip_prefix('.') {
        let left = amount(precision);
        if left == precision.len() {
            return false;
        }
        rest = &precision[precision.len() - left..];
    }
    rest.starts_with(|c: char| "diouxefgcrsa%".contains(c.to_ascii_lowercase()))
}

/// What stands at the right of Python's `msg % args`.
#[derive(Clone, Copy, Debug)]
pub enum Args<'a> {
    /// Several values, in their order: Python's tuple.
    Tuple(&'a [Value<'a>]),
    /// One value. A map gives the values of named conversions.
    Value(&'a OwnedValue),
}

/// Appends `msg % args` to `out`, as Python computes it.
///
/// # Errors
///
/// As Python's: too few or too many arguments, a wrong type, an unknown conversion.
pub fn interpolate(msg: &str, args: Args<'_>, out: &mut String) -> Result<(), FormatError> {
    let mut arguments = Arguments::new(args);
    let mut parser = Parser::new(msg);
    while let Some(token) = parser.next()? {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::Conversion { at, key, mut spec, stars, letter } => {
                if let Some(key) = key {
                    arguments.select(key)?;
                }
                if stars.width {
                    let width = arguments.size(msg, at)?;
                    spec.left |= width < 0;
                    spec.width = width.unsigned_abs() as usize;
                }
                if stars.precision {
                    spec.precision = Some(arguments.size(msg, at)?.max(0) as usize);
                }
                if letter.is_none() {
                    parser.conversion_letter(at, letter)?;
                }
                let value = arguments.next()?;
                spec.conversion = parser.conversion_letter(at, letter)?;
                spec.apply(value, out)?;
            }
        }
    }
    arguments.all_taken()
}

/// The arguments of a message, as they are taken.
///
/// A key selects its value as the one argument there is from then on, as in Python: `%(a)*d` takes the
/// width from it and has nothing left to show.
struct Arguments<'a> {
    args: Args<'a>,
    selected: Option<Value<'a>>,
    taken: usize,
}

impl<'a> Arguments<'a> {
    fn new(args: Args<'a>) -> Self {
        Self { args, selected: None, taken: 0 }
    }

    fn next(&mut self) -> Result<Value<'a>, FormatError> {
        let value = match (self.selected, self.args) {
            (Some(value), _) => (self.taken == 0).then_some(value),
            (None, Args::Tuple(values)) => values.get(self.taken).copied(),
            (None, Args::Value(value)) => (self.taken == 0).then(|| value.as_value()),
        };
        self.taken += 1;
        value.ok_or_else(|| {
            FormatError::Arguments("not enough arguments for format string".to_owned())
        })
    }

    fn select(&mut self, key: &str) -> Result<(), FormatError> {
        let Args::Value(OwnedValue::Map(items)) = self.args else {
            return Err(FormatError::Arguments("format requires a mapping".to_owned()));
        };
        match items.iter().find(|(name, _)| name == key) {
            Some((_, value)) => self.selected = Some(value.as_value()),
            None => return Err(FormatError::MissingField(key.to_owned())),
        }
        self.taken = 0;
        Ok(())
    }

    /// A width or precision given as `*`.
    fn size(&mut self, msg: &str, at: usize) -> Result<i64, FormatError> {
        let size = match self.next()? {
            Value::Int(v) => v,
            Value::UInt(v) => i64::try_from(v).unwrap_or(i64::MAX),
            Value::BigInt(_) => i64::MAX,
            Value::Bool(v) => v.into(),
            _ => return Err(FormatError::Arguments("* wants int".to_owned())),
        };
        if size.unsigned_abs() > MAX_WIDTH as u64 {
            let problem = format!("width or precision too large (at most {MAX_WIDTH})");
            return Err(FormatError::at(msg, at, problem));
        }
        Ok(size)
    }

    fn all_taken(&self) -> Result<(), FormatError> {
        let left = match self.args {
            Args::Tuple(values) => self.taken < values.len(),
            // What can be asked for a key, as a map or a list can, need not be taken.
            Args::Value(OwnedValue::Map(_) | OwnedValue::List(_)) => false,
            Args::Value(_) => self.taken == 0,
        };
        if left {
            return Err(FormatError::Arguments(
                "not all arguments converted during string formatting".to_owned(),
            ));
        }
        Ok(())
    }
}

/// Which of width and precision come from the arguments.
#[derive(Clone, Copy, Default)]
struct Stars {
    width: bool,
    precision: bool,
}

enum Token<'p> {
    Literal(&'p str),
    /// The letter, with its place, is not yet known to be one that there is: in Python a message takes
    /// its argument first, and complains about that first.
    Conversion {
        at: usize,
        key: Option<&'p str>,
        spec: Spec,
        stars: Stars,
        letter: Option<(usize, char)>,
    },
}

struct Parser<'p> {
    pattern: &'p str,
    at: usize,
}

impl<'p> Parser<'p> {
    fn new(pattern: &'p str) -> Self {
        Self { pattern, at: 0 }
    }

    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn next(&mut self) -> Result<Option<Token<'p>>, FormatError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let literal = rest.find('%').unwrap_or(rest.len());
        if literal > 0 {
            self.at += literal;
            return Ok(Some(Token::Literal(&rest[..literal])));
        }
        self.conversion().map(Some)
    }

    fn conversion(&mut self) -> Result<Token<'p>, FormatError> {
        let at = self.at;
        self.at += 1;
        if self.take('%') {
            return Ok(Token::Literal("%"));
        }
        let key = if self.take('(') { Some(self.key(at)?) } else { None };
        let mut spec = Spec::TEXT;
        loop {
            match self.peek() {
                Some('-') => spec.left = true,
                Some('+') => spec.plus = true,
                Some(' ') => spec.space = true,
                Some('#') => spec.alternate = true,
                Some('0') => spec.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut stars = Stars { width: self.take('*'), precision: false };
        if !stars.width {
            spec.width = self.number("width")?.unwrap_or(0);
        }
        if self.take('.') {
            if self.take('*') {
                stars.precision = true;
            } else {
                spec.precision = Some(self.number("precision")?.unwrap_or(0));
            }
        }
        if matches!(self.peek(), Some('h' | 'l' | 'L')) {
            self.at += 1;
        }
        let letter = self.peek().map(|c| (self.at, c));
        self.at += letter.map_or(0, |(_, c)| c.len_utf8());
        Ok(Token::Conversion { at, key, spec, stars, letter })
    }

    /// The letter of a conversion, where there is one and it is known.
    fn conversion_letter(
        &self,
        at: usize,
        letter: Option<(usize, char)>,
    ) -> Result<char, FormatError> {
        match letter {
            Some((_, c)) if "diouxXeEfFgGcrsa".contains(c) => Ok(c),
            Some((place, c)) => Err(FormatError::at(
                self.pattern,
                place,
                format!(
                    "unsupported format character {c:?} (0x{:x}); expected one of diouxXeEfFgGcrsa",
                    u32::from(c)
                ),
            )),
            None => Err(FormatError::at(self.pattern, at, "incomplete format")),
        }
    }

    /// A key's name; parentheses inside it are balanced, as in Python.
    fn key(&mut self, at: usize) -> Result<&'p str, FormatError> {
        let rest = self.rest();
        let mut depth = 1;
        for (i, c) in rest.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += i + 1;
                return Ok(&rest[..i]);
            }
        }
        Err(FormatError::at(self.pattern, at, "incomplete format key: no ')' follows"))
    }

    fn number(&mut self, what: &str) -> Result<Option<usize>, FormatError> {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return Ok(None);
        }
        match rest[..digits].parse() {
            Ok(value) if value <= MAX_WIDTH => {
                self.at += digits;
                Ok(Some(value))
            }
            _ => Err(FormatError::at(
                self.pattern,
                self.at,
                format!("{what} too large (at most {MAX_WIDTH})"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed;

    impl Source for Fixed {
        fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
            Some(match field {
                Field::LevelName => Value::Str("WARNING"),
                Field::LineNo => Value::Int(42),
                Field::Created => Value::Float(1234.5678),
                Field::Msecs => Value::Float(7.0),
                Field::Message => Value::Display(&"héllo"),
                _ => return None,
            })
        }
    }

    fn render(pattern: &str) -> Result<String, FormatError> {
        let mut out = String::new();
        PercentPattern::new(pattern)?.render(&Fixed, &mut out)?;
        Ok(out)
    }

    #[test]
    fn conversions() {
        for (pattern, text) in [
            ("%(levelname)s:%(message)s", "WARNING:héllo"),
            ("[%(levelname)-9s]", "[WARNING  ]"),
            ("[%(levelname)9s]", "[  WARNING]"),
            ("[%(levelname)-8.4s]", "[WARN    ]"),
            ("[%(message)7.2s]", "[     hé]"),
            (
                "%(lineno)05d|%(lineno)+d|%(lineno)-5d|%(lineno)x|%(lineno)#o",
                "00042|+42|42   |2a|0o52",
            ),
            ("%(msecs)03d|%(msecs)s|%(created)f|%(created).1f", "007|7.0|1234.567800|1234.6"),
            ("%(created)e %(created)g %(created)d", "1.234568e+03 1234.57 1234"),
            ("100%% %(message)r %(message)a", "100% 'héllo' 'h\\xe9llo'"),
            ("%(lineno)c%(lineno)ld", "*42"),
            ("%(lineno)08.4d|%(lineno)-8.4d|", "00000042|0042    |"),
        ] {
            assert_eq!(render(pattern).unwrap(), text, "{pattern}");
        }
    }

    #[test]
    fn faults_name_the_place() {
        for (pattern, place) in [
            ("%(message)s %(levelname)y", 24),
            ("%(message", 0),
            ("ab %(message)", 3),
            ("%s", 0),
            ("%(lineno)999999999999d", 9),
            ("%(lineno)*d", 0),
        ] {
            match PercentPattern::new(pattern) {
                Err(FormatError::Pattern { at, .. }) => assert_eq!(at, place, "{pattern}"),
                other => panic!("{pattern}: {other:?}"),
            }
        }
        assert_eq!(render("%(nothing)s"), Err(FormatError::MissingField("nothing".into())));
        assert_eq!(
            render("%(levelname)d").unwrap_err().to_string(),
            "%d format: a real number is required, not str"
        );
    }

    #[test]
    fn messages_with_arguments() {
        let mut out = String::new();
        let list = OwnedValue::List(vec![OwnedValue::Int(1), OwnedValue::Str("x".into())]);
        interpolate("got %s", Args::Value(&list), &mut out).unwrap();
        assert_eq!(out, "got [1, 'x']");
        out.clear();
        let map = OwnedValue::Map(vec![("a".into(), OwnedValue::Int(3))]);
        interpolate("%(a)03d%%", Args::Value(&map), &mut out).unwrap();
        assert_eq!(out, "003%");
        out.clear();
        let tuple = [Value::Int(5), Value::Str("ab"), Value::Int(-4), Value::Bool(true)];
        interpolate("%*s|%*d|", Args::Tuple(&tuple), &mut out).unwrap();
        assert_eq!(out, "   ab|1   |");
        for msg in ["%s %s", "none", "%(a)s", "%*d", "%", "%y"] {
            assert!(interpolate(msg, Args::Value(&OwnedValue::Int(1)), &mut out).is_err(), "{msg}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_panics(pattern in "(%|\\(|\\)|[a-z]|[0-9]|\\.|\\*|#|-|é|[ -~]){0,24}") {
            let _ = render(&pattern);
        }

        #[test]
        fn text_without_percent_is_itself(text in "[^%]{0,40}") {
            prop_assert_eq!(render(&text).unwrap(), text);
        }
    }
}
