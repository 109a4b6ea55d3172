//! What a bulk change does to customers: reading it, judging a row, writing rows.

use super::ask::{self, Set, Tags, Tri};
use super::tasks::{self, NewTask};
use super::{Change, Left, Task};
use crate::directory::{check_rep, customers};
use crate::{Ctx, Error, Result};
use domain::billing::{AutoHoldMode, BillingStatus};
use domain::bulk::RowOutcome;
use domain::clock::{Day, Instant};
use domain::id::{self, LocationId, PaymentTermsId, PriceListId, UserId};
use domain::people::{Level, Permission};
use domain::terms::BasisDate;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::Tx;
use store::directory::customers::{self as rows, NO_DAY};
use store::directory::{CustomerRow, beside, locations, territories};
use uuid::Uuid;

/// The fields that can be changed, under all their names.
const FIELDS: &[&str] = &[
    "default_sales_rep",
    "default_sales_rep_id",
    "payment_terms",
    "payment_terms_id",
    "basis_date",
    "billing_status",
    "credit_limit",
    "credit_limit_minor",
    "price_list",
    "price_list_id",
    "tags",
    "next_contact_on",
    "auto_hold",
    "archived",
    "task",
];

/// Something that is set, with the folded name by which lists sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub id: Uuid,
    pub key: String,
}

/// What becomes of customers.
pub(super) struct CustomerSet {
    rep: Tri<Named>,
    terms: Tri<Named>,
    basis: Tri<BasisDate>,
    status: Option<(BillingStatus, Option<String>, Option<Option<Day>>)>,
    credit: Tri<i64>,
    prices: Tri<Named>,
    tags: Option<Tags>,
    contact: Tri<Day>,
    auto_hold: Option<AutoHoldMode>,
    archived: Option<bool>,
    pub task: Option<NewTask>,
    clear_overrides: bool,
}

fn known<K: id::Kind>(path: &str, text: &str) -> Result<Uuid> {
    let id = text.parse::<id::Id<K>>();
    id.map(id::Id::uuid).map_err(|error| Error::field(path, "invalid_id", error.to_string()))
}

impl CustomerSet {
    /// Reads a task and asks for the permissions that it needs whatever the row.
    pub fn read(ctx: &Ctx, tx: &mut Tx, task: &Task) -> Result<Self> {
        let set = Set(&task.set);
        set.only(FIELDS)?;
        ctx.require(Permission::BulkUpdate)?;
        let it = Self {
            rep: rep(ctx, tx, &set)?,
            terms: terms(ctx, tx, &set)?,
            basis: set.value(&["basis_date"], "a basis date such as delivery_date")?,
            status: status(&set)?,
            credit: set.value(&["credit_limit_minor", "credit_limit"], "an amount in minor units")?,
            prices: prices(ctx, tx, &set)?,
            tags: Tags::read(&set)?,
            contact: ask::day(&set, &["next_contact_on"])?,
            auto_hold: mode(&set)?,
            archived: ask::archived(&set)?,
            task: tasks::read(ctx, tx, &set)?,
            clear_overrides: task.clear_location_overrides,
        };
        it.require(ctx)?;
        if matches!(it.credit, Tri::Set(limit) if limit < 0) {
            return Err(Error::field(
                "set.credit_limit_minor.value",
                "negative_amount",
                "A credit limit is not below zero.",
            ));
        }
        if it.clear_overrides && !it.rep.is_mentioned() {
            let message = "Locations inherit again together with a new default rep: say who that is.";
            return Err(Error::field("clear_location_overrides", "not_expected", message));
        }
        if task.set.is_empty() {
            return Err(Error::field("set", "required", "Say what is to be changed."));
        }
        Ok(it)
    }

    fn require(&self, ctx: &Ctx) -> Result<()> {
        if self.rep.is_mentioned() {
            ctx.require(Permission::AssignReps)?;
        }
        if self.terms.is_mentioned() || self.basis.is_mentioned() {
            ctx.require(Permission::ManageTerms)?;
        }
        if self.credit.is_mentioned() || self.auto_hold.is_some() {
            ctx.require(Permission::ManageCredit)?;
        }
        if self.status.is_some() && !ctx.may(Permission::ManageCredit) {
            ctx.require(Permission::WatchCustomers)?;
        }
        if self.prices.is_mentioned() {
            ctx.require(Permission::ManagePrices)?;
        }
        if self.tags.is_some() || self.contact.is_mentioned() || self.archived.is_some() {
            ctx.require(Permission::ManageDirectory)?;
        }
        if self.task.is_some() {
            ctx.require(Permission::WorkCustomers)?;
        }
        Ok(())
    }

