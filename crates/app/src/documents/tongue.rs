//! Papers in other languages. They are made in English, and put into another language as a whole, so that whoever makes one knows
//! of none. What people wrote (names, descriptions, notes, reasons) stays as they wrote it.
//!
//! Phrases stand in [`PHRASES`]; a `{}` in them stands for anything, which is looked at in turn. Days and amounts are written as the
//! language writes them.

use domain::clock::Day;
use domain::language::Language;
use print::document::{ColumnKind, Document, Kind, Line};

/// English, German, French, Spanish. Longer ones with the same beginning come first.
const PHRASES: &[[&str; 4]] = &[
    // What papers are.
    ["Sales order", "Auftrag", "Bon de commande", "Orden de venta"],
    ["Invoice", "Rechnung", "Facture", "Factura"],
    ["Delivery note", "Lieferschein", "Bon de livraison", "Albarán"],
    ["Quote", "Angebot", "Devis", "Presupuesto"],
    ["Credit memo", "Gutschrift", "Avoir", "Nota de crédito"],
    ["Write-off", "Abschreibung", "Passage en perte", "Cancelación de saldo"],
    ["Statement of account", "Kontoauszug", "Relevé de compte", "Estado de cuenta"],
    ["Commission statement", "Provisionsabrechnung", "Relevé de commissions", "Liquidación de comisiones"],
    ["Packing slip", "Packzettel", "Bordereau d’expédition", "Lista de empaque"],
    // Around every page.
    ["Revision {n}", "Fassung {n}", "Version {n}", "Revisión {n}"],
    ["Page {page} of {pages}", "Seite {page} von {pages}", "Page {page} sur {pages}", "Página {page} de {pages}"],
    ["Notes", "Anmerkungen", "Remarques", "Notas"],
    ["Signatures", "Unterschriften", "Signatures", "Firmas"],
    [
        "Code that leads to this document",
        "Code, der zu diesem Dokument führt",
        "Code qui mène à ce document",
        "Código que lleva a este documento",
    ],
    [
        "Code with which the purchase order can be given without an account",
        "Code, mit dem die Bestellung ohne Konto übermittelt werden kann",
        "Code permettant de transmettre le bon de commande sans compte",
        "Código para enviar la orden de compra sin cuenta",
    ],
    [
        "Scan the code to give us the purchase order: no account is needed.",
        "Scannen Sie den Code, um uns die Bestellung zu senden: ein Konto ist nicht nötig.",
        "Scannez le code pour nous transmettre le bon de commande : aucun compte n’est nécessaire.",
        "Escanee el código para enviarnos la orden de compra: no necesita una cuenta.",
    ],
    // How a paper stands.
    ["Draft", "Entwurf", "Brouillon", "Borrador"],
    ["Cancelled", "Storniert", "Annulé", "Cancelado"],
    ["Reversed", "Rückgängig gemacht", "Contre-passé", "Revertido"],
    ["Superseded", "Ersetzt", "Remplacé", "Sustituido"],
    ["Void", "Ungültig", "Nul", "Anulado"],
    ["Approved", "Angenommen", "Accepté", "Aprobado"],
    ["Declined", "Abgelehnt", "Refusé", "Rechazado"],
    // Who.
    ["From", "Von", "De", "De"],
    ["Bill to", "Rechnung an", "Facturer à", "Facturar a"],
    ["To", "An", "À", "Para"],
    ["For", "Für", "Pour", "Para"],
    // Facts.
    ["Facility", "Einrichtung", "Établissement", "Centro"],
    ["Customer", "Kunde", "Client", "Cliente"],
    ["Date", "Datum", "Date", "Fecha"],
    ["Physician", "Ärztin oder Arzt", "Médecin", "Médico"],
    ["Procedure", "Eingriff", "Intervention", "Procedimiento"],
    ["Patient reference", "Patientenkennung", "Référence patient", "Referencia del paciente"],
    ["Representative", "Außendienst", "Représentant", "Representante"],
    ["With", "Mit", "Avec", "Con"],
    ["Purchase order", "Bestellung", "Bon de commande", "Orden de compra"],
    ["Submitted", "Eingereicht", "Transmis le", "Presentado"],
    ["Issued", "Ausgestellt", "Émis le", "Emitido"],
    ["Invoiced", "Berechnet", "Facturé le", "Facturado"],
    ["Due", "Fällig", "Échéance", "Vence"],
    ["Due back", "Zurück bis", "À rendre le", "Devolver el"],
    ["Sent", "Gesendet", "Envoyé le", "Enviado"],
    ["Planned for", "Geplant für", "Prévu le", "Previsto para"],
    ["Valid until", "Gültig bis", "Valable jusqu’au", "Válido hasta"],
    ["Period", "Zeitraum", "Période", "Periodo"],
    ["Tax exempt", "Steuerbefreit", "Exonéré de taxe", "Exento de impuestos"],
    // Columns.
    ["Number", "Nummer", "Référence", "Número"],
    ["Description", "Bezeichnung", "Désignation", "Descripción"],
    ["Lot, serial", "Charge, Serie", "Lot, série", "Lote, serie"],
    ["Expires", "Verfällt", "Péremption", "Caduca"],
    ["Qty", "Menge", "Qté", "Cant."],
    ["Price", "Preis", "Prix", "Precio"],
    ["Amount", "Betrag", "Montant", "Importe"],
    ["Balance", "Saldo", "Solde", "Saldo"],
    ["What", "Vorgang", "Opération", "Concepto"],
    ["What for", "Wofür", "Motif", "Concepto"],
    ["Event", "Fall", "Événement", "Evento"],
    ["Sales", "Umsatz", "Ventes", "Ventas"],
    ["Rate", "Satz", "Taux", "Tasa"],
    ["Commission", "Provision", "Commission", "Comisión"],
    // Sums.
    ["Units", "Einheiten", "Unités", "Unidades"],
    ["Charges", "Nebenkosten", "Frais", "Cargos"],
    ["Total", "Gesamt", "Total", "Total"],
    ["Billed", "Berechnet", "Facturé", "Facturado"],
    ["Credited", "Gutgeschrieben", "Crédité", "Abonado"],
    ["Paid", "Bezahlt", "Payé", "Pagado"],
    ["Owed", "Offen", "Dû", "Pendiente"],
    // Lines.
    ["Lot {}, expires {}", "Charge {}, verfällt {}", "Lot {}, péremption {}", "Lote {}, caduca {}"],
    ["Lot {}", "Charge {}", "Lot {}", "Lote {}"],
    ["expires {}", "verfällt {}", "péremption {}", "caduca {}"],
    ["Serial {}", "Serie {}", "Série {}", "Serie {}"],
    [
        "Facility stock, sold before",
        "Bestand der Einrichtung, bereits verkauft",
        "Stock de l’établissement, déjà vendu",
        "Existencias del centro, ya vendidas",
    ],
    ["No charge", "Ohne Berechnung", "Gratuit", "Sin cargo"],
    ["Used", "Verwendet", "Utilisé", "Usado"],
    ["Implanted", "Implantiert", "Implanté", "Implantado"],
    ["Explanted", "Explantiert", "Explanté", "Explantado"],
    ["In and out", "Geöffnet, nicht implantiert", "Ouvert, non implanté", "Abierto, no implantado"],
    ["Damaged", "Beschädigt", "Endommagé", "Dañado"],
    ["Missing", "Fehlt", "Manquant", "Faltante"],
    ["{} (freight)", "{} (Fracht)", "{} (transport)", "{} (flete)"],
    ["{} (handling)", "{} (Bearbeitung)", "{} (manutention)", "{} (manipulación)"],
    ["{} (tax)", "{} (Steuer)", "{} (taxe)", "{} (impuesto)"],
    ["{} (service)", "{} (Leistung)", "{} (service)", "{} (servicio)"],
    ["{} (discount)", "{} (Rabatt)", "{} (remise)", "{} (descuento)"],
    ["{} (rental)", "{} (Miete)", "{} (location)", "{} (alquiler)"],
    ["{} (other)", "{} (Sonstiges)", "{} (autre)", "{} (otro)"],
    // Accounts.
    ["Balance brought forward", "Saldovortrag", "Solde reporté", "Saldo anterior"],
    ["Invoice {}", "Rechnung {}", "Facture {}", "Factura {}"],
    ["Credit memo {}", "Gutschrift {}", "Avoir {}", "Nota de crédito {}"],
    ["Write-off {}", "Abschreibung {}", "Passage en perte {}", "Cancelación {}"],
    ["Payment {}", "Zahlung {}", "Paiement {}", "Pago {}"],
    ["Refund {}", "Rückzahlung {}", "Remboursement {}", "Reembolso {}"],
    ["Payment", "Zahlung", "Paiement", "Pago"],
    ["Refund", "Rückzahlung", "Remboursement", "Reembolso"],
    ["Not due yet: {}", "Noch nicht fällig: {}", "Non échu : {}", "No vencido: {}"],
    [
        "More than {} days late: {}",
        "Mehr als {} Tage überfällig: {}",
        "Plus de {} jours de retard : {}",
        "Más de {} días de atraso: {}",
    ],
    ["{} days late: {}", "{} Tage überfällig: {}", "{} jours de retard : {}", "{} días de atraso: {}"],
    [
        "Due date not known yet: {}",
        "Fälligkeit noch nicht bekannt: {}",
        "Échéance non connue : {}",
        "Vencimiento aún no conocido: {}",
    ],
    [
        "More happened than is shown; all of it is in the sums.",
        "Es ist mehr geschehen, als gezeigt wird; alles ist in den Summen enthalten.",
        "D’autres opérations ont eu lieu ; toutes sont comprises dans les totaux.",
        "Hay más movimientos de los que se muestran; todos están en las sumas.",
    ],
    ["{} to {}", "{} bis {}", "{} au {}", "{} a {}"],
    // Notes.
    [
        "The units stay on the facility's shelf as facility stock. Using them later is not billed again.",
        "Die Einheiten bleiben als Bestand der Einrichtung dort. Ihre spätere Verwendung wird nicht noch einmal berechnet.",
        "Les unités restent dans l’établissement comme stock de celui-ci. Leur utilisation ultérieure n’est pas refacturée.",
        "Las unidades quedan en el centro como existencias propias. Su uso posterior no se factura de nuevo.",
    ],
    [
        "The units stay on the facility's shelf as facility stock.",
        "Die Einheiten bleiben als Bestand der Einrichtung dort.",
        "Les unités restent dans l’établissement comme stock de celui-ci.",
        "Las unidades quedan en el centro como existencias propias.",
    ],
    [
        "An estimate made before the case: what is really used is billed.",
        "Eine Schätzung vor dem Eingriff: berechnet wird, was wirklich verwendet wird.",
        "Estimation établie avant l’intervention : seul ce qui est réellement utilisé est facturé.",
        "Estimación previa a la intervención: se factura lo que realmente se use.",
    ],
    ["Approved by {}.", "Angenommen von {}.", "Accepté par {}.", "Aprobado por {}."],
    ["Declined by {}.", "Abgelehnt von {}.", "Refusé par {}.", "Rechazado por {}."],
    ["Reason: {}", "Grund: {}", "Motif : {}", "Motivo: {}"],
    [
        "What was paid already is kept as credit balance.",
        "Was bereits bezahlt war, bleibt als Guthaben.",
        "Ce qui était déjà payé reste en solde créditeur.",
        "Lo ya pagado queda como saldo a favor.",
    ],
    [
        "The same is billed anew.",
        "Dasselbe wird neu berechnet.",
        "La même chose est refacturée.",
        "Lo mismo se factura de nuevo.",
    ],
    ["Credits invoice {}", "Zur Rechnung {}", "Avoir sur la facture {}", "Abona la factura {}"],
    [
        "Writes off what is open of invoice {}",
        "Schreibt ab, was von Rechnung {} offen ist",
        "Passe en perte le solde de la facture {}",
        "Cancela lo pendiente de la factura {}",
    ],
    ["Tax exempt: {}", "Steuerbefreit: {}", "Exonéré de taxe : {}", "Exento de impuestos: {}"],
    // Terms.
    ["Terms: {}", "Zahlungsbedingungen: {}", "Conditions de paiement : {}", "Condiciones de pago: {}"],
    ["{}, counted from {}", "{}, gerechnet ab {}", "{}, à compter de : {}", "{}, a contar desde: {}"],
    ["Net {}", "{} Tage netto", "{} jours nets", "{} días netos"],
    ["End of month plus {}", "Monatsende plus {}", "Fin de mois plus {}", "Fin de mes más {}"],
    ["End of month", "Monatsende", "Fin de mois", "Fin de mes"],
    ["{} days", "{} Tage", "{} jours", "{} días"],
    ["{} day", "{} Tag", "{} jour", "{} día"],
    ["{} months", "{} Monate", "{} mois", "{} meses"],
    ["{} month", "{} Monat", "{} mois", "{} mes"],
    ["Due on receipt", "Fällig bei Erhalt", "Payable à réception", "Pagadero a la recepción"],
    ["Prepaid", "Vorkasse", "Payé d’avance", "Prepago"],
    ["Cash on delivery", "Nachnahme", "Paiement à la livraison", "Pago contra entrega"],
    ["order", "Auftrag", "commande", "pedido"],
    ["usage", "Verwendung", "utilisation", "uso"],
    ["shipment", "Versand", "expédition", "envío"],
    ["delivery", "Lieferung", "livraison", "entrega"],
    ["invoice", "Rechnung", "facture", "factura"],
    ["receipt of the invoice", "Erhalt der Rechnung", "réception de la facture", "recepción de la factura"],
    ["the date on the document", "Datum des Dokuments", "date du document", "fecha del documento"],
    ["Awaiting {}", "Wartet auf: {}", "En attente : {}", "A la espera de: {}"],
    [
        "Due, counted from the invoice",
        "Fällig, ab Rechnung gerechnet",
        "À échoir, à compter de la facture",
        "Vence, a contar desde la factura",
    ],
    // Signatures.
    ["Received by", "Empfangen von", "Reçu par", "Recibido por"],
    ["For the facility", "Für die Einrichtung", "Pour l’établissement", "Por el centro"],
    ["For the hospital", "Für das Krankenhaus", "Pour l’hôpital", "Por el hospital"],
];

