//! Agreed prices: of a price list, or of one location.

use super::common::{Values, press_with};
use super::customers::subnav;
use super::list::{List, Shown};
use super::suggest::chosen;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Menu, Room, Row, Table, section_block,
};
use app::directory::{locations, named, prices};
use app::{App, Ctx, Tx, catalog};
use axum::Router;
use axum::extract::Path;
use contract::catalog::CatalogItem;
use contract::directory::{ContractPrice, CreateNamed, PatchPriceList};
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::engagement::Window;
use domain::id::{self, CatalogItemId, LocationId, PriceListId};
use domain::people::Permission;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/price-lists", get(lists).merge(post(create)))
        .route("/price-lists/new", get(new_page))
        .route("/price-lists/{id}", get(price_list))
        .route("/price-lists/{id}/rename", get(rename_page).merge(post(rename)))
        .route("/price-lists/{id}/prices", post(set))
        .route("/price-lists/{id}/prices/new", get(ask))
        .route("/price-lists/{id}/prices/remove", post(remove))
        .route("/locations/{id}/prices", get(location_prices).merge(post(set)))
        .route("/locations/{id}/prices/new", get(ask))
        .route("/locations/{id}/prices/remove", post(remove))
}

/// Whose prices.
#[derive(Clone, Copy, Debug)]
enum Owner {
    List(PriceListId),
    Location(LocationId),
}

impl Owner {
    /// From the address: which kind of thing has this id.
    fn of(visit: &Visit, id: &str) -> Result<Self, Fail> {
        if visit.link.path().starts_with("/locations/") {
            return visit.id(id).map(Self::Location);
        }
        visit.id(id).map(Self::List)
    }

    fn base(self) -> String {
        match self {
            Self::List(id) => format!("/price-lists/{id}"),
            Self::Location(id) => format!("/locations/{id}"),
        }
    }

    /// The page that shows them.
    fn page(self) -> String {
        match self {
            Self::List(id) => format!("/price-lists/{id}"),
            Self::Location(id) => format!("/locations/{id}/prices"),
        }
    }

