//! What the HTTP handler sends, received by Python's `http.server` and compared with what CPython's own
//! handler sends.
#![cfg(all(unix, feature = "http"))]

mod peers;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ferrolog::sink::Retry;
use ferrolog::{HttpHandler, HttpHandlerBuilder, HttpMethod, Level, Record, ToValue, Value};
use peers::{Peer, listen};
use serde_json::json;

fn builder(peer: &Peer, path: &str) -> HttpHandlerBuilder {
    HttpHandler::builder(format!("127.0.0.1:{}", peer.port()), path)
}

fn received(peer: &Peer) -> serde_json::Value {
    serde_json::from_str(&peer.line()).unwrap()
}

/// Puts the pairs of a form into one order; the bytes of each stay.
fn sort_pairs(request: &mut serde_json::Value) {
    for form in ["query", "body"] {
        let mut pairs: Vec<_> = request[form].as_str().unwrap().split('&').collect();
        pairs.sort_unstable();
        request[form] = json!(pairs);
    }
    request["fields"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
}

#[test]
fn the_same_requests_as_cpython() {
    let Some(peer) = Peer::python("web.py", &["200"]) else { return };
    let host = format!("127.0.0.1:{}", peer.port());
    for (path, method) in [
        ("/log", HttpMethod::Get),
        ("/log?source=a%20b", HttpMethod::Get),
        ("/log", HttpMethod::Post),
    ] {
        let handler =
            builder(&peer, path).method(method).credentials("ann", "pass: wörd").build().unwrap();
        let name = if method == HttpMethod::Get { "GET" } else { "POST" };
        let arguments = json!({
            "host": host, "url": path, "method": name, "credentials": ["ann", "pass: wörd"],
        });
        let mut awkward = peers::attributes("Größe: 50% & ~/x?y=z+1 \u{1f980}\n\"'\\");
        awkward["exc_text"] = json!("Traceback\n  x");
        let mut with_args = peers::attributes("%(a)s, %(b)r");
        with_args["args"] = json!({"a": "one", "b": [2.5, null, "it's"]});
        for attributes in [peers::attributes("plain"), awkward, with_args] {
            handler.handle(&peers::record(&attributes).as_record());
            let mut ours = received(&peer);
            peers::send_with_python("HTTPHandler", &arguments, &attributes);
            let mut theirs = received(&peer);
            assert_eq!(ours["method"], name);
            assert_eq!(ours["authorization"], "Basic YW5uOnBhc3M6IHfDtnJk");
            if peers::python_minor() < 12 {
                // `taskName` is not yet one of a record's own attributes, and stands among the others.
                sort_pairs(&mut ours);
                sort_pairs(&mut theirs);
            }
            assert_eq!(ours, theirs);
        }
        assert_eq!(handler.counts().delivered, 3);
    }
}

#[test]
fn a_record_of_this_language() {
    let Some(peer) = Peer::python("web.py", &["204"]) else { return };
    let handler = builder(&peer, "log").method(HttpMethod::Post).build().unwrap();
    let error = std::io::Error::other("disk");
    let extra = [("user", "Zoë".to_value()), ("exc_info", Value::Error(&error))];
    let name = "x";
    handler.handle(
        &Record::from_args("app.db", Level::WARNING, format_args!("no {name}"))
            .with_template("no {name}")
            .with_key_values(&extra),
    );
    let request = received(&peer);
    assert_eq!(request["path"], "/log");
    assert_eq!(request["type"], "application/x-www-form-urlencoded");
    let names: Vec<_> = request["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair[0].as_str().unwrap())
        .collect();
    assert_eq!(
        names.join(" "),
        "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno \
         funcName created msecs relativeCreated thread threadName processName process taskName user"
    );
    for pair in [
        json!(["name", "app.db"]),
        json!(["msg", "no x"]),
        json!(["args", "None"]),
        json!(["levelname", "WARNING"]),
        json!(["levelno", "30"]),
        json!(["exc_text", "Error: disk"]),
        json!(["exc_info", "None"]),
        json!(["user", "Zoë"]),
        json!(["process", std::process::id().to_string()]),
    ] {
        assert!(request["fields"].as_array().unwrap().contains(&pair), "{pair}: {request}");
    }
}

#[test]
fn what_is_sent_can_be_chosen() {
    let Some(peer) = Peer::python("web.py", &["200"]) else { return };
    let handler = builder(&peer, "/log")
        .map_log_record(|record, pair| {
            pair("text", Value::Display(&record.message()));
            pair("level", record.level().value().to_value());
        })
        .build()
        .unwrap();
    handler.handle(&Record::new("app", Level::INFO, "a b"));
    assert_eq!(received(&peer)["query"], "text=a+b&level=20");
}

#[test]
fn over_tls() {
    let certificate = peers::script("localhost.pem");
    let args = ["200", certificate.to_str().unwrap()];
    let Some(peer) = Peer::python("web.py", &args) else { return };
    let pem = std::fs::read(&certificate).unwrap();
    let secure = || builder(&peer, "/log").secure(true).method(HttpMethod::Post);
    let handler = secure().root_certificates(pem).credentials("ann", "secret").build().unwrap();
    let told = listen(&handler);
    handler.handle(&Record::new("app", Level::INFO, "hidden"));
    assert_eq!(told.lock().unwrap().len(), 0, "{told:?}");
    assert!(received(&peer)["body"].as_str().unwrap().contains("msg=hidden"));
    // A certificate that nobody vouches for is refused.
    let handler = secure().build().unwrap();
    let told = listen(&handler);
    handler.handle(&Record::new("app", Level::INFO, "hidden"));
    assert_eq!(handler.counts().failed, 1);
    let told = told.lock().unwrap();
    assert!(told[0].contains("https://127.0.0.1:") && told[0].contains("certificate"), "{told:?}");
}

#[test]
fn an_answer_that_is_no_success_is_an_error_of_the_record() {
    for status in ["500", "404", "302"] {
        let Some(peer) = Peer::python("web.py", &[status]) else { return };
        let handler = builder(&peer, "/token-s3cret").credentials("a", "s3cret").build().unwrap();
        let told = listen(&handler);
        for _ in 0..2 {
            handler.handle(&Record::new("app", Level::INFO, "m"));
            assert_eq!(received(&peer)["path"], "/token-s3cret");
        }
        assert_eq!(handler.counts().failed, 2);
        let told = told.lock().unwrap();
        assert!(told[0].contains(status) && !told[0].contains("s3cret"), "{told:?}");
        assert!(!format!("{:?}", *handler.lock()).contains("s3cret"));
        assert!(
            peer.line_within(Duration::from_millis(50)).is_none(),
            "a redirection was followed"
        );
    }
}

#[test]
fn a_server_that_is_away_or_stalls_is_left_alone_for_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [listener.local_addr().unwrap(), away] {
        let handler = HttpHandler::builder(address.to_string(), "/s3cret")
            .timeout(Duration::from_millis(300))
            .retry(Retry { start: Duration::from_secs(20), ..Retry::default() })
            .credentials("ann", "s3cret")
            .build()
            .unwrap();
        let told = listen(&handler);
        let start = Instant::now();
        for _ in 0..100 {
            handler.handle(&Record::new("app", Level::INFO, "m"));
        }
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!((handler.counts().failed, handler.counts().dropped), (1, 99));
        handler.close();
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with(&format!("cannot send to http://{address}: ")), "{told:?}");
        assert!(told[1].contains("100 records were lost while"), "{told:?}");
        assert!(!told.join("").contains("s3cret"), "{told:?}");
    }
}

#[test]
fn settings_that_are_refused() {
    let builder = |host: &str, path: &str| HttpHandler::builder(host, path);
    for (builder, expected) in [
        (builder("", "/"), "invalid host"),
        (builder("a b", "/"), "invalid host"),
        (builder("ann:s3cret@host", "/"), "\"host\""),
        (builder("host", "/a b"), "expected a host"),
        (builder("host", "/").root_certificates("x"), "secure"),
        (builder("host", "/").secure(true).root_certificates("x"), "no certificate"),
    ] {
        let shown = format!("{builder:?}");
        let error = builder.credentials("ann", "s3cret").build().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("s3cret") && !shown.contains("secret)"), "{error}");
    }
    let shown = format!("{:?}", builder("host", "/").credentials("ann", "s3cret"));
    assert!(!shown.contains("s3cret"), "{shown}");
    assert_eq!("post".parse::<HttpMethod>().unwrap(), HttpMethod::Post);
    assert!("PUT".parse::<HttpMethod>().unwrap_err().to_string().contains("\"POST\""));
}
