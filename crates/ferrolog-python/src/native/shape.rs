//! What is known of a class, and reading the attributes of its instances by position.
//!
//! A [`Shape`] is the answer to "what would Python find": for each watched name what the class
//! says, whether that is one of our own methods, and where in an instance's array of values each
//! attribute is. It holds as long as the class's version tag (which every change of the class or
//! of a base changes) and the number of names its instances share are the recorded ones.

use std::ptr;
use std::rc::Rc;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::gil::GilCell;

use super::{dict, layout};
use crate::names::{self, Name};
use crate::natives::{self, Native};
use crate::recent::{LastUse, Recent, Remembered};

unsafe extern "C" {
    pub(super) fn _PyType_Lookup(
        ty: *mut ffi::PyTypeObject,
        name: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
}

const ATTRIBUTES: usize = names::ATTRIBUTES.end - names::ATTRIBUTES.start;
const CLASS_VALUES: usize = names::CLASS_VALUES.end - names::CLASS_VALUES.start;
const _: () = assert!(ATTRIBUTES <= u64::BITS as usize);

/// A position that means "no instance has this attribute in its array".
const NOWHERE: u8 = u8::MAX;

/// What is known of a class.
pub(crate) struct Shape {
    ty: *mut ffi::PyTypeObject,
    tag: u32,
    keys: *const layout::Keys,
    nentries: ffi::Py_ssize_t,
    /// Position of each attribute name.
    positions: [u8; ATTRIBUTES],
    /// What the class says under each watched name; borrowed, alive while `tag` holds.
    values: [*mut ffi::PyObject; CLASS_VALUES],
    /// Which native method that is.
    natives: [Native; CLASS_VALUES],
    /// Positions of watched names that some instance has (or had) as its own attribute.
    shadows: Vec<u8>,
    /// Attribute access is overridden: nothing may be read directly.
    opaque: bool,
    /// Attribute names under which the class has a property or the like, one bit each.
    properties: u64,
    /// Which facility (stand-alone, standard) the class belongs to.
    pub(crate) facility: Option<usize>,
    last_use: LastUse,
}

/// The shapes of recently used classes.
static SHAPES: Recent<Shape, 256> = Recent::new();

impl Remembered for Shape {
    #[inline]
    fn last_use(&self) -> &LastUse {
        &self.last_use
    }
}

impl Shape {
    /// The shape of a class.
    pub(crate) fn of(ty: &Bound<'_, PyType>) -> Rc<Shape> {
        let py = ty.py();
        let raw = ty.as_type_ptr();
        if let Some(shape) = SHAPES.find(py, raw as usize, |shape| shape.holds(raw)) {
            return shape;
        }
        let shape = Rc::new(Shape::build(ty));
        if shape.tag != 0 {
            SHAPES.remember(py, raw as usize, Rc::clone(&shape), None);
        }
        shape
    }

    /// Whether the recorded knowledge is still true of the type at this address.
    #[inline]
    fn holds(&self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: the caller's type is alive; its tag, equal to the recorded one, proves that it
        // is the type recorded (tags are never reused), so that its keys are alive too.
        unsafe {
            self.ty == ty
                && (*ty).tp_version_tag == self.tag
                && (self.keys.is_null() || layout::nentries(self.keys) == self.nentries)
        }
    }

    fn build(ty: &Bound<'_, PyType>) -> Shape {
        let py = ty.py();
        let raw = ty.as_type_ptr();
        let mut shape = Shape {
            ty: raw,
            tag: 0,
            keys: ptr::null(),
            nentries: 0,
            positions: [NOWHERE; ATTRIBUTES],
            values: [ptr::null_mut(); CLASS_VALUES],
            natives: [Native::None; CLASS_VALUES],
            shadows: Vec::new(),
            opaque: false,
            properties: 0,
            facility: natives::facility_of(ty),
            last_use: LastUse::default(),
        };
        for (i, name) in names::CLASS_VALUES.map(Name).enumerate() {
            // SAFETY: live type and string; the result is borrowed from the type.
            let found = unsafe { _PyType_Lookup(raw, name.get(py).as_ptr()) };
            shape.values[i] = found;
            shape.natives[i] = natives::identify(py, found as usize);
        }
        let object = ptr::addr_of_mut!(ffi::PyBaseObject_Type);
        for name in [names::M_GETATTRIBUTE, names::M_SETATTR] {
            // SAFETY: as above.
            let usual = unsafe { _PyType_Lookup(object, name.get(py).as_ptr()) };
            shape.opaque |= shape.values[name.0 - names::CLASS_VALUES.start] != usual;
        }
        for (i, name) in names::ATTRIBUTES.map(Name).enumerate() {
            shape.properties |= u64::from(sets(ty, name)) << i;
        }
        // SAFETY: the type is alive and the GIL is held.
        unsafe {
            shape.keys = layout::shared_keys(raw);
            if !shape.keys.is_null() {
                shape.nentries = layout::nentries(shape.keys);
                for (position, key) in layout::key_names(shape.keys).enumerate() {
                    let position = u8::try_from(position).unwrap_or(NOWHERE);
                    shape.place(py, key, position);
                }
            }
            // The look-ups above have made the type take a tag, if it had lost it.
            shape.tag = (*raw).tp_version_tag;
        }
        shape
    }

    /// Notes that the instances of the class may have the attribute `key` at `position`.
    fn place(&mut self, py: Python<'_>, key: *mut ffi::PyObject, position: u8) {
        for (i, name) in names::ATTRIBUTES.map(Name).enumerate() {
            if name.get(py).as_ptr() == key {
                self.positions[i] = position;
            }
        }
        if names::CLASS_VALUES.map(Name).any(|name| name.get(py).as_ptr() == key) {
            self.shadows.push(position);
        }
    }

    /// Which native method the class has under this name.
    #[inline]
    pub(crate) fn native(&self, name: Name) -> Native {
        self.natives[name.0 - names::CLASS_VALUES.start]
    }

    /// What the class says under this name, without binding it.
    pub(crate) fn class_value<'py>(
        &self,
        py: Python<'py>,
        name: Name,
    ) -> Option<Bound<'py, PyAny>> {
        let value = self.values[name.0 - names::CLASS_VALUES.start];
        // SAFETY: the shape was validated or built since Python code last ran, so the type holds the
        // value.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, value) }
    }

    /// Whether the truth value of instances is plainly true.
    pub(crate) fn plainly_true(&self) -> bool {
        [names::M_BOOL, names::M_LEN]
            .iter()
            .all(|name| self.values[name.0 - names::CLASS_VALUES.start].is_null())
    }

    /// Whether `__new__` is that of `object`.
    pub(crate) fn makes_plain_objects(&self) -> bool {
        // SAFETY: the shape was just validated or built, so the type is alive.
        let (own, plain) =
            unsafe { ((*self.ty).tp_new, (*ptr::addr_of_mut!(ffi::PyBaseObject_Type)).tp_new) };
        own.map(|f| f as usize) == plain.map(|f| f as usize)
    }

    /// Whether the class has under this name what `object` has.
    pub(crate) fn has_of_object(&self, name: Name) -> bool {
        let object = ptr::addr_of_mut!(ffi::PyBaseObject_Type);
        // SAFETY: a live type and string, with the GIL held, as whoever has a shape has; the result is
        // borrowed.
        let usual = Python::attach(|py| unsafe { _PyType_Lookup(object, name.get(py).as_ptr()) });
        self.values[name.0 - names::CLASS_VALUES.start] == usual
    }

    /// Whether the class has nothing under this name.
    pub(crate) fn has_not(&self, name: Name) -> bool {
        self.values[name.0 - names::CLASS_VALUES.start].is_null()
    }

    /// Whether the class has a property (or the like) under this attribute name.
    pub(crate) fn property(&self, name: Name) -> bool {
        self.properties >> (name.0 - names::ATTRIBUTES.start) & 1 == 1
    }

    /// What changes with every change of the class; 0 where that is not told.
    pub(crate) fn version(&self) -> u64 {
        self.tag.into()
    }

    pub(super) fn ty(&self) -> *mut ffi::PyTypeObject {
        self.ty
    }

    pub(super) fn tag(&self) -> u32 {
        self.tag
    }

    pub(super) fn keys(&self) -> *const layout::Keys {
        self.keys
    }

    pub(super) fn nentries(&self) -> ffi::Py_ssize_t {
        self.nentries
    }

    /// Where the instances' values hold this attribute.
    pub(super) fn position(&self, name: Name) -> Option<u8> {
        if self.property(name) {
            return None;
        }
        let position = self.positions[name.0 - names::ATTRIBUTES.start];
        (position != NOWHERE).then_some(position)
    }

    /// Positions of watched names that some instance has (or had) as its own attribute.
    pub(super) fn shadows(&self) -> &[u8] {
        &self.shadows
    }

    /// Whether attribute access is overridden.
    pub(crate) fn is_opaque(&self) -> bool {
        self.opaque
    }

    pub(super) fn unshadowed(&self) -> bool {
        self.shadows.is_empty() && !self.opaque
    }
}

