//! Both engines, a running server, a fake clock, sentences for fixtures.
