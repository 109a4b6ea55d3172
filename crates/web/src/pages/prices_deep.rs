//! Prices in depth: why the lines of an event cost what they cost, what has no agreed price, prices by quantity, capped sets.

use super::acts;
use super::common::{Values, press, press_with};
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, Row, Status, Table, Tone,
    section_block,
};
use app::directory::prices_deep::{self, PriceOwner};
use app::directory::{locations, named};
use app::events::pricing;
use app::{App, Ctx, Tx, catalog};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::catalog::CatalogItem;
use contract::prices::{Construct, PriceTier, SetConstruct};
use domain::clock::Day;
use domain::engagement::Window;
use domain::id::{CatalogItemId, ConstructId, EventId, LocationId, PriceListId};
use domain::people::Permission;
use domain::pricing::PriceSource;
use maud::{Markup, Render, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/prices", get(event_page))
        .route("/events/{id}/reprice", post(reprice))
        .route("/price-gaps", get(gaps))
        .route("/price-lists/{id}/sets", get(page))
        .route("/price-lists/{id}/sets/new", post(add_set))
        .route("/price-lists/{id}/sets/remove", post(remove_set))
        .route("/price-lists/{id}/tiers/new", post(add_tier))
        .route("/price-lists/{id}/tiers/remove", post(remove_tier))
        .route("/locations/{id}/sets", get(page))
        .route("/locations/{id}/sets/new", post(add_set))
        .route("/locations/{id}/sets/remove", post(remove_set))
        .route("/locations/{id}/tiers/new", post(add_tier))
        .route("/locations/{id}/tiers/remove", post(remove_tier))
}

// ---- why ------------------------------------------------------------------------------------------------------------

async fn event_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let (event, prices, may) = visit
        .read(move |ctx, tx| {
            let event = app::events::get(ctx, tx, id)?;
            let prices = pricing::why(ctx, tx, id)?;
            let may = app::events::lines::may_edit(ctx, tx, id)?;
            Ok((event, prices, may))
        })
        .await?;
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("price", format!("Price, {}", prices.currency)).number().width(130).phone_side(),
        Column::new("now", "By what is agreed now").number().width(180),
        Column::new("source", "From").width(150),
        Column::new("why", "Why").phone_sub(),
    ];
    let amount = |minor: Option<i64>| minor.map_or_else(Cell::none, |minor| Cell::text(say::amount(&visit.ctx, minor)));
    let mut differs = false;
    let mut rows = Vec::new();
    for it in &prices.items {
        let Some(line) = event.lines.iter().find(|line| line.id == it.line_id) else { continue };
        let typed = matches!(it.price_source, PriceSource::Manual | PriceSource::FacilityStock);
        let other = !typed && it.agreed_minor.is_some() && it.agreed_minor != it.unit_price_minor;
        differs |= other;
        let mark = [line.lot.as_str(), line.serial.as_str()].into_iter().filter(|it| !it.is_empty());
        let now = if typed { Cell::none() } else { amount(it.agreed_minor) };
        let cells = vec![
            Cell::two(line.description.clone(), mark.collect::<Vec<_>>().join(", ")),
            amount(it.unit_price_minor),
            if other { now.tone(Tone::Amber) } else { now },
            Cell::status(source(it.price_source)),
            Cell::text(it.why.clone()),
        ];
        rows.push(Row::new(line.id.to_string(), cells).href(format!("/units/{}", line.unit_id)));
    }
    let mut header = Header::new("Why these prices")
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{id}"))
        .under("The nearest agreement decides: the location, its price list, its customer's, those of the customers above, then the list price.");
    if may && differs {
        let button = Button::submit("Price by what is agreed now").primary();
        header = header.action(press(&visit, format!("/events/{id}/reprice"), button));
    }
    let empty = Empty::new(Icon::File, "Nothing is marked yet")
        .text("Units that are marked on this event show here with their price.");
    let table = Table::new("prices", "Why these prices", columns).rows(rows).empty(empty);
    Ok(visit.page("Why these prices", Room::Events, html! { (header) (table) }))
}

fn source(it: PriceSource) -> Status {
    match it {
        PriceSource::Contract => Status::new(Tone::Green, it.label()),
        PriceSource::List => Status::new(Tone::Amber, it.label()),
        PriceSource::None => Status::new(Tone::Red, it.label()),
        PriceSource::Manual => Status::new(Tone::Blue, it.label()),
        PriceSource::FacilityStock => Status::new(Tone::Grey, it.label()),
    }
}

