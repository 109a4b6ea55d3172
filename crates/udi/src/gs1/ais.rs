//! The GS1 application identifiers: their shape, what they need beside them and what they exclude (GS1 General
//! Specifications 3, GS1 Barcode Syntax Dictionary). A table and its look-up, no behaviour.

/// What characters a part may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Digits.
    N,
    /// Character set 82.
    X,
    /// Character set 39.
    Y,
    /// Base64 for addresses.
    Z,
}

/// What is checked beyond the characters. A violation is a warning, never a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Any,
    CheckDigit,
    CheckPair,
    /// `YYMMDD`, day 00 allowed.
    Month,
    /// `YYMMDD`, a real day.
    Day,
}

/// A stretch of a value: from `min` to `max` characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub kind: Kind,
    pub min: usize,
    pub max: usize,
    pub optional: bool,
    pub rule: Rule,
}

impl Part {
    const fn new(kind: Kind, min: usize, max: usize) -> Self {
        Self { kind, min, max, optional: false, rule: Rule::Any }
    }

    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    const fn rule(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }
}

const fn n(length: usize) -> Part {
    Part::new(Kind::N, length, length)
}
const fn n_to(max: usize) -> Part {
    Part::new(Kind::N, 1, max)
}
const fn x(length: usize) -> Part {
    Part::new(Kind::X, length, length)
}
const fn x_to(max: usize) -> Part {
    Part::new(Kind::X, 1, max)
}

const N2: &[Part] = &[n(2)];
const N4: &[Part] = &[n(4)];
const N6: &[Part] = &[n(6)];
const N10: &[Part] = &[n_to(10)];
const N12: &[Part] = &[n_to(12)];
const N15: &[Part] = &[n_to(15)];
const COUNT: &[Part] = &[n_to(8)];
const X2: &[Part] = &[x_to(2)];
const X3: &[Part] = &[x_to(3)];
const X10: &[Part] = &[x_to(10)];
const X12: &[Part] = &[x_to(12)];
const X20: &[Part] = &[x_to(20)];
const X25: &[Part] = &[x_to(25)];
const X28: &[Part] = &[x_to(28)];
const X30: &[Part] = &[x_to(30)];
const X35: &[Part] = &[x_to(35)];
const X40: &[Part] = &[x_to(40)];
const X50: &[Part] = &[x_to(50)];
const X70: &[Part] = &[x_to(70)];
const X90: &[Part] = &[x_to(90)];
const GTIN: &[Part] = &[n(14).rule(Rule::CheckDigit)];
const GLN: &[Part] = &[n(13).rule(Rule::CheckDigit)];
const NUMBER_18: &[Part] = &[n(18).rule(Rule::CheckDigit)];
const PIECE: &[Part] = &[n(14).rule(Rule::CheckDigit), n(4)];
const MODEL: &[Part] = &[x_to(25).rule(Rule::CheckPair)];
const MONTH: &[Part] = &[n(6).rule(Rule::Month)];
const DAY: &[Part] = &[n(6).rule(Rule::Day)];
const DAY_TIME: &[Part] = &[n(6).rule(Rule::Day), n(4)];
const MONTH_TIME: &[Part] = &[n(6).rule(Rule::Month), n(4)];
const COUNTRY: &[Part] = &[n(3)];
const COUNTRIES: &[Part] = &[n(3), n(3).optional(), n(3).optional(), n(3).optional(), n(3).optional()];
const TEMPERATURE: &[Part] = &[n(6), x(1).optional()];

/// An application identifier, or a run of alike ones.
#[derive(Debug)]
pub(crate) struct Ai {
    pub first: &'static str,
    last: &'static str,
    pub title: &'static str,
    pub parts: &'static [Part],
    /// Of predefined length: no separator behind it.
    pub fixed: bool,
    /// About a person: must not be stored.
    pub patient: bool,
    /// Set if this identifies something by itself: its qualifiers in the order of a Digital Link path, alternatives
    /// divided by `|`.
    pub qualifiers: Option<&'static str>,
    /// Alternatives of which one must stand beside it: `01+21,02`; `n` is any digit.
    pub needs: &'static str,
    /// What must not stand beside it.
    pub excludes: &'static str,
}

impl Ai {
    const fn to(self, last: &'static str) -> Self {
        Self { last, ..self }
    }
    const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }
    const fn patient(self) -> Self {
        Self { patient: true, ..self }
    }
    const fn key(self, qualifiers: &'static str) -> Self {
        Self { qualifiers: Some(qualifiers), ..self }
    }
    const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }
    const fn excludes(self, excludes: &'static str) -> Self {
        Self { excludes, ..self }
    }

    /// The least and the greatest number of characters of a value.
    pub fn lengths(&self) -> (usize, usize) {
        let least = self.parts.iter().filter(|p| !p.optional).map(|p| p.min).sum();
        (least, self.parts.iter().map(|p| p.max).sum())
    }
}

