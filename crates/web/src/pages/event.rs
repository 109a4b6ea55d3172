//! One event: is it ready; what was used; what is it worth; what is missing to get paid?

use super::acts::{self, Ask};
use super::common::{press, press_with, story, version_field};
use super::cover::around::{self, Around};
use super::{event_lines, event_money, events, words};
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Fact, Field, FieldError, Flash, Header, Icon, Menu, Page, Room, Status, Step, StepState, Text,
    Todo, Tone, badge, banner, drawer_body, facts, section_block, split, steps, todos,
};
use app::names::{Names, Wanted};
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::billing::InvoiceSummary;
use contract::events::{CopyEvent, Event, EventWarning, SubmitEvent};
use contract::{HistoryEntry, ListParams};
use domain::event::{EventStatus, EventType};
use domain::id::{CatalogItemId, EventId, ManufacturerId, ProductLineId, UnitId};
use domain::people::Permission;
use maud::{Markup, Render, html};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}", get(show))
        .route("/events/{id}/submit", get(submit_page).merge(post(submit)))
        .route("/events/{id}/cancel", get(cancel_page).merge(post(cancel)))
        .route("/events/{id}/reopen", get(reopen_page).merge(post(reopen)))
        .route("/events/{id}/reverse", get(reverse_page).merge(post(reverse)))
        .route("/events/{id}/copy", get(copy_page).merge(post(copy)))
        .route("/events/{id}/release", get(release_page).merge(post(release)))
        .route("/events/{id}/seller", post(seller))
}

/// What the page of an event is made from.
pub struct Seen {
    /// The event.
    pub event: Event,
    /// Whether its lines may be changed.
    pub may_edit: bool,
    /// What to look at before submitting.
    pub warnings: Vec<EventWarning>,
    /// Names behind ids.
    pub names: Names,
    /// Its invoices.
    pub invoices: Vec<InvoiceSummary>,
    /// Its units that have a page for whoever looks.
    pub units: HashSet<UnitId>,
    /// Whether the representative has one.
    pub knows_representative: bool,
    /// What came back with it and could be credited.
    pub returned: Vec<contract::credits::ReturnedSale>,
    /// Its files.
    pub files: Vec<contract::files::File>,
    /// Items for which a price was asked for.
    pub asked: BTreeSet<CatalogItemId>,
    /// The names of its product lines.
    pub product_lines: BTreeMap<ProductLineId, String>,
    comments: Vec<contract::events::EventComment>,
    story: Vec<HistoryEntry>,
}

/// Reads it all.
pub fn see(ctx: &Ctx, tx: &mut Tx, id: EventId) -> app::Result<Seen> {
    let event = app::events::get(ctx, tx, id)?;
    let may_edit = app::events::lines::may_edit(ctx, tx, id)?;
    let warnings = app::events::warnings::list(ctx, tx, id)?.items;
    let files = app::files::list(ctx, tx, app::files::Owner::Event(id))?.items;
    let story = app::events::history(ctx, tx, id, 50)?.items;
    let mut invoices = Vec::new();
    if event.head.status.is_submitted() && event.head.r#type.rules().billable {
        let mut params = ListParams { limit: Some(50), ..ListParams::default() };
        params.filters.insert("event_id".into(), id.to_string());
        invoices = app::billing::documents::invoices(ctx, tx, &params)?.items;
    }
    let returned = match event.head.r#type == EventType::Return && ctx.may(Permission::ManageBilling) {
        true => app::billing::returns::creditable(ctx, tx, id)?.items,
        false => Vec::new(),
    };
    let mut wanted = Wanted::new();
    for line in &event.lines {
        wanted.person(line.custodian_id).manufacturer(Some(line.manufacturer_id));
    }
    for sub in &event.sub_representatives {
        wanted.person(sub.user_id);
    }
    for charge in &event.charges {
        wanted.manufacturer(charge.manufacturer_id);
    }
    for id in &event.manufacturer_ids {
        wanted.manufacturer(Some(*id));
    }
    for id in &event.container_ids {
        wanted.unit(*id);
    }
    for order in &event.purchase_orders {
        wanted.manufacturer(order.manufacturer_id).person(order.received_by_id);
    }
    for invoice in &invoices {
        wanted.manufacturer(invoice.manufacturer_id);
    }
    wanted.person(event.created_by_id);
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let ids: Vec<UnitId> =
        event.lines.iter().map(|line| line.unit_id).chain(event.container_ids.iter().copied()).collect();
    let units = app::units::seen(ctx, tx, &ids)?;
    let knows_representative = app::people::sees(ctx, tx, event.head.representative_id)?;
    let comments = match app::events::comments::takes_part(ctx) {
        true => app::events::comments::list(ctx, tx, id)?.items,
        false => Vec::new(),
    };
    let asked = if may_edit { super::price_asks::asked(ctx, tx, id)? } else { BTreeSet::new() };
    let product_lines = super::event_products::names(ctx, tx, &event)?;
    Ok(Seen {
        event,
        may_edit,
        warnings,
        names,
        invoices,
        units,
        knows_representative,
        returned,
        files,
        asked,
        product_lines,
        comments,
        story,
    })
}

