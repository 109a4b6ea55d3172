//! How a holder's stock may get to the new representative, what that costs once, and whether it is there in time.

use super::{Holder, Situation};
use crate::clock::Instant;
use crate::coverage::{Costs, MoveKind, Relation, Settings};

/// The way from one holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// How.
    pub kind: MoveKind,
    /// What it costs once.
    pub fixed: i64,
    /// What each unit costs.
    pub unit: i64,
    /// When it must set out.
    pub leave_by: Option<Instant>,
    /// When it can be there.
    pub arrives_at: Option<Instant>,
    /// Minutes on the road.
    pub minutes: Option<i64>,
    /// Not in time.
    pub late: bool,
}

impl Route {
    const fn in_place(kind: MoveKind, fixed: i64, unit: i64) -> Self {
        Self { kind, fixed, unit, leave_by: None, arrives_at: None, minutes: None, late: false }
    }

    /// Whether units leave their containers and places with it.
    pub const fn travels(&self) -> bool {
        self.arrives_at.is_some()
    }
}

/// What a unit in place counts besides its expiry: facility stock first, own before shared.
const OWN: i64 = 2;
const SHARED: i64 = 5;
/// Facility stock that changes hands on paper is a little less than a unit that travels, and more than one in place.
const ON_PAPER: i64 = 20;

/// Everything must be there by this moment.
pub fn deadline(situation: &Situation, settings: &Settings) -> Instant {
    situation.starts_at.plus_seconds(-settings.prepare_minutes * 60)
}

/// The way from a holder, for facility stock of the location or for other stock; None when there is none for this actor.
pub fn route(situation: &Situation, settings: &Settings, costs: &Costs, holder: &Holder, shelf: bool) -> Option<Route> {
    let rights = &holder.rights;
    match (holder.relation, shelf) {
        (Relation::Own | Relation::Shares, true) => Some(Route::in_place(MoveKind::Stays, 0, 0)),
        (Relation::Own, false) => Some(Route::in_place(MoveKind::Stays, 0, OWN)),
        (Relation::Shares, false) => Some(Route::in_place(MoveKind::Stays, 0, SHARED)),
        (_, true) if rights.link => Some(Route::in_place(MoveKind::Link, costs.link, costs.unit - ON_PAPER)),
        (_, true) if rights.reassign => {
            Some(Route::in_place(MoveKind::Reassign, costs.reassign, costs.unit - ON_PAPER))
        }
        (_, true) if rights.ask => {
            let fixed = costs.reassign + costs.ask;
            Some(Route::in_place(MoveKind::Request, fixed, costs.unit - ON_PAPER))
        }
        (_, false) if rights.send => Some(road(situation, settings, costs, holder, 1)),
        (_, false) if rights.ask => {
            let way = road(situation, settings, costs, holder, 2);
            Some(Route { kind: MoveKind::Request, fixed: way.fixed + costs.ask, ..way })
        }
        _ => None,
    }
}

/// How much more it costs to bother somebody, in percent.
const fn bother(relation: Relation) -> i64 {
    match relation {
        Relation::Own | Relation::Shares | Relation::Old | Relation::Warehouse => 100,
        Relation::Group => 110,
        Relation::Region => 125,
        Relation::Elsewhere => 150,
    }
}

/// By car or by courier: the cheaper that is in time, else the sooner. `asked` people have to be told one after the other.
fn road(situation: &Situation, settings: &Settings, costs: &Costs, holder: &Holder, asked: i64) -> Route {
    let latest = deadline(situation, settings);
    let start = at_home(situation.now.plus_seconds(asked * settings.notice_minutes * 60), &holder.away);
    let home = situation.holders.iter().find(|it| it.relation == Relation::Own).and_then(|it| it.spot);
    let minutes = settings.travel.minutes(holder.spot, home);
    let bother = bother(holder.relation);
    let way = |kind, fixed: i64, takes: i64, minutes| {
        let arrives = start.plus_seconds(takes * 60);
        let leave_by = before_away(latest.plus_seconds(-takes * 60), &holder.away);
        Route {
            kind,
            fixed: fixed * bother / 100,
            unit: costs.unit,
            leave_by: Some(leave_by.max(start)),
            arrives_at: Some(arrives),
            minutes,
            late: arrives > latest,
        }
    };
    let car = way(MoveKind::HandOver, costs.hand_over + minutes * costs.minute, minutes, Some(minutes));
    let courier = way(MoveKind::Courier, costs.courier, settings.courier_hours * 60, None);
    let key = |it: &Route| if it.late { (true, it.arrives_at.map_or(0, |at| at.0)) } else { (false, it.fixed) };
    if key(&courier) < key(&car) { courier } else { car }
}

/// The first moment from `from` on when somebody is there.
fn at_home(from: Instant, away: &[(Instant, Instant)]) -> Instant {
    let mut spans = away.to_vec();
    spans.sort_unstable();
    spans.into_iter().fold(from, |at, (begins, ends)| if begins <= at && at < ends { ends } else { at })
}

/// The last moment up to `until` when somebody is there.
fn before_away(until: Instant, away: &[(Instant, Instant)]) -> Instant {
    let mut spans = away.to_vec();
    spans.sort_unstable_by_key(|span| std::cmp::Reverse(span.1));
    spans.into_iter().fold(until, |at, (begins, ends)| if begins < at && at <= ends { begins } else { at })
}

/// A delivery by a manufacturer.
pub fn delivery(situation: &Situation, settings: &Settings, costs: &Costs, linked: bool) -> Route {
    let latest = deadline(situation, settings);
    let takes = settings.maker_hours * 60;
    let arrives = situation.now.plus_seconds(takes * 60);
    let (kind, fixed) =
        if linked { (MoveKind::MakerRequest, costs.maker) } else { (MoveKind::CreateOnArrival, costs.outside) };
    Route {
        kind,
        fixed,
        unit: costs.unit * 2,
        leave_by: Some(latest.plus_seconds(-takes * 60).max(situation.now)),
        arrives_at: Some(arrives),
        minutes: None,
        late: arrives > latest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Instant {
        Instant(hour * 3_600_000_000)
    }

    #[test]
    fn nobody_hands_over_while_away() {
        let away = [(at(5), at(9)), (at(9), at(12)), (at(20), at(30))];
        assert_eq!(at_home(at(4), &away), at(4));
        assert_eq!(at_home(at(5), &away), at(12));
        assert_eq!(at_home(at(12), &away), at(12));
        assert_eq!(before_away(at(25), &away), at(20));
        assert_eq!(before_away(at(12), &away), at(5));
        assert_eq!(before_away(at(15), &away), at(15));
    }
}
