//! Bills of materials: what belongs into a set, which sets there are, how many more could be built?

use super::acts::{self, Ask};
use super::common::{id_of, press, version_field};
use super::list::{List, Shown, View};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Choice, Column, Empty, Field, FieldError, Figure, Flash, Form, Header, Icon, Menu, Room, Row,
    Status, Table, Tone, banner, figures, section_block,
};
use app::names::{Names, Wanted};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::sets::{Buildable, MakePacks};
use contract::units::{Bom, BomLine, CreateBom, PatchBom};
use contract::{CustodianRef, ListParams, Patch};
use domain::id::{BomId, UnitId};
use domain::people::Permission;
use domain::stock::UnitKind;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/boms", get(index).merge(post(save)))
        .route("/boms/new", get(new_page))
        .route("/boms/{id}", get(show))
        .route("/boms/{id}/edit", get(edit_page).merge(post(edit)))
        .route("/boms/{id}/archive", post(archive))
        .route("/boms/{id}/packs", get(pack_page).merge(post(pack)))
}

/// Lines of the form beyond those there are, and at most.
const MORE: usize = 4;
const MOST: usize = 120;

async fn index(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Bill of materials"),
        Column::new("kind", "For").width(140).phone_sub(),
        Column::new("lines", "Items").number().width(100).phone_side_sub(),
        Column::new("pieces", "Pieces").number().width(100).phone_hidden(),
    ];
    let views = [View::new("now", "In use", &[]), View::new("archived", "Put away", &[("archived", "true")])];
    let list =
        List::new(&visit, Room::Stock, "boms", "Bills of materials", columns).views(&views).search("Name").sort("name");
    let params = list.params();
    let page = visit.read(move |ctx, tx| app::boms::list(ctx, tx, &params)).await?;
    let rows = page.items.iter().map(|it| row(&list, it)).collect();
    let mut header = Header::new("Bills of materials")
        .crumb("Stock", "/units")
        .under("What belongs into a set or a pack. Containers that follow one say what they lack.");
    let mut empty = Empty::new(Icon::Box, "No bills of materials")
        .text("Say once what belongs into a set, and every container that follows it says what it lacks.");
    if visit.may(Permission::ManageBoms) {
        header = header.action(Button::link("New bill", "/boms/new").primary().hotkey("n"));
        empty = empty.action(Button::link("New bill", "/boms/new").primary());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn row(list: &List, it: &Bom) -> Row {
    list.row(it.id.to_string(), |key| match key {
        "name" => Cell::text(it.name.clone()),
        "kind" => Cell::text(if it.kind == UnitKind::Pack { "Packs" } else { "Containers" }),
        "lines" => Cell::text(words::number(it.lines.len() as i64)),
        _ => Cell::text(words::number(it.lines.iter().map(|line| i64::from(line.required)).sum())),
    })
    .href(format!("/boms/{}", it.id))
    .name(it.name.clone())
    .off(it.archived_at.is_some())
}

// ---- one of them ----------------------------------------------------------------------------------------------------

/// Whether this account may change it: the office any, others their own.
fn changes(visit: &Visit, it: &Bom) -> bool {
    visit.may(Permission::ManageBoms)
        && (visit.ctx.actor.role.is_office() || it.created_by.uuid() == visit.ctx.principal().uuid())
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Bom>(&id)?;
    let whose = visit.link.get("custodian_id").filter(|text| !text.is_empty()).map(str::to_owned);
    let asked = whose.clone();
    let (bom, built, name) = visit
        .read(move |ctx, tx| {
            let mut params = ListParams::default();
            if let Some(id) = &asked {
                params.filters.insert("custodian_id".into(), id.clone());
            }
            let built = app::sets::buildable(ctx, tx, id, &params)?;
            let mut wanted = Wanted::new();
            if let Some(custodian) = built.custodian {
                wanted.custodian(custodian.id);
            }
            let names = app::names::look_up(ctx, tx, &wanted)?;
            let name = built.custodian.map(|it| names.custodian(it.id).to_owned());
            Ok((app::boms::get(ctx, tx, id)?, built, name))
        })
        .await?;
    let mut header = Header::new(bom.name.clone()).crumb("Stock", "/units").crumb("Bills of materials", "/boms");
    if bom.archived_at.is_some() {
        header = header.status(Status::new(Tone::Grey, "Put away"));
    }
    if visit.may(Permission::ManageBoms) {
        let mut more =
            Menu::more("More actions").item(Button::link("Copy it", format!("/boms/new?copy={id}")).icon(Icon::Plus));
        if changes(&visit, &bom) {
            let verb = if bom.archived_at.is_some() { "Take it up again" } else { "Put it away" };
            more = more.raw(press(&visit, format!("/boms/{id}/archive"), Button::submit(verb)));
        }
        header = header.action(more);
        if changes(&visit, &bom) {
            header = header.action(Button::link("Edit", format!("/boms/{id}/edit")).hotkey("e"));
        }
    }
    let body = html! {
        (header)
        div class="content" {
            (asks_whose(&visit, id, whose.as_deref(), name.as_deref()))
            (could_be_built(&visit, &bom, &built, name.as_deref()))
            (there_are(&bom, &built))
        }
    };
    Ok(visit.page(bom.name.clone(), Room::Stock, body))
}

fn asks_whose(visit: &Visit, id: BomId, whose: Option<&str>, name: Option<&str>) -> Markup {
    let office = visit.ctx.actor.role.is_office();
    let suggest = if office { "/suggest/holders?office=1" } else { "/suggest/holders" };
    html! {
        form class="form" method="get" action={ "/boms/" (id) } {
            (Field::combo("custodian_id", "Built of whose stock", suggest, name.unwrap_or_default().to_owned()).value(whose.unwrap_or_default().to_owned()).optional()
                .help("Empty: of all that you may draw upon."))
            (Button::submit("Look").small())
        }
    }
}

fn could_be_built(visit: &Visit, bom: &Bom, built: &Buildable, name: Option<&str>) -> Markup {
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("required", "One set").number().width(90).phone_sub(),
        Column::new("free", "Free").number().width(90).phone_hidden(),
        Column::new("sets", "Enough for").number().width(120).phone_side_sub(),
        Column::new("missing", "For one more").number().width(130),
    ];
    let rows = built.lines.iter().map(|line| {
        let missing = match line.missing {
            0 => Cell::none(),
            n => Cell::text(format!("{n} missing")).tone(Tone::Amber),
        };
        Row::new(
            line.catalog_item_id.to_string(),
            vec![
                Cell::two(line.description.clone(), line.catalog_number.clone()),
                Cell::text(line.required.to_string()),
                Cell::text(words::number(line.free)),
                Cell::text(words::count(i64::from(line.sets), "set", "sets")),
                missing,
            ],
        )
        .href(format!("/units?catalog_item_id={}&state=available", line.catalog_item_id))
    });
    let table = Table::new("buildable", "What could be built", columns)
        .rows(rows.collect())
        .empty(Empty::new(Icon::Box, "The bill has no lines"))
        .inside();
    let short: i64 = built.lines.iter().filter(|line| line.missing > 0).count() as i64;
    let of = name.map_or_else(|| "of all that you may draw upon".to_owned(), |name| format!("of what {name} has"));
    let shown = figures(&[
        Figure::new(words::number(i64::from(built.sets)), format!("could be built {of}")),
        Figure::new(words::number(built.built.len() as i64), "there are"),
        Figure::new(words::number(short), "items are missing for one more"),
    ]);
    let lines: String = built
        .lines
        .iter()
        .filter(|line| line.missing > 0)
        .take(20)
        .map(|it| format!("&line={}:{}", it.catalog_item_id, it.missing))
        .collect();
    let mut actions = Vec::new();
    if !lines.is_empty() && visit.may(Permission::RequestInventory) {
        actions.push(
            Button::link("Request what is missing", format!("/requests/new?kind=inventory{lines}"))
                .small()
                .icon(Icon::Truck),
        );
    }
    let makes = bom.kind == UnitKind::Pack && bom.archived_at.is_none() && built.sets > 0;
    if makes && visit.may(Permission::CreateInventory) && visit.may(Permission::EditInventory) {
        let whose = built.custodian.map(|it| format!("?custodian_id={}", printed(it))).unwrap_or_default();
        actions.insert(
            0,
            Button::link("Make packs", format!("/boms/{}/packs{whose}", bom.id)).small().primary().in_dialog(),
        );
    }
    let title = if bom.kind == UnitKind::Pack { "How many packs" } else { "How many sets" };
    section_block(title, &actions, html! { (shown) (table) })
}

