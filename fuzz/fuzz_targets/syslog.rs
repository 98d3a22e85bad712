#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrolog_fuzz::syslog(data));
