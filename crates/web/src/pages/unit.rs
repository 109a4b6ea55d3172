//! One unit: where is it now, how did it get there, may I use it?

use super::acts::{self, Ask};
use super::common::{story, version_field};
use super::stock;
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Menu, Room, Row, Status,
    Table, badge, banner, drawer_body, facts, section_block, split,
};
use app::names::{Names, Wanted};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::units::{ChangeContents, CreateUnits, HoldReason, PatchUnit, Unit};
use contract::{HistoryEntry, ListParams, Patch};
use domain::hold::HoldStatus;
use domain::id::{CatalogItemId, PlaceId, UnitId};
use domain::people::{Permission, Role};
use domain::stock::{CustodianType, UnitKind, UnitState};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/units/new", get(new_page).merge(post(create)))
        .route("/units/{id}", get(show))
        .route("/units/{id}/edit", get(edit_page).merge(post(edit)))
        .route("/units/{id}/history", get(whole_story))
        .route("/units/{id}/contents", get(contents_page).merge(post(change_contents)))
        .route("/units/{id}/{what}", get(ask).merge(post(act)))
}

/// Entries on the page itself.
const STORY: u32 = 30;
/// Entries on the page of the story.
const WHOLE_STORY: u32 = 500;

struct Seen {
    unit: Unit,
    names: Names,
    story: Vec<HistoryEntry>,
    loan: contract::loans::Utilization,
    contents: Vec<Unit>,
    set: Option<contract::sets::SetCheck>,
    container: Option<String>,
}

fn see(ctx: &Ctx, tx: &mut Tx, id: UnitId, entries: u32) -> app::Result<Seen> {
    let unit = app::units::get(ctx, tx, id)?;
    let story = app::units::history(ctx, tx, id, entries)?.items;
    let loan = app::loans::utilization(ctx, tx, id)?;
    let holds = unit.kind != UnitKind::Device;
    let contents = if holds { app::units::contents(ctx, tx, id)?.items } else { Vec::new() };
    let set = if holds { Some(app::sets::check(ctx, tx, id)?) } else { None };
    let container = unit.container_id.and_then(|id| app::units::get(ctx, tx, id).ok());
    let mut wanted = Wanted::new();
    stock::want(&mut wanted, &unit);
    contents.iter().chain(&container).for_each(|unit| stock::want(&mut wanted, unit));
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let container = container.map(|it| {
        let title = names.item_title(it.catalog_item_id);
        it.serial.map_or_else(|| title.to_owned(), |serial| format!("{title} {serial}"))
    });
    Ok(Seen { unit, names, story, loan, contents, set, container })
}

/// Whether the viewer may use it now, in a sentence.
fn may_use(ctx: &Ctx, seen: &Seen) -> (bool, Markup) {
    let (unit, names) = (&seen.unit, &seen.names);
    let who = names.custodian(unit.custodian.id);
    let mine = unit.custodian.id.id == ctx.principal().uuid();
    match unit.state {
        UnitState::Inactive if unit.custodian.r#type == CustodianType::LinkedOrganization => {
            let when = unit.deactivated_at.map(|at| words::day(at.day_in(&ctx.organization.time_zone)));
            (
                false,
                html! { "No. It went to " (who) @if let Some(when) = when { " on " (when) } "; they answer for it now." },
            )
        }
        UnitState::Inactive => {
            let why = unit.deactivated_reason.as_deref().unwrap_or_default();
            let when = unit.deactivated_at.map(|at| words::day(at.day_in(&ctx.organization.time_zone)));
            (
                false,
                html! { "No. It left stock" @if let Some(when) = when { " on " (when) } @if !why.is_empty() { ": " (why) } @else { "." } },
            )
        }
        UnitState::InTransfer => (
            false,
            html! { "Not before its " @if let Some(id) = unit.transfer_id { a class="link" href={ "/transfers/" (id) } { "transfer" } } @else { "transfer" } " is accepted." },
        ),
        UnitState::OnHold if unit.recall_id.is_some() => (
            false,
            html! { "No, it falls under a " (recall_link(unit)) @if let Some(why) = &unit.hold_reason { ": " (why) } },
        ),
        UnitState::OnHold => (
            false,
            html! { "No, it waits for the office" @if let Some(why) = &unit.hold_reason { @if why.is_empty() { "." } @else { ": " (why) } } @else { "." } },
        ),
        UnitState::InEvent => match unit.event_id {
            Some(id) => match names.event(id) {
                Some(event) => {
                    (false, html! { "It is marked on " a class="link" href={ "/events/" (id) } { (event.name) } "." })
                }
                None => (false, html! { "It is marked on a colleague's event." }),
            },
            None => (false, html! { "It is marked on an event." }),
        },
        UnitState::Available if unit.expires_on.is_some_and(|day| day < ctx.today()) => {
            (false, html! { "No, it is past its date." })
        }
        UnitState::Available => match unit.facility_stock_location_id {
            Some(shelf) => {
                let at = names.location(shelf);
                (
                    true,
                    html! { "Only at " (at) ", in an event of " (if mine { "yours" } else { who }) ", at no further charge. It was sold already." },
                )
            }
            None if mine => (true, html! { "Yes. You answer for it." }),
            None if stock::is_shared(ctx, unit) => {
                (true, html! { "Yes. " span class="owner" { (who) } " shares it with you." })
            }
            None if matches!(ctx.actor.role, Role::Distributor | Role::RegionalManager) => {
                (true, html! { "Yes, in an event of " (who) "." })
            }
            None => (true, html! { "Whoever answers for it: " (who) "." }),
        },
    }
}

