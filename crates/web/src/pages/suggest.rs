//! What comboboxes offer, by the beginnings of words: `GET /suggest/{what}?q=`, each within the reach of whoever asks.
//! Without scripts the name that was typed is looked up the same way when the form arrives (see [`resolve`]).

use crate::edge::{Fail, Out, Sent, Visit, get};
use crate::ui::{Link, Suggestion, suggestions};
use app::directory::{customers, locations, named, physicians, terms};
use app::{App, Ctx, Tx, catalog};
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use domain::id::{Id, Kind};
use domain::people::Role;

/// Suggestions at a time.
const FEW: u32 = 12;

/// From so many characters on, words that find no item may be a label.
const LABEL_MIN: usize = 8;

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
        "holders" => holders(ctx, tx, params)?,
        "representatives" => people(ctx, tx, params.clone(), Role::holds_stock)?,
        "recipients" => {
            let page = app::transfers::recipients(ctx, tx, params)?;
            page.items.into_iter().map(|it| found(it.id, it.name, it.r#type.label())).collect()
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
            let mut page = catalog::items(ctx, tx, params)?;
            if page.items.is_empty()
                && let Some(label) = params.q.as_deref().filter(|q| q.len() >= LABEL_MIN)
            {
                // A label that was scanned into the field names an item by its device identifier.
                let mut by_label = ListParams { q: None, ..params.clone() };
                by_label.filters.insert("udi_di".to_owned(), label.to_owned());
                page = catalog::items(ctx, tx, &by_label)?;
            }
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

/// Whoever in reach may answer for stock; with `office` in the address, the organisation too.
fn holders(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> app::Result<Vec<Found>> {
    let mut params = params.clone();
    let office = params.filters.remove("office").is_some() && ctx.actor.role.is_office();
    let q = params.q.clone().unwrap_or_default().to_lowercase();
    let mut all = Vec::new();
    if office && ctx.organization.name.to_lowercase().contains(&q) {
        all.push(found(ctx.organization.id, ctx.organization.name.clone(), "Organisation"));
    }
    all.extend(people(ctx, tx, params, Role::holds_stock)?);
    Ok(all)
}

fn people(ctx: &Ctx, tx: &mut Tx, mut params: ListParams, fits: fn(Role) -> bool) -> app::Result<Vec<Found>> {
    let roles: Vec<&str> = Role::ALL.iter().filter(|role| fits(**role)).map(|role| role.as_str()).collect();
    params.filters.insert("active".into(), "true".into());
    params.filters.insert("role".into(), roles.join(","));
    let page = app::people::list_users(ctx, tx, &params)?;
    let fit = page.items.into_iter().filter(|user| user.delegate_of.is_none());
    Ok(fit.map(|user| found(user.id, user.name, user.role.label())).collect())
}

/// What is asked for: the words, and whatever else stands in the address (`role=sales`, `customer_id=…`).
fn asked(link: &Link, what: &str, q: &str, limit: u32) -> ListParams {
    let mut params =
        ListParams { limit: Some(limit), q: Some(q.to_owned()).filter(|q| !q.is_empty()), ..ListParams::default() };
    let filters = link.pairs().filter(|(key, value)| *key != "q" && !value.is_empty());
    params.filters.extend(filters.map(|(key, value)| (key.to_owned(), value.to_owned())));
    if what == "people" {
        params.filters.insert("active".into(), "true".into());
    }
    params
}

async fn suggest(visit: Visit, Path(what): Path<String>) -> Out {
    let params = asked(&visit.link, &what, visit.link.get("q").unwrap_or_default().trim(), FEW);
    let all = visit.read(move |ctx, tx| find(ctx, tx, &what, &params)).await?.ok_or_else(Fail::not_found)?;
    let all: Vec<Suggestion> = all
        .into_iter()
        .map(|it| Suggestion { value: it.id.into(), label: it.name.into(), detail: it.detail.into() })
        .collect();
    Ok(visit.part(suggestions(&all)))
}

/// The one thing that typed words stand for: the only one of that name, or the only one that they find.
fn one_of(all: Vec<Found>, typed: &str) -> Option<Found> {
    let mut same: Vec<Found> = Vec::new();
    let mut others: Vec<Found> = Vec::new();
    for it in all {
        if it.name.to_lowercase() == typed.to_lowercase() { same.push(it) } else { others.push(it) }
    }
    match (same.len(), others.len()) {
        (1, _) => same.pop(),
        (0, 1) => others.pop(),
        _ => None,
    }
}

/// What typed words stand for in a combobox that asks at `from` (`holders?office=1`).
async fn meant(app: &App, ctx: &Ctx, from: &str, typed: &str) -> Option<Found> {
    let (what, query) = from.split_once('?').unwrap_or((from, ""));
    let params = asked(&Link::parse("", Some(query)), what, typed, FEW);
    let what = what.to_owned();
    let all = app.read(ctx, move |ctx, tx| find(ctx, tx, &what, &params)).await.ok().flatten()?;
    one_of(all, typed)
}

/// A name that was typed into a combobox without choosing a suggestion, as without scripts: the field's new value, which is
/// the id of what it stands for where that is one thing alone, and empty otherwise. Then the page says what to do.
pub async fn resolve(app: &App, ctx: &Ctx, sent: &Sent) -> Vec<(String, String)> {
    let mut filled = Vec::new();
    for (name, from) in sent.pairs().filter_map(|(name, from)| Some((name.strip_suffix("_from")?, from))) {
        let typed = sent.text(&format!("{name}_text"));
        let same = typed == sent.text(&format!("{name}_was"));
        if same && (typed.is_empty() || sent.maybe(name).is_some()) {
            continue;
        }
        let found = if typed.is_empty() { None } else { meant(app, ctx, from, typed).await };
        filled.push((name.to_owned(), found.map(|it| it.id).unwrap_or_default()));
    }
    filled
}

/// What was chosen in a combobox: the id that came with it, or that its typed name stands for.
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
    let Some(typed) = sent.maybe(&format!("{field}_text")) else { return Ok(None) };
    chosen_by_name(visit, field, what, typed).await
}

/// What a typed name stands for.
///
/// # Errors
/// The field is named when it stands for nothing, or for several.
pub async fn chosen_by_name<K: Kind>(
    visit: &Visit,
    field: &str,
    what: &str,
    typed: &str,
) -> app::Result<Option<Id<K>>> {
    let one = meant(&visit.app, &visit.ctx, what, typed).await;
    let message = "Choose one of the suggestions, or leave it empty.";
    let one = one.ok_or_else(|| app::Error::field(field.to_owned(), "not_chosen", message))?;
    one.id.parse().map(Some).map_err(|_| app::Error::unknown(field))
}

/// The id behind a name that was typed where an id is wanted, if it stands for one thing alone.
pub async fn named(visit: &Visit, what: &str, typed: &str) -> Result<Option<String>, Fail> {
    Ok(meant(&visit.app, &visit.ctx, what, typed).await.map(|it| it.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(names: &[&str]) -> Vec<Found> {
        names.iter().map(|name| found(name, *name, "")).collect()
    }

    #[test]
    fn a_name_stands_for_one_thing_or_for_nothing() {
        assert_eq!(one_of(all(&["Ann Reyes", "Ann Reyes-Lind"]), "ann reyes").unwrap().name, "Ann Reyes");
        assert_eq!(one_of(all(&["Ann Reyes"]), "ann").unwrap().name, "Ann Reyes");
        assert!(one_of(all(&["Ann Reyes", "Ann Lind"]), "ann").is_none());
        assert!(one_of(all(&["Ann", "Ann"]), "Ann").is_none());
        assert!(one_of(all(&[]), "Ann").is_none());
    }
}
