//! Sending units: which, to whom, and whether the whole group should rather have them.

use super::drafts::{Kept, kept};
use crate::edge::{Out, Sent, Visit};
use crate::pages::{acts, stock, words};
use crate::ui::{Button, Field, FieldError, Flash, Form, Header, Icon, Room, csrf_field};
use app::names::{Names, Wanted};
use app::{Ctx, Error, Tx};
use contract::transfers::{CreateTransfer, Suggestion};
use contract::units::Unit;
use contract::{CustodianRef, ListParams};
use domain::id::UnitId;
use domain::people::{Permission, Role};
use domain::stock::Custodian;
use maud::{Markup, html};

pub(super) async fn new_page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::SendTransfers)?;
    let mut ids: Vec<UnitId> = visit.link.get_all("id").filter_map(|text| text.parse().ok()).collect();
    if ids.is_empty()
        && let Some(draft) = kept(&visit, &sent).await?
    {
        ids = draft.units().collect();
    }
    form(&visit, &sent, ids, &[]).await
}

/// What the form is made from.
struct Picked {
    units: Vec<Unit>,
    names: Names,
    /// What else could be sent.
    offered: Vec<Unit>,
    shown: Option<String>,
}

fn pick(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId], q: &str, to: Option<CustodianRef>) -> app::Result<Picked> {
    let mut units = Vec::with_capacity(ids.len());
    for id in ids {
        if units.iter().all(|unit: &Unit| unit.id != *id) {
            units.push(app::units::get(ctx, tx, *id)?);
        }
    }
    let mut params =
        ListParams { limit: Some(200), q: Some(q.to_owned()).filter(|q| !q.is_empty()), ..ListParams::default() };
    params.filters.insert("state".into(), "available".into());
    params.filters.insert("facility_stock".into(), "false".into());
    if let Some(first) = units.first() {
        params.filters.insert("custodian_id".into(), acts::custodian_id(first.custodian.id));
    } else if ctx.actor.role == Role::Distributor {
        params.filters.insert("scope".into(), "mine".into());
    }
    params.sort = Some("expires_on".into());
    let offered = app::unit_lists::list(ctx, tx, &params)?.items;
    let offered: Vec<Unit> =
        offered.into_iter().filter(|unit| unit.container_id.is_none() && !ids.contains(&unit.id)).collect();
    let mut wanted = Wanted::new();
    units.iter().chain(&offered).for_each(|unit| stock::want(&mut wanted, unit));
    if let Some(to) = to {
        wanted.custodian(to.id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let shown = to.map(|to| names.custodian(to.id).to_owned());
    Ok(Picked { units, names, offered, shown })
}

/// The units by whoever sends them: one transfer for each.
fn senders(units: &[Unit]) -> Vec<(Custodian, Vec<&Unit>)> {
    let mut groups: Vec<(Custodian, Vec<&Unit>)> = Vec::new();
    for unit in units {
        match groups.iter_mut().find(|(custodian, _)| *custodian == unit.custodian.id) {
            Some((_, of)) => of.push(unit),
            None => groups.push((unit.custodian.id, vec![unit])),
        }
    }
    groups
}

/// The form that sends, with the units that were chosen; without any, the way to choose them.
pub async fn form(visit: &Visit, sent: &Sent, ids: Vec<UnitId>, errors: &[FieldError]) -> Out {
    form_with(visit, sent, ids, errors, None).await
}

async fn form_with(
    visit: &Visit,
    sent: &Sent,
    ids: Vec<UnitId>,
    errors: &[FieldError],
    instead: Option<Suggestion>,
) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let to = sent.maybe("to").or_else(|| visit.link.get("to")).and_then(|text| acts::read_custodian(visit, text));
    let draft = kept(visit, sent).await?;
    let to = to.or_else(|| draft.as_ref().filter(|_| !sent.has("to")).and_then(|it| it.draft.to));
    let (chosen, words) = (ids.clone(), q.clone());
    let picked = visit.read(move |ctx, tx| pick(ctx, tx, &chosen, &words, to)).await?;
    let mut header = Header::new("Send transfer").crumb("Transfers", "/transfers");
    if draft.is_some() {
        header = header.crumb("Drafts", "/transfers/drafts");
    }
    let header = header
        .under(if ids.is_empty() {
            "Choose the units here, select them in Stock, or scan them. Then say who receives them."
        } else {
            "Say who receives them."
        })
        .action(Button::link("Scan the units", "/scan?mode=send").icon(Icon::Scan));
    let right = picker(visit, &picked, &ids, &q, draft.as_ref());
    let work = if picked.units.is_empty() && draft.is_none() {
        right
    } else {
        crate::ui::two(post_form(visit, sent, &picked, to, errors, instead, draft.as_ref()), right, true)
    };
    let body = html! { (header) div class="content" { (work) } };
    Ok(if errors.is_empty() {
        visit.page("Send transfer", Room::Transfers, body)
    } else {
        visit.refused("Send transfer", Room::Transfers, body)
    })
}

fn unit_words(names: &Names, unit: &Unit) -> Markup {
    let mark = [
        unit.lot.as_deref().map(|lot| format!("lot {lot}")),
        unit.serial.as_deref().map(|serial| format!("serial {serial}")),
    ];
    let mut parts: Vec<String> = mark.into_iter().flatten().collect();
    if let Some(day) = unit.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    html! { (names.item_title(unit.catalog_item_id)) @if !parts.is_empty() { span class="help" { (parts.join(" · ")) } } }
}

/// Units that are alike to a person: the same item, lot and expiry, with the same custodian.
pub(super) fn alike<'a>(units: impl IntoIterator<Item = &'a Unit>) -> Vec<Vec<&'a Unit>> {
    let same = |one: &Unit, other: &Unit| {
        one.serial.is_none()
            && other.serial.is_none()
            && one.kind == other.kind
            && one.catalog_item_id == other.catalog_item_id
            && one.lot == other.lot
            && one.expires_on == other.expires_on
            && one.custodian == other.custodian
    };
    let mut groups: Vec<Vec<&'a Unit>> = Vec::new();
    for unit in units {
        match groups.iter_mut().find(|group| same(group[0], unit)) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    groups
}

