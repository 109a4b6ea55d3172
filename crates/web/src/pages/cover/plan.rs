//! A plan, line by line: where each thing comes from, grouped by hand-over, with its times; what is left open; what can be
//! done otherwise. Every change is a link to the plan with that change.

use super::wish::Wish;
use super::{moment, said, span};
use crate::edge::Visit;
use crate::pages::words;
use crate::ui::{Banner, Button, Field, Figure, Icon, Tone, badge, banner, csrf_field, figures};
use app::names::{Names, Wanted};
use app::{Ctx, Tx};
use contract::coverage::{CoverMove, CoverNextBest, CoverPreview, CoverUnit, CoverUnresolved};
use contract::events::EventSummary;
use domain::coverage::{MoveKind, PlanRole, Relation};
use domain::id::{ManufacturerId, UserId};
use domain::stock::CustodianType;
use maud::{Markup, html};

/// Units of a move that are shown without opening it.
const FEW: usize = 3;
/// Units of a move that are shown at most.
const MANY: usize = 60;

/// Where something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody, or a hub.
    Person(UserId),
    /// A manufacturer.
    Maker(ManufacturerId),
    /// The organisation's own stock.
    Warehouse,
}

/// Where a move comes from.
pub fn source(one: &CoverMove) -> Option<Source> {
    match (one.from, one.manufacturer_id) {
        (Some(from), _) if from.r#type == CustodianType::User => Some(Source::Person(UserId::from_uuid(from.id.id))),
        (Some(_), _) => Some(Source::Warehouse),
        (None, maker) => maker.map(Source::Maker),
    }
}

/// A plan with what is needed to show it.
pub struct View<'a> {
    /// Whoever looks.
    pub visit: &'a Visit,
    /// The case.
    pub event: &'a EventSummary,
    /// What was asked for.
    pub wish: &'a Wish,
    /// The plan.
    pub plan: &'a CoverPreview,
    /// Names behind ids.
    pub names: &'a Names,
    /// What moved since the plan before, or what else stands against it.
    pub moved: Option<&'a str>,
}

/// Names that the view of a plan needs.
pub fn names(ctx: &Ctx, tx: &mut Tx, wish: &Wish, plan: &CoverPreview) -> app::Result<Names> {
    let mut wanted = Wanted::new();
    for id in plan.tells.iter().chain(&wish.edits.without_user_ids) {
        wanted.person(*id);
    }
    for id in &wish.edits.without_manufacturer_ids {
        wanted.manufacturer(Some(*id));
    }
    for id in wish.edits.without_unit_ids.iter().chain(&wish.edits.with_unit_ids) {
        wanted.unit(*id);
    }
    for it in &wish.edits.substitutes {
        wanted.item(it.catalog_item_id).item(it.substitute_id);
    }
    app::names::look_up(ctx, tx, &wanted)
}

/// A link that makes the plan anew, in place where scripts run.
pub fn replan(class: &'static str, label: Markup, href: &str) -> Markup {
    html! {
        a class=(class) href=(href) hx-get=(href) hx-target="#plan" hx-swap="innerHTML" hx-indicator="#plan" data-address { (label) }
    }
}

/// The order in which a plan is read: what travels and is asked for, what changes on paper, what stays.
const GROUPS: [(&str, &[MoveKind]); 3] = [
    (
        "What has to move",
        &[MoveKind::HandOver, MoveKind::Courier, MoveKind::Request, MoveKind::MakerRequest, MoveKind::CreateOnArrival],
    ),
    ("What changes on paper", &[MoveKind::Link, MoveKind::Reassign]),
    ("What is used where it is", &[MoveKind::Stays]),
];

const fn icon(kind: MoveKind) -> Icon {
    match kind {
        MoveKind::Stays => Icon::Check,
        MoveKind::HandOver => Icon::Swap,
        MoveKind::Courier => Icon::Truck,
        MoveKind::Link => Icon::Link,
        MoveKind::Reassign => Icon::Edit,
        MoveKind::Request => Icon::Bell,
        MoveKind::MakerRequest => Icon::Mail,
        MoveKind::CreateOnArrival => Icon::Box,
    }
}

