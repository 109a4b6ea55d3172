//! One customer: who it is, how good, who cares for it, under which terms and why; its figures, each with the rows that
//! make it; its facts, changed where they stand.

use super::super::common::{contacts, press_with, story};
use super::super::list::Shown;
use super::super::remarks;
use super::super::words as say;
use super::fields::{Fact, fact, is_empty};
use super::{all_price_lists, billing, engagement};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Figure, Flash, Header, Icon, Inline, Link, Menu, Room, Tab, Tone, badge, banner, drawer_body,
    figures, inlines, missing, section_block, split, tabs,
};
use app::directory::{customers, families, likeness, merges, terms};
use app::{Ctx, Tx};
use axum::extract::Path;
use contract::directory::{Customer, PatchCustomer, PaymentTerms};
use contract::families::Family;
use contract::{HistoryEntry, ListParams};
use domain::engagement::Window;
use domain::id::CustomerId;
use domain::people::Permission;
use maud::{Markup, html};

/// A customer with what stands around it.
pub(super) struct Detail {
    pub it: Customer,
    pub terms: Option<PaymentTerms>,
    pub price_list: Option<String>,
    pub parent: Option<(CustomerId, String)>,
    pub history: Vec<HistoryEntry>,
    pub receivables: Option<contract::credits::Receivables>,
    pub profile: contract::profiles::BillingProfile,
}

/// Over which time the page sums, unless asked otherwise.
pub(super) fn window(visit: &Visit) -> Window {
    visit.link.get("window").and_then(Window::parse).unwrap_or(Window::Last12Months)
}

pub(super) fn read(ctx: &Ctx, tx: &mut Tx, id: CustomerId, window: Window) -> app::Result<Detail> {
    let it = customers::get(ctx, tx, id, window)?;
    let parent = match it.parent_customer_id {
        // A parent out of reach is not named.
        Some(parent) => customers::get(ctx, tx, parent, window).ok().map(|it| (it.id, it.name)),
        None => None,
    };
    let price_list = match it.price_list_id {
        Some(list) => all_price_lists(ctx, tx)?.into_iter().find(|it| it.id == list).map(|it| it.name),
        None => None,
    };
    Ok(Detail {
        terms: it.payment_terms_id.map(|id| terms::get(ctx, tx, id)).transpose()?,
        history: customers::history(ctx, tx, id, 500)?.items,
        receivables: super::money::read(ctx, tx, id)?,
        profile: app::billing::profile::get(ctx, tx, id)?,
        price_list,
        parent,
        it,
    })
}

pub(super) async fn load(visit: &Visit, id: CustomerId) -> Result<Detail, Fail> {
    let window = window(visit);
    visit.read(move |ctx, tx| read(ctx, tx, id, window)).await
}

// ---- the frame of every tab -----------------------------------------------------------------------------------------

/// A tab of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Overview,
    Locations,
    Contacts,
    Orders,
    Cases,
    Stock,
    Prices,
    Invoices,
    Timeline,
    Statement,
    Files,
    History,
}

impl Part {
    /// In addresses, and on the tab.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Part::Overview => ("", "Overview"),
            Part::Locations => ("/locations", "Locations"),
            Part::Contacts => ("/contacts", "Contacts"),
            Part::Orders => ("/orders", "Orders"),
            Part::Cases => ("/cases", "Cases"),
            Part::Stock => ("/stock", "Stock on site"),
            Part::Prices => ("/prices", "Prices"),
            Part::Invoices => ("/invoices", "Invoices"),
            Part::Statement => ("/statement", "Statement"),
            Part::Files => ("/files", "Files"),
            Part::Timeline => ("/timeline", "Notes and tasks"),
            Part::History => ("/history", "History"),
        }
    }
}

