#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_rules_fuzz::entries::live_events(data));
