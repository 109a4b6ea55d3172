//! Locations: where cases happen and sold stock lies on shelves.

pub(super) mod list;
mod moving;

use super::common::{
    Values, address, address_fields, choices, contact_fields, contacts, id_of, phone, press_with, read_address,
    read_contacts, story,
};
use super::customers::{all_price_lists, engagement};
use super::remarks;
use super::suggest::chosen;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Choice, Column, Fact, Field, FieldError, Figure, Flash, Form, Header, Icon, Menu, Room, Row, Table,
    Tone, badge, drawer_body, facts, figures, section, section_block, split,
};
use app::directory::{customers, locations, physicians};
use app::{App, glance};
use axum::Router;
use axum::extract::Path;
use contract::directory::{CreateLocation, Customer, Location, PatchLocation, Physician, PriceList, SalesRep};
use contract::{HistoryEntry, ListParams, Patch};
use domain::directory::{LocationKind, SalesRepMode, SalesRepSource};
use domain::engagement::Window;
use domain::id::{self, CustomerId, LocationId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/locations", get(list::list).merge(post(create)))
        .route("/locations.{ending}", get(list::file))
        .route("/locations/new", get(new_page))
        .route("/locations/{id}", get(page))
        .route("/locations/{id}/timeline", get(timeline))
        .route("/locations/{id}/edit", get(edit_page).merge(post(edit)))
        .route("/locations/{id}/archive", post(archive))
        .route("/locations/{id}/move", get(moving::page).merge(post(moving::go)))
}

/// The list of locations at an address.
pub(super) async fn list_at(visit: &Visit) -> Result<super::list::List, Fail> {
    list::at(visit).await
}

/// Who cares for a location, and where that comes from.
pub(super) fn rep_cell(it: &Location) -> Cell {
    match (&it.effective_sales_rep_name, it.effective_sales_rep_source) {
        (Some(name), SalesRepSource::Location) => Cell::two(name.as_str(), "set here"),
        (Some(name), source) => Cell::text(name.clone()).hover(source.label()),
        (None, _) if it.sales_rep.mode == SalesRepMode::None => {
            Cell::two(html! { span class="muted" { "Nobody" } }, "set here")
        }
        (None, _) => Cell::of(html! { span class="muted" { "Nobody" } }),
    }
}

// ---- one location ---------------------------------------------------------------------------------------------------

/// What lies on the shelf of a location, by item and seller.
struct Shelf {
    item_id: String,
    number: String,
    description: String,
    custodian_id: String,
    custodian: String,
    sold: i64,
    used: i64,
    left: i64,
    expiring: i64,
}

