//! What goes to the books of another program: which documents, in which form, and how each is booked. Debits equal credits,
//! in whole minor units; nothing is rounded here, because every amount was rounded when its document was issued.

use crate::event::ChargeKind;
use crate::money::{Minor, MoneyError};
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// For which program an export is written.
    pub enum ExportKind {
        /// Tab-separated transactions of a desktop program.
        QuickbooksIif = "quickbooks_iif", "QuickBooks Desktop (IIF)";
        /// Tables that the online program imports.
        QuickbooksCsv = "quickbooks_csv", "QuickBooks Online (CSV)";
        /// Tables for the CSV import of NetSuite.
        NetsuiteCsv = "netsuite_csv", "NetSuite (CSV)";
        /// One table of postings, for any ledger.
        GeneralLedger = "general_ledger", "General ledger (CSV)";
        /// One electronic invoice for each document (EN 16931).
        Ubl = "ubl", "Electronic invoices (UBL 2.1)";
    }
    /// A document that is exported once.
    pub enum BookKind {
        /// An invoice.
        Invoice = "invoice", "Invoice";
        /// What is taken off an invoice.
        CreditMemo = "credit_memo", "Credit memo";
        /// Money of a customer.
        Payment = "payment", "Payment";
        /// Credit balance that was paid out.
        Refund = "refund", "Refund";
        /// An invoice that was exported and is void by now: its postings with the other sign.
        InvoiceVoid = "invoice_void", "Void invoice";
    }
    /// What an account is for.
    pub enum AccountRole {
        /// What customers owe.
        Receivable = "receivable", "Accounts receivable";
        /// Where money comes in.
        Bank = "bank", "Money received";
        /// Units sold.
        Sales = "sales", "Sales";
        /// Units credited.
        Returns = "returns", "Returns and allowances";
        /// Freight.
        Freight = "freight", "Freight";
        /// Handling.
        Handling = "handling", "Handling";
        /// Tax.
        Tax = "tax", "Sales tax";
        /// Services.
        Service = "service", "Services";
        /// Discounts.
        Discount = "discount", "Discounts";
        /// Rental.
        Rental = "rental", "Rental";
        /// Other charges.
        Other = "other", "Other charges";
        /// What is not hoped for any more.
        BadDebts = "bad_debts", "Bad debts";
    }
    /// A fact of a document that can be sent along under a name of the other program. Nothing about patients is among them.
    pub enum FieldSource {
        /// The event's number.
        EventNumber = "event_number", "Event number";
        /// The event's day.
        EventOn = "event_on", "Day of the event";
        /// The hospital's orders.
        PurchaseOrders = "purchase_orders", "Purchase orders";
        /// Where it was used.
        LocationName = "location_name", "Location";
        /// The location's code.
        LocationCode = "location_code", "Location code";
        /// The customer's number.
        CustomerNumber = "customer_number", "Customer number";
        /// Who sold.
        Representative = "representative", "Representative";
        /// Who helped.
        SubRepresentatives = "sub_representatives", "Other representatives";
        /// The physician.
        Physician = "physician", "Physician";
        /// The procedure.
        Procedure = "procedure", "Procedure";
        /// The note that is printed on the document.
        Note = "note", "Printed note";
        /// When to pay, in words.
        Terms = "terms", "Payment terms";
        /// The invoice that a memo or a payment is about.
        InvoiceNumber = "invoice_number", "Invoice number";
        /// The bank's or the customer's reference of a payment.
        Reference = "reference", "Payment reference";
    }
}

