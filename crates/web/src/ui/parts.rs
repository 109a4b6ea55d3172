//! The parts that pages are laid out with: facts, timelines, lines, figures, banners, empty states.

use super::{Button, Icon, Status, Text, Tone};
use maud::{Markup, Render, html};

/// How serious a banner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Banner {
    /// Good to know.
    Info,
    /// It worked.
    Success,
    /// Something will hurt.
    Warning,
    /// Something is wrong.
    Error,
}

/// A sentence across the page, with what can be done about it.
pub fn banner(kind: Banner, text: impl Render, action: Option<Button>) -> Markup {
    let (class, icon) = match kind {
        Banner::Info => ("banner", Icon::Info),
        Banner::Success => ("banner success", Icon::Check),
        Banner::Warning => ("banner warning", Icon::Warning),
        Banner::Error => ("banner error", Icon::Error),
    };
    html! {
        div class=(class) role=[(kind == Banner::Error).then_some("alert")] {
            (icon)
            div { (text) }
            @if let Some(action) = action { div class="acts" { (action.small()) } }
        }
    }
}

/// Nothing here: one sentence and the one thing to do.
#[derive(Clone, Debug)]
pub struct Empty {
    icon: Icon,
    title: Text,
    text: Option<Text>,
    actions: Vec<Button>,
}

impl Empty {
    /// With a title such as "No units match".
    pub fn new(icon: Icon, title: impl Into<Text>) -> Self {
        Empty { icon, title: title.into(), text: None, actions: Vec::new() }
    }

    /// A sentence under it.
    pub fn text(mut self, text: impl Into<Text>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// What to do.
    pub fn action(mut self, action: Button) -> Self {
        self.actions.push(action);
        self
    }
}

impl Render for Empty {
    fn render(&self) -> Markup {
        html! {
            div class="empty" {
                (self.icon)
                b { (self.title) }
                @if let Some(text) = &self.text { p { (text) } }
                @if !self.actions.is_empty() { div class="row" { @for action in &self.actions { (action) } } }
            }
        }
    }
}

/// One fact: its name and its value.
pub struct Fact {
    label: Text,
    value: Markup,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<Text>, value: impl Render) -> Self {
        Fact { label: label.into(), value: value.render() }
    }
}

/// Facts under each other, names at the left.
pub fn facts(facts: &[Fact]) -> Markup {
    html! { dl class="facts" { @for fact in facts { dt { (fact.label) } dd { (fact.value) } } } }
}

/// Facts side by side, names above.
pub fn facts_wide(facts: &[Fact]) -> Markup {
    html! { dl class="facts wide" { @for fact in facts { div { dt { (fact.label) } dd { (fact.value) } } } } }
}

/// Something that happened, as a sentence, with when and where below.
pub struct TimelineItem {
    text: Markup,
    detail: Option<Markup>,
    tone: Option<Tone>,
    day: bool,
}

impl TimelineItem {
    /// A sentence: "Dana Moore accepted it for Ann Reyes".
    pub fn new(text: impl Render) -> Self {
        TimelineItem { text: text.render(), detail: None, tone: None, day: false }
    }

    /// A day between the sentences.
    pub fn day(text: impl Render) -> Self {
        TimelineItem { day: true, ..TimelineItem::new(text) }
    }

    /// When, in what, from where.
    pub fn detail(mut self, detail: impl Render) -> Self {
        self.detail = Some(detail.render());
        self
    }

    /// Lights its dot.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }
}

/// What happened, newest first.
pub fn timeline(items: &[TimelineItem]) -> Markup {
    html! {
        ol class="tl" {
            @for item in items {
                li class=[if item.day { Some("day") } else { item.tone.map(Tone::class) }] {
                    (item.text)
                    @if let Some(detail) = &item.detail { div class="sub" { (detail) } }
                }
            }
        }
    }
}

/// A number with its name, which leads to the rows that make it.
pub struct Figure {
    value: Text,
    label: Text,
    href: Option<Text>,
    note: Option<(Tone, Text)>,
    extra: Option<Markup>,
}

impl Figure {
    /// A number as it is to be read, and what it counts.
    pub fn new(value: impl Into<Text>, label: impl Into<Text>) -> Self {
        Figure { value: value.into(), label: label.into(), href: None, note: None, extra: None }
    }

