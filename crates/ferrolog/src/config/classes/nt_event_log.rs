//! `NTEventLogHandler`.

use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use crate::handler::NtEventLogHandler;

pub(super) fn register(registry: &mut Registry) {
    let parameters = &["appname", "dllname", "logtype"];
    for name in ["logging.handlers.NTEventLogHandler", "ferrolog.NtEventLogHandler"] {
        registry.add_handler(name, parameters, |keywords| {
            let appname = keywords.required::<String>("appname");
            let dllname = keywords.get::<Option<String>>("dllname").flatten();
            let logtype = keywords.get::<String>("logtype");
            let mut builder = NtEventLogHandler::builder(appname?);
            if let Some(dllname) = dllname {
                builder = builder.dllname(dllname);
            }
            if let Some(logtype) = logtype {
                builder = builder.logtype(logtype);
            }
            Some(HandlerMaker::new(move |_| Ok(builder.build()?.into())))
        });
    }
}