fn picker(visit: &Visit, picked: &Picked, ids: &[UnitId], q: &str, draft: Option<&Kept>) -> Markup {
    if ids.len() > 100 {
        return html! {};
    }
    let to = visit.link.get("to");
    let carried = html! {
        @for id in ids { input type="hidden" name="id" value=(id); }
        @if let Some(to) = to { input type="hidden" name="to" value=(to); }
        @if let Some(draft) = draft { input type="hidden" name="draft" value=(draft.draft.id); }
    };
    html! {
        section class="sec" {
            header { h2 { @if ids.is_empty() { "Choose units" } @else { "Add more" } } }
            form class="form" method="get" action="/transfers/new" role="search" {
                (carried)
                div class="field" {
                    label class="label" for="q" { "Item, lot, serial" }
                    input class="input" id="q" type="search" name="q" value=(q) autocomplete="off";
                }
            }
            @if picked.offered.is_empty() {
                p class="help" { @if q.is_empty() { "Nothing that can be sent from here." } @else { "Nothing that can be sent matches." } }
            } @else {
                form class="form pad-top" method="post" action="/transfers/new" {
                    (csrf_field(&visit.csrf()))
                    (carried)
                    div class="label" { "Free to be sent, first to expire first" }
                    div class="choices" { @for group in alike(&picked.offered) { (offer(visit, &picked.names, &group)) } }
                    div class="form-foot" { (Button::submit(if ids.is_empty() { "Take these" } else { "Add these" }).primary()) }
                }
            }
        }
    }
}

/// One kind of thing that could be sent: a box, or how many of those that are alike.
pub(super) fn offer(visit: &Visit, names: &Names, group: &[&Unit]) -> Markup {
    let unit = group[0];
    let shared = stock::is_shared(&visit.ctx, unit).then(|| names.custodian(unit.custodian.id));
    html! {
        @if let [only] = group {
            label class="tick" {
                input class="box" type="checkbox" name="id" value=(only.id);
                span { (unit_words(names, only)) @if let Some(name) = shared { span class="owner" { (name) } } }
            }
        } @else {
            @let field = format!("take-{}", unit.id);
            label class="tick many" for=(field) {
                input class="input w-num" type="number" id=(field) name=(field) min="0" max=(group.len()) placeholder="0" inputmode="numeric";
                span { (unit_words(names, unit)) span class="help" { "of " (group.len()) " alike" } @if let Some(name) = shared { span class="owner" { (name) } } }
            }
            (members(group))
        }
    }
}

/// One kind of thing that will be sent: a box to take it off again, or how many of those that are alike.
fn chosen(names: &Names, group: &[&Unit]) -> Markup {
    let unit = group[0];
    html! {
        @if let [only] = group {
            label class="tick" {
                input class="box" type="checkbox" name="id" value=(only.id) checked;
                span { (unit_words(names, only)) }
            }
        } @else {
            @let field = format!("take-{}", unit.id);
            label class="tick many" for=(field) {
                input class="input w-num" type="number" id=(field) name=(field) min="0" max=(group.len()) value=(group.len()) inputmode="numeric";
                span { (unit_words(names, unit)) span class="help" { "of " (group.len()) " chosen" } }
            }
            (members(group))
        }
    }
}

