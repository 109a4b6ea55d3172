//! What a case needs: the surgeon's preference card, and lines of one's own besides.

use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts;
use crate::pages::common::version_field;
use crate::ui::{Button, Choice, Field, FieldError, Flash, Form, Room};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::coverage::{EventNeeds, NeedLine, PutNeeds};
use contract::directory::PreferenceCard;
use contract::events::EventSummary;
use domain::id::{EventId, PhysicianId};
use maud::{Render, html};

/// Lines of a form: those there are, and some more.
const MORE: usize = 3;
const MOST: usize = 60;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/needs", get(page).merge(post(save)))
}

struct Known {
    event: EventSummary,
    needs: EventNeeds,
    cards: Vec<PreferenceCard>,
}

/// The surgeon's cards.
pub fn cards(ctx: &app::Ctx, tx: &mut app::Tx, physician: Option<PhysicianId>) -> app::Result<Vec<PreferenceCard>> {
    let Some(physician) = physician else { return Ok(Vec::new()) };
    let mut params = ListParams { limit: Some(50), ..ListParams::default() };
    params.filters.insert("physician_id".to_owned(), physician.to_string());
    Ok(app::directory::named::cards(ctx, tx, &params)?.items)
}

/// The cards to choose from.
pub fn card_field(cards: &[PreferenceCard], chosen: &str, errors: &[FieldError]) -> Field {
    let choices = cards
        .iter()
        .map(|card| Choice::new(card.id.to_string(), format!("{} ({} kinds)", card.name, card.lines.len())))
        .collect();
    Field::select("preference_card_id", "Preference card", choices)
        .value(chosen.to_owned())
        .optional()
        .errors(errors)
        .help("What the surgeon usually takes. It says what has to be there, and what may stand in its place.")
}

async fn known(visit: &Visit, id: EventId) -> Result<Known, Fail> {
    visit
        .read(move |ctx, tx| {
            let event = app::events::get(ctx, tx, id)?.head;
            let needs = app::coverage::needs::get(ctx, tx, id)?;
            let cards = cards(ctx, tx, event.physician_id)?;
            Ok(Known { event, needs, cards })
        })
        .await
}

/// Lines of one's own: what the card says already is the card's.
fn own_lines(known: &Known) -> Vec<(String, String, i64)> {
    let card = known.needs.preference_card_id.and_then(|id| known.cards.iter().find(|card| card.id == id));
    let said = |need: &contract::coverage::EventNeed| {
        card.is_some_and(|card| {
            card.lines.iter().any(|line| line.catalog_item_id == need.catalog_item_id && line.quantity == need.quantity)
        })
    };
    let title = |need: &contract::coverage::EventNeed| match need.description.as_str() {
        "" => need.catalog_number.clone(),
        words => words.to_owned(),
    };
    let own = known.needs.items.iter().filter(|need| !said(need));
    own.map(|need| (need.catalog_item_id.to_string(), title(need), need.quantity)).collect()
}

fn form(visit: &Visit, known: &Known, sent: &Sent, errors: &[FieldError]) -> Response {
    let id = known.event.id;
    let first = !sent.has("version");
    let lines: Vec<(String, String, String)> = if first {
        own_lines(known).into_iter().map(|(id, name, n)| (id, name, n.to_string())).collect()
    } else {
        let part = |name: &str, at: usize| sent.text(&format!("{name}-{at}")).to_owned();
        let all = (0..MOST)
            .map(|at| (part("item", at), sent.text(&format!("item-{at}_text")).to_owned(), part("quantity", at)));
        all.filter(|(item, text, _)| !item.is_empty() || !text.is_empty()).collect()
    };
    let card = known.needs.preference_card_id.map(|id| id.to_string()).unwrap_or_default();
    let card = if first { card } else { sent.text("preference_card_id").to_owned() };
    let rows = (lines.len() + MORE).min(MOST);
    let fields = html! {
        (version_field(known.event.version))
        @if !known.cards.is_empty() { (card_field(&known.cards, &card, errors)) }
        fieldset class="form-sec" {
            legend class="label" { @if known.cards.is_empty() { "What it needs" } @else { "Besides the card, or instead of its quantity" } }
            @for at in 0..rows {
                @let (item, name, quantity) = lines.get(at).cloned().unwrap_or_default();
                div class="need-row" {
                    (Field::combo(format!("item-{at}"), format!("Item {}", at + 1), "/suggest/items", name).value(item).errors(errors))
                    (Field::number(format!("quantity-{at}"), "How many").value(quantity).errors(errors))
                }
            }
            p class="help" { "Empty a line to take it away." }
        }
    };
    let form = Form::post(format!("/events/{id}/needs"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Save").primary())
        .button(if visit.hx.partial {
            Button::close("Cancel")
        } else {
            Button::link("Cancel", format!("/events/{id}")).quiet()
        });
    let form = if visit.hx.partial { form.swap_into("#dialog-body") } else { form };
    visit.dialog("What it needs", Room::Events, form.render())
}

async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let known = known(&visit, id).await?;
    Ok(form(&visit, &known, &sent, &[]))
}

/// Reads the lines: (place in the form, line).
fn read(sent: &Sent) -> app::Result<Vec<(usize, NeedLine)>> {
    let mut all = Vec::new();
    for at in 0..MOST {
        let (item, quantity) = (format!("item-{at}"), format!("quantity-{at}"));
        let Some(catalog_item_id) = acts::picked(sent, &item)? else { continue };
        let wrong = || Error::field(quantity.clone(), "invalid_quantity", "Give a quantity from 1 to 10,000.");
        let number = match sent.maybe(&quantity) {
            None => 1,
            Some(text) => text.parse::<i64>().map_err(|_| wrong())?,
        };
        all.push((at, NeedLine { catalog_item_id, quantity: number }));
    }
    Ok(all)
}

/// `needs[1].quantity` is the field `quantity-4` of the form.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("needs[")?.split_once("].")?;
        let name = if name == "quantity" { "quantity" } else { "item" };
        Some(format!("{name}-{}", places.get(at.parse::<usize>().ok()?)?))
    };
    let own =
        |field: &str| field == "preference_card_id" || field.starts_with("item-") || field.starts_with("quantity-");
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
    let lines = read(&sent);
    let card = sent.id("preference_card_id");
    let (lines, preference_card_id) = match (lines, card) {
        (Ok(lines), Ok(card)) => (lines, card),
        (Err(error), _) | (_, Err(error)) => {
            let errors = placed(visit.complaints(error)?, &[]);
            return Ok(form(&visit, &known(&visit, id).await?, &sent, &errors));
        }
    };
    let places: Vec<usize> = lines.iter().map(|(at, _)| *at).collect();
    let body = PutNeeds { preference_card_id, needs: lines.into_iter().map(|(_, line)| line).collect() };
    match visit.save(&sent, move |ctx, tx| app::coverage::needs::put(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Saved: what it needs"))),
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &places);
            Ok(form(&visit, &known(&visit, id).await?, &sent, &errors))
        }
    }
}