/// An object seen through the shape of its class: its attributes are its own and are read directly,
/// and no attribute of its own hides a method.
pub(crate) struct View<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    pub(crate) shape: Rc<Shape>,
}

impl<'a, 'py> View<'a, 'py> {
    /// The view of an object; `None` when something foreign stands between: its class overrides
    /// attribute access, or the object has a watched method as an attribute of its own.
    pub(crate) fn of(object: &'a Bound<'py, PyAny>) -> Option<Self> {
        let shape = Shape::of(&object.get_type());
        if shape.opaque {
            return None;
        }
        let view = View { object, shape };
        let values = view.values();
        if values.is_null() {
            if let Some(dict) = dict::of_instance(object)
                && shadowed(&dict)
            {
                return None;
            }
        } else if !view.shape.shadows.is_empty() {
            for &position in &view.shape.shadows {
                // SAFETY: positions are below the number of names, which the array covers.
                if position == NOWHERE || unsafe { !(*values.add(position as usize)).is_null() } {
                    return None;
                }
            }
        }
        Some(view)
    }

    /// The view of an object that keeps methods among its attributes, as a `Condition` does those of
    /// its lock: whoever relies on a method has to look for it there.
    pub(crate) fn with_own_methods(object: &'a Bound<'py, PyAny>) -> Option<Self> {
        let shape = Shape::of(&object.get_type());
        (!shape.opaque).then_some(View { object, shape })
    }

