//! Named pools: who may use whose stock, and until when?

use super::acts;
use super::common::id_of;
use super::list::{List, Shown, View};
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, Row, Status, Tone};
use app::names::Wanted;
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::Patch;
use contract::pools::{CreatePool, PatchPool, Pool, PutPoolPerson};
use domain::id::{PoolId, UserId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/stock-pools", get(index).merge(post(save)))
        .route("/stock-pools/new", get(new_page))
        .route("/stock-pools/{id}", get(edit_page).merge(post(edit)))
        .route("/stock-pools/{id}/end", crate::edge::post(end))
}

/// Lines of the form beyond those there are, and at most.
const MORE: usize = 3;
const MOST: usize = 60;

async fn index(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Pool"),
        Column::new("holds", "Stock of").width(240).phone_sub(),
        Column::new("uses", "May use it").width(240).phone_hidden(),
        Column::new("until", "Until").width(140).phone_side_sub(),
    ];
    let views = [View::new("now", "In use", &[]), View::new("ended", "Ended", &[("archived", "true")])];
    let list = List::new(&visit, Room::Stock, "pools", "Pools", columns).views(&views).sort("name");
    let mut params = list.params();
    params.q = None;
    let page = visit.read(move |ctx, tx| app::pools::list(ctx, tx, &params)).await?;
    let rows = page.items.iter().map(|it| row(&list, it)).collect();
    let mut header = Header::new("Pools")
        .crumb("Stock", "/units")
        .under("People who may use each other's stock, beside what a distributor shares with its group.");
    let mut empty = Empty::new(Icon::Swap, "No pools").text(
        "Put the stock of several people into a pool, and those whom you name use it in their cases without transfers.",
    );
    if visit.may(Permission::ManageUserSettings) {
        header = header.action(Button::link("New pool", "/stock-pools/new").primary().hotkey("n"));
        empty = empty.action(Button::link("New pool", "/stock-pools/new").primary());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn row(list: &List, it: &Pool) -> Row {
    let who = |fits: fn(&contract::pools::PoolPerson) -> bool| {
        let names: Vec<&str> = it.people.iter().filter(|person| fits(person)).map(|it| it.name.as_str()).collect();
        words::names(&names, 4)
    };
    list.row(it.id.to_string(), |key| match key {
        "name" if it.note.is_empty() => Cell::text(it.name.clone()),
        "name" => Cell::two(it.name.as_str(), it.note.as_str()),
        "holds" => Cell::text(who(|it| it.holds)),
        "uses" => Cell::text(who(|it| it.uses)),
        _ => match (it.archived_at, it.until_on) {
            (Some(_), _) => Cell::status(Status::new(Tone::Grey, "Ended")),
            (None, Some(day)) => Cell::text(words::day(day)),
            (None, None) => Cell::text("for good"),
        },
    })
    .href(format!("/stock-pools/{}", it.id))
    .name(it.name.clone())
    .off(it.archived_at.is_some())
}

/// What the form holds.
#[derive(Default)]
struct Values {
    name: String,
    note: String,
    until_on: String,
    /// (id, name, holds, uses)
    people: Vec<(String, String, bool, bool)>,
}

fn of_pool(it: &Pool) -> Values {
    let people = it.people.iter().map(|it| (it.user_id.to_string(), it.name.clone(), it.holds, it.uses));
    Values {
        name: it.name.clone(),
        note: it.note.clone(),
        until_on: it.until_on.map(|day| day.to_string()).unwrap_or_default(),
        people: people.collect(),
    }
}

fn of_sent(sent: &Sent) -> Values {
    let all = (0..MOST).map(|at| {
        let part = |name: &str| sent.text(&format!("{name}-{at}")).to_owned();
        let name = sent.text(&format!("person-{at}_text")).to_owned();
        (part("person"), name, sent.on(&format!("holds-{at}")), sent.on(&format!("uses-{at}")))
    });
    Values {
        name: sent.text("name").to_owned(),
        note: sent.text("note").to_owned(),
        until_on: sent.text("until_on").to_owned(),
        people: all.filter(|(id, name, ..)| !id.is_empty() || !name.is_empty()).collect(),
    }
}

fn fields(it: &Values, errors: &[FieldError]) -> Markup {
    let count = (it.people.len() + MORE).min(MOST);
    html! {
        (Field::text("name", "Name").value(it.name.clone()).errors(errors).required().limit(200).placeholder("Spine Chicago"))
        @for at in 0..count {
            @let (id, name, holds, uses) = it.people.get(at).cloned().unwrap_or_default();
            @let new = id.is_empty();
            fieldset class="form-sec" {
                legend class="label" { @if at < it.people.len() { "Person " (at + 1) } @else { "One more" } }
                (Field::combo(format!("person-{at}"), "Who", "/suggest/holders", name).value(id).errors(errors))
                div class="row" {
                    (Field::check(format!("holds-{at}"), "Their stock is in it").on(holds || new))
                    (Field::check(format!("uses-{at}"), "They may use it").on(uses || new))
                }
            }
        }
        p class="help" { "Empty a name to take somebody out. Facility stock is not part of a pool." }
        div class="pair" {
            (Field::date("until_on", "Until").value(it.until_on.clone()).errors(errors).optional().help("Empty: for good."))
            (Field::text("note", "Note").value(it.note.clone()).errors(errors).optional())
        }
    }
}

fn form(visit: &Visit, values: &Values, errors: &[FieldError], of: Option<&Pool>) -> Response {
    let may = visit.may(Permission::ManageUserSettings);
    let (action, head) = match of {
        Some(pool) => (format!("/stock-pools/{}", pool.id), pool.name.clone()),
        None => ("/stock-pools".to_owned(), "New pool".to_owned()),
    };
    let mut header = Header::new(head.clone()).crumb("Stock", "/units").crumb("Pools", "/stock-pools");
    if !may {
        // Those who are in it look at it.
        let list = values.people.iter().map(|(_, name, holds, uses)| {
            let what = match (holds, uses) {
                (true, true) => "stock in it, may use it",
                (true, false) => "stock in it",
                _ => "may use it",
            };
            crate::ui::Line::new(name.clone()).side(what)
        });
        let until =
            if values.until_on.is_empty() { "For good".to_owned() } else { format!("Until {}", values.until_on) };
        header = header.under(until);
        let body = html! { (header) div class="content" { (crate::ui::lines(&list.collect::<Vec<_>>())) } };
        return visit.page(head, Room::Stock, body);
    }
    if let Some(pool) = of.filter(|pool| pool.archived_at.is_none()) {
        header = header.action(html! {
            form method="post" action={ "/stock-pools/" (pool.id) "/end" } { (crate::ui::csrf_field(&visit.csrf())) (Button::submit("End it").danger()) }
        });
    }
    let form = Form::post(action, visit.csrf())
        .errors(errors)
        .body(fields(values, errors))
        .button(Button::submit(if of.is_some() { "Save" } else { "Make the pool" }).primary())
        .button(Button::link("Cancel", "/stock-pools").quiet());
    acts::form_page(visit, Room::Stock, header, head.into(), &form, !errors.is_empty())
}

async fn new_page(visit: Visit) -> Out {
    visit.ctx.require(Permission::ManageUserSettings)?;
    let asked: Vec<UserId> = visit.link.get_all("person").filter_map(|id| id.parse().ok()).take(MOST).collect();
    let people = visit
        .read(move |ctx, tx| {
            let mut wanted = Wanted::new();
            asked.iter().for_each(|id| {
                wanted.person(*id);
            });
            let names = app::names::look_up(ctx, tx, &wanted)?;
            Ok(asked.iter().map(|id| (id.to_string(), names.person(*id).to_owned(), true, true)).collect())
        })
        .await?;
    Ok(form(&visit, &Values { people, ..Values::default() }, &[], None))
}

fn people(sent: &Sent) -> app::Result<(Vec<PutPoolPerson>, Vec<usize>)> {
    let (mut found, mut places) = (Vec::new(), Vec::new());
    for at in 0..MOST {
        let Some(user_id) = acts::picked::<domain::id::User>(sent, &format!("person-{at}"))? else { continue };
        found.push(PutPoolPerson {
            user_id,
            holds: sent.on(&format!("holds-{at}")),
            uses: sent.on(&format!("uses-{at}")),
        });
        places.push(at);
    }
    Ok((found, places))
}

/// `people[1].user_id` is the field `person-4` of the form.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, _) = field.strip_prefix("people[")?.split_once(']')?;
        Some(format!("person-{}", places.get(at.parse::<usize>().ok()?)?))
    };
    let own = |field: &str| matches!(field, "name" | "note" | "until_on") || field.starts_with("person-");
    let moved = errors.into_iter().map(|error| match place(&error.field) {
        Some(field) => FieldError::new(field, error.message),
        None if own(&error.field) => error,
        None => FieldError::new("", error.message),
    });
    moved.collect()
}

