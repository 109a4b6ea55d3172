//! Whether two records may be the same customer or location: by name, telephone, address or a number in common.

use crate::text::fold;

/// What is compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Every name it goes by.
    pub names: Vec<String>,
    /// Digits of the telephone number.
    pub phone: String,
    /// Addresses, as [`address_key`] has them.
    pub addresses: Vec<String>,
    /// Tax numbers and the like.
    pub numbers: Vec<String>,
}

/// Words that tell nothing apart: legal forms and small words.
const EMPTY_WORDS: &[&str] = &[
    "ag",
    "and",
    "at",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "lc",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "of",
    "pa",
    "pc",
    "pllc",
    "plc",
    "sa",
    "the",
];
/// Words that many names have: they belong to a name, but do not lead to its twin.
const COMMON_WORDS: &[&str] = &[
    "center", "clinic", "general", "health", "hospital", "medical", "memorial", "regional", "saint", "surgery",
    "surgical", "system",
];

fn spelled_out(word: &str) -> &str {
    match word {
        "st" | "ste" => "saint",
        "ctr" | "cntr" | "centre" => "center",
        "hosp" | "hospitals" => "hospital",
        "med" => "medical",
        "mem" | "meml" => "memorial",
        "reg" | "regl" => "regional",
        "univ" => "university",
        "mt" => "mount",
        "surg" => "surgery",
        "hlth" => "health",
        "sys" | "systems" => "system",
        "dept" => "department",
        other => other,
    }
}

/// The words of a name that count, spelled out, in order.
pub fn name_words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let words = folded.split(' ').filter(|word| !word.is_empty() && !EMPTY_WORDS.contains(word));
    words.map(|word| spelled_out(word).to_owned()).collect()
}

/// The words of a name by which its twin could be found; all of them when every word is a common one.
pub fn telling_words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').filter(|word| word.len() > 2 && !EMPTY_WORDS.contains(word)).collect();
    let rare: Vec<&str> = words.iter().copied().filter(|word| !COMMON_WORDS.contains(&spelled_out(word))).collect();
    let chosen = if rare.is_empty() { words } else { rare };
    // A slip at the end of a word does not hide the other one.
    chosen.into_iter().map(|word| word.chars().take(word.chars().count().clamp(3, 5)).collect()).collect()
}

/// An address as it is compared: house number and first word of the street, with the beginning of the postal code or the town.
/// None when there is no house number.
pub fn address_key(street: &str, postal_code: &str, city: &str) -> Option<String> {
    let folded = fold(street);
    let words: Vec<&str> = folded.split(' ').collect();
    let number = words.iter().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let compass = |word: &&&str| !matches!(**word, "n" | "s" | "e" | "w" | "north" | "south" | "east" | "west");
    let name = words.iter().filter(|word| *word != number).find(compass)?;
    let area: String = fold(postal_code).replace(' ', "").chars().take(5).collect();
    let area = if area.is_empty() { fold(city).replace(' ', "") } else { area };
    (!area.is_empty()).then(|| format!("{number}{name}{area}"))
}

/// Pairs of neighbouring letters that two texts share, in hundredths of all.
pub(crate) fn likeness(one: &str, other: &str) -> usize {
    let pairs = |text: &str| {
        let letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
        letters.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    };
    let (one, mut other) = (pairs(one), pairs(other));
    let all = one.len() + other.len();
    let mut shared: usize = 0;
    for pair in one {
        if let Some(at) = other.iter().position(|it| *it == pair) {
            other.swap_remove(at);
            shared += 1;
        }
    }
    (shared * 200).checked_div(all).unwrap_or(0)
}

/// Names are alike from this many hundredths on.
const ALIKE: usize = 86;

fn same_name(one: &[String], other: &[String]) -> Option<&'static str> {
    let mut verdict = None;
    for a in one {
        for b in other {
            let (mut a, mut b) = (name_words(a), name_words(b));
            if a.is_empty() || b.is_empty() {
                continue;
            }
            let joined = (a.join(" "), b.join(" "));
            a.sort_unstable();
            b.sort_unstable();
            if a == b {
                return Some("the same name");
            }
            if likeness(&joined.0, &joined.1) >= ALIKE {
                verdict = Some("nearly the same name");
            }
        }
    }
    verdict
}

