//! Whom an account leads, whom it works for, what it works with, what it should sell, who takes over.

use super::account::{Known, answered, known};
use super::standing;
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::common::{Values, press_with, version_field};
use crate::pages::words as say;
use crate::ui::{
    Banner, Button, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Room, banner, csrf_field, facts, lines,
    section_block,
};
use app::glance::Assigned;
use axum::extract::Path;
use contract::people::{
    ApplyPreview, PatchUser, PreviewSuccessor, PutAssignments, SalesTargets, SuccessorPreview, User, UserIds,
};
use domain::id::UserId;
use domain::people::{AccountRights, Role};
use maud::{Markup, html};

/// Group, leaders, delegates, assignments.
pub(super) fn sections(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let leads = user.role == Role::Distributor && user.delegate_of.is_none();
    html! {
        @if leads { div id="group" { (led(visit, known)) } }
        @if leads && !user.custodian_only { (acting(visit, known)) }
        @if !known.leaders.is_empty() { (leaders(known)) }
        @if user.delegate_of.is_none() && !user.role.is_office() && !user.custodian_only { (assigned(known)) }
    }
}

fn led(visit: &Visit, known: &Known) -> Markup {
    let (user, may) = (&known.user, known.rights);
    let at = |tail: &str| format!("/people/{}{tail}", user.id);
    let rows: Vec<Line> = known
        .reps
        .iter()
        .map(|rep| {
            let line = Line::new(rep.name.as_str()).below(rep.email.as_str()).side(standing(rep));
            if may.group {
                line.action(Button::open("Remove", format!("out-{}", rep.id)).quiet().small())
            } else {
                line.href(format!("/people/{}", rep.id))
            }
        })
        .collect();
    let body = html! {
        @if user.custodian_only {
            p class="sub" { "A hub: reps may use its stock, and a rep may draw on several hubs." }
        }
        (sharing(visit, known))
        @if rows.is_empty() { p class="sub" { "No reps yet." @if may.group { " Add the sales reps whose cases and stock this distributor answers for." } } }
        @else { (lines(&rows)) }
        @if may.group {
            form class="add" method="post" action=(at("/representatives")) {
                (csrf_field(&visit.csrf()))
                div class="add-row" {
                    (Field::combo("user_id", "Add a sales rep", "/suggest/people?role=sales", "").required())
                    (Button::submit("Add").icon(Icon::Plus))
                }
            }
            @for rep in &known.reps { (remove_dialog(visit, known, rep)) }
        }
    };
    section_block(if user.custodian_only { "Reps who draw on it" } else { "Its group" }, &[], body)
}

fn remove_dialog(visit: &Visit, known: &Known, rep: &User) -> Markup {
    let leader = &known.user.name;
    crate::ui::Confirm {
        id: format!("out-{}", rep.id).into(),
        title: format!("Remove {} from the group?", rep.name).into(),
        text: format!(
            "{leader} no longer sees or acts on {}'s stock and cases, and {} no longer uses what {leader} shares. Nothing \
             changes custody.",
            rep.name, rep.name
        )
        .into(),
        action: format!("/people/{}/representatives/remove", known.user.id).into(),
        verb: "Remove from the group".into(),
        danger: true,
        csrf: visit.csrf(),
        fields: Some(html! { input type="hidden" name="user_id" value=(rep.id); }),
    }
    .into_markup()
}

trait IntoMarkup {
    fn into_markup(self) -> Markup;
}

impl<T: maud::Render> IntoMarkup for T {
    fn into_markup(self) -> Markup {
        self.render()
    }
}

fn sharing(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let action = format!("/people/{}/sharing", user.id);
    let switch = Field::switch("shares_inventory", "Shares its stock with the group")
        .help("Reps may use and pass on whatever it holds, without a transfer first. What only one rep should use is sent to that rep.")
        .on(user.shares_inventory)
        .disabled(!known.rights.settings)
        .autosave(action.clone());
    html! {
        @if known.rights.settings {
            form class="form wide gap-below" method="post" action=(action) { (csrf_field(&visit.csrf())) (switch) noscript { (Button::submit("Save")) } }
        } @else { div class="form wide gap-below" { (switch) } }
    }
}

