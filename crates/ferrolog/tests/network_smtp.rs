//! What the mail handler sends, received by aiosmtpd and compared with what CPython's own handler sends.
#![cfg(all(unix, feature = "smtp"))]

mod peers;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ferrolog::sink::Retry;
use ferrolog::{Formatter, Level, Record, SmtpHandler, SmtpHandlerBuilder, SmtpSecurity};
use peers::{Peer, listen};
use serde_json::json;

const FROM: &str = "App <app@example.com>";
const TO: [&str; 2] = ["ops@example.com", "Zoe <zoe@example.com>"];
const PATTERN: &str = "%(levelname)s %(name)s: %(message)s";

fn server(mode: &str) -> Option<Peer> {
    let certificate = peers::script("localhost.pem");
    Peer::python_with("aiosmtpd", "mail.py", &[mode, certificate.to_str().unwrap()])
}

fn builder(port: u16) -> SmtpHandlerBuilder {
    SmtpHandler::builder("127.0.0.1", FROM, TO).port(port).subject("Füße: it failed")
}

fn received(peer: &Peer) -> serde_json::Value {
    serde_json::from_str(&peer.line()).unwrap()
}

#[test]
fn the_same_mails_as_cpython() {
    for mode in ["plain", "login"] {
        let Some(peer) = server(mode) else { return };
        let mut arguments = json!({
            "mailhost": ["127.0.0.1", peer.port()], "fromaddr": FROM, "toaddrs": TO,
            "subject": "Füße: it failed", "set_format": PATTERN,
        });
        let mut builder = builder(peer.port());
        if mode == "login" {
            arguments["credentials"] = json!(["app", "pass word"]);
            builder = builder.credentials("app", "pass word");
        }
        let handler = builder.build().unwrap().with_formatter(Formatter::new(PATTERN).unwrap());
        let told = listen(&handler);
        let mut with_error = peers::attributes("failed\n.\n..dots\n\nend");
        with_error["exc_text"] = json!("Traceback\n  x");
        let long = "x ".repeat(2000);
        let texts = [peers::attributes("plain"), peers::attributes("Größe \u{1f980}"), with_error];
        for attributes in texts.into_iter().chain([peers::attributes(&long)]) {
            handler.handle(&peers::record(&attributes).as_record());
            assert_eq!(told.lock().unwrap().len(), 0, "{told:?}");
            let ours = received(&peer);
            peers::send_with_python("SMTPHandler", &arguments, &attributes);
            let theirs = received(&peer);
            assert_eq!(ours, theirs);
            assert_eq!(ours["to"], json!(["ops@example.com", "zoe@example.com"]));
            assert_eq!(ours["user"], mode == "login");
        }
    }
}

#[test]
fn with_starttls_and_login() {
    let Some(peer) = server("starttls") else { return };
    let pem = std::fs::read(peers::script("localhost.pem")).unwrap();
    let secure = |password: &str| {
        builder(peer.port()).credentials("app", password).secure(SmtpSecurity::StartTls)
    };
    let handler = secure("pass word").root_certificates(pem.clone()).build().unwrap();
    let told = listen(&handler);
    handler.handle(&Record::new("app", Level::ERROR, "hidden"));
    assert_eq!(told.lock().unwrap().len(), 0, "{told:?}");
    let mail = received(&peer);
    assert_eq!((&mail["tls"], &mail["user"]), (&json!(true), &json!(true)));
    assert_eq!(mail["body"], "hidden");

    let wrong = "s3cret";
    for (builder, expected) in [
        (secure(wrong).root_certificates(pem), "535"),
        (secure(wrong), "certificate"),
        (builder(peer.port()).credentials("app", wrong), "through 127.0.0.1:"),
    ] {
        assert!(!format!("{builder:?}").contains(wrong), "{builder:?}");
        let handler = builder.build().unwrap();
        let told = listen(&handler);
        handler.handle(&Record::new("app", Level::ERROR, "hidden"));
        assert_eq!(handler.counts().failed, 1);
        let told = told.lock().unwrap();
        assert!(told[0].contains(expected) && !told[0].contains(wrong), "{told:?}");
        let shown = format!("{:?}", *handler.lock());
        assert!(!shown.contains(wrong), "{shown}");
    }
    assert!(peer.line_within(Duration::from_millis(50)).is_none());
}

#[test]
fn a_subject_by_the_record_begins_no_header() {
    let Some(peer) = server("plain") else { return };
    let handler = builder(peer.port())
        .subject_with(|record| format!("{}: {}", record.level(), record.message()))
        .build()
        .unwrap();
    handler.handle(&Record::new("app", Level::ERROR, "one\r\nBcc: eve@example.com"));
    let mail = received(&peer);
    assert_eq!(mail["headers"]["subject"], "ERROR:oneBcc:eve@example.com");
    assert!(mail["headers"].get("bcc").is_none());
    assert_eq!(mail["to"], json!(["ops@example.com", "zoe@example.com"]));
}

#[test]
fn a_mail_that_is_refused_is_an_error_of_the_record() {
    let Some(peer) = server("plain") else { return };
    let handler = SmtpHandler::builder("127.0.0.1", FROM, ["refused@example.com"])
        .port(peer.port())
        .build()
        .unwrap();
    let told = listen(&handler);
    for _ in 0..2 {
        handler.handle(&Record::new("app", Level::ERROR, "m"));
    }
    assert_eq!((handler.counts().failed, handler.counts().dropped), (2, 0));
    assert!(told.lock().unwrap()[0].contains("no such user"), "{told:?}");
}

#[test]
fn a_server_that_is_away_or_stalls_is_left_alone_for_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [listener.local_addr().unwrap(), away] {
        let handler = builder(address.port())
            .timeout(Duration::from_millis(300))
            .retry(Retry { start: Duration::from_secs(20), ..Retry::default() })
            .credentials("app", "s3cret")
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
        let expected = format!("cannot send mail through {address}: ");
        assert!(told[0].starts_with(&expected), "{told:?}");
        assert!(told[1].contains("100 records were lost while"), "{told:?}");
    }
}

#[test]
fn settings_that_are_refused() {
    let none: [&str; 0] = [];
    for (builder, expected) in [
        (SmtpHandler::builder("host", "nobody", TO), "fromaddr: \"nobody\""),
        (SmtpHandler::builder("host", FROM, ["a@b", "c d"]), "toaddrs: \"c d\""),
        (SmtpHandler::builder("host", FROM, none), "no recipient"),
        (SmtpHandler::builder("host", FROM, TO).root_certificates("x"), "secure"),
        (
            SmtpHandler::builder("host", FROM, TO).secure(SmtpSecurity::Tls).root_certificates("x"),
            "no certificate",
        ),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
