//! The quote of an event: what it is expected to need and to cost, whether the customer said yes, what of it is marked.

use super::acts::{self, Ask};
use super::common::{press, version_field};
use super::cover::needs::{card_field, cards};
use super::event_money::paper;
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Menu, Room, Row,
    Status, Table, Tone, badge, banner, facts, lines, section_block, split,
};
use app::events::quote as quotes;
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::directory::PreferenceCard;
use contract::events::EventSummary;
use contract::quotes::{DecideQuote, FillQuote, MakeQuote, Quote, QuoteItem, QuoteLine, ShareQuote};
use domain::event::EventStatus;
use domain::id::EventId;
use domain::people::Permission;
use domain::pricing::PriceSource;
use domain::quote::QuoteState;
use maud::{Markup, html};

/// Lines of a form: those there are, and some more.
const MORE: usize = 4;
const MOST: usize = 60;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/quote", get(show).merge(post(save)))
        .route("/events/{id}/quote/edit", get(edit))
        .route("/events/{id}/quote/pdf", get(pdf))
        .route("/events/{id}/quote/decide", get(decide_page).merge(post(decide)))
        .route("/events/{id}/quote/link", post(share))
        .route("/events/{id}/quote/link/end", post(unshare))
        .route("/events/{id}/quote/fill", post(fill))
}

/// Where a quote stands, as everywhere.
pub fn status(quote: &Quote) -> Status {
    match (quote.state, quote.link_expires_at) {
        (QuoteState::Approved, _) => Status::new(Tone::Green, "Approved"),
        (QuoteState::Declined, _) => Status::new(Tone::Red, "Declined"),
        (QuoteState::Draft, Some(_)) => Status::new(Tone::Blue, "With the customer"),
        (QuoteState::Draft, None) => Status::new(Tone::Grey, "Not answered"),
    }
}

fn title(line: &QuoteLine) -> &str {
    if line.description.is_empty() { &line.catalog_number } else { &line.description }
}

struct Seen {
    event: EventSummary,
    quote: Quote,
    may_edit: bool,
    cards: Vec<PreferenceCard>,
    card: String,
}

fn see(ctx: &Ctx, tx: &mut Tx, id: EventId) -> app::Result<Seen> {
    let event = app::events::get(ctx, tx, id)?.head;
    let quote = quotes::get(ctx, tx, id)?;
    let may_edit = app::events::lines::may_edit(ctx, tx, id)? && event.r#type.rules().billable;
    let cards = cards(ctx, tx, event.physician_id)?;
    let card = app::coverage::needs::get(ctx, tx, id)?.preference_card_id.map(|id| id.to_string()).unwrap_or_default();
    Ok(Seen { event, quote, may_edit, cards, card })
}

fn under(ctx: &Ctx, quote: &Quote) -> Markup {
    html! {
        (words::count(quote.lines.len() as i64, "item", "items"))
        @if let Some(total) = quote.total_minor { " · " strong { (words::money(ctx, total)) } }
        @if let Some(day) = quote.valid_until {
            " · holds until " @if day < ctx.today() { span class="ink-red" { (words::day_short(day)) } } @else { (words::day_short(day)) }
        }
        @if let Some(percent) = quote.probability_percent {
            " · forecast, " (percent) " %"
            @if let Some(weighted) = quote.weighted_minor { ": " (words::money(ctx, weighted)) }
        }
    }
}

fn filled(line: &QuoteLine) -> Status {
    match (line.filled, line.open) {
        (_, 0) => Status::new(Tone::Green, "On the case"),
        (0, n) => Status::new(Tone::Amber, format!("{n} open")),
        (done, n) => Status::new(Tone::Amber, format!("{done} on the case, {n} open")),
    }
}

