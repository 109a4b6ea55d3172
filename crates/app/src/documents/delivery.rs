//! Delivery notes: what an event handed over, and what lies in a transfer; without prices, to be signed by whoever takes it.

use crate::billing::documents::{Paper, finished};
use crate::events::{readable, signatures};
use crate::{Ctx, Error, Result};
use contract::billing::{DocumentLine, DocumentParty, OrderDocument};
use domain::clock::Day;
use domain::document::SignedDocument;
use domain::event::EventStatus;
use domain::id::{EventId, Id, TransferId};
use domain::stock::TransferStatus;
use print::document::{Column, ColumnKind, Document, Kind, Line, Party, Signature};
use std::collections::BTreeMap;
use store::Tx;

/// The number of an event's delivery note.
pub fn number(event: i64) -> String {
    format!("DN-{event:06}")
}

/// The delivery note of an event in reach.
pub fn of_event(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Paper> {
    let event = readable(ctx, tx, id.uuid())?;
    pdf(ctx, tx, &event, false)
}

/// The PDF, whoever asks; for a guest without what tells of the patient.
pub(super) fn pdf(ctx: &Ctx, tx: &mut Tx, event: &store::events::EventRow, guest: bool) -> Result<Paper> {
    let said = signatures::said_now(ctx, tx, event)?;
    if said.lines.is_empty() {
        return Err(Error::conflict("event_empty", "No units are on this event, so there is nothing to deliver."));
    }
    let mut signed = signatures::on_paper(ctx, tx, event.id, &said, SignedDocument::DeliveryNote)?;
    let said = if guest { crate::billing::documents::for_guest(&said) } else { said };
    let mut paper = Document::new(Kind::DeliveryNote, number(event.number));
    paper.issued_at = event.submitted_at.unwrap_or(event.updated_at);
    paper.revision = u32::try_from(event.revision.max(1)).unwrap_or(1);
    paper.standing = match EventStatus::parse(&event.status) {
        Some(EventStatus::Open) => Some("Draft".to_owned()),
        Some(EventStatus::Cancelled) => Some("Cancelled".to_owned()),
        _ => None,
    };
    paper.title_lines = vec![format!("{} {}", said.event_number, said.event_name).trim_end().to_owned()];
    paper.seller = party("From", &said.seller);
    paper.buyer = said.location.as_ref().or(said.customer.as_ref()).map(|it| party("To", it)).unwrap_or_default();
    if let Some(customer) = said.customer.as_ref().filter(|_| said.location.is_some()) {
        paper.meta.push(("Customer".to_owned(), customer.name.clone()));
    }
    paper.meta.push(("Date".to_owned(), said.event_on.clone()));
    for (label, value) in [
        ("Physician", said.physician.clone().unwrap_or_default()),
        ("Procedure", said.procedure.clone().unwrap_or_default()),
        ("Representative", said.representative.clone()),
        ("Purchase order", said.purchase_orders.join(", ")),
    ] {
        if !value.is_empty() {
            paper.meta.push((label.to_owned(), value));
        }
    }
    paper.columns = columns();
    lines_of(&mut paper, &said);
    if said.keep_as_facility_stock {
        paper.notes.push("The units stay on the facility's shelf as facility stock.".to_owned());
    }
    if signed.is_empty() {
        signed.push(Signature { role: "Received by".to_owned(), ..Signature::default() });
    }
    paper.signatures = signed;
    finished(ctx, tx, event.customer_id.map(Id::from_uuid), paper)
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Number", ColumnKind::Code),
        Column::new("Description", ColumnKind::Text),
        Column::new("Lot, serial", ColumnKind::Code),
        Column::new("Expires", ColumnKind::Code),
        Column::new("Qty", ColumnKind::Number),
    ]
}

fn party(heading: &str, it: &DocumentParty) -> Party {
    Party {
        heading: heading.to_owned(),
        name: it.name.clone(),
        lines: [it.number.clone(), it.address.clone()].into_iter().filter(|line| !line.is_empty()).collect(),
    }
}

