use proptest::prelude::*;

use super::*;
use crate::location::CallSite;
use crate::{Context, context};

fn through(record: &Record<'_>) -> RecordOwned {
    let (mut draft, mut packed) = (Draft::default(), Packed::default());
    // Others before it, so that it does not stand where all counting begins.
    for message in ["before", ""] {
        draft.write(&Record::new("other", Level::ERROR, message));
        packed.push(&mut draft);
    }
    draft.write(record);
    let size = draft.size();
    packed.push(&mut draft);
    draft.write(&Record::new("behind", Level::ERROR, "behind"));
    packed.push(&mut draft);
    assert_eq!((packed.len(), packed.size(2)), (4, size));
    packed.with(2, |record| record.to_owned())
}

#[test]
fn what_comes_out_is_what_went_in() {
    let error = std::io::Error::other("gone");
    let list = [OwnedValue::from(1), OwnedValue::from("x")];
    let values = [
        ("user", Value::Str("ann")),
        ("exc_info", Value::Error(&error)),
        ("stack_info", Value::Str("the stack")),
        ("none", Value::None),
        ("yes", Value::Bool(true)),
        ("int", Value::Int(-3)),
        ("uint", Value::UInt(3)),
        ("float", Value::Float(0.5)),
        ("list", Value::List(&list)),
        ("shown", Value::Display(&"shown")),
        ("user", Value::Str("twice")),
    ];
    let location = Location { file: "a/b.rs", line: 7, module_path: "a::b", function: "f" };
    let plain = Record::new("app.db", Level::INFO, "héllo");
    let _context: Context = context!(request = 7);
    let _entered = context!(request = 7, user = "outer").enter();
    let in_context = Record::new("app", Level::INFO, "x").with_key_values(&values[..1]);
    for record in [
        plain.clone(),
        plain.clone().with_text("").with_template("{}").with_location(location),
        plain.clone().with_key_values(&values[..3]),
        plain.clone().with_key_values(&values),
        in_context,
        Record::from_args("app", Level::DEBUG, format_args!("{} {}", 1, "two")),
    ] {
        assert_eq!(through(&record), record.to_owned());
    }
    let owned = plain.with_key_values(&values).to_owned();
    assert_eq!(through(&owned.as_record()), owned);
    let made = RecordOwned::from_attributes([
        ("msg".to_owned(), OwnedValue::from("%d files")),
        ("args".to_owned(), OwnedValue::List(vec![OwnedValue::from(3)])),
    ]);
    assert_eq!(through(&made.as_record()), made);
}

#[test]
fn a_packed_record_remembers_its_thread() {
    let (mut draft, mut packed) = (Draft::default(), Packed::default());
    let mut names = Vec::new();
    for name in ["one", "two", "two", "one"] {
        let run = || {
            draft.write(&Record::new("app", Level::INFO, name));
            packed.push(&mut draft);
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name(name.to_owned());
            thread.spawn_scoped(scope, run).unwrap().join().unwrap();
        });
    }
    for index in 0..packed.len() {
        packed.with(index, |record| {
            assert_eq!(record.attribute("threadName"), record.attribute("message"));
            names.push(record.message().to_string());
        });
    }
    assert_eq!(names, ["one", "two", "two", "one"]);
    packed.clear();
    assert_eq!(packed.len(), 0);
}

/// Macros' places, with templates of none to as many places for arguments as there may be.
fn sites() -> &'static [CallSite] {
    static SITES: crate::once::LazyLock<Vec<CallSite>> = crate::once::LazyLock::new(|| {
        let site = |count: usize| {
            let template: &'static str = format!("{}{:16}", "{} é ".repeat(count), "").leak();
            CallSite::new("a/b.rs", count as u32, "a::b", || "a::b::f::f", template)
        };
        (0..=MOST).map(site).collect()
    });
    &SITES
}

