//! Linked companies: who invited whom, who agreed, and what is on its way between the two.

use super::acts::{self, Ask};
use super::common::story;
use super::list::{List, Shown};
use super::settings::{box_of, only_office, room_tabs};
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Link, Room, Row, Status,
    Tone, banner, csrf_field, facts, section_block, split,
};
use app::App;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::catalog::Manufacturer;
use contract::links::{
    EndLink, InviteOrganization, OrganizationLink, PatchLink, SharedItem, SharedItemName, TakeItems,
};
use contract::{HistoryEntry, ListParams};
use domain::id::OrganizationLinkId;
use domain::link::{LinkDirection, LinkStatus};
use domain::people::Permission;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/companies", get(index).merge(post(invite)))
        .route("/settings/companies/new", get(invite_page))
        .route("/settings/companies/{id}", get(show))
        .route("/settings/companies/{id}/accept", post(accept))
        .route("/settings/companies/{id}/end", get(end_page).merge(post(end)))
        .route("/settings/companies/{id}/supplies", post(supplies))
        .route("/settings/companies/{id}/catalog", get(catalog).merge(post(take)))
}

const HOME: &str = "/settings/companies";
/// Manufacturers that are offered to be supplied.
const MANUFACTURERS: u32 = 200;

/// The name, or what was invited where the name is not known.
fn title(it: &OrganizationLink) -> String {
    match (&it.organization, &it.address) {
        (Some(company), _) => company.name.clone(),
        (None, Some(address)) => address.clone(),
        (None, None) => "A company".to_owned(),
    }
}

fn status(it: &OrganizationLink) -> Status {
    match (it.status, it.direction) {
        (LinkStatus::Invited, LinkDirection::In) => Status::new(Tone::Amber, "Waits for you"),
        (LinkStatus::Invited, LinkDirection::Out) => Status::new(Tone::Blue, "Invited"),
        (LinkStatus::Active, _) => Status::new(Tone::Green, "Linked"),
        (LinkStatus::Ended, _) => Status::new(Tone::Grey, "Ended"),
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("company", "Company"),
        Column::new("status", "Status").width(150).phone_side(),
        Column::new("invited_at", "Invited").sort().width(170).phone_sub(),
        Column::new("pending", "On the way").number().width(110),
    ]
}

async fn index(visit: Visit) -> Out {
    only_office(&visit)?;
    let list =
        List::new(&visit, Room::Settings, "organization_links", "Linked companies", columns()).sort("-invited_at");
    let mut params = list.params();
    // This list has no words to search for.
    params.q = None;
    let page = visit.read(move |ctx, tx| app::links::list(ctx, tx, &params)).await?;
    let rows = page.items.iter().map(|it| row(&visit, &list, it)).collect();
    let mut header = Header::new("Settings")
        .under("Companies on this server that you send stock to and receive it from. Each keeps its own books.");
    let mut empty = Empty::new(Icon::Link, "No linked companies").text(
        "A manufacturer and its distributor who both work here can link: what one sends arrives at the other with lot, \
         serial number and expiry, and returns go back the same way.",
    );
    if visit.may(Permission::ManageOrganization) {
        let button = || Button::link("Invite a company", "/settings/companies/new").primary().in_dialog();
        header = header.action(button().hotkey("n"));
        empty = empty.action(button());
    }
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor, page.total);
    shown.above = Some(room_tabs("companies"));
    Ok(list.answer(&visit, shown))
}

fn row(visit: &Visit, list: &List, it: &OrganizationLink) -> Row {
    let name = title(it);
    list.row(it.id.to_string(), |key| match key {
        "company" if it.note.is_empty() => Cell::text(name.clone()),
        "company" => Cell::two(name.as_str(), it.note.as_str()),
        "status" => Cell::status(status(it)),
        "invited_at" => Cell::of(words::when(&visit.ctx, it.invited_at)),
        _ if it.pending_transfers == 0 => Cell::none(),
        _ => Cell::text(words::number(it.pending_transfers)),
    })
    .href(format!("{HOME}/{}", it.id))
    .name(name.clone())
    .off(it.status == LinkStatus::Ended)
}

// ---- inviting -------------------------------------------------------------------------------------------------------

