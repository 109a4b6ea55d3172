//! One account: the page, its quick look, and what is changed with one press or one form.

use super::words::{Place, header_line, rights, step_help};
use super::{role_words, standing};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::common::{
    Values, address, address_fields, choices, contact_fields, contacts, mail, phone, press, read_address,
    read_contacts, story, version_field,
};
use crate::pages::toggles;
use crate::pages::words as say;
use crate::ui::{
    Banner, Button, Confirm, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Menu, Room, Status, StepState,
    Todo, Tone, badge, banner, drawer_body, facts, lines, section, section_block, split, todos,
};
use app::glance::{self, Leader};
use axum::extract::Path;
use axum::response::Response;
use contract::HistoryEntry;
use contract::Patch;
use contract::people::{Checklist, OptionalReason, PatchUser, Region, SalesTargets, User};
use domain::id::UserId;
use domain::people::{AccountRights, Role, user_toggles};
use maud::{Markup, html};

/// Everything that the page shows.
pub(super) struct Known {
    pub user: User,
    pub rights: AccountRights,
    pub checklist: Checklist,
    pub leaders: Vec<Leader>,
    pub reps: Vec<User>,
    pub delegates: Vec<User>,
    pub principal: Option<String>,
    pub region: Option<(Region, Option<String>)>,
    pub units: Option<i64>,
    pub targets: Option<SalesTargets>,
    pub assigned: glance::Assigned,
    pub sources: super::sources::Sources,
    pub history: Vec<HistoryEntry>,
}

pub(super) async fn known(visit: &Visit, id: UserId) -> Result<Known, Fail> {
    visit
        .read(move |ctx, tx| {
            let user = app::people::user(ctx, tx, id)?;
            let rights = app::people::rights_over(ctx, tx, id)?;
            let leads = user.role == Role::Distributor && user.delegate_of.is_none();
            let earns = matches!(user.role, Role::Sales | Role::Distributor) && user.delegate_of.is_none();
            let principal = match user.delegate_of {
                Some(principal) => glance::names(ctx, tx, &[principal])?.remove(&principal),
                None => None,
            };
            let region = match user.region_id {
                Some(region) => glance::region(ctx, tx, region)?,
                None => None,
            };
            let concerns = user.commission_rate_bp.is_some() || rights.rate || user.id == ctx.actor.id;
            Ok(Known {
                checklist: app::people::checklist(ctx, tx, id)?,
                leaders: glance::leaders(ctx, tx, &[id])?.remove(&id).unwrap_or_default(),
                reps: if leads { app::people::representatives(ctx, tx, id)?.items } else { Vec::new() },
                delegates: if leads { app::people::delegates(ctx, tx, id)?.items } else { Vec::new() },
                targets: match earns && concerns {
                    true => Some(app::people::sales_targets(ctx, tx, id, &contract::ListParams::default())?),
                    false => None,
                },
                assigned: glance::assigned(ctx, tx, id)?,
                sources: super::sources::of(ctx, tx, &user)?,
                units: glance::units_held(ctx, tx, id)?,
                history: app::people::history(ctx, tx, id, 200)?.items,
                principal,
                region,
                rights,
                user,
            })
        })
        .await
}

pub async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id(&id)?;
    let known = known(&visit, id).await?;
    if visit.hx.for_drawer() {
        return Ok(visit.part(drawer_body(known.user.name.clone(), &format!("/people/{id}"), glimpse(&visit, &known))));
    }
    let title = known.user.name.clone();
    Ok(visit.page(title, Room::People, body(&visit, &known)))
}

fn line(known: &Known) -> Markup {
    let region = known.region.as_ref().map(|(region, manager)| (region.name.as_str(), manager.as_deref()));
    header_line(&Place {
        user: &known.user,
        leaders: &known.leaders,
        reps: &known.reps,
        principal: known.principal.as_deref(),
        region,
        units: known.units,
    })
}

