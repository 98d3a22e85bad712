//! Integers beyond 64 bits.

use std::fmt;
use std::str::FromStr;

/// The most digits that [`BigInt`] takes: what Python reads by default (`sys.int_info`).
const MAX_DIGITS: usize = 4300;

/// An integer of any size, as Python has it, for numbers that no 64-bit type holds.
///
/// It is what was read from a configuration or a JSON record; no arithmetic is done with it.
///
/// ```
/// use ferrolog::{BigInt, OwnedValue};
///
/// let big: BigInt = "-36893488147419103232".parse().unwrap();
/// assert_eq!(OwnedValue::from(big).to_string(), "-36893488147419103232");
/// assert!("1.5".parse::<BigInt>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigInt {
    negative: bool,
    /// Decimal, without leading zeros.
    digits: Box<str>,
}

/// The text is not an integer, or has more than 4300 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an integer of at most {MAX_DIGITS} decimal digits")]
pub struct ParseBigIntError;

impl FromStr for BigInt {
    type Err = ParseBigIntError;

    fn from_str(text: &str) -> Result<Self, ParseBigIntError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let valid = !digits.is_empty()
            && digits.len() <= MAX_DIGITS
            && digits.bytes().all(|b| b.is_ascii_digit());
        if !valid {
            return Err(ParseBigIntError);
        }
        let digits = match digits.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        Ok(Self { negative: negative && digits != "0", digits: digits.into() })
    }
}

macro_rules! from_int {
    ($($type:ty)*) => {
        $(impl From<$type> for BigInt {
            fn from(value: $type) -> Self {
                #[allow(unused_comparisons)]
                let negative = value < 0;
                Self { negative, digits: value.to_string().trim_start_matches('-').into() }
            }
        })*
    };
}

from_int! { i64 u64 i128 u128 }

impl BigInt {
    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The decimal digits, without sign and leading zeros.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The nearest floating-point number; infinite where there is none.
    pub fn to_f64(&self) -> f64 {
        let magnitude = self.digits.parse().unwrap_or(f64::INFINITY);
        if self.negative { -magnitude } else { magnitude }
    }

    /// The magnitude's digits in base 2, 8 or 16: `bits` is 1, 3 or 4.
    pub(crate) fn radix_digits(&self, bits: u32) -> String {
        // Little-endian, in base 2^32.
        let mut limbs: Vec<u32> = Vec::with_capacity(self.digits.len() / 9 + 1);
        for chunk in chunks_of_nine(&self.digits) {
            let mut carry = chunk.parse::<u64>().unwrap_or(0);
            let scale = 10_u64.pow(chunk.len() as u32);
            for limb in &mut limbs {
                let product = u64::from(*limb) * scale + carry;
                *limb = product as u32;
                carry = product >> 32;
            }
            if carry > 0 {
                limbs.push(carry as u32);
            }
        }
        let bit = |at: u32| limbs.get((at / 32) as usize).map_or(0, |limb| limb >> (at % 32) & 1);
        let count = (limbs.len() as u32 * 32).div_ceil(bits);
        let text: String = (0..count)
            .rev()
            .map(|digit| (0..bits).map(|i| bit(digit * bits + i) << i).sum())
            .skip_while(|digit| *digit == 0)
            .filter_map(|digit: u32| char::from_digit(digit, 16))
            .collect();
        if text.is_empty() { "0".to_owned() } else { text }
    }
}

/// The digits from the left, the first chunk being the one that may be short.
fn chunks_of_nine(digits: &str) -> impl Iterator<Item = &str> {
    let first = digits.len() % 9;
    let (head, tail) = digits.split_at(first);
    let tail = tail.as_bytes().chunks(9).map(|chunk| std::str::from_utf8(chunk).unwrap_or("0"));
    std::iter::once(head).filter(|head| !head.is_empty()).chain(tail)
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(!self.negative, "", &self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_other_bases() {
        for v in [0_u128, 1, 7, 8, 999_999_999, 1 << 64, u128::MAX, u128::MAX / 3] {
            let big = BigInt::from(v);
            assert_eq!(big.radix_digits(4), format!("{v:x}"));
            assert_eq!(big.radix_digits(3), format!("{v:o}"));
            assert_eq!(big.radix_digits(1), format!("{v:b}"));
        }
    }

    #[test]
    fn parsing() {
        assert_eq!("-000".parse::<BigInt>().unwrap().to_string(), "0");
        assert_eq!("+0012".parse::<BigInt>().unwrap().to_string(), "12");
        for text in ["", "-", "1e3", "--1", "١", &"9".repeat(MAX_DIGITS + 1)] {
            assert_eq!(text.parse::<BigInt>(), Err(ParseBigIntError), "{text}");
        }
    }
}
