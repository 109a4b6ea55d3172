//! The catalog: items, their makers and product lines.

use super::common::{Values, choices, press_with, story};
use super::list::{Filter, List, Shown, View};
use super::suggest::chosen;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Choice, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Menu, Room, Status,
    Text, Tone, badge, drawer_body, facts, lines, section, section_block, split,
};
use app::{App, Ctx, Tx, catalog, glance};
use axum::Router;
use axum::extract::Path;
use contract::catalog::{
    CatalogItem, CreateCatalogItem, CreateManufacturer, CreateProductLine, Manufacturer, PatchCatalogItem,
    PatchManufacturer, ProductLine,
};
use contract::directory::PatchNamed;
use contract::{HistoryEntry, ListParams, Patch};
use domain::id::{CatalogItemId, ManufacturerId, ProductLineId};
use domain::people::Permission;
use domain::stock::UnitKind;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/catalog", get(items).merge(post(create)))
        .route("/catalog/new", get(new_page))
        .route("/catalog/{id}", get(page))
        .route("/catalog/{id}/edit", get(edit_page).merge(post(edit)))
        .route("/catalog/{id}/archive", post(archive))
        .route("/manufacturers", get(manufacturers).merge(post(create_manufacturer)))
        .route("/manufacturers/new", get(new_manufacturer))
        .route("/manufacturers/{id}", get(edit_manufacturer).merge(post(save_manufacturer)))
        .route("/product-lines", get(product_lines).merge(post(create_line)))
        .route("/product-lines/new", get(new_line))
        .route("/product-lines/{id}", get(edit_line).merge(post(save_line)))
}

/// The lists of this room.
fn subnav(current: &str) -> Markup {
    super::common::subnav(
        current,
        &[("Items", "/catalog"), ("Manufacturers", "/manufacturers"), ("Product lines", "/product-lines")],
    )
}

const VIEWS: &[View] = &[
    View::new("all", "All", &[]),
    View::new("devices", "Devices", &[("kind", "device")]),
    View::new("containers", "Containers", &[("kind", "container")]),
    View::new("packs", "Packs", &[("kind", "pack")]),
    View::new("archived", "Archived", &[("archived", "true")]),
];

fn name(it: &CatalogItem) -> String {
    if it.description.is_empty() { it.number.clone() } else { it.description.clone() }
}

fn pairs<K: ToString>(all: impl IntoIterator<Item = (K, String)>) -> Vec<(Text, Text)> {
    all.into_iter().map(|(key, name)| (Text::Owned(key.to_string()), Text::Owned(name))).collect()
}

