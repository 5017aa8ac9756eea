//! Walker.