fn table(ctx: &Ctx, quote: &Quote) -> Table {
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("quantity", "Quantity").number().width(90).phone_hidden(),
        Column::new("price", format!("Price, {}", ctx.organization.currency)).number().width(120).phone_hidden(),
        Column::new("why", "Why this price").width(250).phone_sub(),
        Column::new("amount", "Amount").number().width(120).phone_side(),
        Column::new("filled", "Marked").width(170).phone_side_sub(),
    ];
    let money = |minor: Option<i64>| minor.map_or_else(Cell::none, |minor| Cell::text(words::amount(ctx, minor)));
    let rows = quote.lines.iter().map(|line| {
        let price = match line.price_source {
            PriceSource::Manual => money(line.unit_price_minor).tone(Tone::Amber),
            PriceSource::None => Cell::text("none").tone(Tone::Red),
            _ => money(line.unit_price_minor),
        };
        let cells = vec![
            Cell::two(title(line), line.catalog_number.as_str()),
            Cell::text(words::number(line.quantity)),
            price,
            Cell::of(html! {
                span class="phone-only" { (line.quantity) " \u{d7} " @if let Some(minor) = line.unit_price_minor { (words::amount(ctx, minor)) } ". " }
                (line.why)
            })
            .hover(line.why.clone()),
            money(line.amount_minor),
            Cell::status(filled(line)),
        ];
        Row::new(line.catalog_item_id.to_string(), cells).href(format!("/catalog-items/{}", line.catalog_item_id))
    });
    let mut table = Table::new("quote", "What is quoted", columns).rows(rows.collect()).inside();
    if let Some(total) = quote.total_minor {
        let blank = || Cell::text("");
        let sum = Cell::of(html! { strong { (words::amount(ctx, total)) } });
        table = table.foot(vec![Cell::of(html! { strong { "Total" } }), blank(), blank(), blank(), sum, blank()]);
    }
    table
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let (event, quote) = (&seen.event, &seen.quote);
    let mut list = vec![
        Fact::new("Event", html! { a class="link" href={ "/events/" (event.id) } { (super::events::title(event)) } }),
        Fact::new("When", words::day(event.event_on)),
    ];
    if let Some(name) = &event.location_name {
        list.push(Fact::new("Where", name.as_str()));
    }
    if let Some(name) = &event.physician_name {
        list.push(Fact::new("Physician", name.as_str()));
    }
    if quote.revision > 1 {
        list.push(Fact::new("Edition", quote.revision.to_string()));
    }
    if let Some(id) = quote.preference_card_id {
        let name = seen.cards.iter().find(|card| card.id == id).map_or("A card", |card| card.name.as_str());
        list.push(Fact::new("From the card", name));
    }
    if let Some(at) = quote.decided_at {
        let how = if quote.decided_by.is_some() { "entered by hand" } else { "over the link" };
        list.push(Fact::new(
            quote.state.label(),
            html! { (quote.decided_name) br; span class="sub" { (words::when(ctx, at)) ", " (how) } },
        ));
    }
    if !quote.decided_note.is_empty() {
        list.push(Fact::new("They said", quote.decided_note.as_str()));
    }
    if let Some(at) = quote.link_expires_at {
        list.push(Fact::new("Link works until", words::exact(ctx, at)));
    }
    if !quote.note.is_empty() {
        list.push(Fact::new("Note", quote.note.as_str()));
    }
    facts(&list)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(page(&visit, &seen, None))
}

