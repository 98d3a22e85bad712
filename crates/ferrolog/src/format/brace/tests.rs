use super::*;
use crate::value::OwnedValue;
use proptest::prelude::*;

struct Fixed(Vec<OwnedValue>);

impl Source for Fixed {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        Some(match field {
            Field::LevelName => Value::Str("WARNING"),
            Field::LineNo => Value::Int(-1234567),
            Field::Created => Value::Float(1234.5678),
            Field::Message => Value::Display(&"héllo"),
            Field::Args => Value::List(&self.0),
            Field::TaskName => Value::None,
            Field::Other(name) if &**name == "width" => Value::Int(9),
            _ => return None,
        })
    }
}

fn render(pattern: &str) -> Result<String, FormatError> {
    let mut out = String::new();
    let source = Fixed(vec![OwnedValue::Int(7), OwnedValue::from("ab")]);
    BracePattern::new(pattern)?.render(&source, &mut out)?;
    Ok(out)
}

#[test]
fn replacement_fields() {
    for (pattern, text) in [
        ("{levelname}:{message}", "WARNING:héllo"),
        ("[{levelname:9}|{levelname:>9}|{levelname:*^10.4}]", "[WARNING  |  WARNING|***WARN***]"),
        ("{lineno:,} {lineno:012,d} {lineno:+#x}", "-1,234,567 -001,234,567 -0x12d687"),
        (
            "{created:.2f} {created} {created:e} {created:9.3}",
            "1234.57 1234.5678 1.234568e+03  1.23e+03",
        ),
        ("{{{message!r}}} {message!a:>12}", "{'héllo'}   'h\\xe9llo'"),
        ("{args[0]:03} {args[1][1]} {message[1]} {lineno.denominator}", "007 b é 1"),
        ("{message:{width}}|{message:>{width}.{args[0]}}|", "héllo    |    héllo|"),
        ("{taskName}", "None"),
    ] {
        assert_eq!(render(pattern).unwrap(), text, "{pattern}");
    }
}

#[test]
fn faults_name_the_place() {
    for (pattern, place) in [
        ("{message} }", 10),
        ("ab {", 3),
        ("ab {message", 3),
        ("{message!x}", 9),
        ("{message!r>5}", 10),
        ("{message:99999999}", 9),
        ("{message:>5q}", 11),
        ("{message:.}", 10),
        ("{lineno:,_}", 9),
        ("{} {message}", 1),
        ("x {0}", 3),
        ("{message[}", 0),
        ("{args[0]x}", 8),
        ("{message:{lineno:{width:{width}}}}", 18),
    ] {
        match BracePattern::new(pattern) {
            Err(FormatError::Pattern { at, .. }) => assert_eq!(at, place, "{pattern}"),
            other => panic!("{pattern}: {other:?}"),
        }
    }
    assert!(matches!(render("{nothing}"), Err(FormatError::MissingField(_))));
    assert!(matches!(render("{args[2]}"), Err(FormatError::Lookup(_))));
    assert!(matches!(render("{taskName:5}"), Err(FormatError::Arguments(_))));
    assert!(matches!(render("{message:d}"), Err(FormatError::Value(_))));
    assert!(matches!(render("{message:{message}}"), Err(FormatError::Pattern { .. })));
}

proptest! {
    #[test]
    fn no_pattern_panics(pattern in "([{}!:<>^=+ #0-9,._a-zé\\[\\]]|\\PC|message|args)*") {
        let _ = validate(&pattern);
        if let Ok(compiled) = BracePattern::new(&pattern) {
            let _ = compiled.render(&Fixed(Vec::new()), &mut String::new());
        }
    }

    #[test]
    fn text_with_doubled_braces_is_itself(text in "\\PC*") {
        let doubled = text.replace('{', "{{").replace('}', "}}");
        prop_assert_eq!(render(&doubled), Ok(text));
    }
}
