//! Two customers that are one: choose the other, see what would move and which of the two stays, merge, take it back.

use super::super::acts;
use super::super::suggest::chosen;
use super::super::words as say;
use super::page::load;
use crate::edge::{Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Field, FieldError, Flash, Form, Header, Line, Link, Room, Row, Table, banner,
    csrf_field, lines, section_block,
};
use app::directory::{likeness, merges};
use axum::extract::Path;
use axum::response::Response;
use contract::ChangeView;
use contract::directory::Likeness;
use contract::merges::{Merge, MergeCount, MergeCustomer, MergeSide};
use domain::id::{self, CustomerId};
use domain::people::Permission;
use maud::{Markup, html};

/// `3 locations`.
fn counted(it: &MergeCount) -> String {
    let (one, many) = match it.kind.as_str() {
        "location" => ("location", "locations"),
        "event" => ("case or order", "cases and orders"),
        "order" => ("sales order", "sales orders"),
        "invoice" => ("invoice", "invoices"),
        "credit_memo" => ("credit memo", "credit memos"),
        "opening_invoice" => ("opening invoice", "opening invoices"),
        "opening_figure" => ("figure of earlier orders", "figures of earlier orders"),
        "commission_rule" => ("rule of commission", "rules of commission"),
        "credit_balance" => ("step of the credit balance", "steps of the credit balance"),
        "remark" => ("note, task or activity", "notes, tasks and activities"),
        "subsidiary" => ("customer that belongs to it", "customers that belong to it"),
        "contact" => ("contact", "contacts"),
        "file" => ("file", "files"),
        _ => ("other record", "other records"),
    };
    say::count(it.count, one, many)
}

/// A field that the survivor takes over, in words.
fn field_words(change: &ChangeView) -> &'static str {
    match change.field.as_str() {
        "legal_name" => "Legal name",
        "nickname" => "Nickname",
        "website" => "Website",
        "phone" => "Telephone",
        "email" => "E-mail",
        "note" => "Note",
        "billing_address" => "Where invoices go",
        "shipping_address" => "Where goods go",
        "contacts" => "Contacts of both",
        "tags" => "Tags of both",
        "tax_ids" => "Tax numbers of both",
        _ => "Other details",
    }
}

fn framed(visit: &Visit, id: CustomerId, name: &str, body: Markup, refused: bool) -> Response {
    let title = format!("Merge {name}");
    let header = Header::new(title.clone())
        .crumb("Customers", "/customers")
        .crumb(name.to_owned(), format!("/customers/{id}"))
        .under("One customer entered twice becomes one again. It can be taken back for 30 days.");
    let body = html! { (header) div class="content" { (body) } };
    if refused { visit.refused(title, Room::Customers, body) } else { visit.page(title, Room::Customers, body) }
}

// Which other one.

fn alike(id: CustomerId, all: &[Likeness]) -> Markup {
    let rows: Vec<Line> = all
        .iter()
        .map(|it| {
            Line::new(it.name.as_str())
                .below(html! { (it.number) " · " (it.message) })
                .href(Link::new(format!("/customers/{id}/merge")).with("with", &it.id).to_string())
        })
        .collect();
    html! {
        @if !rows.is_empty() { (section_block("Likely the same", &[], lines(&rows))) }
    }
}

async fn ask(visit: &Visit, id: CustomerId, errors: &[FieldError], typed: &str) -> Out {
    let detail = load(visit, id).await?;
    let all = visit.read(move |ctx, tx| likeness::candidates(ctx, tx, id)).await?;
    let body = html! {
        (alike(id, &all))
        (Form::post(format!("/customers/{id}/merge/with"), visit.csrf()).errors(errors)
            .body(Field::combo("with", "The other customer", "/suggest/customers?archived=all", typed.to_owned()).errors(errors).required().help("Name or number. Which of the two stays is decided on the next page."))
            .button(Button::submit("See what would move").primary())
            .button(Button::link("Cancel", format!("/customers/{id}")).quiet()))
    };
    Ok(framed(visit, id, &detail.it.name, body, !errors.is_empty()))
}