/// The recall that a unit falls under.
fn recall_link(unit: &Unit) -> Markup {
    html! { @if let Some(id) = unit.recall_id { a class="link" href={ "/recalls/" (id) } { "recall" } } }
}

fn under(ctx: &Ctx, seen: &Seen) -> Markup {
    let (unit, names) = (&seen.unit, &seen.names);
    html! {
        @match unit.state {
            UnitState::Inactive if unit.custodian.r#type == CustodianType::LinkedOrganization => { "With the linked company " }
            UnitState::Inactive => { "Was last with " }
            UnitState::InTransfer => { "On its way from " }
            _ => { "With " }
        }
        strong { (names.custodian(unit.custodian.id)) }
        @if let Some(shelf) = unit.facility_stock_location_id { " on the shelf of " (names.location(shelf)) }
        @else if let Some(place) = unit.place_id { " in " (names.place(place)) }
        @if let Some(lot) = &unit.lot { " · lot " (lot) }
        @if let Some(serial) = &unit.serial { " · serial " (serial) }
        @if let Some(day) = unit.expires_on {
            " · "
            @let late = day < ctx.today();
            span class=[late.then_some("late")] { (if late { "expired " } else { "expires " }) (words::day(day)) }
        }
    }
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let (unit, names) = (&seen.unit, &seen.names);
    let item = names.item(unit.catalog_item_id);
    let mono = |text: &str| html! { span class="mono wrap" { (text) } };
    let mut list = vec![
        Fact::new("May I use it", may_use(ctx, seen).1),
        Fact::new("Answers for it", names.custodian(unit.custodian.id)),
    ];
    if let Some(place) = unit.place_id {
        list.push(Fact::new("Is at", names.place(place)));
    }
    match unit.facility_stock_location_id {
        Some(shelf) => list.push(Fact::new(
            "Owned by",
            html! { a class="link" href={ "/locations/" (shelf) } { (names.location(shelf)) } },
        )),
        // Whether what went to a linked company was lent or sold is between the two.
        None if unit.custodian.r#type == CustodianType::LinkedOrganization => {}
        None => list.push(Fact::new("Owned by", ctx.organization.name.as_str())),
    }
    if let (Some(id), Some(name)) = (unit.container_id, &seen.container) {
        list.push(Fact::new("Lies in", html! { a class="link" href={ "/units/" (id) } { (name) } }));
    }
    if let Some(lot) = &unit.lot {
        list.push(Fact::new(
            "Lot",
            html! { a class="link mono" href={ (crate::ui::Link::new("/units").with("lot", lot)) } { (lot) } },
        ));
    }
    if let Some(serial) = &unit.serial {
        list.push(Fact::new("Serial", mono(serial)));
    }
    list.push(Fact::new(
        "Expires",
        match unit.expires_on {
            Some(day) => html! { (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" },
            None => html! { "Does not expire" },
        },
    ));
    if let Some(day) = unit.due_back_on {
        list.push(Fact::new("Due back", html! { (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" }));
    }
    if let Some(item) = item {
        list.push(Fact::new(
            "Item",
            html! { a class="link" href={ "/catalog/" (unit.catalog_item_id) } { (item.number) } },
        ));
        list.push(Fact::new("Manufacturer", item.manufacturer.as_str()));
        if !item.countries.is_empty() {
            list.push(Fact::new("May be used in", item.countries.join(", ")));
        }
    }
    if let Some(udi) = &unit.udi {
        list.push(Fact::new("UDI", mono(udi)));
    }
    if !unit.tags.is_empty() {
        list.push(Fact::new("Tags", unit.tags.join(", ")));
    }
    if !unit.note.is_empty() {
        list.push(Fact::new("Note", unit.note.as_str()));
    }
    facts(&list)
}

fn send_link(unit: &Unit) -> String {
    format!("/transfers/new?id={}", unit.id)
}

/// What may be done with it: the primary action, and the rest.
fn actions(visit: &Visit, unit: &Unit) -> (Option<Button>, Vec<Button>) {
    let to = |what: &str| format!("/units/{}/{what}", unit.id);
    let may = |permission| visit.may(permission) && stock::may_act(&visit.ctx, unit);
    let mut rest = vec![];
    if unit.state == UnitState::Inactive {
        let back =
            may(Permission::AdjustInventory).then(|| Button::link("Bring it back", to("reactivate")).in_dialog());
        return (back, rest);
    }
    if unit.state == UnitState::OnHold {
        let lifts = unit.hold_status.is_some_and(HoldStatus::is_lifted_in_the_field);
        let releases = may(Permission::HoldInventory) || lifts && may(Permission::EditInventory);
        if releases && unit.hold_status.is_some() {
            rest.push(Button::link("Release", to("release")).icon(Icon::Undo).in_dialog());
        }
        if may(Permission::HoldInventory) && unit.hold_status.is_some() {
            rest.push(Button::link("Change the hold", to("hold")).icon(Icon::Lock).in_dialog());
        }
    } else if unit.state != UnitState::InTransfer && may(Permission::HoldInventory) {
        rest.push(Button::link("Hold", to("hold")).icon(Icon::Lock).in_dialog());
    } else if unit.state != UnitState::InTransfer && may(Permission::EditInventory) {
        rest.push(Button::link("Report damaged or lost", to("hold")).icon(Icon::Warning).in_dialog());
    }
    let usable = unit.state == UnitState::Available && unit.kind != domain::stock::UnitKind::Container;
    if usable && unit.custodian.r#type == CustodianType::User && visit.may(Permission::ManageEvents) {
        rest.push(Button::link("Use it in an event", to("use")).icon(Icon::Events).in_dialog());
    }
    let why = super::explain::address(unit.catalog_item_id, unit.lot.as_deref(), unit.custodian.id);
    rest.push(Button::link("Explain this count", why).icon(Icon::Help));
    rest.push(Button::link("Print a label", format!("/units/labels?id={}", unit.id)).icon(Icon::Print).in_dialog());
    if unit.facility_stock_location_id.is_some() && may(Permission::ReassignFacilityStock) {
        rest.push(Button::link("Give to another custodian", to("reassign")).icon(Icon::Swap));
    }
    if may(Permission::AdjustInventory) && !matches!(unit.state, UnitState::InTransfer | UnitState::InEvent) {
        rest.push(Button::link("Deactivate", to("deactivate")).danger().in_dialog());
    }
    let sends = visit.may(Permission::SendTransfers)
        && matches!(unit.state, UnitState::Available | UnitState::InEvent)
        && unit.facility_stock_location_id.is_none();
    (sends.then(|| Button::link("Send", send_link(unit)).primary()), rest)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id, STORY)).await?;
    if visit.hx.for_drawer() {
        return Ok(visit.part(drawer(&visit, &seen)));
    }
    Ok(page(&visit, &seen))
}

fn drawer(visit: &Visit, seen: &Seen) -> Markup {
    let (unit, ctx) = (&seen.unit, &visit.ctx);
    let item = seen.names.item(unit.catalog_item_id);
    let (primary, _) = actions(visit, unit);
    let body = html! {
        (stock::status(ctx, &seen.names, unit))
        @if let Some(item) = item { p class="sub" { (item.manufacturer) " · " (item.number) } }
        (the_facts(ctx, seen))
        div class="row" {
            @if let Some(button) = primary { (button) }
            (Button::link("Open", format!("/units/{}", unit.id)))
        }
        h3 { "What happened" }
        (story(ctx, &seen.story[..seen.story.len().min(8)]))
    };
    drawer_body(seen.names.item_title(unit.catalog_item_id).to_owned(), &format!("/units/{}", unit.id), body)
}

fn page(visit: &Visit, seen: &Seen) -> Response {
    let (unit, ctx, names) = (&seen.unit, &visit.ctx, &seen.names);
    let title = names.item_title(unit.catalog_item_id).to_owned();
    let item = names.item(unit.catalog_item_id);
    let number = item.map(|item| item.number.clone()).unwrap_or_default();
    let (primary, rest) = actions(visit, unit);
    let mut header = Header::new(title.clone())
        .crumb("Stock", "/units")
        .crumb(number, format!("/units?catalog_item_id={}", unit.catalog_item_id))
        .status(stock::status(ctx, names, unit))
        .under(under(ctx, seen));
    if unit.facility_stock_location_id.is_some() && unit.state != UnitState::Available {
        header = header.badge(Status::of("facility_stock").render());
    }
    if stock::is_shared(ctx, unit) {
        header = header.badge(Status::of("shared").render());
    }
    if let Some(name) = seen.set.as_ref().and_then(|set| set.name.clone()) {
        header = header.badge(badge(None, name));
    }
    if unit.reusable {
        header = header.badge(badge(None, "Reusable"));
    }
    if !rest.is_empty() {
        header = header.action(rest.into_iter().fold(Menu::more("More actions"), Menu::item));
    }
    if visit.may(Permission::EditInventory) && stock::may_act(ctx, unit) && unit.state != UnitState::Inactive {
        header = header.action(Button::link("Edit", format!("/units/{}/edit", unit.id)).hotkey("e"));
    }
    if let Some(button) = primary {
        header = header.action(button);
    }
    let more = if seen.story.len() as u32 == STORY {
        vec![Button::link("The whole story", format!("/units/{}/history", unit.id)).quiet().small()]
    } else {
        vec![]
    };
    let work = html! {
        @if let Some(warning) = warning(ctx, seen) { (warning) }
        @if let Some(set) = seen.set.as_ref().filter(|set| unit.kind == UnitKind::Container || set.bom_id.is_some()) {
            (super::sets::section(visit, unit, set))
        }
        @if unit.kind == UnitKind::Container || !seen.contents.is_empty() { (contents(visit, seen)) }
        (super::loans::section(visit, unit, &seen.loan))
        (section_block("What happened", &more, story(ctx, &seen.story)))
    };
    let aside = html! { section class="sec" { (the_facts(ctx, seen)) } };
    visit.page(title, Room::Stock, html! { (header) (split(work, aside)) })
}

fn warning(ctx: &Ctx, seen: &Seen) -> Option<Markup> {
    let unit = &seen.unit;
    let event = unit.event_id.and_then(|id| Some((id, seen.names.event(id)?)));
    if let (Some((id, event)), Some(day)) = (event, unit.expires_on)
        && day < event.day
    {
        let text = html! { b { "It expires before its event" } "Its last day is " (words::day(day)) ", " (event.name) " is on " (words::day(event.day)) "." };
        return Some(banner(Banner::Warning, text, Some(Button::link("Open the event", format!("/events/{id}")))));
    }
    if let Some(id) = unit.recall_id.filter(|_| unit.state != UnitState::Inactive) {
        let why = unit.hold_reason.clone().unwrap_or_default();
        let text = html! { b { "Recalled" } (why) ". Set it aside and answer the recall." };
        return Some(banner(Banner::Warning, text, Some(Button::link("Open the recall", format!("/recalls/{id}")))));
    }
    if unit.state == UnitState::OnHold {
        let why = unit.hold_reason.clone().unwrap_or_default();
        let word = unit.hold_status.filter(|it| *it != HoldStatus::Review).map_or("On hold", HoldStatus::label);
        let text = html! { b { (word) } @if why.is_empty() { "It waits for the office." } @else { (why) } };
        return Some(banner(Banner::Warning, text, None));
    }
    // What is lent to a linked company is no stock here, and still wanted back.
    let away = unit.custodian.r#type == CustodianType::LinkedOrganization;
    let late = unit.due_back_on.filter(|day| *day < ctx.today() && (away || unit.state != UnitState::Inactive))?;
    Some(banner(
        Banner::Warning,
        html! { b { "This loan is overdue" } "It was due back on " (words::day(late)) "." },
        None,
    ))
}

fn contents(visit: &Visit, seen: &Seen) -> Markup {
    let ctx = &visit.ctx;
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot or serial").width(140).phone_sub(),
        Column::new("expires_on", "Expires").width(130).phone_side_sub(),
        Column::new("status", "Status").width(150),
    ];
    let rows = seen.contents.iter().map(|unit| {
        let mark = unit.serial.as_deref().or(unit.lot.as_deref());
        Row::new(
            unit.id.to_string(),
            vec![
                stock::title(&seen.names, unit),
                mark.map_or_else(Cell::none, Cell::of),
                stock::expiry(ctx, unit.expires_on),
                Cell::status(stock::status(ctx, &seen.names, unit)),
            ],
        )
        .href(format!("/units/{}", unit.id))
    });
    let count = words::count(seen.contents.len() as i64, "piece inside", "pieces inside");
    let table = Table::new("contents", "Contents", columns)
        .rows(rows.collect())
        .empty(
            Empty::new(Icon::Box, "Nothing lies in it")
                .text("Put units of the same custodian in, and they travel with it."),
        )
        .inside();
    let changes = visit.may(Permission::EditInventory) && stock::may_act(ctx, &seen.unit);
    let actions = if seen.unit.kind == UnitKind::Pack {
        let apart = changes && seen.unit.state == UnitState::Available;
        let to = format!("/units/{}/take-apart", seen.unit.id);
        apart.then(|| Button::link("Take it apart", to).small().in_dialog()).into_iter().collect()
    } else if changes && seen.unit.state != UnitState::Inactive {
        let mut actions = vec![Button::link("Change contents", format!("/units/{}/contents", seen.unit.id)).small()];
        if visit.may(Permission::CountStock) {
            actions.insert(0, Button::link("Count them", format!("/counts/new?container={}", seen.unit.id)).small());
        }
        actions
    } else {
        vec![]
    };
    section_block(count, &actions, table)
}

async fn whole_story(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id, WHOLE_STORY)).await?;
    let title = seen.names.item_title(seen.unit.catalog_item_id).to_owned();
    let header = Header::new("What happened")
        .crumb("Stock", "/units")
        .crumb(title.clone(), format!("/units/{id}"))
        .under(under(&visit.ctx, &seen));
    let body = html! { (header) div class="content narrow" { (story(&visit.ctx, &seen.story)) } };
    Ok(visit.page(format!("What happened to {title}"), Room::Stock, body))
}

