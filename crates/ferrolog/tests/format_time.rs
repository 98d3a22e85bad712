//! `strftime` patterns, compared with Python's `time.strftime`, in many time zones.

mod oracle;

use std::process::Command;

use ferrolog::format::{TimeFormat, Zone};
use oracle::{Rng, ask};
use serde_json::json;

/// One directive, at times with flags, width and modifier, at times none that there is.
fn directive(rng: &mut Rng) -> String {
    let mut text = "%".to_owned();
    if rng.chance(3) {
        text += rng.pick(&["-", "_", "0", "^", "#", "^#", "-_", "0_", "_0", "+", " ", "^-"]);
    }
    if rng.chance(4) {
        text +=
            rng.pick(&["1", "3", "5", "12", "30", "700", "1100", "5000", "99999999999999999999"]);
    }
    if rng.chance(5) {
        text += rng.pick(&["E", "O", "EE", "EO"]);
    }
    let c = (b'!' + rng.below(usize::from(b'~' - b'!')) as u8) as char;
    text.push(if rng.chance(40) { 'é' } else { c });
    text
}

fn pattern(rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..1 + rng.below(4) {
        text += rng.pick(&["", "", " ", "-", "é:", "T"]);
        text += &directive(rng);
    }
    if rng.chance(20) {
        text += rng.pick(&["%", "%-", "%5", "%E", "%%%"]);
    }
    text
}

/// Times of all kinds: round, of recent years, near the changes of summer time, and of other centuries.
fn second(rng: &mut Rng) -> i64 {
    match rng.below(6) {
        0 => rng.pick(&[0, -1, 1, 951_782_399, 1_000_000_000, 1_709_164_800, 4_102_444_800]),
        1 => rng.next() as i64 % (253_402_200_000),
        2 => -(rng.next() as i64).rem_euclid(62_135_500_000),
        // The hours around 2 in the morning of days late in March and October, when clocks change.
        3 => {
            1_711_843_200 + (rng.below(20) as i64 - 10) * 1800 + (rng.below(40) as i64) * 31_556_952
        }
        4 => {
            1_729_987_200 + (rng.below(20) as i64 - 10) * 1800 + (rng.below(40) as i64) * 31_556_952
        }
        _ => (rng.next() as i64).rem_euclid(2_000_000_000),
    }
}

/// Compares in the zone that `TZ` names for this process: once as it is, and again from
/// [`time_in_many_zones`].
#[test]
fn time_in_this_zone() {
    let mut rng = Rng::new("time_in_this_zone");
    let mut cases: Vec<(String, i64, bool)> =
        (0..4000).map(|_| (pattern(&mut rng), second(&mut rng), rng.chance(3))).collect();
    // Each directive at each time, so that none depends on the draw.
    for c in 'A'..='z' {
        for second in [0, 1_000_000_003, 1_719_835_200, 1_735_689_599, -86_400_000_000 / 1000] {
            for utc in [false, true] {
                cases.push((format!("%{c}"), second, utc));
            }
        }
    }
    let zone = std::env::var("TZ").unwrap_or_default();
    if zone.contains(',') {
        // The C library knows the rules of such a zone from 1970 on only, and has no summer time before.
        cases.retain(|(_, second, utc)| *utc || *second >= 0);
    }
    let answers = ask(
        "import time\n\
         answer = [time.strftime(p, (time.gmtime if utc else time.localtime)(s)) for p, s, utc in cases]",
        &json!(cases),
        &[],
    );
    for ((pattern, second, utc), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let format = TimeFormat::new(pattern, if *utc { Zone::Utc } else { Zone::Local });
        let mut text = String::new();
        format.render(*second, &mut text);
        assert_eq!(text, answer.as_str().unwrap(), "{pattern:?} at {second}, utc {utc}, {zone:?}");
    }
}

/// The zone is that of the process's start, so each zone needs a process: this program again.
#[test]
fn time_in_many_zones() {
    for zone in [
        "America/New_York",
        "Europe/Berlin",
        "Europe/Dublin",
        "Asia/Kolkata",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Africa/Monrovia",
        "America/Sao_Paulo",
        "Antarctica/Troll",
        "Pacific/Apia",
        ":Europe/Paris",
        "EST5EDT,M3.2.0,M11.1.0",
        "<+0330>-3:30",
        "UTC",
        "",
        "Nowhere/Such",
    ] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "time_in_this_zone"])
            .env("TZ", zone)
            .output()
            .unwrap();
        assert!(output.status.success(), "{zone}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
