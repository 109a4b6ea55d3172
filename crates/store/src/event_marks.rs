//! What a page of events shows beside the events themselves: numbers of purchase orders, who else is on them, whose products they are
//! about, and what their marks follow from. Each is one statement for all events of the page.

use crate::bulk;
use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A word about an event.
    pub struct WordRow { pub event_id: Uuid, pub word: String }
}

db::record! {
    /// What is wrong with the units of an open event.
    pub struct OpenRow { pub event_id: Uuid, pub unpriced: bool, pub expired: bool }
}

db::record! {
    /// An invoice in force: whether it was sent, and whether it went to accounting.
    pub struct InvoiceRow { pub event_id: Uuid, pub sent: bool, pub exported: bool }
}

const ORDERS: &str = "SELECT event_id, number FROM billing_purchase_order WHERE organization_id = $1 AND removed_at IS NULL \
    AND event_id IN ({ids}) ORDER BY event_id, received_at, id";
const SUBS: &str = "SELECT person.event_id, account.name FROM event_person person JOIN people_user account \
    ON account.organization_id = person.organization_id AND account.id = person.user_id \
    WHERE person.organization_id = $1 AND person.role = 'sub' AND person.event_id IN ({ids}) ORDER BY person.event_id, account.name";
const MAKERS: &str = "SELECT about.event_id, maker.name FROM event_manufacturer about JOIN catalog_manufacturer maker \
    ON maker.organization_id = about.organization_id AND maker.id = about.manufacturer_id \
    WHERE about.organization_id = $1 AND about.event_id IN ({ids}) ORDER BY about.event_id, maker.name";
const ORDERS_SENT: &str = "SELECT DISTINCT event_id, kind FROM document_send WHERE organization_id = $1 AND kind = 'sales_order' \
    AND event_id IN ({ids})";
const PICTURES: &str = "SELECT DISTINCT subject_id, kind FROM file_link WHERE organization_id = $1 AND subject_kind = 'evt' \
    AND removed_at IS NULL AND kind IN ('patient_sticker', 'device_label') AND subject_id IN ({ids})";
const UNITS: &str = "SELECT event.id, CASE WHEN EXISTS (SELECT 1 FROM event_line line WHERE line.organization_id = \
    event.organization_id AND line.event_id = event.id AND line.open = 1 AND line.price_source = 'none' AND line.no_charge = 0 \
    AND line.usage IN ('used', 'implanted')) THEN 1 ELSE 0 END AS unpriced, \
    CASE WHEN EXISTS (SELECT 1 FROM event_line line JOIN stock_unit unit ON unit.organization_id = line.organization_id \
    AND unit.id = line.unit_id WHERE line.organization_id = event.organization_id AND line.event_id = event.id \
    AND unit.expires_on < event.day) THEN 1 ELSE 0 END AS expired \
    FROM event WHERE event.organization_id = $1 AND event.status = 'open' AND event.lines_count > 0 AND event.id IN ({ids})";
const INVOICES: &str = "SELECT invoice.event_id, CASE WHEN EXISTS (SELECT 1 FROM document_send sent WHERE sent.organization_id = \
    invoice.organization_id AND sent.subject_id = invoice.id AND sent.kind = 'invoice') THEN 1 ELSE 0 END AS sent, \
    CASE WHEN EXISTS (SELECT 1 FROM accounting_export_document done WHERE done.organization_id = invoice.organization_id \
    AND done.document_id = invoice.id AND done.standing = 1) THEN 1 ELSE 0 END AS exported FROM billing_invoice invoice \
    WHERE invoice.organization_id = $1 AND invoice.status IN ('open', 'paid') AND invoice.event_id IN ({ids})";

/// The numbers of the purchase orders, the first first.
pub fn orders(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<WordRow>> {
    bulk::all(tx, ORDERS, args![organization], events)
}

/// The names of those who share the commission.
pub fn subs(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<WordRow>> {
    bulk::all(tx, SUBS, args![organization], events)
}

/// The names of the manufacturers that the events are about.
pub fn makers(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<WordRow>> {
    bulk::all(tx, MAKERS, args![organization], events)
}

/// Events of which the sales order was sent.
pub fn orders_sent(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<WordRow>> {
    bulk::all(tx, ORDERS_SENT, args![organization], events)
}

/// Which of the wanted kinds of pictures the events have.
pub fn pictures(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<WordRow>> {
    bulk::all(tx, PICTURES, args![organization], events)
}

/// What is wrong with the units of those that are open.
pub fn units(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<OpenRow>> {
    bulk::all(tx, UNITS, args![organization], events)
}

/// Their invoices in force.
pub fn invoices(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<InvoiceRow>> {
    bulk::all(tx, INVOICES, args![organization], events)
}

const SETTINGS: &str = "SELECT id, settings FROM people_user WHERE organization_id = $1 AND id IN ({ids})";

/// The settings of people, as stored.
pub fn settings(tx: &mut Tx, organization: Uuid, people: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    bulk::all(tx, SETTINGS, args![organization], people)
}
