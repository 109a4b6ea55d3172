//! Jobs: changes of many rows that go on by themselves, wait for a day or for a second person, and can be undone.

use super::bulk::{changed_words, fate};
use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Confirm, Empty, Field, Figure, Flash, Header, Icon, Menu, Meter, Room, Row, Status, Text,
    Tone, banner, figures, meter, polling,
};
use app::App;
use app::directory::bulk::jobs;
use app::export::Format;
use app::reports::{Field as Value, Kind};
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use contract::bulk::{Job, JobRow};
use domain::bulk::{JobStatus, RowOutcome};
use domain::id::JobId;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/jobs", get(list))
        .route("/jobs/{id}", get(page))
        .route("/jobs/{id}/progress", get(progress))
        .route("/jobs/{id}/rows.{ending}", get(file))
        .route("/jobs/{id}/cancel", post(cancel))
        .route("/jobs/{id}/approve", post(approve))
        .route("/jobs/{id}/decline", post(decline))
        .route("/jobs/{id}/undo", post(undo))
}

const VIEWS: &[View] = &[
    View::new("all", "All", &[]),
    View::new("mine", "Yours", &[("mine", "true")]),
    View::new("running", "Under way", &[("status", "queued,running")]),
    View::new("scheduled", "Scheduled", &[("status", "queued"), ("waits_for", "date")]),
    View::new("approval", "Waiting for approval", &[("status", "queued"), ("waits_for", "approval")]),
];

/// How a job stands, in colour and word.
fn status(it: &Job) -> Status {
    match (it.status, it.waits_for.as_deref()) {
        (JobStatus::Queued, Some("approval")) => Status::new(Tone::Amber, "Waits for approval"),
        (JobStatus::Queued, Some("date")) => Status::new(Tone::Violet, "Scheduled"),
        (JobStatus::Queued, _) => Status::new(Tone::Blue, "Next"),
        (JobStatus::Running, _) => Status::new(Tone::Blue, "Under way"),
        (JobStatus::Done, _) if it.undone_by.is_some() => Status::new(Tone::Grey, "Undone"),
        (JobStatus::Done, _) => Status::new(Tone::Green, "Done"),
        (JobStatus::Failed, _) => Status::new(Tone::Red, "Nothing changed"),
        (JobStatus::Cancelled, _) => Status::new(Tone::Grey, "Stopped"),
    }
}

fn counted(it: &Job, key: &str) -> i64 {
    it.counts.get(key).copied().unwrap_or(0)
}

// ---- the list -------------------------------------------------------------------------------------------------------

async fn list(visit: Visit) -> Out {
    let columns = vec![
        Column::new("summary", "Change"),
        Column::new("rows", "Rows").number().width(90).phone_side_sub(),
        Column::new("failed", "Not changed").number().width(110),
        Column::new("by", "By").width(150).phone_sub(),
        Column::new("created_at", "Asked for").sort().width(150),
        Column::new("effective_on", "On").width(120).optional(),
        Column::new("undo", "Can be undone until").width(160),
        Column::new("status", "Status").width(170),
    ];
    let words = |all: &[(&'static str, &'static str)]| -> Vec<(Text, Text)> {
        all.iter().map(|(value, label)| (Text::Borrowed(*value), Text::Borrowed(*label))).collect()
    };
    let statuses: Vec<_> = JobStatus::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let list = List::new(&visit, Room::Customers, "jobs", "Changes of many rows", columns)
        .views(VIEWS)
        .sort("-created_at")
        .filters(vec![
            Filter::many("status", "Status", words(&statuses)),
            Filter::many(
                "entity",
                "Of",
                words(&[
                    ("customers", "Customers"),
                    ("locations", "Locations"),
                    ("units", "Units"),
                    ("orders", "Orders"),
                    ("catalog_items", "Items"),
                ]),
            ),
        ]);
    let params = list.params();
    let page = visit.read(move |ctx, tx| jobs::list(ctx, tx, &params)).await?;
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(&visit, it, key))
                .href(format!("/jobs/{}", it.id))
                .name(it.summary.clone())
                .off(it.undone_by.is_some() || it.status == JobStatus::Cancelled)
        })
        .collect();
    let header = Header::new("Changes of many rows").crumb("Customers", "/customers");
    let empty = Empty::new(Icon::Clock, "None yet")
        .text("Select rows in a list and change them together: it stays here, and can be undone for 30 days.");
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn cell(visit: &Visit, it: &Job, key: &str) -> Cell {
    match key {
        "summary" if it.reason.is_empty() => Cell::text(it.summary.clone()),
        "summary" => Cell::two(&*it.summary, format!("\u{201c}{}\u{201d}", it.reason)),
        "rows" => Cell::text(say::number(it.rows_total)),
        "failed" => match counted(it, "failed") {
            0 => Cell::none(),
            n => Cell::text(say::number(n)).tone(Tone::Red),
        },
        "by" => Cell::text(it.created_by_name.clone()),
        "created_at" => Cell::of(say::when(&visit.ctx, it.created_at)),
        "effective_on" => it.effective_on.map_or_else(Cell::none, |day| Cell::text(say::day(day))),
        "undo" => match it.undo_until {
            Some(at) => Cell::text(say::day(at.day_in(&visit.ctx.organization.time_zone))),
            None => Cell::none(),
        },
        _ => Cell::status(status(it)),
    }
}

