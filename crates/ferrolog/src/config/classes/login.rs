//! What the handlers share that log in somewhere.

use std::path::Path;

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::setting::{Mismatch, Setting};
use crate::value::OwnedValue;

/// A user's name and password. What does not do is not shown: it may be the password.
pub(super) struct Login(pub(super) String, pub(super) String);

impl Setting for Login {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::List(list) => match list.as_slice() {
                [OwnedValue::Str(user), OwnedValue::Str(password)] => {
                    Ok(Self(user.clone(), password.clone()))
                }
                _ => Err(Mismatch::new("[user, password]").secret()),
            },
            _ => Err(Mismatch::new("[user, password]").secret()),
        }
    }
}

/// A file of certificates, read when the handler is made.
pub(super) fn certificates(path: &Path) -> crate::Result<Vec<u8>> {
    std::fs::read(path).map_err(crate::Error::file("read", path))
}

/// A handler that is made without doing anything is made at once, so that a fault in it is found when the
/// configuration is checked.
pub(super) fn checked<T: crate::handler::Emit>(
    keywords: &mut Keywords<'_>,
    built: crate::Result<crate::handler::Handler<T>>,
) -> Option<HandlerMaker> {
    match built {
        Ok(handler) => Some(HandlerMaker::new(move |_| Ok(handler.into()))),
        Err(error) => {
            keywords.refuse(error.to_string());
            None
        }
    }
}
