//! Par levels: what should be where, what is missing, and asking for it.

use super::acts;
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Room, Row, Table, Tone, lines,
    section_block,
};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::pars::{ParLevel, PutParLevel, PutParLevels};
use domain::id::{LocationId, PlaceId, RegionId, UserId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/par", get(index))
        .route("/people/{id}/par", get(person))
        .route("/people/{id}/par/edit", get(person_form).merge(post(person_save)))
        .route("/locations/{id}/par", get(location))
        .route("/locations/{id}/par/edit", get(location_form).merge(post(location_save)))
        .route("/places/{id}/par", get(place))
        .route("/places/{id}/par/edit", get(place_form).merge(post(place_save)))
        .route("/regions/{id}/par", get(region))
        .route("/regions/{id}/par/edit", get(region_form).merge(post(region_save)))
}

/// Lines of the form beyond those there are, and at most.
const MORE: usize = 4;
const MOST: usize = 200;

/// Whose levels.
#[derive(Clone)]
enum Owner {
    Person(UserId, String),
    Location(LocationId, String, Option<UserId>),
    Place(PlaceId, String),
    Region(RegionId, String),
}

impl Owner {
    fn name(&self) -> &str {
        match self {
            Self::Person(_, name) | Self::Location(_, name, _) | Self::Place(_, name) | Self::Region(_, name) => name,
        }
    }

    fn home(&self) -> String {
        match self {
            Self::Person(id, _) => format!("/people/{id}"),
            Self::Location(id, ..) => format!("/locations/{id}"),
            Self::Place(id, _) => format!("/places/{id}"),
            Self::Region(id, _) => format!("/regions/{id}"),
        }
    }

    /// The page of whoever it is; a region has none of its own.
    fn page(&self) -> String {
        match self {
            Self::Region(id, _) => format!("/people?region_id={id}"),
            _ => self.home(),
        }
    }

    const fn room(&self) -> Room {
        match self {
            Self::Person(..) | Self::Region(..) => Room::People,
            Self::Location(..) | Self::Place(..) => Room::Customers,
        }
    }

    fn header(&self, title: &'static str) -> Header {
        let (room, to) = match self {
            Self::Person(..) => ("People", "/people"),
            Self::Location(..) => ("Locations", "/locations"),
            Self::Place(..) => ("Places", "/places"),
            Self::Region(..) => ("Regions", "/settings/regions"),
        };
        Header::new(title).crumb(room, to).crumb(self.name().to_owned(), self.page())
    }

    /// For whom it is asked.
    fn asks_for(&self) -> Option<UserId> {
        match self {
            Self::Person(id, _) => Some(*id),
            Self::Location(_, _, rep) => *rep,
            Self::Place(..) | Self::Region(..) => None,
        }
    }
}

async fn of_person(visit: &Visit, id: UserId) -> Result<(Owner, Vec<ParLevel>), Fail> {
    visit
        .read(move |ctx, tx| {
            let user = app::people::user(ctx, tx, id)?;
            Ok((Owner::Person(id, user.name), app::pars::of_user(ctx, tx, id)?.items))
        })
        .await
}

async fn of_location(visit: &Visit, id: LocationId) -> Result<(Owner, Vec<ParLevel>), Fail> {
    visit
        .read(move |ctx, tx| {
            let window = domain::engagement::Window::All;
            let it = app::directory::locations::list::get(ctx, tx, id, window)?;
            Ok((Owner::Location(id, it.name, it.effective_sales_rep_id), app::pars::of_location(ctx, tx, id)?.items))
        })
        .await
}

async fn of_place(visit: &Visit, id: PlaceId) -> Result<(Owner, Vec<ParLevel>), Fail> {
    visit
        .read(move |ctx, tx| {
            let it = app::directory::named::place(ctx, tx, id)?;
            Ok((Owner::Place(id, it.name), app::pars::of_place(ctx, tx, id)?.items))
        })
        .await
}

async fn of_region(visit: &Visit, id: RegionId) -> Result<(Owner, Vec<ParLevel>), Fail> {
    visit
        .read(move |ctx, tx| {
            let levels = app::pars::of_region(ctx, tx, id)?.items;
            let name = app::glance::region(ctx, tx, id)?.map(|(region, _)| region.name).unwrap_or_default();
            Ok((Owner::Region(id, name), levels))
        })
        .await
}

/// The request that asks for what is missing.
fn ask(visit: &Visit, owner: Option<UserId>, levels: &[ParLevel]) -> Option<Button> {
    let lines: String = levels
        .iter()
        .filter(|level| level.short > 0)
        .take(20)
        .map(|level| format!("&line={}:{}", level.catalog_item_id, level.short))
        .collect();
    let to = owner.filter(|_| !lines.is_empty() && visit.may(Permission::RequestInventory))?;
    Some(
        Button::link("Request what is missing", format!("/requests/new?kind=inventory&to={to}{lines}"))
            .icon(Icon::Truck),
    )
}