/// Makers of billed lines for which no purchase order has come.
pub fn makers_without_order(event: &Event) -> Vec<ManufacturerId> {
    if event.purchase_orders.iter().any(|order| order.manufacturer_id.is_none()) {
        return Vec::new();
    }
    let billed = event
        .lines
        .iter()
        .filter(|line| line.amount_minor.unwrap_or(1) != 0 && !line.facility_stock && !line.no_charge);
    let makers: BTreeSet<ManufacturerId> = billed.map(|line| line.manufacturer_id).collect();
    let has = |maker: &ManufacturerId| event.purchase_orders.iter().any(|order| order.manufacturer_id == Some(*maker));
    makers.into_iter().filter(|maker| !has(maker)).collect()
}

/// The total in words; nothing for those who may not see agreed prices.
pub fn total(ctx: &Ctx, event: &Event) -> Option<String> {
    event.head.total_minor.map(|minor| words::money(ctx, minor))
}

fn under(ctx: &Ctx, seen: &Seen) -> Markup {
    let head = &seen.event.head;
    html! {
        (words::day_short(head.event_on)) ", " (words::clock_in(&head.time_zone, head.starts_at))
        @if let Some(name) = &head.location_name { " · " (name) }
        @if let Some(name) = &head.physician_name { " · " (name) }
        " · " (head.representative_name)
        @if !seen.event.lines.is_empty() { " · " (words::count(seen.event.lines.len() as i64, "unit", "units")) }
        @if let Some(total) = total(ctx, &seen.event) { @if head.total_minor != Some(0) { " · " strong { (total) } } }
    }
}

/// The one thing that is missing, as the status of the page.
fn headline(ctx: &Ctx, seen: &Seen, around: &Around) -> Status {
    let head = &seen.event.head;
    let bad = seen.event.lines.iter().filter(|line| line.warning.is_some()).count();
    match head.status {
        EventStatus::Open if bad > 0 => {
            Status::new(Tone::Amber, format!("{} to look at", words::count(bad as i64, "line", "lines")))
        }
        EventStatus::Open => around.status(ctx).unwrap_or_else(|| events::status(ctx, head)),
        _ => events::status(ctx, head),
    }
}

fn the_steps(event: &Event) -> Option<Markup> {
    let status = event.head.status;
    if status == EventStatus::Cancelled {
        return None;
    }
    let labels: &[&'static str] = match event.head.r#type.rules().billable {
        true => &["Planned", "Submitted", "Purchase order", "Paid"],
        false => &["Planned", "Submitted"],
    };
    let now = match status {
        EventStatus::Open => 0,
        EventStatus::PendingPo => 2,
        EventStatus::PendingPayment => 3,
        _ => labels.len(),
    };
    let list: Vec<Step> = labels
        .iter()
        .enumerate()
        .map(|(at, label)| Step {
            label: Text::Borrowed(label),
            state: match at.cmp(&now) {
                std::cmp::Ordering::Less => StepState::Done,
                std::cmp::Ordering::Equal => StepState::Now,
                std::cmp::Ordering::Greater => StepState::Ahead,
            },
        })
        .collect();
    Some(steps(&list))
}

