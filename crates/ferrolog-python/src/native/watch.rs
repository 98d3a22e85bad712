//! What a decision rested on, so that a few loads show whether it still stands.
//!
//! While something is decided, every class, attribute, list and dictionary that is looked at is noted.
//! As long as all of them are what they were, the answer is what it was. Objects are noted by address
//! and kept by nobody: each is reached through one that was checked before it, the first through the
//! caller, so it is alive when its turn comes. Plain values (strings, numbers) are kept, so that an
//! equal address is an equal value.

use std::ptr;
use std::rc::Rc;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use super::builtin::{Builtin, Code};
use super::shape::{Shape, View};
use super::word::{self, Word};
use super::{dict, layout};
use crate::names::Name;

/// Notes of what was looked at.
#[derive(Default)]
pub(crate) struct Watch {
    entries: Vec<Entry>,
    /// The entries of a watch that is closed, as far as all of them come down to words in memory: then there are
    /// no entries any more.
    words: Vec<Word>,
    /// The object that was looked at first.
    first: Option<*mut ffi::PyObject>,
    marks: Vec<*mut ffi::PyObject>,
    kept: Vec<Py<PyAny>>,
    /// Something was looked at that cannot be noted.
    incomplete: bool,
}

enum Entry {
    Object {
        object: *mut ffi::PyObject,
        class: Class,
        /// Position and value of each attribute.
        slots: Vec<(u8, *mut ffi::PyObject)>,
    },
    /// An object whose attributes are in a dictionary of its own.
    Dictionary {
        object: *mut ffi::PyObject,
        class: Class,
        dict: *mut ffi::PyObject,
        version: u64,
    },
    Class(Class),
    List {
        list: *mut ffi::PyObject,
        items: Vec<*mut ffi::PyObject>,
    },
    Dict {
        dict: *mut ffi::PyObject,
        version: u64,
    },
    Code(Code),
}

struct Class {
    ty: *mut ffi::PyTypeObject,
    tag: u32,
    keys: *const layout::Keys,
    nentries: ffi::Py_ssize_t,
}

impl Class {
    fn of(shape: &Shape) -> Self {
        Class { ty: shape.ty(), tag: shape.tag(), keys: shape.keys(), nentries: shape.nentries() }
    }

    /// # Safety
    /// The type at the address is alive; the GIL is held.
    #[inline(always)]
    unsafe fn holds(&self) -> bool {
        // SAFETY: the keys live as long as the type that the tag proves to be the one noted.
        unsafe {
            (*self.ty).tp_version_tag == self.tag
                && (self.keys.is_null() || layout::nentries(self.keys) == self.nentries)
        }
    }

    /// The words that have to be what they are.
    ///
    /// # Safety
    /// The type is alive, and the one that was noted; the GIL is held.
    unsafe fn words(&self, words: &mut Vec<Word>) {
        // SAFETY: by the contract. A tag is half a word, and other parts of the type follow.
        unsafe {
            word::add(words, Word::at((&raw const (*self.ty).tp_version_tag).cast()));
            if !self.keys.is_null() {
                word::add(words, layout::word_of_nentries(self.keys));
            }
        }
    }
}

impl Watch {
    /// Notes the class of an object, and that none of its own attributes hides a method.
    pub(crate) fn view(&mut self, view: &View<'_, '_>) {
        let class = Class::of(&view.shape);
        let object = view.object().as_ptr();
        if self.find(object).is_some() {
            return;
        }
        self.incomplete |= class.tag == 0;
        if view.values().is_null() {
            self.dictionary(view.object(), class);
            return;
        }
        let slots = view.shape.shadows().iter().map(|&at| (at, ptr::null_mut())).collect();
        self.entries.push(Entry::Object { object, class, slots });
    }

    fn dictionary(&mut self, object: &Bound<'_, PyAny>, class: Class) {
        let dict = dict::of_instance(object);
        let version = dict.as_ref().and_then(dict::reliable_version);
        let (Some(dict), Some(version)) = (dict, version) else {
            self.incomplete = true;
            return;
        };
        let (object, dict) = (object.as_ptr(), dict.as_ptr());
        self.entries.push(Entry::Dictionary { object, class, dict, version });
    }

    /// Notes why an object has no view: its class, and the attributes of its own that hide methods.
    pub(crate) fn hidden(&mut self, object: &Bound<'_, PyAny>) {
        let shape = Shape::of(&object.get_type());
        let class = Class::of(&shape);
        // SAFETY: the keys are those of the object's class.
        let values = unsafe {
            if class.keys.is_null() {
                ptr::null()
            } else {
                layout::values(object.as_ptr(), class.keys)
            }
        };
        self.incomplete |= class.tag == 0;
        if values.is_null() {
            self.dictionary(object, class);
            return;
        }
        let value = |&at: &u8| {
            // SAFETY: the position is below the number of names, which the array covers.
            (at, unsafe { *values.add(at as usize) })
        };
        let slots = shape.shadows().iter().map(value).collect();
        self.entries.push(Entry::Object { object: object.as_ptr(), class, slots });
    }