fn show(visit: &Visit, owner: &Owner, levels: &[ParLevel]) -> Response {
    let sets = visit.may(Permission::FulfillRequests);
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("level", "Should be").number().width(110).phone_sub(),
        Column::new("held", "There").number().width(90).phone_hidden(),
        Column::new("coming", "Coming").number().width(100).phone_hidden(),
        Column::new("short", "Missing").number().width(120),
    ];
    let rows = levels.iter().map(|it| {
        let short = if it.short > 0 { Cell::text(words::number(it.short)).tone(Tone::Red) } else { Cell::none() };
        let cells = vec![
            Cell::two(it.description.clone(), it.catalog_number.clone()),
            Cell::text(words::number(it.level)),
            Cell::text(words::number(it.held)),
            if it.coming == 0 { Cell::none() } else { Cell::text(words::number(it.coming)) },
            short,
        ];
        Row::new(it.catalog_item_id.to_string(), cells).href(format!("/catalog/{}", it.catalog_item_id))
    });
    let mut empty = Empty::new(Icon::Stock, "No par levels")
        .text("Say how many of an item should be there, and this page says what is missing.");
    if sets {
        empty = empty.action(Button::link("Set par levels", format!("{}/par/edit", owner.home())).primary());
    }
    let table = Table::new("par", "Par levels", columns).rows(rows.collect()).empty(empty).inside();
    let mut header = owner.header("Par levels");
    let short: i64 = levels.iter().map(|it| it.short).sum();
    header = header.under(if short == 0 {
        "Nothing is missing.".to_owned()
    } else {
        words::count(short, "piece is missing", "pieces are missing")
    });
    if sets {
        header = header.action(Button::link("Edit", format!("{}/par/edit", owner.home())).hotkey("e"));
    }
    if let Some(button) = ask(visit, owner.asks_for(), levels) {
        header = header.action(button.primary());
    }
    visit.page(
        format!("Par levels of {}", owner.name()),
        owner.room(),
        html! { (header) div class="content" { (table) } },
    )
}

async fn person(visit: Visit, Path(id): Path<String>) -> Out {
    let (owner, levels) = of_person(&visit, visit.id(&id)?).await?;
    Ok(show(&visit, &owner, &levels))
}

async fn location(visit: Visit, Path(id): Path<String>) -> Out {
    let (owner, levels) = of_location(&visit, visit.id(&id)?).await?;
    Ok(show(&visit, &owner, &levels))
}

async fn place(visit: Visit, Path(id): Path<String>) -> Out {
    let (owner, levels) = of_place(&visit, visit.id(&id)?).await?;
    Ok(show(&visit, &owner, &levels))
}

async fn region(visit: Visit, Path(id): Path<String>) -> Out {
    let (owner, levels) = of_region(&visit, visit.id(&id)?).await?;
    Ok(show(&visit, &owner, &levels))
}

// ---- who is short ---------------------------------------------------------------------------------------------------

async fn index(visit: Visit) -> Out {
    let all = visit.read(app::pars::shortages).await?.items;
    let blocks: Vec<Markup> = all
        .iter()
        .map(|it| {
            let home = match (it.user_id, it.location_id, it.place_id, it.region_id) {
                (Some(id), ..) => format!("/people/{id}/par"),
                (_, Some(id), ..) => format!("/locations/{id}/par"),
                (_, _, Some(id), _) => format!("/places/{id}/par"),
                (.., Some(id)) => format!("/regions/{id}/par"),
                _ => "/par".to_owned(),
            };
            let shown = it.levels.iter().take(5).map(|level| {
                Line::new(level.description.clone())
                    .below(format!("{} · {} of {}", level.catalog_number, level.held, level.level))
                    .side(format!("{} missing", words::number(level.short)))
            });
            let mut actions = vec![Button::link("All levels", home).small()];
            if let Some(button) = ask(&visit, it.ask_for_id, &it.levels) {
                actions.push(button.small().primary());
            }
            let more = it.levels.len().saturating_sub(5);
            let body = html! { (lines(&shown.collect::<Vec<_>>())) @if more > 0 { p class="sub" { "and " (words::count(more as i64, "more item", "more items")) } } };
            let name = if it.region_id.is_some() { format!("Region {}", it.name) } else { it.name.clone() };
            section_block(name, &actions, body)
        })
        .collect();
    let header = Header::new("Below par").crumb("Stock", "/units").under(
        "Who has less than they should, counting what is on its way. Levels are set on the page of a person, a location, a place or a region.",
    );
    let body = html! {
        (header)
        div class="content" {
            @if blocks.is_empty() {
                (Empty::new(Icon::Check, "Nothing is below par").text("Everybody with par levels has what they should, or it is on its way."))
            }
            @for block in &blocks { (block) }
        }
    };
    Ok(visit.page("Below par", Room::Stock, body))
}

// ---- the form -------------------------------------------------------------------------------------------------------

/// (item, its name, level)
type Given = Vec<(String, String, String)>;

fn given(levels: &[ParLevel]) -> Given {
    levels.iter().map(|it| (it.catalog_item_id.to_string(), it.description.clone(), it.level.to_string())).collect()
}

