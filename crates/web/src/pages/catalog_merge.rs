//! Items of the catalog that are one: which are likely, what would move and which of the two stays, merge, take it back.

use super::acts;
use super::common::press;
use super::suggest::chosen;
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Link, Room, Row, Table,
    banner, csrf_field, lines, section_block,
};
use app::{App, catalog, item_merges, item_twins};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::catalog::CatalogItem;
use contract::item_merges::{ItemMerge, ItemSide, ItemTwins, MergeItem, PutTwinsApart};
use contract::merges::MergeCount;
use contract::{ChangeView, ListParams};
use domain::id::{self, CatalogItemId};
use domain::people::Permission;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/catalog/duplicates", get(duplicates))
        .route("/catalog/{id}/not-the-same", post(not_the_same))
        .route("/catalog/{id}/merge", get(page).merge(post(merge)))
        .route("/catalog/{id}/merge/with", post(with))
}

fn name(side: &ItemSide) -> String {
    if side.description.is_empty() { side.number.clone() } else { format!("{} · {}", side.number, side.description) }
}

// ---- which are likely -----------------------------------------------------------------------------------------------

async fn duplicates(visit: Visit) -> Out {
    let mut params = ListParams { cursor: visit.link.get("cursor").map(str::to_owned), ..ListParams::default() };
    let apart = visit.link.get("apart") == Some("true");
    if apart {
        params.filters.insert("apart".into(), "true".into());
    }
    let page = visit.read(move |ctx, tx| item_twins::list(ctx, tx, &params)).await?;
    let address = if apart { "/catalog/duplicates?apart=true" } else { "/catalog/duplicates" };
    let all: Vec<Line> = page.items.iter().map(|it| pair(&visit, it, apart)).collect();
    let more = page.next_cursor.map(|cursor| Link::new(address).with("cursor", cursor).to_string());
    let body = html! {
        nav class="seg" aria-label="Which pairs" {
            a href="/catalog/duplicates" aria-current=[(!apart).then_some("page")] { "Likely the same" }
            a href="/catalog/duplicates?apart=true" aria-current=[apart.then_some("page")] { "Said to be two" }
        }
        @if all.is_empty() && more.is_none() && apart {
            (Empty::new(Icon::Check, "Nothing was said to be two").text("A pair that is marked as not the same stands here, and can be brought back."))
        } @else if all.is_empty() && more.is_none() {
            (Empty::new(Icon::Check, "No two items look like one").text("Items of one manufacturer are compared by number, by the GTINs of their packages and by name."))
        } @else {
            (lines(&all))
            @if all.is_empty() { p class="sub" { "None among those that were looked at so far." } }
        }
        @if let Some(more) = more { p class="pad-top" { (Button::link("Look further", more)) } }
    };
    let header = Header::new("Likely the same item")
        .crumb("Catalog", "/catalog")
        .under("An item entered twice becomes one again. It can be taken back for 30 days.");
    Ok(visit.page("Likely the same item", Room::Catalog, html! { (header) div class="content" { (body) } }))
}

fn pair(visit: &Visit, it: &ItemTwins, apart: bool) -> Line {
    let merge = Link::new(format!("/catalog/{}/merge", it.one.id)).with("with", it.other.id).to_string();
    let reasons: Vec<&str> = it.reasons.iter().map(|reason| reason.message.as_str()).collect();
    let said = Link::new(format!("/catalog/{}/not-the-same", it.one.id)).with("with", it.other.id);
    let said = said.with("apart", !apart).to_string();
    let verb = if apart { "They may be the same" } else { "Not the same" };
    let link = |side: &ItemSide| html! { a class="link" href={ "/catalog/" (side.id) } { (name(side)) } };
    Line::new(html! { (link(&it.one)) " and " (link(&it.other)) })
        .below(html! {
            (reasons.join(" ")) " " (say::count(it.one.active_units, "unit", "units")) " and "
            (say::count(it.other.active_units, "unit", "units")) "."
        })
        .side(html! {
            span class="row" {
                (press(visit, said, Button::submit(verb).small().quiet()))
                @if !apart { (Button::link("Look at both", merge).small()) }
            }
        })
}

