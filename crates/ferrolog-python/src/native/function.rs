//! Native functions that stand for Python functions.
//!
//! What CPython offers for methods in C shows in many places that it is one: it binds no other objects than its class's, it
//! has no `__module__`, `__code__` or `__dict__`, and tools that tell functions from other callables (`unittest.mock` with
//! `autospec`, `inspect`, `weakref.WeakMethod`) treat it as something else. Ours is an object of a type of its own. Called
//! with an instance of its class, it runs native code; with anything else, the Python function that it stands for. It binds
//! as a function does, it says that its class is that of functions, and all attributes are those of the function it stands
//! for, which can be set, too. Where that changes what the function does, it is the function that runs from then on.

use std::ffi::{CStr, c_void};
use std::mem::offset_of;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::gil::GilOnce;
use super::method::{self, Args, Definition};
use super::shape::_PyType_Lookup;
use crate::natives::{self, Native};

unsafe extern "C" {
    fn PyMethod_New(function: *mut ffi::PyObject, of: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

#[repr(C)]
struct Function {
    base: ffi::PyObject,
    vectorcall: ffi::vectorcallfunc,
    /// The class whose method it is.
    class: *mut ffi::PyTypeObject,
    /// The Python function that it stands for, and what that does, by [`CODE`], when this is made.
    original: *mut ffi::PyObject,
    code: [*mut ffi::PyObject; CODE.len()],
    definition: *const Definition,
    weak_references: *mut ffi::PyObject,
}

/// What a function does is in these of its attributes.
const CODE: [&CStr; 3] = [c"__code__", c"__defaults__", c"__kwdefaults__"];

/// The method to put on `class` in the place of `original`. It lives for ever.
pub(crate) fn of<'py>(
    definition: &'static Definition,
    class: &Bound<'py, PyType>,
    original: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let ty = function_type(py)?;
    let mut code = [ptr::null_mut(); CODE.len()];
    for (value, name) in code.iter_mut().zip(CODE) {
        *value = attribute(original, name)?.into_ptr();
    }
    // SAFETY: an object of the type, which is as large as a `Function`, and nobody else's so far. As it is never given up,
    // neither are the references that it has.
    unsafe {
        let made = ffi::PyType_GenericAlloc(ty.as_type_ptr(), 0);
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        let function = made.as_ptr().cast::<Function>();
        (&raw mut (*function).vectorcall).write(definition.call);
        (*function).class = class.clone().into_ptr().cast();
        (*function).original = original.clone().into_ptr();
        (*function).code = code;
        (*function).definition = definition;
        std::mem::forget(made.clone());
        know(&made, definition);
        Ok(made)
    }
}

/// The type of these functions.
fn function_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static TYPE: GilOnce<Py<PyType>> = GilOnce::new();
    if let Some(ty) = TYPE.get(py) {
        return Ok(ty.bind(py));
    }
    let member = |name: &'static CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: ptr::null(),
    };
    let members = [
        member(c"__vectorcalloffset__", offset_of!(Function, vectorcall)),
        member(c"__weaklistoffset__", offset_of!(Function, weak_references)),
        // SAFETY: all zeros is what ends such a list.
        unsafe { std::mem::zeroed() },
    ];
    let computed = |name: &'static CStr, get: ffi::getter| ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        set: None,
        doc: ptr::null(),
        closure: ptr::null_mut(),
    };
    let attributes = [
        computed(c"__class__", class_of_functions),
        // `inspect` asks for it as any object's, past what the type has to say.
        computed(c"__doc__", documentation),
        // SAFETY: as above.
        unsafe { std::mem::zeroed() },
    ];
    let methods = [
        ffi::PyMethodDef {
            ml_name: c"__reduce__".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunction: reduce },
            ml_flags: ffi::METH_NOARGS,
            ml_doc: ptr::null(),
        },
        ffi::PyMethodDef::zeroed(),
    ];
    let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
    // CPython keeps the three lists, so they are leaked: once.
    let mut slots = [
        slot(ffi::Py_tp_members, Box::leak(Box::new(members)).as_mut_ptr().cast::<c_void>()),
        slot(ffi::Py_tp_getset, Box::leak(Box::new(attributes)).as_mut_ptr().cast()),
        slot(ffi::Py_tp_methods, Box::leak(Box::new(methods)).as_mut_ptr().cast()),
        slot(ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void),
        slot(ffi::Py_tp_descr_get, bind as *mut c_void),
        slot(ffi::Py_tp_getattro, get_attribute as *mut c_void),
        slot(ffi::Py_tp_setattro, set_attribute as *mut c_void),
        slot(ffi::Py_tp_repr, represent as *mut c_void),
        slot(ffi::Py_tp_new, new as *mut c_void),
        slot(0, ptr::null_mut()),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT
        | ffi::Py_TPFLAGS_HAVE_VECTORCALL
        | ffi::Py_TPFLAGS_METHOD_DESCRIPTOR
        | ffi::Py_TPFLAGS_IMMUTABLETYPE;
    let mut spec = ffi::PyType_Spec {
        name: c"ferrolog._native.function".as_ptr(),
        basicsize: size_of::<Function>() as i32,
        itemsize: 0,
        flags: flags as u32,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: a whole description, of which CPython keeps nothing but what lives for ever.
    let made = unsafe {
        let made = Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec))?;
        // The name in messages.
        (*made.as_ptr().cast::<ffi::PyTypeObject>()).tp_name = c"function".as_ptr();
        made
    };
    Ok(TYPE.set(py, made.cast_into::<PyType>()?.unbind()).bind(py))
}

