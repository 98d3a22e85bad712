//! What marks, for callgrind, the part of a Python program whose instructions are counted.
//!
//! `driver.py` loads it with `ctypes`, and `cargo xtask guard` tells callgrind the function's name.

/// Calls `work`, and comes back here: of a function that jumps there callgrind would not see the end.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn measured(work: extern "C" fn()) {
    work();
    std::hint::black_box(());
}
