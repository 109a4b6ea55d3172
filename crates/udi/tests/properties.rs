//! Parsing is total and fast, and what is built comes back.

use proptest::prelude::*;
use std::time::{Duration, Instant};
use udi::{Date, MAX_FIELDS, MAX_INPUT, Options, Parsed, Rejected, build_gs1, build_hibc, build_hri, digital_link};
use udi::{parse, parse_all, parse_with};

const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

/// What holds for every answer to every input.
fn assert_sound(inputs: &[&str], answer: &Result<Parsed, Rejected>) {
    match answer {
        Ok(parsed) => {
            assert_eq!(parsed.raw, inputs.join("\n"));
            assert!(parsed.others.len() <= 2 * MAX_FIELDS);
            if let Some(date) = parsed.expires {
                assert!(Date::new(date.year, date.month, date.effective().day).is_some());
            }
            for warning in &parsed.warnings {
                assert!(
                    !warning.message.is_empty()
                        && warning.code.bytes().all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
                );
            }
        }
        Err(Rejected::PatientData) => {}
        Err(Rejected::Unreadable { reason, position }) => {
            let longest = inputs.iter().map(|i| i.chars().count()).max().unwrap_or(0);
            assert!(!reason.is_empty() && *position <= longest, "{position} of {longest}");
        }
    }
}

fn check_one(input: &str) {
    assert_sound(&[input], &parse(input, TODAY));
    let odd = Options { separator: Some('|'), bracket_escape: true, short_gtins: true };
    assert_sound(&[input], &parse_with(input, Date { year: i32::MAX, month: 0, day: 99 }, &odd));
    let _ = parse(input, Date { year: i32::MIN, month: 255, day: 0 });
    let _ = (udi::gtin14(input), udi::check_digit(input), udi::check_digit_is_valid(input), udi::npi_is_valid(input));
    let _ =
        (udi::gmn_is_valid(input), udi::gmn_check_pair(input), udi::hibc_primary(input), udi::iso7064_mod37_2(input));
    let _ = (build_gs1(input, None, Some(input), Some(input)), build_hibc(input, None, Some(input), Some(input)));
    let _ = (digital_link::build(input, &[(input, input)]), udi::element_string_of(&[(input, input)]));
}

/// Pieces that codes are made of, so that random strings get deep into the parsers.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "01", "09506000134352", "17", "280430", "260400", "10", "21", "240", "7003", "2601011200", "8003", "3103",
            "(01)", "(10)", "(17)", "(21)", "(8018)", "(", ")", "\\(", "\u{1d}", "<GS>", "^", "^]", "]d2", "]C1", "]d1",
            "]E0", "+", "/", "$", "$$", "$$+", "$+", "$$3", "$$8", "$$9", "$$5", "$$1", "16D", "14D", "Q", "S", "A999",
            "A99912345", "+A999123457", "*", "=/", "=,", "=>", "=}", "=)", "&,1", "&)", "=", "A9999XYZ100T0944",
            "https://a", "HTTP://a", "/01/", "/10/", "/21/", "?17=", "&", "#", "%2F", "%zz", "%", "[)>\u{1e}06\u{1d}",
            "[)>\u{1e}05\u{1d}", "9N", "\u{1e}\u{4}", " ", "\n", "\0", "é", "\u{202e}", "\u{1F600}", "253", "8013", "02",
            "37", "00", "99", "420", "423", "LOT-1", "SN9",
        ]).prop_map(ToOwned::to_owned),
        2 => "[0-9]{1,14}",
        1 => "[ -~]{0,8}",
        1 => any::<String>().prop_map(|s| s.chars().take(4).collect()),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// A valid code with one character changed, dropped or inserted.
fn damaged() -> impl Strategy<Value = String> {
    let codes = prop::sample::select(vec![
        "]d201095060001343521728043010LOT-1\u{1d}21SN9",
        "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234",
        "https://id.gs1.org/01/09506000134352/10/ABC1/21/12345?17=180426",
        "+A123ABCDEFGHI1234567891/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202$",
        "+A99912345/$$902345710X3/16D20111212/14D20200906/S77DEFG45F",
        "+$$+52001510X3GB",
        "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123",
        "[)>\u{1e}06\u{1d}+A99912345/$$52001510X33\u{1e}\u{4}",
    ]);
    (codes, any::<prop::sample::Index>(), any::<char>(), 0..4).prop_map(|(code, index, new, how)| {
        let mut chars: Vec<char> = code.chars().collect();
        let at = index.index(chars.len());
        match how {
            0 => chars[at] = new,
            1 => drop(chars.remove(at)),
            2 => chars.insert(at, new),
            _ => chars.truncate(at),
        }
        chars.into_iter().collect()
    })
}

fn gtin() -> impl Strategy<Value = String> {
    "[0-9]{13}".prop_map(|body| format!("{body}{}", udi::check_digit(&body).unwrap()))
}

