//! Events: the list, and planning one.

use super::acts;
use super::common::version_field;
use super::cover::{draft, needs};
use super::event_products;
use super::list::{Filter, List, Shown, View};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Choice, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Menu, Room, Row, Status, Text,
};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::coverage::{CoverCandidates, DraftCase, PutNeeds};
use contract::directory::PreferenceCard;
use contract::events::{CreateEvent, Event, EventSummary, ListedEvent, PatchEvent, SubRepresentativeRef};
use contract::{ListParams, Page, Patch};
use domain::clock::Instant;
use domain::event::marks::EventMark;
use domain::event::{EventStatus, EventType};
use domain::id::{EventId, Id, Kind, LocationId, PhysicianId, PreferenceCardId, UserId};
use domain::people::{Permission, Role};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events", get(index).merge(post(create)))
        .route("/events/new", get(new_page))
        .route("/events/new/who", crate::edge::post(who))
        .route("/events/new/cards", get(card_choices))
        .route("/events/{id}/edit", get(edit_page).merge(post(edit)))
        .merge(super::event_draft::routes())
        .merge(super::event::routes())
        .merge(super::event_lines::routes())
        .merge(super::event_money::routes())
        .merge(super::event_processed::routes())
        .merge(super::event_shares::routes())
}

// ---- the list -------------------------------------------------------------------------------------------------------

pub(super) fn columns(ctx: &Ctx) -> Vec<Column> {
    vec![
        Column::new("name", "Event"),
        Column::new("starts_at", "When").sort().width(168).phone_sub(),
        Column::new("representative", "Representative").width(160),
        Column::new("physician", "Physician").width(150).spare(),
        Column::new("lines", "Units").number().width(72).spare(),
        Column::new("total", format!("Total, {}", ctx.organization.currency)).number().width(128).phone_side_sub(),
        Column::new("status", "Status").width(220),
        Column::new("purchase_orders", "PO number").width(136).optional(),
        Column::new("marks", "Marks").width(200).optional(),
        Column::new("customer", "Customer").width(180).optional(),
        Column::new("procedure", "Procedure").width(160).optional(),
        Column::new("second", "With").width(160).optional(),
        Column::new("manufacturers", "Manufacturers").width(180).optional(),
        Column::new("number", "Number").sort().width(120).optional(),
        Column::new("created_at", "Made").sort().width(136).optional(),
        Column::new("updated_at", "Last changed").width(136).optional(),
        Column::new("processed", "Processed").width(136).optional(),
    ]
}

const VIEWS: &[View] = &[
    View::new("upcoming", "Upcoming", &[("status", "open"), ("from", "today")]).sort("starts_at"),
    View::new("today", "Today", &[("from", "today"), ("to", "today+1")]).sort("starts_at"),
    View::new("past", "Past, still open", &[("status", "open"), ("to", "today")]).sort("starts_at"),
    View::new("po", "Waiting for PO", &[("status", "pending_po")]).sort("starts_at"),
    View::new("payment", "Waiting for payment", &[("status", "pending_payment")]).sort("starts_at"),
    View::new("all", "All", &[]).sort("-starts_at"),
];

/// The same for the office, which also sees what it is not done with.
const OFFICE_VIEWS: &[View] = &[
    VIEWS[0],
    VIEWS[1],
    VIEWS[2],
    VIEWS[3],
    VIEWS[4],
    View::new("unprocessed", "To be processed", &[("processed", "false")]).sort("starts_at"),
    VIEWS[5],
];

/// How an event stands. One whose day has passed without being submitted says so.
pub fn status(ctx: &Ctx, event: &EventSummary) -> Status {
    match event.status {
        EventStatus::Open if event.event_on < ctx.today() => Status::of("overdue"),
        EventStatus::Open => Status::of("open"),
        EventStatus::Adjusted => Status::new(crate::ui::Tone::Green, "Submitted"),
        other => Status::of(other.as_str()),
    }
}

/// What an event is called where its day is said beside it: a name that was made begins with the day.
pub fn title(event: &EventSummary) -> &str {
    let rest = event.name.strip_prefix(&event.event_on.to_string()).map(str::trim_start);
    rest.filter(|rest| !rest.is_empty()).unwrap_or(&event.name)
}

/// When an event is, where the facility is.
pub fn when(event: &EventSummary) -> String {
    format!("{}, {}", words::day_short(event.event_on), words::clock_in(&event.time_zone, event.starts_at))
}