fn acting(visit: &Visit, known: &Known) -> Markup {
    let user = &known.user;
    let own = user.id == visit.ctx.actor.id && visit.ctx.actor.delegate_of.is_none();
    let may_name = user.active && (own || (visit.ctx.actor.role.is_office() && known.rights.invite));
    let rows: Vec<Line> = known
        .delegates
        .iter()
        .map(|it| {
            let line = Line::new(it.name.as_str()).below(it.email.as_str()).side(standing(it));
            line.href(format!("/people/{}", it.id))
        })
        .collect();
    let actions: Vec<Button> = may_name
        .then(|| {
            Button::link("Name a delegate", format!("/people/new?role=distributor&delegate_of={}", user.id))
                .small()
                .icon(Icon::Plus)
        })
        .into_iter()
        .collect();
    let body = html! {
        @if rows.is_empty() {
            p class="sub" { "Nobody acts for this distributor. A delegate is for the back office: it enters cases and moves stock in the distributor's name, with a sign-in of its own." }
        } @else { (lines(&rows)) }
    };
    section_block("Acts for it", &actions, body)
}

fn leaders(known: &Known) -> Markup {
    let rows: Vec<Line> = known
        .leaders
        .iter()
        .map(|it| {
            let what = match (it.hub, it.shares) {
                (true, true) => "A hub: its stock may be used",
                (true, false) => "A hub that does not share at the moment",
                (false, true) => "Sees and acts on this account's stock and cases, and shares its own stock",
                (false, false) => "Sees and acts on this account's stock and cases",
            };
            let line = Line::new(it.name.as_str()).below(what);
            if it.seen { line.href(format!("/people/{}", it.id)) } else { line }
        })
        .collect();
    section_block("Works for", &[], lines(&rows))
}

/// The four lists of an account: (key, heading, names).
/// A list of assignments: its field, its label, and what is on it as (id, name).
type AssignedList<'a> = (&'static str, &'static str, &'a [(String, String)]);

fn assigned_lists(it: &Assigned) -> [AssignedList<'_>; 4] {
    [
        ("manufacturer_ids", "Manufacturers", it.manufacturers.as_slice()),
        ("location_ids", "Locations", it.locations.as_slice()),
        ("physician_ids", "Physicians", it.physicians.as_slice()),
        ("product_line_ids", "Product lines", it.product_lines.as_slice()),
    ]
}

fn assigned(known: &Known) -> Markup {
    let may = known.rights.manufacturers || known.rights.assignments;
    let actions: Vec<Button> = may
        .then(|| Button::link("Change", format!("/people/{}/assignments", known.user.id)).small())
        .into_iter()
        .collect();
    let fact = |(_, heading, names): (&'static str, &'static str, &[(String, String)])| {
        let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        Fact::new(
            heading,
            html! { @if names.is_empty() { span class="muted" { "–" } } @else { span title=(names.join(", ")) { (say::names(&names, 6)) } } },
        )
    };
    section_block("Works with", &actions, facts(&assigned_lists(&known.assigned).map(fact)))
}

pub async fn add_representative(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let Some(rep) = sent.id("user_id")? else {
        let text = "Choose a sales rep from the list.";
        return Ok(visit.go(&format!("/people/{id}#group"), Flash::failed(text)));
    };
    let done = visit
        .save(&sent, move |ctx, tx| app::people::add_representatives(ctx, tx, id, &UserIds { user_ids: vec![rep] }))
        .await;
    answered(&visit, id, done, "Added to the group")
}

pub async fn remove_representative(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let Some(rep) = sent.id::<domain::id::User>("user_id")? else { return Err(Fail::not_found()) };
    let done = visit.save(&sent, move |ctx, tx| app::people::remove_representative(ctx, tx, id, rep)).await;
    answered(&visit, id, done, "Removed from the group")
}

