//! Changes of many customers, locations or units at once: a selection is frozen, looked at, applied, and can be undone.
//!
//! The preview writes nothing but its token. What is applied is what was selected then: rows that somebody else changed in
//! between are named and left alone. Up to 200 rows are one unit of work; more are a job that goes on in chunks.

mod ask;
pub mod follow;
pub mod jobs;
mod of_customers;
mod of_locations;
mod of_units;
mod preview;
pub(crate) mod run;
mod tasks;
pub(crate) mod undo;
mod what_if;

pub use preview::{Looked, look, remember};

use crate::{Ctx, Error, Result};
use contract::bulk::BulkSet;
use domain::bulk::{BulkMode, RowOutcome};
use domain::clock::Day;
use domain::id::{self, CustomerId, Id, LocationId, UnitId, UserId};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::jobs::OutcomeRow;
use uuid::Uuid;

/// What bulk changes are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entity {
    /// Customers.
    Customers,
    /// Locations.
    Locations,
    /// Units.
    Units,
}

impl Entity {
    /// As jobs name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Locations => "locations",
            Self::Units => "units",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "customers" => Some(Self::Customers),
            "locations" => Some(Self::Locations),
            "units" => Some(Self::Units),
            _ => None,
        }
    }

    pub(crate) fn printed(self, id: Uuid) -> String {
        match self {
            Self::Customers => CustomerId::from_uuid(id).to_string(),
            Self::Locations => LocationId::from_uuid(id).to_string(),
            Self::Units => UnitId::from_uuid(id).to_string(),
        }
    }

    fn read_id(self, text: &str) -> Option<Uuid> {
        match self {
            Self::Customers => text.parse::<CustomerId>().map(Id::uuid).ok(),
            Self::Locations => text.parse::<LocationId>().map(Id::uuid).ok(),
            Self::Units => text.parse::<UnitId>().map(Id::uuid).ok(),
        }
    }

    /// One of them in a word.
    const fn one(self) -> &'static str {
        match self {
            Self::Customers => "customer",
            Self::Locations => "location",
            Self::Units => "unit",
        }
    }

    /// `3 customers`.
    fn counted(self, rows: i64) -> String {
        format!("{rows} {}{}", self.one(), if rows == 1 { "" } else { "s" })
    }
}

/// What a bulk change does: kept with its preview, and later with its job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub entity: String,
    pub set: BulkSet,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub clear_location_overrides: bool,
    pub mode: BulkMode,
    #[serde(default)]
    pub effective_on: Option<Day>,
    #[serde(default)]
    pub summary: String,
    /// How many rows the preview would have changed.
    #[serde(default)]
    pub will_change: i64,
    #[serde(default)]
    pub needs_approval: bool,
    /// Who gained and lost how many rows until now, by account; told to them at the end.
    #[serde(default)]
    pub reps: Vec<(UserId, i64, i64)>,
    /// The last row of the job that is undone.
    #[serde(default)]
    pub cursor: i64,
    /// Why nothing more could be done.
    #[serde(default)]
    pub problem: String,
}

impl Task {
    /// Terms of customers are applied again to orders.
    pub(crate) fn of_orders(reason: String) -> Self {
        Self { reason, ..Self::plain(crate::billing::reapply::ENTITY, "", crate::billing::reapply::MODE) }
    }

    /// Of a job that carries its own record: only what it is about and what it says.
    pub(crate) fn plain(entity: &str, summary: &str, mode: BulkMode) -> Self {
        Self {
            entity: entity.to_owned(),
            set: BulkSet::default(),
            reason: String::new(),
            clear_location_overrides: false,
            mode,
            effective_on: None,
            summary: summary.to_owned(),
            will_change: 0,
            needs_approval: false,
            reps: Vec::new(),
            cursor: 0,
            problem: String::new(),
        }
    }
}

/// What a job wrote of one row.
pub(crate) fn changes_of(tx: &mut Tx, organization: Uuid, job: Uuid, subject: Uuid) -> Result<Vec<Change>> {
    let text = store::jobs::changes_of(tx, organization, job, subject)?;
    serde_json::from_str(&text).map_err(|error| Error::Internal(format!("a stored row of a job: {error}")))
}

/// One changed field: name, before, after; as the journal has them.
pub(crate) type Change = (String, Option<String>, Option<String>);

/// Why a row is left as it is.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub outcome: RowOutcome,
    pub code: String,
    pub reason: String,
}

impl Left {
    pub(crate) fn new(outcome: RowOutcome, code: &str, reason: impl Into<String>) -> Self {
        Self { outcome, code: code.to_owned(), reason: reason.into() }
    }

    pub(crate) fn already() -> Self {
        Self::new(RowOutcome::Already, "already", "")
    }

    pub(crate) fn gone(entity: Entity) -> Self {
        let message = format!("This {} is gone, or no longer within your reach.", entity.one());
        Self::new(RowOutcome::NotFound, "not_found", message)
    }

    pub(crate) fn stale() -> Self {
        let message = "Somebody else changed it since it was selected.";
        Self::new(RowOutcome::ChangedMeanwhile, "changed_meanwhile", message)
    }

