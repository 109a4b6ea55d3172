//! A quote on paper, in the layout of sales orders.

use super::{number, shown, state};
use crate::billing::documents::{Paper, finished};
use crate::events::{lines, readable};
use crate::{Ctx, Error, Result};
use domain::id::{EventId, Id};
use domain::money::{Currency, Minor};
use domain::quote::QuoteState;
use print::document::{Column, ColumnKind, Document, Kind, Line, Party, Total};
use store::Tx;
use uuid::Uuid;

pub(super) fn currency(ctx: &Ctx) -> Currency {
    Currency::parse(&ctx.organization.currency).unwrap_or(Currency::USD)
}

/// The quote of an event in reach as PDF.
pub fn of_event(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Paper> {
    let event = readable(ctx, tx, id.uuid())?;
    lines::must_see_prices(ctx)?;
    pdf(ctx, tx, event.id, None)
}

/// The PDF, whoever asks: the edition alone that somebody has in hand, where they have one.
pub(super) fn pdf(ctx: &Ctx, tx: &mut Tx, event: Uuid, edition: Option<i64>) -> Result<Paper> {
    let org = ctx.org();
    let row = store::quotes::quote(tx, org, event)?.filter(|row| edition.is_none_or(|it| it == row.revision));
    let row = row.ok_or_else(Error::not_found)?;
    let event = store::events::event(tx, org, event)?.ok_or_else(Error::not_found)?;
    let named = store::events::named(tx, org, event.id)?.ok_or_else(Error::not_found)?;
    let house = store::people::organization(tx, org)?.ok_or_else(Error::not_found)?;
    let place = match event.location_id {
        Some(location) => store::events::place(tx, org, location)?,
        None => None,
    };
    let quoted = store::quotes::lines(tx, org, event.id)?;
    let mut makers: Vec<Uuid> = quoted.iter().map(|line| line.manufacturer_id).collect();
    makers.sort_unstable();
    makers.dedup();
    let makers = store::events::known_manufacturers(tx, org, &makers)?;
    let currency = currency(ctx);
    let words = |minor: i64| Minor(minor).display(currency);
    let address = crate::billing::address;
    let lines_of = |parts: [String; 2]| parts.into_iter().filter(|line| !line.is_empty()).collect();

    let mut paper = Document::new(Kind::Quote, number(row.number));
    paper.issued_at = row.updated_at;
    paper.revision = u32::try_from(row.revision).unwrap_or(1);
    paper.standing = match state(&row) {
        QuoteState::Draft => None,
        QuoteState::Approved => Some("Approved".to_owned()),
        QuoteState::Declined => Some("Declined".to_owned()),
    };
    paper.title_lines = vec![format!("{} {}", crate::events::number(event.number), event.name)];
    paper.seller = Party {
        heading: "From".to_owned(),
        name: house.name,
        lines: lines_of([String::new(), address(&house.address)]),
    };
    if let Some(place) = &place {
        paper.buyer = Party {
            heading: "For".to_owned(),
            name: place.customer_name.clone(),
            lines: lines_of([place.customer_number.clone(), address(&place.billing_address)]),
        };
        paper.meta.push(("Facility".to_owned(), place.name.clone()));
    }
    paper.meta.push(("Planned for".to_owned(), domain::text::day_words(crate::events::day(&event))));
    for (label, value) in [("Physician", named.physician_name), ("Procedure", named.procedure_name)] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            paper.meta.push((label.to_owned(), value));
        }
    }
    paper.meta.push(("Representative".to_owned(), named.representative_name));
    if let Some(until) = row.valid_until.map(shown) {
        paper.meta.push(("Valid until".to_owned(), domain::text::day_words(until)));
    }
    paper.columns = vec![
        Column::new("Number", ColumnKind::Code),
        Column::new("Description", ColumnKind::Text),
        Column::new("Qty", ColumnKind::Number),
        Column::new("Price", ColumnKind::Number),
        Column::new("Amount", ColumnKind::Number),
    ];
    for (maker, name, _) in &makers {
        paper.lines.push(Line::Group(name.clone()));
        for line in quoted.iter().filter(|line| line.manufacturer_id == *maker) {
            let amount = words(line.unit_price_minor.saturating_mul(line.quantity));
            let cells = vec![
                line.number.clone(),
                line.description.clone(),
                line.quantity.to_string(),
                words(line.unit_price_minor),
                amount,
            ];
            paper.lines.push(Line::Item { cells, details: Vec::new() });
        }
    }
    paper.totals.push(Total::grand("Total", words(row.total_minor)));
    if !row.note.is_empty() {
        paper.notes.push(row.note.clone());
    }
    paper.notes.push("An estimate made before the case: what is really used is billed.".to_owned());
    if !row.decided_name.is_empty() {
        let said = if state(&row) == QuoteState::Approved { "Approved" } else { "Declined" };
        paper.notes.push(format!("{said} by {}.", row.decided_name));
    }
    finished(ctx, tx, place.map(|place| Id::from_uuid(place.customer_id)), paper)
}
