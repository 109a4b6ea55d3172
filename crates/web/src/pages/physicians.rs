//! Physicians, procedures and places: the small records of the directory.

use super::common::{Values, id_of, press_with};
use super::customers::subnav;
use super::list::{Filter, List, Shown, View};
use super::suggest::chosen;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Menu, Room, Status,
    csrf_field, drawer_body, facts, lines, section_block, split,
};
use app::directory::{locations, named, physicians};
use app::{App, Ctx, Tx, glance};
use axum::Router;
use axum::extract::Path;
use contract::directory::{
    CreateNamed, CreatePhysician, CreatePlace, PatchNamed, PatchPhysician, PatchPlace, Physician, PreferenceCard,
    Procedure,
};
use contract::{ListParams, Patch};
use domain::id::{self, LocationId, PhysicianId, PlaceId, ProcedureId};
use domain::people::Permission;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/physicians", get(list).merge(post(create)))
        .route("/physicians/new", get(new_page))
        .route("/physicians/{id}", get(page))
        .route("/physicians/{id}/edit", get(edit_page).merge(post(edit)))
        .route("/physicians/{id}/links", post(link))
        .route("/physicians/{id}/links/remove", post(unlink))
        .route("/procedures", get(procedures).merge(post(create_procedure)))
        .route("/procedures/new", get(new_procedure))
        .route("/procedures/{id}", get(edit_procedure).merge(post(save_procedure)))
        .route("/places", get(places).merge(post(create_place)))
        .route("/places/new", get(new_place))
        .route("/places/{id}", get(edit_place).merge(post(save_place)))
}

const VIEWS: &[View] = &[View::new("all", "All", &[]), View::new("archived", "Archived", &[("archived", "true")])];

/// Names of procedures, for physicians that refer to them.
fn procedure_names(ctx: &Ctx, tx: &mut Tx, ids: &[ProcedureId]) -> app::Result<BTreeMap<ProcedureId, String>> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut params = ListParams { limit: Some(500), ..ListParams::default() };
    params.filters.insert("id".into(), ids.join(","));
    params.filters.insert("archived".into(), "all".into());
    Ok(named::procedures(ctx, tx, &params)?.items.into_iter().map(|it| (it.id, it.name)).collect())
}

fn names<'a, K: Ord>(ids: &[K], known: &'a BTreeMap<K, String>) -> Vec<&'a str> {
    ids.iter().filter_map(|id| known.get(id)).map(String::as_str).collect()
}

fn several(names: &[&str]) -> Cell {
    if names.is_empty() { Cell::none() } else { Cell::text(say::names(names, 3)).hover(names.join(", ")) }
}

// ---- physicians -----------------------------------------------------------------------------------------------------

