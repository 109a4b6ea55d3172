//! Published codes and what they mean: samples of FDA, NLM, GS1 and HIBCC and of open source test suites.

use udi::{Agency, Date, Options, Parsed, Precision, Rejected, code, parse, parse_all, parse_with};

const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

fn read(input: &str) -> Parsed {
    parse(input, TODAY).unwrap_or_else(|why| panic!("{input}: {why}"))
}

fn read_all(inputs: &[&str]) -> Parsed {
    parse_all(inputs, TODAY).unwrap_or_else(|why| panic!("{inputs:?}: {why}"))
}

/// The place of a refusal.
fn refused(input: &str) -> usize {
    match parse(input, TODAY) {
        Err(Rejected::Unreadable { position, reason }) => {
            assert!(!reason.is_empty());
            position
        }
        other => panic!("{input}: {other:?}"),
    }
}

fn warnings(parsed: &Parsed) -> Vec<&str> {
    parsed.warnings.iter().map(|w| w.code).collect()
}

fn other<'a>(parsed: &'a Parsed, key: &str) -> Option<&'a str> {
    parsed.others.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
}

/// DI, expiry, lot, serial.
fn core(parsed: &Parsed) -> (Option<&str>, Option<String>, Option<&str>, Option<&str>) {
    let expires = parsed.expires.map(|d| d.to_string());
    (parsed.di.as_deref(), expires, parsed.lot.as_deref(), parsed.serial.as_deref())
}

fn assert_core(input: &str, di: &str, expires: &str, lot: &str, serial: &str) -> Parsed {
    let parsed = read(input);
    let some = |s: &str| Some(s.to_owned()).filter(|s| !s.is_empty());
    let (d, e, l, s) = core(&parsed);
    assert_eq!(d.map(ToOwned::to_owned), some(di), "DI of {input}");
    assert_eq!(e, some(expires), "expiry of {input}");
    assert_eq!(l.map(ToOwned::to_owned), some(lot), "lot of {input}");
    assert_eq!(s.map(ToOwned::to_owned), some(serial), "serial of {input}");
    assert_eq!(parsed.raw, input);
    parsed
}

#[test]
fn g1_printed_form_and_its_symbol() {
    let printed = "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234";
    let parsed = assert_core(printed, "51022222233336", "2015-07-07", "A213B1", "1234");
    assert_eq!(parsed.manufactured.unwrap().to_string(), "2014-12-31");
    assert_eq!((parsed.agency, warnings(&parsed)), (Agency::Gs1, vec![]));
    let scanned = read("0151022222233336111412311715070710A213B1\u{1d}211234");
    assert_eq!(core(&scanned), core(&parsed));
    assert_eq!(warnings(&scanned), Vec::<&str>::new());
}

#[test]
fn g2_to_g5_scanned_symbols() {
    let g2 = "]d201095060001343521728043010LOT-1\u{1d}21SN9";
    let parsed = assert_core(g2, "09506000134352", "2028-04-30", "LOT-1", "SN9");
    assert_eq!((parsed.symbology.as_deref(), warnings(&parsed)), (Some("]d2"), vec![]));
    assert_core("]d2011231231231233310ABC123\u{1d}21TESTING", "12312312312333", "", "ABC123", "TESTING");
    let g4 = "]C101000123456789051725123110LOT-A\u{1d}21SER-7\u{1d}240EXTRA";
    let parsed = assert_core(g4, "00012345678905", "2025-12-31", "LOT-A", "SER-7");
    assert_eq!(parsed.reference.as_deref(), Some("EXTRA"));
    let g5 = "]d2010087519700639110N29106\u{1d}172710311126032424009040765190";
    let parsed = assert_core(g5, "00875197006391", "2027-10-31", "N29106", "");
    assert_eq!(parsed.manufactured.unwrap().to_string(), "2026-03-24");
    assert_eq!((parsed.reference.as_deref(), warnings(&parsed)), (Some("09040765190"), vec![]));
}

