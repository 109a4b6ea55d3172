//! Asking for stock: what, how many, for whom, by when, for which case; filled in from what a case used or lacks, and from
//! what is below par.

use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::common::id_of;
use crate::pages::{acts, words};
use crate::ui::{Banner, Button, Choice, Field, FieldError, Flash, Form, Header, Icon, Room, banner};
use app::names::Wanted;
use app::{Ctx, Error, Tx};
use axum::response::Response;
use contract::ListParams;
use contract::events::EventSummary;
use contract::requests::{AskLine, CreateRequest, RequestProposal};
use domain::id::{BomId, CatalogItemId, EventId};
use domain::people::{Permission, Role};
use domain::request::RequestKind;
use maud::{Markup, html};

/// Lines of a form: those there are, and some more.
const MORE: usize = 4;
const MOST: usize = 60;
/// Events, bills of materials and manufacturers to choose from.
const CHOICES: u32 = 100;

/// A line as the form holds it: id, name, quantity, why it is proposed.
#[derive(Clone, Default)]
struct Row {
    item: String,
    name: String,
    quantity: String,
    why: String,
}

/// What the form is made from.
struct Known {
    kind: RequestKind,
    /// What is proposed, where something is.
    rows: Vec<Row>,
    events: Vec<(EventId, String)>,
    boms: Vec<(BomId, String)>,
    /// Makers of what is below par: id, name, how many items.
    makers: Vec<(String, String, usize)>,
    maker: String,
    to_name: String,
    /// Below par was looked at.
    par: bool,
}

fn title(description: &str, number: &str) -> String {
    if description.is_empty() { number.to_owned() } else { description.to_owned() }
}

fn proposed(it: &RequestProposal) -> Row {
    Row {
        item: it.catalog_item_id.to_string(),
        name: title(&it.description, &it.catalog_number),
        quantity: it.quantity.to_string(),
        why: it.why.clone(),
    }
}

/// What the address asks for: `kind`, `event_id`, `below_par`, `manufacturer_id`, and lines as `line=cat_…:3`.
struct Asked {
    kind: Option<RequestKind>,
    event: Option<EventId>,
    below_par: bool,
    maker: Option<String>,
    lines: Vec<(CatalogItemId, i64)>,
    to: Option<contract::CustodianRef>,
}

fn asked(visit: &Visit, sent: &Sent) -> Asked {
    let text = |name: &str| sent.maybe(name).or_else(|| visit.link.get(name)).unwrap_or_default().to_owned();
    let line = |text: &str| {
        let (item, quantity) = text.split_once(':')?;
        Some((item.parse().ok()?, quantity.parse().ok()?))
    };
    Asked {
        kind: RequestKind::parse(&text("kind")),
        event: text("event_id").parse().ok(),
        below_par: text("below_par") == "true",
        maker: Some(text("manufacturer_id")).filter(|text| !text.is_empty()),
        lines: visit.link.get_all("line").filter_map(line).take(MOST).collect(),
        to: Some(text("to")).and_then(|text| acts::read_custodian(visit, &text)),
    }
}

fn know(ctx: &Ctx, tx: &mut Tx, asked: &Asked) -> app::Result<Known> {
    let kind = asked.kind.unwrap_or(if asked.below_par { RequestKind::Supplier } else { RequestKind::Inventory });
    let mut params = ListParams::default();
    let mut rows = Vec::new();
    let mut makers: Vec<(String, String, usize)> = Vec::new();
    let mut maker = asked.maker.clone().unwrap_or_default();
    if asked.below_par && ctx.may(Permission::FulfillRequests) {
        params.filters.insert("below_par".into(), "true".into());
        let all = app::requests::propose::proposals(ctx, tx, &params)?.items;
        let ids: Vec<_> = all.iter().map(|it| it.manufacturer_id).collect();
        let names = app::glance::manufacturers(ctx, tx, &ids)?;
        for it in &all {
            let id = it.manufacturer_id.to_string();
            match makers.iter_mut().find(|(known, ..)| *known == id) {
                Some((.., n)) => *n += 1,
                None => makers.push((id, names.get(&it.manufacturer_id).cloned().unwrap_or_default(), 1)),
            }
        }
        if maker.is_empty() {
            maker = makers.first().map(|(id, ..)| id.clone()).unwrap_or_default();
        }
        rows = all.iter().filter(|it| it.manufacturer_id.to_string() == maker).take(MOST).map(proposed).collect();
    } else if let (RequestKind::Replenishment, Some(event)) = (kind, asked.event) {
        params.filters.insert("event_id".into(), event.to_string());
        rows = app::requests::propose::proposals(ctx, tx, &params)?.items.iter().take(MOST).map(proposed).collect();
    }
    if !asked.lines.is_empty() {
        let mut wanted = Wanted::new();
        asked.lines.iter().for_each(|(item, _)| {
            wanted.item(*item);
        });
        let names = app::names::look_up(ctx, tx, &wanted)?;
        rows = asked
            .lines
            .iter()
            .map(|(item, quantity)| Row {
                item: item.to_string(),
                name: names.item_title(*item).to_owned(),
                quantity: quantity.to_string(),
                why: String::new(),
            })
            .collect();
    }
    Ok(Known {
        kind,
        rows,
        events: events(ctx, tx, asked.event)?,
        boms: boms(ctx, tx)?,
        makers,
        maker,
        to_name: to_name(ctx, tx, asked.to)?,
        par: asked.below_par,
    })
}