fn near_day() -> impl Strategy<Value = Date> {
    (1978..2076, 1u8..=12, 1u8..=28).prop_map(|(year, month, day)| Date { year, month, day })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(input in any::<String>()) {
        check_one(&input);
    }

    #[test]
    fn almost_codes_get_an_answer(input in pieces()) {
        check_one(&input);
    }

    #[test]
    fn damaged_codes_get_an_answer(input in damaged()) {
        check_one(&input);
    }

    #[test]
    fn any_label_gets_an_answer(inputs in prop::collection::vec(prop_oneof![pieces(), damaged()], 0..5)) {
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        assert_sound(&inputs, &parse_all(&inputs, TODAY));
    }

    /// Element string, printed form and address of one device say the same.
    #[test]
    fn gs1_round_trip(
        di in gtin(),
        expires in prop::option::of(near_day()),
        // Character set 82 without the brackets that a printed form cannot tell apart, and without spelled separators.
        lot in prop::option::of(r#"[!"%&'*+,\-./0-9:;=?A-Z_a-z]{1,20}"#),
        serial in prop::option::of(r#"[!"%&'*+,\-./0-9:;=?A-Z_a-z]{1,20}"#),
    ) {
        let (lot, serial) = (lot.as_deref(), serial.as_deref());
        let codes = [
            build_gs1(&di, expires, lot, serial),
            format!("]d2{}", build_gs1(&di, expires, lot, serial)),
            build_hri(&di, expires, lot, serial),
            digital_link::build_item("https://example.org/x", &di, expires, lot, serial).unwrap(),
        ];
        for code in codes.iter().skip(usize::from(lot.is_none() && serial.is_none() && expires.is_none())) {
            let parsed = parse(code, TODAY).unwrap();
            prop_assert_eq!(parsed.di.as_deref(), Some(di.as_str()));
            prop_assert_eq!(parsed.lot.as_deref(), lot);
            prop_assert_eq!(parsed.serial.as_deref(), serial);
            prop_assert_eq!(parsed.expires.map(|d| d.effective()), expires);
            prop_assert!(parsed.warnings.iter().all(|w| w.code == udi::code::MISSING_SEPARATOR));
        }
    }

    #[test]
    fn hibc_round_trip(
        di in "[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]",
        expires in prop::option::of(near_day()),
        lot in prop::option::of("[A-Z0-9]{1,18}"),
        serial in prop::option::of("[A-Z0-9]{1,18}"),
    ) {
        let code = build_hibc(&di, expires, lot.as_deref(), serial.as_deref());
        let parsed = parse(&code, TODAY).unwrap();
        prop_assert_eq!(parsed.di, Some(di));
        prop_assert_eq!(parsed.lot, lot);
        prop_assert_eq!(parsed.serial, serial);
        prop_assert_eq!(parsed.expires.map(|d| d.effective()), expires);
        prop_assert_eq!(parsed.warnings, vec![]);
        // Lower case, stars and a lost or spelled space are the same symbol.
        for variant in [code.to_lowercase(), format!("*{code}*"), code.trim_end().to_owned(), code.replace(' ', "_")] {
            let again = parse(&variant, TODAY).unwrap();
            prop_assert_eq!(&again.di, &parse(&code, TODAY).unwrap().di);
        }
    }

    /// Any single wrong digit is noticed, and named.
    #[test]
    fn check_digits_catch_a_wrong_digit(di in gtin(), at in 0usize..14, by in 1u8..10) {
        let mut digits = di.into_bytes();
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert_eq!(udi::gtin14(&wrong), None);
        let parsed = parse(&format!("01{wrong}"), TODAY).unwrap();
        prop_assert!(parsed.has_warning(udi::code::CHECK_DIGIT));
        prop_assert_eq!(parsed.di, Some(wrong));
    }
}

#[test]
fn long_inputs_are_refused() {
    let long = "9".repeat(MAX_INPUT + 1);
    assert!(parse(&long, TODAY).is_err());
    let half = format!("99{}", "A".repeat(80));
    let many: Vec<&str> = vec![&half; 200];
    assert!(parse_all(&many, TODAY).is_err());
}

/// One millisecond for the worst inputs; ten times as much without optimisation. The best of several runs, so that a
/// busy machine does not matter.
#[test]
fn the_worst_inputs_take_a_millisecond() {
    let limit = Duration::from_millis(if cfg!(debug_assertions) { 15 } else { 1 });
    let fill = |piece: &str| piece.repeat(MAX_INPUT / piece.len());
    let mut worst: Vec<String> =
        ["(", "(10)", "(01)1", "\u{1d}", "<GS>", "<", "1", "21", "99A\u{1d}", "+", "/", "$", "=", "&)", "^"]
            .iter()
            .map(|piece| fill(piece))
            .collect();
    worst.extend(["9911280430", "10", "(99)"].iter().map(|piece| format!("0109506000134352{}", fill(piece))));
    worst.push(format!("https://a/{}01/09506000134352", fill("01/")));
    worst.push(format!("https://a/01/09506000134352?{}", fill("a=1&")));
    worst.push(format!("+A999123457{}", fill("/S")));
    worst.push(format!("[)>\u{1e}06\u{1d}9N{}", fill("1\u{1d}")));
    for input in worst {
        let input: String = input.chars().take(MAX_INPUT).collect();
        let best = (0..7).map(|_| {
            let start = Instant::now();
            let _ = parse(&input, TODAY);
            start.elapsed()
        });
        let best = best.min().unwrap();
        assert!(best <= limit, "{best:?} for {:?}…", input.chars().take(20).collect::<String>());
    }
}