    /// The rows behind it.
    pub fn href(mut self, href: impl Into<Text>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// A remark under it: "9 before their case".
    pub fn note(mut self, tone: Tone, note: impl Into<Text>) -> Self {
        self.note = Some((tone, note.into()));
        self
    }

    /// A drawing under it, such as [`super::sparkline`].
    pub fn drawing(mut self, drawing: Markup) -> Self {
        self.extra = Some(drawing);
        self
    }

    fn inner(&self) -> Markup {
        html! {
            b { (self.value) }
            span { (self.label) }
            @if let Some((tone, note)) = &self.note { em class=(tone.class()) { (note) } }
            @if let Some(extra) = &self.extra { (extra) }
        }
    }
}

/// A strip of figures.
pub fn figures(figures: &[Figure]) -> Markup {
    html! {
        div class="figs" {
            @for figure in figures {
                @match &figure.href {
                    Some(href) => { a class="fig" href=(href) { (figure.inner()) } }
                    None => { div class="fig" { (figure.inner()) } }
                }
            }
        }
    }
}

/// Many figures, one under the other in columns.
pub fn figures_in_grid(figures: &[Figure]) -> Markup {
    html! {
        div class="figs grid" {
            @for figure in figures {
                @match &figure.href {
                    Some(href) => { a class="fig" href=(href) { (figure.inner()) } }
                    None => { div class="fig" { (figure.inner()) } }
                }
            }
        }
    }
}

/// Something to look at or to answer, as a card: for the phone and for things that need a decision.
pub struct Card {
    title: Text,
    href: Option<Text>,
    status: Option<Status>,
    lines: Vec<Markup>,
    actions: Vec<Button>,
    ask: bool,
}

impl Card {
    /// A card with a title.
    pub fn new(title: impl Into<Text>) -> Self {
        Card { title: title.into(), href: None, status: None, lines: Vec::new(), actions: Vec::new(), ask: false }
    }

    /// Where the card leads.
    pub fn href(mut self, href: impl Into<Text>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// The state, at the right of the title.
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// A line of text.
    pub fn line(mut self, line: impl Render) -> Self {
        self.lines.push(line.render());
        self
    }

    /// What can be done at once.
    pub fn action(mut self, action: Button) -> Self {
        self.actions.push(action);
        self
    }

    /// It waits for an answer of the viewer.
    pub fn asks(mut self) -> Self {
        self.ask = true;
        self
    }
}

impl Render for Card {
    fn render(&self) -> Markup {
        html! {
            article class={ "card" @if self.ask { " ask" } } {
                div class="card-t" {
                    @match &self.href {
                        Some(href) => { a class="cover" href=(href) { (self.title) } }
                        None => { b { (self.title) } }
                    }
                    @if let Some(status) = &self.status { (status) }
                }
                @for line in &self.lines { p { (line) } }
                @if !self.actions.is_empty() { div class="go" { @for action in &self.actions { (action) } } }
            }
        }
    }
}

/// Cards beside each other, or under each other on the phone.
pub fn cards(cards: &[Card]) -> Markup {
    html! { div class="cards" { @for card in cards { (card) } } }
}

/// A line in a short list: something, its state, what to do. The whole line leads to it.
pub struct Line {
    lead: Option<Markup>,
    title: Markup,
    href: Option<Text>,
    sub: Option<Markup>,
    side: Option<Markup>,
    side_sub: Option<Markup>,
    actions: Vec<Markup>,
}

impl Line {
    /// A line with a title.
    pub fn new(title: impl Render) -> Self {
        Line {
            lead: None,
            title: title.render(),
            href: None,
            sub: None,
            side: None,
            side_sub: None,
            actions: Vec::new(),
        }
    }

    /// Before the title: a time, an avatar.
    pub fn lead(mut self, lead: impl Render) -> Self {
        self.lead = Some(lead.render());
        self
    }

