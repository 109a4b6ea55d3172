//! Custody: where a unit stands, and what may happen to it next. A unit's state follows from facts, it is never set.

use crate::clock::Day;
use crate::id::{EventId, LocationId, OrganizationId, TransferId, UnitId, UserId};
pub use crate::refusal::Refusal;
use crate::words::words;
use uuid::Uuid;

words! {
    /// What kind of thing a unit is.
    pub enum UnitKind {
        /// An implant or an instrument.
        Device = "device", "Device";
        /// A set or tray: holds devices, moves as one, is never sold.
        Container = "container", "Container";
        /// A sellable package.
        Pack = "pack", "Pack";
    }
}

words! {
    /// Where a unit stands. Derived: the first that holds of inactive, in transfer, on hold, in event, available.
    pub enum UnitState {
        /// Free to be used or moved.
        Available = "available", "Available";
        /// On its way to another custodian.
        InTransfer = "in_transfer", "In transfer";
        /// Waits for the office to look at it.
        OnHold = "on_hold", "On hold";
        /// Marked on an open event.
        InEvent = "in_event", "In event";
        /// Used, sold, lost or taken off the books.
        Inactive = "inactive", "Inactive";
    }
}

impl UnitState {
    /// The stored number.
    pub const fn stored(self) -> i64 {
        self as i64
    }

    /// Reads the stored number; an unknown one counts as inactive, so that nothing is used by mistake.
    pub const fn from_stored(value: i64) -> Self {
        match value {
            0 => Self::Available,
            1 => Self::InTransfer,
            2 => Self::OnHold,
            3 => Self::InEvent,
            _ => Self::Inactive,
        }
    }
}

words! {
    /// What kind of custodian answers for a unit.
    pub enum CustodianType {
        /// The organisation itself.
        Organization = "organization", "Organisation";
        /// A person's account, or a custodian-only one.
        User = "user", "Person";
        /// A linked company.
        LinkedOrganization = "linked_organization", "Linked company";
    }
}

words! {
    /// Where a transfer stands.
    pub enum TransferStatus {
        /// Waits for the recipient.
        Pending = "pending", "Pending";
        /// Received, or as much of it as arrived.
        Accepted = "accepted", "Accepted";
        /// Refused.
        Declined = "declined", "Declined";
        /// Taken back by the sender, or emptied by the office.
        Cancelled = "cancelled", "Cancelled";
    }
}

words! {
    /// What became of one unit of a transfer.
    pub enum TransferLineStatus {
        /// Waits for the recipient.
        Pending = "pending", "Pending";
        /// Received.
        Accepted = "accepted", "Accepted";
        /// Refused: back at the sender.
        Declined = "declined", "Declined";
        /// Taken off by the office: back at the sender.
        Removed = "removed", "Removed";
        /// Taken back by the sender.
        Cancelled = "cancelled", "Cancelled";
        /// Did not arrive.
        Missing = "missing", "Missing";
    }
}

/// Who answers for a unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Custodian {
    /// Which kind.
    pub kind: CustodianType,
    /// The account or organisation.
    pub id: Uuid,
}

impl Custodian {
    /// The organisation as custodian.
    pub const fn organization(id: OrganizationId) -> Self {
        Self { kind: CustodianType::Organization, id: id.uuid() }
    }

    /// An account as custodian.
    pub const fn user(id: UserId) -> Self {
        Self { kind: CustodianType::User, id: id.uuid() }
    }
}

/// The facts about a unit that rules look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The unit.
    pub id: UnitId,
    /// What kind of thing.
    pub kind: UnitKind,
    /// Who answers for it.
    pub custodian: Custodian,
    /// Sold, and still on the shelf of this location.
    pub facility_stock: Option<LocationId>,
    /// The pending transfer it is in.
    pub transfer: Option<TransferId>,
    /// The open event it is marked on.
    pub event: Option<EventId>,
    /// Waits for the office.
    pub on_hold: bool,
    /// Not used up, sold or lost.
    pub active: bool,
    /// Comes back after use.
    pub reusable: bool,
    /// The last day of use.
    pub expires_on: Option<Day>,
    /// The container it lies in.
    pub container: Option<UnitId>,
}

impl Unit {
    /// The state that follows from the facts.
    pub const fn state(&self) -> UnitState {
        if !self.active {
            UnitState::Inactive
        } else if self.transfer.is_some() {
            UnitState::InTransfer
        } else if self.on_hold {
            UnitState::OnHold
        } else if self.event.is_some() {
            UnitState::InEvent
        } else {
            UnitState::Available
        }
    }

    fn must_be_here(&self, to: &str) -> Result<(), Refusal> {
        match self.state() {
            UnitState::Inactive if self.custodian.kind == CustodianType::LinkedOrganization => Err(Refusal::new(
                "unit_with_linked_company",
                format!("A linked company answers for this unit now, so it cannot be {to} until it comes back."),
            )),
            UnitState::Inactive => Err(Refusal::new(
                "unit_inactive",
                format!(
                    "This unit is no longer active, so it cannot be {to}. Reactivate it first if that was a mistake."
                ),
            )),
            UnitState::InTransfer => Err(Refusal::new(
                "unit_in_transfer",
                format!(
                    "This unit is in a pending transfer, so it cannot be {to}. Accept, decline or cancel that first."
                ),
            )),
            UnitState::OnHold => Err(Refusal::new(
                "unit_on_hold",
                format!("This unit is on hold, so it cannot be {to}. Ask the office to release it."),
            )),
            UnitState::InEvent | UnitState::Available => Ok(()),
        }
    }

