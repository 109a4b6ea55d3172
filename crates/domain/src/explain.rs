//! What could be behind a difference between the books and a shelf, the likeliest first: real activity that nobody entered comes
//! before anything is adjusted.

/// What was found about a count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// On their way here, not accepted: on the shelf perhaps, not in the books.
    pub incoming: i64,
    /// On their way from here, not accepted: in the books still, on the shelf no more.
    pub outgoing: i64,
    /// Marked on cases past their day that were not submitted: in the books, used up.
    pub marked: i64,
    /// Cases past their day that were not submitted and have none of these marked.
    pub silent_cases: i64,
    /// On hold here as lost or missing.
    pub lost: i64,
    /// Of the same item here without a lot, when a lot is asked about.
    pub without_lot: i64,
    /// With the account for what was not found.
    pub discrepancy: i64,
    /// With whom this holder exchanged some before, or others in reach.
    pub elsewhere: i64,
}

/// A cause: its code, how many units it could explain, and in which direction: -1 fewer are there than the books say, 1 more,
/// 0 either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Stable.
    pub code: &'static str,
    /// How many; None where nobody can tell.
    pub units: Option<i64>,
    /// Which way.
    pub direction: i64,
}

/// The causes of a difference (`counted - books`; None when nobody counted yet), the likeliest first: those that explain exactly
/// this many, then those that point the same way, then the rest. Those that point the other way are left out.
pub fn causes(found: &Found, difference: Option<i64>) -> Vec<Cause> {
    let known = [
        ("marked_not_submitted", Some(found.marked), -1),
        ("outgoing_not_accepted", Some(found.outgoing), -1),
        ("incoming_not_accepted", Some(found.incoming), 1),
        ("lost_on_hold", Some(found.lost), -1),
        ("discrepancy_account", Some(found.discrepancy), 1),
        ("without_lot", Some(found.without_lot), 1),
        ("went_astray", Some(found.elsewhere), 0),
        ("case_not_submitted", (found.silent_cases > 0).then_some(found.silent_cases), -1),
    ];
    let mut all: Vec<Cause> = known
        .into_iter()
        .filter(|(_, units, _)| units.is_some_and(|n| n > 0))
        .map(|(code, units, direction)| Cause {
            code,
            // How many a silent case used nobody can tell.
            units: units.filter(|_| code != "case_not_submitted"),
            direction,
        })
        .collect();
    if let Some(difference) = difference.filter(|it| *it != 0) {
        all.retain(|it| it.direction == 0 || it.direction == difference.signum());
        all.sort_by_key(|it| (it.units != Some(difference.abs()), it.direction == 0));
        if all.is_empty() {
            all.push(Cause { code: "unknown", units: None, direction: difference.signum() });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_explains_the_difference_exactly_comes_first() {
        let found = Found { incoming: 4, outgoing: 2, marked: 1, silent_cases: 3, elsewhere: 9, ..Found::default() };
        let codes = |difference| causes(&found, difference).into_iter().map(|it| it.code).collect::<Vec<_>>();
        assert_eq!(
            codes(Some(-2)),
            ["outgoing_not_accepted", "marked_not_submitted", "case_not_submitted", "went_astray"]
        );
        assert_eq!(codes(Some(4)), ["incoming_not_accepted", "went_astray"]);
        assert_eq!(causes(&Found::default(), Some(1))[0].code, "unknown");
        assert!(causes(&Found::default(), Some(0)).is_empty() && causes(&Found::default(), None).is_empty());
    }

    proptest! {
        #[test]
        fn no_cause_points_the_other_way(incoming in 0_i64..5, outgoing in 0_i64..5, marked in 0_i64..5, lost in 0_i64..5, difference in -6_i64..6) {
            let found = Found { incoming, outgoing, marked, lost, ..Found::default() };
            for it in causes(&found, Some(difference)) {
                prop_assert!(difference == 0 || it.direction * difference >= 0);
                prop_assert!(it.units.is_none_or(|n| n > 0));
            }
        }
    }
}
