//! The sheet: which fields, and what becomes of each.

use super::super::common::{Values, choices};
use super::super::customers::{all_price_lists, all_terms};
use super::super::suggest::chosen;
use super::super::words as say;
use super::{Selection, counted, entity, home, list_path, permission};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Button, Choice, Field, FieldError, Flash, Header, Text, Tri, csrf_field, error_summary, section, split,
};
use app::directory::bulk::Entity;
use axum::response::Response;
use contract::bulk::{BulkOp, BulkSet, PreviewBulk};
use domain::billing::{AutoHoldMode, BillingStatus};
use domain::bulk::BulkMode;
use domain::id;
use domain::people::Permission;
use domain::terms::BasisDate;
use maud::{Markup, Render, html};
use serde_json::{Value, json};

/// What the selects of the sheet offer.
struct Offers {
    terms: Vec<Choice>,
    price_lists: Vec<Choice>,
}

async fn offers(visit: &Visit) -> Result<Offers, Fail> {
    let (terms, lists) = visit.read(|ctx, tx| Ok((all_terms(ctx, tx)?, all_price_lists(ctx, tx)?))).await?;
    Ok(Offers {
        terms: choices(terms.into_iter().map(|it| (it.id.to_string(), it.name))),
        price_lists: choices(lists.into_iter().map(|it| (it.id.to_string(), it.name))),
    })
}

/// One field of the sheet with what was answered before.
struct Sheet<'a> {
    values: &'a Values,
    errors: &'a [FieldError],
}

impl Sheet<'_> {
    fn tri(&self, name: &'static str, label: &'static str) -> Tri {
        Tri::new(name, label).errors(self.errors)
    }

    fn chosen(&self, tri: Tri, name: &str) -> Markup {
        tri.now(self.values.get(&format!("op.{name}"))).render()
    }

    fn with(&self, field: Field, name: &str) -> Field {
        field.value(self.values.get(name)).errors(self.errors)
    }

    fn person(&self, name: &'static str, label: &'static str) -> Field {
        let people = "/suggest/people?role=sales,distributor,regional_manager";
        self.with(Field::combo(name, label, people, self.values.get(&format!("{name}_text"))), name)
    }

    fn tags(&self) -> Markup {
        let tri = self
            .tri("tags", "Tags")
            .asks("add", "Add")
            .asks("remove", "Take off")
            .asks("set", "Replace")
            .op("clear", "Clear")
            .controls(self.with(Field::text("tags", "Which"), "tags").help("With commas between them."));
        self.chosen(tri, "tags")
    }

    fn archived(&self) -> Markup {
        let tri = self.tri("archived", "In lists").op("true", "Archive").op("false", "Bring back");
        self.chosen(tri, "archived")
    }

    fn price_list(&self, offers: &Offers, none: &'static str) -> Markup {
        let lists =
            self.with(Field::select("price_list_id", "Price list", offers.price_lists.clone()), "price_list_id");
        let tri = self.tri("price_list_id", "Price list").asks("set", "Set").op("clear", none).controls(lists);
        self.chosen(tri, "price_list_id")
    }
}

