//! Stock: what may I use, where is it, when does it expire? The list, and what is done with many units at once.

use super::acts::{self, Ask};
use super::list::{Filter, List, Shown, View, asked_view, saved_views};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Header, Icon, Link, Menu, Room, Row, Status, Text, Tone,
};
use app::names::{Names, Wanted};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::response::Response;
use contract::units::{DeactivateUnits, HoldUnits, PlaceUnits, ReassignFacilityStock, Unit};
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::hold::HoldStatus;
use domain::id::{UnitId, UserId};
use domain::people::{Permission, Role};
use domain::stock::{CustodianType, UnitKind, UnitState};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/units", get(index))
        .route("/units.csv", get(export))
        .route("/units/bulk/{what}", post(bulk))
        .merge(super::labels::routes())
        .merge(super::unit::routes())
}

/// Units that expire within so many days are worth a look.
pub const SOON_DAYS: i32 = 90;
/// The same as a filter keeps it.
const EXPIRING: &str = "today+90";
/// Most units that are changed with one press.
const AT_ONCE: usize = app::unit_bulk::AT_ONCE;
/// Most rows of a file from the list; the report has no limit.
const EXPORT_ROWS: usize = 50_000;

/// Whatever a unit's line names.
pub fn want(wanted: &mut Wanted, unit: &Unit) {
    wanted
        .item(unit.catalog_item_id)
        .custodian(unit.custodian.id)
        .location(unit.facility_stock_location_id)
        .place(unit.place_id)
        .event(unit.event_id);
}

/// The names behind some units.
pub fn names_of(ctx: &Ctx, tx: &mut Tx, units: &[Unit]) -> app::Result<Names> {
    let mut wanted = Wanted::new();
    units.iter().for_each(|unit| want(&mut wanted, unit));
    app::names::look_up(ctx, tx, &wanted)
}

/// Whether somebody else's unit may be used because they share it.
pub fn is_shared(ctx: &Ctx, unit: &Unit) -> bool {
    let custodian = unit.custodian.id;
    ctx.actor.role == Role::Sales && custodian.kind == CustodianType::User && custodian.id != ctx.principal().uuid()
}

/// Whether the viewer may do with a unit in sight what its custodian may: everybody but a rep with what others share; nobody
/// what is with a linked company.
pub fn may_act(ctx: &Ctx, unit: &Unit) -> bool {
    !is_shared(ctx, unit) && unit.custodian.r#type != CustodianType::LinkedOrganization
}

/// Where a unit stands.
pub fn status(ctx: &Ctx, names: &Names, unit: &Unit) -> Status {
    let event = unit.event_id.and_then(|id| names.event(id));
    match (unit.state, event) {
        (UnitState::InEvent, Some(event)) => {
            let clock = words::clock_in(&event.time_zone, event.starts_at);
            Status::new(Tone::Violet, format!("{}, {} {clock}", event.r#type.label(), words::day_short(event.day)))
        }
        (UnitState::Available, _) if unit.facility_stock_location_id.is_some() => Status::of("facility_stock"),
        (UnitState::Available, _) if unit.expires_on.is_some_and(|day| day < ctx.today()) => Status::of("expired"),
        (UnitState::Inactive, _) if unit.custodian.r#type == CustodianType::LinkedOrganization => {
            Status::new(Tone::Grey, "Linked company")
        }
        (UnitState::OnHold, _) if unit.recall_id.is_some() => Status::of("recalled"),
        (UnitState::OnHold, _) if unit.hold_status.is_some_and(|it| it != domain::hold::HoldStatus::Review) => {
            super::loans::hold_status(unit.hold_status.unwrap_or(domain::hold::HoldStatus::Review))
        }
        (state, _) => Status::of(state.as_str()),
    }
}

/// The last day of use, and whether it is near.
pub fn expiry(ctx: &Ctx, day: Option<Day>) -> Cell {
    let Some(day) = day else { return Cell::none() };
    let away = words::distance(ctx.today(), day);
    let cell = Cell::text(words::day(day)).hover(away.clone());
    match day.0 - ctx.today().0 {
        ..0 => Cell::two(words::day(day), format!("expired {away}")).tone(Tone::Red),
        0..=30 => Cell::two(words::day(day), away).tone(Tone::Amber),
        31..=SOON_DAYS => cell.tone(Tone::Amber),
        _ => cell,
    }
}

/// Who answers for a unit, and where it lies. What others share is in teal.
pub fn holder(ctx: &Ctx, names: &Names, unit: &Unit) -> Cell {
    let name = names.custodian(unit.custodian.id).to_owned();
    let cell = if is_shared(ctx, unit) { Cell::owner(name) } else { Cell::text(name) };
    match (unit.facility_stock_location_id, unit.place_id) {
        (Some(shelf), _) => cell.below(format!("{}, shelf", names.location(shelf))),
        (None, Some(place)) => cell.below(names.place(place)),
        _ => cell,
    }
}

/// What a unit is, with what tells it from others.
pub fn title(names: &Names, unit: &Unit) -> Cell {
    let Some(item) = names.item(unit.catalog_item_id) else { return Cell::text("Unknown item") };
    let kind = match unit.kind {
        UnitKind::Device if item.reusable => " · reusable",
        UnitKind::Device => "",
        UnitKind::Container => " · container",
        UnitKind::Pack => " · pack",
    };
    let countries = match item.countries.as_slice() {
        [] => String::new(),
        some => format!(" · {} only", some.join(", ")),
    };
    Cell::two(item.title.as_str(), format!("{} · {}{kind}{countries}", item.number, item.manufacturer))
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot").sort().width(132).phone_sub(),
        Column::new("serial", "Serial").width(132).spare(),
        Column::new("custodian", "Custodian").width(192),
        Column::new("expires_on", "Expires").sort().width(136).phone_side_sub(),
        Column::new("status", "Status").width(176),
        Column::new("udi", "UDI").width(240).optional(),
        Column::new("due_back_on", "Due back").width(120).optional(),
        Column::new("tags", "Tags").width(140).optional(),
        Column::new("created_at", "Made").sort().width(136).optional(),
    ]
}

