//! Documents as entries of the other program's books: names and accounts chosen, parts added up, problems named.

use super::settings::Stored;
use crate::billing::credits::WRITE_OFF;
use crate::{Ctx, Error, Result};
use contract::Address;
use contract::accounting::AccountingProblem;
use contract::billing::{DocumentCharge, DocumentLine, OrderDocument};
use domain::accounting::{
    AccountRole, BookKind, ExportKind, FieldSource, Part as Booked, Posting, plain_name, postings,
};
use domain::clock::Day;
use domain::event::ChargeKind;
use domain::id::{CreditMemoId, InvoiceId, LineId, PaymentId};
use domain::limits;
use domain::money::Minor;
use print::books::{Books, Entry, EntryKind, Part, PartKind, Party};
use std::collections::HashMap;
use store::Tx;
use store::accounting::PendingRow;
use uuid::Uuid;

/// Item names are at most this long where they are made here: the shortest limit of the programs.
const ITEM_NAME_MAX: usize = 31;

/// A document with what it is in the other program's books.
pub(super) struct Made {
    pub kind: BookKind,
    pub row: PendingRow,
    pub entry: Entry,
    pub postings: Vec<Posting>,
}

/// Names and accounts of the other program.
pub(super) struct Mapping {
    kind: ExportKind,
    pub stored: Stored,
    customers: HashMap<Uuid, (String, String, Party)>,
    items: HashMap<(String, String), (String, String)>,
    makers: HashMap<String, String>,
    seller: Party,
    currency: domain::money::Currency,
    today: Day,
}