/// What two records have in common, in a sentence; None when nothing says that they are one.
pub fn alike(one: &Facts, other: &Facts) -> Option<String> {
    let mut common = Vec::new();
    common.extend(same_name(&one.names, &other.names));
    if one.phone.len() >= 7 && one.phone == other.phone {
        common.push("the same telephone number");
    }
    if one.addresses.iter().any(|it| other.addresses.contains(it)) {
        common.push("the same address");
    }
    if one.numbers.iter().any(|it| other.numbers.contains(it)) {
        common.push("the same tax number");
    }
    match common.as_slice() {
        [] => None,
        [only] => Some(format!("It has {only}.")),
        [first @ .., last] => Some(format!("It has {} and {last}.", first.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(name: &str) -> Facts {
        Facts { names: vec![name.to_owned()], ..Facts::default() }
    }

    fn told(one: &str, other: &str) -> Option<String> {
        alike(&named(one), &named(other))
    }

    #[test]
    fn legal_forms_and_abbreviations_do_not_tell_names_apart() {
        let same = Some("It has the same name.".to_owned());
        assert_eq!(told("St. Mary's Hospital, Inc.", "Saint Marys Hosp"), same);
        assert_eq!(told("The Lakeside Surgery Center LLC", "Lakeside Surgery Ctr"), same);
        assert_eq!(told("Mercy Health", "Health Mercy"), same);
        assert_eq!(
            told("Northlake Orthopedics", "Northlake Orthopaedics"),
            Some("It has nearly the same name.".into())
        );
        assert_eq!(told("Mercy Hospital", "General Hospital"), None);
        assert_eq!(told("Mercy East", "Mercy West"), None);
        assert_eq!(told("Inc.", "LLC"), None);
    }

    #[test]
    fn an_address_is_a_house_number_a_street_and_an_area() {
        let key = |street, code, city| address_key(street, code, city).unwrap_or_default();
        assert_eq!(key("1200 N Lake Shore Dr", "60601-2210", "Chicago"), key("1200 Lake Shore Drive", "60601", ""));
        assert_ne!(key("1200 Lake St", "60601", ""), key("1201 Lake St", "60601", ""));
        assert_eq!(address_key("Lake Street", "60601", "Chicago"), None, "no house number");
        assert_eq!(address_key("12 Lake Street", "", ""), None, "no area");
    }

    #[test]
    fn what_they_have_in_common_is_told() {
        let one = Facts { phone: "3125550100".into(), addresses: vec!["1lake60601".into()], ..named("Mercy") };
        let other = Facts { names: vec!["Grace".into()], ..one.clone() };
        assert_eq!(alike(&one, &other), Some("It has the same telephone number and the same address.".into()));
        assert_eq!(alike(&Facts::default(), &Facts::default()), None);
        let short = Facts { phone: "911".into(), ..Facts::default() };
        assert_eq!(alike(&short, &short.clone()), None);
    }

    #[test]
    fn twins_are_looked_for_by_what_is_rare() {
        assert_eq!(telling_words("Lakeside Surgery Center"), ["lakes"]);
        assert_eq!(telling_words("General Hospital"), ["gener", "hospi"]);
    }

    proptest! {
        #[test]
        fn likeness_is_mutual_and_anything_is_like_itself(a in "[a-z ]{0,20}", b in "[a-z ]{0,20}") {
            prop_assert_eq!(told(&a, &b).is_some(), told(&b, &a).is_some());
            if !name_words(&a).is_empty() {
                prop_assert!(told(&a, &a).is_some());
            }
        }

        #[test]
        fn nothing_panics(name in ".{0,60}", street in ".{0,60}") {
            let _ = telling_words(&name);
            let _ = address_key(&street, &name, &street);
        }
    }
}