pub async fn share(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let on = sent.on("shares_inventory");
    visit
        .write(move |ctx, tx| {
            let patch = PatchUser { shares_inventory: Some(on), ..PatchUser::default() };
            app::people::patch_user(ctx, tx, id, &patch)
        })
        .await?;
    let said = if on { "The group may now use its stock" } else { "Its stock is no longer shared" };
    Ok(visit.done(&format!("/people/{id}"), Flash::done(said)))
}

// ---- assignments ----------------------------------------------------------------------------------------------------

const KINDS: [(&str, &str, &str, &str); 4] = [
    ("manufacturer_ids", "Manufacturers", "Add a manufacturer", "/suggest/manufacturers"),
    ("location_ids", "Locations", "Add a location", "/suggest/locations"),
    ("physician_ids", "Physicians", "Add a physician", "/suggest/physicians"),
    ("product_line_ids", "Product lines", "Add a product line", "/suggest/product-lines"),
];

fn may_assign(rights: AccountRights, kind: &str) -> bool {
    if kind == "manufacturer_ids" { rights.manufacturers || rights.assignments } else { rights.assignments }
}

pub async fn assignments(visit: Visit, Path(id): Path<String>) -> Out {
    let id: UserId = visit.id(&id)?;
    let known = known(&visit, id).await?;
    let user = &known.user;
    let at = |tail: &str| format!("/people/{id}/assignments{tail}");
    let group = |kind: &'static str, heading: &'static str, add: &'static str, suggest: &'static str| {
        let may = may_assign(known.rights, kind);
        let names = assigned_lists(&known.assigned).into_iter().find(|(key, ..)| *key == kind).map(|(_, _, it)| it);
        let names = names.unwrap_or_default();
        html! {
            (section_block(heading, &[], html! {
                @if names.is_empty() { p class="sub" { "None yet." } }
                ul class="lines" {
                    @for (target, name) in names {
                        li class="line" {
                            div class="line-b" { div class="t1" { (name) } }
                            @if may {
                                div class="line-go" {
                                    (press_with(&visit, at("/remove"), &[("kind", kind), ("id", target)], Button::submit(format!("Remove {name}")).icon_only(Icon::Close).quiet().small()))
                                }
                            }
                        }
                    }
                }
                @if may {
                    form class="add" method="post" action=(at("")) {
                        (csrf_field(&visit.csrf()))
                        input type="hidden" name="kind" value=(kind);
                        div class="add-row" {
                            (Field::combo("id", add, suggest, "").id(format!("add-{kind}")).required())
                            (Button::submit("Add").icon(Icon::Plus))
                        }
                    }
                } @else { p class="sub" { "The office changes these." } }
            }))
        }
    };
    let body = html! {
        (Header::new("Works with").crumb("People", "/people").crumb(user.name.clone(), format!("/people/{id}"))
            .under(html! { "What " (user.name) " may schedule and see in the directory." })
            .action(Button::link("Done", format!("/people/{id}")).primary()))
        div class="content narrow" {
            @if known.rights.assignments { (copy_form(&visit, &known)) }
            @for (kind, heading, add, suggest) in KINDS { (group(kind, heading, add, suggest)) }
        }
    };
    Ok(visit.page("Works with", Room::People, body))
}

/// Taking over what a colleague works with: most people of a team work with the same.
fn copy_form(visit: &Visit, known: &Known) -> Markup {
    html! {
        form class="add gap-below" method="post" action={ "/people/" (known.user.id) "/assignments/copy" } {
            (csrf_field(&visit.csrf()))
            div class="add-row" {
                (Field::combo("from", "The same as a colleague", "/suggest/people", "").id("copy-from").required())
                (Button::submit("Add all of theirs").icon(Icon::Plus))
            }
        }
    }
}