/// The page; after a link was made, with the link, which is shown once.
fn page(visit: &Visit, seen: &Seen, link: Option<&str>) -> Response {
    let (ctx, quote, id) = (&visit.ctx, &seen.quote, seen.event.id);
    let to = |what: &str| format!("/events/{id}/quote/{what}");
    let name = quote.number.clone().unwrap_or_else(|| "Quote".to_owned());
    let mut header = Header::new(name.clone())
        .crumb("Events", "/events")
        .crumb(super::events::title(&seen.event).to_owned(), format!("/events/{id}"));
    if quote.id.is_none() {
        let empty = Empty::new(Icon::File, "Nothing was quoted yet").text(
            "Say what the case will need, by the surgeon's card or line by line. Prices come from what was agreed with this place.",
        );
        let empty =
            if seen.may_edit { empty.action(Button::link("Make the quote", to("edit")).primary()) } else { empty };
        let body = html! { (header) div class="content" { (empty) } };
        return visit.page("Quote", Room::Events, body);
    }
    header = header.status(status(quote)).under(under(ctx, quote));
    if quote.probability_percent.is_some() {
        header = header.badge(badge(Some(Tone::Violet), "Forecast"));
    }
    let prices = visit.may(Permission::ViewContractPrices);
    let answered = quote.state != QuoteState::Draft;
    let mut menu = Menu::more("More actions");
    if prices {
        menu = menu.item(Button::link("Quote as PDF", to("pdf")).icon(Icon::Print).download());
        if seen.may_edit {
            let send = format!("/documents/quote/{}/send", seen.event.id);
            menu = menu.item(Button::link("Send it", send).icon(Icon::Mail).in_dialog());
        }
    }
    if seen.may_edit && !answered {
        menu = menu.item(Button::link("Enter the answer", to("decide")).icon(Icon::Check).in_dialog());
    }
    header = header.action(menu);
    if seen.may_edit {
        header = header.action(Button::link(if answered { "New edition" } else { "Edit" }, to("edit")).hotkey("e"));
        if !answered && prices {
            let label = if quote.link_expires_at.is_some() { "New link" } else { "Link for the customer" };
            header = header.action(press(visit, to("link"), Button::submit(label).icon(Icon::Link)));
        }
        if quote.lines.iter().any(|line| line.open > 0) {
            header = header.action(press(visit, to("fill"), Button::submit("Mark what is there").primary()));
        }
    }
    let missing = quote.lines.iter().filter(|line| line.price_source == PriceSource::None).count();
    let work = html! {
        @if let Some(link) = link { (link_banner(link)) }
        @if missing > 0 {
            (banner(Banner::Warning, html! { b { (words::count(missing as i64, "item has no price", "items have no price")) } "Nothing is agreed with this place, and the catalog has no list price." }, None))
        }
        (section_block("What is quoted", &[], table(ctx, quote)))
        @if quote.link_expires_at.is_some() && link.is_none() && seen.may_edit {
            (section_block("With the customer", &[], html! {
                p class="sub" { "A link was given out. It shows this quote alone, and answers it once." }
                (press(visit, to("link/end"), Button::submit("End the link").small()))
            }))
        }
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (the_facts(ctx, seen)) } })) };
    visit.page(name, Room::Events, body)
}

fn link_banner(link: &str) -> Markup {
    html! {
        div class="banner success" role="status" {
            (Icon::Link)
            div {
                b { "Give this link to the customer" }
                "It is shown once. Whoever has it sees this quote and nothing else, and can approve or decline it once."
                div class="field pad-top" {
                    label class="sr" for="guest-link" { "The link" }
                    input class="input mono" id="guest-link" type="text" readonly value=(link);
                }
            }
        }
    }
}

/// The quote on the event's page; nothing for events that are not billed.
pub fn section(ctx: &Ctx, event: &contract::events::Event, quote: &Quote, may_edit: bool) -> Markup {
    let head = &event.head;
    if !head.r#type.rules().billable || (quote.id.is_none() && (!may_edit || head.status != EventStatus::Open)) {
        return html! {};
    }
    let to = format!("/events/{}/quote", head.id);
    let Some(number) = &quote.number else {
        let make = [Button::link("Make a quote", format!("{to}/edit")).small()];
        return section_block(
            "Quote",
            &make,
            html! {
                p class="sub" { "What it will need and cost, with the prices agreed here; the customer can approve it by a link." }
            },
        );
    };
    let open: i64 = quote.lines.iter().map(|line| line.open).sum();
    let line = Line::new(html! { (number) @if let Some(total) = quote.total_minor { " · " (words::money(ctx, total)) } })
        .below(html! {
            (words::count(quote.lines.len() as i64, "item", "items"))
            @if open > 0 { " · " (words::count(open, "unit still to be marked", "units still to be marked")) } @else { " · all of it is marked" }
            @if let Some(percent) = quote.probability_percent { " · forecast, " (percent) " %" }
        })
        .href(to)
        .side(status(quote));
    section_block("Quote", &[], lines(&[line]))
}

