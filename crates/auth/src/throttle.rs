//! Slows guessing down, without ever locking anybody out for good.
//!
//! The caller keeps one [`Counter`] per account and one per address, in the database, so that several servers count
//! together. Before a password is looked at, [`Throttle::gate`] says whether it may be; inside a delay even the right one is
//! refused, or a guesser would learn that it was right. After a wrong one, [`Throttle::failed`] gives the counter to store.
//! Attempts inside a delay are not counted: somebody who keeps knocking cannot keep the owner out.

use crate::SECOND;
use std::net::IpAddr;

/// Wrong answers so far, as kept by the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counter {
    /// Wrong answers since the window began.
    pub count: u32,
    /// When the window began, in microseconds. With `count` at the limit it is the moment of the last wrong answer, from
    /// which the delay runs.
    pub window_start: i64,
}

/// Whether an answer may be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gate {
    /// Yes.
    Open,
    /// Not yet: answer 429 with this in `Retry-After`, whatever was given.
    Wait {
        /// At least 1.
        retry_after_seconds: u32,
    },
}

impl Gate {
    /// The later of two: an account's and an address's.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, gate) | (gate, Self::Open) => gate,
            (Self::Wait { retry_after_seconds: one }, Self::Wait { retry_after_seconds: two }) => {
                Self::Wait { retry_after_seconds: one.max(two) }
            }
        }
    }
}

/// So many wrong answers in so long, then a delay as long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Throttle {
    /// Wrong answers that are let through.
    pub limit: u32,
    /// Length of the window and of the delay, in seconds.
    pub window_seconds: u32,
}

/// For one account: passwords, second factors and confirmations count together.
pub const ACCOUNT: Throttle = Throttle { limit: 10, window_seconds: 15 * 60 };
/// For one address: a hospital shares one, a guesser tries many accounts from one.
pub const ADDRESS: Throttle = Throttle { limit: 100, window_seconds: 15 * 60 };

impl Throttle {
    const fn window(self) -> i64 {
        self.window_seconds as i64 * SECOND
    }

    /// Whether an answer may be looked at now. The clocks of two servers may differ by less than a window; a counter from
    /// farther in the future comes from a clock that was put back, and is worth nothing.
    pub fn gate(self, counter: Counter, now: i64) -> Gate {
        if counter.count < self.limit || self.is_from_another_time(counter, now) {
            return Gate::Open;
        }
        let left = counter.window_start.saturating_add(self.window()).saturating_sub(now);
        if left <= 0 {
            return Gate::Open;
        }
        let seconds = (left.min(self.window()) + SECOND - 1) / SECOND;
        Gate::Wait { retry_after_seconds: u32::try_from(seconds).unwrap_or(self.window_seconds) }
    }

    const fn is_from_another_time(self, counter: Counter, now: i64) -> bool {
        counter.window_start.saturating_sub(now) >= self.window()
    }

    /// The counter after a wrong answer at `now`. Call it only for an answer that the gate let through.
    pub fn failed(self, counter: Counter, now: i64) -> Counter {
        let age = now.saturating_sub(counter.window_start);
        let fresh = counter.count == 0 || age >= self.window() || self.is_from_another_time(counter, now);
        let count = if fresh { 1 } else { counter.count.saturating_add(1) };
        let full = count >= self.limit;
        Counter { count, window_start: if fresh || full { now } else { counter.window_start } }
    }

    /// The counter after a right answer that the gate let through. An account starts anew; an address does not, or one
    /// known password would buy a guesser as many tries as wished.
    pub fn succeeded(self, counter: Counter) -> Counter {
        if self == ADDRESS { counter } else { Counter::default() }
    }

    /// From this moment on the counter says nothing any more and its row may be deleted, in microseconds.
    pub fn stale_at(self, counter: Counter) -> i64 {
        counter.window_start.saturating_add(self.window())
    }
}

