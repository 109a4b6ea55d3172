//! Events: cases, stocking orders and everything else through which units leave stock.
//!
//! Planning is in [`plan`], what is expected in [`quote`], marking units in [`lines`], submission and what comes after it in [`settle`], days at a glance in
//! [`calendar`]. Money that follows from an event is in [`crate::billing`].

pub mod asks;
pub mod calendar;
pub mod charges;
pub mod comments;
mod daily;
pub mod feed;
pub mod lines;
mod listed;
mod loaded;
pub mod moving;
pub mod plan;
pub mod pricing;
pub mod processed;
pub mod products;
pub mod quote;
pub mod settle;
pub mod signatures;
pub mod signing;
pub mod types;
pub mod unfinished;
pub mod using;
pub mod warnings;

pub use listed::listed;
pub(crate) use loaded::{Loaded, effective_status};

use crate::history::Past;
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::events::{
    Charge, Event, EventSummary, Line, LineWarning, PurchaseOrder, SellerSuggestion, SubRepresentative,
};
use contract::{HistoryEntry, ListParams, Page};
use domain::clock::{Day, Instant};
use domain::event::lifecycle::EventFacts;
use domain::event::{self, ChargeKind, EventStatus, EventType, LineMoney, Usage};
use domain::id::{EventId, Id, LocationId, UnitId, UserId};
use domain::money::Minor;
use domain::people::{Level, Permission, Role};
use domain::pricing::{Price, PriceSource};
use domain::refusal::Refusal;
use domain::stock::{Custodian, CustodianType, Unit, UnitKind, UseContext, usable};
use std::collections::HashMap;
use store::events::{BusyRow, ChargeRow, EventRow, LineRow, NamedRow, PlaceRow};
use store::page::{Query, Sort};
use store::reach::{FEW_SUBJECTS, Side};
use store::{Tx, Value};
use uuid::Uuid;

/// The running number of an event as it is shown.
pub fn number(number: i64) -> String {
    format!("EV-{number:06}")
}

/// How a person recognises a unit.
pub(crate) fn unit_name(number: &str, lot: &str, serial: &str) -> String {
    match (serial, lot) {
        ("", "") => number.to_owned(),
        ("", lot) => format!("{number} lot {lot}"),
        (serial, _) => format!("{number} serial {serial}"),
    }
}

fn broken(what: &str) -> Error {
    Error::Internal(format!("a stored {what} is unknown"))
}