impl AccountRole {
    /// The account's name until the organisation says another one.
    pub const fn default_name(self) -> &'static str {
        match self {
            Self::Receivable => "Accounts Receivable",
            Self::Bank => "Undeposited Funds",
            Self::Sales => "Sales",
            Self::Returns => "Sales Returns and Allowances",
            Self::Freight => "Freight Income",
            Self::Handling => "Handling Income",
            Self::Tax => "Sales Tax Payable",
            Self::Service => "Service Income",
            Self::Discount => "Sales Discounts",
            Self::Rental => "Rental Income",
            Self::Other => "Other Income",
            Self::BadDebts => "Bad Debts",
        }
    }

    /// Where a charge is booked.
    pub const fn of_charge(kind: ChargeKind) -> Self {
        match kind {
            ChargeKind::Freight => Self::Freight,
            ChargeKind::Handling => Self::Handling,
            ChargeKind::Tax => Self::Tax,
            ChargeKind::Service => Self::Service,
            ChargeKind::Discount => Self::Discount,
            ChargeKind::Rental => Self::Rental,
            ChargeKind::Other => Self::Other,
        }
    }
}

impl ExportKind {
    /// Whether documents of a kind are part of such an export: an electronic invoice is sent, payments are not.
    pub const fn takes(self, kind: BookKind) -> bool {
        match self {
            Self::Ubl => matches!(kind, BookKind::Invoice | BookKind::CreditMemo),
            _ => true,
        }
    }
}

/// A part of a document: its units of one price, a charge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Where it is booked.
    pub role: AccountRole,
    /// As it enters the document's total: below zero for a discount.
    pub amount: Minor,
}

/// One posting of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posting {
    /// On which account.
    pub role: AccountRole,
    /// Above zero is debit, below zero credit.
    pub amount: Minor,
    /// The part that it books; nothing for the other side.
    pub part: Option<usize>,
}

/// How a document is booked. Its parts must make its total.
///
/// # Errors
/// `does_not_add_up` or `amount_too_large`; a payment or refund that is not above zero is `amount_not_positive`.
pub fn postings(kind: BookKind, total: Minor, parts: &[Part]) -> Result<Vec<Posting>, Refusal> {
    use AccountRole::{Bank, Receivable};
    let too_large = |problem: MoneyError| Refusal::new(problem.code(), "The amounts are too large to be booked.");
    let money = matches!(kind, BookKind::Payment | BookKind::Refund);
    if money {
        if total <= Minor::ZERO {
            return Err(Refusal::new("amount_not_positive", "Money that is booked is above zero."));
        }
        let against = total.negated().map_err(too_large)?;
        let (debit, credit) = if kind == BookKind::Payment { (Bank, Receivable) } else { (Receivable, Bank) };
        let posting = |role, amount| Posting { role, amount, part: None };
        return Ok(vec![posting(debit, total), posting(credit, against)]);
    }
    let sum = Minor::sum(parts.iter().map(|part| part.amount)).map_err(too_large)?;
    if sum != total {
        return Err(Refusal::new("does_not_add_up", "The lines of this document do not add up to its total."));
    }
    // An invoice is owed and earned; a memo and a void invoice are the other way round.
    let owed = kind == BookKind::Invoice;
    let turned = |minor: Minor| if owed { Ok(minor) } else { minor.negated() };
    let mut all = vec![Posting { role: Receivable, amount: turned(total).map_err(too_large)?, part: None }];
    for (at, part) in parts.iter().enumerate() {
        let amount = turned(part.amount).and_then(Minor::negated).map_err(too_large)?;
        all.push(Posting { role: part.role, amount, part: Some(at) });
    }
    Ok(all)
}

/// Debits and credits of postings.
///
/// # Errors
/// When a sum does not fit.
pub fn sums<'a>(postings: impl IntoIterator<Item = &'a Posting>) -> Result<(Minor, Minor), MoneyError> {
    let (mut debit, mut credit) = (Minor::ZERO, Minor::ZERO);
    for posting in postings {
        if posting.amount > Minor::ZERO {
            debit = debit.plus(posting.amount)?;
        } else {
            credit = credit.minus(posting.amount)?;
        }
    }
    Ok((debit, credit))
}

