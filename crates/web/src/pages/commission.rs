//! Commission: what somebody earned and why, statements, rules.

mod rules;

use super::acts::{self, Ask, reason};
use super::common::{press_with, version_field};
use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Header, Icon, Room, Row, Status, Table, Tone, facts,
    section_block, split,
};
use app::App;
use app::commission;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::commission::{
    CancelCommissionStatement, CommissionPart, CommissionStatement, CommissionStatementParts, IssueCommissionStatement,
};
use domain::clock::Day;
use domain::id::{CommissionStatementId, UserId};
use domain::people::Permission;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/commission", get(list))
        .route("/commission/of/{id}", get(account))
        .route("/commission/of/{id}/issue", post(issue))
        .route("/commission/{id}", get(page))
        .route("/commission/{id}/pdf", get(pdf))
        .route("/commission/{id}/csv", get(csv))
        .route("/commission/{id}/pay", post(pay))
        .route("/commission/{id}/cancel", get(cancel_page).merge(post(cancel)))
        .merge(rules::routes())
}

fn status(it: &CommissionStatement) -> Status {
    match it.status.as_str() {
        "paid" => Status::new(Tone::Green, "Paid"),
        "cancelled" => Status::new(Tone::Grey, "Cancelled"),
        _ => Status::new(Tone::Blue, "Issued"),
    }
}

fn part_status(it: &CommissionPart) -> Status {
    match it.state.as_str() {
        "paid" => Status::new(Tone::Green, "Paid"),
        "payable" => Status::new(Tone::Blue, "Payable"),
        "clawed_back" => Status::new(Tone::Red, "Taken back"),
        "reversed" => Status::new(Tone::Grey, "Reversed"),
        _ => Status::new(Tone::Amber, "Accrued"),
    }
}

// ---- statements -----------------------------------------------------------------------------------------------------

const VIEWS: &[View] = &[
    View::new("all", "All", &[]),
    View::new("issued", "To be paid", &[("status", "issued")]),
    View::new("paid", "Paid", &[("status", "paid")]),
];

async fn list(visit: Visit) -> Out {
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("number", "Statement"),
        Column::new("person", "Person").width(220).phone_sub(),
        Column::new("period", "Period").width(240),
        Column::new("total", format!("Total, {currency}")).number().width(140).phone_side_sub(),
        Column::new("created_at", "Issued").sort().width(150),
        Column::new("status", "Status").width(120),
    ];
    let words = [("issued", "To be paid"), ("paid", "Paid"), ("cancelled", "Cancelled")];
    let pairs = words.iter().map(|(value, label)| ((*value).into(), (*label).into())).collect();
    let list = List::new(&visit, Room::Figures, "commission", "Commission statements", columns)
        .views(VIEWS)
        .sort("-created_at")
        .filters(vec![Filter::many("status", "Status", pairs)]);
    let params = list.params();
    let page = visit.read(move |ctx, tx| commission::statements(ctx, tx, &params)).await?;
    let cell = |it: &CommissionStatement, key: &str| match key {
        "number" => Cell::text(it.number.clone()),
        "person" => Cell::text(it.name.clone()),
        "period" => Cell::text(format!("{} to {}", say::day(it.from), say::day(it.to))),
        "total" => Cell::text(say::amount(&visit.ctx, it.total_minor)),
        "created_at" => Cell::of(say::when(&visit.ctx, it.created_at)),
        _ => Cell::status(status(it)),
    };
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(it, key))
                .href(format!("/commission/{}", it.id))
                .name(it.number.clone())
                .off(it.status == "cancelled")
        })
        .collect();
    let mut header = Header::new("Commission statements").crumb("Figures", "/figures");
    if visit.may(Permission::ManageBilling) {
        header = header.action(Button::link("Rules", "/commission/rules").quiet());
    }
    if visit.ctx.actor.role.holds_stock() {
        header = header
            .action(Button::link("What you earned", format!("/commission/of/{}", visit.ctx.principal())).primary());
    } else {
        header = header.action(Button::link("People", "/people").quiet());
    }
    let empty = Empty::new(Icon::File, "No statements yet")
        .text("A statement is issued on the page of what a person earned: open the person, then Commission.");
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

// ---- what somebody earned -------------------------------------------------------------------------------------------

fn asked(visit: &Visit) -> (Option<Day>, Option<Day>) {
    let day = |key: &str| visit.link.get(key).and_then(Day::parse);
    (day("from"), day("to"))
}

