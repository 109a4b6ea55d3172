//! Tab-separated transactions (IIF): lists of the customers and items that occur, then each transaction with its splits.
//!
//! The program that reads it takes the Windows code page and no quotes; what a cell may not hold becomes a space.

use super::{Books, Entry, EntryKind, File, Part, PartKind, Posting, decimal};
use std::collections::BTreeSet;

/// Columns of a transaction, before those that the organisation adds.
const HEAD: [&str; 9] = ["TRNSID", "TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO", "DUEDATE"];
/// Columns of a split.
const SPLIT: [&str; 11] =
    ["SPLID", "TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO", "QNTY", "PRICE", "INVITEM"];

pub(super) fn file(books: &Books) -> File {
    let mut out = String::new();
    lists(books, &mut out);
    let added = added_columns(books);
    let head: Vec<String> = HEAD.iter().map(|it| (*it).to_owned()).chain(added.iter().cloned()).collect();
    line(&mut out, "!TRNS", &head);
    line(&mut out, "!SPL", &SPLIT);
    line(&mut out, "!ENDTRNS", &[""; 0]);
    for entry in &books.entries {
        transaction(books, entry, &added, &mut out);
    }
    File { name: "transactions.iif".to_owned(), media_type: "text/plain; charset=windows-1252", bytes: encoded(&out) }
}

/// Names under which facts are sent along, of all entries, so that every row has the same columns.
fn added_columns(books: &Books) -> Vec<String> {
    let own: BTreeSet<&str> = HEAD.into_iter().collect();
    let mut found: Vec<String> = Vec::new();
    for (name, _) in books.entries.iter().flat_map(|entry| &entry.fields) {
        let name = cell(name).to_uppercase();
        if !own.contains(name.as_str()) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn lists(books: &Books, out: &mut String) {
    let customers: BTreeSet<&str> = books.entries.iter().map(|entry| entry.customer.as_str()).collect();
    line(out, "!CUST", &["NAME"]);
    for name in customers {
        line(out, "CUST", &[name]);
    }
    let parts = || books.entries.iter().flat_map(|entry| &entry.parts);
    if parts().next().is_none() {
        return;
    }
    line(out, "!INVITEM", &["NAME", "INVITEMTYPE", "DESC", "ACCNT"]);
    let mut seen = BTreeSet::new();
    for part in parts() {
        if seen.insert(part.item.as_str()) {
            let kind = if part.kind == PartKind::Item { "PART" } else { "OTHC" };
            line(out, "INVITEM", &[part.item.as_str(), kind, &part.description, &part.account]);
        }
    }
}

fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Invoice => "INVOICE",
        EntryKind::CreditMemo | EntryKind::Void => "CREDIT MEMO",
        EntryKind::Payment => "PAYMENT",
        EntryKind::Refund => "CHECK",
    }
}

fn us_date(day: i32) -> String {
    let (year, month, day) = crate::civil::from_days(i64::from(day));
    format!("{month:02}/{day:02}/{year:04}")
}

fn transaction(books: &Books, entry: &Entry, added: &[String], out: &mut String) {
    // The first posting is the transaction, the others its splits; a refund is a cheque on the account of money.
    let at = if entry.kind == EntryKind::Refund { entry.postings.len().saturating_sub(1) } else { 0 };
    let Some(head) = entry.postings.get(at) else { return };
    let (kind, on) = (kind(entry.kind), us_date(entry.on));
    let memo = field(entry, "MEMO").unwrap_or_else(|| memo(entry));
    let due = entry.due_on.map(us_date).unwrap_or_default();
    let amount = decimal(head.amount, books.exponent);
    let mut cells =
        vec![String::new(), kind.to_owned(), on.clone(), head.account.clone(), entry.customer.clone(), amount];
    cells.extend([entry.number.clone(), memo, due]);
    cells.extend(added.iter().map(|name| field(entry, name).unwrap_or_default()));
    line(out, "TRNS", &cells);
    let splits = entry.postings.iter().enumerate().filter(|(n, _)| *n != at);
    for (n, (_, posting)) in splits.enumerate() {
        let part = entry.parts.get(n);
        line(out, "SPL", &split(books, entry, kind, &on, posting, part));
    }
    line(out, "ENDTRNS", &[""; 0]);
}

