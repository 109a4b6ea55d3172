//! Locations: the facilities of customers.

use super::customers::{days, empties_last, ids_or_none, numbers};
use super::{Cleaner, archive, archived, check_rep, clean_name, clean_text, judged, note_changes, printed};
use super::{refuse_facility_manager, uuids, window, words_of};
use crate::journal::Draft;
use crate::{Ctx, Error, Result, list};
use contract::directory::{CreateLocation, Location, PatchLocation, SalesRep};
use contract::{HistoryEntry, Items, ListParams, Page, Patch};
use domain::clock::Instant;
use domain::directory::{LocationKind, SalesRepMode, effective_rep};
use domain::engagement::{EngagementStage, Window};
use domain::id::{self, CustomerId, Id, LocationId};
use domain::limits;
use domain::people::Permission;
use domain::text::fold;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::Tx;
use store::directory::locations::{self as rows, Filter, Listed, Scope};
use store::directory::{CustomerRow, LocationRow, location_row, lock_customer, lock_location};
use store::page::Sort;
use uuid::Uuid;

/// By what locations can be sorted.
pub const SORTS: list::Sorts = &[
    ("customer", "location.sort_key"),
    ("customer_name", "location.sort_key"),
    ("name", "location.name_key"),
    ("sales_rep", "location.rep_key"),
    ("effective_sales_rep", "location.rep_key"),
    ("effective_sales_rep_id", "location.rep_key"),
    ("orders_total", "figure.orders_total_minor"),
    ("orders_total_minor", "figure.orders_total_minor"),
    ("orders_count", "figure.orders_count"),
    ("orders_avg", "figure.orders_avg_minor"),
    ("orders_avg_minor", "figure.orders_avg_minor"),
    ("engagement", "figure.last_order_on"),
    ("engagement_stage", "figure.last_order_on"),
    ("engaged", "figure.last_order_on"),
    ("last_order_on", "figure.last_order_on"),
    ("created_at", "location.created_at"),
];
const DEFAULT: &[Sort] = &[Sort { column: "location.sort_key", descending: false }];

/// By what locations can be filtered.
pub const FILTERS: &[&str] = &[
    "id",
    "customer_id",
    "code",
    "kind",
    "sales_rep",
    "effective_sales_rep_id",
    "sales_rep_mode",
    "price_list_id",
    "engaged",
    "engagement",
    "engagement_stage",
    "archived",
    "window",
    "orders_total_from",
    "orders_total_to",
    "orders_count_from",
    "orders_count_to",
    "last_order_on_from",
    "last_order_on_to",
];

/// What a list of locations is narrowed to; also what a bulk change selects.
pub fn filter(params: &ListParams) -> Result<Filter> {
    list::only(params, FILTERS)?;
    let strings = |words: Option<Vec<&'static str>>| words.map(|it| it.into_iter().map(str::to_owned).collect());
    let either = |names: [&'static str; 2]| if params.filters.contains_key(names[0]) { names[0] } else { names[1] };
    Ok(Filter {
        ids: list::ids::<id::Location>(params, "id")?.map(uuids),
        words: words_of(params)?,
        customers: list::ids::<id::Customer>(params, "customer_id")?.map(uuids),
        codes: params.filters.get("code").map(|text| text.split(',').map(code_key).collect()),
        reps: ids_or_none::<id::User>(params, either(["sales_rep", "effective_sales_rep_id"]))?,
        modes: strings(list::words(params, "sales_rep_mode", |word| {
            SalesRepMode::parse(word).map(SalesRepMode::as_str)
        })?),
        kinds: strings(list::words(params, "kind", |word| LocationKind::parse(word).map(LocationKind::as_str))?),
        price_lists: ids_or_none::<id::PriceList>(params, "price_list_id")?,
        archived: archived(params)?,
        engaged: list::yes_no(params, "engaged")?,
        stages: list::words(params, either(["engagement", "engagement_stage"]), EngagementStage::parse)?,
        orders_total: numbers(params, "orders_total_from", "orders_total_to")?,
        orders_count: numbers(params, "orders_count_from", "orders_count_to")?,
        last_order_on: days(params, "last_order_on_from", "last_order_on_to")?,
    })
}

/// For whom and over which time a list is made.
pub fn scope(ctx: &Ctx, params: &ListParams) -> Result<Scope> {
    Ok(Scope { viewer: ctx.viewer(), window: window(params)?, today: ctx.today(), only: None })
}

/// Locations in reach, by customer and name unless asked otherwise.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Location>> {
    let (filter, scope) = (filter(params)?, scope(ctx, params)?);
    let mut paging = list::paging("locations", params, SORTS, DEFAULT)?;
    empties_last(&mut paging.sorts);
    let (found, more) = rows::page(tx, &scope, &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, &scope, &filter)).transpose()?;
    let names = names(ctx, tx, &found)?;
    let key = |row: &Listed| {
        let mut values: Vec<_> = paging.sorts.iter().map(|sort| row.key(sort.column)).collect();
        values.push(store::Value::Uuid(row.row.id));
        values
    };
    let page = list::page(paging.bound, found, more, key, |row| view(ctx, row, &names));
    Ok(Page { total, ..page })
}

