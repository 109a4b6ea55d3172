//! Locations: making and changing them; lists are in [`mod@list`].

pub mod list;

pub use list::{FILTERS, added_up, filter, get, list, scope, sums};

use super::{Cleaner, archive, check_rep, clean_name, clean_text, note_changes, printed, refuse_facility_manager};
use crate::history::Past;
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::bulk::Consequence;
use contract::directory::{CreateLocation, Location, PatchLocation, SalesRep};
use contract::{Address, HistoryEntry, Page, Patch};
use domain::clock::Instant;
use domain::directory::{LocationKind, SalesRepMode, SalesRepSource, area_key};
use domain::engagement::Period;
use domain::id::{self, CustomerId, LocationId};
use domain::limits;
use domain::people::Permission;
use domain::text::fold;
use serde_json::{Value, json};
use store::Tx;
use store::directory::locations as rows;
use store::directory::territories::{Effective, Fallback};
use store::directory::{CustomerRow, LocationRow, beside, location_row, lock_customer, lock_location};
use uuid::Uuid;

pub(super) fn mode_of(row: &LocationRow) -> SalesRepMode {
    SalesRepMode::parse(&row.sales_rep_mode).unwrap_or(SalesRepMode::Inherit)
}

/// What happened to a location, latest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: LocationId, past: impl Into<Past>) -> Result<Page<HistoryEntry>> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let mut page = crate::history::page_of_subject(ctx, tx, id, past.into())?;
    super::remarks::hide_from_history(ctx, &mut page.items);
    if !ctx.may(Permission::ViewContractPrices) {
        page.items.iter_mut().for_each(|entry| entry.changes.retain(|change| !change.field.starts_with("price ")));
    }
    Ok(page)
}

