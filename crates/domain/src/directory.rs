//! Words and rules of the directory: kinds of customers and locations, who cares for a location.

use crate::id::UserId;
use crate::people::Role;
use crate::words::words;

words! {
    /// What a customer is.
    pub enum CustomerKind {
        /// Several hospitals under one roof.
        HealthSystem = "health_system", "Health system";
        /// A hospital.
        Hospital = "hospital", "Hospital";
        /// An ambulatory surgery centre.
        Asc = "asc", "Surgery centre";
        /// A clinic or practice.
        Clinic = "clinic", "Clinic";
        /// A company that sells on.
        Distributor = "distributor", "Distributor";
        /// A company that makes.
        Manufacturer = "manufacturer", "Manufacturer";
        /// Anything else.
        Other = "other", "Other";
    }

    /// What a location is.
    pub enum LocationKind {
        /// Where patients are treated.
        Facility = "facility", "Facility";
        /// Part of one.
        Department = "department", "Department";
        /// Where goods are kept.
        Warehouse = "warehouse", "Warehouse";
        /// Where letters go.
        Office = "office", "Office";
    }

    /// How a location comes to its rep.
    pub enum SalesRepMode {
        /// From the customer's default.
        Inherit = "inherit", "From the customer";
        /// Set here.
        Assigned = "assigned", "Set here";
        /// Deliberately nobody.
        None = "none", "Nobody";
    }

    /// Where the rep who cares for a location now comes from.
    pub enum SalesRepSource {
        /// The customer's default.
        Customer = "customer", "From the customer";
        /// Set on the location.
        Location = "location", "Set here";
        /// By the territory in which the location lies.
        Territory = "territory", "By territory";
        /// The organisation's own account.
        HouseAccount = "house_account", "House account";
        /// There is nobody.
        None = "none", "Nobody";
    }
}

/// A rule of the organisation: who cares for locations of some states or postal codes that have no other rep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Territory {
    /// Who cares.
    pub rep: UserId,
    /// Upper-case codes of states; empty for any.
    pub states: Vec<String>,
    /// Beginnings of postal codes (`606`) or ranges of them (`60600-60699`), upper case without spaces; empty for any.
    pub postal_codes: Vec<String>,
}

impl Territory {
    /// Whether an address lies in it: `state` and `postal_code` as [`area_key`] has them.
    pub fn holds(&self, state: &str, postal_code: &str) -> bool {
        let in_state = self.states.is_empty() || self.states.iter().any(|it| it == state);
        let in_area = self.postal_codes.is_empty() || self.postal_codes.iter().any(|it| area_holds(it, postal_code));
        in_state && in_area && !(self.states.is_empty() && self.postal_codes.is_empty())
    }
}

fn area_holds(area: &str, postal_code: &str) -> bool {
    if postal_code.is_empty() {
        return false;
    }
    match area.split_once('-') {
        None => postal_code.starts_with(area),
        Some((from, to)) => {
            let head: String = postal_code.chars().take(from.chars().count()).collect();
            head.as_str() >= from && head.as_str() <= to
        }
    }
}

/// A state or postal code as territories compare it: upper case, letters and digits alone.
pub fn area_key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The first territory that holds an address; they come in the order of their rank.
pub fn territory_of<'t>(territories: &'t [Territory], state: &str, postal_code: &str) -> Option<&'t Territory> {
    territories.iter().find(|it| it.holds(state, postal_code))
}

/// Everything from which a location may have its rep, the nearest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RepLadder {
    /// How the location comes to its rep.
    pub mode: SalesRepMode,
    /// Set on the location; counts only when the mode is assigned.
    pub own: Option<UserId>,
    /// The customer's default.
    pub customer: Option<UserId>,
    /// By the territory in which it lies.
    pub territory: Option<UserId>,
    /// The organisation's own account.
    pub house: Option<UserId>,
}