/// Names of customers and reps.
fn names(ctx: &Ctx, tx: &mut Tx, found: &[Listed]) -> Result<HashMap<Uuid, String>> {
    let reps: Vec<Uuid> = found.iter().filter_map(|it| it.row.effective_rep_id).collect();
    let customers: Vec<Uuid> = found.iter().map(|it| it.row.customer_id).collect();
    let mut names = store::directory::names_of_people(tx, ctx.org(), &reps)?;
    names.extend(store::directory::names_of_customers(tx, ctx.org(), &customers)?);
    Ok(names)
}

fn mode_of(row: &LocationRow) -> SalesRepMode {
    SalesRepMode::parse(&row.sales_rep_mode).unwrap_or(SalesRepMode::Inherit)
}

fn view(ctx: &Ctx, listed: Listed, names: &HashMap<Uuid, String>) -> Location {
    let Listed { row, figure } = listed;
    let (engagement, orders_avg_minor) = judged(&figure, ctx.today());
    let mode = mode_of(&row);
    let effective = row.effective_rep_id.map(Id::from_uuid);
    let (rep, source) = effective_rep(mode, row.sales_rep_id.map(Id::from_uuid), effective);
    Location {
        id: Id::from_uuid(row.id),
        customer_id: Id::from_uuid(row.customer_id),
        customer_name: names.get(&row.customer_id).cloned().unwrap_or_default(),
        name: row.name,
        code: row.code,
        kind: LocationKind::parse(&row.kind).unwrap_or(LocationKind::Facility),
        time_zone: row.time_zone,
        address: serde_json::from_str(&row.address).unwrap_or_default(),
        phone: row.phone,
        contacts: serde_json::from_str(&row.contacts).unwrap_or_default(),
        delivery_instructions: row.delivery_instructions,
        price_list_id: row.price_list_id.map(Id::from_uuid),
        sales_rep: SalesRep { mode, id: row.sales_rep_id.map(Id::from_uuid) },
        effective_sales_rep_id: rep,
        effective_sales_rep_name: row.effective_rep_id.and_then(|id| names.get(&id).cloned()),
        effective_sales_rep_source: source,
        external_ids: serde_json::from_str(&row.external_ids).unwrap_or_default(),
        tags: serde_json::from_str(&row.tags).unwrap_or_default(),
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

/// One location in reach.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: LocationId, window: Window) -> Result<Location> {
    let found = rows::one(tx, ctx.viewer(), id.uuid(), window, ctx.today())?.ok_or_else(Error::not_found)?;
    let names = names(ctx, tx, std::slice::from_ref(&found))?;
    Ok(view(ctx, found, &names))
}

/// What happened to a location, latest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<Items<HistoryEntry>> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let mut items = crate::history::of_subject(ctx, tx, id, limits::LIST_MAX as u32)?;
    if !ctx.may(Permission::ViewContractPrices) {
        items.iter_mut().for_each(|entry| entry.changes.retain(|change| !change.field.starts_with("price ")));
    }
    Ok(Items { items })
}