/// So many warnings are told on the page; the lines themselves tell theirs.
const WARNINGS: usize = 12;

/// Each sentence once, with how many units it speaks of. Before an event its readiness tells who or what is wanted twice.
fn told_once(warnings: &[EventWarning], ahead: bool) -> Vec<(&EventWarning, i64)> {
    let mut told: Vec<(&EventWarning, i64)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for it in warnings.iter().filter(|it| !(ahead && it.code == "double_booked")) {
        match places.get(it.message.as_str()) {
            Some(at) => told[*at].1 += 1,
            None => {
                places.insert(&it.message, told.len());
                told.push((it, 1));
            }
        }
    }
    told
}

fn missing(visit: &Visit, seen: &Seen) -> Vec<Todo> {
    let (ctx, event) = (&visit.ctx, &seen.event);
    let id = event.head.id;
    let link = |label: &'static str, to: &str| Button::link(label, format!("/events/{id}/{to}")).small().in_dialog();
    let mut list = Vec::new();
    match event.head.status {
        EventStatus::Open => {
            if event.lines.is_empty() {
                list.push(Todo::new(StepState::Now, "Nothing is marked as used yet"));
            }
            let told = told_once(&seen.warnings, event.head.starts_at > ctx.now);
            let rest = told.len().saturating_sub(WARNINGS);
            for (warning, count) in told.into_iter().take(WARNINGS) {
                let todo = Todo::new(StepState::Bad, warning.message.as_str());
                list.push(match warning.code.as_str() {
                    "patient_sticker_required" => todo.side(link("Add it", "files/new?kind=patient_sticker")),
                    "signature_required" => todo.side(link("Sign", "sign")),
                    "device_label_required" => todo.side(link("Add it", "files/new?kind=device_label")),
                    _ if count > 1 => todo.side(words::count(count, "unit", "units")),
                    _ => todo,
                });
            }
            if rest > 0 {
                list.push(Todo::new(StepState::Bad, format!("and {rest} more, each with its line")));
            }
            if list.is_empty() {
                list.push(Todo::new(StepState::Done, "Nothing is missing: it can be submitted"));
            }
        }
        EventStatus::PendingPo => {
            let adds = visit.may(Permission::AddPurchaseOrders);
            list.extend(seen.warnings.iter().map(|it| Todo::new(StepState::Bad, it.message.as_str())));
            let late = list.len();
            for maker in makers_without_order(event) {
                let todo = Todo::new(StepState::Now, format!("Purchase order for {}", seen.names.manufacturer(maker)));
                let to = format!("orders/new?manufacturer_id={maker}");
                list.push(if adds { todo.side(link("Enter it", &to)) } else { todo });
            }
            if list.len() == late {
                let todo = Todo::new(StepState::Now, "The hospital's purchase order");
                list.push(if adds { todo.side(link("Enter it", "orders/new")) } else { todo });
            }
        }
        EventStatus::PendingPayment => {
            for invoice in seen.invoices.iter().filter(|it| it.status == "open") {
                let amount = invoice.open_minor.map(|minor| words::money(ctx, minor)).unwrap_or_default();
                let due = invoice
                    .due_on
                    .map(|day| format!("due {} ({})", words::day(day), words::distance(ctx.today(), day)));
                let late = invoice.due_on.is_some_and(|day| day < ctx.today());
                let state = if late { StepState::Bad } else { StepState::Now };
                let todo = Todo::new(state, format!("Payment of invoice {}: {amount}", invoice.number))
                    .below(due.unwrap_or_else(|| invoice.due_explanation.clone()));
                let pays = visit.may(Permission::ManageBilling);
                list.push(if pays {
                    todo.side(
                        Button::link("Enter payment", format!("/invoices/{}/pay?event={id}", invoice.id))
                            .small()
                            .in_dialog(),
                    )
                } else {
                    todo
                });
            }
            if list.is_empty() {
                list.push(Todo::new(StepState::Now, "The commission is not paid yet"));
            }
        }
        EventStatus::Adjusted => list.extend(seen.returned.iter().map(|it| credit_due(ctx, it))),
        _ => {}
    }
    list
}