/// The other one was chosen in the form.
pub(super) async fn with(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    visit.ctx.require(Permission::MergeCustomers)?;
    match chosen::<id::Customer>(&visit, &sent, "with", "customers?archived=all").await {
        Ok(Some(other)) => {
            Ok(visit.leave(&Link::new(format!("/customers/{id}/merge")).with("with", other).to_string()))
        }
        Ok(None) => {
            let error = FieldError::new("with", "Choose the customer that is the same.");
            ask(&visit, customer, &[error], "").await
        }
        Err(error) => {
            let errors = visit.complaints(error)?;
            ask(&visit, customer, &errors, sent.text("with_text")).await
        }
    }
}

// What would move.

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let here: CustomerId = visit.id(&id)?;
    visit.ctx.require(Permission::MergeCustomers)?;
    let Some(other) = visit.link.get("with").and_then(|text| text.parse::<CustomerId>().ok()) else {
        return ask(&visit, here, &[], "").await;
    };
    let (mine, theirs) = (load(&visit, here).await?, load(&visit, other).await?);
    // The one with more orders stays, unless somebody says otherwise.
    let more = if theirs.it.orders_count > mine.it.orders_count { other } else { here };
    let keep = visit.link.get("keep").and_then(|text| text.parse::<CustomerId>().ok()).unwrap_or(more);
    let (survivor, loser) = if keep == other { (&theirs.it, &mine.it) } else { (&mine.it, &theirs.it) };
    let (from, into) = (loser.id, survivor.id);
    let told = visit
        .app
        .read(&visit.ctx, move |ctx, tx| merges::merge(ctx, tx, from, &MergeCustomer { into, dry_run: true }))
        .await;
    let choice = html! {
        nav class="seg" aria-label="Which one stays" {
            @for it in [&mine.it, &theirs.it] {
                a href=(visit.link.with("keep", it.id)) aria-current=[(it.id == into).then_some("page")] { "Keep " (it.name) " (" (it.number) ")" }
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
                p { a class="link" href={ "/customers/" (id) "/merge" } { "Choose another customer" } }
            }
        }
    };
    Ok(framed(&visit, here, &mine.it.name, body, false))
}

fn compare(visit: &Visit, told: &Merge) -> Markup {
    let (stays, goes) = (&told.survivor, &told.merged);
    let columns = vec![
        Column::new("what", "").width(180),
        Column::new("stays", "Stays").phone_hidden(),
        Column::new("goes", "Becomes a part of it").phone_sub(),
        Column::new("after", "Afterwards").phone_side(),
    ];
    let row = |key: &'static str, label: &'static str, of: &dyn Fn(&MergeSide) -> String, after: String| {
        Row::new(
            key,
            vec![
                Cell::text(label),
                Cell::text(of(stays)),
                Cell::text(of(goes)),
                Cell::of(html! { strong { (after) } }),
            ],
        )
    };
    let money = |minor: i64| say::money(&visit.ctx, minor);
    let mut rows = vec![
        row("name", "Name", &|it| it.name.clone(), stays.name.clone()),
        row("number", "Number", &|it| it.number.clone(), stays.number.clone()),
        row(
            "locations",
            "Locations",
            &|it| say::number(it.locations_count),
            say::number(stays.locations_count + goes.locations_count),
        ),
        row("orders", "Orders", &|it| say::number(it.orders_count), say::number(told.orders_count_after)),
        row("total", "Total of orders", &|it| money(it.orders_total_minor), money(told.orders_total_minor_after)),
        row(
            "stock",
            "Units on its shelves",
            &|it| say::number(it.stock_on_site_units),
            say::number(stays.stock_on_site_units + goes.stock_on_site_units),
        ),
    ];
    if let (Some(mine), Some(theirs)) = (stays.open_balance_minor, goes.open_balance_minor) {
        rows.push(row("open", "Open balance", &|it| money(it.open_balance_minor.unwrap_or(0)), money(mine + theirs)));
    }
    html! { (Table::new("compare", "The two customers", columns).rows(rows).inside()) }
}

