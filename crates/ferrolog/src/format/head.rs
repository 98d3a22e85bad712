//! The beginning of a line, as far as it shows time and level alone. It is the same for all records of a level
//! within a second, but for the milliseconds; so each thread keeps it.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::compiled::{Compiled, Piece, Show};
use super::push::WithGap;
use super::{Field, Padded};
use crate::level::{Level, names_version};
use crate::record::Record;

/// A beginning that is longer is not kept.
const ROOM: usize = 64;

/// How many beginnings a thread keeps: those of a few levels, of one or two formatters.
const KEPT: usize = 16;

const SECOND: i64 = 1_000_000_000;

/// The first pieces of a formatter's pattern that show time and level alone.
#[derive(Debug)]
pub(super) struct Head {
    /// A number that no other one has.
    id: u64,
    /// How many pieces they are: at least one.
    pub(super) pieces: usize,
}

/// The text of a head, for a level and a second.
#[derive(Clone, Copy)]
struct Entry {
    id: u64,
    level: Level,
    names_version: u32,
    /// When the second began, in nanoseconds.
    second: i64,
    text: Text,
}

#[derive(Clone, Copy)]
enum Text {
    Whole(Padded<ROOM>),
    /// Where the milliseconds are to be, with the comma before them, is a gap.
    Milliseconds(WithGap<ROOM, 4>),
}

thread_local! {
    static RECENT: RefCell<[Option<Entry>; KEPT]> = const { RefCell::new([None; KEPT]) };
}

/// `,000`, `,001` and so on, up to `,999`.
static MILLISECONDS: [Padded<4>; 1000] = {
    let mut all = [const { Padded::new("").expect("it is short") }; 1000];
    let mut ms = 0;
    while ms < 1000 {
        let digits = [ms / 100, ms / 10 % 10, ms % 10];
        let text = [b',', b'0' + digits[0] as u8, b'0' + digits[1] as u8, b'0' + digits[2] as u8];
        let Ok(text) = str::from_utf8(&text) else { panic!("digits and commas are UTF-8") };
        all[ms] = Padded::new(text).expect("there is room for four bytes");
        ms += 1;
    }
    all
};

/// `,` and the three digits of so many milliseconds, where they are below a thousand.
pub(super) fn milliseconds(ms: u32) -> Option<&'static Padded<4>> {
    MILLISECONDS.get(ms as usize)
}

impl Head {
    /// The head of a pattern, if the time is in it and nowhere else. Of a time in it, `stays` says whether it is the
    /// same for all of a second, but for the usual milliseconds at its end.
    pub(super) fn of(pattern: &Compiled, stays: impl Fn(&Show) -> bool) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let stays = |piece: &&Piece| match &piece.field {
            Some((Field::AscTime, show)) => stays(show),
            Some((Field::LevelName | Field::LevelNo, show)) => show.is_of_field_alone(),
            _ => false,
        };
        let pieces = pattern.pieces().iter().take_while(stays).count();
        let times = pattern.fields().filter(|field| **field == Field::AscTime).count();
        let has_time = pattern.pieces()[..pieces].iter().any(|piece| piece.shows(&Field::AscTime));
        (has_time && times == 1).then(|| Self { id: NEXT.fetch_add(1, Ordering::Relaxed), pieces })
    }

    /// Appends what this thread has kept of the head for `record`, of whose attributes none is another's. Says
    /// whether it has kept it.
    #[inline]
    pub(super) fn push(&self, record: &Record<'_>, out: &mut String) -> bool {
        RECENT.with(|recent| {
            let Ok(recent) = recent.try_borrow() else { return false };
            let Some(entry) = &recent[self.place(record.level())] else { return false };
            let created = record.created();
            let within = created.wrapping_sub(entry.second) as u64;
            if entry.id != self.id
                || entry.level != record.level()
                || entry.names_version != names_version()
                || created < entry.second
                || within >= SECOND as u64
            {
                return false;
            }
            match (&entry.text, milliseconds((within / 1_000_000) as u32)) {
                (Text::Milliseconds(text), Some(ms)) => text.push_to(ms, out),
                (Text::Whole(text), _) => text.push_to(out),
                (Text::Milliseconds(_), None) => return false,
            }
            true
        })
    }

    /// Keeps the head for `record`, which is `text`, and has the milliseconds at this place, if at all. It was made
    /// when the names of the levels had this version.
    pub(super) fn keep(
        &self,
        record: &Record<'_>,
        names_version: u32,
        text: &str,
        milliseconds: Option<usize>,
    ) {
        let text = match milliseconds {
            Some(at) => WithGap::new(text, at).map(Text::Milliseconds),
            None => Padded::new(text).map(Text::Whole),
        };
        let (level, second) = (record.level(), record.created_second().checked_mul(SECOND));
        if let (Some(text), Some(second)) = (text, second) {
            let entry = Entry { id: self.id, level, names_version, second, text };
            RECENT.with(|recent| {
                if let Ok(mut recent) = recent.try_borrow_mut() {
                    recent[self.place(level)] = Some(entry);
                }
            });
        }
    }

    /// The standard levels of a formatter have places of their own.
    #[inline]
    fn place(&self, level: Level) -> usize {
        (self.id as usize ^ (level.value() as usize >> 3)) % KEPT
    }
}
