//! What would happen: how many rows meet which fate, what follows besides, from which values to which, the first rows.

use super::super::common::Values;
use super::super::words as say;
use super::{Selection, counted, entity, fields, handed_on, home, list_path, permission};
use crate::edge::{Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Field, FieldError, Figure, Flash, Header, Icon, Row, StepState, Table, Text, Todo,
    Tone, banner, csrf_field, figures, section_block, split, todos,
};
use app::directory::bulk::{Entity, jobs};
use axum::response::Response;
use contract::bulk::{ApplyBulk, BulkChange, BulkPreview, BulkRow, BulkStep, Consequence, ReceivablesShift, RepShift};
use domain::bulk::{BulkMode, JobStatus, RowOutcome};
use maud::{Markup, html};

/// A field's name in words.
fn field_label(field: &str) -> Text {
    Text::Borrowed(match field {
        "default_sales_rep_id" => "Default sales rep",
        "sales_rep" | "sales_rep_id" => "Sales rep",
        "payment_terms_id" => "Payment terms",
        "basis_date" => "Basis date",
        "billing_status" => "Billing",
        "billing_status_reason" => "Why",
        "billing_review_on" => "Look at it again",
        "credit_limit_minor" => "Credit limit",
        "price_list_id" => "Price list",
        "next_contact_on" => "Next contact",
        "auto_hold" => "Held by its credit",
        "archived_at" => "In lists",
        "tags" => "Tags",
        "expires_on" => "Expires",
        "due_back_on" => "Due back",
        "place_id" => "Place",
        "task" => "Task",
        "delivery_instructions" => "Delivery",
        "location_overrides" => "Reps of locations",
        "terms" => "Payment terms",
        other => return super::super::words::sentence(other),
    })
}

/// A value as it is shown: days as people write them.
fn value(label: &str) -> Text {
    domain::clock::Day::parse(label).map_or_else(|| label.to_owned().into(), |day| say::day(day).into())
}

pub(super) fn fates(preview: &BulkPreview) -> Markup {
    let it = &preview.counts;
    let mut all = vec![
        Figure::new(say::number(it.selected), "selected, frozen now"),
        Figure::new(say::number(it.will_change), "will change"),
    ];
    let others = [
        (it.already, "are so already", None),
        (it.not_allowed, "you may not change", Some(Tone::Red)),
        (it.changed_meanwhile, "changed meanwhile", Some(Tone::Amber)),
        (it.invalid, "a rule forbids", Some(Tone::Red)),
    ];
    for (rows, label, tone) in others.into_iter().filter(|(rows, ..)| *rows > 0) {
        let figure = Figure::new(say::number(rows), label);
        all.push(match tone {
            Some(tone) => figure.note(
                tone,
                if preview.mode == BulkMode::AllOrNothing { "then nothing is changed" } else { "left as they are" },
            ),
            None => figure,
        });
    }
    figures(&all)
}

pub(super) fn consequences(all: &[Consequence]) -> Markup {
    let todo = |it: &Consequence| {
        let state = match it.code.as_str() {
            "held_orders" | "overrides_cleared" => StepState::Now,
            _ => StepState::Done,
        };
        Todo::new(state, it.message.as_str())
    };
    html! { @if !all.is_empty() { (section_block("What follows", &[], todos(&all.iter().map(todo).collect::<Vec<_>>()))) } }
}

pub(super) fn histogram(steps: &[BulkStep]) -> Markup {
    let columns = vec![
        Column::new("field", "Field").width(150),
        Column::new("old", "From"),
        Column::new("new", "To").phone_sub(),
        Column::new("rows", "Rows").number().width(90).phone_side(),
    ];
    let most = steps.iter().map(|step| step.rows).max().unwrap_or(1).max(1);
    let row = |step: &BulkStep| {
        let cells = vec![
            Cell::text(field_label(&step.field)),
            Cell::text(value(&step.old_label)),
            Cell::of(
                html! { span class="phone-only" { (value(&step.old_label)) " \u{2192} " } strong { (value(&step.new_label)) } },
            ),
            Cell::of(html! {
                (say::number(step.rows))
                svg class="bar-s" width="100%" height="3" aria-hidden="true" { rect width={ (step.rows * 100 / most) "%" } height="3" rx="1.5" {} }
            }),
        ];
        Row::new(format!("{}-{}", step.field, step.old_label), cells)
    };
    html! {
        @if !steps.is_empty() {
            (section_block("From and to", &[], html! { (Table::new("steps", "From and to", columns).rows(steps.iter().map(row).collect()).inside()) }))
        }
    }
}

