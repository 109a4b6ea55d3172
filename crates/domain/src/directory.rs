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
        /// There is nobody.
        None = "none", "Nobody";
    }
}

/// Who cares for a location, and where that comes from. `own` counts only when the mode is assigned.
pub fn effective_rep(
    mode: SalesRepMode,
    own: Option<UserId>,
    customer_default: Option<UserId>,
) -> (Option<UserId>, SalesRepSource) {
    let (rep, source) = match mode {
        SalesRepMode::Inherit => (customer_default, SalesRepSource::Customer),
        SalesRepMode::Assigned => (own, SalesRepSource::Location),
        SalesRepMode::None => (None, SalesRepSource::None),
    };
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

    #[test]
    fn an_override_wins_and_nobody_is_not_the_default() {
        let (ann, bob) = (UserId::from_uuid(Uuid::from_u128(1)), UserId::from_uuid(Uuid::from_u128(2)));
        assert_eq!(effective_rep(SalesRepMode::Inherit, None, Some(ann)), (Some(ann), SalesRepSource::Customer));
        assert_eq!(
            effective_rep(SalesRepMode::Inherit, Some(bob), Some(ann)).0,
            Some(ann),
            "a stale override is no override"
        );
        assert_eq!(effective_rep(SalesRepMode::Assigned, Some(bob), Some(ann)), (Some(bob), SalesRepSource::Location));
        assert_eq!(effective_rep(SalesRepMode::Assigned, Some(ann), Some(ann)), (Some(ann), SalesRepSource::Location));
        assert_eq!(effective_rep(SalesRepMode::None, None, Some(ann)), (None, SalesRepSource::None));
        assert_eq!(effective_rep(SalesRepMode::Inherit, None, None), (None, SalesRepSource::None));
    }
}