fn customer_fields(visit: &Visit, sheet: &Sheet<'_>, offers: &Offers) -> Markup {
    let currency = say::currency(&visit.ctx);
    let bases = choices(BasisDate::ALL.iter().map(|it| (it.as_str(), it.label())));
    let statuses = BillingStatus::ALL.iter().filter(|it| {
        // Whoever may only put customers on watch is offered nothing else.
        visit.may(Permission::ManageCredit) || matches!(it, BillingStatus::Good | BillingStatus::Watch)
    });
    let statuses = choices(statuses.map(|it| (it.as_str(), it.label())));
    let holds = choices(AutoHoldMode::ALL.iter().map(|it| (it.as_str(), it.label())));
    html! {
        @if visit.may(Permission::AssignReps) {
            (sheet.chosen(
                sheet.tri("default_sales_rep_id", "Default sales rep").asks("set", "Set").op("clear", "Nobody").controls(sheet.person("default_sales_rep_id", "Who")),
                "default_sales_rep_id",
            ))
            div class="tri-also" {
                (Field::check("clear_location_overrides", "Also where locations have somebody of their own")
                    .on(sheet.values.on("clear_location_overrides"))
                    .help("They inherit again. Otherwise they keep who they have."))
            }
        }
        @if visit.may(Permission::ManageTerms) {
            (sheet.chosen(
                sheet.tri("payment_terms_id", "Payment terms").asks("set", "Set").op("clear", "As the organization")
                    .controls(sheet.with(Field::select("payment_terms_id", "Terms", offers.terms.clone()), "payment_terms_id")),
                "payment_terms_id",
            ))
            (sheet.chosen(
                sheet.tri("basis_date", "Basis date").asks("set", "Set").op("clear", "As the organization")
                    .controls(sheet.with(Field::select("basis_date", "Basis date", bases), "basis_date").help("The event that starts the clock of the terms.")),
                "basis_date",
            ))
        }
        @if visit.may(Permission::ManageCredit) || visit.may(Permission::WatchCustomers) {
            (sheet.chosen(
                sheet.tri("billing_status", "Billing status").asks("set", "Set").controls(html! {
                    (sheet.with(Field::select("billing_status", "Status", statuses), "billing_status"))
                    (sheet.with(Field::text("billing_status_reason", "Why"), "billing_status_reason").help("Needed from hold up. A hold stops stocking orders, never a case."))
                    (sheet.with(Field::date("billing_review_on", "Look at it again on"), "billing_review_on").optional())
                }),
                "billing_status",
            ))
        }
        @if visit.may(Permission::ManageCredit) {
            (sheet.chosen(
                sheet.tri("credit_limit_minor", "Credit limit").asks("set", "Set").op("clear", "No limit")
                    .controls(sheet.with(Field::money("credit_limit_minor", "Limit", currency.code(), currency.exponent()), "credit_limit_minor")),
                "credit_limit_minor",
            ))
            (sheet.chosen(
                sheet.tri("auto_hold", "Held by its credit").asks("set", "Set").controls(sheet.with(Field::select("auto_hold", "Credit", holds), "auto_hold")),
                "auto_hold",
            ))
        }
        @if visit.may(Permission::ManagePrices) && !offers.price_lists.is_empty() { (sheet.price_list(offers, "None")) }
        @if visit.may(Permission::ManageDirectory) {
            (sheet.tags())
            (sheet.chosen(
                sheet.tri("next_contact_on", "Next contact").asks("set", "Set").op("clear", "No day")
                    .controls(sheet.with(Field::date("next_contact_on", "On"), "next_contact_on")),
                "next_contact_on",
            ))
            (sheet.archived())
        }
        @if visit.may(Permission::WorkCustomers) {
            (sheet.chosen(
                sheet.tri("task", "Task").asks("set", "One for each").controls(html! {
                    (sheet.with(Field::text("task_title", "What is to be done").limit(200), "task_title"))
                    (sheet.with(Field::date("task_due_on", "By").optional(), "task_due_on"))
                    (sheet.with(Field::combo("task_assignee_id", "Who", "/suggest/people?active=true", sheet.values.get("task_assignee_id_text")).optional(), "task_assignee_id").help("Empty for whoever cares for each customer."))
                }),
                "task",
            ))
        }
    }
}

fn location_fields(visit: &Visit, sheet: &Sheet<'_>, offers: &Offers) -> Markup {
    html! {
        @if visit.may(Permission::AssignReps) {
            (sheet.chosen(
                sheet.tri("sales_rep_id", "Sales rep").asks("set", "Somebody of its own").op("none", "Nobody").op("clear", "As the customer")
                    .controls(sheet.person("sales_rep_id", "Who").help("An override: it stays when the customer gets somebody else.")),
                "sales_rep_id",
            ))
        }
        @if visit.may(Permission::ManagePrices) && !offers.price_lists.is_empty() { (sheet.price_list(offers, "As the customer")) }
        @if visit.may(Permission::ManageDirectory) {
            (sheet.tags())
            (sheet.chosen(
                sheet.tri("delivery_instructions", "Delivery").asks("set", "Set").op("clear", "Clear")
                    .controls(sheet.with(Field::area("delivery_instructions", "Instructions"), "delivery_instructions")),
                "delivery_instructions",
            ))
            (sheet.archived())
        }
    }
}

fn unit_fields(visit: &Visit, sheet: &Sheet<'_>) -> Markup {
    let place =
        sheet.with(Field::combo("place_id", "Place", "/suggest/places", sheet.values.get("place_id_text")), "place_id");
    let mut expiry = sheet.tri("expires_on", "Expires").asks("set", "Set");
    if visit.may(Permission::RemoveExpirationDates) {
        expiry = expiry.op("clear", "Take away");
    }
    let expiry = expiry.controls(
        sheet
            .with(Field::date("expires_on", "Last day of use"), "expires_on")
            .help("It must agree with the UDI, where a unit has one."),
    );
    html! {
        (sheet.tags())
        (sheet.chosen(expiry, "expires_on"))
        (sheet.chosen(
            sheet.tri("due_back_on", "Due back").asks("set", "Set").op("clear", "No day").controls(sheet.with(Field::date("due_back_on", "On"), "due_back_on")),
            "due_back_on",
        ))
        (sheet.chosen(sheet.tri("place_id", "Place").asks("set", "Set").op("clear", "Nowhere in particular").controls(place), "place_id"))
    }
}