/// Units that came back and were sold with an invoice, with the way to credit them.
fn credit_due(ctx: &Ctx, it: &contract::credits::ReturnedSale) -> Todo {
    let units = words::count(it.line_ids.len() as i64, "unit", "units");
    let text = format!("Credit for {units} of invoice {}: {}", it.invoice_number, words::money(ctx, it.amount_minor));
    let lines = it.line_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let how = if it.whole { "how=whole".to_owned() } else { format!("how=lines&lines={lines}") };
    let link = Button::link("Credit", format!("/invoices/{}/credit?{how}", it.invoice_id)).small().in_dialog();
    Todo::new(StepState::Now, text).below("It was sold, and came back with this return.").side(link)
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let (event, head) = (&seen.event, &seen.event.head);
    let mut list = vec![Fact::new(
        "When",
        html! {
            (words::day(head.event_on)) br; (words::clock_in(&head.time_zone, head.starts_at)) " to " (words::clock_in(&head.time_zone, head.ends_at))
            span class="sub" { " " (head.time_zone.rsplit('/').next().unwrap_or_default().replace('_', " ")) " time" }
        },
    )];
    if let (Some(id), Some(name)) = (head.location_id, &head.location_name) {
        list.push(Fact::new("Where", html! { a class="link" href={ "/locations/" (id) } { (name) } }));
    }
    if let (Some(id), Some(name)) = (head.customer_id, &head.customer_name) {
        list.push(Fact::new("Customer", html! { a class="link" href={ "/customers/" (id) } { (name) } }));
    }
    if let Some(name) = &head.physician_name {
        list.push(Fact::new("Physician", name.as_str()));
    }
    if let Some(name) = &head.procedure_name {
        list.push(Fact::new("Procedure", name.as_str()));
    }
    list.push(Fact::new(
        "Representative",
        html! {
            @if seen.knows_representative {
                a class="link" href={ "/people/" (head.representative_id) } { (head.representative_name) }
            } @else { (head.representative_name) }
        },
    ));
    if !event.sub_representatives.is_empty() {
        let names = html! {
            @for (at, sub) in event.sub_representatives.iter().enumerate() {
                @if at > 0 { br; }
                (seen.names.person(sub.user_id)) @if let Some(part) = super::event_shares::part_words(ctx, sub) { " (" (part) ")" }
            }
        };
        list.push(Fact::new("Shares it with", names));
    }
    list.extend(super::event_products::facts(seen));
    if !event.container_ids.is_empty() {
        let sets = html! {
            @for (at, id) in event.container_ids.iter().enumerate() {
                @if at > 0 { br; }
                @let title = seen.names.unit(*id).map_or("A set", |unit| seen.names.item_title(unit.item));
                @let said = html! { (title) @if let Some(unit) = seen.names.unit(*id) { " " (unit.serial) } };
                @if seen.units.contains(id) { a class="link" href={ "/units/" (id) } { (said) } } @else { (said) }
            }
        };
        list.push(Fact::new("Sets", sets));
    }
    if !event.patient_reference.is_empty() {
        list.push(Fact::new("Patient reference", html! { span class="mono" { (event.patient_reference) } }));
    }
    if !event.note.is_empty() {
        list.push(Fact::new("Note", event.note.as_str()));
    }
    if !event.print_note.is_empty() {
        list.push(Fact::new("Printed", event.print_note.as_str()));
    }
    list.push(Fact::new(
        "Number",
        html! { span class="mono" { (head.number) @if head.revision > 1 { ", revision " (head.revision) } } },
    ));
    if let Some(at) = head.submitted_at {
        list.push(Fact::new("Submitted", words::when(ctx, at)));
    }
    if event.keep_as_facility_stock && head.status.is_submitted() {
        list.push(Fact::new("On the shelf", "Kept as facility stock"));
    }
    if !event.closed_reason.is_empty() {
        list.push(Fact::new("Reason", event.closed_reason.as_str()));
    }
    facts(&list)
}

