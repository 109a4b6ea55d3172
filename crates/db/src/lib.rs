//! The storage port: one SQL text, two engines.