fn there_are(bom: &Bom, built: &Buildable) -> Markup {
    let packs = bom.kind == UnitKind::Pack;
    let title = if packs { "The packs there are" } else { "The sets there are" };
    let columns = vec![
        Column::new("name", if packs { "Pack" } else { "Set" }),
        Column::new("serial", "Serial").width(160).phone_sub(),
        Column::new("custodian", "With").width(220).phone_side_sub(),
        Column::new("status", "Status").width(150),
    ];
    let rows = built.built.iter().map(|it| {
        let serial = if it.serial.is_empty() { Cell::none() } else { Cell::text(it.serial.clone()) };
        Row::new(
            it.unit_id.to_string(),
            vec![
                Cell::text(it.name.clone()),
                serial,
                Cell::text(it.custodian_name.clone()),
                Cell::status(Status::of(it.state.as_str())),
            ],
        )
        .href(format!("/units/{}", it.unit_id))
    });
    let empty = if packs {
        Empty::new(Icon::Box, "There is no pack yet").text("Make one of units that are loose.")
    } else {
        Empty::new(Icon::Box, "No container follows it").text("Open a container and choose this bill there.")
    };
    let table = Table::new("built", title, columns).rows(rows.collect()).empty(empty).inside();
    section_block(title, &[], table)
}

