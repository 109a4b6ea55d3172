//! Customers: how good they are, who cares for them, on which terms, what is due.

mod form;

use super::common::{address, contacts, mail, phone, press_with, story};
use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Button, Cell, Column, Empty, Fact, Figure, Header, Icon, Menu, Room, Row, Status, Table, Text, Tone, badge,
    drawer_body, facts, figures, section_block, split,
};
use app::directory::{customers, locations, named, terms};
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use contract::directory::{Customer, Location, PatchCustomer, PaymentTerms, PriceList};
use contract::{HistoryEntry, ListParams};
use domain::billing::BillingStatus;
use domain::clock::Day;
use domain::directory::CustomerKind;
use domain::engagement::{EngagementStage, Window};
use domain::id::{CustomerId, PaymentTermsId};
use domain::people::Permission;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/customers", get(list).post(form::create))
        .route("/customers/new", get(form::new_page))
        .route("/customers/{id}", get(page))
        .route("/customers/{id}/edit", get(form::edit_page).post(form::edit))
        .route("/customers/{id}/archive", post(archive))
}

/// The lists of the directory.
pub(super) fn subnav(current: &str) -> Markup {
    super::common::subnav(
        current,
        &[
            ("Customers", "/customers"),
            ("Locations", "/locations"),
            ("Physicians", "/physicians"),
            ("Procedures", "/procedures"),
            ("Places", "/places"),
            ("Price lists", "/price-lists"),
        ],
    )
}

/// What a customer may still be sold, in colour and word.
pub(super) fn billing(status: BillingStatus) -> Status {
    match status {
        BillingStatus::Good => Status::new(Tone::Green, status.label()),
        BillingStatus::Watch | BillingStatus::Prepay => Status::new(Tone::Amber, status.label()),
        BillingStatus::Hold | BillingStatus::Blocked => Status::new(Tone::Red, status.label()),
        BillingStatus::Closed => Status::new(Tone::Grey, status.label()),
    }
}

/// How alive the business is, in colour and word.
pub(super) fn engagement(stage: EngagementStage) -> Status {
    let tone = match stage {
        EngagementStage::Active => Tone::Green,
        EngagementStage::New => Tone::Blue,
        EngagementStage::Slipping => Tone::Amber,
        EngagementStage::Lapsed => Tone::Red,
        EngagementStage::NeverOrdered => Tone::Grey,
    };
    Status::new(tone, stage.label())
}

const VIEWS: &[View] = &[
    View::new("all", "All", &[]),
    View::new("mine", "My customers", &[("default_sales_rep", "me")]),
    View::new("slipping", "Slipping", &[("engagement_stage", "slipping")]).sort("last_order_on"),
    View::new("never", "Never ordered", &[("engagement_stage", "never_ordered")]),
    View::new("hold", "On hold or worse", &[("billing_status", "hold,blocked,closed")]).sort("-billing_status"),
    View::new("no-rep", "No rep", &[("default_sales_rep", "none")]),
    View::new("archived", "Archived", &[("archived", "true")]),
];

/// The values of a closed list, as choices.
pub(super) fn choice(key: &'static str, label: &'static str, all: &[(&'static str, &'static str)]) -> Filter {
    Filter::choice(
        key,
        label,
        all.iter().map(|(value, label)| (Text::Borrowed(*value), Text::Borrowed(*label))).collect(),
    )
}

pub(super) fn windows() -> Filter {
    let all: Vec<(&str, &str)> = Window::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    choice("window", "Figures of", &all)
}

pub(super) fn stages() -> Filter {
    let all: Vec<(&str, &str)> = EngagementStage::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    choice("engagement_stage", "Engagement", &all)
}

/// A day long past is read better as a distance; the exact one is on hover.
pub(super) fn last_order(visit: &Visit, day: Option<Day>) -> Cell {
    match day {
        None => Cell::of(html! { span class="muted" { "never" } }),
        Some(day) => Cell::text(say::distance(visit.ctx.today(), day)).hover(say::day(day)),
    }
}

