//! Terms of customers applied again to their open orders: from the list of orders, or from a customer's page.

use super::super::words as say;
use super::preview::{consequences, fate, fates, histogram};
use crate::edge::{Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Field, FieldError, Flash, Header, Link, Room, Row, Table, Text, banner, csrf_field,
    section_block, split,
};
use app::directory::bulk::jobs;
use axum::response::Response;
use contract::bulk::{ApplyBulk, BulkPreview, BulkRow, BulkSelect, PreviewBulk};
use domain::bulk::RowOutcome;
use domain::people::Permission;
use maud::{Markup, html};

/// Whether the viewer may do this at all.
pub(in super::super) fn may(visit: &Visit) -> bool {
    visit.may(Permission::BulkUpdate) && visit.may(Permission::ManageTerms)
}

/// The button of the bar below the list of orders, with the list's own address, so that everything that matches can be meant.
pub(in super::super) fn buttons(visit: &Visit, state: &Link) -> Vec<Button> {
    if !may(visit) {
        return Vec::new();
    }
    let link = state.pairs().filter(|(key, _)| !matches!(*key, "cursor" | "col" | "pin" | "sort"));
    let to = link.fold(Link::new("/orders/terms"), |link, (key, value)| link.and(key, value));
    vec![Button::submit("Apply terms again").action(to.to_string())]
}

async fn selection(visit: &Visit, sent: &Sent) -> Result<BulkSelect, crate::edge::Fail> {
    if let Some(select) = sent.maybe("select").and_then(|text| serde_json::from_str(text).ok()) {
        return Ok(select);
    }
    if sent.on("all") {
        let params = super::super::orders::list_at(visit).await?.params();
        let filter = params.filters.into_iter().map(|(key, value)| (key, serde_json::Value::String(value))).collect();
        return Ok(BulkSelect { filter: Some(filter), q: params.q, ..BulkSelect::default() });
    }
    Ok(BulkSelect { ids: Some(sent.all("id").map(str::to_owned).collect()), ..BulkSelect::default() })
}

fn rows(preview: &BulkPreview) -> Markup {
    let columns = vec![
        Column::new("order", "Order").width(150),
        Column::new("change", "Terms").phone_sub(),
        Column::new("status", "").width(160),
    ];
    let row = |it: &BulkRow| {
        let change = match it.changes.first() {
            Some(change) => html! { span class="muted" { (change.old_label) " → " } (change.new_label) },
            None => {
                html! { span class="muted" { (it.message.clone().unwrap_or_else(|| "These terms already".to_owned())) } }
            }
        };
        let cells = vec![Cell::two(&*it.name, &*it.number), Cell::of(change), Cell::status(fate(it.outcome))];
        Row::new(it.id.clone(), cells).off(it.outcome == RowOutcome::Already)
    };
    let shown = preview.rows.len() as i64;
    let title: Text = if shown < preview.counts.selected {
        format!("The first {}", say::count(shown, "order", "orders")).into()
    } else {
        "Orders".into()
    };
    let table = Table::new("rows", "Orders", columns).rows(preview.rows.iter().map(row).collect()).inside();
    section_block(title, &[], table)
}

fn show(
    visit: &Visit,
    preview: Option<&BulkPreview>,
    select: &BulkSelect,
    sent: &Sent,
    errors: &[FieldError],
) -> Response {
    let title = "Apply terms again";
    let header = Header::new(title).crumb("Orders", "/orders").under(
        "Orders keep the terms of the day on which they were submitted. Here open orders that are not invoiced get those of today. Nothing is changed yet.",
    );
    let Some(preview) = preview else {
        let body = html! { (header) div class="content narrow" { (crate::ui::error_summary(errors)) (Button::link("Back to the orders", "/orders")) } };
        return visit.refused(title, Room::Customers, body);
    };
    let many = preview.counts.will_change;
    let aside = html! {
        section class="sec confirm" {
            form class="form" method="post" action="/orders/terms/apply" data-check {
                (csrf_field(&visit.csrf()))
                input type="hidden" name="select" value=(serde_json::to_string(select).unwrap_or_default());
                input type="hidden" name="preview_token" value=(preview.preview_token);
                (crate::ui::error_summary(errors))
                @if many == 0 {
                    (banner(Banner::Info, "No order would change.", None))
                } @else {
                    @if let Some(rows) = preview.confirm_rows {
                        (Field::number("confirm_rows", format!("Type {rows} to confirm")).value(sent.text("confirm_rows").to_owned()).errors(errors).required())
                    }
                    (Button::submit(format!("Change {}", say::count(many, "order", "orders"))).primary())
                    p class="sub" { "Undo is there for 30 days, until an order is invoiced." }
                }
                (Button::link("Back", "/orders"))
            }
        }
    };
    let work = html! {
        (fates(preview))
        div class="pad-top" { (consequences(&preview.consequences)) }
        (histogram(&preview.histogram))
        (rows(preview))
    };
    let body = html! { (header) (split(work, aside)) };
    if errors.is_empty() {
        visit.page(title, Room::Customers, body)
    } else {
        visit.refused(title, Room::Customers, body)
    }
}

async fn looked(visit: &Visit, select: &BulkSelect) -> app::Result<BulkPreview> {
    let ask = PreviewBulk { select: Some(select.clone()), ..PreviewBulk::default() };
    visit.app.preview_reapply(&visit.ctx, ask).await
}

/// `POST /orders/terms`: from a list.
pub(super) async fn page(visit: Visit, sent: Sent) -> Out {
    let select = selection(&visit, &sent).await?;
    match looked(&visit, &select).await {
        Ok(preview) => Ok(show(&visit, Some(&preview), &select, &sent, &[])),
        Err(error) => {
            let errors = visit.complaints(error)?;
            Ok(show(&visit, None, &select, &sent, &errors))
        }
    }
}

/// `POST /orders/terms/apply`: from the preview.
pub(super) async fn apply(visit: Visit, sent: Sent) -> Out {
    let token = sent.id("preview_token")?.ok_or_else(|| app::Error::unknown("preview_token"))?;
    let confirm_rows = sent.maybe("confirm_rows").and_then(|text| text.replace([',', ' ', '.'], "").parse().ok());
    let ask = ApplyBulk { preview_token: token, confirm_rows };
    let done = visit.save(&sent, move |ctx, tx| jobs::apply_orders(ctx, tx, &ask)).await;
    match done {
        Ok(job) => {
            let id = super::super::common::id_of(&job);
            let changed = job["counts"]["done"].as_i64().unwrap_or(0);
            let told = match job["status"].as_str() {
                Some("done") => Flash::done(format!("{} changed", say::count(changed, "order", "orders")))
                    .undo(format!("/jobs/{id}/undo")),
                _ => Flash::done("It goes on by itself; this page shows how far it is"),
            };
            Ok(visit.go(&format!("/jobs/{id}"), told))
        }
        Err(error) => {
            let errors = visit.complaints(error)?;
            let select = selection(&visit, &sent).await?;
            let preview = looked(&visit, &select).await?;
            Ok(show(&visit, Some(&preview), &select, &sent, &errors))
        }
    }
}
