//! Values and configurations from whatever serde reads.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::dict::Configuration;
use crate::value::OwnedValue;

impl<'de> Deserialize<'de> for OwnedValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Build)
    }
}

/// So that an application's own settings can have its logging as one of their parts.
impl<'de> Deserialize<'de> for Configuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OwnedValue::deserialize(deserializer).map(Self::from_value)
    }
}

impl Serialize for OwnedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_unit(),
            Self::Bool(v) => serializer.serialize_bool(*v),
            Self::Int(v) => serializer.serialize_i64(*v),
            Self::UInt(v) => serializer.serialize_u64(*v),
            // Beyond 64 bits most formats have no integers: its digits, unless the format can do better.
            Self::BigInt(v) => match (v.digits().parse::<u128>(), v.is_negative()) {
                (Ok(v), false) => serializer.serialize_u128(v),
                (Ok(v), true) if i128::try_from(v).is_ok() => {
                    serializer.serialize_i128(-(v as i128))
                }
                _ => serializer.serialize_f64(v.to_f64()),
            },
            Self::Float(v) => serializer.serialize_f64(*v),
            Self::Str(v) => serializer.serialize_str(v),
            Self::List(v) => {
                let mut list = serializer.serialize_seq(Some(v.len()))?;
                v.iter().try_for_each(|entry| list.serialize_element(entry))?;
                list.end()
            }
            Self::Map(v) => {
                let mut map = serializer.serialize_map(Some(v.len()))?;
                v.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}

/// The key under which `serde_json` hands out a number, where some crate of the program has asked it for
/// numbers of any precision.
const NUMBER: &str = "$serde_json::private::Number";

/// A number as JSON writes it.
fn number(digits: &str) -> Option<OwnedValue> {
    if digits.contains(['.', 'e', 'E']) {
        return digits.parse().ok().map(OwnedValue::Float);
    }
    match (digits.parse(), digits.parse()) {
        (Ok(v), _) => Some(OwnedValue::Int(v)),
        (_, Ok(v)) => Some(OwnedValue::UInt(v)),
        _ => digits.parse().ok().map(OwnedValue::BigInt),
    }
}

struct Build;

impl<'de> Visitor<'de> for Build {
    type Value = OwnedValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<OwnedValue, E> {
        Ok(OwnedValue::None)
    }

    fn visit_none<E>(self) -> Result<OwnedValue, E> {
        Ok(OwnedValue::None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<OwnedValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, v: bool) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Int(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<OwnedValue, E> {
        Ok(i64::try_from(v).map_or(OwnedValue::UInt(v), OwnedValue::Int))
    }

    fn visit_i128<E: Error>(self, v: i128) -> Result<OwnedValue, E> {
        Ok(v.into())
    }

    fn visit_u128<E: Error>(self, v: u128) -> Result<OwnedValue, E> {
        Ok(v.into())
    }

    fn visit_f64<E>(self, v: f64) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Float(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Str(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Str(v))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<OwnedValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<OwnedValue, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(OwnedValue::List(list))
    }

    /// Of a key that comes more than once the last value counts, as in Python.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<OwnedValue, A::Error> {
        let mut map: Vec<(String, OwnedValue)> = Vec::new();
        // Where each key is, so that a large table does not take quadratic time.
        let mut places = std::collections::HashMap::new();
        while let Some((key, value)) = entries.next_entry::<String, OwnedValue>()? {
            if key == NUMBER
                && let OwnedValue::Str(digits) = &value
            {
                let message = "found an integer with too many digits";
                return number(digits).ok_or_else(|| A::Error::custom(message));
            }
            match places.get(&key) {
                Some(&at) => map[at] = (key, value),
                None => {
                    places.insert(key.clone(), map.len());
                    map.push((key, value));
                }
            }
        }
        Ok(OwnedValue::Map(map))
    }
}
