//! Linked companies: two organisations of one server that have both agreed to send each other units.
//!
//! Each keeps its own books. A unit that crosses leaves the one and arrives in the other with the same identity, so that at
//! every moment exactly one of the two answers for it: in the sender's books until the other side accepts, then in theirs.

use crate::id::OrganizationId;
use crate::refusal::Refusal;
use crate::stock::{Custodian, CustodianType, Unit};
use crate::words::words;

words! {
    /// Where a link stands.
    pub enum LinkStatus {
        /// One side has invited, the other has not agreed.
        Invited = "invited", "Invited";
        /// Both have agreed.
        Active = "active", "Linked";
        /// Withdrawn, declined or given up; what happened stays.
        Ended = "ended", "Ended";
    }
    /// Which side invited.
    pub enum LinkDirection {
        /// This one.
        Out = "out", "Invited by you";
        /// The other one.
        In = "in", "Invited by them";
    }
}

/// Invitations that an organisation may have open at once.
pub const OPEN_INVITATIONS_MAX: i64 = 20;

impl Custodian {
    /// A linked company as custodian.
    pub const fn linked(id: OrganizationId) -> Self {
        Self { kind: CustodianType::LinkedOrganization, id: id.uuid() }
    }
}

/// Whether this side may agree to a link.
///
/// # Errors
/// It is over, it holds already, or the other side is to agree.
pub fn may_accept(status: LinkStatus, direction: LinkDirection) -> Result<(), Refusal> {
    match (status, direction) {
        (LinkStatus::Invited, LinkDirection::In) => Ok(()),
        (LinkStatus::Invited, LinkDirection::Out) => Err(Refusal::new(
            "link_waits_for_them",
            "The other company has to accept this invitation. You can withdraw it.",
        )),
        (LinkStatus::Active, _) => Err(Refusal::new("link_active", "Both companies have agreed to this link already.")),
        (LinkStatus::Ended, _) => Err(ended()),
    }
}

fn ended() -> Refusal {
    Refusal::new("link_ended", "This link is over: it was withdrawn, declined or ended. Invite the company again.")
}

/// Whether a link may be withdrawn, declined or ended. What is on its way between the two is decided about first, because a
/// parcel does not come back by itself.
///
/// # Errors
/// It is over, or transfers between the two are pending.
pub fn may_end(status: LinkStatus, pending: usize) -> Result<(), Refusal> {
    if status == LinkStatus::Ended {
        return Err(ended());
    }
    let what = match pending {
        0 => return Ok(()),
        1 => "1 transfer".to_owned(),
        n => format!("{n} transfers"),
    };
    Err(Refusal::new(
        "transfers_pending",
        format!(
            "Still on the way between the two companies: {what}. Take back what you sent, and accept or decline what was \
             sent to you."
        ),
    ))
}

/// Whether units may be sent along a link.
///
/// # Errors
/// The two are not linked now.
pub fn must_be_active(status: LinkStatus) -> Result<(), Refusal> {
    match status {
        LinkStatus::Active => Ok(()),
        LinkStatus::Invited | LinkStatus::Ended => Err(Refusal::new(
            "link_not_active",
            "You are not linked with this company now: nothing is sent there, and nothing of it is seen. An admin can invite it.",
        )),
    }
}

/// Whether a unit may leave for a linked company: it is here, nobody needs it for an event, and it was not sold.
///
/// # Errors
/// What keeps it.
pub fn may_leave(unit: &Unit) -> Result<(), Refusal> {
    unit.may_be_sent()?;
    if unit.event.is_some() {
        return Err(Refusal::new(
            "unit_in_event",
            "One of these units is marked on an open event, and a linked company cannot use it there. Take it off the event first.",
        ));
    }
    Ok(())
}

/// A unit in the books of the side that it has left: the other company answers for it, so it is no stock here any more.
pub fn left(unit: &Unit, other: OrganizationId) -> Unit {
    Unit {
        custodian: Custodian::linked(other),
        transfer: None,
        on_hold: false,
        event: None,
        active: false,
        ..unit.clone()
    }
}

/// Whether a unit of these books is with a linked company, so that it may come back.
///
/// # Errors
/// Somebody here answers for it.
pub fn may_come_back(unit: &Unit) -> Result<(), Refusal> {
    if !unit.active && unit.custodian.kind == CustodianType::LinkedOrganization {
        return Ok(());
    }
    Err(Refusal::new(
        "unit_is_here",
        "By these books one of the units is here already. Look at its history, and report it missing if it did not arrive.",
    ))
}