fn parts_table(visit: &Visit, parts: &[CommissionPart]) -> Table {
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("event", "Event"),
        Column::new("on", "Day").width(110),
        Column::new("base", format!("Sales, {currency}")).number().width(130),
        Column::new("rate", "Rate").number().width(80),
        Column::new("amount", format!("Commission, {currency}")).number().width(140).phone_side(),
        Column::new("state", "State").width(120).phone_side_sub(),
        Column::new("why", "Why this amount").width(380).phone_sub(),
    ];
    let rows = parts.iter().map(|it| {
        let who = it.customer_name.clone().unwrap_or_else(|| it.event_number.clone());
        let cells = vec![
            Cell::two(it.event_name.clone(), who),
            Cell::text(say::day(it.on)),
            Cell::text(say::amount(&visit.ctx, it.base_minor)),
            Cell::text(format!("{} %", say::percent_plain(it.rate_bp))),
            Cell::text(say::amount(&visit.ctx, it.amount_minor)),
            Cell::status(part_status(it)),
            Cell::text(it.explanation.clone()).hover(it.explanation.clone()),
        ];
        Row::new(it.id.to_string(), cells).href(format!("/events/{}", it.event_id)).name(it.event_number.clone())
    });
    Table::new("parts", "Commission, event by event", columns).rows(rows.collect())
}

async fn account(visit: Visit, Path(id): Path<String>) -> Out {
    let id: UserId = visit.id(&id)?;
    account_shown(&visit, id, &[]).await
}

async fn account_shown(visit: &Visit, id: UserId, errors: &[FieldError]) -> Out {
    let (from, to) = asked(visit);
    let it = visit.read(move |ctx, tx| commission::account(ctx, tx, id, from, to)).await?;
    let money = |minor| say::money(&visit.ctx, minor);
    let header = Header::new(format!("Commission of {}", it.name))
        .crumb("Figures", "/figures")
        .crumb("Commission statements", "/commission")
        .under(html! { strong { (money(it.payable_minor + it.clawed_back_minor)) } " payable, " (money(it.accrued_minor)) " waits for the customers to pay" });
    let period = html! {
        form method="get" action={ "/commission/of/" (id) } class="form" {
            div class="pair" {
                (Field::date("from", "From").value(it.from.to_string()))
                (Field::date("to", "To").value(it.to.to_string()))
            }
            div class="form-foot" { (Button::submit("Show")) }
        }
    };
    let sums = vec![
        Fact::new("Accrued", money(it.accrued_minor)),
        Fact::new("Payable", money(it.payable_minor)),
        Fact::new("To be taken off", money(it.clawed_back_minor)),
        Fact::new("Paid", money(it.paid_minor)),
    ];
    let (from, to) = (it.from.to_string(), it.to.to_string());
    let hidden = [("from", from.as_str()), ("to", to.as_str())];
    let may = visit.may(Permission::ManageBilling);
    let aside = html! {
        section class="sec" { (facts(&sums)) }
        section class="sec" { (period) }
        @if may {
            (section_block("Statement", &[], html! {
                p class="sub" { "Over everything that is payable until " (say::day(it.to)) " and stands on no statement, less what is to be taken off." }
                (press_with(visit, format!("/commission/of/{id}/issue"), &hidden, Button::submit("Issue a statement").primary()))
            }))
        }
    };
    let empty = Empty::new(Icon::File, "Nothing was earned in this time")
        .text("Commission is accrued when an event is submitted.");
    let table = parts_table(visit, &it.parts).empty(empty).inside();
    let body = html! {
        (header)
        @for error in errors { (crate::ui::banner(crate::ui::Banner::Error, html! { (error.message) }, None)) }
        @if it.more { (super::common::note("There is more than is shown and summed here: choose a shorter time.")) }
        (split(section_block("Event by event", &[], table.render()), aside))
    };
    let title = format!("Commission of {}", it.name);
    Ok(if errors.is_empty() {
        visit.page(title, Room::Figures, body)
    } else {
        visit.refused(title, Room::Figures, body)
    })
}