/// Units that read alike stand in one line, under their maker.
fn lines_of(paper: &mut Document, said: &OrderDocument) {
    type Key<'a> = (&'a str, &'a str, &'a str, &'a str, Option<Day>, domain::event::Usage);
    let mut alike: BTreeMap<Key<'_>, Vec<&DocumentLine>> = BTreeMap::new();
    for line in &said.lines {
        let key = (
            line.manufacturer.as_str(),
            line.catalog_number.as_str(),
            line.lot.as_str(),
            line.serial.as_str(),
            line.expires_on,
            line.usage,
        );
        alike.entry(key).or_default().push(line);
    }
    let mut maker = None;
    let mut total = 0;
    for ((manufacturer, number, lot, serial, expires_on, usage), lines) in &alike {
        if maker != Some(*manufacturer) {
            paper.lines.push(Line::Group((*manufacturer).to_owned()));
            maker = Some(*manufacturer);
        }
        let mark = [*lot, *serial].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ");
        let cells = vec![
            (*number).to_owned(),
            lines.first().map(|line| line.description.clone()).unwrap_or_default(),
            mark,
            expires_on.map(|day| day.to_string()).unwrap_or_default(),
            lines.len().to_string(),
        ];
        let mut details = Vec::new();
        if let Some(udi) = lines.first().map(|line| line.udi.as_str()).filter(|udi| !udi.is_empty() && lines.len() == 1)
        {
            details.push(format!("UDI {udi}"));
        }
        if *usage != domain::event::Usage::Used {
            details.push(usage.label().to_owned());
        }
        paper.lines.push(Line::Item { cells, details });
        total += lines.len();
    }
    paper.totals.push(print::document::Total::grand("Units", total.to_string()));
}

/// How a packing slip is told from others: the last letters of its transfer's id.
fn slip_number(id: TransferId) -> String {
    let text = id.to_string();
    let last: String = text.chars().skip(text.chars().count().saturating_sub(8)).collect();
    format!("PS-{}", last.to_uppercase())
}

/// The packing slip of a transfer in reach: what lies in the parcel, without prices.
pub fn of_transfer(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<Paper> {
    let transfer = crate::transfers::get(ctx, tx, id)?;
    let house = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    let mut wanted = crate::names::Wanted::new();
    for line in &transfer.lines {
        wanted.unit(line.unit_id);
    }
    let names = crate::names::look_up(ctx, tx, &wanted)?;
    let mut paper = Document::new(Kind::DeliveryNote, slip_number(id));
    paper.issued_at = transfer.created_at.0;
    paper.words.title = "Packing slip".to_owned();
    paper.standing = match transfer.status {
        TransferStatus::Cancelled => Some("Cancelled".to_owned()),
        TransferStatus::Declined => Some("Declined".to_owned()),
        _ => None,
    };
    paper.seller = Party { heading: "From".to_owned(), name: transfer.from_name.clone(), lines: vec![house.name] };
    paper.buyer = Party { heading: "To".to_owned(), name: transfer.to_name.clone(), lines: Vec::new() };
    paper.meta.push(("Sent".to_owned(), transfer.created_at.local(&ctx.organization.time_zone)));
    if let Some(day) = transfer.due_back_on {
        paper.meta.push(("Due back".to_owned(), domain::text::day_words(day)));
    }
    paper.columns = columns();
    for line in &transfer.lines {
        let Some(unit) = names.unit(line.unit_id) else { continue };
        let mark = [unit.lot.as_str(), unit.serial.as_str()];
        let mark = mark.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ");
        let cells = vec![
            names.item(unit.item).map(|item| item.number.clone()).unwrap_or_default(),
            names.item_title(unit.item).to_owned(),
            mark,
            unit.expires_on.map(|day| day.to_string()).unwrap_or_default(),
            "1".to_owned(),
        ];
        paper.lines.push(Line::Item { cells, details: Vec::new() });
    }
    paper.totals.push(print::document::Total::grand("Units", paper.lines.len().to_string()));
    if !transfer.note.is_empty() {
        paper.notes.push(transfer.note.clone());
    }
    paper.signatures.push(Signature { role: "Received by".to_owned(), ..Signature::default() });
    finished(ctx, tx, None, paper)
}