fn split(
    books: &Books,
    entry: &Entry,
    kind: &str,
    on: &str,
    posting: &Posting,
    part: Option<&Part>,
) -> [String; SPLIT.len()] {
    let money = |minor| decimal(minor, books.exponent);
    // What is sold leaves: quantities have the sign of the amount.
    let quantity = |part: &Part| if posting.amount < 0 { -part.quantity } else { part.quantity };
    [
        String::new(),
        kind.to_owned(),
        on.to_owned(),
        posting.account.clone(),
        // The other account of money carries the customer on the side of what is owed.
        if part.is_some() { String::new() } else { entry.customer.clone() },
        money(posting.amount),
        entry.number.clone(),
        posting.text.clone(),
        part.map(|part| quantity(part).to_string()).unwrap_or_default(),
        part.map(|part| money(part.price.abs())).unwrap_or_default(),
        part.map(|part| part.item.clone()).unwrap_or_default(),
    ]
}

fn memo(entry: &Entry) -> String {
    let about = if entry.applies_to.is_empty() { String::new() } else { format!("For {}", entry.applies_to) };
    let parts = [entry.memo.as_str(), about.as_str(), entry.reference.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The facts under one name, in order.
fn field(entry: &Entry, name: &str) -> Option<String> {
    let found: Vec<&str> = entry
        .fields
        .iter()
        .filter(|(known, _)| cell(known).to_uppercase() == name)
        .map(|(_, it)| it.as_str())
        .collect();
    (!found.is_empty()).then(|| found.join("; "))
}

fn cell(text: &str) -> String {
    text.chars()
        .map(|it| {
            if it.is_control() {
                ' '
            } else if it == '"' {
                '\''
            } else {
                it
            }
        })
        .collect()
}

fn line<S: AsRef<str>>(out: &mut String, head: &str, cells: &[S]) {
    out.push_str(head);
    for text in cells {
        out.push('\t');
        out.push_str(&cell(text.as_ref()));
    }
    out.push_str("\r\n");
}

/// In the Windows code page; letters that it lacks are written as a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let fits = |it: char| !encoding_rs::WINDOWS_1252.encode(it.encode_utf8(&mut [0; 4])).2;
    let plain: String = text.chars().map(|it| if it.is_ascii() || fits(it) { it } else { '?' }).collect();
    encoding_rs::WINDOWS_1252.encode(&plain).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    /// Transactions as an independent reader sees them: the head row names the columns.
    fn amounts(text: &str) -> Vec<Vec<String>> {
        let column = |head: &str, name: &str| {
            let row = text.lines().find(|line| line.starts_with(head)).unwrap();
            row.split('\t').position(|it| it == name).unwrap()
        };
        let (trns, spl) = (column("!TRNS", "AMOUNT"), column("!SPL", "AMOUNT"));
        let mut all = Vec::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            match cells[0] {
                "TRNS" => all.push(vec![cells[trns].to_owned()]),
                "SPL" => all.last_mut().unwrap().push(cells[spl].to_owned()),
                _ => {}
            }
        }
        all
    }

    #[test]
    fn transactions_and_splits_add_up_to_nothing() {
        for exponent in [0, 2, 3] {
            let made = file(&sample(exponent));
            let text = String::from_utf8(made.bytes).unwrap();
            let all = amounts(&text);
            assert_eq!((all.len(), all[0].len(), all[1].len()), (2, 5, 2));
            for transaction in all {
                let minor = |it: &String| it.replace('.', "").parse::<i64>().unwrap();
                assert_eq!(transaction.iter().map(minor).sum::<i64>(), 0, "{transaction:?}");
            }
        }
    }

    #[test]
    fn rows_have_the_columns_of_their_head() {
        let mut books = sample(2);
        books.entries[0].customer = "Tab\there \u{4e2d}é".to_owned();
        let text = encoding_rs::WINDOWS_1252.decode(&file(&books).bytes).0.into_owned();
        let mut widths = std::collections::BTreeMap::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            match cells[0].strip_prefix('!') {
                Some(name) => {
                    widths.insert(name.to_owned(), cells.len());
                }
                None => assert_eq!(widths[cells[0]], cells.len(), "{line}"),
            }
        }
        assert!(text.contains("Tab here ?é") && text.contains("\tCLASS\tPONUM\r\n"), "{text}");
        assert!(
            text.contains("11/22/2026") && text.contains("\tINV-000001\tEV-000001\t12/22/2026\tWest\tPO-7"),
            "{text}"
        );
    }
}
