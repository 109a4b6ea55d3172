//! Electronic invoices: UBL 2.1 with the terms of EN 16931, as far as the organisation knows them.
//!
//! Tax is known as an amount, not as a rate: the rate that is written is the one that gives this amount, with enough digits. Without
//! tax the document is outside of its scope (category O).

use super::{Books, Entry, EntryKind, Part, PartKind, Party, decimal, iso};

const INVOICE: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
const CREDIT_NOTE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";
const CAC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const CBC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
const PROFILE: &str = "urn:cen.eu:en16931:2017";

/// Markup in the making.
struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    fn element(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        self.text.push_str(&format!("<{name}>"));
        self.open.push(name);
        inside(self);
        self.open.pop();
        self.text.push_str(&format!("</{name}>"));
    }

    fn value(&mut self, name: &str, value: &str) {
        self.text.push_str(&format!("<{name}>{}</{name}>", escaped(value)));
    }

    /// A value, unless it is empty.
    fn maybe(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.value(name, value);
        }
    }

    fn with(&mut self, name: &str, attribute: &str, word: &str, value: &str) {
        self.text.push_str(&format!("<{name} {attribute}=\"{}\">{}</{name}>", escaped(word), escaped(value)));
    }
}

/// Text without what XML 1.0 does not allow, its own signs written as entities.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}

/// How the tax of a document is described.
struct Tax {
    amount: i64,
    taxable: i64,
    category: &'static str,
    percent: Option<String>,
}

impl Tax {
    fn of(entry: &Entry) -> Self {
        let sum = |wanted: fn(PartKind) -> bool| -> i64 {
            entry.parts.iter().filter(|part| wanted(part.kind)).map(|part| part.amount).sum()
        };
        let (amount, taxable) = (sum(|kind| kind == PartKind::Tax), sum(|kind| kind != PartKind::Tax));
        let percent = (amount != 0 && taxable > 0).then(|| percent(amount, taxable));
        Self { amount, taxable, category: if percent.is_some() { "S" } else { "O" }, percent }
    }

    fn category(&self, name: &'static str, xml: &mut Xml, reason: bool) {
        xml.element(name, |xml| {
            xml.value("cbc:ID", self.category);
            match &self.percent {
                Some(percent) => xml.value("cbc:Percent", percent),
                None if reason => xml.value("cbc:TaxExemptionReason", "Not subject to VAT"),
                None => {}
            }
            xml.element("cac:TaxScheme", |xml| xml.value("cbc:ID", "VAT"));
        });
    }
}