async fn reprice(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| pricing::reprice(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/events/{id}/prices"), Flash::done("Priced by what is agreed now"))
}

// ---- gaps -----------------------------------------------------------------------------------------------------------

async fn gaps(visit: Visit) -> Out {
    let params =
        ListParams { limit: Some(200), cursor: visit.link.get("cursor").map(str::to_owned), ..ListParams::default() };
    let (page, asks) =
        visit.read(move |ctx, tx| Ok((pricing::gaps(ctx, tx, &params)?, super::price_asks::waiting(ctx, tx)?))).await?;
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("location", "At").width(240).phone_sub(),
        Column::new("lines", "Lines").number().width(80),
        Column::new("events", "Events").number().width(80),
        Column::new("amount", format!("Now, {}", visit.ctx.organization.currency)).number().width(130).phone_side_sub(),
        Column::new("first", "First on").width(120),
        Column::new("do", "").width(120),
    ];
    let rows = page.items.iter().map(|it| {
        let add = format!("/locations/{}/prices/new?catalog_item_id={}", it.location_id, it.catalog_item_id);
        let cells = vec![
            Cell::two(it.description.clone(), it.catalog_number.clone()),
            Cell::two(
                html! { a class="quiet" href={ "/locations/" (it.location_id) "/prices" } { (it.location_name) } },
                it.customer_name.clone(),
            ),
            Cell::text(say::number(it.lines_count)),
            Cell::text(say::number(it.events_count)),
            Cell::text(say::amount(&visit.ctx, it.amount_minor)),
            Cell::text(say::day(it.first_on)),
            Cell::of(Button::link("Agree a price", add).small().in_dialog()),
        ];
        Row::new(format!("{}-{}", it.catalog_item_id, it.location_id), cells).name(it.catalog_number.clone())
    });
    let rows: Vec<Row> = rows.collect();
    let header = Header::new("Missing prices")
        .crumb("Price lists", "/price-lists")
        .under("What open events use without an agreed price. Agree it, then price the event anew; typed prices stay.");
    let empty = Empty::new(Icon::Check, "Nothing is missing")
        .text("Every item that open events use at a location has an agreed price there.");
    let table = Table::new("gaps", "Missing prices", columns)
        .link(&visit.link, "")
        .rows(rows)
        .next(page.next_cursor.clone())
        .empty(empty);
    Ok(visit.page(
        "Missing prices",
        Room::Customers,
        html! { (header) (super::price_asks::queue(&visit, &asks)) (table) },
    ))
}

// ---- quantities and sets --------------------------------------------------------------------------------------------

fn owner_of(visit: &Visit, id: &str) -> Result<(PriceOwner, String), Fail> {
    if visit.link.path().starts_with("/locations/") {
        let id: LocationId = visit.id(id)?;
        return Ok((PriceOwner::Location(id), format!("/locations/{id}")));
    }
    let id: PriceListId = visit.id(id)?;
    Ok((PriceOwner::List(id), format!("/price-lists/{id}")))
}

struct Deep {
    name: String,
    tiers: Vec<PriceTier>,
    sets: Vec<Construct>,
    items: BTreeMap<CatalogItemId, CatalogItem>,
}

fn known_items(ctx: &Ctx, tx: &mut Tx, ids: Vec<CatalogItemId>) -> app::Result<BTreeMap<CatalogItemId, CatalogItem>> {
    let mut found = BTreeMap::new();
    for part in ids.chunks(100) {
        let text: Vec<String> = part.iter().map(ToString::to_string).collect();
        let mut params = ListParams { limit: Some(500), ..ListParams::default() };
        params.filters.insert("id".into(), text.join(","));
        params.filters.insert("archived".into(), "all".into());
        found.extend(catalog::items(ctx, tx, &params)?.items.into_iter().map(|item| (item.id, item)));
    }
    Ok(found)
}