/// What a move is, as a sentence.
fn sentence(one: &CoverMove) -> Markup {
    let (from, to) = (one.from_name.as_str(), one.to_name.as_str());
    let units = html! { b { (words::count(one.units.len() as i64, "unit", "units")) } };
    let marked = one.units.iter().filter(|unit| matches!(unit.role, PlanRole::Marked | PlanRole::Booked)).count();
    let own = one.relation == Some(Relation::Own);
    html! {
        @match one.kind {
            MoveKind::HandOver => { (from) " hands " (to) " " (units) }
            MoveKind::Courier => { (from) " sends " (to) " " (units) " by courier" }
            MoveKind::Stays if own && one.facility_stock => { (to) " answers for " (units) " of facility stock here" }
            MoveKind::Stays if own => { (to) " has " (units) }
            MoveKind::Stays if one.facility_stock => { (from) " shares " (units) " of facility stock here with " (to) }
            MoveKind::Stays => { (from) " shares " (units) " with " (to) }
            MoveKind::Link => { (to) " is linked to " (from) ", who shares " (units) " of facility stock here" }
            MoveKind::Reassign => { (to) " answers for " (units) " of facility stock here instead of " (from) }
            MoveKind::Request if one.facility_stock => { (from) " is asked to let " (to) " answer for " (units) " of facility stock" }
            MoveKind::Request => { (from) " is asked to send " (to) " " (units) }
            MoveKind::MakerRequest => { (from) " is asked to send " (to) " " (units) }
            MoveKind::CreateOnArrival => { (units) " ordered from " (from) ", made known when they arrive" }
        }
        @if marked == one.units.len() && one.kind != MoveKind::Stays { ", on the case before and after" }
    }
}

/// When it leaves and when it is there.
fn times(view: &View<'_>, one: &CoverMove) -> Markup {
    let at = |at| moment(view.visit.now(), &view.event.time_zone, at);
    let first = one.from_name.split_whitespace().next().unwrap_or_default();
    let verb = match one.kind {
        MoveKind::Request | MoveKind::MakerRequest | MoveKind::CreateOnArrival => "ask",
        _ => "leaves",
    };
    html! {
        @match (one.leave_by, one.arrives_at) {
            _ if one.late => {
                span class="ink-red medium" { "Not in time" }
                @if let Some(arrives) = one.arrives_at { span class="sub" { "there " (at(arrives)) } }
            }
            (Some(leave), arrives) => {
                span { (verb) " " (first) " by " (at(leave)) }
                span class="sub" {
                    @if let Some(arrives) = arrives { "can be there " (at(arrives)) }
                    @if let Some(minutes) = one.travel_minutes { ", " (span(minutes)) " apart" }
                }
            }
            (None, Some(arrives)) => { span { "can be there " (at(arrives)) } }
            _ => { span { @if one.kind == MoveKind::Stays { "no move" } @else { "no sale, no move" } } }
        }
        @if one.kind != MoveKind::Stays {
            span class="sub" { @if one.at_once { "done when you confirm" } @else { "waits for an answer" } }
        }
    }
}

fn mark(unit: &CoverUnit) -> String {
    let mut parts = vec![unit.catalog_number.clone()];
    if !unit.lot.is_empty() {
        parts.push(format!("lot {}", unit.lot));
    }
    if !unit.serial.is_empty() {
        parts.push(format!("serial {}", unit.serial));
    }
    parts.extend(unit.expires_on.map(|day| format!("expires {}", words::day(day))));
    parts.join(" · ")
}

fn unit_title(unit: &CoverUnit) -> &str {
    if unit.description.is_empty() { &unit.catalog_number } else { &unit.description }
}