    /// Notes that an attribute of an object whose view was noted is what it is.
    pub(crate) fn own(&mut self, view: &View<'_, '_>, name: Name) {
        let values = view.values();
        if values.is_null() {
            // A dictionary is noted as a whole.
            return;
        }
        // An attribute that no instance has stays so as long as the class stays as it is.
        let Some(position) = view.shape.position(name) else { return };
        let Some(at) = self.find(view.object().as_ptr()) else {
            self.incomplete = true;
            return;
        };
        // SAFETY: the position is below the number of names, which the array covers; a value that is
        // there is alive.
        let value = unsafe {
            let value = *values.add(position as usize);
            if let Some(value) = Bound::from_borrowed_ptr_or_opt(view.py(), value)
                && is_plain(&value)
            {
                self.kept.push(value.unbind());
            }
            value
        };
        if let Entry::Object { slots, .. } = &mut self.entries[at]
            && !slots.contains(&(position, value))
        {
            slots.push((position, value));
        }
    }

    /// Notes a list's items.
    pub(crate) fn list(&mut self, list: &Bound<'_, PyList>) {
        let items = list.iter().map(|item| item.as_ptr()).collect();
        self.entries.push(Entry::List { list: list.as_ptr(), items });
    }

    /// Notes a class that lives as long as the watch.
    pub(crate) fn class(&mut self, shape: &Shape) {
        let class = Class::of(shape);
        self.incomplete |= class.tag == 0;
        self.entries.push(Entry::Class(class));
    }

    /// Notes the contents of a dictionary that lives as long as the watch.
    pub(crate) fn dict(&mut self, dict: &Bound<'_, PyDict>) {
        match dict::reliable_version(dict) {
            Some(version) => self.entries.push(Entry::Dict { dict: dict.as_ptr(), version }),
            None => self.incomplete = true,
        }
    }

    /// Notes what runs when a built-in function is called.
    pub(crate) fn builtin(&mut self, function: &Builtin) {
        self.entries.push(Entry::Code(function.code()));
    }

    /// Makes an object that was reached through what is noted one of those that [`Watch::take`] hands
    /// out; says under which number.
    pub(crate) fn mark(&mut self, object: &Bound<'_, PyAny>) -> usize {
        if let Some(known) = self.marks.iter().position(|&known| known == object.as_ptr()) {
            return known;
        }
        self.marks.push(object.as_ptr());
        self.marks.len() - 1
    }

    /// Nothing more is noted: makes what there is quick to compare, and gives back what room is left. `first` is the
    /// object that was looked at first.
    pub(crate) fn close(&mut self, first: &Bound<'_, PyAny>) {
        self.first = self.entries.first().and_then(Entry::object);
        if self.holds(first) {
            let mut words = Vec::new();
            // SAFETY: everything is as it was noted, so that all objects are alive, see `holds`.
            if unsafe { self.entries.iter().all(|entry| entry.words(&mut words)) } {
                self.words = words;
                self.entries.clear();
            }
        }
        for entry in &mut self.entries {
            match entry {
                Entry::Object { slots, .. } => slots.shrink_to_fit(),
                Entry::List { items, .. } => items.shrink_to_fit(),
                _ => {}
            }
        }
        self.entries.shrink_to_fit();
        self.words.shrink_to_fit();
        self.marks.shrink_to_fit();
        self.kept.shrink_to_fit();
    }

    /// Whether everything that was looked at could be noted.
    pub(crate) fn is_complete(&self) -> bool {
        !self.incomplete
    }

    fn find(&self, wanted: *mut ffi::PyObject) -> Option<usize> {
        self.entries.iter().position(|entry| entry.object() == Some(wanted))
    }

    /// Whether `first` is what was looked at first.
    #[inline]
    pub(crate) fn starts_with(&self, first: &Bound<'_, PyAny>) -> bool {
        self.first == Some(first.as_ptr())
    }

    /// Whether everything is as it was noted. `first` is the object that was looked at first.
    #[inline]
    pub(crate) fn holds(&self, first: &Bound<'_, PyAny>) -> bool {
        if self.incomplete || !self.starts_with(first) {
            return false;
        }
        // SAFETY: the GIL is held, as `first` proves. Objects are alive: the first one is the
        // caller's; every other one, and every list, is the value of an attribute or the item of a
        // list that was compared before, or is kept by the watch's owner. The words are in the order of
        // the entries that they were made of.
        unsafe { word::all_hold(&self.words) && self.entries.iter().all(|entry| entry.holds()) }
    }

