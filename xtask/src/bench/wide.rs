//! The tables for `docs/BENCHMARKS.md`: a table a promise, a line a case, a column a library.

use std::fmt::Write as _;

use super::report::{Case, Kind, Results, figure};

pub(super) fn markdown(results: &Results) -> String {
    let mut columns: Vec<(&str, Kind)> = Vec::new();
    for row in results.cases.iter().flat_map(|case| &case.rows) {
        if row.kind != Kind::Floor && !columns.iter().any(|(who, _)| *who == row.who) {
            columns.push((&row.who, row.kind));
        }
    }
    columns.sort_by_key(|(_, kind)| match kind {
        Kind::Ours => 0,
        Kind::Standard => 1,
        Kind::Peer => 2,
        Kind::Floor => 3,
    });
    let mut kinds = Vec::new();
    if columns.iter().any(|(_, kind)| *kind == Kind::Standard) {
        kinds.push((Kind::Standard, "stdlib"));
    }
    kinds.push((Kind::Peer, "best peer"));

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
        for (who, _) in &columns {
            let version = results.versions.get(*who);
            let version = version.map(|version| format!(" {version}")).unwrap_or_default();
            let _ = write!(text, " {who}{version} |");
        }
        text.push_str(" floor |");
        for (_, title) in &kinds {
            let _ = write!(text, " {title} / ferrolog |");
        }
        text.push_str("\n|---|");
        text.push_str(&"---:|".repeat(columns.len() + 1 + kinds.len()));
        text.push('\n');
        for case in results.cases.iter().filter(|case| case.promise == promise) {
            line(case, &columns, &kinds, &mut text);
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

fn line(case: &Case, columns: &[(&str, Kind)], kinds: &[(Kind, &str)], text: &mut String) {
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
    let floors: Vec<String> = case
        .rows
        .iter()
        .filter(|row| row.kind == Kind::Floor)
        .map(|floor| match floor.who.as_str() {
            "floor" => figure(floor.figures.median),
            what => format!("{} ({what})", figure(floor.figures.median)),
        })
        .collect();
    match floors.is_empty() {
        true => text.push_str(" – |"),
        false => _ = write!(text, " {} |", floors.join(", ")),
    }
    let ours = case.first(Kind::Ours);
    for (kind, _) in kinds {
        let other = if *kind == Kind::Peer { case.best_peer() } else { case.first(*kind) };
        match (ours, other) {
            (Some(ours), Some(other)) if ours.figures.median > 0.0 => {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::report::{Figures, Machine, Row};
    use super::*;

    #[test]
    fn a_line_a_case() {
        let row = |who: &str, kind, median| Row {
            who: who.into(),
            kind,
            figures: Figures::new(vec![median]),
        };
        let case = Case {
            name: "file".into(),
            title: "One file".into(),
            unit: "ns a record".into(),
            promise: "written".into(),
            rows: vec![
                row("format and write", Kind::Floor, 40.0),
                row("slowlog", Kind::Peer, 100.0),
                row("ferrolog", Kind::Ours, 50.0),
            ],
            failed: Vec::new(),
        };
        let results = Results {
            bench: "Rust".into(),
            machine: Machine::look(),
            versions: BTreeMap::from([("slowlog".into(), "1.2".into())]),
            cases: vec![case],
            checks: Vec::new(),
        };
        let text = markdown(&results);
        assert!(
            text.contains("| | ferrolog | slowlog 1.2 | floor | best peer / ferrolog |"),
            "{text}"
        );
        let line =
            "| One file (ns a record) | **50.0** ±0 | 100 ±0 | 40.0 (format and write) | 2.00 x |";
        assert!(text.contains(line), "{text}");
    }
}
