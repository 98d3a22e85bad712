use super::*;

/// A counter of 2.5 GHz beside a clock that gains `ppm` millionths on it.
fn reading(ticks: u64, ppm: i64) -> Reading {
    let time = i128::from(ticks) * (1_000_000 + i128::from(ppm)) / 2_500_000;
    Reading { ticks: ticks + 77, time: time as i64 + 1_700_000_000_000_000_000 }
}

/// A thread that has asked `times` times, every half a window, up to `ticks`.
fn after(times: u64, ticks: u64) -> Counter {
    let mut counter = Counter::UNKNOWN;
    for time in (0..times).rev() {
        counter.learn(reading(ticks - time * (WINDOW / 2), 0));
    }
    counter
}

const LONG: u64 = 3 * MEASURED / (WINDOW / 2);
const LATE: u64 = 1 << 40;

#[test]
fn a_rate_that_was_measured_twice_is_gone_by_for_a_window() {
    let mut counter = Counter::UNKNOWN;
    let mut asked = Vec::new();
    for ticks in (LATE..LATE + 3 * MEASURED).step_by(1 << 19) {
        asked.push(counter.window == 0);
        counter.learn(reading(ticks, 0));
    }
    let measured = (2 * MEASURED as usize) >> 19;
    assert!(asked[..=measured].iter().all(|asked| *asked));
    assert!(asked[measured + 1..].iter().all(|asked| !asked));

    let counter = after(LONG, LATE);
    for passed in [0, 1, 1000, WINDOW - 1] {
        let (expected, is) =
            (reading(LATE + passed, 0).time, counter.time_at(LATE + 77 + passed).unwrap());
        assert!(expected.abs_diff(is) <= 1, "{passed}: {expected} {is}");
    }
    assert_eq!(counter.time_at(LATE + 77 + WINDOW), None);
    assert_eq!(counter.time_at(LATE + 76), None);
}

#[test]
fn a_clock_that_is_set_is_followed() {
    for step in [i64::MIN / 2, -3_600_000_000_000, -2_000, 2_000, 3_600_000_000_000] {
        let mut counter = after(LONG, LATE);
        let mut ticks = LATE;
        let set = |ticks| {
            let mut reading = reading(ticks, 0);
            reading.time += step;
            reading
        };
        let mut by_counter = 0;
        for _ in 0..LONG {
            ticks += WINDOW / 2;
            counter.learn(set(ticks));
            let (expected, passed) = (set(ticks + 1000).time, counter.time_at(ticks + 77 + 1000));
            assert!(passed.is_none_or(|is| is.abs_diff(expected) <= 1), "{step}");
            by_counter += u64::from(passed.is_some());
        }
        assert!((1..LONG).contains(&by_counter), "{step}: {by_counter}");
    }
}

#[test]
fn a_clock_that_is_slewed_is_followed() {
    let mut counter = after(LONG, LATE);
    // As fast as Linux does it.
    let ahead = reading(LATE, 500).time - reading(LATE, 0).time;
    for time in 1..10 * LONG {
        let ticks = LATE + time * (WINDOW - 1);
        let mut now = reading(ticks, 500);
        now.time -= ahead;
        let is = counter.time_at(now.ticks);
        assert!(is.is_none_or(|is| is.abs_diff(now.time) < 250), "{time}: {is:?} {}", now.time);
        counter.learn(now);
    }
    assert!(counter.window > 0);
}

#[test]
fn what_cannot_be_a_counter_is_not_gone_by() {
    // A clock that stands still, or runs backwards, a counter that starts anew, and one that goes at various rates.
    let odd: [fn(u64) -> Reading; 4] = [
        |n| Reading { ticks: n << 24, time: 5 },
        |n| Reading { ticks: n << 24, time: -(n as i64) << 23 },
        |n| Reading { ticks: (n % 2) << 24, time: (n as i64) << 23 },
        |n| Reading { ticks: n << 24, time: (n * n) as i64 * 1_000_000 },
    ];
    for odd in odd {
        let mut counter = Counter::UNKNOWN;
        for n in 1..1000 {
            counter.learn(odd(n));
            assert_eq!(counter.window, 0, "{counter:?}");
        }
    }
}

#[test]
fn any_readings_are_taken() {
    let ends = [0, 1, u64::from(u32::MAX), 1 << 63, u64::MAX];
    let times = [i64::MIN, -1, 0, 1, i64::MAX];
    let mut counter = Counter::UNKNOWN;
    for _ in 0..2 {
        for ticks in ends {
            for time in times {
                counter.learn(Reading { ticks, time });
                _ = counter.time_at(ticks.wrapping_add(WINDOW - 1));
            }
        }
    }
}

#[test]
fn it_is_the_systems_time() {
    prepare();
    // A clock that is set meanwhile, or a pause of the machine, is not this one's fault: most are to be right.
    let (mut off, mut by_counter) = (0, 0);
    let count = 1_000_000;
    for _ in 0..count {
        let before = system_now();
        let now = now();
        let after = system_now();
        let error = (before - now).max(now - after);
        off += u32::from(error > 100);
        by_counter += u32::from(COUNTER.get().window > 0);
    }
    assert!(off < count / 100, "{off} of {count} off by more than 100 ns");
    assert!(by_counter > 0 || !USABLE.load(Ordering::Relaxed), "the counter was never gone by");
}
