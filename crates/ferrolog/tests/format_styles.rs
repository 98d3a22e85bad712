//! The `{` and `$` styles, and what each style's validation refuses, compared with CPython.

mod oracle;

use ferrolog::format::{BracePattern, DollarPattern, Field, Pattern, Source, Style};
use ferrolog::{FormatError, OwnedValue, Value};
use oracle::{Rng, ask, compare, encode, outcome};
use serde_json::json;

/// Named values as a pattern's source.
struct Map<'a>(&'a [(String, OwnedValue)]);

impl Source for Map<'_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        self.0.iter().find(|(key, _)| key == field.name()).map(|(_, value)| value.as_value())
    }
}

/// A specification, mostly of the right form.
fn spec(rng: &mut Rng) -> String {
    let mut text = String::new();
    if rng.chance(2) {
        if rng.chance(2) {
            text += rng.pick(&["*", "0", "é", " ", "<", "x", "\u{1f600}", "\n"]);
        }
        text += rng.pick(&["<", ">", "=", "^"]);
    }
    for (one_in, part) in [(4, "+"), (6, "-"), (6, " "), (8, "z"), (5, "#"), (4, "0")] {
        if rng.chance(one_in) {
            text += part;
        }
    }
    if rng.chance(2) {
        text += rng.pick(&["1", "4", "7", "10", "25", "40", "08", "{w}", "{zero}"]);
    }
    if rng.chance(4) {
        text += rng.pick(&[",", "_", ",", "_", ",_", ",,"]);
    }
    if rng.chance(3) {
        text += rng.pick(&[".0", ".1", ".2", ".3", ".6", ".17", ".40", ".", ".{w}"]);
    }
    if rng.chance(2) {
        let letters = "bcdeEfFgGnosxX%ddfgs";
        text.push(rng.pick(&letters.chars().collect::<Vec<_>>()));
    }
    if rng.chance(60) {
        text += rng.pick(&["q", "}", "{", "{{}}", " ", "\n", "dd", "{w:{w}}", "{missing}"]);
    }
    text
}

/// A replacement field, mostly one that a pattern can have.
fn field(rng: &mut Rng) -> String {
    let mut text = "{".to_owned();
    text += rng.pick(&["a", "b", "c", "a", "b", "missing"]);
    if rng.chance(8) {
        text += rng.pick(&[
            "[0]",
            "[1]",
            "[x]",
            "[0][1]",
            ".real",
            ".imag",
            ".numerator",
            ".denominator",
            ".nothing",
            "[",
            "[]",
            ".",
            "[0]x",
            "[9999999999999999999999]",
            "[-1]",
            ".real.imag",
            "[:]",
            "[{]",
        ]);
    }
    if rng.chance(6) {
        text += rng.pick(&["!r", "!s", "!a", "!r", "!x", "!", "!rr"]);
    }
    if rng.chance(2) {
        text.push(':');
        text += &spec(rng);
    }
    text.push('}');
    text
}

fn brace_pattern(rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..1 + rng.below(2) {
        text += rng.pick(&["", "", "{{", "}}", " é", "\n"]);
        text += &field(rng);
    }
    if rng.chance(30) {
        text += rng.pick(&[
            "{", "}", "{}", "{0}", "{:5}", "}}}", "{{{", "{a", "{a:", "{a!", "{a!r", "{!r}",
        ]);
    }
    text
}

fn values(rng: &mut Rng) -> Vec<(String, OwnedValue)> {
    let list = OwnedValue::List(vec![rng.value(0), OwnedValue::from("né")]);
    let map = OwnedValue::Map(vec![("x".to_owned(), rng.value(0))]);
    vec![
        ("a".to_owned(), rng.value(1)),
        ("b".to_owned(), rng.pick(&[OwnedValue::None, OwnedValue::Bool(true)].each_ref()).clone()),
        ("c".to_owned(), if rng.chance(2) { list } else { map }),
        ("w".to_owned(), OwnedValue::Int(rng.below(12) as i64)),
        ("zero".to_owned(), OwnedValue::Int(0)),
    ]
}

/// Whether a lone surrogate would come up, or a value has methods that Python finds by name.
fn comparable(values: &[(String, OwnedValue)]) -> bool {
    !values.iter().any(|(_, value)| matches!(value, OwnedValue::Int(0xd800..=0xdfff)))
}

#[test]
fn braces_as_pythons_format() {
    let mut rng = Rng::new("braces_as_pythons_format");
    let mut cases = Vec::new();
    for _ in 0..8000 {
        let (pattern, values) = (brace_pattern(&mut rng), values(&mut rng));
        if comparable(&values) {
            cases.push((pattern, values));
        }
    }
    let sent: Vec<_> = cases
        .iter()
        .map(|(pattern, values)| json!([pattern, encode(&OwnedValue::Map(values.clone()))]))
        .collect();
    let answers = ask(
        "answer = [outcome(lambda: p.format(**decode(v))) for p, v in cases]",
        &json!(sent),
        &[],
    );
    let (mut shown, mut refused) = (0, 0);
    for ((pattern, values), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let context = format!("{pattern:?}.format({values:?})");
        match BracePattern::new(pattern) {
            Ok(compiled) => {
                let mut out = String::new();
                let rendered = compiled.render(&Map(values), &mut out).map(|()| out);
                compare(&rendered, answer, &context);
                shown += usize::from(rendered.is_ok());
            }
            // What is refused for what it is Python refuses too, whatever it finds wrong first.
            Err(error) => {
                assert!(outcome(answer).0 != "ok", "{context}: {error}");
                refused += 1;
            }
        }
    }
    assert!(shown > 2000 && refused > 200, "{shown} shown, {refused} refused");
}