fn actions(visit: &Visit, seen: &Seen, around: &Around) -> (Vec<Markup>, Menu) {
    let (event, head) = (&seen.event, &seen.event.head);
    let to = |what: &str| format!("/events/{}/{what}", head.id);
    let may = |permission| visit.may(permission);
    let mut buttons = Vec::new();
    let mut menu = Menu::more("More actions");
    if may(Permission::ManageEvents) {
        menu = menu.item(Button::link("Copy", to("copy")).icon(Icon::File).in_dialog());
    }
    if let Some(id) = event.sales_order_id {
        menu = menu
            .item(Button::link("Sales order as PDF", format!("/sales-orders/{id}/pdf")).icon(Icon::Print).download());
    }
    if !event.lines.is_empty() {
        menu = menu.item(Button::link("Delivery note as PDF", to("delivery-note")).icon(Icon::Print).download());
    }
    match head.status {
        EventStatus::Open if seen.may_edit => {
            menu = menu.item(Button::link("Scan units", format!("/scan?mode=use&id={}", head.id)).icon(Icon::Scan));
            menu = menu.item(Button::link("Book sets", to("sets")).icon(Icon::Box));
            menu = menu.item(Button::link("Move to another time", to("move")).icon(Icon::Calendar).in_dialog());
            if head.r#type.rules().billable {
                menu = menu.item(Button::link("Share the commission", to("shares")).icon(Icon::People));
            }
            if may(Permission::ManageBilling) && seen.warnings.iter().any(|it| it.code == "billing_hold") {
                menu =
                    menu.item(Button::link("Let it pass the billing hold", to("release")).icon(Icon::Lock).in_dialog());
            }
            menu = menu.rule().item(Button::link("Cancel the event", to("cancel")).danger().in_dialog());
            buttons.extend(around.action(event).map(|button| button.render()));
            buttons.push(Button::link("Edit", to("edit")).hotkey("e").render());
            buttons.push(Button::link("Submit", to("submit")).primary().in_dialog().render());
        }
        EventStatus::PendingPo | EventStatus::PendingPayment | EventStatus::Paid | EventStatus::Adjusted => {
            menu = menu.rule();
            if may(Permission::AmendEvents) {
                menu = menu.item(Button::link("Amend", to("amend")).icon(Icon::Edit));
                if head.r#type.rules().billable {
                    menu = menu.item(Button::link("Share the commission", to("shares")).icon(Icon::People));
                }
            }
            if may(Permission::ReopenEvents) && head.r#type != EventType::StockingOrder {
                menu = menu.item(Button::link("Reopen", to("reopen")).icon(Icon::Undo).in_dialog());
            }
            if may(Permission::AmendEvents) && head.r#type == EventType::StockingOrder {
                menu = menu.item(Button::link("Reverse the order", to("reverse")).danger().in_dialog());
            }
            if may(Permission::ManageBilling) {
                let done = head.processed_at.is_some();
                let button = Button::submit(if done { "Not processed" } else { "Mark as processed" }).icon(Icon::Check);
                let hidden = [("processed", if done { "false" } else { "true" })];
                menu = menu.raw(press_with(visit, to("processed"), &hidden, button));
            }
            if head.status == EventStatus::PendingPo && may(Permission::AddPurchaseOrders) {
                buttons.push(Button::link("Enter purchase order", to("orders/new")).primary().in_dialog().render());
            }
            if head.status == EventStatus::PendingPayment && may(Permission::ManageBilling) {
                buttons.push(press(visit, to("mark-paid"), Button::submit("Mark as paid").primary()));
            }
        }
        _ => {}
    }
    (buttons, menu)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id(&id)?;
    let (seen, around, asked) = visit
        .read(move |ctx, tx| {
            let seen = see(ctx, tx, id)?;
            let around = around::read(ctx, tx, &seen.event)?;
            let asked = super::requests::of_event(ctx, tx, id)?;
            let quote = super::quote::of_event(ctx, tx, id)?;
            let papers = super::event_papers::of_event(ctx, tx, id, seen.event.sales_order_id)?;
            Ok((seen, around, (asked, quote, papers)))
        })
        .await?;
    if visit.hx.for_drawer() {
        return Ok(visit.part(drawer(&visit, &seen, &around)));
    }
    Ok(page(&visit, &seen, &around, &asked))
}

