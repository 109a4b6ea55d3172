//! Passwords, sessions, tokens and throttling. The crypto crates stop here.
//!
//! Everything is plain data and pure rules: the caller stores hashes, digests and counters, and passes in the present
//! moment (microseconds since 1970, UTC) and the source of randomness.

pub mod csrf;
pub mod password;
pub mod random;
pub mod seal;
pub mod secret;
pub mod session;
pub mod throttle;

pub use random::{Random, SystemRandom};
pub use seal::{Key, SealError};
pub use secret::{Digest, Kind, Secret};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