/// Months as each language shortens them.
const MONTHS: [[&str; 12]; 3] = [
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
];

/// Where a language stands in [`PHRASES`]; None for English.
const fn place(language: Language) -> Option<usize> {
    match language {
        Language::English => None,
        Language::German => Some(1),
        Language::French => Some(2),
        Language::Spanish => Some(3),
    }
}

/// A day as papers write it in English.
fn day_of(text: &str) -> Option<Day> {
    let mut parts = text.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .iter()
        .position(|it| *it == month)?;
    let found = Day::parse(&format!("{year}-{:02}-{:0>2}", month + 1, day))?;
    // Nothing else may stand there, and it must be what a paper would have written.
    (parts.next().is_none() && domain::text::day_words(found) == text).then_some(found)
}

fn day_words(day: Day, language: usize) -> String {
    let date = day.civil();
    let month = MONTHS[language - 1][usize::from(date.month().unsigned_abs()) - 1];
    let dot = if language == 1 { "." } else { "" };
    format!("{}{dot} {month} {}", date.day(), date.year())
}

/// `1,234.56 USD` as the language writes it; nothing for any other text.
fn amount(text: &str, language: usize) -> Option<String> {
    let (number, code) = text.split_once(' ')?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_number = number.bytes().any(|byte| byte.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.' | b'-'));
    if !is_code || !is_number {
        return None;
    }
    let group = if language == 2 { '\u{a0}' } else { '.' };
    let swapped = |letter| match letter {
        ',' => group,
        '.' => ',',
        other => other,
    };
    Some(format!("{} {code}", number.chars().map(swapped).collect::<String>()))
}

/// What stands for each `{}` of a phrase in a text, if the text is that phrase.
fn parts<'a>(phrase: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = phrase.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len();
        let end = if last { rest.strip_suffix(piece)?.len() } else { rest.find(piece)? };
        if end == 0 {
            return None;
        }
        found.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(found)
}