fn read_deep(ctx: &Ctx, tx: &mut Tx, owner: PriceOwner) -> app::Result<Deep> {
    let name = match owner {
        PriceOwner::List(id) => named::price_list(ctx, tx, id)?.name,
        PriceOwner::Location(id) => locations::get(ctx, tx, id, Window::All)?.name,
    };
    let tiers = prices_deep::tiers(ctx, tx, owner)?.items;
    let sets = prices_deep::constructs(ctx, tx, owner)?.items;
    let mut ids: Vec<CatalogItemId> = tiers.iter().map(|tier| tier.catalog_item_id).collect();
    ids.extend(sets.iter().flat_map(|set| set.catalog_item_ids.iter().copied()));
    ids.sort_unstable();
    ids.dedup();
    let items = known_items(ctx, tx, ids)?;
    Ok(Deep { name, tiers, sets, items })
}

fn item_words(deep: &Deep, id: CatalogItemId) -> String {
    deep.items.get(&id).map_or_else(|| id.to_string(), |item| format!("{} {}", item.number, item.description))
}

fn held(from: Option<Day>, to: Option<Day>) -> String {
    match (from, to) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {}", say::day(from)),
        (None, Some(to)) => format!("until {}", say::day(to)),
        (Some(from), Some(to)) => format!("{} to {}", say::day(from), say::day(to)),
    }
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let (owner, base) = owner_of(&visit, &id)?;
    shown(&visit, owner, &base, &Values::new(), &[]).await
}

async fn shown(visit: &Visit, owner: PriceOwner, base: &str, values: &Values, errors: &[FieldError]) -> Out {
    let deep = visit.read(move |ctx, tx| read_deep(ctx, tx, owner)).await?;
    let may = visit.may(Permission::ManagePrices);
    let back = if matches!(owner, PriceOwner::List(_)) { base.to_owned() } else { format!("{base}/prices") };
    let body = html! {
        (Header::new("Quantities and sets").crumb("Price lists", "/price-lists").crumb(deep.name.clone(), back))
        div class="content" {
            (section_block("Prices by quantity", &[], html! {
                p class="sub" { "From so many of an item on one event on, each costs less." }
                (tiers_table(visit, &deep, base, may))
                @if may { details class="more" open[!errors.is_empty() && !values.get("from_quantity").is_empty()] { summary { "Add a price by quantity" } (tier_form(visit, base, values, errors)) } }
            }))
            (section_block("Capped sets", &[], html! {
                p class="sub" { "What a case uses of a set never costs more than its cap together. The cap is split over the lines in proportion to their prices; a cent left over goes where most was cut off." }
                (sets_table(visit, &deep, base, may))
                @if may { details class="more" open[!errors.is_empty() && values.get("from_quantity").is_empty()] { summary { "Add a capped set" } (set_form(visit, base, values, errors)) } }
            }))
        }
    };
    Ok(answer(visit, body, errors))
}

fn answer(visit: &Visit, body: Markup, errors: &[FieldError]) -> Response {
    if errors.is_empty() {
        visit.page("Quantities and sets", Room::Customers, body)
    } else {
        visit.refused("Quantities and sets", Room::Customers, body)
    }
}

fn remove(visit: &Visit, action: String, hidden: &[(&str, &str)]) -> Cell {
    let button = Button::submit("Remove").icon_only(Icon::Close).quiet().small();
    Cell::of(press_with(visit, action, hidden, button))
}

fn tiers_table(visit: &Visit, deep: &Deep, base: &str, may: bool) -> Markup {
    if deep.tiers.is_empty() {
        return html! { p class="sub" { "None." } };
    }
    let mut columns = vec![
        Column::new("item", "Item"),
        Column::new("from", "From").number().width(90),
        Column::new("price", format!("Price, {}", visit.ctx.organization.currency)).number().width(130).phone_side(),
        Column::new("valid", "Of the price").width(180).phone_sub(),
    ];
    if may {
        columns.push(Column::new("do", "").width(60));
    }
    let rows = deep.tiers.iter().map(|tier| {
        let mut cells = vec![
            Cell::text(item_words(deep, tier.catalog_item_id)),
            Cell::text(say::number(tier.from_quantity)),
            Cell::text(say::amount(&visit.ctx, tier.price_minor)),
            Cell::text(held(tier.valid_from, None)),
        ];
        let key = tier_key(tier);
        if may {
            cells.push(remove(visit, format!("{base}/tiers/remove"), &[("tier", &key)]));
        }
        Row::new(key, cells)
    });
    Table::new("tiers", "Prices by quantity", columns).rows(rows.collect()).inside().render()
}

