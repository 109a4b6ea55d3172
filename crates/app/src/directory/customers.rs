//! Customers.

use super::{
    Cleaner, archive, archived, check_rep, clean_email, clean_name, clean_text, judged, note_changes, printed,
};
use super::{refuse_facility_manager, uuids, window, words_of};
use crate::journal::Draft;
use crate::{Ctx, Error, Result, list};
use contract::directory::{CreateCustomer, Customer, PatchCustomer};
use contract::{HistoryEntry, Items, ListParams, Page, Patch};
use domain::billing::BillingStatus;
use domain::clock::Instant;
use domain::directory::CustomerKind;
use domain::engagement::{EngagementStage, Window};
use domain::id::{self, CustomerId, Id, Kind};
use domain::limits;
use domain::people::{Permission, Role};
use domain::terms::BasisDate;
use domain::text::fold;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::Tx;
use store::directory::customers::{self as rows, Filter, Listed, Range, Scope};
use store::directory::{CustomerRow, customer_row, lock_customer};
use store::page::Sort;
use uuid::Uuid;

/// Customers may stand this deep below each other.
const DEPTH_MAX: usize = 5;

macro_rules! sorts {
    ($locations:literal) => {
        &[
            ("name", "customer.name_key"),
            ("number", "customer.number_key"),
            ("locations_count", $locations),
            ("orders_total", "figure.orders_total_minor"),
            ("orders_total_minor", "figure.orders_total_minor"),
            ("orders_count", "figure.orders_count"),
            ("orders_avg", "figure.orders_avg_minor"),
            ("orders_avg_minor", "figure.orders_avg_minor"),
            ("engagement", "figure.last_order_on"),
            ("engagement_stage", "figure.last_order_on"),
            ("engaged", "figure.last_order_on"),
            ("last_order_on", "figure.last_order_on"),
            ("billing_status", "customer.billing_rank"),
            ("effective_billing_status", "customer.billing_rank"),
            ("default_sales_rep", "customer.rep_key"),
            ("default_sales_rep_id", "customer.rep_key"),
            ("payment_terms", "customer.terms_key"),
            ("payment_terms_id", "customer.terms_key"),
            ("basis_date", "customer.basis_date"),
            ("created_at", "customer.created_at"),
            ("updated_at", "customer.updated_at"),
        ]
    };
}

/// By what customers can be sorted.
pub const SORTS: list::Sorts = sorts!("customer.locations_count");
/// The same for whoever reaches a part: the count is of the locations that they reach.
const SORTS_OF_A_PART: list::Sorts = sorts!("figure.locations_count");
const DEFAULT: &[Sort] = &[
    Sort { column: "customer.name_key", descending: false },
    Sort { column: "customer.number_key", descending: false },
];

/// By what customers can be filtered.
pub const FILTERS: &[&str] = &[
    "id",
    "name",
    "number",
    "kind",
    "default_sales_rep",
    "default_sales_rep_id",
    "payment_terms",
    "payment_terms_id",
    "basis_date",
    "billing_status",
    "effective_billing_status",
    "price_list",
    "price_list_id",
    "parent",
    "parent_customer_id",
    "engaged",
    "engagement",
    "engagement_stage",
    "archived",
    "window",
    "locations_count_from",
    "locations_count_to",
    "orders_total_from",
    "orders_total_to",
    "orders_count_from",
    "orders_count_to",
    "orders_avg_from",
    "orders_avg_to",
    "first_order_on_from",
    "first_order_on_to",
    "last_order_on_from",
    "last_order_on_to",
    "credit_limit_from",
    "credit_limit_to",
    "created_at_from",
    "created_at_to",
];
/// Filters that only the office has.
const OFFICE_FILTERS: &[&str] = &["credit_limit_from", "credit_limit_to"];

/// The filter under either of its names.
fn either<'p>(params: &'p ListParams, names: [&'p str; 2]) -> &'p str {
    if params.filters.contains_key(names[0]) { names[0] } else { names[1] }
}

/// Ids of a filter, in which `none` stands for nothing there.
pub(super) fn ids_or_none<K: Kind>(params: &ListParams, field: &str) -> Result<Option<(Vec<Uuid>, bool)>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let none = text.split(',').any(|part| part == "none");
    let rest: Vec<&str> = text.split(',').filter(|part| *part != "none").collect();
    let mut only_ids = params.clone();
    only_ids.filters.insert(field.to_owned(), rest.join(","));
    Ok(list::ids::<K>(&only_ids, field)?.map(|ids| (uuids(ids), none)))
}

fn number(params: &ListParams, field: &str) -> Result<Option<i64>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::field(field, "invalid_value", "Give a whole number."))
}