const fn ai(first: &'static str, title: &'static str, parts: &'static [Part]) -> Ai {
    Ai { first, last: first, title, parts, fixed: false, patient: false, qualifiers: None, needs: "", excludes: "" }
}

/// What most attributes of a trade item need beside them.
const ITEM: &str = "01,02,03,8006,8026";

/// In lexical order, which is also the order of the look-up.
static TABLE: &[Ai] = &[
    ai("00", "SSCC", NUMBER_18).fixed().key(""),
    ai("01", "GTIN", GTIN).fixed().key("22,10,21|235").excludes("02,255,37"),
    ai("02", "contained GTIN", GTIN).fixed().needs("37").excludes("03"),
    ai("03", "GTIN of a made-to-order item", GTIN).fixed().excludes("01,02,37,235"),
    ai("10", "lot", X20).needs(ITEM),
    ai("11", "production date", MONTH).fixed().needs(ITEM),
    ai("12", "due date", MONTH).fixed().needs("8020"),
    ai("13", "packaging date", MONTH).fixed().needs(ITEM),
    ai("15", "best before", MONTH).fixed().needs(ITEM),
    ai("16", "sell by", MONTH).fixed().needs(ITEM),
    ai("17", "expiry", MONTH).fixed().needs("01,02,03,255,8006,8026"),
    ai("20", "variant", N2).fixed().needs(ITEM),
    ai("21", "serial", X20).needs("01,03,8006").excludes("235"),
    ai("22", "consumer product variant", X20).needs("01"),
    ai("235", "third-party serial", X28).needs("01"),
    ai("240", "additional item identification", X30).needs(ITEM),
    ai("241", "customer part number", X30).needs(ITEM),
    ai("242", "made-to-order variant", &[n_to(6)]).needs("01,02,8006,8026"),
    ai("243", "packaging component number", X20).needs("01,03"),
    ai("250", "secondary serial", X30).needs("01+21,03+21,8006+21"),
    ai("251", "reference to source", X30).needs("01,03,8006"),
    ai("253", "document type", &[n(13).rule(Rule::CheckDigit), x_to(17).optional()]).key(""),
    ai("254", "GLN extension", X20).needs("414"),
    ai("255", "coupon", &[n(13).rule(Rule::CheckDigit), n_to(12).optional()]).key("").excludes("02,415,8006,8020,8026"),
    ai("30", "variable count", COUNT).needs("01,02"),
    ai("3100", "measure", N6).to("3165").fixed().needs("01,02"),
    ai("3200", "measure", N6).to("3295").fixed().needs("01,02"),
    ai("3300", "logistic measure", N6).to("3375").fixed().needs("00,01"),
    ai("3400", "logistic measure", N6).to("3495").fixed().needs("00,01"),
    ai("3500", "measure", N6).to("3575").fixed().needs("00,01,02"),
    ai("3600", "measure", N6).to("3695").fixed().needs("00,01,02"),
    ai("37", "count of contained items", COUNT).needs("00+02,00+8026"),
    ai("3900", "amount", N15).to("3909").needs("255,8020").excludes("391n,394n,8111"),
    ai("3910", "amount with currency", &[n(3), n_to(15)]).to("3919").needs("8020"),
    ai("3920", "price", N15).to("3929").needs("01+30,01+31nn,01+32nn,01+35nn,01+36nn").excludes("393n"),
    ai("3930", "price with currency", &[n(3), n_to(15)]).to("3939").needs("30,31nn,32nn,35nn,36nn"),
    ai("3940", "percentage off", N4).to("3943").needs("255").excludes("8111"),
    ai("3950", "price per unit", N6).to("3955").needs("30,31nn,32nn,35nn,36nn").excludes("392n,393n,8005"),
    ai("400", "customer's order number", X30),
    ai("401", "consignment number", X30).key(""),
    ai("402", "shipment number", &[n(17).rule(Rule::CheckDigit)]).key(""),
    ai("403", "routing code", X30).needs("00"),
    ai("410", "ship to", GLN).fixed(),
    ai("411", "bill to", GLN).fixed(),
    ai("412", "purchased from", GLN).fixed(),
    ai("413", "ship for", GLN).fixed(),
    ai("414", "location", GLN).fixed().key("254|7040"),
    ai("415", "pay to", GLN).fixed().key("8020").needs("8020"),
    ai("416", "place of production or service", GLN).fixed(),
    ai("417", "party", GLN).fixed().key("7040"),
    ai("420", "ship to postal code", X20).excludes("421"),
    ai("421", "ship to postal code with country", &[n(3), x_to(9)]).excludes("4307"),
    ai("422", "country of origin", COUNTRY).needs(ITEM).excludes("426"),
    ai("423", "countries of first processing", COUNTRIES).needs("01,02,03").excludes("426"),
    ai("424", "country of processing", COUNTRY).needs("01,02,03").excludes("426"),
    ai("425", "countries of disassembly", COUNTRIES).needs("01,02,03").excludes("426"),
    ai("426", "country of all processing", COUNTRY).needs("01,02,03"),
    ai("427", "subdivision of origin", X3).needs("01+422,02+422,03+422"),
    ai("4300", "ship to company", X35).to("4301").needs("00"),
    ai("4302", "ship to address", X70).to("4306").needs("00"),
    ai("4307", "ship to country", &[x(2)]).needs("00"),
    ai("4308", "ship to telephone", X30).needs("00"),
    ai("4309", "ship to coordinates", &[n(20)]).needs("00"),
    ai("4310", "return to company", X35).to("4311").needs("00"),
    ai("4312", "return to address", X70).to("4316").needs("00"),
    ai("4317", "return to country", &[x(2)]).needs("00"),
    ai("4318", "return to postal code", X20).needs("00"),
    ai("4319", "return to telephone", X30).needs("00"),
    ai("4320", "service description", X35).needs("00"),
    ai("4321", "delivery flag", &[n(1)]).to("4323").needs("00"),
    ai("4324", "delivery time", MONTH_TIME).to("4325").needs("00"),
    ai("4326", "release date", DAY).needs("00"),
    ai("4330", "temperature limit", TEMPERATURE).to("4333").needs("00"),
    ai("7001", "NATO stock number", &[n(13)]).needs("01,02,8006,8026"),
    ai("7002", "meat cut", X30).needs("01,02"),
    ai("7003", "expiry with time", DAY_TIME).needs("01,02,03"),
    ai("7004", "active potency", &[n_to(4)]).needs("01+10,03+10"),
    ai("7005", "catch area", X12).needs("01,02"),
    ai("7006", "first freeze date", DAY).needs("01,02"),
    ai("7007", "harvest dates", &[n(6).rule(Rule::Day), n(6).rule(Rule::Day).optional()]).needs("01,02"),
    ai("7008", "species", X3).needs("01,02"),
    ai("7009", "fishing gear", X10).needs("01,02"),
    ai("7010", "production method", X2).needs("01,02,03"),
    ai("7011", "test by", &[n(6).rule(Rule::Day), n(4).optional()]).needs("01,02,03"),
    ai("7020", "refurbishment lot", X20).needs("01+416,03+416,8006+416"),
    ai("7021", "functional status", X20).needs("01,03,8006"),
    ai("7022", "revision status", X20).needs("01+7021,03+7021,8006+7021"),
    ai("7023", "asset of an assembly", X30),
    ai("7030", "processor", &[n(3), x_to(27)]).to("7039").needs("01,02"),
    ai("7040", "importer index", &[n(1), x(3)]),
    ai("7041", "freight unit type", &[x_to(4)]).needs("00"),
    ai("710", "national reimbursement number", X20).to("717").needs("01"),
    ai("7230", "certification", &[x(2), x_to(28)]).to("7239").needs("01,8004"),
    ai("7240", "protocol", X20).needs("01,8006").excludes("03"),
    ai("7241", "carrier type of a person's code", N2).patient(),
    ai("7242", "version of a person's code", X25).patient(),
    ai("7250", "date of birth", &[n(8)]).patient(),
    ai("7251", "date and time of birth", &[n(12)]).patient(),
    ai("7252", "sex", &[n(1)]).patient(),
    ai("7253", "name", X40).to("7254").patient(),
    ai("7255", "name suffix", X10).patient(),
    ai("7256", "full name", X90).patient(),
    ai("7257", "address", X70).patient(),
    ai("7258", "birth sequence", &[x(3)]).patient(),
    ai("7259", "name of a newborn", X40).patient(),
    ai("8001", "roll dimensions", &[n(14)]).needs("01"),
    ai("8002", "mobile telephone identifier", X20),
    ai("8003", "returnable asset", &[n(1), n(13).rule(Rule::CheckDigit), x_to(16).optional()]).key(""),
    ai("8004", "individual asset", X30).key("7040"),
    ai("8005", "price per unit", N6).needs("01,02"),
    ai("8006", "piece of a trade item", PIECE).key("22,10,21").excludes("01,03,37"),
    ai("8007", "bank account", &[x_to(34)]).needs("415"),
    ai("8008", "production time", &[n(6).rule(Rule::Day), n(2), n(2).optional(), n(2).optional()]).needs("01,02,03"),
    ai("8009", "sensor", X50).needs("00,01,03"),
    ai("8010", "component or part", &[Part::new(Kind::Y, 1, 30)]).key("8011"),
    ai("8011", "serial of a component", N12).needs("8010"),
    ai("8012", "software version", X20).needs("01,03,8006"),
    ai("8013", "global model number (Basic UDI-DI)", MODEL).key(""),
    ai("8014", "master UDI-DI", MODEL).needs("01"),
    ai("8017", "service relation of a provider", NUMBER_18).key("8019").patient(),
    ai("8018", "service relation of a recipient", NUMBER_18).key("8019").patient(),
    ai("8019", "instance of a service relation", N10).patient(),
    ai("8020", "payment slip reference", X25).needs("415"),
    ai("8026", "contained pieces of a trade item", PIECE).needs("37").excludes("02,03,8006"),
    ai("8030", "digital signature", &[Part::new(Kind::Z, 1, 90)]),
    ai("8040", "IMEI", &[n(15)]).to("8041").needs("01+21"),
    ai("8042", "eSIM", &[n(32)]).needs("01+21+8040"),
    ai("8043", "physical SIM", &[n(18), n_to(2).optional()]).needs("01+21+8040"),
    ai("8110", "coupon", X70),
    ai("8111", "loyalty points", N4).needs("255"),
    ai("8112", "paperless coupon", X70),
    ai("8200", "extended packaging address", X70).needs("01"),
    ai("90", "mutually agreed", X30),
    ai("91", "company internal", X90).to("99"),
];