impl Mapping {
    /// What these documents need to know.
    pub(super) fn load(ctx: &Ctx, tx: &mut Tx, kind: ExportKind, stored: Stored, rows: &[&PendingRow]) -> Result<Self> {
        let mut ids: Vec<Uuid> = rows.iter().filter_map(|row| row.customer_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let given: HashMap<Uuid, String> = store::accounting::names_of(tx, ctx.org(), kind.as_str(), "cus", &ids)?
            .into_iter()
            .filter(|row| !row.name.is_empty())
            .map(|row| (row.subject_id, row.name))
            .collect();
        let known = store::directory::customers::many(tx, ctx.org(), &ids)?;
        let customers = known
            .into_iter()
            .map(|row| {
                let name = given.get(&row.id).cloned().unwrap_or_else(|| plain_name(&row.name, limits::NAME_MAX));
                let party = party(&row.name, &row.number, &row.billing_address);
                (row.id, (name, row.number, party))
            })
            .collect();
        let items = store::accounting::item_names(tx, ctx.org(), kind.as_str())?;
        let makers = store::accounting::maker_accounts(tx, ctx.org(), kind.as_str())?;
        let org = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
        let mut seller = party(&org.name, "", &org.address);
        seller.tax_number.clone_from(&stored.seller_tax_number);
        seller.registration.clone_from(&stored.seller_registration);
        Ok(Self {
            kind,
            stored,
            customers,
            items: items.into_iter().map(|(number, maker, name, account)| ((number, maker), (name, account))).collect(),
            makers: makers.into_iter().filter(|(_, account)| !account.is_empty()).collect(),
            seller,
            currency: crate::billing::currency(ctx),
            today: ctx.today(),
        })
    }

    /// Books of these entries.
    pub(super) fn books(&self, entries: Vec<Entry>) -> Books {
        Books {
            currency: self.currency.code().to_owned(),
            exponent: self.currency.exponent(),
            seller: self.seller.clone(),
            entries,
        }
    }

    fn account(&self, role: AccountRole) -> String {
        self.stored.account(role)
    }

    /// The name and the account of an item there.
    fn item(&self, line: &DocumentLine) -> (String, String) {
        let key = (line.catalog_number.clone(), line.manufacturer.clone());
        let (name, account) = self.items.get(&key).cloned().unwrap_or_default();
        let name = if name.is_empty() { plain_name(&line.catalog_number, ITEM_NAME_MAX) } else { name };
        let account = [account, self.makers.get(&line.manufacturer).cloned().unwrap_or_default()]
            .into_iter()
            .find(|account| !account.is_empty())
            .unwrap_or_else(|| self.account(AccountRole::Sales));
        (name, account)
    }
}

fn party(name: &str, number: &str, address: &str) -> Party {
    let it: Address = serde_json::from_str(address).unwrap_or_default();
    Party {
        name: name.to_owned(),
        number: number.to_owned(),
        lines: [it.line1, it.line2].into_iter().filter(|line| !line.is_empty()).collect(),
        city: it.city,
        postal_code: it.postal_code,
        state: it.state,
        country: it.country.to_uppercase(),
        ..Party::default()
    }
}

/// The printed id of a document.
pub(super) fn printed(kind: BookKind, id: Uuid) -> String {
    match kind {
        BookKind::Invoice | BookKind::InvoiceVoid => InvoiceId::from_uuid(id).to_string(),
        BookKind::CreditMemo => CreditMemoId::from_uuid(id).to_string(),
        BookKind::Payment | BookKind::Refund => PaymentId::from_uuid(id).to_string(),
    }
}

/// The number of a document there: unique among all documents.
fn number(kind: BookKind, row: &PendingRow) -> String {
    match kind {
        BookKind::Invoice | BookKind::CreditMemo => row.number.clone(),
        BookKind::InvoiceVoid => format!("{}-VOID", row.number),
        BookKind::Payment | BookKind::Refund => printed(kind, row.id),
    }
}

/// A document, and what stands against it.
pub(super) fn make(map: &Mapping, kind: BookKind, row: PendingRow) -> (Option<Made>, Vec<AccountingProblem>) {
    let mut problems = Vec::new();
    let number = number(kind, &row);
    let mut tell = |code: &str, message: String, blocks: bool| {
        problems.push(AccountingProblem {
            document: kind,
            document_id: printed(kind, row.id),
            number: number.clone(),
            code: code.to_owned(),
            message,
            blocks,
        });
    };
    let Some((customer, customer_number, buyer)) = row.customer_id.and_then(|id| map.customers.get(&id)).cloned()
    else {
        tell("no_customer", "It has no customer. Say on its event who buys, or leave it out.".to_owned(), true);
        return (None, problems);
    };
    let said: OrderDocument = serde_json::from_str(&row.document).unwrap_or_default();
    let parts = parts_of(map, kind, &row, &said);
    let booked: Vec<Booked> =
        parts.iter().map(|(role, part)| Booked { role: *role, amount: Minor(part.amount) }).collect();
    let made = match postings(kind, Minor(row.amount_minor), &booked) {
        Ok(made) => made,
        Err(refusal) => {
            tell(refusal.code, refusal.message, true);
            return (None, problems);
        }
    };
    if map.kind == ExportKind::QuickbooksCsv && kind == BookKind::Invoice && row.due_on.is_none() {
        tell("due_unknown", "Its due date is not known yet: the day of issue is written.".to_owned(), false);
    }
    if map.kind == ExportKind::Ubl {
        if map.seller.country.is_empty() {
            let message =
                "Your organisation's address has no country. Electronic invoices need it: add it in the settings.";
            tell("seller_country_missing", message.to_owned(), false);
        }
        if buyer.country.is_empty() {
            let message = format!("The billing address of {customer} has no country, which electronic invoices need.");
            tell("buyer_country_missing", message, false);
        }
        let taxed = parts.iter().any(|(_, part)| part.kind == PartKind::Tax && part.amount != 0);
        if taxed && map.seller.tax_number.is_empty() {
            let message = "It charges tax, and electronic invoices then name the seller's number for tax: add it to the settings.";
            tell("seller_tax_number_missing", message.to_owned(), false);
        }
        if !taxed && map.seller.registration.is_empty() {
            let message =
                "Electronic invoices name the seller's number in a register of companies: add it to the settings.";
            tell("seller_registration_missing", message.to_owned(), false);
        }
    }
    let fields = fields(map, kind, &row, &said, &customer_number);
    // What was taken back is dated when it is taken back: nobody kept the day on which the invoice became void.
    let on = if kind == BookKind::InvoiceVoid { map.today.0 } else { row.day as i32 };
    let entry = Entry {
        kind: match kind {
            BookKind::Invoice => EntryKind::Invoice,
            BookKind::CreditMemo => EntryKind::CreditMemo,
            BookKind::InvoiceVoid => EntryKind::Void,
            BookKind::Payment => EntryKind::Payment,
            BookKind::Refund => EntryKind::Refund,
        },
        number,
        on,
        due_on: row.due_on.map(|day| day as i32),
        customer,
        buyer,
        total: row.amount_minor,
        applies_to: if kind == BookKind::Invoice { String::new() } else { row.invoice_number.clone() },
        reference: if matches!(kind, BookKind::Payment | BookKind::Refund) {
            row.reference.clone()
        } else {
            String::new()
        },
        terms: if kind == BookKind::Invoice { said.terms.clone() } else { String::new() },
        purchase_order: said.purchase_orders.join(", "),
        memo: memo(kind, &row, &said),
        receivable: map.account(AccountRole::Receivable),
        bank: map.account(AccountRole::Bank),
        delivered_on: Day::parse(&said.event_on).map(|day| day.0),
        place: said.location.as_ref().map(|it| it.name.clone()).unwrap_or_default(),
        postings: made.iter().map(|posting| posting_of(map, kind, posting, &parts)).collect(),
        parts: parts.into_iter().map(|(_, part)| part).collect(),
        fields,
    };
    (Some(Made { kind, row, entry, postings: made }), problems)
}

fn memo(kind: BookKind, row: &PendingRow, said: &OrderDocument) -> String {
    match kind {
        BookKind::CreditMemo => row.reference.clone(),
        BookKind::InvoiceVoid => format!("Invoice {} is void", row.invoice_number),
        _ => said.event_number.clone(),
    }
}

fn posting_of(
    map: &Mapping,
    kind: BookKind,
    posting: &Posting,
    parts: &[(AccountRole, Part)],
) -> print::books::Posting {
    let part = posting.part.and_then(|at| parts.get(at)).map(|(_, part)| part);
    let account = part.map_or_else(|| map.account(posting.role), |part| part.account.clone());
    let text = part.map_or_else(|| kind.label().to_owned(), |part| part.description.clone());
    print::books::Posting { account, amount: posting.amount.0, text }
}

fn fields(
    map: &Mapping,
    kind: BookKind,
    row: &PendingRow,
    said: &OrderDocument,
    customer_number: &str,
) -> Vec<(String, String)> {
    let location = said.location.clone().unwrap_or_default();
    let money = matches!(kind, BookKind::Payment | BookKind::Refund);
    let value = |source: FieldSource| match source {
        FieldSource::EventNumber => said.event_number.clone(),
        FieldSource::EventOn => said.event_on.clone(),
        FieldSource::PurchaseOrders => said.purchase_orders.join(", "),
        FieldSource::LocationName => location.name.clone(),
        FieldSource::LocationCode => location.number.clone(),
        FieldSource::CustomerNumber => customer_number.to_owned(),
        FieldSource::Representative => said.representative.clone(),
        FieldSource::SubRepresentatives => said.sub_representatives.join(", "),
        FieldSource::Physician => said.physician.clone().unwrap_or_default(),
        FieldSource::Procedure => said.procedure.clone().unwrap_or_default(),
        FieldSource::Note => said.note.clone(),
        FieldSource::Terms => said.terms.clone(),
        FieldSource::InvoiceNumber => row.invoice_number.clone(),
        FieldSource::Reference if money => row.reference.clone(),
        FieldSource::Reference => String::new(),
    };
    let all = map.stored.fields.iter().map(|field| (field.name.clone(), value(field.source)));
    all.filter(|(_, value)| !value.is_empty()).collect()
}

/// What a document is made of.
fn parts_of(map: &Mapping, kind: BookKind, row: &PendingRow, said: &OrderDocument) -> Vec<(AccountRole, Part)> {
    match kind {
        BookKind::Payment | BookKind::Refund => Vec::new(),
        BookKind::Invoice | BookKind::InvoiceVoid => whole(map, said, AccountRole::Sales),
        BookKind::CreditMemo => credited(map, row, said),
    }
}

/// The lines and the charges of an invoice.
fn whole(map: &Mapping, said: &OrderDocument, role: AccountRole) -> Vec<(AccountRole, Part)> {
    let mut parts = lines(map, said.lines.iter(), role);
    parts.extend(said.charges.iter().map(|it| charge(map, it)));
    parts
}

/// What a memo credits: the whole invoice, lines of it, or an amount.
fn credited(map: &Mapping, row: &PendingRow, said: &OrderDocument) -> Vec<(AccountRole, Part)> {
    if row.number.starts_with(WRITE_OFF) {
        return vec![single(map, row, AccountRole::BadDebts)];
    }
    let wanted: Vec<LineId> = serde_json::from_str(&row.line_ids).unwrap_or_default();
    if wanted.is_empty() && row.amount_minor == row.invoice_total_minor {
        return whole(map, said, AccountRole::Returns);
    }
    let chosen = lines(map, said.lines.iter().filter(|line| wanted.contains(&line.line_id)), AccountRole::Returns);
    let sum: i64 = chosen.iter().map(|(_, part)| part.amount).sum();
    if !chosen.is_empty() && sum == row.amount_minor {
        return chosen;
    }
    vec![single(map, row, AccountRole::Returns)]
}

/// A memo over an amount alone.
fn single(map: &Mapping, row: &PendingRow, role: AccountRole) -> (AccountRole, Part) {
    let part = Part {
        kind: PartKind::Item,
        item: role.label().to_owned(),
        description: if row.reference.is_empty() { "Credit".to_owned() } else { row.reference.clone() },
        quantity: 1,
        price: row.amount_minor,
        amount: row.amount_minor,
        account: map.account(role),
    };
    (role, part)
}

/// Units that cost the same stand in one part, in the order in which they first occur.
fn lines<'a>(
    map: &Mapping,
    all: impl Iterator<Item = &'a DocumentLine>,
    role: AccountRole,
) -> Vec<(AccountRole, Part)> {
    let mut order: Vec<(String, String, i64)> = Vec::new();
    let mut parts: HashMap<(String, String, i64), Part> = HashMap::new();
    for line in all {
        let key = (line.catalog_number.clone(), line.manufacturer.clone(), line.amount_minor);
        if let Some(part) = parts.get_mut(&key) {
            part.quantity += 1;
            part.amount += line.amount_minor;
            continue;
        }
        let (item, sales) = map.item(line);
        let account = if role == AccountRole::Sales { sales } else { map.account(role) };
        let part = Part {
            kind: PartKind::Item,
            item,
            description: line.description.clone(),
            quantity: 1,
            price: line.amount_minor,
            amount: line.amount_minor,
            account,
        };
        order.push(key.clone());
        parts.insert(key, part);
    }
    order.iter().filter_map(|key| parts.remove(key)).map(|part| (role, part)).collect()
}