fn named(ctx: &Ctx, tx: &mut Tx, link: &crate::ui::Link) -> app::Result<[Option<String>; 2]> {
    let mut wanted = app::names::Wanted::new();
    let location = link.get("location_id").and_then(|text| text.parse().ok());
    let person: Option<UserId> = link.get("representative_id").and_then(|text| text.parse().ok());
    wanted.location(location);
    if let Some(id) = person {
        wanted.person(id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok([location.map(|id| names.location(id).to_owned()), person.map(|id| names.person(id).to_owned())])
}

/// So many people are offered at once.
const PEOPLE_SHOWN: usize = 40;

/// What the filters of the list offer.
#[derive(Default)]
struct Offers {
    people: Vec<(Text, Text)>,
    /// There are more than one looks through: the others are found by name.
    more_people: bool,
    locations: Vec<(Text, Text)>,
    product_lines: Vec<(Text, Text)>,
    named: [Option<String>; 2],
}

fn offers(ctx: &Ctx, tx: &mut Tx, link: &crate::ui::Link) -> app::Result<Offers> {
    let mut people = Vec::new();
    let mut more_people = false;
    if !matches!(ctx.actor.role, Role::Sales | Role::FacilityManager) {
        let found = app::people::holders(ctx, tx, PEOPLE_SHOWN + 1)?;
        more_people = found.len() > PEOPLE_SHOWN;
        let shown = if more_people { chosen(ctx, tx, link)? } else { found };
        people = shown.into_iter().map(|(id, name)| (id.to_string().into(), name.into())).collect();
    }
    // A list of very many facilities is no list to choose from: there, the page of a facility leads to its events.
    let found = app::directory::locations::choices(ctx, tx, 200)?.unwrap_or_default();
    let locations = found.into_iter().map(|(id, name)| (id.to_string().into(), name.into())).collect();
    let lines = app::catalog::product_lines(ctx, tx, &ListParams { limit: Some(200), ..ListParams::default() })?;
    let lines = if lines.next_cursor.is_some() { Vec::new() } else { lines.items };
    let product_lines = lines.into_iter().map(|it| (it.id.to_string().into(), it.name.into())).collect();
    Ok(Offers { people, more_people, locations, product_lines, named: named(ctx, tx, link)? })
}

/// The people whom the address names.
fn chosen(ctx: &Ctx, tx: &mut Tx, link: &crate::ui::Link) -> app::Result<Vec<(UserId, String)>> {
    let named = link.get("representative_id").unwrap_or_default().split(',');
    let ids: Vec<UserId> = named.filter_map(|id| id.parse().ok()).collect();
    let mut wanted = app::names::Wanted::new();
    for id in &ids {
        wanted.person(*id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok(ids.into_iter().map(|id| (id, names.person(id).to_owned())).collect())
}

fn yes_no(key: &'static str, label: &'static str) -> Filter {
    Filter::choice(key, label, vec![("true".into(), "Yes".into()), ("false".into(), "No".into())])
}

/// What the filters in the address match.
pub(super) async fn matching(visit: &Visit) -> Result<ListParams, Fail> {
    Ok(list(visit, Offers::default()).saved(visit, "events").await?.params())
}

fn list(visit: &Visit, offers: Offers) -> List {
    let [location, person] = offers.named;
    let mut filters = vec![
        Filter::choice("type", "Type", acts::pairs(EventType::ALL, EventType::as_str, EventType::label)),
        Filter::choice("status", "Status", acts::pairs(EventStatus::ALL, EventStatus::as_str, EventStatus::label)),
    ];
    filters.push(match (offers.more_people, offers.people.is_empty()) {
        (true, _) => Filter::people("representative_id", "Representative", "/suggest/people", offers.people),
        (false, true) => Filter::given("representative_id", "Of", person),
        (false, false) => Filter::choice("representative_id", "Representative", offers.people),
    });
    filters.push(match offers.locations.is_empty() {
        true => Filter::given("location_id", "At", location),
        false => Filter::choice("location_id", "Location", offers.locations),
    });
    filters.push(match offers.product_lines.is_empty() {
        true => Filter::given("product_line_id", "Product line", Some("one product line")),
        false => Filter::choice("product_line_id", "Product line", offers.product_lines),
    });
    filters.extend([
        Filter::date("from", "From"),
        Filter::date("to", "Before"),
        yes_no("processed", "Processed"),
        yes_no("invoice_paid", "Invoices paid"),
        yes_no("commission_paid", "Commission paid"),
        yes_no("invoice_sent", "Invoices sent"),
        Filter::given("customer_id", "Customer", Some("one customer")),
        Filter::given("physician_id", "Physician", Some("one physician")),
        Filter::given("manufacturer_id", "Manufacturer", Some("one manufacturer")),
    ]);
    List::new(visit, Room::Events, "events", "Events", columns(&visit.ctx))
        .views(if visit.ctx.actor.role.is_office() { OFFICE_VIEWS } else { VIEWS })
        .filters(filters)
        .sort("starts_at")
        .search("Case, physician, number")
}

/// The marks of an event: what warns in its colour, the rest quietly.
fn marks(listed: &ListedEvent) -> Cell {
    let said = |warns: bool| {
        let all = listed.marks.iter().filter(|mark| mark.warns() == warns);
        all.map(|mark| mark.label()).collect::<Vec<_>>().join(", ")
    };
    match (said(true), said(false)) {
        (warned, calm) if warned.is_empty() && calm.is_empty() => Cell::none(),
        (warned, calm) if warned.is_empty() => Cell::of(html! { span class="muted" { (calm) } }),
        (warned, calm) if calm.is_empty() => Cell::of(html! { span class="ink-amber" { (warned) } }),
        (warned, calm) => Cell::two(html! { span class="ink-amber" { (warned) } }, calm),
    }
}

fn several(words: &[String]) -> Cell {
    match words {
        [] => Cell::none(),
        words => Cell::text(words.join(", ")),
    }
}

pub(super) fn row(list: &List, ctx: &Ctx, listed: &ListedEvent) -> Row {
    let event = &listed.head;
    let text = |text: Option<&str>| text.map_or_else(Cell::none, Cell::of);
    list.row(event.id.to_string(), |key| match key {
        "name" => {
            let title = title(event);
            let place = event.location_name.as_deref().filter(|place| !title.contains(*place));
            let parts = [Some(event.r#type.label()), event.procedure_name.as_deref(), place];
            Cell::two(title, parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
        }
        "starts_at" => Cell::text(when(event)).hover(words::exact_in(&event.time_zone, event.starts_at)),
        "representative" => Cell::of(event.representative_name.as_str()),
        "physician" => text(event.physician_name.as_deref()),
        "lines" if event.lines_count == 0 => Cell::none(),
        "lines" => Cell::text(words::number(event.lines_count)),
        "total" => match event.total_minor {
            None => Cell::none(),
            Some(minor) => Cell::text(words::amount(ctx, minor)),
        },
        "marks" => marks(listed),
        "purchase_orders" => several(&listed.purchase_orders),
        "second" => several(&listed.sub_representative_names),
        "manufacturers" => several(&listed.manufacturer_names),
        "status" => standing(ctx, listed),
        "customer" => text(event.customer_name.as_deref()),
        "procedure" => text(event.procedure_name.as_deref()),
        "number" => Cell::of(html! { span class="mono" { (event.number) } }),
        "updated_at" => Cell::of(words::when(ctx, event.updated_at)),
        "processed" => event.processed_at.map_or_else(Cell::none, |at| Cell::of(words::when(ctx, at))),
        _ => Cell::of(words::when(ctx, event.created_at)),
    })
    .href(format!("/events/{}", event.id))
    .name(event.name.clone())
    .off(event.status == EventStatus::Cancelled)
}

/// The status; below it what somebody should look at, for how long a purchase order has been awaited, or its number.
fn standing(ctx: &Ctx, listed: &ListedEvent) -> Cell {
    let event = &listed.head;
    let cell = Cell::status(status(ctx, event));
    let days = match (event.status, event.submitted_at) {
        (EventStatus::PendingPo, Some(at)) => ctx.today().0 - at.day_in(&ctx.organization.time_zone).0,
        _ => 0,
    };
    let waits = (days > 0).then(|| words::count(i64::from(days), "day", "days"));
    // How late it is stands there in days.
    let warns: Vec<&str> =
        listed.marks.iter().filter(|it| it.warns() && **it != EventMark::OrderLate).map(|it| it.label()).collect();
    let late = listed.marks.contains(&EventMark::OrderLate);
    let said = match warns.as_slice() {
        [] => None,
        [only] => Some((*only).to_owned()),
        [first, rest @ ..] => Some(format!("{first}, +{}", rest.len())),
    };
    let ordered = || {
        let all = listed.purchase_orders.join(", ");
        let says_so = all.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("po"));
        (!all.is_empty()).then(|| if says_so { all } else { format!("PO {all}") })
    };
    match (said, waits) {
        (None, None) => match ordered() {
            Some(number) => cell.below(number),
            None => cell,
        },
        (None, Some(days)) if late => cell.below(html! { span class="ink-amber" { (days) } }),
        (None, Some(days)) => cell.below(days),
        (Some(said), waits) => cell
            .below(html! {
                span class="ink-amber" { @if let Some(days) = waits { (days) " · " } (said) }
                @if let Some(number) = ordered() { " · " (number) }
            })
            .hover(listed.marks.iter().map(|it| it.label()).collect::<Vec<_>>().join(", ")),
    }
}

async fn index(visit: Visit) -> Out {
    let more_rows = visit.hx.partial && visit.link.get("cursor").is_some();
    let link = visit.link.clone();
    let offered = if more_rows { Offers::default() } else { visit.read(move |ctx, tx| offers(ctx, tx, &link)).await? };
    let list = list(&visit, offered).saved(&visit, "events").await?;
    let params = list.params();
    let page: Page<ListedEvent> = visit.read(move |ctx, tx| app::events::listed(ctx, tx, &params)).await?;
    let ctx = &visit.ctx;
    let rows = page.items.iter().map(|event| row(&list, ctx, event)).collect();
    let view = list.view_key().unwrap_or("upcoming");
    let mut shown =
        Shown::new(header(&visit, view, page.total), rows, empty(&visit, view)).paged(page.next_cursor, page.total);
    shown.bulk = super::event_processed::buttons(&visit);
    let offered = if more_rows { Vec::new() } else { visit.read(super::cover::offers::waiting).await? };
    if !offered.is_empty() {
        let lines: Vec<_> = offered.iter().map(|it| super::cover::offers::line(&visit, it)).collect();
        shown.above = Some(html! { div class="pad-x" { (crate::ui::lines(&lines)) } });
    }
    Ok(list.answer(&visit, shown))
}

fn header(visit: &Visit, view: &str, total: Option<i64>) -> Header {
    let count = |one, many| total.map(|total| words::count(total, one, many));
    let lead = match view {
        "upcoming" => count("is planned", "are planned"),
        "today" => count("event today", "events today"),
        "past" => count("has passed and is not submitted", "have passed and are not submitted"),
        "po" => count("waits for its purchase order", "wait for their purchase orders"),
        "payment" => count("waits for payment", "wait for payment"),
        "unprocessed" => count("is to be processed", "are to be processed"),
        _ => count("event", "events"),
    };
    let mut header = Header::new("Events");
    if let Some(lead) = lead {
        header = header.lead(lead);
    }
    if visit.may(Permission::ViewReports) {
        let mut more = Menu::more("More actions")
            .item(Button::link("Export cases", "/figures/cases/file?format=csv").icon(Icon::Export).download())
            .item(Button::link("Purchase orders awaited", "/figures/po_ageing").icon(Icon::Figures))
            .item(Button::link("Reminders of purchase orders", super::po_reminders::WAITING).icon(Icon::Mail))
            .item(
                Button::link("Purchase orders that do not fit", super::po_mismatches::MISMATCHES).icon(Icon::Warning),
            );
        if visit.may(Permission::ManageEvents) {
            more = more.item(Button::link("Import open cases", "/imports/cases").icon(Icon::File));
        }
        header = header.action(more);
    }
    if view == "po" {
        header = header.action(Button::link("Last reminders", super::po_reminders::WAITING).icon(Icon::Mail));
    }
    header = header.action(Button::link("Readiness", "/readiness").icon(Icon::Check).wide_only());
    header = header.action(Button::link("Calendar", "/calendar").icon(Icon::Calendar).wide_only());
    if visit.may(Permission::ManageEvents) {
        header = header.action(Button::link("New event", "/events/new").primary().hotkey("n"));
    }
    header
}

fn empty(visit: &Visit, view: &str) -> Empty {
    let (title, text) = match view {
        "today" => ("Nothing today", "Cases of today appear here with what is still missing."),
        "past" => ("Nothing is left over", "Events whose day has passed without being submitted appear here."),
        "po" => ("No purchase order is awaited", "Submitted cases wait here until the hospital sends its order."),
        "payment" => ("No payment is awaited", "Invoiced cases wait here until they are paid."),
        "unprocessed" => ("Everything is processed", "Submitted events wait here until the office is done with them."),
        "upcoming" => ("Nothing is planned", "Plan a case, and what it needs is kept for it."),
        _ => ("No events yet", "Cases, stocking orders and whatever else takes units out of stock appear here."),
    };
    let empty = Empty::new(Icon::Events, title).text(text);
    if visit.may(Permission::ManageEvents) {
        empty.action(Button::link("New event", "/events/new").primary())
    } else {
        empty
    }
}

// ---- planning -------------------------------------------------------------------------------------------------------

/// What a type is for, in a sentence.
const fn explained(kind: EventType) -> &'static str {
    match kind {
        EventType::Case => "A surgery. What is used is billed and leaves stock.",
        EventType::StockingOrder => {
            "A facility buys units for its shelf. They are billed once and can stay in sight as facility stock."
        }
        EventType::Sample => "Given away or used up in a demonstration. Nothing is billed.",
        EventType::Loan => "Lent to a facility: a record only, the units stay with their custodian.",
        EventType::Damage => "Damaged outside a case. The units leave stock.",
        EventType::Return => "Sent back to the maker. The units leave stock.",
        EventType::Trial => "Used in a clinical trial. Nothing is billed.",
        EventType::StockAdjustment => "Takes units out to correct a count.",
        EventType::Other => "Anything else that is sold.",
    }
}

struct Given<'a> {
    visit: &'a Visit,
    sent: &'a Sent,
    errors: &'a [FieldError],
    /// What is there already, when an event is edited.
    event: Option<&'a Event>,
    /// What cover says about a new one.
    cover: Cover,
    /// What it may be about.
    boxes: event_products::Boxes,
}

/// What cover says about an event that is being planned.
#[derive(Default)]
struct Cover {
    /// The surgeon's cards.
    cards: Vec<PreferenceCard>,
    /// Whoever was chosen among those who can take it.
    taken: Option<(UserId, String)>,
    /// Who can take it, once it was asked.
    answer: Option<Markup>,
}

impl Given<'_> {
    /// As it was sent, else as the address says, else as the event has it.
    fn value(&self, name: &str, now: Option<String>) -> String {
        if self.sent.has(name) {
            return self.sent.text(name).to_owned();
        }
        now.or_else(|| self.visit.link.get(name).map(str::to_owned)).unwrap_or_default()
    }

    fn combo<K: Kind>(
        &self,
        name: &'static str,
        label: &'static str,
        from: &'static str,
        now: Option<(Id<K>, String)>,
    ) -> Field {
        let (id, shown) = now.map_or((None, None), |(id, shown)| (Some(id.to_string()), Some(shown)));
        let shown = self.value(&format!("{name}_text"), shown);
        Field::combo(name, label, from, shown).value(self.value(name, id)).errors(self.errors)
    }
}

fn local(at: Instant, zone: &str) -> String {
    at.local(zone).replace(' ', "T")
}

fn form(given: &Given<'_>) -> Form {
    let Given { visit, errors, event, .. } = *given;
    let ctx = &visit.ctx;
    let head = event.map(|event| &event.head);
    let pair = |id: Option<UserId>, name: Option<String>| Some((id?, name?));
    let office = !matches!(ctx.actor.role, Role::Sales | Role::FacilityManager);
    let own = (ctx.principal(), if ctx.actor.delegate_of.is_some() { String::new() } else { ctx.actor.name.clone() });
    let rep = match head {
        Some(head) => pair(Some(head.representative_id), Some(head.representative_name.clone())),
        None if ctx.actor.role == Role::Distributor => Some(own),
        None => None,
    };
    let rep_field = match &given.cover.taken {
        None => given.combo("representative_id", "Representative", "/suggest/representatives", rep),
        Some((id, name)) => {
            Field::combo("representative_id", "Representative", "/suggest/representatives", name.clone())
                .value(id.to_string())
                .errors(errors)
        }
    };
    let asks = head.is_none() && visit.may(Permission::CoverEvents);
    let location = head.and_then(|it| Some((it.location_id?, it.location_name.clone()?)));
    let physician = head.and_then(|it| Some((it.physician_id?, it.physician_name.clone()?)));
    let procedure = head.and_then(|it| Some((it.procedure_id?, it.procedure_name.clone()?)));
    let starts = head.map(|it| local(it.starts_at, &it.time_zone));
    let ends = head.map(|it| local(it.ends_at, &it.time_zone));
    let kinds = app::events::types::in_use(&visit.ctx)
        .iter()
        .map(|kind| Choice::new(kind.as_str(), kind.label()).help(explained(*kind)))
        .collect();
    let own_name = event.filter(|event| !event.name_auto).map(|event| event.head.name.clone());
    let kind = given.value("type", None);
    let fields = html! {
        @if let Some(event) = event { (version_field(event.head.version)) }
        @else { div class="two-up" { (Field::radio("type", "Type", kinds).value(if kind.is_empty() { "case".to_owned() } else { kind }).errors(errors)) } }
        @if office {
            (rep_field.required().help("Units come from their custody, and they earn the commission."))
        }
        (given.combo("location_id", "Location", "/suggest/locations", location).help("The facility. Its prices and its time zone hold."))
        div class="pair" {
            (Field::datetime("starts_at", "Starts").value(given.value("starts_at", starts)).errors(errors).required().help("In the time of the location."))
            (Field::datetime("ends_at", "Ends").value(given.value("ends_at", ends)).errors(errors).optional().help("Two hours later, unless you say otherwise."))
        }
        div hx-get=[head.is_none().then_some("/events/new/cards")] hx-trigger="change" hx-include="[name=physician_id]" hx-target="#draft-card" hx-swap="innerHTML" {
            (given.combo("physician_id", "Physician", "/suggest/physicians", physician).optional())
        }
        @if head.is_none() { div id="draft-card" { (card_part(given)) } }
        (given.combo("procedure_id", "Procedure", "/suggest/procedures", procedure).optional())
        (given.boxes.section(errors))
        @if asks { (given.cover.answer.clone().unwrap_or_else(draft::question)) }
        (given.combo("sub_representative", "Second representative", "/suggest/recipients", None::<(UserId, String)>).optional().help("Shares the case. Leave it empty to keep it as it is."))
        (Field::text("name", "Name").value(given.value("name", own_name)).errors(errors).optional().help("Made from day, physician and location, unless you give one."))
        (Field::text("patient_reference", "Patient reference").value(given.value("patient_reference", event.map(|it| it.patient_reference.clone()))).errors(errors).optional().help("A number that only the facility can resolve. Never a name or a date of birth."))
        (Field::area("note", "Note").value(given.value("note", event.map(|it| it.note.clone()))).errors(errors).optional().placeholder("What the team should know").limit(2000).help("For the team: it stands on no paper."))
        (Field::area("print_note", "Printed on the sales order").value(given.value("print_note", event.map(|it| it.print_note.clone()))).errors(errors).optional().limit(2000))
    };
    let (action, verb, back) = match head {
        Some(head) => (format!("/events/{}/edit", head.id), "Save", format!("/events/{}", head.id)),
        None => ("/events".to_owned(), "Plan it", "/events".to_owned()),
    };
    Form::post(action, visit.csrf())
        .errors(errors)
        .body(fields)
        .keep(format!("{}/keep", super::event_draft::form_of(head.map(|head| head.id))))
        .button(Button::submit(verb).primary())
        .button(
            Button::submit("Keep as a draft")
                .action(format!("{}/keep", super::event_draft::form_of(head.map(|head| head.id))))
                .unfinished(),
        )
        .button(Button::link("Cancel", back).quiet())
}

const FIELDS: &[&str] = &[
    "type",
    "representative_id",
    "location_id",
    "starts_at",
    "ends_at",
    "physician_id",
    "procedure_id",
    "preference_card_id",
    "sub_representative",
    "name",
    "patient_reference",
    "note",
    "print_note",
    event_products::FIELDS[0],
    event_products::FIELDS[1],
];

/// The surgeon's cards to choose from; nothing where there are none.
fn card_part(given: &Given<'_>) -> Markup {
    html! {
        @if !given.cover.cards.is_empty() {
            (needs::card_field(&given.cover.cards, &given.value("preference_card_id", None), given.errors))
        }
    }
}

async fn cards_of(visit: &Visit, physician: Option<PhysicianId>) -> Result<Vec<PreferenceCard>, Fail> {
    visit.read(move |ctx, tx| needs::cards(ctx, tx, physician)).await
}

/// The cards of whichever surgeon was chosen in the form.
async fn card_choices(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::ManageEvents)?;
    let cards = cards_of(&visit, visit.link.get("physician_id").and_then(|text| text.parse().ok())).await?;
    let cover = Cover { cards, ..Cover::default() };
    let boxes = event_products::Boxes::default();
    let given = Given { visit: &visit, sent: &sent, errors: &[], event: None, cover, boxes };
    Ok(visit.part(card_part(&given)))
}

async fn new_response(visit: &Visit, sent: &Sent, errors: &[FieldError], cover: Cover, draft: Option<Markup>) -> Out {
    let boxes = event_products::boxes(visit, sent, None).await?;
    let given = Given { visit, sent, errors, event: None, cover, boxes };
    let body = html! { (Header::new("New event").crumb("Events", "/events")) div class="content" { @if let Some(draft) = &draft { div class="gap-below" { (draft) } } (form(&given)) } };
    let mut response = super::cover::shown(visit, "New event", Room::Events, body);
    if !errors.is_empty() {
        *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn new_page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::ManageEvents)?;
    let (kept, draft) = super::event_draft::of(&visit, None).await?;
    let sent = kept.unwrap_or(sent);
    let physician = visit.link.get("physician_id").and_then(|text| text.parse().ok());
    let cards = cards_of(&visit, physician.or(sent.id("physician_id").ok().flatten())).await?;
    new_response(&visit, &sent, &[], Cover { cards, ..Cover::default() }, draft).await
}

/// Who could take what the form describes. The form comes back as it was, with the answer; and with whoever was chosen.
async fn who(visit: Visit, sent: Sent) -> Out {
    let asked = match read(&sent) {
        Ok(plan) => visit.app.read(&visit.ctx, move |ctx, tx| plan.who(ctx, tx)).await,
        Err(error) => Err(error),
    };
    let taken: Option<UserId> = sent.id("take")?;
    let mut cover =
        Cover { cards: cards_of(&visit, sent.id("physician_id").ok().flatten()).await?, ..Cover::default() };
    let mut errors = Vec::new();
    let answer = match asked {
        Ok(all) => {
            let it = all.items.iter().find(|it| Some(it.user_id) == taken);
            cover.taken = it.map(|it| (it.user_id, it.name.clone()));
            draft::answer(&visit, &all, taken)
        }
        Err(error) => {
            errors = acts::known(visit.complaints(error)?, FIELDS);
            draft::refused(&errors)
        }
    };
    if visit.hx.partial {
        return Ok(visit.part(answer));
    }
    if errors.is_empty() {
        cover.answer = Some(answer);
    }
    new_response(&visit, &sent, &errors, cover, None).await
}

/// The time zone of a location; the organisation's without one.
fn zone_of(ctx: &Ctx, tx: &mut Tx, location: Option<LocationId>) -> app::Result<String> {
    match location {
        None => Ok(ctx.organization.time_zone.clone()),
        Some(id) => {
            let window = app::directory::window(&ListParams::default())?;
            let found = app::directory::locations::get(ctx, tx, id, window);
            found.map(|it| it.time_zone).map_err(|error| match error {
                Error::NotFound(_) => Error::unknown("location_id"),
                other => other,
            })
        }
    }
}

/// A local time that was typed, where the facility is.
///
/// # Errors
/// Names the field.
pub fn moment(field: &str, text: &str, zone: &str) -> app::Result<Instant> {
    // Browsers send seconds when they are not zero.
    let text = text.get(..16).unwrap_or(text);
    let bad = || Error::field(field, "invalid_time", "Give a day and a time, such as 2026-11-23 08:00.");
    domain::clock::local_instant(text, zone).ok_or_else(bad)
}

/// A form that was sent, before it is known where it happens.
#[derive(Clone)]
struct Plan {
    kind: EventType,
    representative_id: Option<UserId>,
    location_id: Option<LocationId>,
    physician_id: Option<PhysicianId>,
    procedure_id: Option<domain::id::ProcedureId>,
    card: Option<PreferenceCardId>,
    second: Option<UserId>,
    starts_at: String,
    ends_at: String,
    name: String,
    patient_reference: String,
    note: String,
    print_note: String,
    expected: event_products::Wanted,
}

fn read(sent: &Sent) -> app::Result<Plan> {
    let text = |name: &str| sent.text(name).to_owned();
    if sent.text("starts_at").is_empty() {
        return Err(Error::field("starts_at", "required", "Say when it starts."));
    }
    Ok(Plan {
        kind: EventType::parse(sent.text("type")).unwrap_or(EventType::Case),
        representative_id: acts::picked(sent, "representative_id")?,
        location_id: acts::picked(sent, "location_id")?,
        physician_id: acts::picked(sent, "physician_id")?,
        procedure_id: acts::picked(sent, "procedure_id")?,
        card: sent.id("preference_card_id")?,
        second: acts::picked(sent, "sub_representative")?,
        starts_at: text("starts_at"),
        ends_at: text("ends_at"),
        name: text("name"),
        patient_reference: text("patient_reference"),
        note: text("note"),
        print_note: text("print_note"),
        expected: event_products::read(sent)?,
    })
}

impl Plan {
    fn times(&self, zone: &str) -> app::Result<(Instant, Option<Instant>)> {
        let ends = Some(self.ends_at.as_str()).filter(|text| !text.is_empty());
        Ok((moment("starts_at", &self.starts_at, zone)?, ends.map(|text| moment("ends_at", text, zone)).transpose()?))
    }

    fn create(&self, ctx: &Ctx, tx: &mut Tx) -> app::Result<Event> {
        let zone = zone_of(ctx, tx, self.location_id)?;
        let (starts_at, ends_at) = self.times(&zone)?;
        let new = CreateEvent {
            r#type: self.kind,
            name: self.name.clone(),
            representative_id: self.representative_id,
            sub_representatives: self.second.map(SubRepresentativeRef::Id).into_iter().collect(),
            location_id: self.location_id,
            physician_id: self.physician_id,
            procedure_id: self.procedure_id,
            starts_at,
            ends_at,
            time_zone: None,
            manufacturer_ids: self.expected.as_ref().map(|(makers, _)| makers.clone()).unwrap_or_default(),
            product_line_ids: self.expected.as_ref().map(|(_, lines)| lines.clone()).unwrap_or_default(),
            container_ids: Vec::new(),
            patient_reference: self.patient_reference.clone(),
            note: self.note.clone(),
            print_note: self.print_note.clone(),
        };
        let event = app::events::plan::create(ctx, tx, new)?;
        app::events::unfinished::forget(ctx, tx, None)?;
        let Some(card) = self.card else { return Ok(event) };
        let wanted = PutNeeds { preference_card_id: Some(card), needs: Vec::new() };
        app::coverage::needs::put(ctx, tx, event.head.id, &wanted)?;
        app::events::get(ctx, tx, event.head.id)
    }

    /// Who could take it.
    fn who(&self, ctx: &Ctx, tx: &mut Tx) -> app::Result<CoverCandidates> {
        let zone = zone_of(ctx, tx, self.location_id)?;
        let (starts_at, ends_at) = self.times(&zone)?;
        let draft = DraftCase {
            starts_at,
            ends_at,
            location_id: self.location_id,
            physician_id: self.physician_id,
            procedure_id: self.procedure_id,
            manufacturer_ids: self.expected.as_ref().map(|(makers, _)| makers.clone()).unwrap_or_default(),
            preference_card_id: self.card,
            needs: Vec::new(),
            representative_id: None,
        };
        app::coverage::candidates_for_draft(ctx, tx, &draft)
    }

    fn change(&self, ctx: &Ctx, tx: &mut Tx, now: &Event) -> app::Result<Event> {
        let head = &now.head;
        let zone = if self.location_id == head.location_id {
            head.time_zone.clone()
        } else {
            zone_of(ctx, tx, self.location_id)?
        };
        let (starts_at, ends_at) = self.times(&zone)?;
        fn patch<T: PartialEq>(now: Option<T>, new: Option<T>) -> Patch<T> {
            if now == new { Patch::Leave } else { new.map_or(Patch::Clear, Patch::Set) }
        }
        fn changed<T: PartialEq + Clone>(now: &[T], wanted: Option<&Vec<T>>) -> Option<Vec<T>> {
            wanted.filter(|wanted| wanted.as_slice() != now).cloned()
        }
        let mut second: Vec<SubRepresentativeRef> =
            now.sub_representatives.iter().cloned().map(SubRepresentativeRef::Share).collect();
        second.extend(self.second.map(SubRepresentativeRef::Id));
        let change = PatchEvent {
            name: Some(self.name.clone())
                .filter(|name| now.name_auto && !name.is_empty() || !now.name_auto && *name != head.name),
            representative_id: self.representative_id.filter(|id| *id != head.representative_id),
            sub_representatives: self.second.map(|_| second),
            location_id: patch(head.location_id, self.location_id),
            physician_id: patch(head.physician_id, self.physician_id),
            procedure_id: patch(head.procedure_id, self.procedure_id),
            starts_at: Some(starts_at).filter(|at| *at != head.starts_at),
            ends_at: ends_at.filter(|at| *at != head.ends_at),
            time_zone: Some(zone).filter(|zone| *zone != head.time_zone),
            manufacturer_ids: changed(&now.manufacturer_ids, self.expected.as_ref().map(|(makers, _)| makers)),
            product_line_ids: changed(&now.product_line_ids, self.expected.as_ref().map(|(_, lines)| lines)),
            container_ids: None,
            patient_reference: Some(self.patient_reference.clone()).filter(|text| *text != now.patient_reference),
            note: Some(self.note.clone()).filter(|text| *text != now.note),
            print_note: Some(self.print_note.clone()).filter(|text| *text != now.print_note),
        };
        app::events::unfinished::forget(ctx, tx, Some(head.id))?;
        app::events::plan::patch(ctx, tx, head.id, change)
    }
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let made = match read(&sent) {
        Ok(plan) => visit.save(&sent, move |ctx, tx| plan.create(ctx, tx)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(event) => {
            let id = event["id"].as_str().unwrap_or_default();
            Ok(visit.go(&format!("/events/{id}"), Flash::done("Planned. Now add what it needs.")))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, FIELDS);
            let cards = cards_of(&visit, sent.id("physician_id").ok().flatten()).await?;
            new_response(&visit, &sent, &errors, Cover { cards, ..Cover::default() }, None).await
        }
    }
}

async fn edit_response(visit: &Visit, sent: &Sent, event: &Event, errors: &[FieldError], draft: Option<Markup>) -> Out {
    let boxes = event_products::boxes(visit, sent, Some(event)).await?;
    let given = Given { visit, sent, errors, event: Some(event), cover: Cover::default(), boxes };
    let header = Header::new("Edit event")
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{}", event.head.id));
    let body = html! { (header) div class="content" { @if let Some(draft) = &draft { div class="gap-below" { (draft) } } (form(&given)) } };
    Ok(match errors.is_empty() {
        true => visit.page("Edit event", Room::Events, body),
        false => visit.refused("Edit event", Room::Events, body),
    })
}

async fn edit_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    let (kept, draft) = super::event_draft::of(&visit, Some(id)).await?;
    edit_response(&visit, &kept.unwrap_or(sent), &event, &[], draft).await
}

/// Somebody else shall represent a case that has units: the plan for them says what moves, and one press confirms it.
fn to_cover(visit: &Visit, sent: &Sent, id: EventId) -> Response {
    let to = sent.id::<domain::id::User>("representative_id").ok().flatten();
    let link = crate::ui::Link::new(format!("/events/{id}/cover"));
    let link = to.map_or(link.clone(), |to| link.and("to", to));
    let message =
        "Units are on this case: they have to go with it. Nothing was saved yet. Look at the plan and confirm it.";
    visit.go(&link.to_string(), Flash::failed(message))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    let now = event.clone();
    let done = match read(&sent) {
        Ok(plan) => visit.save(&sent, move |ctx, tx| plan.change(ctx, tx, &now)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Saved"))),
        Err(Error::Conflict { code: "use_coverage", .. }) => Ok(to_cover(&visit, &sent, id)),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, FIELDS);
            edit_response(&visit, &sent, &event, &errors, None).await
        }
    }
}