    /// Whether a second person has to look at it when it is about many rows.
    pub fn is_grave(&self) -> bool {
        self.status.is_some()
            || self.credit.is_mentioned()
            || self.terms.is_mentioned()
            || self.basis.is_mentioned()
            || self.auto_hold.is_some()
    }

    pub fn changes_rep(&self) -> bool {
        self.rep.is_mentioned()
    }

    pub fn changes_terms(&self) -> bool {
        self.terms.is_mentioned() || self.basis.is_mentioned()
    }

    pub fn changes_status(&self) -> bool {
        self.status.is_some()
    }

    /// The row as it would be.
    fn after(&self, ctx: &Ctx, before: &CustomerRow) -> Result<CustomerRow> {
        let mut row = before.clone();
        match &self.rep {
            Tri::Leave => {}
            Tri::Clear => (row.default_sales_rep_id, row.rep_key) = (None, String::new()),
            Tri::Set(rep) => (row.default_sales_rep_id, row.rep_key) = (Some(rep.id), rep.key.clone()),
        }
        match &self.terms {
            Tri::Leave => {}
            Tri::Clear => (row.payment_terms_id, row.terms_key) = (None, String::new()),
            Tri::Set(terms) => (row.payment_terms_id, row.terms_key) = (Some(terms.id), terms.key.clone()),
        }
        match self.basis {
            Tri::Leave => {}
            Tri::Clear => row.basis_date = String::new(),
            Tri::Set(basis) => row.basis_date = basis.as_str().into(),
        }
        if let Some((status, reason, review)) = &self.status {
            customers::set_status(&mut row, Some(*status), reason.clone())?;
            if let Some(review) = review {
                row.billing_review_on = review.map(|day| i64::from(day.0));
            }
        }
        match self.credit {
            Tri::Leave => {}
            Tri::Clear => row.credit_limit_minor = None,
            Tri::Set(limit) => row.credit_limit_minor = Some(limit),
        }
        match &self.prices {
            Tri::Leave => {}
            Tri::Clear => (row.price_list_id, row.price_key) = (None, String::new()),
            Tri::Set(list) => (row.price_list_id, row.price_key) = (Some(list.id), list.key.clone()),
        }
        if let Some(tags) = &self.tags {
            row.tags = tags.after(&row.tags)?;
            row.tags_key = beside::tag_keys(&row.tags).join(" ");
        }
        match self.contact {
            Tri::Leave => {}
            Tri::Clear => row.next_contact_on = NO_DAY,
            Tri::Set(day) => row.next_contact_on = i64::from(day.0),
        }
        if let Some(mode) = self.auto_hold {
            row.auto_hold = mode.as_str().into();
        }
        row.archived_at = crate::directory::archive(ctx, self.archived, row.archived_at);
        Ok(row)
    }

    /// What a rule has to say about a row, whatever is set.
    fn forbidden(&self, row: &CustomerRow) -> Option<Left> {
        if row.merged_into_id.is_some() {
            let message = "This customer became a part of another one.";
            return Some(Left::new(RowOutcome::Invalid, "customer_merged", message));
        }
        let stays_closed = self.status.as_ref().is_none_or(|(status, _, _)| *status == BillingStatus::Closed);
        let business = self.terms.is_mentioned() || self.basis.is_mentioned() || self.credit.is_mentioned();
        if row.billing_status == BillingStatus::Closed.as_str() && stays_closed && business {
            let message = "This customer is closed. Give it another billing status first.";
            return Some(Left::new(RowOutcome::Invalid, "customer_closed", message));
        }
        None
    }