fn drawer(visit: &Visit, seen: &Seen, around: &Around) -> Markup {
    let head = &seen.event.head;
    let missing = missing(visit, seen);
    let body = html! {
        (headline(&visit.ctx, seen, around)) p class="sub" { (under(&visit.ctx, seen)) }
        (around.ready(visit))
        @if !missing.is_empty() { h3 { "What is missing" } (todos(&missing)) }
        (the_facts(&visit.ctx, seen))
        div class="row" { (Button::link("Open", format!("/events/{}", head.id)).primary()) @if seen.may_edit { (Button::link("Scan units", format!("/scan?mode=use&id={}", head.id)).icon(Icon::Scan)) } }
    };
    drawer_body(events::title(head).to_owned(), &format!("/events/{}", head.id), body)
}

/// Requests, the quote and papers, which have pages of their own.
type Beside = (super::requests::OfEvent, contract::quotes::Quote, super::event_papers::Papers);

fn page(visit: &Visit, seen: &Seen, around: &Around, (asked, quote, papers): &Beside) -> Response {
    let (ctx, event, head) = (&visit.ctx, &seen.event, &seen.event.head);
    let (buttons, menu) = actions(visit, seen, around);
    let mut header = Header::new(events::title(head).to_owned())
        .crumb("Events", "/events")
        .crumb(head.r#type.label(), format!("/events?view=all&type={}", head.r#type))
        .status(headline(ctx, seen, around))
        .under(under(ctx, seen));
    if head.prices_edited {
        header = header.badge(badge(Some(Tone::Amber), "Prices edited"));
    }
    if head.processed_at.is_some() {
        header = header.badge(badge(Some(Tone::Green), "Processed"));
    }
    if head.revision > 1 {
        header = header.badge(badge(None, format!("Revision {}", head.revision)));
    }
    header = header.action(menu);
    for button in buttons {
        header = header.action(button);
    }
    let missing = missing(visit, seen);
    let title = match head.status {
        EventStatus::Open => "Before it is submitted",
        EventStatus::Adjusted => "What follows from it",
        _ => "What is missing to get paid",
    };
    let work = html! {
        @if let Some(steps) = the_steps(event) { section class="sec" { (steps) } }
        @if let Some(hint) = hint(visit, event) { (hint) }
        (around.hands(visit))
        (around.ready(visit))
        @if !missing.is_empty() { (section_block(title, &[], todos(&missing))) }
        (event_lines::many::section(visit, seen))
        (around.needs(visit, event, seen.may_edit))
        (super::quote::section(ctx, event, quote, seen.may_edit))
        (asked.section(ctx, head.id))
        (event_money::section(visit, seen))
        (super::event_papers::section(visit, seen, papers))
        (super::event_files::section(visit, seen))
        (super::event_comments::section(visit, event, &seen.comments))
        (section_block("What happened", &[], story(ctx, &seen.story)))
    };
    let aside = html! { section class="sec" { (the_facts(ctx, seen)) } };
    // Whoever opened the case finds it and its scanner again where there is no signal.
    let keep = (head.status == EventStatus::Open && seen.may_edit)
        .then(|| format!("/events/{0} /scan?mode=use&id={0}", head.id));
    let body =
        html! { (header) (split(work, aside)) @if let Some(keep) = keep { div hidden data-keep-pages=(keep) {} } };
    let page = Page::new(events::title(head).to_owned(), Room::Events, &visit.viewer, body);
    visit.render(Page { scripts: &["papers.js"], styles: &["papers.css"], ..page })
}

/// Facility stock is better sold by the distributor who shares: one click changes who sells.
fn hint(visit: &Visit, event: &Event) -> Option<Markup> {
    let it = event.suggestion.as_ref()?;
    let id = event.head.id;
    let who = it.representative_id.to_string();
    let version = event.head.version.to_string();
    let hidden = [("representative_id", who.as_str()), ("version", version.as_str())];
    let text = html! {
        b { "Better sold by somebody else" } (it.sentence)
        div class="pad-top" { (press_with(visit, format!("/events/{id}/seller"), &hidden, Button::submit("Change the seller").small())) }
    };
    Some(banner(Banner::Warning, text, None))
}

async fn seller(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let representative_id = sent.id("representative_id")?;
    let change = contract::events::PatchEvent { representative_id, ..contract::events::PatchEvent::default() };
    let done = visit.save(&sent, move |ctx, tx| app::events::plan::patch(ctx, tx, id, change.clone())).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done("The seller was changed"))
}

