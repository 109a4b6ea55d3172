//! Money: whole minor units of one currency, never a float.
//!
//! Rounding happens once, half away from zero. Splitting gives the largest remainders first, so that the parts make the whole.

use std::cmp::Reverse;
use std::fmt;

/// An amount in minor units of the organisation's currency: cents for USD, yen for JPY.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Minor(pub i64);

/// Why an amount cannot be read or computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// Not a decimal number.
    #[error("must be a number, like 1234.56")]
    NotANumber,
    /// More decimals than the currency has.
    #[error("has more than {places} decimals")]
    TooPrecise {
        /// The decimals of the currency.
        places: u8,
    },
}

impl MoneyError {
    /// Stable code of the problem.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Overflow => "amount_too_large",
            Self::NotANumber => "not_a_number",
            Self::TooPrecise { .. } => "too_many_decimals",
        }
    }
}

/// One hundred per cent in basis points.
pub const WHOLE_BP: i32 = 10_000;

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Sum.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// Difference.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn negated(self) -> Result<Self, MoneyError> {
        self.0.checked_neg().map(Self).ok_or(MoneyError::Overflow)
    }

    /// So many times the amount.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        self.0.checked_mul(count).map(Self).ok_or(MoneyError::Overflow)
    }

    /// The sum of many. Only the result has to fit.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        let total: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        fit(total)
    }

    /// The amount times `numerator / denominator`, rounded half away from zero.
    ///
    /// # Errors
    /// When it does not fit, or the denominator is zero.
    pub fn ratio(self, numerator: i64, denominator: i64) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::Overflow);
        }
        fit(divide(i128::from(self.0) * i128::from(numerator), i128::from(denominator)))
    }

    /// A share in basis points, rounded half away from zero: 725 is 7.25 %.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn basis_points(self, bp: i32) -> Result<Self, MoneyError> {
        self.ratio(i64::from(bp), i64::from(WHOLE_BP))
    }

    /// Splits the amount by weights. Each part is rounded toward zero, then the units left over go to the largest remainders,
    /// the earlier part first where they are alike. The parts always make the whole.
    ///
    /// Nothing when there is no weight above zero.
    pub fn allocate(self, weights: &[u64]) -> Option<Vec<Self>> {
        let whole: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if whole == 0 {
            return None;
        }
        let amount = u128::from(self.0.unsigned_abs());
        let mut parts: Vec<u128> = weights.iter().map(|weight| amount * u128::from(*weight) / whole).collect();
        let given: u128 = parts.iter().sum();
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|place| Reverse(amount * u128::from(weights[*place]) % whole));
        for place in order.into_iter().take((amount - given) as usize) {
            parts[place] += 1;
        }
        let sign = i128::from(self.0.signum());
        Some(parts.into_iter().map(|part| Self((part as i128 * sign) as i64)).collect())
    }

    /// Splits the amount into equal parts. Nothing when there are none.
    pub fn split(self, parts: usize) -> Option<Vec<Self>> {
        self.allocate(&vec![1; parts])
    }

    /// For people: `1,234.56 USD`.
    pub fn display(self, currency: Currency) -> String {
        let plain = self.plain(currency);
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let mut grouped = String::with_capacity(plain.len() + 8);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{sign}{grouped}{point}{decimals} {}", currency.code())
    }

    /// For files and forms: `1234.56`, with exactly the decimals of the currency.
    pub fn plain(self, currency: Currency) -> String {
        let places = usize::from(currency.exponent());
        let digits = format!("{:0width$}", self.0.unsigned_abs(), width = places + 1);
        let (whole, decimals) = digits.split_at(digits.len() - places);
        let sign = if self.0 < 0 { "-" } else { "" };
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }

    /// Reads `1234.56`, `1,234.56`, `-0.5`; the currency's code may follow. Zeros beyond the currency's decimals are harmless.
    ///
    /// # Errors
    /// Anything else, more decimals than the currency has, or an amount that does not fit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let text = text.strip_suffix(currency.code()).map_or(text, str::trim_end);
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() && decimals.is_empty() {
            return Err(MoneyError::NotANumber);
        }
        let whole = ungroup(whole).ok_or(MoneyError::NotANumber)?;
        if !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(MoneyError::NotANumber);
        }
        let places = usize::from(currency.exponent());
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > places {
            return Err(MoneyError::TooPrecise { places: currency.exponent() });
        }
        let digits = format!("{whole}{decimals:0<places$}");
        let digits = digits.trim_start_matches('0');
        if digits.len() > 19 {
            return Err(MoneyError::Overflow);
        }
        let value: i128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| MoneyError::NotANumber)? };
        fit(if negative { -value } else { value })
    }
}

