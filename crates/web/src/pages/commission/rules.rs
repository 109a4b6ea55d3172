//! Rules of commission: a rate for an item, a maker, a place, a person.

use super::super::acts;
use super::super::common::{Values, press_with};
use super::super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, Row, Table, section_block,
};
use app::commission;
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use contract::commission::{CommissionRule, CreateCommissionRule, PatchCommissionRule};
use domain::id::CommissionRuleId;
use maud::{Markup, Render, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/commission/rules", get(page).merge(post(create)))
        .route("/commission/rules/{id}/archive", post(archive))
}

/// What a rule may name: field, label, where it is looked for.
const NAMED: [(&str, &str, &str); 7] = [
    ("catalog_item_id", "Item", "/suggest/items"),
    ("product_line_id", "Product line", "/suggest/product-lines"),
    ("manufacturer_id", "Manufacturer", "/suggest/manufacturers"),
    ("location_id", "Location", "/suggest/locations"),
    ("customer_id", "Customer", "/suggest/customers"),
    ("physician_id", "Physician", "/suggest/physicians"),
    ("user_id", "Person", "/suggest/representatives"),
];

fn ids_of(it: &CommissionRule) -> [Option<String>; 7] {
    [
        it.catalog_item_id.map(|id| id.to_string()),
        it.product_line_id.map(|id| id.to_string()),
        it.manufacturer_id.map(|id| id.to_string()),
        it.location_id.map(|id| id.to_string()),
        it.customer_id.map(|id| id.to_string()),
        it.physician_id.map(|id| id.to_string()),
        it.user_id.map(|id| id.to_string()),
    ]
}

type Known = (Vec<CommissionRule>, BTreeMap<String, String>);

fn found(ctx: &Ctx, tx: &mut Tx) -> app::Result<Known> {
    let mut params = ListParams { limit: Some(500), ..ListParams::default() };
    let mut all = Vec::new();
    loop {
        let page = commission::rules(ctx, tx, &params)?;
        all.extend(page.items);
        match page.next_cursor {
            Some(cursor) => params.cursor = Some(cursor),
            None => break,
        }
    }
    let names = commission_names(ctx, tx, &all)?;
    Ok((all, names))
}

