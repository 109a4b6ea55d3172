//! One customer: who it is, how good, who cares for it, under which terms and why.

use super::super::common::{address, contacts, mail, phone, press_with, story};
use super::super::words as say;
use super::{all_price_lists, billing, engagement, last_order};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Button, Cell, Column, Fact, Figure, Header, Icon, Menu, Room, Row, Table, Tone, badge, drawer_body, facts, figures,
    section_block, split,
};
use app::directory::{customers, locations, terms};
use axum::extract::Path;
use contract::directory::{Customer, Location, PatchCustomer, PaymentTerms};
use contract::{HistoryEntry, ListParams};
use domain::engagement::Window;
use domain::id::CustomerId;
use domain::people::Permission;
use maud::{Markup, html};

struct Known {
    it: Customer,
    locations: Vec<Location>,
    more_locations: bool,
    terms: Option<PaymentTerms>,
    price_list: Option<String>,
    parent: Option<(CustomerId, String)>,
    children: Vec<Customer>,
    history: Vec<HistoryEntry>,
}

/// Over which time the page sums, unless asked otherwise.
fn window(visit: &Visit) -> Window {
    visit.link.get("window").and_then(Window::parse).unwrap_or(Window::Last12Months)
}

async fn known(visit: &Visit, id: CustomerId) -> Result<Known, Fail> {
    let window = window(visit);
    visit
        .read(move |ctx, tx| {
            let it = customers::get(ctx, tx, id, window)?;
            let mut ask = ListParams { limit: Some(100), ..ListParams::default() };
            ask.filters.insert("customer_id".into(), id.to_string());
            ask.filters.insert("window".into(), window.as_str().into());
            let page = locations::list(ctx, tx, &ask)?;
            let mut below = ListParams { limit: Some(50), ..ListParams::default() };
            below.filters.insert("parent_customer_id".into(), id.to_string());
            let parent = match it.parent_customer_id {
                // A parent out of reach is not named.
                Some(parent) => customers::get(ctx, tx, parent, window).ok().map(|it| (it.id, it.name)),
                None => None,
            };
            let price_list = match it.price_list_id {
                Some(list) => all_price_lists(ctx, tx)?.into_iter().find(|it| it.id == list).map(|it| it.name),
                None => None,
            };
            Ok(Known {
                terms: it.payment_terms_id.map(|id| terms::get(ctx, tx, id)).transpose()?,
                more_locations: page.next_cursor.is_some(),
                locations: page.items,
                children: customers::list(ctx, tx, &below)?.items,
                history: customers::history(ctx, tx, id)?.items,
                price_list,
                parent,
                it,
            })
        })
        .await
}

fn line(known: &Known) -> Markup {
    let it = &known.it;
    html! {
        (it.engagement_reason)
        " · " @match &it.default_sales_rep_name { Some(name) => { "cared for by " strong { (name) } } None => { span class="late" { "nobody cares for it" } } }
        " · " @match &known.terms { Some(terms) => { (terms.name) } None => { "default terms" } }
        @if let Some(basis) = it.basis_date { " from the " (basis.label().to_lowercase()) }
    }
}

fn strip(visit: &Visit, known: &Known) -> Markup {
    let it = &known.it;
    let window = window(visit);
    let orders = format!("/events?customer_id={}", it.id);
    let words = window.label().to_lowercase();
    figures(&[
        Figure::new(say::money(&visit.ctx, it.orders_total_minor), format!("orders, {words}")).href(orders.clone()),
        Figure::new(say::number(it.orders_count), "orders").href(orders),
        Figure::new(it.orders_avg_minor.map_or("–".to_owned(), |minor| say::money(&visit.ctx, minor)), "average order"),
        Figure::new(
            it.last_order_on.map_or("never".to_owned(), |day| say::distance(visit.ctx.today(), day)),
            "last order",
        ),
        Figure::new(say::number(it.locations_count), if it.locations_count == 1 { "location" } else { "locations" })
            .href(format!("/locations?customer_id={}", it.id)),
    ])
}

fn window_links(visit: &Visit) -> Markup {
    let now = window(visit);
    html! {
        nav class="subnav gap-below" aria-label="Figures of" {
            @for one in Window::ALL {
                a href=(visit.link.with("window", one.as_str())) aria-current=[(*one == now).then_some("page")] { (one.label()) }
            }
        }
    }
}