// ---- one job --------------------------------------------------------------------------------------------------------

async fn job(visit: &Visit, id: &str) -> Result<Job, Fail> {
    let id: JobId = visit.id(id)?;
    visit.read(move |ctx, tx| jobs::get(ctx, tx, id)).await
}

/// How far it is; asks again by itself until it is over.
fn how_far(it: &Job) -> Markup {
    if it.status.is_over() || it.waits_for.is_some() {
        return html! {};
    }
    let progress = Meter {
        label: "Under way".into(),
        value: it.rows_done as f64,
        of: it.rows_total.max(1) as f64,
        shown: format!("{} of {} rows", say::number(it.rows_done), say::number(it.rows_total)).into(),
        tone: None,
    };
    polling(&format!("/jobs/{}/progress", it.id), html! { div class="pad-x" { (meter(&progress)) } })
}

async fn progress(visit: Visit, Path(id): Path<String>) -> Out {
    let it = job(&visit, &id).await?;
    if it.status.is_over() {
        // The whole page says how it ended.
        return Ok(visit.leave(&format!("/jobs/{id}")));
    }
    Ok(visit.part(how_far(&it)))
}

fn outcomes(it: &Job) -> Markup {
    let link = |outcome: &str| format!("/jobs/{}?outcome={outcome}", it.id);
    let one = |key: RowOutcome, label: &'static str| {
        let rows = counted(it, key.as_str());
        (rows > 0).then(|| Figure::new(say::number(rows), label).href(link(key.as_str())))
    };
    let mut all = vec![Figure::new(say::number(it.rows_total), "selected").href(format!("/jobs/{}", it.id))];
    let parts = [
        one(RowOutcome::Done, "changed"),
        one(RowOutcome::Restored, "restored"),
        one(RowOutcome::Already, "were so already"),
        one(RowOutcome::NotAllowed, "not allowed"),
        one(RowOutcome::ChangedMeanwhile, "changed meanwhile"),
        one(RowOutcome::ChangedSince, "changed since"),
        one(RowOutcome::Invalid, "not valid"),
        one(RowOutcome::NotFound, "not found"),
        one(RowOutcome::Failed, "failed"),
        one(RowOutcome::Cancelled, "not reached"),
    ];
    all.extend(parts.into_iter().flatten());
    html! { div class="figs-in" { (figures(&all)) } }
}

