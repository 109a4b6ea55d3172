//! Check digits and check characters: GS1 mod 10, GS1 check pair, NPI, HIBC mod 43, ISO 7064 mod 37-2.

/// The 82 characters of GS1 element strings in the order that gives each its value (GS1 General Specifications 7.11).
pub(crate) const CSET_82: &str = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// The 43 characters of HIBC in the order that gives each its value (ANSI/HIBC 2.6).
pub(crate) const HIBC_43: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
const PAIR_32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const PRIMES: [usize; 23] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The GS1 check digit that belongs behind `body_digits` (GTIN, GLN, SSCC: weights 3, 1, 3 … from the right).
/// `None` if there is anything but digits.
#[must_use]
pub fn check_digit(body_digits: &str) -> Option<u8> {
    if !all_digits(body_digits) {
        return None;
    }
    let sum = body_digits.bytes().rev().enumerate().fold(0, |sum, (i, b)| {
        let weight = if i % 2 == 0 { 3 } else { 1 };
        (sum + (b - b'0') * weight) % 10
    });
    Some((10 - sum) % 10)
}

/// Whether the last digit is the right check digit for the digits before it.
#[must_use]
pub fn check_digit_is_valid(digits: &str) -> bool {
    let Some((body, last)) = digits.len().checked_sub(1).and_then(|at| digits.split_at_checked(at)) else {
        return false;
    };
    check_digit(body).is_some_and(|expected| last.as_bytes() == [b'0' + expected])
}

/// The 14-digit form of a GTIN of 8, 12, 13 or 14 digits with a valid check digit. Two GTINs are the same item exactly
/// if these forms are equal.
#[must_use]
pub fn gtin14(text: &str) -> Option<String> {
    (matches!(text.len(), 8 | 12 | 13 | 14) && check_digit_is_valid(text)).then(|| format!("{text:0>14}"))
}

/// Whether this is a global location number: 13 digits with a valid check digit.
#[must_use]
pub fn gln_is_valid(text: &str) -> bool {
    text.len() == 13 && check_digit_is_valid(text)
}

/// Whether this is a serial shipping container code: 18 digits with a valid check digit.
#[must_use]
pub fn sscc_is_valid(text: &str) -> bool {
    text.len() == 18 && check_digit_is_valid(text)
}

/// The pair of characters behind a global model number or Basic UDI-DI (GS1 General Specifications 7.9.5): values of
/// character set 82, weighted from the right with the primes from 2, modulo 1021. `None` if the body is empty, longer
/// than 23 characters or holds a character outside the set.
#[must_use]
pub fn gmn_check_pair(body: &str) -> Option<[char; 2]> {
    if body.is_empty() || body.len() > PRIMES.len() {
        return None;
    }
    let mut sum = 0;
    for (c, prime) in body.chars().rev().zip(PRIMES) {
        sum += CSET_82.find(c)? * prime;
    }
    let check = sum % 1021;
    Some([PAIR_32[check >> 5], PAIR_32[check & 31]].map(char::from))
}

/// Whether a global model number (Basic UDI-DI, AI 8013) or master UDI-DI (AI 8014) ends in its right check pair.
#[must_use]
pub fn gmn_is_valid(text: &str) -> bool {
    let Some((body, pair)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    gmn_check_pair(body).is_some_and(|expected| pair.chars().eq(expected))
}

/// Whether this is a national provider identifier: ten digits, the first 1 or 2, Luhn over `80840` and the number
/// (45 CFR 162.406).
#[must_use]
pub fn npi_is_valid(text: &str) -> bool {
    if text.len() != 10 || !all_digits(text) || !text.starts_with(['1', '2']) {
        return false;
    }
    let luhn = |(i, b): (usize, u8)| {
        let weight = if i % 2 == 1 { 2 } else { 1 };
        let product = u32::from(b - b'0') * weight;
        product / 10 + product % 10
    };
    // 24 is what the constant prefix 80840 adds.
    (24 + text.bytes().rev().enumerate().map(luhn).sum::<u32>()) % 10 == 0
}

/// The HIBC check character of a symbol, `+` included, check and framing `*` excluded (modulo 43). `None` if a character
/// is outside the alphabet; lower case is not folded here.
#[must_use]
pub fn hibc_check_character(body: &str) -> Option<char> {
    let mut sum = 0;
    for c in body.chars() {
        sum = (sum + HIBC_43.find(c)?) % 43;
    }
    HIBC_43.chars().nth(sum)
}

/// The check character that is keyed with an ISBT 128 donation identification number (ISO 7064 mod 37-2).
#[must_use]
pub fn iso7064_mod37_2(body: &str) -> Option<char> {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";
    let mut sum = 0;
    for c in body.chars() {
        sum = (sum + ALPHABET.find(c).filter(|v| *v < 36)?) * 2 % 37;
    }
    ALPHABET.chars().nth((38 - sum) % 37)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K1 to K6 of the check digit vectors.
    #[test]
    fn gs1_check_digits() {
        assert_eq!(check_digit("2401234567890"), Some(5));
        assert!(gtin14("24012345678905").is_some());
        assert_eq!(gtin14("24012345678909"), None);
        assert_eq!(gtin14("2112233789657").as_deref(), Some("02112233789657"));
        assert_eq!(gtin14("416000336108").as_deref(), Some("00416000336108"));
        assert_eq!(gtin14("02345680").as_deref(), Some("00000002345680"));
        assert_eq!(gtin14("02345689"), None);
        assert_eq!(check_digit("0234568"), Some(0));
        assert!(sscc_is_valid("123456789012345675") && !sscc_is_valid("123456789012345670"));
        assert!(gln_is_valid("0614141000012") && !gln_is_valid("0614141000013"));
    }

    #[test]
    fn what_is_no_number_has_no_check_digit() {
        for text in ["", "1", "12a", "１２３", "ä", "é5"] {
            assert!(!check_digit_is_valid(text) || text == "0", "{text}");
            assert_eq!(gtin14(text), None);
        }
        assert_eq!(check_digit(""), None);
        assert_eq!(gtin14("2401234567890é"), None);
        assert_eq!(gtin14("012345678"), None);
    }

    /// K7 and K8.
    #[test]
    fn gs1_check_pairs() {
        assert!(gmn_is_valid("1987654Ad4X4bL5ttr2310c2K"));
        assert!(!gmn_is_valid("1987654Ad4X4bL5ttr2310cXK"));
        assert!(gmn_is_valid("12345678901234567890123NT"));
        assert!(gmn_is_valid("00000!HV"));
        for text in ["", "H", "HV", "1234 56HV", "123456789012345678901234NT", "0000é", "éé"] {
            assert!(!gmn_is_valid(text), "{text}");
        }
    }

    /// N1 to N5.
    #[test]
    fn provider_identifiers() {
        for good in ["1234567893", "1558598797", "1003000126"] {
            assert!(npi_is_valid(good), "{good}");
        }
        for bad in ["1234567890", "3123456789", "123456789", "12345678933", "12345a7893", ""] {
            assert!(!npi_is_valid(bad), "{bad}");
        }
    }

    /// H23 and I2.
    #[test]
    fn check_characters() {
        assert_eq!(hibc_check_character("+0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"), Some('+'));
        assert_eq!(hibc_check_character("+A99912345"), Some('7'));
        assert_eq!(hibc_check_character("+a"), None);
        assert_eq!(iso7064_mod37_2("G123489654321"), Some('Y'));
        assert_eq!(iso7064_mod37_2("g1"), None);
        assert_eq!(iso7064_mod37_2("*"), None);
    }
}
