//! The facts of a customer that are changed where they stand: how each is asked for, read, and shown.
//!
//! A form carries what the value was. When somebody else changed the customer meanwhile, but not this value, the change is
//! simply made; when they changed this very value, both are shown and the second person decides.

use super::super::common::{Values, address, address_fields, choices, mail, phone, read_address};
use super::super::suggest::chosen;
use super::super::words as say;
use super::page::{Detail, load};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Field, FieldError, Flash, Header, Inline, InlineForm, Room, Text};
use app::directory::customers;
use axum::extract::Path;
use axum::response::Response;
use contract::Patch;
use contract::directory::{Customer, PatchCustomer};
use domain::billing::{AutoHoldMode, BillingStatus};
use domain::directory::CustomerKind;
use domain::id::{self, CustomerId};
use domain::people::Permission;
use domain::terms::BasisDate;
use maud::{Markup, Render, html};

/// A fact that can be changed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Name,
    Number,
    Kind,
    Parent,
    Rep,
    Terms,
    Billing,
    Credit,
    PriceList,
    Phone,
    Email,
    BillingAddress,
    ShippingAddress,
    Tags,
    Note,
}

impl Fact {
    const ALL: [Fact; 15] = [
        Fact::Name,
        Fact::Number,
        Fact::Kind,
        Fact::Parent,
        Fact::Rep,
        Fact::Terms,
        Fact::Billing,
        Fact::Credit,
        Fact::PriceList,
        Fact::Phone,
        Fact::Email,
        Fact::BillingAddress,
        Fact::ShippingAddress,
        Fact::Tags,
        Fact::Note,
    ];

    /// In addresses.
    const fn key(self) -> &'static str {
        match self {
            Fact::Name => "name",
            Fact::Number => "number",
            Fact::Kind => "kind",
            Fact::Parent => "parent",
            Fact::Rep => "rep",
            Fact::Terms => "terms",
            Fact::Billing => "billing",
            Fact::Credit => "credit",
            Fact::PriceList => "price-list",
            Fact::Phone => "phone",
            Fact::Email => "email",
            Fact::BillingAddress => "billing-address",
            Fact::ShippingAddress => "shipping-address",
            Fact::Tags => "tags",
            Fact::Note => "note",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Fact::Name => "Name",
            Fact::Number => "Number",
            Fact::Kind => "Kind",
            Fact::Parent => "Belongs to",
            Fact::Rep => "Default sales rep",
            Fact::Terms => "Payment terms",
            Fact::Billing => "Billing",
            Fact::Credit => "Credit limit",
            Fact::PriceList => "Price list",
            Fact::Phone => "Telephone",
            Fact::Email => "E-mail",
            Fact::BillingAddress => "Invoices to",
            Fact::ShippingAddress => "Goods to",
            Fact::Tags => "Tags",
            Fact::Note => "Note",
        }
    }

    const fn permission(self) -> Permission {
        match self {
            Fact::Terms => Permission::ManageTerms,
            Fact::Billing | Fact::Credit => Permission::ManageCredit,
            Fact::PriceList => Permission::ManagePrices,
            _ => Permission::ManageDirectory,
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.key() == key)
    }
}

/// A fact as it stands on the page.
pub(super) fn fact(visit: &Visit, it: &Detail, which: Fact) -> Inline {
    let href = format!("/customers/{}/fact/{}", it.it.id, which.key());
    let may = visit.may(which.permission()) && it.it.archived_at.is_none();
    let inline = Inline::new(which.key(), which.label(), value(visit, it, which)).edit(may.then_some(href));
    match why(visit, it, which) {
        Some(why) => inline.why(why),
        None => inline,
    }
}

/// Whether there is nothing to show.
pub(super) fn is_empty(detail: &Detail, which: Fact) -> bool {
    let it = &detail.it;
    match which {
        Fact::Parent => it.parent_customer_id.is_none(),
        Fact::Credit => it.credit_limit_minor.flatten().is_none(),
        Fact::PriceList => it.price_list_id.is_none(),
        Fact::Phone => it.phone.is_empty(),
        Fact::Email => it.email.is_empty(),
        Fact::BillingAddress => it.billing_address.is_empty(),
        Fact::ShippingAddress => it.shipping_address.is_empty(),
        Fact::Tags => it.tags.is_empty(),
        Fact::Note => it.note.is_empty(),
        _ => false,
    }
}

