//! The tables for `docs/BENCHMARKS.md`: a table a promise, a line a case, a column a library.

use std::fmt::Write as _;

use crate::bench::report::{Case, Kind, Results, figure};

pub(super) fn markdown(results: &Results) -> String {
    let mut columns: Vec<(&str, Kind)> = Vec::new();
    for row in results.cases.iter().flat_map(|case| &case.rows) {
        if !columns.iter().any(|(who, _)| *who == row.who) {
            columns.push((&row.who, row.kind));
        }
    }
    columns.sort_by_key(|(_, kind)| match kind {
        Kind::Ours => 0,
        Kind::Standard => 1,
        Kind::Peer => 2,
        Kind::Floor => 3,
    });

    let mut text = String::new();
    let mut promises: Vec<&str> = Vec::new();
    for case in &results.cases {
        if !promises.contains(&&*case.promise) {
            promises.push(&case.promise);
        }
    }
    for promise in promises {
        let title = if promise.is_empty() { "nothing is written" } else { promise };
        let _ = write!(text, "**{}{}**\n\n| |", title[..1].to_uppercase(), &title[1..]);
        for (who, kind) in &columns {
            let version = results.versions.get(*who).filter(|_| *kind != Kind::Floor);
            let version = version.map(|version| format!(" {version}")).unwrap_or_default();
            let _ = write!(text, " {who}{version} |");
        }
        text.push_str(" stdlib / ferrolog | best peer / ferrolog |\n|---|");
        text.push_str(&"---:|".repeat(columns.len() + 2));
        text.push('\n');
        for case in results.cases.iter().filter(|case| case.promise == promise) {
            line(case, &columns, &mut text);
        }
        text.push('\n');
    }
    let failed: Vec<_> = results
        .cases
        .iter()
        .flat_map(|case| case.failed.iter().map(move |failed| (case, failed)))
        .collect();
    if !failed.is_empty() {
        text.push_str("Failed, and why:\n\n");
        for (case, failed) in failed {
            let _ = writeln!(text, "- {}, {}: {}", failed.who, case.title, code(&failed.why));
        }
        text.push('\n');
    }
    text.push_str(&results.markdown_end());
    text
}

fn line(case: &Case, columns: &[(&str, Kind)], text: &mut String) {
    let _ = write!(text, "| {} ({}) |", case.title, case.unit);
    for (who, kind) in columns {
        match case.row(who) {
            Some(row) => {
                let spread = figure(row.figures.spread / 2.0);
                let mark = if *kind == Kind::Ours { "**" } else { "" };
                let _ = write!(text, " {mark}{}{mark} ±{spread} |", figure(row.figures.median));
            }
            None if case.failed.iter().any(|failed| failed.who == *who) => {
                text.push_str(" failed |")
            }
            None => text.push_str(" – |"),
        }
    }
    let ours = case.first(Kind::Ours);
    for other in [case.first(Kind::Standard), case.best_peer()] {
        match (ours, other) {
            (Some(ours), Some(other)) => {
                let _ = write!(text, " {} x |", figure(other.over(ours)));
            }
            _ => text.push_str(" – |"),
        }
    }
    text.push('\n');
}

/// A reason as code, in one line.
fn code(why: &str) -> String {
    format!("`{}`", why.replace('`', "'").replace('\n', " "))
}