fn glimpse(visit: &Visit, known: &Known) -> Markup {
    html! {
        (standing(&known.user))
        p { (line(known)) }
        (account_facts(visit, known))
        @if !known.checklist.complete && known.user.active { h3 { "Set-up" } (set_up(visit, known)) }
        h3 { "What happened" }
        (story(&visit.ctx, &known.history[..known.history.len().min(6)]))
    }
}

fn body(visit: &Visit, known: &Known) -> Markup {
    let (user, may) = (&known.user, known.rights);
    let at = |tail: &str| format!("/people/{}{tail}", user.id);
    let own = user.id == visit.ctx.actor.id;
    let mut header =
        Header::new(user.name.clone()).crumb("People", "/people").status(standing(user)).under(line(known));
    if own {
        header = header.badge(badge(Some(Tone::Teal), "You"));
    }
    let mut menu = Menu::more("More actions");
    let mut anything = false;
    if user.role.holds_stock() && user.delegate_of.is_none() {
        menu =
            menu.item(Button::link("Stock in custody", format!("/units?custodian_id={}", user.id)).icon(Icon::Stock));
        anything = true;
        let role = visit.ctx.actor.role;
        if !user.custodian_only && (own || role.is_office() || role == Role::Distributor) {
            menu = menu.item(Button::link("Commission", format!("/commission/of/{}", user.id)).icon(Icon::Figures));
        }
        if !user.custodian_only {
            menu = menu.item(Button::link("Days off", at("/days-off")).icon(Icon::Calendar));
        }
        if may.contact {
            menu = menu.item(Button::link("Where they set out from", at("/home")).icon(Icon::Place).in_dialog());
        }
    }
    if may.invite && user.active && user.claimed_at.is_none() && user.invited_at.is_some() {
        menu = menu.raw(html! {
            form method="post" action=(at("/invite")) {
                (crate::ui::csrf_field(&visit.csrf()))
                button class="it" type="submit" { (Icon::Mail) "Invite again" }
            }
        });
        menu = menu.item(Button::open("Take the invitation back", "revoke").icon(Icon::Undo));
        anything = true;
    }
    if user.role.holds_stock() && user.delegate_of.is_none() {
        menu = menu.item(Button::link("Par levels", at("/par")).icon(Icon::Stock));
        anything = true;
    }
    if may.activity && user.role != Role::PrimaryAdmin {
        menu = menu.rule();
        menu = menu.item(Button::link("Name a successor", at("/successor")).icon(Icon::Swap));
        menu = match user.active {
            true => menu.item(Button::link("Deactivate", at("/deactivate")).danger()),
            false => menu.item(Button::open("Reactivate", "reactivate")),
        };
        anything = true;
    }
    if anything {
        header = header.action(menu);
    }
    if may.contact {
        let to = if own { "/me".to_owned() } else { at("/edit") };
        header = header.action(Button::link("Edit", to).hotkey("e"));
    }
    header = match next_step(visit, known) {
        Some(step) => header.action(step),
        None => header,
    };
    let work = html! {
        (notice(visit, known))
        @if !known.checklist.complete && user.active { div id="setup" { (section_block("Set-up", &[], set_up(visit, known))) } }
        (super::group::sections(visit, known))
        (super::sources::section(visit, known))
        @if !user_toggles(user.role).is_empty() && user.delegate_of.is_none() && !user.custodian_only { (settings(visit, known)) }
        (allowed(visit, user))
        (section_block("What happened", &[], story(&visit.ctx, &known.history)))
    };
    html! {
        (header)
        (split(work, html! { section class="sec" { (account_facts(visit, known)) } (super::group::target_facts(visit, known)) }))
        (dialogs(visit, known))
    }
}