#[test]
fn g6_to_g10_separators() {
    let g6 = assert_core("010703206980498815210526100329", "07032069804988", "", "0329", "");
    assert_eq!((other(&g6, "15"), warnings(&g6)), (Some("210526"), vec![]));
    let g7 = assert_core("010703206980498810032915210526", "07032069804988", "", "032915210526", "");
    assert_eq!(warnings(&g7), [code::MISSING_SEPARATOR]);
    let g8 = read("0107032069804988100329\u{1d}15210526");
    let g9 = read("0107032069804988100329\u{1d}\u{1d}15210526\u{1d}");
    assert_eq!((&g8.lot, &g8.others, &g8.warnings), (&g6.lot, &g6.others, &g6.warnings));
    assert_eq!((&g8.di, &g8.lot, &g8.others, &g8.warnings), (&g9.di, &g9.lot, &g9.others, &g9.warnings));
    let g10 = read("15210526\u{1d}100329");
    assert_eq!(
        (other(&g10, "15"), g10.lot.as_deref(), warnings(&g10)),
        (Some("210526"), Some("0329"), vec![code::NO_DI])
    );
}

#[test]
fn every_spelling_of_the_separator_gives_the_same_device() {
    let expected = core(&read("010950600013435210LOT-1\u{1d}21SN9")).2.map(ToOwned::to_owned);
    for gs in ["<GS>", "{GS}", "\\x1d", "\u{241d}", "^]"] {
        let parsed = read(&format!("010950600013435210LOT-1{gs}21SN9"));
        assert_eq!((parsed.lot.clone(), parsed.serial.as_deref()), (expected.clone(), Some("SN9")), "{gs}");
    }
    let options = Options { separator: Some('|'), ..Options::default() };
    let parsed = parse_with("010950600013435210LOT-1|21SN9", TODAY, &options).unwrap();
    assert_eq!((parsed.lot, parsed.serial.as_deref()), (expected, Some("SN9")));
    let literal = read("010950600013435210LOT-1|21SN9");
    assert_eq!((literal.lot.as_deref(), warnings(&literal)), (Some("LOT-1|21SN9"), vec![code::CHARACTER_SET]));
    let leading = read("]d2\u{1d}010950600013435210LOT-1");
    assert_eq!((leading.lot.as_deref(), warnings(&leading)), (Some("LOT-1"), vec![code::LEADING_SEPARATOR]));
    assert!(!leading.needs_confirmation());
}

#[test]
fn g11_to_g16_values() {
    let g11 = assert_core("]d2010950600013435221SN917280430", "09506000134352", "", "", "SN917280430");
    assert_eq!(warnings(&g11), [code::MISSING_SEPARATOR]);
    let g12 = "]d2010950600013435221SN9\u{1d}10LOT-1\u{1d}17280430";
    assert_core(g12, "09506000134352", "2028-04-30", "LOT-1", "SN9");
    let g13 = assert_core("]d201095060001343521021\u{1d}2199", "09506000134352", "", "21", "99");
    assert_eq!(warnings(&g13), Vec::<&str>::new());
    let g14 = assert_core("01095060001343521012345678901234567890", "09506000134352", "", "12345678901234567890", "");
    assert_eq!(warnings(&g14), Vec::<&str>::new());
    assert_eq!(refused("01095060001343521012345678901234567890A"), 38);
    let g16 = assert_core("010950600013435210LOT#1", "09506000134352", "", "LOT#1", "");
    assert_eq!(warnings(&g16), [code::CHARACTER_SET]);
    let lower = read("010950600013435210lot-a");
    assert_eq!((lower.lot.as_deref(), warnings(&lower)), (Some("lot-a"), vec![]));
    let swallowed = read("010950600013435210LOT12321SER4567");
    assert_eq!(
        (swallowed.lot.as_deref(), warnings(&swallowed)),
        (Some("LOT12321SER4567"), vec![code::MISSING_SEPARATOR])
    );
}

#[test]
fn g17_to_g19_faulty_values_are_kept() {
    let g17 = read("(01)95012345678902(3103)000123");
    assert_eq!((g17.di.as_deref(), other(&g17, "3103")), (Some("95012345678902"), Some("000123")));
    assert_eq!(warnings(&g17), [code::CHECK_DIGIT]);
    assert!(g17.warnings[0].message.ends_with('3'));
    let g18 = read("(01)95012345678903(11)131313");
    assert_eq!(
        (g18.di.as_deref(), g18.manufactured, other(&g18, "11")),
        (Some("95012345678903"), None, Some("131313"))
    );
    assert_eq!(warnings(&g18), [code::INVALID_DATE]);
    let g19 = assert_core("(01)00208851107345(17)150331", "00208851107345", "2015-03-31", "", "");
    assert_eq!(warnings(&g19), [code::CHECK_DIGIT]);
    assert!(g19.needs_confirmation());
}

