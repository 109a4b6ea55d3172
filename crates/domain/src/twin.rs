//! Items of one manufacturer that may be one and the same: by reference, by the number on their packages, by name.
//!
//! In a catalog of implants neighbours differ by a size or a side, so whatever tells such things apart in a name makes two items of
//! them, however alike the rest is.

use crate::likeness::{likeness, name_words};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What of an item is compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// Its catalog number.
    pub number: String,
    /// What it is.
    pub description: String,
    /// Device, container or pack: two kinds are two items.
    pub kind: String,
    /// Every identifier that names it.
    pub identifiers: Vec<String>,
}

/// Why two items may be one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// The same catalog number, but for case and punctuation.
    Reference,
    /// GTINs that differ in the packaging level alone.
    Package,
    /// Nearly the same name.
    Name,
}

impl Reason {
    /// Stable, snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reference => "same_reference",
            Self::Package => "same_package_number",
            Self::Name => "nearly_same_name",
        }
    }

    /// A sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Reference => "The catalog numbers are the same but for case and punctuation.",
            Self::Package => "Their GTINs differ in the packaging level alone.",
            Self::Name => "The names are nearly the same, with the same sizes.",
        }
    }
}

/// Two items that may be one: their places in the list, the first before the second, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Twins {
    /// The place of the one.
    pub one: usize,
    /// The place of the other.
    pub other: usize,
    /// Why, at least one reason.
    pub reasons: Vec<Reason>,
}

/// A catalog number as it is compared here: letters and digits alone, but for what stands between two digits: 1.5 and 15 are two
/// sizes.
pub fn reference_key(number: &str) -> String {
    let all: Vec<char> = number.chars().flat_map(char::to_lowercase).collect();
    let digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
    let mut key = String::with_capacity(all.len());
    for (at, it) in all.iter().enumerate() {
        let between = at > 0 && digit(all.get(at - 1)) && digit(all.get(at + 1));
        match it {
            it if it.is_alphanumeric() => key.push(*it),
            '.' | ',' if between => key.push('.'),
            '/' if between => key.push('/'),
            _ => {}
        }
    }
    key
}

/// A GTIN without its packaging level and its check digit.
pub fn package_key(identifier: &str) -> Option<&str> {
    let gtin = identifier.len() == 14 && identifier.bytes().all(|byte| byte.is_ascii_digit());
    gtin.then(|| &identifier[1..13])
}

/// Words that tell two neighbours of a catalog apart.
const TELLING: &[&str] = &[
    "left",
    "right",
    "lt",
    "rt",
    "small",
    "medium",
    "large",
    "short",
    "long",
    "narrow",
    "wide",
    "male",
    "female",
    "upper",
    "lower",
    "anterior",
    "posterior",
    "medial",
    "lateral",
    "proximal",
    "distal",
    "sterile",
    "nonsterile",
    "non",
    "cemented",
    "cementless",
    "uncemented",
    "coated",
    "uncoated",
    "trial",
    "implant",
    "locking",
    "nonlocking",
    "standard",
    "high",
    "offset",
    "straight",
    "curved",
    "angled",
    "inner",
    "outer",
    "front",
    "back",
    "top",
    "bottom",
    "iii",
    "vii",
    "xii",
    "xiii",
];
/// Names are nearly the same from this many hundredths on.
const ALIKE: usize = 86;
/// Letters that a name has at least, to be compared at all.
const LETTERS_MIN: usize = 8;
/// Most names that are compared with each other at once.
const BUCKET_MAX: usize = 150;

/// A name as it is compared: its words, and its sizes.
struct Name {
    words: Vec<String>,
    sizes: Vec<String>,
    joined: String,
}

fn name_of(description: &str) -> Option<Name> {
    // Sizes are compared by themselves, so that "52 mm" and "52mm" are one.
    let plain: String = description.chars().map(|it| if it.is_ascii_digit() { ' ' } else { it }).collect();
    let words = name_words(&plain);
    let letters: usize = words.iter().map(|word| word.chars().filter(|it| it.is_alphabetic()).count()).sum();
    if letters < LETTERS_MIN {
        return None;
    }
    // 6.5 and 65 are two.
    let mut sizes = Vec::new();
    let mut size = String::new();
    for it in description.chars().chain([' ']) {
        if it.is_ascii_digit() || (matches!(it, '.' | ',') && !size.is_empty()) {
            size.push(if it == ',' { '.' } else { it });
        } else if !size.is_empty() {
            sizes.push(size.trim_end_matches('.').to_owned());
            size.clear();
        }
    }
    sizes.sort_unstable();
    let joined = words.join(" ");
    Some(Name { words, sizes, joined })
}

fn same_name(one: &Name, other: &Name) -> bool {
    if one.sizes != other.sizes {
        return false;
    }
    let (mine, theirs): (BTreeSet<&String>, BTreeSet<&String>) =
        (one.words.iter().collect(), other.words.iter().collect());
    let tells = |word: &&&String| word.chars().count() <= 2 || TELLING.contains(&word.as_str());
    let apart = mine.symmetric_difference(&theirs).any(|word| tells(&word));
    !apart && likeness(&one.joined, &other.joined) >= ALIKE
}

