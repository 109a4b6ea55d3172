//! What the page of a case says about cover: is it ready, what does it need, how did it change hands, what is left to do.

use super::{moment, said, status, tasks};
use crate::edge::Visit;
use crate::pages::common::press;
use crate::pages::words;
use crate::ui::{Button, Icon, Line, Status, StepState, Todo, Tone, lines, section_block, todos};
use app::names::{Names, Wanted};
use app::{Ctx, Tx};
use contract::ListParams;
use contract::coverage::{Coverage, EventNeed, EventNeeds, Offer, Readiness, Task};
use contract::events::Event;
use domain::coverage::readiness::State;
use domain::event::EventStatus;
use domain::people::Permission;
use maud::{Markup, html};

/// Risks that are told at once.
const RISKS: usize = 6;
/// Needs that are shown without opening them.
const NEEDS: usize = 8;

/// Everything about cover that stands on the page of an event.
#[derive(Default)]
pub struct Around {
    /// How it stands, while it is open.
    pub readiness: Option<Readiness>,
    /// Whether the viewer may ask for cover, because they may not find it themselves.
    pub may_request: bool,
    /// Cover was asked for and is not found yet.
    pub wanted: bool,
    coverages: Vec<Coverage>,
    tasks: Vec<Task>,
    offers: Vec<Offer>,
    needs: Option<EventNeeds>,
    names: Names,
}

/// Reads it.
pub fn read(ctx: &Ctx, tx: &mut Tx, event: &Event) -> app::Result<Around> {
    let id = event.head.id;
    let open = event.head.status == EventStatus::Open;
    let mut around = Around {
        coverages: app::coverage::history(ctx, tx, id)?.items,
        needs: Some(app::coverage::needs::get(ctx, tx, id)?),
        ..Around::default()
    };
    if open {
        around.readiness = Some(app::coverage::readiness::one(ctx, tx, id)?);
        around.may_request = app::coverage::tasks::may_request(ctx, tx, id)?;
        let mut params = ListParams { limit: Some(50), ..ListParams::default() };
        params.filters.insert("event_id".to_owned(), id.to_string());
        around.tasks = app::coverage::tasks::list(ctx, tx, &params)?.items;
        around.wanted = around.tasks.iter().any(|task| task.kind == "cover_wanted");
        if ctx.may(Permission::CoverEvents) {
            around.offers = app::coverage::offers::list(ctx, tx, id)?.items;
        }
    }
    let mut wanted = Wanted::new();
    for it in &around.coverages {
        wanted.person(it.from_user_id).person(it.to_user_id).person(it.actor_id);
    }
    around.names = app::names::look_up(ctx, tx, &wanted)?;
    Ok(around)
}

impl Around {
    /// Whether the viewer may find cover now.
    pub fn may_cover(&self) -> bool {
        self.readiness.as_ref().is_some_and(|it| it.may_cover)
    }

    /// How it stands, for the header: nothing once the case has begun.
    pub fn status(&self, ctx: &Ctx) -> Option<Status> {
        let it = self.readiness.as_ref().filter(|it| it.starts_at > ctx.now)?;
        let mut status = status(it.state);
        if let (State::AtRisk, Some(by)) = (it.state, it.act_by) {
            status.word = format!("{}: act by {}", it.state.label(), moment(ctx.now, &it.time_zone, by)).into();
        }
        Some(status)
    }

    /// The way to somebody else, as the action of the header.
    pub fn action(&self, event: &Event) -> Option<Button> {
        let to = |what: &str| format!("/events/{}/{what}", event.head.id);
        if self.may_cover() {
            return Some(Button::link("Find cover", to("cover")).icon(Icon::Swap).hotkey("c"));
        }
        (self.may_request && !self.wanted)
            .then(|| Button::link("Ask for cover", to("cover/request")).icon(Icon::Swap).hotkey("c").in_dialog())
    }

    /// Is it ready, and by when must what happen?
    pub fn ready(&self, visit: &Visit) -> Markup {
        let ctx = &visit.ctx;
        let Some(it) = self.readiness.as_ref().filter(|it| it.starts_at > ctx.now) else { return html! {} };
        let today = ctx.today();
        let mut list: Vec<Todo> = Vec::new();
        for risk in it.risks.iter().take(RISKS) {
            let (state, by) = match risk.act_by {
                Some(by) => {
                    (StepState::Now, html! { span class="nowrap" { "by " (moment(ctx.now, &it.time_zone, by)) } })
                }
                None => (StepState::Bad, html! { "too late" }),
            };
            list.push(Todo::new(state, said(today, &risk.text)).side(by));
        }
        if it.risks.len() > RISKS {
            list.push(Todo::new(StepState::Now, format!("and {} more", it.risks.len() - RISKS)));
        }
        if it.risks.is_empty() {
            let text = match it.units_needed {
                0 => format!("{} is free, and nothing is needed yet", it.representative_name),
                n => format!(
                    "{} is free, and {} of {} are there",
                    it.representative_name,
                    words::number(it.units_there),
                    words::count(n, "needed unit", "needed units")
                ),
            };
            list.push(Todo::new(StepState::Done, text));
        }
        section_block("Is it ready", &[], todos(&list))
    }

