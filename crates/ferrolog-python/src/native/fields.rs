//! The attributes of records: setting all of a new one at once, and reading and setting single ones by
//! position.
//!
//! An instance keeps beside its values the order in which they were set, a byte each, which is what
//! `vars()` shows. Setting an attribute for the first time is to store the value and to note its position.

use std::mem::ManuallyDrop;
use std::ptr;
use std::rc::Rc;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::gil::GilCell;
use super::shape::{self, Shape};
use super::{dict, layout, method};
use crate::names::{self, Name};
use crate::natives::Native;

/// How many attributes of records are known by name.
const KNOWN: usize = names::RECORD_FIELDS.end - names::RECORD_FIELDS.start;

/// How many of them a new record has.
pub(crate) const NEW: usize =
    names::R_MESSAGE.0 - names::R_NAME.0 - if cfg!(Py_3_12) { 0 } else { 1 };

const NOWHERE: u8 = u8::MAX;

/// Where the instances of a class keep the attributes of records.
pub(crate) struct Fields {
    ty: *mut ffi::PyTypeObject,
    tag: u32,
    keys: *const layout::Keys,
    nentries: ffi::Py_ssize_t,
    positions: [u8; KNOWN],
    /// All attributes of a new record have a place.
    whole: bool,
    /// And these are the first places, in their order.
    in_order: bool,
    /// The class's `getMessage` is our own.
    own_message: bool,
    /// Where an instance would hide it.
    hides_message: u8,
}

const CLASSES: usize = 4;

/// Recently used classes.
static FIELDS: GilCell<[Option<Rc<Fields>>; CLASSES]> = GilCell::new([const { None }; CLASSES]);

impl Fields {
    /// Where instances of `class` keep them; `None` where that is not to be told: attribute access is
    /// overridden, or instances keep their attributes otherwise.
    #[inline]
    pub(crate) fn of(class: &Bound<'_, PyType>) -> Option<Rc<Fields>> {
        let (py, ty) = (class.py(), class.as_type_ptr());
        let slot = (ty as usize >> 4 ^ ty as usize >> 8) % CLASSES;
        if let Some(fields) = &FIELDS.borrow(py)[slot]
            && fields.holds(ty)
        {
            return (!fields.keys.is_null()).then(|| Rc::clone(fields));
        }
        let fields = Rc::new(Fields::find(class));
        FIELDS.borrow(py)[slot] = Some(Rc::clone(&fields));
        (!fields.keys.is_null()).then_some(fields)
    }

    #[inline]
    fn holds(&self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: the caller's type is alive; its tag proves that it is the one noted, with its keys.
        unsafe {
            self.ty == ty
                && self.tag != 0
                && (*ty).tp_version_tag == self.tag
                && (self.keys.is_null() || layout::nentries(self.keys) == self.nentries)
        }
    }

    fn find(class: &Bound<'_, PyType>) -> Fields {
        let (py, ty) = (class.py(), class.as_type_ptr());
        let shape = Shape::of(class);
        let mut fields = Fields {
            ty,
            tag: shape.tag(),
            keys: shape.keys(),
            nentries: shape.nentries(),
            positions: [NOWHERE; KNOWN],
            whole: false,
            in_order: false,
            own_message: shape.native(names::M_GET_MESSAGE) == Native::Plain,
            hides_message: NOWHERE,
        };
        let named = names::RECORD_FIELDS.map(Name);
        let hidden = named.clone().any(|name| shape::sets(class, name));
        if shape.is_opaque() || hidden {
            fields.keys = ptr::null();
        }
        if !fields.keys.is_null() {
            // SAFETY: the keys are those of the class, which is alive.
            for (at, key) in unsafe { layout::key_names(fields.keys) }.enumerate() {
                let known = named.clone().position(|name| name.get(py).as_ptr() == key);
                let at = u8::try_from(at).unwrap_or(NOWHERE);
                if let Some(known) = known {
                    fields.positions[known] = at;
                }
                if key == names::M_GET_MESSAGE.get(py).as_ptr() {
                    fields.hides_message = at;
                }
            }
            let new = &fields.positions[..NEW];
            fields.whole = new.iter().all(|&at| at != NOWHERE);
            fields.in_order = new.iter().enumerate().all(|(i, &at)| usize::from(at) == i);
        }
        fields
    }