pub(super) fn numbers(params: &ListParams, from: &str, to: &str) -> Result<Range> {
    Ok(Range { from: number(params, from)?, to: number(params, to)? })
}

pub(super) fn days(params: &ListParams, from: &str, to: &str) -> Result<Range> {
    let day = |field| list::day(params, field).map(|day| day.map(|day| i64::from(day.0)));
    let (from, to) = (day(from)?, day(to)?);
    // A bound from above leaves out those that never ordered, which are stored as day 0.
    Ok(Range { from: from.or(to.map(|_| 1)), to })
}

pub(super) fn moments(ctx: &Ctx, params: &ListParams, from: &str, to: &str) -> Result<Range> {
    let zone = &ctx.organization.time_zone;
    let from = list::day(params, from)?.map(|day| day.starts_in(zone).0);
    let to = list::day(params, to)?.map(|day| day.plus(1).starts_in(zone).0 - 1);
    Ok(Range { from, to })
}

/// What a list of customers is narrowed to; also what a bulk change selects.
pub fn filter(ctx: &Ctx, params: &ListParams) -> Result<Filter> {
    list::only(params, FILTERS)?;
    if !ctx.viewer().office
        && let Some(name) = OFFICE_FILTERS.iter().find(|name| params.filters.contains_key(**name))
    {
        return Err(Error::field(*name, "filter_not_supported", format!("This list cannot be filtered by {name}.")));
    }
    let strings = |words: Option<Vec<&'static str>>| words.map(|it| it.into_iter().map(str::to_owned).collect());
    let reps = either(params, ["default_sales_rep", "default_sales_rep_id"]);
    let inactive = params.filters.get(reps).is_some_and(|text| text == "inactive");
    Ok(Filter {
        ids: list::ids::<id::Customer>(params, "id")?.map(uuids),
        words: words_of(params)?,
        name_words: params
            .filters
            .get("name")
            .map(|text| super::check::search_words(text))
            .transpose()?
            .unwrap_or_default(),
        number_keys: params.filters.get("number").map(|text| text.split(',').map(number_key).collect()),
        reps: if inactive { None } else { ids_or_none::<id::User>(params, reps)? },
        inactive_rep: inactive.then_some(true),
        terms: ids_or_none::<id::PaymentTerms>(params, either(params, ["payment_terms", "payment_terms_id"]))?,
        price_lists: ids_or_none::<id::PriceList>(params, either(params, ["price_list", "price_list_id"]))?,
        parents: ids_or_none::<id::Customer>(params, either(params, ["parent", "parent_customer_id"]))?,
        basis: strings(list::words(params, "basis_date", |word| match word {
            "none" => Some(""),
            word => BasisDate::parse(word).map(BasisDate::as_str),
        })?),
        statuses: strings(list::words(
            params,
            either(params, ["billing_status", "effective_billing_status"]),
            |word| BillingStatus::parse(word).map(BillingStatus::as_str),
        )?),
        kinds: strings(list::words(params, "kind", |word| CustomerKind::parse(word).map(CustomerKind::as_str))?),
        archived: archived(params)?,
        engaged: list::yes_no(params, "engaged")?,
        stages: list::words(params, either(params, ["engagement", "engagement_stage"]), EngagementStage::parse)?,
        locations_count: numbers(params, "locations_count_from", "locations_count_to")?,
        orders_total: numbers(params, "orders_total_from", "orders_total_to")?,
        orders_count: numbers(params, "orders_count_from", "orders_count_to")?,
        orders_avg: numbers(params, "orders_avg_from", "orders_avg_to")?,
        first_order_on: days(params, "first_order_on_from", "first_order_on_to")?,
        last_order_on: days(params, "last_order_on_from", "last_order_on_to")?,
        credit_limit: numbers(params, "credit_limit_from", "credit_limit_to")?,
        created_at: moments(ctx, params, "created_at_from", "created_at_to")?,
    })
}

/// Averages that are empty come last in either direction.
pub(super) fn empties_last(sorts: &mut [Sort]) {
    for sort in sorts {
        if sort.column == "figure.orders_avg_minor" && !sort.descending {
            sort.column = "figure.orders_avg_last";
        }
    }
}