fn written(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Location> {
    let found = match rows::one(tx, ctx.viewer(), id, Window::All, ctx.today())? {
        Some(found) => found,
        None => {
            let row = location_row(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            let none = store::directory::customers::FigureRow { orders_avg_minor: -1, ..Default::default() };
            Listed { row, figure: none }
        }
    };
    let names = names(ctx, tx, std::slice::from_ref(&found))?;
    Ok(view(ctx, found, &names))
}

/// The key under which codes are compared.
pub(crate) fn code_key(code: &str) -> String {
    code.trim().to_lowercase()
}

/// Makes a location. Whoever makes it outside the office is assigned to it.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: CreateLocation) -> Result<Location> {
    let mut draft = ctx.entry("location_created");
    let id = create_in(ctx, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    written(ctx, tx, id)
}

/// Makes a location within an entry that may tell of more.
pub(crate) fn create_in(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, new: CreateLocation) -> Result<Uuid> {
    refuse_facility_manager(ctx)?;
    ctx.require(Permission::AddDirectoryRecords)?;
    let customer = customer_in_reach(ctx, tx, new.customer_id)?;
    let code = match new.code {
        Some(code) => code,
        None => free_code(ctx, tx, customer.id)?,
    };
    let patch = PatchLocation {
        customer_id: None,
        name: Some(new.name),
        code: Some(code),
        kind: new.kind,
        time_zone: new.time_zone,
        address: Some(new.address),
        phone: Some(new.phone),
        contacts: Some(new.contacts),
        delivery_instructions: Some(new.delivery_instructions),
        price_list_id: new.price_list_id.map_or(Patch::Leave, Patch::Set),
        sales_rep: new.sales_rep,
        external_ids: Some(new.external_ids),
        tags: Some(new.tags),
        archived: None,
    };
    let mut row = blank(ctx, customer.id);
    apply(ctx, tx, &mut row, &customer, patch)?;
    rows::insert(tx, ctx.org(), &row, &customer.name)?;
    if !ctx.viewer().office {
        store::directory::assign(tx, ctx.org(), ctx.principal().uuid(), "location", row.id)?;
    }
    draft.change(row.id, "name", None, Some(row.name.clone()));
    Ok(row.id)
}

fn customer_in_reach(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<CustomerRow> {
    let unknown = || Error::unknown("customer_id");
    let row = lock_customer(tx, ctx.org(), id.uuid())?.ok_or_else(unknown)?;
    if store::directory::customers::reaches(tx, ctx.viewer(), row.id)? { Ok(row) } else { Err(unknown()) }
}

fn free_code(ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<String> {
    let mut n = rows::of_customer(tx, ctx.org(), customer)?.len();
    loop {
        n += 1;
        let code = format!("{n:03}");
        if rows::by_code(tx, ctx.org(), customer, &code)?.is_none() {
            return Ok(code);
        }
    }
}

fn blank(ctx: &Ctx, customer: Uuid) -> LocationRow {
    LocationRow {
        id: ctx.id::<id::Location>().uuid(),
        customer_id: customer,
        code: String::new(),
        code_key: String::new(),
        name: String::new(),
        name_key: String::new(),
        sort_key: String::new(),
        kind: LocationKind::Facility.as_str().into(),
        time_zone: ctx.organization.time_zone.clone(),
        address: "{}".into(),
        phone: String::new(),
        contacts: "[]".into(),
        delivery_instructions: String::new(),
        price_list_id: None,
        sales_rep_mode: SalesRepMode::Inherit.as_str().into(),
        sales_rep_id: None,
        effective_rep_id: None,
        rep_key: String::new(),
        external_ids: "{}".into(),
        tags: "[]".into(),
        archived_at: None,
        version: 1,
        created_at: ctx.now.0,
        updated_at: ctx.now.0,
    }
}

/// Changes a location.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: LocationId, patch: PatchLocation) -> Result<Location> {
    // Customers are locked before their locations, everywhere.
    let peek = location_row(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !store::directory::sees_location(tx, ctx.viewer(), peek.id)? {
        return Err(Error::not_found());
    }
    lock_customer(tx, ctx.org(), peek.customer_id)?;
    let row = lock_location(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    require(ctx, &patch)?;
    ctx.check_version(row.version, || written(ctx, tx, row.id))?;
    let mut draft = ctx.entry("location_changed").subject(row.id);
    if patch_in(ctx, tx, &mut draft, row, patch)? {
        draft.append(ctx, tx)?;
    }
    written(ctx, tx, id.uuid())
}

/// What a change needs: the price list is for whoever manages prices, everything else for the directory's keepers.
fn require(ctx: &Ctx, patch: &PatchLocation) -> Result<()> {
    if !only_prices(patch) {
        ctx.require(Permission::ManageDirectory)?;
    }
    if patch.price_list_id.is_mentioned() {
        ctx.require(Permission::ManagePrices)?;
    }
    Ok(())
}

/// Changes a locked location within an entry that may tell of more; gives whether anything changed.
pub(crate) fn patch_in(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    before: LocationRow,
    patch: PatchLocation,
) -> Result<bool> {
    require(ctx, &patch)?;
    let mut row = before.clone();
    let customer = match patch.customer_id {
        Some(other) if other.uuid() != before.customer_id => move_to(ctx, tx, &mut row, other)?,
        _ => lock_customer(tx, ctx.org(), before.customer_id)?.ok_or_else(Error::not_found)?,
    };
    apply(ctx, tx, &mut row, &customer, patch)?;
    if !note_changes(draft, row.id, &facts(&before), &facts(&row)) {
        return Ok(false);
    }
    row.updated_at = ctx.now.0;
    rows::save(tx, ctx.org(), &before, &row, &customer.name)?;
    Ok(true)
}

/// Another customer: what the location ordered before stays with the old one.
fn move_to(ctx: &Ctx, tx: &mut Tx, row: &mut LocationRow, to: CustomerId) -> Result<CustomerRow> {
    let customer = customer_in_reach(ctx, tx, to)?;
    if rows::has_open_work(tx, ctx.org(), row.id)? {
        let message = "This location has events that are not closed. Close them before it moves to another customer.";
        return Err(Error::conflict("location_has_open_events", message));
    }
    if rows::by_code(tx, ctx.org(), customer.id, &row.code_key)?.is_some() {
        row.code = free_code(ctx, tx, customer.id)?;
        row.code_key = code_key(&row.code);
    }
    row.customer_id = customer.id;
    Ok(customer)
}

fn only_prices(patch: &PatchLocation) -> bool {
    patch.price_list_id.is_mentioned()
        && patch.customer_id.is_none()
        && patch.name.is_none()
        && patch.code.is_none()
        && patch.kind.is_none()
        && patch.time_zone.is_none()
        && patch.address.is_none()
        && patch.phone.is_none()
        && patch.contacts.is_none()
        && patch.delivery_instructions.is_none()
        && patch.sales_rep.is_none()
        && patch.external_ids.is_none()
        && patch.tags.is_none()
        && patch.archived.is_none()
}

fn facts(row: &LocationRow) -> Value {
    json!({
        "customer_id": printed::<id::Customer>(Some(row.customer_id)), "name": row.name, "code": row.code, "kind": row.kind,
        "time_zone": row.time_zone, "address": row.address, "phone": row.phone, "contacts": row.contacts,
        "delivery_instructions": row.delivery_instructions, "price_list_id": printed::<id::PriceList>(row.price_list_id),
        "sales_rep_mode": row.sales_rep_mode, "sales_rep_id": printed::<id::User>(row.sales_rep_id),
        "effective_sales_rep_id": printed::<id::User>(row.effective_rep_id),
        "external_ids": row.external_ids, "tags": row.tags,
        "archived_at": row.archived_at.map(|at| Instant(at).rfc3339()),
    })
}

fn apply(ctx: &Ctx, tx: &mut Tx, row: &mut LocationRow, customer: &CustomerRow, patch: PatchLocation) -> Result<()> {
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
    }
    row.sort_key = rows::sort_key(&customer.name_key, &row.name_key);
    if let Some(code) = &patch.code {
        row.code = clean_name("code", code, limits::CODE_MAX)?;
        row.code_key = code_key(&row.code);
        if rows::by_code(tx, ctx.org(), customer.id, &row.code_key)?.is_some_and(|other| other != row.id) {
            let message = format!("Another location of {} has the code {} already.", customer.name, row.code);
            return Err(Error::conflict("code_taken", message));
        }
    }
    if let Some(kind) = patch.kind {
        row.kind = kind.as_str().into();
    }
    if let Some(zone) = patch.time_zone {
        if !domain::clock::is_time_zone(&zone) {
            let message = "Give an IANA time zone such as America/Chicago.";
            return Err(Error::field("time_zone", "invalid_time_zone", message));
        }
        row.time_zone = zone;
    }
    if let Some(address) = patch.address {
        row.address = Cleaner::address("address", address)?;
    }
    if let Some(phone) = &patch.phone {
        row.phone = clean_text("phone", phone, limits::PHONE_MAX)?;
    }
    if let Some(contacts) = patch.contacts {
        row.contacts = Cleaner::contacts(contacts)?;
    }
    if let Some(text) = &patch.delivery_instructions {
        row.delivery_instructions = Cleaner::note("delivery_instructions", text)?;
    }
    match patch.price_list_id {
        Patch::Leave => {}
        Patch::Clear => row.price_list_id = None,
        Patch::Set(price_list) => {
            let known = store::directory::named::lock_price_list(tx, ctx.org(), price_list.uuid())?;
            row.price_list_id = Some(known.ok_or_else(|| Error::unknown("price_list_id"))?.id);
        }
    }
    set_rep(ctx, tx, row, customer, patch.sales_rep)?;
    if let Some(ids) = patch.external_ids {
        row.external_ids = Cleaner::external_ids(ids)?;
    }
    if let Some(tags) = patch.tags {
        row.tags = Cleaner::tags(tags)?;
    }
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    Ok(())
}

/// Sets how the location comes to its rep, and who that is now.
fn set_rep(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &mut LocationRow,
    customer: &CustomerRow,
    wanted: Option<SalesRep>,
) -> Result<()> {
    let inherited = (customer.default_sales_rep_id, customer.rep_key.clone());
    match wanted {
        None if mode_of(row) == SalesRepMode::Inherit => (row.effective_rep_id, row.rep_key) = inherited,
        None => {}
        Some(SalesRep { mode: SalesRepMode::Assigned, id: Some(id) }) => {
            if row.sales_rep_id != Some(id.uuid()) {
                let rep = check_rep(ctx, tx, "sales_rep.id", id)?;
                (row.sales_rep_id, row.effective_rep_id, row.rep_key) = (Some(rep.id), Some(rep.id), rep.name_key);
            }
            row.sales_rep_mode = SalesRepMode::Assigned.as_str().into();
        }
        Some(SalesRep { mode: SalesRepMode::Assigned, id: None }) => {
            let message = "Say which rep is assigned, or choose inherit or none.";
            return Err(Error::field("sales_rep.id", "required", message));
        }
        Some(SalesRep { mode, id: Some(_) }) => {
            let message = format!("With the mode {mode} there is no rep to name.");
            return Err(Error::field("sales_rep.id", "not_expected", message));
        }
        Some(SalesRep { mode, id: None }) => {
            row.sales_rep_mode = mode.as_str().into();
            row.sales_rep_id = None;
            (row.effective_rep_id, row.rep_key) =
                if mode == SalesRepMode::Inherit { inherited } else { (None, String::new()) };
        }
    }
    Ok(())
}