// ---- submitting -----------------------------------------------------------------------------------------------------

fn ask_to_submit(visit: &Visit, seen: &Seen, errors: &[FieldError]) -> Response {
    let (event, head) = (&seen.event, &seen.event.head);
    let units = words::count(event.lines.len() as i64, "unit", "units");
    let what = match head.r#type {
        EventType::StockingOrder => {
            "They are sold to the facility. A stocking order cannot be reopened: it is amended, or reversed."
        }
        _ if head.r#type.rules().billable && head.total_minor == Some(0) => {
            "Nothing is billed, so it counts as paid at once."
        }
        _ if head.r#type.rules().billable => "A sales order is issued, and the purchase order is awaited.",
        _ => "The units are taken as used. Nothing is billed.",
    };
    let left = event.lines.iter().filter(|line| line.warning.is_some()).count();
    let again = visit.may(Permission::RequestInventory) && head.r#type.rules().consumes() && !event.lines.is_empty();
    let keep = Field::switch("keep_as_facility_stock", "Keep them in sight as facility stock")
        .help("Sold, and still tracked on the facility's shelf, to be used there later without a second sale.")
        .on(true);
    Ask {
        title: format!("Submit {}?", events::title(head)).into(),
        text: html! {
            p { (units) @if let Some(total) = total(&visit.ctx, event) { ", " strong { (total) } } ". " (what) }
            @if left > 0 { p class="ink-amber" { (words::count(left as i64, "line needs", "lines need")) " a look first." } }
        },
        room: Room::Events,
        action: format!("/events/{}/submit", head.id),
        fields: html! { (version_field(head.version)) @if head.r#type == EventType::StockingOrder { (keep) input type="hidden" name="asked" value="true"; } @if again { (Field::check("replenish", "Then ask for the same again").help("Opens a request for what this used.")) } },
        verb: "Submit".into(),
        danger: false,
        back: format!("/events/{}", head.id),
        errors,
    }
    .show(visit)
}

async fn submit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(ask_to_submit(&visit, &seen, &[]))
}

async fn submit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let keep = sent.on("asked").then(|| sent.on("keep_as_facility_stock"));
    let wish = SubmitEvent { keep_as_facility_stock: keep };
    let done = visit.save(&sent, move |ctx, tx| app::events::settle::submit(ctx, tx, id, &wish)).await;
    match done {
        Ok(event) => {
            let said = match event["status"].as_str() {
                Some("pending_po") => "Submitted. The purchase order is awaited.",
                Some("paid") => "Submitted. There is nothing to bill.",
                _ => "Submitted",
            };
            let to = match sent.on("replenish") {
                true => format!("/requests/new?kind=replenishment&event_id={id}"),
                false => format!("/events/{id}"),
            };
            Ok(visit.go(&to, Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(ask_to_submit(&visit, &seen, &errors))
        }
    }
}

// ---- what needs a reason --------------------------------------------------------------------------------------------

/// Something done to an event with a reason.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Cancel,
    Reopen,
    Reverse,
    Release,
}

impl Deed {
    const fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Cancel => (
                "Cancel this event?",
                "Its units and sets are free again. Its history stays.",
                "Cancel the event",
                "Cancelled",
            ),
            Self::Reopen => (
                "Reopen this event?",
                "Its units come back to its lines, its sales order is withdrawn, and it can be changed and submitted again.",
                "Reopen it",
                "Open again",
            ),
            Self::Reverse => (
                "Reverse this stocking order?",
                "The sale is taken back: its units are with their custodian again, as they were before. Only possible while none of them was used.",
                "Reverse the order",
                "The order is reversed",
            ),
            Self::Release => (
                "Let this order pass?",
                "The customer is on billing hold. This one order may be submitted in spite of it.",
                "Let it pass",
                "It may be submitted",
            ),
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Reopen => "reopen",
            Self::Reverse => "reverse",
            Self::Release => "release",
        }
    }
}