fn muted(text: impl Render) -> Markup {
    html! { span class="muted" { (text) } }
}

fn value(visit: &Visit, detail: &Detail, which: Fact) -> Markup {
    let it = &detail.it;
    match which {
        Fact::Name => html! { (it.name) },
        Fact::Number => html! { (it.number) },
        Fact::Kind => html! { (it.kind.label()) },
        Fact::Parent => match &detail.parent {
            Some((id, name)) => html! { a class="link" href={ "/customers/" (id) } { (name) } },
            None => muted("Nobody"),
        },
        Fact::Rep => match (&it.default_sales_rep_id, &it.default_sales_rep_name) {
            (Some(id), Some(name)) => html! { a class="link" href={ "/people/" (id) } { (name) } },
            _ => html! { span class="late" { "Nobody" } },
        },
        Fact::Terms => html! {
            @match &detail.terms { Some(terms) => { (terms.name) } None => { "As the organization" } }
            @if let Some(basis) = it.basis_date { " from the " (basis.label().to_lowercase()) }
        },
        Fact::Billing => super::billing(it.effective_billing_status).render(),
        Fact::Credit => match it.credit_limit_minor.flatten() {
            Some(minor) => html! { (say::money(&visit.ctx, minor)) },
            None => muted("None"),
        },
        Fact::PriceList => match (&it.price_list_id, &detail.price_list) {
            (Some(id), Some(name)) => html! { a class="link" href={ "/price-lists/" (id) } { (name) } },
            _ => muted("List prices"),
        },
        Fact::Phone => phone(&it.phone),
        Fact::Email => mail(&it.email),
        Fact::BillingAddress => address(&it.billing_address),
        Fact::ShippingAddress => address(&it.shipping_address),
        Fact::Tags if it.tags.is_empty() => muted("–"),
        Fact::Tags => html! { (it.tags.join(", ")) },
        Fact::Note if it.note.is_empty() => muted("–"),
        Fact::Note => html! { span class="pre" { (it.note) } },
    }
}

/// Where a value comes from, or why it is so.
fn why(_: &Visit, detail: &Detail, which: Fact) -> Option<Markup> {
    let it = &detail.it;
    match which {
        Fact::Rep if it.locations_count > 0 => {
            let words = say::count(it.locations_count, "location", "locations");
            Some(html! { (words) ", unless they say otherwise" })
        }
        Fact::Terms => Some(match (it.payment_terms_id, it.basis_date) {
            (None, None) => html! { "as the organization has it" },
            (Some(_), None) => html! { "set here; counted as the organization has it" },
            (None, Some(_)) => html! { "terms of the organization; counted as set here" },
            (Some(_), Some(_)) => html! { "set here" },
        }),
        Fact::Billing if it.billing_status_auto || !it.billing_status_reason.is_empty() => Some(html! {
            @if it.billing_status_auto { (it.billing_status_explanation) } @else { (it.billing_status_reason) }
        }),
        Fact::Credit => match it.auto_hold {
            AutoHoldMode::Inherit => None,
            AutoHoldMode::On => Some(html! { "holds it by itself" }),
            AutoHoldMode::Off => Some(html! { "never holds it by itself" }),
        },
        _ => None,
    }
}