fn beside(entity: Entity, selection: &Selection) -> Markup {
    let more = selection.rows - selection.named;
    html! {
        section class="sec" {
            h3 { (counted(entity, selection.rows)) }
            ul class="plain" { @for name in &selection.names { li { (name) } } @if more > 0 { li class="muted" { "and " (say::number(more)) " more" } } }
        }
        p class="sub" { "Nothing is changed yet. The next page shows what would happen, row by row, and everything can be undone for 30 days." }
    }
}

/// The sheet, with what was answered before.
pub(super) async fn show(
    visit: &Visit,
    entity: Entity,
    selection: &Selection,
    values: &Values,
    errors: &[FieldError],
) -> Result<Response, Fail> {
    let offers = offers(visit).await?;
    let sheet = Sheet { values, errors };
    let modes = vec![
        Choice::new("", "As usual").help("Up to 200 rows together or not at all; of more, those that can be changed."),
        Choice::new(BulkMode::AllOrNothing.as_str(), "All or nothing"),
        Choice::new(BulkMode::SkipFailures.as_str(), "Skip rows that cannot be changed"),
    ];
    let base = list_path(entity);
    let form = html! {
        form class="form sheet" method="post" action={ (base) "/bulk/preview" } data-check {
            (csrf_field(&visit.csrf()))
            (selection.hidden())
            (error_summary(errors))
            div class="tris" {
                @match entity {
                    Entity::Customers => { (customer_fields(visit, &sheet, &offers)) }
                    Entity::Locations => { (location_fields(visit, &sheet, &offers)) }
                    Entity::Units => { (unit_fields(visit, &sheet)) }
                }
            }
            (section("How", None, html! {
                (sheet.with(Field::text("reason", "Why").optional().limit(500), "reason").help("Kept in the history of every row."))
                (sheet.with(Field::date("effective_on", "On a later day").optional(), "effective_on").help("In the morning of that day. Until then it can be called off."))
                (Field::radio("mode", "When some rows cannot be changed", modes).value(values.get("mode")))
            }))
            div class="form-foot" { (Button::submit("Preview").primary()) (Button::link("Cancel", base.clone()).quiet()) }
        }
    };
    let title: Text = format!("Change {}", counted(entity, selection.rows)).into();
    let (room, crumb) = home(entity);
    let header = Header::new(title.clone()).crumb(crumb, base);
    let body = html! { (header) (split(form, beside(entity, selection))) };
    Ok(if errors.is_empty() { visit.page(title, room, body) } else { visit.refused(title, room, body) })
}

/// `POST /customers/bulk`: from the bar below the list, or back from the preview.
pub(super) async fn sheet(visit: Visit, sent: Sent) -> Out {
    let entity = entity(&visit);
    visit.ctx.require(permission(entity))?;
    let selection = Selection::of(&visit, &sent, entity).await?;
    if selection.is_empty() || selection.rows == 0 {
        return Ok(visit.go(&list_path(entity), Flash::failed("Select the rows first.")));
    }
    show(&visit, entity, &selection, &Values::of(&sent), &[]).await
}

// ---- reading it -----------------------------------------------------------------------------------------------------

fn op(op: &str) -> BulkOp {
    BulkOp { op: op.to_owned(), ..BulkOp::default() }
}

fn set(value: Value) -> BulkOp {
    BulkOp { value: Some(value), ..op("set") }
}