struct Known {
    it: Location,
    price_list: Option<(String, &'static str)>,
    shelf: Option<Vec<Shelf>>,
    physicians: Vec<Physician>,
    around: Option<remarks::Around>,
    history: Vec<HistoryEntry>,
    reminder: contract::documents::PoReminder,
    signing: contract::documents::FacilitySigning,
    contract: Option<contract::prices::FacilityContract>,
}

fn shelf(ctx: &app::Ctx, tx: &mut app::Tx, id: LocationId) -> app::Result<Option<Vec<Shelf>>> {
    if !ctx.may(Permission::ViewReports) {
        return Ok(None);
    }
    let mut params = ListParams::default();
    params.filters.insert("location_id".into(), id.to_string());
    let report = app::reports::report(ctx, tx, "facility_stock", &params)?;
    let text = |row: &std::collections::BTreeMap<String, serde_json::Value>, key: &str| {
        row.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let number = |row: &std::collections::BTreeMap<String, serde_json::Value>, key: &str| {
        row.get(key).and_then(serde_json::Value::as_i64).unwrap_or(0)
    };
    let mut all: Vec<Shelf> = report
        .items
        .iter()
        .map(|row| Shelf {
            item_id: text(row, "catalog_item_id"),
            number: text(row, "catalog_number"),
            description: text(row, "description"),
            custodian_id: text(row, "custodian_id"),
            custodian: text(row, "custodian"),
            sold: number(row, "sold"),
            used: number(row, "used"),
            left: number(row, "left"),
            expiring: number(row, "expiring"),
        })
        .collect();
    all.sort_by(|a, b| (&a.description, &a.custodian).cmp(&(&b.description, &b.custodian)));
    Ok(Some(all))
}

async fn known(visit: &Visit, id: LocationId) -> Result<Known, Fail> {
    let window = visit.link.get("window").and_then(Window::parse).unwrap_or(Window::Last12Months);
    let reads = remarks::reads(visit);
    visit
        .read(move |ctx, tx| {
            let it = locations::get(ctx, tx, id, window)?;
            let lists = all_price_lists(ctx, tx)?;
            let name = |id| lists.iter().find(|list| Some(list.id) == id).map(|list| list.name.clone());
            let price_list = match name(it.price_list_id) {
                Some(own) => Some((own, "of this location")),
                None => {
                    let customer = customers::get(ctx, tx, it.customer_id, window).ok();
                    customer.and_then(|customer| name(customer.price_list_id)).map(|name| (name, "of the customer"))
                }
            };
            let mut ask = ListParams { limit: Some(30), ..ListParams::default() };
            ask.filters.insert("location_id".into(), id.to_string());
            Ok(Known {
                shelf: shelf(ctx, tx, id)?,
                physicians: physicians::list(ctx, tx, &ask)?.items,
                around: match reads {
                    true => Some(remarks::read(ctx, tx, it.customer_id, Some(id), 12, None)?),
                    false => None,
                },
                history: locations::history(ctx, tx, id, 500)?.items,
                reminder: app::documents::reminders::get(ctx, tx, id)?,
                signing: app::events::signing::get(ctx, tx, id)?,
                contract: match ctx.may(Permission::ViewContractPrices) {
                    true => Some(app::directory::contracts::get(ctx, tx, id)?),
                    false => None,
                },
                price_list,
                it,
            })
        })
        .await
}

fn line(known: &Known) -> Markup {
    let it = &known.it;
    html! {
        (it.kind.label()) " of " a class="link" href={ "/customers/" (it.customer_id) } { (it.customer_name) }
        " · " @match &it.effective_sales_rep_name {
            Some(name) => { "cared for by " strong { (name) } @if it.effective_sales_rep_source == SalesRepSource::Location { ", set here" } }
            None => { span class="late" { "nobody cares for it" } }
        }
        " · " (it.engagement_reason)
    }
}

fn shelf_table(known: &Known) -> Markup {
    let Some(rows) = &known.shelf else {
        return html! { p class="sub" { "Your account does not see the figures of facility stock." } };
    };
    let id = known.it.id;
    if rows.is_empty() {
        return html! { p class="sub" { "Nothing sold lies on its shelves. A stocking order that is kept as facility stock puts it there: paid for, and still answered for by whoever sold it." } };
    }
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("seller", "Sold and answered for by").width(190).phone_sub(),
        Column::new("sold", "Sold").number().width(80),
        Column::new("used", "Used").number().width(80),
        Column::new("left", "Left").number().width(80).phone_side(),
        Column::new("expiring", "Expiring").number().width(100).help("Within 90 days").phone_side_sub(),
    ];
    let count = |n: i64| if n == 0 { Cell::none() } else { Cell::text(say::number(n)) };
    let table = rows.iter().map(|row| {
        let units = format!("/units?facility_stock_location_id={id}&catalog_item_id={}", row.item_id);
        let expiring = match row.expiring {
            0 => Cell::none(),
            n => Cell::text(say::number(n)).tone(Tone::Amber),
        };
        let cells = vec![
            Cell::two(&*row.description, html! { span class="mono" { (row.number) } }),
            Cell::text(row.custodian.clone()),
            count(row.sold),
            count(row.used),
            Cell::of(html! { strong { (say::number(row.left)) } }),
            expiring,
        ];
        Row::new(format!("{}-{}", row.item_id, row.custodian_id), cells).href(units).off(row.left == 0)
    });
    let sum = |of: fn(&Shelf) -> i64| Cell::text(say::number(rows.iter().map(of).sum()));
    let foot = vec![
        Cell::text(say::count(rows.len() as i64, "row", "rows")),
        Cell::text(""),
        sum(|row| row.sold),
        sum(|row| row.used),
        sum(|row| row.left),
        sum(|row| row.expiring),
    ];
    html! { (Table::new("shelf", "Facility stock", columns).rows(table.collect()).foot(foot).inside()) }
}

fn location_facts(visit: &Visit, known: &Known) -> Markup {
    let it = &known.it;
    let mut all = vec![
        Fact::new("Customer", html! { a class="link" href={ "/customers/" (it.customer_id) } { (it.customer_name) } }),
        Fact::new("Code", it.code.as_str()),
        Fact::new("Kind", it.kind.label()),
        Fact::new(
            "Sales rep",
            html! {
                @match (&it.effective_sales_rep_id, &it.effective_sales_rep_name) {
                    (Some(id), Some(name)) => { a class="link" href={ "/people/" (id) } { (name) } }
                    _ => { span class="muted" { "Nobody" } }
                }
                br; span class="muted" { (it.effective_sales_rep_source.label()) }
            },
        ),
        Fact::new("Address", address(&it.address)),
        Fact::new("Telephone", phone(&it.phone)),
        Fact::new("Time zone", it.time_zone.as_str()),
        Fact::new("Purchase orders", super::po_reminders::fact(visit, &known.reminder)),
        Fact::new("Signatures", super::facility_signing::fact(visit, &known.signing)),
    ];
    if !it.delivery_instructions.is_empty() {
        all.push(Fact::new("Delivery", it.delivery_instructions.as_str()));
    }
    if visit.may(Permission::ViewContractPrices) {
        all.push(Fact::new("Prices", html! {
            @match &known.price_list { Some((name, whose)) => { (name) br; span class="muted" { (whose) } } None => { "List prices" } }
            br; a class="link" href={ "/locations/" (it.id) "/prices" } { "Its own prices" }
        }));
    }
    if let Some(contract) = &known.contract {
        all.push(Fact::new("Contract", super::facility_contract::fact(visit, contract)));
    }
    if !it.tags.is_empty() {
        all.push(Fact::new("Tags", it.tags.join(", ")));
    }
    facts(&all)
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let known = known(&visit, visit.id(&id)?).await?;
    let it = &known.it;
    if visit.hx.for_drawer() {
        let body = html! {
            (engagement(it.engagement_stage)) p { (line(&known)) }
            (location_facts(&visit, &known))
            h3 { "Facility stock" } (shelf_table(&known))
        };
        return Ok(visit.part(drawer_body(it.name.clone(), &format!("/locations/{id}"), body)));
    }
    let mut header = Header::new(it.name.clone())
        .crumb("Customers", "/customers")
        .crumb(it.customer_name.clone(), format!("/customers/{}", it.customer_id))
        .status(engagement(it.engagement_stage))
        .under(line(&known));
    if it.archived_at.is_some() {
        header = header.badge(badge(Some(Tone::Grey), "Archived"));
    }
    let mut menu = Menu::more("More actions")
        .item(Button::link("Events here", format!("/events?location_id={id}")).icon(Icon::Events))
        .item(Button::link("Orders", format!("/events?location_id={id}")).icon(Icon::File));
    menu = menu.item(Button::link("Par levels of its shelf", format!("/locations/{id}/par")).icon(Icon::Stock));
    if visit.may(Permission::ViewContractPrices) {
        menu = menu.item(Button::link("Its own prices", format!("/locations/{id}/prices")).icon(Icon::File));
    }
    let may = visit.may(Permission::ManageDirectory);
    if may {
        let (verb, on) = if it.archived_at.is_some() { ("Bring back", "false") } else { ("Archive", "true") };
        menu = menu
            .item(
                Button::link("Move to another customer", format!("/locations/{id}/move")).icon(Icon::Swap).in_dialog(),
            )
            .item(Button::link("Where it is", format!("/locations/{id}/position")).icon(Icon::Place).in_dialog());
        menu = menu.rule().raw(press_with(
            &visit,
            format!("/locations/{id}/archive"),
            &[("archived", on)],
            Button::submit(verb).quiet(),
        ));
    }
    let writes = remarks::writes(&visit) && it.archived_at.is_none();
    if writes {
        menu = remarks::menu(it.customer_id, Some(it.id)).into_iter().fold(menu.rule(), Menu::item);
    }
    header = header.action(menu);
    if writes {
        header = remarks::buttons(it.customer_id, Some(it.id)).into_iter().fold(header, Header::action);
    }
    if may {
        header = header.action(Button::link("Edit", format!("/locations/{id}/edit")).hotkey("e").wide_only());
    }
    if visit.may(Permission::ManageEvents) {
        header = header.action(Button::link("New case here", format!("/events/new?location_id={id}")).primary());
    }
    let left: i64 = known.shelf.iter().flatten().map(|row| row.left).sum();
    let strip = figures(&[
        Figure::new(say::money(&visit.ctx, it.orders_total_minor), "orders, last 12 months")
            .href(format!("/events?location_id={id}")),
        Figure::new(say::number(it.orders_count), "orders"),
        Figure::new(
            it.last_order_on.map_or("never".to_owned(), |day| say::distance(visit.ctx.today(), day)),
            "last order",
        ),
        Figure::new(say::number(left), "units on the shelf").href(format!("/units?facility_stock_location_id={id}")),
    ]);
    let people: Vec<crate::ui::Line> = known
        .physicians
        .iter()
        .map(|it| crate::ui::Line::new(it.name.as_str()).href(format!("/physicians/{}", it.id)))
        .collect();
    let work = html! {
        (strip)
        @if let Some(around) = &known.around { div class="pad-top" { (around.overview(&visit, &format!("/locations/{id}/timeline"))) } }
        div class="pad-top" { (section_block("Facility stock", &[], shelf_table(&known))) }
        @if !people.is_empty() { (section_block("Physicians", &[], crate::ui::lines(&people))) }
        (section_block("What happened", &[], story(&visit.ctx, &known.history)))
    };
    let aside = html! {
        section class="sec" { (location_facts(&visit, &known)) }
        @if !it.contacts.is_empty() { section class="sec" { h3 { "Contacts" } (contacts(&it.contacts)) } }
    };
    Ok(visit.page(it.name.clone(), Room::Customers, html! { (header) (split(work, aside)) }))
}

/// Notes, tasks and activities of this location on one line of time.
async fn timeline(visit: Visit, Path(id): Path<String>) -> Out {
    let location: LocationId = visit.id(&id)?;
    let cursor = visit.link.get("cursor").map(str::to_owned);
    let (it, around) = visit
        .read(move |ctx, tx| {
            let it = locations::get(ctx, tx, location, Window::All)?;
            let around = remarks::read(ctx, tx, it.customer_id, Some(location), 50, cursor.as_deref())?;
            Ok((it, around))
        })
        .await?;
    let mut header = Header::new("Notes and tasks")
        .crumb(it.customer_name.clone(), format!("/customers/{}", it.customer_id))
        .crumb(it.name.clone(), format!("/locations/{id}"));
    if remarks::writes(&visit) && it.archived_at.is_none() {
        header = remarks::buttons(it.customer_id, Some(it.id)).into_iter().fold(header, Header::action);
    }
    let body = html! { (header) div class="content narrow" { (around.whole(&visit)) } };
    Ok(visit.page(format!("Notes and tasks, {}", it.name), Room::Customers, body))
}

async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let location: LocationId = visit.id(&id)?;
    let archived = if sent.has("archived") { sent.on("archived") } else { visit.link.get("archived") == Some("true") };
    let done = visit
        .save(&sent, move |ctx, tx| {
            locations::patch(ctx, tx, location, PatchLocation { archived: Some(archived), ..PatchLocation::default() })
        })
        .await;
    let said = if archived { "Archived: left out of lists and choices." } else { "Back in the lists." };
    let undo = format!("/locations/{id}/archive?archived={}", !archived);
    super::acts::said(&visit, &format!("/locations/{id}"), done, said, undo)
}

