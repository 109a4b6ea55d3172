//! People: who answers for what, who works for whom, who may do what.

mod account;
mod group;
mod leaving;
mod new;
mod sources;
mod words;

use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Out, Visit, get, post};
use crate::ui::{Button, Cell, Column, Empty, Header, Icon, Menu, Room, Status, Text, Tone};
use app::people::list_users;
use app::{App, Ctx, Tx, glance};
use axum::Router;
use contract::people::{Region, User};
use contract::{ListParams, Page};
use domain::id::RegionId;
use domain::people::Role;
use maud::html;
use std::collections::BTreeMap;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/people", get(list).merge(post(new::create)))
        .route("/people/new", get(new::page))
        .route("/people/{id}", get(account::page))
        .route("/people/{id}/edit", get(account::edit).merge(post(account::save)))
        .route("/people/{id}/settings", post(account::save_settings))
        .route("/people/{id}/invite", post(account::invite))
        .route("/people/{id}/revoke-invitation", post(account::revoke_invitation))
        .route("/people/{id}/training", post(account::complete_training))
        .route("/people/{id}/deactivate", get(leaving::page).merge(post(leaving::deactivate)))
        .route("/people/{id}/reactivate", post(account::reactivate))
        .route("/people/{id}/representatives", post(group::add_representative))
        .route("/people/{id}/representatives/remove", post(group::remove_representative))
        .route("/people/{id}/sharing", post(group::share))
        .route("/people/{id}/sources", post(sources::add))
        .route("/people/{id}/sources/remove", post(sources::remove))
        .route("/people/{id}/assignments", get(group::assignments).merge(post(group::assign)))
        .route("/people/{id}/assignments/remove", post(group::unassign))
        .route("/people/{id}/assignments/copy", post(group::copy))
        .route("/people/{id}/targets", get(group::targets).merge(post(group::save_targets)))
        .route("/people/{id}/successor", get(group::successor).merge(post(group::succeed)))
}

const VIEWS: &[View] = &[
    View::new("active", "Active", &[("active", "true")]),
    View::new("invited", "Invited", &[("active", "true"), ("invited", "true"), ("claimed", "false")]),
    View::new("training", "Waiting for training", &[("active", "true"), ("trained", "false")]),
    View::new("deactivated", "Deactivated", &[("active", "false")]),
];

/// How an account stands, in one word.
pub fn standing(user: &User) -> Status {
    if !user.active {
        return Status::of("deactivated");
    }
    if user.role.needs_training() && user.training_completed_at.is_none() {
        return Status::of("untrained");
    }
    if user.custodian_only && user.claimed_at.is_none() {
        return Status::new(Tone::Teal, "Pools stock");
    }
    match (user.claimed_at, user.invited_at) {
        (Some(_), _) => Status::new(Tone::Green, "Active"),
        (None, Some(_)) => Status::new(Tone::Blue, "Invited"),
        (None, None) => Status::new(Tone::Grey, "Not invited"),
    }
}

/// A role as it is read, with what sets the account apart.
pub fn role_words(user: &User) -> Text {
    if user.delegate_of.is_some() {
        return "Delegate".into();
    }
    if user.custodian_only {
        return "Distributor, pools stock".into();
    }
    user.role.label().into()
}