// ---- new units ------------------------------------------------------------------------------------------------------

fn new_form(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> Form {
    let ctx = &visit.ctx;
    let given = |name: &str| {
        let value = sent.text(name);
        if value.is_empty() { visit.link.get(name).unwrap_or_default().to_owned() } else { value.to_owned() }
    };
    let (own_id, own_name) = if ctx.actor.role.is_office() {
        (ctx.organization.id.to_string(), ctx.organization.name.clone())
    } else {
        (
            ctx.principal().to_string(),
            if ctx.actor.delegate_of.is_some() { "Your principal".to_owned() } else { ctx.actor.name.clone() },
        )
    };
    let or = |value: String, otherwise: &str| if value.is_empty() { otherwise.to_owned() } else { value };
    let fields = html! {
        (Field::text("udi", "UDI").value(given("udi")).optional().errors(errors).autofocus()
            .help("Scan the label into this field, and item, lot, serial number and expiry are read from it. What you type below must agree with it."))
        (Field::combo("catalog_item_id", "Item", "/suggest/items", given("catalog_item_id_text")).value(given("catalog_item_id")).errors(errors)
            .help("Not needed when the UDI names an item of the catalog."))
        div class="pair" {
            (Field::text("lot", "Lot").value(given("lot")).optional().errors(errors))
            (Field::text("serial", "Serial number").value(given("serial")).optional().errors(errors).help("Names one unit. SN-001..SN-050 makes one for each."))
        }
        div class="pair" {
            (Field::date("expires_on", "Expires").value(given("expires_on")).optional().errors(errors))
            (Field::number("quantity", "How many alike").value(given("quantity")).placeholder("1").optional().errors(errors).help("As many as the package holds, unless you say otherwise."))
        }
        (Field::combo("custodian", "Who answers for them", "/suggest/holders?office=1", or(given("custodian_text"), &own_name)).value(or(given("custodian"), &own_id)).errors(errors))
        (Field::combo("place_id", "Where they are", "/suggest/places", given("place_id_text")).value(given("place_id")).optional().errors(errors))
        (Field::text("tags", "Tags").value(given("tags")).optional().errors(errors).help("Separated by commas."))
        (Field::area("note", "Note").value(given("note")).optional().errors(errors).limit(2000))
    };
    Form::post("/units/new", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Make units").primary())
        .button(Button::submit("Make units, then more").named("again", "true"))
        .button(Button::link("Cancel", "/units").quiet())
}

async fn new_page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::CreateInventory)?;
    let header = Header::new("New units")
        .crumb("Stock", "/units")
        .action(Button::link("Scan them", "/scan?mode=receive").icon(Icon::Scan));
    Ok(acts::form_page(&visit, Room::Stock, header, "New units".into(), &new_form(&visit, &sent, &[]), false))
}