/// The lot; on the phone, where there is no column for it, also whose a shared unit is.
fn lot(ctx: &Ctx, names: &Names, unit: &Unit) -> Cell {
    let mark = unit.lot.as_deref().or(unit.serial.as_deref());
    if !is_shared(ctx, unit) {
        return unit.lot.as_deref().map_or_else(Cell::none, Cell::of);
    }
    Cell::of(
        html! { (mark.unwrap_or("–")) span class="phone-only owner" { " · " (names.custodian(unit.custodian.id)) } },
    )
}

/// A row for each unit, with the columns of a list.
pub fn row(list: &List, ctx: &Ctx, names: &Names, unit: &Unit) -> Row {
    let text = |value: Option<&str>| value.map_or_else(Cell::none, Cell::of);
    let row = list.row(unit.id.to_string(), |key| match key {
        "item" => title(names, unit),
        "lot" => lot(ctx, names, unit),
        "serial" => text(unit.serial.as_deref()),
        "custodian" => holder(ctx, names, unit),
        "expires_on" => expiry(ctx, unit.expires_on),
        "status" => Cell::status(status(ctx, names, unit)),
        "udi" => unit.udi.as_deref().map_or_else(Cell::none, |udi| Cell::of(html! { span class="mono" { (udi) } })),
        "due_back_on" => unit.due_back_on.map_or_else(Cell::none, |day| Cell::text(words::day(day))),
        "tags" => text(Some(unit.tags.join(", ").as_str()).filter(|tags| !tags.is_empty())),
        _ => Cell::of(words::when(ctx, unit.created_at)),
    });
    let dated = list.columns.iter().any(|column| column.key == "created_at");
    row.href(format!("/units/{}", unit.id))
        .name(names.item_title(unit.catalog_item_id).to_owned())
        .off(unit.state == UnitState::Inactive)
        .alike(alike(unit).filter(|_| !dated))
}

/// What makes units look the same to a person; nothing for those that have a name of their own.
pub fn alike(unit: &Unit) -> Option<Vec<u8>> {
    if unit.serial.is_some() || unit.kind == UnitKind::Container {
        return None;
    }
    let mut key = Vec::with_capacity(160);
    let mut put = |bytes: Option<&[u8]>| {
        // How long it is stands before it, so that no two keys run together.
        key.extend_from_slice(&(bytes.map_or(u64::MAX, |it| it.len() as u64)).to_le_bytes());
        key.extend_from_slice(bytes.unwrap_or_default());
    };
    put(Some(unit.catalog_item_id.uuid().as_bytes()));
    put(unit.lot.as_deref().map(str::as_bytes));
    put(unit.expires_on.map(|day| day.0.to_le_bytes()).as_ref().map(<[u8; 4]>::as_slice));
    put(Some(unit.custodian.id.id.as_bytes()));
    put(unit.place_id.map(|id| id.uuid()).as_ref().map(|id| id.as_bytes().as_slice()));
    put(unit.facility_stock_location_id.map(|id| id.uuid()).as_ref().map(|id| id.as_bytes().as_slice()));
    put(unit.event_id.map(|id| id.uuid()).as_ref().map(|id| id.as_bytes().as_slice()));
    put(Some(unit.state.as_str().as_bytes()));
    put(unit.due_back_on.map(|day| day.0.to_le_bytes()).as_ref().map(<[u8; 4]>::as_slice));
    for tag in &unit.tags {
        put(Some(tag.as_bytes()));
    }
    Some(key)
}