/// The type of a stored event.
pub(crate) fn kind(row: &EventRow) -> Result<EventType> {
    EventType::parse(&row.r#type).ok_or_else(|| broken("event type"))
}

/// The status of a stored event.
pub(crate) fn status(row: &EventRow) -> Result<EventStatus> {
    EventStatus::parse(&row.status).ok_or_else(|| broken("event status"))
}

pub(crate) fn day(row: &EventRow) -> Day {
    Day(row.day as i32)
}

/// Whether the viewer may see agreed prices, and with them what events add up to.
pub(crate) fn sees_prices(ctx: &Ctx) -> bool {
    ctx.may(Permission::ViewContractPrices)
}

/// How far the viewer reaches an event: through its representative, as somebody on it, or as manager of its facility.
pub(crate) fn level(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Level> {
    let viewer = ctx.viewer();
    if viewer.office {
        return Ok(Level::Act);
    }
    let person = store::reach::of(tx, viewer, row.representative_id)?.person;
    if ctx.actor.role == Role::FacilityManager {
        let here = match row.location_id {
            Some(location) => {
                store::events::is_assigned(tx, viewer.organization, viewer.principal, "location", location)?
            }
            None => false,
        };
        return Ok(if here { person.max(Level::See) } else { Level::Name });
    }
    if person >= Level::See {
        return Ok(person);
    }
    Ok(if store::events::reaches_anybody(tx, viewer, row.id)? { Level::See } else { Level::Name })
}

/// An event that the viewer sees.
pub(crate) fn readable(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<EventRow> {
    let row = store::events::event(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, &row)? >= Level::See { Ok(row) } else { Err(Error::not_found()) }
}

/// An event that the viewer may change, locked.
pub(crate) fn writable(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<EventRow> {
    let row = store::events::lock_event(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
    match level(ctx, tx, &row)? {
        Level::Act => Ok(row),
        Level::Name => Err(Error::not_found()),
        Level::See | Level::Use => Err(Error::forbidden(
            "not_your_event",
            "You see this event, but it is its representative's to change. Ask them or the office.",
        )),
    }
}

/// An event that the viewer may plan and work on, at the version that they know.
pub(crate) fn managed(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventRow> {
    let row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageEvents)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    Ok(row)
}

/// The status alone: what edits ask.
pub(crate) fn bare_facts(row: &EventRow) -> Result<EventFacts<'static>> {
    Ok(EventFacts::new(kind(row)?, status(row)?, day(row)))
}

/// Usages that want a note, by the organisation's settings.
pub(crate) fn noted(ctx: &Ctx) -> Vec<Usage> {
    match ctx.organization.settings.get("note_required_for").and_then(serde_json::Value::as_array) {
        Some(words) => words.iter().filter_map(|word| word.as_str().and_then(Usage::parse)).collect(),
        None => Usage::noted(),
    }
}

/// What a stored line says about money.
pub(crate) fn money(line: &LineRow) -> LineMoney {
    LineMoney {
        usage: Usage::parse(&line.usage).unwrap_or(Usage::Used),
        price: Price {
            minor: Minor(line.unit_price_minor),
            source: PriceSource::parse(&line.price_source).unwrap_or(PriceSource::None),
        },
        no_charge: line.no_charge,
        facility_stock: line.facility_stock,
    }
}

pub(crate) fn charge(row: &ChargeRow) -> event::Charge {
    event::Charge {
        kind: ChargeKind::parse(&row.kind).unwrap_or(ChargeKind::Other),
        amount: Minor(row.amount_minor),
        commissionable: row.commissionable,
    }
}

/// The facts about the unit of a line.
pub(crate) fn unit_of(line: &LineRow) -> Unit {
    Unit {
        id: UnitId::from_uuid(line.unit_id),
        kind: UnitKind::parse(&line.kind).unwrap_or(UnitKind::Device),
        custodian: Custodian {
            kind: CustodianType::parse(&line.custodian_type).unwrap_or(CustodianType::Organization),
            id: line.custodian_id,
        },
        facility_stock: line.facility_stock_location_id.map(LocationId::from_uuid),
        transfer: line.transfer_id.map(Id::from_uuid),
        event: line.event_id.map(Id::from_uuid),
        on_hold: line.hold_reason.is_some(),
        active: line.active,
        reusable: line.reusable,
        expires_on: line.expires_on.map(|day| Day(day as i32)),
        container: line.container_id.map(UnitId::from_uuid),
    }
}

/// Who may use what in one event.
pub(crate) struct Usability {
    representative: UserId,
    location: Option<LocationId>,
    takes_facility_stock: bool,
    /// Distributors and hubs who share with the representative, and those whose stock is in a pool of theirs.
    pub sharing: Vec<(Uuid, String)>,
    /// Those of them who do so through a pool alone.
    pub pooled: Vec<Uuid>,
}

impl Usability {
    /// Asks who shares with the representative.
    pub fn of(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Self> {
        let mut sharing = store::events::sharing_with(tx, ctx.org(), row.representative_id)?;
        let mut pooled = Vec::new();
        for (holder, name) in store::pools::of_member(tx, ctx.org(), row.representative_id)? {
            if sharing.iter().all(|(known, _)| *known != holder) {
                pooled.push(holder);
                sharing.push((holder, name));
            }
        }
        Ok(Self {
            representative: Id::from_uuid(row.representative_id),
            location: row.location_id.map(Id::from_uuid),
            takes_facility_stock: kind(row)?.rules().allows_facility_stock,
            sharing,
            pooled,
        })
    }

    /// Whether the representative may use a unit in this event.
    pub fn check(&self, unit: &Unit) -> Result<(), Refusal> {
        let shares = unit.custodian.kind == CustodianType::User
            && self.sharing.iter().any(|(distributor, _)| *distributor == unit.custodian.id);
        let context = UseContext {
            representative: self.representative,
            location: self.location,
            custodian_shares_with_representative: shares,
            through_pool_alone: self.pooled.contains(&unit.custodian.id),
            takes_facility_stock: self.takes_facility_stock,
        };
        usable(unit, &context)
    }
}

pub(crate) fn too_large(problem: domain::money::MoneyError) -> Error {
    Error::field("amount_minor", problem.code(), "The amounts of this event are too large to be added up.")
}

/// Names another event in a sentence, unless the viewer must not know of it.
pub(crate) fn name_other(ctx: &Ctx, tx: &mut Tx, busy: &BusyRow) -> Result<String> {
    let row = store::events::event(tx, ctx.org(), busy.event_id)?;
    let seen = match &row {
        Some(row) => level(ctx, tx, row)? >= Level::See,
        None => false,
    };
    Ok(if seen { format!("{} ({})", number(busy.number), busy.name) } else { "another event".to_owned() })
}

/// Brings total, number of lines and the mark of edited prices up to the lines and charges.
pub(crate) fn recount(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow) -> Result<()> {
    pricing::settle(ctx, tx, row)?;
    let (count, sum, manual) = store::events::sums(tx, ctx.org(), row.id)?;
    row.lines_count = count;
    row.prices_edited = manual > 0;
    row.total_minor = sum;
    if kind(row)?.rules().billable {
        for it in store::events::charges(tx, ctx.org(), row.id)? {
            let signed = charge(&it).signed().map_err(too_large)?;
            row.total_minor = Minor(row.total_minor).plus(signed).map_err(too_large)?.0;
        }
    }
    Ok(())
}

/// Saves an event as changed now.
pub(crate) fn save(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow) -> Result<()> {
    row.updated_at = ctx.now.0;
    store::events::save_event(tx, ctx.org(), row)?;
    Ok(())
}

/// Makes the event found by its name, its number and its purchase orders.
pub(crate) fn index(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    let mut words = domain::text::tokens(&row.name);
    words.extend(domain::text::tokens(&number(row.number)));
    words.extend([row.number.to_string(), domain::text::identifier_key(&number(row.number))]);
    for order in store::billing::purchase_orders(tx, ctx.org(), row.id)? {
        words.extend(domain::text::tokens(&order.number));
        words.push(domain::text::identifier_key(&order.number));
    }
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    store::search::index(tx, ctx.org(), "evt", row.id, &words)?;
    Ok(())
}

/// Prices of items where and when an event takes place.
pub(crate) fn prices(
    ctx: &Ctx,
    tx: &mut Tx,
    place: Option<&PlaceRow>,
    day: Day,
    items: &[store::events::ItemRow],
) -> Result<HashMap<Uuid, Price>> {
    let mut ids: Vec<Uuid> = items.iter().map(|item| item.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let ladder = crate::directory::ladder::Ladder::of(ctx, tx, place, &ids)?;
    // The first of its kind: prices by quantity and caps are settled over the whole event afterwards.
    Ok(items.iter().map(|item| (item.id, ladder.price(item, day, 1))).collect())
}

/// An event as lists show it, whoever asks: reach was asked before.
pub(crate) fn named_summary(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<EventSummary> {
    let named = store::events::named(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
    Ok(summary(ctx, named))
}

pub(crate) fn summary(ctx: &Ctx, row: NamedRow) -> EventSummary {
    EventSummary {
        id: Id::from_uuid(row.id),
        number: number(row.number),
        r#type: EventType::parse(&row.r#type).unwrap_or(EventType::Other),
        status: EventStatus::parse(&row.status).unwrap_or(EventStatus::Open),
        name: row.name,
        representative_id: Id::from_uuid(row.representative_id),
        representative_name: row.representative_name,
        location_id: row.location_id.map(Id::from_uuid),
        location_name: row.location_name,
        customer_id: row.customer_id.map(Id::from_uuid),
        customer_name: row.customer_name,
        physician_id: row.physician_id.map(Id::from_uuid),
        physician_name: row.physician_name,
        procedure_id: row.procedure_id.map(Id::from_uuid),
        procedure_name: row.procedure_name,
        starts_at: Instant(row.starts_at),
        ends_at: Instant(row.ends_at),
        time_zone: row.time_zone,
        event_on: Day(row.day as i32),
        lines_count: row.lines_count,
        total_minor: sees_prices(ctx).then_some(row.total_minor),
        currency: ctx.organization.currency.clone(),
        prices_edited: row.prices_edited,
        revision: row.revision,
        submitted_at: row.submitted_at.map(Instant),
        processed_at: row.processed_at.map(Instant),
        created_at: Instant(row.created_at),
        updated_at: Instant(row.updated_at),
        version: row.version,
    }
}

pub(crate) fn line_view(ctx: &Ctx, line: &LineRow, warning: Option<Refusal>) -> Line {
    let it = money(line);
    let shown = sees_prices(ctx) || it.price.source != PriceSource::Contract;
    Line {
        id: Id::from_uuid(line.id),
        unit_id: Id::from_uuid(line.unit_id),
        catalog_item_id: Id::from_uuid(line.catalog_item_id),
        catalog_number: line.number.clone(),
        description: line.description.clone(),
        manufacturer_id: Id::from_uuid(line.manufacturer_id),
        lot: line.lot.clone(),
        serial: line.serial.clone(),
        expires_on: line.expires_on.map(|day| Day(day as i32)),
        custodian_id: Id::from_uuid(line.line_custodian_id),
        usage: it.usage,
        unit_price_minor: shown.then_some(line.unit_price_minor),
        price_source: it.price.source,
        no_charge: line.no_charge,
        amount_minor: shown.then_some(line.amount_minor),
        facility_stock: line.facility_stock,
        reusable: line.reusable,
        note: line.note.clone(),
        expiry_reason: line.expiry_reason.clone(),
        pack_line_id: line.pack_line_id.map(Id::from_uuid),
        warning: warning.map(|refusal| LineWarning { code: refusal.code.to_owned(), message: refusal.message }),
    }
}

pub(crate) fn charge_view(row: ChargeRow) -> Charge {
    Charge {
        id: Id::from_uuid(row.id),
        kind: charge(&row).kind,
        label: row.label,
        amount_minor: row.amount_minor,
        commissionable: row.commissionable,
        manufacturer_id: row.manufacturer_id.map(Id::from_uuid),
        shared: row.shared,
    }
}

pub(crate) fn purchase_order_view(
    row: store::billing::PurchaseOrderRow,
    difference_minor: Option<i64>,
) -> PurchaseOrder {
    PurchaseOrder {
        id: Id::from_uuid(row.id),
        manufacturer_id: row.manufacturer_id.map(Id::from_uuid),
        number: row.number,
        amount_minor: row.amount_minor,
        received_at: Instant(row.received_at),
        received_by_id: Id::from_uuid(row.received_by),
        source: row.source,
        given_by: row.given_by,
        file_id: row.file_id.map(Id::from_uuid),
        difference_minor,
    }
}

/// An event in full, whoever asks: reach was asked before.
pub(crate) fn view(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Event> {
    let org = ctx.org();
    let row = store::events::event(tx, org, id)?.ok_or_else(Error::not_found)?;
    let named = store::events::named(tx, org, id)?.ok_or_else(Error::not_found)?;
    let people = store::events::people(tx, org, id)?;
    let mut loaded = Loaded::of(ctx, tx, &row)?;
    let open = status(&row)? == EventStatus::Open;
    if open {
        loaded.judge(ctx, tx, &row)?;
    }
    let warned = loaded.warned(&row)?;
    let lines = loaded.lines.iter().zip(warned).map(|(line, warning)| line_view(ctx, line, warning)).collect();
    let order = store::billing::latest_order(tx, org, id)?.filter(|order| order.status == "open");
    let suggestion = if open { suggestion(ctx, tx, &row)? } else { None };
    let shown = sees_prices(ctx);
    let mut purchase_orders: Vec<PurchaseOrder> = Vec::new();
    for order in store::billing::purchase_orders(tx, org, id)? {
        let expected = match order.manufacturer_id {
            Some(maker) => charges::billed_of(&loaded, maker)?,
            None => row.total_minor,
        };
        let difference = order.amount_minor.filter(|_| shown).map(|amount| amount - expected);
        purchase_orders.push(purchase_order_view(order, difference));
    }
    Ok(Event {
        head: summary(ctx, named),
        name_auto: row.name_auto,
        sub_representatives: people
            .iter()
            .filter(|person| person.role == "sub")
            .map(|person| SubRepresentative {
                user_id: Id::from_uuid(person.user_id),
                split_bp: person.split_bp.and_then(|bp| i32::try_from(bp).ok()),
                split_minor: person.split_minor,
            })
            .collect(),
        manufacturer_ids: store::events::manufacturers(tx, org, id)?.into_iter().map(Id::from_uuid).collect(),
        product_line_ids: store::events::product_lines(tx, org, id)?.into_iter().map(Id::from_uuid).collect(),
        container_ids: store::events::containers(tx, org, id)?.into_iter().map(Id::from_uuid).collect(),
        patient_reference: row.patient_reference,
        note: row.note,
        print_note: row.print_note,
        lines,
        charges: loaded.charge_rows.into_iter().map(charge_view).collect(),
        purchase_orders,
        keep_as_facility_stock: row.facility_stock,
        hold_released: row.hold_released,
        sales_order_id: order.map(|order| Id::from_uuid(order.id)),
        closed_reason: row.closed_reason,
        created_by_id: Id::from_uuid(row.created_by),
        suggestion,
    })
}

/// Facility stock sold by a rep of a group is better sold by the distributor: then the whole group may use it.
fn suggestion(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Option<SellerSuggestion>> {
    if kind(row)? != EventType::StockingOrder {
        return Ok(None);
    }
    let full = store::events::distributor_of(tx, ctx.org(), row.representative_id)?;
    let better = match full {
        Some((id, name, _)) => Some((id, name)),
        None => store::events::sharing_with(tx, ctx.org(), row.representative_id)?.into_iter().next(),
    };
    Ok(better.map(|(id, name)| SellerSuggestion {
        representative_id: Id::from_uuid(id),
        sentence: format!(
            "Sold by {name}, these units could be used at this facility by everybody with whom {name} shares; \
             sold by this representative, by them alone."
        ),
    }))
}

/// One event.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Event> {
    let row = readable(ctx, tx, id.uuid())?;
    view(ctx, tx, row.id)
}

/// What happened to an event, newest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: EventId, past: impl Into<Past>) -> Result<Page<HistoryEntry>> {
    readable(ctx, tx, id.uuid())?;
    crate::history::page_of_subject(ctx, tx, id, past.into())
}

const SORTS: Sorts =
    &[("starts_at", "event.starts_at"), ("number", "event.number"), ("created_at", "event.created_at")];
const NEWEST: &[Sort] = &[Sort { column: "event.starts_at", descending: true }];
const FILTERS: &[&str] = &[
    "type",
    "status",
    "representative_id",
    "location_id",
    "customer_id",
    "physician_id",
    "manufacturer_id",
    "product_line_id",
    "from",
    "to",
    processed::FILTERS[0],
    processed::FILTERS[1],
    processed::FILTERS[2],
    processed::FILTERS[3],
];

/// A moment as a filter: an instant, or the beginning of a day where the organisation is.
pub(crate) fn moment(ctx: &Ctx, params: &ListParams, field: &str) -> Result<Option<Instant>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let day = Day::parse(text).map(|day| day.starts_in(&ctx.organization.time_zone));
    let wrong =
        || Error::field(field, "invalid_value", "Give a date like 2026-11-22 or an instant like 2026-11-22T08:00:00Z.");
    day.or_else(|| Instant::parse(text)).map(Some).ok_or_else(wrong)
}

fn uuids<K: domain::id::Kind>(ids: Vec<Id<K>>) -> Vec<Value> {
    ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect()
}

/// Adds the filters of a list of events.
fn filtered(ctx: &Ctx, params: &ListParams, query: &mut Query) -> Result<()> {
    query.and("event.organization_id = ?", [Value::Uuid(ctx.org())]);
    if let Some(types) = list::words(params, "type", EventType::parse)? {
        query.any_of("event.type", types.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if let Some(states) = list::words(params, "status", EventStatus::parse)? {
        query.any_of("event.status", states.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if let Some(ids) = list::ids::<domain::id::User>(params, "representative_id")? {
        query.any_of("event.representative_id", uuids(ids));
    }
    if let Some(ids) = list::ids::<domain::id::Location>(params, "location_id")? {
        query.any_of("event.location_id", uuids(ids));
    }
    if let Some(ids) = list::ids::<domain::id::Customer>(params, "customer_id")? {
        query.any_of("event.customer_id", uuids(ids));
    }
    if let Some(ids) = list::ids::<domain::id::Physician>(params, "physician_id")? {
        query.any_of("event.physician_id", uuids(ids));
    }
    if let Some(ids) = list::ids::<domain::id::Manufacturer>(params, "manufacturer_id")? {
        let marks = vec!["?"; ids.len().max(1)].join(", ");
        let mut args = vec![Value::Uuid(ctx.org())];
        args.extend(if ids.is_empty() { vec![Value::Uuid(Uuid::nil())] } else { uuids(ids) });
        query.and(
            &format!(
                "EXISTS (SELECT 1 FROM event_manufacturer made WHERE made.organization_id = ? AND made.event_id = event.id \
                 AND made.manufacturer_id IN ({marks}))"
            ),
            args,
        );
    }
    products::filtered(ctx, params, query)?;
    if let Some(from) = moment(ctx, params, "from")? {
        query.and("event.starts_at >= ?", [Value::Int(from.0)]);
    }
    if let Some(to) = moment(ctx, params, "to")? {
        query.and("event.starts_at < ?", [Value::Int(to.0)]);
    }
    processed::filtered(params, query)?;
    if let Some(q) = params.q.as_deref().filter(|q| !q.trim().is_empty()) {
        let (text, args) = store::search::condition(ctx.org(), "evt", &domain::text::tokens(q), "event.id");
        query.and(&text, args);
    }
    Ok(())
}

/// The condition that keeps a list of `event` inside the viewer's reach; None for the office.
pub(crate) fn within(ctx: &Ctx) -> Option<(String, Vec<Value>)> {
    let viewer = ctx.viewer();
    if viewer.office {
        return None;
    }
    let args = vec![Value::Uuid(viewer.organization), Value::Uuid(viewer.principal)];
    if ctx.actor.role == Role::FacilityManager {
        let text = "EXISTS (SELECT 1 FROM people_assignment assigned WHERE assigned.organization_id = ? \
            AND assigned.user_id = ? AND assigned.kind = 'location' AND assigned.target_id = event.location_id)";
        return Some((text.to_owned(), args));
    }
    let text = "EXISTS (SELECT 1 FROM event_person person JOIN people_reach reach \
        ON reach.organization_id = person.organization_id AND reach.subject_id = person.user_id \
        WHERE person.organization_id = ? AND person.event_id = event.id AND reach.actor_id = ? AND reach.person >= 1)";
    Some((text.to_owned(), args))
}

/// Of several people in reach on one event, one stands for it: the representative, else the first.
const ONCE: &str = "NOT EXISTS (SELECT 1 FROM event_person other JOIN people_reach reach \
    ON reach.organization_id = other.organization_id AND reach.subject_id = other.user_id \
    WHERE other.organization_id = person.organization_id AND other.event_id = person.event_id AND reach.actor_id = ? \
    AND reach.person >= 1 AND person.role <> 'rep' AND (other.role = 'rep' OR other.user_id < person.user_id))";

/// Events in reach, newest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<EventSummary>> {
    use store::events::{NAMED_COLUMNS, NAMED_JOINS};
    list::only(params, FILTERS)?;
    let paging = list::paging("events", params, SORTS, NEWEST)?;
    let viewer = ctx.viewer();
    let (rows, more) = if viewer.office {
        let mut query = Query::new(format!("SELECT {NAMED_COLUMNS} FROM event {NAMED_JOINS}"));
        filtered(ctx, params, &mut query)?;
        query.page::<NamedRow>(tx, &paging.sorts, "event.id", paging.after.as_ref(), paging.limit)?
    } else if ctx.actor.role == Role::FacilityManager {
        let locations = store::events::assigned(tx, viewer.organization, viewer.principal, "location")?;
        let mut query = Query::new(format!("SELECT {NAMED_COLUMNS} FROM event {NAMED_JOINS}"));
        filtered(ctx, params, &mut query)?;
        let (after, limit) = (paging.after.as_ref(), paging.limit);
        query.page_merged::<NamedRow>(tx, "event.location_id", &locations, &paging.sorts, "event.id", after, limit)?
    } else {
        let subjects = store::reach::subjects(tx, viewer, Side::Person, Level::See, FEW_SUBJECTS + 1)?;
        if subjects.len() > FEW_SUBJECTS {
            let mut query = Query::new(format!("SELECT {NAMED_COLUMNS} FROM event {NAMED_JOINS}"));
            filtered(ctx, params, &mut query)?;
            query.and_some(within(ctx));
            query.page::<NamedRow>(tx, &paging.sorts, "event.id", paging.after.as_ref(), paging.limit)?
        } else {
            let mut query = Query::new(format!(
                "SELECT {NAMED_COLUMNS}, person.event_id AS event_id FROM event_person person \
                 JOIN event ON event.organization_id = person.organization_id AND event.id = person.event_id {NAMED_JOINS}"
            ));
            query.and("person.organization_id = ?", [Value::Uuid(ctx.org())]);
            filtered(ctx, params, &mut query)?;
            query.and(ONCE, [Value::Uuid(viewer.principal)]);
            let sorts: Vec<Sort> = paging.sorts.iter().map(|sort| of_person(*sort)).collect();
            let (after, limit) = (paging.after.as_ref(), paging.limit);
            query.page_merged::<NamedRow>(tx, "person.user_id", &subjects, &sorts, "person.event_id", after, limit)?
        }
    };
    let sorts = paging.sorts.clone();
    let key = |row: &NamedRow| {
        let value = |sort: &Sort| match sort.column {
            "event.number" => row.number,
            "event.created_at" => row.created_at,
            _ => row.starts_at,
        };
        sorts.iter().map(|sort| Value::Int(value(sort))).chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, rows, more, key, |row| summary(ctx, row));
    if params.count {
        let mut query = Query::new("SELECT event.id FROM event");
        filtered(ctx, params, &mut query)?;
        query.and_some(within(ctx));
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// The same order over the list of people on events.
fn of_person(sort: Sort) -> Sort {
    match sort.column {
        "event.starts_at" => Sort { column: "person.starts_at", ..sort },
        _ => sort,
    }
}

/// Tells somebody about an event, unless they did it themselves.
pub(crate) fn notify(ctx: &Ctx, tx: &mut Tx, whom: Uuid, kind: &str, row: &EventRow, sentence: &str) -> Result<()> {
    if whom != ctx.actor.id.uuid() && whom != ctx.principal().uuid() {
        let id = ctx.id::<domain::id::Entry>().uuid();
        store::engine::notify(tx, ctx.org(), whom, id, kind, row.id, sentence, ctx.now.0)?;
    }
    Ok(())
}

/// Tells the representative that an event is paid, once it is.
pub(crate) fn tell_of_paid(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    if status(row)? != EventStatus::Paid {
        return Ok(());
    }
    let sentence = format!("{} is paid: {}.", number(row.number), row.name);
    notify(ctx, tx, row.representative_id, "event_paid", row, &sentence)
}

/// Tells the office about an event, unless the office did it.
pub(crate) fn notify_office(ctx: &Ctx, tx: &mut Tx, kind: &str, row: &EventRow, sentence: &str) -> Result<()> {
    if !ctx.actor.role.is_office() {
        for whom in store::events::office(tx, ctx.org())? {
            notify(ctx, tx, whom, kind, row, sentence)?;
        }
    }
    Ok(())
}
