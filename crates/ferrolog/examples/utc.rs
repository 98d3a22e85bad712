//! Times in UTC, and in a layout of one's own.
//!
//! Python's cookbook: *Formatting times using UTC (GMT) via configuration*.

use ferrolog::{Format, Formatter, Level, Record, Style, Zone};

fn main() -> Result<(), ferrolog::Error> {
    let record = Record::new("app", Level::INFO, "the end").with_created(2_147_483_647_500_000_000);
    let show = |formatter: Formatter| -> Result<String, ferrolog::Error> {
        let mut text = String::new();
        formatter.format(&record, &mut text)?;
        Ok(text)
    };
    let usual = Formatter::builder().pattern("%(asctime)s %(message)s").converter(Zone::Utc);
    assert_eq!(show(usual.build()?)?, "2038-01-19 03:14:07,500 the end");
    let own = Formatter::builder()
        .style(Style::Brace)
        .pattern("{asctime} {message:>10}")
        .datefmt("%d.%m.%y %H:%M")
        .converter(Zone::Utc);
    assert_eq!(show(own.build()?)?, "19.01.38 03:14    the end");
    Ok(())
}
