//! Transfers that are being put together: kept from the form that sends, taken up again there, thrown away.

use super::send::again;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::common::press;
use crate::pages::{acts, words};
use crate::ui::{Banner, Button, Empty, Flash, Header, Icon, Line, Link, Room, banner, lines};
use app::App;
use app::names::{Names, Wanted};
use app::transfers::drafts;
use axum::Router;
use axum::extract::Path;
use contract::drafts::{CreateDraft, DraftLine, PatchDraft, SendDraft, TransferDraft};
use contract::{CustodianRef, Items, ListParams, Patch};
use domain::id::{TransferId, UnitId};
use domain::people::Permission;
use maud::{Markup, html};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/transfers/drafts", get(index)).route("/transfers/drafts/{id}/discard", post(discard))
}

fn address(id: TransferId) -> String {
    Link::new("/transfers/new").with("draft", id).to_string()
}

// ---- the list -------------------------------------------------------------------------------------------------------

async fn index(visit: Visit) -> Out {
    visit.ctx.require(Permission::SendTransfers)?;
    let params = ListParams { cursor: visit.link.get("cursor").map(str::to_owned), ..ListParams::default() };
    let page = visit.read(move |ctx, tx| drafts::list(ctx, tx, &params)).await?;
    let all: Vec<Line> = page.items.iter().map(|it| line(&visit, it)).collect();
    let more = page.next_cursor.map(|cursor| Link::new("/transfers/drafts").with("cursor", cursor).to_string());
    let body = html! {
        @if all.is_empty() {
            (Empty::new(Icon::Transfers, "No drafts").text("A transfer that is not ready yet can be kept here. It holds nothing: its units stay free until it is sent.").action(Button::link("Begin a transfer", "/transfers/new").primary()))
        } @else { (lines(&all)) }
        @if let Some(more) = more { p class="pad-top" { (Button::link("Older ones", more)) } }
    };
    let header = Header::new("Drafts")
        .crumb("Transfers", "/transfers")
        .under("Not sent yet. Their units stay free until they are.")
        .action(Button::link("Begin a transfer", "/transfers/new").primary().hotkey("n"));
    Ok(visit.page("Drafts", Room::Transfers, html! { (header) div class="content" { (body) } }))
}

fn line(visit: &Visit, it: &TransferDraft) -> Line {
    let to = it.to_name.as_deref().unwrap_or("nobody chosen yet");
    Line::new(html! { a class="link" href=(address(it.id)) { (it.from_name) " to " (to) } })
        .below(html! {
            (words::count(it.units_count, "unit", "units")) " · changed " (words::when(&visit.ctx, it.updated_at))
            @if !it.note.is_empty() { " · " (it.note) }
        })
        .side(press(visit, format!("/transfers/drafts/{}/discard", it.id), Button::submit("Discard").small().quiet()))
}

async fn discard(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| drafts::discard(ctx, tx, id)).await;
    match done {
        Ok(_) => Ok(visit.go("/transfers/drafts", Flash::done("The draft is gone. Nothing was held by it."))),
        Err(error) => Ok(visit.go("/transfers/drafts", Flash::failed(acts::sentence(&visit, error)?))),
    }
}

// ---- in the form that sends -----------------------------------------------------------------------------------------

/// The draft that a form goes on with.
pub(super) struct Kept {
    pub draft: TransferDraft,
    pub place_name: Option<String>,
    names: Names,
}

/// The draft that the address or the form names.
pub(super) async fn kept(visit: &Visit, sent: &Sent) -> Result<Option<Kept>, Fail> {
    let named =
        sent.maybe("draft").or_else(|| visit.link.get("draft")).and_then(|text| text.parse::<TransferId>().ok());
    let Some(id) = named else { return Ok(None) };
    let read = visit.read(move |ctx, tx| {
        let draft = drafts::get(ctx, tx, id)?;
        let mut wanted = Wanted::new();
        draft.lines.iter().flatten().filter_map(|it| it.catalog_item_id).for_each(|item| {
            wanted.item(item);
        });
        wanted.place(draft.place_id);
        let names = app::names::look_up(ctx, tx, &wanted)?;
        let place_name = draft.place_id.map(|id| names.place(id).to_owned());
        Ok(Kept { draft, place_name, names })
    });
    read.await.map(Some)
}