/// The one thing to do with an account that is not in use yet.
fn next_step(visit: &Visit, known: &Known) -> Option<Markup> {
    let (user, may) = (&known.user, known.rights);
    if !user.active || user.custodian_only {
        return None;
    }
    let at = |tail: &str| format!("/people/{}{tail}", user.id);
    let untrained = user.role.needs_training() && user.training_completed_at.is_none();
    if may.invite && user.claimed_at.is_none() && user.invited_at.is_none() {
        return Some(press(visit, at("/invite"), Button::submit("Invite").primary().icon(Icon::Mail)));
    }
    if may.training && untrained {
        return Some(press(visit, at("/training"), Button::submit("Training complete").primary().icon(Icon::Check)));
    }
    if may.invite && user.claimed_at.is_none() {
        return Some(press(visit, at("/invite"), Button::submit("Invite again").icon(Icon::Mail)));
    }
    None
}

fn notice(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let untrained = user.role.needs_training() && user.training_completed_at.is_none();
    html! {
        @if !user.active {
            (banner(Banner::Info, html! {
                b { "This account is deactivated" }
                "It cannot sign in. " @if known.units.is_some_and(|units| units > 0) { "Its " (say::count(known.units.unwrap_or(0), "unit", "units")) " can be moved by others, or taken over by a successor." }
            }, None))
        } @else if untrained && user.claimed_at.is_some() && known.rights.training {
            (banner(Banner::Warning, html! {
                b { "Training is still open" }
                (user.name) " can sign in and sees nothing yet. Mark the training as complete to open the account."
            }, None))
        } @else if untrained && !known.rights.training && user.id != visit.ctx.actor.id {
            (banner(Banner::Info, "Training is still open. The office marks it as complete.", None))
        }
    }
}

fn set_up(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let rows: Vec<Todo> = known
        .checklist
        .items
        .iter()
        .filter(|item| item.needed || item.done)
        .map(|item| {
            let state = if item.done { StepState::Done } else { StepState::Now };
            let mut row = Todo::new(state, item.label.as_str());
            if item.done {
                return row;
            }
            if let Some((help, href)) = step_help(&item.key, user) {
                row = row.below(help);
                row = match step_button(visit, known, &item.key, href) {
                    Some(button) => row.side(button),
                    None => row,
                };
            }
            row
        })
        .collect();
    todos(&rows)
}

fn step_button(visit: &Visit, known: &Known, key: &str, href: String) -> Option<Markup> {
    let (user, may) = (&known.user, known.rights);
    let go = |label: &'static str, right: bool| right.then(|| html! { (Button::link(label, href.clone()).small()) });
    match key {
        "shipping_address" => go("Add", may.contact),
        "commission_rate" => go("Set", may.rate),
        "directory" => go("Assign", may.manufacturers || may.assignments),
        "stock" => go("Send stock", visit.may(domain::people::Permission::SendTransfers)),
        "training" if may.training => {
            Some(press(visit, format!("/people/{}/training", user.id), Button::submit("Complete").small()))
        }
        "invitation" if may.invite => {
            Some(press(visit, format!("/people/{}/invite", user.id), Button::submit("Invite").small()))
        }
        _ => None,
    }
}

fn account_facts(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let rate = user.commission_rate_bp.map(|bp| format!("{} %", say::percent_plain(bp)));
    let mut all = vec![Fact::new("E-mail", mail(&user.email)), Fact::new("Telephone", phone(&user.phone))];
    if !user.alternate_email.is_empty() {
        all.push(Fact::new("Other e-mail", mail(&user.alternate_email)));
    }
    all.push(Fact::new("Role", role_words(user)));
    if let Some((region, _)) = &known.region {
        all.push(Fact::new("Region", region.name.as_str()));
    }
    if let Some(rate) = rate {
        all.push(Fact::new("Commission", rate));
    }
    if !user.shipping_address.is_empty() {
        all.push(Fact::new("Ships to", address(&user.shipping_address)));
    }
    if !user.contacts.is_empty() {
        all.push(Fact::new("Contacts", contacts(&user.contacts)));
    }
    if let (Some(at), None) = (user.invited_at, user.claimed_at) {
        all.push(Fact::new("Invited", say::when(&visit.ctx, at)));
    }
    if let Some(at) = user.training_completed_at {
        all.push(Fact::new("Trained", say::when(&visit.ctx, at)));
    }
    all.push(Fact::new("Account since", say::when(&visit.ctx, user.created_at)));
    facts(&all)
}

