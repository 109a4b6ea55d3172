//! Linked organisations: invited by an admin, agreed to by an admin of the other side, ended by either.
//!
//! A link is two rows, one in each organisation, written in one unit of work. An invitation never tells whether its address
//! is anybody's: the row of whoever invited is the same either way. What crosses a link is in [`across`].

pub(crate) mod across;
pub(crate) mod asking;
pub(crate) mod labels;
pub(crate) mod proof;
pub mod shared;

use crate::labels as text;
use crate::{Ctx, Error, Result, list, mail};
use contract::links::{EndLink, InviteOrganization, LinkedOrganization, OrganizationLink, PatchLink};
use contract::{HistoryEntry, ListParams, Page};
use domain::clock::Instant;
use domain::id::{Id, ManufacturerId, OrganizationId, OrganizationLinkId};
use domain::limits;
use domain::link::{self, LinkDirection, LinkStatus, OPEN_INVITATIONS_MAX};
use domain::people::{Permission, Role};
use domain::text::fold;
use store::links::LinkRow;
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

/// What the list of links can be filtered by.
pub const FILTERS: &[&str] = &["status", "direction"];
const SORTS: list::Sorts = &[("invited_at", "link.invited_at")];
const NEWEST: &[Sort] = &[Sort { column: "link.invited_at", descending: true }];

fn status(row: &LinkRow) -> LinkStatus {
    LinkStatus::parse(&row.status).unwrap_or(LinkStatus::Ended)
}

fn direction(row: &LinkRow) -> LinkDirection {
    LinkDirection::parse(&row.direction).unwrap_or(LinkDirection::Out)
}

/// Links are the office's matter; admins make and end them.
fn only_office(ctx: &Ctx) -> Result<()> {
    if ctx.actor.role.is_office() {
        return Ok(());
    }
    Err(Error::forbidden("not_allowed", "Linked companies are the office's matter. Ask an admin."))
}

fn view(ctx: &Ctx, tx: &mut Tx, row: LinkRow) -> Result<OrganizationLink> {
    let (status, direction) = (status(&row), direction(&row));
    // Whoever invites learns who has that address only by its consent.
    let known = direction == LinkDirection::In || row.accepted_at.is_some();
    let other = row.other_id.filter(|_| known);
    let pending_transfers = match other {
        Some(other) if status == LinkStatus::Active => store::crossings::open(tx, ctx.org(), other)?.len() as i64,
        _ => 0,
    };
    let supplied = store::asking::supplied(tx, ctx.org(), row.id)?;
    Ok(OrganizationLink {
        id: Id::from_uuid(row.id),
        status,
        direction,
        organization: other.map(|id| LinkedOrganization { id: Id::from_uuid(id), name: row.other_name }),
        address: (direction == LinkDirection::Out).then_some(row.address),
        note: row.note,
        invited_at: Instant(row.invited_at),
        invited_by: row.invited_by.map(Id::from_uuid),
        invited_by_name: row.invited_by_name,
        accepted_at: row.accepted_at.map(Instant),
        accepted_by: row.accepted_by.map(Id::from_uuid),
        ended_at: row.ended_at.map(Instant),
        ended_by: row.ended_by.map(Id::from_uuid),
        ended_reason: row.ended_reason,
        pending_transfers,
        shares_catalog: row.shares_catalog,
        manufacturer_ids: supplied.into_iter().map(Id::from_uuid).collect(),
        version: row.version,
    })
}