/// All payment terms, for filters, forms and names.
pub(super) fn all_terms(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<PaymentTerms>> {
    Ok(terms::list(ctx, tx, &ListParams { limit: Some(500), ..ListParams::default() })?.items)
}

/// The price lists that the actor sees.
pub(super) fn all_price_lists(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<PriceList>> {
    if !ctx.may(Permission::ViewContractPrices) {
        return Ok(Vec::new());
    }
    Ok(named::price_lists(ctx, tx, &ListParams { limit: Some(500), ..ListParams::default() })?.items)
}

fn columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    let mut all = vec![
        Column::new("name", "Customer").sort(),
        Column::new("locations_count", "Locations").number().sort().width(105).spare(),
        Column::new("orders_total", format!("Orders, {currency}")).number().sort().width(140).phone_side_sub(),
        Column::new("orders_count", "Orders").number().sort().width(90).spare(),
        Column::new("orders_avg", format!("Average, {currency}")).number().sort().width(130).spare(),
        Column::new("last_order_on", "Last order").sort().width(130),
        Column::new("engagement", "Engagement").sort().width(135),
        Column::new("rep", "Cared for by").width(150).phone_sub(),
        Column::new("terms", "Terms").width(120).spare(),
        Column::new("status", "Billing").width(115),
        Column::new("number", "Number").sort().width(110).optional(),
        Column::new("kind", "Kind").width(130).optional(),
        Column::new("basis_date", "Basis").width(140).sort().optional(),
        Column::new("phone", "Telephone").width(150).optional(),
        Column::new("created_at", "Since").sort().width(120).optional(),
        Column::new("updated_at", "Changed").sort().width(140).optional(),
    ];
    if visit.ctx.actor.role.is_office() {
        all.push(Column::new("credit_limit", "Credit limit").number().width(130).optional());
    }
    all
}

async fn list(visit: Visit) -> Out {
    let known_terms = visit.read(all_terms).await?;
    let rep = visit.link.get("default_sales_rep_id").and_then(|id| id.parse().ok());
    let rep_name = match rep {
        Some(id) => visit.read(move |ctx, tx| app::glance::names(ctx, tx, &[id])).await?.remove(&id),
        None => None,
    };
    let kinds: Vec<(&str, &str)> = CustomerKind::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let statuses: Vec<(&str, &str)> = BillingStatus::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let list = List::new(&visit, Room::Customers, "customers", "Customers", columns(&visit))
        .views(VIEWS)
        .sort("name")
        .search("Name, number, town")
        .filters(vec![
            windows(),
            stages(),
            choice("billing_status", "Billing", &statuses),
            choice("kind", "Kind", &kinds),
            Filter::choice(
                "payment_terms_id",
                "Terms",
                known_terms.iter().map(|it| (it.id.to_string().into(), it.name.clone().into())).collect(),
            ),
            Filter::given("default_sales_rep_id", "Cared for by", rep_name),
            Filter::date("last_order_on_to", "Last order before"),
        ]);
    let mut params = list.params();
    if params.filters.get("default_sales_rep").is_some_and(|value| value == "me") {
        params.filters.insert("default_sales_rep".into(), visit.ctx.principal().to_string());
    }
    let page = visit.read(move |ctx, tx| customers::list(ctx, tx, &params)).await?;
    let names: BTreeMap<PaymentTermsId, &str> = known_terms.iter().map(|it| (it.id, it.name.as_str())).collect();
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(&visit, it, key, &names))
                .href(format!("/customers/{}", it.id))
                .name(it.name.clone())
                .off(it.archived_at.is_some())
        })
        .collect();
    let mut menu = Menu::more("More actions");
    let mut header = Header::new("Customers").under(subnav("Customers"));
    let mut empty = Empty::new(Icon::Customers, "No customers yet")
        .text("A customer is who pays; its locations are where you work. Import them, or begin with one.");
    if visit.may(Permission::ManageDirectory) {
        menu = menu
            .item(Button::link("Import customers", "/imports/customers").icon(Icon::File))
            .item(Button::link("Import locations", "/imports/locations").icon(Icon::File));
        header = header.action(menu).action(Button::link("New customer", "/customers/new").primary().hotkey("n"));
        empty = empty
            .action(Button::link("Import a list", "/imports/customers").primary())
            .action(Button::link("New customer", "/customers/new"));
    }
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor.clone(), page.total);
    // A sum stands under a list only when all of it is on the page.
    if page.next_cursor.is_none() && list.link().get("cursor").is_none() && page.items.len() > 1 {
        let total: i64 = page.items.iter().map(|it| it.orders_total_minor).sum();
        let orders: i64 = page.items.iter().map(|it| it.orders_count).sum();
        let places: i64 = page.items.iter().map(|it| it.locations_count).sum();
        shown.foot = vec![
            ("name", Cell::text(say::count(page.items.len() as i64, "customer", "customers"))),
            ("locations_count", Cell::text(say::number(places))),
            ("orders_total", Cell::text(say::amount(&visit.ctx, total))),
            ("orders_count", Cell::text(say::number(orders))),
        ];
    }
    Ok(list.answer(&visit, shown))
}