/// Names behind the ids of rules.
fn commission_names(ctx: &Ctx, tx: &mut Tx, all: &[CommissionRule]) -> app::Result<BTreeMap<String, String>> {
    let mut wanted = app::names::Wanted::new();
    for it in all {
        if let Some(id) = it.catalog_item_id {
            wanted.item(id);
        }
        if let Some(id) = it.user_id {
            wanted.person(id);
        }
        wanted.location(it.location_id).manufacturer(it.manufacturer_id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let mut shown = BTreeMap::new();
    for it in all {
        it.catalog_item_id
            .into_iter()
            .for_each(|id| drop(shown.insert(id.to_string(), names.item_title(id).to_owned())));
        it.user_id.into_iter().for_each(|id| drop(shown.insert(id.to_string(), names.person(id).to_owned())));
        it.location_id.into_iter().for_each(|id| drop(shown.insert(id.to_string(), names.location(id).to_owned())));
        it.manufacturer_id
            .into_iter()
            .for_each(|id| drop(shown.insert(id.to_string(), names.manufacturer(id).to_owned())));
        if let Some(id) = it.customer_id
            && let Ok(customer) = app::directory::customers::get(ctx, tx, id, domain::engagement::Window::All)
        {
            shown.insert(id.to_string(), customer.name);
        }
        if let Some(id) = it.physician_id
            && let Ok(physician) = app::directory::physicians::get(ctx, tx, id)
        {
            shown.insert(id.to_string(), physician.name);
        }
        if let Some(id) = it.product_line_id
            && let Ok(line) = app::catalog::product_line(ctx, tx, id)
        {
            shown.insert(id.to_string(), line.name);
        }
    }
    Ok(shown)
}

fn what_for(it: &CommissionRule, names: &BTreeMap<String, String>) -> String {
    let parts = NAMED.iter().zip(ids_of(it)).filter_map(|((_, label, _), id)| {
        let id = id?;
        Some(format!("{label}: {}", names.get(&id).cloned().unwrap_or(id)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn held(it: &CommissionRule) -> String {
    match (it.valid_from, it.valid_to) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {}", say::day(from)),
        (None, Some(to)) => format!("until {}", say::day(to)),
        (Some(from), Some(to)) => format!("{} to {}", say::day(from), say::day(to)),
    }
}

async fn shown(visit: &Visit, values: &Values, errors: &[FieldError]) -> Out {
    let (all, names) = visit.read(found).await?;
    let columns = vec![
        Column::new("name", "Rule"),
        Column::new("rate", "Rate").number().width(90).phone_side(),
        Column::new("for", "For").phone_sub(),
        Column::new("valid", "Valid").width(200),
        Column::new("do", "").width(120),
    ];
    let rows = all.iter().map(|it| {
        let id = it.id.to_string();
        let out = it.archived_at.is_some();
        let (verb, word) = if out { ("Put back", "false") } else { ("Take out", "true") };
        let version = it.version.to_string();
        let hidden = [("version", version.as_str()), ("archived", word)];
        let button = Button::submit(verb).small().quiet();
        let cells = vec![
            Cell::text(it.name.clone()),
            Cell::text(format!("{} %", say::percent_plain(it.rate_bp))),
            Cell::text(what_for(it, &names)),
            Cell::text(held(it)),
            Cell::of(press_with(visit, format!("/commission/rules/{id}/archive"), &hidden, button)),
        ];
        Row::new(id, cells).name(it.name.clone()).off(out)
    });
    let empty = Empty::new(Icon::File, "No rules yet")
        .text("Everything earns at the rate of the person, or at that for the physician. A rule sets another rate for what it names.");
    let table = Table::new("rules", "Rules of commission", columns).rows(rows.collect()).empty(empty).inside();
    let header = Header::new("Rules of commission")
        .crumb("Figures", "/figures")
        .crumb("Commission statements", "/commission")
        .under("The most particular rule decides for a line: item before product line, manufacturer, location, customer, physician, person. Without one the person's own rate does.");
    let body = html! {
        (header)
        div class="content" {
            (section_block("Rules", &[], table.render()))
            (section_block("New rule", &[], form(visit, values, errors)))
        }
    };
    Ok(if errors.is_empty() {
        visit.page("Rules of commission", Room::Figures, body)
    } else {
        visit.refused("Rules of commission", Room::Figures, body)
    })
}

fn form(visit: &Visit, values: &Values, errors: &[FieldError]) -> Markup {
    let named = |(field, label, suggest): (&'static str, &'static str, &'static str)| {
        Field::combo(field, label, suggest, values.get(&format!("{field}_text")))
            .value(values.get(field))
            .errors(errors)
            .optional()
    };
    Form::post("/commission/rules", visit.csrf())
        .errors(errors)
        .body(html! {
            div class="pair" {
                (Field::text("name", "Name").value(values.get("name")).errors(errors).required().placeholder("Cups 2027").help("Stands in the explanation of amounts."))
                (Field::with_unit("rate_bp", "Rate", "%").value(values.get("rate_bp")).errors(errors).required())
            }
            p class="sub" { "For everything that is named here together; name at least one." }
            @for pair in NAMED.chunks(2) { div class="pair" { @for it in pair { (named(*it)) } } }
            div class="pair" {
                (Field::date("valid_from", "First day").value(values.get("valid_from")).errors(errors).optional())
                (Field::date("valid_to", "Last day").value(values.get("valid_to")).errors(errors).optional())
            }
        })
        .button(Button::submit("Make the rule").primary())
        .render()
}

async fn page(visit: Visit) -> Out {
    shown(&visit, &Values::new(), &[]).await
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let read = || -> app::Result<CreateCommissionRule> {
        let bp = say::read_percent("rate_bp", sent.text("rate_bp"))?;
        Ok(CreateCommissionRule {
            name: sent.text("name").to_owned(),
            rate_bp: i32::try_from(bp).unwrap_or(i32::MAX),
            user_id: acts::picked(&sent, "user_id")?,
            physician_id: acts::picked(&sent, "physician_id")?,
            customer_id: acts::picked(&sent, "customer_id")?,
            location_id: acts::picked(&sent, "location_id")?,
            manufacturer_id: acts::picked(&sent, "manufacturer_id")?,
            product_line_id: acts::picked(&sent, "product_line_id")?,
            catalog_item_id: acts::picked(&sent, "catalog_item_id")?,
            valid_from: acts::day(&sent, "valid_from")?,
            valid_to: acts::day(&sent, "valid_to")?,
        })
    };
    let done = match read() {
        Ok(new) => visit.save(&sent, move |ctx, tx| commission::create_rule(ctx, tx, &new)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/commission/rules", Flash::done("The rule holds for what is earned from now on"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            shown(&visit, &Values::of(&sent), &errors).await
        }
    }
}

async fn archive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CommissionRuleId = visit.id(&id)?;
    let patch = PatchCommissionRule { archived: Some(sent.on("archived")), ..PatchCommissionRule::default() };
    let done = visit.save(&sent, move |ctx, tx| commission::patch_rule(ctx, tx, id, &patch)).await;
    acts::told(&visit, done, "/commission/rules", Flash::done("Saved"))
}