fn reps(all: &[RepShift]) -> Markup {
    let moved = |gained: i64, lost: i64| {
        let part = |n: i64, sign: &str| if n == 0 { String::new() } else { format!("{sign}{}", say::number(n)) };
        let text =
            [part(gained, "+"), part(lost, "\u{2212}")].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>();
        if text.is_empty() { Cell::none() } else { Cell::text(text.join(" ")) }
    };
    let columns = vec![
        Column::new("name", "Who"),
        Column::new("customers", "Customers").number().width(130).phone_sub(),
        Column::new("locations", "Locations").number().width(130).phone_side(),
    ];
    let row = |it: &RepShift| {
        let cells = vec![
            Cell::text(it.name.clone()),
            moved(it.customers_gained, it.customers_lost),
            moved(it.locations_gained, it.locations_lost),
        ];
        Row::new(it.user_id.to_string(), cells)
    };
    html! {
        @if !all.is_empty() {
            (section_block("Who gains and who loses", &[], html! { (Table::new("reps", "Reps", columns).rows(all.iter().map(row).collect()).inside()) }))
        }
    }
}

/// Pixels of a week in the drawing.
const WEEK_W: usize = 12;
/// Height of its bars.
const WEEK_H: f64 = 96.0;

/// What falls due week by week, as it is and as it would be, side by side. The table below it says the same in numbers.
fn weeks(visit: &Visit, shift: &ReceivablesShift) -> Markup {
    let most = shift.weeks.iter().flat_map(|it| [it.before_minor, it.after_minor]).max().unwrap_or(1).max(1);
    let height = |minor: i64| (WEEK_H * minor.max(0) as f64 / most as f64 * 10.0).round() / 10.0;
    let width = shift.weeks.len() * WEEK_W;
    let said = format!("What falls due by week, before and after: {}", shift.message);
    html! {
        div class="weeks" tabindex="0" role="group" aria-label="What falls due by week" {
            svg class="chart shift" width=(width) height="124" viewBox={ "0 0 " (width) " 124" } role="img" aria-label=(said) {
                @for (at, week) in shift.weeks.iter().enumerate() {
                    @let x = at * WEEK_W;
                    @let date = week.week.civil();
                    g {
                        title { "Week of " (say::day(week.week)) ": " (say::money_round(&visit.ctx, week.before_minor)) " as it is, " (say::money_round(&visit.ctx, week.after_minor)) " then" }
                        rect class="hit" x=(x) y="0" width=(WEEK_W) height="100" fill-opacity="0" {}
                        rect class="before" x=(x + 1) y=(100.0 - height(week.before_minor)) width="5" height=(height(week.before_minor)) rx="1" {}
                        rect class="after" x=(x + 6) y=(100.0 - height(week.after_minor)) width="5" height=(height(week.after_minor)) rx="1" {}
                    }
                    @if date.day() <= 7 { text x=(x + 1) y="118" { (say::month(date.month()).chars().take(3).collect::<String>()) } }
                }
                line class="base" x1="0" x2=(width) y1="100" y2="100" {}
            }
        }
        p class="sub legend" {
            svg class="shift" width="10" height="10" aria-hidden="true" { rect class="before" width="10" height="10" rx="2" {} } " as it is "
            svg class="shift" width="10" height="10" aria-hidden="true" { rect class="after" width="10" height="10" rx="2" {} } " under the new terms"
        }
    }
}

/// How receivables would move: what falls due as it is, and as it would be.
fn receivables(visit: &Visit, shift: &ReceivablesShift) -> Markup {
    let money = |minor: i64| say::money_round(&visit.ctx, minor);
    let body = html! {
        p { (shift.message) }
        @if !shift.weeks.is_empty() { (weeks(visit, shift)) }
        @if !shift.months.is_empty() {
            details class="more" {
                summary { "By month, in numbers" }
                table class="t auto" aria-label="Falls due, by month" {
                    thead { tr { th scope="col" { "Month" } th class="num" scope="col" { "As it is" } th class="num" scope="col" { "Then" } th class="num" scope="col" { "Difference" } } }
                    tbody {
                        @for it in &shift.months {
                            @let date = it.month.civil();
                            @let more = it.after_minor - it.before_minor;
                            tr {
                                td { (say::month(date.month())) " " (date.year()) }
                                td class="num" { (money(it.before_minor)) }
                                td class="num" { (money(it.after_minor)) }
                                td class={ "num" @if more < 0 { " late" } @else if more > 0 { " good" } } { @if more == 0 { "–" } @else { @if more > 0 { "+" } (money(more)) } }
                            }
                        }
                    }
                }
            }
        }
        p class="sub" { "The invoices of the last twelve months, as if they had been issued like that. Documents that were issued keep what they say." }
    };
    section_block("Receivables", &[], body)
}

