//! What happened to a customer: each changed field with before and after, who, and as part of which change of many; one
//! person's change can be taken back from here.

use super::super::acts;
use super::super::common::press_with;
use super::super::words as say;
use super::page::{Part, framed, load};
use crate::edge::{Out, Sent, Visit};
use crate::ui::{Button, Cell, Column, Empty, Flash, Icon, Row, Table};
use app::directory::back::{self, Told};
use axum::extract::Path;
use domain::id::{CustomerId, EntryId};
use maud::{Markup, html};

/// A field as people call it.
fn field_label(field: &str) -> String {
    match field {
        "payment_terms_id" => "Payment terms".to_owned(),
        "default_sales_rep_id" => "Default sales rep".to_owned(),
        "parent_customer_id" => "Belongs to".to_owned(),
        "price_list_id" => "Price list".to_owned(),
        "credit_limit_minor" => "Credit limit".to_owned(),
        "billing_status_reason" => "Reason of the status".to_owned(),
        "billing_review_on" => "Look at the status again".to_owned(),
        "billing_address" => "Invoices go to".to_owned(),
        "shipping_address" => "Goods go to".to_owned(),
        "archived_at" => "Archived".to_owned(),
        "merged_into_id" => "Became a part of".to_owned(),
        "external_ids" => "Numbers elsewhere".to_owned(),
        "tax_ids" => "Tax numbers".to_owned(),
        "email" => "E-mail".to_owned(),
        "phone" => "Telephone".to_owned(),
        "auto_hold" => "Automatic hold".to_owned(),
        other => say::sentence(other).into_owned(),
    }
}

/// One field, or all of them.
fn filter(visit: &Visit, fields: &[String]) -> Markup {
    let now = visit.link.get("field").filter(|it| !it.is_empty());
    html! {
        form class="pick gap-below" method="get" action=(visit.link.path()) {
            label class="label" for="f-field" { "Field" }
            select class="input short" id="f-field" name="field" {
                option value="" { "All fields" }
                @for field in fields { option value=(field) selected[now == Some(field.as_str())] { (field_label(field)) } }
            }
            (Button::submit("Show").small())
        }
    }
}

fn rows(visit: &Visit, id: CustomerId, entries: &[Told]) -> Vec<Row> {
    let mut all = Vec::with_capacity(entries.len() * 2);
    for entry in entries {
        let when = html! {
            (entry.sentence) ", " (say::when(&visit.ctx, entry.at))
            @if !entry.reason.is_empty() && !entry.reason.starts_with("imp_") { " · \u{201c}" (entry.reason) "\u{201d}" }
            @if let Some(batch) = &entry.batch { " · " a class="link" href={ "/jobs/" (batch) } { "part of a change of many" } }
            @if entry.undoable {
                " " (press_with(visit, format!("/customers/{id}/history/{}/undo", entry.entry), &[], Button::submit("Undo").small()))
            }
        };
        all.push(Row::group(html! { div class="row" { (when) } }));
        for (at, (field, old, new)) in entry.changes.iter().enumerate() {
            let change = html! { (old) " \u{2192} " strong { (new) } };
            let cells = vec![Cell::text(field_label(field)), Cell::of(change)];
            all.push(Row::new(format!("{}-{at}", entry.entry), cells));
        }
    }
    all
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let detail = load(&visit, customer).await?;
    let field = visit.link.get("field").filter(|it| !it.is_empty()).map(str::to_owned);
    let (entries, fields) = visit.read(move |ctx, tx| back::told(ctx, tx, customer, field.as_deref())).await?;
    let columns = vec![Column::new("field", "Field").width(220), Column::new("change", "Before and after").phone_sub()];
    let body = html! {
        div class="content" {
            (filter(&visit, &fields))
            @if entries.is_empty() { (Empty::new(Icon::Clock, "Nothing was changed yet")) }
            @else { (Table::new("history", "What was changed", columns).rows(rows(&visit, customer, &entries)).inside()) }
        }
    };
    Ok(framed(&visit, &detail, Part::History, body))
}

pub(super) async fn undo(visit: Visit, Path((id, entry)): Path<(String, String)>, sent: Sent) -> Out {
    let (customer, entry): (CustomerId, EntryId) = (visit.id(&id)?, visit.id(&entry)?);
    let to = format!("/customers/{id}");
    match visit.save(&sent, move |ctx, tx| back::undo_change(ctx, tx, customer, entry)).await {
        Ok(made) => Ok(visit.go(&to, Flash::done(acts::follows(&made, "Taken back.")))),
        Err(error) => Ok(visit.go(&to, Flash::failed(acts::sentence(&visit, error)?))),
    }
}