// ---- forms ----------------------------------------------------------------------------------------------------------

/// What the form holds.
#[derive(Default)]
struct Values {
    name: String,
    kind: String,
    /// The item that packs are sold as, and its name.
    sold_as: (String, String),
    /// (item, its name, least, required, most)
    lines: Vec<(String, String, String, String, String)>,
    version: Option<i64>,
}

fn of_lines(lines: &[BomLine], names: &Names) -> Vec<(String, String, String, String, String)> {
    let one = |line: &BomLine| {
        let name = names.item_title(line.catalog_item_id).to_owned();
        let text = |n: u32| n.to_string();
        (line.catalog_item_id.to_string(), name, text(line.min), text(line.required), text(line.max))
    };
    lines.iter().map(one).collect()
}

fn of_sent(sent: &Sent) -> Values {
    let all = (0..MOST).map(|at| {
        let part = |name: &str| sent.text(&format!("{name}-{at}")).to_owned();
        let name = sent.text(&format!("item-{at}_text")).to_owned();
        (part("item"), name, part("min"), part("required"), part("max"))
    });
    Values {
        name: sent.text("name").to_owned(),
        kind: sent.text("kind").to_owned(),
        sold_as: (sent.text("sold_as_item_id").to_owned(), sent.text("sold_as_item_id_text").to_owned()),
        lines: all.filter(|(id, name, ..)| !id.is_empty() || !name.is_empty()).collect(),
        version: sent.maybe("version").and_then(|text| text.parse().ok()),
    }
}

