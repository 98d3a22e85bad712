"""Python's logging, written in Rust."""