fn header(visit: &Visit, it: &Job) -> Header {
    let id = it.id;
    let under = html! {
        "Asked for by " strong { (it.created_by_name) } ", " (say::when(&visit.ctx, it.created_at))
        @if let Some(day) = it.effective_on { " · for " (say::day(day)) }
        @if !it.reason.is_empty() { " · \u{201c}" (it.reason) "\u{201d}" }
        @if let Some(other) = it.undo_of { " · takes back " a class="link" href={ "/jobs/" (other) } { "this change" } }
        @if let Some(other) = it.undone_by { " · " a class="link" href={ "/jobs/" (other) } { "taken back" } }
    };
    let (home, to) = if it.entity == "units" { ("Stock", "/units") } else { ("Customers", "/customers") };
    let mut header = Header::new(it.summary.clone())
        .crumb(home, to)
        .crumb("Changes of many rows", "/jobs")
        .status(status(it))
        .under(under);
    let file = |format: Format| {
        Button::link(format.ending().to_uppercase(), format!("/jobs/{id}/rows.{}", format.ending())).download()
    };
    header = header.action(
        Menu::new("Result")
            .icon(Icon::Download)
            .item(file(Format::Csv))
            .item(file(Format::Xlsx))
            .item(file(Format::Json)),
    );
    if it.can_approve {
        header = header.action(Button::open("Decline", "decline")).action(Button::open("Approve", "approve").primary());
    }
    if it.can_cancel {
        let verb = if it.waits_for.is_some() { "Call off" } else { "Stop" };
        header = header.action(Button::open(verb, "cancel").danger());
    }
    if it.undo_until.is_some() {
        header = header.action(Button::open("Undo", "undo").icon(Icon::Undo));
    }
    header
}

/// The questions that the buttons ask.
fn questions(visit: &Visit, it: &Job) -> Markup {
    let at = |act: &str| format!("/jobs/{}/{act}", it.id);
    let ask = |id: &'static str,
               title: &'static str,
               text: String,
               verb: &'static str,
               danger: bool,
               fields: Option<Markup>| Confirm {
        id: id.into(),
        title: title.into(),
        text: text.into(),
        action: at(id).into(),
        verb: verb.into(),
        danger,
        csrf: visit.csrf(),
        fields,
    };
    let version = html! { input type="hidden" name="version" value=(it.version); };
    let why = html! { (version) (Field::text("reason", "Why").optional().limit(500)) };
    let until = it.undo_until.map(|at| say::day(at.day_in(&visit.ctx.organization.time_zone))).unwrap_or_default();
    html! {
        @if it.can_cancel {
            (ask("cancel", "Stop this change?", "What was changed until then stays, and can be undone. The rest is left as it is.".into(), "Stop it", true, Some(version.clone())))
        }
        @if it.can_approve {
            (ask("approve", "Approve this change?", format!("It is carried out for {}, and can be undone for 30 days.", say::count(it.rows_total, "row", "rows")), "Approve", false, Some(version.clone())))
            (ask("decline", "Decline this change?", "Nothing is changed, and whoever asked is told.".into(), "Decline", true, Some(why)))
        }
        @if it.undo_until.is_some() {
            (ask("undo", "Undo this change?", format!("Each row becomes what it was before, unless somebody changed it since; those are named. Possible until {until}."), "Undo it", false, None))
        }
    }
}

fn rows_list(visit: &Visit, it: &Job) -> List {
    let outcomes: Vec<(Text, Text)> =
        RowOutcome::ALL.iter().map(|it| (Text::Borrowed(it.as_str()), Text::Borrowed(it.label()))).collect();
    let name = match it.entity.as_str() {
        "locations" => "Location",
        "units" => "Unit",
        "orders" => "Order",
        "catalog_items" => "Item",
        _ => "Customer",
    };
    let columns = vec![
        Column::new("name", name),
        Column::new("changes", "What was changed").phone_sub(),
        Column::new("reason", "Why not").width(340),
        Column::new("status", "Result").width(160),
    ];
    let room = if it.entity == "units" { Room::Stock } else { Room::Customers };
    List::new(visit, room, "job-rows", "Rows", columns).filters(vec![Filter::many("outcome", "Result", outcomes)])
}

