//! Builds structured formatters.

use std::fmt;
use std::marker::PhantomData;

use super::{Content, Entry, Lengths, Plan};
use crate::format::{Field, FormatError, TimeFormat, Zone};
use crate::value::OwnedValue;

/// Where a structured formatter puts a record's extra attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtraKeys {
    /// Beside the record's own, behind them. One whose key is taken gets a `_` behind it.
    #[default]
    Flat,
    /// In an object under this key (with logfmt: with this key and a point before theirs), which is not
    /// written where there are none.
    Under(String),
    /// Nowhere, but for those chosen with [`StructuredBuilder::field`].
    Left,
}

/// Builds a [`JsonFormatter`](super::JsonFormatter) or a [`LogfmtFormatter`](super::LogfmtFormatter).
///
/// | setting | default |
/// |---|---|
/// | `fields` | `time` (of `asctime`), `level` (`levelname`), `logger` (`name`), `message` |
/// | `fixed` | none |
/// | `extra` | [`ExtraKeys::Flat`] |
/// | `datefmt` | none: RFC 3339 with nanoseconds |
/// | `converter` | [`Zone::Local`] |
///
/// An error that was logged with the record comes behind all others as `exc_info`, a stack as
/// `stack_info`, where they are not among the fields.
///
/// ```
/// use ferrolog::format::{ExtraKeys, JsonFormatter, Zone};
/// use ferrolog::{Format, Level, Record, Value};
///
/// let formatter = JsonFormatter::builder()
///     .fields([("ts", "asctime"), ("severity", "levelname"), ("text", "message")])
///     .fixed("service", "billing")
///     .extra(ExtraKeys::Under("context".to_owned()))
///     .converter(Zone::Utc)
///     .build()?;
/// let extra = [("order", Value::Int(7))];
/// let record = Record::new("app", Level::INFO, "paid").with_created(0).with_key_values(&extra);
/// let mut line = String::new();
/// formatter.format(&record, &mut line)?;
/// assert_eq!(
///     line,
///     r#"{"ts":"1970-01-01T00:00:00.000000000Z","severity":"INFO","text":"paid","service":"billing","context":{"order":7}}"#
/// );
/// # Ok::<(), ferrolog::Error>(())
/// ```
pub struct StructuredBuilder<F> {
    entries: Option<Vec<(String, Field)>>,
    fixed: Vec<(String, OwnedValue)>,
    extra: ExtraKeys,
    datefmt: Option<String>,
    converter: Zone,
    formatter: PhantomData<fn() -> F>,
}

impl<F> Default for StructuredBuilder<F> {
    fn default() -> Self {
        Self {
            entries: None,
            fixed: Vec::new(),
            extra: ExtraKeys::Flat,
            datefmt: None,
            converter: Zone::Local,
            formatter: PhantomData,
        }
    }
}

#[allow(private_bounds)] // What a plan is, is nobody's business.
impl<F: From<Plan>> StructuredBuilder<F> {
    /// The keys and the names of the attributes they show, in place of those there were: a record's own
    /// (`asctime` is the time) or extra ones. One that a record has not is `null`, or not written in
    /// logfmt.
    pub fn fields<K: Into<String>, A: AsRef<str>>(
        mut self,
        fields: impl IntoIterator<Item = (K, A)>,
    ) -> Self {
        let fields = fields.into_iter();
        self.entries =
            Some(fields.map(|(key, name)| (key.into(), Field::new(name.as_ref()))).collect());
        self
    }

    /// One more key, and the name of the attribute it shows.
    pub fn field(mut self, key: impl Into<String>, attribute: &str) -> Self {
        self.entries.get_or_insert_with(default_fields).push((key.into(), Field::new(attribute)));
        self
    }

    /// A key with the same value in each record, behind the attributes.
    pub fn fixed(mut self, key: impl Into<String>, value: impl Into<OwnedValue>) -> Self {
        self.fixed.push((key.into(), value.into()));
        self
    }

    /// Where a record's extra attributes go.
    pub fn extra(mut self, extra: ExtraKeys) -> Self {
        self.extra = extra;
        self
    }

    /// A `strftime` pattern for the time (see [`TimeFormat`]).
    pub fn datefmt(mut self, datefmt: impl Into<String>) -> Self {
        self.datefmt = Some(datefmt.into());
        self
    }

    /// The clock: local time or UTC.
    pub fn converter(mut self, zone: Zone) -> Self {
        self.converter = zone;
        self
    }

    /// The formatter.
    ///
    /// # Errors
    ///
    /// A key that comes twice.
    pub fn build(self) -> Result<F, FormatError> {
        let fields = self.entries.unwrap_or_else(default_fields);
        let fields = fields
            .into_iter()
            .map(|(key, field)| Entry { key, content: Content::Attribute(field) });
        let fixed = self.fixed.into_iter();
        let fixed = fixed.map(|(key, value)| Entry { key, content: Content::Fixed(value) });
        let entries: Vec<Entry> = fields.chain(fixed).collect();
        let under = match &self.extra {
            ExtraKeys::Under(key) => Some(key),
            _ => None,
        };
        for (i, entry) in entries.iter().enumerate() {
            if entries[..i].iter().any(|before| before.key == entry.key)
                || under == Some(&entry.key)
            {
                return Err(FormatError::DuplicateKey(entry.key.clone()));
            }
        }
        let datefmt = self.datefmt.filter(|datefmt| !datefmt.is_empty());
        let mut lengths = Lengths::default();
        for entry in &entries {
            lengths.add(&entry.key);
            if let Content::Attribute(field) = &entry.content {
                lengths.add(field.name());
            }
        }
        let mut plan = Plan {
            entries,
            lengths,
            extra: self.extra,
            nanoseconds: datefmt.is_none(),
            time: match datefmt {
                Some(datefmt) => TimeFormat::new(&datefmt, self.converter),
                None => TimeFormat::rfc3339(self.converter),
            },
            has_exception: false,
            has_stack: false,
        };
        plan.has_exception = plan.is_chosen("exc_info") || plan.is_chosen("exc_text");
        plan.has_stack = plan.is_chosen("stack_info");
        Ok(plan.into())
    }
}

fn default_fields() -> Vec<(String, Field)> {
    [
        ("time", Field::AscTime),
        ("level", Field::LevelName),
        ("logger", Field::Name),
        ("message", Field::Message),
    ]
    .map(|(key, field)| (key.to_owned(), field))
    .into()
}

impl<F> fmt::Debug for StructuredBuilder<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructuredBuilder")
            .field("fields", &self.entries)
            .field("fixed", &self.fixed)
            .field("extra", &self.extra)
            .field("datefmt", &self.datefmt)
            .field("converter", &self.converter)
            .finish()
    }
}