fn customer_facts(visit: &Visit, known: &Known) -> Markup {
    let it = &known.it;
    let mut all = vec![Fact::new("Number", it.number.as_str()), Fact::new("Kind", it.kind.label())];
    if let Some((id, name)) = &known.parent {
        all.push(Fact::new("Belongs to", html! { a class="link" href={ "/customers/" (id) } { (name) } }));
    }
    all.push(Fact::new(
        "Cared for by",
        html! {
            @match (&it.default_sales_rep_id, &it.default_sales_rep_name) {
                (Some(id), Some(name)) => { a class="link" href={ "/people/" (id) } { (name) } }
                _ => { span class="muted" { "Nobody" } }
            }
        },
    ));
    all.push(Fact::new(
        "Terms",
        html! { @match &known.terms { Some(terms) => { (terms.name) } None => { span class="muted" { "Default" } } } },
    ));
    all.push(Fact::new("Counted from", html! { @match it.basis_date { Some(basis) => { (basis.label()) } None => { span class="muted" { "Default" } } } }));
    if visit.may(Permission::ViewContractPrices) {
        all.push(Fact::new(
            "Price list",
            html! {
                @match (&it.price_list_id, &known.price_list) {
                    (Some(id), Some(name)) => { a class="link" href={ "/price-lists/" (id) } { (name) } }
                    _ => { span class="muted" { "None: list prices" } }
                }
            },
        ));
    }
    if let Some(limit) = it.credit_limit_minor {
        all.push(Fact::new("Credit limit", html! { @match limit { Some(minor) => { (say::money(&visit.ctx, minor)) } None => { span class="muted" { "None" } } } }));
    }
    if !it.billing_status_reason.is_empty() {
        all.push(Fact::new("Billing", it.billing_status_reason.as_str()));
    }
    all.push(Fact::new("Telephone", phone(&it.phone)));
    all.push(Fact::new("E-mail", mail(&it.email)));
    if !it.billing_address.is_empty() {
        all.push(Fact::new("Invoices to", address(&it.billing_address)));
    }
    if !it.shipping_address.is_empty() {
        all.push(Fact::new("Goods to", address(&it.shipping_address)));
    }
    if !it.tags.is_empty() {
        all.push(Fact::new("Tags", it.tags.join(", ")));
    }
    for (system, id) in &it.external_ids {
        all.push(Fact::new(format!("In {system}"), html! { span class="mono" { (id) } }));
    }
    facts(&all)
}

fn location_table(visit: &Visit, known: &Known) -> Markup {
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("name", "Location"),
        Column::new("rep", "Cared for by").width(190).phone_sub(),
        Column::new("total", format!("Orders, {currency}")).number().width(130).phone_side_sub(),
        Column::new("last", "Last order").width(120),
        Column::new("status", "Engagement").width(130),
    ];
    let rows: Vec<Row> = known
        .locations
        .iter()
        .map(|it| {
            let cells = vec![
                Cell::two(&*it.name, if it.address.is_empty() { it.code.clone() } else { it.address.city.clone() }),
                super::super::locations::rep_cell(it),
                if it.orders_total_minor == 0 {
                    Cell::none()
                } else {
                    Cell::text(say::amount(&visit.ctx, it.orders_total_minor))
                },
                last_order(visit, it.last_order_on),
                Cell::status(engagement(it.engagement_stage)).hover(it.engagement_reason.clone()),
            ];
            Row::new(it.id.to_string(), cells).href(format!("/locations/{}", it.id)).name(it.name.clone())
        })
        .collect();
    html! {
        @if rows.is_empty() { p class="sub" { "No locations yet. A location is where cases happen and stock lies." } }
        @else { (Table::new("locations", "Locations", columns).rows(rows).inside()) }
        @if known.more_locations { p { a class="link" href={ "/locations?customer_id=" (known.it.id) } { "All locations" } } }
    }
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let known = known(&visit, visit.id(&id)?).await?;
    let it = &known.it;
    if visit.hx.for_drawer() {
        let body = html! {
            (billing(it.effective_billing_status)) p { (line(&known)) }
            (customer_facts(&visit, &known))
            h3 { "Locations" } (location_table(&visit, &known))
        };
        return Ok(visit.part(drawer_body(it.name.clone(), &format!("/customers/{id}"), body)));
    }
    let mut header = Header::new(it.name.clone())
        .crumb("Customers", "/customers")
        .status(billing(it.effective_billing_status))
        .under(line(&known));
    if it.archived_at.is_some() {
        header = header.badge(badge(Some(Tone::Grey), "Archived"));
    }
    let mut menu =
        Menu::more("More actions").item(Button::link("Orders", format!("/events?customer_id={id}")).icon(Icon::File));
    if visit.may(Permission::ManageDirectory) {
        let (verb, on) = if it.archived_at.is_some() { ("Bring back", "false") } else { ("Archive", "true") };
        menu = menu.rule().raw(press_with(
            &visit,
            format!("/customers/{id}/archive"),
            &[("archived", on)],
            Button::submit(verb).quiet(),
        ));
        header = header
            .action(menu)
            .action(Button::link("Edit", format!("/customers/{id}/edit")).hotkey("e"))
            .action(Button::link("New location", format!("/locations/new?customer_id={id}")).primary());
    } else {
        header = header.action(menu);
    }
    let work = html! {
        (window_links(&visit))
        (strip(&visit, &known))
        div class="pad-top" { (section_block("Locations", &[], location_table(&visit, &known))) }
        @if !known.children.is_empty() {
            (section_block("Belong to it", &[], crate::ui::lines(&known.children.iter().map(|it| {
                crate::ui::Line::new(it.name.as_str()).below(it.number.as_str()).href(format!("/customers/{}", it.id)).side(engagement(it.engagement_stage))
            }).collect::<Vec<_>>())))
        }
        (section_block("What happened", &[], story(&visit.ctx, &known.history)))
    };
    let aside = html! {
        section class="sec" { (customer_facts(&visit, &known)) }
        @if !it.contacts.is_empty() { section class="sec" { h3 { "Contacts" } (contacts(&it.contacts)) } }
        @if !it.note.is_empty() { section class="sec" { h3 { "Note" } p { (it.note) } } }
    };
    Ok(visit.page(it.name.clone(), Room::Customers, html! { (header) (split(work, aside)) }))
}

pub(super) async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let archived = sent.on("archived");
    let done = visit
        .save(&sent, move |ctx, tx| {
            customers::patch(ctx, tx, customer, PatchCustomer { archived: Some(archived), ..PatchCustomer::default() })
        })
        .await;
    let said = if archived { "Archived: it is left out of lists" } else { "Back in the lists" };
    super::super::common::answered(&visit, &format!("/customers/{id}"), done, said)
}