/// Adds whatever a colleague works with.
pub async fn copy(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let to = format!("/people/{id}/assignments");
    let Some(from) = sent.id::<domain::id::User>("from")? else {
        return Ok(visit.go(&to, Flash::failed("Choose a colleague from the list.")));
    };
    fn both<T: PartialEq>(mut own: Vec<T>, theirs: Vec<T>) -> Option<Vec<T>> {
        own.extend(theirs.into_iter().filter(|it| !own.contains(it)).collect::<Vec<_>>());
        Some(own)
    }
    let done = visit
        .save(&sent, move |ctx, tx| {
            let now = app::people::assignments(ctx, tx, id)?;
            let theirs = app::people::assignments(ctx, tx, from)?;
            let body = PutAssignments {
                manufacturer_ids: both(now.manufacturer_ids, theirs.manufacturer_ids),
                location_ids: both(now.location_ids, theirs.location_ids),
                physician_ids: both(now.physician_ids, theirs.physician_ids),
                product_line_ids: both(now.product_line_ids, theirs.product_line_ids),
            };
            app::people::put_assignments(ctx, tx, id, &body)
        })
        .await;
    crate::pages::common::answered(&visit, &to, done, "Added all of theirs")
}

/// The whole of one list with one more or one less, because lists are replaced.
async fn change(visit: &Visit, id: UserId, sent: &Sent, add: bool) -> Out {
    let (kind, target) = (sent.text("kind").to_owned(), sent.text("id").to_owned());
    let to = format!("/people/{id}/assignments");
    if target.is_empty() {
        return Ok(visit.go(&to, Flash::failed("Choose one from the list.")));
    }
    let done = visit
        .save(sent, move |ctx, tx| {
            let now = app::people::assignments(ctx, tx, id)?;
            let mut body = PutAssignments::default();
            match kind.as_str() {
                "manufacturer_ids" => body.manufacturer_ids = Some(changed(now.manufacturer_ids, &target, add)?),
                "location_ids" => body.location_ids = Some(changed(now.location_ids, &target, add)?),
                "physician_ids" => body.physician_ids = Some(changed(now.physician_ids, &target, add)?),
                _ => body.product_line_ids = Some(changed(now.product_line_ids, &target, add)?),
            }
            app::people::put_assignments(ctx, tx, id, &body)
        })
        .await;
    match done {
        Ok(_) => Ok(visit.go(&to, Flash::done(if add { "Added" } else { "Removed" }))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let text = errors.first().map(|error| error.message.to_string()).unwrap_or_default();
            Ok(visit.go(&to, Flash::failed(text)))
        }
    }
}

fn changed<K: domain::id::Kind>(
    mut ids: Vec<domain::id::Id<K>>,
    target: &str,
    add: bool,
) -> app::Result<Vec<domain::id::Id<K>>> {
    let id = target.parse().map_err(|_| app::Error::unknown("id"))?;
    ids.retain(|known| *known != id);
    if add {
        ids.push(id);
    }
    Ok(ids)
}

pub async fn assign(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id(&id)?;
    change(&visit, id, &sent, true).await
}

pub async fn unassign(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id(&id)?;
    change(&visit, id, &sent, false).await
}

// ---- targets --------------------------------------------------------------------------------------------------------

/// This year's targets, beside the facts.
pub(super) fn target_facts(visit: &Visit, known: &Known) -> Markup {
    let Some(targets) = &known.targets else { return html! {} };
    let total: i64 = targets.quarters_minor.iter().sum();
    html! {
        section class="sec" {
            div class="sec-h" {
                h3 { "Sales targets " (targets.year) }
                @if known.rights.rate {
                    div class="acts" { (Button::link(if total == 0 { "Set" } else { "Change" }, format!("/people/{}/targets", known.user.id)).small().quiet().in_dialog()) }
                }
            }
            @if total == 0 { p class="sub" { "None set." } }
            @else {
                dl class="facts" {
                    @for (at, amount) in targets.quarters_minor.iter().enumerate() {
                        dt { "Quarter " (at + 1) } dd class="num" { (say::money(&visit.ctx, *amount)) }
                    }
                    dt { "Year" } dd class="num" { strong { (say::money(&visit.ctx, total)) } }
                }
            }
        }
    }
}

