//! Prices that the field asks the office for: the question at a line, and the office's queue with its answers.

use super::acts::{self, Ask};
use super::event::{Seen, editable};
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Field, FieldError, Flash, Line, Room, lines, section_block};
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::events;
use contract::prices::{AskForPrice, DeclinePrice, PriceAsk};
use domain::event::Billed;
use domain::id::{CatalogItemId, EventId, LineId, PriceAskId};
use domain::people::Permission;
use domain::pricing::PriceSource;
use maud::{Markup, Render, html};
use std::collections::BTreeSet;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/lines/{line}/ask-for-price", get(ask_page).merge(post(ask)))
        .route("/price-asks/{id}/decline", get(decline_page).merge(post(decline)))
}

fn open(params: &mut ListParams) {
    params.limit = Some(200);
    params.filters.insert("state".into(), "open".into());
}

/// The items of an event for which a price was asked for, as far as the viewer knows.
pub(super) fn asked(ctx: &Ctx, tx: &mut Tx, event: EventId) -> app::Result<BTreeSet<CatalogItemId>> {
    let mut params = ListParams::default();
    open(&mut params);
    params.filters.insert("event_id".into(), event.to_string());
    Ok(app::events::asks::list(ctx, tx, &params)?.items.into_iter().map(|it| it.catalog_item_id).collect())
}

/// Whether the office could agree a price for a line.
fn lacks(seen: &Seen, line: &events::Line) -> bool {
    let head = &seen.event.head;
    let open = matches!(line.price_source, PriceSource::List | PriceSource::None);
    let billed = head.r#type.rules().billable && line.usage.rule().billed == Billed::Yes;
    seen.may_edit && head.location_id.is_some() && open && billed && !line.facility_stock && !line.no_charge
}

/// The way to ask, or that it was asked for; nothing where a price is agreed.
pub(super) fn at_line(seen: &Seen, line: &events::Line) -> Option<Markup> {
    if !lacks(seen, line) {
        return None;
    }
    if seen.asked.contains(&line.catalog_item_id) {
        return Some(html! { span class="muted" { "A price is asked for" } });
    }
    let to = format!("/events/{}/lines/{}/ask-for-price", seen.event.head.id, line.id);
    Some(Button::link("Ask for a price", to).small().quiet().in_dialog().render())
}

fn question(visit: &Visit, seen: &Seen, line: &events::Line, sent: &Sent, errors: &[FieldError]) -> Response {
    let id = seen.event.head.id;
    let place = seen.event.head.location_name.clone().unwrap_or_default();
    Ask {
        title: "Ask for a price".into(),
        text: html! { p { "The office is asked to agree a price of " strong { (line.catalog_number) } " at " strong { (place) } ", and tells you when there is one." } },
        room: Room::Events,
        action: format!("/events/{id}/lines/{}/ask-for-price", line.id),
        // The page of a line below it has a note too.
        fields: Field::area("note", "A word for the office")
            .id("f-price-note")
            .value(sent.text("note").to_owned())
            .optional()
            .errors(errors)
            .limit(2000)
            .placeholder("What was said, by whom, until when it is needed")
            .render(),
        verb: "Ask the office".into(),
        danger: false,
        back: format!("/events/{id}"),
        errors,
    }
    .show(visit)
}

fn find(seen: &Seen, line: LineId) -> Result<&events::Line, crate::edge::Fail> {
    seen.event.lines.iter().find(|it| it.id == line).ok_or_else(crate::edge::Fail::not_found)
}

async fn ask_page(visit: Visit, Path((id, line)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, line): (EventId, LineId) = (visit.id(&id)?, visit.id(&line)?);
    let seen = editable(&visit, id).await?;
    Ok(question(&visit, &seen, find(&seen, line)?, &sent, &[]))
}

async fn ask(visit: Visit, Path((id, line)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, line): (EventId, LineId) = (visit.id(&id)?, visit.id(&line)?);
    let body = AskForPrice { note: sent.text("note").to_owned() };
    match visit.save(&sent, move |ctx, tx| app::events::asks::ask(ctx, tx, id, line, &body)).await {
        Ok(_) => {
            Ok(visit.go(&format!("/events/{id}"), Flash::done("The office is asked. You are told when it answers.")))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["note"]);
            let seen = editable(&visit, id).await?;
            Ok(question(&visit, &seen, find(&seen, line)?, &sent, &errors))
        }
    }
}

// ---- the office -----------------------------------------------------------------------------------------------------

/// What waits for an answer.
pub(super) fn waiting(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<PriceAsk>> {
    let mut params = ListParams::default();
    open(&mut params);
    Ok(app::events::asks::list(ctx, tx, &params)?.items)
}

/// The queue of what was asked for; nothing when nobody asks.
pub(super) fn queue(visit: &Visit, asks: &[PriceAsk]) -> Markup {
    let one = |it: &PriceAsk| {
        let add = format!("/locations/{}/prices/new?catalog_item_id={}", it.location_id, it.catalog_item_id);
        let said = html! {
            (it.asked_by_name) ", " (say::when(&visit.ctx, it.asked_at)) ", for "
            a class="link" href={ "/events/" (it.event_id) } { (it.event_number) }
            @if !it.note.is_empty() { br; "\u{201c}" (it.note) "\u{201d}" }
        };
        let what = html! { strong { (it.catalog_number) } " " (it.description) " at " (it.location_name) ", " (it.customer_name) };
        let decline = format!("/price-asks/{}/decline", it.id);
        Line::new(what)
            .below(said)
            .action(Button::link("Decline", decline).small().quiet().in_dialog())
            .action(Button::link("Agree a price", add).small().in_dialog())
    };
    let rows: Vec<Line> = asks.iter().map(one).collect();
    html! { @if !rows.is_empty() { div class="pad-x" { (section_block("Asked for", &[], lines(&rows))) } } }
}

fn refusal(visit: &Visit, it: &PriceAsk, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "No price?".into(),
        text: html! { p { (it.asked_by_name) " asks for a price of " strong { (it.catalog_number) } " at " strong { (it.location_name) } " and is told why there is none." } },
        room: Room::Customers,
        action: format!("/price-asks/{}/decline", it.id),
        fields: acts::reason(sent, errors, true).render(),
        verb: "Decline".into(),
        danger: true,
        back: "/price-gaps".to_owned(),
        errors,
    }
    .show(visit)
}

async fn one(visit: &Visit, id: PriceAskId) -> Result<PriceAsk, crate::edge::Fail> {
    visit.ctx.require(Permission::ManagePrices)?;
    let all = visit.read(waiting).await?;
    all.into_iter().find(|it| it.id == id).ok_or_else(crate::edge::Fail::not_found)
}

async fn decline_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: PriceAskId = visit.id(&id)?;
    Ok(refusal(&visit, &one(&visit, id).await?, &sent, &[]))
}

async fn decline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: PriceAskId = visit.id(&id)?;
    let body = DeclinePrice { reason: sent.text("reason").to_owned() };
    match visit.save(&sent, move |ctx, tx| app::events::asks::decline(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go("/price-gaps", Flash::done("Declined, and told to whoever asked"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            Ok(refusal(&visit, &one(&visit, id).await?, &sent, &errors))
        }
    }
}
