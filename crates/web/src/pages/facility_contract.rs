//! The contract of a facility: whether all prices are agreed, when that is negotiated anew, and which of them want a look.

use super::acts::{self, Ask};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{Button, Cell, Column, Empty, Field, FieldError, Flash, Header, Icon, Room, Row, Status, Table, Tone};
use app::App;
use app::directory::contracts;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::prices::{FacilityContract, SetFacilityContract};
use domain::id::LocationId;
use domain::people::Permission;
use domain::pricing::ContractState;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/contracts", get(to_review)).route("/locations/{id}/contract", get(page).merge(post(set)))
}

fn status(state: ContractState) -> Status {
    match state {
        ContractState::Complete => Status::new(Tone::Green, state.label()),
        ContractState::Incomplete | ContractState::Review => Status::new(Tone::Amber, state.label()),
        ContractState::Unknown => Status::new(Tone::Grey, state.label()),
    }
}

/// How it stands, as a fact on the page of a location, with the way to change it.
pub(super) fn fact(visit: &Visit, it: &FacilityContract) -> Markup {
    html! {
        (status(it.state).render())
        @if let Some(day) = it.renews_on { br; span class="muted" { "renewed on " (words::day(day)) " (" (words::distance(visit.ctx.today(), day)) ")" } }
        @if visit.may(Permission::ManagePrices) { " " (Button::link("Change", format!("/locations/{}/contract", it.location_id)).small().quiet().in_dialog()) }
    }
}

fn ask(visit: &Visit, it: &FacilityContract, name: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    let first = !sent.has("asked");
    let renews = it.renews_on.map(|day| day.to_string()).unwrap_or_default();
    Ask {
        title: "Contract".into(),
        text: html! { p { "What is agreed with " strong { (name) } ". Thirty days before it is negotiated anew the office is told." } },
        room: Room::Customers,
        action: format!("/locations/{}/contract", it.location_id),
        fields: html! {
            input type="hidden" name="version" value=(it.version);
            input type="hidden" name="asked" value="true";
            (Field::switch("complete", "All prices are agreed").on(if first { it.complete } else { sent.on("complete") }).help("Off: prices are missing, and the facility stands in the list of contracts to look at."))
            (Field::date("renews_on", "Renewed on").value(if first { renews } else { sent.text("renews_on").to_owned() }).optional().errors(errors))
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/locations/{}", it.location_id),
        errors,
    }
    .show(visit)
}

async fn load(visit: &Visit, id: LocationId) -> Result<(FacilityContract, String), Fail> {
    visit.ctx.require(Permission::ManagePrices)?;
    visit
        .read(move |ctx, tx| {
            let it = contracts::get(ctx, tx, id)?;
            let name = app::directory::locations::get(ctx, tx, id, domain::engagement::Window::All)?.name;
            Ok((it, name))
        })
        .await
}

async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: LocationId = visit.id(&id)?;
    let (it, name) = load(&visit, id).await?;
    Ok(ask(&visit, &it, &name, &sent, &[]))
}

async fn set(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: LocationId = visit.id(&id)?;
    let done = match acts::day(&sent, "renews_on") {
        Ok(renews_on) => {
            let body = SetFacilityContract { complete: sent.on("complete"), renews_on };
            visit.save(&sent, move |ctx, tx| contracts::set(ctx, tx, id, &body)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/locations/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["renews_on"]);
            let (it, name) = load(&visit, id).await?;
            Ok(ask(&visit, &it, &name, &sent, &errors))
        }
    }
}

async fn to_review(visit: Visit) -> Out {
    let all = visit.read(contracts::to_review).await?.items;
    let columns = vec![
        Column::new("location", "Facility"),
        Column::new("state", "Contract").width(180).phone_side(),
        Column::new("renews", "Renewed on").width(220).phone_sub(),
    ];
    let rows: Vec<Row> = all
        .iter()
        .map(|it| {
            let renews = match it.renews_on {
                Some(day) => Cell::two(words::day(day), words::distance(visit.ctx.today(), day)),
                None => Cell::none(),
            };
            let cells = vec![
                Cell::two(it.location_name.clone(), it.customer_name.clone()),
                Cell::status(status(it.state)),
                renews,
            ];
            Row::new(it.location_id.to_string(), cells)
                .href(format!("/locations/{}", it.location_id))
                .name(it.location_name.clone())
        })
        .collect();
    let header = Header::new("Contracts to look at")
        .crumb("Price lists", "/price-lists")
        .under("Negotiated anew within thirty days, or late; and those whose prices are not complete.");
    let empty = Empty::new(Icon::Check, "No contract wants a look")
        .text("On the page of a location one says whether its prices are complete and when they are renewed.");
    let table = Table::new("contracts", "Contracts to look at", columns).rows(rows).empty(empty);
    Ok(visit.page("Contracts to look at", Room::Customers, html! { (header) (table) }))
}