#[test]
fn g20_and_g21_caret_notation() {
    let with = read("^0112345678901231^991234");
    let without = read("^0112345678901231991234");
    assert_eq!((&with.di, &with.others), (&without.di, &without.others));
    assert_eq!((with.di.as_deref(), other(&with, "99")), (Some("12345678901231"), Some("1234")));
    assert_eq!(refused("^011234567890123"), 3);
    assert_eq!(refused("011234567890123110A^B"), 19);
    assert_eq!(refused("0112345678901231\0"), 16);
}

#[test]
fn g22_to_g28_printed_form() {
    assert_eq!(refused("(17)9(90)217"), 4);
    let escape = Options { bracket_escape: true, ..Options::default() };
    let g23 = parse_with("(10)12345\\(11)991225", TODAY, &escape).unwrap();
    assert_eq!((g23.lot.as_deref(), g23.manufactured), (Some("12345(11)991225"), None));
    let plain = read("(10)12345\\(11)991225");
    assert_eq!((plain.lot.as_deref(), plain.has_warning(code::CHARACTER_SET)), (Some("12345\\"), true));
    assert!(plain.manufactured.is_some());
    assert_eq!(refused("aaa(17)221231"), 0);
    assert_eq!(refused(""), 0);
    assert_eq!(refused("(1)15210526"), 0);
    assert_eq!(refused("1022222222222222222222aaa"), 22);
    let many = |n: usize| vec!["99XY"; n].join("\u{1d}");
    assert_eq!(read(&many(64)).others.len(), 64);
    assert_eq!(refused(&many(65)), 64 * 5);
    let g28 = read("(240)REF-ONLY");
    assert_eq!(
        (g28.di.as_deref(), g28.reference.as_deref(), warnings(&g28)),
        (None, Some("REF-ONLY"), vec![code::NO_DI])
    );
    let bracket = read("(01)09506000134352(10)A(B)C(21)9");
    assert_eq!((bracket.lot.as_deref(), bracket.serial.as_deref()), (Some("A(B)C"), Some("9")));
}

#[test]
fn g29_and_g30_pairs() {
    let g29 = read("(01)12345678901231(37)5");
    assert_eq!(warnings(&g29), [code::INVALID_PAIR, code::MISSING_PAIR]);
    let g30 = read("(02)12345678901231(37)5(00)123456789012345675");
    assert_eq!((other(&g30, "02"), other(&g30, "00")), (Some("12345678901231"), Some("123456789012345675")));
    assert_eq!((g30.di.as_deref(), g30.quantity, warnings(&g30)), (None, Some(5), vec![]));
    assert_eq!(warnings(&read("(01)12345678901231(250)A")), [code::MISSING_PAIR]);
    assert_eq!(warnings(&read("(01)12345678901231(21)B(250)A")), Vec::<&str>::new());
    assert_eq!(warnings(&read("(01)12345678901231(8014)00000!HV")), Vec::<&str>::new());
    assert_eq!(warnings(&read("(8013)1987654Ad4X4bL5ttr2310cXK")), [code::CHECK_PAIR]);
}

#[test]
fn g31_patients_are_refused_and_leave_no_trace() {
    let wristbands = [
        "(8018)123456789012345675(7253)DOE(7254)JANE",
        "8018123456789012345675\u{1d}7253DOE\u{1d}7254JANE",
        "]d2010950600013435210A\u{1d}7253DOE",
        "(01)1(7250)DOE",
        "(8017)123456789012345675",
        "(01)09506000134352(8019)12",
        "https://id.gs1.org/8018/123456789012345675?7253=DOE",
        "https://id.gs1.org/8018/123456789012345675/01/09506000134352",
        "https://id.gs1.org/01/09506000134352?7254=JANE",
        "+/ACMRN123456/V2009121908334",
        "+/ACMRN123456/V200912190833X",
        "*+/ACMRN123456/V2009121908334*",
        "[)>\u{1e}06\u{1d}+/ACMRN123456/V2009121908334\u{1e}\u{4}",
        "]C0+/ACMRN123456/V2009121908334",
    ];
    for input in wristbands {
        let refusal = parse(input, TODAY).unwrap_err();
        assert_eq!(refusal, Rejected::PatientData, "{input}");
        assert_eq!(format!("{refusal:?} {refusal}"), "PatientData this looks like a patient code");
        assert_eq!(parse_all(&["010950600013435210A", input], TODAY), Err(Rejected::PatientData), "{input}");
        assert_eq!(parse_all(&["nonsense+", input], TODAY), Err(Rejected::PatientData), "{input}");
    }
}