/// `8.25`: what part of the base a tax is, in per cent, to eight digits, half away from zero; zeros at the end are left out.
fn percent(amount: i64, taxable: i64) -> String {
    let scaled = i128::from(amount) * 100 * 100_000_000;
    let rounded = (scaled * 2 + i128::from(taxable)) / (i128::from(taxable) * 2);
    let text = format!("{}.{:08}", rounded / 100_000_000, rounded % 100_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One document.
pub fn invoice(books: &Books, entry: &Entry) -> String {
    let credit = entry.kind != EntryKind::Invoice;
    let (root, space, type_code, code) = if credit {
        ("CreditNote", CREDIT_NOTE, "cbc:CreditNoteTypeCode", "381")
    } else {
        ("Invoice", INVOICE, "cbc:InvoiceTypeCode", "380")
    };
    let mut xml = Xml { text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), open: Vec::new() };
    xml.text.push_str(&format!("<{root} xmlns=\"{space}\" xmlns:cac=\"{CAC}\" xmlns:cbc=\"{CBC}\">"));
    xml.value("cbc:CustomizationID", PROFILE);
    xml.value("cbc:ID", &entry.number);
    xml.value("cbc:IssueDate", &iso(entry.on));
    if let Some(due) = entry.due_on.filter(|_| !credit) {
        xml.value("cbc:DueDate", &iso(due));
    }
    xml.value(type_code, code);
    xml.maybe("cbc:Note", &note(entry));
    xml.value("cbc:DocumentCurrencyCode", &books.currency);
    xml.maybe("cbc:BuyerReference", &entry.buyer.number);
    if !entry.purchase_order.is_empty() {
        xml.element("cac:OrderReference", |xml| xml.value("cbc:ID", &entry.purchase_order));
    }
    if credit && !entry.applies_to.is_empty() {
        xml.element("cac:BillingReference", |xml| {
            xml.element("cac:InvoiceDocumentReference", |xml| xml.value("cbc:ID", &entry.applies_to));
        });
    }
    let tax = Tax::of(entry);
    xml.element("cac:AccountingSupplierParty", |xml| party(xml, &books.seller, tax.percent.is_some()));
    xml.element("cac:AccountingCustomerParty", |xml| party(xml, &entry.buyer, tax.percent.is_some()));
    delivery(&mut xml, entry);
    if !entry.terms.is_empty() && !credit {
        xml.element("cac:PaymentTerms", |xml| xml.value("cbc:Note", &entry.terms));
    }
    money(&mut xml, books, entry, &tax);
    for (at, part) in entry.parts.iter().filter(|part| part.kind == PartKind::Item).enumerate() {
        line(&mut xml, books, part, at + 1, credit, &tax);
    }
    xml.text.push_str(&format!("</{root}>\n"));
    xml.text
}

/// The remark, with the facts that are sent along.
fn note(entry: &Entry) -> String {
    let facts = entry.fields.iter().map(|(name, value)| format!("{name}: {value}"));
    let all: Vec<String> =
        [entry.memo.clone()].into_iter().chain(facts).filter(|part| !part.trim().is_empty()).collect();
    all.join("; ")
}

fn party(xml: &mut Xml, it: &Party, taxed: bool) {
    xml.element("cac:Party", |xml| {
        if !it.number.is_empty() {
            xml.element("cac:PartyIdentification", |xml| xml.value("cbc:ID", &it.number));
        }
        xml.element("cac:PartyName", |xml| xml.value("cbc:Name", &it.name));
        xml.element("cac:PostalAddress", |xml| {
            xml.maybe("cbc:StreetName", it.lines.first().map_or("", String::as_str));
            xml.maybe("cbc:AdditionalStreetName", it.lines.get(1).map_or("", String::as_str));
            xml.maybe("cbc:CityName", &it.city);
            xml.maybe("cbc:PostalZone", &it.postal_code);
            xml.maybe("cbc:CountrySubentity", &it.state);
            if !it.country.is_empty() {
                xml.element("cac:Country", |xml| xml.value("cbc:IdentificationCode", &it.country));
            }
        });
        if taxed && !it.tax_number.is_empty() {
            xml.element("cac:PartyTaxScheme", |xml| {
                xml.value("cbc:CompanyID", &it.tax_number);
                xml.element("cac:TaxScheme", |xml| xml.value("cbc:ID", "VAT"));
            });
        }
        xml.element("cac:PartyLegalEntity", |xml| {
            xml.value("cbc:RegistrationName", &it.name);
            xml.maybe("cbc:CompanyID", &it.registration);
        });
    });
}

fn delivery(xml: &mut Xml, entry: &Entry) {
    if entry.delivered_on.is_none() && entry.place.is_empty() {
        return;
    }
    xml.element("cac:Delivery", |xml| {
        if let Some(day) = entry.delivered_on {
            xml.value("cbc:ActualDeliveryDate", &iso(day));
        }
        if !entry.place.is_empty() {
            xml.element("cac:DeliveryParty", |xml| {
                xml.element("cac:PartyName", |xml| xml.value("cbc:Name", &entry.place));
            });
        }
    });
}

/// Allowances and charges of the document, its tax, and what it adds up to.
fn money(xml: &mut Xml, books: &Books, entry: &Entry, tax: &Tax) {
    let amount = |xml: &mut Xml, name: &str, minor: i64| {
        xml.with(name, "currencyID", &books.currency, &decimal(minor, books.exponent));
    };
    let besides = |kind: PartKind| matches!(kind, PartKind::Allowance | PartKind::Charge);
    for part in entry.parts.iter().filter(|part| besides(part.kind)) {
        // What adds is a charge and what takes off an allowance, whatever it is called.
        xml.element("cac:AllowanceCharge", |xml| {
            xml.value("cbc:ChargeIndicator", if part.amount < 0 { "false" } else { "true" });
            xml.value("cbc:AllowanceChargeReason", &part.description);
            amount(xml, "cbc:Amount", part.amount.abs());
            tax.category("cac:TaxCategory", xml, false);
        });
    }
    xml.element("cac:TaxTotal", |xml| {
        amount(xml, "cbc:TaxAmount", tax.amount);
        xml.element("cac:TaxSubtotal", |xml| {
            amount(xml, "cbc:TaxableAmount", tax.taxable);
            amount(xml, "cbc:TaxAmount", tax.amount);
            tax.category("cac:TaxCategory", xml, true);
        });
    });
    let sum = |wanted: &dyn Fn(&Part) -> bool| -> i64 {
        entry.parts.iter().filter(|part| wanted(part)).map(|part| part.amount).sum()
    };
    let lines = sum(&|part| part.kind == PartKind::Item);
    let allowances = -sum(&|part| besides(part.kind) && part.amount < 0);
    let charges = sum(&|part| besides(part.kind) && part.amount >= 0);
    xml.element("cac:LegalMonetaryTotal", |xml| {
        amount(xml, "cbc:LineExtensionAmount", lines);
        amount(xml, "cbc:TaxExclusiveAmount", lines - allowances + charges);
        amount(xml, "cbc:TaxInclusiveAmount", lines - allowances + charges + tax.amount);
        if allowances != 0 {
            amount(xml, "cbc:AllowanceTotalAmount", allowances);
        }
        if charges != 0 {
            amount(xml, "cbc:ChargeTotalAmount", charges);
        }
        amount(xml, "cbc:PayableAmount", entry.total);
    });
}

fn line(xml: &mut Xml, books: &Books, part: &Part, at: usize, credit: bool, tax: &Tax) {
    let amount = |xml: &mut Xml, name: &str, minor: i64| {
        xml.with(name, "currencyID", &books.currency, &decimal(minor, books.exponent));
    };
    let (name, quantity) = if credit {
        ("cac:CreditNoteLine", "cbc:CreditedQuantity")
    } else {
        ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    };
    xml.element(name, |xml| {
        xml.value("cbc:ID", &at.to_string());
        xml.with(quantity, "unitCode", "EA", &part.quantity.to_string());
        amount(xml, "cbc:LineExtensionAmount", part.amount);
        xml.element("cac:Item", |xml| {
            xml.value("cbc:Name", if part.description.is_empty() { &part.item } else { &part.description });
            if !part.item.is_empty() {
                xml.element("cac:SellersItemIdentification", |xml| xml.value("cbc:ID", &part.item));
            }
            tax.category("cac:ClassifiedTaxCategory", xml, false);
        });
        xml.element("cac:Price", |xml| amount(xml, "cbc:PriceAmount", part.price));
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    /// Every element with its text, by path, as another reader sees it.
    fn read(text: &str) -> Vec<(String, String)> {
        let mut reader = Reader::from_str(text);
        let (mut path, mut found): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(it) => {
                    path.push(it.local_name().as_ref().to_owned());
                    found.push((path.join("/"), String::new()));
                }
                Event::End(_) => drop(path.pop()),
                Event::Text(it) => {
                    if let Some((_, text)) = found.last_mut() {
                        text.push_str(&it);
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(path.is_empty(), "every element is closed");
        found
    }

    fn one(found: &[(String, String)], end: &str) -> String {
        let all: Vec<&String> = found.iter().filter(|(path, _)| path.ends_with(end)).map(|(_, text)| text).collect();
        assert_eq!(all.len(), 1, "{end}: {all:?}");
        all[0].clone()
    }

    #[test]
    fn another_reader_finds_the_sums() {
        let books = sample(2);
        let found = read(&invoice(&books, &books.entries[0]));
        let total = |name: &str| one(&found, &format!("LegalMonetaryTotal/{name}"));
        assert_eq!(total("LineExtensionAmount"), "2000.00");
        assert_eq!(total("TaxExclusiveAmount"), "1945.00");
        assert_eq!(total("TaxInclusiveAmount"), "2145.00");
        assert_eq!((total("AllowanceTotalAmount"), total("ChargeTotalAmount")), ("100.00".into(), "45.00".into()));
        assert_eq!(total("PayableAmount"), "2145.00");
        assert_eq!(one(&found, "TaxSubtotal/TaxCategory/Percent"), "10.28277635");
        assert_eq!(one(&found, "Invoice/ID"), "INV-000001");
        assert_eq!(one(&found, "InvoiceLine/LineExtensionAmount"), "2000.00");
    }

    #[test]
    fn a_memo_is_a_credit_note_outside_of_tax() {
        let mut books = sample(3);
        let mut memo = books.entries[0].clone();
        memo.kind = EntryKind::CreditMemo;
        memo.parts.truncate(1);
        memo.total = 200_000;
        memo.applies_to = "INV-000001".to_owned();
        books.entries.push(memo);
        let found = read(&invoice(&books, &books.entries[2]));
        assert_eq!(one(&found, "CreditNote/CreditNoteTypeCode"), "381");
        assert_eq!(one(&found, "InvoiceDocumentReference/ID"), "INV-000001");
        assert_eq!(one(&found, "LegalMonetaryTotal/PayableAmount"), "200.000");
        assert_eq!(one(&found, "TaxSubtotal/TaxCategory/ID"), "O");
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut books = sample(2);
        books.entries[0].memo = "</cbc:Note><x>&\u{1}\u{ffff}\"".to_owned();
        let text = invoice(&books, &books.entries[0]);
        assert!(text.contains("&lt;/cbc:Note&gt;&lt;x&gt;&amp;&quot;"), "{text}");
        read(&text);
    }
}