async fn save(visit: Visit, sent: Sent) -> Out {
    let read = people(&sent).and_then(|it| Ok((it, acts::day(&sent, "until_on")?)));
    let ((people, places), until_on) = match read {
        Ok(read) => read,
        Err(error) => return again(&visit, &sent, error, &[], None),
    };
    let body = CreatePool { name: sent.text("name").into(), note: sent.text("note").into(), people, until_on };
    match visit.save(&sent, move |ctx, tx| app::pools::create(ctx, tx, &body)).await {
        Ok(made) => Ok(visit.go(&format!("/stock-pools/{}", id_of(&made)), Flash::done("The pool is in use"))),
        Err(error) => again(&visit, &sent, error, &places, None),
    }
}

fn again(visit: &Visit, sent: &Sent, error: Error, places: &[usize], of: Option<&Pool>) -> Out {
    let errors = placed(visit.complaints(error)?, places);
    Ok(form(visit, &of_sent(sent), &errors, of))
}

async fn known(visit: &Visit, id: PoolId) -> Result<Pool, crate::edge::Fail> {
    visit.read(move |ctx, tx| app::pools::get(ctx, tx, id)).await
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Pool>(&id)?;
    let pool = known(&visit, id).await?;
    Ok(form(&visit, &of_pool(&pool), &[], Some(&pool)))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Pool>(&id)?;
    let pool = known(&visit, id).await?;
    let read = people(&sent).and_then(|it| Ok((it, acts::day(&sent, "until_on")?)));
    let ((people, places), until) = match read {
        Ok(read) => read,
        Err(error) => return again(&visit, &sent, error, &[], Some(&pool)),
    };
    let body = PatchPool {
        name: Some(sent.text("name").to_owned()),
        note: Some(sent.text("note").to_owned()),
        people: Some(people),
        until_on: until.map_or(Patch::Clear, Patch::Set),
        archived: None,
    };
    match visit.save(&sent, move |ctx, tx| app::pools::patch(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/stock-pools/{id}"), Flash::done("Saved"))),
        Err(error) => again(&visit, &sent, error, &places, Some(&pool)),
    }
}

async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Pool>(&id)?;
    let body = PatchPool { archived: Some(true), ..PatchPool::default() };
    let done = visit.save(&sent, move |ctx, tx| app::pools::patch(ctx, tx, id, &body)).await;
    acts::told(&visit, done, "/stock-pools", Flash::done("The pool has ended: nobody uses it any more"))
}