fn unit_row(view: &View<'_>, unit: &CoverUnit) -> Markup {
    let event = view.event.id;
    let chosen = unit.unit_id.is_some_and(|id| view.wish.edits.with_unit_ids.contains(&id));
    let editable = unit.unit_id.filter(|_| unit.role == PlanRole::Need);
    html! {
        li {
            div {
                (unit_title(unit))
                @match unit.role {
                    PlanRole::Marked => { " " (badge(Some(Tone::Violet), "On the case")) }
                    PlanRole::Booked => { " " (badge(Some(Tone::Violet), "Booked set")) }
                    PlanRole::Content => { " " (badge(None, "In its set")) }
                    PlanRole::Need if chosen => { " " (badge(Some(Tone::Teal), "Chosen by you")) }
                    PlanRole::Need => {}
                }
                @if unit.out_of_container_id.is_some() { " " (badge(Some(Tone::Amber), "Out of a set")) }
                span class="sub" { (mark(unit)) }
            }
            @if let Some(id) = editable {
                div class="mv-u" {
                    a class="link" href=(others(view.wish, event, unit)) data-dialog { "Another unit" }
                    (replan("link", html! { "Leave it out" }, &view.wish.clone().instead(id, None).href(event)))
                }
            }
        }
    }
}

/// The address of the units that could be taken instead.
fn others(wish: &Wish, event: domain::id::EventId, unit: &CoverUnit) -> String {
    let link = wish.link(format!("/events/{event}/cover/units")).and("item", unit.catalog_item_id);
    unit.unit_id.map_or(link.clone(), |id| link.and("for", id)).to_string()
}

fn one_move(view: &View<'_>, one: &CoverMove) -> Markup {
    let open = one.units.len() <= FEW;
    let hidden = one.units.len().saturating_sub(MANY);
    let list = html! {
        ul class="mv-l" {
            @for unit in one.units.iter().take(MANY) { (unit_row(view, unit)) }
            @if hidden > 0 { li { span class="sub" { "and " (hidden) " more" } } }
        }
    };
    let avoidable = one.units.iter().any(|unit| matches!(unit.role, PlanRole::Need | PlanRole::Content));
    let own = one.relation == Some(Relation::Own);
    let without = source(one).filter(|_| avoidable && !own);
    html! {
        article class={ "mv" @if one.late { " late" } } {
            span class="mv-i" { (icon(one.kind)) }
            div class="mv-b" {
                div class="mv-t" {
                    div { (sentence(one)) @if one.facility_stock && matches!(one.kind, MoveKind::Reassign) { span class="sub" { "Sold before: no second sale, one entry in its history" } } }
                    div class="mv-by" { (times(view, one)) }
                }
                @if open { (list) } @else {
                    details class="mv-d" { summary { (goods(&one.units)) } (list) }
                }
                @if let Some(source) = without {
                    @let label = match source { Source::Warehouse => "Nothing from the warehouse".to_owned(), _ => format!("Nothing from {}", one.from_name) };
                    div class="mv-go" { (replan("link", html! { (label) }, &view.wish.clone().source(source, false).href(view.event.id))) }
                }
            }
        }
    }
}

/// "3 × Cup 52 mm, 2 × Stem 3": the first few.
fn goods(units: &[CoverUnit]) -> String {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for unit in units {
        let title = unit_title(unit);
        match all.iter_mut().find(|(known, _)| *known == title) {
            Some((_, n)) => *n += 1,
            None => all.push((title, 1)),
        }
    }
    let more = all.len().saturating_sub(FEW);
    let mut text: Vec<String> = all.iter().take(FEW).map(|(title, n)| format!("{n} \u{d7} {title}")).collect();
    if more > 0 {
        text.push(format!("{more} more kinds"));
    }
    text.join(", ")
}

