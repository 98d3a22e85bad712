//! Syslog's facilities and priorities.

use std::str::FromStr;

use crate::error::Error;

macro_rules! codes {
    ($(#[$about:meta])* $type:ident, $what:literal, $expected:literal,
     [$($variant:ident = $code:literal $name:literal $doc:literal,)*],
     [$($alias:literal => $target:ident,)*]) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type {
            $(#[doc = $doc] $variant = $code,)*
        }

        impl $type {
            /// All of them, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The name, as Python spells it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        /// From a name that Python knows.
        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    $($alias => Ok(Self::$target),)*
                    _ => Err(Error::Invalid(format!(
                        concat!("unknown syslog ", $what, ": {:?} (expected ", $expected, ")"),
                        name
                    ))),
                }
            }
        }

        impl TryFrom<u8> for $type {
            type Error = Error;

            fn try_from(code: u8) -> Result<Self, Error> {
                let known = Self::ALL.iter().copied().find(|known| known.code() == code);
                known.ok_or_else(|| {
                    Error::Invalid(format!(
                        concat!("unknown syslog ", $what, ": {} (expected 0 to {})"),
                        code,
                        Self::ALL.len() - 1
                    ))
                })
            }
        }
    };
}

codes! {
    /// What kind of program a message comes from.
    ///
    /// Python: `SysLogHandler.LOG_USER` and so on, `SysLogHandler.facility_names`.
    Facility, "facility", "such as user, daemon, local0", [
    Kern = 0 "kern" "The kernel.",
    User = 1 "user" "Any program: the default.",
    Mail = 2 "mail" "The mail system.",
    Daemon = 3 "daemon" "Daemons that have none of their own.",
    Auth = 4 "auth" "Security and authorization.",
    Syslog = 5 "syslog" "The syslog daemon itself.",
    Lpr = 6 "lpr" "Printing.",
    News = 7 "news" "Network news.",
    Uucp = 8 "uucp" "UUCP.",
    Cron = 9 "cron" "The clock daemon.",
    AuthPriv = 10 "authpriv" "Security and authorization, private.",
    Ftp = 11 "ftp" "The FTP daemon.",
    Ntp = 12 "ntp" "Network time.",
    Security = 13 "security" "The audit log.",
    Console = 14 "console" "The alert log.",
    SolarisCron = 15 "solaris-cron" "Solaris's scheduler.",
    Local0 = 16 "local0" "For local use.",
    Local1 = 17 "local1" "For local use.",
    Local2 = 18 "local2" "For local use.",
    Local3 = 19 "local3" "For local use.",
    Local4 = 20 "local4" "For local use.",
    Local5 = 21 "local5" "For local use.",
    Local6 = 22 "local6" "For local use.",
    Local7 = 23 "local7" "For local use.",
    ], []
}

codes! {
    /// How severe a message is, the most severe first.
    ///
    /// Python: `SysLogHandler.LOG_ERR` and so on, `SysLogHandler.priority_names`.
    Priority, "priority", "emerg, alert, crit, err, warning, notice, info or debug", [
    Emerg = 0 "emerg" "The system is unusable.",
    Alert = 1 "alert" "Action must be taken at once.",
    Crit = 2 "crit" "Critical.",
    Err = 3 "err" "An error.",
    Warning = 4 "warning" "A warning.",
    Notice = 5 "notice" "Normal, but significant.",
    Info = 6 "info" "Informational.",
    Debug = 7 "debug" "For diagnosis.",
    ], [
    "critical" => Crit,
    "error" => Err,
    "panic" => Emerg,
    "warn" => Warning,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes() {
        assert_eq!((Facility::ALL.len(), Priority::ALL.len()), (24, 8));
        for (code, facility) in Facility::ALL.iter().enumerate() {
            assert_eq!(usize::from(facility.code()), code);
            assert_eq!(facility.name().parse::<Facility>().unwrap(), *facility);
        }
        for (code, priority) in Priority::ALL.iter().enumerate() {
            assert_eq!(usize::from(priority.code()), code);
            assert_eq!(priority.name().parse::<Priority>().unwrap(), *priority);
        }
        assert_eq!("critical".parse::<Priority>().unwrap(), Priority::Crit);
        let error = "locl0".parse::<Facility>().unwrap_err().to_string();
        assert!(error.contains("\"locl0\"") && error.contains("local0"), "{error}");
        assert!(Facility::try_from(24).unwrap_err().to_string().contains("0 to 23"));
        assert_eq!(Priority::try_from(5).unwrap(), Priority::Notice);
    }
}