/// Every manufacturer, for filters and forms.
fn all_manufacturers(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<Manufacturer>> {
    let params = ListParams { limit: Some(500), ..ListParams::default() };
    Ok(catalog::manufacturers(ctx, tx, &params)?.items)
}

async fn items(visit: Visit) -> Out {
    let columns = vec![
        Column::new("description", "Item").sort(),
        Column::new("number", "Number").sort().width(150).phone_sub(),
        Column::new("manufacturer", "Manufacturer").width(170),
        Column::new("lines", "Product lines").width(180).spare(),
        Column::new("udi_di", "UDI-DI").width(160).spare(),
        Column::new("price", format!("List price, {}", visit.ctx.organization.currency))
            .number()
            .width(130)
            .phone_side(),
        Column::new("held", "In stock").number().width(100).help("Active units in your reach").phone_side_sub(),
        Column::new("kind", "Kind").width(110).optional(),
        Column::new("reusable", "Reusable").width(100).optional(),
        Column::new("par", "Par level").number().width(100).optional(),
        Column::new("created_at", "Since").sort().width(120).optional(),
    ];
    let makers = visit.read(all_manufacturers).await?;
    let line = visit.link.get("product_line_id").and_then(|id| id.parse::<ProductLineId>().ok());
    let line_name = match line {
        Some(id) => visit.read(move |ctx, tx| catalog::product_line(ctx, tx, id)).await.ok().map(|line| line.name),
        None => None,
    };
    let list = List::new(&visit, Room::Catalog, "items", "Catalog", columns)
        .views(VIEWS)
        .sort("number")
        .search("Number, words, UDI-DI")
        .filters(vec![
            Filter::choice("manufacturer_id", "Manufacturer", pairs(makers.iter().map(|it| (it.id, it.name.clone())))),
            Filter::given("product_line_id", "Product line", line_name),
            Filter::yes_no("reusable", "Reusable"),
            Filter::text("udi_di", "UDI-DI"),
            Filter::text("country", "May be used in"),
        ])
        .saved(&visit, "catalog_items")
        .await?;
    let params = list.params();
    let (page, lines, held) = visit
        .read(move |ctx, tx| {
            let page = catalog::items(ctx, tx, &params)?;
            let ids: Vec<ProductLineId> = page.items.iter().flat_map(|it| it.product_line_ids.clone()).collect();
            let items: Vec<CatalogItemId> = page.items.iter().map(|it| it.id).collect();
            let lines = glance::product_lines(ctx, tx, &ids)?;
            let held = glance::items_held(ctx, tx, &items)?;
            Ok((page, lines, held))
        })
        .await?;
    let rows = page.items.iter().map(|it| {
        list.row(it.id.to_string(), |key| item_cell(&visit, it, key, &lines, &held))
            .href(format!("/catalog/{}", it.id))
            .name(name(it))
            .off(it.archived_at.is_some())
    });
    let rows = rows.collect();
    let mut header = Header::new("Catalog").under(subnav("Items"));
    let mut empty = Empty::new(Icon::Catalog, "No items yet")
        .text("An item is what a unit is one of: a catalog number of a manufacturer, with its UDI-DI and its price.");
    if visit.may(Permission::ManageCatalog) {
        header = header
            .action(
                Menu::more("More actions")
                    .item(Button::link("Import items", "/imports/catalog_items").icon(Icon::File))
                    .item(Button::link("Likely the same", "/catalog/duplicates").icon(Icon::Search)),
            )
            .action(Button::link("New item", "/catalog/new").primary().hotkey("n"));
        empty = empty
            .action(Button::link("Import a list", "/imports/catalog_items").primary())
            .action(Button::link("New item", "/catalog/new"));
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn item_cell(
    visit: &Visit,
    it: &CatalogItem,
    key: &str,
    lines: &BTreeMap<ProductLineId, String>,
    held: &BTreeMap<CatalogItemId, i64>,
) -> Cell {
    match key {
        "description" => {
            let cell = Cell::text(name(it));
            if it.archived_at.is_some() { cell.below("archived") } else { cell }
        }
        "number" => Cell::of(html! { span class="mono" { (it.number) } }),
        "manufacturer" => Cell::text(it.manufacturer_name.clone()),
        "lines" => {
            let names: Vec<&str> =
                it.product_line_ids.iter().filter_map(|id| lines.get(id)).map(String::as_str).collect();
            if names.is_empty() { Cell::none() } else { Cell::text(say::names(&names, 2)).hover(names.join(", ")) }
        }
        "udi_di" => it.udi_di.as_ref().map_or_else(Cell::none, |di| Cell::of(html! { span class="mono" { (di) } })),
        "price" => it.list_price_minor.map_or_else(Cell::none, |minor| Cell::text(say::amount(&visit.ctx, minor))),
        "held" => match held.get(&it.id) {
            Some(n @ 1..) => {
                Cell::of(html! { a class="link" href={ "/units?catalog_item_id=" (it.id) } { (say::number(*n)) } })
            }
            _ => Cell::none(),
        },
        "kind" => Cell::text(it.kind.label()),
        "reusable" => Cell::text(if it.reusable { "Yes" } else { "No" }),
        "par" => it.par_level.map_or_else(Cell::none, |n| Cell::text(say::number(n))),
        _ => Cell::text(say::day(it.created_at.day_in(&visit.ctx.organization.time_zone))),
    }
}

// ---- one item -------------------------------------------------------------------------------------------------------

struct Known {
    more: super::catalog_more::More,
    item: CatalogItem,
    lines: BTreeMap<ProductLineId, String>,
    held: i64,
    custodians: Vec<glance::Holding>,
    history: Vec<HistoryEntry>,
    parts: Vec<app::item_merges::Part>,
}

async fn known(visit: &Visit, id: CatalogItemId) -> Result<Known, Fail> {
    visit
        .read(move |ctx, tx| {
            let item = catalog::item(ctx, tx, id)?;
            Ok(Known {
                lines: glance::product_lines(ctx, tx, &item.product_line_ids)?,
                held: glance::items_held(ctx, tx, &[id])?.remove(&id).unwrap_or(0),
                custodians: glance::holders(ctx, tx, id, 12)?,
                history: catalog::item_history(ctx, tx, id, 500)?.items,
                parts: app::item_merges::parts(ctx, tx, id)?,
                more: super::catalog_more::read(ctx, tx, id)?,
                item,
            })
        })
        .await
}

fn item_facts(visit: &Visit, known: &Known) -> Markup {
    let it = &known.item;
    let lines: Vec<&str> = known.lines.values().map(String::as_str).collect();
    let money = |minor: Option<i64>| match minor {
        Some(minor) => html! { (say::money(&visit.ctx, minor)) },
        None => html! { span class="muted" { "–" } },
    };
    let mut all = vec![
        Fact::new("Number", html! { span class="mono" { (it.number) } }),
        Fact::new(
            "Manufacturer",
            html! { a class="link" href={ "/catalog?manufacturer_id=" (it.manufacturer_id) } { (it.manufacturer_name) } },
        ),
        Fact::new("Product lines", say::or_dash(&lines.join(", "))),
        Fact::new("Kind", it.kind.label()),
        Fact::new(
            "UDI-DI",
            html! { @if let Some(di) = &it.udi_di { span class="mono" { (di) } } @else { span class="muted" { "not known" } } },
        ),
    ];
    if !it.gtins.is_empty() {
        all.push(Fact::new("Other GTINs", html! { @for gtin in &it.gtins { div class="mono" { (gtin) } } }));
    }
    all.push(Fact::new("List price", money(it.list_price_minor)));
    if let Some(cost) = it.cost_minor {
        all.push(Fact::new("Cost", money(cost)));
    }
    all.push(Fact::new("Use", if it.reusable { "Reusable" } else { "Single use" }));
    if let Some(par) = it.par_level {
        all.push(Fact::new("Par level", html! {
            (say::number(par)) @if known.held < par { " " span class="soon" { (say::number(par - known.held)) " short" } }
        }));
    }
    all.push(Fact::new(
        "May be used in",
        if it.geography.is_empty() { "every country".to_owned() } else { it.geography.join(", ") },
    ));
    facts(&all)
}

fn holdings(known: &Known) -> Markup {
    let it = &known.item;
    let rows: Vec<Line> = known
        .custodians
        .iter()
        .map(|holding| {
            Line::new(holding.name.as_str())
                .href(format!("/units?catalog_item_id={}&custodian_id={}", it.id, holding.id))
                .side(html! { span class="num" { (say::count(holding.units, "unit", "units")) } })
        })
        .collect();
    html! {
        @if rows.is_empty() { p class="sub" { "Nobody in your reach has one." } }
        @else { (lines(&rows)) @if known.held > known.custodians.iter().map(|it| it.units).sum() { p class="sub" { a class="link" href={ "/units?catalog_item_id=" (it.id) } { "All " (say::count(known.held, "unit", "units")) } } } }
    }
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let known = known(&visit, visit.id(&id)?).await?;
    let it = &known.item;
    if visit.hx.for_drawer() {
        let body = html! {
            p class="sub" { (it.manufacturer_name) " · " span class="mono" { (it.number) } }
            (item_facts(&visit, &known))
            h3 { "Who has it" } (holdings(&known))
        };
        return Ok(visit.part(drawer_body(name(it), &format!("/catalog/{id}"), body)));
    }
    let mut header = Header::new(name(it))
        .crumb("Catalog", "/catalog")
        .crumb(it.manufacturer_name.clone(), format!("/catalog?manufacturer_id={}", it.manufacturer_id));
    if it.archived_at.is_some() {
        header = header.status(Status::of("archived"));
    }
    if it.udi_di.is_none() {
        header = header.badge(badge(Some(Tone::Amber), "No UDI-DI"));
    }
    header = header.under(html! {
        span class="mono" { (it.number) }
        @if let Some(price) = it.list_price_minor { " · " (say::money(&visit.ctx, price)) " list" }
        " · " a class="link" href={ "/units?catalog_item_id=" (it.id) } { (say::count(known.held, "unit", "units")) " in stock" }
    });
    if visit.may(Permission::ManageCatalog) && it.merged_into_id.is_none() {
        let verb = if it.archived_at.is_some() { "Bring back" } else { "Archive" };
        let on = if it.archived_at.is_some() { "false" } else { "true" };
        let archive =
            press_with(&visit, format!("/catalog/{id}/archive"), &[("archived", on)], Button::submit(verb).quiet());
        header = header
            .action(
                Menu::more("More actions")
                    .item(
                        Button::link("Where every lot went", format!("/figures/lot_trace?catalog_item_id={id}"))
                            .icon(Icon::Search),
                    )
                    .item(Button::link("Merge with another item", format!("/catalog/{id}/merge")).icon(Icon::Catalog))
                    .rule()
                    .raw(archive),
            )
            .action(Button::link("Edit", format!("/catalog/{id}/edit")).hotkey("e"));
    }
    if visit.may(Permission::CreateInventory) && it.merged_into_id.is_none() {
        header = header.action(Button::link("Add units", format!("/units/new?catalog_item_id={id}")).primary());
    }
    let work = html! {
        (super::catalog_merge::leads_to(it))
        (section_block("Who has it", &[], holdings(&known)))
        (super::catalog_more::sections(&visit, it.id, &known.more))
        (super::catalog_merge::parts(&visit, &known.parts))
        (section_block("What happened", &[], story(&visit.ctx, &known.history)))
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (item_facts(&visit, &known)) } })) };
    Ok(visit.page(name(it), Room::Catalog, body))
}

