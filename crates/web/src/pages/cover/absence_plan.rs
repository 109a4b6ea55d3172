//! One plan for all cases of an absence: spread over colleagues, changed case by case, carried out at once. What is asked for
//! stands in the address, as on the screen of one case.

use super::absences::{days, href, known};
use super::{moment, said, shown, undated};
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts;
use crate::pages::words;
use crate::ui::{
    Banner, Button, Choice, Empty, Field, Figure, Flash, Header, Icon, Link, Room, Status, Tone, banner, csrf_field,
    figures,
};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use contract::coverage::{AbsenceCase, AbsenceCoverPreview, ApplyCover, CaseFor, PreviewAbsenceCover};
use domain::coverage::MoveKind;
use domain::id::{AbsenceId, EventId, UserId};
use maud::{Markup, html};
use serde_json::Value;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/people/{id}/days-off/{absence}/cover", get(page).merge(post(apply)))
}

/// Reads what is asked for: `who` narrows the colleagues, `case` gives one to somebody (`evt:usr`) or leaves it (`evt:stays`),
/// `hand_back` brings back afterwards what was lent.
fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> PreviewAbsenceCover {
    let mut ask = PreviewAbsenceCover::default();
    for (key, value) in pairs {
        match key {
            "who" => ask.user_ids.extend(value.parse::<UserId>().ok()),
            "hand_back" => ask.hand_back = value == "true",
            "case" => {
                let Some((event, whom)) = value.split_once(':') else { continue };
                let Ok(event_id) = event.parse::<EventId>() else { continue };
                match whom.parse::<UserId>() {
                    Ok(representative_id) => ask.fixed.push(CaseFor { event_id, representative_id }),
                    Err(_) if whom == "stays" => ask.without_event_ids.push(event_id),
                    Err(_) => {}
                }
            }
            _ => {}
        }
    }
    ask
}

/// The same as an address.
fn link(path: &str, ask: &PreviewAbsenceCover) -> Link {
    let mut link = Link::new(path);
    for id in &ask.user_ids {
        link = link.and("who", id);
    }
    for it in &ask.fixed {
        link = link.and("case", format!("{}:{}", it.event_id, it.representative_id));
    }
    for id in &ask.without_event_ids {
        link = link.and("case", format!("{id}:stays"));
    }
    if ask.hand_back { link.and("hand_back", "true") } else { link }
}

async fn page(visit: Visit, Path((id, absence)): Path<(String, String)>) -> Out {
    let ask = read(visit.link.pairs());
    screen(&visit, visit.id(&id)?, visit.id(&absence)?, ask, None).await
}

/// Colleagues among whom one may choose: (id, name).
type Colleagues = Vec<(UserId, String)>;

struct Made {
    plan: AbsenceCoverPreview,
    colleagues: Colleagues,
    /// Cases that stay as they are.
    left: Vec<(EventId, String)>,
}

async fn make(
    visit: &Visit,
    id: UserId,
    absence: AbsenceId,
    ask: &PreviewAbsenceCover,
) -> Result<Result<Made, String>, Fail> {
    let ask = ask.clone();
    let made = visit
        .write(move |ctx, tx| {
            let plan = app::coverage::absences::preview(ctx, tx, id, absence, &ask)?;
            let mut params = contract::ListParams { limit: Some(100), ..contract::ListParams::default() };
            for (key, value) in [("role", "sales,distributor"), ("active", "true")] {
                params.filters.insert(key.to_owned(), value.to_owned());
            }
            let all = app::people::list_users(ctx, tx, &params)?.items;
            let holds = |it: &contract::people::User| !it.custodian_only && it.delegate_of.is_none() && it.id != id;
            let mut colleagues: Colleagues = all.into_iter().filter(holds).map(|it| (it.id, it.name)).collect();
            for share in &plan.shares {
                if !colleagues.iter().any(|(known, _)| *known == share.user_id) {
                    colleagues.push((share.user_id, share.name.clone()));
                }
            }
            let mut wanted = app::names::Wanted::new();
            for event in &ask.without_event_ids {
                wanted.event(Some(*event));
            }
            let names = app::names::look_up(ctx, tx, &wanted)?;
            let name = |event: &EventId| names.event(*event).map(|it| it.name.clone()).unwrap_or_default();
            let left = ask.without_event_ids.iter().map(|event| (*event, name(event))).collect();
            Ok(Made { plan, colleagues, left })
        })
        .await;
    match made {
        Ok(made) => Ok(Ok(made)),
        Err(error @ Error::Forbidden { .. }) => Err(error.into()),
        Err(error) => Ok(Err(acts::sentence(visit, error)?)),
    }
}