/// Every region that the actor sees.
pub(super) fn regions(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<Region>> {
    let params = ListParams { limit: Some(500), ..ListParams::default() };
    Ok(app::people::list_regions(ctx, tx, &params)?.items)
}

struct Listed {
    page: Page<User>,
    regions: Vec<Region>,
    beside: glance::Beside,
    /// Accounts that wait for their training; for the office.
    untrained: Option<i64>,
}

fn columns(visit: &Visit) -> Vec<Column> {
    let mut all = vec![
        Column::new("name", "Name").sort(),
        Column::new("role", "Role").width(190).phone_sub(),
        Column::new("group", "Group").width(210),
        Column::new("units", "Answers for").number().width(120).help("Units in custody"),
        Column::new("region", "Region").width(130).spare(),
        Column::new("phone", "Telephone").width(150).spare(),
        Column::new("status", "Status").width(160),
        Column::new("email", "E-mail").width(220).optional(),
        Column::new("created_at", "Since").width(120).sort().optional(),
    ];
    if visit.ctx.actor.role.is_office() || visit.ctx.actor.role == Role::Distributor {
        all.push(Column::new("rate", "Commission").number().width(110).optional());
    }
    all
}

async fn list(visit: Visit) -> Out {
    let regions = visit.read(regions).await?;
    let role = |role: &Role| (Text::Borrowed(role.as_str()), Text::Borrowed(role.label()));
    let region = |region: &Region| (Text::Owned(region.id.to_string()), Text::Owned(region.name.clone()));
    let list = List::new(&visit, Room::People, "people", "People", columns(&visit))
        .views(VIEWS)
        .sort("name")
        .search("Name or e-mail")
        .filters(vec![
            Filter::choice("role", "Role", Role::ALL.iter().map(role).collect()),
            Filter::choice("region_id", "Region", regions.iter().map(region).collect()),
        ])
        .saved(&visit, "users")
        .await?;
    let params = list.params();
    let found = visit
        .read(move |ctx, tx| {
            let page = list_users(ctx, tx, &params)?;
            let beside = glance::beside(ctx, tx, &page.items)?;
            let untrained = match ctx.actor.role.is_office() && params.cursor.is_none() {
                true => {
                    let mut ask = ListParams { limit: Some(1), count: true, ..ListParams::default() };
                    ask.filters
                        .extend([("active".to_owned(), "true".to_owned()), ("trained".to_owned(), "false".to_owned())]);
                    list_users(ctx, tx, &ask)?.total
                }
                false => None,
            };
            Ok(Listed { page, regions, beside, untrained })
        })
        .await?;
    let names: BTreeMap<RegionId, &str> = found.regions.iter().map(|it| (it.id, it.name.as_str())).collect();
    let rows = found.page.items.iter().map(|user| {
        list.row(user.id.to_string(), |key| cell(&visit, user, key, &names, &found.beside))
            .href(format!("/people/{}", user.id))
            .name(user.name.clone())
            .off(!user.active)
    });
    let rows = rows.collect();
    let mut menu = Menu::more("More actions");
    menu = menu.item(Button::link("Regions", "/settings/regions").icon(Icon::Place));
    if app::imports::kind("users").is_some_and(|kind| visit.may(kind.permission)) {
        menu = menu.item(Button::link("Import people", "/imports/users").icon(Icon::File));
    }
    let mut header = Header::new("People").action(menu);
    if let Some(n @ 1..) = found.untrained {
        header = header.lead(format!(
            "{} for training",
            if n == 1 { "1 waits".into() } else { format!("{} wait", say::number(n)) }
        ));
    }
    if !app::people::roles_to_create(&visit.ctx).is_empty() {
        header = header.action(Button::link("New person", "/people/new").primary().hotkey("n"));
    }
    let empty = match list.view_key() {
        Some("invited") => {
            Empty::new(Icon::Mail, "No invitation is open").text("Everybody who was invited has chosen a password.")
        }
        Some("training") => {
            Empty::new(Icon::Check, "Nobody waits for training").text("Everybody who needs it has completed it.")
        }
        Some("deactivated") => Empty::new(Icon::People, "Nobody is deactivated")
            .text("Accounts are never deleted: whoever leaves is deactivated, and their history stays."),
        _ => Empty::new(Icon::People, "Nobody here yet"),
    };
    let shown = Shown::new(header, rows, empty).paged(found.page.next_cursor, found.page.total);
    Ok(list.answer(&visit, shown))
}

fn cell(visit: &Visit, user: &User, key: &str, regions: &BTreeMap<RegionId, &str>, beside: &glance::Beside) -> Cell {
    match key {
        "name" => Cell::two(&*user.name, &*user.email),
        "role" => Cell::text(role_words(user)),
        "group" => group_cell(user, beside),
        "units" => match beside.units.get(&user.id) {
            Some(0) | None => Cell::none(),
            Some(n) => Cell::text(say::number(*n)),
        },
        "region" => user
            .region_id
            .and_then(|id| regions.get(&id))
            .map_or_else(Cell::none, |name| Cell::text((*name).to_owned())),
        "phone" => Cell::of(say::or_dash(&user.phone)),
        "status" => Cell::status(standing(user)),
        "email" => Cell::text(user.email.clone()),
        "created_at" => Cell::text(say::day(user.created_at.day_in(&visit.ctx.organization.time_zone)))
            .hover(say::exact(&visit.ctx, user.created_at)),
        _ => user.commission_rate_bp.map_or_else(Cell::none, |bp| Cell::of(html! { (say::percent_plain(bp)) " %" })),
    }
}

/// Who works for whom: a rep's distributor and hubs, a distributor's reps, a delegate's principal.
fn group_cell(user: &User, beside: &glance::Beside) -> Cell {
    if let Some(principal) = user.delegate_of {
        let name = beside.principals.get(&principal).map_or("a distributor", String::as_str);
        return Cell::text(format!("Acts for {name}"));
    }
    if user.role == Role::Distributor {
        let led = beside.led.get(&user.id).copied().unwrap_or(0);
        return Cell::two(
            format!("Leads {}", say::count(led, "rep", "reps")),
            if user.shares_inventory { "shares its stock" } else { "" },
        );
    }
    match beside.leaders.get(&user.id).map(Vec::as_slice).unwrap_or_default() {
        [] => Cell::none(),
        [first, rest @ ..] => {
            let more: Vec<&str> = rest.iter().map(|leader| leader.name.as_str()).collect();
            let cell = Cell::text(first.name.clone());
            if more.is_empty() { cell } else { cell.below(format!("and {}", say::names(&more, 2))) }
        }
    }
}