fn invite_form(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> Markup {
    let fields = html! {
        (Field::email("email", "E-mail of somebody who works there").value(sent.text("email").to_owned()).errors(errors).required().autofocus()
            .help("Their admins decide. You are not told whether the address belongs to a company here: nothing happens until they accept."))
        (Field::area("note", "Note").value(sent.text("note").to_owned()).errors(errors).optional().limit(500))
    };
    Form::post(HOME, visit.csrf())
        .swap_into("#dialog-body")
        .errors(errors)
        .body(fields)
        .button(Button::submit("Send invitation").primary())
        .button(Button::link("Cancel", HOME).quiet())
        .render()
}

async fn invite_page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::ManageOrganization)?;
    Ok(visit.dialog("Invite a company", Room::Settings, invite_form(&visit, &sent, &[])))
}

async fn invite(visit: Visit, sent: Sent) -> Out {
    let body = InviteOrganization {
        email: Some(sent.text("email").to_owned()),
        organization_id: None,
        note: sent.text("note").to_owned(),
    };
    match visit.save(&sent, move |ctx, tx| app::links::invite(ctx, tx, &body)).await {
        Ok(_) => Ok(visit.go(HOME, Flash::done("Invited. You are linked once an admin there accepts."))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["email", "note"]);
            Ok(visit.dialog("Invite a company", Room::Settings, invite_form(&visit, &sent, &errors)))
        }
    }
}

// ---- one link -------------------------------------------------------------------------------------------------------

struct Seen {
    link: OrganizationLink,
    story: Vec<HistoryEntry>,
    manufacturers: Vec<Manufacturer>,
    /// They show their catalog.
    shown: bool,
}

async fn seen(visit: &Visit, id: OrganizationLinkId) -> Result<Seen, crate::edge::Fail> {
    visit
        .read(move |ctx, tx| {
            let some = ListParams { limit: Some(MANUFACTURERS), ..ListParams::default() };
            Ok(Seen {
                link: app::links::get(ctx, tx, id)?,
                story: app::links::history(ctx, tx, id, 30)?,
                manufacturers: app::catalog::manufacturers(ctx, tx, &some)?.items,
                shown: app::links::shared::is_shown(ctx, tx, id)?,
            })
        })
        .await
}

fn under(visit: &Visit, it: &OrganizationLink) -> Markup {
    let when = |at| words::when(&visit.ctx, at);
    html! {
        @match (it.status, it.direction) {
            (LinkStatus::Invited, LinkDirection::In) => { (it.invited_by_name) " asks to link the companies, " (when(it.invited_at)) }
            (LinkStatus::Invited, LinkDirection::Out) => { "Invited " (when(it.invited_at)) " by " (it.invited_by_name) ". Nothing happens until an admin there accepts." }
            (LinkStatus::Active, _) => { "Linked" @if let Some(at) = it.accepted_at { " since " (when(at)) } }
            (LinkStatus::Ended, _) => { "Over" @if let Some(at) = it.ended_at { " since " (when(at)) } ". What was sent stays in the history." }
        }
    }
}

/// What ending is called: one withdraws, declines or ends.
fn verb(it: &OrganizationLink) -> &'static str {
    match (it.status, it.direction) {
        (LinkStatus::Invited, LinkDirection::Out) => "Withdraw",
        (LinkStatus::Invited, LinkDirection::In) => "Decline",
        _ => "End link",
    }
}