fn charge(map: &Mapping, it: &DocumentCharge) -> (AccountRole, Part) {
    let role = AccountRole::of_charge(it.kind);
    let part = Part {
        kind: match it.kind {
            ChargeKind::Tax => PartKind::Tax,
            ChargeKind::Discount => PartKind::Allowance,
            _ => PartKind::Charge,
        },
        item: role.label().to_owned(),
        description: it.label.clone(),
        quantity: 1,
        price: it.amount_minor,
        amount: it.amount_minor,
        account: map.account(role),
    };
    (role, part)
}

/// Two customers of one name would become one there: both are told about.
pub(super) fn same_names(made: &[Made]) -> Vec<AccountingProblem> {
    let mut by_name: HashMap<&str, Uuid> = HashMap::new();
    let mut doubled: Vec<&str> = Vec::new();
    for it in made {
        let Some(id) = it.row.customer_id else { continue };
        let first = *by_name.entry(it.entry.customer.as_str()).or_insert(id);
        if first != id && !doubled.contains(&it.entry.customer.as_str()) {
            doubled.push(&it.entry.customer);
        }
    }
    let problem = |it: &Made| AccountingProblem {
        document: it.kind,
        document_id: printed(it.kind, it.row.id),
        number: it.entry.number.clone(),
        code: "same_name".to_owned(),
        message: format!("Two customers are called {} there. Give one of them another name.", it.entry.customer),
        blocks: true,
    };
    made.iter().filter(|it| doubled.contains(&it.entry.customer.as_str())).map(problem).collect()
}
