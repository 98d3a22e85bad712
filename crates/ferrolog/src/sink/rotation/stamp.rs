//! The times in the names of rotated files.

use jiff::civil::DateTime;

/// `time` in the shape of `stamp`, in which `0` stands for a digit: as much of `YYYY-mm-dd_HH-MM-SS` as
/// the shape has.
pub(super) fn write(stamp: &str, time: DateTime) -> String {
    let mut text = format!(
        "{:04}-{:02}-{:02}_{:02}-{:02}-{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    );
    text.truncate(stamp.len());
    text
}

/// Whether all of `text` has the shape of `stamp`.
pub(super) fn matches(stamp: &str, text: &str) -> bool {
    stamp.len() == text.len()
        && stamp.bytes().zip(text.bytes()).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == shape,
        })
}

/// Each place in `text` that has the shape of `stamp`, without a digit before or behind it.
pub(super) fn find<'t>(stamp: &'t str, text: &'t str) -> impl Iterator<Item = &'t str> {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    (0..text.len()).filter_map(move |start| {
        let end = start + stamp.len();
        let found = text.get(start..end)?;
        let before = start > 0 && digit(start - 1);
        (!before && !digit(end) && matches(stamp, found)).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let day = "0000-00-00";
        assert!(matches(day, "2024-02-30"));
        for text in ["2024-02-3", "2024-02-300", "2024_02-30", "٢024-02-30"] {
            assert!(!matches(day, text), "{text}");
        }
        let found = |text| find(day, text).collect::<Vec<_>>();
        assert_eq!(found("a.2024-01-01.b-2024-01-02"), ["2024-01-01", "2024-01-02"]);
        assert_eq!(found("12024-01-01 2024-01-021é"), Vec::<&str>::new());
        assert_eq!(found("é2024-01-01é"), ["2024-01-01"]);
        let time = jiff::civil::date(987, 1, 2).at(3, 4, 5, 6);
        assert_eq!(write("0000-00-00_00-00", time), "0987-01-02_03-04");
    }
}