    fn some(self, ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> app::Result<Page<ContractPrice>> {
        match self {
            Self::List(id) => prices::of_price_list(ctx, tx, id, params),
            Self::Location(id) => prices::of_location(ctx, tx, id, params),
        }
    }

    fn all(self, ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<ContractPrice>> {
        let mut params = ListParams { limit: Some(500), ..ListParams::default() };
        let mut all = Vec::new();
        loop {
            let page = self.some(ctx, tx, &params)?;
            all.extend(page.items);
            match page.next_cursor {
                Some(cursor) => params.cursor = Some(cursor),
                None => return Ok(all),
            }
        }
    }

    fn replace(self, ctx: &Ctx, tx: &mut Tx, all: Vec<ContractPrice>) -> app::Result<Page<ContractPrice>> {
        match self {
            Self::List(id) => prices::set_price_list(ctx, tx, id, all),
            Self::Location(id) => prices::set_location(ctx, tx, id, all),
        }
    }
}

/// Items by their ids, for the names in a table of prices.
pub(super) fn items(
    ctx: &Ctx,
    tx: &mut Tx,
    all: &[ContractPrice],
) -> app::Result<BTreeMap<CatalogItemId, CatalogItem>> {
    let ids: Vec<String> = all.iter().map(|price| price.catalog_item_id.to_string()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut params = ListParams { limit: Some(500), ..ListParams::default() };
    params.filters.insert("id".into(), ids.join(","));
    params.filters.insert("archived".into(), "all".into());
    Ok(catalog::items(ctx, tx, &params)?.items.into_iter().map(|item| (item.id, item)).collect())
}

pub(super) fn valid(visit: &Visit, price: &ContractPrice) -> Markup {
    let today = visit.ctx.today();
    let over = price.valid_to.is_some_and(|day| day < today);
    let ahead = price.valid_from.is_some_and(|day| day > today);
    html! {
        @match (price.valid_from, price.valid_to) {
            (None, None) => { "always" }
            (Some(from), None) => { "from " (say::day(from)) }
            (None, Some(to)) => { "until " (say::day(to)) }
            (Some(from), Some(to)) => { (say::day(from)) " to " (say::day(to)) }
        }
        @if over { " " span class="muted" { "(over)" } }
        @if ahead { " " span class="muted" { "(later)" } }
    }
}

struct Prices {
    page: Page<ContractPrice>,
    items: BTreeMap<CatalogItemId, CatalogItem>,
}

async fn known(visit: &Visit, owner: Owner) -> Result<Prices, Fail> {
    let cursor = visit.link.get("cursor").map(str::to_owned);
    visit
        .read(move |ctx, tx| {
            let params = ListParams { limit: Some(200), cursor, ..ListParams::default() };
            let page = owner.some(ctx, tx, &params)?;
            let items = items(ctx, tx, &page.items)?;
            Ok(Prices { page, items })
        })
        .await
}

fn table(visit: &Visit, owner: Owner, known: &Prices) -> Table {
    let may = visit.may(Permission::ManagePrices);
    let mut columns = vec![
        Column::new("item", "Item"),
        Column::new("list", "List price").number().width(140).spare(),
        Column::new("price", "Price").number().width(140).phone_side(),
        Column::new("off", "Off list").number().width(100).phone_side_sub(),
        Column::new("valid", "Valid").width(230).phone_sub(),
    ];
    if may {
        columns.push(Column::new("do", "").width(110));
    }
    let rows = known.page.items.iter().map(|price| row(visit, owner, known, price, may)).collect();
    Table::new("prices", "Prices", columns)
        .link(&visit.link, "")
        .rows(rows)
        .next(known.page.next_cursor.clone())
        .inside()
}

fn row(visit: &Visit, owner: Owner, known: &Prices, price: &ContractPrice, may: bool) -> Row {
    let item = known.items.get(&price.catalog_item_id);
    let listed = item.and_then(|item| item.list_price_minor);
    let off =
        listed.filter(|listed| *listed > 0).map(|listed| 10_000 - price.price_minor.saturating_mul(10_000) / listed);
    let from = price.valid_from.map(|day| day.to_string()).unwrap_or_default();
    let mut cells = vec![
        match item {
            Some(item) => Cell::two(
                &*item.description,
                html! { span class="mono" { (item.number) } " · " (item.manufacturer_name) },
            ),
            None => Cell::of(html! { span class="mono" { (price.catalog_item_id) } }),
        },
        listed.map_or_else(Cell::none, |minor| Cell::text(say::money(&visit.ctx, minor))),
        Cell::text(say::money(&visit.ctx, price.price_minor)),
        off.map_or_else(Cell::none, |bp| Cell::of(html! { (say::percent_plain(bp.max(-999_900))) " %" })),
        Cell::of(valid(visit, price)),
    ];
    if may {
        let hidden = [("catalog_item_id", price.catalog_item_id.to_string()), ("old_from", from.clone())];
        let hidden: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let to = format!("{}/prices/new?catalog_item_id={}&from={from}", owner.base(), price.catalog_item_id);
        cells.push(Cell::of(html! {
            div class="row end" {
                (Button::link("Change this price", to).icon_only(Icon::Edit).quiet().small().in_dialog())
                (press_with(visit, format!("{}/prices/remove", owner.base()), &hidden, Button::submit("Remove this price").icon_only(Icon::Close).quiet().small()))
            }
        }));
    }
    Row::new(format!("{}-{from}", price.catalog_item_id), cells)
}

fn prices_block(visit: &Visit, owner: Owner, known: &Prices) -> Markup {
    let may = visit.may(Permission::ManagePrices);
    let deep = Button::link("Quantities and sets", format!("{}/sets", owner.base())).small().quiet();
    let actions: Vec<Button> = match may {
        true => vec![
            deep,
            Button::link("Import", "/imports/prices").small().quiet().icon(Icon::File),
            Button::link("Add a price", format!("{}/prices/new", owner.base())).small().icon(Icon::Plus).in_dialog(),
        ],
        false => vec![deep],
    };
    let body = html! {
        @if known.page.items.is_empty() { p class="sub" { "No prices agreed. What is not agreed costs the list price." } }
        @else { (table(visit, owner, known)) }
    };
    section_block("Prices", &actions, body)
}

// ---- a price --------------------------------------------------------------------------------------------------------

async fn ask(visit: Visit, Path(id): Path<String>) -> Out {
    let owner = Owner::of(&visit, &id)?;
    let item: Option<CatalogItemId> = visit.link.get("catalog_item_id").and_then(|id| id.parse().ok());
    let from = visit.link.get("from").unwrap_or_default().to_owned();
    let mut values = Values::new();
    if let Some(item) = item {
        let (item, all) = visit.read(move |ctx, tx| Ok((catalog::item(ctx, tx, item)?, owner.all(ctx, tx)?))).await?;
        let at = |price: &&ContractPrice| {
            price.catalog_item_id == item.id && price.valid_from.map(|day| day.to_string()).unwrap_or_default() == from
        };
        values = values.with("catalog_item_id", item.id.to_string()).with("catalog_item_id_text", &item.description);
        if let Some(price) = all.iter().find(at) {
            values = values
                .with("old_item", item.id.to_string())
                .with("old_from", &from)
                .with("price", say::money_plain(&visit.ctx, price.price_minor))
                .maybe("valid_from", price.valid_from)
                .maybe("valid_to", price.valid_to);
        }
    }
    Ok(visit.dialog(title(&values), Room::Customers, price_form(&visit, owner, &values, &[])))
}

fn title(values: &Values) -> &'static str {
    if values.get("old_item").is_empty() { "Add a price" } else { "Change a price" }
}

fn price_form(visit: &Visit, owner: Owner, values: &Values, errors: &[FieldError]) -> Markup {
    let currency = say::currency(&visit.ctx);
    html! {
        (Form::post(format!("{}/prices", owner.base()), visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            input type="hidden" name="old_item" value=(values.get("old_item"));
            input type="hidden" name="old_from" value=(values.get("old_from"));
            (Field::combo("catalog_item_id", "Item", "/suggest/items", values.get("catalog_item_id_text")).value(values.get("catalog_item_id")).errors(errors).required())
            (Field::money("price", "Price of one", currency.code(), currency.exponent()).value(values.get("price")).errors(errors).required())
            div class="pair" {
                (Field::date("valid_from", "From").value(values.get("valid_from")).errors(errors).optional())
                (Field::date("valid_to", "Until").value(values.get("valid_to")).errors(errors).optional().help("That day included."))
            }
        }).button(Button::submit("Save price").primary()).button(Button::link("Cancel", owner.page()).quiet()))
    }
}

fn day(sent: &Sent, field: &str) -> app::Result<Option<Day>> {
    let read = |text: &str| {
        Day::parse(text)
            .ok_or_else(|| app::Error::field(field.to_owned(), "invalid_date", "Give a date like 2026-11-22."))
    };
    sent.maybe(field).map(read).transpose()
}

async fn keep(visit: &Visit, owner: Owner, sent: &Sent) -> app::Result<()> {
    let item = chosen::<id::CatalogItem>(visit, sent, "catalog_item_id", "items").await?;
    let missing = |field: &'static str, message: &'static str| app::Error::field(field, "required", message);
    let price = ContractPrice {
        catalog_item_id: item.ok_or_else(|| missing("catalog_item_id", "Choose the item, from the list."))?,
        price_minor: match sent.maybe("price") {
            Some(text) => say::read_money(&visit.ctx, "price", text)?,
            None => return Err(missing("price", "Enter the price of one.")),
        },
        valid_from: day(sent, "valid_from")?,
        valid_to: day(sent, "valid_to")?,
    };
    let old: Option<CatalogItemId> = sent.id("old_item")?;
    let old_from = day(sent, "old_from")?;
    visit
        .save(sent, move |ctx, tx| {
            let mut all = owner.all(ctx, tx)?;
            all.retain(|known| !(Some(known.catalog_item_id) == old && known.valid_from == old_from));
            all.push(price);
            owner.replace(ctx, tx, all)
        })
        .await
        .map(|_| ())
}

async fn set(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let owner = Owner::of(&visit, &id)?;
    match keep(&visit, owner, &sent).await {
        Ok(()) => Ok(visit.go(&owner.page(), Flash::done("Price saved"))),
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            for error in &mut errors {
                // The use case names the place in the whole list: `[12].valid_to`.
                let field = error.field.rsplit('.').next().unwrap_or_default().to_owned();
                error.field = if field == "price_minor" { "price".into() } else { field.into() };
                if error.field.starts_with('[') {
                    error.field = "".into();
                }
            }
            let values = Values::of(&sent);
            Ok(visit.dialog(title(&values), Room::Customers, price_form(&visit, owner, &values, &errors)))
        }
    }
}

