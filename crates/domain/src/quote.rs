//! Quotes: what an event is expected to need and to cost, and who said yes to it.

use crate::clock::Day;
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// Where a quote stands.
    pub enum QuoteState {
        /// Nobody has answered this edition.
        Draft = "draft", "Not answered";
        /// The customer said yes to this edition.
        Approved = "approved", "Approved";
        /// The customer said no to this edition.
        Declined = "declined", "Declined";
    }
}

/// Most lines of one quote.
pub const LINES_MAX: usize = 500;
/// Most that one line may quote.
pub const QUANTITY_MAX: i64 = 10_000;
/// From this probability on, in percent, what a forecast needs is kept in mind when others plan.
pub const LIKELY: i64 = 50;

/// Whether a probability makes sense: from 0 to 100 percent.
///
/// # Errors
/// `invalid_probability` for anything else.
pub fn check_probability(percent: i64) -> Result<(), Refusal> {
    if (0..=100).contains(&percent) {
        return Ok(());
    }
    Err(Refusal::new("invalid_probability", "Give a probability from 0 to 100 percent."))
}

/// What a forecast is worth: the total times how likely it is, rounded down. A quote that is no forecast is worth its total.
pub const fn weighted(total: i64, probability: Option<i64>) -> i64 {
    match probability {
        Some(percent) => (total as i128 * percent as i128 / 100) as i64,
        None => total,
    }
}

/// How much of a line has been marked on the event, and how much is still open.
pub const fn fill(quoted: i64, marked: i64) -> (i64, i64) {
    let filled = if marked < quoted { marked } else { quoted };
    (filled, quoted - filled)
}

/// Whether an edition may be answered on a day.
///
/// # Errors
/// `quote_decided` for one that was answered, `quote_expired` after the last day on which it holds, `quote_changed` when the
/// edition that somebody has in hand is not the latest.
pub fn may_decide(
    state: QuoteState,
    (latest, in_hand): (i64, i64),
    valid_until: Option<Day>,
    today: Day,
) -> Result<(), Refusal> {
    if latest != in_hand {
        let message = "This quote was changed since it was sent. Ask for the new one.";
        return Err(Refusal::new("quote_changed", message));
    }
    if state != QuoteState::Draft {
        let message = format!("This quote is {} already.", state.label().to_lowercase());
        return Err(Refusal::new("quote_decided", message));
    }
    if valid_until.is_some_and(|day| day < today) {
        return Err(Refusal::new("quote_expired", "This quote held until a day that is over. Ask for a new one."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_edition_is_answered_once_and_in_time() {
        let ask = |state, editions, until: Option<i32>| {
            may_decide(state, editions, until.map(Day), Day(10)).err().map_or("ok", |refusal| refusal.code)
        };
        assert_eq!(ask(QuoteState::Draft, (1, 1), None), "ok");
        assert_eq!(ask(QuoteState::Draft, (1, 1), Some(10)), "ok");
        assert_eq!(ask(QuoteState::Draft, (1, 1), Some(9)), "quote_expired");
        assert_eq!(ask(QuoteState::Draft, (2, 1), None), "quote_changed");
        assert_eq!(ask(QuoteState::Approved, (1, 1), None), "quote_decided");
        assert_eq!(ask(QuoteState::Declined, (1, 1), None), "quote_decided");
    }

    #[test]
    fn a_forecast_is_worth_what_is_likely() {
        assert_eq!((weighted(1_001, Some(50)), weighted(1_001, None), weighted(1_001, Some(0))), (500, 1_001, 0));
        assert!(check_probability(100).is_ok() && check_probability(101).is_err() && check_probability(-1).is_err());
    }

    proptest! {
        #[test]
        fn filled_and_open_make_up_what_was_quoted(quoted in 1i64..1_000, marked in 0i64..2_000) {
            let (filled, open) = fill(quoted, marked);
            prop_assert_eq!(filled + open, quoted);
            prop_assert!(filled <= marked && open >= 0);
        }
    }
}
