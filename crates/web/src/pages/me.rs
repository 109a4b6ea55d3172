//! One's own account: name, contact data, look, password, sessions and tokens.

use crate::edge::{Out, Sent, Visit, get, post};
use crate::pages::common::{Values, address_fields, contact_fields, press, press_with, read_address, read_contacts};
use crate::pages::words as say;
use crate::ui::{
    Banner, Button, Density, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Room, Status, Theme, Tone,
    banner, facts, lines, section, section_block, split,
};
use app::{App, glance};
use axum::Router;
use contract::people::{Me, PatchUser, TokenView};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/me", get(page).merge(post(save)))
        .route("/me/password", post(password))
        .route("/me/tokens/revoke", post(revoke))
}

struct Known {
    me: Me,
    tokens: Vec<TokenView>,
    leaders: Vec<glance::Leader>,
    principal: Option<String>,
}

async fn known(visit: &Visit) -> Result<Known, crate::edge::Fail> {
    visit
        .read(|ctx, tx| {
            let me = app::people::me(ctx, tx)?;
            let principal = match me.user.delegate_of {
                Some(id) => glance::names(ctx, tx, &[id])?.remove(&id),
                None => None,
            };
            let id = me.user.id;
            Ok(Known {
                tokens: app::session::tokens(ctx, tx)?,
                leaders: glance::leaders(ctx, tx, &[id])?.remove(&id).unwrap_or_default(),
                principal,
                me,
            })
        })
        .await
}

async fn page(visit: Visit) -> Out {
    let known = known(&visit).await?;
    let user = &known.me.user;
    let values = Values::new()
        .with("name", &user.name)
        .with("phone", &user.phone)
        .with("alternate_email", &user.alternate_email)
        .with("version", user.version.to_string())
        .address("shipping_address", &user.shipping_address)
        .contacts(&user.contacts);
    Ok(show(&visit, body(&visit, &known, &values, &[])))
}

fn show(visit: &Visit, body: Markup) -> axum::response::Response {
    visit.render(crate::ui::Page {
        room: None,
        ..crate::ui::Page::new("Your account", Room::Today, &visit.viewer, body)
    })
}

fn body(visit: &Visit, known: &Known, values: &Values, errors: &[FieldError]) -> Markup {
    let user = &known.me.user;
    let leaders: Vec<&str> = known.leaders.iter().map(|it| it.name.as_str()).collect();
    let header = Header::new("Your account").under(html! {
        (user.role.label())
        @if let Some(principal) = &known.principal { ", acting for " strong { (principal) } }
        " at " (visit.ctx.organization.name)
        @if !leaders.is_empty() { " · works for " (say::names(&leaders, 3)) }
    });
    let work = html! {
        @if !visit.ctx.actor.ready {
            (banner(Banner::Info, html! { b { "Your training is still open" } "You can look after your own data meanwhile. Everything else opens as soon as an admin marks the training as complete." }, None))
        }
        (section_block("About you", &[], details(visit, known, values, errors)))
        (section_block("Where you are signed in", &[], sessions(visit, known)))
    };
    let aside = html! {
        section class="sec" { (facts(&[
            Fact::new("E-mail", user.email.as_str()),
            Fact::new("Role", user.role.label()),
            Fact::new("Account since", say::when(&visit.ctx, user.created_at)),
        ])) p class="help" { "E-mail and role never change." } }
        @if user.role.holds_stock() && user.delegate_of.is_none() {
            section class="sec" { h3 class="gap-below" { "When and from where" }
                div class="row" {
                    (Button::link("Days off", format!("/people/{}/days-off", user.id)).icon(Icon::Calendar))
                    (Button::link("Home place", format!("/people/{}/home", user.id)).icon(Icon::Place).in_dialog())
                }
            }
        }
        section class="sec" { h3 class="gap-below" { "Notices" }
            div class="row" {
                (Button::link("What I was told", "/notices").icon(Icon::Bell))
                (Button::link("How I am told", "/me/notices").icon(Icon::Mail))
            }
        }
        section class="sec" { h3 { "Password" }
            p class="sub gap-below" { "We send you a link with which you choose a new one. Every session then ends." }
            (press(visit, "/me/password", Button::submit("Send me a link").icon(Icon::Lock)))
        }
        section class="sec" { h3 class="gap-below" { "Look" } (look(visit)) }
        section class="sec" { (press(visit, "/logout", Button::submit("Sign out").icon(Icon::Out))) }
    };
    html! { (header) (rooms(visit)) (split(work, aside)) }
}

/// The rooms that the dock of the phone has no place for.
fn rooms(visit: &Visit) -> Markup {
    let in_dock = |room: Room| matches!(room, Room::Today | Room::Stock | Room::Events);
    html! {
        nav class="rooms" aria-label="More rooms" {
            a href="/search" data-palette { (Icon::Search) "Search" }
            a href="/notices" { (Icon::Bell) "Notices" @if visit.viewer.unread > 0 { span class="n" { (visit.viewer.unread) } } }
            @for room in visit.viewer.rooms.iter().filter(|room| !in_dock(**room)) {
                a href=(room.href()) {
                    (room.icon()) (room.label())
                    @if let Some(waiting) = visit.viewer.waiting.iter().find(|it| it.room == *room && it.count > 0) { span class="n" { (waiting.count) } }
                }
            }
        }
    }
}