    /// Where it leads.
    pub fn href(mut self, href: impl Into<Text>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// The second line.
    pub fn below(mut self, sub: impl Render) -> Self {
        self.sub = Some(sub.render());
        self
    }

    /// At the right: a status, an amount.
    pub fn side(mut self, side: impl Render) -> Self {
        self.side = Some(side.render());
        self
    }

    /// Under what is at the right.
    pub fn side_sub(mut self, sub: impl Render) -> Self {
        self.side_sub = Some(sub.render());
        self
    }

    /// What can be done at once.
    pub fn action(mut self, action: Button) -> Self {
        self.actions.push(action.render());
        self
    }

    /// The same as a form of its own: a button that changes something.
    pub fn control(mut self, control: Markup) -> Self {
        self.actions.push(control);
        self
    }
}

impl Render for Line {
    fn render(&self) -> Markup {
        html! {
            li class="line" {
                @if let Some(lead) = &self.lead { div class="line-lead" { (lead) } }
                div class="line-b" {
                    div class="t1" {
                        @match &self.href { Some(href) => { a class="cover" href=(href) { (self.title) } } None => { (self.title) } }
                    }
                    @if let Some(sub) = &self.sub { div class="sub" { (sub) } }
                }
                @if self.side.is_some() || self.side_sub.is_some() {
                    div class="line-s" {
                        @if let Some(side) = &self.side { (side) }
                        @if let Some(sub) = &self.side_sub { span class="sub" { (sub) } }
                    }
                }
                @if !self.actions.is_empty() { div class="line-go" { @for action in &self.actions { (action) } } }
            }
        }
    }
}

/// Lines under each other.
pub fn lines(lines: &[Line]) -> Markup {
    html! { ul class="lines" { @for line in lines { (line) } } }
}

/// How far a step or a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Behind.
    Done,
    /// This is where it stands.
    Now,
    /// Still to come.
    Ahead,
    /// It went wrong.
    Bad,
}

impl StepState {
    fn word(self) -> &'static str {
        match self {
            StepState::Done => "done",
            StepState::Now => "now",
            StepState::Ahead => "ahead",
            StepState::Bad => "bad",
        }
    }
}

/// A step on the way: "Submitted".
pub struct Step {
    /// Its name.
    pub label: Text,
    /// How far it is.
    pub state: StepState,
}

/// Steps from left to right.
pub fn steps(steps: &[Step]) -> Markup {
    html! {
        ol class="steps" {
            @for step in steps {
                li class=(step.state.word()) aria-current=[(step.state == StepState::Now).then_some("step")] {
                    span class="o" {
                        @match step.state {
                            StepState::Done => { (Icon::Check) }
                            StepState::Bad => { (Icon::Close) }
                            _ => {}
                        }
                    }
                    (step.label)
                }
            }
        }
    }
}

/// A point of a checklist: what must be there, and how it stands.
pub struct Todo {
    state: StepState,
    text: Markup,
    sub: Option<Markup>,
    side: Option<Markup>,
}

impl Todo {
    /// A point.
    pub fn new(state: StepState, text: impl Render) -> Self {
        Todo { state, text: text.render(), sub: None, side: None }
    }

    /// A quieter second line.
    pub fn below(mut self, sub: impl Render) -> Self {
        self.sub = Some(sub.render());
        self
    }

    /// At the right.
    pub fn side(mut self, side: impl Render) -> Self {
        self.side = Some(side.render());
        self
    }
}

/// A checklist.
pub fn todos(todos: &[Todo]) -> Markup {
    html! {
        ul class="todo" {
            @for todo in todos {
                li class=(match todo.state { StepState::Now => "wait", other => other.word() }) {
                    @match todo.state {
                        StepState::Done => { (Icon::Check) span class="sr" { "Done: " } }
                        StepState::Bad => { (Icon::Error) span class="sr" { "Missing: " } }
                        _ => { (Icon::Clock) span class="sr" { "Open: " } }
                    }
                    div { (todo.text) @if let Some(sub) = &todo.sub { span class="sub" { (sub) } } }
                    @if let Some(side) = &todo.side { div class="end" { (side) } }
                }
            }
        }
    }
}

/// A part of a page with its heading and its actions.
pub fn section_block(title: impl Into<Text>, actions: &[Button], body: impl Render) -> Markup {
    html! {
        section class="sec" {
            header {
                h2 { (title.into()) }
                @if !actions.is_empty() { div class="acts" { @for action in actions { (action) } } }
            }
            (body)
        }
    }
}

/// The body of a detail page: the work, and the facts at its right (above it on narrow windows).
pub fn split(work: impl Render, aside: impl Render) -> Markup {
    html! { div class="split" { div { (work) } aside aria-label="Facts" { (aside) } } }
}

/// Two parts side by side, the left one wider (or both even); under each other on narrow windows.
pub fn two(left: impl Render, right: impl Render, even: bool) -> Markup {
    html! { div class={ "two" @if even { " even" } } { div { (left) } div { (right) } } }
}

/// Two letters in a circle, for lists of people.
pub fn avatar(initials: &str) -> Markup {
    html! { span class="av" aria-hidden="true" { (initials) } }
}

/// A point in time as a person says it ("2 h ago"), with the exact one on hover and for machines.
pub fn when(said: impl Into<Text>, exact: &str) -> Markup {
    html! { time datetime=(exact) title=(exact) { (said.into()) } }
}

/// The bar at the foot of a page with a decision: a remark at the left, the buttons at the right, the primary one last.
pub fn foot_bar(note: impl Render, actions: &[Button]) -> Markup {
    html! { div class="foot" { span { (note) } div class="acts" { @for action in actions { (action) } } } }
}

/// Asks `url` again after a while and takes its place with the answer: for work that goes on. The answer is this again, or,
/// when all is done, something that does not ask any more.
pub fn polling(url: &str, body: impl Render) -> Markup {
    html! { div hx-get=(url) hx-trigger="load delay:1s" hx-swap="outerHTML" role="status" { (body) } }
}
