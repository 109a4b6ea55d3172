//! Cover: who can take a case over, what must move for it, whether it will be there in time.
//!
//! Everything here is a pure function over plain values: [`candidates`] ranks people, [`plan`] decides where each thing comes
//! from (it states the choice as a [`solve::Problem`]), [`readiness`] says how an upcoming case stands, [`absence`] spreads
//! many cases over colleagues, [`habit`] notices who hands over to whom again and again. [`travel`] knows distances.

pub mod absence;
pub mod candidates;
pub mod habit;
pub mod plan;
pub mod readiness;
pub mod solve;
pub mod travel;

use crate::refusal::Refusal;
use crate::words::words;
use candidates::Weights;
use travel::Travel;

words! {
    /// How something gets to where it is needed.
    pub enum MoveKind {
        /// The new representative may use it where it is.
        Stays = "stays", "Usable as it is";
        /// Somebody hands it over.
        HandOver = "hand_over", "Hand-over";
        /// It is sent by courier.
        Courier = "courier", "Courier";
        /// Facility stock: the new representative is linked to the distributor that answers for it.
        Link = "link", "Link to the distributor";
        /// Facility stock: another custodian, no sale.
        Reassign = "reassign", "Reassignment";
        /// Whoever answers for it is asked to send it.
        Request = "request", "Request";
        /// The manufacturer is asked to send it.
        MakerRequest = "maker_request", "Request to the manufacturer";
        /// It is ordered from outside and made known when it arrives.
        CreateOnArrival = "create_on_arrival", "Create on arrival";
    }

    /// What a holder of stock is to the new representative.
    pub enum Relation {
        /// The new representative.
        Own = "own", "Own stock";
        /// A distributor or hub who shares with them.
        Shares = "shares", "Shared with them";
        /// Whoever represented the case before.
        Old = "old", "The representative until now";
        /// Of the same group.
        Group = "group", "Same group";
        /// Of the same region.
        Region = "region", "Same region";
        /// Anybody else.
        Elsewhere = "elsewhere", "Elsewhere";
        /// The organisation's own stock.
        Warehouse = "warehouse", "Warehouse";
    }

    /// Why a unit is part of a plan.
    pub enum PlanRole {
        /// It is marked on the case.
        Marked = "marked", "Marked on the case";
        /// A container booked for the case.
        Booked = "booked", "Booked for the case";
        /// It fills a need.
        Need = "need", "Needed";
        /// It lies in a container that moves.
        Content = "content", "Comes with its container";
    }
}

/// What a plan costs, in points: the planner looks for the least. Not money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Costs {
    /// One hand-over by somebody.
    pub hand_over: i64,
    /// Each minute on the road.
    pub minute: i64,
    /// One parcel by courier.
    pub courier: i64,
    /// One link to a distributor.
    pub link: i64,
    /// One reassignment from a custodian.
    pub reassign: i64,
    /// That somebody else has to agree first.
    pub ask: i64,
    /// One request to a manufacturer who takes them.
    pub maker: i64,
    /// One order whose goods have to be entered by hand.
    pub outside: i64,
    /// Each unit that moves; above everything that a unit in place can cost, so that what need not move does not.
    pub unit: i64,
    /// Taking one unit out of a container.
    pub break_set: i64,
    /// Moving one container.
    pub container: i64,
    /// Each piece that a container lacks.
    pub short_piece: i64,
    /// Each unit that cannot be found.
    pub missing: i64,
}

impl Costs {
    /// The usual points.
    pub const USUAL: Self = Self {
        hand_over: 2_000,
        minute: 10,
        courier: 4_000,
        link: 400,
        reassign: 300,
        ask: 1_500,
        maker: 6_000,
        outside: 8_000,
        unit: 150,
        break_set: 500,
        container: 200,
        short_piece: 20,
        missing: 100_000,
    };
}

/// How an organisation wants cover to be found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How people travel.
    pub travel: Travel,
    /// Everything is there so long before the case, in minutes.
    pub prepare_minutes: i64,
    /// Somebody who was asked sets out after so long, in minutes.
    pub notice_minutes: i64,
    /// How long a courier takes, in hours.
    pub courier_hours: i64,
    /// How long a manufacturer takes, in hours.
    pub maker_hours: i64,
    /// What other cases need until so many days after this one is left for them.
    pub reserve_days: i32,
    /// Hand-overs for both of whose sides the actor may act are accepted at once; else the recipient confirms each.
    pub accept_at_once: bool,
    /// How candidates are ranked.
    pub weights: Weights,
}

impl Settings {
    /// What holds until somebody says otherwise.
    pub const USUAL: Self = Self {
        travel: Travel::USUAL,
        prepare_minutes: 60,
        notice_minutes: 60,
        courier_hours: 24,
        maker_hours: 72,
        reserve_days: 1,
        accept_at_once: true,
        weights: Weights::USUAL,
    };

    /// Whether the settings make sense.
    ///
    /// # Errors
    /// `out_of_range`, with the field that is.
    pub fn check(&self) -> Result<(), (&'static str, Refusal)> {
        let limits = [
            ("travel_kmh", self.travel.kmh, 5, 300),
            ("travel_overhead_minutes", self.travel.overhead_minutes, 0, 600),
            ("travel_unknown_minutes", self.travel.unknown_minutes, 0, 1_440),
            ("prepare_minutes", self.prepare_minutes, 0, 1_440),
            ("notice_minutes", self.notice_minutes, 0, 1_440),
            ("courier_hours", self.courier_hours, 1, 336),
            ("maker_hours", self.maker_hours, 1, 2_160),
            ("reserve_days", i64::from(self.reserve_days), 0, 60),
        ];
        let weights = self.weights.named().into_iter().map(|(name, weight)| (name, weight, 0, 1_000));
        for (field, value, least, most) in limits.into_iter().chain(weights) {
            if !(least..=most).contains(&value) {
                let message = format!("Give a number from {least} to {most}.");
                return Err((field, Refusal::new("out_of_range", message)));
            }
        }
        Ok(())
    }
}

/// `1 unit`, `2 units`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_settings_make_sense_and_nonsense_is_named() {
        assert_eq!(Settings::USUAL.check(), Ok(()));
        let mut odd = Settings::USUAL;
        odd.courier_hours = 0;
        assert_eq!(odd.check().unwrap_err().0, "courier_hours");
        odd = Settings::USUAL;
        odd.weights.stock = -1;
        assert_eq!(odd.check().unwrap_err().0, "weight_stock");
    }
}