async fn ask(visit: &Visit, id: &str, deed: Deed, sent: &Sent, errors: &[FieldError]) -> Out {
    let id: EventId = visit.id(id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    let (title, text, verb, _) = deed.words();
    let required = matches!(deed, Deed::Reverse | Deed::Release);
    Ok(Ask {
        title: title.into(),
        text: html! { p { strong { (event.head.name) } ". " (text) } },
        room: Room::Events,
        action: format!("/events/{id}/{}", deed.path()),
        fields: acts::reason(sent, errors, required).render(),
        verb: verb.into(),
        danger: matches!(deed, Deed::Cancel | Deed::Reverse),
        back: format!("/events/{id}"),
        errors,
    }
    .show(visit))
}

async fn carry_out(visit: &Visit, text: &str, deed: Deed, sent: &Sent) -> Out {
    let id: EventId = visit.id(text)?;
    let reason = sent.text("reason").to_owned();
    let done = visit
        .save(sent, move |ctx, tx| match deed {
            Deed::Cancel => app::events::plan::cancel(ctx, tx, id, &reason),
            Deed::Reopen => app::events::settle::reopen(ctx, tx, id, &reason),
            Deed::Reverse => app::events::settle::reverse(ctx, tx, id, &reason),
            Deed::Release => app::events::plan::release_hold(ctx, tx, id, &reason),
        })
        .await;
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done(deed.words().3))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            ask(visit, text, deed, sent, &errors).await
        }
    }
}

async fn cancel_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    ask(&visit, &id, Deed::Cancel, &sent, &[]).await
}
async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    carry_out(&visit, &id, Deed::Cancel, &sent).await
}
async fn reopen_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    ask(&visit, &id, Deed::Reopen, &sent, &[]).await
}
async fn reopen(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    carry_out(&visit, &id, Deed::Reopen, &sent).await
}
async fn reverse_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    ask(&visit, &id, Deed::Reverse, &sent, &[]).await
}
async fn reverse(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    carry_out(&visit, &id, Deed::Reverse, &sent).await
}
async fn release_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    ask(&visit, &id, Deed::Release, &sent, &[]).await
}
async fn release(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    carry_out(&visit, &id, Deed::Release, &sent).await
}

// ---- copying --------------------------------------------------------------------------------------------------------

fn ask_to_copy(visit: &Visit, event: &Event, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "Copy this event".into(),
        text: html! { p { "People, places, manufacturers and product lines are taken over. What was used is not." } },
        room: Room::Events,
        action: format!("/events/{}/copy", event.head.id),
        fields: Field::datetime("starts_at", "Starts")
            .value(sent.text("starts_at").to_owned())
            .optional()
            .errors(errors)
            .help("In the time of the location. A week later, unless you say otherwise.")
            .render(),
        verb: "Copy it".into(),
        danger: false,
        back: format!("/events/{}", event.head.id),
        errors,
    }
    .show(visit)
}

async fn copy_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    Ok(ask_to_copy(&visit, &event, &sent, &[]))
}

async fn copy(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    let zone = event.head.time_zone.clone();
    let starts = sent.maybe("starts_at").map(|text| events::moment("starts_at", text, &zone)).transpose();
    let done = match starts {
        Ok(starts_at) => {
            visit.save(&sent, move |ctx, tx| app::events::plan::copy(ctx, tx, id, CopyEvent { starts_at })).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let new = made["id"].as_str().unwrap_or_default();
            Ok(visit.go(&format!("/events/{new}"), Flash::done("Copied: this is the new one")))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["starts_at"]);
            Ok(ask_to_copy(&visit, &event, &sent, &errors))
        }
    }
}

/// An event that may be changed now.
pub async fn editable(visit: &Visit, id: EventId) -> Result<Seen, Fail> {
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if seen.may_edit {
        return Ok(seen);
    }
    Err(app::Error::conflict("event_not_open", "This event cannot be changed by you now. Look at it as it is.").into())
}