    /// What it needs and how much of it is there.
    pub fn needs(&self, visit: &Visit, event: &Event, may_edit: bool) -> Markup {
        let Some(needs) = &self.needs else { return html! {} };
        let to = format!("/events/{}/needs", event.head.id);
        if needs.items.is_empty() && !may_edit {
            return html! {};
        }
        let missing: Vec<_> =
            needs.items.iter().filter(|it| it.missing > 0).map(|it| (it.catalog_item_id, it.missing)).collect();
        let asks = visit.may(domain::people::Permission::RequestInventory);
        let request = asks.then(|| crate::pages::requests::missing(&event.head, &missing)).flatten();
        let change = may_edit.then(|| Button::link("Change", to.clone()).small().in_dialog());
        let actions: Vec<Button> = request.into_iter().chain(change).collect();
        let rows: Vec<Line> = needs.items.iter().map(need_line).collect();
        let body = html! {
            @if rows.is_empty() {
                p class="sub" { "Nothing yet. With the surgeon's preference card or a few lines, readiness and cover know what has to be there." }
            } @else if rows.len() <= NEEDS { (lines(&rows)) }
            @else {
                (lines(&rows[..NEEDS]))
                details { summary class="sub link" { "and " (rows.len() - NEEDS) " more" } (lines(&rows[NEEDS..])) }
            }
        };
        section_block("What it needs", &actions, body)
    }

    /// How it changed hands, whom one has asked, what is left to do.
    pub fn hands(&self, visit: &Visit) -> Markup {
        if self.coverages.is_empty() && self.tasks.is_empty() && self.offers.is_empty() {
            return html! {};
        }
        let mut rows: Vec<Line> = Vec::new();
        for it in self.coverages.iter().take(3) {
            rows.push(self.coverage_line(visit, it));
        }
        rows.extend(
            self.offers
                .iter()
                .filter(|it| matches!(it.state.as_str(), "open" | "declined"))
                .map(|it| offer_line(visit, it)),
        );
        rows.extend(self.tasks.iter().map(|task| tasks::line(visit, task, false)));
        section_block("Cover", &[], lines(&rows))
    }

    fn coverage_line(&self, visit: &Visit, it: &Coverage) -> Line {
        let (from, to) = (self.names.person(it.from_user_id), self.names.person(it.to_user_id));
        let title = if it.undone_at.is_some() {
            format!("Taken back: {from} kept it, not {to}")
        } else {
            format!("{to} took over from {from}")
        };
        let line = Line::new(title)
            .below(html! { (self.names.person(it.actor_id)) ", " (words::when(&visit.ctx, it.applied_at)) });
        if it.can_undo {
            let undo = Button::submit("Take it back").small().icon(Icon::Undo);
            return line.control(press(visit, format!("/events/{}/cover/undo", it.event_id), undo));
        }
        line.side(Status::of(if it.undone_at.is_some() { "cancelled" } else { "done" }))
    }
}

fn need_line(need: &EventNeed) -> Line {
    let title = if need.description.is_empty() { &need.catalog_number } else { &need.description };
    let status = match (need.missing, need.on_case >= need.quantity) {
        (0, true) => Status::new(Tone::Green, "On the case"),
        (0, false) => Status::new(Tone::Green, "Within reach"),
        (n, _) => Status::new(Tone::Amber, format!("{} missing", words::number(n))),
    };
    Line::new(format!("{} \u{d7} {title}", need.quantity))
        .below(html! { (need.catalog_number) " · " (need.on_case) " on the case · " (need.within_reach) " more within reach" })
        .side(status)
}

fn offer_line(visit: &Visit, it: &Offer) -> Line {
    let line = Line::new(format!("{} was asked", it.user_name));
    let below = html! { (words::when(&visit.ctx, it.created_at)) @if !it.reason.is_empty() { " · \u{201c}" (it.reason) "\u{201d}" } };
    line.below(below).side(match it.state.as_str() {
        "open" => Status::new(Tone::Blue, "No answer yet"),
        other => Status::of(other),
    })
}