fn fields(it: &Values, errors: &[FieldError], of: Option<&Bom>) -> Markup {
    let new = of.is_none();
    let packs = of.is_none_or(|bom| bom.kind == UnitKind::Pack);
    let count = (it.lines.len() + MORE).min(MOST);
    let kinds = vec![Choice::new("container", "Containers"), Choice::new("pack", "Packs")];
    html! {
        @if let Some(version) = it.version { (version_field(version)) }
        (Field::text("name", "Name").value(it.name.clone()).errors(errors).required().limit(200).placeholder("Spine Set").help("The containers that follow it are called by it: Spine Set 3 of 8."))
        @if new { (Field::segment("kind", "For", kinds).value(if it.kind.is_empty() { "container".to_owned() } else { it.kind.clone() })) }
        @if packs {
            (Field::combo("sold_as_item_id", "Packs are sold as", "/suggest/items?kind=pack", it.sold_as.1.clone()).value(it.sold_as.0.clone()).errors(errors).optional()
                .help("For packs: the item of the catalog with the price. What lies in a pack costs nothing beside it."))
        }
        fieldset class="form-sec" {
            legend class="label" { "What belongs in it" }
            @for at in 0..count {
                @let (id, name, min, required, max) = it.lines.get(at).cloned().unwrap_or_default();
                div class="bom-row" {
                    (Field::combo(format!("item-{at}"), format!("Item {}", at + 1), "/suggest/items", name).value(id).errors(errors))
                    (Field::number(format!("required-{at}"), "How many").value(required).errors(errors))
                    (Field::number(format!("min-{at}"), "At least").value(min).errors(errors).optional())
                    (Field::number(format!("max-{at}"), "At most").value(max).errors(errors).optional())
                }
            }
            p class="help" { "Without a least and a most, exactly so many. Empty a line to take it away; save, and there is room for more." }
        }
    }
}

fn form(visit: &Visit, values: &Values, errors: &[FieldError], of: Option<&Bom>) -> Response {
    let (action, head, back) = match of {
        Some(bom) => (format!("/boms/{}/edit", bom.id), format!("Edit {}", bom.name), format!("/boms/{}", bom.id)),
        None => ("/boms".to_owned(), "New bill of materials".to_owned(), "/boms".to_owned()),
    };
    let form = Form::post(action, visit.csrf())
        .errors(errors)
        .body(fields(values, errors, of))
        .button(Button::submit("Save").primary())
        .button(Button::link("Cancel", back).quiet());
    let header = Header::new(head.clone()).crumb("Stock", "/units").crumb("Bills of materials", "/boms");
    acts::form_page(visit, Room::Stock, header, head.into(), &form, !errors.is_empty())
}

async fn new_page(visit: Visit) -> Out {
    visit.ctx.require(Permission::ManageBoms)?;
    let copy = visit.link.get("copy").and_then(|text| text.parse::<BomId>().ok());
    let container = visit.link.get("container").and_then(|text| text.parse::<UnitId>().ok());
    let values = visit
        .read(move |ctx, tx| {
            let mut values = Values::default();
            let mut lines: Vec<BomLine> = Vec::new();
            if let Some(id) = copy {
                let bom = app::boms::get(ctx, tx, id)?;
                values.name = format!("{} (copy)", bom.name);
                values.kind = bom.kind.as_str().to_owned();
                values.sold_as = sold_as(ctx, tx, &bom)?;
                lines = bom.lines;
            } else if let Some(id) = container {
                lines = app::boms::from_container(ctx, tx, id)?;
            }
            let names = item_names(ctx, tx, &lines)?;
            values.lines = of_lines(&lines, &names);
            Ok(values)
        })
        .await?;
    Ok(form(&visit, &values, &[], None))
}

/// The item that packs of a bill are sold as, with its name.
fn sold_as(ctx: &app::Ctx, tx: &mut app::Tx, bom: &Bom) -> app::Result<(String, String)> {
    let Some(id) = bom.sold_as_item_id else { return Ok(Default::default()) };
    let mut wanted = Wanted::new();
    wanted.item(id);
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok((id.to_string(), names.item_title(id).to_owned()))
}

fn item_names(ctx: &app::Ctx, tx: &mut app::Tx, lines: &[BomLine]) -> app::Result<Names> {
    let mut wanted = Wanted::new();
    for line in lines {
        wanted.item(line.catalog_item_id);
    }
    app::names::look_up(ctx, tx, &wanted)
}

/// Reads the lines: with the places at which they stand in the form.
fn read(sent: &Sent) -> app::Result<(Vec<BomLine>, Vec<usize>)> {
    let (mut lines, mut places) = (Vec::new(), Vec::new());
    for at in 0..MOST {
        let Some(catalog_item_id) = acts::picked::<domain::id::CatalogItem>(sent, &format!("item-{at}"))? else {
            continue;
        };
        let many = |name: &str, otherwise: u32| -> app::Result<u32> {
            let field = format!("{name}-{at}");
            let wrong = || Error::field(field.clone(), "invalid_quantity", "Give a whole number.");
            sent.maybe(&field).map_or(Ok(otherwise), |text| text.parse().map_err(|_| wrong()))
        };
        let required = many("required", 1)?;
        lines.push(BomLine { catalog_item_id, min: many("min", required)?, required, max: many("max", required)? });
        places.push(at);
    }
    Ok((lines, places))
}