#[test]
fn refusals_do_not_repeat_the_input() {
    for input in ["DOE JANE 1961", "+DOE/JANE", "7253", "=DOEJANE", "https://DOE/JANE", "01DOEJANE", "(17)DOE", "%DOE"]
    {
        let text = format!("{:?}", parse(input, TODAY).unwrap_err());
        assert!(!text.contains("DOE") && !text.contains("JANE"), "{text}");
    }
}

#[test]
fn g32_to_g36_other_symbols_and_months() {
    let g32 = assert_core("]E02112345678900", "02112345678900", "", "", "");
    assert_eq!((g32.di_as_printed.as_deref(), warnings(&g32)), (Some("2112345678900"), vec![]));
    assert_eq!(warnings(&read("]E02112345678901")), [code::CHECK_DIGIT]);
    assert_core("]E402345680", "00000002345680", "", "", "");
    let g34 = read("]d1+A99912345/$$52001510X33");
    assert_eq!((g34.agency, g34.di.as_deref()), (Agency::Hibcc, Some("A99912345")));
    refused("]d2+A99912345/$$52001510X33");
    refused("]C1+A99912345/$$52001510X33");
    assert_eq!(warnings(&read("]d1010950600013435210A")), [code::NOT_A_GS1_SYMBOL]);
    let g35 = assert_core("01384258760950741726040010123456", "38425876095074", "2026-04", "123456", "");
    assert_eq!(g35.expires.unwrap().effective().to_string(), "2026-04-30");
    assert_eq!(g35.expires.unwrap().precision, Precision::Month);
    let g36 = read("15000000");
    assert_eq!((warnings(&g36), other(&g36, "15")), (vec![code::INVALID_DATE, code::NO_DI], Some("000000")));
}

#[test]
fn a_plain_number_is_a_gtin() {
    for (typed, di) in [
        ("24012345678905", "24012345678905"),
        ("2112233789657", "02112233789657"),
        ("416000336108", "00416000336108"),
        ("02345680", "00000002345680"),
        (" 02345680\r\n", "00000002345680"),
    ] {
        let parsed = read(typed);
        assert_eq!((parsed.di.as_deref(), warnings(&parsed)), (Some(di), vec![code::BARE_GTIN]));
        assert_eq!(parsed.di_as_printed.as_deref(), Some(typed.trim()));
        assert!(!parsed.needs_confirmation());
    }
    for text in ["02345689", "hello", "Z-1234", "REF 4711", "1", "0", "29999999", "\u{1d}", " ", "]d2", "9"] {
        assert!(parse(text, TODAY).is_err(), "{text}");
    }
    // With a wrong check digit it is no GTIN; what else it may be is no item.
    assert!(warnings(&read("24012345678909")).contains(&code::NO_DI));
}

#[test]
fn t1_to_t7_centuries() {
    let expires = |input: &str, today: Date| parse(input, today).unwrap().expires;
    let year = |input: &str, today: Date| expires(input, today).unwrap().year;
    assert_eq!(year("17760101", TODAY), 2076);
    assert_eq!(year("17770101", TODAY), 1977);
    assert_eq!(expires("17000229", TODAY).unwrap().to_string(), "2000-02-29");
    assert!(read("17210229").has_warning(code::INVALID_DATE));
    let later = Date { year: 2060, month: 1, day: 1 };
    assert_eq!((year("17090101", later), year("17110101", later)), (2109, 2011));
    let t6 = read("70032006001200");
    assert_eq!((t6.expires, t6.has_warning(code::INVALID_DATE)), (None, true));
    let hour = read("010950600013435270032006151330\u{1d}10A").expires.unwrap();
    assert_eq!((hour.to_string().as_str(), hour.precision), ("2020-06-15T13", Precision::Hour));
    for (input, day) in [("17200200", "2020-02-29"), ("17210200", "2021-02-28"), ("17211200", "2021-12-31")] {
        assert_eq!(expires(input, TODAY).unwrap().effective().to_string(), day);
    }
}