    /// An error of a use case as the fate of a row. Errors of the storage stay errors.
    pub(crate) fn of(error: Error) -> Result<Self> {
        Ok(match error {
            Error::Forbidden { code, message } => Self::new(RowOutcome::NotAllowed, code, message),
            Error::Invalid { code, message, .. } | Error::Conflict { code, message } => {
                Self::new(RowOutcome::Invalid, code, message)
            }
            Error::NotFound(_) => {
                Self::new(RowOutcome::Invalid, "not_found", "What was to be set is gone, or out of your reach.")
            }
            other => return Err(other),
        })
    }

    fn row(&self, n: i64, entity: Entity, subject: Uuid, version: i64) -> OutcomeRow {
        OutcomeRow {
            n,
            entity: entity.as_str().to_owned(),
            subject_id: subject,
            version,
            outcome: self.outcome.as_str().to_owned(),
            code: self.code.clone(),
            reason: self.reason.clone(),
            changes: "[]".to_owned(),
        }
    }
}

/// What was written of a row, as a job keeps it.
pub(crate) fn changes_json(changes: &[Change]) -> Result<String> {
    super::check::json(&changes)
}

/// How a value of a field is shown: names instead of ids, words instead of codes.
pub(crate) struct Labels(std::collections::HashMap<String, String>);

impl Labels {
    /// The names of everything that these changes refer to.
    pub(crate) fn of<'c>(ctx: &Ctx, tx: &mut Tx, changes: impl Iterator<Item = &'c Change>) -> Result<Self> {
        let (mut people, mut terms, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        let (mut customers, mut made, mut places) = (Vec::new(), Vec::new(), std::collections::BTreeSet::new());
        for (_, old, new) in changes {
            for text in [old, new].into_iter().flatten() {
                if let Ok(id) = text.parse::<id::UserId>() {
                    people.push(id.uuid());
                } else if let Ok(id) = text.parse::<id::PaymentTermsId>() {
                    terms.push(id.uuid());
                } else if let Ok(id) = text.parse::<id::PriceListId>() {
                    lists.push(id.uuid());
                } else if let Ok(id) = text.parse::<CustomerId>() {
                    customers.push(id.uuid());
                } else if let Ok(id) = text.parse::<id::CustomerTaskId>() {
                    made.push(id);
                } else if let Ok(id) = text.parse::<id::PlaceId>() {
                    places.insert(id);
                }
            }
        }
        let mut names = std::collections::HashMap::new();
        let people = store::directory::names_of_people(tx, ctx.org(), &people)?;
        names.extend(people.into_iter().map(|(id, name)| (id::UserId::from_uuid(id).to_string(), name)));
        let terms = store::directory::names_of_terms(tx, ctx.org(), &terms)?;
        names.extend(terms.into_iter().map(|(id, name)| (id::PaymentTermsId::from_uuid(id).to_string(), name)));
        let lists = store::directory::names_of_price_lists(tx, ctx.org(), &lists)?;
        names.extend(lists.into_iter().map(|(id, name)| (id::PriceListId::from_uuid(id).to_string(), name)));
        let customers = store::directory::names_of_customers(tx, ctx.org(), &customers)?;
        names.extend(customers.into_iter().map(|(id, name)| (CustomerId::from_uuid(id).to_string(), name)));
        names.extend(tasks::titles(ctx, tx, &made)?);
        for id in places {
            names.extend(store::stock::place_name(tx, ctx.org(), id.uuid())?.map(|name| (id.to_string(), name)));
        }
        Ok(Self(names))
    }

    /// A value in words.
    pub(crate) fn label(&self, ctx: &Ctx, field: &str, value: Option<&str>) -> String {
        use domain::{billing, directory, terms};
        let nothing = match field {
            "payment_terms_id" | "basis_date" => "organization's default",
            "default_sales_rep_id" | "sales_rep" => "nobody",
            "credit_limit_minor" => "no limit",
            "price_list_id" => "none",
            "archived_at" => "in use",
            "task" | "expires_on" | "due_back_on" => "none",
            "place_id" => "nowhere in particular",
            _ => "\u{2013}",
        };
        let Some(text) = value else { return nothing.to_owned() };
        if let Some(name) = self.0.get(text) {
            return name.clone();
        }
        let word = match field {
            "basis_date" => terms::BasisDate::parse(text).map(terms::BasisDate::label),
            "billing_status" => billing::BillingStatus::parse(text).map(billing::BillingStatus::label),
            "auto_hold" => billing::AutoHoldMode::parse(text).map(billing::AutoHoldMode::label),
            "sales_rep" => directory::SalesRepMode::parse(text).map(directory::SalesRepMode::label),
            "archived_at" => Some("archived"),
            _ => None,
        };
        if let Some(word) = word {
            return word.to_owned();
        }
        match field {
            "terms" => crate::billing::reapply::words(text),
            "credit_limit_minor" => {
                let currency = domain::money::Currency::parse(&ctx.organization.currency);
                let amount = text.parse().ok().zip(currency);
                amount
                    .map_or_else(|| text.to_owned(), |(minor, currency)| domain::money::Minor(minor).display(currency))
            }
            "tags" if text == "[]" => "none".to_owned(),
            "tags" => {
                serde_json::from_str::<Vec<String>>(text).map_or_else(|_| text.to_owned(), |tags| tags.join(", "))
            }
            _ => text.to_owned(),
        }
    }
}