/// The tabs that the viewer has.
fn nav(visit: &Visit, it: &Customer, now: Part, total: Option<i64>) -> Markup {
    let mut all = vec![Part::Overview, Part::Locations, Part::Contacts, Part::Orders, Part::Cases];
    if visit.may(Permission::ViewReports) {
        all.push(Part::Stock);
    }
    if visit.may(Permission::ViewContractPrices) {
        all.extend([Part::Prices, Part::Invoices]);
    }
    if visit.may(Permission::ViewReceivables) {
        all.push(Part::Statement);
    }
    if remarks::reads(visit) {
        all.push(Part::Timeline);
    }
    all.extend([Part::Files, Part::History]);
    let tab = |part: Part| {
        let (path, label) = part.words();
        let tab = Tab::new(label, format!("/customers/{}{path}", it.id), part == now);
        match part {
            Part::Locations => tab.count(say::number(it.locations_count)),
            Part::Timeline if it.tasks_open > 0 => tab.count(say::number(it.tasks_open)),
            part if part == now && total.is_some() => tab.count(say::number(total.unwrap_or_default())),
            Part::Contacts if !it.contacts.is_empty() => tab.count(say::number(it.contacts.len() as i64)),
            _ => tab,
        }
    };
    tabs(&all.into_iter().map(tab).collect::<Vec<_>>(), None)
}

/// Name, state, and what can be done; the line under it answers the first question where the overview does not.
pub(super) fn header(visit: &Visit, detail: &Detail, part: Part) -> Header {
    let it = &detail.it;
    let id = it.id;
    let mut header = Header::new(it.name.clone()).crumb("Customers", "/customers");
    if let Some((id, name)) = &detail.parent {
        header = header.crumb(name.clone(), format!("/customers/{id}"));
    }
    header = header.status(billing(it.effective_billing_status));
    if it.archived_at.is_some() {
        header = header.badge(badge(Some(Tone::Grey), "Archived"));
    }
    header = match part {
        Part::Overview => header.under(html! { (it.kind.label()) " · " (it.number) }),
        _ => header.under(line(detail)),
    };
    let mut menu = Menu::more("More actions")
        .item(Button::link("Orders", orders(visit, it)).icon(Icon::File))
        .item(Button::link("Locations", format!("/locations?customer_id={id}")).icon(Icon::Place));
    if visit.may(Permission::ManageDirectory) {
        let (verb, on) = if it.archived_at.is_some() { ("Bring back", "false") } else { ("Archive", "true") };
        let archive =
            press_with(visit, format!("/customers/{id}/archive"), &[("archived", on)], Button::submit(verb).quiet());
        menu =
            menu.item(Button::link("New location", format!("/locations/new?customer_id={id}")).icon(Icon::Plus)).rule();
        if visit.may(Permission::MergeCustomers) && it.merged_into_id.is_none() {
            menu = menu.item(Button::link("Merge with another", format!("/customers/{id}/merge")).icon(Icon::Swap));
        }
        menu = menu.raw(archive);
    }
    if remarks::writes(visit) && it.archived_at.is_none() {
        menu = remarks::menu(id, None).into_iter().fold(menu.rule(), Menu::item);
    }
    header = header.action(menu);
    if remarks::writes(visit) && it.archived_at.is_none() {
        header = remarks::buttons(id, None).into_iter().fold(header, Header::action);
    }
    if visit.may(Permission::ManageDirectory) {
        header = header.action(Button::link("Edit", format!("/customers/{id}/edit")).hotkey("e").wide_only());
    }
    if visit.may(Permission::ManageEvents) && it.archived_at.is_none() {
        header = header.action(Button::link("New case", format!("/events/new?customer_id={id}")).primary());
    }
    header
}

/// Everything that one wants to know at once, in a line.
fn line(detail: &Detail) -> Markup {
    let it = &detail.it;
    html! {
        (it.engagement_reason)
        " · " @match &it.default_sales_rep_name { Some(name) => { "cared for by " strong { (name) } } None => { span class="late" { "nobody cares for it" } } }
        " · " @match &detail.terms { Some(terms) => { (terms.name) } None => { "terms of the organization" } }
        @if let Some(basis) = it.basis_date { " from the " (basis.label().to_lowercase()) }
    }
}

/// A tab with a list in it.
pub(super) fn listed(visit: &Visit, detail: &Detail, part: Part, mut shown: Shown) -> Shown {
    shown.header = header(visit, detail, part);
    shown.nav = Some(nav(visit, &detail.it, part, shown.total));
    shown
}