fn settings(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let action = format!("/people/{}/settings", user.id);
    let switches = html! {
        @for (key, _) in user_toggles(user.role) {
            @let on = user.settings.get(*key).copied().unwrap_or(false);
            @let words = toggles::of_account(key);
            @let label = words.as_ref().map_or("", |words| words.label);
            @let mut field = Field::switch(*key, label).on(on).disabled(!known.rights.settings).autosave(action.clone());
            @if let Some(words) = &words { (field.help(words.help)) } @else { @let _ = &mut field; (field) }
        }
    };
    let body = html! {
        @if known.rights.settings {
            form class="form wide" method="post" action=(action) {
                (crate::ui::csrf_field(&visit.csrf()))
                (switches)
                noscript { (Button::submit("Save settings")) }
            }
        } @else { div class="form wide" { (switches) } }
    };
    section_block("Settings", &[], body)
}

fn allowed(visit: &Visit, user: &User) -> Markup {
    let all = rights(&visit.ctx, user);
    let count = all.iter().filter(|right| right.may).count();
    let rows: Vec<Line> = all
        .iter()
        .map(|right| {
            let state = if right.may { Status::new(Tone::Green, "Yes") } else { Status::new(Tone::Grey, "No") };
            Line::new(right.label).below(right.because).side(state)
        })
        .collect();
    html! {
        section class="sec" {
            details {
                summary class="sec-h unfold" { (Icon::Right) h2 { "What this account may do" } span class="count" { (count) " of " (all.len()) } }
                @if user.delegate_of.is_some() { p class="sub" { "Exactly what its distributor may; the settings of the distributor count." } }
                @else { (lines(&rows)) }
            }
        }
    }
}

fn dialogs(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let at = |tail: &str| format!("/people/{}{tail}", user.id);
    let reason = |required: bool| {
        let field = Field::area("reason", "Reason").limit(500).help("Kept in the history.");
        html! { (version_field(user.version)) @if required { (field.required()) } @else { (field.optional()) } }
    };
    html! {
        (Confirm {
            id: "reactivate".into(),
            title: format!("Reactivate {}?", user.name).into(),
            text: "The person signs in anew; role, group and settings are as they were.".into(),
            action: at("/reactivate").into(),
            verb: "Reactivate the account".into(),
            danger: false,
            csrf: visit.csrf(),
            fields: Some(reason(false)),
        })
        (Confirm {
            id: "revoke".into(),
            title: "Take the invitation back?".into(),
            text: "The link that was sent stops working. You can invite again at any time.".into(),
            action: at("/revoke-invitation").into(),
            verb: "Take it back".into(),
            danger: true,
            csrf: visit.csrf(),
            fields: None,
        })
    }
}

// ---- editing --------------------------------------------------------------------------------------------------------

fn values_of(user: &User) -> Values {
    Values::new()
        .with("name", &user.name)
        .with("phone", &user.phone)
        .with("alternate_email", &user.alternate_email)
        .maybe("region_id", user.region_id)
        .maybe("rate", user.commission_rate_bp.map(say::percent_plain))
        .flag("custodian_only", user.custodian_only)
        .address("shipping_address", &user.shipping_address)
        .contacts(&user.contacts)
        .with("version", user.version.to_string())
}

struct Editing {
    user: User,
    rights: AccountRights,
    regions: Vec<Region>,
}

async fn editing(visit: &Visit, id: UserId) -> Result<Editing, Fail> {
    let found = visit.read(move |ctx, tx| {
        Ok(Editing {
            user: app::people::user(ctx, tx, id)?,
            rights: app::people::rights_over(ctx, tx, id)?,
            regions: super::regions(ctx, tx)?,
        })
    });
    found.await
}