    /// The marked objects, if everything is as it was noted.
    #[inline]
    pub(crate) fn take<'py>(self: &Rc<Self>, first: &Bound<'py, PyAny>) -> Option<Taken<'py>> {
        if !self.holds(first) {
            return None;
        }
        for &object in &self.marks {
            // SAFETY: marked objects are alive as everything noted holds, see `holds`.
            unsafe { ffi::Py_INCREF(object) };
        }
        Some(Taken { py: first.py(), watch: Rc::clone(self) })
    }
}

impl Entry {
    #[inline]
    fn object(&self) -> Option<*mut ffi::PyObject> {
        match self {
            Entry::Object { object, .. } | Entry::Dictionary { object, .. } => Some(*object),
            _ => None,
        }
    }

    /// # Safety
    /// The GIL is held, and all entries before this one hold.
    #[inline(always)]
    unsafe fn holds(&self) -> bool {
        // SAFETY: by the contract the object, list, dictionary or class is alive.
        unsafe {
            match self {
                Entry::Object { object, class, slots } => {
                    if ffi::Py_TYPE(*object) != class.ty || !class.holds() {
                        return false;
                    }
                    let values = layout::values(*object, class.keys);
                    !values.is_null()
                        && slots.iter().all(|&(at, value)| *values.add(at as usize) == value)
                }
                Entry::Dictionary { object, class, dict, version } => {
                    if ffi::Py_TYPE(*object) != class.ty || !class.holds() {
                        return false;
                    }
                    let slot = dict::slot_of(*object);
                    (class.keys.is_null() || layout::values(*object, class.keys).is_null())
                        && !slot.is_null()
                        && *slot == *dict
                        && dict::raw_version(*dict) == *version
                }
                Entry::Class(class) => class.holds(),
                Entry::List { list, items } => {
                    ffi::Py_TYPE(*list) == ptr::addr_of_mut!(ffi::PyList_Type)
                        && ffi::PyList_GET_SIZE(*list) as usize == items.len()
                        && items
                            .iter()
                            .enumerate()
                            .all(|(i, &item)| ffi::PyList_GET_ITEM(*list, i as isize) == item)
                }
                Entry::Dict { dict, version } => dict::raw_version(*dict) == *version,
                Entry::Code(code) => code.holds(),
            }
        }
    }

    /// Adds the words in memory that have to be what they are for this entry to hold. `false`: that is not all.
    ///
    /// # Safety
    /// The GIL is held, and all entries hold.
    unsafe fn words(&self, words: &mut Vec<Word>) -> bool {
        if cfg!(not(target_pointer_width = "64")) {
            return false;
        }
        // SAFETY: by the contract the object, list, dictionary or class is alive.
        unsafe {
            match self {
                Entry::Object { object, class, slots } => {
                    word::add(words, Word::of(&raw const (**object).ob_type));
                    class.words(words);
                    let values = layout::values(*object, class.keys);
                    layout::words_of_values(*object, class.keys, words);
                    for &(at, _) in slots {
                        word::add(words, Word::of(values.add(at as usize)));
                    }
                }
                // Where the dictionary is, is for a function of the interpreter to say.
                Entry::Dictionary { .. } => return false,
                Entry::Class(class) => class.words(words),
                Entry::List { list, items } => {
                    let list = list.cast::<ffi::PyListObject>();
                    word::add(words, Word::of(&raw const (*list).ob_base.ob_base.ob_type));
                    word::add(words, Word::of(&raw const (*list).ob_base.ob_size));
                    word::add(words, Word::of(&raw const (*list).ob_item));
                    for at in 0..items.len() {
                        word::add(words, Word::of((*list).ob_item.add(at)));
                    }
                }
                Entry::Dict { dict, .. } => word::add(words, dict::word_of_version(*dict)),
                Entry::Code(code) => word::add(words, code.word()),
            }
        }
        true
    }
}

/// References to the objects that a watch has marked.
pub(crate) struct Taken<'py> {
    py: Python<'py>,
    /// Shared, so that its marks stay as they are.
    watch: Rc<Watch>,
}

impl<'py> Taken<'py> {
    /// The object marked under a number; `None` where there is none.
    #[inline]
    pub(crate) fn get(&self, mark: usize) -> Option<&Bound<'py, PyAny>> {
        let object = self.watch.marks.get(mark)?;
        // SAFETY: a reference that was taken in `take` and is owned here, never null. `Bound` is a
        // pointer and the token for the GIL, and lends itself from a place that holds the pointer.
        Some(unsafe { Bound::ref_from_ptr(self.py, object) })
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for &object in &self.watch.marks {
            // SAFETY: a reference that was taken in `take`.
            unsafe { ffi::Py_DECREF(object) };
        }
    }
}

/// Whether the value is its own whole truth: immutable, of a type of the interpreter's own.
fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_none()
}