/// What a record is made of in the test below.
#[derive(Clone, Debug)]
enum Made {
    /// A macro's record with these arguments.
    Template(Vec<OwnedValue>),
    /// A macro's record with a text.
    Text(String),
    /// A macro's record whose message is made by `std::fmt`.
    Formatted(String),
    /// A record from a place that is no macro's.
    Elsewhere(String, String),
    /// One from elsewhere, with `msg` and `args`.
    Percent(String),
}

fn texts() -> impl Strategy<Value = String> {
    // Lengths on both sides of each at which a text is copied in another way.
    prop_oneof!["\\PC{0,4}", "[a-zé]{5,20}", "[ -~]{21,400}"]
}

fn plain_values() -> impl Strategy<Value = OwnedValue> {
    prop_oneof![
        Just(OwnedValue::None),
        any::<bool>().prop_map(OwnedValue::Bool),
        any::<i64>().prop_map(OwnedValue::Int),
        any::<u64>().prop_map(OwnedValue::UInt),
        (-1e300..1e300).prop_map(OwnedValue::Float),
        texts().prop_map(OwnedValue::Str),
    ]
}

fn values() -> impl Strategy<Value = OwnedValue> {
    let list = proptest::collection::vec(plain_values(), 0..3).prop_map(OwnedValue::List);
    let big = "[1-9][0-9]{20,30}".prop_map(|digits| OwnedValue::BigInt(digits.parse().unwrap()));
    prop_oneof![6 => plain_values(), 1 => list, 1 => big]
}

fn made() -> impl Strategy<Value = Made> {
    // A message shows no more than these.
    let argument = plain_values().prop_filter("an argument", |value| *value != OwnedValue::None);
    prop_oneof![
        proptest::collection::vec(argument, 0..=MOST).prop_map(Made::Template),
        texts().prop_map(Made::Text),
        texts().prop_map(Made::Formatted),
        (texts(), texts()).prop_map(|(message, function)| Made::Elsewhere(message, function)),
        "[a-z é]*".prop_map(Made::Percent),
    ]
}

proptest! {
    /// Whatever records are packed side by side, each comes out as it went in, and takes what was said of it.
    #[test]
    #[cfg_attr(miri, ignore = "to make up the texts takes minutes there")]
    fn records_of_all_kinds(
        all in proptest::collection::vec(
            (
                made(),
                texts(),
                any::<i64>(),
                proptest::collection::vec(("[a-z_]{1,12}", values()), 0..12),
                proptest::option::weighted(0.1, texts()),
            ),
            0..40,
        ),
        again in any::<bool>(),
    ) {
        let (mut draft, mut packed) = (Draft::default(), Packed::default());
        if again {
            draft.write(&Record::new("app", Level::INFO, "before"));
            packed.push(&mut draft);
            packed.clear();
        }
        let (mut expected, mut sizes) = (Vec::new(), Vec::new());
        for (made, name, created, pairs, error) in &all {
            let error = error.clone().map(std::io::Error::other);
            let mut pairs: Vec<_> =
                pairs.iter().map(|(key, value)| (key.as_str(), value.as_value())).collect();
            if let Some(error) = &error {
                pairs.push(("exc_info", Value::Error(error)));
            }
            let mut pack = |record: &Record<'_>| {
                let record = record.clone().with_name(name).with_created(*created);
                let record = record.with_key_values(&pairs);
                expected.push(record.to_owned());
                match Plain::new(&record) {
                    Some(plain) => {
                        sizes.push(plain.size());
                        packed.push_plain(&plain);
                    }
                    None => {
                        draft.write(&record);
                        sizes.push(draft.size());
                        packed.push(&mut draft);
                    }
                }
            };
            let by_macro = |site: &'static CallSite, message| {
                Record { message, place: Place::Macro(site), ..Record::new("", Level::ERROR, "") }
            };
            match made {
                Made::Template(arguments) => {
                    let site = &sites()[arguments.len()];
                    let arguments: Vec<Argument<'_>> =
                        arguments.iter().map(|value| Some(value.as_value())).collect();
                    pack(&by_macro(site, Message::Template(&site.template, Arguments::new(&arguments))));
                }
                Made::Text(text) => pack(&by_macro(&sites()[0], Message::Text(text))),
                Made::Formatted(text) => {
                    pack(&by_macro(&sites()[1], Message::Arguments(format_args!("{text} é"))));
                }
                Made::Elsewhere(message, function) => {
                    let location = Location { function, ..Location::caller() };
                    let record = Record::new("", Level::DEBUG, message).with_location(location);
                    pack(&record.with_template(function));
                }
                Made::Percent(text) => {
                    let owned = RecordOwned::from_attributes([
                        ("msg".to_owned(), OwnedValue::from(format!("{text} %d"))),
                        ("args".to_owned(), OwnedValue::List(vec![OwnedValue::from(3)])),
                    ]);
                    pack(&owned.as_record());
                }
            }
        }
        prop_assert_eq!(packed.len(), all.len());
        for (index, (expected, size)) in expected.iter().zip(sizes).enumerate() {
            prop_assert_eq!(&packed.with(index, |record| record.to_owned()), expected);
            prop_assert_eq!(packed.size(index), size);
        }
    }
}