/// The digits of a whole number; commas only where they set off groups of three.
fn ungroup(text: &str) -> Option<String> {
    if text.contains(',') {
        let mut groups = text.split(',');
        let first = groups.next()?;
        if first.is_empty() || first.len() > 3 || !groups.all(|group| group.len() == 3) {
            return None;
        }
    }
    let digits: String = text.chars().filter(|c| *c != ',').collect();
    digits.bytes().all(|digit| digit.is_ascii_digit()).then_some(digits)
}

fn fit(value: i128) -> Result<Minor, MoneyError> {
    i64::try_from(value).map(Minor).map_err(|_| MoneyError::Overflow)
}

/// Division, half away from zero.
fn divide(numerator: i128, denominator: i128) -> i128 {
    let magnitude = (numerator.unsigned_abs() * 2 + denominator.unsigned_abs()) / (denominator.unsigned_abs() * 2);
    if (numerator < 0) == (denominator < 0) { magnitude as i128 } else { -(magnitude as i128) }
}

/// Basis points in words: 725 is `7.25%`, 500 is `5%`.
pub fn percent_words(bp: i32) -> String {
    let (sign, bp) = (if bp < 0 { "-" } else { "" }, bp.unsigned_abs());
    let decimals = format!("{:02}", bp % 100);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{decimals}%", bp / 100)
}

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Currency(&'static str);

impl Currency {
    /// The US dollar: what an organisation has until it says otherwise.
    pub const USD: Self = Self("USD");

    /// Reads an alphabetic code in capitals; nothing for one that ISO 4217 does not list.
    pub fn parse(code: &str) -> Option<Self> {
        CODES.iter().find(|known| **known == code).map(|known| Self(known))
    }

    /// Every known currency.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().map(|code| Self(code))
    }

    /// The alphabetic code.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// How many decimals the minor unit stands for (ISO 4217, "minor unit").
    pub fn exponent(self) -> u8 {
        match self.0 {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// ISO 4217, list one, without metals, funds units of banks and test codes; two withdrawn codes stay for old documents.
#[rustfmt::skip]
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD", "BND",
    "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY", "COP", "COU",
    "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP",
    "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES",
    "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD",
    "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD",
    "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS",
    "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF",
    "YER", "ZAR", "ZMW", "ZWG",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn amounts(parts: &[Minor]) -> Vec<i64> {
        parts.iter().map(|part| part.0).collect()
    }

    #[test]
    fn the_reference_vectors_hold() {
        assert_eq!(amounts(&Minor(10_000).split(3).unwrap()), [3_334, 3_333, 3_333]);
        assert_eq!(amounts(&Minor(100).split(3).unwrap()), [34, 33, 33]);
        assert_eq!(Minor(20).basis_points(250).unwrap(), Minor(1));
        assert_eq!(Minor(123_456).basis_points(725).unwrap(), Minor(8_951));
        assert_eq!(Minor(-5).ratio(1, 10).unwrap(), Minor(-1), "half goes away from zero");
        assert_eq!(Minor(5).ratio(1, 10).unwrap(), Minor(1));
        assert_eq!(Minor(4).ratio(1, 10).unwrap(), Minor(0));
        assert_eq!(Minor(-4).ratio(1, 10).unwrap(), Minor(0));
        assert_eq!(Minor(5).ratio(1, -10).unwrap(), Minor(-1));
    }

    #[test]
    fn currencies_have_their_decimals() {
        for (code, places) in
            [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("CLP", 0), ("CLF", 4), ("UYW", 4)]
        {
            assert_eq!(currency(code).exponent(), places, "{code}");
        }
        for code in ["BHD", "KWD", "OMR", "JOD", "TND", "IQD", "LYD"] {
            assert_eq!(currency(code).exponent(), 3, "{code}");
        }
        assert!(Currency::parse("usd").is_none() && Currency::parse("XXX").is_none() && Currency::parse("").is_none());
        assert!(CODES.is_sorted(), "the list is kept in order");
    }

    #[test]
    fn amounts_are_printed_for_people_and_for_files() {
        assert_eq!(Minor(123_456).display(Currency::USD), "1,234.56 USD");
        assert_eq!(Minor(-5).display(Currency::USD), "-0.05 USD");
        assert_eq!(Minor(0).display(Currency::USD), "0.00 USD");
        assert_eq!(Minor(1_000).display(currency("JPY")), "1,000 JPY");
        assert_eq!(Minor(123_456_789).display(currency("KWD")), "123,456.789 KWD");
        assert_eq!(Minor(7).plain(currency("CLF")), "0.0007");
        assert_eq!(Minor(-123_456).plain(Currency::USD), "-1234.56");
        assert_eq!(Minor(i64::MIN).plain(currency("JPY")), "-9223372036854775808");
    }

    #[test]
    fn amounts_are_read_strictly() {
        let usd = |text| Minor::parse(text, Currency::USD);
        assert_eq!(usd("1234.56"), Ok(Minor(123_456)));
        assert_eq!(usd(" 1,234.5 "), Ok(Minor(123_450)));
        assert_eq!(usd("1,234.56 USD"), Ok(Minor(123_456)));
        assert_eq!(usd("-.5"), Ok(Minor(-50)));
        assert_eq!(usd("12.3400"), Ok(Minor(1_234)));
        assert_eq!(usd("+7"), Ok(Minor(700)));
        assert_eq!(usd("1.234"), Err(MoneyError::TooPrecise { places: 2 }));
        assert_eq!(Minor::parse("1.5", currency("JPY")), Err(MoneyError::TooPrecise { places: 0 }));
        for bad in ["", ".", "-", "1e5", "12,34", ",123", "1,2345", "1.2.3", "$5", "--1", "1 000", "١", "5 EUR", "NaN"]
        {
            assert_eq!(usd(bad), Err(MoneyError::NotANumber), "{bad:?}");
        }
        assert_eq!(usd("92233720368547758.08"), Err(MoneyError::Overflow));
        assert_eq!(usd("-92233720368547758.08"), Ok(Minor(i64::MIN)));
        assert_eq!(usd("999999999999999999999999"), Err(MoneyError::Overflow));
    }

    #[test]
    fn overflow_is_an_error_and_never_a_wrong_amount() {
        assert_eq!(Minor(i64::MAX).plus(Minor(1)), Err(MoneyError::Overflow));
        assert_eq!(Minor(i64::MIN).minus(Minor(1)), Err(MoneyError::Overflow));
        assert_eq!(Minor(i64::MIN).negated(), Err(MoneyError::Overflow));
        assert_eq!(Minor(i64::MAX).times(2), Err(MoneyError::Overflow));
        assert_eq!(Minor(i64::MAX).basis_points(20_000), Err(MoneyError::Overflow));
        assert_eq!(Minor::sum([Minor(i64::MAX), Minor(1)]), Err(MoneyError::Overflow));
        assert_eq!(Minor::sum([Minor(i64::MAX), Minor(1), Minor(-1)]), Ok(Minor(i64::MAX)));
        assert_eq!(Minor(1).ratio(1, 0), Err(MoneyError::Overflow));
        assert!(Minor(5).split(0).is_none() && Minor(5).allocate(&[0, 0]).is_none());
    }

    #[test]
    fn remainders_go_to_the_largest_first() {
        assert_eq!(amounts(&Minor(100).allocate(&[1, 2, 3]).unwrap()), [17, 33, 50]);
        assert_eq!(amounts(&Minor(-100).allocate(&[1, 1, 1]).unwrap()), [-34, -33, -33]);
        assert_eq!(amounts(&Minor(10).allocate(&[0, 5, 0]).unwrap()), [0, 10, 0]);
    }

    #[test]
    fn per_cents_read_well() {
        assert_eq!(percent_words(725), "7.25%");
        assert_eq!(percent_words(500), "5%");
        assert_eq!(percent_words(1_250), "12.5%");
        assert_eq!(percent_words(5), "0.05%");
        assert_eq!(percent_words(-50), "-0.5%");
        assert_eq!(percent_words(10_000), "100%");
    }

    proptest! {
        #[test]
        fn parts_make_the_whole_and_are_fair(amount: i64, weights in prop::collection::vec(0u64..1_000_000, 1..30)) {
            if let Some(parts) = Minor(amount).allocate(&weights) {
                prop_assert_eq!(parts.iter().map(|p| i128::from(p.0)).sum::<i128>(), i128::from(amount));
                let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = i128::from(amount) * i128::from(*weight);
                    prop_assert!((i128::from(part.0) * whole - exact).abs() < whole, "no part is a unit or more away from its share");
                    prop_assert!(*weight > 0 || part.is_zero());
                }
            } else {
                prop_assert!(weights.iter().all(|w| *w == 0));
            }
        }

        #[test]
        fn what_is_printed_is_read_back(amount: i64, which in 0usize..CODES.len()) {
            let currency = Currency(CODES[which]);
            prop_assert_eq!(Minor::parse(&Minor(amount).plain(currency), currency), Ok(Minor(amount)));
            prop_assert_eq!(Minor::parse(&Minor(amount).display(currency), currency), Ok(Minor(amount)));
        }

        #[test]
        fn rounding_is_never_off_by_more_than_half(amount in -1_000_000_000i64..1_000_000_000, bp in -20_000i32..20_000) {
            let exact = i128::from(amount) * i128::from(bp);
            let rounded = i128::from(Minor(amount).basis_points(bp).unwrap().0) * 10_000;
            prop_assert!((rounded - exact).abs() <= 5_000);
            // A tie leaves zero, never approaches it.
            if (rounded - exact).abs() == 5_000 { prop_assert!(rounded.abs() > exact.abs()); }
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = Minor::parse(&text, Currency::USD);
        }
    }
}