/// What the form begins with, and what is compared when somebody else was quicker.
fn values(visit: &Visit, detail: &Detail, which: Fact) -> Values {
    let it = &detail.it;
    let values = Values::new();
    match which {
        Fact::Name => values.with("name", &it.name),
        Fact::Number => values.with("number", &it.number),
        Fact::Kind => values.with("kind", it.kind.as_str()),
        Fact::Parent => values
            .maybe("parent_customer_id", it.parent_customer_id)
            .maybe("parent_customer_id_text", detail.parent.as_ref().map(|(_, name)| name.as_str())),
        Fact::Rep => values
            .maybe("default_sales_rep_id", it.default_sales_rep_id)
            .maybe("default_sales_rep_id_text", it.default_sales_rep_name.as_deref()),
        Fact::Terms => values
            .maybe("payment_terms_id", it.payment_terms_id)
            .maybe("basis_date", it.basis_date.map(BasisDate::as_str)),
        Fact::Billing => values
            .with("billing_status", it.billing_status.as_str())
            .with("billing_status_reason", &it.billing_status_reason),
        Fact::Credit => values
            .maybe(
                "credit_limit_minor",
                it.credit_limit_minor.flatten().map(|minor| say::money_plain(&visit.ctx, minor)),
            )
            .with("auto_hold", it.auto_hold.as_str()),
        Fact::PriceList => values.maybe("price_list_id", it.price_list_id),
        Fact::Phone => values.with("phone", &it.phone),
        Fact::Email => values.with("email", &it.email),
        Fact::BillingAddress => values.address("billing_address", &it.billing_address),
        Fact::ShippingAddress => values.address("shipping_address", &it.shipping_address),
        Fact::Tags => values.with("tags", it.tags.join(", ")),
        Fact::Note => values.with("note", &it.note),
    }
}

async fn controls(visit: &Visit, which: Fact, values: &Values, errors: &[FieldError]) -> Result<Markup, Fail> {
    let field = |field: Field, name: &str| field.value(values.get(name)).errors(errors).autofocus();
    let currency = say::currency(&visit.ctx);
    Ok(match which {
        Fact::Name => field(Field::text("name", "Name"), "name").required().render(),
        Fact::Number => field(Field::text("number", "Number"), "number").required().render(),
        Fact::Kind => {
            let kinds = choices(CustomerKind::ALL.iter().map(|it| (it.as_str(), it.label())));
            field(Field::select("kind", "Kind", kinds), "kind").render()
        }
        Fact::Parent => field(
            Field::combo(
                "parent_customer_id",
                "Belongs to",
                "/suggest/customers",
                values.get("parent_customer_id_text"),
            ),
            "parent_customer_id",
        )
        .help("A health system or a buying group. Empty: it stands by itself.")
        .render(),
        Fact::Rep => {
            let people = "/suggest/people?role=sales,distributor,regional_manager";
            let shown = values.get("default_sales_rep_id_text");
            field(Field::combo("default_sales_rep_id", "Default sales rep", people, shown), "default_sales_rep_id")
                .help("Empty: nobody.")
                .render()
        }
        Fact::Terms => {
            let all = visit.read(super::all_terms).await?;
            let terms = choices(all.iter().map(|it| (it.id.to_string(), it.name.clone())));
            let bases = choices(BasisDate::ALL.iter().map(|it| (it.as_str(), it.label())));
            html! {
                (field(Field::select("payment_terms_id", "Payment terms", terms), "payment_terms_id").optional().placeholder("As the organization"))
                (Field::select("basis_date", "Basis date", bases).value(values.get("basis_date")).errors(errors).optional().placeholder("As the organization"))
            }
        }
        Fact::Billing => {
            let statuses = choices(BillingStatus::ALL.iter().map(|it| (it.as_str(), it.label())));
            html! {
                (field(Field::select("billing_status", "Billing status", statuses), "billing_status"))
                (Field::text("billing_status_reason", "Why").value(values.get("billing_status_reason")).errors(errors).help("Needed from hold up. A hold stops stocking orders, never a case."))
            }
        }
        Fact::Credit => {
            let limit = Field::money("credit_limit_minor", "Credit limit", currency.code(), currency.exponent());
            let modes = choices(AutoHoldMode::ALL.iter().map(|it| (it.as_str(), it.label())));
            html! {
                (field(limit, "credit_limit_minor").help("Empty: no limit."))
                (Field::select("auto_hold", "Held by its credit", modes).value(values.get("auto_hold")).errors(errors)
                    .help("Over the limit or long past due, stocking orders wait for a release. Never a case."))
            }
        }
        Fact::PriceList => {
            let all = visit.read(super::all_price_lists).await?;
            let lists = choices(all.iter().map(|it| (it.id.to_string(), it.name.clone())));
            field(Field::select("price_list_id", "Price list", lists), "price_list_id")
                .optional()
                .placeholder("List prices")
                .render()
        }
        Fact::Phone => field(Field::phone("phone", "Telephone").autocomplete("off"), "phone").render(),
        Fact::Email => field(Field::email("email", "E-mail").autocomplete("off"), "email").render(),
        Fact::BillingAddress => html! { h3 { "Invoices go to" } (address_fields("billing_address", values, errors)) },
        Fact::ShippingAddress => html! { h3 { "Goods go to" } (address_fields("shipping_address", values, errors)) },
        Fact::Tags => field(Field::text("tags", "Tags"), "tags").help("With commas between them.").render(),
        Fact::Note => field(Field::area("note", "Note"), "note").limit(4000).render(),
    })
}