    /// What would become of a row.
    pub fn judge(
        &self,
        ctx: &Ctx,
        reps: &Reps,
        row: &CustomerRow,
        overrides: usize,
    ) -> Result<(CustomerRow, Vec<Change>), Left> {
        if let Some(left) = self.forbidden(row) {
            return Err(left);
        }
        if self.rep.is_mentioned() && !reps.may_take_over_from(row.default_sales_rep_id) {
            let message = "Its default rep is not within your reach, so this is not yours to change.";
            return Err(Left::new(RowOutcome::NotAllowed, "rep_out_of_reach", message));
        }
        if let Some((status, _, _)) = &self.status {
            let old = BillingStatus::parse(&row.billing_status).unwrap_or(BillingStatus::Good);
            if customers::require_status(ctx, old, *status).is_err() {
                let message = "You may put customers on watch and take them off; other statuses are the office's.";
                return Err(Left::new(RowOutcome::NotAllowed, "not_allowed", message));
            }
        }
        let after = self.after(ctx, row).map_err(|error| Left::of(error).unwrap_or_else(|_| Left::stale()))?;
        let mut changes = differences(row, &after);
        if self.clear_overrides && overrides > 0 {
            changes.push(("location_overrides".to_owned(), Some(overrides.to_string()), None));
        }
        if let Some(task) = &self.task {
            if reps.unseen.contains(&row.id) {
                return Err(tasks::left());
            }
            changes.push(("task".to_owned(), None, Some(task.title.clone())));
        }
        if changes.is_empty() { Err(Left::already()) } else { Ok((after, changes)) }
    }

    pub fn clears_overrides(&self) -> bool {
        self.clear_overrides
    }
}

fn rep(ctx: &Ctx, tx: &mut Tx, set: &Set<'_>) -> Result<Tri<Named>> {
    Ok(match set.text(&["default_sales_rep_id", "default_sales_rep"])? {
        Tri::Leave => Tri::Leave,
        Tri::Clear => Tri::Clear,
        Tri::Set((path, text)) => {
            let rep = check_rep(ctx, tx, &path, UserId::from_uuid(known::<id::User>(&path, &text)?))?;
            Tri::Set(Named { id: rep.id, key: rep.name_key })
        }
    })
}

fn terms(ctx: &Ctx, tx: &mut Tx, set: &Set<'_>) -> Result<Tri<Named>> {
    Ok(match set.text(&["payment_terms_id", "payment_terms"])? {
        Tri::Leave => Tri::Leave,
        Tri::Clear => Tri::Clear,
        Tri::Set((path, text)) => {
            let id = known::<id::PaymentTerms>(&path, &text)?;
            let row = store::directory::named::terms_row(tx, ctx.org(), id)?.ok_or_else(|| Error::unknown(path))?;
            Tri::Set(Named { id: row.id, key: row.name_key })
        }
    })
}

pub(super) fn prices(ctx: &Ctx, tx: &mut Tx, set: &Set<'_>) -> Result<Tri<Named>> {
    Ok(match set.text(&["price_list_id", "price_list"])? {
        Tri::Leave => Tri::Leave,
        Tri::Clear => Tri::Clear,
        Tri::Set((path, text)) => {
            let id = known::<id::PriceList>(&path, &text)?;
            let row = store::directory::named::price_list(tx, ctx.org(), id)?.ok_or_else(|| Error::unknown(path))?;
            Tri::Set(Named { id: row.id, key: row.name_key })
        }
    })
}

type StatusOp = (BillingStatus, Option<String>, Option<Option<Day>>);

fn status(set: &Set<'_>) -> Result<Option<StatusOp>> {
    let Some((name, op)) = set.find(&["billing_status"]) else { return Ok(None) };
    let value = op.value.as_ref().and_then(serde_json::Value::as_str).and_then(BillingStatus::parse);
    let status = match op.op.as_str() {
        "set" => value.ok_or_else(|| {
            let words: Vec<&str> = BillingStatus::ALL.iter().map(|it| it.as_str()).collect();
            Error::field(format!("set.{name}.value"), "invalid_value", format!("Give one of {}.", words.join(", ")))
        })?,
        "clear" => BillingStatus::Good,
        _ => return Err(ask::unknown_op(name, "set or clear")),
    };
    let reason = op.reason.clone().filter(|text| !text.trim().is_empty());
    if status.needs_reason() && reason.is_none() {
        let message = format!("Say why the status is {}: a reason is needed from hold up.", status.label());
        return Err(Error::field(format!("set.{name}.reason"), "reason_required", message));
    }
    Ok(Some((status, reason, op.review_on.map(Some))))
}

fn mode(set: &Set<'_>) -> Result<Option<AutoHoldMode>> {
    Ok(match set.value::<AutoHoldMode>(&["auto_hold"], "inherit, on or off")? {
        Tri::Leave => None,
        Tri::Clear => Some(AutoHoldMode::Inherit),
        Tri::Set(mode) => Some(mode),
    })
}

/// Whose customers somebody may hand to others: the office everybody's, others those of reps within reach.
pub(super) struct Reps {
    office: bool,
    reached: HashMap<Uuid, bool>,
    /// Customers that whoever is named for a task does not see.
    pub unseen: HashSet<Uuid>,
}