impl Kept {
    /// What can be sent as things are.
    pub fn units(&self) -> impl Iterator<Item = UnitId> + '_ {
        self.draft.lines.iter().flatten().filter(|it| it.problem.is_none()).map(|it| it.unit_id)
    }

    fn not_free(&self) -> Vec<&DraftLine> {
        self.draft.lines.iter().flatten().filter(|it| it.problem.is_some()).collect()
    }

    /// What the form carries on, and what of the draft is not among its units any more.
    pub fn carried(&self) -> Markup {
        let gone = self.not_free();
        html! {
            input type="hidden" name="draft" value=(self.draft.id);
            @if !gone.is_empty() {
                (banner(Banner::Warning, html! {
                    b { (words::count(gone.len() as i64, "unit of this draft is not free any more", "units of this draft are not free any more")) }
                    ul { @for it in gone.iter().take(20) { li { (self.title(it)) ": " (it.problem.as_deref().unwrap_or_default()) } } }
                    @if gone.len() > 20 { p { "And " (gone.len() - 20) " more." } }
                }, None))
            }
        }
    }

    fn title(&self, line: &DraftLine) -> String {
        let item = line.catalog_item_id.map_or("One unit", |item| self.names.item_title(item));
        match (line.serial.as_deref(), line.lot.as_deref()) {
            (Some(serial), _) => format!("{item}, serial {serial}"),
            (None, Some(lot)) => format!("{item}, lot {lot}"),
            (None, None) => item.to_owned(),
        }
    }
}

fn patch_of<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

/// What the form says, as a change of a draft.
fn read_patch(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> app::Result<PatchDraft> {
    Ok(PatchDraft {
        to: patch_of(acts::custodian(visit, sent, "to")?),
        unit_ids: Some(ids),
        note: Some(sent.text("note").to_owned()),
        due_back_on: patch_of(acts::day(sent, "due_back_on")?),
        place_id: patch_of(acts::picked(sent, "place_id")?),
        ..PatchDraft::default()
    })
}

/// Keeps the form as a draft: as the one that it goes on with, or as a new one for each sender.
pub(super) async fn keep(visit: &Visit, sent: &Sent, ids: Vec<UnitId>) -> Out {
    let patch = match read_patch(visit, sent, ids.clone()) {
        Ok(patch) => patch,
        Err(error) => return again(visit, sent, ids, error).await,
    };
    let kept = kept(visit, sent).await?;
    let done = match kept {
        Some(kept) => {
            let id = kept.draft.id;
            visit.save(sent, move |ctx, tx| Ok(Items { items: vec![drafts::patch(ctx, tx, id, &patch)?] })).await
        }
        None if ids.is_empty() => {
            return Ok(visit.go("/transfers/new", Flash::failed("Choose at least one unit.")));
        }
        None => begin(visit, sent, ids.clone(), patch).await,
    };
    match done {
        Ok(_) => Ok(visit.go("/transfers/drafts", Flash::done("Kept. Its units stay free until it is sent."))),
        Err(error) => again(visit, sent, ids, error).await,
    }
}

async fn begin(visit: &Visit, sent: &Sent, ids: Vec<UnitId>, patch: PatchDraft) -> app::Result<serde_json::Value> {
    let to: Option<CustodianRef> = match patch.to {
        Patch::Set(to) => Some(to),
        Patch::Leave | Patch::Clear => None,
    };
    visit
        .save(sent, move |ctx, tx| {
            // Whom it could go to instead is asked when it is sent.
            let groups = super::send::groups(ctx, tx, &ids)?;
            let given = |patch: &Patch<_>| match patch {
                Patch::Set(value) => Some(*value),
                Patch::Leave | Patch::Clear => None,
            };
            let mut items = Vec::with_capacity(groups.len());
            for (from, unit_ids) in groups {
                let body = CreateDraft {
                    from: Some(from),
                    to,
                    unit_ids,
                    note: patch.note.clone().unwrap_or_default(),
                    due_back_on: match &patch.due_back_on {
                        Patch::Set(day) => Some(*day),
                        Patch::Leave | Patch::Clear => None,
                    },
                    place_id: given(&patch.place_id),
                    event_id: None,
                };
                items.push(drafts::create(ctx, tx, &body)?);
            }
            Ok(Items { items })
        })
        .await
}

/// Sends the draft that the form goes on with, as the form has it now.
pub(super) async fn send(visit: &Visit, sent: &Sent, ids: Vec<UnitId>, kept: &Kept, decided: bool) -> Out {
    let patch = match read_patch(visit, sent, ids.clone()) {
        Ok(mut patch) => {
            if sent.has("instead") {
                patch.to = patch_of(acts::custodian(visit, sent, "instead")?);
            }
            patch
        }
        Err(error) => return again(visit, sent, ids, error).await,
    };
    let (id, count) = (kept.draft.id, ids.len() as i64);
    let body = SendDraft { only_free: false, only_for_this_person: decided };
    let done = visit
        .save(sent, move |ctx, tx| {
            drafts::patch(ctx, tx, id, &patch)?;
            drafts::send(ctx, tx, id, &body)
        })
        .await;
    match done {
        Ok(made) => {
            let name = made["to_name"].as_str().unwrap_or_default().to_owned();
            let flash = Flash::done(format!("{} sent to {name}", words::count(count, "unit", "units")));
            Ok(visit.go(&format!("/transfers/{id}"), flash.undo(format!("/transfers/{id}/cancel"))))
        }
        Err(error) => again(visit, sent, ids, error).await,
    }
}