async fn not_the_same(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let one: CatalogItemId = visit.id(&id)?;
    let Some(other_id) = visit.link.get("with").and_then(|text| text.parse::<CatalogItemId>().ok()) else {
        return Err(crate::edge::Fail::not_found());
    };
    let apart = visit.link.get("apart") != Some("false");
    let body = PutTwinsApart { other_id, apart };
    let done = visit.save(&sent, move |ctx, tx| item_twins::set_apart(ctx, tx, one, &body)).await;
    let back = Link::new(format!("/catalog/{one}/not-the-same")).with("with", other_id).with("apart", !apart);
    let (said, list) = if apart {
        ("They are not listed as the same any more", "/catalog/duplicates")
    } else {
        ("They may be the same again", "/catalog/duplicates?apart=true")
    };
    acts::told(&visit, done, list, Flash::done(said).undo(back.to_string()))
}

// ---- which other one ------------------------------------------------------------------------------------------------

fn framed(visit: &Visit, id: CatalogItemId, number: &str, body: Markup, refused: bool) -> Response {
    let title = format!("Merge {number}");
    let header = Header::new(title.clone())
        .crumb("Catalog", "/catalog")
        .crumb(number.to_owned(), format!("/catalog/{id}"))
        .under("One item entered twice becomes one again. It can be taken back for 30 days.");
    let body = html! { (header) div class="content" { (body) } };
    if refused { visit.refused(title, Room::Catalog, body) } else { visit.page(title, Room::Catalog, body) }
}

async fn item(visit: &Visit, id: CatalogItemId) -> Result<CatalogItem, crate::edge::Fail> {
    visit.read(move |ctx, tx| catalog::item(ctx, tx, id)).await
}

async fn ask(visit: &Visit, id: CatalogItemId, errors: &[FieldError], typed: &str) -> Out {
    let it = item(visit, id).await?;
    let form = Form::post(format!("/catalog/{id}/merge/with"), visit.csrf())
        .errors(errors)
        .body(
            Field::combo("with", "The other item", "/suggest/items", typed.to_owned())
                .errors(errors)
                .required()
                .help("Number or words. Which of the two stays is decided on the next page."),
        )
        .button(Button::submit("See what would move").primary())
        .button(Button::link("Cancel", format!("/catalog/{id}")).quiet());
    Ok(framed(visit, id, &it.number, form.render(), !errors.is_empty()))
}

/// The other one was chosen in the form.
async fn with(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let here: CatalogItemId = visit.id(&id)?;
    visit.ctx.require(Permission::ManageCatalog)?;
    match chosen::<id::CatalogItem>(&visit, &sent, "with", "items").await {
        Ok(Some(other)) => Ok(visit.leave(&Link::new(format!("/catalog/{id}/merge")).with("with", other).to_string())),
        Ok(None) => ask(&visit, here, &[FieldError::new("with", "Choose the item that is the same.")], "").await,
        Err(error) => {
            let errors = visit.complaints(error)?;
            ask(&visit, here, &errors, sent.text("with_text")).await
        }
    }
}