fn edit_body(visit: &Visit, it: &Editing, values: &Values, errors: &[FieldError]) -> Markup {
    let (user, may) = (&it.user, it.rights);
    let leads = user.role == Role::Distributor && user.delegate_of.is_none();
    let earns = matches!(user.role, Role::Sales | Role::Distributor) && user.delegate_of.is_none();
    let regions = choices(it.regions.iter().map(|region| (region.id.to_string(), region.name.clone())));
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (Field::email("shown_email", "E-mail").value(user.email.clone()).disabled(true).help("Never changes. For another address make a new account and name it as the successor."))
        @if may.contact {
            (Field::text("name", "Name").value(values.get("name")).errors(errors).required())
            (Field::phone("phone", "Telephone").value(values.get("phone")).errors(errors).optional().autocomplete("off"))
            (Field::email("alternate_email", "Other e-mail").value(values.get("alternate_email")).errors(errors).optional().autocomplete("off").help("For contact only; nobody signs in with it."))
        }
        @if may.region { (Field::select("region_id", "Region", regions).value(values.get("region_id")).errors(errors).optional()) }
        @if may.rate && earns {
            div id="rate" { (Field::with_unit("rate", "Commission rate", "%").value(values.get("rate")).errors(errors).optional().short()) }
        }
        @if may.settings && leads {
            (Field::check("custodian_only", "Only pools stock").on(values.on("custodian_only")).errors(errors).help("A hub or a warehouse: it can hold and share stock, and nobody acts with it."))
        }
        @if may.contact {
            div id="shipping" { (section("Shipping address", Some("Printed on transfers that go to this person."), address_fields("shipping_address", values, errors))) }
            (section("Further contacts", Some("Assistants, second offices."), contact_fields(values, errors, false)))
        }
    };
    html! {
        (Header::new(format!("Edit {}", user.name)).crumb("People", "/people").crumb(user.name.clone(), format!("/people/{}", user.id)))
        div class="content" {
            (Form::post(format!("/people/{}/edit", user.id), visit.csrf()).errors(errors).body(fields)
                .button(Button::submit("Save").primary()).button(Button::link("Cancel", format!("/people/{}", user.id)).quiet()))
        }
    }
}

pub async fn edit(visit: Visit, Path(id): Path<String>) -> Out {
    let it = editing(&visit, visit.id(&id)?).await?;
    if it.rights == AccountRights::NONE {
        return Err(app::Error::forbidden(
            "not_allowed",
            "Your account may see this person, but not change anything. Ask an admin.",
        )
        .into());
    }
    let values = values_of(&it.user);
    Ok(visit.page(format!("Edit {}", it.user.name), Room::People, edit_body(&visit, &it, &values, &[])))
}

/// Only what the form offered is changed: a field that was not shown is not touched.
fn patch_of(sent: &Sent, it: &Editing) -> app::Result<PatchUser> {
    let (user, may) = (&it.user, it.rights);
    let leads = user.role == Role::Distributor && user.delegate_of.is_none();
    let text = |name: &str| sent.has(name).then(|| sent.text(name).to_owned());
    Ok(PatchUser {
        name: text("name"),
        phone: text("phone"),
        alternate_email: text("alternate_email"),
        region_id: match (sent.has("region_id"), sent.id("region_id")?) {
            (false, _) => Patch::Leave,
            (true, None) => Patch::Clear,
            (true, Some(id)) => Patch::Set(id),
        },
        commission_rate_bp: match (sent.has("rate"), sent.maybe("rate")) {
            (false, _) => Patch::Leave,
            (true, None) => Patch::Clear,
            (true, Some(text)) => Patch::Set(say::read_percent("rate", text)?),
        },
        custodian_only: (may.settings && leads).then(|| sent.on("custodian_only")),
        shipping_address: may.contact.then(|| read_address(sent, "shipping_address")),
        contacts: may.contact.then(|| read_contacts(sent)),
        ..PatchUser::default()
    })
}

