//! One run of a driver, and the check of what it wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::cases::Writes;
use crate::bench::speed::Within;
use crate::process;

/// Whether a driver has a case.
pub(super) fn has(drivers: &Path, driver: &str, case: &str) -> Result<bool> {
    let text = process::output(Command::new(drivers.join(format!("bench-{driver}"))).arg("cases"))?;
    Ok(text.lines().any(|line| line == case))
}

/// Lets a driver do a case, and gives its figures, and at which speed it found them.
pub(super) fn once(
    drivers: &Path,
    driver: &str,
    case: &str,
    records: u64,
    writes: Writes,
) -> Result<(BTreeMap<String, f64>, Option<Within>)> {
    let folder = drivers.join(format!("run-{driver}-{case}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = Command::new(drivers.join(format!("bench-{driver}")));
    command.arg("run").arg(case).arg(&folder).arg(records.to_string());
    let text = process::output(&mut command)?;
    let mut figures = BTreeMap::new();
    for line in text.lines() {
        let figure =
            line.split_once(' ').and_then(|(name, value)| Some((name, value.parse().ok()?)));
        let (name, value) =
            figure.with_context(|| format!("bench-{driver} {case} said {line:?}"))?;
        figures.insert(name.to_owned(), value);
    }
    if writes != Writes::Nothing {
        let records =
            figures.remove("records").context("the driver did not say how many records")?;
        check(&folder, records as usize, writes)
            .with_context(|| format!("bench-{driver} {case}"))?;
    }
    fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    let (part, shortest) = (figures.remove("full_speed"), figures.remove("look"));
    let within = part.zip(shortest).map(|(part, shortest)| Within { part, shortest });
    Ok((figures, within))
}

/// That every record is in the files of the folder, once, and whole.
fn check(folder: &Path, records: usize, writes: Writes) -> Result<()> {
    let mut seen = vec![false; records];
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(
            text.is_empty() || text.ends_with('\n'),
            "{}: the last line is torn",
            path.display()
        );
        for line in text.lines() {
            let number =
                number(line, writes).with_context(|| format!("not a whole record: {line:?}"))?;
            match seen.get_mut(number) {
                Some(seen) if !*seen => *seen = true,
                Some(_) => bail!("record {number} is there twice"),
                None => bail!("there is a record {number}, and only {records} were logged"),
            }
        }
    }
    match seen.iter().position(|seen| !seen) {
        Some(missing) => {
            let count = seen.iter().filter(|seen| !**seen).count();
            bail!("{count} of {records} records are missing, the first of them is {missing}")
        }
        None => Ok(()),
    }
}

/// The number of the record in a line, if all of it is there.
fn number(line: &str, writes: Writes) -> Option<usize> {
    let (_, rest) = line.split_once("request ")?;
    let (number, rest) = rest.split_once(" took ")?;
    let (second, _) = rest.split_once(" us")?;
    let number: usize = number.parse().ok()?;
    if second.parse::<usize>().ok()? != number * 7 % 1000 {
        return None;
    }
    let whole = match writes {
        Writes::Nothing | Writes::Text => true,
        Writes::KeyValues => {
            // The number is in the message, too.
            let line = line.to_ascii_lowercase();
            let digits = number.to_string();
            ["ann", "true", "0.5", "/api/items"].iter().all(|value| line.contains(value))
                && line.matches(&digits).count() > 1
        }
        Writes::Json => {
            let document: serde_json::Value = serde_json::from_str(line).ok()?;
            let text = document.to_string();
            ["ann", "/api/items", "true", "0.5"].iter().all(|value| text.contains(value))
        }
    };
    whole.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_twice_or_torn_is_found() {
        let folder =
            std::env::temp_dir().join(format!("ferrolog-bench-check-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let result = |text: &str| {
            fs::write(folder.join("log"), text).expect("a file");
            check(&folder, 2, Writes::Text).map_err(|error| format!("{error:#}"))
        };
        let (first, second) = ("INFO request 0 took 0 us\n", "INFO request 1 took 7 us\n");
        assert_eq!(result(&format!("{second}{first}")), Ok(()));
        assert!(result(first).unwrap_err().contains("1 of 2 records are missing"));
        assert!(result(&format!("{first}{first}")).unwrap_err().contains("twice"));
        assert!(result("INFO request 1 took 8 us\n").unwrap_err().contains("not a whole record"));
        assert!(result(first.trim_end()).unwrap_err().contains("torn"));
        fs::remove_dir_all(&folder).expect("the folder is ours");
        let whole = "request 1 took 7 us user=ann id=1 ok=True ratio=0.5 path=/api/items";
        assert_eq!(number(whole, Writes::KeyValues), Some(1));
        assert_eq!(number(&whole.replace("id=1 ", ""), Writes::KeyValues), None);
    }
}