fn sent_lines(sent: &Sent) -> Given {
    let all = (0..MOST).map(|at| {
        let part = |name: &str| sent.text(&format!("{name}-{at}")).to_owned();
        (part("item"), sent.text(&format!("item-{at}_text")).to_owned(), part("level"))
    });
    all.filter(|(id, name, _)| !id.is_empty() || !name.is_empty()).collect()
}

fn form(visit: &Visit, owner: &Owner, given: &Given, errors: &[FieldError]) -> Response {
    let count = (given.len() + MORE).min(MOST);
    let fields = html! {
        @for at in 0..count {
            @let (id, name, level) = given.get(at).cloned().unwrap_or_default();
            div class="ask-row" {
                (Field::combo(format!("item-{at}"), format!("Item {}", at + 1), "/suggest/items", name).value(id).errors(errors))
                (Field::number(format!("level-{at}"), "Should be").value(level).errors(errors))
            }
        }
        p class="help" { "Empty a line to take it away; save, and there is room for more." }
    };
    let form = Form::post(format!("{}/par/edit", owner.home()), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Save").primary())
        .button(Button::link("Cancel", format!("{}/par", owner.home())).quiet());
    acts::form_page(
        visit,
        owner.room(),
        owner.header("Set par levels"),
        "Set par levels".into(),
        &form,
        !errors.is_empty(),
    )
}

async fn person_form(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::FulfillRequests)?;
    let (owner, levels) = of_person(&visit, visit.id(&id)?).await?;
    Ok(form(&visit, &owner, &given(&levels), &[]))
}

async fn location_form(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::FulfillRequests)?;
    let (owner, levels) = of_location(&visit, visit.id(&id)?).await?;
    Ok(form(&visit, &owner, &given(&levels), &[]))
}

async fn place_form(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::FulfillRequests)?;
    let (owner, levels) = of_place(&visit, visit.id(&id)?).await?;
    Ok(form(&visit, &owner, &given(&levels), &[]))
}

async fn region_form(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::FulfillRequests)?;
    let (owner, levels) = of_region(&visit, visit.id(&id)?).await?;
    Ok(form(&visit, &owner, &given(&levels), &[]))
}

fn read(sent: &Sent) -> app::Result<(PutParLevels, Vec<usize>)> {
    let (mut levels, mut places) = (Vec::new(), Vec::new());
    for at in 0..MOST {
        let Some(catalog_item_id) = acts::picked::<domain::id::CatalogItem>(sent, &format!("item-{at}"))? else {
            continue;
        };
        let field = format!("level-{at}");
        let wrong = || Error::field(field.clone(), "invalid_quantity", "Give a whole number from 1.");
        let level = sent.maybe(&field).ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
        levels.push(PutParLevel { catalog_item_id, level });
        places.push(at);
    }
    Ok((PutParLevels { levels }, places))
}

/// `levels[1].level` is the field `level-4` of the form.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("levels[")?.split_once("].")?;
        let at = places.get(at.parse::<usize>().ok()?)?;
        Some(format!("{}-{at}", if name == "level" { "level" } else { "item" }))
    };
    let own = |field: &str| field.starts_with("item-") || field.starts_with("level-");
    let moved = errors.into_iter().map(|error| match place(&error.field) {
        Some(field) => FieldError::new(field, error.message),
        None if own(&error.field) => error,
        None => FieldError::new("", error.message),
    });
    moved.collect()
}

async fn save(visit: &Visit, sent: &Sent, owner: Owner) -> Out {
    let (body, places) = match read(sent) {
        Ok(read) => read,
        Err(error) => return Ok(form(visit, &owner, &sent_lines(sent), &placed(visit.complaints(error)?, &[]))),
    };
    let whose = owner.clone();
    let done = visit
        .save(sent, move |ctx, tx| match &whose {
            Owner::Person(id, _) => app::pars::put_user(ctx, tx, *id, &body),
            Owner::Location(id, ..) => app::pars::put_location(ctx, tx, *id, &body),
            Owner::Place(id, _) => app::pars::put_place(ctx, tx, *id, &body),
            Owner::Region(id, _) => app::pars::put_region(ctx, tx, *id, &body),
        })
        .await;
    match done {
        Ok(_) => Ok(visit.go(&format!("{}/par", owner.home()), Flash::done("Saved"))),
        Err(error) => Ok(form(visit, &owner, &sent_lines(sent), &placed(visit.complaints(error)?, &places))),
    }
}

async fn person_save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, _) = of_person(&visit, visit.id(&id)?).await?;
    save(&visit, &sent, owner).await
}

async fn location_save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, _) = of_location(&visit, visit.id(&id)?).await?;
    save(&visit, &sent, owner).await
}

async fn place_save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, _) = of_place(&visit, visit.id(&id)?).await?;
    save(&visit, &sent, owner).await
}

async fn region_save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (owner, _) = of_region(&visit, visit.id(&id)?).await?;
    save(&visit, &sent, owner).await
}