async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let item: CatalogItemId = visit.id(&id)?;
    let archived = sent.on("archived");
    let patch = move || PatchCatalogItem { archived: Some(archived), ..PatchCatalogItem::default() };
    let done = visit.save(&sent, move |ctx, tx| catalog::patch_item(ctx, tx, item, patch())).await;
    let said = if archived { "Archived: it is left out of lists" } else { "Back in the lists" };
    super::common::answered(&visit, &format!("/catalog/{id}"), done, said)
}

// ---- forms ----------------------------------------------------------------------------------------------------------

fn values_of(visit: &Visit, it: &CatalogItem) -> Values {
    let plain = |minor: Option<i64>| minor.map(|minor| say::money_plain(&visit.ctx, minor));
    let mut values = Values::new()
        .with("manufacturer_id", it.manufacturer_id.to_string())
        .with("manufacturer_id_text", &it.manufacturer_name)
        .with("number", &it.number)
        .with("description", &it.description)
        .with("kind", it.kind.as_str())
        .maybe("list_price", plain(it.list_price_minor))
        .maybe("cost", plain(it.cost_minor.flatten()))
        .maybe("udi_di", it.udi_di.as_deref())
        .with("gtins", it.gtins.join(", "))
        .flag("reusable", it.reusable)
        .maybe("par_level", it.par_level)
        .with("geography", it.geography.join(", "))
        .with("version", it.version.to_string());
    for id in &it.product_line_ids {
        values = values.with("product_line_ids", id.to_string());
    }
    values
}

