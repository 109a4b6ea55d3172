//! Reading a recall notice: what of its text names items, lots and serial numbers. A reading is a proposal for a person; what
//! holds figures and was not understood is handed back, never dropped.

use crate::limits;

/// What one product of a notice is said to be about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What could be a catalog number.
    pub numbers: Vec<String>,
    /// Device identifiers.
    pub identifiers: Vec<String>,
    /// Lots.
    pub lots: Vec<String>,
    /// Lots from one to another.
    pub lot_ranges: Vec<(String, String)>,
    /// Serial numbers.
    pub serials: Vec<String>,
    /// Serial numbers from one to another.
    pub serial_ranges: Vec<(String, String)>,
    /// It says that all of them are affected.
    pub all: bool,
    /// Figures that were not understood.
    pub unread: Vec<String>,
}

impl Section {
    /// Whether it names lots or serial numbers, or says that all are meant.
    pub fn narrows(&self) -> bool {
        !(self.lots.is_empty()
            && self.lot_ranges.is_empty()
            && self.serials.is_empty()
            && self.serial_ranges.is_empty())
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing in particular.
    Open,
    Lot,
    Serial,
    Identifier,
    Catalog,
    /// Days, amounts, telephone numbers: figures that name nothing.
    Aside,
}

/// What a word announces.
fn announces(word: &str) -> Option<Mode> {
    Some(match word {
        "lot" | "lots" | "batch" | "batches" | "lot(s)" | "lot/batch" => Mode::Lot,
        "serial" | "serials" | "s/n" | "sn" | "sns" | "serial(s)" => Mode::Serial,
        "gtin" | "gtins" | "udi" | "udi-di" | "udi-dis" | "di" | "upc" | "ndc" => Mode::Identifier,
        "catalog" | "catalogue" | "cat" | "ref" | "reference" | "model" | "models" | "part" | "item" | "items"
        | "sku" => Mode::Catalog,
        "exp" | "expiry" | "expiration" | "expires" | "expire" | "expiring" | "use-by" | "mfg" | "mfd"
        | "manufactured" | "dated" | "phone" | "tel" | "telephone" | "fax" | "call" | "recall" | "z" | "page"
        | "quantity" | "qty" | "date" | "dates" | "distributed" | "shipped" | "sold" => Mode::Aside,
        _ => return None,
    })
}

/// Words between an announcement and its numbers.
fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "no" | "nos"
            | "number"
            | "numbers"
            | "number(s)"
            | "no(s)"
            | "code"
            | "codes"
            | "and"
            | "or"
            | "the"
            | "of"
            | "following"
            | "are"
            | "is"
            | "these"
            | "from"
            | "affected"
            | "with"
            | "#"
            | "&"
            | "primary"
            | ""
            | ":"
            | "include"
            | "includes"
            | "including"
            | "all"
    )
}

fn is_until(word: &str) -> bool {
    matches!(word, "to" | "through" | "thru" | "until" | "-" | "\u{2013}" | "\u{2014}" | "..")
}

fn has_figure(word: &str) -> bool {
    word.chars().any(|sign| sign.is_ascii_digit())
}

/// A lot of letters alone: in capitals, where the text itself is not.
fn is_lettered(word: &str) -> bool {
    (3..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|sign: char| {
        !sign.is_alphanumeric() && sign != '#' && sign != '-' && sign != '\u{2013}' && sign != '\u{2014}'
    })
    .trim_end_matches(['-', ')'])
}

fn push(list: &mut Vec<String>, word: &str) {
    if list.iter().all(|known| known != word) && list.len() < super::NUMBERS_MAX {
        list.push(word.to_owned());
    }
}

struct Reader {
    done: Vec<Section>,
    now: Section,
    mode: Mode,
    shouts: bool,
}

impl Reader {
    fn announce(&mut self, mode: Mode, all: bool) {
        // Another product begins where an item is named after numbers were.
        if matches!(mode, Mode::Catalog | Mode::Identifier) && (self.now.narrows() || self.now.all) {
            self.done.push(std::mem::take(&mut self.now));
        }
        if all && matches!(mode, Mode::Lot | Mode::Serial) {
            self.now.all = true;
        }
        self.mode = mode;
    }

    fn range(&mut self, from: &str, to: &str) {
        let pair = (from.to_owned(), to.to_owned());
        match self.mode {
            Mode::Lot => self.now.lot_ranges.push(pair),
            Mode::Serial => self.now.serial_ranges.push(pair),
            _ => {
                self.take(from);
                self.take(to);
            }
        }
    }

