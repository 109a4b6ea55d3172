//! How an upcoming case stands: ready, at risk or not ready, with what is missing and by when it must move.

use super::count;
use crate::clock::Instant;
use crate::words::words;

words! {
    /// How an upcoming case stands.
    pub enum State {
        /// Everything and everybody is there.
        Ready = "ready", "Ready";
        /// Something has to happen, and there is time for it.
        AtRisk = "at_risk", "At risk";
        /// Something is missing that cannot be there in time, or nobody can come.
        NotReady = "not_ready", "Not ready";
    }

    /// What kind of thing is wrong.
    pub enum Lack {
        /// Fewer units within the representative's reach than are needed.
        Units = "units", "Units are missing";
        /// A unit on the case is with somebody else.
        NotHere = "not_here", "A unit is not with the representative";
        /// A transfer of this case waits.
        Transfer = "transfer", "A transfer waits";
        /// A unit on the case is past its date on the day.
        Expired = "expired", "A unit is past its date";
        /// A unit on the case is on hold or gone.
        Held = "held", "A unit is on hold or gone";
        /// A container is wanted by another case at that time.
        Container = "container", "A container is wanted twice";
        /// The representative has another case.
        Busy = "busy", "The representative is busy";
        /// The representative is away.
        Away = "away", "The representative is away";
        /// The representative may not work.
        Representative = "representative", "The representative may not work";
        /// A task of this case is still open.
        Task = "task", "Something was promised and is not done";
    }
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Risk {
    /// What kind.
    pub lack: Lack,
    /// By when something must happen; None when it is too late for that.
    pub act_by: Option<Instant>,
    /// In words.
    pub text: String,
}

/// How a case stands, from what is wrong with it.
pub fn state(risks: &[Risk], now: Instant) -> State {
    let hopeless = |risk: &Risk| risk.act_by.is_none_or(|by| by <= now);
    match risks {
        [] => State::Ready,
        some if some.iter().any(hopeless) => State::NotReady,
        _ => State::AtRisk,
    }
}

/// The first moment by which something must happen.
pub fn act_by(risks: &[Risk]) -> Option<Instant> {
    risks.iter().filter_map(|risk| risk.act_by).min()
}

/// What is short: (what it is called, how many are needed, how many are there).
pub fn short(label: &str, needed: u32, there: u32) -> String {
    let missing = count(needed.saturating_sub(there) as usize, "is", "are");
    format!("{missing} missing of {needed} \u{d7} {label}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_risk_decides_and_the_first_deadline_counts() {
        let now = Instant(100);
        let risk = |act_by| Risk { lack: Lack::Units, act_by, text: String::new() };
        assert_eq!(state(&[], now), State::Ready);
        assert_eq!(state(&[risk(Some(Instant(200)))], now), State::AtRisk);
        assert_eq!(state(&[risk(Some(Instant(200))), risk(None)], now), State::NotReady);
        assert_eq!(state(&[risk(Some(Instant(100)))], now), State::NotReady);
        assert_eq!(act_by(&[risk(Some(Instant(300))), risk(None), risk(Some(Instant(200)))]), Some(Instant(200)));
        assert_eq!(short("CUP-52", 3, 1), "2 are missing of 3 \u{d7} CUP-52.");
        assert_eq!(short("CUP-52", 1, 0), "1 is missing of 1 \u{d7} CUP-52.");
    }
}