/// Where a row of a job leads.
fn subject(it: &Job, row: &JobRow) -> String {
    match it.entity.as_str() {
        "locations" => format!("/locations/{}", row.id),
        "units" => format!("/units/{}", row.id),
        "orders" => format!("/sales-orders/{}/pdf", row.id),
        "catalog_items" => format!("/catalog/{}", row.id),
        _ => format!("/customers/{}", row.id),
    }
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let it = job(&visit, &id).await?;
    let list = rows_list(&visit, &it);
    let (job_id, params) = (it.id, list.params());
    let page = visit.read(move |ctx, tx| jobs::rows(ctx, tx, job_id, &params)).await?;
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|row| {
            let cells = |key: &str| match key {
                "name" => Cell::text(row.name.clone()),
                "changes" if row.changes.is_empty() => Cell::none(),
                "changes" => Cell::of(changed_words(&row.changes)),
                "reason" if row.reason.is_empty() => Cell::none(),
                "reason" => Cell::text(row.reason.clone()).hover(row.reason.clone()),
                _ => Cell::status(fate(row.outcome)),
            };
            list.row(row.n.to_string(), cells).href(subject(&it, row)).name(row.name.clone())
        })
        .collect();
    let empty = match it.waits_for.as_deref() {
        Some("approval") => {
            Empty::new(Icon::Clock, "It waits for a second person").text("Rows are named here once it was carried out.")
        }
        Some(_) => Empty::new(Icon::Clock, "It waits for its day").text("Rows are named here once it was carried out."),
        None => Empty::new(Icon::Clock, "No rows yet"),
    };
    let mut shown = Shown::new(header(&visit, &it), rows, empty).paged(page.next_cursor, page.total);
    shown.above = Some(html! {
        @if it.can_approve { (banner(crate::ui::Banner::Info, "You are asked to approve this change.", None)) }
        (how_far(&it))
        (outcomes(&it))
    });
    shown.below = Some(questions(&visit, &it).render());
    Ok(list.answer(&visit, shown))
}

async fn file(visit: Visit, Path((id, ending)): Path<(String, String)>) -> Out {
    let format = Format::of_ending(&ending).ok_or_else(Fail::not_found)?;
    let it = job(&visit, &id).await?;
    let list = rows_list(&visit, &it);
    let (job_id, params) = (it.id, ListParams { count: false, ..list.params() });
    let first = visit.read(move |ctx, tx| jobs::rows(ctx, tx, job_id, &params)).await?;
    let field = |_: &app::Ctx, row: &JobRow, key: &str| {
        let changes = row.changes.iter().map(|it| {
            let value = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{}: {} -> {}", it.field, value(&it.old), value(&it.new))
        });
        Value::Text(match key {
            "name" => row.name.clone(),
            "changes" => changes.collect::<Vec<_>>().join("; "),
            "reason" => row.reason.clone(),
            _ => row.outcome.label().to_owned(),
        })
    };
    Ok(list.file(
        &visit,
        format,
        first,
        move |ctx, tx, params| jobs::rows(ctx, tx, job_id, params),
        |_| Kind::Text,
        field,
    ))
}

// ---- acts -----------------------------------------------------------------------------------------------------------

async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let job: JobId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| jobs::cancel(ctx, tx, job)).await;
    super::common::answered(&visit, &format!("/jobs/{id}"), done, "Stopped")
}

async fn approve(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let job: JobId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| jobs::approve(ctx, tx, job)).await;
    super::common::answered(&visit, &format!("/jobs/{id}"), done, "Approved: it is carried out now")
}

async fn decline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let job: JobId = visit.id(&id)?;
    let reason = sent.text("reason").to_owned();
    let done = visit.save(&sent, move |ctx, tx| jobs::decline(ctx, tx, job, &reason)).await;
    super::common::answered(&visit, &format!("/jobs/{id}"), done, "Declined: nothing was changed")
}

async fn undo(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let job: JobId = visit.id(&id)?;
    match visit.save(&sent, move |ctx, tx| jobs::undo(ctx, tx, job)).await {
        Ok(made) => Ok(visit.go(&format!("/jobs/{}", super::common::id_of(&made)), Flash::done("Taken back"))),
        Err(error) => Ok(visit.go(&format!("/jobs/{id}"), Flash::failed(super::acts::sentence(&visit, error)?))),
    }
}
