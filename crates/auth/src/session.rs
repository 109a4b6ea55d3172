//! How long a session lives.
//!
//! The office works at desks that others pass: half an hour without a click ends the session, as OWASP ASVS 5.0 (V7.3)
//! expects a short idle time where much can be seen. In the field the phone is personal, locked by itself, and set aside
//! for a whole operation; being signed out in the middle of a case would drive people to worse habits, so the idle time is
//! a working day. For both, twelve hours after signing in it is over, whatever was done.

use crate::SECOND;

/// Idle time of office roles (admins, operations, regional managers), in seconds.
pub const IDLE_OFFICE_SECONDS: i64 = 30 * 60;
/// Idle time of field roles (sales, distributors, facility managers), in seconds.
pub const IDLE_FIELD_SECONDS: i64 = 8 * 3600;
/// The longest life of any session, in seconds.
pub const ABSOLUTE_SECONDS: i64 = 12 * 3600;
/// The last use is written down at most this often, so that reading pages costs no write, in seconds.
pub const TOUCH_SECONDS: i64 = 60;
/// For this long after the password was given, sensitive changes (password, second factor, tokens) need it no more, in
/// seconds.
pub const CONFIRMED_SECONDS: i64 = 15 * 60;

/// Where somebody works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Desk {
    /// At a desk, with a wide view.
    Office,
    /// On a phone, with own stock and cases.
    Field,
}

impl Desk {
    /// After this long without use a session ends, in seconds.
    pub const fn idle_seconds(self) -> i64 {
        match self {
            Self::Office => IDLE_OFFICE_SECONDS,
            Self::Field => IDLE_FIELD_SECONDS,
        }
    }
}

/// What is stored of a session's times, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// Signed in.
    pub created_at: i64,
    /// Last used, as last written down.
    pub seen_at: i64,
    /// The password (or the second factor) was last given.
    pub confirmed_at: i64,
}

/// Whether a session still holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// Yes.
    Live,
    /// No: unused for too long.
    Idle,
    /// No: signed in too long ago.
    Over,
}

impl Times {
    /// A session that begins now, with the password just given.
    pub const fn begin(now: i64) -> Self {
        Self { created_at: now, seen_at: now, confirmed_at: now }
    }

    /// Whether the session holds at `now`. A clock that went back keeps it alive.
    pub const fn life(&self, desk: Desk, now: i64) -> Life {
        if now.saturating_sub(self.created_at) >= ABSOLUTE_SECONDS * SECOND {
            Life::Over
        } else if now.saturating_sub(self.seen_at) >= desk.idle_seconds() * SECOND {
            Life::Idle
        } else {
            Life::Live
        }
    }

    /// The moment at which the session ends unless it is used again, in microseconds; for the cookie and for a warning.
    pub fn ends_at(&self, desk: Desk) -> i64 {
        let idle = self.seen_at.saturating_add(desk.idle_seconds() * SECOND);
        idle.min(self.created_at.saturating_add(ABSOLUTE_SECONDS * SECOND))
    }

    /// Whether `seen_at` should be written down again.
    pub const fn should_touch(&self, now: i64) -> bool {
        now.saturating_sub(self.seen_at) >= TOUCH_SECONDS * SECOND
    }

    /// Whether a sensitive change may go on without asking for the password again.
    pub const fn recently_confirmed(&self, now: i64) -> bool {
        now.saturating_sub(self.confirmed_at) < CONFIRMED_SECONDS * SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_800_000_000 * SECOND;

    fn at(seconds: i64) -> i64 {
        T0 + seconds * SECOND
    }

    #[test]
    fn the_office_is_signed_out_after_half_an_hour_and_the_field_is_not() {
        let session = Times::begin(T0);
        assert_eq!(session.life(Desk::Office, at(1799)), Life::Live);
        assert_eq!(session.life(Desk::Office, at(1800)), Life::Idle);
        assert_eq!(session.life(Desk::Field, at(1800)), Life::Live);
        assert_eq!(session.life(Desk::Field, at(8 * 3600)), Life::Idle);
    }

    #[test]
    fn use_does_not_prolong_a_session_for_ever() {
        let session = Times { seen_at: at(12 * 3600 - 1), ..Times::begin(T0) };
        assert_eq!(session.life(Desk::Office, at(12 * 3600 - 1)), Life::Live);
        assert_eq!(session.life(Desk::Office, at(12 * 3600)), Life::Over);
        assert_eq!(session.ends_at(Desk::Office), at(12 * 3600));
        assert_eq!(Times::begin(T0).ends_at(Desk::Office), at(1800));
    }

    #[test]
    fn a_clock_that_went_back_ends_nothing() {
        assert_eq!(Times::begin(T0).life(Desk::Office, at(-3600)), Life::Live);
        assert_eq!(Times::begin(i64::MIN).life(Desk::Office, i64::MAX), Life::Over);
    }

    #[test]
    fn the_last_use_is_written_once_a_minute() {
        let session = Times::begin(T0);
        assert!(!session.should_touch(at(59)));
        assert!(session.should_touch(at(60)));
    }

    #[test]
    fn a_sensitive_change_asks_again_after_a_quarter_of_an_hour() {
        let session = Times { seen_at: at(900), ..Times::begin(T0) };
        assert!(session.recently_confirmed(at(899)));
        assert!(!session.recently_confirmed(at(900)));
    }
}