pub async fn targets(visit: Visit, Path(id): Path<String>) -> Out {
    let id: UserId = visit.id(&id)?;
    let year = visit.link.get("year").map(str::to_owned);
    let now = visit
        .read(move |ctx, tx| {
            let mut params = contract::ListParams::default();
            params.filters.extend(year.map(|year| ("year".to_owned(), year)));
            app::people::sales_targets(ctx, tx, id, &params)
        })
        .await?;
    let mut values = Values::new().with("year", now.year.to_string());
    for (at, amount) in now.quarters_minor.iter().enumerate() {
        values = values.with(format!("q{}", at + 1), say::money_plain(&visit.ctx, *amount));
    }
    let title = format!("Sales targets {}", now.year);
    Ok(visit.dialog(title, Room::People, target_form(&visit, id, &values, &[])))
}

fn target_form(visit: &Visit, id: UserId, values: &Values, errors: &[FieldError]) -> Markup {
    let currency = say::currency(&visit.ctx);
    let quarter = |at: usize| {
        let name = format!("q{at}");
        let value = values.get(&name);
        Field::money(name, format!("Quarter {at}"), currency.code(), currency.exponent()).value(value).errors(errors)
    };
    let year: i64 = values.get("year").parse().unwrap_or(2026);
    html! {
        (Form::post(format!("/people/{id}/targets"), visit.csrf()).swap_into("#dialog-body").errors(errors)
            .body(html! {
                input type="hidden" name="year" value=(year);
                div class="pair" { (quarter(1)) (quarter(2)) }
                div class="pair" { (quarter(3)) (quarter(4)) }
                p class="sub" { a class="link" data-dialog href={ "/people/" (id) "/targets?year=" (year - 1) } { (year - 1) } " · " a class="link" data-dialog href={ "/people/" (id) "/targets?year=" (year + 1) } { (year + 1) } }
            })
            .button(Button::submit("Save targets").primary()).button(Button::close("Cancel")))
    }
}

pub async fn save_targets(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let read = || -> app::Result<SalesTargets> {
        let quarter = |at: usize| {
            let name = format!("q{at}");
            sent.maybe(&name).map_or(Ok(0), |text| say::read_money(&visit.ctx, &name, text))
        };
        let quarters_minor = (1..=4).map(quarter).collect::<app::Result<_>>()?;
        Ok(SalesTargets { year: sent.text("year").parse().unwrap_or(0), quarters_minor })
    };
    let done = match read() {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::people::put_sales_targets(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/people/{id}"), Flash::done("Targets saved"))),
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            for error in &mut errors {
                let quarter =
                    error.field.strip_prefix("quarters_minor[").and_then(|rest| rest.get(..1)).map(str::to_owned);
                if let Some(Ok(at)) = quarter.map(|digit| digit.parse::<u8>()) {
                    error.field = format!("q{}", at + 1).into();
                }
            }
            let title = format!("Sales targets {}", sent.text("year"));
            Ok(visit.dialog(title, Room::People, target_form(&visit, id, &Values::of(&sent), &errors)))
        }
    }
}

// ---- succession -----------------------------------------------------------------------------------------------------

pub async fn successor(visit: Visit, Path(id): Path<String>) -> Out {
    let id: UserId = visit.id(&id)?;
    let user = visit.read(move |ctx, tx| app::people::user(ctx, tx, id)).await?;
    let body = choose_body(&visit, &user, &[]);
    Ok(visit.page("Name a successor", Room::People, body))
}

