//! Roles and accounts in sentences.

use super::role_words;
use crate::pages::words::{count, names};
use app::Ctx;
use app::glance::Leader;
use contract::people::User;
use domain::people::{Grant, ORGANIZATION_TOGGLES, Permission, Role, Toggle, granted};
use maud::{Markup, html};

/// What a role means, for whoever chooses it for good.
pub const fn role_help(role: Role) -> &'static str {
    match role {
        Role::PrimaryAdmin => "Exactly one; manages admins.",
        Role::Admin => "Sees and changes everything, and manages everybody but admins.",
        Role::Operations => "The back office: acts for everybody, as far as its settings go. Holds no stock.",
        Role::RegionalManager => "Oversees the sales reps and distributors of own regions. Holds no stock.",
        Role::Distributor => {
            "Leads one group of sales reps: sees and acts on their stock and cases, and may share its own stock with \
             them. One for each group, for good: there are no co-distributors."
        }
        Role::Sales => "A rep in the field: own stock, own cases, nothing of other reps.",
        Role::FacilityManager => "Somebody of a facility: own stock, and the events of own locations.",
    }
}

/// The facts that the header's sentence is made from.
pub struct Place<'a> {
    /// The account.
    pub user: &'a User,
    /// For whom it works.
    pub leaders: &'a [Leader],
    /// Who works for it.
    pub reps: &'a [User],
    /// For whom it acts.
    pub principal: Option<&'a str>,
    /// Its region and who oversees it.
    pub region: Option<(&'a str, Option<&'a str>)>,
    /// Units in its custody, where the viewer may know.
    pub units: Option<i64>,
}

/// Who answers for what, who works for whom: one line under the title.
pub fn header_line(place: &Place<'_>) -> Markup {
    let user = place.user;
    let shared: Vec<&str> = place.leaders.iter().filter(|it| it.shares).map(|it| it.name.as_str()).collect();
    let full: Vec<&str> = place.leaders.iter().filter(|it| !it.hub).map(|it| it.name.as_str()).collect();
    html! {
        (role_words(user))
        @if let Some(principal) = place.principal { " for " strong { (principal) } ", whatever it may do" }
        @if let (Some(units), true) = (place.units, user.role.holds_stock() && user.delegate_of.is_none()) {
            " · answers for " a class="link" href={ "/units?custodian_id=" (user.id) } { (count(units, "unit", "units")) }
        }
        @if !full.is_empty() { " · works for " strong { (names(&full, 3)) } }
        @if !shared.is_empty() { " · may use the stock of " (names(&shared, 3)) }
        @if user.role == Role::Distributor && user.delegate_of.is_none() {
            @if place.reps.is_empty() { " · leads no rep yet" }
            @else { " · leads " (count(place.reps.len() as i64, "rep", "reps")) @if user.shares_inventory { ", who may use its stock" } }
        }
        @if let Some((region, manager)) = place.region {
            " · " (region) @if let Some(manager) = manager { ", overseen by " (manager) }
        }
    }
}

/// One thing an account may or may not do, and what decides it.
pub struct Right {
    /// What.
    pub label: &'static str,
    /// Whether.
    pub may: bool,
    /// Why.
    pub because: &'static str,
}

/// What an account may do, permission by permission.
pub fn rights(ctx: &Ctx, user: &User) -> Vec<Right> {
    let organization = |key: &str| {
        let default = ORGANIZATION_TOGGLES.iter().find(|(known, _)| *known == key).is_some_and(|(_, on)| *on);
        ctx.organization.settings.get(key).and_then(serde_json::Value::as_bool).unwrap_or(default)
    };
    let right = |permission: &Permission| {
        let label = permission.label();
        if user.custodian_only {
            return Right { label, may: false, because: "it only pools stock" };
        }
        match granted(user.role, *permission) {
            (Grant::Always, _) => Right { label, may: true, because: "by role" },
            (Grant::Setting, Some(Toggle::User(key, default))) => {
                let may = user.settings.get(key).copied().unwrap_or(default);
                Right { label, may, because: "by a setting of the account" }
            }
            (Grant::Setting, Some(Toggle::Organization(key, _))) => {
                Right { label, may: organization(key), because: "by a setting of the organization" }
            }
            _ => Right { label, may: false, because: "not with this role" },
        }
    };
    Permission::ALL.iter().map(right).collect()
}

/// The steps of a set-up, in words that say what to do.
pub fn step_help(key: &str, user: &User) -> Option<(&'static str, String)> {
    let at = |tail: &str| format!("/people/{}{tail}", user.id);
    Some(match key {
        "shipping_address" => ("Printed on transfers that go there.", at("/edit#shipping")),
        "commission_rate" => ("Without it no commission is worked out.", at("/edit#rate")),
        "directory" => ("What it may schedule: manufacturers, locations, physicians.", at("/assignments")),
        "group" => ("Reps that it leads.", at("#group")),
        "sharing" => ("A hub is of use only while it shares.", at("#group")),
        "stock" => ("Send it a first set.", format!("/transfers/new?to={}", user.id)),
        "training" => ("Until then it can look at nothing.", at("#setup")),
        "invitation" => ("The link with which a password is chosen.", at("#setup")),
        _ => return None,
    })
}