/// What was changed in a row, as a job tells it.
pub(in super::super) fn changed_words(changes: &[contract::ChangeView]) -> Markup {
    let value = |text: &Option<String>| text.as_deref().map_or_else(|| "\u{2013}".into(), value);
    html! {
        @for it in changes {
            div class="step" { span class="muted" { (field_label(&it.field)) ": " (value(&it.old)) " → " } (value(&it.new)) }
        }
    }
}

/// What is different in a row.
fn changed(changes: &[BulkChange]) -> Markup {
    html! {
        @for it in changes {
            div class="step" { span class="muted" { (field_label(&it.field)) ": " (value(&it.old_label)) " → " } (value(&it.new_label)) }
        }
    }
}

/// The fate of a row, in colour and word.
pub(in super::super) fn fate(outcome: RowOutcome) -> crate::ui::Status {
    let (tone, word) = match outcome {
        RowOutcome::Pending => (Tone::Green, "Will change"),
        RowOutcome::Done | RowOutcome::Restored => (Tone::Green, outcome.label()),
        RowOutcome::Already | RowOutcome::Cancelled => (Tone::Grey, outcome.label()),
        RowOutcome::ChangedMeanwhile | RowOutcome::ChangedSince => (Tone::Amber, outcome.label()),
        _ => (Tone::Red, outcome.label()),
    };
    crate::ui::Status::new(tone, word)
}

fn rows(entity: Entity, preview: &BulkPreview) -> Markup {
    let name = match entity {
        Entity::Customers => "Customer",
        Entity::Locations => "Location",
        Entity::Units => "Unit",
    };
    let columns = vec![
        Column::new("name", name),
        Column::new("change", "What changes").phone_sub(),
        Column::new("status", "").width(160),
    ];
    let row = |it: &BulkRow| {
        let status = Cell::status(fate(it.outcome));
        let said = it.message.clone().unwrap_or_default();
        let change = if it.changes.is_empty() {
            html! { span class="muted" { (said) } }
        } else {
            changed(&it.changes)
        };
        let cells = vec![Cell::two(&*it.name, &*it.number), Cell::of(change).hover(said), status];
        Row::new(it.id.clone(), cells)
            .href(format!("{}/{}", list_path(entity), it.id))
            .off(it.outcome == RowOutcome::Already)
    };
    let shown = preview.rows.len() as i64;
    let title = if shown < preview.counts.selected {
        format!("The first {}", counted(entity, shown))
    } else {
        "Rows".to_owned()
    };
    section_block(
        title,
        &[],
        html! { (Table::new("rows", "Rows", columns).rows(preview.rows.iter().map(row).collect()).inside()) },
    )
}

fn verb(entity: Entity, preview: &BulkPreview) -> String {
    let rows = counted(entity, preview.counts.will_change);
    match (preview.needs_approval, preview.effective_on) {
        (true, _) => format!("Ask for approval of {rows}"),
        (false, Some(day)) => format!("Change {rows} on {}", say::day(day)),
        (false, None) => format!("Change {rows}"),
    }
}

/// What stands against going on, in a sentence.
fn obstacle(preview: &BulkPreview) -> Option<&'static str> {
    let failing = preview.counts.not_allowed + preview.counts.changed_meanwhile + preview.counts.invalid;
    if preview.counts.will_change == 0 {
        return Some("No row would change.");
    }
    (preview.mode == BulkMode::AllOrNothing && failing > 0).then_some(
        "Some rows cannot be changed, and this is all or nothing. Go back: skip those rows, or select others.",
    )
}

fn confirm(
    visit: &Visit,
    entity: Entity,
    preview: &BulkPreview,
    sent: &Sent,
    selection: &Selection,
    errors: &[FieldError],
) -> Markup {
    let base = list_path(entity);
    let obstacle = obstacle(preview);
    let minutes = (preview.expires_at.0 - visit.ctx.now.0) / 60_000_000;
    html! {
        section class="sec confirm" {
            form class="form" method="post" action={ (base) "/bulk/apply" } data-check {
                (csrf_field(&visit.csrf()))
                (selection.hidden())
                (handed_on(sent, &["preview_token", "confirm_rows"]))
                input type="hidden" name="preview_token" value=(preview.preview_token);
                @if let Some(text) = obstacle { (banner(Banner::Warning, text, None)) }
                @if preview.needs_approval && obstacle.is_none() { (banner(Banner::Info, "A second person has to approve it, because it is about money and many rows.", None)) }
                @if let (Some(rows), None) = (preview.confirm_rows, obstacle) {
                    (Field::number("confirm_rows", format!("Type {rows} to confirm")).value(sent.text("confirm_rows").to_owned()).errors(errors).required())
                }
                @if obstacle.is_none() { (Button::submit(verb(entity, preview)).primary()) }
                p class="sub" { "Undo is there for 30 days. This preview holds for " (say::count(minutes.max(1), "minute", "minutes")) "." }
            }
            form method="post" action={ (base) "/bulk" } {
                (csrf_field(&visit.csrf()))
                (selection.hidden())
                (handed_on(sent, &["preview_token", "confirm_rows"]))
                (Button::submit("Back").icon(Icon::Left))
            }
        }
    }
}