/// What a function of ours does when it is called: `body` with an instance of its class.
///
/// # Safety
/// Called by CPython as the vectorcall function of a function of ours.
#[inline(always)]
pub(crate) unsafe fn call(
    function: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
    body: impl for<'a, 'py> FnOnce(&'a Bound<'py, PyAny>, Args<'a, 'py>) -> PyResult<Bound<'py, PyAny>>,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls this with the GIL held, a function of this type and live arguments, of which the first is
    // passed as the object, and the others as they are.
    unsafe {
        let given = ffi::PyVectorcall_NARGS(count);
        if given > 0 && ffi::PyObject_TypeCheck(*args, (*function.cast::<Function>()).class) != 0 {
            method::enter(*args, args.add(1), given - 1, names, body)
        } else {
            call_original(function, args, count, names)
        }
    }
}

/// # Safety
/// Called by CPython as the vectorcall function of a function of ours.
unsafe extern "C" fn call_original(
    function: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as in `call`; all arguments are passed on as they are.
    unsafe { ffi::PyObject_Vectorcall((*function.cast::<Function>()).original, args, count, names) }
}

/// # Safety
/// Called by CPython as `tp_descr_get`.
unsafe extern "C" fn bind(
    function: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    _class: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: live objects, with the GIL held.
    unsafe {
        if object.is_null() || object == ffi::Py_None() {
            ffi::Py_NewRef(function)
        } else {
            PyMethod_New(function, object)
        }
    }
}

/// # Safety
/// Called by CPython as `tp_getattro`.
unsafe extern "C" fn get_attribute(
    function: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: live objects, with the GIL held; a name is a string.
    unsafe {
        let of_type = !_PyType_Lookup(ffi::Py_TYPE(function), name).is_null();
        // The type has a `__module__`, too, which is another.
        if of_type && !is_one_of(name, &[c"__module__"]) {
            ffi::PyObject_GenericGetAttr(function, name)
        } else {
            ffi::PyObject_GetAttr((*function.cast::<Function>()).original, name)
        }
    }
}

