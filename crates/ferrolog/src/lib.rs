//! ferrolog.