/// Who cares for a location, and where that comes from: the first step of the ladder that names somebody. A location that is
/// deliberately nobody's stays nobody's.
pub fn effective_rep(ladder: &RepLadder) -> (Option<UserId>, SalesRepSource) {
    let steps = match ladder.mode {
        SalesRepMode::None => return (None, SalesRepSource::None),
        SalesRepMode::Assigned => return named(ladder.own, SalesRepSource::Location),
        SalesRepMode::Inherit => [
            (ladder.customer, SalesRepSource::Customer),
            (ladder.territory, SalesRepSource::Territory),
            (ladder.house, SalesRepSource::HouseAccount),
        ],
    };
    let first = steps.into_iter().find(|(rep, _)| rep.is_some());
    first.map_or((None, SalesRepSource::None), |(rep, source)| named(rep, source))
}

fn named(rep: Option<UserId>, source: SalesRepSource) -> (Option<UserId>, SalesRepSource) {
    (rep, if rep.is_some() { source } else { SalesRepSource::None })
}

/// Whether an account of this role may care for customers.
pub const fn may_be_sales_rep(role: Role) -> bool {
    matches!(role, Role::Sales | Role::Distributor | Role::RegionalManager)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn somebody(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn an_override_wins_and_nobody_is_not_the_default() {
        let (ann, bob, cyd, house) = (somebody(1), somebody(2), somebody(3), somebody(4));
        let empty = RepLadder { mode: SalesRepMode::Inherit, own: None, customer: None, territory: None, house: None };
        let full = RepLadder { own: Some(bob), customer: Some(ann), territory: Some(cyd), house: Some(house), ..empty };
        let told = |ladder: RepLadder| effective_rep(&ladder);
        assert_eq!(told(full), (Some(ann), SalesRepSource::Customer), "a stale override is no override");
        assert_eq!(told(RepLadder { customer: None, ..full }), (Some(cyd), SalesRepSource::Territory));
        let bare = RepLadder { customer: None, territory: None, ..full };
        assert_eq!(told(bare), (Some(house), SalesRepSource::HouseAccount));
        assert_eq!(told(empty), (None, SalesRepSource::None));
        let assigned = RepLadder { mode: SalesRepMode::Assigned, ..full };
        assert_eq!(told(assigned), (Some(bob), SalesRepSource::Location));
        assert_eq!(told(RepLadder { own: Some(ann), ..assigned }), (Some(ann), SalesRepSource::Location));
        assert_eq!(told(RepLadder { mode: SalesRepMode::None, ..full }), (None, SalesRepSource::None));
    }

    #[test]
    fn territories_go_by_state_and_postal_code() {
        let rule = |states: &[&str], codes: &[&str]| Territory {
            rep: somebody(1),
            states: states.iter().map(|it| (*it).to_owned()).collect(),
            postal_codes: codes.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(
            (area_key(" il "), area_key("EC1A 1BB"), area_key("60601-1234")),
            ("IL".into(), "EC1A1BB".into(), "606011234".into())
        );
        assert!(rule(&["IL"], &[]).holds("IL", ""));
        assert!(!rule(&["IL"], &[]).holds("WI", "60601"));
        assert!(rule(&[], &["606"]).holds("", "606011234") && !rule(&[], &["606"]).holds("IL", ""));
        assert!(rule(&[], &["60600-60699"]).holds("IL", "606991234"));
        assert!(!rule(&[], &["60600-60699"]).holds("IL", "60700"));
        assert!(!rule(&["IL"], &["53"]).holds("IL", "60601"), "both must hold");
        assert!(!rule(&[], &[]).holds("IL", "60601"), "a rule that says nothing holds nothing");
        let rules = [rule(&["WI"], &[]), rule(&["IL"], &["606"]), rule(&["IL"], &[])];
        assert_eq!(territory_of(&rules, "IL", "60601"), Some(&rules[1]));
        assert_eq!(territory_of(&rules, "IL", "62701"), Some(&rules[2]));
        assert_eq!(territory_of(&rules, "TX", "75001"), None);
    }
}