fn tier_key(tier: &PriceTier) -> String {
    let from = tier.valid_from.map(|day| day.to_string()).unwrap_or_default();
    format!("{} {} {from}", tier.catalog_item_id, tier.from_quantity)
}

fn sets_table(visit: &Visit, deep: &Deep, base: &str, may: bool) -> Markup {
    if deep.sets.is_empty() {
        return html! { p class="sub" { "None." } };
    }
    let mut columns = vec![
        Column::new("name", "Set"),
        Column::new("cap", format!("At most, {}", visit.ctx.organization.currency)).number().width(130).phone_side(),
        Column::new("items", "Items").phone_sub(),
        Column::new("valid", "Valid").width(200),
    ];
    if may {
        columns.push(Column::new("do", "").width(60));
    }
    let rows = deep.sets.iter().map(|set| {
        let items: Vec<String> = set.catalog_item_ids.iter().map(|id| item_words(deep, *id)).collect();
        let mut cells = vec![
            Cell::text(set.name.clone()),
            Cell::text(say::amount(&visit.ctx, set.cap_minor)),
            Cell::text(items.join(", ")),
            Cell::text(held(set.valid_from, set.valid_to)),
        ];
        if may {
            cells.push(remove(visit, format!("{base}/sets/remove"), &[("set", &set.id.to_string())]));
        }
        Row::new(set.id.to_string(), cells).name(set.name.clone())
    });
    Table::new("sets", "Capped sets", columns).rows(rows.collect()).inside().render()
}

fn tier_form(visit: &Visit, base: &str, values: &Values, errors: &[FieldError]) -> Markup {
    let currency = say::currency(&visit.ctx);
    Form::post(format!("{base}/tiers/new"), visit.csrf())
        .errors(errors)
        .body(html! {
            (Field::combo("catalog_item_id", "Item", "/suggest/items", values.get("catalog_item_id_text")).value(values.get("catalog_item_id")).errors(errors).required())
            div class="pair" {
                (Field::number("from_quantity", "From").value(values.get("from_quantity")).errors(errors).required().help("At least 2."))
                (Field::money("tier_price", "Price of one", currency.code(), currency.exponent()).value(values.get("tier_price")).errors(errors).required())
            }
            (Field::date("valid_from", "First day of the agreed price").value(values.get("valid_from")).errors(errors).optional().help("Empty for a price that holds always."))
        })
        .button(Button::submit("Add").primary())
        .render()
}

/// Items of a set that its form takes at once.
const SET_ITEMS: usize = 12;

fn set_form(visit: &Visit, base: &str, values: &Values, errors: &[FieldError]) -> Markup {
    let currency = say::currency(&visit.ctx);
    Form::post(format!("{base}/sets/new"), visit.csrf())
        .errors(errors)
        .body(html! {
            div class="pair" {
                (Field::text("name", "Name").value(values.get("name")).errors(errors).required().placeholder("One-level fusion"))
                (Field::money("cap", "At most", currency.code(), currency.exponent()).value(values.get("cap")).errors(errors).required())
            }
            div class="pair" {
                (Field::date("set_from", "First day").value(values.get("set_from")).errors(errors).optional())
                (Field::date("set_to", "Last day").value(values.get("set_to")).errors(errors).optional())
            }
            @for at in 0..SET_ITEMS {
                @let name = format!("item{at}");
                (Field::combo(name.clone(), format!("Item {}", at + 1), "/suggest/items", values.get(&format!("{name}_text"))).value(values.get(&name)).errors(errors).optional())
            }
        })
        .button(Button::submit("Add").primary())
        .render()
}

async fn add_tier(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, base) = owner_of(&visit, &id)?;
    let read = || -> app::Result<PriceTier> {
        let item = acts::picked::<domain::id::CatalogItem>(&sent, "catalog_item_id")?;
        let quantity = sent.text("from_quantity").parse();
        Ok(PriceTier {
            catalog_item_id: item
                .ok_or_else(|| app::Error::field("catalog_item_id", "required", "Choose the item."))?,
            valid_from: acts::day(&sent, "valid_from")?,
            from_quantity: quantity
                .map_err(|_| app::Error::field("from_quantity", "invalid_value", "Give a whole number, such as 5."))?,
            price_minor: say::read_money(&visit.ctx, "tier_price", sent.text("tier_price"))?,
        })
    };
    let done = match read() {
        Ok(tier) => {
            let change = move |ctx: &Ctx, tx: &mut Tx| {
                let mut all = prices_deep::tiers(ctx, tx, owner)?.items;
                all.push(tier);
                prices_deep::set_tiers(ctx, tx, owner, &all)
            };
            visit.save(&sent, change).await.map(drop)
        }
        Err(error) => Err(error),
    };
    finish(&visit, owner, &base, &sent, done, "The price by quantity is agreed").await
}