fn to_name(ctx: &Ctx, tx: &mut Tx, to: Option<contract::CustodianRef>) -> app::Result<String> {
    let Some(to) = to else { return Ok(String::new()) };
    let mut wanted = Wanted::new();
    wanted.custodian(to.id);
    Ok(app::names::look_up(ctx, tx, &wanted)?.custodian(to.id).to_owned())
}

/// The next events, and the one that was asked for.
fn events(ctx: &Ctx, tx: &mut Tx, asked: Option<EventId>) -> app::Result<Vec<(EventId, String)>> {
    let mut params = ListParams { limit: Some(CHOICES), sort: Some("starts_at".into()), ..ListParams::default() };
    params.filters.insert("status".into(), "open".into());
    params.filters.insert("from".into(), ctx.today().plus(-1).to_string());
    let said =
        |it: &EventSummary| (it.id, format!("{}, {}", crate::pages::events::title(it), words::day_short(it.event_on)));
    let mut all: Vec<(EventId, String)> = app::events::list(ctx, tx, &params)?.items.iter().map(said).collect();
    if let Some(id) = asked.filter(|id| all.iter().all(|(known, _)| known != id)) {
        let event = app::events::get(ctx, tx, id)?.head;
        all.insert(0, said(&event));
    }
    Ok(all)
}

fn boms(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<(BomId, String)>> {
    let params = ListParams { limit: Some(CHOICES), ..ListParams::default() };
    let page = app::boms::list(ctx, tx, &params)?;
    Ok(page.items.into_iter().filter(|bom| !bom.lines.is_empty()).map(|bom| (bom.id, bom.name)).collect())
}

pub(super) async fn page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::RequestInventory)?;
    form(&visit, &sent, &[]).await
}

fn for_others(ctx: &Ctx) -> bool {
    !matches!(ctx.actor.role, Role::Sales | Role::FacilityManager)
}

/// The lines that were sent, or those that are proposed.
fn rows(sent: &Sent, known: &Known) -> Vec<Row> {
    if !sent.has("asked") {
        return known.rows.clone();
    }
    let part = |name: &str, at: usize| sent.text(&format!("{name}-{at}")).to_owned();
    let all = (0..MOST).map(|at| Row {
        item: part("item", at),
        name: sent.text(&format!("item-{at}_text")).to_owned(),
        quantity: part("quantity", at),
        why: String::new(),
    });
    all.filter(|row| !row.item.is_empty() || !row.name.is_empty()).collect()
}