/// Items of one manufacturer that may be one, in the order of the list.
pub fn twins(items: &[Item]) -> Vec<Twins> {
    let mut found: BTreeMap<(usize, usize), BTreeSet<Reason>> = BTreeMap::new();
    let mut note = |all: &[usize], reason: Reason| {
        for (n, one) in all.iter().enumerate() {
            for other in all.iter().skip(n + 1).filter(|other| items[*one].kind == items[**other].kind) {
                found.entry((*one.min(other), *one.max(other))).or_default().insert(reason);
            }
        }
    };
    let mut references: HashMap<String, Vec<usize>> = HashMap::new();
    let mut packages: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut buckets: BTreeMap<_, Vec<(usize, Name)>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        references.entry(reference_key(&item.number)).or_default().push(at);
        let keys: BTreeSet<&str> = item.identifiers.iter().filter_map(|it| package_key(it)).collect();
        for key in keys {
            packages.entry(key).or_default().push(at);
        }
        if let Some(name) = name_of(&item.description) {
            let begins: String = name.joined.chars().take(3).collect();
            buckets.entry((name.sizes.clone(), begins)).or_default().push((at, name));
        }
    }
    references.iter().filter(|(key, _)| !key.is_empty()).for_each(|(_, all)| note(all, Reason::Reference));
    packages.values().for_each(|all| note(all, Reason::Package));
    for names in buckets.values() {
        for (n, (one, name)) in names.iter().enumerate() {
            for (other, theirs) in names.iter().skip(n + 1).take(BUCKET_MAX) {
                if same_name(name, theirs) {
                    note(&[*one, *other], Reason::Name);
                }
            }
        }
    }
    let told = |((one, other), reasons): ((usize, usize), BTreeSet<Reason>)| Twins {
        one,
        other,
        reasons: reasons.into_iter().collect(),
    };
    found.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(number: &str, description: &str, identifiers: &[&str]) -> Item {
        Item {
            number: number.into(),
            description: description.into(),
            kind: "device".into(),
            identifiers: identifiers.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    fn reasons(one: Item, other: Item) -> Vec<Reason> {
        twins(&[one, other]).into_iter().next().map(|it| it.reasons).unwrap_or_default()
    }

    #[test]
    fn references_are_compared_without_what_people_leave_out() {
        assert_eq!(reference_key("AB-1050/2"), "ab1050/2");
        assert_eq!(reasons(item("AB-1050", "", &[]), item("ab 1050", "", &[])), [Reason::Reference]);
        assert!(reasons(item("SC-1.5", "", &[]), item("SC-15", "", &[])).is_empty(), "two sizes");
        assert_eq!(reasons(item("SC-1,5", "", &[]), item("SC1.5", "", &[])), [Reason::Reference]);
        assert!(reasons(item("-", "", &[]), item("/", "", &[])).is_empty(), "nothing is no reference");
    }

    #[test]
    fn packages_of_one_thing_share_a_number() {
        let (unit, case) = (item("A", "", &["09506000134352"]), item("B", "", &["19506000134359"]));
        assert_eq!(reasons(unit.clone(), case), [Reason::Package]);
        assert!(reasons(unit, item("B", "", &["09506000134369"])).is_empty());
    }

    #[test]
    fn names_are_alike_unless_a_size_or_a_side_tells_them_apart() {
        let named = |one: &str, other: &str| !reasons(item("1", one, &[]), item("2", other, &[])).is_empty();
        assert!(named("Acetabular cup 52 mm", "Acetabular cup, 52mm"));
        assert!(named("Femoral stem cobalt 12", "Femoral stem cobolt 12"));
        assert!(!named("Acetabular cup 52 mm", "Acetabular cup 54 mm"));
        assert!(!named("Bone screw 6.5 x 30", "Bone screw 65 x 30"));
        assert!(!named("Distal plate 6 hole left", "Distal plate 6 hole right"));
        assert!(!named("Tibial insert size A 10", "Tibial insert size B 10"));
        assert!(!named("Screw 5", "Screw 5"), "too short to say anything");
    }

    #[test]
    fn two_kinds_are_two_items() {
        let pack = Item { kind: "pack".into(), ..item("A-1", "", &[]) };
        assert!(reasons(item("A1", "", &[]), pack).is_empty());
    }

    proptest! {
        #[test]
        fn likeness_is_mutual_and_each_pair_is_told_once(
            all in proptest::collection::vec(("[A-C1-3.,/ -]{0,6}", "[a-c ]{0,14}[0-9]{0,2}"), 0..12)
        ) {
            let items: Vec<Item> = all.iter().map(|(number, description)| item(number, description, &[])).collect();
            let found = twins(&items);
            let pairs: BTreeSet<(usize, usize)> = found.iter().map(|it| (it.one, it.other)).collect();
            prop_assert_eq!(pairs.len(), found.len());
            prop_assert!(found.iter().all(|it| it.one < it.other && !it.reasons.is_empty()));
            let back: Vec<Item> = items.iter().rev().cloned().collect();
            let last = items.len().saturating_sub(1);
            let turned: BTreeSet<(usize, usize)> = twins(&back).iter().map(|it| (last - it.other, last - it.one)).collect();
            prop_assert_eq!(turned, pairs);
        }
    }
}
