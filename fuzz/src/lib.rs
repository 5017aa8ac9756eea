//! The entry functions of the fuzz targets, as the regression tests run them.

#[path = "../../src/engine/tests/support/fuzz_entries.rs"]
pub mod entries;