async fn remove(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let owner = Owner::of(&visit, &id)?;
    let item: Option<CatalogItemId> = sent.id("catalog_item_id")?;
    let from = day(&sent, "old_from")?;
    let done = visit
        .save(&sent, move |ctx, tx| {
            let mut all = owner.all(ctx, tx)?;
            all.retain(|known| !(Some(known.catalog_item_id) == item && known.valid_from == from));
            owner.replace(ctx, tx, all)
        })
        .await;
    super::common::answered(&visit, &owner.page(), done, "Price removed")
}

// ---- price lists ----------------------------------------------------------------------------------------------------

async fn lists(visit: Visit) -> Out {
    let columns = vec![Column::new("name", "Price list").sort()];
    let list = List::new(&visit, Room::Customers, "price-lists", "Price lists", columns).sort("name").search("Name");
    let params = list.params();
    let page = visit.read(move |ctx, tx| named::price_lists(ctx, tx, &params)).await?;
    let rows = page.items.iter().map(|it| {
        list.row(it.id.to_string(), |_| Cell::text(it.name.clone()))
            .href(format!("/price-lists/{}", it.id))
            .name(it.name.clone())
    });
    let rows = rows.collect();
    let mut header = Header::new("Price lists").under(subnav(&visit, "Price lists"));
    let mut empty = Empty::new(Icon::File, "No price lists yet")
        .text("A price list holds agreed prices for all customers or locations that refer to it. Without one, the list price of the catalog holds.");
    if visit.may(Permission::ManagePrices) {
        header = header
            .action(Menu::more("More actions").item(Button::link("Import prices", "/imports/prices").icon(Icon::File)))
            .action(Button::link("Contracts", "/contracts").quiet().wide_only())
            .action(Button::link("Missing prices", "/price-gaps").quiet())
            .action(Button::link("New price list", "/price-lists/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New price list", "/price-lists/new").primary().in_dialog());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn name_form(visit: &Visit, action: &str, values: &Values, errors: &[FieldError], verb: &'static str) -> Markup {
    html! {
        (Form::post(action.to_owned(), visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            input type="hidden" name="version" value=(values.get("version"));
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required().placeholder("Lakeshore 2026").autofocus())
        }).button(Button::submit(verb).primary()).button(Button::link("Cancel", "/price-lists").quiet()))
    }
}