/// A name as other programs take it: on one line, without what separates fields or sub-accounts, at most so long.
pub fn plain_name(text: &str, most: usize) -> String {
    let clean: String = text
        .chars()
        .map(|letter| if letter.is_control() || letter == '"' { ' ' } else { letter })
        .map(|letter| if letter == ':' { '-' } else { letter })
        .collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ").chars().take(most).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(role: AccountRole, amount: i64) -> Part {
        Part { role, amount: Minor(amount) }
    }

    fn shown(postings: &[Posting]) -> Vec<(&'static str, i64)> {
        postings.iter().map(|it| (it.role.as_str(), it.amount.0)).collect()
    }

    #[test]
    fn an_invoice_is_owed_and_earned_and_a_memo_is_the_other_way_round() {
        let parts = [
            part(AccountRole::Sales, 1_000),
            part(AccountRole::Freight, 50),
            part(AccountRole::Tax, 80),
            part(AccountRole::Discount, -100),
        ];
        let invoice = postings(BookKind::Invoice, Minor(1_030), &parts).unwrap();
        assert_eq!(
            shown(&invoice),
            [("receivable", 1_030), ("sales", -1_000), ("freight", -50), ("tax", -80), ("discount", 100)]
        );
        let void = postings(BookKind::InvoiceVoid, Minor(1_030), &parts).unwrap();
        let turned: Vec<i64> = void.iter().map(|it| -it.amount.0).collect();
        assert_eq!(turned, invoice.iter().map(|it| it.amount.0).collect::<Vec<_>>());
        let memo = postings(BookKind::CreditMemo, Minor(200), &[part(AccountRole::Returns, 200)]).unwrap();
        assert_eq!(shown(&memo), [("receivable", -200), ("returns", 200)]);
        let paid = postings(BookKind::Payment, Minor(830), &[]).unwrap();
        assert_eq!(shown(&paid), [("bank", 830), ("receivable", -830)]);
        let back = postings(BookKind::Refund, Minor(10), &[]).unwrap();
        assert_eq!(shown(&back), [("receivable", 10), ("bank", -10)]);
    }

    #[test]
    fn what_does_not_add_up_is_not_booked() {
        let code = |kind, total, parts: &[Part]| postings(kind, Minor(total), parts).unwrap_err().code;
        assert_eq!(code(BookKind::Invoice, 2, &[part(AccountRole::Sales, 1)]), "does_not_add_up");
        assert_eq!(code(BookKind::CreditMemo, 1, &[]), "does_not_add_up");
        assert_eq!(code(BookKind::Payment, 0, &[]), "amount_not_positive");
        assert_eq!(code(BookKind::Refund, -1, &[]), "amount_not_positive");
    }

    #[test]
    fn names_stay_on_one_line() {
        assert_eq!(plain_name("Mercy: Main\tEast\r\n \"A\"", 40), "Mercy- Main East A");
        assert_eq!(plain_name("abc def", 4), "abc");
        assert_eq!(plain_name(" \t ", 10), "");
    }

    #[test]
    fn nothing_about_patients_can_be_sent_along() {
        assert!(FieldSource::ALL.iter().all(|source| !source.as_str().contains("patient")));
    }

    proptest! {
        #[test]
        fn debits_equal_credits_and_receivables_move_by_the_total(
            amounts in prop::collection::vec((0usize..AccountRole::ALL.len() - 2, 0i64..1_000_000_000), 1..20),
            discount in 0i64..1_000_000, kind in prop::sample::select(BookKind::ALL),
        ) {
            let mut parts: Vec<Part> =
                amounts.iter().map(|(role, minor)| part(AccountRole::ALL[role + 2], *minor)).collect();
            parts.push(part(AccountRole::Discount, -discount));
            let total = Minor::sum(parts.iter().map(|it| it.amount)).unwrap();
            prop_assume!(total > Minor::ZERO);
            let booked = postings(kind, total, &parts).unwrap();
            let (debit, credit) = sums(&booked).unwrap();
            prop_assert_eq!(debit, credit);
            let owed: i64 = booked.iter().filter(|it| it.role == AccountRole::Receivable).map(|it| it.amount.0).sum();
            let sign = if matches!(kind, BookKind::Invoice | BookKind::Refund) { 1 } else { -1 };
            prop_assert_eq!(owed, sign * total.0);
        }
    }
}