async fn list(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Physician").sort(),
        Column::new("locations", "Works at").width(280).phone_sub(),
        Column::new("procedures", "Procedures").width(280).spare(),
        Column::new("npi", "NPI").width(130).phone_side(),
    ];
    let location: Option<LocationId> = visit.link.get("location_id").and_then(|id| id.parse().ok());
    let location_name = match location {
        Some(id) => visit
            .read(move |ctx, tx| locations::get(ctx, tx, id, domain::engagement::Window::All))
            .await
            .ok()
            .map(|it| it.name),
        None => None,
    };
    let list = List::new(&visit, Room::Customers, "physicians", "Physicians", columns)
        .views(VIEWS)
        .sort("name")
        .search("Name or NPI")
        .filters(vec![Filter::given("location_id", "Works at", location_name)])
        .saved(&visit, "physicians")
        .await?;
    let params = list.params();
    let (page, places, kinds) = visit
        .read(move |ctx, tx| {
            let page = physicians::list(ctx, tx, &params)?;
            let places: Vec<LocationId> = page.items.iter().flat_map(|it| it.location_ids.clone()).collect();
            let kinds: Vec<ProcedureId> = page.items.iter().flat_map(|it| it.procedure_ids.clone()).collect();
            Ok((glance::locations(ctx, tx, &places)?, procedure_names(ctx, tx, &kinds)?, page))
        })
        .await
        .map(|(places, kinds, page)| (page, places, kinds))?;
    let rows = page.items.iter().map(|it| {
        let cell = |key: &str| match key {
            "name" => Cell::text(it.name.clone()),
            "locations" => several(&names(&it.location_ids, &places)),
            "procedures" => several(&names(&it.procedure_ids, &kinds)),
            _ => Cell::of(
                html! { @if it.npi.is_empty() { span class="muted" { "–" } } @else { span class="mono" { (it.npi) } } },
            ),
        };
        list.row(it.id.to_string(), cell)
            .href(format!("/physicians/{}", it.id))
            .name(it.name.clone())
            .off(it.archived_at.is_some())
    });
    let rows = rows.collect();
    let mut header = Header::new("Physicians").under(subnav(&visit, "Physicians"));
    let mut empty = Empty::new(Icon::People, "No physicians yet")
        .text("Physicians are named on cases; their preferences say what to bring.");
    if visit.may(Permission::AddDirectoryRecords) {
        if visit.may(Permission::ManageDirectory) {
            header = header.action(
                Menu::more("More actions")
                    .item(Button::link("Import physicians", "/imports/physicians").icon(Icon::File)),
            );
        }
        header = header.action(Button::link("New physician", "/physicians/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New physician", "/physicians/new").primary().in_dialog());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn form(visit: &Visit, action: &str, values: &Values, errors: &[FieldError], verb: &'static str, new: bool) -> Markup {
    html! {
        (Form::post(action.to_owned(), visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            input type="hidden" name="version" value=(values.get("version"));
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required().placeholder("Dr. Elena Rivera").autofocus())
            (Field::text("npi", "NPI").value(values.get("npi")).errors(errors).optional().short().limit(10).help("National Provider Identifier, ten digits."))
            @if new {
                (Field::combo("location_id", "Works at", "/suggest/locations", values.get("location_id_text")).value(values.get("location_id")).errors(errors).optional().help("More locations and procedures can be added afterwards."))
            } @else {
                (Field::switch("archived", "Archived").on(values.on("archived")).help("Left out of lists and suggestions. Cases keep the name."))
            }
        }).button(Button::submit(verb).primary()).button(Button::link("Cancel", "/physicians").quiet()))
    }
}

async fn new_page(visit: Visit) -> Out {
    let form = form(&visit, "/physicians", &Values::new(), &[], "Create physician", true);
    Ok(visit.dialog("New physician", Room::Customers, form))
}

async fn make(visit: &Visit, sent: &Sent) -> app::Result<String> {
    let location = chosen::<id::Location>(visit, sent, "location_id", "locations").await?;
    let new = CreatePhysician {
        name: sent.text("name").to_owned(),
        npi: sent.text("npi").to_owned(),
        location_ids: location.into_iter().collect(),
        procedure_ids: Vec::new(),
    };
    Ok(id_of(&visit.save(sent, move |ctx, tx| physicians::create(ctx, tx, new.clone())).await?))
}