/// The units behind a number, in the order in which they are taken.
fn members(group: &[&Unit]) -> Markup {
    let ids = group.iter().map(|unit| unit.id.to_string()).collect::<Vec<_>>().join(",");
    html! { input type="hidden" name={ "of-" (group[0].id) } value=(ids); }
}

/// The units that were taken in the picker, those chosen before among them.
pub(super) fn taken(sent: &Sent) -> app::Result<Vec<UnitId>> {
    let mut ids: Vec<UnitId> = sent.ids("id")?;
    for (name, number) in sent.pairs() {
        let Some(first) = name.strip_prefix("take-") else { continue };
        let number: usize = number.trim().parse().unwrap_or_default();
        let group = sent.text(&format!("of-{first}")).to_owned();
        ids.extend(group.split(',').take(number).filter_map(|id| id.parse::<UnitId>().ok()));
    }
    Ok(ids)
}

pub(super) async fn take(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::SendTransfers)?;
    let ids = taken(&sent)?;
    form(&visit, &sent, ids, &[]).await
}

fn post_form(
    visit: &Visit,
    sent: &Sent,
    picked: &Picked,
    to: Option<CustodianRef>,
    errors: &[FieldError],
    instead: Option<Suggestion>,
    draft: Option<&Kept>,
) -> Form {
    // What was typed, else what the draft has.
    let typed = |name: &str, or: Option<String>| {
        if sent.has(name) { sent.text(name).to_owned() } else { or.unwrap_or_default() }
    };
    let note = typed("note", draft.map(|it| it.draft.note.clone()));
    let due = typed("due_back_on", draft.and_then(|it| it.draft.due_back_on).map(|day| day.to_string()));
    let place = typed("place_id", draft.and_then(|it| it.draft.place_id).map(|id| id.to_string()));
    let place_name = typed("place_id_text", draft.and_then(|it| it.place_name.clone()));
    let groups = senders(&picked.units);
    let from = groups.first().map(|(custodian, _)| acts::custodian_id(*custodian)).unwrap_or_default();
    let shown = sent.maybe("to_text").map(str::to_owned).or_else(|| picked.shown.clone()).unwrap_or_default();
    let value = to.map(|to| acts::custodian_id(to.id)).unwrap_or_default();
    let count = words::count(picked.units.len() as i64, "unit", "units");
    let asked = instead.is_some();
    let body = html! {
        @if let Some(draft) = draft { (draft.carried()) }
        @if let Some(it) = &instead {
            div class="banner warning" role="alert" tabindex="-1" data-focus {
                (Icon::Swap)
                div {
                    b { "The whole group could use these" }
                    (it.sentence)
                    div class="row pad-top" {
                        (Button::submit("Send to the group").small().primary().named("instead", acts::custodian_id(it.to.id)))
                        (Button::submit("Only for this person").small().named("only", "true"))
                    }
                }
            }
        }
        @for (custodian, units) in &groups {
            fieldset class="field" {
                legend class="label" { (words::count(units.len() as i64, "unit", "units")) " from " (picked.names.custodian(*custodian)) }
                div class="choices" { @for group in alike(units.iter().copied()) { (chosen(&picked.names, &group)) } }
            }
        }
        @if groups.len() > 1 { p class="help" { "They are with " (groups.len()) " custodians: a transfer is sent from each." } }
        (Field::combo("to", "To", format!("/suggest/recipients?from={from}"), shown).value(value).errors(errors).required()
            .help(if visit.ctx.actor.role.is_office() {
                "Any colleague who holds stock, the organization, or a linked company. They accept or decline."
            } else {
                "Any colleague who holds stock, or the organization. They accept or decline."
            }))
        (Field::text("note", "Note").value(note).optional().errors(errors).placeholder("For Dr. Rivera on Monday").limit(500))
        div class="pair" {
            (Field::date("due_back_on", "Loan until").value(due).optional().errors(errors))
            (Field::combo("place_id", "Where they will lie", "/suggest/places", place_name).value(place).optional().errors(errors))
        }
    };
    let form = Form::post("/transfers", visit.csrf()).errors(errors).body(body);
    if asked {
        return form.button(Button::link("Cancel", "/transfers").quiet());
    }
    let keep = Button::submit(if draft.is_some() { "Keep the draft" } else { "Keep as a draft" })
        .named("then", "keep")
        .unfinished();
    form.button(Button::submit(format!("Send {count}")).primary().disabled(picked.units.is_empty()))
        .button(keep)
        .button(Button::link("Cancel", "/transfers").quiet())
}

