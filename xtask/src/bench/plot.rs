//! The results as a picture: for each case a block of bars, one for each who took part.

use std::fmt::Write as _;

use super::report::{Case, Kind, Results, figure};

const WIDTH: usize = 860;
/// Where the bars begin: left of that are the names.
const LEFT: usize = 190;
/// How long the longest bar of a block is; behind it there is room for its figure.
const LONGEST: f64 = 470.0;
const BAR: usize = 16;
const STEP: usize = 20;
const HEAD: usize = 30;
const GAP: usize = 18;

/// An SVG of the cases that `wanted` picks, in its order; of all, if it is empty.
///
/// Each block has a scale of its own, since only those in one block have done the same. It is legible on
/// a white and on a black page.
pub(crate) fn svg(results: &Results, wanted: &[&str]) -> String {
    let cases: Vec<&Case> = if wanted.is_empty() {
        results.cases.iter().collect()
    } else {
        wanted.iter().filter_map(|name| results.case(name)).collect()
    };
    let mut body = String::new();
    let mut top = 34;
    for case in cases {
        top = block(case, top, &mut body);
    }
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}" font-family="system-ui, sans-serif" font-size="12">"#
    );
    svg.push_str(concat!(
        "<style>text{fill:#24292f}.ours{fill:#c2410c}.peer{fill:#64748b}.floor{fill:#94a3b8}",
        ".standard{fill:#3b82f6}.head{font-weight:600;font-size:13px}.small{fill:#6b7280}",
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9ca3af}}</style>\n"
    ));
    let _ = writeln!(
        svg,
        r#"<text x="10" y="20" class="head">{}: medians; shorter is better</text>"#,
        escape(&results.bench)
    );
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    svg
}

/// Draws one case below `top`, and says where the next one begins.
fn block(case: &Case, mut top: usize, out: &mut String) -> usize {
    let promise = if case.promise.is_empty() { "" } else { ", " };
    let _ = writeln!(
        out,
        r#"<text x="10" y="{y}" class="head">{title}</text><text x="{LEFT}" y="{y}" class="small">{unit}{promise}{given}</text>"#,
        y = top + 18,
        title = escape(&case.title),
        unit = escape(&case.unit),
        given = escape(&case.promise),
    );
    top += HEAD;
    let most = case.rows.iter().map(|row| row.figures.median).fold(f64::MIN_POSITIVE, f64::max);
    for row in &case.rows {
        let class = match row.kind {
            Kind::Floor => "floor",
            Kind::Ours => "ours",
            Kind::Standard => "standard",
            Kind::Peer => "peer",
        };
        let length = (row.figures.median / most * LONGEST).max(1.0);
        let _ = writeln!(
            out,
            r#"<text x="{names}" y="{y}" text-anchor="end">{who}</text><rect class="{class}" x="{LEFT}" y="{top}" width="{length:.1}" height="{BAR}" rx="2"/><text x="{behind:.1}" y="{y}">{value}</text>"#,
            names = LEFT - 8,
            y = top + 12,
            who = escape(&row.who),
            behind = LEFT as f64 + length + 6.0,
            value = figure(row.figures.median),
        );
        top += STEP;
    }
    top + GAP
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::report::{Figures, Machine, Row};
    use super::*;

    #[test]
    fn a_bar_for_each() {
        let row = |who: &str, runs| Row {
            who: who.into(),
            kind: Kind::Peer,
            figures: Figures::new(runs),
        };
        let case = |name: &str| Case {
            name: name.into(),
            title: format!("Case <{name}>"),
            unit: "ns".into(),
            promise: String::new(),
            rows: vec![row("a", vec![10.0]), row("b & c", vec![20.0])],
            failed: Vec::new(),
        };
        let results = Results {
            bench: "Rust".into(),
            machine: Machine::look(),
            versions: BTreeMap::new(),
            cases: vec![case("one"), case("two")],
            checks: Vec::new(),
        };
        let picture = svg(&results, &[]);
        assert_eq!(picture.matches("<rect").count(), 4, "{picture}");
        assert!(picture.contains("Case &lt;one&gt;") && picture.contains("b &amp; c"), "{picture}");
        assert_eq!(svg(&results, &["two"]).matches("<rect").count(), 2);
    }
}
