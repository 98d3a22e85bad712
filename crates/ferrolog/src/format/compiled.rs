//! What a pattern of any style is compiled to: literal text and fields, each with the way it is shown.

use super::brace::Replacement;
use super::{Field, FormatError, Literal, Source, Spec, repr, tail, unicode};

/// A compiled pattern of any style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compiled {
    pieces: Vec<Piece>,
}

/// Literal text, and the field that stands behind it; behind the last there may be none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    literal: Literal,
    pub(super) field: Option<(Field, Show)>,
}

/// How a field is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// As Python's `str()`.
    Text,
    /// By a `%` conversion.
    Percent(Spec),
    /// By a replacement field of `{}`.
    Brace(Box<Replacement>),
}

impl Compiled {
    pub(crate) fn literal(&mut self, text: &str) {
        if !text.is_empty() {
            let piece = self.open_piece();
            piece.literal = Literal::of(&[piece.literal.as_str(), text].concat());
        }
    }

    pub(crate) fn field(&mut self, field: Field, show: Show) {
        let show = match show {
            // A conversion that leaves the text as it is.
            Show::Percent(spec) if spec == Spec::TEXT => Show::Text,
            other => other,
        };
        self.open_piece().field = Some((field, show));
    }

    /// The piece that has no field yet.
    fn open_piece(&mut self) -> &mut Piece {
        if self.pieces.last().is_none_or(|last| last.field.is_some()) {
            self.pieces.push(Piece::default());
        }
        let last = self.pieces.len() - 1;
        &mut self.pieces[last]
    }

    /// The fields, in their order; those of a nested format specification behind the field it is for.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.pieces.iter().flat_map(|piece| match &piece.field {
            Some((field, show)) => {
                let nested = match show {
                    Show::Brace(replacement) => replacement.nested(),
                    _ => None,
                };
                let nested: Box<dyn Iterator<Item = &Field>> = match nested {
                    Some(nested) => Box::new(nested.fields()),
                    None => Box::new(std::iter::empty()),
                };
                Some(std::iter::once(field).chain(nested)).into_iter().flatten()
            }
            None => None.into_iter().flatten(),
        })
    }

    pub(crate) fn uses(&self, field: &Field) -> bool {
        self.fields().any(|used| used == field)
    }

    pub(crate) fn is_portable(&self) -> bool {
        self.pieces
            .iter()
            .all(|piece| piece.field.as_ref().is_none_or(|(_, show)| show.is_portable()))
    }

    /// Appends the pattern, filled with the values of `source`. With `escape`, no field's text can end a
    /// line or drive a terminal.
    pub(crate) fn render(
        &self,
        source: &(impl Source + ?Sized),
        escape: bool,
        out: &mut String,
    ) -> Result<(), FormatError> {
        render_pieces(&self.pieces, source, escape, out)
    }

    /// The pieces, in their order.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// [`Compiled::render`] for some of the pieces.
#[inline]
pub(super) fn render_pieces(
    pieces: &[Piece],
    source: &(impl Source + ?Sized),
    escape: bool,
    out: &mut String,
) -> Result<(), FormatError> {
    pieces.iter().try_for_each(|piece| piece.render(source, escape, out))
}

impl Piece {
    /// Whether it shows this field.
    pub(super) fn shows(&self, field: &Field) -> bool {
        self.field.as_ref().is_some_and(|(shown, _)| shown == field)
    }

    #[inline(always)]
    pub(super) fn render(
        &self,
        source: &(impl Source + ?Sized),
        escape: bool,
        out: &mut String,
    ) -> Result<(), FormatError> {
        self.literal.push_to(out);
        let Some((field, show)) = &self.field else { return Ok(()) };
        let start = out.len();
        match show {
            Show::Text if source.append(field, out)? => {}
            show => show.render(field, source, out)?,
        }
        if escape {
            escape_controls(out, start);
        }
        Ok(())
    }
}

impl Show {
    /// Whether what is shown follows from the field alone.
    pub(super) fn is_of_field_alone(&self) -> bool {
        match self {
            Self::Text | Self::Percent(_) => true,
            Self::Brace(replacement) => replacement.nested().is_none(),
        }
    }

    fn is_portable(&self) -> bool {
        match self {
            Self::Text => true,
            Self::Percent(spec) => !spec.is_repr(),
            Self::Brace(replacement) => replacement.is_portable(),
        }
    }

    fn render(
        &self,
        field: &Field,
        source: &(impl Source + ?Sized),
        out: &mut String,
    ) -> Result<(), FormatError> {
        match self {
            // What can be appended was.
            Self::Text => repr::push_text(value(field, source)?, out)?,
            Self::Percent(spec) => {
                let start = out.len();
                if spec.is_text() && source.append(field, out)? {
                    spec.fit(start, out);
                } else {
                    spec.apply(value(field, source)?, out)?;
                }
            }
            Self::Brace(replacement) => replacement.render(field, source, out)?,
        }
        Ok(())
    }
}

/// The value of `field`, or the error that there is none.
pub(crate) fn value<'s>(
    field: &'s Field,
    source: &'s (impl Source + ?Sized),
) -> Result<crate::value::Value<'s>, FormatError> {
    source.value(field).ok_or_else(|| FormatError::MissingField(field.name().to_owned()))
}

/// Escapes what stands behind `start` as far as it could end a line or drive a terminal.
pub(crate) fn escape_controls(out: &mut String, start: usize) {
    tail::escape(out, start, unicode::is_control, |out, c| repr::push_escape(c, out));
}

/// The methods that the patterns of all styles have.
macro_rules! pattern_methods {
    ($pattern:ident) => {
        impl $pattern {
            /// The fields that the pattern names, in their order.
            pub fn fields(&self) -> impl Iterator<Item = &Field> {
                self.0.fields()
            }

            /// Whether the pattern names `field`.
            pub fn uses(&self, field: &Field) -> bool {
                self.0.uses(field)
            }

            /// Whether every interpreter of Python shows the same, in every locale. Not so where the `repr` of a value
            /// is shown, whose escapes follow the interpreter's version of Unicode, or a number as the locale has it; nor
            /// where a format specification has fields of its own, which may ask for that.
            pub fn is_portable(&self) -> bool {
                self.0.is_portable()
            }

            /// Appends the pattern, filled with the values of `source`, to `out`.
            ///
            /// # Errors
            ///
            /// A field that `source` has not, a value that does not take what the pattern asks for. What
            /// was appended until then stays.
            pub fn render(
                &self,
                source: &(impl Source + ?Sized),
                out: &mut String,
            ) -> Result<(), FormatError> {
                self.0.render(source, false, out)
            }
        }
    };
}
pub(crate) use pattern_methods;
