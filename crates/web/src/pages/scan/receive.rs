//! New stock that was scanned: whose it is and where, then all of it is taken in.

use super::super::{acts, words};
use super::codes::{item_of, read_label, what_label_says};
use crate::edge::{Out, Sent, Visit};
use crate::ui::{Button, Field, FieldError, Flash, Form, Header, Line, Room, lines};
use app::Error;
use contract::CustodianRef;
use contract::units::{CreateUnits, Scanned};
use domain::people::Permission;
use maud::html;

pub(super) async fn receive_form(visit: &Visit, sent: &Sent, values: &[String], errors: &[FieldError]) -> Out {
    visit.ctx.require(Permission::CreateInventory)?;
    let mut groups: Vec<(String, usize)> = Vec::new();
    for value in values {
        match groups.iter_mut().find(|(code, _)| code == value) {
            Some((_, count)) => *count += 1,
            None => groups.push((value.clone(), 1)),
        }
    }
    let codes = groups.clone();
    let labels = visit
        .read(move |ctx, tx| codes.iter().map(|(code, _)| read_label(ctx, tx, code)).collect::<app::Result<Vec<_>>>())
        .await?;
    let pieces = |scanned: &Scanned, count: usize| count as i64 * scanned.package_quantity.unwrap_or(1).max(1);
    let total: i64 = labels.iter().zip(&groups).map(|(scanned, (_, count))| pieces(scanned, *count)).sum();
    let (own, name) = if visit.ctx.actor.role.is_office() {
        (visit.ctx.organization.id.to_string(), visit.ctx.organization.name.clone())
    } else {
        (visit.ctx.principal().to_string(), visit.ctx.actor.name.clone())
    };
    let all: Vec<Line> = labels
        .iter()
        .zip(&groups)
        .map(|(scanned, (_, count))| {
            let title = item_of(scanned).unwrap_or_else(|| "Unknown item".to_owned());
            Line::new(title).below(what_label_says(scanned)).side(words::count(
                pieces(scanned, *count),
                "unit",
                "units",
            ))
        })
        .collect();
    let or = |value: &str, otherwise: String| if value.is_empty() { otherwise } else { value.to_owned() };
    let fields = html! {
        @for value in values { input type="hidden" name="code" value=(value); }
        (lines(&all))
        (Field::combo("custodian", "Who answers for them", "/suggest/holders?office=1", or(sent.text("custodian_text"), name)).value(or(sent.text("custodian"), own)).errors(errors).required())
        (Field::combo("place_id", "Where they are", "/suggest/places", sent.text("place_id_text").to_owned()).value(sent.text("place_id").to_owned()).optional().errors(errors))
    };
    let form = Form::post("/scan/receive", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit(format!("Take {} into stock", words::count(total, "unit", "units"))).primary())
        .button(Button::link("Scan again", "/scan?mode=receive").quiet());
    let header = Header::new("Receive new stock").crumb("Stock", "/units");
    Ok(acts::form_page(visit, Room::Stock, header, "Receive new stock".into(), &form, !errors.is_empty()))
}

pub(super) async fn receive(visit: Visit, sent: Sent) -> Out {
    let values: Vec<String> = sent.all("code").filter(|text| !text.is_empty()).map(str::to_owned).collect();
    match make(&visit, &sent, values.clone()).await {
        Ok(count) => {
            let flash = Flash::done(format!("{} taken into stock", words::count(count, "unit", "units")));
            Ok(visit.go("/units?sort=-created_at", flash))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["custodian", "place_id"]);
            receive_form(&visit, &sent, &values, &errors).await
        }
    }
}

async fn make(visit: &Visit, sent: &Sent, values: Vec<String>) -> app::Result<i64> {
    let custodian: Option<CustodianRef> = acts::custodian(visit, sent, "custodian")?;
    let custodian = custodian.ok_or_else(|| Error::field("custodian", "required", "Choose who answers for them."))?;
    let place_id = acts::picked(sent, "place_id")?;
    let made = visit
        .save(sent, move |ctx, tx| {
            let mut items = Vec::new();
            for udi in &values {
                let body = CreateUnits {
                    udi: Some(udi.clone()),
                    custodian: Some(custodian),
                    place_id,
                    ..CreateUnits::default()
                };
                items.extend(app::units::create(ctx, tx, body)?.items);
            }
            Ok(contract::Items { items })
        })
        .await?;
    Ok(made["items"].as_array().map_or(0, |items| items.len() as i64))
}