fn next_best(view: &View<'_>, open: &CoverUnresolved, next: &CoverNextBest) -> Markup {
    let today = view.visit.ctx.today();
    let swap = next.catalog_item_id.filter(|_| next.kind == "substitute");
    html! {
        li {
            div { (said(today, &next.text)) }
            @if let Some(item) = swap {
                div class="mv-u" { (replan("link", html! { "Take it instead" }, &view.wish.clone().swap(open.catalog_item_id, Some(item)).href(view.event.id))) }
            }
        }
    }
}

fn unresolved(view: &View<'_>, open: &CoverUnresolved) -> Markup {
    let title = if open.description.is_empty() { &open.catalog_number } else { &open.description };
    html! {
        article class="mv open" {
            span class="mv-i" { (Icon::Warning) }
            div class="mv-b" {
                div class="mv-t" {
                    div { b { (open.quantity) " \u{d7} " (title) } span class="sub" { (said(view.visit.ctx.today(), &open.text)) } }
                    div class="mv-by" { span class="ink-amber medium" { "left open" } }
                }
                @if !open.next_best.is_empty() { ul class="mv-l" { @for next in &open.next_best { (next_best(view, open, next)) } } }
            }
        }
    }
}

/// What was changed by hand, each with its way back.
fn changes(view: &View<'_>) -> Markup {
    let (wish, event, names) = (view.wish, view.event.id, view.names);
    let chip = |label: String, back: Wish| {
        let aria = format!("Take back: {label}");
        html! {
            span class="chip" {
                span { (label) }
                a href=(back.href(event)) hx-get=(back.href(event)) hx-target="#plan" hx-swap="innerHTML" hx-indicator="#plan" data-address aria-label=(aria) title=(aria) { (Icon::Close) }
            }
        }
    };
    let unit = |id: &domain::id::UnitId| {
        let unit = names.unit(*id);
        let mark =
            unit.map(|it| if it.lot.is_empty() { it.serial.clone() } else { it.lot.clone() }).unwrap_or_default();
        let title = unit.map_or("a unit", |it| names.item_title(it.item));
        if mark.is_empty() { title.to_owned() } else { format!("{title}, {mark}") }
    };
    let edits = &wish.edits;
    html! {
        @if !wish.is_as_planned() {
            div class="changes" {
                span class="sub" { "Changed by you" }
                @for id in &edits.without_user_ids { (chip(format!("Nothing from {}", names.person(*id)), wish.clone().source(Source::Person(*id), true))) }
                @for id in &edits.without_manufacturer_ids { (chip(format!("Nothing from {}", names.manufacturer(*id)), wish.clone().source(Source::Maker(*id), true))) }
                @if edits.without_warehouse { (chip("Nothing from the warehouse".to_owned(), wish.clone().source(Source::Warehouse, true))) }
                @for id in &edits.without_unit_ids { (chip(format!("Without {}", unit(id)), wish.clone().again(*id))) }
                @for id in &edits.with_unit_ids { (chip(format!("With {}", unit(id)), wish.clone().not_chosen(*id))) }
                @for it in &edits.substitutes { (chip(format!("{} instead of {}", names.item_title(it.substitute_id), names.item_title(it.catalog_item_id)), wish.clone().swap(it.catalog_item_id, None))) }
            }
        }
    }
}

fn sums(view: &View<'_>) -> Markup {
    let sum = &view.plan.summary;
    let moving = match sum.units_moving {
        0 => "nothing moves".to_owned(),
        n => words::count(n, "unit changes hands", "units change hands"),
    };
    let mut all = vec![Figure::new(words::count(sum.hand_overs, "hand-over", "hand-overs"), moving)];
    if sum.units_in_place > 0 {
        all.push(Figure::new(words::number(sum.units_in_place), "used where they are"));
    }
    if let (Some(at), Some(spare)) = (sum.ready_at, sum.spare_minutes) {
        let ready = Figure::new(moment(view.visit.now(), &view.event.time_zone, at), "everything can be there");
        all.push(if spare < 0 {
            ready.note(Tone::Red, "not in time")
        } else {
            ready.note(Tone::Green, format!("{} to spare", span(spare)))
        });
    }
    if sum.units_unresolved > 0 {
        all.push(Figure::new(words::number(sum.units_unresolved), "left open").note(Tone::Amber, "see below"));
    }
    figures(&all)
}

