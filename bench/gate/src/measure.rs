//! Timing of loops that take a nanosecond or less a turn.

use std::time::Instant;

/// Turns of a loop in one round: a tenth of a millisecond, which the machine seldom interrupts.
const TURNS: u64 = 40_000;
/// Calls in a turn.
const CALLS: u64 = 8;

/// One loop to time. It must turn as often as it is told, with eight calls a turn.
pub(crate) struct Case {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// The loop.
    pub(crate) turn: fn(u64),
}

/// The time of one round of a case, in nanoseconds a call.
pub(crate) fn round(case: &Case) -> f64 {
    let start = Instant::now();
    (case.turn)(TURNS);
    start.elapsed().as_secs_f64() * 1e9 / (TURNS * CALLS) as f64
}

/// Times the cases in turn, round after round, so that a change of the machine's speed meets all of
/// them alike; the rounds of each case, in the cases' order.
pub(crate) fn rounds(cases: &[Case], count: usize) -> Vec<Vec<f64>> {
    for case in cases {
        round(case);
    }
    let mut times = vec![Vec::with_capacity(count); cases.len()];
    for number in 0..count {
        for step in 0..cases.len() {
            let index = (number + step) % cases.len();
            times[index].push(round(&cases[index]));
        }
    }
    times
}

/// The median of a case's time over the floor's in the same round.
pub(crate) fn ratio(times: &[f64], floor: &[f64]) -> f64 {
    median(&times.iter().zip(floor).map(|(time, floor)| time / floor).collect::<Vec<_>>())
}

/// The middle value.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How far the middle half of the values spreads.
pub(crate) fn spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() * 3 / 4] - sorted[sorted.len() / 4]
}