/// A phrase that begins with a gap would fit much of what people write: in these the gaps hold days, numbers and amounts alone.
fn is_ours(phrase: &str, found: &[&str]) -> bool {
    let is_free = !phrase.starts_with("{}") || phrase.ends_with(')') || phrase.contains("counted from");
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    let known = |part: &&str| day_of(part).is_some() || amount(part, 1).is_some() || plain(&part.replace(" to ", " "));
    is_free || found.iter().all(known)
}

fn say(text: &str, language: usize) -> String {
    if let Some(phrase) = PHRASES.iter().find(|phrase| phrase[0] == text) {
        return phrase[language].to_owned();
    }
    if let Some(day) = day_of(text) {
        return day_words(day, language);
    }
    if let Some(amount) = amount(text, language) {
        return amount;
    }
    for phrase in PHRASES.iter().filter(|phrase| phrase[0].contains("{}")) {
        if let Some(found) = parts(phrase[0], text).filter(|found| is_ours(phrase[0], found)) {
            let mut values = found.into_iter().map(|part| say(part, language));
            let mut pieces = phrase[language].split("{}");
            let mut all = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                all.push_str(&values.next().unwrap_or_default());
                all.push_str(piece);
            }
            return all;
        }
    }
    text.to_owned()
}

/// Puts a paper into another language.
pub(crate) fn put_into(paper: &mut Document, language: Language) {
    let Some(at) = place(language) else { return };
    let put = |text: &mut String| *text = say(text, at);
    paper.words.language = language.as_str().to_owned();
    for text in [
        &mut paper.words.title,
        &mut paper.words.revision,
        &mut paper.words.page,
        &mut paper.words.notes,
        &mut paper.words.signatures,
        &mut paper.words.code,
        &mut paper.seller.heading,
        &mut paper.buyer.heading,
    ] {
        put(text);
    }
    paper.standing.iter_mut().for_each(put);
    paper.title_lines.iter_mut().for_each(put);
    for (label, value) in &mut paper.meta {
        // Only days and states are said in words; the rest is somebody's name for something.
        if matches!(label.as_str(), "Due" | "Period") || day_of(value).is_some() {
            put(value);
        }
        put(label);
    }
    let kinds: Vec<ColumnKind> = paper.columns.iter().map(|column| column.kind).collect();
    paper.columns.iter_mut().for_each(|column| put(&mut column.label));
    let account = paper.kind == Kind::Statement;
    for line in &mut paper.lines {
        let Line::Item { cells, details } = line else { continue };
        // A line without a number is a charge, or a step of an account: its words are ours.
        let ours = account || cells.first().is_some_and(String::is_empty);
        for (cell, kind) in cells.iter_mut().zip(&kinds) {
            if *kind == ColumnKind::Number || ours || day_of(cell).is_some() {
                put(cell);
            }
        }
        details.iter_mut().for_each(put);
    }
    for total in &mut paper.totals {
        put(&mut total.label);
        put(&mut total.amount);
    }
    for note in &mut paper.notes {
        *note = note.split(" · ").map(|part| say(part, at)).collect::<Vec<_>>().join(" · ");
    }
    paper.signatures.iter_mut().for_each(|signature| put(&mut signature.role));
}

