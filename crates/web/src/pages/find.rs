//! What comboboxes offer while somebody types, each within the reach of whoever asks.

use crate::edge::{Out, Visit};
use crate::ui::{Suggestion, suggestions};
use app::{App, Ctx, Tx};
use axum::Router;
use axum::routing::get;
use contract::ListParams;
use domain::people::Role;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/find/items", get(items))
        .route("/find/holders", get(holders))
        .route("/find/recipients", get(recipients))
        .route("/find/representatives", get(representatives))
        .route("/find/places", get(places))
        .route("/find/locations", get(locations))
        .route("/find/physicians", get(physicians))
        .route("/find/procedures", get(procedures))
}

/// Suggestions at a time.
const MOST: u32 = 12;

fn asked(visit: &Visit) -> ListParams {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    ListParams { limit: Some(MOST), q: Some(q).filter(|q| !q.is_empty()), ..ListParams::default() }
}

fn one(value: impl ToString, label: impl Into<String>, detail: impl Into<String>) -> Suggestion {
    Suggestion { value: value.to_string().into(), label: label.into().into(), detail: detail.into().into() }
}

async fn answer<F>(visit: Visit, find: F) -> Out
where
    F: FnOnce(&Ctx, &mut Tx) -> app::Result<Vec<Suggestion>> + Send + 'static,
{
    let found = visit.read(find).await?;
    Ok(visit.part(suggestions(&found)))
}

async fn items(visit: Visit) -> Out {
    let params = asked(&visit);
    answer(visit, move |ctx, tx| {
        let page = app::catalog::items(ctx, tx, &params)?;
        let name = |it: &contract::catalog::CatalogItem| {
            if it.description.is_empty() { it.number.clone() } else { it.description.clone() }
        };
        Ok(page
            .items
            .iter()
            .map(|it| one(it.id, name(it), format!("{}, {}", it.number, it.manufacturer_name)))
            .collect())
    })
    .await
}

/// Whoever in reach may answer for stock; with `office`, the organisation too.
async fn holders(visit: Visit) -> Out {
    let params = asked(&visit);
    let office = visit.link.get("office").is_some() && visit.ctx.actor.role.is_office();
    answer(visit, move |ctx, tx| {
        let mut found = Vec::new();
        let q = params.q.clone().unwrap_or_default().to_lowercase();
        if office && ctx.organization.name.to_lowercase().contains(&q) {
            found.push(one(ctx.organization.id, ctx.organization.name.clone(), "Organisation"));
        }
        found.extend(people(ctx, tx, params, |role| role.holds_stock())?);
        Ok(found)
    })
    .await
}

/// Whoever in reach may have events of their own.
async fn representatives(visit: Visit) -> Out {
    let params = asked(&visit);
    answer(visit, move |ctx, tx| people(ctx, tx, params, |role| role.holds_stock())).await
}

fn people(ctx: &Ctx, tx: &mut Tx, mut params: ListParams, fits: impl Fn(Role) -> bool) -> app::Result<Vec<Suggestion>> {
    let roles: Vec<&str> = Role::ALL.iter().filter(|role| fits(**role)).map(|role| role.as_str()).collect();
    params.filters.insert("active".into(), "true".into());
    params.filters.insert("role".into(), roles.join(","));
    let page = app::people::list_users(ctx, tx, &params)?;
    let fit = page.items.into_iter().filter(|user| user.delegate_of.is_none());
    Ok(fit.map(|user| one(user.id, user.name, user.role.label())).collect())
}

async fn recipients(visit: Visit) -> Out {
    let mut params = asked(&visit);
    if let Some(from) = visit.link.get("from").filter(|from| !from.is_empty()) {
        params.filters.insert("from".into(), from.to_owned());
    }
    answer(visit, move |ctx, tx| {
        let page = app::transfers::recipients(ctx, tx, &params)?;
        Ok(page.items.into_iter().map(|it| one(it.id, it.name, it.r#type.label())).collect())
    })
    .await
}

async fn places(visit: Visit) -> Out {
    let params = asked(&visit);
    answer(visit, move |ctx, tx| {
        let page = app::directory::named::places(ctx, tx, &params)?;
        Ok(page.items.into_iter().map(|it| one(it.id, it.name, "")).collect())
    })
    .await
}

async fn locations(visit: Visit) -> Out {
    let params = asked(&visit);
    answer(visit, move |ctx, tx| {
        let page = app::directory::locations::list(ctx, tx, &params)?;
        Ok(page.items.into_iter().map(|it| one(it.id, it.name, it.customer_name)).collect())
    })
    .await
}

async fn physicians(visit: Visit) -> Out {
    let params = asked(&visit);
    answer(visit, move |ctx, tx| {
        let page = app::directory::physicians::list(ctx, tx, &params)?;
        Ok(page.items.into_iter().map(|it| one(it.id, it.name, "")).collect())
    })
    .await
}

async fn procedures(visit: Visit) -> Out {
    let params = asked(&visit);
    answer(visit, move |ctx, tx| {
        let page = app::directory::named::procedures(ctx, tx, &params)?;
        Ok(page.items.into_iter().map(|it| one(it.id, it.name, "")).collect())
    })
    .await
}