/// How many digits an application identifier has, from its first two.
fn digits_of(prefix: &str) -> Option<usize> {
    match prefix.parse::<u8>().ok()? {
        0..=22 | 30 | 37 | 90..=99 => Some(2),
        23..=25 | 40..=42 | 71 => Some(3),
        31..=36 | 39 | 43 | 70 | 72 | 80..=82 => Some(4),
        _ => None,
    }
}

/// The identifier with exactly these digits.
pub(crate) fn get(code: &str) -> Option<&'static Ai> {
    if !code.bytes().all(|b| b.is_ascii_digit()) || digits_of(code.get(..2)?) != Some(code.len()) {
        return None;
    }
    let row = TABLE.get(TABLE.partition_point(|row| row.last < code))?;
    (row.first <= code && !is_hole(code)).then_some(row)
}

/// The identifier that a text starts with, and its digits.
pub(crate) fn at_start(text: &str) -> Option<(&'static Ai, &str)> {
    let prefix = text.get(..2).filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?;
    let code = text.get(..digits_of(prefix)?)?;
    Some((get(code)?, code))
}

/// Numbers inside the runs of measures that are not assigned: the last digit tells the decimals, 0 to 5.
fn is_hole(code: &str) -> bool {
    code.len() == 4 && ("31"..="36").contains(&&code[..2]) && code.as_bytes()[3] > b'5'
}

