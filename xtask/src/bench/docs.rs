//! The figures in `docs/`: written from a run's results, so that nobody copies numbers by hand.

use std::fs;

use anyhow::{Context, Result, bail};

use super::plot;
use super::report::{Results, write};
use crate::project::Project;
use crate::report::say;

const PAGE: &str = "docs/BENCHMARKS.md";

/// Puts `tables` between the two marks of the bench `name` in `docs/BENCHMARKS.md`, and the picture of the
/// cases `wanted` (of all, if it is empty) into `docs/bench-NAME.svg`.
pub(crate) fn renew(
    project: &Project,
    name: &str,
    tables: &str,
    results: &Results,
    wanted: &[&str],
) -> Result<()> {
    let path = project.root.join(PAGE);
    let page =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    write(&path, &between_marks(&page, name, tables)?)?;
    let picture = format!("docs/bench-{name}.svg");
    write(&project.root.join(&picture), &plot::svg(results, wanted))?;
    say(&format!("renewed {PAGE} and {picture}"));
    Ok(())
}

/// The page with `text` in the place of what is between the marks.
fn between_marks(page: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let Some((before, rest)) = page.split_once(&begin) else {
        bail!("{PAGE} has no line {:?}", begin.trim_end());
    };
    let Some((_, after)) = rest.split_once(&end) else {
        bail!("{PAGE} has no {end:?} after {:?}", begin.trim_end());
    };
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::between_marks;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let page =
            "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n";
        let once = between_marks(page, "x", "new\n").unwrap();
        assert_eq!(once.matches("new").count(), 1);
        assert!(!once.contains("old") && once.starts_with("a\n") && once.ends_with("y -->\n"));
        assert_eq!(between_marks(&once, "x", "new").unwrap(), once);
        assert!(between_marks(page, "z", "new").is_err());
    }
}