/// Another tab.
pub(super) fn framed(visit: &Visit, detail: &Detail, part: Part, body: Markup) -> axum::response::Response {
    let body = html! { (header(visit, detail, part)) (nav(visit, &detail.it, part, None)) (body) };
    visit.page(detail.it.name.clone(), Room::Customers, body)
}

// ---- the overview ---------------------------------------------------------------------------------------------------

/// The rows behind the figures of orders.
fn orders(visit: &Visit, it: &Customer) -> String {
    let link = Link::new(format!("/customers/{}/orders", it.id)).with("counts", "1");
    link.with("window", window(visit).as_str()).to_string()
}

fn strip(visit: &Visit, detail: &Detail, family: Option<&Family>) -> Markup {
    if let Some(family) = family.filter(|_| super::family::counts_all(visit)) {
        return super::family::strip(visit, &detail.it, family);
    }
    let it = &detail.it;
    let orders = orders(visit, it);
    let money = |minor: i64| say::money_round(&visit.ctx, minor);
    let mut all = vec![
        Figure::new(money(it.orders_total_minor), "total of orders").href(orders.clone()),
        Figure::new(say::number(it.orders_count), if it.orders_count == 1 { "order" } else { "orders" })
            .href(orders.clone()),
        Figure::new(it.orders_avg_minor.map_or("–".to_owned(), money), "average order").href(orders.clone()),
    ];
    all.push(match it.last_order_on {
        Some(day) => Figure::new(say::distance(visit.ctx.today(), day), "last order").href(orders),
        None => Figure::new("never", "last order"),
    });
    all.push(
        Figure::new(say::number(it.locations_count), if it.locations_count == 1 { "location" } else { "locations" })
            .href(format!("/customers/{}/locations", it.id)),
    );
    figures(&all)
}

fn window_links(visit: &Visit) -> Markup {
    let now = window(visit);
    html! {
        nav class="seg" aria-label="Figures of" {
            @for one in Window::ALL {
                a href=(visit.link.with("window", one.as_str())) aria-current=[(*one == now).then_some("page")] { (one.label()) }
            }
        }
    }
}

/// How good, who cares, on which terms, and why: side by side above everything else.
fn answers(visit: &Visit, detail: &Detail) -> Markup {
    let it = &detail.it;
    let good = Inline::new("engagement", "How it orders", engagement(it.engagement_stage))
        .why(html! { (it.engagement_reason) });
    let all =
        [good, fact(visit, detail, Fact::Rep), fact(visit, detail, Fact::Terms), fact(visit, detail, Fact::Billing)];
    html! { div class="answers" { (inlines(&all)) } }
}

fn facts_aside(visit: &Visit, detail: &Detail) -> Markup {
    let mut all = vec![Fact::Name, Fact::Number, Fact::Kind, Fact::Parent];
    if visit.may(Permission::ViewContractPrices) {
        all.push(Fact::PriceList);
    }
    if detail.it.credit_limit_minor.is_some() {
        all.push(Fact::Credit);
    }
    all.extend([Fact::Phone, Fact::Email, Fact::BillingAddress, Fact::ShippingAddress, Fact::Tags, Fact::Note]);
    let (empty, full): (Vec<Fact>, Vec<Fact>) = all.into_iter().partition(|one| is_empty(detail, *one));
    let shown = |all: Vec<Fact>| -> Vec<Inline> { all.into_iter().map(|one| fact(visit, detail, one)).collect() };
    let empty: Vec<Inline> = shown(empty).into_iter().filter(Inline::may_change).collect();
    html! { (inlines(&shown(full))) (missing(&empty)) }
}