/// Whether a code fits a pattern such as `31nn`.
pub(crate) fn fits(pattern: &str, code: &str) -> bool {
    pattern.len() == code.len() && pattern.bytes().zip(code.bytes()).all(|(p, c)| p == b'n' || p == c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_the_look_up_finds_every_row() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].first <= pair[0].last && pair[0].last < pair[1].first, "{}", pair[1].first);
        }
        for row in TABLE {
            assert_eq!(get(row.first).map(|ai| ai.first), Some(row.first));
            assert_eq!(get(row.last).map(|ai| ai.first), Some(row.first));
        }
    }

    #[test]
    fn the_predefined_lengths_are_those_of_the_general_specifications() {
        for row in TABLE {
            let predefined = match &row.first[..2] {
                "00" => Some(18),
                "01" | "02" | "03" => Some(14),
                "11" | "12" | "13" | "15" | "16" | "17" => Some(6),
                "20" => Some(2),
                "31" | "32" | "33" | "34" | "35" | "36" => Some(6),
                "41" => Some(13),
                _ => None,
            };
            assert_eq!(row.fixed.then(|| row.lengths().1), predefined, "{}", row.first);
            assert!(!row.fixed || row.lengths().0 == row.lengths().1, "{}", row.first);
        }
    }

    #[test]
    fn pairs_name_known_identifiers() {
        for row in TABLE {
            let qualifiers = row.qualifiers.unwrap_or_default();
            for code in [row.needs, row.excludes, qualifiers].iter().flat_map(|s| s.split([',', '+', '|'])) {
                assert!(code.is_empty() || get(&code.replace('n', "0")).is_some(), "{code} of {}", row.first);
            }
        }
    }

    #[test]
    fn unassigned_numbers_are_not_found() {
        for code in
            ["", "0", "04", "14", "18", "19", "1", "001", "29", "3106", "3170", "3166", "7242a", "725", "9999", "é1"]
        {
            assert!(get(code).is_none(), "{code}");
        }
        assert_eq!(at_start("3103000123").map(|(ai, code)| (ai.title, code)), Some(("measure", "3103")));
        assert_eq!(at_start("2é").map(|(_, code)| code), None);
    }
}