#[test]
fn d1_to_d8_digital_links() {
    let g6 = read("010703206980498815210526100329");
    let d1 = read("https://id.gs1.org/01/07032069804988/10/0329?15=210526");
    assert_eq!((&d1.di, &d1.lot, &d1.others, &d1.warnings), (&g6.di, &g6.lot, &g6.others, &g6.warnings));
    let fields = [("01", "07032069804988"), ("15", "210526"), ("10", "0329")];
    let built = udi::digital_link::build("https://id.gs1.org", &fields);
    assert_eq!(built.as_deref(), Some("https://id.gs1.org/01/07032069804988/10/0329?15=210526"));
    let d2 = "https://id.gs1.org/01/09506000134352/10/ABC1/21/12345?17=180426";
    assert_core(d2, "09506000134352", "2018-04-26", "ABC1", "12345");
    let d3 = read("https://a/01/12312312312333/22/ABC%2d123?99=ABC&98=XYZ%2f987");
    assert_eq!((other(&d3, "22"), other(&d3, "99"), other(&d3, "98")), (Some("ABC-123"), Some("ABC"), Some("XYZ/987")));
    refused("HtTp://a/b/00/006141411234567890");
    assert_eq!(refused("https://a/01/2112345678900"), 13);
    let legacy = Options { short_gtins: true, ..Options::default() };
    let d5 = parse_with("https://a/01/2112345678900", TODAY, &legacy).unwrap();
    assert_eq!((d5.di.as_deref(), d5.di_as_printed.as_deref()), (Some("02112345678900"), Some("2112345678900")));
    refused("https://a/b/00/006141411234567890/");
    let d7 = read("https://a/00/faux/00/006141411234567890");
    assert_eq!((other(&d7, "00"), d7.others.len()), (Some("006141411234567890"), 1));
    assert!(!read("HTTP://a/b/00/006141411234567890").has_warning(code::CHECK_DIGIT));
    let d8 = udi::digital_link::build_item("https://a/", "9506000134352", None, None, Some("S/N9")).unwrap();
    assert_eq!(d8, "https://a/01/09506000134352/21/S%2FN9");
    assert_eq!(read(&d8).serial.as_deref(), Some("S/N9"));
}

#[test]
fn digital_links_beyond_the_vectors() {
    let same = read("https://a/01/09506000134352/10/A+B?linkType=all&17=280430#top");
    assert_eq!((same.lot.as_deref(), same.expires.unwrap().to_string()), (Some("A+B"), "2028-04-30".into()));
    assert_eq!(read("https://a/01/09506000134352?99=A%2BB;98=C").others.len(), 2);
    assert_eq!(warnings(&read("https://a/01/09506000134352/21/A/10/B")), [code::QUALIFIER_ORDER]);
    assert_eq!(warnings(&read("https://a/01/09506000134352?10=B")), [code::QUALIFIER_ORDER]);
    for bad in [
        "https://a",
        "https://",
        "https:///01/09506000134352",
        "https://a/gtin/09506000134352",
        "https://a/01/09506000134352?0001=1",
        "https://a/01/09506000134352/10/%zz",
        "https://a/01/09506000134352/10/%ff",
        "https://a/01/09506000134352/10/A%1DB",
        "https://a/01/09506000134352/10/",
        "https://a/01/09506000134352/x/y",
        "https://a/10/A",
    ] {
        refused(bad);
    }
}