impl Reps {
    pub fn of(ctx: &Ctx, tx: &mut Tx, reps: impl Iterator<Item = Option<Uuid>>) -> Result<Self> {
        let viewer = ctx.viewer();
        let mut reached = HashMap::new();
        if !viewer.office {
            for rep in reps.flatten() {
                if let std::collections::hash_map::Entry::Vacant(slot) = reached.entry(rep) {
                    slot.insert(store::reach::of(tx, viewer, rep)?.person >= Level::Act);
                }
            }
        }
        Ok(Self { office: viewer.office, reached, unseen: HashSet::new() })
    }

    pub fn may_take_over_from(&self, rep: Option<Uuid>) -> bool {
        self.office || rep.is_none_or(|rep| self.reached.get(&rep).copied().unwrap_or(false))
    }
}

/// A field of a row as the journal has it.
pub(super) fn fact(row: &CustomerRow, field: &str) -> Option<String> {
    use super::super::check::printed;
    let text = |text: &str| (!text.is_empty() && text != "[]").then(|| text.to_owned());
    match field {
        "default_sales_rep_id" => printed::<id::User>(row.default_sales_rep_id),
        "payment_terms_id" => printed::<id::PaymentTerms>(row.payment_terms_id),
        "basis_date" => text(&row.basis_date),
        "billing_status" => text(&row.billing_status),
        "billing_status_reason" => text(&row.billing_status_reason),
        "billing_review_on" => row.billing_review_on.map(|day| Day(day as i32).to_string()),
        "credit_limit_minor" => row.credit_limit_minor.map(|minor| minor.to_string()),
        "price_list_id" => printed::<id::PriceList>(row.price_list_id),
        "tags" => text(&row.tags),
        "next_contact_on" => (row.next_contact_on < NO_DAY).then(|| Day(row.next_contact_on as i32).to_string()),
        "auto_hold" => text(&row.auto_hold),
        "archived_at" => row.archived_at.map(|at| Instant(at).rfc3339()),
        _ => None,
    }
}

const FACTS: [&str; 12] = [
    "default_sales_rep_id",
    "payment_terms_id",
    "basis_date",
    "billing_status",
    "billing_status_reason",
    "billing_review_on",
    "credit_limit_minor",
    "price_list_id",
    "tags",
    "next_contact_on",
    "auto_hold",
    "archived_at",
];

/// The fields that differ.
fn differences(before: &CustomerRow, after: &CustomerRow) -> Vec<Change> {
    let mut all = Vec::new();
    for field in FACTS {
        let (old, new) = (fact(before, field), fact(after, field));
        if old != new {
            all.push((field.to_owned(), old, new));
        }
    }
    all
}

/// Puts a field back as it was; who or what was set then may be gone.
pub(super) fn restore(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &mut CustomerRow,
    field: &str,
    old: Option<&str>,
) -> Result<(), Error> {
    let gone =
        |what: &str| Error::conflict("target_gone", format!("{what} that it had before is gone or no longer active."));
    let text = || old.unwrap_or_default().to_owned();
    match field {
        "default_sales_rep_id" => match old.and_then(|id| id.parse::<UserId>().ok()) {
            None => (row.default_sales_rep_id, row.rep_key) = (None, String::new()),
            Some(id) => {
                let rep = store::directory::rep(tx, ctx.org(), id.uuid())?.filter(|rep| rep.active);
                let rep = rep.ok_or_else(|| gone("The rep"))?;
                (row.default_sales_rep_id, row.rep_key) = (Some(rep.id), rep.name_key);
            }
        },
        "payment_terms_id" => match old.and_then(|id| id.parse::<PaymentTermsId>().ok()) {
            None => (row.payment_terms_id, row.terms_key) = (None, String::new()),
            Some(id) => {
                let terms =
                    store::directory::named::terms_row(tx, ctx.org(), id.uuid())?.ok_or_else(|| gone("The terms"))?;
                (row.payment_terms_id, row.terms_key) = (Some(terms.id), terms.name_key);
            }
        },
        "price_list_id" => match old.and_then(|id| id.parse::<PriceListId>().ok()) {
            None => (row.price_list_id, row.price_key) = (None, String::new()),
            Some(id) => {
                let list = store::directory::named::price_list(tx, ctx.org(), id.uuid())?
                    .ok_or_else(|| gone("The price list"))?;
                (row.price_list_id, row.price_key) = (Some(list.id), list.name_key);
            }
        },
        "basis_date" => row.basis_date = text(),
        "billing_status" => {
            let status = old.and_then(BillingStatus::parse).unwrap_or(BillingStatus::Good);
            (row.billing_status, row.billing_rank) = (status.as_str().to_owned(), status.rank());
        }
        "billing_status_reason" => row.billing_status_reason = text(),
        "billing_review_on" => row.billing_review_on = old.and_then(Day::parse).map(|day| i64::from(day.0)),
        "credit_limit_minor" => row.credit_limit_minor = old.and_then(|text| text.parse().ok()),
        "tags" => {
            row.tags = old.unwrap_or("[]").to_owned();
            row.tags_key = beside::tag_keys(&row.tags).join(" ");
        }
        "next_contact_on" => row.next_contact_on = old.and_then(Day::parse).map_or(NO_DAY, |day| i64::from(day.0)),
        "auto_hold" => row.auto_hold = old.unwrap_or(AutoHoldMode::Inherit.as_str()).to_owned(),
        "archived_at" => row.archived_at = old.and_then(Instant::parse).map(|at| at.0),
        _ => {}
    }
    Ok(())
}