/// The links of the organisation, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<OrganizationLink>> {
    only_office(ctx)?;
    list::only(params, FILTERS)?;
    let paging = list::paging("organization_links", params, SORTS, NEWEST)?;
    let mut query = store::links::query(ctx.org());
    if let Some(words) = list::words(params, "status", LinkStatus::parse)? {
        query.any_of("link.status", words.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if let Some(words) = list::words(params, "direction", LinkDirection::parse)? {
        query.any_of("link.direction", words.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    let (rows, more) = query.page::<LinkRow>(tx, &paging.sorts, "link.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &LinkRow| {
        paging.sorts.iter().map(|_| Value::Int(row.invited_at)).chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let total = if params.count { Some(query.count(tx)?) } else { None };
    let items = rows.into_iter().map(|row| view(ctx, tx, row)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor, total })
}

/// One link.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId) -> Result<OrganizationLink> {
    only_office(ctx)?;
    let row = store::links::link(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    view(ctx, tx, row)
}

/// What happened to a link, newest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId, limit: u32) -> Result<Vec<HistoryEntry>> {
    get(ctx, tx, id)?;
    crate::history::of_subject(ctx, tx, id, limit)
}

/// How many invitations wait for an answer: for admins, who give it.
pub fn waiting(ctx: &Ctx, tx: &mut Tx) -> Result<i64> {
    if !ctx.may(Permission::ManageOrganization) {
        return Ok(0);
    }
    Ok(store::links::waiting(tx, ctx.org())?)
}

/// (company, name) of those that the organisation is linked with now.
pub fn companies(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<LinkedOrganization>> {
    only_office(ctx)?;
    let rows = store::links::active(tx, ctx.org())?;
    Ok(rows.into_iter().map(|(id, name, _)| LinkedOrganization { id: Id::from_uuid(id), name }).collect())
}

/// To whom an invitation goes: what was typed, and the organisation and account behind it, if there is one.
struct Addressee {
    address: String,
    organization: Option<Uuid>,
    /// Who is written to.
    account: Option<Uuid>,
}

fn addressee(ctx: &Ctx, tx: &mut Tx, body: &InviteOrganization) -> Result<Addressee> {
    let email = body.email.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = match (email, body.organization_id) {
        (Some(email), None) => {
            let address = domain::text::email(email)
                .map_err(|problem| Error::field("email", problem.code(), format!("This {problem}.")))?;
            let account = store::people::by_email(tx, &address)?;
            // Nobody reads mail at an account that was closed.
            let account = match account {
                Some((org, user)) => store::people::user(tx, org, user)?.filter(|it| it.active).map(|_| (org, user)),
                None => None,
            };
            Addressee { address, organization: account.map(|(org, _)| org), account: account.map(|(_, user)| user) }
        }
        (None, Some(id)) => Addressee {
            address: id.to_string(),
            organization: store::people::organization(tx, id.uuid())?.map(|it| it.organization_id),
            account: None,
        },
        (None, None) => {
            let message = "Give the e-mail of somebody at the other company, or the id of its organization.";
            return Err(Error::field("email", "required", message));
        }
        (Some(_), Some(_)) => {
            let message = "Give an e-mail or an organization, not both.";
            return Err(Error::field("organization_id", "one_address", message));
        }
    };
    if found.organization == Some(ctx.org()) {
        let field = if found.account.is_some() { "email" } else { "organization_id" };
        return Err(Error::field(field, "own_organization", "This is your own organization. Invite another company."));
    }
    Ok(found)
}

/// Invites a company. Whether anybody has that address is not told: the answer is the same.
pub fn invite(ctx: &Ctx, tx: &mut Tx, body: &InviteOrganization) -> Result<OrganizationLink> {
    ctx.require(Permission::ManageOrganization)?;
    let note = text::note("note", &body.note)?;
    // The address may be anybody's on this server.
    tx.confine(&[])?;
    let to = addressee(ctx, tx, body)?;
    if store::links::is_asked(tx, ctx.org(), &to.address)? {
        let message = "This address is invited already. Withdraw that invitation before making another.";
        return Err(Error::conflict("already_invited", message));
    }
    if store::links::open_invitations(tx, ctx.org())? >= OPEN_INVITATIONS_MAX {
        let message =
            format!("{OPEN_INVITATIONS_MAX} invitations wait for an answer. Withdraw some before making more.");
        return Err(Error::conflict("too_many_invitations", message));
    }
    let mine = LinkRow {
        organization_id: ctx.org(),
        id: ctx.id::<domain::id::OrganizationLink>().uuid(),
        other_id: to.organization,
        other_name: String::new(),
        direction: LinkDirection::Out.as_str().to_owned(),
        status: LinkStatus::Invited.as_str().to_owned(),
        address: to.address.clone(),
        note,
        invited_at: ctx.now.0,
        invited_by: Some(ctx.actor.id.uuid()),
        invited_by_name: ctx.actor.name.clone(),
        accepted_at: None,
        accepted_by: None,
        ended_at: None,
        ended_by: None,
        ended_reason: String::new(),
        version: 1,
        shares_catalog: false,
    };
    store::links::insert(tx, &mine)?;
    let mut entry = ctx.entry("link_invited").reason(&mine.note).subject(mine.id);
    entry.change(mine.id, "address", None, Some(mine.address.clone()));
    entry.append(ctx, tx)?;
    if let Some(other) = to.organization {
        deliver(ctx, tx, &mine, other, to.account)?;
    }
    view(ctx, tx, mine)
}

/// Puts an invitation down at the invited side, and tells its admins. Whoever is linked already is not asked again.
fn deliver(ctx: &Ctx, tx: &mut Tx, mine: &LinkRow, other: Uuid, account: Option<Uuid>) -> Result<()> {
    let linked = store::links::active(tx, other)?.iter().any(|(company, ..)| *company == ctx.org());
    let Some(there) = across::other_side(ctx, tx, other)?.filter(|_| !linked) else { return Ok(()) };
    let theirs = LinkRow {
        organization_id: other,
        other_id: Some(ctx.org()),
        other_name: ctx.organization.name.clone(),
        direction: LinkDirection::In.as_str().to_owned(),
        address: String::new(),
        invited_by: None,
        ..mine.clone()
    };
    store::links::insert(tx, &theirs)?;
    let mut entry = there.entry("link_invited").reason(&theirs.note).subject(theirs.id);
    entry.change(theirs.id, "organization", None, Some(ctx.organization.name.clone()));
    entry.append(&there, tx)?;
    let sentence = format!(
        "{} of {} asks to link your companies, so that stock can be sent between them. Accept or decline.",
        ctx.actor.name, ctx.organization.name
    );
    tell_admins(&there, tx, theirs.id, "link_invited", &sentence)?;
    let written = match account {
        Some(user) => store::people::user(tx, other, user)?.map(|it| it.email),
        None => None,
    };
    if let Some(to) = written {
        let text = format!(
            "Hello,\n\n{sentence}\n\nAdmins of {} find the invitation under Settings, Linked companies.\n",
            there.organization.name
        );
        let subject = format!("{} asks to link with {}", ctx.organization.name, there.organization.name);
        mail::queue(&there, tx, &mail::Mail { to, subject, text })?;
    }
    Ok(())
}

/// Tells the admins of an organisation.
fn tell_admins(ctx: &Ctx, tx: &mut Tx, link: Uuid, kind: &str, sentence: &str) -> Result<()> {
    for person in store::stock::office(tx, ctx.org())? {
        let role = store::people::user(tx, ctx.org(), person)?.and_then(|it| Role::parse(&it.role));
        if role.is_some_and(Role::is_admin) {
            crate::units::notify(ctx, tx, person, kind, link, sentence)?;
        }
    }
    Ok(())
}

/// Both halves of a link, locked in the order of their organisations: the own, and the other where there is one.
fn lock_both(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId) -> Result<(LinkRow, Option<LinkRow>)> {
    let seen = store::links::link(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if let Some(other) = seen.other_id {
        tx.admit(other)?;
    }
    let other = seen.other_id.filter(|other| *other < ctx.org());
    let before = match other {
        Some(other) => store::links::lock_link(tx, other, seen.id)?,
        None => None,
    };
    let mine = store::links::lock_link(tx, ctx.org(), seen.id)?.ok_or_else(Error::not_found)?;
    let theirs = match (before, mine.other_id) {
        (Some(row), _) => Some(row),
        (None, Some(other)) if other > ctx.org() => store::links::lock_link(tx, other, seen.id)?,
        (None, _) => None,
    };
    Ok((mine, theirs))
}

fn check_version(ctx: &Ctx, tx: &mut Tx, row: &LinkRow) -> Result<()> {
    if ctx.expected_version.is_none_or(|expected| expected == row.version) {
        return Ok(());
    }
    let current = view(ctx, tx, row.clone())?;
    ctx.check_version(row.version, || Ok(current))
}

/// Agrees to an invitation: both are linked from now on.
pub fn accept(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId) -> Result<OrganizationLink> {
    only_office(ctx)?;
    let (mut mine, theirs) = lock_both(ctx, tx, id)?;
    ctx.require(Permission::ManageOrganization)?;
    check_version(ctx, tx, &mine)?;
    link::may_accept(status(&mine), direction(&mine))?;
    let (Some(mut theirs), Some(other)) = (theirs, mine.other_id) else {
        return Err(Error::Internal("an invitation has no other side".into()));
    };
    if store::links::lock_active(tx, ctx.org(), other)?.is_some() {
        let message = "You are linked with this company already. Decline this invitation.";
        return Err(Error::conflict("already_linked", message));
    }
    let there = across::other_side(ctx, tx, other)?.ok_or_else(Error::not_found)?;
    for row in [&mut mine, &mut theirs] {
        LinkStatus::Active.as_str().clone_into(&mut row.status);
        row.accepted_at = Some(ctx.now.0);
    }
    mine.accepted_by = Some(ctx.actor.id.uuid());
    // Whoever makes things shows what; a distributor's catalog holds what others make. Either may say otherwise.
    mine.shares_catalog = ctx.organization.kind == "manufacturer";
    theirs.shares_catalog = there.organization.kind == "manufacturer";
    mine.other_name.clone_from(&there.organization.name);
    theirs.other_name.clone_from(&ctx.organization.name);
    for (side, row) in in_order(ctx, &there, &mine, &theirs) {
        store::links::save(tx, row)?;
        told(side, "link_accepted", row, LinkStatus::Invited, "").append(side, tx)?;
    }
    for (side, row) in [(ctx, &mine), (&there, &theirs)] {
        // Whoever is called like one of the manufacturers here is taken to be it; an admin may say otherwise.
        if let Some(maker) = store::catalog::manufacturer_by_name(tx, side.org(), &fold(&row.other_name))? {
            store::asking::set_supplied(tx, side.org(), row.id, &[maker])?;
        }
    }
    let sentence =
        format!("{} accepted: your companies are linked, and stock can be sent between them.", ctx.organization.name);
    tell_admins(&there, tx, theirs.id, "link_accepted", &sentence)?;
    end_others(ctx, tx, &there, other)?;
    get(ctx, tx, id)
}

/// Changes the own side of a link: which manufacturers the other company supplies, so that what is asked of those is asked
/// there, and whether it sees the own catalog.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId, body: &PatchLink) -> Result<OrganizationLink> {
    only_office(ctx)?;
    let mut row = store::links::lock_link(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageOrganization)?;
    check_version(ctx, tx, &row)?;
    link::must_be_active(status(&row))?;
    let mut entry = ctx.entry("link_changed").subject(row.id);
    if let Some(wanted) = &body.manufacturer_ids {
        let before = store::asking::supplied(tx, ctx.org(), row.id)?;
        let mut after = asking::check_manufacturers(ctx, tx, wanted)?;
        after.sort_unstable();
        let printed = |ids: &[Uuid]| {
            let ids: Vec<String> = ids.iter().map(|id| ManufacturerId::from_uuid(*id).to_string()).collect();
            (!ids.is_empty()).then(|| ids.join(", "))
        };
        store::asking::set_supplied(tx, ctx.org(), row.id, &after)?;
        entry.change(row.id, "manufacturer_ids", printed(&before), printed(&after));
    }
    let before = row.shares_catalog;
    row.shares_catalog = body.shares_catalog.unwrap_or(before);
    entry.change(row.id, "shares_catalog", Some(before.to_string()), Some(row.shares_catalog.to_string()));
    if !entry.is_empty() {
        store::links::save(tx, &row)?;
        entry.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}

/// The two halves with the side to which each belongs, in the order in which rows are written.
fn in_order<'a>(ctx: &'a Ctx, there: &'a Ctx, mine: &'a LinkRow, theirs: &'a LinkRow) -> [(&'a Ctx, &'a LinkRow); 2] {
    if ctx.org() < there.org() { [(ctx, mine), (there, theirs)] } else { [(there, theirs), (ctx, mine)] }
}

fn told(side: &Ctx, kind: &'static str, row: &LinkRow, before: LinkStatus, reason: &str) -> crate::journal::Draft {
    let mut entry = side.entry(kind).reason(reason).subject(row.id);
    entry.change(row.id, "status", Some(before.as_str().to_owned()), Some(row.status.clone()));
    entry
}

/// Further invitations between two companies that are linked now are worth nothing.
fn end_others(ctx: &Ctx, tx: &mut Tx, there: &Ctx, other: Uuid) -> Result<()> {
    for (side, company) in [(ctx, other), (there, ctx.org())] {
        for id in store::links::invited_with(tx, side.org(), company)? {
            let Some(mut row) = store::links::lock_link(tx, side.org(), id)? else { continue };
            LinkStatus::Ended.as_str().clone_into(&mut row.status);
            row.ended_at = Some(ctx.now.0);
            store::links::save(tx, &row)?;
            told(side, "link_ended", &row, LinkStatus::Invited, "The companies are linked.").append(side, tx)?;
        }
    }
    Ok(())
}

/// Withdraws, declines or ends a link. Nothing is sent any more; what happened stays.
pub fn end(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId, body: &EndLink) -> Result<OrganizationLink> {
    only_office(ctx)?;
    let reason = text::line("reason", Some(&body.reason), limits::REASON_MAX)?;
    let (mut mine, theirs) = lock_both(ctx, tx, id)?;
    ctx.require(Permission::ManageOrganization)?;
    check_version(ctx, tx, &mine)?;
    let before = status(&mine);
    let pending = match mine.other_id.filter(|_| before == LinkStatus::Active) {
        Some(other) => store::crossings::open(tx, ctx.org(), other)?.len(),
        None => 0,
    };
    link::may_end(before, pending)?;
    close(ctx, &mut mine, &reason);
    mine.ended_by = Some(ctx.actor.id.uuid());
    let Some((mut theirs, there)) = other_half(ctx, tx, theirs)? else {
        store::links::save(tx, &mine)?;
        told(ctx, "link_ended", &mine, before, &reason).append(ctx, tx)?;
        return get(ctx, tx, id);
    };
    if before == LinkStatus::Active {
        asking::end_all(ctx, &there, tx)?;
    }
    close(ctx, &mut theirs, &reason);
    for (side, row) in in_order(ctx, &there, &mine, &theirs) {
        store::links::save(tx, row)?;
        told(side, "link_ended", row, before, &reason).append(side, tx)?;
    }
    tell_end(ctx, tx, &there, &theirs, before)?;
    get(ctx, tx, id)
}

fn close(ctx: &Ctx, row: &mut LinkRow, reason: &str) {
    LinkStatus::Ended.as_str().clone_into(&mut row.status);
    row.ended_at = Some(ctx.now.0);
    reason.clone_into(&mut row.ended_reason);
}

fn other_half(ctx: &Ctx, tx: &mut Tx, theirs: Option<LinkRow>) -> Result<Option<(LinkRow, Ctx)>> {
    let Some(theirs) = theirs else { return Ok(None) };
    let there = across::other_side(ctx, tx, theirs.organization_id)?;
    Ok(there.map(|there| (theirs, there)))
}

/// The other side hears of the end: what was declined by its address alone, as it does not know the company.
fn tell_end(ctx: &Ctx, tx: &mut Tx, there: &Ctx, theirs: &LinkRow, before: LinkStatus) -> Result<()> {
    let sentence = match (before, direction(theirs)) {
        (LinkStatus::Active, _) => {
            format!("{} ended the link. What was sent stays in the history.", ctx.organization.name)
        }
        (_, LinkDirection::Out) => format!("Your invitation to {} was declined.", theirs.address),
        (_, LinkDirection::In) => format!("{} withdrew its invitation.", ctx.organization.name),
    };
    tell_admins(there, tx, theirs.id, "link_ended", &sentence)
}

/// Linked companies hear of another name.
pub(crate) fn renamed(ctx: &Ctx, tx: &mut Tx, name: &str) -> Result<()> {
    for (other, ..) in store::links::active(tx, ctx.org())? {
        tx.admit(other)?;
        store::links::rename(tx, other, ctx.org(), name)?;
    }
    Ok(())
}

/// What the viewer may do about a link now: for buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Agree to it.
    pub accept: bool,
    /// Withdraw, decline or end it.
    pub end: bool,
}

/// What the viewer may do about a link now.
pub fn choices(ctx: &Ctx, it: &OrganizationLink) -> Choices {
    let may = ctx.may(Permission::ManageOrganization);
    Choices {
        accept: may && link::may_accept(it.status, it.direction).is_ok(),
        end: may && it.status != LinkStatus::Ended,
    }
}

/// The id of a company as it is printed.
pub(crate) fn printed(company: Uuid) -> String {
    OrganizationId::from_uuid(company).to_string()
}