fn details(visit: &Visit, known: &Known, values: &Values, errors: &[FieldError]) -> Markup {
    let user = &known.me.user;
    let ships = user.role.holds_stock() && user.delegate_of.is_none();
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (Field::text("name", "Name").value(values.get("name")).errors(errors).required().autocomplete("name"))
        (Field::phone("phone", "Telephone").value(values.get("phone")).errors(errors).optional())
        (Field::email("alternate_email", "Other e-mail").value(values.get("alternate_email")).errors(errors).optional().help("For contact only; you sign in with the one at the right."))
        @if ships { (section("Shipping address", Some("Printed on transfers that go to you."), address_fields("shipping_address", values, errors))) }
        (section("Further contacts", Some("Assistants, second offices."), contact_fields(values, errors, false)))
    };
    html! { (Form::post("/me", visit.csrf()).errors(errors).body(fields).button(Button::submit("Save").primary())) }
}

fn sessions(visit: &Visit, known: &Known) -> Markup {
    let own = visit.ctx.actor.token;
    let rows: Vec<Line> = known
        .tokens
        .iter()
        .map(|token| {
            let here = own == Some(token.id.uuid());
            let (what, title) = match token.kind.as_str() {
                "session" => ("Console", "Signed in to the console"),
                "feed" => ("Read only", "Calendar of another program"),
                _ => ("Program", token.name.as_str()),
            };
            let line = Line::new(title.to_owned()).below(html! {
                (what) " · since " (say::when(&visit.ctx, token.created_at)) " · last used " (say::when(&visit.ctx, token.last_used_at))
                @if token.kind == "feed" { " · until you end it" } @else { " · ends " (say::when(&visit.ctx, token.expires_at)) }
            });
            if here {
                line.side(Status::new(Tone::Green, "This one"))
            } else {
                line.side(press_with(visit, "/me/tokens/revoke", &[("id", &token.id.to_string())], Button::submit("End").small()))
            }
        })
        .collect();
    html! {
        (lines(&rows))
        p class="sub" { "Tokens for programs are made with " span class="mono" { "POST /api/v1/tokens" } ". End whatever you do not know." }
    }
}

fn look(visit: &Visit) -> Markup {
    let prefs = visit.viewer.prefs;
    let theme = |value: Theme, word: &'static str, label: &'static str| {
        html! { button type="submit" name="set" value=(word) aria-pressed=(prefs.theme == value) { (label) } }
    };
    let density = |value: Density, word: &'static str, label: &'static str| {
        html! { button type="submit" name="set" value=(word) aria-pressed=(prefs.density == value) { (label) } }
    };
    html! {
        form method="post" action="/prefs" data-prefs class="form" {
            div class="field" {
                span class="label" { "Theme" }
                div class="seg" role="group" aria-label="Theme" { (theme(Theme::Auto, "auto", "Device")) (theme(Theme::Light, "light", "Light")) (theme(Theme::Dark, "dark", "Dark")) }
            }
            div class="field" {
                span class="label" { "Rows" }
                div class="seg" role="group" aria-label="Rows" { (density(Density::Compact, "compact", "Compact")) (density(Density::Normal, "normal", "Normal")) (density(Density::Comfortable, "comfortable", "Roomy")) }
            }
        }
    }
}

async fn save(visit: Visit, sent: Sent) -> Out {
    let id = visit.ctx.actor.id;
    let ships = visit.ctx.actor.role.holds_stock() && visit.ctx.actor.delegate_of.is_none();
    let patch = PatchUser {
        name: Some(sent.text("name").to_owned()),
        phone: Some(sent.text("phone").to_owned()),
        alternate_email: Some(sent.text("alternate_email").to_owned()),
        shipping_address: ships.then(|| read_address(&sent, "shipping_address")),
        contacts: Some(read_contacts(&sent)),
        ..PatchUser::default()
    };
    match visit.save(&sent, move |ctx, tx| app::people::patch_user(ctx, tx, id, &patch)).await {
        Ok(_) => Ok(visit.go("/me", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let known = known(&visit).await?;
            let mut response = show(&visit, body(&visit, &known, &Values::of(&sent), &errors));
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn password(visit: Visit) -> Out {
    visit.app.request_reset(&visit.ctx.actor.email).await?;
    let text = if visit.app.config().mails {
        format!("A link is on its way to {}", visit.ctx.actor.email)
    } else {
        "This server sends no mail: whoever runs it finds your link in the outbox folder".to_owned()
    };
    Ok(visit.go("/me", Flash::done(text)))
}

async fn revoke(visit: Visit, sent: Sent) -> Out {
    let Some(id) = sent.id::<domain::id::Token>("id")? else { return Err(crate::edge::Fail::not_found()) };
    match visit.write(move |ctx, tx| app::session::revoke_token(ctx, tx, id)).await {
        Ok(()) => Ok(visit.go("/me", Flash::done("Ended"))),
        Err(app::Error::NotFound(_)) => Ok(visit.go("/me", Flash::done("It had ended already"))),
        Err(error) => Err(error.into()),
    }
}
