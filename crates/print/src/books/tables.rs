//! Tables for imports of other programs: one row a line of a document, and one table of postings.

use super::{Books, BooksError, Entry, EntryKind, File};
use crate::table::{Cell, Column, Csv, Header, Kind, Sheet};

/// A value of a cell.
enum V {
    Text(String),
    Money(i64),
    Int(i64),
    Day(Option<i32>),
    Nothing,
}

impl V {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) if text.is_empty() => Cell::Empty,
            Self::Text(text) => Cell::Text(text),
            Self::Money(minor) => Cell::Money(*minor),
            Self::Int(number) => Cell::Int(*number),
            Self::Day(day) => Cell::date(*day),
            Self::Nothing => Cell::Empty,
        }
    }
}

fn text(it: &str) -> V {
    V::Text(it.to_owned())
}

/// A column and how it is read off an entry and one of its rows.
type Get<R> = fn(&Books, &Entry, &R) -> V;

struct Table<R: 'static> {
    name: &'static str,
    columns: Vec<(&'static str, Kind, Get<R>)>,
    rows: fn(&Entry) -> Vec<R>,
    takes: fn(EntryKind) -> bool,
}

impl<R> Table<R> {
    /// The file, or nothing when no entry is for this table. Facts that are sent along stand behind its own columns.
    fn write(&self, books: &Books) -> Result<Option<File>, BooksError> {
        let entries: Vec<&Entry> = books.entries.iter().filter(|entry| (self.takes)(entry.kind)).collect();
        if entries.is_empty() {
            return Ok(None);
        }
        let mut added: Vec<&str> = Vec::new();
        for (name, _) in entries.iter().flat_map(|entry| &entry.fields) {
            if !added.contains(&name.as_str()) {
                added.push(name);
            }
        }
        let own = self.columns.iter().map(|(name, kind, _)| Column::new(*name, *name, *kind));
        let more = added.iter().map(|name| Column::new((*name).to_owned(), (*name).to_owned(), Kind::Text));
        let sheet = Sheet { title: self.name.to_owned(), columns: own.chain(more).collect() };
        let mut csv = Csv::new(&sheet, Header::Keys, Vec::new())?;
        for entry in entries {
            for row in (self.rows)(entry) {
                let mut values: Vec<V> = self.columns.iter().map(|(_, _, get)| get(books, entry, &row)).collect();
                values.extend(added.iter().map(|name| V::Text(fact(entry, name))));
                let cells: Vec<Cell<'_>> = values.iter().map(V::cell).collect();
                csv.row(&cells)?;
            }
        }
        let bytes = csv.finish()?;
        Ok(Some(File { name: format!("{}.csv", self.name), media_type: "text/csv; charset=utf-8", bytes }))
    }
}

fn fact(entry: &Entry, name: &str) -> String {
    let found: Vec<&str> = entry.fields.iter().filter(|(known, _)| known == name).map(|(_, it)| it.as_str()).collect();
    found.join("; ")
}

fn some(files: impl IntoIterator<Item = Result<Option<File>, BooksError>>) -> Result<Vec<File>, BooksError> {
    files.into_iter().filter_map(Result::transpose).collect()
}

fn parts(entry: &Entry) -> Vec<super::Part> {
    entry.parts.clone()
}

fn once(_: &Entry) -> Vec<()> {
    vec![()]
}

const fn invoices(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Invoice)
}

const fn credits(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::CreditMemo | EntryKind::Void)
}

const fn payments(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Payment)
}

const fn refunds(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Refund)
}