fn the_facts(visit: &Visit, it: &OrganizationLink) -> Markup {
    let mut list = vec![Fact::new("Status", status(it).render()), Fact::new("Invitation", it.direction.label())];
    if let Some(address) = &it.address {
        list.push(Fact::new("Sent to", address.as_str()));
    }
    list.push(Fact::new("Invited by", it.invited_by_name.as_str()));
    if !it.note.is_empty() {
        list.push(Fact::new("Note", it.note.as_str()));
    }
    if let Some(at) = it.accepted_at {
        list.push(Fact::new("Agreed to", words::exact(&visit.ctx, at)));
    }
    if let Some(at) = it.ended_at {
        list.push(Fact::new("Ended", words::exact(&visit.ctx, at)));
    }
    if !it.ended_reason.is_empty() {
        list.push(Fact::new("Reason", it.ended_reason.as_str()));
    }
    if let (Some(company), true) = (&it.organization, it.accepted_at.is_some()) {
        let there = Link::new("/units").with("view", "inactive").with("custodian_id", company.id.to_string());
        list.push(Fact::new("Stock", html! { a class="link" href=(there) { "What went there" } }));
        list.push(Fact::new("Id", html! { span class="mono wrap" { (company.id) } }));
    }
    facts(&list)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    only_office(&visit)?;
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let seen = seen(&visit, id).await?;
    let it = &seen.link;
    let choices = app::links::choices(&visit.ctx, it);
    let mut header = Header::new(title(it))
        .crumb("Settings", "/settings")
        .crumb("Linked companies", HOME)
        .status(status(it))
        .under(under(&visit, it));
    if choices.end {
        let button = Button::link(verb(it), format!("{HOME}/{id}/end")).in_dialog();
        header = header.action(if it.status == LinkStatus::Active { button.danger() } else { button });
    }
    if choices.accept {
        let form = super::common::press(&visit, format!("{HOME}/{id}/accept"), Button::submit("Accept").primary());
        header = header.action(form);
    }
    if seen.shown {
        header = header.action(Button::link("Their catalog", format!("{HOME}/{id}/catalog")));
    }
    if let (LinkStatus::Active, Some(company)) = (it.status, &it.organization)
        && visit.may(Permission::SendTransfers)
    {
        let to = Link::new("/transfers/new").with("to", company.id.to_string());
        header = header.action(Button::link("Send stock", to.to_string()).primary());
    }
    let work = html! {
        @if it.status == LinkStatus::Invited && it.direction == LinkDirection::In {
            (banner(Banner::Info, html! {
                b { "What a link means" }
                "Either office can send the other stock, and the other accepts or declines. Units cross with item, lot, serial number and expiry; people, customers, prices and what becomes of the stock stay with each company. Either side can end it."
            }, None))
        }
        @if it.pending_transfers > 0 {
            (banner(Banner::Info, html! { b { (words::count(it.pending_transfers, "transfer is on its way", "transfers are on their way")) } "They are decided about before the link can end." }, Some(Button::link("Open transfers", "/transfers?view=pending"))))
        }
        @if it.status == LinkStatus::Active { (supply_section(&visit, &seen)) }
        (section_block("What happened", &[], story(&visit.ctx, &seen.story)))
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (the_facts(&visit, it)) } })) };
    Ok(visit.page(title(it), Room::Settings, body))
}

/// Which of the own manufacturers the other company supplies.
fn supply_section(visit: &Visit, seen: &Seen) -> Markup {
    let it = &seen.link;
    let may = visit.may(Permission::ManageOrganization);
    let on = |maker: &Manufacturer| it.manufacturer_ids.contains(&maker.id);
    let body = html! {
        p class="help" { "Orders to these manufacturers arrive at " (title(it)) ": supplier requests, what submitted cases used, and what a cover plan asks for." }
        @if seen.manufacturers.is_empty() { p class="sub" { "Your catalog has no manufacturers yet." } }
        @else {
            form class="form" method="post" action={ (HOME) "/" (it.id) "/supplies" } {
                (csrf_field(&visit.csrf()))
                input type="hidden" name="version" value=(it.version);
                fieldset class="field" {
                    legend class="sr" { "Manufacturers they supply" }
                    div class="choices" {
                        @for maker in &seen.manufacturers { (box_of("manufacturer", &maker.id.to_string(), &maker.name, on(maker), may)) }
                    }
                }
                (Field::switch("shares_catalog", "They see your catalog").help("Numbers, descriptions and device identifiers, never prices.").on(it.shares_catalog).disabled(!may))
                @if may { div class="form-foot" { (Button::submit("Save")) } }
            }
        }
    };
    section_block("What is shared", &[], body)
}

async fn supplies(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let chosen = sent.all("manufacturer").filter_map(|text| text.parse().ok()).collect();
    let body = PatchLink { manufacturer_ids: Some(chosen), shares_catalog: Some(sent.on("shares_catalog")) };
    let done = visit.save(&sent, move |ctx, tx| app::links::patch(ctx, tx, id, &body)).await;
    acts::told(&visit, done, &format!("{HOME}/{id}"), Flash::done("Saved"))
}

// ---- their catalog --------------------------------------------------------------------------------------------------