fn needed(sent: &Sent, name: &'static str, what: &'static str) -> app::Result<String> {
    sent.maybe(name).map(str::to_owned).ok_or_else(|| app::Error::field(name, "required", what))
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

async fn person(visit: &Visit, sent: &Sent, name: &'static str) -> app::Result<BulkOp> {
    let id = chosen::<id::User>(visit, sent, name, "people").await?;
    let id = id.ok_or_else(|| app::Error::field(name, "required", "Choose who, from the list."))?;
    Ok(BulkOp { id: Some(id.to_string()), ..op("set") })
}

/// What becomes of a field whose choice was `asked`.
async fn read_op(visit: &Visit, sent: &Sent, name: &str, asked: &str) -> app::Result<Option<BulkOp>> {
    Ok(Some(match (name, asked) {
        (_, "leave" | "") => return Ok(None),
        ("default_sales_rep_id", "set") => person(visit, sent, "default_sales_rep_id").await?,
        ("sales_rep_id", "set") => person(visit, sent, "sales_rep_id").await?,
        ("payment_terms_id", "set") => {
            BulkOp { id: Some(needed(sent, "payment_terms_id", "Choose the terms.")?), ..op("set") }
        }
        ("price_list_id", "set") => {
            BulkOp { id: Some(needed(sent, "price_list_id", "Choose the price list.")?), ..op("set") }
        }
        ("basis_date", "set") => set(json!(needed(sent, "basis_date", "Choose the event.")?)),
        ("billing_status", "set") => BulkOp {
            reason: sent.maybe("billing_status_reason").map(str::to_owned),
            review_on: super::super::acts::day(sent, "billing_review_on")?,
            ..set(json!(needed(sent, "billing_status", "Choose the status.")?))
        },
        ("credit_limit_minor", "set") => {
            let text = needed(sent, "credit_limit_minor", "Give the limit.")?;
            set(json!(say::read_money(&visit.ctx, "credit_limit_minor", &text)?))
        }
        ("auto_hold", "set") => set(json!(needed(sent, "auto_hold", "Choose.")?)),
        ("expires_on", "set") => set(json!(needed(sent, "expires_on", "Give the day.")?)),
        ("due_back_on", "set") => set(json!(needed(sent, "due_back_on", "Give the day.")?)),
        ("place_id", "set") => {
            let place = super::super::acts::picked::<id::Place>(sent, "place_id")?;
            let place =
                place.ok_or_else(|| app::Error::field("place_id", "required", "Choose the place, from the list."))?;
            BulkOp { id: Some(place.to_string()), ..op("set") }
        }
        ("next_contact_on", "set") => set(json!(needed(sent, "next_contact_on", "Give the day.")?)),
        ("delivery_instructions", "set") => set(json!(needed(sent, "delivery_instructions", "Write them.")?)),
        ("tags", "add" | "remove" | "set") => {
            let tags = words(&needed(sent, "tags", "Give at least one tag.")?);
            BulkOp { value: Some(json!(tags)), ..op(asked) }
        }
        ("task", "set") => {
            let who = chosen::<id::User>(visit, sent, "task_assignee_id", "people").await?;
            set(json!({
                "title": needed(sent, "task_title", "Say what is to be done.")?,
                "due_on": super::super::acts::day(sent, "task_due_on")?,
                "assignee_id": who,
            }))
        }
        ("archived", "true" | "false") => set(json!(asked == "true")),
        (_, other) => op(other),
    }))
}

/// The change as it was asked for.
pub(super) async fn read(visit: &Visit, sent: &Sent, selection: &Selection) -> app::Result<PreviewBulk> {
    let mut changes = BulkSet::new();
    let asked: Vec<(String, String)> = sent
        .pairs()
        .filter_map(|(name, value)| Some((name.strip_prefix("op.")?.to_owned(), value.trim().to_owned())))
        .collect();
    for (name, value) in asked {
        if let Some(op) = read_op(visit, sent, &name, &value).await? {
            changes.insert(name, op);
        }
    }
    if changes.is_empty() {
        return Err(app::Error::field("", "required", "Say what is to become of at least one field."));
    }
    // The tick belongs to the rep: without a new one it says nothing.
    let clears = sent.on("clear_location_overrides") && changes.contains_key("default_sales_rep_id");
    Ok(PreviewBulk {
        select: Some(selection.select.clone()),
        set: changes,
        reason: sent.text("reason").to_owned(),
        clear_location_overrides: clears,
        mode: BulkMode::parse(sent.text("mode")),
        effective_on: super::super::acts::day(sent, "effective_on")?,
        ..PreviewBulk::default()
    })
}

/// Complaints of the use case, at the fields of the sheet: `set.billing_status.reason` is the field beside the status.
pub(super) fn placed(errors: Vec<FieldError>) -> Vec<FieldError> {
    let place = |field: &str| -> Text {
        let Some(rest) = field.strip_prefix("set.") else { return field.to_owned().into() };
        let name = rest.split('.').next().unwrap_or(rest);
        if let Some(part) = rest.strip_prefix("task.") {
            return format!("task_{part}").into();
        }
        match rest.rsplit_once('.') {
            Some((_, "reason")) => "billing_status_reason".into(),
            Some((_, "review_on")) => "billing_review_on".into(),
            Some((_, "op")) => format!("op.{name}").into(),
            _ => name.to_owned().into(),
        }
    };
    errors.into_iter().map(|error| FieldError::new(place(&error.field), error.message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_stand_at_the_fields_of_the_sheet() {
        let place = |field: &'static str| placed(vec![FieldError::new(field, "No.")])[0].field.clone();
        assert_eq!(place("set.payment_terms_id.id"), "payment_terms_id");
        assert_eq!(place("set.billing_status.reason"), "billing_status_reason");
        assert_eq!(place("set.tags.op"), "op.tags");
        assert_eq!(place("reason"), "reason");
    }

    #[test]
    fn tags_are_words_between_commas() {
        assert_eq!(words(" hip, knee ,, "), ["hip", "knee"]);
    }
}