// ---- what would move ------------------------------------------------------------------------------------------------

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let here: CatalogItemId = visit.id(&id)?;
    visit.ctx.require(Permission::ManageCatalog)?;
    let Some(other) = visit.link.get("with").and_then(|text| text.parse::<CatalogItemId>().ok()) else {
        return ask(&visit, here, &[], "").await;
    };
    let (mine, theirs) = (item(&visit, here).await?, item(&visit, other).await?);
    let keep = visit.link.get("keep").and_then(|text| text.parse::<CatalogItemId>().ok());
    let into = match keep {
        Some(keep) if keep == other => other,
        Some(_) => here,
        None => fuller(&visit, here, other).await?,
    };
    let from = if into == here { other } else { here };
    let told = visit
        .app
        .read(&visit.ctx, move |ctx, tx| item_merges::merge(ctx, tx, from, &MergeItem { into, dry_run: true }))
        .await;
    let choice = html! {
        nav class="seg" aria-label="Which one stays" {
            @for it in [&mine, &theirs] {
                a href=(visit.link.with("keep", it.id)) aria-current=[(it.id == into).then_some("page")] { "Keep " (it.number) }
            }
        }
    };
    let body = match told {
        Ok(told) => html! { (choice) (preview(&visit, here, other, &told)) },
        Err(error) => {
            let text = acts::sentence(&visit, error)?;
            html! {
                (choice)
                div class="pad-top" { (banner(Banner::Warning, html! { b { "These two cannot be merged this way" } (text) }, None)) }
                p { a class="link" href={ "/catalog/" (id) "/merge" } { "Choose another item" } }
            }
        }
    };
    Ok(framed(&visit, here, &mine.number, body, false))
}

/// The one with more units stays, unless somebody says otherwise.
async fn fuller(visit: &Visit, here: CatalogItemId, other: CatalogItemId) -> Result<CatalogItemId, crate::edge::Fail> {
    let held = visit.read(move |ctx, tx| app::glance::items_held(ctx, tx, &[here, other])).await?;
    Ok(if held.get(&other) > held.get(&here) { other } else { here })
}

/// `3 units`.
fn counted(it: &MergeCount) -> String {
    let (one, many) = match it.kind.as_str() {
        "unit" => ("unit, used ones included", "units, used ones included"),
        "identifier" => ("identifier on labels", "identifiers on labels"),
        "price" => ("agreed price", "agreed prices"),
        "construct_item" => ("construct with a cap", "constructs with a cap"),
        "par_level" => ("par level", "par levels"),
        "need" => ("need of a case", "needs of cases"),
        "request_line" => ("line of a request", "lines of requests"),
        "request_unit" => ("unit sent for a request", "units sent for requests"),
        "quote_line" => ("line of a quote", "lines of quotes"),
        "event_line" => ("line of a case or order", "lines of cases and orders"),
        "recall_line" => ("entry of a recall", "entries of recalls"),
        "commission_rule" => ("rule of commission", "rules of commission"),
        "file" => ("picture or file", "pictures and files"),
        "bom" => ("bill of materials", "bills of materials"),
        "preference_card" => ("preference card", "preference cards"),
        "recall" => ("recall", "recalls"),
        "task" => ("open task", "open tasks"),
        "substitute" => ("case in which it may stand for another", "cases in which it may stand for another"),
        _ => ("other record", "other records"),
    };
    say::count(it.count, one, many)
}

fn field_words(change: &ChangeView) -> &'static str {
    match change.field.as_str() {
        "description" => "Description",
        "list_price_minor" => "List price",
        "cost_minor" => "Cost",
        "par_level" => "Par level",
        "udi_di" => "UDI-DI",
        "gtins" => "GTINs of both",
        _ => "Other details",
    }
}

fn compare(told: &ItemMerge) -> Markup {
    let (stays, goes) = (&told.survivor, &told.merged);
    let columns = vec![
        Column::new("what", "").width(140),
        Column::new("stays", "Stays").phone_side(),
        Column::new("goes", "Becomes a part of it").phone_sub(),
    ];
    let row = |key: &'static str, label: &'static str, of: &dyn Fn(&ItemSide) -> String| {
        Row::new(key, vec![Cell::text(label), Cell::of(html! { strong { (of(stays)) } }), Cell::text(of(goes))])
    };
    let rows = vec![
        row("number", "Number", &|it| it.number.clone()),
        row("description", "Item", &|it| it.description.clone()),
        row("udi_di", "UDI-DI", &|it| it.udi_di.clone().unwrap_or_else(|| "None".to_owned())),
        row("units", "Active units", &|it| say::number(it.active_units)),
    ];
    html! { (Table::new("compare", "The two items", columns).rows(rows).inside()) }
}