#[test]
fn h1_to_h7_concatenated() {
    let h1 = assert_core("+A99912345/$$52001510X33", "A99912345", "2020-01-15", "10X3", "");
    let parts = udi::hibc_primary(h1.di.as_deref().unwrap()).unwrap();
    assert_eq!((parts.labeler.as_str(), parts.product.as_str(), parts.unit), ("A999", "1234", 5));
    assert_eq!((h1.agency, h1.di_as_printed.as_deref(), warnings(&h1)), (Agency::Hibcc, Some("+A99912345"), vec![]));
    let h2 = "+A99912345/$$52001510X3/16D20111212/S77DEFG457";
    let h2 = assert_core(h2, "A99912345", "2020-01-15", "10X3", "77DEFG45");
    assert_eq!(h2.manufactured.unwrap().to_string(), "2011-12-12");
    let h3 = assert_core("+A99912345/$10X3/16D20111231/14D202001313", "A99912345", "2020-01-31", "10X3", "");
    assert_eq!(h3.manufactured.unwrap().to_string(), "2011-12-31");
    let h4 = assert_core("+A99912349/$10X3/16D20111231/14D20200131/Q500Z", "A99912349", "2020-01-31", "10X3", "");
    assert_eq!(h4.quantity, Some(500));
    assert_core("+J123AQ3451/$$3231231BC34567/S4012R", "J123AQ3451", "2023-12-31", "BC34567", "4012");
    let h6 = assert_core("+J123AQ3451/$$1125BC34567/S4012L", "J123AQ3451", "2025-11", "BC34567", "4012");
    assert_eq!(h6.expires.unwrap().effective().to_string(), "2025-11-30");
    let h7 = assert_core("+J123AQ3451/25330BC34567/S4012X", "J123AQ3451", "2025-11-26", "BC34567", "4012");
    assert_eq!(warnings(&h7), Vec::<&str>::new());
}

#[test]
fn h8_to_h10_linked_symbols() {
    let inputs = ["+A123BJC5D6E71G", "+$$52001510X3GD"];
    let h8 = read_all(&inputs);
    assert_eq!(core(&h8), (Some("A123BJC5D6E71"), Some("2020-01-15".into()), Some("10X3"), None));
    assert_eq!((h8.raw.as_str(), warnings(&h8), h8.others.len()), ("+A123BJC5D6E71G\n+$$52001510X3GD", vec![], 0));
    let swapped = read_all(&[inputs[1], inputs[0], inputs[1]]);
    assert_eq!((core(&swapped), warnings(&swapped)), (core(&h8), vec![]));
    let h9 = parse_all(&["+A123BJC5D6E71G", "+$$52001510X3+ "], TODAY);
    assert!(matches!(h9, Err(Rejected::Unreadable { .. })), "{h9:?}");
    let h10 = read_all(&["+A123BJCMD6E79+", "+$$52001510X3+ "]);
    assert_eq!(core(&h10), (Some("A123BJCMD6E79"), Some("2020-01-15".into()), Some("10X3"), None));
    assert_eq!(warnings(&h10), Vec::<&str>::new());
    let trimmed = read_all(&["+A123BJCMD6E79+", "+$$52001510X3+"]);
    assert_eq!((core(&trimmed), warnings(&trimmed)), (core(&h10), vec![code::CHECK_SPACE_RESTORED]));
    assert_eq!(core(&read_all(&["+A123BJCMD6E79+", "+$$52001510X3+_"])), core(&h10));
}

#[test]
fn h11_to_h18_secondary_data() {
    let h11 = read("+$$710X3G7");
    assert_eq!((core(&h11), other(&h11, "link")), ((None, None, Some("10X3"), None), Some("G")));
    assert_eq!(warnings(&h11), [code::NO_DI]);
    let h12 = read("+$$+52001510X3GB");
    assert_eq!(core(&h12), (None, Some("2020-01-15".into()), None, Some("10X3")));
    let h13 = "+A99912345/$$812710X3/16D20111212/14D20200906/S77DEFG453";
    let h13 = assert_core(h13, "A99912345", "2020-09-06", "10X3", "77DEFG45");
    assert_eq!(h13.quantity, Some(12));
    let h14 = "+A99912345/$$902345710X3/16D20111212/14D20200906/S77DEFG45F";
    let h14 = assert_core(h14, "A99912345", "2020-09-06", "10X3", "77DEFG45");
    assert_eq!(h14.quantity, Some(2345));
    let h15 = assert_core("+EHWD3551419/$$900100F", "EHWD3551419", "", "", "");
    assert_eq!((h15.quantity, warnings(&h15)), (Some(100), vec![]));
    let h16 = "+A123ABCDEFGHI1234567891/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202$";
    let di = "A123ABCDEFGHI1234567891";
    let h16 = assert_core(h16, di, "2020-02-02T16", "LOT123456789012345", "XYZ456789012345678");
    assert_eq!((h16.expires.unwrap().hour, warnings(&h16)), (Some(16), vec![]));
    assert_eq!(udi::hibc_primary(di).unwrap().product.len(), 18);
    let h17 = "+X999123ABC0/$$20515191234AB/S5678EDFG/16D20151001I";
    assert_core(h17, "X999123ABC0", "2019-05-15", "1234AB", "5678EDFG");
    let h18 = assert_core("+E20831269/$$8020423286539+", "E20831269", "2023-04", "286539", "");
    assert_eq!(h18.quantity, Some(2));
}