async fn show(
    visit: &Visit,
    entity: Entity,
    preview: &BulkPreview,
    sent: &Sent,
    selection: &Selection,
    errors: &[FieldError],
) -> Response {
    let title: Text = format!("{} selected", counted(entity, preview.counts.selected)).into();
    let (room, crumb) = home(entity);
    let header = Header::new(title.clone()).crumb(crumb, list_path(entity)).under("A preview: nothing is changed yet.");
    let work = html! {
        (fates(preview))
        div class="pad-top" { (consequences(&preview.consequences)) }
        @if let Some(shift) = &preview.receivables { (receivables(visit, shift)) }
        (histogram(&preview.histogram))
        (reps(&preview.reps))
        (rows(entity, preview))
    };
    let body = html! { (header) (split(work, confirm(visit, entity, preview, sent, selection, errors))) };
    if errors.is_empty() { visit.page(title, room, body) } else { visit.refused(title, room, body) }
}

/// `POST /customers/bulk/preview`: from the sheet.
pub(super) async fn page(visit: Visit, sent: Sent) -> Out {
    let entity = entity(&visit);
    visit.ctx.require(permission(entity))?;
    let selection = Selection::of(&visit, &sent, entity).await?;
    let looked = match fields::read(&visit, &sent, &selection).await {
        Ok(ask) => visit.app.preview_bulk(&visit.ctx, entity, ask).await,
        Err(error) => Err(error),
    };
    match looked {
        Ok(preview) => Ok(show(&visit, entity, &preview, &sent, &selection, &[]).await),
        Err(error) => {
            let errors = fields::placed(visit.complaints(error)?);
            fields::show(&visit, entity, &selection, &Values::of(&sent), &errors).await
        }
    }
}

/// `POST /customers/bulk/apply`: from the preview.
pub(super) async fn apply(visit: Visit, sent: Sent) -> Out {
    let entity = entity(&visit);
    let token = sent.id("preview_token")?.ok_or_else(|| app::Error::unknown("preview_token"))?;
    let number = sent.maybe("confirm_rows").map(|text| text.replace([',', ' ', '.'], ""));
    let confirm_rows = match number.as_deref().map(str::parse).transpose() {
        Ok(rows) => rows,
        Err(_) => {
            return again(
                &visit,
                entity,
                &sent,
                vec![FieldError::new("confirm_rows", "Type the number as it stands there.")],
            )
            .await;
        }
    };
    let ask = ApplyBulk { preview_token: token, confirm_rows };
    let done = visit.save(&sent, move |ctx, tx| jobs::apply(ctx, tx, entity, &ask)).await;
    match done {
        Ok(job) => Ok(visit.go(&format!("/jobs/{}", super::super::common::id_of(&job)), said(&job))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            again(&visit, entity, &sent, errors).await
        }
    }
}

/// The preview once more, made anew: the old one may be over.
async fn again(visit: &Visit, entity: Entity, sent: &Sent, errors: Vec<FieldError>) -> Out {
    let selection = Selection::of(visit, sent, entity).await?;
    let ask = fields::read(visit, sent, &selection).await?;
    let preview = visit.app.preview_bulk(&visit.ctx, entity, ask).await?;
    let errors: Vec<FieldError> = errors
        .into_iter()
        .map(|error| if error.field == "confirm_rows" { error } else { FieldError::new("confirm_rows", error.message) })
        .collect();
    Ok(show(visit, entity, &preview, sent, &selection, &errors).await)
}

/// What just happened, with the way back where there is one.
fn said(job: &serde_json::Value) -> Flash {
    let text = |key: &str| job.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let done = job.get("counts").and_then(|counts| counts.get("done")).and_then(serde_json::Value::as_i64).unwrap_or(0);
    match (JobStatus::parse(text("status")), text("waits_for")) {
        (Some(JobStatus::Done), _) => Flash::done(format!("{} changed", say::count(done, "row", "rows")))
            .undo(format!("/jobs/{}/undo", text("id"))),
        (Some(JobStatus::Failed), _) => Flash::failed("Nothing was changed"),
        (_, "approval") => Flash::done("It waits for a second person"),
        (_, "date") => Flash::done("It is scheduled"),
        _ => Flash::done("It goes on by itself; this page shows how far it is"),
    }
}
