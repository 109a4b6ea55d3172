//! What comboboxes offer, by the beginnings of words: `GET /suggest/{what}?q=`. Without scripts the name that was typed
//! is looked up the same way when the form arrives.

use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Suggestion, suggestions};
use app::directory::{customers, locations, named, physicians, terms};
use app::{App, Ctx, Tx, catalog};
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use contract::ListParams;
use domain::id::{Id, Kind};

/// Suggestions at a time.
const FEW: u32 = 12;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/suggest/{what}", get(suggest))
}

/// Something that was found: what is sent, what is read, and what tells it from others of the same name.
struct Found {
    id: String,
    name: String,
    detail: String,
}

fn found(id: impl ToString, name: impl Into<String>, detail: impl Into<String>) -> Found {
    Found { id: id.to_string(), name: name.into(), detail: detail.into() }
}

/// What a list finds for these words; `None` for something that cannot be asked for.
fn find(ctx: &Ctx, tx: &mut Tx, what: &str, params: &ListParams) -> app::Result<Option<Vec<Found>>> {
    Ok(Some(match what {
        "people" => {
            let page = app::people::list_users(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name.clone(), super::people::role_words(&it))).collect()
        }
        "customers" => {
            let page = customers::list(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, it.number)).collect()
        }
        "locations" => {
            let page = locations::list(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, it.customer_name)).collect()
        }
        "physicians" => {
            let page = physicians::list(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, it.npi)).collect()
        }
        "procedures" => {
            let page = named::procedures(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, "")).collect()
        }
        "places" => {
            let page = named::places(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, "")).collect()
        }
        "price-lists" => {
            let page = named::price_lists(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, "")).collect()
        }
        "terms" => {
            let page = terms::list(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, it.code)).collect()
        }
        "manufacturers" => {
            let page = catalog::manufacturers(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, "")).collect()
        }
        "product-lines" => {
            let page = catalog::product_lines(ctx, tx, params)?;
            let ids: Vec<_> = page.items.iter().map(|it| it.manufacturer_id).collect();
            let makers = app::glance::manufacturers(ctx, tx, &ids)?;
            let maker = |id| makers.get(&id).cloned().unwrap_or_default();
            page.items.into_iter().map(|it| found(it.id, it.name, maker(it.manufacturer_id))).collect()
        }
        "items" => {
            let page = catalog::items(ctx, tx, params)?;
            let name = |it: &contract::catalog::CatalogItem| match it.description.as_str() {
                "" => it.number.clone(),
                words => words.to_owned(),
            };
            page.items
                .into_iter()
                .map(|it| found(it.id, name(&it), format!("{} · {}", it.number, it.manufacturer_name)))
                .collect()
        }
        _ => return Ok(None),
    }))
}

fn asked(q: &str, limit: u32) -> ListParams {
    ListParams { limit: Some(limit), q: Some(q.to_owned()).filter(|q| !q.is_empty()), ..ListParams::default() }
}

async fn suggest(visit: Visit, Path(what): Path<String>) -> Out {
    let mut params = asked(visit.link.get("q").unwrap_or_default().trim(), FEW);
    // Whatever else stands in the address narrows the list: `role=sales`, `customer_id=…`.
    let filters = visit.link.pairs().filter(|(key, value)| *key != "q" && !value.is_empty());
    params.filters.extend(filters.map(|(key, value)| (key.to_owned(), value.to_owned())));
    if what == "people" {
        params.filters.insert("active".into(), "true".into());
    }
    let all = visit.read(move |ctx, tx| find(ctx, tx, &what, &params)).await?.ok_or_else(Fail::not_found)?;
    let all: Vec<Suggestion> = all
        .into_iter()
        .map(|it| Suggestion { value: it.id.into(), label: it.name.into(), detail: it.detail.into() })
        .collect();
    Ok(visit.part(suggestions(&all)))
}

/// What was chosen in a combobox: the id that came with it; without one, what the typed name stands for, if it stands
/// for one thing alone.
///
/// # Errors
/// The field is named when a name was typed that stands for nothing, or for several.
pub async fn chosen<K: Kind>(
    visit: &Visit,
    sent: &Sent,
    field: &str,
    what: &'static str,
) -> app::Result<Option<Id<K>>> {
    if let Some(id) = sent.id(field)? {
        return Ok(Some(id));
    }
    let Some(typed) = sent.maybe(&format!("{field}_text")).map(str::to_owned) else { return Ok(None) };
    let params = asked(&typed, 3);
    let all = visit.app.read(&visit.ctx, move |ctx, tx| find(ctx, tx, what, &params)).await?.unwrap_or_default();
    let same: Vec<&Found> = all.iter().filter(|it| it.name.eq_ignore_ascii_case(&typed)).collect();
    let one = match (same.as_slice(), all.as_slice()) {
        ([one], _) => Some(*one),
        ([], [one]) => Some(one),
        _ => None,
    };
    let message = "Choose one of the suggestions, or leave it empty.";
    let one = one.ok_or_else(|| app::Error::field(field.to_owned(), "not_chosen", message))?;
    one.id.parse().map(Some).map_err(|_| app::Error::unknown(field))
}

/// The id behind a name that was typed where an id is wanted, if it stands for one thing alone.
pub async fn named(visit: &Visit, what: &'static str, typed: &str) -> Result<Option<String>, Fail> {
    let (params, typed) = (asked(typed, 3), typed.to_owned());
    let all = visit.read(move |ctx, tx| find(ctx, tx, what, &params)).await?.unwrap_or_default();
    let same: Vec<&Found> = all.iter().filter(|it| it.name.eq_ignore_ascii_case(&typed)).collect();
    Ok(match (same.as_slice(), all.as_slice()) {
        ([one], _) => Some(one.id.clone()),
        ([], [one]) => Some(one.id.clone()),
        _ => None,
    })
}