/// # Safety
/// Called by CPython as `tp_setattro`; `value` is null where the attribute is deleted.
unsafe extern "C" fn set_attribute(
    function: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> i32 {
    // SAFETY: as in `get_attribute`.
    unsafe {
        let result = ffi::PyObject_SetAttr((*function.cast::<Function>()).original, name, value);
        if result == 0 && is_one_of(name, &CODE) {
            follow(function);
        }
        result
    }
}

/// Sees to it that what runs is native code as long as the function that it stands for does what it did at first, and else
/// that one. Who takes a short cut past this one learns it from what is known of it, and from its class's version.
///
/// # Safety
/// A function of ours, with the GIL held.
unsafe fn follow(function: *mut ffi::PyObject) {
    // SAFETY: as the caller says; what the attributes were is kept alive, so that nothing else has the address.
    unsafe {
        let py = Python::assume_attached();
        let ours = function.cast::<Function>();
        let original = Bound::from_borrowed_ptr(py, (*ours).original);
        let is_as_at_first = CODE
            .iter()
            .zip((*ours).code)
            .all(|(name, was)| attribute(&original, name).is_ok_and(|now| now.as_ptr() == was));
        if is_as_at_first {
            let definition = &*(*ours).definition;
            (*ours).vectorcall = definition.call;
            know(&Bound::from_borrowed_ptr(py, function), definition);
        } else {
            (*ours).vectorcall = call_original;
            natives::forget(py, function as usize);
        }
        ffi::PyType_Modified((*ours).class);
    }
}

/// Makes known what this function of ours is.
fn know(function: &Bound<'_, PyAny>, definition: &Definition) {
    natives::register(function.py(), function, Native::of(definition.class, definition.name));
}

/// # Safety
/// `name` is a live string, and the GIL is held.
unsafe fn is_one_of(name: *mut ffi::PyObject, names: &[&CStr]) -> bool {
    // SAFETY: as the caller says.
    names.iter().any(|other| unsafe {
        ffi::PyUnicode_Check(name) != 0
            && ffi::PyUnicode_CompareWithASCIIString(name, other.as_ptr()) == 0
    })
}

fn attribute<'py>(of: &Bound<'py, PyAny>, name: &CStr) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a live object and a text.
    unsafe {
        let found = ffi::PyObject_GetAttrString(of.as_ptr(), name.as_ptr());
        Bound::from_owned_ptr_or_err(of.py(), found)
    }
}

/// # Safety
/// Called by CPython for `__class__`.
unsafe extern "C" fn class_of_functions(
    _function: *mut ffi::PyObject,
    _closure: *mut c_void,
) -> *mut ffi::PyObject {
    // SAFETY: a type of the interpreter's, with the GIL held.
    unsafe { ffi::Py_NewRef((&raw mut ffi::PyFunction_Type).cast()) }
}

/// # Safety
/// Called by CPython for `__doc__`.
unsafe extern "C" fn documentation(
    function: *mut ffi::PyObject,
    _closure: *mut c_void,
) -> *mut ffi::PyObject {
    // SAFETY: a live function, with the GIL held.
    unsafe {
        let original = (*function.cast::<Function>()).original;
        ffi::PyObject_GetAttrString(original, c"__doc__".as_ptr())
    }
}

/// Pickled and copied as functions are: by name.
///
/// # Safety
/// Called by CPython for `__reduce__`.
unsafe extern "C" fn reduce(
    function: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: a live function, with the GIL held.
    unsafe { ffi::PyObject_GetAttrString(function, c"__qualname__".as_ptr()) }
}

/// # Safety
/// Called by CPython as `tp_repr`.
unsafe extern "C" fn represent(function: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: a live function, with the GIL held.
    unsafe {
        let py = Python::assume_attached();
        let function = Bound::from_borrowed_ptr(py, function);
        match function.getattr("__qualname__") {
            Ok(name) => ffi::PyUnicode_FromFormat(
                c"<function %U at %p>".as_ptr(),
                name.as_ptr(),
                function.as_ptr(),
            ),
            Err(error) => {
                error.restore(py);
                ptr::null_mut()
            }
        }
    }
}

/// `type(function)(code, globals, ...)` is a Python function.
///
/// # Safety
/// Called by CPython as `tp_new`.
unsafe extern "C" fn new(
    _class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: live arguments, with the GIL held.
    unsafe { ffi::PyObject_Call((&raw mut ffi::PyFunction_Type).cast(), args, keywords) }
}