/// A unit in the books of the side at which it arrives.
pub fn arrived(unit: &Unit, to: Custodian) -> Unit {
    Unit { custodian: to, transfer: None, on_hold: false, event: None, active: true, container: None, ..unit.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::stock::{UnitKind, UnitState};
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn both_sides_must_agree() {
        use LinkDirection::{In, Out};
        use LinkStatus::{Active, Ended, Invited};
        assert!(may_accept(Invited, In).is_ok());
        assert_eq!(may_accept(Invited, Out).unwrap_err().code, "link_waits_for_them");
        assert_eq!(may_accept(Active, In).unwrap_err().code, "link_active");
        assert_eq!(may_accept(Ended, In).unwrap_err().code, "link_ended");
        assert!(must_be_active(Active).is_ok());
        for status in [Invited, Ended] {
            assert_eq!(must_be_active(status).unwrap_err().code, "link_not_active");
        }
    }

    #[test]
    fn a_link_ends_when_nothing_is_on_its_way() {
        assert!(may_end(LinkStatus::Active, 0).is_ok());
        assert!(may_end(LinkStatus::Invited, 0).is_ok());
        assert_eq!(may_end(LinkStatus::Active, 1).unwrap_err().code, "transfers_pending");
        assert_eq!(may_end(LinkStatus::Ended, 0).unwrap_err().code, "link_ended");
    }

    fn organization(n: u128) -> OrganizationId {
        Id::from_uuid(Uuid::from_u128(n))
    }

    /// A unit of a company's own stock.
    fn unit(owner: OrganizationId) -> Unit {
        Unit {
            id: Id::from_uuid(Uuid::from_u128(9)),
            kind: UnitKind::Device,
            custodian: Custodian::organization(owner),
            facility_stock: None,
            transfer: None,
            event: None,
            on_hold: false,
            active: true,
            reusable: false,
            expires_on: None,
            container: None,
        }
    }

    /// Whether a company answers for a unit by its own books.
    fn answers(unit: &Unit) -> bool {
        unit.active && unit.custodian.kind != CustodianType::LinkedOrganization
    }

    #[test]
    fn what_is_with_a_linked_company_is_no_stock_here() {
        let gone = left(&unit(organization(1)), organization(2));
        assert_eq!(gone.state(), UnitState::Inactive);
        assert!(gone.may_be_sent().is_err() && gone.may_be_marked().is_err() && gone.may_be_held().is_err());
        assert!(may_come_back(&gone).is_ok());
        assert_eq!(may_come_back(&unit(organization(1))).unwrap_err().code, "unit_is_here");
    }

    proptest! {
        /// Any sequence of sending, accepting, declining and taking back leaves each unit with exactly one of the companies,
        /// and every step begins where the one before ended.
        #[test]
        fn one_company_answers_for_a_unit_at_every_moment(steps in prop::collection::vec((0u8..4, 0u8..3), 1..60)) {
            let companies = [organization(1), organization(2), organization(3)];
            // Books: what each company knows of the unit; the first one made it.
            let mut books: [Option<Unit>; 3] = [Some(unit(companies[0])), None, None];
            let mut way: Option<(usize, usize)> = None;
            for (what, to) in steps {
                let to = usize::from(to);
                match (what, way) {
                    (0, None) => {
                        let from = books.iter().position(|it| it.as_ref().is_some_and(answers)).unwrap();
                        let there = books[from].as_mut().unwrap();
                        if to != from && may_leave(there).is_ok() {
                            there.transfer = Some(Id::from_uuid(Uuid::from_u128(7)));
                            way = Some((from, to));
                        }
                    }
                    (1, Some((from, to))) => {
                        let gone = left(books[from].as_ref().unwrap(), companies[to]);
                        let known = books[to].clone().unwrap_or_else(|| left(&unit(companies[to]), companies[from]));
                        prop_assert!(may_come_back(&known).is_ok(), "it comes from where it is");
                        books[from] = Some(gone);
                        books[to] = Some(arrived(&known, Custodian::organization(companies[to])));
                        way = None;
                    }
                    (2 | 3, Some((from, _))) => {
                        books[from].as_mut().unwrap().transfer = None;
                        way = None;
                    }
                    _ => {}
                }
                prop_assert_eq!(books.iter().flatten().filter(|it| answers(it)).count(), 1);
                for (at, unit) in books.iter().enumerate().filter_map(|(at, it)| it.as_ref().map(|it| (at, it))) {
                    prop_assert!(unit.custodian.id != companies[at].uuid() || unit.custodian.kind == CustodianType::Organization);
                    prop_assert_eq!(unit.active, answers(unit), "invariant 1: what is active has a custodian of the own");
                }
            }
        }
    }
}
