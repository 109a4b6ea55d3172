//! Statements of account: what was billed, credited, paid and refunded between two days, what is owed, and how late it is.

use super::accounts::{ageing_of, locations_of};
use super::documents::{Paper, finished};
use super::{address, currency};
use crate::{Ctx, Error, Result};
use contract::billing::DocumentParty;
use contract::credits::{Ageing, Statement, StatementLine};
use domain::clock::Day;
use domain::id::{CustomerId, Id};
use domain::money::Minor;
use domain::people::Permission;
use print::document::{Column, ColumnKind, Document, Kind, Line, Party, Total};
use store::Tx;
use store::credits::AccountRow;

/// Lines that a statement shows at most.
const LINES_MOST: usize = 2_000;
/// Days that a statement covers when nobody says.
const DAYS: i32 = 90;

/// The statement of a customer's account from one day to another; until today, and over ninety days, when they are left out.
/// Whoever reaches a part of its locations sees that part's.
pub fn statement(ctx: &Ctx, tx: &mut Tx, id: CustomerId, from: Option<Day>, to: Option<Day>) -> Result<Statement> {
    let customer = crate::directory::customers::get(ctx, tx, id, domain::engagement::Window::All)?;
    ctx.require(Permission::ViewReceivables)?;
    let to = to.unwrap_or(ctx.today());
    let from = from.unwrap_or(to.plus(-DAYS));
    if from > to {
        return Err(Error::field("to", "invalid_value", "The statement ends before it begins."));
    }
    let org = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    let locations = locations_of(ctx, tx, id)?;
    let mine = |row: &AccountRow| {
        locations.as_ref().is_none_or(|all| row.location_id.is_some_and(|place| all.contains(&place)))
    };
    let mut it = Statement {
        customer_id: id,
        seller: DocumentParty { name: org.name, number: String::new(), address: address(&org.address) },
        customer: DocumentParty {
            name: customer.name,
            number: customer.number,
            address: customer.billing_address.one_line(),
        },
        from,
        to,
        opening_minor: 0,
        lines: Vec::new(),
        closing_minor: 0,
        billed_minor: 0,
        credited_minor: 0,
        paid_minor: 0,
        ageing: Ageing::default(),
        currency: ctx.organization.currency.clone(),
        truncated: false,
    };
    for row in store::credits::account(tx, ctx.org(), id.uuid(), i64::from(to.0))?.into_iter().filter(mine) {
        add(&mut it, row);
    }
    it.ageing = ageing_of(ctx, tx, id.uuid(), locations.as_deref(), to)?;
    Ok(it)
}

fn add(it: &mut Statement, row: AccountRow) {
    it.closing_minor += row.amount_minor;
    if row.day < i64::from(it.from.0) {
        it.opening_minor += row.amount_minor;
        return;
    }
    match row.kind.as_str() {
        "invoice" => it.billed_minor += row.amount_minor,
        "credit_memo" | "write_off" => it.credited_minor -= row.amount_minor,
        _ => it.paid_minor -= row.amount_minor,
    }
    if it.lines.len() >= LINES_MOST {
        it.truncated = true;
        return;
    }
    it.lines.push(StatementLine {
        on: Day(row.day as i32),
        kind: row.kind,
        number: row.number,
        invoice_id: row.invoice_id.map(Id::from_uuid),
        credit_memo_id: row.memo_id.map(Id::from_uuid),
        due_on: row.due_on.map(|day| Day(day as i32)),
        amount_minor: row.amount_minor,
        balance_minor: it.closing_minor,
    });
}

/// What a line is, in words.
pub fn line_words(line: &StatementLine) -> String {
    let told = |what: &str| if line.number.is_empty() { what.to_owned() } else { format!("{what} {}", line.number) };
    match line.kind.as_str() {
        "invoice" => told("Invoice"),
        "credit_memo" => told("Credit memo"),
        "write_off" => told("Write-off"),
        "refund" => told("Refund"),
        _ => told("Payment"),
    }
}

/// The buckets of an ageing with their words.
pub const fn buckets(it: &Ageing) -> [(&'static str, i64); 6] {
    [
        ("Not due yet", it.not_due_minor),
        ("1 to 30 days late", it.past_due_1_30_minor),
        ("31 to 60 days late", it.past_due_31_60_minor),
        ("61 to 90 days late", it.past_due_61_90_minor),
        ("More than 90 days late", it.past_due_over_90_minor),
        ("Due date not known yet", it.pending_minor),
    ]
}

/// A statement on paper.
pub fn statement_pdf(ctx: &Ctx, tx: &mut Tx, id: CustomerId, from: Option<Day>, to: Option<Day>) -> Result<Paper> {
    let it = statement(ctx, tx, id, from, to)?;
    let words = |minor: i64| Minor(minor).display(currency(ctx));
    let mut paper = Document::new(Kind::Statement, it.customer.number.clone());
    paper.issued_at = it.to.starts_in(&ctx.organization.time_zone).0;
    let party = |heading: &str, party: &DocumentParty| Party {
        heading: heading.to_owned(),
        name: party.name.clone(),
        lines: [party.number.clone(), party.address.clone()].into_iter().filter(|line| !line.is_empty()).collect(),
    };
    paper.seller = party("From", &it.seller);
    paper.buyer = party("To", &it.customer);
    let period = format!("{} to {}", domain::text::day_words(it.from), domain::text::day_words(it.to));
    paper.meta = vec![("Period".to_owned(), period)];
    paper.columns = vec![
        Column::new("Date", ColumnKind::Code),
        Column::new("What", ColumnKind::Text),
        Column::new("Due", ColumnKind::Code),
        Column::new("Amount", ColumnKind::Number),
        Column::new("Balance", ColumnKind::Number),
    ];
    let item = |cells: Vec<String>| Line::Item { cells, details: Vec::new() };
    paper.lines.push(item(vec![
        domain::text::day_words(it.from),
        "Balance brought forward".to_owned(),
        String::new(),
        String::new(),
        words(it.opening_minor),
    ]));
    for line in &it.lines {
        let due = line.due_on.map(domain::text::day_words).unwrap_or_default();
        let cells = vec![
            domain::text::day_words(line.on),
            line_words(line),
            due,
            words(line.amount_minor),
            words(line.balance_minor),
        ];
        paper.lines.push(item(cells));
    }
    for (label, minor) in [("Billed", it.billed_minor), ("Credited", -it.credited_minor), ("Paid", -it.paid_minor)] {
        if minor != 0 {
            paper.totals.push(Total::new(label, words(minor)));
        }
    }
    paper.totals.push(Total::grand("Owed", words(it.closing_minor)));
    let late: Vec<String> = buckets(&it.ageing)
        .into_iter()
        .filter(|(_, minor)| *minor != 0)
        .map(|(label, minor)| format!("{label}: {}", words(minor)))
        .collect();
    if !late.is_empty() {
        paper.notes.push(late.join(" · "));
    }
    if it.truncated {
        paper.notes.push("More happened than is shown; all of it is in the sums.".to_owned());
    }
    finished(ctx, tx, Some(id), paper)
}
