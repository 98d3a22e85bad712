//! What Python knows of a character.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether `repr()` leaves `c` as it is. Python: `str.isprintable`.
///
/// A character that was assigned after the Unicode version of an interpreter is printable here and not
/// there.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator
    )
}