/// What follows from a change, before it is made.
fn hint(it: &Customer, which: Fact) -> Option<Markup> {
    match which {
        Fact::Rep if it.locations_count > 0 => Some(html! {
            "Its " (say::count(it.locations_count, "location follows", "locations follow"))
            ", except those that have somebody of their own."
        }),
        Fact::Terms => Some(html! { "Orders that were submitted keep the terms they were submitted under." }),
        _ => None,
    }
}

async fn patch(visit: &Visit, which: Fact, sent: &Sent) -> app::Result<PatchCustomer> {
    let set = |value: Option<_>| value.map_or(Patch::Clear, Patch::Set);
    let text = |name: &str| Some(sent.text(name).to_owned());
    let mut it = PatchCustomer::default();
    match which {
        Fact::Name => it.name = text("name"),
        Fact::Number => it.number = text("number"),
        Fact::Kind => it.kind = CustomerKind::parse(sent.text("kind")),
        Fact::Parent => {
            let parent = chosen::<id::Customer>(visit, sent, "parent_customer_id", "customers").await?;
            it.parent_customer_id = parent.map_or(Patch::Clear, Patch::Set);
        }
        Fact::Rep => {
            let rep = chosen::<id::User>(visit, sent, "default_sales_rep_id", "people").await?;
            it.default_sales_rep_id = rep.map_or(Patch::Clear, Patch::Set);
        }
        Fact::Terms => {
            it.payment_terms_id = sent.id("payment_terms_id")?.map_or(Patch::Clear, Patch::Set);
            it.basis_date = BasisDate::parse(sent.text("basis_date")).map_or(Patch::Clear, Patch::Set);
        }
        Fact::Billing => {
            it.billing_status = BillingStatus::parse(sent.text("billing_status"));
            it.billing_status_reason = text("billing_status_reason");
        }
        Fact::Credit => {
            let limit = sent.maybe("credit_limit_minor");
            it.credit_limit_minor =
                set(limit.map(|text| say::read_money(&visit.ctx, "credit_limit_minor", text)).transpose()?);
            it.auto_hold = AutoHoldMode::parse(sent.text("auto_hold"));
        }
        Fact::PriceList => it.price_list_id = sent.id("price_list_id")?.map_or(Patch::Clear, Patch::Set),
        Fact::Phone => it.phone = text("phone"),
        Fact::Email => it.email = text("email"),
        Fact::BillingAddress => it.billing_address = Some(read_address(sent, "billing_address")),
        Fact::ShippingAddress => it.shipping_address = Some(read_address(sent, "shipping_address")),
        Fact::Tags => {
            let tags = sent.text("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty());
            it.tags = Some(tags.map(str::to_owned).collect());
        }
        Fact::Note => it.note = text("note"),
    }
    Ok(it)
}

// ---- the pages ------------------------------------------------------------------------------------------------------

/// Shows the form in the fact's place, or on a page of its own.
async fn show(
    visit: &Visit,
    detail: &Detail,
    which: Fact,
    values: &Values,
    errors: &[FieldError],
    note: Option<Markup>,
    verb: &'static str,
) -> Out {
    let action = format!("/customers/{}/fact/{}", detail.it.id, which.key());
    let was = self::values(visit, detail, which).digest();
    let form = InlineForm {
        key: which.key(),
        label: which.label(),
        action: &action,
        csrf: visit.csrf(),
        hidden: &[("version", detail.it.version.to_string()), ("was", was)],
        note: note.or_else(|| hint(&detail.it, which)),
        fields: controls(visit, which, values, errors).await?,
        errors,
        verb,
    };
    if visit.hx.partial {
        return Ok(visit.part(form.render()));
    }
    let header = Header::new(which.label())
        .crumb("Customers", "/customers")
        .crumb(detail.it.name.clone(), format!("/customers/{}", detail.it.id));
    let body = html! { (header) div class="content narrow" { (form) } };
    let title = Text::Owned(format!("{}: {}", detail.it.name, which.label()));
    Ok(if errors.is_empty() {
        visit.page(title, Room::Customers, body)
    } else {
        visit.refused(title, Room::Customers, body)
    })
}

pub(super) async fn page(visit: Visit, Path((id, key)): Path<(String, String)>) -> Out {
    let which = Fact::of_key(&key).ok_or_else(Fail::not_found)?;
    let detail = load(&visit, visit.id(&id)?).await?;
    if visit.link.get("as") == Some("fact") {
        return Ok(visit.part(fact(&visit, &detail, which).render()));
    }
    visit.ctx.require(which.permission())?;
    let values = values(&visit, &detail, which);
    show(&visit, &detail, which, &values, &[], None, "Save").await
}

pub(super) async fn save(visit: Visit, Path((id, key)): Path<(String, String)>, sent: Sent) -> Out {
    let which = Fact::of_key(&key).ok_or_else(Fail::not_found)?;
    let customer: CustomerId = visit.id(&id)?;
    let error = match attempt(&visit, customer, which, &sent).await {
        Ok(()) => return Ok(done(&visit, customer, which)),
        Err(error) => error,
    };
    let detail = load(&visit, customer).await?;
    if matches!(error, app::Error::Stale(_)) {
        return decide(&visit, &detail, which, &sent).await;
    }
    let errors = visit.complaints(error)?;
    show(&visit, &detail, which, &Values::of(&sent), &errors, None, "Save").await
}

/// Makes the change; where somebody else changed the customer, but not this value, upon what they left.
async fn attempt(visit: &Visit, id: CustomerId, which: Fact, sent: &Sent) -> app::Result<()> {
    let change = patch(visit, which, sent).await?;
    let again = change.clone();
    let done = visit.save(sent, move |ctx, tx| customers::patch(ctx, tx, id, change.clone())).await;
    let Err(app::Error::Stale(now)) = done else { return done.map(|_| ()) };
    let window = super::page::window(visit);
    let detail = visit.app.read(&visit.ctx, move |ctx, tx| super::page::read(ctx, tx, id, window)).await?;
    if values(visit, &detail, which).digest() != sent.text("was") {
        return Err(app::Error::Stale(now));
    }
    let mut ctx = visit.ctx.clone();
    ctx.expected_version = Some(detail.it.version);
    visit.app.write(&ctx, move |ctx, tx| customers::patch(ctx, tx, id, again.clone())).await.map(|_| ())
}

fn done(visit: &Visit, id: CustomerId, which: Fact) -> Response {
    visit.go(&format!("/customers/{id}"), Flash::done(format!("{} saved", which.label())))
}

/// Somebody else changed this very value: theirs, yours, and the choice.
async fn decide(visit: &Visit, detail: &Detail, which: Fact, sent: &Sent) -> Out {
    let latest = detail.history.first();
    let note = html! {
        div class="banner warning" {
            (crate::ui::Icon::Warning)
            div {
                b { "Changed meanwhile" }
                @if let Some(entry) = latest { (entry.sentence) ", " (say::when(&visit.ctx, entry.at)) ". " }
                "It is now " strong { (value(visit, detail, which)) } ". What you entered is above: save it over theirs, or cancel and keep theirs."
            }
        }
    };
    let values = Values::of(sent);
    show(visit, detail, which, &values, &[], Some(note), "Save anyway").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_has_an_address_of_its_own() {
        for fact in Fact::ALL {
            assert_eq!(Fact::of_key(fact.key()), Some(fact));
        }
        assert_eq!(Fact::of_key("archived"), None);
    }
}