#[test]
fn h19_to_h21_checks_and_frames() {
    match parse("+A99912345/$$52001510X34", TODAY) {
        Err(Rejected::Unreadable { reason, position }) => {
            assert_eq!((reason.ends_with("expected 3"), position), (true, 23));
        }
        other => panic!("{other:?}"),
    }
    let h20 = "*+J014652230580/$$3220909K010025/16D20200311Z*";
    let h20 = assert_core(h20, "J014652230580", "2022-09-09", "K010025", "").manufactured;
    assert_eq!(h20.unwrap().to_string(), "2020-03-11");
    let lower = read("+a999123457");
    assert_eq!((lower.di.as_deref(), lower.di.clone()), (Some("A99912345"), read("+A999123457").di));
    let wrapped = read("[)>\u{1e}06\u{1d}+A99912345/$$52001510X33\u{1e}\u{4}");
    assert_eq!(core(&wrapped), core(&read("+A99912345/$$52001510X33")));
    let gs1 = read("[)>\u{1e}05\u{1d}010950600013435210LOT-1\u{1d}21SN9\u{1e}\u{4}");
    assert_eq!((gs1.di.as_deref(), gs1.serial.as_deref()), (Some("09506000134352"), Some("SN9")));
}

/// The same code with another body needs another check character; these are made here.
fn with_check(body: &str) -> String {
    format!("{body}{}", udi::hibc_check_character(body).unwrap())
}

#[test]
fn hibc_oddities() {
    for (body, expected) in [
        ("+A99912345/$$ABC", code::UNKNOWN_DATE_CODE),
        ("+A99912345/$$1325LOT", code::INVALID_DATE),
        ("+A99912345/$$525366LOT", code::INVALID_DATE),
        ("+A99912345/$$3251301LOT", code::INVALID_DATE),
        ("+A99912345/X12", code::UNKNOWN_SUPPLEMENT),
        ("+A99912345/QX", code::UNKNOWN_SUPPLEMENT),
        ("+A99912345/$A-B", code::CHARACTER_SET),
        ("+A99912345/$1234567890123456789", code::TOO_LONG),
        ("+A99912345/$LOT/SA/SB", code::REPEATED_FIELD),
        ("+A99912345/$$3251231LOT/14D20260101", code::CONFLICTING_DATES),
    ] {
        assert_eq!(warnings(&read(&with_check(body))), [expected], "{body}");
    }
    for body in [
        "+",
        "+A99",
        "+A9991234X",
        "+9",
        "+A999-12345",
        "+A99912345//S1",
        "+A99912345/$$3251",
        "+A99912345/$$81",
        "+ABC.",
    ] {
        refused(&with_check(body));
    }
    refused("+A99912345/$LOTé");
}

#[test]
fn i1_tissue() {
    let i1 = "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123";
    let i1 = assert_core(i1, "A9999XYZ100T0944", "2014-02-01", "000000000000XYZ123", "000025");
    assert_eq!((i1.agency, other(&i1, "DIN")), (Agency::Iccbba, Some("A99971312345600")));
    assert_eq!((i1.manufactured.unwrap().to_string().as_str(), warnings(&i1)), ("2013-02-01", vec![]));
    let bag = read("=)1TE1234567&)0123456789");
    assert_eq!((bag.di.as_deref(), bag.lot.as_deref()), (Some("1TE1234567"), Some("0123456789")));
    let parts = read_all(&["=/A9999XYZ100T0944", "=>014032"]);
    assert_eq!(
        (parts.di.as_deref(), parts.expires.unwrap().to_string()),
        (Some("A9999XYZ100T0944"), "2014-02-01".into())
    );
    for bad in ["=/A9999XYZ100T094", "=<E0382000", "=", "&", "=/A9999XYZ100T0944X"] {
        refused(bad);
    }
}