    /// May be put on a transfer. Facility stock moves by reassignment only; a device inside a container moves with it.
    pub fn may_be_sent(&self) -> Result<(), Refusal> {
        self.must_be_here("sent")?;
        if self.facility_stock.is_some() {
            return Err(Refusal::new(
                "facility_stock_cannot_be_transferred",
                "This unit is facility stock: it was sold and stays on its shelf. Reassign it to another custodian instead.",
            ));
        }
        Ok(())
    }

    /// May be marked on an event (the event's own rules come on top).
    pub fn may_be_marked(&self) -> Result<(), Refusal> {
        self.must_be_here("used")?;
        if self.kind == UnitKind::Container {
            return Err(Refusal::new(
                "container_not_sellable",
                "A container is attached to an event, not used in it. Mark the devices inside.",
            ));
        }
        if !self.reusable && self.event.is_some() {
            return Err(Refusal::new(
                "unit_in_event",
                "This unit is already marked on another open event. Take it off there first.",
            ));
        }
        Ok(())
    }

    /// May be put on hold.
    pub fn may_be_held(&self) -> Result<(), Refusal> {
        match self.state() {
            UnitState::OnHold => Err(Refusal::new("unit_on_hold", "This unit is on hold already.")),
            _ => self.must_be_here("put on hold"),
        }
    }

    /// May be released from hold.
    pub fn may_be_released(&self) -> Result<(), Refusal> {
        if self.state() == UnitState::OnHold {
            return Ok(());
        }
        Err(Refusal::new("unit_not_on_hold", "This unit is not on hold, so there is nothing to release."))
    }

    /// May be taken off the books by hand.
    pub fn may_be_deactivated(&self) -> Result<(), Refusal> {
        match self.state() {
            UnitState::Inactive => Err(Refusal::new("unit_inactive", "This unit is inactive already.")),
            UnitState::InTransfer => self.must_be_here("deactivated"),
            UnitState::InEvent => {
                Err(Refusal::new("unit_in_event", "This unit is marked on an open event. Take it off there first."))
            }
            _ => Ok(()),
        }
    }

    /// May change its custodian while it stays on the shelf.
    pub fn may_be_reassigned(&self) -> Result<(), Refusal> {
        if self.facility_stock.is_none() {
            return Err(Refusal::new(
                "not_facility_stock",
                "Only facility stock is reassigned. Send a transfer for a unit that has not been sold.",
            ));
        }
        self.must_be_here("reassigned")?;
        if self.event.is_some() {
            return Err(Refusal::new(
                "unit_in_event",
                "This unit is marked on an open event. Take it off there first.",
            ));
        }
        Ok(())
    }
}

/// Who uses a unit in an event, seen from the unit.
#[derive(Clone, Copy, Debug)]
pub struct UseContext {
    /// Whose custody the event draws on.
    pub representative: UserId,
    /// The facility.
    pub location: Option<LocationId>,
    /// The custodian of the unit is a distributor who shares with the representative.
    pub custodian_shares_with_representative: bool,
    /// It may be used through a pool alone, of which facility stock is no part.
    pub through_pool_alone: bool,
    /// The type of event takes facility stock.
    pub takes_facility_stock: bool,
}

/// Whether a unit may be used in an event: own custody, or that of a distributor who shares; facility stock only at its
/// own location, and only with the custodian who sold it or, one way, with a rep of a distributor who shares.
pub fn usable(unit: &Unit, context: &UseContext) -> Result<(), Refusal> {
    let own = unit.custodian == Custodian::user(context.representative);
    if !own && !context.custodian_shares_with_representative {
        return Err(Refusal::new(
            "unit_not_usable_by_representative",
            "Neither the representative of this event nor a distributor who shares with them answers for this unit. \
             Transfer it first, or find cover.",
        ));
    }
    let Some(shelf) = unit.facility_stock else { return Ok(()) };
    if !own && context.through_pool_alone {
        return Err(Refusal::new(
            "facility_stock_not_pooled",
            "This unit is facility stock, which is no part of a pool. Whoever sold it uses it, or it is reassigned.",
        ));
    }
    if !context.takes_facility_stock {
        return Err(Refusal::new(
            "facility_stock_already_sold",
            "This unit is facility stock: it was sold already. It can be used in a case, returned or adjusted, not sold again.",
        ));
    }
    if context.location != Some(shelf) {
        return Err(Refusal::new(
            "facility_stock_other_location",
            "This unit is facility stock of another location and may only be used there.",
        ));
    }
    Ok(())
}

/// Most serial numbers that are made in one go.
pub const SERIES_MAX: usize = 1_000;