async fn remove_tier(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, base) = owner_of(&visit, &id)?;
    let key = sent.text("tier").to_owned();
    let change = move |ctx: &Ctx, tx: &mut Tx| {
        let mut all = prices_deep::tiers(ctx, tx, owner)?.items;
        all.retain(|tier| tier_key(tier).trim() != key);
        prices_deep::set_tiers(ctx, tx, owner, &all)
    };
    let done = visit.save(&sent, change).await;
    acts::told(&visit, done, &format!("{base}/sets"), Flash::done("Removed"))
}

fn as_set(it: &Construct) -> SetConstruct {
    SetConstruct {
        name: it.name.clone(),
        cap_minor: it.cap_minor,
        valid_from: it.valid_from,
        valid_to: it.valid_to,
        catalog_item_ids: it.catalog_item_ids.clone(),
    }
}

async fn add_set(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, base) = owner_of(&visit, &id)?;
    let read = || -> app::Result<SetConstruct> {
        let mut items = Vec::new();
        for at in 0..SET_ITEMS {
            items.extend(acts::picked::<domain::id::CatalogItem>(&sent, &format!("item{at}"))?);
        }
        Ok(SetConstruct {
            name: sent.text("name").to_owned(),
            cap_minor: say::read_money(&visit.ctx, "cap", sent.text("cap"))?,
            valid_from: acts::day(&sent, "set_from")?,
            valid_to: acts::day(&sent, "set_to")?,
            catalog_item_ids: items,
        })
    };
    let done = match read() {
        Ok(set) => {
            let change = move |ctx: &Ctx, tx: &mut Tx| {
                let mut all: Vec<SetConstruct> =
                    prices_deep::constructs(ctx, tx, owner)?.items.iter().map(as_set).collect();
                all.push(set.clone());
                prices_deep::set_constructs(ctx, tx, owner, &all)
            };
            visit.save(&sent, change).await.map(drop)
        }
        Err(error) => Err(error),
    };
    finish(&visit, owner, &base, &sent, done, "The capped set is agreed").await
}

async fn remove_set(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, base) = owner_of(&visit, &id)?;
    let gone: Option<ConstructId> = sent.id("set").map_err(Fail::from)?;
    let change = move |ctx: &Ctx, tx: &mut Tx| {
        let all = prices_deep::constructs(ctx, tx, owner)?.items;
        let kept: Vec<SetConstruct> = all.iter().filter(|it| Some(it.id) != gone).map(as_set).collect();
        prices_deep::set_constructs(ctx, tx, owner, &kept)
    };
    let done = visit.save(&sent, change).await;
    acts::told(&visit, done, &format!("{base}/sets"), Flash::done("Removed"))
}

async fn finish(
    visit: &Visit,
    owner: PriceOwner,
    base: &str,
    sent: &Sent,
    done: app::Result<()>,
    said: &'static str,
) -> Out {
    match done {
        Ok(()) => Ok(visit.go(&format!("{base}/sets"), Flash::done(said))),
        Err(error) => {
            const FIELDS: [&str; 9] = [
                "catalog_item_id",
                "from_quantity",
                "tier_price",
                "valid_from",
                "name",
                "cap",
                "set_from",
                "set_to",
                "item0",
            ];
            let named = |error: FieldError| {
                // A new one stands last: what is said of it is said of the form.
                let field = error.field.rsplit("].").next().unwrap_or_default().to_owned();
                let field = match field.as_str() {
                    "price_minor" => "tier_price".to_owned(),
                    "cap_minor" => "cap".to_owned(),
                    "catalog_item_ids" => "item0".to_owned(),
                    _ => field,
                };
                FieldError::new(field, error.message)
            };
            let errors = visit.complaints(error)?.into_iter().map(named).collect();
            let errors = acts::known(errors, &FIELDS);
            shown(visit, owner, base, &Values::of(sent), &errors).await
        }
    }
}