pub(super) fn quickbooks(books: &Books) -> Result<Vec<File>, BooksError> {
    let money = Kind::Money { exponent: books.exponent };
    let lines = |name, number, day, takes| {
        let mut columns: Vec<(&'static str, Kind, Get<super::Part>)> = vec![
            (number, Kind::Text, |_, entry, _| text(&entry.number)),
            ("*Customer", Kind::Text, |_, entry, _| text(&entry.customer)),
            (day, Kind::Date, |_, entry, _| V::Day(Some(entry.on))),
        ];
        if number == "*InvoiceNo" {
            // The program refuses an invoice without a due date: until it is known, the day of issue stands there.
            columns.push(("*DueDate", Kind::Date, |_, entry, _| V::Day(Some(entry.due_on.unwrap_or(entry.on)))));
            columns.push(("Terms", Kind::Text, |_, entry, _| text(&entry.terms)));
        } else {
            columns.push(("InvoiceNo", Kind::Text, |_, entry, _| text(&entry.applies_to)));
        }
        let rest: Vec<(&'static str, Kind, Get<super::Part>)> = vec![
            ("Memo", Kind::Text, |_, entry, _| text(&entry.memo)),
            ("Item(Product/Service)", Kind::Text, |_, _, part| text(&part.item)),
            ("ItemDescription", Kind::Text, |_, _, part| text(&part.description)),
            ("ItemQuantity", Kind::Int, |_, _, part| V::Int(part.quantity)),
            ("ItemRate", money, |_, _, part| V::Money(part.price)),
            ("*ItemAmount", money, |_, _, part| V::Money(part.amount)),
            ("Currency", Kind::Text, |books, _, _| text(&books.currency)),
        ];
        columns.extend(rest);
        Table { name, columns, rows: parts, takes }
    };
    let paid = |name, takes| Table::<()> {
        name,
        columns: vec![
            ("RefNo", Kind::Text, |_, entry, _| text(&entry.number)),
            ("*Customer", Kind::Text, |_, entry, _| text(&entry.customer)),
            ("*PaymentDate", Kind::Date, |_, entry, _| V::Day(Some(entry.on))),
            ("InvoiceNo", Kind::Text, |_, entry, _| text(&entry.applies_to)),
            ("*Amount", money, |_, entry, _| V::Money(entry.total)),
            ("DepositTo", Kind::Text, |_, entry, _| text(&entry.bank)),
            ("Memo", Kind::Text, |_, entry, _| text(&entry.reference)),
            ("Currency", Kind::Text, |books, _, _| text(&books.currency)),
        ],
        rows: once,
        takes,
    };
    some([
        lines("invoices", "*InvoiceNo", "*InvoiceDate", invoices as fn(EntryKind) -> bool).write(books),
        lines("credit-memos", "*CreditMemoNo", "*CreditMemoDate", credits).write(books),
        paid("payments", payments as fn(EntryKind) -> bool).write(books),
        paid("refunds", refunds).write(books),
    ])
}

pub(super) fn netsuite(books: &Books) -> Result<Vec<File>, BooksError> {
    let money = Kind::Money { exponent: books.exponent };
    let lines = |name, takes, credit: bool| {
        let mut columns: Vec<(&'static str, Kind, Get<super::Part>)> = vec![
            ("External ID", Kind::Text, |_, entry, _| text(&entry.number)),
            ("Customer", Kind::Text, |_, entry, _| text(&entry.customer)),
            ("Date", Kind::Date, |_, entry, _| V::Day(Some(entry.on))),
        ];
        if credit {
            columns.push(("Apply : Invoice", Kind::Text, |_, entry, _| text(&entry.applies_to)));
        } else {
            columns.push(("Due Date", Kind::Date, |_, entry, _| V::Day(entry.due_on)));
            columns.push(("PO #", Kind::Text, |_, entry, _| text(&entry.purchase_order)));
        }
        let rest: Vec<(&'static str, Kind, Get<super::Part>)> = vec![
            ("Memo", Kind::Text, |_, entry, _| text(&entry.memo)),
            ("Currency", Kind::Text, |books, _, _| text(&books.currency)),
            ("A/R Account", Kind::Text, |_, entry, _| text(&entry.receivable)),
            ("Item", Kind::Text, |_, _, part| text(&part.item)),
            ("Description", Kind::Text, |_, _, part| text(&part.description)),
            ("Quantity", Kind::Int, |_, _, part| V::Int(part.quantity)),
            ("Rate", money, |_, _, part| V::Money(part.price)),
            ("Amount", money, |_, _, part| V::Money(part.amount)),
            ("Income Account", Kind::Text, |_, _, part| text(&part.account)),
        ];
        columns.extend(rest);
        Table { name, columns, rows: parts, takes }
    };
    let paid = |name, takes| Table::<()> {
        name,
        columns: vec![
            ("External ID", Kind::Text, |_, entry, _| text(&entry.number)),
            ("Customer", Kind::Text, |_, entry, _| text(&entry.customer)),
            ("Date", Kind::Date, |_, entry, _| V::Day(Some(entry.on))),
            ("Currency", Kind::Text, |books, _, _| text(&books.currency)),
            ("A/R Account", Kind::Text, |_, entry, _| text(&entry.receivable)),
            ("Account", Kind::Text, |_, entry, _| text(&entry.bank)),
            ("Payment Amount", money, |_, entry, _| V::Money(entry.total)),
            ("Check #", Kind::Text, |_, entry, _| text(&entry.reference)),
            ("Apply : Invoice", Kind::Text, |_, entry, _| text(&entry.applies_to)),
            ("Apply : Payment Amount", money, |_, entry, _| {
                if entry.applies_to.is_empty() { V::Nothing } else { V::Money(entry.total) }
            }),
        ],
        rows: once,
        takes,
    };
    some([
        lines("invoices", invoices as fn(EntryKind) -> bool, false).write(books),
        lines("credit-memos", credits, true).write(books),
        paid("customer-payments", payments as fn(EntryKind) -> bool).write(books),
        paid("customer-refunds", refunds).write(books),
    ])
}

