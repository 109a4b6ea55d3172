//! What several rooms share: values of forms, addresses and contacts, small posts, the story from the journal.

use super::words;
use crate::edge::{Out, Sent, Visit};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Icon, Text, TimelineItem, csrf_field, timeline};
use app::Ctx;
use contract::{Address, Contact, HistoryEntry};
use maud::{Markup, Render, html};
use sha2::{Digest, Sha256};

/// What stands in a form: from the object at first, from what was sent when it was refused.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<(String, String)>);

impl Values {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// As it was sent.
    pub fn of(sent: &Sent) -> Self {
        Self(sent.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// With a value.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// With a value, where there is one.
    pub fn maybe(self, name: impl Into<String>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    /// With a tick.
    pub fn flag(self, name: impl Into<String>, on: bool) -> Self {
        if on { self.with(name, "true") } else { self }
    }

    /// With an address.
    pub fn address(self, prefix: &str, it: &Address) -> Self {
        let part = |name: &str| format!("{prefix}.{name}");
        self.with(part("line1"), &it.line1)
            .with(part("line2"), &it.line2)
            .with(part("city"), &it.city)
            .with(part("state"), &it.state)
            .with(part("postal_code"), &it.postal_code)
            .with(part("country"), &it.country)
    }

    /// With contacts.
    pub fn contacts(mut self, contacts: &[Contact]) -> Self {
        for (at, contact) in contacts.iter().enumerate() {
            let part = |name: &str| format!("contacts[{at}].{name}");
            self = self
                .with(part("name"), &contact.name)
                .with(part("role"), &contact.role)
                .with(part("phone"), &contact.phone)
                .with(part("email"), &contact.email);
            for what in &contact.receives {
                self = self.with(part("receives"), what);
            }
        }
        self
    }

    /// Tells these values from others: what a form carries to know whether somebody changed them meanwhile.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for part in self.0.iter().flat_map(|(name, value)| [name, value]) {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first value of a field; empty when there is none.
    pub fn get(&self, name: &str) -> String {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Whether a box is ticked.
    pub fn on(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// Whether a field holds this value among others.
    pub fn holds(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, found)| known == name && found == value)
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The fields of an address.
pub fn address_fields(prefix: &str, values: &Values, errors: &[FieldError]) -> Markup {
    let field = |name: &str, label: &'static str| {
        let name = format!("{prefix}.{name}");
        let value = values.get(&name);
        Field::text(name, label).value(value).optional().errors(errors)
    };
    html! {
        (field("line1", "Street and number").autocomplete("off"))
        (field("line2", "Building, floor, care of"))
        div class="pair" { (field("city", "Town")) (field("state", "State").short().placeholder("IL")) }
        div class="pair" { (field("postal_code", "Postal code").short()) (field("country", "Country").short().placeholder("US").help("Two letters.").limit(2)) }
    }
}

/// Reads what [`address_fields`] sends.
pub fn read_address(sent: &Sent, prefix: &str) -> Address {
    let part = |name: &str| sent.text(&format!("{prefix}.{name}")).to_owned();
    Address {
        line1: part("line1"),
        line2: part("line2"),
        city: part("city"),
        state: part("state"),
        postal_code: part("postal_code"),
        country: part("country").to_uppercase(),
    }
}

/// What a contact may be sent.
const RECEIVES: [(&str, &str); 4] =
    [("order", "Orders"), ("invoice", "Invoices"), ("recall", "Recalls"), ("statement", "Statements")];
/// Contacts of one form.
const CONTACTS_MAX: usize = 20;

fn contacts_count(values: &Values) -> usize {
    let filled = |at: usize| {
        ["name", "role", "phone", "email"].iter().any(|name| !values.get(&format!("contacts[{at}].{name}")).is_empty())
    };
    (0..CONTACTS_MAX).rev().find(|at| filled(*at)).map_or(0, |at| at + 1)
}

/// The fields of contacts: those there are, and one more. Emptied ones are taken away. With `receives`, what each gets.
pub fn contact_fields(values: &Values, errors: &[FieldError], receives: bool) -> Markup {
    let known = contacts_count(values);
    let shown = (known + 1).min(CONTACTS_MAX);
    html! {
        @for at in 0..shown {
            @let part = |name: &str| format!("contacts[{at}].{name}");
            @let field = |field: Field, name: &str| field.value(values.get(&part(name))).optional().errors(errors);
            fieldset class="form-sec" {
                legend class="label" { @if at < known { "Contact " (at + 1) } @else { "One more contact" } }
                div class="pair" {
                    (field(Field::text(part("name"), "Name"), "name"))
                    (field(Field::text(part("role"), "What they do").placeholder("Purchasing"), "role"))
                }
                div class="pair" {
                    (field(Field::phone(part("phone"), "Telephone").autocomplete("off"), "phone"))
                    (field(Field::email(part("email"), "E-mail").autocomplete("off"), "email"))
                }
                @if receives {
                    div class="row" {
                        span class="sub" { "Gets" }
                        @for (word, label) in RECEIVES {
                            (Field::check(part("receives"), label).id(format!("{}-{word}", part("receives")).replace(['[', ']', '.'], "-"))
                                .value(if values.holds(&part("receives"), word) { word } else { "" }).render_check(word))
                        }
                    }
                }
            }
        }
        p class="help" { "Empty a contact's fields to take it away." }
    }
}

/// A box of several under one name: [`Field::check`] sends `true`, this one its own word.
trait Word {
    fn render_check(self, word: &'static str) -> Markup;
}

impl Word for Field {
    fn render_check(self, word: &'static str) -> Markup {
        let html = self.render().into_string();
        maud::PreEscaped(html.replacen("value=\"true\"", &format!("value=\"{word}\""), 1))
    }
}

/// Reads what [`contact_fields`] sends.
pub fn read_contacts(sent: &Sent) -> Vec<Contact> {
    let values = Values::of(sent);
    let one = |at: usize| {
        let part = |name: &str| format!("contacts[{at}].{name}");
        let text = |name: &str| values.get(&part(name)).trim().to_owned();
        let receives = values.all(&part("receives")).map(str::to_owned).collect();
        Contact { name: text("name"), role: text("role"), phone: text("phone"), email: text("email"), receives }
    };
    let empty = |it: &Contact| [&it.name, &it.role, &it.phone, &it.email].into_iter().all(String::is_empty);
    (0..contacts_count(&values)).map(one).filter(|contact| !empty(contact)).collect()
}

/// `orders, invoices and recalls`.
fn gets(receives: &[String]) -> String {
    let known = RECEIVES.iter().filter(|(word, _)| receives.iter().any(|it| it == word));
    let words: Vec<String> = known.map(|(_, label)| label.to_lowercase()).collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Contacts as facts.
pub fn contacts(contacts: &[Contact]) -> Markup {
    html! {
        @for contact in contacts {
            div class="contact" {
                @if contact.name.is_empty() { (contact.role) } @else { (contact.name) }
                @if !contact.role.is_empty() && !contact.name.is_empty() { span class="muted" { ", " (contact.role) } }
                @if !contact.phone.is_empty() { br; (phone(&contact.phone)) }
                @if !contact.email.is_empty() { br; (mail(&contact.email)) }
                @if !contact.receives.is_empty() { br; span class="muted" { "Gets " (gets(&contact.receives)) } }
            }
        }
    }
}

/// An address in several lines.
pub fn address(it: &Address) -> Markup {
    let town = [it.city.as_str(), it.state.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let town = [town.join(", "), it.postal_code.clone()].join(" ");
    let lines = [it.line1.as_str(), it.line2.as_str(), town.trim(), it.country.as_str()];
    html! {
        @if it.is_empty() { span class="muted" { "–" } }
        @for (at, line) in lines.into_iter().filter(|line| !line.is_empty()).enumerate() {
            @if at > 0 { br; }
            (line)
        }
    }
}

/// A telephone number to press.
pub fn phone(number: &str) -> Markup {
    let digits: String = number.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect();
    html! { @if number.is_empty() { span class="muted" { "–" } } @else { a class="link" href={ "tel:" (digits) } { (number) } } }
}

/// An e-mail address to press.
pub fn mail(address: &str) -> Markup {
    html! { @if address.is_empty() { span class="muted" { "–" } } @else { a class="link" href={ "mailto:" (address) } { (address) } } }
}

/// A form with nothing but a button: for something done with one press.
pub fn press(visit: &Visit, action: impl Into<Text>, button: Button) -> Markup {
    press_with(visit, action, &[], button)
}

/// The same with hidden values.
pub fn press_with(visit: &Visit, action: impl Into<Text>, hidden: &[(&str, &str)], button: Button) -> Markup {
    html! {
        form method="post" action=(action.into()) {
            (csrf_field(&visit.csrf()))
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            (button)
        }
    }
}

/// The object's version, so that a form does not overwrite somebody else's change.
pub fn version_field(version: i64) -> Markup {
    html! { input type="hidden" name="version" value=(version); }
}

/// What happened, newest first, by month, in sentences.
pub fn story(ctx: &Ctx, entries: &[HistoryEntry]) -> Markup {
    if entries.is_empty() {
        return html! { p class="sub" { "Nothing yet." } };
    }
    let zone = &ctx.organization.time_zone;
    let mut items = Vec::with_capacity(entries.len() + 8);
    let mut month = None;
    for entry in entries {
        let date = entry.at.day_in(zone).civil();
        if month != Some((date.year(), date.month())) {
            month = Some((date.year(), date.month()));
            items.push(TimelineItem::day(format!("{} {}", words::month(date.month()), date.year())));
        }
        let source = match entry.source.as_str() {
            "api" => " · by a program",
            "command_line" => " · from the command line",
            "job" => " · by the server",
            _ => "",
        };
        let detail = html! {
            (words::when(ctx, entry.at))
            @if let Some(principal) = &entry.on_behalf_of_name { " · as delegate of " (principal) }
            (source)
            @if !entry.reason.is_empty() { " · \u{201c}" (entry.reason) "\u{201d}" }
        };
        items.push(TimelineItem::new(entry.sentence.as_str()).detail(detail));
    }
    timeline(&items)
}

/// Back to a page: that it was done, or why not.
pub fn answered<T>(visit: &Visit, to: &str, done: app::Result<T>, said: &str) -> Out {
    match done {
        Ok(_) => Ok(visit.go(to, Flash::done(said.to_owned()))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let text = errors.first().map(|error| error.message.to_string()).unwrap_or_default();
            Ok(visit.go(to, Flash::failed(text)))
        }
    }
}

/// The id in the answer to a form that made something.
pub fn id_of(made: &serde_json::Value) -> String {
    made.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// The lists of a room, under its title.
pub fn subnav(current: &str, lists: &[(&str, &str)]) -> Markup {
    html! {
        nav class="subnav" aria-label="Lists" {
            @for (label, href) in lists { a href=(href) aria-current=[(*label == current).then_some("page")] { (label) } }
        }
    }
}

/// Choices of a field from a list of (value, label).
pub fn choices<V: Into<Text>, L: Into<Text>>(all: impl IntoIterator<Item = (V, L)>) -> Vec<Choice> {
    all.into_iter().map(|(value, label)| Choice::new(value, label)).collect()
}

/// A question that must be answered on a page of its own where no script runs: the same form, as the content of a dialog.
pub fn note(text: impl Render) -> Markup {
    html! { div class="banner" { (Icon::Info) div { (text) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_show_one_more_row_than_there_are() {
        let contact = Contact { name: "Ann".into(), receives: vec!["recall".into()], ..Contact::default() };
        let values = Values::new().contacts(&[contact]);
        let html = contact_fields(&values, &[], true).into_string();
        assert!(html.contains("name=\"contacts[1].name\"") && !html.contains("name=\"contacts[2].name\""), "{html}");
        assert!(html.contains("value=\"recall\" checked") && html.contains("value=\"order\""), "{html}");
    }

    #[test]
    fn values_keep_repeated_names() {
        let values = Values::new().with("id", "1").with("id", "2").flag("on", true).flag("off", false);
        assert_eq!(values.all("id").collect::<Vec<_>>(), ["1", "2"]);
        assert!(values.on("on") && !values.on("off") && values.holds("id", "2"));
    }
}
