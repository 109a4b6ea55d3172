//! Statuses: a dot and a word, the same colour and word everywhere. Nothing is said by colour alone.

use super::Text;
use maud::{Markup, Render, html};

/// What a colour means. Screens choose a meaning, never a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Available, ready, paid.
    Green,
    /// In transfer, pending.
    Blue,
    /// In an event, scheduled.
    Violet,
    /// On hold, at risk, watch.
    Amber,
    /// Expired, overdue, missing, blocked.
    Red,
    /// Inactive, cancelled, archived.
    Grey,
    /// Facility stock: an outline.
    Ring,
    /// Shared with you.
    Teal,
}

impl Tone {
    /// The class that sets the colour of dots and bars.
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Green => "t-green",
            Tone::Blue => "t-blue",
            Tone::Violet => "t-violet",
            Tone::Amber => "t-amber",
            Tone::Red => "t-red",
            Tone::Grey => "t-grey",
            Tone::Ring => "t-ring",
            Tone::Teal => "t-teal",
        }
    }

    /// The class that sets the colour of text.
    pub const fn ink(self) -> &'static str {
        match self {
            Tone::Green => "ink-green",
            Tone::Blue => "ink-blue",
            Tone::Violet => "ink-violet",
            Tone::Amber => "ink-amber",
            Tone::Red => "ink-red",
            Tone::Grey => "ink-grey",
            Tone::Ring => "ink-ring",
            Tone::Teal => "ink-teal",
        }
    }
}

/// A status: its colour and its word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The colour of the dot.
    pub tone: Tone,
    /// The word beside it.
    pub word: Text,
}

impl Status {
    /// A status with its own word, such as "Case, Mon 08:00" in violet.
    pub fn new(tone: Tone, word: impl Into<Text>) -> Self {
        Status { tone, word: word.into() }
    }

    /// The status for a state as the programs name it (`in_transfer`, `pending_po`, `paid`). An unknown one is shown in
    /// grey with its own name in words.
    pub fn of(key: &str) -> Self {
        let (tone, word) = match key {
            "available" => (Tone::Green, "Available"),
            "ready" => (Tone::Green, "Ready"),
            "paid" => (Tone::Green, "Paid"),
            "accepted" => (Tone::Green, "Accepted"),
            "completed" => (Tone::Green, "Completed"),
            "done" => (Tone::Green, "Done"),
            "active" => (Tone::Green, "Active"),
            "good" => (Tone::Green, "Good"),
            "delivered" => (Tone::Green, "Delivered"),
            "fulfilled" => (Tone::Green, "Fulfilled"),
            "found" => (Tone::Green, "Found"),
            "in_transfer" => (Tone::Blue, "In transfer"),
            "pending" => (Tone::Blue, "Pending"),
            "pending_po" => (Tone::Blue, "Waiting for PO"),
            "pending_payment" => (Tone::Blue, "Waiting for payment"),
            "sent" => (Tone::Blue, "Sent"),
            "submitted" => (Tone::Blue, "Submitted"),
            "invited" => (Tone::Blue, "Invited"),
            "queued" => (Tone::Blue, "Queued"),
            "running" => (Tone::Blue, "Running"),
            "shipped" => (Tone::Blue, "Shipped"),
            "in_event" => (Tone::Violet, "In event"),
            "scheduled" => (Tone::Violet, "Scheduled"),
            "open" => (Tone::Violet, "Open"),
            "on_hold" | "hold" => (Tone::Amber, "On hold"),
            "at_risk" => (Tone::Amber, "At risk"),
            "watch" => (Tone::Amber, "Watch"),
            "prepay" => (Tone::Amber, "Prepay"),
            "untrained" => (Tone::Amber, "Training open"),
            "declined" => (Tone::Amber, "Declined"),
            "expiring" => (Tone::Amber, "Expires soon"),
            "expired" => (Tone::Red, "Expired"),
            "overdue" => (Tone::Red, "Overdue"),
            "missing" => (Tone::Red, "Missing"),
            "blocked" => (Tone::Red, "Blocked"),
            "failed" => (Tone::Red, "Failed"),
            "recalled" => (Tone::Red, "Recalled"),
            "damaged" => (Tone::Red, "Damaged"),
            "assigned" => (Tone::Blue, "To be counted"),
            "counting" => (Tone::Violet, "Being counted"),
            "counted" => (Tone::Amber, "To approve"),
            "reconciled" => (Tone::Green, "Settled"),
            "inactive" => (Tone::Grey, "Inactive"),
            "deactivated" => (Tone::Grey, "Deactivated"),
            "cancelled" => (Tone::Grey, "Cancelled"),
            "archived" => (Tone::Grey, "Archived"),
            "closed" => (Tone::Grey, "Closed"),
            "draft" => (Tone::Grey, "Draft"),
            "adjusted" => (Tone::Grey, "Adjusted"),
            "facility_stock" => (Tone::Ring, "Facility stock"),
            "shared" => (Tone::Teal, "Shared with you"),
            other => return Status::new(Tone::Grey, sentence(other)),
        };
        Status::new(tone, word)
    }
}

impl Render for Status {
    fn render(&self) -> Markup {
        html! { span class={ "st " (self.tone.class()) } { span { (self.word) } } }
    }
}

/// The status as a dot and a word.
pub fn status(status: &Status) -> Markup {
    status.render()
}

/// A small mark beside a title: "Prices edited", "3 of 8". For states use [`Status`].
pub fn badge(tone: Option<Tone>, text: impl Into<Text>) -> Markup {
    html! { span class={ "badge" @if let Some(tone) = tone { " " (tone.class()) } } { (text.into()) } }
}

fn sentence(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_a_word_and_escapes_it() {
        let html = status(&Status::new(Tone::Teal, "<Lakeshore>")).into_string();
        assert_eq!(html, "<span class=\"st t-teal\"><span>&lt;Lakeshore&gt;</span></span>");
    }

    #[test]
    fn unknown_states_are_readable() {
        assert_eq!(Status::of("awaiting_sterilization"), Status::new(Tone::Grey, "Awaiting sterilization"));
        assert_eq!(Status::of("hold").word, "On hold");
    }
}
