//! The form of a customer.

use super::{all_price_lists, all_terms};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::common::{Values, address_fields, choices, contact_fields, id_of, read_address, read_contacts};
use crate::pages::suggest::chosen;
use crate::pages::words as say;
use crate::ui::{Button, Field, FieldError, Flash, Form, Header, Room, section};
use app::directory::customers;
use axum::extract::Path;
use contract::Patch;
use contract::directory::{CreateCustomer, Customer, PatchCustomer, PaymentTerms, PriceList};
use domain::billing::BillingStatus;
use domain::directory::CustomerKind;
use domain::engagement::Window;
use domain::id::{self, CustomerId, UserId};
use domain::people::Permission;
use domain::terms::BasisDate;
use maud::{Markup, html};

struct Around {
    terms: Vec<PaymentTerms>,
    price_lists: Vec<PriceList>,
}

async fn around(visit: &Visit) -> Result<Around, Fail> {
    visit.read(|ctx, tx| Ok(Around { terms: all_terms(ctx, tx)?, price_lists: all_price_lists(ctx, tx)? })).await
}

fn values_of(visit: &Visit, it: &Customer, parent: Option<&str>) -> Values {
    Values::new()
        .with("name", &it.name)
        .with("number", &it.number)
        .with("kind", it.kind.as_str())
        .maybe("parent_customer_id", it.parent_customer_id)
        .maybe("parent_customer_id_text", parent)
        .maybe("default_sales_rep_id", it.default_sales_rep_id)
        .maybe("default_sales_rep_id_text", it.default_sales_rep_name.as_deref())
        .maybe("payment_terms_id", it.payment_terms_id)
        .maybe("basis_date", it.basis_date.map(BasisDate::as_str))
        .with("billing_status", it.billing_status.as_str())
        .with("billing_status_reason", &it.billing_status_reason)
        .maybe("credit_limit", it.credit_limit_minor.flatten().map(|minor| say::money_plain(&visit.ctx, minor)))
        .maybe("price_list_id", it.price_list_id)
        .address("billing_address", &it.billing_address)
        .address("shipping_address", &it.shipping_address)
        .with("phone", &it.phone)
        .with("email", &it.email)
        .contacts(&it.contacts)
        .with("tags", it.tags.join(", "))
        .with("note", &it.note)
        .with("version", it.version.to_string())
}

fn form(
    visit: &Visit,
    action: &str,
    around: &Around,
    values: &Values,
    errors: &[FieldError],
    verb: &'static str,
    back: &str,
) -> Markup {
    let currency = say::currency(&visit.ctx);
    let kinds = choices(CustomerKind::ALL.iter().map(|it| (it.as_str(), it.label())));
    let bases = choices(BasisDate::ALL.iter().map(|it| (it.as_str(), it.label())));
    let statuses = choices(BillingStatus::ALL.iter().map(|it| (it.as_str(), it.label())));
    let terms = choices(around.terms.iter().map(|it| (it.id.to_string(), it.name.clone())));
    let lists = choices(around.price_lists.iter().map(|it| (it.id.to_string(), it.name.clone())));
    let or = |key: &str, otherwise: &str| {
        let value = values.get(key);
        if value.is_empty() { otherwise.to_owned() } else { value }
    };
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (Field::text("name", "Name").value(values.get("name")).errors(errors).required())
        div class="pair" {
            (Field::text("number", "Number").value(values.get("number")).errors(errors).optional().help("As in your books. Empty: the next free one."))
            (Field::select("kind", "Kind", kinds).value(or("kind", "hospital")).errors(errors))
        }
        (Field::combo("parent_customer_id", "Belongs to", "/suggest/customers", values.get("parent_customer_id_text")).value(values.get("parent_customer_id")).errors(errors).optional().help("A health system or a buying group."))
        (Field::combo("default_sales_rep_id", "Default sales rep", "/suggest/people?role=sales,distributor,regional_manager", values.get("default_sales_rep_id_text")).value(values.get("default_sales_rep_id")).errors(errors).optional().help("Its locations follow, unless they say otherwise."))
        @if visit.may(Permission::ManageTerms) {
            (section("Terms and credit", None, html! {
                div class="pair" {
                    (Field::select("payment_terms_id", "Payment terms", terms).value(values.get("payment_terms_id")).errors(errors).optional().placeholder("The organization's default"))
                    (Field::select("basis_date", "Basis date", bases).value(values.get("basis_date")).errors(errors).optional().placeholder("The organization's default"))
                }
                div class="pair" {
                    (Field::select("billing_status", "Billing status", statuses).value(or("billing_status", "good")).errors(errors))
                    (Field::money("credit_limit", "Credit limit", currency.code(), currency.exponent()).value(values.get("credit_limit")).errors(errors).optional())
                }
                (Field::text("billing_status_reason", "Why").value(values.get("billing_status_reason")).errors(errors).optional().help("Required for on hold, blocked and closed. A hold stops stocking orders, never a case."))
            }))
        }
        @if visit.may(Permission::ManagePrices) && !lists.is_empty() {
            (Field::select("price_list_id", "Price list", lists).value(values.get("price_list_id")).errors(errors).optional().placeholder("None: list prices"))
        }
        (section("Reach them", None, html! {
            div class="pair" {
                (Field::phone("phone", "Telephone").value(values.get("phone")).errors(errors).optional().autocomplete("off"))
                (Field::email("email", "E-mail").value(values.get("email")).errors(errors).optional().autocomplete("off"))
            }
        }))
        (section("Invoices go to", None, address_fields("billing_address", values, errors)))
        (section("Goods go to", Some("Where it differs from the locations."), address_fields("shipping_address", values, errors)))
        (section("Contacts", Some("Who gets orders, invoices, recalls and statements."), contact_fields(values, errors, true)))
        (Field::text("tags", "Tags").value(values.get("tags")).errors(errors).optional().help("With commas between them."))
        (Field::area("note", "Note").value(values.get("note")).errors(errors).optional().limit(4000))
    };
    html! {
        (Form::post(action.to_owned(), visit.csrf()).errors(errors).body(fields)
            .button(Button::submit(verb).primary()).button(Button::link("Cancel", back.to_owned()).quiet()))
    }
}