    /// Gives a new instance of the class all attributes of a new record, in their order. The values come back
    /// where they have to be set one by one.
    pub(crate) fn fill<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        values: [Bound<'py, PyAny>; NEW],
    ) -> Option<[Bound<'py, PyAny>; NEW]> {
        // SAFETY: the object is an instance of the class, as its type says; the positions are those of
        // its keys. An instance without values has none to be dropped.
        unsafe {
            if !self.whole || ffi::Py_TYPE(object.as_ptr()) != self.ty {
                return Some(values);
            }
            let Some(own) = layout::Own::of(object.as_ptr()) else { return Some(values) };
            if own.count() != 0 {
                return Some(values);
            }
            if self.in_order {
                // A `Bound` is a pointer and the token for the GIL; its reference is the instance's from now on.
                let values = ManuallyDrop::new(values);
                own.put_in_order(&*values.as_ptr().cast::<[*mut ffi::PyObject; NEW]>());
            } else {
                for (value, &at) in values.into_iter().zip(&self.positions) {
                    own.put_first(at, value.into_ptr());
                }
            }
        }
        None
    }

    /// A new instance with the attributes of another, in their order. `None` where they are in a dictionary.
    pub(crate) fn copy<'py>(
        &self,
        object: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let class = object.get_type();
        // SAFETY: as above; nothing runs between the look at the values and their copying, but for the
        // making of the new instance, which comes first.
        unsafe {
            if class.as_type_ptr() != self.ty || layout::Own::of(object.as_ptr()).is_none() {
                return Ok(None);
            }
            let copy = method::new_object(&class)?;
            let (Some(from), Some(to)) =
                (layout::Own::of(object.as_ptr()), layout::Own::of(copy.as_ptr()))
            else {
                return Ok(None);
            };
            if to.count() != 0 {
                return Ok(None);
            }
            from.copy_to(&to);
            Ok(Some(copy))
        }
    }

    /// An attribute of an instance, if it is its own.
    #[inline]
    pub(crate) fn get<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        name: Name,
    ) -> Option<Bound<'py, PyAny>> {
        let at = self.positions[name.0 - names::RECORD_FIELDS.start];
        // SAFETY: as above; a value that is there is alive.
        unsafe {
            if at == NOWHERE || ffi::Py_TYPE(object.as_ptr()) != self.ty {
                return None;
            }
            let values = layout::values(object.as_ptr(), self.keys);
            if values.is_null() {
                return None;
            }
            Bound::from_borrowed_ptr_or_opt(object.py(), *values.add(at as usize))
        }
    }

    /// Whether the `getMessage` of an instance is our own.
    pub(crate) fn has_own_message(&self, object: &Bound<'_, PyAny>) -> bool {
        // SAFETY: as above.
        unsafe {
            if !self.own_message || ffi::Py_TYPE(object.as_ptr()) != self.ty {
                return false;
            }
            let values = layout::values(object.as_ptr(), self.keys);
            if !values.is_null() {
                return self.hides_message == NOWHERE
                    || (*values.add(self.hides_message as usize)).is_null();
            }
        }
        let name = names::M_GET_MESSAGE.get(object.py());
        dict::of_instance(object).is_some_and(|dict| !dict.contains(name).unwrap_or(true))
    }

    /// An attribute of an instance by its interned name, if it is its own.
    pub(crate) fn other<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        name: &Bound<'py, PyString>,
    ) -> Option<Bound<'py, PyAny>> {
        // SAFETY: as above; the names are those of the class's keys.
        unsafe {
            if ffi::Py_TYPE(object.as_ptr()) != self.ty {
                return None;
            }
            let values = layout::values(object.as_ptr(), self.keys);
            if values.is_null() {
                return None;
            }
            let at = layout::key_names(self.keys).position(|key| key == name.as_ptr())?;
            Bound::from_borrowed_ptr_or_opt(object.py(), *values.add(at))
        }
    }

    /// Sets an attribute of an instance; `Err` gives the value back where Python has to set it.
    #[inline]
    pub(crate) fn set<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        name: Name,
        value: Bound<'py, PyAny>,
    ) -> Result<(), Bound<'py, PyAny>> {
        let at = self.positions[name.0 - names::RECORD_FIELDS.start];
        // SAFETY: as above. The value that was there is dropped when the new one is in its place, as what
        // is run then may look at the object.
        let before = unsafe {
            if at == NOWHERE || ffi::Py_TYPE(object.as_ptr()) != self.ty {
                return Err(value);
            }
            let Some(own) = layout::Own::of(object.as_ptr()) else { return Err(value) };
            Bound::from_owned_ptr_or_opt(object.py(), own.put(at, value.into_ptr()))
        };
        drop(before);
        Ok(())
    }

    /// An attribute as Python finds it.
    pub(crate) fn attribute<'py>(
        this: Option<&Fields>,
        object: &Bound<'py, PyAny>,
        name: Name,
    ) -> PyResult<Bound<'py, PyAny>> {
        match this.and_then(|fields| fields.get(object, name)) {
            Some(value) => Ok(value),
            None => object.getattr(name.get(object.py())),
        }
    }

    /// Sets an attribute as Python does.
    pub(crate) fn put<'py>(
        this: Option<&Fields>,
        object: &Bound<'py, PyAny>,
        name: Name,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let left = match this {
            Some(fields) => fields.set(object, name, value),
            None => Err(value),
        };
        match left {
            Ok(()) => Ok(()),
            Err(value) => object.setattr(name.get(object.py()), value),
        }
    }
}