fn read_new(visit: &Visit, sent: &Sent) -> app::Result<CreateUnits> {
    let text = |name: &str| sent.maybe(name).map(str::to_owned);
    let quantity = match sent.maybe("quantity") {
        None => None,
        Some(number) => {
            Some(number.parse().map_err(|_| Error::field("quantity", "invalid_quantity", "Give a whole number."))?)
        }
    };
    let item: Option<CatalogItemId> = acts::picked(sent, "catalog_item_id")?;
    if item.is_none() && text("udi").is_none() {
        return Err(Error::field("catalog_item_id", "required", "Choose the item, or scan its UDI."));
    }
    if sent.maybe("custodian").is_none() && sent.maybe("custodian_text").is_some() {
        return Err(Error::field("custodian", "not_chosen", "Choose one of the suggestions."));
    }
    Ok(CreateUnits {
        catalog_item_id: item,
        quantity,
        lot: text("lot"),
        serial: text("serial"),
        udi: text("udi"),
        expires_on: acts::day(sent, "expires_on")?,
        custodian: acts::custodian(visit, sent, "custodian")?,
        place_id: acts::picked(sent, "place_id")?,
        tags: tags(sent),
        note: sent.text("note").to_owned(),
        ..CreateUnits::default()
    })
}

fn tags(sent: &Sent) -> Vec<String> {
    sent.text("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let made = match read_new(&visit, &sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(answer) => {
            let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let flash = Flash::done(format!("{} made", words::count(items.len() as i64, "unit", "units")));
            let one = items.first().and_then(|unit| unit["id"].as_str()).filter(|_| items.len() == 1);
            let to = match (sent.on("again"), one) {
                (true, _) => "/units/new".to_owned(),
                (false, Some(id)) => format!("/units/{id}"),
                (false, None) => "/units?sort=-created_at".to_owned(),
            };
            Ok(visit.go(&to, flash))
        }
        Err(error) => {
            let fields = [
                "udi",
                "catalog_item_id",
                "lot",
                "serial",
                "expires_on",
                "quantity",
                "custodian",
                "place_id",
                "tags",
                "note",
            ];
            let errors = acts::known(visit.complaints(error)?, &fields);
            let header = Header::new("New units").crumb("Stock", "/units");
            Ok(acts::form_page(
                &visit,
                Room::Stock,
                header,
                "New units".into(),
                &new_form(&visit, &sent, &errors),
                true,
            ))
        }
    }
}

