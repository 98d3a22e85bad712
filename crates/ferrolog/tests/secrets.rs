//! No password is shown: not by `Debug`, not by an error, not by a report, whatever is wrong.
#![cfg(all(feature = "http", feature = "smtp", feature = "json"))]

use std::fmt::Debug;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrolog::config::{Configuration, Syntax};
use ferrolog::{
    Handler, HttpHandler, HttpMethod, Level, Manager, Record, SmtpHandler, SmtpSecurity,
};
use proptest::prelude::*;

/// Everything that could show something.
#[derive(Default)]
struct Shown(Vec<String>);

impl Shown {
    fn add(&mut self, thing: &impl Debug) {
        self.0.push(format!("{thing:?}"));
        self.0.push(format!("{thing:#?}"));
    }

    fn error(&mut self, error: &dyn std::error::Error) {
        self.add(&error);
        let mut next = Some(error);
        while let Some(error) = next {
            self.0.push(error.to_string());
            next = error.source();
        }
    }

    /// Delivers a record, which fails, and keeps what the handler reports of that.
    fn failure<T: ferrolog::Emit>(&mut self, handler: &Handler<T>) {
        let reported = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&reported);
        handler.set_error_hook(move |error, _, _| {
            kept.lock().unwrap().push((error.to_string(), format!("{error:?}")));
        });
        handler.handle(&Record::new("app", Level::ERROR, "it failed"));
        handler.close();
        let reported = reported.lock().unwrap();
        assert!(!reported.is_empty(), "the handler was to fail");
        for (error, debug) in reported.iter() {
            self.0.extend([error.clone(), debug.clone()]);
        }
    }

    fn check(&self, password: &str) {
        let encoded = serde_json::to_string(password).unwrap();
        let debug = format!("{password:?}");
        for text in &self.0 {
            for secret in [password, encoded.trim_matches('"'), debug.trim_matches('"')] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}

/// A port at which nobody answers.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn handlers(password: &str, shown: &mut Shown) {
    let short = Duration::from_millis(200);
    let http = |host: String| {
        HttpHandler::builder(host, "/log")
            .method(HttpMethod::Post)
            .credentials("app", password)
            .timeout(short)
    };
    let builder = http(format!("127.0.0.1:{}", closed_port()));
    shown.add(&builder);
    let handler = builder.build().unwrap();
    shown.add(&handler);
    shown.failure(&handler);
    for host in [format!("app:{password}@127.0.0.1"), "a b".to_owned(), String::new()] {
        shown.error(&http(host).build().unwrap_err());
    }
    shown.error(&http("h".to_owned()).root_certificates(password).build().unwrap_err());
    let no_pem = http("h".to_owned()).secure(true).root_certificates(password);
    shown.error(&no_pem.build().unwrap_err());

    let smtp = || {
        SmtpHandler::builder("127.0.0.1", "app@example.com", ["ops@example.com"])
            .port(closed_port())
            .credentials("app", password)
            .timeout(short)
    };
    shown.add(&smtp());
    for secure in [SmtpSecurity::None, SmtpSecurity::StartTls, SmtpSecurity::Tls] {
        let handler = smtp().secure(secure).build().unwrap();
        shown.add(&handler);
        shown.failure(&handler);
    }
    shown.error(&smtp().secure(SmtpSecurity::Tls).root_certificates(password).build().unwrap_err());
}

/// Configurations with a password in them, right and wrong ones.
fn configurations(password: &str, shown: &mut Shown) {
    let pw = serde_json::json!(password);
    let http = |credentials: serde_json::Value| {
        serde_json::json!({"class": "logging.handlers.HTTPHandler", "host": "h", "url": "/",
            "secure": true, "credentials": credentials})
    };
    let mail = |credentials: serde_json::Value| {
        serde_json::json!({"class": "logging.handlers.SMTPHandler", "mailhost": "h",
            "fromaddr": "a@b.c", "toaddrs": ["a@b.c"], "subject": "s", "credentials": credentials})
    };
    let shapes = [
        serde_json::json!(["app", pw]),
        serde_json::json!(pw),
        serde_json::json!([pw]),
        serde_json::json!(["app", pw, "more"]),
        serde_json::json!(["app", [pw]]),
        serde_json::json!({"user": "app", "password": pw}),
        serde_json::json!([["app", pw]]),
    ];
    let mut texts = Vec::new();
    for shape in shapes {
        for mut handler in [http(shape.clone()), mail(shape.clone())] {
            for odd in ["", "password", "urll"] {
                if !odd.is_empty() {
                    handler[odd] = pw.clone();
                }
                let config = serde_json::json!({"version": 1, "handlers": {"h": handler},
                    "root": {"handlers": ["h"]}});
                let text = config.to_string();
                // Torn: the fault is in the syntax.
                texts.push((text[..text.len() - 3].to_owned(), Syntax::Json));
                texts.push((text.replace(':', " "), Syntax::Json));
                texts.push((text, Syntax::Json));
            }
        }
    }
    let literal = format!("'{}'", password.replace(['\\', '\'', '\n', '%'], "x"));
    let bare = password.replace(['\\', '\'', '\n', '%'], "x");
    for args in [
        format!("('h', '/', 'GET', True, ('app', {literal}))"),
        format!("('h', '/', 'GET', True, ('app' {literal}))"),
        format!("('h', '/', 'GET', True, {literal})"),
        format!("('h', '/', 'GET', True, ('app', {bare}))"),
        format!("('h', '/', 'GET', True, ('app', {literal}), 1, 2, 3)"),
        literal.clone(),
        format!("{{'credentials': {literal}}}"),
    ] {
        texts.push((
            format!(
                "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\n\
                 handlers=h\n[handler_h]\nclass=handlers.HTTPHandler\nargs={args}\n"
            ),
            Syntax::Ini,
        ));
    }
    for (text, syntax) in texts {
        match Configuration::parse(&text, syntax) {
            Ok(configuration) => {
                shown.add(&configuration);
                match configuration.check() {
                    Ok(warnings) => {
                        shown.add(&warnings);
                        shown.0.extend(warnings.iter().map(ToString::to_string));
                    }
                    Err(error) => shown.error(&error),
                }
                match configuration.outline() {
                    Ok(outline) => shown.0.push(outline.to_string()),
                    Err(error) => shown.error(&error),
                }
                let manager = Manager::new();
                if let Err(error) = configuration.apply_to(&manager) {
                    shown.error(&error);
                }
                shown.add(&manager);
                shown.add(&manager.root());
                shown.add(&manager.root().handlers());
            }
            Err(error) => shown.error(&error),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_password_is_shown(password in "pw[ -~]{10,20}é?") {
        let mut shown = Shown::default();
        handlers(&password, &mut shown);
        configurations(&password, &mut shown);
        prop_assert!(shown.0.len() > 200);
        shown.check(&password);
        // As it stands in the INI files.
        shown.check(&password.replace(['\\', '\'', '\n', '%'], "x"));
    }
}