async fn form(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> Out {
    let wish = asked(visit, sent);
    let event = wish.event.map(|id| id.to_string()).unwrap_or_default();
    let to = wish.to.map(|to| acts::custodian_id(to.id)).unwrap_or_default();
    let known = visit.read(move |ctx, tx| know(ctx, tx, &wish)).await?;
    Ok(render(visit, sent, &known, (&event, &to), errors))
}

fn render(visit: &Visit, sent: &Sent, known: &Known, (event, to): (&str, &str), errors: &[FieldError]) -> Response {
    let rows = rows(sent, known);
    let supplier = known.kind == RequestKind::Supplier;
    let locked = known.kind == RequestKind::Replenishment && !visit.may(Permission::ModifyReplenishment);
    let head = match known.kind {
        RequestKind::Inventory => "Request stock",
        RequestKind::Replenishment => "Replenish what was used",
        RequestKind::Supplier => "Order from a manufacturer",
    };
    let whom = sent.maybe("to_text").map_or_else(|| known.to_name.clone(), str::to_owned);
    let choices = |all: &[(EventId, String)]| -> Vec<Choice> {
        all.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone())).collect()
    };
    let fields = html! {
        input type="hidden" name="asked" value="true";
        input type="hidden" name="kind" value=(known.kind.as_str());
        @if known.par { (par(visit, known)) }
        @if known.kind != RequestKind::Inventory && !event.is_empty() {
            input type="hidden" name="event_id" value=(event);
        }
        @if for_others(&visit.ctx) && known.kind == RequestKind::Inventory {
            (Field::combo("to", "For", "/suggest/holders", whom).value(to.to_owned()).errors(errors).required()
                .help("Who receives it. The office sends it as a transfer, which they accept."))
        }
        @if known.kind == RequestKind::Inventory && !known.events.is_empty() {
            (Field::select("event_id", "For which case", choices(&known.events)).value(event.to_owned()).optional().errors(errors)
                .help("What is sent must still be good on that day."))
        }
        (item_fields(&rows, locked, errors))
        @if !known.boms.is_empty() && known.kind == RequestKind::Inventory { (bom_fields(sent, known, errors)) }
        div class="pair" {
            (Field::date("needed_on", if supplier { "Wanted by" } else { "Needed by" }).value(sent.text("needed_on").to_owned()).optional().errors(errors))
            (Field::text("note", "Note").value(sent.text("note").to_owned()).optional().errors(errors).limit(500)
                .placeholder(if supplier { "Quote 4711" } else { "Second tray for the revision" }))
        }
    };
    let form = Form::post("/requests", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit(if supplier { "Order" } else { "Send request" }).primary())
        .button(Button::link("Cancel", "/requests").quiet());
    let under = match known.kind {
        RequestKind::Inventory => {
            "Say what is missing. The office sends it, in part or whole, and you see how far it is."
        }
        RequestKind::Replenishment => "This is what the case took out of stock and nobody asked for again.",
        RequestKind::Supplier => {
            "It stays here until everything has arrived. What arrives is received into the organisation's stock."
        }
    };
    let header = Header::new(head).crumb("Transfers", "/transfers").crumb("Requests", "/requests").under(under);
    acts::form_page(visit, Room::Transfers, header, head.into(), &form, !errors.is_empty())
}

/// Of whom what is below par is ordered.
fn par(visit: &Visit, known: &Known) -> Markup {
    if known.makers.is_empty() {
        let text = html! { b { "Nothing is below par" } "Every item with a par level is there or on its way. Items get one in the catalog." };
        return banner(Banner::Success, text, Some(Button::link("Catalog", "/catalog").small()));
    }
    let link = |id: &str| visit.link.with("manufacturer_id", id).to_string();
    html! {
        input type="hidden" name="manufacturer_id" value=(known.maker);
        input type="hidden" name="below_par" value="true";
        @if known.makers.len() > 1 {
            div class="field" {
                span class="label" { "Of whom" }
                div class="row" {
                    @for (id, name, n) in &known.makers {
                        @let label = format!("{name} ({n})");
                        @if *id == known.maker { (Button::link(label, link(id)).small().primary()) } @else { (Button::link(label, link(id)).small()) }
                    }
                }
            }
        }
    }
}

fn item_fields(rows: &[Row], locked: bool, errors: &[FieldError]) -> Markup {
    let more = if locked { 0 } else { MORE };
    let count = (rows.len() + more).min(MOST);
    html! {
        fieldset class="form-sec" {
            legend class="label" { "What" }
            @for at in 0..count {
                @let row = rows.get(at).cloned().unwrap_or_default();
                div class="ask-row" {
                    @if locked {
                        input type="hidden" name={ "item-" (at) } value=(row.item);
                        input type="hidden" name={ "quantity-" (at) } value=(row.quantity);
                        div { (row.name) span class="help" { (row.why) } } div class="num" { (row.quantity) }
                    } @else {
                        @let item = Field::combo(format!("item-{at}"), format!("Item {}", at + 1), "/suggest/items", row.name).value(row.item).errors(errors);
                        @let item = if row.why.is_empty() { item } else { item.help(row.why) };
                        (item)
                        (Field::number(format!("quantity-{at}"), "How many").value(row.quantity).errors(errors))
                    }
                }
            }
            @if locked { p class="help" { "Your account sends this as it is. Ask for anything else by a request of its own." } }
            @else { p class="help" { "By description, number or device identifier. Containers are items too. Empty a line to take it away." } }
        }
    }
}

fn bom_fields(sent: &Sent, known: &Known, errors: &[FieldError]) -> Markup {
    let boms = known.boms.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone())).collect();
    html! {
        div class="ask-row" {
            (Field::select("bom_id", "Or all that a bill of materials requires", boms).value(sent.text("bom_id").to_owned()).optional().errors(errors))
            (Field::number("sets", "How many sets").value(sent.text("sets").to_owned()).errors(errors))
        }
    }
}