/// `lines[1].catalog_item_id` is the field `item-4` of the form, a line itself its number.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, rest) = field.strip_prefix("lines[")?.split_once(']')?;
        let at = places.get(at.parse::<usize>().ok()?)?;
        Some(format!("{}-{at}", if rest.is_empty() { "required" } else { "item" }))
    };
    let own = |field: &str| {
        matches!(field, "name" | "sold_as_item_id")
            || ["item-", "min-", "max-", "required-"].iter().any(|it| field.starts_with(it))
    };
    let moved = errors.into_iter().map(|error| match place(&error.field) {
        Some(field) => FieldError::new(field, error.message),
        None if own(&error.field) => error,
        None => FieldError::new("", error.message),
    });
    moved.collect()
}

async fn save(visit: Visit, sent: Sent) -> Out {
    let (lines, places) = match read(&sent) {
        Ok(read) => read,
        Err(error) => return again(&visit, &sent, error, &[], None),
    };
    let kind = UnitKind::parse(sent.text("kind"));
    let sold_as_item_id = match acts::picked::<domain::id::CatalogItem>(&sent, "sold_as_item_id") {
        Ok(picked) => picked,
        Err(error) => return again(&visit, &sent, error, &places, None),
    };
    let body = CreateBom { name: sent.text("name").to_owned(), kind, lines, sold_as_item_id, ..CreateBom::default() };
    match visit.save(&sent, move |ctx, tx| app::boms::create(ctx, tx, &body)).await {
        Ok(made) => Ok(visit.go(&format!("/boms/{}", id_of(&made)), Flash::done("Saved"))),
        Err(error) => again(&visit, &sent, error, &places, None),
    }
}

fn again(visit: &Visit, sent: &Sent, error: Error, places: &[usize], of: Option<&Bom>) -> Out {
    let errors = placed(visit.complaints(error)?, places);
    Ok(form(visit, &of_sent(sent), &errors, of))
}

async fn known(visit: &Visit, id: BomId) -> Result<(Bom, Names), Fail> {
    visit
        .read(move |ctx, tx| {
            let bom = app::boms::get(ctx, tx, id)?;
            let names = item_names(ctx, tx, &bom.lines)?;
            Ok((bom, names))
        })
        .await
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Bom>(&id)?;
    let (bom, names) = known(&visit, id).await?;
    let of = bom.clone();
    let sold_as = visit.read(move |ctx, tx| sold_as(ctx, tx, &of)).await?;
    if !changes(&visit, &bom) {
        let text = html! { b { "This bill is not yours to change" } "Copy it and change the copy, or ask the office." };
        let body = html! { (Header::new(bom.name.clone()).crumb("Bills of materials", "/boms")) div class="content" { (banner(Banner::Warning, text, Some(Button::link("Copy it", format!("/boms/new?copy={id}"))))) } };
        return Ok(visit.page(bom.name.clone(), Room::Stock, body));
    }
    let values = Values {
        name: bom.name.clone(),
        kind: String::new(),
        sold_as,
        lines: of_lines(&bom.lines, &names),
        version: Some(bom.version),
    };
    Ok(form(&visit, &values, &[], Some(&bom)))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Bom>(&id)?;
    let (bom, _) = known(&visit, id).await?;
    let (lines, places) = match read(&sent) {
        Ok(read) => read,
        Err(error) => return again(&visit, &sent, error, &[], Some(&bom)),
    };
    let sold_as_item_id = match acts::picked::<domain::id::CatalogItem>(&sent, "sold_as_item_id") {
        Ok(_) if bom.kind != UnitKind::Pack => Patch::Leave,
        Ok(picked) => picked.map_or(Patch::Clear, Patch::Set),
        Err(error) => return again(&visit, &sent, error, &places, Some(&bom)),
    };
    let body =
        PatchBom { name: Some(sent.text("name").to_owned()), lines: Some(lines), archived: None, sold_as_item_id };
    match visit.save(&sent, move |ctx, tx| app::boms::patch(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/boms/{id}"), Flash::done("Saved"))),
        Err(error) => again(&visit, &sent, error, &places, Some(&bom)),
    }
}

async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Bom>(&id)?;
    let (bom, _) = known(&visit, id).await?;
    let away = bom.archived_at.is_none();
    let body = PatchBom { archived: Some(away), ..PatchBom::default() };
    let done = visit.save(&sent, move |ctx, tx| app::boms::patch(ctx, tx, id, &body)).await;
    let said = if away { "Put away: no container can be given it any more" } else { "It is in use again" };
    acts::told(&visit, done, &format!("/boms/{id}"), Flash::done(said))
}

