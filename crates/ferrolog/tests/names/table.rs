//! The table in `docs/names.md`.

/// One row.
pub(crate) struct Row {
    pub(crate) line: usize,
    /// The full names in Python: `logging.Logger.setLevel`, `logging.basicConfig(level)`.
    pub(crate) names: Vec<String>,
    pub(crate) counterpart: Counterpart,
    pub(crate) tests: Vec<String>,
}

pub(crate) enum Counterpart {
    /// There is none, for the reason that is given.
    None,
    /// Items of the crate: `Logger::set_level`, `info!`; a text in quotes is a key.
    Items(Vec<String>),
}

/// The rows of all tables. A heading names what a first cell like `.name`, `(name)` or `[name]` belongs
/// to; other names belong to the heading's module.
pub(crate) fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut heading = String::new();
    let mut module = String::new();
    for (line, content) in text.lines().enumerate().map(|(i, content)| (i + 1, content.trim())) {
        if let Some(title) = content.strip_prefix("##") {
            heading = quoted(title.trim_start_matches('#')).into_iter().next().unwrap_or_default();
            let class = heading.rsplit_once('.').filter(|(_, last)| {
                // Modules are written small; `basicConfig` and its like are functions.
                !matches!(*last, "handlers" | "config")
            });
            module = class.map_or(heading.clone(), |(module, _)| module.to_owned());
            continue;
        }
        if !content.starts_with("| `") {
            continue;
        }
        let cells: Vec<&str> = content.trim_matches('|').split(" | ").map(str::trim).collect();
        let [names, rust, tests] = cells[..] else {
            return Err(format!("line {line}: {} cells, and not 3", cells.len()));
        };
        let names: Vec<String> = quoted(names)
            .into_iter()
            .map(|name| {
                if name.starts_with(['.', '(', '[']) {
                    format!("{heading}{name}")
                } else {
                    format!("{module}.{name}")
                }
            })
            .collect();
        let counterpart = if rust.starts_with("none: ") && rust.len() > 12 {
            Counterpart::None
        } else {
            Counterpart::Items(quoted(without_remark(rust)))
        };
        if names.is_empty() || matches!(&counterpart, Counterpart::Items(items) if items.is_empty())
        {
            return Err(format!("line {line}: no name, or neither an item nor a reason"));
        }
        rows.push(Row { line, names, counterpart, tests: quoted(tests) });
    }
    if rows.is_empty() { Err("no rows".to_owned()) } else { Ok(rows) }
}

/// The cell up to the remark that follows its items.
fn without_remark(cell: &str) -> &str {
    let end = ["`: ", "`; ", "`, for ", "`, in "].iter().filter_map(|mark| cell.find(mark)).min();
    end.map_or(cell, |end| &cell[..=end])
}

/// What stands between backquotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
