//! People who hand over to each other again and again: the office is proposed a shared pool, ready to be made.

use super::shown;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts::{self, Ask};
use crate::pages::common::press;
use crate::pages::words;
use crate::ui::{Button, Empty, Field, FieldError, Flash, Header, Icon, Line, Room, Status, Tone, lines};
use app::App;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::coverage::{AcceptProposal, PoolProposal};
use domain::id::ProposalId;
use maud::html;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/pools", get(page))
        .route("/pools/{id}", get(accept_page).merge(post(accept)))
        .route("/pools/{id}/dismiss", post(dismiss))
}

/// A proposal with what can be done about it.
pub fn line(visit: &Visit, it: &PoolProposal) -> Line {
    Line::new(format!(
        "A shared pool for {}",
        words::names(&it.names.iter().map(String::as_str).collect::<Vec<_>>(), 4)
    ))
    .below(html! { (it.text) " Last " (words::when(&visit.ctx, it.last_at)) "." })
    .side(Status::new(Tone::Blue, format!("{} hand-overs", words::number(it.hand_overs))))
    .side_sub(words::count(it.units, "unit", "units"))
    .control(press(visit, format!("/pools/{}/dismiss", it.id), Button::submit("Not needed").small()))
    .action(Button::link("Name a pool", named(it)).small().wide_only())
    .action(Button::link("Make the pool", format!("/pools/{}", it.id)).small().primary().in_dialog())
}

/// The form of a named pool with these people in it: their own stock, without another account.
fn named(it: &PoolProposal) -> String {
    let people = it.user_ids.iter().map(|id| format!("person={id}")).collect::<Vec<_>>();
    format!("/stock-pools/new?{}", people.join("&"))
}

async fn page(visit: Visit) -> Out {
    let all = visit.read(app::coverage::proposals::list).await?.items;
    let rows: Vec<Line> = all.iter().map(|it| line(&visit, it)).collect();
    let header = Header::new("Shared pools")
        .crumb("People", "/people")
        .under("Reps who hand units to each other again and again could use them from one pool, without a hand-over.");
    let body = html! {
        (header)
        div class="content" {
            @if rows.is_empty() {
                (Empty::new(Icon::Link, "No pool is proposed").text("After three hand-overs between the same reps within 90 days, a pool of theirs is proposed here."))
            } @else { (lines(&rows)) }
        }
    };
    Ok(shown(&visit, "Shared pools", Room::People, body))
}

async fn find(visit: &Visit, id: ProposalId) -> Result<PoolProposal, Fail> {
    let all = visit.read(app::coverage::proposals::list).await?.items;
    all.into_iter().find(|it| it.id == id).ok_or_else(Fail::not_found)
}

fn question(visit: &Visit, it: &PoolProposal, sent: &Sent, errors: &[FieldError]) -> Response {
    let value = |name: &str, now: &str| if sent.has(name) { sent.text(name).to_owned() } else { now.to_owned() };
    Ask {
        title: "Make the pool".into(),
        text: html! {
            p { (it.text) }
            p { "An account is made that nobody signs in with. It shares its stock with " (words::names(&it.names.iter().map(String::as_str).collect::<Vec<_>>(), 6)) "; what shall lie in it is sent to it like to anybody else." }
        },
        room: Room::People,
        action: format!("/pools/{}", it.id),
        fields: html! {
            (Field::text("name", "Name").value(value("name", &it.pool_name)).required().errors(errors))
            (Field::email("email", "E-mail").value(value("email", &it.pool_email)).required().errors(errors).autocomplete("off").help("It names the account; nothing is sent there."))
        },
        verb: "Make the pool".into(),
        danger: false,
        back: "/pools".to_owned(),
        errors,
    }
    .show(visit)
}

async fn accept_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let it = find(&visit, visit.id(&id)?).await?;
    Ok(question(&visit, &it, &sent, &[]))
}

async fn accept(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: ProposalId = visit.id(&id)?;
    let text = |name: &str| sent.maybe(name).map(str::to_owned);
    let body = AcceptProposal { name: text("name"), email: text("email") };
    match visit.save(&sent, move |ctx, tx| app::coverage::proposals::accept(ctx, tx, id, &body)).await {
        Ok(pool) => {
            let pool = pool["id"].as_str().unwrap_or_default();
            Ok(visit.go(&format!("/people/{pool}"), Flash::done("The pool is there. Send it what it shall hold.")))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["name", "email"]);
            Ok(question(&visit, &find(&visit, id).await?, &sent, &errors))
        }
    }
}

async fn dismiss(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: ProposalId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::coverage::proposals::dismiss(ctx, tx, id)).await;
    acts::told(&visit, done, "/pools", Flash::done("It is not proposed again"))
}