fn views(ctx: &Ctx) -> Vec<View> {
    const FACILITY: &[(&str, &str)] = &[("facility_stock", "true")];
    let mut views = vec![View::new(
        "all",
        match ctx.actor.role {
            Role::Distributor if !ctx.actor.custodian_only => "Group",
            Role::Sales => "You may use",
            _ => "All",
        },
        &[],
    )];
    if !ctx.actor.role.is_office() {
        views.push(View::new("mine", "My custody", &[("scope", "mine")]));
    }
    if ctx.actor.role == Role::Sales {
        views.push(View::new("shared", "Shared with me", &[("scope", "shared")]));
    }
    views.push(View::new("facility", "Facility stock", FACILITY));
    views.push(View::new("hold", "On hold", &[("state", "on_hold")]));
    views.push(View::new("expiring", "Expiring", &[("expires_before", EXPIRING)]));
    views.push(View::new("inactive", "Inactive", &[("state", "inactive")]).sort("-created_at"));
    views
}

/// So many custodians are offered at once.
const HOLDERS_SHOWN: usize = 40;

/// What filters offer, whatever is asked for.
#[derive(Clone, Default)]
struct Always {
    manufacturers: Vec<(Text, Text)>,
    custodians: Vec<(Text, Text)>,
    /// There are more custodians than one looks through: the others are found by name.
    more_custodians: bool,
    places: Vec<(Text, Text)>,
}

/// What filters offer.
#[derive(Default)]
struct Offers {
    always: Always,
    /// Names behind filters that only links set.
    item: Option<String>,
    location: Option<String>,
    container: Option<String>,
    recall: Option<String>,
}

fn always(ctx: &Ctx, tx: &mut Tx) -> app::Result<Always> {
    let some = || ListParams { limit: Some(200), ..ListParams::default() };
    let pair = |id: String, name: String| (Text::Owned(id), Text::Owned(name));
    let manufacturers = app::catalog::manufacturers(ctx, tx, &some())?.items;
    let places = app::directory::named::places(ctx, tx, &some())?.items;
    let mut custodians = vec![];
    if ctx.actor.role.is_office() {
        custodians.push(pair(ctx.organization.id.to_string(), ctx.organization.name.clone()));
        let companies = app::links::companies(ctx, tx)?;
        custodians.extend(companies.into_iter().map(|it| pair(it.id.to_string(), it.name)));
    }
    let mut more_custodians = false;
    if !matches!(ctx.actor.role, Role::Sales | Role::FacilityManager) {
        let holders = app::people::holders(ctx, tx, HOLDERS_SHOWN + 1)?;
        more_custodians = holders.len() > HOLDERS_SHOWN;
        if !more_custodians {
            custodians.extend(holders.into_iter().map(|(id, name)| pair(id.to_string(), name)));
        }
    }
    Ok(Always {
        manufacturers: manufacturers.into_iter().map(|it| pair(it.id.to_string(), it.name)).collect(),
        custodians,
        more_custodians,
        places: places.into_iter().map(|it| pair(it.id.to_string(), it.name)).collect(),
    })
}

fn offers(ctx: &Ctx, tx: &mut Tx, link: &Link) -> app::Result<Offers> {
    let mut always = ctx.remembered(tx, "offers of units", always)?;
    let mut wanted = Wanted::new();
    let mut chosen: Vec<UserId> = Vec::new();
    if always.more_custodians {
        chosen = link.get("custodian_id").unwrap_or_default().split(',').filter_map(|id| id.parse().ok()).collect();
        for id in &chosen {
            wanted.person(*id);
        }
    }
    let item = link.get("catalog_item_id").and_then(|text| text.parse().ok());
    let location = link.get("facility_stock_location_id").and_then(|text| text.parse().ok());
    if let Some(id) = item {
        wanted.item(id);
    }
    wanted.location(location);
    let names = app::names::look_up(ctx, tx, &wanted)?;
    always.custodians.extend(chosen.into_iter().map(|id| (id.to_string().into(), names.person(id).to_owned().into())));
    Ok(Offers {
        always,
        item: item.map(|id| names.item_title(id).to_owned()),
        location: location.map(|id| names.location(id).to_owned()),
        container: link.get("container_id").map(|_| "one container".to_owned()),
        recall: link.get("recall_id").map(|_| "one recall".to_owned()),
    })
}