fn item_form(
    visit: &Visit,
    action: &str,
    values: &Values,
    lines: &[ProductLine],
    errors: &[FieldError],
    verb: &'static str,
    back: &str,
) -> Markup {
    let currency = say::currency(&visit.ctx);
    let money = |key: &'static str, label: &'static str| {
        Field::money(key, label, currency.code(), currency.exponent()).value(values.get(key)).errors(errors).optional()
    };
    let kind = values.get("kind");
    let kinds = UnitKind::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())).collect();
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (Field::combo("manufacturer_id", "Manufacturer", "/suggest/manufacturers", values.get("manufacturer_id_text")).value(values.get("manufacturer_id")).errors(errors).required())
        (Field::text("description", "Description").value(values.get("description")).errors(errors).required().help("As people in the field call it: Acetabular cup 52 mm."))
        div class="pair" {
            (Field::text("number", "Catalog number").value(values.get("number")).errors(errors).optional().help("As on the label. Without one, the UDI-DI is taken."))
            (Field::text("udi_di", "UDI-DI").value(values.get("udi_di")).errors(errors).optional().help("The device identifier from the label: scan it here, or type its digits."))
        }
        (Field::segment("kind", "Kind", kinds).value(if kind.is_empty() { "device".to_owned() } else { kind }).errors(errors))
        (Field::switch("reusable", "Reusable").on(values.on("reusable")).help("Comes back after use: trays, trials, instruments. Off: a unit leaves the stock when it is used."))
        div class="pair" { (money("list_price", "List price")) @if visit.ctx.actor.role.is_office() { (money("cost", "Cost").help("Only the office sees it.")) } }
        @if !lines.is_empty() {
            fieldset class="field" {
                legend class="label" { "Product lines" span class="opt" { "optional" } }
                div class="choices" {
                    @for line in lines { (super::settings::box_of("product_line_ids", &line.id.to_string(), &line.name, values.holds("product_line_ids", &line.id.to_string()), true)) }
                }
            }
        }
        (section("More", None, html! {
            (Field::number("par_level", "Par level").value(values.get("par_level")).errors(errors).optional().help("Below this many, it is shown as short."))
            (Field::text("gtins", "Further GTINs").value(values.get("gtins")).errors(errors).optional().help("Of other packagings, with commas between them."))
            (Field::text("geography", "May be used in").value(values.get("geography")).errors(errors).optional().help("Country codes with commas between them: US, CA. Empty for everywhere."))
        }))
    };
    html! {
        (Form::post(action.to_owned(), visit.csrf()).errors(errors).body(fields)
            .button(Button::submit(verb).primary()).button(Button::link("Cancel", back.to_owned()).quiet()))
    }
}