/// Has the instances of a class of records share the names of all attributes that records get, from the
/// first record on: later names find no room among those that instances share.
pub(crate) fn prepare(class: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    if Shape::of(class).is_opaque() || names::RECORD_FIELDS.map(Name).any(|n| shape::sets(class, n))
    {
        return Ok(());
    }
    let object = method::new_object(class)?;
    for name in names::RECORD_FIELDS.map(Name) {
        if cfg!(Py_3_12) || name != names::R_TASK_NAME {
            object.setattr(name.get(py), py.None())?;
        }
    }
    Ok(())
}

/// Whether what is set all at once, and one by one, is what Python finds, in its order.
pub(super) fn verify(py: Python<'_>, class: &Bound<'_, PyType>) -> PyResult<bool> {
    let names = ["first", "second", "third"].map(|name| PyString::intern(py, name));
    let mut right = true;
    for (swapped, at_once) in [(false, false), (true, false), (false, true)] {
        let object = method::new_object(class)?;
        // SAFETY: the class was found to keep these names at these positions.
        unsafe {
            let Some(own) = layout::Own::of(object.as_ptr()) else { return Ok(false) };
            right &= own.count() == 0;
            let order = if swapped { [2, 0, 1] } else { [0, 1, 2] };
            let values = order.map(|at| PyString::new(py, &format!("value {at}")).into_ptr());
            if at_once {
                own.put_in_order(&values);
            } else {
                for (at, value) in order.into_iter().zip(values) {
                    own.put_first(at, value);
                }
            }
            right &= own.count() == 3;
            let before = own.put(order[1], py.None().into_ptr());
            right &= !before.is_null();
            drop(Bound::from_owned_ptr_or_opt(py, before));
            let wanted = order.map(|at| names[at as usize].clone());
            let found = object.getattr("__dict__")?;
            let found = found.call_method0("keys")?.try_iter()?.collect::<PyResult<Vec<_>>>()?;
            right &= found.len() == 3 && found.iter().zip(&wanted).all(|(f, w)| f.is(w));
            right &= object.getattr(&names[order[1] as usize])?.is_none();
            right &=
                object.getattr(&names[order[0] as usize])?.eq(format!("value {}", order[0]))?;
        }
        // An attribute that was set so goes as any other.
        object.delattr(&names[0])?;
        right &= !object.hasattr(&names[0])?;
    }
    Ok(right)
}