#[cfg(test)]
mod tests {
    use super::*;
    use print::document::{Column, Total};

    #[test]
    fn phrases_days_and_amounts_are_put_into_each_language() {
        let all = |text: &str| [1, 2, 3].map(|language| say(text, language));
        assert_eq!(all("7 Mar 2026"), ["7. März 2026", "7 mars 2026", "7 mar 2026"]);
        assert_eq!(all("1,234.50 USD"), ["1.234,50 USD", "1\u{a0}234,50 USD", "1.234,50 USD"]);
        assert_eq!(all("Lot A-1, expires 1 Jan 2027")[0], "Charge A-1, verfällt 1. Jan. 2027");
        assert_eq!(
            all("Terms: Net 30, counted from invoice")[1],
            "Conditions de paiement : 30 jours nets, à compter de : facture"
        );
        assert_eq!(all("More than 90 days late: 12.00 EUR")[2], "Más de 90 días de atraso: 12,00 EUR");
        assert_eq!(all("Acetabular cup 52 mm"), ["Acetabular cup 52 mm"; 3], "what people wrote stays");
        assert_eq!(all("31 Feb 2026"), ["31 Feb 2026"; 3]);
    }

    #[test]
    fn every_phrase_has_the_same_gaps_in_every_language() {
        for phrase in PHRASES {
            for gap in ["{}", "{n}", "{page}", "{pages}"] {
                let counts = phrase.map(|text| text.matches(gap).count());
                assert!(counts.iter().all(|count| *count == counts[0]), "{phrase:?}");
            }
            assert!(phrase.iter().all(|text| !text.is_empty()));
        }
    }

