//! The guide's examples, run as tests of the documentation.

#[doc = include_str!("../../../docs/guide-rust.md")]
struct Guide;