    fn take(&mut self, word: &str) {
        match self.mode {
            Mode::Lot => push(&mut self.now.lots, word),
            Mode::Serial => push(&mut self.now.serials, word),
            Mode::Identifier => push(&mut self.now.identifiers, word),
            Mode::Catalog | Mode::Open => push(&mut self.now.numbers, word),
            Mode::Aside => push(&mut self.now.unread, word),
        }
    }
}

/// Reads a text: one section for each product, as far as that can be told.
pub fn read(text: &str) -> Vec<Section> {
    let shouts = !text.chars().any(char::is_lowercase);
    let mut reader = Reader { done: Vec::new(), now: Section::default(), mode: Mode::Open, shouts };
    let spaced: String = text
        .chars()
        .flat_map(|sign| match sign {
            ',' | ';' | '|' | '\n' | '\t' | '\r' => vec![' ', sign, ' '],
            '[' | ']' | '(' | ')' | '"' => vec![' '],
            ':' | '=' | '#' => vec![' '],
            other => vec![other],
        })
        .collect();
    let words: Vec<&str> = spaced.split([' ', '\t', '\r']).filter(|word| !word.is_empty()).collect();
    let mut at = 0;
    let mut all = 0;
    while at < words.len() {
        let word = bare(words[at]);
        let small = word.to_lowercase();
        at += 1;
        if small == "all" || small == "every" {
            all = 3;
            continue;
        }
        all = i32::max(all - 1, 0);
        if let Some(mode) = announces(&small) {
            // "Lot" in "lot release" announces nothing that follows; figures decide.
            reader.announce(mode, all > 0);
            continue;
        }
        if matches!(small.as_str(), "units" | "codes" | "products") && all > 0 {
            reader.now.all = true;
            continue;
        }
        if is_filler(&small) || is_until(words[at - 1].trim()) {
            continue;
        }
        let numbered = has_figure(word) && (1..=limits::LOT_MAX).contains(&word.chars().count());
        let lettered = reader.mode == Mode::Lot && !reader.shouts && is_lettered(word);
        if !(numbered || lettered) {
            if word.chars().count() > 3 && reader.mode != Mode::Open && !has_figure(word) {
                reader.mode = Mode::Open;
            }
            continue;
        }
        // "SN100 - SN199", "100 through 199".
        let next = words.get(at).map(|word| word.trim()).unwrap_or_default();
        let last = words.get(at + 1).map(|word| bare(word)).unwrap_or_default();
        if is_until(&next.to_lowercase()) && has_figure(last) {
            reader.range(word, last);
            at += 2;
            continue;
        }
        reader.take(word);
    }
    reader.done.push(reader.now);
    reader.done.retain(|section| !section.is_empty());
    reader.done
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lots_ranges_and_items_are_told_apart() {
        let found = read(
            "Hip stem, Catalog Number: HS-1204, Lot Numbers: A1001, A1002 and A1003. Serial numbers SN100 - SN199. Expiration \
             date 2027-05-01.",
        );
        assert_eq!(found.len(), 1);
        let it = &found[0];
        assert_eq!(it.numbers, ["HS-1204"]);
        assert_eq!(it.lots, ["A1001", "A1002", "A1003"]);
        assert_eq!(it.serial_ranges, [("SN100".to_owned(), "SN199".to_owned())]);
        assert_eq!(it.unread, ["2027-05-01"], "a day is no number of a unit, and is handed back");
        assert!(!it.all);
    }

    #[test]
    fn several_products_are_several_sections() {
        let found = read("REF 12-34 Lot 77A\nREF 12-35 Lots 78B; 79C\nModel X9: all serial numbers");
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].numbers[0].as_str(), found[1].lots.len()), ("12-35", 2));
        assert!(found[2].all && found[2].serials.is_empty());
    }

    #[test]
    fn a_list_below_its_heading_and_lots_of_letters_are_read() {
        let found = read("Affected lots:\nQWERT\n12345\n12346");
        assert_eq!(found[0].lots, ["QWERT", "12345", "12346"]);
    }

    proptest! {
        #[test]
        fn no_figure_is_lost(words in prop::collection::vec("[A-Za-z]{0,6}[0-9]{1,5}|lot|serial|exp|all|to|,|REF", 0..30)) {
            let text = words.join(" ");
            let found = read(&text);
            let held = |word: &str| found.iter().any(|it| {
                let lists = [&it.numbers, &it.identifiers, &it.lots, &it.serials, &it.unread];
                lists.iter().any(|list| list.iter().any(|known| known == word))
                    || it.lot_ranges.iter().chain(&it.serial_ranges).any(|(from, to)| from == word || to == word)
            });
            for word in words.iter().filter(|word| has_figure(word)) {
                prop_assert!(held(word), "{word} of {text}");
            }
        }

        #[test]
        fn reading_never_panics(text in ".{0,200}") {
            let _ = read(&text);
        }
    }
}