fn framed(title: &str, crumb: Option<(&str, &str)>, form: Markup) -> Markup {
    let mut header = Header::new(title.to_owned()).crumb("Customers", "/customers");
    if let Some((label, href)) = crumb {
        header = header.crumb(label.to_owned(), href.to_owned());
    }
    html! { (header) div class="content" { (form) } }
}

pub async fn new_page(visit: Visit) -> Out {
    let around = around(&visit).await?;
    let body = form(&visit, "/customers", &around, &Values::new(), &[], "Create customer", "/customers");
    Ok(visit.page("New customer", Room::Customers, framed("New customer", None, body)))
}

/// What the form says, read once for both uses.
struct Read {
    parent: Option<CustomerId>,
    rep: Option<UserId>,
    credit_limit: Option<i64>,
    tags: Vec<String>,
}

async fn read(visit: &Visit, sent: &Sent) -> app::Result<Read> {
    Ok(Read {
        parent: chosen::<id::Customer>(visit, sent, "parent_customer_id", "customers").await?,
        rep: chosen::<id::User>(visit, sent, "default_sales_rep_id", "people").await?,
        credit_limit: sent
            .maybe("credit_limit")
            .map(|text| say::read_money(&visit.ctx, "credit_limit", text))
            .transpose()?,
        tags: sent.text("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
    })
}

async fn make(visit: &Visit, sent: &Sent) -> app::Result<String> {
    let it = read(visit, sent).await?;
    let new = CreateCustomer {
        name: sent.text("name").to_owned(),
        number: sent.maybe("number").map(str::to_owned),
        kind: CustomerKind::parse(sent.text("kind")),
        parent_customer_id: it.parent,
        default_sales_rep_id: it.rep,
        payment_terms_id: sent.id("payment_terms_id")?,
        basis_date: BasisDate::parse(sent.text("basis_date")),
        // Not mentioned by whoever may not set it.
        billing_status: BillingStatus::parse(sent.text("billing_status"))
            .filter(|status| *status != BillingStatus::Good),
        billing_status_reason: sent.text("billing_status_reason").to_owned(),
        credit_limit_minor: it.credit_limit,
        price_list_id: sent.id("price_list_id")?,
        billing_address: read_address(sent, "billing_address"),
        shipping_address: read_address(sent, "shipping_address"),
        phone: sent.text("phone").to_owned(),
        email: sent.text("email").to_owned(),
        contacts: read_contacts(sent),
        external_ids: Default::default(),
        tags: it.tags,
        note: sent.text("note").to_owned(),
        ..CreateCustomer::default()
    };
    let made = visit.save(sent, move |ctx, tx| customers::create(ctx, tx, new.clone())).await?;
    Ok(id_of(&made))
}

fn renamed(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in errors.iter_mut().filter(|error| error.field == "credit_limit_minor") {
        error.field = "credit_limit".into();
    }
    errors
}

pub async fn create(visit: Visit, sent: Sent) -> Out {
    match make(&visit, &sent).await {
        Ok(id) => Ok(visit.go(&format!("/customers/{id}"), Flash::done("Customer created. Add its locations next."))),
        Err(error) => {
            let errors = renamed(visit.complaints(error)?);
            let around = around(&visit).await?;
            let body =
                form(&visit, "/customers", &around, &Values::of(&sent), &errors, "Create customer", "/customers");
            Ok(visit.refused("New customer", Room::Customers, framed("New customer", None, body)))
        }
    }
}

async fn customer(visit: &Visit, id: CustomerId) -> Result<(Customer, Option<String>), Fail> {
    visit
        .read(move |ctx, tx| {
            let it = customers::get(ctx, tx, id, Window::All)?;
            let parent = it.parent_customer_id.and_then(|id| customers::get(ctx, tx, id, Window::All).ok());
            Ok((it, parent.map(|parent| parent.name)))
        })
        .await
}

pub async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let (it, parent) = customer(&visit, visit.id(&id)?).await?;
    let around = around(&visit).await?;
    let back = format!("/customers/{id}");
    let values = values_of(&visit, &it, parent.as_deref());
    let body = form(&visit, &format!("{back}/edit"), &around, &values, &[], "Save", &back);
    let title = format!("Edit {}", it.name);
    Ok(visit.page(title.clone(), Room::Customers, framed(&title, Some((&it.name, &back)), body)))
}

