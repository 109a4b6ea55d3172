//! Who can take a case: candidates, best first, with reasons as a person would give them, each with its part.

use super::{said, span};
use crate::pages::words;
use crate::ui::{Status, Tone, avatar, badge};
use contract::coverage::{CoverCandidate, CoverCandidates, CoverReason};
use domain::clock::Day;
use domain::coverage::candidates::ReasonCode;
use maud::{Markup, html};

/// People who are shown at first.
pub const FEW: usize = 8;
/// People who are shown at most.
pub const MANY: usize = 60;

/// What is needed and how much of it is there, in a line.
pub fn needs(all: &CoverCandidates) -> String {
    let mut parts = Vec::new();
    match all.units_needed {
        0 => parts.push("no units needed yet".to_owned()),
        n => parts.push(format!("needs {}", words::count(n, "unit", "units"))),
    }
    if all.units_marked > 0 {
        parts.push(format!("{} marked", words::number(all.units_marked)));
    }
    if all.containers > 0 {
        parts.push(format!("{} booked", words::count(all.containers, "set", "sets")));
    }
    parts.join(" · ")
}

/// Whether the time is free: the reason that comes first.
const fn is_time(code: ReasonCode) -> bool {
    matches!(code, ReasonCode::Free | ReasonCode::Busy | ReasonCode::Away)
}

fn without_dot(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}

/// What else is worth a line: what counts most for somebody, and what a person would want to know against them.
fn worth(it: &CoverCandidate) -> Vec<&CoverReason> {
    let told = |code: ReasonCode| {
        is_time(code) || matches!(code, ReasonCode::Stock | ReasonCode::Trained | ReasonCode::Travel)
    };
    let mut all: Vec<&CoverReason> = it.reasons.iter().filter(|reason| !told(reason.code)).collect();
    let against = all.iter().position(|reason| reason.points == 0).map(|at| all.remove(at));
    all.retain(|reason| reason.points > 0);
    all.sort_by_key(|reason| -reason.points);
    all.truncate(2);
    all.extend(against);
    all
}

fn offered(it: &CoverCandidate) -> Option<Markup> {
    let (tone, word) = match it.offer_state.as_deref()? {
        "open" => (Tone::Blue, "Asked"),
        "declined" => (Tone::Amber, "Declined"),
        _ => return None,
    };
    Some(badge(Some(tone), word))
}

/// Every reason with its part of the score.
fn parts(it: &CoverCandidate, today: Day) -> Markup {
    html! {
        details class="parts" {
            summary { "Score " (it.score) ", why" }
            ul {
                @for reason in &it.reasons {
                    li class=[(reason.points == 0).then_some("none")] {
                        span { (said(today, &reason.text)) }
                        span class="num" { (reason.points) " of " (reason.of) }
                    }
                }
            }
        }
    }
}

/// A person: `name` leads somewhere or does something, `action` stands below.
pub fn person(it: &CoverCandidate, needed: i64, today: Day, name: Markup, action: Option<Markup>) -> Markup {
    let free = it.conflicts.is_empty();
    let time = it.reasons.iter().find(|reason| is_time(reason.code));
    let more: Vec<String> = worth(it).iter().map(|reason| without_dot(&said(today, &reason.text)).to_owned()).collect();
    let way = match it.reasons.iter().find(|reason| reason.code == ReasonCode::Travel) {
        Some(reason) if reason.text.starts_with("About") => format!("{} away", span(it.travel_minutes)),
        _ => "way not known".to_owned(),
    };
    html! {
        li class={ "cand" @if !free { " busy" } } {
            (avatar(&words::initials(&it.name)))
            div class="cand-b" {
                div class="cand-t" { (name) @if let Some(badge) = offered(it) { (badge) } }
                @if free {
                    @if let Some(time) = time { div class="ink-green" { (without_dot(&said(today, &time.text))) } }
                } @else {
                    @for conflict in &it.conflicts { div class="ink-red" { (without_dot(&said(today, &conflict.text))) } }
                }
                div class="cand-w" { @for text in &more { (text) " · " } (way) }
                (parts(it, today))
                @if let Some(action) = action { div class="cand-go" { (action) } }
            }
            div class="cand-n" {
                @if needed > 0 { b { (it.units_within_reach) " of " (needed) } small { "within reach" } }
                @else { b { (it.score) } small { "of 100" } }
            }
        }
    }
}

/// Whether somebody is free, as a status.
pub fn freedom(it: &CoverCandidate, today: Day) -> Status {
    match it.conflicts.first() {
        None => Status::new(Tone::Green, "Free"),
        Some(conflict) => Status::new(Tone::Red, without_dot(&said(today, &conflict.text)).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: ReasonCode, points: i64, text: &str) -> CoverReason {
        CoverReason { code, text: text.to_owned(), points, of: 10 }
    }

    #[test]
    fn the_strongest_reasons_are_told_and_one_against() {
        let it = CoverCandidate {
            user_id: format!("usr_{:026}", 1).parse().unwrap(),
            name: "Ann Reyes".into(),
            score: 80,
            units_within_reach: 3,
            travel_minutes: 14,
            reasons: vec![
                reason(ReasonCode::Free, 30, "Free at that time, travel included."),
                reason(ReasonCode::Travel, 7, "About 14 minutes away."),
                reason(ReasonCode::Physician, 8, "Works with Dr. Rivera."),
                reason(ReasonCode::Location, 0, "Not assigned to St. Elm yet."),
                reason(ReasonCode::Load, 3, "No other case that week."),
                reason(ReasonCode::Recent, 6, "Knows Dr. Rivera: 11 cases in the past year."),
            ],
            conflicts: Vec::new(),
            offer_state: Some("open".into()),
        };
        let codes: Vec<ReasonCode> = worth(&it).iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [ReasonCode::Physician, ReasonCode::Recent, ReasonCode::Location]);
        let html = person(&it, 9, Day(0), html! { "Ann" }, None).into_string();
        assert!(html.contains("3 of 9") && html.contains("14 min away") && html.contains("Asked"), "{html}");
        assert!(html.contains("7 of 10"), "each part is shown: {html}");
    }
}