fn parts(text: &str) -> Vec<String> {
    text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn whole(sent: &Sent, field: &str) -> app::Result<Option<i64>> {
    let read = |text: &str| text.parse::<i64>().ok().filter(|n| *n >= 0);
    sent.maybe(field)
        .map(|text| {
            read(text)
                .ok_or_else(|| app::Error::field(field.to_owned(), "invalid_value", "Give a whole number, such as 12."))
        })
        .transpose()
}

fn amount(visit: &Visit, sent: &Sent, field: &str) -> app::Result<Option<i64>> {
    sent.maybe(field).map(|text| say::read_money(&visit.ctx, field, text)).transpose()
}

async fn new_page(visit: Visit) -> Out {
    let mut values = Values::new();
    if let Some(id) = visit.link.get("manufacturer_id").and_then(|id| id.parse::<ManufacturerId>().ok()) {
        let maker = visit.read(move |ctx, tx| catalog::manufacturer(ctx, tx, id)).await?;
        values = values.with("manufacturer_id", id.to_string()).with("manufacturer_id_text", maker.name);
    }
    let form = item_form(&visit, "/catalog", &values, &[], &[], "Create item", "/catalog");
    Ok(visit.page("New item", Room::Catalog, framed("New item", &[], form)))
}

fn framed(title: &str, crumbs: &[(String, String)], form: Markup) -> Markup {
    let mut header = Header::new(title.to_owned()).crumb("Catalog", "/catalog");
    for (label, href) in crumbs {
        header = header.crumb(label.clone(), href.clone());
    }
    html! { (header) div class="content" { (form) } }
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let made = create_item(&visit, &sent).await;
    match made {
        Ok(id) => Ok(visit.go(&format!("/catalog/{id}"), Flash::done("Item created"))),
        Err(error) => {
            let errors = renamed(visit.complaints(error)?);
            let form = item_form(&visit, "/catalog", &Values::of(&sent), &[], &errors, "Create item", "/catalog");
            Ok(visit.refused("New item", Room::Catalog, framed("New item", &[], form)))
        }
    }
}

/// Fields of the form that have another name than those of the use case.
fn renamed(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        let known = match error.field.as_ref() {
            "list_price_minor" => "list_price",
            "cost_minor" => "cost",
            field if field.starts_with("gtins") => "gtins",
            field if field.starts_with("geography") => "geography",
            _ => continue,
        };
        error.field = known.into();
    }
    errors
}

async fn create_item(visit: &Visit, sent: &Sent) -> app::Result<String> {
    let maker = chosen::<domain::id::Manufacturer>(visit, sent, "manufacturer_id", "manufacturers").await?;
    let new = CreateCatalogItem {
        manufacturer_id: maker
            .ok_or_else(|| app::Error::field("manufacturer_id", "required", "Choose who makes it, from the list."))?,
        number: sent.maybe("number").map(str::to_owned),
        description: sent.text("description").to_owned(),
        kind: UnitKind::parse(sent.text("kind")),
        product_line_ids: sent.ids("product_line_ids")?,
        list_price_minor: amount(visit, sent, "list_price")?,
        cost_minor: amount(visit, sent, "cost")?,
        udi_di: sent.maybe("udi_di").map(str::to_owned),
        gtins: parts(sent.text("gtins")),
        reusable: sent.on("reusable"),
        par_level: whole(sent, "par_level")?,
        geography: parts(&sent.text("geography").to_uppercase()),
    };
    let made = visit.save(sent, move |ctx, tx| catalog::create_item(ctx, tx, new.clone())).await?;
    Ok(super::common::id_of(&made))
}