/// What counts as one address: an IPv4 address, or the /64 that an IPv6 customer gets as a whole (RFC 6177). An IPv4
/// address written as IPv6 is the same as itself.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_800_000_000 * SECOND;

    fn at(seconds: i64) -> i64 {
        T0 + seconds * SECOND
    }

    fn after_failures(throttle: Throttle, times: u32) -> Counter {
        (0..times).fold(Counter::default(), |counter, i| {
            assert_eq!(throttle.gate(counter, at(i64::from(i))), Gate::Open, "attempt {i}");
            throttle.failed(counter, at(i64::from(i)))
        })
    }

    #[test]
    fn ten_wrong_passwords_and_the_eleventh_waits() {
        let counter = after_failures(ACCOUNT, 10);
        assert_eq!(ACCOUNT.gate(counter, at(9)), Gate::Wait { retry_after_seconds: 900 });
        assert_eq!(ACCOUNT.gate(counter, at(9 + 899)), Gate::Wait { retry_after_seconds: 1 });
        assert_eq!(ACCOUNT.gate(counter, at(9 + 900)), Gate::Open);
    }

    #[test]
    fn a_part_of_a_second_is_still_a_second() {
        let counter = after_failures(ACCOUNT, 10);
        assert_eq!(ACCOUNT.gate(counter, at(9 + 900) - 1), Gate::Wait { retry_after_seconds: 1 });
    }

    #[test]
    fn the_delay_ends_and_the_next_window_starts_anew() {
        let counter = after_failures(ACCOUNT, 10);
        let next = ACCOUNT.failed(counter, at(910));
        assert_eq!(next, Counter { count: 1, window_start: at(910) });
        assert_eq!(ACCOUNT.gate(next, at(911)), Gate::Open);
    }

    #[test]
    fn slow_mistakes_do_not_add_up() {
        let mut counter = Counter::default();
        for i in 0..50 {
            let now = at(i * 901);
            assert_eq!(ACCOUNT.gate(counter, now), Gate::Open);
            counter = ACCOUNT.failed(counter, now);
        }
        assert_eq!(counter.count, 1);
    }

    #[test]
    fn an_address_has_more_patience_than_an_account() {
        let counter = after_failures(ADDRESS, 100);
        assert!(matches!(ADDRESS.gate(counter, at(100)), Gate::Wait { .. }));
    }

    #[test]
    fn five_thousand_guesses_never_meet_an_open_gate_out_of_turn() {
        let mut counter = Counter::default();
        let mut looked_at = 0;
        for second in 0..5_000 {
            if ACCOUNT.gate(counter, at(second)) == Gate::Open {
                looked_at += 1;
                counter = ACCOUNT.failed(counter, at(second));
            }
        }
        // Ten seconds of guesses, then a quarter of an hour of delay: six rounds begin within 5,000 seconds.
        assert_eq!(looked_at, 60);
    }

    #[test]
    fn success_clears_the_account_and_not_the_address() {
        let counter = Counter { count: 9, window_start: T0 };
        assert_eq!(ACCOUNT.succeeded(counter), Counter::default());
        assert_eq!(ADDRESS.succeeded(counter), counter);
    }

    #[test]
    fn a_clock_that_went_back_locks_nobody_out() {
        let counter = Counter { count: 10, window_start: at(86_400) };
        assert_eq!(ACCOUNT.gate(counter, T0), Gate::Open);
        assert_eq!(ACCOUNT.failed(counter, T0), Counter { count: 1, window_start: T0 });
    }

    #[test]
    fn a_server_that_is_a_little_behind_counts_along() {
        let counter = Counter { count: 10, window_start: at(5) };
        assert_eq!(ACCOUNT.gate(counter, T0), Gate::Wait { retry_after_seconds: 900 });
        let nearly = Counter { count: 9, window_start: at(5) };
        assert_eq!(ACCOUNT.failed(nearly, T0).count, 10);
    }

    #[test]
    fn the_longer_delay_counts() {
        let wait = |seconds| Gate::Wait { retry_after_seconds: seconds };
        assert_eq!(Gate::Open.and(Gate::Open), Gate::Open);
        assert_eq!(Gate::Open.and(wait(3)), wait(3));
        assert_eq!(wait(5).and(wait(3)), wait(5));
    }

    #[test]
    fn an_ipv6_customer_is_one_address() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2:aaaa::1"), key("2001:db8:1:2:bbbb::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }
}
