//! Memory that is about to be written, asked for before it is.

/// Asks for the memory behind `place`, so that what is put there next need not wait for another processor to give it
/// away. No more than a hint: on other machines than x86-64 nothing is done.
#[inline(always)]
pub(super) fn prefetch_behind<T>(place: *const T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        const LINE: usize = 64;
        let place = place.cast::<i8>();
        for lines in 1..=2 {
            // SAFETY: every x86-64 takes the instruction, which reads and writes nothing, whatever is at the address.
            unsafe { _mm_prefetch::<_MM_HINT_ET0>(place.wrapping_add(lines * LINE)) };
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = place;
}