fn to<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

/// What the form did not show is not mentioned.
fn shown<T>(sent: &Sent, field: &str, value: Option<T>) -> Patch<T> {
    if sent.has(field) { to(value) } else { Patch::Leave }
}

async fn save(visit: &Visit, id: CustomerId, sent: &Sent) -> app::Result<()> {
    let it = read(visit, sent).await?;
    let patch = PatchCustomer {
        name: Some(sent.text("name").to_owned()),
        number: sent.maybe("number").map(str::to_owned),
        kind: CustomerKind::parse(sent.text("kind")),
        parent_customer_id: to(it.parent),
        default_sales_rep_id: to(it.rep),
        payment_terms_id: shown(sent, "payment_terms_id", sent.id("payment_terms_id")?),
        basis_date: shown(sent, "basis_date", BasisDate::parse(sent.text("basis_date"))),
        billing_status: BillingStatus::parse(sent.text("billing_status")),
        billing_status_reason: sent.has("billing_status_reason").then(|| sent.text("billing_status_reason").to_owned()),
        credit_limit_minor: shown(sent, "credit_limit", it.credit_limit),
        price_list_id: shown(sent, "price_list_id", sent.id("price_list_id")?),
        billing_address: Some(read_address(sent, "billing_address")),
        shipping_address: Some(read_address(sent, "shipping_address")),
        phone: Some(sent.text("phone").to_owned()),
        email: Some(sent.text("email").to_owned()),
        contacts: Some(read_contacts(sent)),
        external_ids: None,
        tags: Some(it.tags),
        note: Some(sent.text("note").to_owned()),
        ..PatchCustomer::default()
    };
    visit.save(sent, move |ctx, tx| customers::patch(ctx, tx, id, patch.clone())).await.map(|_| ())
}

pub async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer_id: CustomerId = visit.id(&id)?;
    let back = format!("/customers/{id}");
    match save(&visit, customer_id, &sent).await {
        Ok(()) => Ok(visit.go(&back, Flash::done("Saved"))),
        Err(error) => {
            let errors = renamed(visit.complaints(error)?);
            let (it, _) = customer(&visit, customer_id).await?;
            let around = around(&visit).await?;
            let body = form(&visit, &format!("{back}/edit"), &around, &Values::of(&sent), &errors, "Save", &back);
            let title = format!("Edit {}", it.name);
            Ok(visit.refused(title.clone(), Room::Customers, framed(&title, Some((&it.name, &back)), body)))
        }
    }
}
