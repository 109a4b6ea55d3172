//! How exports to one kind of program are set up: accounts, facts that are sent along, names of customers and items there.

use super::super::acts;
use super::super::common::{Values, choices, version_field};
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, Row, Tab, Table, section,
    section_block, tabs,
};
use app::App;
use app::accounting;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::accounting::{AccountName, AccountingSettings, FieldName, PutAccountingSettings, SetAccountingName};
use domain::accounting::{AccountRole, ExportKind, FieldSource};
use domain::id::{CatalogItemId, CustomerId, ManufacturerId};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/accounting/settings/{kind}", get(page).merge(post(save)))
        .route("/accounting/settings/{kind}/names", get(names_page).merge(post(set_name)))
}

fn kind_of(text: &str) -> Result<ExportKind, Fail> {
    ExportKind::parse(text).ok_or_else(Fail::not_found)
}

fn header(kind: ExportKind, current: &str) -> Markup {
    let all: Vec<Tab> = ExportKind::ALL
        .iter()
        .map(|it| Tab::new(it.label(), format!("/accounting/settings/{it}"), *it == kind))
        .collect();
    let base = format!("/accounting/settings/{kind}");
    let lists = [("Accounts and fields", base.clone()), ("Names there", format!("{base}/names"))];
    let pairs: Vec<(&str, &str)> = lists.iter().map(|(label, href)| (*label, href.as_str())).collect();
    html! {
        (Header::new("Set up exports").crumb("Accounting exports", "/accounting").under(super::super::common::subnav(current, &pairs)))
        (tabs(&all, None))
    }
}

fn values_of(it: &AccountingSettings) -> Values {
    let mut values = Values::new()
        .maybe("begins_on", it.begins_on)
        .flag("own_name_only", it.own_name_only)
        .with("seller_tax_number", &it.seller_tax_number)
        .with("seller_registration", &it.seller_registration);
    for account in &it.accounts {
        values = values.with(format!("account.{}", account.role), &account.name);
    }
    for (at, field) in it.fields.iter().enumerate() {
        values = values.with(format!("source.{at}"), field.source.as_str()).with(format!("name.{at}"), &field.name);
    }
    values
}

/// Rows of facts: those there are, and a few more.
const MORE_FIELDS: usize = 3;
const FIELDS_MOST: usize = 200;

fn form(visit: &Visit, kind: ExportKind, version: i64, values: &Values, errors: &[FieldError]) -> Form {
    let known =
        (0..FIELDS_MOST).rev().find(|at| !values.get(&format!("source.{at}")).is_empty()).map_or(0, |at| at + 1);
    let account = |role: &AccountRole| {
        Field::text(format!("account.{role}"), role.label())
            .value(values.get(&format!("account.{role}")))
            .placeholder(role.default_name())
            .optional()
            .errors(errors)
    };
    let sources = || choices(FieldSource::ALL.iter().map(|it| (it.as_str(), it.label())));
    let is_ubl = kind == ExportKind::Ubl;
    let body = html! {
        (version_field(version))
        (Field::date("begins_on", "Begin with documents of").value(values.get("begins_on")).errors(errors).optional().help("What is older is in your books already. Empty: everything."))
        (Field::check("own_name_only", "Only what is billed in our own name").on(values.on("own_name_only")).help("Leaves out invoices that manufacturers issue in theirs."))
        @if is_ubl {
            div class="pair" {
                (Field::text("seller_tax_number", "Your tax number").value(values.get("seller_tax_number")).errors(errors).optional())
                (Field::text("seller_registration", "Your company number").value(values.get("seller_registration")).errors(errors).optional())
            }
        } @else {
            (section("Accounts", None, html! {
                p class="sub" { "As they are called there. A sub-account stands behind a colon." }
                @for pair in AccountRole::ALL.chunks(2) { div class="pair" { @for role in pair { (account(role)) } } }
            }))
        }
        (section("Sent along", None, html! {
            p class="sub" { "Facts of a document under a column or field of the program, as many as you want. Nothing about patients can be chosen." }
            @for at in 0..(known + MORE_FIELDS).min(FIELDS_MOST) {
                div class="pair" {
                    (Field::select(format!("source.{at}"), "Fact", sources()).value(values.get(&format!("source.{at}"))).optional().errors(errors))
                    (Field::text(format!("name.{at}"), "Its name there").value(values.get(&format!("name.{at}"))).optional().errors(errors))
                }
            }
        }))
    };
    Form::post(format!("/accounting/settings/{kind}"), visit.csrf())
        .errors(errors)
        .body(body)
        .button(Button::submit("Save").primary())
        .button(Button::link("Cancel", "/accounting").quiet())
}