// ---- forms ----------------------------------------------------------------------------------------------------------

fn form(
    visit: &Visit,
    action: &str,
    lists: &[PriceList],
    values: &Values,
    errors: &[FieldError],
    verb: &'static str,
    back: &str,
) -> Markup {
    let kinds = choices(LocationKind::ALL.iter().map(|it| (it.as_str(), it.label())));
    let mode = values.get("sales_rep_mode");
    let modes = vec![
        Choice::new("inherit", "As the customer").help("Follows whoever cares for the customer."),
        Choice::new("assigned", "Somebody of its own"),
        Choice::new("none", "Nobody").help("Deliberately, whatever the customer says."),
    ];
    let lists = choices(lists.iter().map(|it| (it.id.to_string(), it.name.clone())));
    let or = |key: &str, otherwise: &str| {
        let value = values.get(key);
        if value.is_empty() { otherwise.to_owned() } else { value }
    };
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (Field::combo("customer_id", "Customer", "/suggest/customers", values.get("customer_id_text")).value(values.get("customer_id")).errors(errors).required())
        (Field::text("name", "Name").value(values.get("name")).errors(errors).required())
        div class="pair" {
            (Field::text("code", "Code").value(values.get("code")).errors(errors).optional().help("Unique within the customer. Empty: the next free one."))
            (Field::select("kind", "Kind", kinds).value(or("kind", "facility")).errors(errors))
        }
        (Field::radio("sales_rep_mode", "Sales rep", modes).value(if mode.is_empty() { "inherit".to_owned() } else { mode }).errors(errors))
        (Field::combo("sales_rep_id", "Who, if somebody of its own", "/suggest/people?role=sales,distributor,regional_manager", values.get("sales_rep_id_text")).value(values.get("sales_rep_id")).errors(errors).optional())
        (section("Where it is", None, html! {
            (address_fields("address", values, errors))
            (Field::text("time_zone", "Time zone").value(or("time_zone", &visit.ctx.organization.time_zone)).errors(errors).short().help("An IANA name: days there are days in this zone."))
            (Field::phone("phone", "Telephone").value(values.get("phone")).errors(errors).optional().autocomplete("off"))
            (Field::area("delivery_instructions", "Delivery").value(values.get("delivery_instructions")).errors(errors).optional().help("For whoever brings something: dock, hours, whom to ask for."))
        }))
        @if visit.may(Permission::ManagePrices) && !lists.is_empty() {
            (Field::select("price_list_id", "Price list", lists).value(values.get("price_list_id")).errors(errors).optional().placeholder("As the customer"))
        }
        (section("Contacts", Some("Who gets orders, invoices, recalls and statements."), contact_fields(values, errors, true)))
        (Field::text("tags", "Tags").value(values.get("tags")).errors(errors).optional().help("With commas between them."))
    };
    html! {
        (Form::post(action.to_owned(), visit.csrf()).errors(errors).body(fields)
            .button(Button::submit(verb).primary()).button(Button::link("Cancel", back.to_owned()).quiet()))
    }
}