fn preview(visit: &Visit, here: CatalogItemId, other: CatalogItemId, told: &ItemMerge) -> Markup {
    let (survivor, loser) = (&told.survivor, &told.merged);
    html! {
        div class="pad-top" { (compare(told)) }
        section class="sec pad-top" {
            h2 { "Goes over to " (survivor.number) }
            @if told.moves.is_empty() { p class="sub" { "Nothing: nothing names " (loser.number) "." } }
            @else { ul class="says" { @for it in &told.moves { li { (counted(it)) } } } }
            @if !told.filled.is_empty() {
                p class="sub" { "Taken over, because " (survivor.number) " had nothing there or less: "
                    @for (at, it) in told.filled.iter().enumerate() { @if at > 0 { ", " } (say::lower(field_words(it))) } "." }
            }
        }
        section class="sec" {
            h2 { "What follows" }
            ul class="says" { @for it in &told.consequences { li { (it.message) } } }
        }
        form class="form" method="post" action={ "/catalog/" (loser.id) "/merge" } {
            (csrf_field(&visit.csrf()))
            input type="hidden" name="into" value=(survivor.id);
            input type="hidden" name="here" value=(here);
            input type="hidden" name="other" value=(other);
            div class="form-foot" {
                (Button::submit(format!("Merge into {}", survivor.number)).primary())
                (Button::link("Cancel", format!("/catalog/{here}")).quiet())
            }
        }
    }
}

async fn merge(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let from: CatalogItemId = visit.id(&id)?;
    let Some(into) = sent.id::<id::CatalogItem>("into")? else {
        return Ok(visit.leave(&format!("/catalog/{id}/merge")));
    };
    let ask = MergeItem { into, dry_run: false };
    match visit.save(&sent, move |ctx, tx| item_merges::merge(ctx, tx, from, &ask)).await {
        Ok(done) => {
            let number = |side: &str| {
                done.pointer(&format!("/{side}/number")).and_then(|it| it.as_str()).unwrap_or("it").to_owned()
            };
            let mut flash = Flash::done(format!("{} is a part of {} now", number("merged"), number("survivor")));
            if let Some(job) = done.get("job_id").and_then(|it| it.as_str()) {
                flash = flash.undo(format!("/jobs/{job}/undo"));
            }
            Ok(visit.go(&format!("/catalog/{into}"), flash))
        }
        Err(error) => {
            let text = acts::sentence(&visit, error)?;
            let back = Link::new(format!("/catalog/{}/merge", sent.text("here")))
                .with("with", sent.text("other"))
                .with("keep", into);
            Ok(visit.go(&back.to_string(), Flash::failed(text)))
        }
    }
}

// ---- on the item's page ---------------------------------------------------------------------------------------------

/// An item that became a part of another one says so.
pub(super) fn leads_to(it: &CatalogItem) -> Markup {
    html! {
        @if let Some(other) = it.merged_into_id {
            (banner(Banner::Info, html! { b { "Became a part of another item" } "Its units, prices and labels are there now." }, Some(Button::link("Open that item", format!("/catalog/{other}")))))
        }
    }
}

/// The items that became a part of this one, with the way back while there is one.
pub(super) fn parts(visit: &Visit, all: &[item_merges::Part]) -> Markup {
    let rows: Vec<Line> = all
        .iter()
        .map(|it| {
            let line = Line::new(html! { span class="mono" { (it.number) } })
                .below(html! { "Merged " (say::when(&visit.ctx, it.merged_at)) })
                .href(format!("/jobs/{}", it.job));
            match it.undo_until {
                Some(until) => {
                    let until = say::day(until.day_in(&visit.ctx.organization.time_zone));
                    line.side(html! { span class="sub" { "can be taken back until " (until) } })
                }
                None => line,
            }
        })
        .collect();
    html! { @if !rows.is_empty() { (section_block("Also known as", &[], lines(&rows))) } }
}