fn list(visit: &Visit, offers: Offers) -> List {
    let ctx = &visit.ctx;
    let states = acts::pairs(UnitState::ALL, UnitState::as_str, UnitState::label);
    let kinds = acts::pairs(UnitKind::ALL, UnitKind::as_str, UnitKind::label);
    let mut filters = vec![
        Filter::choice("state", "Status", states),
        Filter::choice("manufacturer_id", "Manufacturer", offers.always.manufacturers),
    ];
    // Where nothing is offered it still holds: for the rows after the first, for exports and for what is done with all of them.
    filters.push(match (offers.always.more_custodians, offers.always.custodians.is_empty()) {
        (true, _) => Filter::people("custodian_id", "Custodian", "/suggest/people", offers.always.custodians),
        (false, true) => Filter::given("custodian_id", "Held by", Some("one custodian")),
        (false, false) => Filter::choice("custodian_id", "Custodian", offers.always.custodians),
    });
    filters.extend([
        Filter::choice("place_id", "Place", offers.always.places),
        Filter::many(
            "hold_status",
            "On hold as",
            acts::pairs(
                domain::hold::HoldStatus::ALL,
                domain::hold::HoldStatus::as_str,
                domain::hold::HoldStatus::label,
            ),
        ),
        Filter::text("lot", "Lot"),
        Filter::text("serial", "Serial"),
        Filter::date("expires_before", "Expires before"),
        Filter::choice("kind", "Kind", kinds),
        Filter::yes_no("reusable", "Reusable"),
        Filter::text("country", "May be used in"),
        Filter::given("catalog_item_id", "Item", offers.item),
        Filter::given("facility_stock_location_id", "On the shelf of", offers.location),
        Filter::given("container_id", "In", offers.container),
        Filter::given("recall_id", "Under", offers.recall),
    ]);
    List::new(visit, Room::Stock, "units", "Stock", columns())
        .views(&views(ctx))
        .filters(filters)
        .sort("expires_on")
        .search("Item, lot, serial, UDI")
}

/// The list at this address.
pub(super) async fn list_at(visit: &Visit) -> Result<List, Fail> {
    list(visit, Offers::default()).saved(visit, "units").await
}

/// What units are called, one by one.
pub(super) fn called(ctx: &Ctx, tx: &mut Tx, units: &[Unit]) -> app::Result<Vec<String>> {
    let names = names_of(ctx, tx, units)?;
    let call = |unit: &Unit| {
        let title = names.item_title(unit.catalog_item_id);
        match unit.serial.as_deref().or(unit.lot.as_deref()) {
            Some(mark) => format!("{title}, {mark}"),
            None => title.to_owned(),
        }
    };
    Ok(units.iter().map(call).collect())
}

/// A few of these units by name, those that are alike once, and how many these are.
pub(super) async fn few(visit: &Visit, ids: &[String]) -> Result<(Vec<String>, i64), Fail> {
    let some = ids.iter().take(100).cloned().collect::<Vec<_>>().join(",");
    let filters = [("id".to_owned(), some), ("active".to_owned(), "all".to_owned())].into();
    let params = ListParams { limit: Some(100), filters, ..ListParams::default() };
    visit
        .read(move |ctx, tx| {
            let page = app::unit_lists::list(ctx, tx, &params)?;
            let mut alike: Vec<(String, i64)> = Vec::new();
            for name in called(ctx, tx, &page.items)? {
                match alike.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, n)) => *n += 1,
                    None => alike.push((name, 1)),
                }
            }
            alike.truncate(8);
            let named = alike.iter().map(|(_, n)| n).sum();
            let call = |(name, n): (String, i64)| if n == 1 { name } else { format!("{n} \u{d7} {name}") };
            Ok((alike.into_iter().map(call).collect(), named))
        })
        .await
}

