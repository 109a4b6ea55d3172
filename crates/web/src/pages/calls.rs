//! The call list: whose usual order is late, what they usually take, and the task in one press.

use super::common::{id_of, phone, press_with};
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Empty, Flash, Header, Icon, Line, Room, Status, Tab, Tone, lines, tabs};
use app::App;
use app::directory::calls::{self, usual_words};
use app::directory::remarks::tasks;
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use contract::calls::CallListEntry;
use contract::remarks::CreateCustomerTask;
use domain::id::CustomerId;
use domain::remark::TaskSource;
use maud::html;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/call-list", get(index)).route("/call-list/{id}/task", post(make_task))
}

/// A customer to be called, with the task in one press.
pub fn line(visit: &Visit, it: &CallListEntry) -> Line {
    let late = say::count(it.overdue_by, "day late", "days late");
    let mut line = Line::new(it.customer_name.as_str())
        .href(format!("/customers/{}", it.customer_id))
        .below(html! {
            (it.reason)
            @if !it.usual.is_empty() { " Usually takes " (usual_words(&it.usual)) "." }
            @if let Some(rep) = it.default_sales_rep_name.as_ref().filter(|_| it.default_sales_rep_id != Some(visit.ctx.principal())) { " · " (rep) }
        })
        .side(Status::new(Tone::Amber, late));
    if !it.phone.is_empty() {
        line = line.side_sub(phone(&it.phone));
    }
    if !super::remarks::writes(visit) {
        return line;
    }
    let log = format!("/customers/{}/activities/new?type=call", it.customer_id);
    line = line.action(Button::link("Log call", log).small().quiet().in_dialog());
    match it.task_id {
        Some(_) => line.action(
            Button::link("Task is open", format!("/customers/{}/timeline", it.customer_id))
                .small()
                .quiet()
                .icon(Icon::Check),
        ),
        None => {
            let reason = it.reason.as_str();
            let press = press_with(
                visit,
                format!("/call-list/{}/task", it.customer_id),
                &[("reason", reason)],
                Button::submit("Make task").small(),
            );
            line.control(press)
        }
    }
}

async fn make_task(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let new = CreateCustomerTask {
        title: "Call: the usual order has not come".to_owned(),
        note: sent.text("reason").to_owned(),
        due_on: Some(visit.ctx.today()),
        source: Some(TaskSource::Rule),
        ..CreateCustomerTask::default()
    };
    let flash = match visit.save(&sent, move |ctx, tx| tasks::create(ctx, tx, customer, &new)).await {
        Ok(made) => Flash::done("Task made for today").undo(format!("/customer-tasks/{}/remove", id_of(&made))),
        Err(error) => Flash::failed(super::acts::sentence(&visit, error)?),
    };
    Ok(visit.back("/call-list", flash))
}

async fn index(visit: Visit) -> Out {
    let everybody = visit.link.get("view") == Some("all");
    let mut params = ListParams {
        limit: Some(50),
        cursor: visit.link.get("cursor").map(str::to_owned),
        count: true,
        ..ListParams::default()
    };
    if !everybody {
        params.filters.insert("default_sales_rep_id".into(), visit.ctx.principal().to_string());
    }
    let page = visit.read(move |ctx, tx| calls::list(ctx, tx, &params)).await?;
    let rows: Vec<Line> = page.items.iter().map(|it| line(&visit, it)).collect();
    let views = [
        Tab::new("Your customers", "/call-list", !everybody),
        Tab::new("All in reach", "/call-list?view=all", everybody),
    ];
    let lead = match page.total.unwrap_or_default() {
        0 => String::new(),
        n => say::count(n, "customer", "customers"),
    };
    let empty = Empty::new(Icon::Check, "Nobody is late").text(
        "A customer with at least four order days appears here when its next order is a week late by its own rhythm.",
    );
    let body = html! {
        (Header::new("Call list").lead(lead).under("Whoever usually would have ordered by now, the longest expected first."))
        div class="pad-x" { (super::customers::subnav(&visit, "Call list")) }
        (tabs(&views, None))
        div class="content" {
            @if rows.is_empty() { (empty) } @else { (lines(&rows)) }
            @if let Some(next) = &page.next_cursor { p { (Button::link("More", visit.link.page(next).to_string())) } }
        }
    };
    Ok(visit.page("Call list", Room::Customers, body))
}