async fn new_page(visit: Visit) -> Out {
    let form = name_form(&visit, "/price-lists", &Values::new(), &[], "Create price list");
    Ok(visit.dialog("New price list", Room::Customers, form))
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let new = CreateNamed { name: sent.text("name").to_owned() };
    match visit.save(&sent, move |ctx, tx| named::create_price_list(ctx, tx, new.clone())).await {
        Ok(made) => {
            let to = format!("/price-lists/{}", super::common::id_of(&made));
            Ok(visit.go(&to, Flash::done("Price list created. Add its prices.")))
        }
        Err(error) => {
            let errors = visit.complaints(error)?;
            let form = name_form(&visit, "/price-lists", &Values::of(&sent), &errors, "Create price list");
            Ok(visit.dialog("New price list", Room::Customers, form))
        }
    }
}

async fn price_list(visit: Visit, Path(id): Path<String>) -> Out {
    let list: PriceListId = visit.id(&id)?;
    let owner = Owner::List(list);
    let it = visit.read(move |ctx, tx| named::price_list(ctx, tx, list)).await?;
    let known = known(&visit, owner).await?;
    if visit.hx.partial && visit.link.get("cursor").is_some() {
        return Ok(visit.part(table(&visit, owner, &known).rows_only()));
    }
    let mut header = Header::new(it.name.clone()).crumb("Price lists", "/price-lists").under(html! {
        "Holds for " a class="link" href={ "/customers?price_list=" (id) } { "customers" } " and "
        a class="link" href={ "/locations?price_list_id=" (id) } { "locations" } " that refer to it; a location's own price comes first"
    });
    if visit.may(Permission::ManagePrices) {
        header =
            header.action(Button::link("Rename", format!("/price-lists/{id}/rename")).in_dialog().hotkey("e")).action(
                Button::link("Add a price", format!("/price-lists/{id}/prices/new")).primary().in_dialog().hotkey("n"),
            );
    }
    let body = html! { (header) div class="content" { (prices_block(&visit, owner, &known)) } };
    Ok(visit.page(it.name.clone(), Room::Customers, body))
}