// ---- corrections ----------------------------------------------------------------------------------------------------

fn edit_form(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Form {
    let unit = &seen.unit;
    let first = !sent.has("version");
    let value =
        |name: &str, now: Option<String>| if first { now.unwrap_or_default() } else { sent.text(name).to_owned() };
    let place = unit.place_id.map(|id| seen.names.place(id).to_owned());
    let cannot_blank = unit.expires_on.is_some() && !visit.may(Permission::RemoveExpirationDates);
    let expires = Field::date("expires_on", "Expires")
        .value(value("expires_on", unit.expires_on.map(|day| day.to_string())))
        .errors(errors);
    let fields = html! {
        (version_field(unit.version))
        div class="pair" {
            (Field::text("lot", "Lot").value(value("lot", unit.lot.clone())).optional().errors(errors))
            (Field::text("serial", "Serial number").value(value("serial", unit.serial.clone())).optional().errors(errors))
        }
        (Field::text("udi", "UDI").value(value("udi", unit.udi.clone())).optional().errors(errors).help("Lot, serial number and expiry must agree with it."))
        div class="pair" {
            @if cannot_blank { (expires.required().help("Only some accounts may take a date away.")) } @else { (expires.optional()) }
            (Field::date("due_back_on", "Due back").value(value("due_back_on", unit.due_back_on.map(|day| day.to_string()))).optional().errors(errors).help("For a loan."))
        }
        (Field::combo("place_id", "Where it is", "/suggest/places", value("place_id_text", place)).value(value("place_id", unit.place_id.map(|id| id.to_string()))).optional().errors(errors))
        (Field::check("reusable", "Comes back after use").on(if first { unit.reusable } else { sent.on("reusable") }))
        (Field::text("tags", "Tags").value(value("tags", Some(unit.tags.join(", ")))).optional().errors(errors).help("Separated by commas."))
        (Field::area("note", "Note").value(value("note", Some(unit.note.clone()))).optional().errors(errors).limit(2000))
    };
    Form::post(format!("/units/{}/edit", unit.id), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Save").primary())
        .button(Button::link("Cancel", format!("/units/{}", unit.id)).quiet())
}

fn edit_response(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let title = seen.names.item_title(seen.unit.catalog_item_id).to_owned();
    let header = Header::new("Correct this unit")
        .crumb("Stock", "/units")
        .crumb(title, format!("/units/{}", seen.unit.id))
        .under("Who answers for it and where it stands have actions of their own.");
    let form = edit_form(visit, seen, sent, errors);
    acts::form_page(visit, Room::Stock, header, "Correct this unit".into(), &form, !errors.is_empty())
}

async fn edit_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    visit.ctx.require(Permission::EditInventory)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id, 1)).await?;
    Ok(edit_response(&visit, &seen, &sent, &[]))
}