async fn screen(visit: &Visit, id: UserId, absence: AbsenceId, ask: PreviewAbsenceCover, moved: Option<&str>) -> Out {
    let path = format!("{}/{absence}/cover", href(id));
    let made = make(visit, id, absence, &ask).await?;
    if visit.hx.partial && visit.hx.target.as_deref() == Some("absence-plan") {
        return Ok(visit.part(inside(visit, &path, &ask, &made, moved)));
    }
    let known = known(visit, id).await?;
    let of = known.absence(absence).map(|it| days(visit, it)).unwrap_or_default();
    let header = Header::new(format!("Cover for {}", known.user.name))
        .crumb("People", "/people")
        .crumb(known.user.name.clone(), format!("/people/{id}"))
        .crumb("Days off", href(id))
        .under(html! { (of) " · one plan for all cases of that time; nothing is written until you confirm" });
    let body = html! {
        (header)
        div class="content" id="absence-plan" { (inside(visit, &path, &ask, &made, moved)) }
    };
    let mut response = shown(visit, format!("Cover for {}", known.user.name), Room::People, body);
    if moved.is_some() {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

fn inside(
    visit: &Visit,
    path: &str,
    ask: &PreviewAbsenceCover,
    made: &Result<Made, String>,
    moved: Option<&str>,
) -> Markup {
    let today = visit.ctx.today();
    match made {
        Err(why) => html! {
            (banner(Banner::Error, html! { b { "This cannot be planned like that" } (said(today, why)) }, Some(Button::link("As planned", path.to_owned()))))
        },
        Ok(made) => html! {
            @if let Some(moved) = moved {
                (banner(Banner::Error, html! { b { "This is a new plan" } (said(today, moved)) }, None))
            }
            (drawn(visit, path, ask, made))
        },
    }
}

fn drawn(visit: &Visit, path: &str, ask: &PreviewAbsenceCover, made: &Made) -> Markup {
    let plan = &made.plan;
    let covered = plan.cases.len() as i64 - plan.uncovered;
    let mut sums = vec![
        Figure::new(words::number(covered), "cases change hands"),
        Figure::new(words::number(plan.shares.len() as i64), "colleagues take them"),
        Figure::new(words::number(plan.hand_overs), "hand-overs"),
    ];
    if plan.uncovered > 0 {
        sums.push(
            Figure::new(words::number(plan.uncovered), "nobody is free for").note(Tone::Amber, "they stay as they are"),
        );
    }
    let zone = &visit.ctx.organization.time_zone;
    html! {
        (figures(&sums))
        @if plan.cases.is_empty() && made.left.is_empty() {
            (Empty::new(Icon::Calendar, "No case is open in that time").text("There is nothing to cover."))
        } @else {
            @if !plan.shares.is_empty() {
                div class="shares" {
                    @for share in &plan.shares {
                        div { b { (share.name) } span class="sub" { (words::count(share.cases, "case", "cases")) ", and " (share.own_cases) " of their own" } }
                    }
                }
            }
            form method="get" action=(path) data-trim hx-get=(path) hx-trigger="change" hx-target="#absence-plan" hx-swap="innerHTML" {
                div class="abs-o" {
                @if made.colleagues.len() > 1 { (among(ask, made)) }
                (Field::switch("hand_back", "Bring back afterwards what was lent and not used").on(ask.hand_back)
                    .help("When the absence is over, units go back to whoever had them, and links end."))
                }
                @for case in &plan.cases { (one_case(visit, ask, made, case)) }
                @for (event, name) in &made.left {
                    div class="abs-case" {
                        div class="abs-h" {
                            div { b { (undated(name)) } }
                            (Status::new(Tone::Grey, "Stays as it is"))
                            (choice(*event, &made.colleagues, &format!("{event}:stays"), "As planned"))
                        }
                    }
                }
                noscript { div class="form-foot" { (Button::submit("Plan again")) } }
            }
            form method="post" action=(link(path, ask).to_string()) class="give" {
                (csrf_field(&visit.csrf()))
                input type="hidden" name="preview_token" value=(plan.preview_token);
                (Field::text("reason", "Why").optional().limit(500).placeholder("For the history and those who are told"))
                div class="foot" {
                    span { "Holds until " (words::clock_in(zone, plan.expires_at)) }
                    div class="acts" { (Button::submit(format!("Hand over {}", words::count(covered, "case", "cases"))).primary().disabled(covered == 0)) }
                }
            }
        }
    }
}

/// Whom one asks: everybody unless somebody is ticked.
fn among(ask: &PreviewAbsenceCover, made: &Made) -> Markup {
    html! {
        details open[!ask.user_ids.is_empty()] {
            summary class="link" { "Among whom: " @if ask.user_ids.is_empty() { "everybody in your reach" } @else { (ask.user_ids.len()) " chosen" } }
            fieldset class="field two-up" {
                legend class="sr" { "Only these colleagues" }
                div class="choices" {
                    @for (id, name) in &made.colleagues {
                        label class="tick" { input class="box" type="checkbox" name="who" value=(id) checked[ask.user_ids.contains(id)]; span { (name) } }
                    }
                }
            }
        }
    }
}

fn choice(event: EventId, colleagues: &Colleagues, chosen: &str, planned: &str) -> Markup {
    let mut all = vec![Choice::new("", planned.to_owned())];
    all.extend(colleagues.iter().map(|(id, name)| Choice::new(format!("{event}:{id}"), name.clone())));
    all.push(Choice::new(format!("{event}:stays"), "Leave it as it is"));
    html! { div class="abs-f" { (Field::select("case", "Who takes it", all).id(format!("case-{event}")).value(chosen.to_owned())) } }
}

fn one_case(visit: &Visit, ask: &PreviewAbsenceCover, made: &Made, case: &AbsenceCase) -> Markup {
    let (ctx, today) = (&visit.ctx, visit.ctx.today());
    let fixed = ask.fixed.iter().find(|it| it.event_id == case.event_id);
    let chosen = fixed.map(|it| format!("{}:{}", it.event_id, it.representative_id)).unwrap_or_default();
    let planned = match case.representative_name.as_str() {
        "" => "As planned: nobody".to_owned(),
        _ if fixed.is_some() => "As planned".to_owned(),
        name => format!("As planned: {name}"),
    };
    let status = match case.representative_id {
        Some(_) => Status::new(Tone::Green, case.representative_name.clone()),
        None => Status::new(Tone::Amber, "Nobody is free"),
    };
    html! {
        div class="abs-case" {
            div class="abs-h" {
                div { a class="link medium" href={ "/events/" (case.event_id) } { (undated(&case.event_name)) } span class="sub" { (moment(ctx.now, &ctx.organization.time_zone, case.starts_at)) " · " (case.event_number) } }
                (status)
                (choice(case.event_id, &made.colleagues, &chosen, &planned))
            }
            ul class="mv-l" {
                @for one in case.moves.iter().filter(|one| one.kind != MoveKind::Stays) { li { (said(today, &one.text)) } }
                @for open in &case.unresolved { li class="ink-amber" { (said(today, &open.text)) } }
                @if case.representative_id.is_some() && case.unresolved.is_empty() && case.moves.iter().all(|one| one.kind == MoveKind::Stays) {
                    li class="muted" { "Nothing has to move." }
                }
                @if !case.text.is_empty() { li class="ink-amber" { (case.text) } }
            }
        }
    }
}

fn outcome(done: &Value) -> String {
    let n = |key: &str| done[key].as_array().map_or(0, Vec::len) as i64;
    let covered = words::count(n("coverages"), "case changed hands", "cases changed hands");
    match n("uncovered_event_ids") {
        0 => format!("{covered}. Everybody concerned was told."),
        left => format!("{covered}, {} as before.", words::count(left, "stays", "stay")),
    }
}

async fn apply(visit: Visit, Path((id, absence)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, absence): (UserId, AbsenceId) = (visit.id(&id)?, visit.id(&absence)?);
    let ask = read(visit.link.pairs());
    let Some(preview_token) = sent.id("preview_token")? else { return Err(Fail::not_found()) };
    let body = ApplyCover { preview_token, reason: sent.text("reason").to_owned() };
    match visit.app.apply_absence_cover(&visit.ctx, sent.key(), id, absence, body).await {
        Ok(answer) => {
            let done: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            Ok(visit.go(&href(id), Flash::done(outcome(&done))))
        }
        Err(
            Error::Outdated { message, .. } | Error::Conflict { code: "plan_outdated" | "preview_expired", message },
        ) => screen(&visit, id, absence, ask, Some(&message)).await,
        Err(Error::NotFound(Some(field))) if field == "preview_token" => {
            screen(&visit, id, absence, ask, Some("This plan was carried out or replaced already.")).await
        }
        Err(error) => Ok(visit.go(&href(id), Flash::failed(acts::sentence(&visit, error)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_reads_back_from_its_address() {
        let (event, other): (EventId, EventId) =
            (format!("evt_{:026}", 1).parse().unwrap(), format!("evt_{:026}", 2).parse().unwrap());
        let who: UserId = format!("usr_{:026}", 3).parse().unwrap();
        let ask = PreviewAbsenceCover {
            user_ids: vec![who],
            fixed: vec![CaseFor { event_id: event, representative_id: who }],
            without_event_ids: vec![other],
            hand_back: true,
        };
        let text = link("/x", &ask).to_string();
        let (_, query) = text.split_once('?').unwrap();
        assert_eq!(read(Link::parse("/x", Some(query)).pairs()), ask);
        assert_eq!(read([("case", "x:y"), ("case", ""), ("who", "1")].into_iter()), PreviewAbsenceCover::default());
    }
}