// ---- making it ------------------------------------------------------------------------------------------------------

/// A line as the form holds it: id, name, quantity, price, why it is what it is.
#[derive(Clone, Default)]
struct Draft {
    item: String,
    name: String,
    quantity: String,
    price: String,
    why: String,
}

fn drafts(ctx: &Ctx, seen: &Seen, sent: &Sent) -> Vec<Draft> {
    if !sent.has("version") {
        let line = |line: &QuoteLine| Draft {
            item: line.catalog_item_id.to_string(),
            name: title(line).to_owned(),
            quantity: line.quantity.to_string(),
            price: match (line.price_source, line.unit_price_minor) {
                (PriceSource::Manual, Some(minor)) => words::money_plain(ctx, minor),
                _ => String::new(),
            },
            why: match line.unit_price_minor {
                Some(minor) => format!("{}: {}", words::amount(ctx, minor), line.why),
                None => line.why.clone(),
            },
        };
        return seen.quote.lines.iter().map(line).collect();
    }
    let part = |name: &str, at: usize| sent.text(&format!("{name}-{at}")).to_owned();
    let all = (0..MOST).map(|at| Draft {
        item: part("item", at),
        name: sent.text(&format!("item-{at}_text")).to_owned(),
        quantity: part("quantity", at),
        price: part("price", at),
        why: String::new(),
    });
    all.filter(|draft| !draft.item.is_empty() || !draft.name.is_empty()).collect()
}