/// Serial numbers from one to another as they are printed: the same beginning, and a number that counts up with as many digits as
/// the first one has.
///
/// # Errors
/// `range_unclear` when the two have no form in common, `range_backwards` when the last comes before the first,
/// `range_too_long` for more than [`SERIES_MAX`].
pub fn series(from: &str, to: &str) -> Result<Vec<String>, Refusal> {
    let split = |text: &str| {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (head, number) = text.split_at(text.len() - digits);
        (head.to_owned(), number.to_owned())
    };
    let ((head, low), (other, high)) = (split(from.trim()), split(to.trim()));
    let number = |digits: &str| digits.parse::<u64>().ok().filter(|_| digits.len() <= 18);
    let (Some(first), Some(last)) = (number(&low).filter(|_| head == other), number(&high)) else {
        let message = format!(
            "From {from} to {to}: give both ends with the same beginning and a number at the end, such as SN-001..SN-050."
        );
        return Err(Refusal::new("range_unclear", message));
    };
    if last < first {
        return Err(Refusal::new("range_backwards", format!("{to} comes before {from}. Swap the two.")));
    }
    if last - first >= SERIES_MAX as u64 {
        let message = format!("Make at most {SERIES_MAX} serial numbers in one go.");
        return Err(Refusal::new("range_too_long", message));
    }
    let digits = low.len();
    Ok((first..=last).map(|n| format!("{head}{n:0digits$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_counts_up_in_the_form_of_its_first_number() {
        assert_eq!(series("SN-098", "SN-101").unwrap(), ["SN-098", "SN-099", "SN-100", "SN-101"]);
        assert_eq!(series("7", "7").unwrap(), ["7"]);
        assert_eq!(series("A9", "A11").unwrap(), ["A9", "A10", "A11"]);
        let code = |from, to| series(from, to).unwrap_err().code;
        assert_eq!(
            (code("A1", "B2"), code("AB", "AC"), code("A1", "A")),
            ("range_unclear", "range_unclear", "range_unclear")
        );
        assert_eq!((code("A5", "A4"), code("A1", "A1001")), ("range_backwards", "range_too_long"));
        assert_eq!(series("A1", "A1000").unwrap().len(), SERIES_MAX);
    }
    use crate::id::Id;
    use proptest::prelude::*;

    fn unit() -> Unit {
        Unit {
            id: Id::from_uuid(Uuid::from_u128(1)),
            kind: UnitKind::Device,
            custodian: Custodian::user(Id::from_uuid(Uuid::from_u128(2))),
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

    #[test]
    fn the_first_fact_that_holds_names_the_state() {
        let mut it = unit();
        assert_eq!(it.state(), UnitState::Available);
        it.event = Some(Id::from_uuid(Uuid::from_u128(5)));
        assert_eq!(it.state(), UnitState::InEvent);
        it.on_hold = true;
        assert_eq!(it.state(), UnitState::OnHold);
        it.transfer = Some(Id::from_uuid(Uuid::from_u128(6)));
        assert_eq!(it.state(), UnitState::InTransfer);
        it.active = false;
        assert_eq!(it.state(), UnitState::Inactive);
    }

    #[test]
    fn facility_stock_is_used_only_at_its_shelf() {
        let shelf = Id::from_uuid(Uuid::from_u128(7));
        let mut it = unit();
        it.facility_stock = Some(shelf);
        let mut context = UseContext {
            representative: Id::from_uuid(Uuid::from_u128(2)),
            location: Some(shelf),
            custodian_shares_with_representative: false,
            through_pool_alone: false,
            takes_facility_stock: true,
        };
        assert!(usable(&it, &context).is_ok());
        context.location = Some(Id::from_uuid(Uuid::from_u128(8)));
        assert_eq!(usable(&it, &context).unwrap_err().code, "facility_stock_other_location");
        context.location = Some(shelf);
        context.representative = Id::from_uuid(Uuid::from_u128(3));
        assert_eq!(usable(&it, &context).unwrap_err().code, "unit_not_usable_by_representative");
        context.custodian_shares_with_representative = true;
        assert!(usable(&it, &context).is_ok());
        context.through_pool_alone = true;
        assert_eq!(usable(&it, &context).unwrap_err().code, "facility_stock_not_pooled");
        context.through_pool_alone = false;
        context.takes_facility_stock = false;
        assert_eq!(usable(&it, &context).unwrap_err().code, "facility_stock_already_sold");
    }

    proptest! {
        #[test]
        fn what_is_away_or_gone_is_never_sent_used_or_held(transfer: bool, event: bool, hold: bool, active: bool) {
            let mut it = unit();
            it.transfer = transfer.then(|| Id::from_uuid(Uuid::from_u128(6)));
            it.event = event.then(|| Id::from_uuid(Uuid::from_u128(5)));
            it.on_hold = hold;
            it.active = active;
            let away = !active || transfer || hold;
            prop_assert_eq!(it.may_be_sent().is_err(), away);
            prop_assert_eq!(it.may_be_marked().is_err(), away || event);
            prop_assert_eq!(it.may_be_held().is_err(), away);
            prop_assert_eq!(UnitState::from_stored(it.state().stored()), it.state());
        }
    }
}
