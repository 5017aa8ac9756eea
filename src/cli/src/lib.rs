//! Headless twins.