    #[test]
    fn a_paper_is_put_into_german_and_its_descriptions_stay() {
        let mut paper = Document::new(Kind::Invoice, "INV-1");
        paper.meta = vec![("Date".into(), "2026-11-22".into()), ("Procedure".into(), "Total".into())];
        paper.columns = vec![
            Column::new("Number", ColumnKind::Code),
            Column::new("Description", ColumnKind::Text),
            Column::new("Amount", ColumnKind::Number),
        ];
        paper.lines = vec![
            Line::Item {
                cells: vec!["A".into(), "Total".into(), "1,000.00 EUR".into()],
                details: vec!["No charge".into()],
            },
            Line::Item { cells: vec![String::new(), "Courier (freight)".into(), "10.00 EUR".into()], details: vec![] },
        ];
        paper.totals = vec![Total::grand("Total", "1,010.00 EUR")];
        put_into(&mut paper, Language::German);
        assert_eq!((paper.words.title.as_str(), paper.words.page.as_str()), ("Rechnung", "Seite {page} von {pages}"));
        assert_eq!(paper.meta, [("Datum".into(), "2026-11-22".into()), ("Eingriff".into(), "Total".into())]);
        let Line::Item { cells, details } = &paper.lines[0] else { panic!() };
        assert_eq!(
            (cells[1].as_str(), cells[2].as_str(), details[0].as_str()),
            ("Total", "1.000,00 EUR", "Ohne Berechnung")
        );
        let Line::Item { cells, .. } = &paper.lines[1] else { panic!() };
        assert_eq!(cells[1], "Courier (Fracht)");
        assert_eq!((paper.totals[0].label.as_str(), paper.totals[0].amount.as_str()), ("Gesamt", "1.010,00 EUR"));
        print::document::pdf(&paper).unwrap();
    }
}
