//! Customers: making and changing them; lists are in [`mod@list`].

pub mod list;

pub use list::{FILTERS, added_up, filter, get, list, scope, sums};
pub(super) use list::{RangeKind, either, empties_last, external, ids_or_none, ranges};

use super::refuse_facility_manager;
use super::{Cleaner, archive, check_rep, clean_email, clean_name, clean_text, note_changes, printed};
use crate::history::Past;
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::bulk::Consequence;
use contract::directory::{CreateCustomer, Customer, PatchCustomer};
use contract::{HistoryEntry, Page, Patch};
use domain::billing::{AutoHoldMode, BillingStatus};
use domain::clock::{Day, Instant};
use domain::directory::CustomerKind;
use domain::engagement::Period;
use domain::hierarchy::{self, DEPTH_MAX};
use domain::id::{self, CustomerId};
use domain::limits;
use domain::people::{Permission, Role};
use domain::text::fold;
use serde_json::{Value, json};
use store::Tx;
use store::directory::customers::{self as rows, NO_DAY};
use store::directory::{CustomerRow, beside, customer_row, lock_customer};
use uuid::Uuid;

/// What happened to a customer, latest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: CustomerId, past: impl Into<Past>) -> Result<Page<HistoryEntry>> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let mut page = crate::history::page_of_subject(ctx, tx, id, past.into())?;
    super::remarks::hide_from_history(ctx, &mut page.items);
    if !ctx.may(Permission::ViewReceivables) {
        // What is not shown on the customer is not shown in its past.
        page.items.iter_mut().for_each(|entry| entry.changes.retain(|change| change.field != "credit_limit_minor"));
    }
    Ok(page)
}