pub(super) fn ledger(books: &Books) -> Result<Vec<File>, BooksError> {
    let money = Kind::Money { exponent: books.exponent };
    let table = Table::<super::Posting> {
        name: "general-ledger",
        columns: vec![
            ("entry", Kind::Text, |_, entry, _| text(&entry.number)),
            ("date", Kind::Date, |_, entry, _| V::Day(Some(entry.on))),
            ("type", Kind::Text, |_, entry, _| text(word(entry.kind))),
            ("account", Kind::Text, |_, _, posting| text(&posting.account)),
            ("debit", money, |_, _, it| if it.amount >= 0 { V::Money(it.amount) } else { V::Nothing }),
            ("credit", money, |_, _, it| if it.amount < 0 { V::Money(-it.amount) } else { V::Nothing }),
            ("currency", Kind::Text, |books, _, _| text(&books.currency)),
            ("customer", Kind::Text, |_, entry, _| text(&entry.customer)),
            ("applies_to", Kind::Text, |_, entry, _| text(&entry.applies_to)),
            ("text", Kind::Text, |_, _, posting| text(&posting.text)),
            ("reference", Kind::Text, |_, entry, _| text(&entry.reference)),
        ],
        rows: |entry| entry.postings.clone(),
        takes: |_| true,
    };
    some([table.write(books)])
}

const fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Invoice => "invoice",
        EntryKind::CreditMemo => "credit_memo",
        EntryKind::Void => "invoice_void",
        EntryKind::Payment => "payment",
        EntryKind::Refund => "refund",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    fn rows(file: &File) -> (Vec<String>, Vec<Vec<String>>) {
        let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
        let head = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|it| it.unwrap().iter().map(str::to_owned).collect()).collect();
        (head, rows)
    }

    fn sum(file: &File, column: &str) -> i64 {
        let (head, rows) = rows(file);
        let at = head.iter().position(|it| it == column).unwrap();
        rows.iter().filter(|row| !row[at].is_empty()).map(|row| row[at].replace('.', "").parse::<i64>().unwrap()).sum()
    }

    #[test]
    fn debits_equal_credits_in_every_currency() {
        for exponent in [0, 2, 3] {
            let made = ledger(&sample(exponent)).unwrap();
            assert_eq!(made.len(), 1);
            assert_eq!(sum(&made[0], "debit"), sum(&made[0], "credit"));
            assert_eq!(sum(&made[0], "debit"), 214_500 + 10_000 + 214_500);
        }
    }

    #[test]
    fn lines_make_the_document_and_facts_are_sent_along() {
        let books = sample(2);
        let made = quickbooks(&books).unwrap();
        let names: Vec<&str> = made.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["invoices.csv", "payments.csv"]);
        assert_eq!((sum(&made[0], "*ItemAmount"), sum(&made[1], "*Amount")), (214_500, 214_500));
        let (head, all) = rows(&made[0]);
        assert_eq!(&head[head.len() - 2..], ["CLASS", "PONUM"]);
        assert_eq!(all[0].last().unwrap(), "PO-7");
        let made = netsuite(&books).unwrap();
        assert_eq!((sum(&made[0], "Amount"), sum(&made[1], "Apply : Payment Amount")), (214_500, 214_500));
    }
}