fn shown(visit: &Visit, kind: ExportKind, version: i64, values: &Values, errors: &[FieldError]) -> Response {
    let form = form(visit, kind, version, values, errors);
    let body = html! { (header(kind, "Accounts and fields")) div class="content" { (form) } };
    if errors.is_empty() {
        visit.page("Set up exports", Room::Customers, body)
    } else {
        visit.refused("Set up exports", Room::Customers, body)
    }
}

async fn page(visit: Visit, Path(kind): Path<String>) -> Out {
    let kind = kind_of(&kind)?;
    let it = visit.read(move |ctx, tx| accounting::settings(ctx, tx, kind)).await?;
    Ok(shown(&visit, kind, it.version, &values_of(&it), &[]))
}

fn read(sent: &Sent) -> app::Result<PutAccountingSettings> {
    let accounts = AccountRole::ALL
        .iter()
        .map(|role| AccountName { role: *role, name: sent.text(&format!("account.{role}")).to_owned() })
        .filter(|account| !account.name.is_empty())
        .collect();
    let mut fields = Vec::new();
    for at in 0..FIELDS_MOST {
        let (source, name) = (format!("source.{at}"), format!("name.{at}"));
        match (FieldSource::parse(sent.text(&source)), sent.maybe(&name)) {
            (Some(source), Some(text)) => fields.push(FieldName { source, name: text.to_owned() }),
            (Some(_), None) => return Err(app::Error::field(name, "required", "Say under which name it is sent.")),
            (None, Some(_)) => {
                return Err(app::Error::field(source, "required", "Choose what is sent under this name."));
            }
            (None, None) => {}
        }
    }
    Ok(PutAccountingSettings {
        begins_on: acts::day(sent, "begins_on")?,
        accounts,
        fields,
        own_name_only: sent.on("own_name_only"),
        seller_tax_number: sent.text("seller_tax_number").to_owned(),
        seller_registration: sent.text("seller_registration").to_owned(),
    })
}

async fn save(visit: Visit, Path(kind): Path<String>, sent: Sent) -> Out {
    let kind = kind_of(&kind)?;
    let done = match read(&sent) {
        Ok(ask) => visit.save(&sent, move |ctx, tx| accounting::put_settings(ctx, tx, kind, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/accounting/settings/{kind}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let version = sent.text("version").parse().unwrap_or(0);
            Ok(shown(&visit, kind, version, &Values::of(&sent), &errors))
        }
    }
}

// ---- names ----------------------------------------------------------------------------------------------------------

const SUBJECTS: [(&str, &str); 3] =
    [("customers", "Customers"), ("manufacturers", "Manufacturers"), ("catalog_items", "Items")];

fn subject_of(visit: &Visit) -> &'static str {
    let asked = visit.link.get("subject").unwrap_or("customers");
    SUBJECTS.iter().find(|(word, _)| *word == asked).map_or("customers", |(word, _)| *word)
}