/// Reads the lines: (place in the form, line). A bill of materials stands at no place.
fn read(sent: &Sent) -> app::Result<Vec<(Option<usize>, AskLine)>> {
    let mut all = Vec::new();
    for at in 0..MOST {
        let (item, quantity) = (format!("item-{at}"), format!("quantity-{at}"));
        let Some(catalog_item_id) = acts::picked(sent, &item)? else { continue };
        let line =
            AskLine { catalog_item_id: Some(catalog_item_id), quantity: many(sent, &quantity)?, ..AskLine::default() };
        all.push((Some(at), line));
    }
    if let Some(bom_id) = sent.id::<domain::id::Bom>("bom_id")? {
        all.push((None, AskLine { bom_id: Some(bom_id), quantity: many(sent, "sets")?, ..AskLine::default() }));
    }
    Ok(all)
}

fn many(sent: &Sent, field: &str) -> app::Result<i64> {
    let wrong = || Error::field(field.to_owned(), "invalid_quantity", "Give a quantity from 1 to 10,000.");
    sent.maybe(field).map_or(Ok(1), |text| text.parse::<i64>().map_err(|_| wrong()))
}

/// `lines[1].quantity` is the field `quantity-4` of the form.
fn placed(errors: Vec<FieldError>, places: &[Option<usize>]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("lines[")?.split_once("].")?;
        let at = places.get(at.parse::<usize>().ok()?)?;
        Some(match (at, name) {
            (Some(at), "quantity") => format!("quantity-{at}"),
            (Some(at), _) => format!("item-{at}"),
            (None, "quantity") => "sets".to_owned(),
            (None, _) => "bom_id".to_owned(),
        })
    };
    let own = |field: &str| {
        matches!(field, "to" | "event_id" | "needed_on" | "note" | "bom_id" | "sets")
            || field.starts_with("item-")
            || field.starts_with("quantity-")
    };
    errors
        .into_iter()
        .map(|error| match place(&error.field) {
            Some(field) => FieldError::new(field, error.message),
            None if own(&error.field) => error,
            None => FieldError::new("", error.message),
        })
        .collect()
}

fn body(visit: &Visit, sent: &Sent) -> app::Result<(CreateRequest, Vec<Option<usize>>)> {
    let lines = read(sent)?;
    let places = lines.iter().map(|(at, _)| *at).collect();
    let kind = RequestKind::parse(sent.text("kind"));
    let to = match kind {
        Some(RequestKind::Inventory) | None if for_others(&visit.ctx) => acts::custodian(visit, sent, "to")?,
        _ => None,
    };
    let body = CreateRequest {
        kind,
        to,
        event_id: sent.id("event_id")?,
        manufacturer_id: if kind == Some(RequestKind::Supplier) { sent.id("manufacturer_id")? } else { None },
        needed_on: acts::day(sent, "needed_on")?,
        note: sent.text("note").to_owned(),
        lines: lines.into_iter().map(|(_, line)| line).collect(),
    };
    Ok((body, places))
}

pub(super) async fn save(visit: Visit, sent: Sent) -> Out {
    let (body, places) = match body(&visit, &sent) {
        Ok(read) => read,
        Err(error) => return again(&visit, &sent, error, &[]).await,
    };
    match visit.save(&sent, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await {
        Ok(made) => {
            let number = made["number"].as_str().unwrap_or_default().to_owned();
            let id = id_of(&made);
            let flash = Flash::done(format!("{number} was sent")).undo(format!("/requests/{id}/cancel"));
            Ok(visit.go(&format!("/requests/{id}"), flash))
        }
        Err(error) => again(&visit, &sent, error, &places).await,
    }
}

async fn again(visit: &Visit, sent: &Sent, error: Error, places: &[Option<usize>]) -> Result<Response, Fail> {
    let errors = placed(visit.complaints(error)?, places);
    form(visit, sent, &errors).await
}

/// The address of the form with lines filled in.
pub(crate) fn address(event: EventId, kind: RequestKind, lines: &[(CatalogItemId, i64)]) -> String {
    let lines: String = lines.iter().take(MOST).map(|(item, n)| format!("&line={item}:{n}")).collect();
    format!("/requests/new?kind={kind}&event_id={event}{lines}")
}

/// The button that asks for what is missing.
pub(crate) fn missing(event: &EventSummary, lines: &[(CatalogItemId, i64)]) -> Option<Button> {
    if lines.is_empty() {
        return None;
    }
    let to = format!("{}&to={}", address(event.id, RequestKind::Inventory, lines), event.representative_id);
    Some(Button::link("Request what is missing", to).small().icon(Icon::Truck))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_about_lines_stand_at_their_fields() {
        let complain = |field: &str| placed(vec![FieldError::new(field.to_owned(), "no")], &[Some(0), Some(3), None]);
        assert_eq!(complain("lines[1].quantity")[0].field, "quantity-3");
        assert_eq!(complain("lines[0].catalog_item_id")[0].field, "item-0");
        assert_eq!(complain("lines[2].bom_id")[0].field, "bom_id");
        assert_eq!(complain("needed_on")[0].field, "needed_on");
        assert_eq!(complain("lines")[0].field, "");
    }
}