fn choose_body(visit: &Visit, user: &User, errors: &[FieldError]) -> Markup {
    let action = format!("/people/{}/successor", user.id);
    html! {
        (Header::new("Name a successor").crumb("People", "/people").crumb(user.name.clone(), format!("/people/{}", user.id)))
        div class="content narrow" {
            p { "The successor takes over everything that " strong { (user.name) } " does, holds and leads: stock, open cases, pending transfers, group, customers, assignments. " (user.name) "'s account is then deactivated; its history stays under its own name." }
            p class="sub pad-top" { "You see exactly what would be handed over before anything happens. Make the successor's account first, if it does not exist yet." }
            div class="pad-top" {
                (Form::post(action, visit.csrf()).errors(errors)
                    .body(Field::combo("to_user_id", "Successor", "/suggest/people", "").errors(errors).required().autofocus())
                    .button(Button::submit("Show what would happen").primary().named("step", "preview"))
                    .button(Button::link("Cancel", format!("/people/{}", user.id)).quiet()))
            }
        }
    }
}

fn preview_body(visit: &Visit, from: &User, to: &User, preview: &SuccessorPreview) -> Markup {
    let rows: Vec<Fact> = preview
        .counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(key, count)| Fact::new(say::sentence(key), say::number(*count)))
        .collect();
    html! {
        (Header::new(format!("{} takes over from {}", to.name, from.name)).crumb("People", "/people").crumb(from.name.clone(), format!("/people/{}", from.id)))
        div class="content narrow" {
            @if rows.is_empty() { p { "There is nothing to hand over: " (from.name) " holds and does nothing at the moment. The account is only deactivated." } }
            @else { (section_block("What is handed over", &[], facts(&rows))) }
            @if !preview.notes.is_empty() {
                (banner(Banner::Warning, html! { b { "What ends instead" } ul { @for note in &preview.notes { li { (note) } } } }, None))
            }
            form class="pad-top" method="post" action={ "/people/" (from.id) "/successor" } {
                (csrf_field(&visit.csrf()))
                (version_field(from.version))
                input type="hidden" name="step" value="apply";
                input type="hidden" name="preview_token" value=(preview.preview_token);
                div class="acts" {
                    (Button::submit("Hand over and deactivate").danger_solid())
                    (Button::link("Choose somebody else", format!("/people/{}/successor", from.id)))
                    (Button::link("Cancel", format!("/people/{}", from.id)).quiet())
                }
                p class="sub pad-top" { "This preview can be carried out until " (say::exact(&visit.ctx, preview.expires_at)) "." }
            }
        }
    }
}

pub async fn succeed(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let from = visit.read(move |ctx, tx| app::people::user(ctx, tx, id)).await?;
    let refused =
        |errors: &[FieldError]| visit.refused("Name a successor", Room::People, choose_body(&visit, &from, errors));
    if sent.text("step") == "apply" {
        let token = sent.id("preview_token")?.ok_or_else(|| app::Error::unknown("preview_token"))?;
        let done = visit
            .save(&sent, move |ctx, tx| {
                app::people::apply_successor(ctx, tx, id, &ApplyPreview { preview_token: token })
            })
            .await;
        return match done {
            Ok(done) => {
                let to = done.pointer("/to/id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
                Ok(visit.go(&format!("/people/{to}"), Flash::done(format!("{} has handed over everything", from.name))))
            }
            Err(error) => Ok(refused(&visit.complaints(error)?)),
        };
    }
    let Some(to_user_id) = sent.id("to_user_id")? else {
        return Ok(refused(&[FieldError::new("to_user_id", "Choose who takes over, from the list.")]));
    };
    let ask = PreviewSuccessor { to_user_id };
    match visit.write(move |ctx, tx| app::people::preview_successor(ctx, tx, id, &ask)).await {
        Ok(preview) => {
            let to = visit.read(move |ctx, tx| app::people::user(ctx, tx, to_user_id)).await?;
            let title = format!("{} takes over from {}", to.name, from.name);
            Ok(visit.page(title, Room::People, preview_body(&visit, &from, &to, &preview)))
        }
        Err(error) => Ok(refused(&visit.complaints(error)?)),
    }
}