async fn issue(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let read = || -> app::Result<IssueCommissionStatement> {
        let need = |key: &'static str| {
            acts::day(&sent, key)?.ok_or_else(|| app::Error::field(key, "required", "Choose the period."))
        };
        Ok(IssueCommissionStatement { user_id: id, from: need("from")?, to: need("to")?, include_accrued: false })
    };
    let done = match read() {
        Ok(ask) => visit.save(&sent, move |ctx, tx| commission::issue(ctx, tx, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let said = format!("Statement {} is issued", made["number"].as_str().unwrap_or_default());
            Ok(visit.go(&format!("/commission/{}", super::common::id_of(&made)), Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            account_shown(&visit, id, &errors).await
        }
    }
}

// ---- one statement --------------------------------------------------------------------------------------------------

async fn seen(visit: &Visit, id: CommissionStatementId) -> Result<CommissionStatementParts, crate::edge::Fail> {
    visit.read(move |ctx, tx| commission::statement(ctx, tx, id)).await
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CommissionStatementId = visit.id(&id)?;
    let it = seen(&visit, id).await?;
    let head = &it.head;
    let mut header = Header::new(format!("Statement {}", head.number))
        .crumb("Figures", "/figures")
        .crumb("Commission statements", "/commission")
        .status(status(head))
        .under(html! {
            strong { (say::money(&visit.ctx, head.total_minor)) } " for "
            a class="link" href={ "/commission/of/" (head.user_id) } { (head.name) }
            ", " (say::day(head.from)) " to " (say::day(head.to))
        })
        .action(Button::link("As table", format!("/commission/{id}/csv")).quiet().download())
        .action(Button::link("As PDF", format!("/commission/{id}/pdf")).icon(Icon::Print).download());
    if head.status == "issued" && visit.may(Permission::ManageBilling) {
        let version = head.version.to_string();
        let paid = press_with(
            &visit,
            format!("/commission/{id}/pay"),
            &[("version", &version)],
            Button::submit("It was paid").primary(),
        );
        header = header
            .action(Button::link("Cancel it", format!("/commission/{id}/cancel")).quiet().in_dialog())
            .action(paid);
    }
    let mut list = vec![Fact::new("Issued", say::when(&visit.ctx, head.created_at))];
    if let Some(at) = head.paid_at {
        list.push(Fact::new("Paid", say::when(&visit.ctx, at)));
    }
    if !head.reason.is_empty() {
        list.push(Fact::new("Cancelled because", head.reason.clone()));
    }
    let empty = Empty::new(Icon::File, "Nothing stands on it any more")
        .text("It was cancelled: its parts may be stated again.");
    let table = parts_table(&visit, &it.parts).empty(empty).inside();
    let aside: Markup = html! { section class="sec" { (facts(&list)) } };
    let body = html! { (header) (split(section_block("Event by event", &[], table.render()), aside)) };
    Ok(visit.page(format!("Statement {}", head.number), Room::Figures, body))
}

async fn pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CommissionStatementId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| commission::statement_pdf(ctx, tx, id)).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

async fn csv(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CommissionStatementId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| commission::statement_csv(ctx, tx, id)).await?;
    Ok(acts::file(&made.file_name, "text/csv; charset=utf-8", made.bytes))
}

async fn pay(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CommissionStatementId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| commission::pay(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/commission/{id}"), Flash::done("The commission is paid"))
}

fn ask_cancel(visit: &Visit, it: &CommissionStatementParts, sent: &Sent, errors: &[FieldError]) -> Response {
    let head = &it.head;
    Ask {
        title: format!("Cancel statement {}", head.number).into(),
        text: html! { p { "What stands on it may be stated again." } },
        room: Room::Figures,
        action: format!("/commission/{}/cancel", head.id),
        fields: html! { (version_field(head.version)) (reason(sent, errors, true)) },
        verb: "Cancel it".into(),
        danger: true,
        back: format!("/commission/{}", head.id),
        errors,
    }
    .show(visit)
}

async fn cancel_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let it = seen(&visit, visit.id(&id)?).await?;
    Ok(ask_cancel(&visit, &it, &sent, &[]))
}

async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CommissionStatementId = visit.id(&id)?;
    let it = seen(&visit, id).await?;
    let ask = CancelCommissionStatement { reason: sent.text("reason").to_owned() };
    match visit.save(&sent, move |ctx, tx| commission::cancel(ctx, tx, id, &ask)).await {
        Ok(_) => Ok(visit.go(&format!("/commission/{id}"), Flash::done("The statement was cancelled"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            Ok(ask_cancel(&visit, &it, &sent, &errors))
        }
    }
}