async fn names_shown(visit: &Visit, kind: ExportKind, sent: &Sent, errors: &[FieldError]) -> Out {
    let subject = subject_of(visit);
    let mut params = ListParams { limit: Some(200), ..ListParams::default() };
    params.cursor = visit.link.get("cursor").map(str::to_owned);
    params.filters.insert("subject".into(), subject.into());
    let page = visit.read(move |ctx, tx| accounting::names(ctx, tx, kind, &params)).await?;
    let base = format!("/accounting/settings/{kind}/names");
    let with_account = subject != "customers";
    let mut columns = vec![Column::new("here", "Here"), Column::new("there", "There").phone_sub()];
    if with_account {
        columns.push(Column::new("account", "Account").phone_side_sub());
    }
    let rows = page.items.iter().map(|it| {
        let mut cells = vec![Cell::text(it.label.clone()), Cell::text(it.name.clone())];
        if with_account {
            cells.push(Cell::text(it.account.clone()));
        }
        Row::new(it.subject_id.clone(), cells).name(it.label.clone())
    });
    let empty = Empty::new(Icon::File, "Everything goes by its usual name")
        .text("Name what is called otherwise in your accounting program, or has a number of its own there.");
    let table = Table::new("names", "Names there", columns).rows(rows.collect()).empty(empty).inside();
    let lists: Vec<(&str, String)> =
        SUBJECTS.iter().map(|(word, label)| (*label, format!("{base}?subject={word}"))).collect();
    let pairs: Vec<(&str, &str)> = lists.iter().map(|(label, href)| (*label, href.as_str())).collect();
    let current = SUBJECTS.iter().find(|(word, _)| *word == subject).map_or("", |(_, label)| *label);
    let (what, suggest) = match subject {
        "manufacturers" => ("Manufacturer", "/suggest/manufacturers"),
        "catalog_items" => ("Item", "/suggest/items"),
        _ => ("Customer", "/suggest/customers"),
    };
    let field = |field: Field| field.errors(errors).optional();
    let form = Form::post(format!("{base}?subject={subject}"), visit.csrf())
        .errors(errors)
        .body(html! {
            (Field::combo("subject_id", what, suggest, "").value(sent.text("subject_id").to_owned()).errors(errors).required())
            (field(Field::text("name", "Name or number there").value(sent.text("name").to_owned())))
            @if with_account { (field(Field::text("account", "Account").value(sent.text("account").to_owned()))) }
        })
        .button(Button::submit("Save").primary());
    let body = html! {
        (header(kind, "Names there"))
        div class="content" {
            (super::super::common::subnav(current, &pairs))
            (section_block("Other names", &[], table))
            @if let Some(next) = &page.next_cursor { (Button::link("Next page", format!("{base}?subject={subject}&cursor={next}"))) }
            (section_block("Name one", &[], html! { p class="sub" { "Empty fields give the usual name back." } (form.render()) }))
        }
    };
    Ok(if errors.is_empty() {
        visit.page("Names there", Room::Customers, body)
    } else {
        visit.refused("Names there", Room::Customers, body)
    })
}

async fn names_page(visit: Visit, Path(kind): Path<String>, sent: Sent) -> Out {
    names_shown(&visit, kind_of(&kind)?, &sent, &[]).await
}

async fn set_name(visit: Visit, Path(kind): Path<String>, sent: Sent) -> Out {
    let kind = kind_of(&kind)?;
    let subject = subject_of(&visit);
    let picked = match subject {
        "manufacturers" => acts::picked::<domain::id::Manufacturer>(&sent, "subject_id")
            .map(|id| id.map(|id: ManufacturerId| id.to_string())),
        "catalog_items" => acts::picked::<domain::id::CatalogItem>(&sent, "subject_id")
            .map(|id| id.map(|id: CatalogItemId| id.to_string())),
        _ => {
            acts::picked::<domain::id::Customer>(&sent, "subject_id").map(|id| id.map(|id: CustomerId| id.to_string()))
        }
    };
    let ask = picked.and_then(|id| {
        let subject_id = id.ok_or_else(|| app::Error::field("subject_id", "required", "Choose what is named."))?;
        Ok(SetAccountingName {
            subject_id,
            name: sent.text("name").to_owned(),
            account: sent.text("account").to_owned(),
        })
    });
    let done = match ask {
        Ok(ask) => {
            visit.save(&sent, move |ctx, tx| accounting::set_names(ctx, tx, kind, std::slice::from_ref(&ask))).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/accounting/settings/{kind}/names?subject={subject}"), Flash::done("Saved"))),
        Err(error) => {
            let plain = |error: FieldError| {
                let field = error.field.trim_start_matches("[0].").to_owned();
                FieldError::new(field, error.message)
            };
            let errors: Vec<FieldError> = visit.complaints(error)?.into_iter().map(plain).collect();
            names_shown(&visit, kind, &sent, &errors).await
        }
    }
}
