//! Customers below a customer: the tree with each one's part, and the figures of all of them together.

use super::super::words as say;
use super::{billing, engagement};
use crate::edge::Visit;
use crate::ui::{Cell, Column, Figure, Link, Row, Table, Tone, badge, figures, section_block};
use contract::directory::{Customer, Sums};
use contract::families::{Family, FamilyMember};
use maud::{Markup, html};

/// Whether the page sums with everybody below.
pub(super) fn counts_all(visit: &Visit) -> bool {
    visit.link.get("figures") == Some("all")
}

/// Alone, or with those below it: shown where there are any.
pub(super) fn switch(visit: &Visit, family: &Family) -> Markup {
    let below = family.items.len().saturating_sub(1) as i64;
    let all = counts_all(visit);
    html! {
        @if below > 0 {
            nav class="seg" aria-label="Whose figures" {
                a href=(visit.link.without("figures")) aria-current=[(!all).then_some("page")] { "Alone" }
                a href=(visit.link.with("figures", "all")) aria-current=[all.then_some("page")] { "With " (say::count(below, "subsidiary", "subsidiaries")) }
            }
        }
    }
}

/// Orders of all of them, where an address can name them all.
fn orders(visit: &Visit, family: &Family) -> Option<String> {
    const NAMED_MAX: usize = 40;
    let ids: Vec<String> = family.items.iter().map(|it| it.id.to_string()).collect();
    let link = Link::new("/orders").with("customer_id", ids.join(",")).with("counts", "1");
    (ids.len() <= NAMED_MAX).then(|| link.with("window", super::page::window(visit).as_str()).to_string())
}

/// The figures of the customer with everybody below it.
pub(super) fn strip(visit: &Visit, it: &Customer, family: &Family) -> Markup {
    let sums = &family.totals;
    let money = |minor: i64| say::money_round(&visit.ctx, minor);
    let rows = orders(visit, family);
    let linked = |figure: Figure| match &rows {
        Some(href) => figure.href(href.clone()),
        None => figure,
    };
    let mut all = vec![
        linked(Figure::new(money(sums.orders_total_minor), "total of orders")),
        linked(Figure::new(say::number(sums.orders_count), if sums.orders_count == 1 { "order" } else { "orders" })),
        linked(Figure::new(sums.orders_avg_minor.map_or("–".to_owned(), money), "average order")),
        Figure::new(say::number(sums.locations_count), "locations"),
        Figure::new(say::number(sums.stock_on_site_units), "units on site"),
    ];
    if let Some(open) = sums.open_balance_minor {
        all.push(Figure::new(money(open), "open balance"));
    }
    html! {
        (figures(&all))
        p class="sub" {
            (it.name) " and the " (say::count(family.items.len() as i64 - 1, "customer", "customers")) " below it"
            @if family.more { ", as far as the first 500 go" } "."
        }
    }
}

fn row(visit: &Visit, it: &FamilyMember) -> Row {
    let money = |minor: i64| say::money_round(&visit.ctx, minor);
    let own = |of: fn(&Sums) -> i64, words: &dyn Fn(i64) -> String| {
        let (alone, with) = (of(&it.own), of(&it.with_subsidiaries));
        let cell = Cell::of(html! { (words(with)) });
        if alone == with { cell } else { cell.hover(format!("{} alone", words(alone))) }
    };
    let name = html! {
        span class={ "lvl lvl-" (it.level.clamp(0, 4)) } { (it.name) }
        @if it.archived_at.is_some() { " " (badge(Some(Tone::Grey), "Archived")) }
    };
    let share = it.share_bp.map_or_else(Cell::none, |bp| Cell::text(format!("{} %", (bp + 50) / 100)));
    Row::new(
        it.id.to_string(),
        vec![
            Cell::two(name, html! { span class={ "lvl lvl-" (it.level.clamp(0, 4)) } { (it.number) } }),
            own(|it| it.locations_count, &say::number),
            own(|it| it.orders_count, &say::number),
            own(|it| it.orders_total_minor, &money),
            share,
            Cell::status(if it.effective_billing_status == domain::billing::BillingStatus::Good {
                engagement(it.engagement_stage)
            } else {
                billing(it.effective_billing_status)
            }),
        ],
    )
    .href(format!("/customers/{}", it.id))
    .name(it.name.clone())
    .off(it.archived_at.is_some())
}

/// The tree, where there is more than the customer itself.
pub(super) fn tree(visit: &Visit, family: &Family) -> Markup {
    if family.items.len() < 2 {
        return html! {};
    }
    let columns = vec![
        Column::new("name", "Customer"),
        Column::new("locations", "Locations").number().width(90).phone_hidden(),
        Column::new("orders", "Orders").number().width(80).phone_hidden(),
        Column::new("total", "Total").number().width(120).phone_side(),
        Column::new("share", "Part").number().width(70).help("Of the total with everybody below").phone_side_sub(),
        Column::new("status", "Status").width(130).phone_hidden(),
    ];
    let rows: Vec<Row> = family.items.iter().map(|it| row(visit, it)).collect();
    let below = say::count(family.items.len() as i64 - 1, "customer below it", "customers below it");
    section_block(
        "Belongs together",
        &[],
        html! {
            p class="sub" { (below) ". Each figure is with everybody below; alone on hover." }
            (Table::new("family", "Customers below it", columns).rows(rows).inside())
        },
    )
}