async fn lines_of(visit: &Visit, maker: ManufacturerId) -> Result<Vec<ProductLine>, Fail> {
    visit
        .read(move |ctx, tx| {
            let mut params = ListParams { limit: Some(200), ..ListParams::default() };
            params.filters.insert("manufacturer_id".into(), maker.to_string());
            Ok(catalog::product_lines(ctx, tx, &params)?.items)
        })
        .await
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let item: CatalogItemId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| catalog::item(ctx, tx, item)).await?;
    let lines = lines_of(&visit, it.manufacturer_id).await?;
    let back = format!("/catalog/{id}");
    let form = item_form(&visit, &format!("{back}/edit"), &values_of(&visit, &it), &lines, &[], "Save", &back);
    let title = format!("Edit {}", name(&it));
    Ok(visit.page(title.clone(), Room::Catalog, framed(&title, &[(name(&it), back)], form)))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let item: CatalogItemId = visit.id(&id)?;
    let back = format!("/catalog/{id}");
    match save_item(&visit, item, &sent).await {
        Ok(()) => Ok(visit.go(&back, Flash::done("Saved"))),
        Err(error) => {
            let errors = renamed(visit.complaints(error)?);
            let it = visit.read(move |ctx, tx| catalog::item(ctx, tx, item)).await?;
            let lines = lines_of(&visit, it.manufacturer_id).await?;
            let form = item_form(&visit, &format!("{back}/edit"), &Values::of(&sent), &lines, &errors, "Save", &back);
            let title = format!("Edit {}", name(&it));
            Ok(visit.refused(title.clone(), Room::Catalog, framed(&title, &[(name(&it), back)], form)))
        }
    }
}

fn patch_to<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

async fn save_item(visit: &Visit, id: CatalogItemId, sent: &Sent) -> app::Result<()> {
    let now = visit.app.read(&visit.ctx, move |ctx, tx| catalog::item(ctx, tx, id)).await?;
    let maker = chosen::<domain::id::Manufacturer>(visit, sent, "manufacturer_id", "manufacturers").await?;
    let kind = UnitKind::parse(sent.text("kind"));
    let number = sent.maybe("number").map(str::to_owned);
    let patch = PatchCatalogItem {
        // What stays as it is is not mentioned: a rename is another right than an edit.
        manufacturer_id: maker.filter(|id| *id != now.manufacturer_id),
        number: number.filter(|number| *number != now.number),
        description: Some(sent.text("description").to_owned()),
        kind: kind.filter(|kind| *kind != now.kind),
        product_line_ids: Some(sent.ids("product_line_ids")?),
        list_price_minor: patch_to(amount(visit, sent, "list_price")?),
        cost_minor: if visit.ctx.actor.role.is_office() {
            patch_to(amount(visit, sent, "cost")?)
        } else {
            Patch::Leave
        },
        udi_di: patch_to(sent.maybe("udi_di").map(str::to_owned)),
        gtins: Some(parts(sent.text("gtins"))),
        reusable: Some(sent.on("reusable")),
        par_level: patch_to(whole(sent, "par_level")?),
        geography: Some(parts(&sent.text("geography").to_uppercase())),
        archived: None,
    };
    visit.save(sent, move |ctx, tx| catalog::patch_item(ctx, tx, id, patch.clone())).await.map(|_| ())
}

// ---- manufacturers --------------------------------------------------------------------------------------------------

const SMALL_VIEWS: &[View] =
    &[View::new("all", "All", &[]), View::new("archived", "Archived", &[("archived", "true")])];

async fn manufacturers(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Manufacturer").sort(),
        Column::new("email", "Orders go to").width(280).phone_sub(),
        Column::new("billed", "Invoices carry").width(220),
    ];
    let list = List::new(&visit, Room::Catalog, "manufacturers", "Manufacturers", columns)
        .views(SMALL_VIEWS)
        .sort("name")
        .search("Name");
    let params = list.params();
    let page = visit.read(move |ctx, tx| catalog::manufacturers(ctx, tx, &params)).await?;
    let may = visit.may(Permission::ManageCatalog);
    let own = visit.ctx.organization.name.clone();
    let rows = page.items.iter().map(|it| {
        let cell = |key: &str| match key {
            "name" => Cell::text(it.name.clone()),
            "email" => Cell::of(say::or_dash(&it.email)),
            _ => Cell::text(if it.billed_as_organization { own.clone() } else { it.name.clone() }),
        };
        let to = if may { format!("/manufacturers/{}", it.id) } else { format!("/catalog?manufacturer_id={}", it.id) };
        list.row(it.id.to_string(), cell).href(to).name(it.name.clone()).off(it.archived_at.is_some())
    });
    let rows = rows.collect();
    let mut header = Header::new("Manufacturers").under(subnav("Manufacturers"));
    let mut empty = Empty::new(Icon::Catalog, "No manufacturers yet");
    if may {
        header =
            header.action(Button::link("New manufacturer", "/manufacturers/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New manufacturer", "/manufacturers/new").primary().in_dialog());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn manufacturer_form(
    visit: &Visit,
    action: &str,
    values: &Values,
    errors: &[FieldError],
    verb: &'static str,
    extra: Markup,
) -> Markup {
    html! {
        (Form::post(action.to_owned(), visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            input type="hidden" name="version" value=(values.get("version"));
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required().autofocus())
            (Field::email("email", "Orders go to").value(values.get("email")).errors(errors).optional().autocomplete("off").help("Where sales orders are sent when stock is to be replenished."))
            (Field::switch("billed_as_organization", format!("Invoices carry the name of {}", visit.ctx.organization.name)).on(values.on("billed_as_organization")).help("Off: invoices for its items carry its own name."))
            (extra)
        }).button(Button::submit(verb).primary()).button(Button::link("Cancel", "/manufacturers").quiet()))
    }
}

