//! Obstacles in words.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::obstacle::{On, What};
use super::{pattern, target};
use crate::names::{self, Name};
use crate::native::gil::intern;
use crate::native::shape::Shape;
use crate::natives::{self, Native};

/// The longest `repr` that is shown whole.
const LONGEST: usize = 80;

/// An obstacle that `object` is, in words.
pub(super) fn obstacle(object: &Bound<'_, PyAny>, on: On, what: What) -> String {
    let words = match what {
        What::Hidden => hidden(object),
        What::Dictionary => "its attributes are kept in an unusual way".to_owned(),
        What::Method(name) => method(object, name.text()),
        What::Value(name) => value(object, name),
        What::Attribute(name, wanted) => attribute(object, name, wanted),
        What::Filters => "it has filters, which are given a record".to_owned(),
        What::Truth => "its class has a truth value of its own (__bool__ or __len__)".to_owned(),
        What::Factory => format!("a record factory is set: {}", callable(object)),
        What::Frames => "currentframe or _is_internal_frame of the module was replaced".to_owned(),
        What::New => "the class of records has a __new__".to_owned(),
        What::Base(class, name) => base(object, class.text(), name.text()),
        What::Replaced(function) => format!("{function} was replaced"),
        What::Module => "logging was replaced in the module handlers".to_owned(),
        What::Clock => "the clock of the time module was replaced".to_owned(),
        What::LevelNames => "getLevelName or the table of level names was replaced".to_owned(),
        What::Strftime => "time.strftime was replaced".to_owned(),
        What::Pattern => unknown(object),
    };
    if on == On::Style { format!("its style: {words}") } else { words }
}

/// What stands in the place of a method of ours.
pub(super) fn method(object: &Bound<'_, PyAny>, name: &str) -> String {
    let class = object.cast::<PyType>().map_or_else(|_| object.get_type(), Clone::clone);
    let own = object.getattr(intern!(object.py(), "__dict__"));
    if !object.is_instance_of::<PyType>()
        && let Ok(found) = own.and_then(|own| own.get_item(name))
    {
        return format!("its own attribute {name} hides the method: {}", callable(&found));
    }
    let Some((definer, found)) = definition(&class, name) else {
        return format!("{} has no {name}", qualified(class.as_any()));
    };
    let place = format!("{}.{name}", qualified(definer.as_any()));
    if !is_of_a_facility(&definer) {
        return format!("{name} is overridden by {place}");
    }
    if natives::identify(found.py(), found.as_ptr() as usize) != Native::None {
        return format!("{place} needs a record");
    }
    let described = callable(&found);
    if described == place {
        format!("{place} has no native form")
    } else {
        format!("{place} was replaced by {described}")
    }
}

/// What stands in the place of a method of one of the base classes.
fn base(object: &Bound<'_, PyAny>, class: &str, name: &str) -> String {
    let classes = object.get_type().mro();
    let named = |found: &Bound<'_, PyAny>| {
        found
            .cast::<PyType>()
            .is_ok_and(|found| is_of_a_facility(found) && found.name().is_ok_and(|n| n == class))
    };
    match classes.iter().find(named) {
        Some(class) => method(&class, name),
        None => format!("{class} is none of its bases"),
    }
}

/// The class in the method resolution order that says what `name` is, and what it says.
fn definition<'py>(
    class: &Bound<'py, PyType>,
    name: &str,
) -> Option<(Bound<'py, PyType>, Bound<'py, PyAny>)> {
    class.mro().iter().find_map(|class| {
        let found = class.getattr(intern!(class.py(), "__dict__")).ok()?.get_item(name).ok()?;
        Some((class.cast_into().ok()?, found))
    })
}

/// Whether a class is one of `logging`'s or this package's own.
fn is_of_a_facility(class: &Bound<'_, PyType>) -> bool {
    class.module().is_ok_and(|module| {
        matches!(
            &*module.to_string_lossy(),
            "logging" | "logging.handlers" | "ferrolog" | "ferrolog.handlers"
        )
    })
}

fn hidden(object: &Bound<'_, PyAny>) -> String {
    let py = object.py();
    for name in [names::M_GETATTRIBUTE, names::M_SETATTR] {
        if let Some((definer, _)) = definition(&object.get_type(), name.text())
            && !definer.is(py.get_type::<PyAny>())
        {
            let definer = qualified(definer.as_any());
            return format!("attribute access is overridden by {definer}.{}", name.text());
        }
    }
    let own = object.getattr(names::N_DICT.get(py));
    let hiding: Vec<_> = names::CLASS_VALUES
        .map(Name)
        .filter(|name| own.as_ref().is_ok_and(|own| own.contains(name.get(py)).unwrap_or(false)))
        .map(|name| method(object, name.text()))
        .collect();
    if hiding.is_empty() {
        // Positions in the instances' array are shared by a class: one that had the attribute is
        // enough where it cannot be told which.
        return "its attributes cannot be read directly".to_owned();
    }
    hiding.join("; ")
}

fn value(object: &Bound<'_, PyAny>, name: Name) -> String {
    match object.getattr(name.get(object.py())) {
        Ok(value) => format!("{} is {}, not the usual one", name.text(), shown(&value)),
        Err(_) => format!("it has no {}", name.text()),
    }
}

fn attribute(object: &Bound<'_, PyAny>, name: Name, wanted: &str) -> String {
    let py = object.py();
    let name = name.text();
    if let Some((definer, found)) = definition(&object.get_type(), name)
        && found.get_type().hasattr(intern!(py, "__set__")).unwrap_or(false)
    {
        return format!("its {name} is a property of {}", qualified(definer.as_any()));
    }
    match object.getattr(name) {
        Ok(value) => format!("its {name} is {}, not {wanted}", shown(&value)),
        Err(_) => format!("it has no {name}"),
    }
}

fn unknown(style: &Bound<'_, PyAny>) -> String {
    let text = style.getattr(names::A_FMT.get(style.py()));
    let text = text.ok().and_then(|text| text.cast_into::<PyString>().ok());
    let fault = target::style_of(&Shape::of(&style.get_type()))
        .zip(text)
        .and_then(|(style, text)| pattern::fault(style, text.to_str().ok()?));
    fault.unwrap_or_else(|| "its pattern has no UTF-8 form".to_owned())
}

/// What is called, by its name if it has one.
fn callable(object: &Bound<'_, PyAny>) -> String {
    let py = object.py();
    if object.hasattr(intern!(py, "__qualname__")).unwrap_or(false)
        && object.hasattr(intern!(py, "__module__")).unwrap_or(false)
    {
        qualified(object)
    } else {
        shown(object)
    }
}

/// `module.qualname` of a class or function.
fn qualified(object: &Bound<'_, PyAny>) -> String {
    let text = |name| object.getattr(name).and_then(|text| text.str().map(|t| t.to_string()));
    match (text(intern!(object.py(), "__module__")), text(intern!(object.py(), "__qualname__"))) {
        (Ok(module), Ok(name)) => format!("{module}.{name}"),
        _ => shown(object),
    }
}

/// A `repr` that cannot fail, and not long.
fn shown(object: &Bound<'_, PyAny>) -> String {
    let text = match object.repr() {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => format!("<{} without a repr>", qualified(object.get_type().as_any())),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
