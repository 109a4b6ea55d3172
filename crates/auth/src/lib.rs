//! Passwords, sessions, tokens and throttling.