fn framed(title: &str, crumb: Option<(&str, &str)>, form: Markup) -> Markup {
    let mut header = Header::new(title.to_owned()).crumb("Locations", "/locations");
    if let Some((label, href)) = crumb {
        header = header.crumb(label.to_owned(), href.to_owned());
    }
    html! { (header) div class="content" { (form) } }
}

async fn new_page(visit: Visit) -> Out {
    let lists = visit.read(all_price_lists).await?;
    let customer: Option<CustomerId> = visit.link.get("customer_id").and_then(|id| id.parse().ok());
    let customer: Option<Customer> = match customer {
        Some(id) => Some(visit.read(move |ctx, tx| customers::get(ctx, tx, id, Window::All)).await?),
        None => None,
    };
    let values = Values::new()
        .maybe("customer_id", customer.as_ref().map(|it| it.id))
        .maybe("customer_id_text", customer.as_ref().map(|it| it.name.as_str()));
    let back = customer.map_or("/locations".to_owned(), |it| format!("/customers/{}", it.id));
    let body = form(&visit, "/locations", &lists, &values, &[], "Create location", &back);
    Ok(visit.page("New location", Room::Customers, framed("New location", None, body)))
}

fn tags(sent: &Sent) -> Vec<String> {
    sent.text("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

async fn rep(visit: &Visit, sent: &Sent) -> app::Result<SalesRep> {
    let mode = SalesRepMode::parse(sent.text("sales_rep_mode")).unwrap_or(SalesRepMode::Inherit);
    if mode != SalesRepMode::Assigned {
        return Ok(SalesRep { mode, id: None });
    }
    let id = chosen::<id::User>(visit, sent, "sales_rep_id", "people").await?;
    let missing =
        || app::Error::field("sales_rep_id", "required", "Choose who cares for this location, from the list.");
    Ok(SalesRep { mode, id: Some(id.ok_or_else(missing)?) })
}

async fn make(visit: &Visit, sent: &Sent) -> app::Result<String> {
    let customer = chosen::<id::Customer>(visit, sent, "customer_id", "customers").await?;
    let new = CreateLocation {
        customer_id: customer
            .ok_or_else(|| app::Error::field("customer_id", "required", "Choose the customer, from the list."))?,
        name: sent.text("name").to_owned(),
        code: sent.maybe("code").map(str::to_owned),
        kind: LocationKind::parse(sent.text("kind")),
        time_zone: sent.maybe("time_zone").map(str::to_owned),
        address: read_address(sent, "address"),
        phone: sent.text("phone").to_owned(),
        contacts: read_contacts(sent),
        delivery_instructions: sent.text("delivery_instructions").to_owned(),
        price_list_id: sent.id("price_list_id")?,
        sales_rep: Some(rep(visit, sent).await?),
        external_ids: Default::default(),
        tags: tags(sent),
        licence_no: String::new(),
        receiving_hours: String::new(),
        custom: Default::default(),
    };
    let made = visit.save(sent, move |ctx, tx| locations::create(ctx, tx, new.clone())).await?;
    Ok(id_of(&made))
}

fn renamed(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        if error.field.starts_with("sales_rep.") || error.field == "sales_rep" {
            error.field = "sales_rep_id".into();
        }
    }
    errors
}

async fn create(visit: Visit, sent: Sent) -> Out {
    match make(&visit, &sent).await {
        Ok(id) => Ok(visit.go(&format!("/locations/{id}"), Flash::done("Location created"))),
        Err(error) => {
            let errors = renamed(visit.complaints(error)?);
            let lists = visit.read(all_price_lists).await?;
            let body = form(&visit, "/locations", &lists, &Values::of(&sent), &errors, "Create location", "/locations");
            Ok(visit.refused("New location", Room::Customers, framed("New location", None, body)))
        }
    }
}

async fn location(visit: &Visit, id: LocationId) -> Result<(Location, Option<String>, Vec<PriceList>), Fail> {
    visit
        .read(move |ctx, tx| {
            let it = locations::get(ctx, tx, id, Window::All)?;
            let rep = match it.sales_rep.id {
                Some(rep) => glance::names(ctx, tx, &[rep])?.remove(&rep),
                None => None,
            };
            Ok((it, rep, all_price_lists(ctx, tx)?))
        })
        .await
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let (it, rep, lists) = location(&visit, visit.id(&id)?).await?;
    let values = Values::new()
        .with("customer_id", it.customer_id.to_string())
        .with("customer_id_text", &it.customer_name)
        .with("name", &it.name)
        .with("code", &it.code)
        .with("kind", it.kind.as_str())
        .with("time_zone", &it.time_zone)
        .address("address", &it.address)
        .with("phone", &it.phone)
        .contacts(&it.contacts)
        .with("delivery_instructions", &it.delivery_instructions)
        .maybe("price_list_id", it.price_list_id)
        .with("sales_rep_mode", it.sales_rep.mode.as_str())
        .maybe("sales_rep_id", it.sales_rep.id)
        .maybe("sales_rep_id_text", rep)
        .with("tags", it.tags.join(", "))
        .with("version", it.version.to_string());
    let back = format!("/locations/{id}");
    let body = form(&visit, &format!("{back}/edit"), &lists, &values, &[], "Save", &back);
    let title = format!("Edit {}", it.name);
    Ok(visit.page(title.clone(), Room::Customers, framed(&title, Some((&it.name, &back)), body)))
}

async fn save(visit: &Visit, id: LocationId, sent: &Sent) -> app::Result<()> {
    let now = visit.app.read(&visit.ctx, move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await?;
    let customer = chosen::<id::Customer>(visit, sent, "customer_id", "customers").await?;
    let list: Option<domain::id::PriceListId> = sent.id("price_list_id")?;
    let patch = PatchLocation {
        customer_id: customer.filter(|customer| *customer != now.customer_id),
        name: Some(sent.text("name").to_owned()),
        code: sent.maybe("code").map(str::to_owned),
        kind: LocationKind::parse(sent.text("kind")),
        time_zone: sent.maybe("time_zone").map(str::to_owned),
        address: Some(read_address(sent, "address")),
        phone: Some(sent.text("phone").to_owned()),
        contacts: Some(read_contacts(sent)),
        delivery_instructions: Some(sent.text("delivery_instructions").to_owned()),
        price_list_id: if sent.has("price_list_id") { list.map_or(Patch::Clear, Patch::Set) } else { Patch::Leave },
        sales_rep: Some(rep(visit, sent).await?),
        tags: Some(tags(sent)),
        ..PatchLocation::default()
    };
    visit.save(sent, move |ctx, tx| locations::patch(ctx, tx, id, patch.clone())).await.map(|_| ())
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let location_id: LocationId = visit.id(&id)?;
    let back = format!("/locations/{id}");
    match save(&visit, location_id, &sent).await {
        Ok(()) => Ok(visit.go(&back, Flash::done("Saved"))),
        Err(error) => {
            let errors = renamed(visit.complaints(error)?);
            let (it, _, lists) = location(&visit, location_id).await?;
            let body = form(&visit, &format!("{back}/edit"), &lists, &Values::of(&sent), &errors, "Save", &back);
            let title = format!("Edit {}", it.name);
            Ok(visit.refused(title.clone(), Room::Customers, framed(&title, Some((&it.name, &back)), body)))
        }
    }
}
