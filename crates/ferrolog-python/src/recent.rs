//! What was found out about recently used objects, found again by their address.

use std::cell::Cell;
use std::rc::Rc;

use pyo3::Python;

use crate::native::gil::GilCell;

/// What is not asked for during so many questions is forgotten, so that the memory of a program whose loggers and
/// classes come and go has its size soon, and is not for years that of all places filled.
const KEPT: u32 = 100_000;

/// After so many new answers the old ones are looked through.
const BETWEEN_LOOKS: u32 = 128;

/// When an answer was last asked for, counted in questions.
#[derive(Default)]
pub(crate) struct LastUse(Cell<u32>);

/// An answer that can be in the table.
pub(crate) trait Remembered {
    fn last_use(&self) -> &LastUse;
}

/// A table of `PLACES` places with two answers in each.
pub(crate) struct Recent<T, const PLACES: usize>(GilCell<Answers<T>>);

struct Answers<T> {
    sets: Vec<[Option<Rc<T>>; 2]>,
    questions: u32,
    added: u32,
}

impl<T: Remembered, const PLACES: usize> Recent<T, PLACES> {
    pub(crate) const fn new() -> Self {
        Recent(GilCell::new(Answers { sets: Vec::new(), questions: 0, added: 0 }))
    }

    /// The answer at an address that is the right one.
    #[inline]
    pub(crate) fn find(
        &self,
        py: Python<'_>,
        address: usize,
        is_it: impl Fn(&T) -> bool,
    ) -> Option<Rc<T>> {
        let mut answers = self.0.borrow(py);
        answers.questions = answers.questions.wrapping_add(1);
        let set = answers.sets.get(Self::place_of(address))?;
        let found = set.iter().flatten().find(|answer| is_it(answer))?;
        found.last_use().0.set(answers.questions);
        Some(Rc::clone(found))
    }

    /// Remembers an answer: in the place of `last`, which was the one to the same question, if that is there.
    pub(crate) fn remember(
        &self,
        py: Python<'_>,
        address: usize,
        answer: Rc<T>,
        last: Option<&Rc<T>>,
    ) {
        let mut answers = self.0.borrow(py);
        if answers.sets.is_empty() {
            answers.sets.resize_with(PLACES, || [None, None]);
        }
        answer.last_use().0.set(answers.questions);
        let set = &mut answers.sets[Self::place_of(address)];
        let is_last =
            matches!((&set[0], last), (Some(first), Some(last)) if Rc::ptr_eq(first, last));
        if !is_last {
            // The other one's place, or that of what has been there for longer.
            set.swap(0, 1);
        }
        let before = set[0].replace(answer);
        answers.added += 1;
        let forgotten = if answers.added >= BETWEEN_LOOKS { answers.forget() } else { Vec::new() };
        drop(answers);
        // What is dropped may be Python's, which may ask for something.
        drop((before, forgotten));
    }

    fn place_of(address: usize) -> usize {
        // The lowest bits of addresses are all alike.
        let address = address >> 4;
        (address ^ (address >> PLACES.ilog2())) % PLACES
    }
}

impl<T: Remembered> Answers<T> {
    /// Takes out what was not asked for lately.
    fn forget(&mut self) -> Vec<Rc<T>> {
        self.added = 0;
        let now = self.questions;
        let old = |answer: &mut Rc<T>| now.wrapping_sub(answer.last_use().0.get()) > KEPT;
        self.sets.iter_mut().flatten().filter_map(|answer| answer.take_if(old)).collect()
    }
}
