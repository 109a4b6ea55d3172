//! The board of the next days: every upcoming case, ready, at risk or not ready, with what is missing and by when it must
//! move.

use super::{day_said, moment, said, shown, status, tasks, undated};
use crate::edge::{Out, Visit, get};
use crate::pages::words;
use crate::ui::{Button, Empty, Header, Icon, Line, Room, Tab, Tone, lines, tabs};
use app::App;
use axum::Router;
use contract::ListParams;
use contract::coverage::{Readiness, ReadinessBoard};
use domain::coverage::readiness::State;
use domain::people::Permission;
use maud::{Markup, html};

/// Cases of a page.
const PAGE: u32 = 60;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/readiness", get(page))
}

/// A case on the board.
pub fn line(visit: &Visit, it: &Readiness) -> Line {
    let (ctx, today) = (&visit.ctx, visit.ctx.today());
    let worst = it.risks.first();
    let below = html! {
        (it.representative_name)
        @if let Some(place) = it.location_name.as_ref().filter(|place| !it.event_name.contains(place.as_str())) { " · " (place) }
        @if it.units_needed > 0 { " · " (it.units_there) " of " (it.units_needed) " there" }
        @if let Some(risk) = worst {
            br; span class=(if risk.act_by.is_none() { "ink-red" } else { "ink2" }) { (said(today, &risk.text)) }
            @if it.risks.len() > 1 { span class="muted" { " and " (it.risks.len() - 1) " more" } }
        }
    };
    let mut line = Line::new(undated(&it.event_name).to_owned())
        .lead(words::clock_in(&it.time_zone, it.starts_at))
        .below(below)
        .href(format!("/events/{}", it.event_id))
        .side(status(it.state));
    if let (Some(by), true) = (it.act_by, it.state != State::Ready) {
        line = line.side_sub(html! { "by " (moment(ctx.now, &it.time_zone, by)) });
    }
    if it.may_cover && it.state != State::Ready {
        line = line.action(Button::link("Find cover", format!("/events/{}/cover", it.event_id)).small());
    }
    line
}

/// The same where several days stand under each other: the day instead of the time alone.
pub fn near_line(visit: &Visit, it: &Readiness) -> Line {
    let day = it.starts_at.day_in(&it.time_zone);
    line(visit, it).lead(
        html! { (capital(&day_said(visit.ctx.today(), day))) small { (words::clock_in(&it.time_zone, it.starts_at)) } },
    )
}

const STATES: [Option<State>; 4] = [None, Some(State::NotReady), Some(State::AtRisk), Some(State::Ready)];

async fn page(visit: Visit) -> Out {
    let state = visit.link.get("state").and_then(State::parse);
    let days: i64 = visit
        .link
        .get("days")
        .and_then(|text| text.parse().ok())
        .filter(|days| [7, 14, 30].contains(days))
        .unwrap_or(14);
    let mut params =
        ListParams { limit: Some(PAGE), cursor: visit.link.get("cursor").map(str::to_owned), ..ListParams::default() };
    params.filters.insert("days".to_owned(), days.to_string());
    if let Some(state) = state {
        params.filters.insert("state".to_owned(), state.as_str().to_owned());
    }
    if let Some(who) = visit.link.get("representative_id").filter(|text| !text.is_empty()) {
        params.filters.insert("representative_id".to_owned(), who.to_owned());
    }
    let board = visit.read(move |ctx, tx| app::coverage::board::board(ctx, tx, &params)).await?;
    let counts = &board.counts;
    let bad = counts.not_ready + counts.at_risk;
    let lead = match (bad, counts.ready) {
        (0, 0) => "no case in these days".to_owned(),
        (0, n) => format!("all {} are ready", words::number(n)),
        (n, _) => format!("{} to act for", words::count(n, "case", "cases")),
    };
    let mut header = Header::new("Readiness").lead(html! { "next " (days) " days, " (lead) });
    header = header.action(Button::link("Calendar", "/calendar").icon(Icon::Calendar).wide_only());
    if visit.ctx.actor.role.is_office() && visit.may(Permission::ManageUsers) {
        header = header.action(Button::link("Shared pools", "/pools").icon(Icon::Link));
    }
    let base = visit.link.without("state");
    let mut views: Vec<Tab> = STATES
        .into_iter()
        .map(|it| {
            let (label, n) = match it {
                None => ("All", counts.not_ready + counts.at_risk + counts.ready),
                Some(State::NotReady) => ("Not ready", counts.not_ready),
                Some(State::AtRisk) => ("At risk", counts.at_risk),
                Some(State::Ready) => ("Ready", counts.ready),
            };
            let href = it.map_or_else(|| base.clone(), |it| base.with("state", it.as_str()));
            Tab::new(label, href.to_string(), it == state).count(words::number(n))
        })
        .collect();
    views.extend([7, 14, 30].map(|n| Tab::new(format!("{n} days"), visit.link.with("days", n).to_string(), n == days)));
    let body = html! {
        (header)
        div class="pad-x" { (tasks::rooms("Readiness")) }
        (tabs(&views, None))
        div class="content" { (days_of(&visit, &board)) }
    };
    Ok(shown(&visit, "Readiness", Room::Calendar, body))
}

fn days_of(visit: &Visit, board: &ReadinessBoard) -> Markup {
    let mut days: Vec<(domain::clock::Day, Vec<&Readiness>)> = Vec::new();
    for it in &board.items {
        let day = it.starts_at.day_in(&it.time_zone);
        match days.last_mut() {
            Some((last, all)) if *last == day => all.push(it),
            _ => days.push((day, vec![it])),
        }
    }
    let today = visit.ctx.today();
    html! {
        @if board.items.is_empty() {
            (Empty::new(Icon::Check, "No case like that in these days").text("Open cases of the coming days appear here with what is missing and by when it must move."))
        }
        @for (day, all) in &days {
            @let bad = all.iter().filter(|it| it.state != State::Ready).count();
            div class="board-day" {
                h2 { @if day.0 - today.0 < 2 { (capital(&day_said(today, *day))) ", " } (words::day_short(*day)) }
                span class={ "sub " @if bad > 0 { (Tone::Amber.ink()) } } { @if bad == 0 { "all ready" } @else { (bad) " of " (all.len()) " to act for" } }
            }
            (lines(&all.iter().map(|it| line(visit, it)).collect::<Vec<_>>()))
        }
        @if let Some(next) = &board.next_cursor { p class="pad-top" { (Button::link("Later cases", visit.link.page(next).to_string())) } }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