struct Sending {
    to: CustodianRef,
    base: CreateTransfer,
}

fn read_sending(visit: &Visit, sent: &Sent) -> app::Result<Sending> {
    let field = if sent.has("instead") { "instead" } else { "to" };
    let to = acts::custodian(visit, sent, field)?.ok_or_else(|| {
        let typed = !sent.text("to_text").is_empty();
        let message = if typed { "Choose one of the suggestions." } else { "Choose who receives them." };
        Error::field("to", "required", message)
    })?;
    let base = CreateTransfer {
        from: None,
        to,
        unit_ids: Vec::new(),
        note: sent.text("note").to_owned(),
        due_back_on: acts::day(sent, "due_back_on")?,
        place_id: acts::picked(sent, "place_id")?,
        event_id: sent.id("event_id")?,
        only_for_this_person: sent.on("only"),
    };
    Ok(Sending { to, base })
}

pub(super) async fn send(visit: Visit, sent: Sent) -> Out {
    let ids = taken(&sent)?;
    if sent.text("then") == "keep" {
        return super::drafts::keep(&visit, &sent, ids).await;
    }
    if ids.is_empty() {
        return Ok(visit.go("/transfers/new", Flash::failed("Choose at least one unit.")));
    }
    let sending = match read_sending(&visit, &sent) {
        Ok(sending) => sending,
        Err(error) => return again(&visit, &sent, ids, error).await,
    };
    let decided = sent.on("only") || sent.has("instead");
    let list = ids.clone();
    let to = sending.to;
    let (senders, suggestion) = match visit.app.read(&visit.ctx, move |ctx, tx| plan(ctx, tx, &list, to, decided)).await
    {
        Ok(plan) => plan,
        Err(error) => return again(&visit, &sent, ids, error).await,
    };
    if let Some(suggestion) = suggestion {
        return form_with(&visit, &sent, ids, &[], Some(suggestion)).await;
    }
    if let Some(draft) = kept(&visit, &sent).await? {
        return super::drafts::send(&visit, &sent, ids, &draft, decided).await;
    }
    let bodies: Vec<CreateTransfer> = senders
        .into_iter()
        .map(|(from, unit_ids)| CreateTransfer { from: Some(from), unit_ids, ..sending.base.clone() })
        .collect();
    let count = ids.len();
    let done = visit
        .save(&sent, move |ctx, tx| {
            let made = bodies.iter().map(|body| app::transfers::create(ctx, tx, body).map(|made| made.transfer));
            Ok(contract::Items { items: made.collect::<app::Result<Vec<_>>>()? })
        })
        .await;
    match done {
        Ok(made) => {
            let items = made["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let name = items.first().and_then(|it| it["to_name"].as_str()).unwrap_or_default();
            let flash = Flash::done(format!("{} sent to {name}", words::count(count as i64, "unit", "units")));
            Ok(match items {
                [one] => {
                    let id = one["id"].as_str().unwrap_or_default();
                    visit.go(&format!("/transfers/{id}"), flash.undo(format!("/transfers/{id}/cancel")))
                }
                _ => visit.go("/transfers?view=out", flash),
            })
        }
        Err(error) => again(&visit, &sent, ids, error).await,
    }
}

pub(super) type Senders = Vec<(CustodianRef, Vec<UnitId>)>;

/// Who sends what.
pub(super) fn groups(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId]) -> app::Result<Senders> {
    let mut units = Vec::with_capacity(ids.len());
    for id in ids {
        units.push(app::units::get(ctx, tx, *id)?);
    }
    let of = senders(&units).into_iter();
    Ok(of.map(|(from, units)| (from.into(), units.iter().map(|unit| unit.id).collect())).collect())
}

/// Who sends what, and whether somebody else should rather receive it.
fn plan(
    ctx: &Ctx,
    tx: &mut Tx,
    ids: &[UnitId],
    to: CustodianRef,
    decided: bool,
) -> app::Result<(Senders, Option<Suggestion>)> {
    let groups = groups(ctx, tx, ids)?;
    let from = groups.first().map(|(from, _)| *from);
    let suggestion = if decided { None } else { app::transfers::suggest(ctx, tx, from, to)? };
    Ok((groups, suggestion))
}

pub(super) async fn again(visit: &Visit, sent: &Sent, ids: Vec<UnitId>, error: Error) -> Out {
    let errors = acts::known(visit.complaints(error)?, &["to", "note", "due_back_on", "place_id"]);
    form(visit, sent, ids, &errors).await
}