fn cell(visit: &Visit, it: &Customer, key: &str, terms: &BTreeMap<PaymentTermsId, &str>) -> Cell {
    let amount = |minor: i64| if minor == 0 { Cell::none() } else { Cell::text(say::amount(&visit.ctx, minor)) };
    let count = |n: i64| if n == 0 { Cell::none() } else { Cell::text(say::number(n)) };
    match key {
        "name" => Cell::two(&*it.name, html! { (it.number) " · " (it.kind.label()) }),
        "locations_count" => count(it.locations_count),
        "orders_total" => amount(it.orders_total_minor),
        "orders_count" => count(it.orders_count),
        "orders_avg" => it.orders_avg_minor.map_or_else(Cell::none, amount),
        "last_order_on" => last_order(visit, it.last_order_on),
        "engagement" => Cell::status(engagement(it.engagement_stage)).hover(it.engagement_reason.clone()),
        "rep" => match &it.default_sales_rep_name {
            Some(name) => Cell::text(name.clone()),
            None => Cell::of(html! { span class="muted" { "Nobody" } }),
        },
        "terms" => match it.payment_terms_id.and_then(|id| terms.get(&id)) {
            Some(name) => Cell::text((*name).to_owned()),
            None => Cell::of(html! { span class="muted" { "Default" } }),
        },
        "status" => {
            let cell = Cell::status(billing(it.effective_billing_status));
            if it.billing_status_reason.is_empty() { cell } else { cell.hover(it.billing_status_reason.clone()) }
        }
        "number" => Cell::text(it.number.clone()),
        "kind" => Cell::text(it.kind.label()),
        "basis_date" => it.basis_date.map_or_else(Cell::none, |basis| Cell::text(basis.label())),
        "phone" => Cell::of(say::or_dash(&it.phone)),
        "created_at" => Cell::text(say::day(it.created_at.day_in(&visit.ctx.organization.time_zone))),
        "updated_at" => Cell::of(say::when(&visit.ctx, it.updated_at)),
        _ => {
            it.credit_limit_minor.flatten().map_or_else(Cell::none, |minor| Cell::text(say::amount(&visit.ctx, minor)))
        }
    }
}

// ---- one customer ---------------------------------------------------------------------------------------------------

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
                history: customers::history(ctx, tx, id, 500)?.items,
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
                super::locations::rep_cell(it),
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

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
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

async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let archived = sent.on("archived");
    let done = visit
        .save(&sent, move |ctx, tx| {
            customers::patch(ctx, tx, customer, PatchCustomer { archived: Some(archived), ..PatchCustomer::default() })
        })
        .await;
    let said = if archived { "Archived: it is left out of lists" } else { "Back in the lists" };
    super::common::answered(&visit, &format!("/customers/{id}"), done, said)
}
