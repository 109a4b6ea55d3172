//! Somebody leaves: everything that the account holds, with who takes it or that nobody does.

use crate::edge::{Out, Sent, Visit};
use crate::pages::common::{Values, version_field};
use crate::pages::suggest::chosen;
use crate::pages::words as say;
use crate::ui::{Button, Choice, Field, FieldError, Flash, Form, Header, Room, section};
use axum::extract::Path;
use axum::response::Response;
use contract::people::{DeactivateUser, Holdings, User};
use domain::id::{self, UserId};
use domain::leaving::Holding;
use maud::{Markup, html};
use std::collections::BTreeMap;

async fn known(visit: &Visit, id: UserId) -> Result<(User, Holdings), crate::edge::Fail> {
    visit.read(move |ctx, tx| Ok((app::people::user(ctx, tx, id)?, app::people::holdings(ctx, tx, id)?))).await
}

fn group(it: &contract::people::Held, values: &Values, errors: &[FieldError]) -> Markup {
    let key = it.kind.as_str();
    let nobody = if it.goes_alone { "Nobody" } else { "Leave them there" };
    let mut ways = vec![Choice::new("nobody", nobody).help(it.kind.without_anybody())];
    if it.goes_alone {
        ways.insert(0, Choice::new("somebody", "Somebody"));
    }
    let people = match it.kind {
        Holding::Tasks => "/suggest/people?active=true",
        _ => "/suggest/people?role=sales,distributor,regional_manager&active=true",
    };
    let title = format!("{}: {}", it.kind.label(), say::number(it.count));
    let more = it.count - it.names.len() as i64;
    section(
        title,
        None,
        html! {
            @if !it.names.is_empty() {
                p class="sub" { (it.names.join(", ")) @if more > 0 { " and " (say::number(more)) " more" } }
            }
            (Field::radio(format!("way.{key}"), "Who takes it over", ways).value(values.get(&format!("way.{key}"))).errors(errors))
            @if it.goes_alone {
                (Field::combo(format!("to.{key}"), "Successor", people, values.get(&format!("to.{key}_text"))).value(values.get(&format!("to.{key}"))).optional().errors(errors))
            }
        },
    )
}

fn shown(visit: &Visit, user: &User, held: &Holdings, values: &Values, errors: &[FieldError]) -> Response {
    let back = format!("/people/{}", user.id);
    let items: Vec<_> = held.items.iter().filter(|it| it.count > 0).collect();
    let fields = html! {
        (version_field(user.version))
        @for it in &items { (group(it, values, errors)) }
        (Field::area("reason", "Reason").value(values.get("reason")).limit(500).optional().errors(errors).help("Kept in the history."))
    };
    let title = format!("Deactivate {}", user.name);
    let header = Header::new(title.clone()).crumb("People", "/people").crumb(user.name.clone(), back.clone());
    let body = html! {
        (header)
        div class="content narrow" {
            p { "Sessions, tokens and invitations end at once. The account and its history stay." }
            @if items.is_empty() { p class="sub" { (user.name) " holds nothing that somebody would have to take over." } }
            @else {
                p class="sub" {
                    "Say for each who takes it over. When one person takes everything, with stock, cases and group, "
                    a class="link" href={ "/people/" (user.id) "/successor" } { "name a successor" } " instead."
                }
            }
            div class="pad-top" {
                (Form::post(format!("{back}/deactivate"), visit.csrf()).errors(errors).body(fields)
                    .button(Button::submit("Deactivate the account").danger_solid())
                    .button(Button::link("Cancel", back.clone()).quiet()))
            }
        }
    };
    if errors.is_empty() { visit.page(title, Room::People, body) } else { visit.refused(title, Room::People, body) }
}

pub async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let (user, held) = known(&visit, visit.id(&id)?).await?;
    Ok(shown(&visit, &user, &held, &Values::new(), &[]))
}

async fn read(visit: &Visit, sent: &Sent, held: &Holdings) -> app::Result<DeactivateUser> {
    let mut successors = BTreeMap::new();
    for it in held.items.iter().filter(|it| it.count > 0) {
        let key = it.kind.as_str();
        let field = format!("to.{key}");
        let heir = chosen::<id::User>(visit, sent, &field, "people").await?;
        match (sent.text(&format!("way.{key}")), heir) {
            ("nobody", _) => {
                successors.insert(it.kind, None);
            }
            ("somebody", None) => {
                return Err(app::Error::field(field, "required", "Choose who takes it over, from the list."));
            }
            ("somebody", heir) => {
                successors.insert(it.kind, heir);
            }
            // Nothing was said: the use case asks for it.
            _ => {}
        }
    }
    Ok(DeactivateUser { reason: sent.text("reason").to_owned(), successors })
}

/// `successors.customers` is the field `to.customers`; what was left open is told at its choice.
fn placed(errors: Vec<FieldError>) -> Vec<FieldError> {
    let place = |error: FieldError| match error.field.strip_prefix("successors.") {
        Some(key) => FieldError::new(format!("to.{key}"), error.message),
        None => error,
    };
    errors.into_iter().map(place).collect()
}

pub async fn deactivate(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let (user, held) = known(&visit, id).await?;
    let done = match read(&visit, &sent, &held).await {
        Ok(ask) => visit.save(&sent, move |ctx, tx| app::people::deactivate(ctx, tx, id, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/people/{id}"), Flash::done("The account is deactivated"))),
        Err(error) => {
            let errors = placed(visit.complaints(error)?);
            Ok(shown(&visit, &user, &held, &Values::of(&sent), &errors))
        }
    }
}