fn form(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let (ctx, quote, id) = (&visit.ctx, &seen.quote, seen.event.id);
    let first = !sent.has("version");
    let drafts = drafts(ctx, seen, sent);
    let rows = (drafts.len() + MORE).min(MOST);
    let types = app::events::lines::may_type_price(ctx).is_ok();
    let currency = words::currency(ctx);
    let given = |name: &str, before: String| if first { before } else { sent.text(name).to_owned() };
    // A first quote begins with the card that the event was planned with.
    let card = if first && quote.id.is_none() { seen.card.clone() } else { sent.text("preference_card_id").to_owned() };
    let fields = html! {
        (version_field(seen.event.version))
        @if !seen.cards.is_empty() { (card_field(&seen.cards, &card, errors)) }
        fieldset class="form-sec" {
            legend class="label" { @if seen.cards.is_empty() { "What is quoted" } @else { "Besides the card, or instead of its quantity" } }
            @for at in 0..rows {
                @let draft = drafts.get(at).cloned().unwrap_or_default();
                div class={ "ask-row" @if types { " priced" } } {
                    @let item = Field::combo(format!("item-{at}"), format!("Item {}", at + 1), "/suggest/items", draft.name).value(draft.item).errors(errors);
                    @let item = if draft.why.is_empty() { item } else { item.help(draft.why) };
                    (item)
                    (Field::number(format!("quantity-{at}"), "How many").value(draft.quantity).errors(errors))
                    @if types { (Field::money(format!("price-{at}"), "Other price", currency.code(), currency.exponent()).value(draft.price).errors(errors)) }
                }
            }
            p class="help" { "Prices are those agreed with this place, else the list price." @if types { " Another price stands instead." } " Empty a line to take it away." }
        }
        div class="pair" {
            (Field::date("valid_until", "Prices hold until").value(given("valid_until", quote.valid_until.map(|day| day.to_string()).unwrap_or_default())).optional().errors(errors))
            (Field::with_unit("probability_percent", "How likely", "%").value(given("probability_percent", quote.probability_percent.map(|n| n.to_string()).unwrap_or_default())).optional().errors(errors)
                .help("Only while it is a forecast."))
        }
        (Field::area("note", "Note on the quote").value(given("note", quote.note.clone())).optional().errors(errors).limit(1000))
    };
    let form = Form::post(format!("/events/{id}/quote"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit(if quote.id.is_some() { "Save as next edition" } else { "Make the quote" }).primary())
        .button(Button::link("Cancel", format!("/events/{id}/quote")).quiet());
    let mut header = Header::new(if quote.id.is_some() { "Edit the quote" } else { "Make a quote" })
        .crumb("Events", "/events")
        .crumb(super::events::title(&seen.event).to_owned(), format!("/events/{id}"));
    if quote.state != QuoteState::Draft {
        header = header.under("This edition was answered. The next one has to be approved anew.");
    } else if quote.link_expires_at.is_some() {
        header = header.under("The customer has a link to this edition. It ends when you save the next one.");
    }
    acts::form_page(visit, Room::Events, header, "Quote".into(), &form, !errors.is_empty())
}

async fn editable(visit: &Visit, id: EventId) -> Result<Seen, Fail> {
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if seen.may_edit {
        return Ok(seen);
    }
    let message = "The quote of this event cannot be changed by you now. Look at it as it is.";
    Err(Error::conflict("event_not_open", message).into())
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = editable(&visit, id).await?;
    Ok(form(&visit, &seen, &sent, &[]))
}

/// Reads the lines: (place in the form, line).
fn read_lines(ctx: &Ctx, sent: &Sent) -> app::Result<Vec<(usize, QuoteItem)>> {
    let mut all = Vec::new();
    for at in 0..MOST {
        let (item, quantity, price) = (format!("item-{at}"), format!("quantity-{at}"), format!("price-{at}"));
        let Some(catalog_item_id) = acts::picked(sent, &item)? else { continue };
        let wrong = || Error::field(quantity.clone(), "invalid_quantity", "Give a quantity from 1 to 10,000.");
        let many = sent.maybe(&quantity).map_or(Ok(1), |text| text.parse::<i64>().map_err(|_| wrong()))?;
        let typed = sent.maybe(&price).map(|text| words::read_money(ctx, &price, text)).transpose()?;
        all.push((at, QuoteItem { catalog_item_id, quantity: many, unit_price_minor: typed }));
    }
    Ok(all)
}

fn read(ctx: &Ctx, sent: &Sent) -> app::Result<(MakeQuote, Vec<usize>)> {
    let lines = read_lines(ctx, sent)?;
    let wrong =
        || Error::field("probability_percent", "invalid_probability", "Give a probability from 0 to 100 percent.");
    let probability =
        sent.maybe("probability_percent").map(|text| text.parse::<i64>().map_err(|_| wrong())).transpose()?;
    let places = lines.iter().map(|(at, _)| *at).collect();
    let body = MakeQuote {
        preference_card_id: sent.id("preference_card_id")?,
        lines: lines.into_iter().map(|(_, line)| line).collect(),
        valid_until: acts::day(sent, "valid_until")?,
        note: sent.text("note").to_owned(),
        probability_percent: probability,
    };
    Ok((body, places))
}

/// `lines[1].quantity` is the field `quantity-4` of the form.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("lines[")?.split_once("].")?;
        let name = match name {
            "quantity" => "quantity",
            "unit_price_minor" => "price",
            _ => "item",
        };
        Some(format!("{name}-{}", places.get(at.parse::<usize>().ok()?)?))
    };
    let own = |field: &str| {
        matches!(field, "preference_card_id" | "valid_until" | "note" | "probability_percent")
            || ["item-", "quantity-", "price-"].iter().any(|begin| field.starts_with(begin))
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

async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let (done, places) = match read(&visit.ctx, &sent) {
        Ok((body, places)) => (visit.save(&sent, move |ctx, tx| quotes::make(ctx, tx, id, &body)).await, places),
        Err(error) => (Err(error), Vec::new()),
    };
    match done {
        Ok(made) => {
            let number = made["number"].as_str().unwrap_or_default().to_owned();
            Ok(visit.go(&format!("/events/{id}/quote"), Flash::done(format!("{number} was saved"))))
        }
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &places);
            let seen = editable(&visit, id).await?;
            Ok(form(&visit, &seen, &sent, &errors))
        }
    }
}