async fn rename_page(visit: Visit, Path(id): Path<String>) -> Out {
    let list: PriceListId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| named::price_list(ctx, tx, list)).await?;
    let values = Values::new().with("name", &it.name).with("version", it.version.to_string());
    let form = name_form(&visit, &format!("/price-lists/{id}/rename"), &values, &[], "Rename");
    Ok(visit.dialog("Rename the price list", Room::Customers, form))
}

async fn rename(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let list: PriceListId = visit.id(&id)?;
    let patch = PatchPriceList { name: Some(sent.text("name").to_owned()) };
    match visit.save(&sent, move |ctx, tx| named::patch_price_list(ctx, tx, list, patch.clone())).await {
        Ok(_) => Ok(visit.go(&format!("/price-lists/{id}"), Flash::done("Renamed"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let form = name_form(&visit, &format!("/price-lists/{id}/rename"), &Values::of(&sent), &errors, "Rename");
            Ok(visit.dialog("Rename the price list", Room::Customers, form))
        }
    }
}

async fn location_prices(visit: Visit, Path(id): Path<String>) -> Out {
    let location: LocationId = visit.id(&id)?;
    let owner = Owner::Location(location);
    let it = visit.read(move |ctx, tx| locations::get(ctx, tx, location, Window::All)).await?;
    let known = known(&visit, owner).await?;
    if visit.hx.partial && visit.link.get("cursor").is_some() {
        return Ok(visit.part(table(&visit, owner, &known).rows_only()));
    }
    let mut header = Header::new("Own prices")
        .crumb("Locations", "/locations")
        .crumb(it.name.clone(), format!("/locations/{id}"))
        .under("They come before its price list, its customer's price list, and the list price.");
    if visit.may(Permission::ManagePrices) {
        header = header.action(
            Button::link("Add a price", format!("/locations/{id}/prices/new")).primary().in_dialog().hotkey("n"),
        );
    }
    let body = html! { (header) div class="content" { (prices_block(&visit, owner, &known)) } };
    Ok(visit.page(format!("Prices of {}", it.name), Room::Customers, body))
}