// ---- packs ----------------------------------------------------------------------------------------------------------

fn printed(it: CustodianRef) -> String {
    serde_json::to_value(it).ok().and_then(|it| it["id"].as_str().map(str::to_owned)).unwrap_or_default()
}

async fn pack_with(visit: &Visit, id: BomId, sent: &Sent, errors: &[FieldError]) -> Out {
    let whose = sent.maybe("custodian_id").or_else(|| visit.link.get("custodian_id")).unwrap_or_default().to_owned();
    let custodian = acts::read_custodian(visit, &whose);
    let (bom, name) = visit
        .read(move |ctx, tx| {
            let mut wanted = Wanted::new();
            if let Some(it) = custodian {
                wanted.custodian(it.id);
            }
            let names = app::names::look_up(ctx, tx, &wanted)?;
            Ok((app::boms::get(ctx, tx, id)?, custodian.map(|it| names.custodian(it.id).to_owned())))
        })
        .await?;
    let office = visit.ctx.actor.role.is_office();
    let suggest = if office { "/suggest/holders?office=1" } else { "/suggest/holders" };
    let quantity = sent.maybe("quantity").unwrap_or("1").to_owned();
    let ask = Ask {
        title: format!("Make packs: {}", bom.name).into(),
        text: html! {
            p { "Loose units go in, the first to expire first. From then on they are sent, used and sold together, at the price of the pack." }
        },
        room: Room::Stock,
        action: format!("/boms/{id}/packs"),
        fields: html! {
            (Field::number("quantity", "How many packs").value(quantity).errors(errors).required())
            // The page below it asks for somebody's stock too.
            (Field::combo("custodian_id", "Of whose stock", suggest, name.unwrap_or_default()).id("f-pack-custodian").value(whose).errors(errors).optional()
                .help(if office { "Empty: the organisation's own." } else { "Empty: your own." }))
            (Field::text("serial", "Number on the pack").value(sent.text("serial").to_owned()).errors(errors).optional().help("For one pack."))
        },
        verb: "Make them".into(),
        danger: false,
        back: format!("/boms/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn pack_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Bom>(&id)?;
    pack_with(&visit, id, &sent, &[]).await
}

async fn pack(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Bom>(&id)?;
    let quantity = sent.text("quantity").parse::<u32>().unwrap_or_default();
    let custodian = match acts::custodian(&visit, &sent, "custodian_id") {
        Ok(custodian) => custodian,
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["custodian_id"]);
            return pack_with(&visit, id, &sent, &errors).await;
        }
    };
    let body = MakePacks {
        custodian,
        quantity: Some(quantity),
        serial: sent.maybe("serial").map(str::to_owned),
        ..MakePacks::default()
    };
    match visit.save(&sent, move |ctx, tx| app::packs::make(ctx, tx, id, &body)).await {
        Ok(_) => {
            let said = format!("{} made", words::count(i64::from(quantity), "pack", "packs"));
            Ok(visit.go(&format!("/boms/{id}"), Flash::done(said)))
        }
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            errors.iter_mut().filter(|it| it.field == "custodian").for_each(|it| it.field = "custodian_id".into());
            let errors = acts::known(errors, &["quantity", "custodian_id", "serial"]);
            pack_with(&visit, id, &sent, &errors).await
        }
    }
}
