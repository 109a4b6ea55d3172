//! The money of a customer: what it owes and may owe, how late it is, its statement of account.

use super::super::acts;
use super::super::words as say;
use super::page::{Part, framed, load};
use crate::edge::{Out, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Fact, Field, Figure, Form, HBar, Icon, Row, Table, Tone, banner, facts, figures,
    hbars, section_block, split,
};
use app::billing::{accounts, statement};
use app::{Ctx, Tx};
use axum::extract::Path;
use contract::credits::{Ageing, Receivables, Statement};
use domain::billing::CreditSignal;
use domain::clock::Day;
use domain::id::CustomerId;
use domain::people::Permission;
use maud::{Markup, html};

/// What a customer owes, for whoever may know.
pub(super) fn read(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> app::Result<Option<Receivables>> {
    if !ctx.may(Permission::ViewReceivables) {
        return Ok(None);
    }
    accounts::receivables(ctx, tx, id).map(Some)
}

fn ageing(it: &Receivables) -> Ageing {
    Ageing {
        not_due_minor: it.not_due_minor,
        past_due_1_30_minor: it.past_due_1_30_minor,
        past_due_31_60_minor: it.past_due_31_60_minor,
        past_due_61_90_minor: it.past_due_61_90_minor,
        past_due_over_90_minor: it.past_due_over_90_minor,
        pending_minor: it.pending_minor,
    }
}

fn bars(visit: &Visit, it: &Ageing, base: Option<&str>) -> Markup {
    let all: Vec<HBar> = statement::buckets(it)
        .into_iter()
        .filter(|(_, minor)| *minor != 0)
        .map(|(label, minor)| HBar {
            label: label.into(),
            value: minor as f64,
            shown: say::money_round(&visit.ctx, minor).into(),
            href: base.map(|base| rows(visit, base, label).into()),
        })
        .collect();
    html! { @if !all.is_empty() { (hbars(&all)) } }
}

/// The invoices behind a bucket, as far as the list can be narrowed to them.
fn rows(visit: &Visit, base: &str, label: &str) -> String {
    match label {
        "Due date not known yet" => format!("{base}?status=open&due_state=pending"),
        "Not due yet" => format!("{base}?status=open"),
        _ => format!("{base}?status=open&due_before={}", visit.ctx.today()),
    }
}

fn days(days: Option<f64>) -> Option<String> {
    days.map(|days| format!("{days:.0} {}", if days.round() as i64 == 1 { "day" } else { "days" }))
}

/// What it owes, how late, what is left of its credit: a part of its page.
pub(super) fn section(visit: &Visit, id: CustomerId, it: &Receivables) -> Markup {
    let money = |minor: i64| say::money_round(&visit.ctx, minor);
    let invoices = format!("/customers/{id}/invoices");
    let late = it.past_due_1_30_minor + it.past_due_31_60_minor + it.past_due_61_90_minor + it.past_due_over_90_minor;
    let open = Figure::new(money(it.open_minor), "open").href(format!("{invoices}?status=open"));
    let past = Figure::new(money(late), "past due").href(rows(visit, &invoices, ""));
    let mut all = vec![open, if late > 0 { past.note(Tone::Red, "Late") } else { past }];
    all.push(match (it.available_credit_minor, it.credit_limit_minor) {
        (Some(left), Some(limit)) => {
            let figure = Figure::new(money(left), format!("left of a limit of {}", money(limit)));
            match it.credit_signal {
                CreditSignal::OverLimit => figure.note(Tone::Red, "Over the limit"),
                CreditSignal::NearLimit => figure.note(Tone::Amber, "Near the limit"),
                _ => figure,
            }
        }
        _ => Figure::new("No limit", "credit"),
    });
    if let Some(days) = days(it.avg_days_to_pay) {
        all.push(Figure::new(days, "to pay, on average"));
    }
    if it.credit_balance_minor != 0 {
        all.push(
            Figure::new(money(it.credit_balance_minor), "credit balance").href(format!("/customers/{id}/statement")),
        );
    }
    let exposed = [
        ("Open invoices", it.open_minor),
        ("Shipped, not invoiced", it.shipped_minor),
        ("Ordered, not shipped", it.approved_minor),
        ("Used, not invoiced", it.unbilled_usage_minor),
    ];
    let parts: Vec<Fact> = exposed
        .into_iter()
        .filter(|(_, minor)| *minor != 0)
        .map(|(label, minor)| Fact::new(label, money(minor)))
        .chain([Fact::new("Exposure", html! { strong { (money(it.exposure_minor)) } })])
        .collect();
    let mut actions = vec![Button::link("Statement", format!("/customers/{id}/statement")).small()];
    if visit.may(Permission::ManageBilling) {
        actions.push(Button::link("Enter payment", format!("/customers/{id}/receive")).small().in_dialog());
    }
    let body = html! {
        (figures(&all))
        @if it.open_minor != 0 { div class="pad-top" { (bars(visit, &ageing(it), Some(&invoices))) } }
        @if it.exposure_minor != 0 { div class="pad-top" { (facts(&parts)) } }
        @if let Some(days) = days(it.avg_days_usage_to_po) { p class="sub" { "The purchase order comes " (days) " after usage, on average." } }
    };
    section_block("Receivables", &actions, body)
}

fn day_of(visit: &Visit, key: &str) -> Option<Day> {
    visit.link.get(key).and_then(Day::parse)
}

fn table(visit: &Visit, it: &Statement) -> Table {
    let amount = |minor: i64| Cell::text(say::amount(&visit.ctx, minor));
    let columns = vec![
        Column::new("what", "What"),
        Column::new("on", "Date").width(110).phone_sub(),
        Column::new("due", "Due").width(110),
        Column::new("amount", format!("Amount, {}", it.currency)).number().width(140).phone_side(),
        Column::new("balance", "Owed after it").number().width(140).phone_side_sub(),
    ];
    let mut all = vec![Row::new(
        "opening",
        vec![
            Cell::of(html! { span class="muted" { "Balance brought forward" } }),
            Cell::text(say::day(it.from)),
            Cell::none(),
            Cell::none(),
            amount(it.opening_minor),
        ],
    )];
    all.extend(it.lines.iter().enumerate().map(|(at, line)| {
        let late = line.due_on.is_some_and(|day| day < visit.ctx.today());
        let due = line.due_on.map_or_else(Cell::none, |day| Cell::text(say::day(day)));
        let cells = vec![
            Cell::text(statement::line_words(line)),
            Cell::text(say::day(line.on)),
            if late { due.hover(say::distance(visit.ctx.today(), line.due_on.unwrap_or(line.on))) } else { due },
            amount(line.amount_minor),
            amount(line.balance_minor),
        ];
        let row = Row::new(at.to_string(), cells);
        match (line.credit_memo_id, line.invoice_id) {
            (Some(memo), _) => row.href(format!("/credit-memos/{memo}")),
            (None, Some(invoice)) => row.href(format!("/invoices/{invoice}")),
            (None, None) => row,
        }
    }));
    Table::new("statement", "Statement of account", columns).rows(all).inside()
}

/// `GET /customers/{id}/statement`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let (from, to) = (day_of(&visit, "from"), day_of(&visit, "to"));
    let detail = load(&visit, id).await?;
    let (it, balance) = visit
        .read(move |ctx, tx| Ok((statement::statement(ctx, tx, id, from, to)?, accounts::balance(ctx, tx, id)?)))
        .await?;
    let money = |minor: i64| say::money(&visit.ctx, minor);
    let paper = format!("/customers/{id}/statement/pdf?from={}&to={}", it.from, it.to);
    let mut sums = vec![
        Figure::new(money(it.closing_minor), format!("owed on {}", say::day(it.to))),
        Figure::new(money(it.billed_minor), "billed"),
        Figure::new(money(it.paid_minor), "paid"),
    ];
    if it.credited_minor != 0 {
        sums.push(Figure::new(money(it.credited_minor), "credited"));
    }
    let other_days = Form::get(format!("/customers/{id}/statement"))
        .body(html! {
            div class="row" {
                (Field::date("from", "From").value(it.from.to_string()))
                (Field::date("to", "To").value(it.to.to_string()))
            }
        })
        .button(Button::submit("Show these days").small());
    let mut acts = vec![Button::link("As PDF", paper).icon(Icon::Print).small().download()];
    if visit.may(Permission::ManageBilling) {
        let send = format!("/documents/statement/{id}/send?from={}&to={}", it.from, it.to);
        acts.push(Button::link("Send it", send).icon(Icon::Mail).small().in_dialog());
    }
    if balance.balance_minor > 0 && visit.may(Permission::ManageBilling) {
        acts.push(Button::link("Refund", format!("/customers/{id}/refund")).small().in_dialog());
    }
    let receivers: Vec<&str> = detail
        .it
        .contacts
        .iter()
        .filter(|contact| contact.receives.iter().any(|what| what.as_str() == "statement"))
        .map(|contact| contact.name.as_str())
        .collect();
    let work = html! {
        @if it.truncated { (banner(Banner::Info, "More happened than is shown. Choose fewer days; all of it is in the sums.", None)) }
        (figures(&sums))
        div class="pad-top" { (section_block("Account", &acts, table(&visit, &it))) }
    };
    let aside = html! {
        section class="sec" { (other_days) }
        @if it.ageing != Ageing::default() { (section_block("How late", &[], bars(&visit, &it.ageing, None))) }
        @if balance.balance_minor != 0 {
            (section_block("Credit balance", &[], html! {
                p { strong { (money(balance.balance_minor)) } " to be refunded or used." }
            }))
        }
        @if !receivers.is_empty() { p class="sub" { "Statements go to " (say::names(&receivers, 3)) "." } }
    };
    Ok(framed(&visit, &detail, Part::Statement, split(work, aside)))
}

/// `GET /customers/{id}/statement/pdf`
pub(super) async fn pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let (from, to) = (day_of(&visit, "from"), day_of(&visit, "to"));
    let made = visit.read(move |ctx, tx| statement::statement_pdf(ctx, tx, id, from, to)).await?;
    Ok(acts::file(&format!("statement-{}", made.file_name), "application/pdf", made.bytes))
}