async fn create(visit: Visit, sent: Sent) -> Out {
    match make(&visit, &sent).await {
        Ok(id) => Ok(visit.go(&format!("/physicians/{id}"), Flash::done("Physician created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let form = form(&visit, "/physicians", &Values::of(&sent), &errors, "Create physician", true);
            Ok(visit.dialog("New physician", Room::Customers, form))
        }
    }
}

struct Known {
    it: Physician,
    locations: Vec<(String, String)>,
    procedures: Vec<(String, String)>,
    cards: Vec<PreferenceCard>,
}

async fn known(visit: &Visit, id: PhysicianId) -> Result<Known, Fail> {
    visit
        .read(move |ctx, tx| {
            let it = physicians::get(ctx, tx, id)?;
            let places = glance::locations(ctx, tx, &it.location_ids)?;
            let kinds = procedure_names(ctx, tx, &it.procedure_ids)?;
            let mut ask = ListParams { limit: Some(50), ..ListParams::default() };
            ask.filters.insert("physician_id".into(), id.to_string());
            let mut locations: Vec<(String, String)> =
                places.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
            let mut procedures: Vec<(String, String)> =
                kinds.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
            locations.sort_by(|a, b| a.1.cmp(&b.1));
            procedures.sort_by(|a, b| a.1.cmp(&b.1));
            Ok(Known { cards: named::cards(ctx, tx, &ask)?.items, locations, procedures, it })
        })
        .await
}

/// One list of a physician, with a way to add and to remove.
fn linked(
    visit: &Visit,
    id: &str,
    kind: &str,
    all: &[(String, String)],
    href: &str,
    add: &'static str,
    suggest: &'static str,
) -> Markup {
    let may = visit.may(Permission::AddDirectoryRecords);
    let remove = format!("/physicians/{id}/links/remove");
    html! {
        @if all.is_empty() { p class="sub" { "None yet." } }
        ul class="lines" {
            @for (target, name) in all {
                li class="line" {
                    div class="line-b" { div class="t1" { @if href.is_empty() { (name) } @else { a href={ (href) (target) } { (name) } } } }
                    @if may {
                        div class="line-go" { (press_with(visit, remove.clone(), &[("kind", kind), ("id", target)], Button::submit(format!("Remove {name}")).icon_only(Icon::Close).quiet().small())) }
                    }
                }
            }
        }
        @if may {
            form class="add" method="post" action={ "/physicians/" (id) "/links" } {
                (csrf_field(&visit.csrf()))
                input type="hidden" name="kind" value=(kind);
                div class="add-row" { (Field::combo("id", add, suggest, "").id(format!("add-{kind}")).required()) (Button::submit("Add").icon(Icon::Plus)) }
            }
        }
    }
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let known = known(&visit, visit.id(&id)?).await?;
    let it = &known.it;
    let places: Vec<&str> = known.locations.iter().map(|(_, name)| name.as_str()).collect();
    let kinds: Vec<&str> = known.procedures.iter().map(|(_, name)| name.as_str()).collect();
    let about = facts(&[
        Fact::new(
            "NPI",
            html! { @if it.npi.is_empty() { span class="muted" { "not known" } } @else { span class="mono" { (it.npi) } } },
        ),
        Fact::new("Works at", say::or_dash(&say::names(&places, 8))),
        Fact::new("Procedures", say::or_dash(&say::names(&kinds, 8))),
    ]);
    if visit.hx.for_drawer() {
        return Ok(visit.part(drawer_body(it.name.clone(), &format!("/physicians/{id}"), about)));
    }
    let mut header = Header::new(it.name.clone()).crumb("Physicians", "/physicians").under(html! {
        @if places.is_empty() { "Works at no location in your reach" } @else { "Works at " (say::names(&places, 4)) }
    });
    if it.archived_at.is_some() {
        header = header.status(Status::of("archived"));
    }
    header = header.action(
        Menu::more("More actions").item(Button::link("Cases", format!("/events?physician_id={id}")).icon(Icon::Events)),
    );
    if visit.may(Permission::AddDirectoryRecords) {
        header = header.action(Button::link("Edit", format!("/physicians/{id}/edit")).in_dialog().hotkey("e"));
    }
    if visit.may(Permission::ManageEvents) {
        header = header.action(Button::link("New case", format!("/events/new?physician_id={id}")).primary());
    }
    let cards: Vec<Line> = known
        .cards
        .iter()
        .map(|card| Line::new(card.name.as_str()).side(say::count(card.lines.len() as i64, "item", "items")))
        .collect();
    let work = html! {
        (section_block("Works at", &[], linked(&visit, &id, "location", &known.locations, "/locations/", "Add a location", "/suggest/locations")))
        (section_block("Procedures", &[], linked(&visit, &id, "procedure", &known.procedures, "", "Add a procedure", "/suggest/procedures")))
        @if !cards.is_empty() { (section_block("Likes to have at hand", &[], lines(&cards))) }
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (about) } })) };
    Ok(visit.page(it.name.clone(), Room::Customers, body))
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let physician: PhysicianId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| physicians::get(ctx, tx, physician)).await?;
    let values = Values::new()
        .with("name", &it.name)
        .with("npi", &it.npi)
        .flag("archived", it.archived_at.is_some())
        .with("version", it.version.to_string());
    let form = form(&visit, &format!("/physicians/{id}/edit"), &values, &[], "Save", false);
    Ok(visit.dialog(format!("Edit {}", it.name), Room::Customers, form))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let physician: PhysicianId = visit.id(&id)?;
    let now = visit.read(move |ctx, tx| physicians::get(ctx, tx, physician)).await?;
    let archived = sent.on("archived");
    let patch = PatchPhysician {
        name: Some(sent.text("name").to_owned()),
        npi: Some(sent.text("npi").to_owned()),
        archived: (archived != now.archived_at.is_some()).then_some(archived),
        ..PatchPhysician::default()
    };
    match visit.save(&sent, move |ctx, tx| physicians::patch(ctx, tx, physician, patch.clone())).await {
        Ok(_) => Ok(visit.go(&format!("/physicians/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let form = form(&visit, &format!("/physicians/{id}/edit"), &Values::of(&sent), &errors, "Save", false);
            Ok(visit.dialog("Edit physician", Room::Customers, form))
        }
    }
}

async fn relink(visit: &Visit, id: &str, sent: &Sent, add: bool) -> Out {
    let physician: PhysicianId = visit.id(id)?;
    let (kind, target) = (sent.text("kind").to_owned(), sent.text("id").to_owned());
    let done = visit
        .save(sent, move |ctx, tx| {
            let it = physicians::get(ctx, tx, physician)?;
            let mut patch = PatchPhysician::default();
            if kind == "procedure" {
                let mut ids = it.procedure_ids;
                change(&mut ids, &target, add)?;
                patch.procedure_ids = Some(ids);
            } else {
                let mut ids = it.location_ids;
                change(&mut ids, &target, add)?;
                patch.location_ids = Some(ids);
            }
            physicians::patch(ctx, tx, physician, patch)
        })
        .await;
    super::common::answered(visit, &format!("/physicians/{id}"), done, if add { "Added" } else { "Removed" })
}

fn change<K: domain::id::Kind>(ids: &mut Vec<domain::id::Id<K>>, target: &str, add: bool) -> app::Result<()> {
    let message = "Choose one from the list.";
    let id = target.parse().map_err(|_| app::Error::field("id", "not_chosen", message))?;
    ids.retain(|known| *known != id);
    if add {
        ids.push(id);
    }
    Ok(())
}

async fn link(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    relink(&visit, &id, &sent, true).await
}

async fn unlink(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    relink(&visit, &id, &sent, false).await
}

// ---- procedures -----------------------------------------------------------------------------------------------------

async fn procedures(visit: Visit) -> Out {
    let columns = vec![Column::new("name", "Procedure").sort()];
    let list = List::new(&visit, Room::Customers, "procedures", "Procedures", columns)
        .views(VIEWS)
        .sort("name")
        .search("Name");
    let params = list.params();
    let page = visit.read(move |ctx, tx| named::procedures(ctx, tx, &params)).await?;
    let may = visit.may(Permission::ManageDirectory);
    let rows = page.items.iter().map(|it: &Procedure| {
        let row = list
            .row(it.id.to_string(), |_| Cell::text(it.name.clone()))
            .name(it.name.clone())
            .off(it.archived_at.is_some());
        if may { row.href(format!("/procedures/{}", it.id)) } else { row }
    });
    let rows = rows.collect();
    let mut header = Header::new("Procedures").under(subnav(&visit, "Procedures"));
    let mut empty = Empty::new(Icon::Events, "No procedures yet")
        .text("What is done in a case: total hip, primary; revision knee.");
    if visit.may(Permission::AddDirectoryRecords) {
        header = header.action(Button::link("New procedure", "/procedures/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New procedure", "/procedures/new").primary().in_dialog());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

/// The form of something that has little more than a name.
fn named_form(
    visit: &Visit,
    action: &str,
    values: &Values,
    errors: &[FieldError],
    verb: &'static str,
    more: Markup,
    back: &'static str,
) -> Markup {
    html! {
        (Form::post(action.to_owned(), visit.csrf()).swap_into("#dialog-body").errors(errors).body(html! {
            input type="hidden" name="version" value=(values.get("version"));
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required().autofocus())
            (more)
        }).button(Button::submit(verb).primary()).button(Button::link("Cancel", back).quiet()))
    }
}

fn archived(values: &Values) -> Markup {
    html! { (Field::switch("archived", "Archived").on(values.on("archived")).help("Left out of lists and suggestions. What refers to it stays.")) }
}

async fn new_procedure(visit: Visit) -> Out {
    let form = named_form(&visit, "/procedures", &Values::new(), &[], "Create procedure", html! {}, "/procedures");
    Ok(visit.dialog("New procedure", Room::Customers, form))
}

async fn create_procedure(visit: Visit, sent: Sent) -> Out {
    let new = CreateNamed { name: sent.text("name").to_owned() };
    match visit.save(&sent, move |ctx, tx| named::create_procedure(ctx, tx, new.clone())).await {
        Ok(_) => Ok(visit.go("/procedures", Flash::done("Procedure created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let form = named_form(
                &visit,
                "/procedures",
                &Values::of(&sent),
                &errors,
                "Create procedure",
                html! {},
                "/procedures",
            );
            Ok(visit.dialog("New procedure", Room::Customers, form))
        }
    }
}

async fn edit_procedure(visit: Visit, Path(id): Path<String>) -> Out {
    let procedure: ProcedureId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| named::procedure(ctx, tx, procedure)).await?;
    let values = Values::new()
        .with("name", &it.name)
        .flag("archived", it.archived_at.is_some())
        .with("version", it.version.to_string());
    let form = named_form(&visit, &format!("/procedures/{id}"), &values, &[], "Save", archived(&values), "/procedures");
    Ok(visit.dialog(it.name.clone(), Room::Customers, form))
}

async fn save_procedure(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let procedure: ProcedureId = visit.id(&id)?;
    let patch = PatchNamed { name: Some(sent.text("name").to_owned()), archived: Some(sent.on("archived")) };
    match visit.save(&sent, move |ctx, tx| named::patch_procedure(ctx, tx, procedure, patch.clone())).await {
        Ok(_) => Ok(visit.go("/procedures", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let values = Values::of(&sent);
            let form = named_form(
                &visit,
                &format!("/procedures/{id}"),
                &values,
                &errors,
                "Save",
                archived(&values),
                "/procedures",
            );
            Ok(visit.dialog("Procedure", Room::Customers, form))
        }
    }
}

// ---- places ---------------------------------------------------------------------------------------------------------

async fn places(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Place").sort(),
        Column::new("location", "At").width(320).phone_sub(),
        Column::new("held", "").width(120),
    ];
    let list = List::new(&visit, Room::Customers, "places", "Places", columns).views(VIEWS).sort("name").search("Name");
    let params = list.params();
    let (page, at) = visit
        .read(move |ctx, tx| {
            let page = named::places(ctx, tx, &params)?;
            let ids: Vec<LocationId> = page.items.iter().filter_map(|it| it.location_id).collect();
            let at = glance::locations(ctx, tx, &ids)?;
            Ok((page, at))
        })
        .await?;
    let may = visit.may(Permission::ManageDirectory);
    let pars = visit.may(Permission::FulfillRequests);
    let rows = page.items.iter().map(|it| {
        let cell = |key: &str| match key {
            "name" => Cell::text(it.name.clone()),
            "location" => {
                it.location_id.and_then(|id| at.get(&id)).map_or_else(Cell::none, |name| Cell::text(name.clone()))
            }
            _ => Cell::of(html! {
                a class="link" href={ "/units?place_id=" (it.id) } { "What is there" }
                @if pars { " · " a class="link" href={ "/places/" (it.id) "/par" } { "Par levels" } }
            }),
        };
        let row = list.row(it.id.to_string(), cell).name(it.name.clone()).off(it.archived_at.is_some());
        if may { row.href(format!("/places/{}", it.id)) } else { row }
    });
    let rows = rows.collect();
    let mut header = Header::new("Places").under(subnav(&visit, "Places"));
    let mut empty = Empty::new(Icon::Place, "No places yet")
        .text("A place says where a unit is, whoever answers for it: a trunk, a bay, a shelf.");
    if visit.may(Permission::AddDirectoryRecords) {
        header = header.action(Button::link("New place", "/places/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New place", "/places/new").primary().in_dialog());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn place_more(values: &Values, errors: &[FieldError], old: bool) -> Markup {
    html! {
        (Field::combo("location_id", "At a location", "/suggest/locations", values.get("location_id_text")).value(values.get("location_id")).errors(errors).optional().help("Empty for a trunk, an office, a warehouse of your own."))
        @if old { (archived(values)) }
    }
}

async fn new_place(visit: Visit) -> Out {
    let values = Values::new();
    let form = named_form(&visit, "/places", &values, &[], "Create place", place_more(&values, &[], false), "/places");
    Ok(visit.dialog("New place", Room::Customers, form))
}

async fn create_place(visit: Visit, sent: Sent) -> Out {
    let done = match chosen::<id::Location>(&visit, &sent, "location_id", "locations").await {
        Ok(location_id) => {
            let new = CreatePlace { name: sent.text("name").to_owned(), location_id };
            visit.save(&sent, move |ctx, tx| named::create_place(ctx, tx, new.clone())).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/places", Flash::done("Place created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let values = Values::of(&sent);
            let more = place_more(&values, &errors, false);
            let form = named_form(&visit, "/places", &values, &errors, "Create place", more, "/places");
            Ok(visit.dialog("New place", Room::Customers, form))
        }
    }
}

async fn edit_place(visit: Visit, Path(id): Path<String>) -> Out {
    let place: PlaceId = visit.id(&id)?;
    let (it, at) = visit
        .read(move |ctx, tx| {
            let it = named::place(ctx, tx, place)?;
            let ids: Vec<LocationId> = it.location_id.into_iter().collect();
            let at = glance::locations(ctx, tx, &ids)?.into_values().next();
            Ok((it, at))
        })
        .await?;
    let values = Values::new()
        .with("name", &it.name)
        .maybe("location_id", it.location_id)
        .maybe("location_id_text", at)
        .flag("archived", it.archived_at.is_some())
        .with("version", it.version.to_string());
    let more = place_more(&values, &[], true);
    let form = named_form(&visit, &format!("/places/{id}"), &values, &[], "Save", more, "/places");
    Ok(visit.dialog(it.name.clone(), Room::Customers, form))
}

async fn save_place(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let place: PlaceId = visit.id(&id)?;
    let done = match chosen::<id::Location>(&visit, &sent, "location_id", "locations").await {
        Ok(location) => {
            let patch = PatchPlace {
                name: Some(sent.text("name").to_owned()),
                location_id: location.map_or(Patch::Clear, Patch::Set),
                archived: Some(sent.on("archived")),
            };
            visit.save(&sent, move |ctx, tx| named::patch_place(ctx, tx, place, patch.clone())).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/places", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let values = Values::of(&sent);
            let more = place_more(&values, &errors, true);
            let form = named_form(&visit, &format!("/places/{id}"), &values, &errors, "Save", more, "/places");
            Ok(visit.dialog("Place", Room::Customers, form))
        }
    }
}