// ---- what is done with it -------------------------------------------------------------------------------------------

async fn pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| quotes::paper::of_event(ctx, tx, id)).await?;
    Ok(paper(made.bytes, &made.file_name))
}

fn ask_to_decide(visit: &Visit, id: EventId, sent: &Sent, errors: &[FieldError]) -> Response {
    let answers = vec![crate::ui::Choice::new("yes", "Approved"), crate::ui::Choice::new("no", "Declined")];
    let answer = sent.maybe("answer").unwrap_or("yes").to_owned();
    Ask {
        title: "What did the customer say?".into(),
        text: html! { p { "For an answer by telephone or on paper. Over the link they answer themselves." } },
        room: Room::Events,
        action: format!("/events/{id}/quote/decide"),
        fields: html! {
            (Field::segment("answer", "Answer", answers).value(answer).errors(errors))
            (Field::text("name", "Who said so").value(sent.text("name").to_owned()).required().errors(errors).limit(200))
            (Field::area("note", "What they said").value(sent.text("note").to_owned()).optional().errors(errors).limit(1000))
        },
        verb: "Enter it".into(),
        danger: false,
        back: format!("/events/{id}/quote"),
        errors,
    }
    .show(visit)
}

async fn decide_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    editable(&visit, id).await?;
    Ok(ask_to_decide(&visit, id, &sent, &[]))
}

async fn decide(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let body = DecideQuote {
        approved: sent.text("answer") == "yes",
        name: sent.text("name").to_owned(),
        note: sent.text("note").to_owned(),
    };
    match visit.save(&sent, move |ctx, tx| quotes::decide(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/events/{id}/quote"), Flash::done("The answer was entered"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["answer", "name", "note"]);
            Ok(ask_to_decide(&visit, id, &sent, &errors))
        }
    }
}

async fn share(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let config = visit.app.config().clone();
    // The link is shown in this answer alone: nothing of it is remembered.
    let made = visit.write(move |ctx, tx| quotes::guest::share(ctx, tx, &config, id, &ShareQuote::default())).await;
    match made {
        Ok(made) => {
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(page(&visit, &seen, Some(&made.link)))
        }
        Err(error) => Ok(visit.go(&format!("/events/{id}/quote"), Flash::failed(acts::sentence(&visit, error)?))),
    }
}

async fn unshare(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| quotes::guest::unshare(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/events/{id}/quote"), Flash::done("The link does not work any more"))
}

async fn fill(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    match visit.save(&sent, move |ctx, tx| quotes::fill(ctx, tx, id, &FillQuote::default())).await {
        Ok(added) => {
            let count = added["items"].as_array().map_or(0, Vec::len) as i64;
            let said = format!("{} marked for the quote", words::count(count, "unit was", "units were"));
            Ok(visit.go(&format!("/events/{id}/quote"), Flash::done(said)))
        }
        Err(error) => Ok(visit.go(&format!("/events/{id}/quote"), Flash::failed(acts::sentence(&visit, error)?))),
    }
}

/// Reads the quote for the event's page.
pub fn of_event(ctx: &Ctx, tx: &mut Tx, id: EventId) -> app::Result<Quote> {
    quotes::get(ctx, tx, id)
}