/// For whom and over which time a list is made.
pub fn scope(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Scope> {
    let today = ctx.today();
    let stored = store::directory::figures::windows_hold(tx, ctx.org(), today)?;
    Ok(Scope { viewer: ctx.viewer(), window: window(params)?, today, stored, only: None })
}

/// Customers in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Customer>> {
    let filter = filter(ctx, params)?;
    let scope = scope(ctx, tx, params)?;
    let known = if scope.viewer.office { SORTS } else { SORTS_OF_A_PART };
    let mut paging = list::paging("customers", params, known, DEFAULT)?;
    empties_last(&mut paging.sorts);
    let (found, more) = rows::page(tx, &scope, &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, &scope, &filter)).transpose()?;
    let names = rep_names(ctx, tx, &found)?;
    let key = |row: &Listed| {
        let mut values: Vec<_> = paging.sorts.iter().map(|sort| row.key(sort.column)).collect();
        values.push(store::Value::Uuid(row.row.id));
        values
    };
    let page = list::page(paging.bound, found, more, key, |row| view(ctx, row, &names));
    Ok(Page { total, ..page })
}

fn rep_names(ctx: &Ctx, tx: &mut Tx, found: &[Listed]) -> Result<HashMap<Uuid, String>> {
    let reps: Vec<Uuid> = found.iter().filter_map(|it| it.row.default_sales_rep_id).collect();
    Ok(store::directory::names_of_people(tx, ctx.org(), &reps)?)
}

fn view(ctx: &Ctx, listed: Listed, names: &HashMap<Uuid, String>) -> Customer {
    let Listed { row, figure, locations_count } = listed;
    let (engagement, orders_avg_minor) = judged(&figure, ctx.today());
    let billing_status = BillingStatus::parse(&row.billing_status).unwrap_or(BillingStatus::Good);
    Customer {
        id: Id::from_uuid(row.id),
        number: row.number,
        name: row.name,
        kind: CustomerKind::parse(&row.kind).unwrap_or(CustomerKind::Other),
        parent_customer_id: row.parent_customer_id.map(Id::from_uuid),
        default_sales_rep_id: row.default_sales_rep_id.map(Id::from_uuid),
        default_sales_rep_name: row.default_sales_rep_id.and_then(|id| names.get(&id).cloned()),
        payment_terms_id: row.payment_terms_id.map(Id::from_uuid),
        basis_date: BasisDate::parse(&row.basis_date),
        billing_status,
        billing_status_reason: row.billing_status_reason,
        effective_billing_status: billing_status,
        credit_limit_minor: ctx.viewer().office.then_some(row.credit_limit_minor),
        price_list_id: row.price_list_id.map(Id::from_uuid),
        billing_address: serde_json::from_str(&row.billing_address).unwrap_or_default(),
        shipping_address: serde_json::from_str(&row.shipping_address).unwrap_or_default(),
        phone: row.phone,
        email: row.email,
        contacts: serde_json::from_str(&row.contacts).unwrap_or_default(),
        external_ids: serde_json::from_str(&row.external_ids).unwrap_or_default(),
        tags: serde_json::from_str(&row.tags).unwrap_or_default(),
        note: row.note,
        locations_count,
        orders_total_minor: figure.orders_total_minor,
        orders_count: figure.orders_count,
        orders_avg_minor,
        engaged: matches!(engagement.stage, EngagementStage::New | EngagementStage::Active | EngagementStage::Slipping),
        engagement_stage: engagement.stage,
        engagement_reason: engagement.reason,
        first_order_on: super::day(figure.first_order_on),
        last_order_on: super::day(figure.last_order_on),
        archived_at: row.archived_at.map(Instant),
        created_at: Instant(row.created_at),
        updated_at: Instant(row.updated_at),
        version: row.version,
    }
}

/// One customer in reach.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: CustomerId, window: Window) -> Result<Customer> {
    let found = rows::one(tx, ctx.viewer(), id.uuid(), window, ctx.today())?.ok_or_else(Error::not_found)?;
    let names = rep_names(ctx, tx, std::slice::from_ref(&found))?;
    Ok(view(ctx, found, &names))
}

/// What happened to a customer, latest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<Items<HistoryEntry>> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let mut items = crate::history::of_subject(ctx, tx, id, limits::LIST_MAX as u32)?;
    if !ctx.viewer().office {
        // What is not shown on the customer is not shown in its past.
        items.iter_mut().for_each(|entry| entry.changes.retain(|change| change.field != "credit_limit_minor"));
    }
    Ok(Items { items })
}

/// The answer to a write. Whoever gave a customer away sees it this one last time, without figures.
fn written(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Customer> {
    let found = match rows::one(tx, ctx.viewer(), id, Window::All, ctx.today())? {
        Some(found) => found,
        None => {
            let row = customer_row(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            Listed { row, figure: rows::FigureRow { orders_avg_minor: -1, ..Default::default() }, locations_count: 0 }
        }
    };
    let names = rep_names(ctx, tx, std::slice::from_ref(&found))?;
    Ok(view(ctx, found, &names))
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
    written(ctx, tx, id)
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
        archived: None,
    };
    let mut row = blank(ctx);
    require_money(ctx, &patch)?;
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
    }
}

