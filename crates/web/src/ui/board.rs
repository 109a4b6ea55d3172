//! Who is where on which day: people down the side, days across, and what they do in between. On the phone it turns into
//! one list per person.

use super::{Status, Text};
use maud::{Markup, Render, html};

/// A day across the top.
#[derive(Clone, Debug)]
pub struct BoardDay {
    /// "Mon 14 Dec".
    pub label: Text,
    /// A remark under it, such as a holiday, or empty.
    pub note: Text,
    /// It is today.
    pub today: bool,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub struct Slot {
    /// "08:00".
    pub time: Text,
    /// "Total hip, Dr. Rivera".
    pub title: Text,
    /// Where, with which set.
    pub detail: Text,
    /// Its page.
    pub href: Text,
    /// Its state.
    pub status: Status,
    /// It overlaps with something else; the status says with what.
    pub clash: bool,
    /// Where its move to another day is looked at, if it can be moved; the day is added as `?on=`.
    pub moves: Option<Text>,
}

/// A person, a set or a location, and what happens on each of the days.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The name.
    pub name: Text,
    /// A remark under it.
    pub note: Text,
    /// One entry for each day, in their order.
    pub days: Vec<Vec<Slot>>,
    /// The dates of the days, as `2026-12-14`; empty where nothing can be moved to them.
    pub dates: Vec<Text>,
    /// For days on which there is more than is shown: what the link says, and where all of it stands. Empty where all is shown.
    pub more: Vec<Option<(Text, Text)>>,
}

/// The board.
pub fn board(label: &str, days: &[BoardDay], lanes: &[Lane]) -> Markup {
    html! {
        div class="list" tabindex="0" role="region" aria-label=(label) {
            table class="t board keep mw-10" {
                colgroup { col width="176"; @for _ in days { col; } }
                thead {
                    tr {
                        th scope="col" { span class="sr" { "Who" } }
                        @for day in days {
                            th scope="col" class=[day.today.then_some("now")] { (day.label) @if !day.note.is_empty() { small { (day.note) } } }
                        }
                    }
                }
                tbody { @for lane in lanes { (row(days, lane)) } }
            }
        }
    }
}

fn row(days: &[BoardDay], lane: &Lane) -> Markup {
    html! {
        tr {
            th scope="row" { (lane.name) @if !lane.note.is_empty() { span class="sub" { (lane.note) } } }
            @for (at, (day, slots)) in days.iter().zip(&lane.days).enumerate() {
                td class=[day.today.then_some("now")] data-day=(day.label) data-on=[lane.dates.get(at)] {
                    @for slot in slots { (slot) }
                    @if let Some(Some((label, href))) = lane.more.get(at) { a class="slot-more link" href=(href) { (label) } }
                }
            }
        }
    }
}

impl Render for Slot {
    fn render(&self) -> Markup {
        html! {
            a class={ "slot " (self.status.tone.class()) @if self.clash { " clash" } } href=(self.href) data-look data-move=[self.moves.as_ref()] draggable=[self.moves.is_some().then_some("true")] {
                b { (self.time) " " (self.title) }
                @if !self.detail.is_empty() { span { (self.detail) } }
                div { (self.status) }
            }
        }
    }
}