fn found(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> app::Result<(Page<Unit>, Names)> {
    let page = app::unit_lists::list(ctx, tx, params)?;
    let names = names_of(ctx, tx, &page.items)?;
    Ok((page, names))
}

async fn index(visit: Visit) -> Out {
    let more_rows = visit.hx.partial && visit.link.get("cursor").is_some();
    let link = visit.link.clone();
    let around = visit.read(move |ctx, tx| {
        let offered = if more_rows { Offers::default() } else { offers(ctx, tx, &link)? };
        Ok((offered, saved_views(ctx, tx, "units", asked_view(&link))?))
    });
    let (offered, views) = around.await?;
    let list = list(&visit, offered).with_saved(&visit, "units", views).await?;
    let params = list.params();
    let (page, names) = visit.read(move |ctx, tx| found(ctx, tx, &params)).await?;
    let ctx = &visit.ctx;
    let rows = page.items.iter().map(|unit| row(&list, ctx, &names, unit)).collect();
    let view = list.view_key().unwrap_or("all");
    let mut shown = Shown::new(header(&visit, view, page.total, list.is_narrowed()), rows, empty(&visit, view))
        .paged(page.next_cursor, page.total);
    shown.bulk = bulk_buttons(&visit, view);
    Ok(list.answer(&visit, shown))
}

fn header(visit: &Visit, view: &str, total: Option<i64>, narrowed: bool) -> Header {
    let count = |one, many: &str| total.map(|total| words::count(total, one, many));
    let lead = match view {
        _ if narrowed => count("unit found", "units found"),
        "mine" => count("unit you answer for", "units you answer for"),
        "shared" => count("unit that others share with you", "units that others share with you"),
        "facility" => count("unit sold and still on a shelf", "units sold and still on a shelf"),
        "hold" => count("unit waits for the office", "units wait for the office"),
        "expiring" => count("unit expires within 90 days", "units expire within 90 days"),
        "inactive" => count("unit used, sold or written off", "units used, sold or written off"),
        _ if visit.ctx.actor.role.is_office() => count("unit in stock", "units in stock"),
        _ => count("unit you may use", "units you may use"),
    };
    let mut header = Header::new("Stock").action(Button::link("Scan", "/scan").icon(Icon::Scan).wide_only());
    if let Some(lead) = lead {
        header = header.lead(lead);
    }
    let mut more = Menu::more("More actions")
        .item(Button::link("Export as CSV", acts::at(visit, "/units.csv")).icon(Icon::Export).download());
    more = more.item(Button::link("Trace a lot", "/trace").icon(Icon::Swap));
    let why = acts::at(visit, "/stock/explain");
    more = more.item(Button::link("Explain a count", why).icon(Icon::Help));
    more = more.item(Button::link("Recalls", "/recalls").icon(Icon::Warning));
    more = more.item(Button::link("On hold, by age", "/held-units").icon(Icon::Lock));
    more = more.item(Button::link("Loans", "/loans").icon(Icon::Clock));
    if visit.may(Permission::RequestInventory) {
        more = more.item(Button::link("Below par", "/par").icon(Icon::Warning));
    }
    more = more.item(Button::link("Expiring, with swaps", "/expiring").icon(Icon::Clock));
    more = more.item(Button::link("Sets and bills of materials", "/boms").icon(Icon::Box));
    more = more.item(Button::link("Pools", "/stock-pools").icon(Icon::Link));
    more = more.item(Button::link("Counts", "/counts").icon(Icon::Check));
    if visit.may(Permission::CreateInventory) {
        more = more
            .item(Button::link("Import units", "/imports/units").icon(Icon::Download))
            .rule()
            .item(Button::link("Receive by scanning", "/scan?mode=receive").icon(Icon::Scan));
    }
    header = header.action(more);
    if visit.may(Permission::CreateInventory) {
        header = header.action(Button::link("New units", "/units/new").icon(Icon::Plus).hotkey("n").wide_only());
    }
    if visit.may(Permission::SendTransfers) {
        header = header.action(Button::link("Send transfer", "/transfers/new").primary());
    }
    header
}

fn empty(visit: &Visit, view: &str) -> Empty {
    let nothing = |title: &'static str, text: &'static str| Empty::new(Icon::Stock, title).text(text);
    match view {
        "hold" => nothing("Nothing is on hold", "Units that need a look by the office appear here."),
        "expiring" => nothing("Nothing expires within 90 days", "Whatever comes near its date appears here in time."),
        "facility" => nothing("No facility stock", "Units sold by a stocking order stay here until they are used."),
        "shared" => {
            nothing("Nobody shares with you", "When your distributor shares its stock, you see and use it here.")
        }
        "inactive" => {
            nothing("Nothing has left stock yet", "Used, sold and written-off units keep their history here.")
        }
        _ if visit.may(Permission::CreateInventory) => {
            nothing("No units yet", "Make the first ones, import a list, or scan what is on your shelf.")
                .action(Button::link("New units", "/units/new").primary())
                .action(Button::link("Import units", "/imports/units"))
                .action(Button::link("Scan", "/scan?mode=receive"))
        }
        _ => nothing("No units yet", "Whatever is sent to you appears here once you accept it.")
            .action(Button::link("Look at transfers", "/transfers").primary()),
    }
}

/// What can be done with selected units, as far as this account may.
pub fn bulk_buttons(visit: &Visit, view: &str) -> Vec<Button> {
    let to = |what: &str| acts::at(visit, &format!("/units/bulk/{what}"));
    let may = |permission| visit.may(permission);
    let mut buttons = vec![];
    if view == "inactive" {
        return buttons;
    }
    if may(Permission::SendTransfers) && view != "facility" {
        buttons.push(Button::submit("Send transfer").action(to("send")));
    }
    if may(Permission::ReassignFacilityStock) && view == "facility" {
        buttons.push(Button::submit("Give to another custodian").action(to("reassign")));
    }
    if may(Permission::ManageEvents) && view != "hold" {
        buttons.push(Button::submit("Use in a case").action(to("use")));
    }
    if may(Permission::EditInventory) {
        buttons.push(Button::submit("Set place").action(to("place")));
    }
    let link = Link::parse(acts::at(visit, "/units"), None);
    buttons.extend(super::bulk::buttons_at(visit, &link, app::directory::bulk::Entity::Units, "Edit tags and dates"));
    if may(Permission::HoldInventory) {
        if view != "hold" {
            buttons.push(Button::submit("Hold").action(to("hold")));
        }
        buttons.push(Button::submit("Release").action(to("release")));
    }
    buttons.push(Button::submit("Print labels").action(to("labels")));
    if may(Permission::AdjustInventory) {
        buttons.push(Button::submit("Deactivate").action(to("deactivate")));
    }
    buttons
}

/// The units that a selection means: those that were ticked, or everything that the filters in the address match.
pub async fn chosen(visit: &Visit, sent: &Sent) -> Result<Vec<UnitId>, Fail> {
    if sent.text("all") != "1" {
        let mut ids = sent.ids("id")?;
        // The way back of a change names its units in the address.
        let undone =
            visit.link.pairs().filter(|(key, _)| key.strip_prefix('u').is_some_and(|at| at.parse::<u16>().is_ok()));
        ids.extend(undone.filter_map(|(_, id)| id.parse::<UnitId>().ok()));
        return Ok(ids);
    }
    let mut params = list(visit, Offers::default()).saved(visit, "units").await?.params();
    params.limit = Some(500);
    params.count = false;
    let found = visit
        .read(move |ctx, tx| {
            let mut ids = Vec::new();
            loop {
                let page = app::unit_lists::list(ctx, tx, &params)?;
                ids.extend(page.items.iter().map(|unit| unit.id));
                if ids.len() > AT_ONCE {
                    let message =
                        format!("At most {AT_ONCE} units are changed at once. Narrow the list with a filter.");
                    return Err(Error::field("all", "too_many", message));
                }
                match page.next_cursor {
                    Some(cursor) => params.cursor = Some(cursor),
                    None => return Ok(ids),
                }
            }
        })
        .await?;
    Ok(found)
}

async fn bulk(visit: Visit, axum::extract::Path(what): axum::extract::Path<String>, sent: Sent) -> Out {
    let ids = chosen(&visit, &sent).await?;
    if ids.is_empty() {
        return Ok(visit.back("/units", Flash::failed("Select at least one unit first.")));
    }
    match what.as_str() {
        "send" => super::transfers::form(&visit, &sent, ids, &[]).await,
        "use" => super::scan::choose_event(&visit, &ids).await,
        "hold" => hold(&visit, &sent, ids).await,
        "release" => release(&visit, &sent, ids).await,
        "deactivate" => deactivate(&visit, &sent, ids).await,
        "reassign" => reassign(&visit, &sent, ids).await,
        "place" => place(&visit, &sent, ids).await,
        "labels" => super::labels::of(&visit, &ids),
        _ => Err(Fail::not_found()),
    }
}

/// Puts on hold: asks for the word and the reason first. The way back of a release comes with neither and is done at once.
async fn hold(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> Out {
    let undone = visit.link.get("u0").is_some();
    let units = words::count(ids.len() as i64, "unit", "units");
    let mut errors: Vec<FieldError> = Vec::new();
    if sent.on("go") || undone {
        let reason = sent.maybe("reason").map(str::to_owned);
        let body = HoldUnits { unit_ids: ids.clone(), status: HoldStatus::parse(sent.text("status")), reason };
        match visit.save(sent, move |ctx, tx| app::holds::hold_many(ctx, tx, &body)).await {
            Ok(_) => {
                let flash = way_back(Flash::done(format!("{units} put on hold")), &ids, "release");
                // The question stood at an address that only takes forms; the list with its filters is behind it.
                let list = acts::at(visit, "/units");
                return Ok(if undone { visit.back("/units", flash) } else { visit.go(&list, flash) });
            }
            Err(error) => errors = acts::known(visit.complaints(error)?, &["status", "reason"]),
        }
    }
    Ok(decide(
        visit,
        &Ask {
            title: format!("Put {units} on hold?").into(),
            text: html! { p { "Nobody can use or send them until they are released. If one of them cannot be held, none is." } },
            room: Room::Stock,
            action: acts::at(visit, "/units/bulk/hold"),
            fields: html! {
                (carried(&ids)) input type="hidden" name="go" value="true";
                (super::unit::hold_word(visit, sent, &errors))
                (acts::reason(sent, &errors, false).help("Needed for everything but a review. Kept in the history."))
            },
            verb: format!("Hold {units}").into(),
            danger: false,
            back: "/units".into(),
            errors: &errors,
        },
    ))
}

/// Release does no harm: it is done at once and can be taken back.
async fn release(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> Out {
    let body = HoldUnits { unit_ids: ids.clone(), status: None, reason: None };
    let units = words::count(ids.len() as i64, "unit", "units");
    match visit.save(sent, move |ctx, tx| app::holds::release_many(ctx, tx, &body)).await {
        Ok(_) => Ok(visit.back("/units", way_back(Flash::done(format!("{units} released")), &ids, "hold"))),
        Err(error) => Ok(visit.back("/units", Flash::failed(acts::sentence(visit, error)?))),
    }
}

/// The way back travels in a cookie, which has room for a handful.
fn way_back(flash: Flash, ids: &[UnitId], back: &str) -> Flash {
    if ids.len() > 40 {
        return flash;
    }
    let link = Link::parse(format!("/units/bulk/{back}"), None);
    let link = ids.iter().enumerate().fold(link, |link, (at, id)| link.with(&format!("u{at}"), id));
    flash.undo(link.to_string())
}

/// Hidden fields that carry a selection on.
pub fn carried(ids: &[UnitId]) -> Markup {
    html! { @for id in ids { input type="hidden" name="id" value=(id); } }
}

async fn deactivate(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> Out {
    let units = words::count(ids.len() as i64, "unit", "units");
    let mut errors: Vec<FieldError> = Vec::new();
    if sent.on("go") {
        let body = DeactivateUnits { unit_ids: ids.clone(), reason: sent.text("reason").to_owned() };
        let done = visit.save(sent, move |ctx, tx| app::unit_bulk::deactivate(ctx, tx, &body)).await;
        match done {
            Ok(_) => return Ok(visit.go("/units", Flash::done(format!("{units} deactivated")))),
            Err(error) => errors = acts::known(visit.complaints(error)?, &["reason"]),
        }
    }
    Ok(decide(
        visit,
        &Ask {
            title: format!("Deactivate {units}?").into(),
            text: html! { p { "They leave their custodians and cannot be used any more. Their history stays. If one of them cannot be deactivated, none is." } },
            room: Room::Stock,
            action: "/units/bulk/deactivate".into(),
            fields: html! { (carried(&ids)) input type="hidden" name="go" value="true"; (acts::reason(sent, &errors, true)) },
            verb: format!("Deactivate {units}").into(),
            danger: true,
            back: "/units".into(),
            errors: &errors,
        },
    ))
}

/// Says where units are: asks first, then does it. An empty field takes them out of their place.
async fn place(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> Out {
    let units = words::count(ids.len() as i64, "unit", "units");
    let mut errors: Vec<FieldError> = Vec::new();
    if sent.on("go") {
        let (unit_ids, wish) = (ids.clone(), acts::picked(sent, "place_id"));
        let done = match wish {
            Err(error) => Err(error),
            Ok(place_id) => {
                let body = PlaceUnits { unit_ids, place_id };
                visit.save(sent, move |ctx, tx| app::unit_bulk::place(ctx, tx, &body)).await
            }
        };
        match done {
            Ok(_) => {
                let to = sent.text("place_id_text");
                let said =
                    if to.is_empty() { format!("{units} in no place now") } else { format!("{units} put in {to}") };
                return Ok(visit.go("/units", Flash::done(said)));
            }
            Err(error) => errors = acts::known(visit.complaints(error)?, &["place_id"]),
        }
    }
    let field = Field::combo("place_id", "Place", "/suggest/places", sent.text("place_id_text").to_owned())
        .value(sent.text("place_id").to_owned())
        .help("Where they are. Who answers for them does not change. Leave it empty to take them out of their place.")
        .errors(&errors)
        .optional()
        .autofocus();
    Ok(decide(
        visit,
        &Ask {
            title: if ids.len() == 1 {
                "Where is this unit?".into()
            } else {
                format!("Where are these {units}?").into()
            },
            text: html! {},
            room: Room::Stock,
            action: "/units/bulk/place".into(),
            fields: html! { (carried(&ids)) input type="hidden" name="go" value="true"; (field) },
            verb: "Set place".into(),
            danger: false,
            back: "/units".into(),
            errors: &errors,
        },
    ))
}

/// Gives facility stock another custodian: asks first, then does it.
pub async fn reassign(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> Out {
    let units = words::count(ids.len() as i64, "unit", "units");
    let mut errors: Vec<FieldError> = Vec::new();
    if sent.on("go") {
        match give(visit, sent, ids.clone()).await {
            Ok(()) => {
                let to = sent.text("to_user_id_text");
                return Ok(visit.go("/units?view=facility", Flash::done(format!("{units} given to {to}"))));
            }
            Err(error) => errors = acts::known(visit.complaints(error)?, &["to_user_id", "reason"]),
        }
    }
    let to = Field::combo(
        "to_user_id",
        "Who answers for them from now on",
        "/suggest/holders",
        sent.text("to_user_id_text").to_owned(),
    )
    .value(sent.text("to_user_id").to_owned())
    .help("They stay on their shelf. Nothing is sold again.")
    .errors(&errors)
    .required();
    Ok(decide(
        visit,
        &Ask {
            title: format!("Give {units} of facility stock to another custodian").into(),
            text: html! {},
            room: Room::Stock,
            action: "/units/bulk/reassign".into(),
            fields: html! { (carried(&ids)) input type="hidden" name="go" value="true"; (to) (acts::reason(sent, &errors, true)) },
            verb: format!("Give {units}").into(),
            danger: false,
            back: "/units?view=facility".into(),
            errors: &errors,
        },
    ))
}

async fn give(visit: &Visit, sent: &Sent, unit_ids: Vec<UnitId>) -> app::Result<()> {
    let to: Option<UserId> = acts::picked(sent, "to_user_id")?;
    let to_user_id = to.ok_or_else(|| Error::field("to_user_id", "required", "Choose who answers for them."))?;
    let body = ReassignFacilityStock { unit_ids, to_user_id, reason: sent.text("reason").to_owned() };
    visit.save(sent, move |ctx, tx| app::units::reassign(ctx, tx, &body)).await.map(|_| ())
}

/// A decision as a page, because it answers to the form of a list.
fn decide(visit: &Visit, ask: &Ask<'_>) -> Response {
    ask.show(visit)
}

async fn export(visit: Visit) -> Out {
    let mut params = list(&visit, Offers::default()).saved(&visit, "units").await?.params();
    params.limit = Some(500);
    params.count = false;
    let bytes = visit
        .read(move |ctx, tx| {
            let mut csv = super::export::Csv::new("units", &HEADINGS)?;
            let mut rows = 0;
            loop {
                let (page, names) = found(ctx, tx, &params)?;
                rows += page.items.len();
                for unit in &page.items {
                    csv.row(&cells(ctx, &names, unit))?;
                }
                match page.next_cursor {
                    Some(cursor) if rows < EXPORT_ROWS => params.cursor = Some(cursor),
                    _ => return csv.finish(),
                }
            }
        })
        .await?;
    Ok(acts::file("units.csv", "text/csv; charset=utf-8", bytes))
}

const HEADINGS: [&str; 13] = [
    "id",
    "catalog_number",
    "description",
    "manufacturer",
    "lot",
    "serial",
    "expires_on",
    "status",
    "custodian",
    "facility_stock_at",
    "place",
    "udi",
    "tags",
];

fn cells(ctx: &Ctx, names: &Names, unit: &Unit) -> [String; 13] {
    let item = names.item(unit.catalog_item_id);
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    [
        unit.id.to_string(),
        item.map(|item| item.number.clone()).unwrap_or_default(),
        item.map(|item| item.title.clone()).unwrap_or_default(),
        item.map(|item| item.manufacturer.clone()).unwrap_or_default(),
        text(unit.lot.as_ref()),
        text(unit.serial.as_ref()),
        unit.expires_on.map(|day| day.to_string()).unwrap_or_default(),
        status(ctx, names, unit).word.into_owned(),
        names.custodian(unit.custodian.id).to_owned(),
        unit.facility_stock_location_id.map(|id| names.location(id).to_owned()).unwrap_or_default(),
        unit.place_id.map(|id| names.place(id).to_owned()).unwrap_or_default(),
        text(unit.udi.as_ref()),
        unit.tags.join(", "),
    ]
}