fn people(visit: &Visit, detail: &Detail) -> Markup {
    let it = &detail.it;
    let more = format!("/customers/{}/contacts", it.id);
    let actions =
        if visit.may(Permission::ManageDirectory) { vec![Button::link("Edit", more).small()] } else { vec![] };
    let body = html! {
        @if it.contacts.is_empty() { p class="sub" { "Nobody yet. Whoever gets orders, invoices, recalls and statements." } }
        @else { (contacts(&it.contacts)) }
    };
    section_block("Contacts", &actions, body)
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let detail = load(&visit, visit.id(&id)?).await?;
    let it = &detail.it;
    if let Some(whole) = it.merged_into_id {
        let said = format!("{} became a part of this customer", it.name);
        return Ok(visit.go(&format!("/customers/{whole}"), Flash::done(said)));
    }
    let customer = it.id;
    if visit.hx.for_drawer() {
        let body = html! {
            div class="row" { (billing(it.effective_billing_status)) (engagement(it.engagement_stage)) }
            p { (line(&detail)) }
            (strip(&visit, &detail, None))
            (facts_aside(&visit, &detail))
        };
        return Ok(visit.part(drawer_body(it.name.clone(), &format!("/customers/{id}"), body)));
    }
    let around = match remarks::reads(&visit) {
        true => {
            let id = it.id;
            Some(visit.read(move |ctx, tx| remarks::read(ctx, tx, id, None, 12, None)).await?)
        }
        false => None,
    };
    let latest = &detail.history[..detail.history.len().min(RECENT)];
    let all = Button::link("All of it", format!("/customers/{id}/history")).small();
    let more = if detail.history.len() > RECENT { vec![all] } else { vec![] };
    let mut asked = ListParams::default();
    asked.filters.insert("window".into(), window(&visit).as_str().into());
    let (alike, parts, family) = visit
        .read(move |ctx, tx| {
            let family = families::family(ctx, tx, customer, &asked)?;
            Ok((likeness::candidates(ctx, tx, customer)?, merges::parts(ctx, tx, customer)?, family))
        })
        .await?;
    let work = html! {
        @if it.archived_at.is_some() {
            (banner(Banner::Info, "Archived: left out of lists and choices. Its orders still count in reports.", None))
        }
        (answers(&visit, &detail))
        div class="sec-h" { h2 { "Figures" } div class="acts" { (super::family::switch(&visit, &family)) (window_links(&visit)) } }
        (strip(&visit, &detail, Some(&family)))
        @if let Some(receivables) = &detail.receivables { div class="pad-top" { (super::money::section(&visit, it.id, receivables)) } }
        div class="pad-top" { (super::billing::section(&visit, &detail.profile)) }
        @if let Some(around) = &around { div class="pad-top" { (around.overview(&visit, &format!("/customers/{id}/timeline"))) } }
        div class="pad-top" { (people(&visit, &detail)) }
        (super::family::tree(&visit, &family))
        (super::merge::hint(it.id, &alike))
        (super::merge::parts(&visit, &parts))
        (section_block("What happened", &more, story(&visit.ctx, latest)))
    };
    let aside = html! { section class="sec" { (facts_aside(&visit, &detail)) } };
    Ok(framed(&visit, &detail, Part::Overview, split(work, aside)))
}

/// Entries of the history on the overview.
const RECENT: usize = 6;

/// Notes, tasks and activities on one line of time.
pub(super) async fn timeline(visit: Visit, Path(id): Path<String>) -> Out {
    let detail = load(&visit, visit.id(&id)?).await?;
    let (customer, cursor) = (detail.it.id, visit.link.get("cursor").map(str::to_owned));
    let around = visit.read(move |ctx, tx| remarks::read(ctx, tx, customer, None, TIMELINE, cursor.as_deref())).await?;
    let body = html! { div class="content narrow" { (around.whole(&visit)) } };
    Ok(framed(&visit, &detail, Part::Timeline, body))
}

/// Entries of one page of the line of time.
const TIMELINE: u32 = 50;

pub(super) async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let archived = if sent.has("archived") { sent.on("archived") } else { visit.link.get("archived") == Some("true") };
    let done = visit
        .save(&sent, move |ctx, tx| {
            customers::patch(ctx, tx, customer, PatchCustomer { archived: Some(archived), ..PatchCustomer::default() })
        })
        .await;
    let said = if archived { "Archived: left out of lists and choices." } else { "Back in the lists." };
    super::super::acts::said(&visit, &format!("/customers/{id}"), done, said, archive_undo(&id, archived))
}

fn archive_undo(id: &str, archived: bool) -> String {
    format!("/customers/{id}/archive?archived={}", !archived)
}
