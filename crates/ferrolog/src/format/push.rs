//! Text behind text, where most of it is short.

/// A text of at most this many bytes is copied without a call.
const SHORT: usize = 16;

/// Appends `text`, as [`String::push_str`] does.
#[inline(always)]
pub(crate) fn push(out: &mut String, text: &str) {
    let len = text.len();
    if len > SHORT {
        return out.push_str(text);
    }
    // SAFETY: there is room for `SHORT` bytes behind `out`, and `text` has `len` of them, which is no more. What is
    // written are the first `len`, each copy being within both; copies may overlap one another, not `text`, which
    // `out` cannot contain as it is borrowed alone. The bytes are a whole `str`, so `out` stays one.
    unsafe {
        let out = out.as_mut_vec();
        out.reserve(SHORT);
        let from = text.as_ptr();
        let to = out.as_mut_ptr().add(out.len());
        if len >= 8 {
            std::ptr::copy_nonoverlapping(from, to, 8);
            std::ptr::copy_nonoverlapping(from.add(len - 8), to.add(len - 8), 8);
        } else if len >= 4 {
            std::ptr::copy_nonoverlapping(from, to, 4);
            std::ptr::copy_nonoverlapping(from.add(len - 4), to.add(len - 4), 4);
        } else if len > 0 {
            *to = *from;
            *to.add(len / 2) = *from.add(len / 2);
            *to.add(len - 1) = *from.add(len - 1);
        }
        out.set_len(out.len() + len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_push_str() {
        let text = "añb🦀cdefghijklmnopqrstuvwxyz";
        for start in 0..=text.len() {
            for end in start..=text.len() {
                let Some(part) = text.get(start..end) else { continue };
                for before in ["", "é", "a longer text than those that are short"] {
                    let mut out = before.to_owned();
                    push(&mut out, part);
                    assert_eq!(out, format!("{before}{part}"));
                }
            }
        }
    }
}