fn written(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Location> {
    let found = match rows::one(tx, ctx.viewer(), id, Period::ALL, ctx.today())? {
        Some(found) => found,
        None => {
            let row = location_row(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            let figure = store::directory::customers::FigureRow { orders_avg_minor: -1, ..Default::default() };
            rows::Listed { row, figure, standing: store::directory::standing::Standing::default() }
        }
    };
    list::shown(ctx, tx, found)
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
    let warnings = super::likeness::of_location(ctx, tx, id)?;
    Ok(Location { warnings, ..written(ctx, tx, id)? })
}

/// [`create`] for one of very many: nobody reads what it may be the same as.
pub fn create_one_of_many(ctx: &Ctx, tx: &mut Tx, new: CreateLocation) -> Result<LocationId> {
    let mut draft = ctx.entry("location_created");
    let id = create_in(ctx, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    Ok(LocationId::from_uuid(id))
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
        licence_no: Some(new.licence_no),
        receiving_hours: Some(new.receiving_hours),
        custom: Some(new.custom),
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
    if !store::directory::customers::reaches(tx, ctx.viewer(), row.id)? {
        return Err(unknown());
    }
    if row.merged_into_id.is_some() {
        let message = format!("{} became a part of another customer. Choose that one.", row.name);
        return Err(Error::field("customer_id", "customer_merged", message));
    }
    Ok(row)
}

pub(super) fn free_code(ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<String> {
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
        licence_no: String::new(),
        receiving_hours: String::new(),
        custom: "{}".into(),
        rep_source: SalesRepSource::None.as_str().into(),
        city_key: String::new(),
        state_key: String::new(),
        postal_key: String::new(),
        price_key: String::new(),
        tags_key: String::new(),
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
    let before = row.clone();
    let mut draft = ctx.entry("location_changed").subject(row.id);
    if !patch_in(ctx, tx, &mut draft, row, patch)? {
        return written(ctx, tx, id.uuid());
    }
    draft.append(ctx, tx)?;
    let after = location_row(tx, ctx.org(), before.id)?.ok_or_else(Error::not_found)?;
    let alike = (&before.name_key, &before.address, &before.phone) != (&after.name_key, &after.address, &after.phone);
    let warnings = if alike { super::likeness::of_location(ctx, tx, before.id)? } else { Vec::new() };
    let mut consequences = moved(&before, &after);
    if before.archived_at.is_none() && after.archived_at.is_some() {
        consequences.extend(super::bulk::follow::location_archived(ctx, tx, after.id)?);
    }
    Ok(Location { consequences, warnings, ..written(ctx, tx, id.uuid())? })
}

/// What follows from a move to another customer.
fn moved(before: &LocationRow, after: &LocationRow) -> Vec<Consequence> {
    if before.customer_id == after.customer_id {
        return Vec::new();
    }
    let told = |code: &str, message: &str| Consequence { code: code.into(), count: 1, message: message.into() };
    let mut all = vec![told("history_stays", "What it ordered before stays with the old customer.")];
    if mode_of(before) == SalesRepMode::Assigned && mode_of(after) != SalesRepMode::Assigned {
        let message =
            "Its own rep cannot be seen by the new customer's team, so it inherits the rep from the new customer.";
        all.push(told("override_cleared", message));
    }
    all
}

/// What a change needs: the price list is for whoever manages prices, the rep for whoever says who cares, everything else for
/// the directory's keepers.
fn require(ctx: &Ctx, patch: &PatchLocation) -> Result<()> {
    if !touches_nothing_else(patch) {
        ctx.require(Permission::ManageDirectory)?;
    }
    if patch.sales_rep.is_some() {
        ctx.require(Permission::AssignReps)?;
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
    if row.price_list_id != before.price_list_id || row.customer_id != before.customer_id {
        crate::events::asks::settle_all(ctx, tx)?;
    }
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
    keep_override(ctx, tx, row, &customer)?;
    Ok(customer)
}

/// A rep of its own stays with a location that moves only if the new customer's team may see that rep; the office sees all.
fn keep_override(ctx: &Ctx, tx: &mut Tx, row: &mut LocationRow, customer: &CustomerRow) -> Result<()> {
    let (Some(own), Some(team)) = (row.sales_rep_id, customer.default_sales_rep_id) else { return Ok(()) };
    if mode_of(row) != SalesRepMode::Assigned || own == team {
        return Ok(());
    }
    if !store::people::share_a_team(tx, ctx.org(), own, team)? {
        row.sales_rep_mode = SalesRepMode::Inherit.as_str().into();
        row.sales_rep_id = None;
    }
    Ok(())
}

/// Besides price list and rep.
fn touches_nothing_else(patch: &PatchLocation) -> bool {
    (patch.price_list_id.is_mentioned() || patch.sales_rep.is_some())
        && patch.customer_id.is_none()
        && patch.name.is_none()
        && patch.code.is_none()
        && patch.kind.is_none()
        && patch.time_zone.is_none()
        && patch.address.is_none()
        && patch.phone.is_none()
        && patch.contacts.is_none()
        && patch.delivery_instructions.is_none()
        && patch.external_ids.is_none()
        && patch.tags.is_none()
        && patch.licence_no.is_none()
        && patch.receiving_hours.is_none()
        && patch.custom.is_none()
        && patch.archived.is_none()
}

/// What the journal compares.
pub(super) fn facts(row: &LocationRow) -> Value {
    json!({
        "customer_id": printed::<id::Customer>(Some(row.customer_id)), "name": row.name, "code": row.code, "kind": row.kind,
        "time_zone": row.time_zone, "address": row.address, "phone": row.phone, "contacts": row.contacts,
        "delivery_instructions": row.delivery_instructions, "price_list_id": printed::<id::PriceList>(row.price_list_id),
        "sales_rep_mode": row.sales_rep_mode, "sales_rep_id": printed::<id::User>(row.sales_rep_id),
        "effective_sales_rep_id": printed::<id::User>(row.effective_rep_id),
        "external_ids": row.external_ids, "tags": row.tags,
        "archived_at": row.archived_at.map(|at| Instant(at).rfc3339()),
        "licence_no": row.licence_no, "receiving_hours": row.receiving_hours, "custom": row.custom,
    })
}

/// Where it lies, as lists and territories compare it.
fn set_address(row: &mut LocationRow, address: Address) -> Result<()> {
    row.city_key = fold(&address.city);
    row.state_key = area_key(&address.state);
    row.postal_key = area_key(&address.postal_code);
    row.address = Cleaner::address("address", address)?;
    Ok(())
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
        set_address(row, address)?;
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
        Patch::Clear => (row.price_list_id, row.price_key) = (None, String::new()),
        Patch::Set(price_list) => {
            let known = store::directory::named::lock_price_list(tx, ctx.org(), price_list.uuid())?;
            let known = known.ok_or_else(|| Error::unknown("price_list_id"))?;
            (row.price_list_id, row.price_key) = (Some(known.id), known.name_key);
        }
    }
    set_rep(ctx, tx, row, customer, patch.sales_rep)?;
    if let Some(ids) = patch.external_ids {
        super::check::free_external_ids(ctx, tx, "loc", row.id, &ids)?;
        row.external_ids = Cleaner::external_ids(ids)?;
    }
    if let Some(tags) = patch.tags {
        row.tags = Cleaner::tags(tags)?;
        row.tags_key = beside::tag_keys(&row.tags).join(" ");
    }
    if let Some(number) = &patch.licence_no {
        row.licence_no = clean_text("licence_no", number, limits::CODE_MAX)?;
    }
    if let Some(hours) = &patch.receiving_hours {
        row.receiving_hours = clean_text("receiving_hours", hours, limits::ADDRESS_LINE_MAX)?;
    }
    if let Some(custom) = patch.custom {
        row.custom = Cleaner::custom(custom)?;
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
    match wanted {
        None if mode_of(row) == SalesRepMode::Inherit => inherit(ctx, tx, row, customer)?,
        None => {}
        Some(SalesRep { mode: SalesRepMode::Assigned, id: Some(id) }) => {
            if row.sales_rep_id != Some(id.uuid()) {
                let rep = check_rep(ctx, tx, "sales_rep.id", id)?;
                row.sales_rep_id = Some(rep.id);
                is_cared_for(row, Effective { rep: Some(rep.id), key: rep.name_key, source: SalesRepSource::Location });
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
            if mode == SalesRepMode::Inherit {
                inherit(ctx, tx, row, customer)?;
            } else {
                is_cared_for(row, Effective { rep: None, key: String::new(), source: SalesRepSource::None });
            }
        }
    }
    Ok(())
}

fn is_cared_for(row: &mut LocationRow, by: Effective) {
    (row.effective_rep_id, row.rep_key, row.rep_source) = (by.rep, by.key, by.source.as_str().into());
}

/// From the customer's default, else by where the location lies, else from the organisation.
pub(super) fn inherit(ctx: &Ctx, tx: &mut Tx, row: &mut LocationRow, customer: &CustomerRow) -> Result<()> {
    let default = customer.default_sales_rep_id.map(|rep| (rep, customer.rep_key.as_str()));
    let by = match default {
        Some((rep, key)) => Effective { rep: Some(rep), key: key.to_owned(), source: SalesRepSource::Customer },
        None => Fallback::read(tx, ctx.org())?.of(None, &row.state_key, &row.postal_key),
    };
    is_cared_for(row, by);
    Ok(())
}

/// Locations in reach by customer and name, when they are few enough to choose from.
pub fn choices(ctx: &Ctx, tx: &mut Tx, limit: usize) -> Result<Option<Vec<(LocationId, String)>>> {
    let found = rows::choices(tx, ctx.viewer(), limit)?;
    Ok(found.map(|rows| rows.into_iter().map(|(id, name)| (LocationId::from_uuid(id), name)).collect()))
}
