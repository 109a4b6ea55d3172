//! From whom an account may take stock without asking: a warehouse, a forward shelf.

use super::account::Known;
use crate::edge::{Out, Sent, Visit};
use crate::pages::acts;
use crate::pages::common::press_with;
use crate::ui::{Button, Field, Flash, Icon, Line, csrf_field, lines};
use app::Error;
use app::names::{Names, Wanted};
use axum::extract::Path;
use contract::CustodianRef;
use contract::people::QuickTransferSources;
use domain::id::UserId;
use maud::{Markup, html};

/// The sources of an account, and their names.
#[derive(Default)]
pub(super) struct Sources {
    list: Vec<CustodianRef>,
    names: Names,
}

/// Reads them, for accounts that hold stock.
pub(super) fn of(ctx: &app::Ctx, tx: &mut app::Tx, user: &contract::people::User) -> app::Result<Sources> {
    if !user.role.holds_stock() || user.custodian_only || user.delegate_of.is_some() {
        return Ok(Sources::default());
    }
    let list = app::people::quick_sources(ctx, tx, user.id)?.sources;
    let mut wanted = Wanted::new();
    for source in &list {
        wanted.custodian(source.id);
    }
    Ok(Sources { names: app::names::look_up(ctx, tx, &wanted)?, list })
}

/// The section on the account's page.
pub(super) fn section(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let may = known.rights.settings;
    let holds = user.role.holds_stock() && !user.custodian_only && user.delegate_of.is_none();
    if !holds || (known.sources.list.is_empty() && !may) {
        return html! {};
    }
    let action = format!("/people/{}/sources", user.id);
    let rows: Vec<Line> = known
        .sources
        .list
        .iter()
        .map(|source| {
            let id = acts::custodian_id(source.id);
            let line = Line::new(known.sources.names.custodian(source.id).to_owned());
            if !may {
                return line;
            }
            let button = Button::submit("Close it").small().quiet();
            line.control(press_with(visit, format!("{action}/remove"), &[("source", id.as_str())], button))
        })
        .collect();
    html! {
        section class="sec" id="sources" {
            header { h2 { "Takes stock without asking" } }
            @if rows.is_empty() { p class="sub" { "From nobody. Open a warehouse or a forward shelf, and it can be emptied by hand: nobody has to send or accept." } }
            @else { (lines(&rows)) }
            @if may {
                form class="add" method="post" action=(action) {
                    (csrf_field(&visit.csrf()))
                    div class="add-row" {
                        (Field::combo("source", "Open a source", "/suggest/holders?office=1", "").id("f-source"))
                        (Button::submit("Open it").icon(Icon::Plus))
                    }
                }
            }
        }
    }
}

async fn put(visit: &Visit, sent: &Sent, id: UserId, change: impl FnOnce(&mut Vec<CustodianRef>), said: &str) -> Out {
    let mut now = visit.read(move |ctx, tx| app::people::quick_sources(ctx, tx, id)).await?.sources;
    change(&mut now);
    let body = QuickTransferSources { sources: now };
    let done = visit.save(sent, move |ctx, tx| app::people::put_quick_sources(ctx, tx, id, &body)).await;
    acts::told(visit, done, &format!("/people/{id}#sources"), Flash::done(said.to_owned()))
}

/// Opens one more.
pub async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let Some(source) = acts::custodian(&visit, &sent, "source")? else {
        return Ok(visit.go(&format!("/people/{id}#sources"), Flash::failed("Choose one of the suggestions.")));
    };
    put(
        &visit,
        &sent,
        id,
        move |all| {
            if !all.contains(&source) {
                all.push(source)
            }
        },
        "Opened",
    )
    .await
}

/// Closes one.
pub async fn remove(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let source = acts::custodian(&visit, &sent, "source")?.ok_or_else(|| Error::unknown("source"))?;
    put(&visit, &sent, id, move |all| all.retain(|it| *it != source), "Closed").await
}