pub async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let it = editing(&visit, id).await?;
    let saved = match patch_of(&sent, &it) {
        Ok(patch) => visit.save(&sent, move |ctx, tx| app::people::patch_user(ctx, tx, id, &patch)).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => Ok(visit.go(&format!("/people/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            for error in errors.iter_mut().filter(|error| error.field == "commission_rate_bp") {
                error.field = "rate".into();
            }
            let body = edit_body(&visit, &it, &Values::of(&sent), &errors);
            Ok(visit.refused(format!("Edit {}", it.user.name), Room::People, body))
        }
    }
}

pub async fn save_settings(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    visit
        .write(move |ctx, tx| {
            let user = app::people::user(ctx, tx, id)?;
            // Every switch is sent when it is on; what was not sent is off.
            let settings = user_toggles(user.role).iter().map(|(key, _)| ((*key).to_owned(), sent.on(key))).collect();
            app::people::patch_user(ctx, tx, id, &PatchUser { settings: Some(settings), ..PatchUser::default() })
        })
        .await?;
    Ok(visit.done(&format!("/people/{id}"), Flash::done("Setting saved")))
}

// ---- one press ------------------------------------------------------------------------------------------------------

pub async fn invite(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id(&id)?;
    send_invitation(&visit, id).await
}

/// Sends the invitation; where no mail goes out, shows the link this once, so that it can be handed over.
pub async fn send_invitation(visit: &Visit, id: UserId) -> Out {
    let config = visit.app.config().clone();
    let sent = visit.write(move |ctx, tx| app::people::invite(ctx, tx, &config, id)).await;
    let user = visit.read(move |ctx, tx| app::people::user(ctx, tx, id)).await?;
    let to = format!("/people/{id}");
    let invitation = match sent {
        Ok(invitation) => invitation,
        Err(app::Error::Conflict { message, .. } | app::Error::Forbidden { message, .. }) => {
            return Ok(visit.go(&to, Flash::failed(message)));
        }
        Err(error) => return Err(error.into()),
    };
    match invitation.link {
        None => Ok(visit.go(&to, Flash::done(format!("Invitation sent to {}", user.email)))),
        Some(link) => Ok(link_page(visit, &user, &link, invitation.expires_at)),
    }
}

fn link_page(visit: &Visit, user: &User, link: &str, until: domain::clock::Instant) -> Response {
    let body = html! {
        (Header::new(format!("Invitation for {}", user.name)).crumb("People", "/people").crumb(user.name.clone(), format!("/people/{}", user.id)))
        div class="content narrow" {
            (banner(Banner::Info, html! {
                b { "This server sends no mail, so hand the link over yourself" }
                "It is shown this once. It works once, until " (say::exact(&visit.ctx, until)) ", and whoever has it can claim the account."
            }, None))
            div class="form pad-top" {
                (Field::text("link", "Link").value(link.to_owned()).readonly().id("invitation-link"))
                div class="acts" {
                    (Button::link("Write a mail", format!("mailto:{}?subject=Your%20account&body={}", user.email, percent(link))).icon(Icon::Mail))
                    (Button::link("Done", format!("/people/{}", user.id)).primary())
                }
            }
        }
    };
    visit.page(format!("Invitation for {}", user.name), Room::People, body)
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

pub async fn revoke_invitation(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::people::revoke_invitation(ctx, tx, id)).await;
    answered(&visit, id, done, "The invitation was taken back; its link is dead")
}

pub async fn complete_training(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::people::complete_training(ctx, tx, id)).await;
    answered(&visit, id, done, "Training is complete; the account is open")
}

pub async fn reactivate(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let why = OptionalReason { reason: sent.text("reason").to_owned() };
    let done = visit.save(&sent, move |ctx, tx| app::people::reactivate(ctx, tx, id, &why)).await;
    answered(&visit, id, done, "The account is active again")
}

/// Back to the account: that it was done, or why not.
pub(super) fn answered<T>(visit: &Visit, id: UserId, done: app::Result<T>, said: &str) -> Out {
    crate::pages::common::answered(visit, &format!("/people/{id}"), done, said)
}