#[test]
fn ifa_is_kept_verbatim() {
    let parsed = read("[)>\u{1e}06\u{1d}9N111234567842\u{1d}1T1A234B5\u{1d}D150630\u{1e}\u{4}");
    assert_eq!(
        (parsed.agency, parsed.di.as_deref(), warnings(&parsed)),
        (Agency::Ifa, None, vec![code::NOT_INTERPRETED])
    );
    assert_eq!(other(&parsed, "9N"), Some("111234567842"));
    assert_eq!((other(&parsed, "1T"), other(&parsed, "D")), (Some("1A234B5"), Some("150630")));
    assert_eq!(read("9N111234567842").agency, Agency::Ifa);
}

#[test]
fn labels_with_several_symbols() {
    let split = read_all(&["]C10109506000134352", "]C11728043010LOT-1\u{1d}21SN9"]);
    assert_eq!(core(&split), core(&read("]d201095060001343521728043010LOT-1\u{1d}21SN9")));
    assert_eq!(warnings(&split), Vec::<&str>::new());
    let twice = read_all(&["]C10109506000134352", "]d2010950600013435210LOT-1"]);
    assert_eq!((twice.lot.as_deref(), warnings(&twice)), (Some("LOT-1"), vec![]));
    let with_ref = read_all(&["]C10109506000134352", "REF 00-1234-56"]);
    assert_eq!((with_ref.reference.as_deref(), warnings(&with_ref)), (Some("00-1234-56"), vec![code::PLAIN_REFERENCE]));
    let texts = read_all(&["]C10109506000134352", "00-1234-56", "ABC"]);
    assert_eq!((texts.reference.clone(), warnings(&texts)), (None, vec![code::PLAIN_TEXT]));
    assert_eq!(texts.others.len(), 2);
    let both = read_all(&["010950600013435210LOT-1", "+A999123457"]);
    assert_eq!(
        (both.agency, both.di.as_deref(), other(&both, "hibcc")),
        (Agency::Gs1, Some("09506000134352"), Some("A99912345"))
    );
    assert_eq!(warnings(&both), [code::SECOND_IDENTIFIER]);
    let conflict = read_all(&["]C1010950600013435210A", "]C110B"]);
    assert_eq!((conflict.lot.as_deref(), warnings(&conflict)), (Some("A"), vec![code::REPEATED_FIELD]));
    for bad in [
        vec!["]C10109506000134352", "]C10112345678901231"],
        vec!["09506000134352", "12345678901231"],
        vec!["+A999123457", "+A123BJC5D6E71G"],
        vec!["]C10109506000134352", "+A999123458"],
        vec!["ABC", "00-1234"],
        vec![],
        vec!["17280430", "ABC"],
    ] {
        assert!(matches!(parse_all(&bad, TODAY), Err(Rejected::Unreadable { .. })), "{bad:?}");
    }
}

#[test]
fn numbers_that_can_be_read_in_two_ways() {
    // A lot of digits that happens to be a valid EAN-13, and a catalog number that happens to start like a lot.
    let lot = format!("10{}", "4001234560");
    let ean = format!("{lot}{}", udi::check_digit(&lot).unwrap());
    assert!(read(&ean).has_warning(code::BARE_GTIN));
    let label = read_all(&["]C10109506000134352", &ean]);
    assert_eq!((label.di.as_deref(), label.lot.as_deref()), (Some("09506000134352"), Some(&ean[2..])));
    let label = read_all(&["]C1010950600013435210LOT-1", "10-200-7"]);
    assert_eq!((label.lot.as_deref(), label.reference.as_deref()), (Some("LOT-1"), Some("10-200-7")));
}

#[test]
fn names_of_enumerations() {
    let agencies = [Agency::Gs1, Agency::Hibcc, Agency::Iccbba, Agency::Ifa, Agency::None];
    assert_eq!(agencies.map(Agency::as_str), ["gs1", "hibcc", "iccbba", "ifa", "none"]);
    let precisions = [Precision::Hour, Precision::Day, Precision::Month];
    assert_eq!(precisions.map(Precision::as_str), ["hour", "day", "month"]);
}