/// Changes a customer.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: CustomerId, patch: PatchCustomer) -> Result<Customer> {
    let row = lock_customer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !rows::reaches(tx, ctx.viewer(), row.id)? {
        return Err(Error::not_found());
    }
    require(ctx, &patch)?;
    ctx.check_version(row.version, || written(ctx, tx, row.id))?;
    let mut draft = ctx.entry("customer_changed").subject(row.id);
    if patch_in(ctx, tx, &mut draft, row, patch)? {
        draft.append(ctx, tx)?;
    }
    written(ctx, tx, id.uuid())
}

/// Changes a locked customer within an entry that may tell of more; gives whether anything changed.
pub(crate) fn patch_in(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    before: CustomerRow,
    patch: PatchCustomer,
) -> Result<bool> {
    require(ctx, &patch)?;
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
        let rep = row.default_sales_rep_id;
        store::directory::locations::follow_customer(tx, ctx.org(), row.id, rep, &row.rep_key)?;
    }
    Ok(true)
}

/// What the journal compares.
fn facts(row: &CustomerRow) -> Value {
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
    })
}

fn require(ctx: &Ctx, patch: &PatchCustomer) -> Result<()> {
    if touches_directory(patch) {
        ctx.require(Permission::ManageDirectory)?;
    }
    require_money(ctx, patch)
}

fn touches_directory(patch: &PatchCustomer) -> bool {
    patch.name.is_some()
        || patch.number.is_some()
        || patch.kind.is_some()
        || patch.parent_customer_id.is_mentioned()
        || patch.default_sales_rep_id.is_mentioned()
        || patch.billing_address.is_some()
        || patch.shipping_address.is_some()
        || patch.phone.is_some()
        || patch.email.is_some()
        || patch.contacts.is_some()
        || patch.external_ids.is_some()
        || patch.tags.is_some()
        || patch.note.is_some()
        || patch.archived.is_some()
}

/// Terms, status and credit are for whoever manages terms; the price list for whoever manages prices.
fn require_money(ctx: &Ctx, patch: &PatchCustomer) -> Result<()> {
    let terms = patch.payment_terms_id.is_mentioned()
        || patch.basis_date.is_mentioned()
        || patch.billing_status.is_some()
        || patch.billing_status_reason.is_some()
        || patch.credit_limit_minor.is_mentioned();
    if terms {
        ctx.require(Permission::ManageTerms)?;
    }
    if patch.price_list_id.is_mentioned() {
        ctx.require(Permission::ManagePrices)?;
    }
    Ok(())
}

fn apply(ctx: &Ctx, tx: &mut Tx, row: &mut CustomerRow, patch: PatchCustomer) -> Result<()> {
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
        Patch::Clear => row.price_list_id = None,
        Patch::Set(price_list) => {
            let known = store::directory::named::lock_price_list(tx, ctx.org(), price_list.uuid())?;
            row.price_list_id = Some(known.ok_or_else(|| Error::unknown("price_list_id"))?.id);
        }
    }
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
        row.external_ids = Cleaner::external_ids(ids)?;
    }
    if let Some(tags) = patch.tags {
        row.tags = Cleaner::tags(tags)?;
    }
    if let Some(note) = &patch.note {
        row.note = Cleaner::note("note", note)?;
    }
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    Ok(())
}

fn set_parent(ctx: &Ctx, tx: &mut Tx, row: &mut CustomerRow, patch: Patch<CustomerId>) -> Result<()> {
    match patch {
        Patch::Leave => {}
        Patch::Clear => row.parent_customer_id = None,
        Patch::Set(parent) if row.parent_customer_id == Some(parent.uuid()) => {}
        Patch::Set(parent) => {
            if !store::directory::sees_customer(tx, ctx.viewer(), parent.uuid())? {
                return Err(Error::unknown("parent_customer_id"));
            }
            let above = rows::parents(tx, ctx.org(), parent.uuid(), DEPTH_MAX)?;
            if parent.uuid() == row.id || above.contains(&row.id) {
                let message = "A customer cannot stand below itself.";
                return Err(Error::field("parent_customer_id", "parent_cycle", message));
            }
            if above.len() + 1 >= DEPTH_MAX {
                let message = format!("Customers stand at most {DEPTH_MAX} deep below each other.");
                return Err(Error::field("parent_customer_id", "parent_too_deep", message));
            }
            row.parent_customer_id = Some(parent.uuid());
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
fn set_status(row: &mut CustomerRow, status: Option<BillingStatus>, reason: Option<String>) -> Result<()> {
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
    row.billing_rank = BillingStatus::ALL.iter().position(|it| *it == after).unwrap_or(0) as i64;
    Ok(())
}