/// A field of the form against what the unit has: unchanged fields are not sent on, because some need rights of their own.
fn patch<T: PartialEq + Clone>(now: &Option<T>, sent: Option<T>) -> Patch<T> {
    match sent {
        same if same == *now => Patch::Leave,
        None => Patch::Clear,
        Some(value) => Patch::Set(value),
    }
}

fn read_patch(unit: &Unit, sent: &Sent) -> app::Result<PatchUnit> {
    let text = |name: &str| sent.maybe(name).map(str::to_owned);
    let place: Option<PlaceId> = acts::picked(sent, "place_id")?;
    let tags = tags(sent);
    Ok(PatchUnit {
        lot: patch(&unit.lot, text("lot")),
        serial: patch(&unit.serial, text("serial")),
        udi: patch(&unit.udi, text("udi")),
        expires_on: patch(&unit.expires_on, acts::day(sent, "expires_on")?),
        place_id: patch(&unit.place_id, place),
        due_back_on: patch(&unit.due_back_on, acts::day(sent, "due_back_on")?),
        reusable: Some(sent.on("reusable")).filter(|on| *on != unit.reusable),
        tags: Some(tags).filter(|tags| *tags != unit.tags),
        note: Some(sent.text("note").to_owned()).filter(|note| *note != unit.note),
    })
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id, 1)).await?;
    let done = match read_patch(&seen.unit, &sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::units::patch(ctx, tx, id, body.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/units/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let fields = ["lot", "serial", "udi", "expires_on", "place_id", "due_back_on", "tags", "note"];
            let errors = acts::known(visit.complaints(error)?, &fields);
            Ok(edit_response(&visit, &seen, &sent, &errors))
        }
    }
}