/// The answer to a write. Whoever gave a customer away sees it this one last time, without figures.
pub(super) fn written(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Customer> {
    let found = match rows::one(tx, ctx.viewer(), id, Period::ALL, ctx.today())? {
        Some(found) => found,
        None => {
            let row = customer_row(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            rows::Listed {
                row,
                figure: rows::FigureRow { orders_avg_minor: -1, ..Default::default() },
                locations_count: 0,
                standing: store::directory::standing::Standing::default(),
            }
        }
    };
    list::shown(ctx, tx, found)
}

/// The key under which numbers are compared.
pub(crate) fn number_key(number: &str) -> String {
    number.trim().to_lowercase()
}

/// Makes a customer.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: CreateCustomer) -> Result<Customer> {
    let mut draft = ctx.entry("customer_created");
    let id = create_in(ctx, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    let warnings = super::likeness::of_customer(ctx, tx, id)?;
    Ok(Customer { warnings, ..written(ctx, tx, id)? })
}

/// [`create`] for one of very many: nobody reads what it may be the same as.
pub fn create_one_of_many(ctx: &Ctx, tx: &mut Tx, new: CreateCustomer) -> Result<CustomerId> {
    let mut draft = ctx.entry("customer_created");
    let id = create_in(ctx, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    Ok(CustomerId::from_uuid(id))
}

/// Makes a customer within an entry that may tell of more.
pub(crate) fn create_in(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, new: CreateCustomer) -> Result<Uuid> {
    refuse_facility_manager(ctx)?;
    ctx.require(Permission::AddDirectoryRecords)?;
    let number = match new.number {
        Some(number) => number,
        None => free_number(ctx, tx)?,
    };
    let own = matches!(ctx.actor.role, Role::Sales | Role::Distributor | Role::RegionalManager);
    let rep = new.default_sales_rep_id.or_else(|| own.then(|| ctx.principal()));
    let set = |value: Option<_>| value.map_or(Patch::Leave, Patch::Set);
    let patch = PatchCustomer {
        name: Some(new.name),
        number: Some(number),
        kind: new.kind,
        parent_customer_id: new.parent_customer_id.map_or(Patch::Leave, Patch::Set),
        default_sales_rep_id: rep.map_or(Patch::Leave, Patch::Set),
        payment_terms_id: new.payment_terms_id.map_or(Patch::Leave, Patch::Set),
        basis_date: new.basis_date.map_or(Patch::Leave, Patch::Set),
        billing_status: new.billing_status,
        billing_status_reason: (!new.billing_status_reason.is_empty()).then_some(new.billing_status_reason),
        credit_limit_minor: set(new.credit_limit_minor),
        price_list_id: new.price_list_id.map_or(Patch::Leave, Patch::Set),
        billing_address: Some(new.billing_address),
        shipping_address: Some(new.shipping_address),
        phone: Some(new.phone),
        email: Some(new.email),
        contacts: Some(new.contacts),
        external_ids: Some(new.external_ids),
        tags: Some(new.tags),
        note: Some(new.note),
        legal_name: Some(new.legal_name),
        nickname: Some(new.nickname),
        website: Some(new.website),
        tax_ids: Some(new.tax_ids),
        custom: Some(new.custom),
        auto_hold: new.auto_hold,
        billing_review_on: new.billing_review_on.map_or(Patch::Leave, Patch::Set),
        next_contact_on: new.next_contact_on.map_or(Patch::Leave, Patch::Set),
        archived: None,
    };
    let mut row = blank(ctx);
    require_money(ctx, &patch, None)?;
    apply(ctx, tx, &mut row, patch)?;
    rows::insert(tx, ctx.org(), &row)?;
    draft.change(row.id, "name", None, Some(row.name.clone()));
    Ok(row.id)
}

fn free_number(ctx: &Ctx, tx: &mut Tx) -> Result<String> {
    loop {
        let number = format!("C-{:05}", store::engine::next_number(tx, ctx.org(), "customer")?);
        if rows::by_number(tx, ctx.org(), &number_key(&number))?.is_none() {
            return Ok(number);
        }
    }
}

fn blank(ctx: &Ctx) -> CustomerRow {
    CustomerRow {
        id: ctx.id::<id::Customer>().uuid(),
        number: String::new(),
        number_key: String::new(),
        name: String::new(),
        name_key: String::new(),
        kind: CustomerKind::Hospital.as_str().into(),
        parent_customer_id: None,
        default_sales_rep_id: None,
        rep_key: String::new(),
        payment_terms_id: None,
        terms_key: String::new(),
        basis_date: String::new(),
        billing_status: BillingStatus::Good.as_str().into(),
        billing_rank: 0,
        billing_status_reason: String::new(),
        credit_limit_minor: None,
        price_list_id: None,
        locations_count: 0,
        billing_address: "{}".into(),
        shipping_address: "{}".into(),
        phone: String::new(),
        email: String::new(),
        contacts: "[]".into(),
        external_ids: "{}".into(),
        tags: "[]".into(),
        note: String::new(),
        archived_at: None,
        version: 1,
        created_at: ctx.now.0,
        updated_at: ctx.now.0,
        legal_name: String::new(),
        nickname: String::new(),
        website: String::new(),
        tax_ids: "[]".into(),
        custom: "{}".into(),
        auto_hold: AutoHoldMode::Inherit.as_str().into(),
        billing_review_on: None,
        next_contact_on: NO_DAY,
        price_key: String::new(),
        parent_key: String::new(),
        tags_key: String::new(),
        merged_into_id: None,
    }
}

/// Changes a customer.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: CustomerId, patch: PatchCustomer) -> Result<Customer> {
    let row = lock_customer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !rows::reaches(tx, ctx.viewer(), row.id)? {
        return Err(Error::not_found());
    }
    require(ctx, &patch, Some(&row))?;
    ctx.check_version(row.version, || written(ctx, tx, row.id))?;
    refuse_part(&row)?;
    let before = row.clone();
    let mut draft = ctx.entry("customer_changed").subject(row.id);
    if !patch_in(ctx, tx, &mut draft, row, patch)? {
        return written(ctx, tx, id.uuid());
    }
    draft.append(ctx, tx)?;
    let after = customer_row(tx, ctx.org(), before.id)?.ok_or_else(Error::not_found)?;
    let consequences = consequences(ctx, tx, &before, &after)?;
    let alike = (&before.name_key, &before.billing_address, &before.phone)
        != (&after.name_key, &after.billing_address, &after.phone);
    let warnings = if alike { super::likeness::of_customer(ctx, tx, before.id)? } else { Vec::new() };
    Ok(Customer { consequences, warnings, ..written(ctx, tx, id.uuid())? })
}

/// A customer that became a part of another one is not changed any more.
fn refuse_part(row: &CustomerRow) -> Result<()> {
    if row.merged_into_id.is_none() {
        return Ok(());
    }
    let message = format!("{} became a part of another customer. Change that one, or undo the merge.", row.name);
    Err(Error::conflict("customer_merged", message))
}

/// What follows from a change of one customer, in sentences.
fn consequences(ctx: &Ctx, tx: &mut Tx, before: &CustomerRow, after: &CustomerRow) -> Result<Vec<Consequence>> {
    let mut all = Vec::new();
    if before.default_sales_rep_id != after.default_sales_rep_id {
        all.extend(super::bulk::follow::locations(ctx, tx, &[after.id], false)?);
    }
    let terms = |row: &CustomerRow| (row.payment_terms_id, row.basis_date.clone());
    if terms(before) != terms(after) {
        all.extend(super::bulk::follow::open_orders(ctx, tx, &[after.id])?);
    }
    if before.archived_at.is_none() && after.archived_at.is_some() {
        all.extend(super::bulk::follow::archived(ctx, tx, &[after.id])?);
    }
    if before.billing_status != after.billing_status {
        all.extend(super::bulk::follow::held_orders(ctx, tx, &[after.id])?);
    }
    Ok(all)
}

/// Changes a locked customer within an entry that may tell of more; gives whether anything changed.
pub(crate) fn patch_in(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    before: CustomerRow,
    patch: PatchCustomer,
) -> Result<bool> {
    require(ctx, &patch, Some(&before))?;
    refuse_part(&before)?;
    let mut row = before.clone();
    apply(ctx, tx, &mut row, patch)?;
    if !note_changes(draft, row.id, &facts(&before), &facts(&row)) {
        return Ok(false);
    }
    row.updated_at = ctx.now.0;
    rows::save(tx, ctx.org(), &before, &row)?;
    if row.name != before.name {
        store::directory::locations::customer_renamed(tx, ctx.org(), row.id, &row.name, &row.name_key)?;
    }
    if row.default_sales_rep_id != before.default_sales_rep_id {
        follow_rep(ctx, tx, &row)?;
    }
    if row.price_list_id != before.price_list_id {
        crate::events::asks::settle_all(ctx, tx)?;
    }
    Ok(true)
}

/// Locations that inherit follow the customer's default rep; without one, the territories.
pub(super) fn follow_rep(ctx: &Ctx, tx: &mut Tx, row: &CustomerRow) -> Result<()> {
    match row.default_sales_rep_id {
        Some(rep) => {
            store::directory::locations::follow_customers(tx, ctx.org(), &[row.id], rep, &row.rep_key)?;
        }
        None => {
            store::directory::territories::settle(tx, ctx.org(), &[row.id])?;
        }
    }
    Ok(())
}

/// What the journal compares.
pub(super) fn facts(row: &CustomerRow) -> Value {
    json!({
        "name": row.name, "number": row.number, "kind": row.kind,
        "parent_customer_id": printed::<id::Customer>(row.parent_customer_id),
        "default_sales_rep_id": printed::<id::User>(row.default_sales_rep_id),
        "payment_terms_id": printed::<id::PaymentTerms>(row.payment_terms_id),
        "basis_date": row.basis_date, "billing_status": row.billing_status,
        "billing_status_reason": row.billing_status_reason, "credit_limit_minor": row.credit_limit_minor,
        "price_list_id": printed::<id::PriceList>(row.price_list_id),
        "billing_address": row.billing_address, "shipping_address": row.shipping_address, "phone": row.phone,
        "email": row.email, "contacts": row.contacts, "external_ids": row.external_ids, "tags": row.tags, "note": row.note,
        "archived_at": row.archived_at.map(|at| Instant(at).rfc3339()),
        "legal_name": row.legal_name, "nickname": row.nickname, "website": row.website, "tax_ids": row.tax_ids,
        "custom": row.custom, "auto_hold": row.auto_hold,
        "billing_review_on": row.billing_review_on.map(|day| Day(day as i32).to_string()),
        "next_contact_on": (row.next_contact_on < NO_DAY).then(|| Day(row.next_contact_on as i32).to_string()),
    })
}

fn require(ctx: &Ctx, patch: &PatchCustomer, before: Option<&CustomerRow>) -> Result<()> {
    if touches_directory(patch) {
        ctx.require(Permission::ManageDirectory)?;
    }
    if patch.default_sales_rep_id.is_mentioned() {
        ctx.require(Permission::AssignReps)?;
    }
    require_money(ctx, patch, before)
}

fn touches_directory(patch: &PatchCustomer) -> bool {
    patch.name.is_some()
        || patch.number.is_some()
        || patch.kind.is_some()
        || patch.parent_customer_id.is_mentioned()
        || patch.billing_address.is_some()
        || patch.shipping_address.is_some()
        || patch.phone.is_some()
        || patch.email.is_some()
        || patch.contacts.is_some()
        || patch.external_ids.is_some()
        || patch.tags.is_some()
        || patch.note.is_some()
        || patch.legal_name.is_some()
        || patch.nickname.is_some()
        || patch.website.is_some()
        || patch.tax_ids.is_some()
        || patch.custom.is_some()
        || patch.next_contact_on.is_mentioned()
        || patch.archived.is_some()
}

/// Terms are for whoever manages terms, status and credit for whoever manages credit, the price list for whoever manages
/// prices. Some may do no more than put a customer on watch, or take it off.
fn require_money(ctx: &Ctx, patch: &PatchCustomer, before: Option<&CustomerRow>) -> Result<()> {
    if patch.payment_terms_id.is_mentioned() || patch.basis_date.is_mentioned() {
        ctx.require(Permission::ManageTerms)?;
    }
    let credit = patch.credit_limit_minor.is_mentioned() || patch.auto_hold.is_some();
    if credit {
        ctx.require(Permission::ManageCredit)?;
    }
    let status = patch.billing_status.is_some()
        || patch.billing_status_reason.is_some()
        || patch.billing_review_on.is_mentioned();
    if status {
        let old = before.and_then(|row| BillingStatus::parse(&row.billing_status)).unwrap_or(BillingStatus::Good);
        require_status(ctx, old, patch.billing_status.unwrap_or(old))?;
    }
    if patch.price_list_id.is_mentioned() {
        ctx.require(Permission::ManagePrices)?;
    }
    Ok(())
}

/// 403 unless the actor may set this status in the place of that one.
pub(super) fn require_status(ctx: &Ctx, old: BillingStatus, new: BillingStatus) -> Result<()> {
    let mild = |status| matches!(status, BillingStatus::Good | BillingStatus::Watch);
    if mild(old) && mild(new) && ctx.may(Permission::WatchCustomers) {
        return Ok(());
    }
    ctx.require(Permission::ManageCredit)
}

pub(super) fn apply(ctx: &Ctx, tx: &mut Tx, row: &mut CustomerRow, patch: PatchCustomer) -> Result<()> {
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
    }
    if let Some(number) = &patch.number {
        row.number = clean_name("number", number, limits::CODE_MAX)?;
        row.number_key = number_key(&row.number);
        if rows::by_number(tx, ctx.org(), &row.number_key)?.is_some_and(|other| other != row.id) {
            let message = format!("Another customer has the number {} already.", row.number);
            return Err(Error::conflict("number_taken", message));
        }
    }
    if let Some(kind) = patch.kind {
        row.kind = kind.as_str().into();
    }
    set_parent(ctx, tx, row, patch.parent_customer_id.clone())?;
    match patch.default_sales_rep_id.clone() {
        Patch::Leave => {}
        Patch::Clear => (row.default_sales_rep_id, row.rep_key) = (None, String::new()),
        Patch::Set(rep) if row.default_sales_rep_id == Some(rep.uuid()) => {}
        Patch::Set(rep) => {
            let rep = check_rep(ctx, tx, "default_sales_rep_id", rep)?;
            (row.default_sales_rep_id, row.rep_key) = (Some(rep.id), rep.name_key);
        }
    }
    set_terms(ctx, tx, row, &patch)?;
    set_status(row, patch.billing_status, patch.billing_status_reason.clone())?;
    match patch.price_list_id {
        Patch::Leave => {}
        Patch::Clear => (row.price_list_id, row.price_key) = (None, String::new()),
        Patch::Set(price_list) => {
            let known = store::directory::named::lock_price_list(tx, ctx.org(), price_list.uuid())?;
            let known = known.ok_or_else(|| Error::unknown("price_list_id"))?;
            (row.price_list_id, row.price_key) = (Some(known.id), known.name_key);
        }
    }
    set_words(&patch, row)?;
    if let Some(address) = patch.billing_address {
        row.billing_address = Cleaner::address("billing_address", address)?;
    }
    if let Some(address) = patch.shipping_address {
        row.shipping_address = Cleaner::address("shipping_address", address)?;
    }
    if let Some(phone) = &patch.phone {
        row.phone = clean_text("phone", phone, limits::PHONE_MAX)?;
    }
    if let Some(email) = &patch.email {
        row.email = clean_email("email", email)?;
    }
    if let Some(contacts) = patch.contacts {
        row.contacts = Cleaner::contacts(contacts)?;
    }
    if let Some(ids) = patch.external_ids {
        super::check::free_external_ids(ctx, tx, "cus", row.id, &ids)?;
        row.external_ids = Cleaner::external_ids(ids)?;
    }
    if let Some(tags) = patch.tags {
        row.tags = Cleaner::tags(tags)?;
        row.tags_key = beside::tag_keys(&row.tags).join(" ");
    }
    if let Some(note) = &patch.note {
        row.note = Cleaner::note("note", note)?;
    }
    if let Some(custom) = patch.custom {
        row.custom = Cleaner::custom(custom)?;
    }
    if let Some(mode) = patch.auto_hold {
        row.auto_hold = mode.as_str().into();
    }
    let review = patch.billing_review_on.or(row.billing_review_on.map(|day| Day(day as i32)));
    row.billing_review_on = review.map(|day| i64::from(day.0));
    match patch.next_contact_on {
        Patch::Leave => {}
        Patch::Clear => row.next_contact_on = NO_DAY,
        Patch::Set(day) => row.next_contact_on = i64::from(day.0),
    }
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    Ok(())
}

fn set_words(patch: &PatchCustomer, row: &mut CustomerRow) -> Result<()> {
    if let Some(name) = &patch.legal_name {
        row.legal_name = clean_text("legal_name", name, limits::NAME_MAX)?;
    }
    if let Some(name) = &patch.nickname {
        row.nickname = clean_text("nickname", name, limits::NAME_MAX)?;
    }
    if let Some(website) = &patch.website {
        row.website = clean_text("website", website, limits::NAME_MAX)?;
    }
    if let Some(ids) = &patch.tax_ids {
        row.tax_ids = Cleaner::tax_ids(ids)?;
    }
    Ok(())
}

fn set_parent(ctx: &Ctx, tx: &mut Tx, row: &mut CustomerRow, patch: Patch<CustomerId>) -> Result<()> {
    match patch {
        Patch::Leave => {}
        Patch::Clear => (row.parent_customer_id, row.parent_key) = (None, String::new()),
        Patch::Set(parent) if row.parent_customer_id == Some(parent.uuid()) => {}
        Patch::Set(parent) => {
            if !store::directory::sees_customer(tx, ctx.viewer(), parent.uuid())? {
                return Err(Error::unknown("parent_customer_id"));
            }
            let line = rows::lock_line(tx, ctx.org(), parent.uuid(), DEPTH_MAX)?;
            let height = rows::below(tx, ctx.org(), row.id, DEPTH_MAX)?.len() + 1;
            hierarchy::may_stand_below(&row.id, &line, height)
                .map_err(|refusal| Error::field("parent_customer_id", refusal.code, refusal.message))?;
            let above =
                customer_row(tx, ctx.org(), parent.uuid())?.ok_or_else(|| Error::unknown("parent_customer_id"))?;
            if above.merged_into_id.is_some() {
                let message = format!("{} became a part of another customer. Choose that one.", above.name);
                return Err(Error::field("parent_customer_id", "customer_merged", message));
            }
            (row.parent_customer_id, row.parent_key) = (Some(above.id), above.name_key);
        }
    }
    Ok(())
}

fn set_terms(ctx: &Ctx, tx: &mut Tx, row: &mut CustomerRow, patch: &PatchCustomer) -> Result<()> {
    match &patch.payment_terms_id {
        Patch::Leave => {}
        Patch::Clear => (row.payment_terms_id, row.terms_key) = (None, String::new()),
        Patch::Set(terms) => {
            let terms = store::directory::named::terms_row(tx, ctx.org(), terms.uuid())?;
            let terms = terms.ok_or_else(|| Error::unknown("payment_terms_id"))?;
            (row.payment_terms_id, row.terms_key) = (Some(terms.id), terms.name_key);
        }
    }
    match &patch.basis_date {
        Patch::Leave => {}
        Patch::Clear => row.basis_date = String::new(),
        Patch::Set(basis) => row.basis_date = basis.as_str().into(),
    }
    match &patch.credit_limit_minor {
        Patch::Leave => {}
        Patch::Clear => row.credit_limit_minor = None,
        Patch::Set(limit) if *limit < 0 => {
            return Err(Error::field("credit_limit_minor", "negative_amount", "A credit limit is not below zero."));
        }
        Patch::Set(limit) => row.credit_limit_minor = Some(*limit),
    }
    Ok(())
}

/// A status is set with its reason: from hold up it needs one, and a new status does not keep the reason of the old.
pub(super) fn set_status(row: &mut CustomerRow, status: Option<BillingStatus>, reason: Option<String>) -> Result<()> {
    let reason = reason.map(|text| clean_text("billing_status_reason", &text, limits::REASON_MAX)).transpose()?;
    let before = BillingStatus::parse(&row.billing_status).unwrap_or(BillingStatus::Good);
    let after = status.unwrap_or(before);
    let told = reason.is_some();
    if after != before || told {
        row.billing_status_reason = reason.unwrap_or_default();
    }
    if (after != before || told) && after.needs_reason() && row.billing_status_reason.is_empty() {
        let message = format!("Say why the status is {}: a reason is needed from hold up.", after.label());
        return Err(Error::field("billing_status_reason", "reason_required", message));
    }
    row.billing_status = after.as_str().into();
    row.billing_rank = after.rank();
    Ok(())
}