    /// Proof that the GIL is held.
    pub(crate) fn py(&self) -> Python<'py> {
        self.object.py()
    }

    /// Whether it can be told later if the attributes are still what they are now.
    pub(crate) fn can_be_watched(&self) -> bool {
        !self.values().is_null()
            || dict::of_instance(self.object)
                .is_some_and(|dict| dict::reliable_version(&dict).is_some())
    }

    /// The object itself.
    pub(crate) fn object(&self) -> &'a Bound<'py, PyAny> {
        self.object
    }

    pub(super) fn values(&self) -> *const *mut ffi::PyObject {
        if self.shape.keys.is_null() {
            return ptr::null();
        }
        // SAFETY: the keys are those of the object's type.
        unsafe { layout::values(self.object.as_ptr(), self.shape.keys) }
    }

    /// An attribute of the instance itself. `None` when the instance does not have it (then the
    /// class may, or it is missing: ask Python).
    pub(crate) fn own(&self, name: Name) -> Option<Bound<'py, PyAny>> {
        let py = self.object.py();
        if self.shape.property(name) {
            return None;
        }
        let values = self.values();
        if values.is_null() {
            let dict = dict::of_instance(self.object)?;
            return dict.get_item(name.get(py)).ok().flatten();
        }
        let position = self.shape.position(name)?;
        // SAFETY: the position is below the number of names, which the array covers; the value,
        // when there is one, is owned by the instance.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, *values.add(position as usize)) }
    }

    /// An attribute as Python finds it.
    pub(crate) fn get(&self, name: Name) -> PyResult<Bound<'py, PyAny>> {
        match self.own(name) {
            Some(value) => Ok(value),
            None => self.object.getattr(name.get(self.object.py())),
        }
    }

    /// Gives an attribute that the instance itself has another value. `Err` gives the value back where Python
    /// has to set it.
    pub(crate) fn replace(
        &self,
        name: Name,
        value: Bound<'py, PyAny>,
    ) -> Result<(), Bound<'py, PyAny>> {
        let (false, Some(at)) = (self.shape.keys.is_null(), self.shape.position(name)) else {
            return Err(value);
        };
        // SAFETY: the keys are those of the object's type, and the position is one of theirs. What was there is
        // dropped when the new value is in its place, as what is run then may look at the object.
        let before = unsafe {
            let Some(own) = layout::Own::of(self.object.as_ptr()) else { return Err(value) };
            if !own.has(at) {
                return Err(value);
            }
            Bound::from_owned_ptr_or_opt(self.object.py(), own.put(at, value.into_ptr()))
        };
        drop(before);
        Ok(())
    }

    /// What the class says under a watched name (the instance says nothing, or there were no view).
    pub(crate) fn class_value(&self, name: Name) -> Option<Bound<'py, PyAny>> {
        self.shape.class_value(self.object.py(), name)
    }
}

/// Whether a class has a property (or the like) under an attribute's name.
pub(super) fn sets(ty: &Bound<'_, PyType>, name: Name) -> bool {
    // SAFETY: live type and string; the result is borrowed. A data descriptor is an object whose type can
    // set.
    unsafe {
        let found = _PyType_Lookup(ty.as_type_ptr(), name.get(ty.py()).as_ptr());
        !found.is_null() && (*ffi::Py_TYPE(found)).tp_descr_set.is_some()
    }
}

/// Dictionaries found to hold none of the watched names, by version.
static UNSHADOWED: GilCell<[u64; 64]> = GilCell::new([0; 64]);

fn shadowed(dict: &Bound<'_, PyDict>) -> bool {
    let py = dict.py();
    let Some(version) = dict::reliable_version(dict) else { return shadowed_now(dict) };
    let slot = (dict.as_ptr() as usize >> 4) & 63;
    if UNSHADOWED.borrow(py)[slot] == version {
        return false;
    }
    let shadowed =
        names::CLASS_VALUES.map(Name).any(|name| dict.contains(name.get(py)).unwrap_or(true));
    if !shadowed {
        UNSHADOWED.borrow(py)[slot] = version;
    }
    shadowed
}

fn shadowed_now(dict: &Bound<'_, PyDict>) -> bool {
    names::CLASS_VALUES.map(Name).any(|name| dict.contains(name.get(dict.py())).unwrap_or(true))
}