async fn catalog(visit: Visit, Path(id): Path<String>) -> Out {
    only_office(&visit)?;
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let params = ListParams {
        q: Some(q.clone()).filter(|q| !q.is_empty()),
        cursor: visit.link.get("cursor").map(str::to_owned),
        ..ListParams::default()
    };
    let (link, page) = visit
        .read(move |ctx, tx| Ok((app::links::get(ctx, tx, id)?, app::links::shared::items(ctx, tx, id, &params)?)))
        .await?;
    let at = format!("{HOME}/{id}/catalog");
    let may = visit.may(Permission::ManageCatalog);
    let fresh = page.items.iter().any(|it| it.catalog_item_id.is_none());
    let header = Header::new(format!("Catalog of {}", title(&link)))
        .crumb("Settings", "/settings")
        .crumb("Linked companies", HOME)
        .crumb(title(&link), format!("{HOME}/{id}"))
        .under("Take over what you order from them. What arrives is added by itself; prices are your own.");
    let body = html! {
        (header)
        div class="content" {
            form class="form" method="get" action=(at) role="search" {
                div class="field" {
                    label class="label" for="q" { "Number, description, maker" }
                    input class="input" id="q" type="search" name="q" value=(q) autocomplete="off";
                }
            }
            @if page.items.is_empty() {
                (Empty::new(Icon::Catalog, if q.is_empty() { "Their catalog is empty" } else { "Nothing matches" }).text("What they add appears here."))
            } @else {
                form class="form pad-top" method="post" action=(at) {
                    (csrf_field(&visit.csrf()))
                    div class="choices" {
                        @for item in &page.items { (shared_item(item, may)) }
                    }
                    @if may && fresh { div class="form-foot" { (Button::submit("Take these over").primary()) } }
                }
                @if let Some(cursor) = &page.next_cursor {
                    p class="pad-top" { a class="link" href=(Link::new(at.as_str()).with("q", &q).with("cursor", cursor)) { "More" } }
                }
            }
        }
    };
    Ok(visit.page("Their catalog", Room::Settings, body))
}

/// One item: there already, or to be ticked.
fn shared_item(item: &SharedItem, may: bool) -> Markup {
    let what = if item.description.is_empty() { &item.number } else { &item.description };
    let below = format!("{} · {}", item.number, item.manufacturer);
    html! {
        @match item.catalog_item_id {
            Some(id) => { p { a class="link" href={ "/catalog/" (id) } { (what) } span class="help" { (below) " · in your catalog" } } }
            None => label class="tick" {
                input class="box" type="checkbox" name="item" value={ (item.manufacturer) "\t" (item.number) } disabled[!may];
                span { (what) span class="help" { (below) } }
            }
        }
    }
}

async fn take(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let named = sent.all("item").filter_map(|text| {
        let (manufacturer, number) = text.split_once('\t')?;
        Some(SharedItemName { manufacturer: manufacturer.to_owned(), number: number.to_owned() })
    });
    let body = TakeItems { items: named.collect() };
    let count = body.items.len() as i64;
    let done = visit.save(&sent, move |ctx, tx| app::links::shared::take(ctx, tx, id, &body)).await;
    let said = format!("{} taken over", words::count(count, "item", "items"));
    super::common::answered(&visit, &format!("{HOME}/{id}/catalog"), done, &said)
}

async fn accept(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::links::accept(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("{HOME}/{id}"), Flash::done("Linked: stock can be sent between you"))
}

fn ask_to_end(visit: &Visit, it: &OrganizationLink, sent: &Sent, errors: &[FieldError]) -> Response {
    let (question, text) = match (it.status, it.direction) {
        (LinkStatus::Invited, LinkDirection::Out) => ("Withdraw this invitation?", "Nobody can accept it any more."),
        (LinkStatus::Invited, LinkDirection::In) => {
            ("Decline this invitation?", "They are told that it was declined, not by whom.")
        }
        _ => (
            "End this link?",
            "Nothing can be sent between you any more. What was sent stays where it is, with its history on both sides.",
        ),
    };
    Ask {
        title: question.into(),
        text: html! { p { (text) } },
        room: Room::Settings,
        action: format!("{HOME}/{}/end", it.id),
        fields: html! { input type="hidden" name="version" value=(it.version); (acts::reason(sent, errors, false)) },
        verb: verb(it).into(),
        danger: it.status == LinkStatus::Active,
        back: format!("{HOME}/{}", it.id),
        errors,
    }
    .show(visit)
}

async fn end_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    visit.ctx.require(Permission::ManageOrganization)?;
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let seen = seen(&visit, id).await?;
    Ok(ask_to_end(&visit, &seen.link, &sent, &[]))
}

async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::OrganizationLink>(&id)?;
    let body = EndLink { reason: sent.text("reason").to_owned() };
    match visit.save(&sent, move |ctx, tx| app::links::end(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("{HOME}/{id}"), Flash::done("Done: the other side is told"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            let seen = seen(&visit, id).await?;
            Ok(ask_to_end(&visit, &seen.link, &sent, &errors))
        }
    }
}