async fn new_manufacturer(visit: Visit) -> Out {
    let form = manufacturer_form(&visit, "/manufacturers", &Values::new(), &[], "Create manufacturer", html! {});
    Ok(visit.dialog("New manufacturer", Room::Catalog, form))
}

async fn create_manufacturer(visit: Visit, sent: Sent) -> Out {
    let new = CreateManufacturer {
        name: sent.text("name").to_owned(),
        email: sent.text("email").to_owned(),
        billed_as_organization: sent.on("billed_as_organization"),
    };
    match visit.save(&sent, move |ctx, tx| catalog::create_manufacturer(ctx, tx, new.clone())).await {
        Ok(_) => Ok(visit.go("/manufacturers", Flash::done("Manufacturer created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let form = manufacturer_form(
                &visit,
                "/manufacturers",
                &Values::of(&sent),
                &errors,
                "Create manufacturer",
                html! {},
            );
            Ok(visit.dialog("New manufacturer", Room::Catalog, form))
        }
    }
}

fn archived_switch(on: bool) -> Markup {
    html! { (Field::switch("archived", "Archived").on(on).help("Left out of lists and suggestions. What refers to it stays.")) }
}

async fn edit_manufacturer(visit: Visit, Path(id): Path<String>) -> Out {
    let maker: ManufacturerId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| catalog::manufacturer(ctx, tx, maker)).await?;
    let values = Values::new()
        .with("name", &it.name)
        .with("email", &it.email)
        .flag("billed_as_organization", it.billed_as_organization)
        .with("version", it.version.to_string());
    let extra = archived_switch(it.archived_at.is_some());
    let form = manufacturer_form(&visit, &format!("/manufacturers/{id}"), &values, &[], "Save", extra);
    let links = html! { p class="sub gap-below" { a class="link" href={ "/catalog?manufacturer_id=" (id) } { "Its items" } " · " a class="link" href={ "/product-lines?manufacturer_id=" (id) } { "Its product lines" } } };
    Ok(visit.dialog(it.name.clone(), Room::Catalog, html! { (links) (form) }))
}

