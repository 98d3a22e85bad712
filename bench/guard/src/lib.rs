//! Tells callgrind, from within a Python program, which of its instructions are to be counted. `driver.py` loads
//! it with `ctypes`. (A Python program has no function around what is to be counted that callgrind could be told by
//! name.)

#[cfg(target_arch = "x86_64")]
use std::arch::asm;

/// What callgrind is asked for, as its header `callgrind.h` numbers them.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Request {
    Dump = 0x4354_0000,
    Start = 0x4354_0004,
    Stop = 0x4354_0005,
}

/// Makes a request of valgrind: to a processor, these instructions do nothing.
#[cfg(target_arch = "x86_64")]
fn ask(request: Request) {
    let words = [request as usize, 0, 0, 0, 0, 0];
    // SAFETY: the rotations leave the register as it was, valgrind reads no more than the words and answers in
    // `rdx`.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") words.as_ptr(),
            inout("rdx") 0_usize => _,
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn ask(_: Request) {}

/// From here on, instructions are counted.
#[unsafe(no_mangle)]
pub extern "C" fn start() {
    ask(Request::Start);
}

/// Up to here; the count is written down, and the next one begins with 0.
#[unsafe(no_mangle)]
pub extern "C" fn stop() {
    ask(Request::Stop);
    ask(Request::Dump);
}