// ---- hold, release, deactivate, reactivate --------------------------------------------------------------------------

/// What is asked before, by the last part of the address.
fn question(what: &str) -> Option<(&'static str, &'static str, &'static str, bool, bool)> {
    Some(match what {
        "hold" => {
            ("Hold this unit?", "Nobody can use or send it until the office releases it.", "Hold it", false, false)
        }
        "release" => ("Release this unit?", "It can be used and sent again.", "Release it", false, false),
        "deactivate" => (
            "Deactivate this unit?",
            "It leaves its custodian and cannot be used any more. Its history stays.",
            "Deactivate the unit",
            true,
            true,
        ),
        "take-apart" => (
            "Take this pack apart?",
            "What lies in it is loose again with the same custodian, each at its own price. The pack is no more.",
            "Take it apart",
            false,
            false,
        ),
        "reactivate" => {
            ("Bring this unit back?", "It is with its last custodian again, as it was.", "Bring it back", true, false)
        }
        _ => return None,
    })
}

/// Why it waits, in a word: what this account may say.
pub(super) fn hold_word(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> Field {
    let all = visit.may(Permission::HoldInventory);
    let choices = HoldStatus::ALL
        .iter()
        .filter(|word| all || word.is_seen_in_the_field())
        .map(|word| crate::ui::Choice::new(word.as_str(), word.label()))
        .collect();
    let first = if all { HoldStatus::Review } else { HoldStatus::Damaged };
    let value = sent.maybe("status").unwrap_or(first.as_str()).to_owned();
    Field::radio("status", "What is it", choices).value(value).errors(errors).required()
}

fn ask_about(visit: &Visit, id: UnitId, what: &str, sent: &Sent, errors: &[FieldError]) -> Out {
    let (title, text, verb, required, danger) = question(what).ok_or_else(crate::edge::Fail::not_found)?;
    let ask = Ask {
        title: title.into(),
        text: html! { p { (text) } },
        room: Room::Stock,
        action: format!("/units/{id}/{what}"),
        fields: html! {
            @if what == "hold" { (hold_word(visit, sent, errors)) }
            (acts::reason(sent, errors, required))
        },
        verb: verb.into(),
        danger,
        back: format!("/units/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn ask(visit: Visit, Path((id, what)): Path<(String, String)>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    visit.read(move |ctx, tx| app::units::get(ctx, tx, id)).await?;
    if what == "reassign" {
        return super::stock::reassign(&visit, &sent, vec![id]).await;
    }
    ask_about(&visit, id, &what, &sent, &[])
}

async fn act(visit: Visit, Path((id, what)): Path<(String, String)>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    question(&what).ok_or_else(crate::edge::Fail::not_found)?;
    let reason = sent.maybe("reason").map(str::to_owned);
    let verb = what.clone();
    let status = HoldStatus::parse(sent.text("status"));
    if what == "take-apart" {
        return take_apart(&visit, id, &sent).await;
    }
    let done = visit
        .save(&sent, move |ctx, tx| {
            let why = reason.as_deref().unwrap_or_default();
            match verb.as_str() {
                "hold" => {
                    let body = HoldReason { status, reason: reason.clone() };
                    app::holds::hold(ctx, tx, id, &body)
                }
                "release" => app::units::release(ctx, tx, id, reason.clone()),
                "deactivate" => app::units::deactivate(ctx, tx, id, why),
                _ => app::units::reactivate(ctx, tx, id, why),
            }
        })
        .await;
    match done {
        Ok(_) => {
            let flash = match what.as_str() {
                "hold" => Flash::done("Put on hold").undo(format!("/units/{id}/release")),
                "release" => Flash::done("Released").undo(format!("/units/{id}/hold")),
                "deactivate" => Flash::done("Deactivated"),
                _ => Flash::done("It is back in stock"),
            };
            Ok(visit.go(&format!("/units/{id}"), flash))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason", "status"]);
            ask_about(&visit, id, &what, &sent, &errors)
        }
    }
}

async fn take_apart(visit: &Visit, id: UnitId, sent: &Sent) -> Out {
    let body = contract::sets::TakeApart { reason: sent.maybe("reason").map(str::to_owned) };
    match visit.save(sent, move |ctx, tx| app::packs::take_apart(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/units/{id}"), Flash::done("Taken apart: what lay in it is loose"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            ask_about(visit, id, "take-apart", sent, &errors)
        }
    }
}

// ---- contents -------------------------------------------------------------------------------------------------------

async fn contents_response(visit: &Visit, id: UnitId, errors: &[FieldError]) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let words = q.clone();
    let (seen, loose, names) = visit
        .read(move |ctx, tx| {
            let seen = see(ctx, tx, id, 1)?;
            let mut params =
                ListParams { limit: Some(60), q: Some(words).filter(|q| !q.is_empty()), ..ListParams::default() };
            params.filters.insert("custodian_id".into(), acts::custodian_id(seen.unit.custodian.id));
            params.filters.insert("state".into(), "available".into());
            let found = app::unit_lists::list(ctx, tx, &params)?.items;
            let fits = |unit: &Unit| {
                unit.kind != UnitKind::Container
                    && unit.container_id.is_none()
                    && unit.facility_stock_location_id.is_none()
            };
            let loose: Vec<Unit> = found.into_iter().filter(fits).collect();
            let names = stock::names_of(ctx, tx, &loose)?;
            Ok((seen, loose, names))
        })
        .await?;
    let tick = |name: &'static str, unit: &Unit, names: &Names| {
        let mark = unit.serial.as_deref().or(unit.lot.as_deref()).unwrap_or("no lot");
        html! {
            label class="tick" {
                input class="box" type="checkbox" name=(name) value=(unit.id);
                span { (names.item_title(unit.catalog_item_id)) span class="help" { (mark) } }
            }
        }
    };
    let title = seen.names.item_title(seen.unit.catalog_item_id).to_owned();
    let address = format!("/units/{id}/contents");
    let form = Form::post(address.clone(), visit.csrf())
        .errors(errors)
        .body(html! {
            @if !seen.contents.is_empty() {
                fieldset class="field" {
                    legend class="label" { "Take out" }
                    div class="choices" { @for unit in &seen.contents { (tick("remove", unit, &seen.names)) } }
                }
            }
            fieldset class="field" {
                legend class="label" { "Put in" }
                div class="choices" { @for unit in &loose { (tick("add", unit, &names)) } }
                @if loose.is_empty() { div class="help" { "No loose units of the same custodian" @if !q.is_empty() { " match" } "." } }
            }
        })
        .button(Button::submit("Change contents").primary())
        .button(Button::link("Cancel", format!("/units/{id}")).quiet());
    let header = Header::new("Change contents").crumb("Stock", "/units").crumb(title, format!("/units/{id}"));
    let body = html! {
        (header)
        div class="content" {
            form class="form" method="get" action=(address) role="search" {
                div class="field" {
                    label class="label" for="q" { "Look for units to put in" }
                    input class="input" id="q" type="search" name="q" value=(q) placeholder="Item, lot, serial" autocomplete="off";
                }
            }
            div class="pad-top" { (form) }
        }
    };
    Ok(if errors.is_empty() {
        visit.page("Change contents", Room::Stock, body)
    } else {
        visit.refused("Change contents", Room::Stock, body)
    })
}

async fn contents_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    contents_response(&visit, id, &[]).await
}

async fn change_contents(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let body = ChangeContents { add: sent.ids("add")?, remove: sent.ids("remove")? };
    if body.add.is_empty() && body.remove.is_empty() {
        return contents_response(&visit, id, &[FieldError::new("", "Tick at least one unit.")]).await;
    }
    match visit.save(&sent, move |ctx, tx| app::units::change_contents(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/units/{id}"), Flash::done("Contents changed"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            contents_response(&visit, id, &errors).await
        }
    }
}