async fn save_manufacturer(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let maker: ManufacturerId = visit.id(&id)?;
    let patch = PatchManufacturer {
        name: Some(sent.text("name").to_owned()),
        email: Some(sent.text("email").to_owned()),
        billed_as_organization: Some(sent.on("billed_as_organization")),
        archived: Some(sent.on("archived")),
    };
    match visit.save(&sent, move |ctx, tx| catalog::patch_manufacturer(ctx, tx, maker, patch.clone())).await {
        Ok(_) => Ok(visit.go("/manufacturers", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let extra = archived_switch(sent.on("archived"));
            let form =
                manufacturer_form(&visit, &format!("/manufacturers/{id}"), &Values::of(&sent), &errors, "Save", extra);
            Ok(visit.dialog("Manufacturer", Room::Catalog, form))
        }
    }
}

// ---- product lines --------------------------------------------------------------------------------------------------

async fn product_lines(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Product line").sort(),
        Column::new("manufacturer", "Manufacturer").width(280).phone_sub(),
    ];
    let makers = visit.read(all_manufacturers).await?;
    let list = List::new(&visit, Room::Catalog, "product-lines", "Product lines", columns)
        .views(SMALL_VIEWS)
        .sort("name")
        .search("Name")
        .filters(vec![Filter::choice(
            "manufacturer_id",
            "Manufacturer",
            pairs(makers.iter().map(|it| (it.id, it.name.clone()))),
        )]);
    let params = list.params();
    let page = visit.read(move |ctx, tx| catalog::product_lines(ctx, tx, &params)).await?;
    let names: BTreeMap<ManufacturerId, &str> = makers.iter().map(|it| (it.id, it.name.as_str())).collect();
    let may = visit.may(Permission::ManageCatalog);
    let rows = page.items.iter().map(|it| {
        let cell = |key: &str| match key {
            "name" => Cell::text(it.name.clone()),
            _ => Cell::text(names.get(&it.manufacturer_id).copied().unwrap_or_default().to_owned()),
        };
        let to = if may { format!("/product-lines/{}", it.id) } else { format!("/catalog?product_line_id={}", it.id) };
        list.row(it.id.to_string(), cell).href(to).name(it.name.clone()).off(it.archived_at.is_some())
    });
    let rows = rows.collect();
    let mut header = Header::new("Product lines").under(subnav("Product lines"));
    let mut empty = Empty::new(Icon::Catalog, "No product lines yet")
        .text("A product line groups items of one manufacturer: a hip system, a set of screws.");
    if may {
        header =
            header.action(Button::link("New product line", "/product-lines/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New product line", "/product-lines/new").primary().in_dialog());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn line_form(visit: &Visit, makers: &[Manufacturer], values: &Values, errors: &[FieldError]) -> Markup {
    let makers = choices(makers.iter().map(|it| (it.id.to_string(), it.name.clone())));
    html! {
        (Form::post("/product-lines", visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            (Field::select("manufacturer_id", "Manufacturer", makers).value(values.get("manufacturer_id")).errors(errors).required())
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required())
        }).button(Button::submit("Create product line").primary()).button(Button::link("Cancel", "/product-lines").quiet()))
    }
}

async fn new_line(visit: Visit) -> Out {
    let makers = visit.read(all_manufacturers).await?;
    let values = Values::new().with("manufacturer_id", visit.link.get("manufacturer_id").unwrap_or_default());
    Ok(visit.dialog("New product line", Room::Catalog, line_form(&visit, &makers, &values, &[])))
}

async fn create_line(visit: Visit, sent: Sent) -> Out {
    let read = || -> app::Result<CreateProductLine> {
        let manufacturer_id = sent.id("manufacturer_id")?;
        Ok(CreateProductLine {
            manufacturer_id: manufacturer_id
                .ok_or_else(|| app::Error::field("manufacturer_id", "required", "Choose the manufacturer."))?,
            name: sent.text("name").to_owned(),
        })
    };
    let done = match read() {
        Ok(new) => visit.save(&sent, move |ctx, tx| catalog::create_product_line(ctx, tx, new.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/product-lines", Flash::done("Product line created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let makers = visit.read(all_manufacturers).await?;
            Ok(visit.dialog("New product line", Room::Catalog, line_form(&visit, &makers, &Values::of(&sent), &errors)))
        }
    }
}

fn rename_form(visit: &Visit, id: &str, values: &Values, errors: &[FieldError]) -> Markup {
    html! {
        p class="sub gap-below" { a class="link" href={ "/catalog?product_line_id=" (id) } { "Its items" } }
        (Form::post(format!("/product-lines/{id}"), visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            input type="hidden" name="version" value=(values.get("version"));
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required())
            (archived_switch(values.on("archived")))
        }).button(Button::submit("Save").primary()).button(Button::link("Cancel", "/product-lines").quiet()))
    }
}

async fn edit_line(visit: Visit, Path(id): Path<String>) -> Out {
    let line: ProductLineId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| catalog::product_line(ctx, tx, line)).await?;
    let values = Values::new()
        .with("name", &it.name)
        .flag("archived", it.archived_at.is_some())
        .with("version", it.version.to_string());
    Ok(visit.dialog(it.name.clone(), Room::Catalog, rename_form(&visit, &id, &values, &[])))
}

async fn save_line(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let line: ProductLineId = visit.id(&id)?;
    let patch = PatchNamed { name: Some(sent.text("name").to_owned()), archived: Some(sent.on("archived")) };
    match visit.save(&sent, move |ctx, tx| catalog::patch_product_line(ctx, tx, line, patch.clone())).await {
        Ok(_) => Ok(visit.go("/product-lines", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            Ok(visit.dialog("Product line", Room::Catalog, rename_form(&visit, &id, &Values::of(&sent), &errors)))
        }
    }
}
