#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_rules_fuzz::entries::request_lines(data));