#[test]
fn dollars_as_pythons_template() {
    let mut rng = Rng::new("dollars_as_pythons_template");
    let parts = [
        "$a",
        "${a}",
        "$b",
        "${c}",
        "$missing",
        "${missing}",
        "$$",
        "$",
        "${",
        "${}",
        "$é",
        "$1",
        "}",
        "{",
        " ",
        "é",
        "\n",
        "a",
        "_",
        "$A",
        "${a b}",
        "$_x",
        "${ſ}",
        "$\u{212a}",
    ];
    let cases: Vec<(String, Vec<(String, OwnedValue)>)> = (0..3000)
        .map(|_| ((0..1 + rng.below(4)).map(|_| rng.pick(&parts)).collect(), values(&mut rng)))
        .collect();
    let sent: Vec<_> = cases
        .iter()
        .map(|(pattern, values)| json!([pattern, encode(&OwnedValue::Map(values.clone()))]))
        .collect();
    let answers = ask(
        "import string\n\
         answer = [outcome(lambda: string.Template(p).substitute(**decode(v))) for p, v in cases]",
        &json!(sent),
        &[],
    );
    for ((pattern, values), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let context = format!("{pattern:?}.substitute({values:?})");
        match DollarPattern::new(pattern) {
            Ok(compiled) => {
                let mut out = String::new();
                let rendered = compiled.render(&Map(values), &mut out).map(|()| out);
                compare(&rendered, answer, &context);
            }
            Err(error) => assert!(outcome(answer).0 != "ok", "{context}: {error}"),
        }
    }
}

/// `validate()` of each style says the same as Python's, over patterns of all styles.
#[test]
fn validation_as_pythons() {
    let mut rng = Rng::new("validation_as_pythons");
    let pieces = [
        "%(a)s",
        "%(a",
        "%()s",
        "%(é)-5d",
        "%(a b)s",
        "%(a)S",
        "%(a)y",
        "%(a)%",
        "%%",
        "%",
        "%s",
        "(a)s",
        "%(a)*.*f",
        "%(a)5.f",
        "%(a).3f",
        "%(a)#0+ -9x",
        "%(\u{93e})s",
        "%(²)s",
    ];
    let mut cases: Vec<(char, String)> = Vec::new();
    for _ in 0..4000 {
        let pattern = match rng.below(3) {
            0 => (0..1 + rng.below(3)).map(|_| rng.pick(&pieces)).collect(),
            1 => brace_pattern(&mut rng),
            _ => format!(
                "{{{}:{}}}",
                rng.pick(&["a", "a.b", "a[0]", "é", "a-b", "", "a\n"]),
                spec(&mut rng)
            ),
        };
        cases.push((rng.pick(&['%', '{', '{', '$']), pattern));
    }
    for text in
        ["$a", "${a}", "$", "$$", "a", "", "${a", "{a[x]}", "{a[]}", "{a!r:>5}", "{\u{93e}}"]
    {
        for style in ['%', '{', '$'] {
            cases.push((style, text.to_owned()));
        }
    }
    let answers = ask(
        "import logging\n\
         styles = {k: v[0] for k, v in logging._STYLES.items()}\n\
         def validate(s, p):\n\
         \x20   style = styles[s]('x')\n\
         \x20   style._fmt = p\n\
         \x20   style.validate()\n\
         \x20   return ''\n\
         answer = [outcome(validate, s, p) for s, p in cases]",
        &json!(cases),
        &[],
    );
    let mut refused = 0;
    for ((style, pattern), answer) in cases.iter().zip(answers.as_array().unwrap()) {
        let ours = Style::try_from(*style).unwrap().validate(pattern);
        refused += usize::from(ours.is_err());
        compare(&ours.map(|()| String::new()), answer, &format!("{style} {pattern:?}"));
    }
    assert!(refused > 500 && refused < cases.len() - 500, "{refused} of {} refused", cases.len());
    assert!(matches!("x".parse::<Style>(), Err(FormatError::Style(_))));
}

#[test]
fn what_depends_on_the_interpreter_is_not_portable() {
    for (style, pattern, portable) in [
        (Style::Percent, "%(name)s %(lineno)05d %(name)a %%", true),
        (Style::Percent, "%(name)s %(message)r", false),
        (Style::Brace, "{name} {lineno:,} {name!s:>9} {name!a} {{!r}}", true),
        (Style::Brace, "{name} {message!r}", false),
        (Style::Brace, "{name} {lineno:n}", false),
        (Style::Brace, "{name} {lineno:{kind}}", false),
        (Style::Dollar, "$name ${lineno}", true),
    ] {
        assert_eq!(Pattern::new(style, pattern).unwrap().is_portable(), portable, "{pattern}");
    }
}