fn preview(visit: &Visit, here: CustomerId, other: CustomerId, told: &Merge) -> Markup {
    let (survivor, loser) = (&told.survivor, &told.merged);
    html! {
        div class="pad-top" { (compare(visit, told)) }
        section class="sec pad-top" {
            h2 { "Goes over to " (survivor.name) }
            @if told.moves.is_empty() { p class="sub" { "Nothing: " (loser.name) " has no locations, orders or notes." } }
            @else { ul class="says" { @for it in &told.moves { li { (counted(it)) } } } }
            @if !told.filled.is_empty() {
                p class="sub" { "Taken over, because " (survivor.name) " had nothing there or less: "
                    @for (at, it) in told.filled.iter().enumerate() { @if at > 0 { ", " } (say::lower(field_words(it))) } "." }
            }
        }
        section class="sec" {
            h2 { "What follows" }
            ul class="says" { @for it in &told.consequences { li { (it.message) } } }
        }
        form class="form" method="post" action={ "/customers/" (loser.id) "/merge" } {
            (csrf_field(&visit.csrf()))
            input type="hidden" name="into" value=(survivor.id);
            input type="hidden" name="here" value=(here);
            input type="hidden" name="other" value=(other);
            div class="form-foot" {
                (Button::submit(format!("Merge into {}", survivor.name)).primary())
                (Button::link("Cancel", format!("/customers/{here}")).quiet())
            }
        }
    }
}

pub(super) async fn merge(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let from: CustomerId = visit.id(&id)?;
    let Some(into) = sent.id::<id::Customer>("into")? else {
        return Ok(visit.leave(&format!("/customers/{id}/merge")));
    };
    let ask = MergeCustomer { into, dry_run: false };
    match visit.save(&sent, move |ctx, tx| merges::merge(ctx, tx, from, &ask)).await {
        Ok(done) => {
            let name = |side: &str| {
                done.pointer(&format!("/{side}/name")).and_then(|it| it.as_str()).unwrap_or("it").to_owned()
            };
            let said = format!("{} is a part of {} now", name("merged"), name("survivor"));
            let mut flash = Flash::done(said);
            if let Some(job) = done.get("job_id").and_then(|it| it.as_str()) {
                flash = flash.undo(format!("/jobs/{job}/undo"));
            }
            Ok(visit.go(&format!("/customers/{into}"), flash))
        }
        Err(error) => {
            let text = acts::sentence(&visit, error)?;
            let back = Link::new(format!("/customers/{}/merge", sent.text("here")))
                .with("with", sent.text("other"))
                .with("keep", into);
            Ok(visit.go(&back.to_string(), Flash::failed(text)))
        }
    }
}

// On the customer's page.

/// Those that are likely the same, for whoever may merge them.
pub(super) fn hint(id: CustomerId, all: &[Likeness]) -> Markup {
    let rows: Vec<Line> = all
        .iter()
        .map(|it| {
            let merge = Link::new(format!("/customers/{id}/merge")).with("with", &it.id).to_string();
            Line::new(html! { a class="link" href={ "/customers/" (it.id) } { (it.name) } })
                .below(html! { (it.number) " · " (it.message) })
                .side(Button::link("Merge", merge).small())
        })
        .collect();
    html! { @if !rows.is_empty() { (section_block("Likely the same customer", &[], lines(&rows))) } }
}

/// The customers that became a part of this one, with the way back while there is one.
pub(super) fn parts(visit: &Visit, all: &[merges::Part]) -> Markup {
    let rows: Vec<Line> = all
        .iter()
        .map(|it| {
            let line = Line::new(it.name.as_str())
                .below(html! { (it.number) " · merged " (say::when(&visit.ctx, it.merged_at)) })
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