/// Who hears of it.
fn told(view: &View<'_>) -> Markup {
    let all: Vec<&str> = view.plan.tells.iter().map(|id| view.names.person(*id)).collect();
    html! {
        p class="sub plan-note" {
            @match all.len() {
                0 => {}
                1 => { (all[0]) " is told what concerns them. " }
                _ => { (words::names(&all, 6)) " are told what concerns them. " }
            }
            "Everything marked stays on the case, prices follow the same rules as before. You can take it back until a hand-over is confirmed or the case is submitted."
            @if !view.plan.summary.exact { " This is the best plan that was found in the time; others may be as good." }
        }
    }
}

/// The plan with the button that carries it out.
pub fn panel(view: &View<'_>) -> Markup {
    let (plan, visit) = (view.plan, view.visit);
    let first = plan.representative_name.split_whitespace().next().unwrap_or_default();
    let zone = &visit.ctx.organization.time_zone;
    html! {
        div class="plan-in" {
            header class="plan-h" {
                h2 id="plan-title" { "Plan for " (plan.representative_name) }
                span class="sub" { "nothing is written until you confirm" }
                a class="link phone-back" href={ "/events/" (view.event.id) "/cover" } { "Somebody else" }
            }
            @if let Some(moved) = view.moved {
                (banner(Banner::Error, html! { b { "This is a new plan" } (said(visit.ctx.today(), moved)) }, None))
            }
            @if !plan.conflicts.is_empty() {
                (banner(Banner::Warning, html! {
                    b { (plan.representative_name) " is not free" }
                    @for conflict in &plan.conflicts { div { (said(visit.ctx.today(), &conflict.text)) } }
                }, None))
            }
            (sums(view))
            (changes(view))
            @if !plan.unresolved.is_empty() {
                h3 class="plan-g" { "What is left open" }
                @for open in &plan.unresolved { (unresolved(view, open)) }
            }
            @for (title, kinds) in GROUPS {
                @let of: Vec<&CoverMove> = plan.moves.iter().filter(|one| kinds.contains(&one.kind)).collect();
                @if !of.is_empty() {
                    h3 class="plan-g" { (title) }
                    @for one in of { (one_move(view, one)) }
                }
            }
            @if plan.moves.is_empty() && plan.unresolved.is_empty() {
                p class="plan-none" { "The case needs nothing yet: only its representative changes." }
            }
            (told(view))
        }
        form method="post" action={ "/events/" (view.event.id) "/cover" } class="give" {
            (csrf_field(&visit.csrf()))
            (view.wish.hidden())
            input type="hidden" name="preview_token" value=(plan.preview_token);
            (Field::text("reason", "Why").id("give-reason").optional().limit(500).placeholder("For the history and those who are told"))
            div class="foot" {
                span { "Holds until " (words::clock_in(zone, plan.expires_at)) }
                div class="acts" { (Button::submit(format!("Give the case to {first}")).primary()) }
            }
        }
    }
}

/// Where no plan can be shown: why, and the way back to the plan without changes.
pub fn refused(visit: &Visit, event: &EventSummary, wish: &Wish, why: &str) -> Markup {
    let back = wish.to.filter(|_| !wish.is_as_planned()).map(|to| Wish::of(to).href(event.id));
    html! {
        div class="plan-in" {
            h2 id="plan-title" { "No plan" }
            (banner(Banner::Error, html! {
                b { "This cannot be planned like that" } (said(visit.ctx.today(), why))
                @if let Some(back) = &back { div class="pad-s" { (replan("link", html! { "Take the changes back" }, back)) } }
            }, None))
            a class="link phone-back" href={ "/events/" (event.id) "/cover" } { "Somebody else" }
        }
    }
}