/// Saves changed rows; locations that inherit follow their customers' default reps.
pub(super) fn save(ctx: &Ctx, tx: &mut Tx, changed: &[(CustomerRow, CustomerRow)]) -> Result<()> {
    let mut followers: BTreeMap<(Option<Uuid>, String), Vec<Uuid>> = BTreeMap::new();
    // A row that got nothing but a task is not a changed row.
    for (before, after) in changed.iter().filter(|(before, after)| !differences(before, after).is_empty()) {
        let mut row = after.clone();
        row.updated_at = ctx.now.0;
        rows::save_row(tx, ctx.org(), before, &row)?;
        if before.default_sales_rep_id != row.default_sales_rep_id {
            followers.entry((row.default_sales_rep_id, row.rep_key)).or_default().push(row.id);
        }
    }
    for ((rep, key), customers) in followers {
        follow(ctx, tx, rep, &key, &customers)?;
    }
    Ok(())
}

fn follow(ctx: &Ctx, tx: &mut Tx, rep: Option<Uuid>, key: &str, customers: &[Uuid]) -> Result<()> {
    match rep {
        Some(rep) => locations::follow_customers(tx, ctx.org(), customers, rep, key)?,
        None => territories::settle(tx, ctx.org(), customers)?,
    };
    Ok(())
}

/// A location that does not inherit, and how it comes to its rep.
type Override = (LocationId, String, Option<UserId>);

/// Locations of changed customers inherit again. Gives what each customer's locations had, for undoing.
pub(super) fn clear_overrides(
    ctx: &Ctx,
    tx: &mut Tx,
    changed: &[(CustomerRow, CustomerRow)],
) -> Result<HashMap<Uuid, String>> {
    let mut had = HashMap::new();
    for (_, row) in changed {
        let own = locations::overriding(tx, ctx.org(), &[row.id])?;
        if own.is_empty() {
            continue;
        }
        let ids: Vec<Uuid> = own.iter().map(|(id, _, _)| *id).collect();
        locations::inherit_again(tx, ctx.org(), &ids, ctx.now.0)?;
        follow(ctx, tx, row.default_sales_rep_id, &row.rep_key, &[row.id])?;
        let own: Vec<Override> = own
            .into_iter()
            .map(|(id, mode, rep)| (LocationId::from_uuid(id), mode, rep.map(UserId::from_uuid)))
            .collect();
        had.insert(row.id, crate::directory::check::json(&own)?);
    }
    Ok(had)
}

/// Gives locations back the reps of their own, as far as they still inherit.
pub(super) fn restore_overrides(ctx: &Ctx, tx: &mut Tx, had: &str) -> Result<()> {
    let own: Vec<Override> = serde_json::from_str(had).unwrap_or_default();
    for (location, mode, rep) in own {
        let (location, rep) = (location.uuid(), rep.map(UserId::uuid));
        let key = match rep {
            Some(rep) => match store::directory::rep(tx, ctx.org(), rep)?.filter(|rep| rep.active) {
                Some(rep) => rep.name_key,
                None => continue,
            },
            None => String::new(),
        };
        locations::override_again(tx, ctx.org(), location, &mode, rep, &key, ctx.now.0)?;
    }
    Ok(())
}