#[test]
fn plain_records() {
    let mut packed = Packed::default();
    let arguments = ["", "é", "four", "eight by", "more than sixteen bytes"]
        .map(|text| Some(Value::Str(text)))
        .into_iter()
        .chain([Value::Int(-1), Value::Float(0.5), Value::Bool(true)].map(Some));
    let arguments: Vec<Argument<'_>> = arguments.collect();
    let pairs = [("user", Value::Str("ann")), ("none", Value::None), ("id", Value::UInt(7))];
    let mut expected = Vec::new();
    for (count, site) in sites().iter().enumerate() {
        let arguments = &arguments[..count];
        let message = Message::Template(&site.template, Arguments::new(arguments));
        let record = Record::with_message("app.db", Level::INFO, message);
        let record = Record { place: Place::Macro(site), ..record };
        for record in [record.clone(), record.with_key_values(&pairs)] {
            packed.push_plain(&Plain::new(&record).unwrap());
            expected.push(record.to_owned());
        }
    }
    for (index, expected) in expected.iter().enumerate() {
        assert_eq!(&packed.with(index, |record| record.to_owned()), expected);
    }
}

#[test]
fn a_record_larger_than_the_memory() {
    let (mut draft, mut packed) = (Draft::default(), Packed::default());
    let texts = ["short", &"long".repeat(ROOM), "short again", &"longer".repeat(ROOM)];
    for text in texts {
        let record = Record::new("app", Level::INFO, text);
        let record = Record { place: Place::Macro(&sites()[0]), ..record };
        packed.push_plain(&Plain::new(&record).unwrap());
        draft.write(&record);
        packed.push(&mut draft);
    }
    for index in 0..packed.len() {
        packed.with(index, |record| assert_eq!(record.message().to_string(), texts[index / 2]));
    }
    packed.clear();
    assert_eq!(packed.len(), 0);
}

#[test]
fn origins_change_with_threads_and_errors() {
    let (mut draft, mut packed) = (Draft::default(), Packed::default());
    let error = std::io::Error::other("gone");
    let failed = [("exc_info", Value::Error(&error))];
    for pairs in [&[][..], &failed, &[], &[], &failed, &failed] {
        let record = Record::new("app", Level::INFO, "x");
        draft.write(&record.with_key_values(pairs));
        packed.push(&mut draft);
    }
    let has_error = |index| packed.with(index, |record| record.has_exception());
    let found: Vec<_> = (0..packed.len()).map(has_error).collect();
    assert_eq!(found, [false, true, false, false, true, true]);
    assert_eq!(packed.origins.len(), 5);
}
