//! Where everything goes: heights are measured first, then rows are dealt to pages, so that "page 1 of 7" is known before
//! anything is drawn.
//!
//! The rules of a good break: the table's head stands on every page that has rows; a row is never split; a group's heading
//! never stands last on a page; sums never stand on a page without a row above them, nor do signatures unless the notes
//! between are long.

use super::{ColumnKind, Document, Line as Row};
use crate::type_setting::{Ink, Line, Style, Weight, measure, wrap};
use std::ops::Range;

pub(super) const INK: Ink = Ink(0x1b, 0x1f, 0x23);
pub(super) const GREY: Ink = Ink(0x63, 0x6b, 0x74);
pub(super) const TEAL: Ink = Ink(0x0f, 0x6b, 0x66);
pub(super) const RED: Ink = Ink(0xa8, 0x2a, 0x22);
pub(super) const HAIRLINE: Ink = Ink(0xdf, 0xe3, 0xe6);
pub(super) const RULE: Ink = Ink(0x9a, 0xa2, 0xaa);

const fn style(size: f32, leading: f32, weight: Weight, ink: Ink) -> Style {
    Style { size, leading, weight, ink, tracking: 0.0 }
}

pub(super) const SELLER: Style = style(10.0, 14.0, Weight::SemiBold, TEAL);
pub(super) const TITLE: Style = Style { tracking: -0.021, ..style(24.0, 30.0, Weight::SemiBold, INK) };
pub(super) const NUMBER: Style = Style { tracking: -0.008, ..style(12.0, 18.0, Weight::Medium, INK) };
pub(super) const NUMBER_MORE: Style = Style { tracking: -0.008, ..style(12.0, 18.0, Weight::Regular, GREY) };
pub(super) const STANDING: Style = style(9.0, 14.0, Weight::SemiBold, RED);
pub(super) const ABOUT: Style = style(9.5, 14.0, Weight::Regular, GREY);
pub(super) const LABEL: Style = style(7.5, 11.0, Weight::Medium, GREY);
pub(super) const NAME: Style = style(9.5, 14.0, Weight::SemiBold, INK);
pub(super) const BODY: Style = style(9.0, 13.0, Weight::Regular, INK);
pub(super) const FACT: Style = style(8.5, 13.0, Weight::Regular, GREY);
pub(super) const DETAIL: Style = style(7.5, 10.5, Weight::Regular, GREY);
pub(super) const GROUP: Style = style(9.0, 13.0, Weight::SemiBold, INK);
pub(super) const SUM: Style = style(9.0, 16.0, Weight::Regular, INK);
pub(super) const SUM_LABEL: Style = style(9.0, 16.0, Weight::Regular, GREY);
pub(super) const GRAND: Style = Style { tracking: -0.008, ..style(11.5, 20.0, Weight::SemiBold, INK) };
pub(super) const SMALL: Style = style(7.0, 10.0, Weight::Regular, GREY);
pub(super) const RUNNING: Style = style(8.0, 12.0, Weight::Regular, GREY);

/// Space at the left and right of a page.
pub(super) const MARGIN: f32 = 50.0;
const TOP: f32 = 46.0;
const BOTTOM: f32 = 34.0;
/// Height of the running head from the second page on, with the space below.
const RUNNING_HEIGHT: f32 = 30.0;
/// Space between columns of the table.
pub(super) const GUTTER: f32 = 14.0;
/// Space above and below the text of a row.
pub(super) const PAD: f32 = 4.75;
/// Height of the table's head.
pub(super) const HEAD_HEIGHT: f32 = 20.0;
/// Space above a group's heading, beyond the padding.
pub(super) const GROUP_SPACE: f32 = 8.0;
pub(super) const TOTALS_WIDTH: f32 = 230.0;
const TOTALS_SPACE: f32 = 12.0;
/// Space above the grand total, for its rule.
pub(super) const GRAND_SPACE: f32 = 6.0;
const NOTES_WIDTH: f32 = 400.0;
const NOTES_SPACE: f32 = 22.0;
const NOTES_HEADING: f32 = LABEL.leading + 4.0;
const PARAGRAPH_SPACE: f32 = 5.0;
const SIGNATURE_SPACE: f32 = 26.0;
const SIGNATURES_HEADING: f32 = LABEL.leading + 2.0;
/// Room for a drawn signature.
pub(super) const SIGNATURE_ROOM: f32 = 44.0;
const SIGNATURE_HEIGHT: f32 = SIGNATURE_ROOM + 40.0;
pub(super) const SIGNATURE_GAP: f32 = 36.0;
/// Side of the printed code.
pub(super) const CODE: f32 = 62.0;
const FOOTER_LINES_MAX: usize = 5;
/// Lines that a cell may take, so that every row fits on a page.
const CELL_LINES_MAX: usize = 16;
const DETAIL_LINES_MAX: usize = 12;
/// What follows the table is kept with its last row when it takes at most this part of a page: nobody should have to sign
/// a sheet that shows nothing of what it is about.
const TAIL_PART_MAX: f32 = 0.42;
/// The widest that identifiers may be before they are broken.
const CODE_WIDTH_MAX: f32 = 118.0;
const NUMBER_WIDTH_MAX: f32 = 104.0;
const TEXT_WIDTH_MIN: f32 = 90.0;

/// A party, broken into lines.
pub(super) struct PartyBlock {
    pub(super) heading: Line,
    pub(super) lines: Vec<Line>,
}

impl PartyBlock {
    fn height(&self) -> f32 {
        self.heading.leading() + 3.0 + height(&self.lines)
    }
}

/// The upper part of the first page.
pub(super) struct Front {
    pub(super) seller_name: Option<Line>,
    pub(super) title: Line,
    pub(super) standing: Option<Line>,
    pub(super) number: Line,
    pub(super) revision: Option<Line>,
    pub(super) about: Vec<Line>,
    pub(super) seller: PartyBlock,
    pub(super) buyer: PartyBlock,
    /// Label, and the lines of its value.
    pub(super) facts: Vec<(Line, Vec<Line>)>,
    /// Left end and width of the three blocks.
    pub(super) thirds: [(f32, f32); 3],
    pub(super) label_width: f32,
    /// Where the rule above the blocks is.
    pub(super) rule_y: f32,
    height: f32,
}

/// A column in place.
pub(super) struct Place {
    pub(super) x: f32,
    pub(super) width: f32,
    pub(super) kind: ColumnKind,
    pub(super) label: Vec<Line>,
}

/// A row of the table, broken into lines.
pub(super) enum Set {
    Group(Line),
    Item { cells: Vec<Vec<Line>>, details: Vec<Line>, height: f32 },
}

impl Set {
    pub(super) fn height(&self) -> f32 {
        match self {
            Self::Group(line) => line.leading() + 2.0 * PAD + GROUP_SPACE,
            Self::Item { height, .. } => *height,
        }
    }
}

/// Something on a page.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Item {
    Front,
    RunningHead,
    TableHead,
    Row(usize),
    Totals,
    NotesHeading,
    /// Paragraph and line.
    Note(usize, usize),
    SignaturesHeading,
    Signatures(Range<usize>),
}

/// Something, and where its top is.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Placed {
    pub(super) y: f32,
    pub(super) item: Item,
}

/// Everything in its place.
pub(super) struct Layout {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) front: Front,
    pub(super) columns: Vec<Place>,
    /// The column below whose text details stand.
    pub(super) detail_column: usize,
    pub(super) rows: Vec<Set>,
    pub(super) notes: Vec<Vec<Line>>,
    pub(super) footer: Vec<Line>,
    pub(super) footer_y: f32,
    pub(super) head_height: f32,
    pub(super) pages: Vec<Vec<Placed>>,
}

impl Layout {
    pub(super) fn new(document: &Document) -> Self {
        let (width, page_height) = document.paper.size();
        let inner = width - 2.0 * MARGIN;
        let footer: Vec<Line> = document
            .legal_footer
            .iter()
            .flat_map(|text| wrap(text, SMALL, inner - 90.0))
            .take(FOOTER_LINES_MAX)
            .collect();
        let footer_y = page_height - BOTTOM - height(&footer).max(SMALL.leading);
        let columns = columns(document, inner);
        let detail_column = columns.iter().position(|column| column.kind == ColumnKind::Text).unwrap_or(0);
        let rows = document.lines.iter().map(|line| set(line, &columns, detail_column)).collect();
        let label_lines = columns.iter().map(|column| column.label.len()).max().unwrap_or(1).max(1);
        let mut layout = Self {
            width,
            height: page_height,
            front: front(document, inner),
            columns,
            detail_column,
            rows,
            notes: document.notes.iter().map(|text| wrap(text, BODY, NOTES_WIDTH)).collect(),
            footer,
            footer_y,
            head_height: HEAD_HEIGHT + (label_lines - 1) as f32 * LABEL.leading,
            pages: Vec::new(),
        };
        layout.pages = Flow::new(&layout).run(document);
        layout
    }

    /// The lowest that anything may reach.
    pub(super) fn content_bottom(&self) -> f32 {
        self.footer_y - 20.0
    }
}

pub(super) fn height(lines: &[Line]) -> f32 {
    lines.iter().map(Line::leading).sum()
}

fn front(document: &Document, inner: f32) -> Front {
    let words = &document.words;
    let beside_code = inner - if document.qr.is_some() { CODE + 20.0 } else { 0.0 };
    let seller_name = (!document.seller.name.is_empty()).then(|| Line::cut(&document.seller.name, SELLER, beside_code));
    let standing = document.standing.as_deref().map(|text| Line::cut(text, STANDING, 160.0));
    let revision = (document.revision > 1).then(|| {
        Line::new(&format!(" · {}", words.revision.replace("{n}", &document.revision.to_string())), NUMBER_MORE)
    });
    let number_room = beside_code - revision.as_ref().map_or(0.0, |line| line.width + 8.0);
    let about: Vec<Line> = document.title_lines.iter().flat_map(|text| wrap(text, ABOUT, beside_code)).collect();

    // The facts get more room than the addresses: labels and values stand beside each other.
    let gap = 26.0;
    let address = (inner - 2.0 * gap) * 0.3;
    let facts_width = inner - 2.0 * gap - 2.0 * address;
    let thirds = [(MARGIN, address), (MARGIN + address + gap, address), (MARGIN + 2.0 * (address + gap), facts_width)];
    let longest = document.meta.iter().map(|(label, _)| measure(label, FACT)).fold(0.0, f32::max);
    let label_width = (longest + 12.0).clamp(40.0, facts_width * 0.55);
    let facts: Vec<(Line, Vec<Line>)> = document
        .meta
        .iter()
        .map(|(label, value)| (Line::cut(label, FACT, label_width - 8.0), wrap(value, BODY, facts_width - label_width)))
        .collect();
    let seller = party(&document.seller, address);
    let buyer = party(&document.buyer, address);

    let head = seller_name.as_ref().map_or(0.0, |line| line.leading() + 14.0) + TITLE.leading + NUMBER.leading + 2.0;
    let head = (head + height(&about)).max(if document.qr.is_some() { CODE } else { 0.0 });
    let facts_height: f32 = facts.iter().map(|(_, value)| height(value).max(FACT.leading)).sum();
    let blocks = seller.height().max(buyer.height()).max(facts_height);
    let rule_y = TOP + head + 18.0;
    Front {
        seller_name,
        title: Line::cut(&words.title, TITLE, beside_code - standing.as_ref().map_or(0.0, |line| line.width + 30.0)),
        standing,
        number: Line::cut(&document.number, NUMBER, number_room),
        revision,
        about,
        seller,
        buyer,
        facts,
        thirds,
        label_width,
        rule_y,
        height: head + 18.0 + 16.0 + blocks + 26.0,
    }
}

fn party(party: &super::Party, width: f32) -> PartyBlock {
    let name = wrap(&party.name, NAME, width);
    let lines = party.lines.iter().flat_map(|text| wrap(text, BODY, width));
    PartyBlock { heading: Line::cut(&party.heading, LABEL, width), lines: name.into_iter().chain(lines).collect() }
}

/// Widths: identifiers and numbers take what they need, words share the rest.
fn columns(document: &Document, inner: f32) -> Vec<Place> {
    if document.columns.is_empty() {
        return Vec::new();
    }
    let natural = |at: usize| {
        let cells = document.lines.iter().filter_map(|line| match line {
            Row::Item { cells, .. } => cells.get(at),
            Row::Group(_) => None,
        });
        let widest = cells.map(|text| measure(text, BODY)).fold(0.0, f32::max);
        // A hair more than measured, so that rounding never breaks a line.
        widest.max(longest_word(&document.columns[at].label)) + 0.5
    };
    let mut widths: Vec<f32> = (0..document.columns.len()).map(natural).collect();
    for (width, column) in widths.iter_mut().zip(&document.columns) {
        match column.kind {
            ColumnKind::Code => *width = width.min(CODE_WIDTH_MAX),
            ColumnKind::Number => *width = width.min(NUMBER_WIDTH_MAX),
            ColumnKind::Text => {}
        }
    }
    let is_text = |at: &usize| document.columns[*at].kind == ColumnKind::Text;
    let texts: Vec<usize> = (0..widths.len()).filter(is_text).collect();
    let room = inner - GUTTER * (widths.len() - 1) as f32;
    let fixed: f32 = (0..widths.len()).filter(|at| !is_text(at)).map(|at| widths[at]).sum();
    let left = room - fixed;
    if texts.is_empty() || left < TEXT_WIDTH_MIN * texts.len() as f32 {
        // Too many columns for their content: everything shrinks or grows alike.
        let wanted: f32 = widths.iter().sum();
        widths.iter_mut().for_each(|width| *width *= room / wanted.max(1.0));
    } else {
        let wanted: f32 = texts.iter().map(|at| widths[*at]).sum();
        let spare = (left - wanted).max(0.0);
        let scale = (left / wanted.max(1.0)).min(1.0);
        texts.iter().for_each(|at| widths[*at] *= scale);
        widths[texts[0]] += spare;
    }
    let mut x = MARGIN;
    let place = |(column, width): (&super::Column, f32)| {
        let place = Place { x, width, kind: column.kind, label: wrap(&column.label, LABEL, width) };
        x += width + GUTTER;
        place
    };
    document.columns.iter().zip(widths).map(place).collect()
}

fn longest_word(label: &str) -> f32 {
    label.split(' ').map(|word| measure(word, LABEL)).fold(0.0, f32::max)
}

fn set(line: &Row, columns: &[Place], detail_column: usize) -> Set {
    match line {
        Row::Group(text) => {
            let width = columns.last().map_or(0.0, |last| last.x + last.width - MARGIN);
            Set::Group(Line::cut(text, GROUP, width))
        }
        Row::Item { cells, details } => {
            let cell = |(at, column): (usize, &Place)| {
                let text = cells.get(at).map_or("", String::as_str);
                shortened(wrap(text, BODY, column.width), CELL_LINES_MAX)
            };
            let cells: Vec<Vec<Line>> = columns.iter().enumerate().map(cell).collect();
            let width = columns.get(detail_column).map_or(0.0, |column| column.width);
            let details = details.iter().flat_map(|text| wrap(text, DETAIL, width)).collect();
            let details = shortened(details, DETAIL_LINES_MAX);
            let of = |at: usize| height(&cells[at]) + if at == detail_column { height(&details) } else { 0.0 };
            let tallest = (0..cells.len()).map(of).fold(BODY.leading, f32::max);
            Set::Item { height: tallest + 2.0 * PAD, cells, details }
        }
    }
}

/// At most so many lines; what is left out is said by an ellipsis.
fn shortened(mut lines: Vec<Line>, most: usize) -> Vec<Line> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = Line::new("…", last.style());
        }
    }
    lines
}

/// Height of the sums, with the space above them.
fn totals_height(document: &Document) -> f32 {
    if document.totals.is_empty() {
        return 0.0;
    }
    let of = |total: &super::Total| if total.is_grand { GRAND.leading + GRAND_SPACE } else { SUM.leading };
    TOTALS_SPACE + document.totals.iter().map(of).sum::<f32>()
}

/// Deals things to pages.
struct Flow<'a> {
    layout: &'a Layout,
    pages: Vec<Vec<Placed>>,
    y: f32,
}

impl<'a> Flow<'a> {
    fn new(layout: &'a Layout) -> Self {
        Self { layout, pages: Vec::new(), y: 0.0 }
    }

    fn run(mut self, document: &Document) -> Vec<Vec<Placed>> {
        self.pages.push(Vec::new());
        self.y = TOP;
        self.put(Item::Front, self.layout.front.height);
        self.rows(self.after_rows(document));
        self.totals(document);
        self.notes();
        self.signatures(document.signatures.len());
        self.pages
    }

    /// What must find room below the last row: the sums, and all that follows if that is not too much.
    fn after_rows(&self, document: &Document) -> f32 {
        let totals = totals_height(document);
        let notes: f32 = self.layout.notes.iter().map(|lines| height(lines) + PARAGRAPH_SPACE).sum();
        let notes = if notes > 0.0 { NOTES_SPACE + NOTES_HEADING + notes } else { 0.0 };
        let signatures = match document.signatures.len().div_ceil(2) {
            0 => 0.0,
            rows => SIGNATURE_SPACE + SIGNATURES_HEADING + rows as f32 * SIGNATURE_HEIGHT,
        };
        let tail = totals + notes + signatures;
        if tail <= TAIL_PART_MAX * self.layout.content_bottom() { tail } else { totals }
    }

    fn put(&mut self, item: Item, height: f32) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.push(Placed { y, item });
        }
        self.y += height;
    }

    fn fits(&self, height: f32) -> bool {
        self.y + height <= self.layout.content_bottom()
    }

    fn new_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP - 6.0;
        self.put(Item::RunningHead, RUNNING_HEIGHT);
    }

    fn rows(&mut self, after: f32) {
        let rows = &self.layout.rows;
        if self.layout.columns.is_empty() {
            return;
        }
        let head = self.layout.head_height;
        // The head is not left alone either: with it come the first row, and what that row cannot be parted from.
        if !self.fits(head + needed(rows, 0, after)) {
            self.new_page();
        }
        self.put(Item::TableHead, head);
        let mut alone = true;
        for (at, row) in rows.iter().enumerate() {
            let needed = needed(rows, at, after);
            if !alone && !self.fits(needed) {
                self.new_page();
                self.put(Item::TableHead, head);
            }
            self.put(Item::Row(at), row.height());
            alone = false;
        }
    }

    fn totals(&mut self, document: &Document) {
        let height = totals_height(document);
        if height == 0.0 {
            return;
        }
        if !self.fits(height) {
            self.new_page();
        }
        self.y += TOTALS_SPACE;
        self.put(Item::Totals, height - TOTALS_SPACE);
    }

    fn notes(&mut self) {
        if self.layout.notes.is_empty() {
            return;
        }
        if self.fits(NOTES_SPACE + NOTES_HEADING + 2.0 * BODY.leading) {
            self.y += NOTES_SPACE;
        } else {
            self.new_page();
        }
        self.put(Item::NotesHeading, NOTES_HEADING);
        for (paragraph, lines) in self.layout.notes.iter().enumerate() {
            for line in 0..lines.len() {
                if !self.fits(BODY.leading) {
                    self.new_page();
                }
                self.put(Item::Note(paragraph, line), BODY.leading);
            }
            self.y += PARAGRAPH_SPACE;
        }
    }

    fn signatures(&mut self, count: usize) {
        for first in (0..count).step_by(2) {
            let heading = if first == 0 { SIGNATURES_HEADING } else { 0.0 };
            if self.fits(SIGNATURE_SPACE + heading + SIGNATURE_HEIGHT) {
                self.y += if first == 0 { SIGNATURE_SPACE } else { 0.0 };
            } else {
                self.new_page();
            }
            if first == 0 {
                self.put(Item::SignaturesHeading, heading);
            }
            self.put(Item::Signatures(first..count.min(first + 2)), SIGNATURE_HEIGHT);
        }
    }
}

/// The height that a row must find: its own; a group's with its first line; the last one's with the sums.
fn needed(rows: &[Set], at: usize, after: f32) -> f32 {
    let Some(row) = rows.get(at) else { return 0.0 };
    let last = at + 1 == rows.len();
    let own = row.height() + if last { after } else { 0.0 };
    if matches!(row, Set::Group(_)) && !last { own + needed(rows, at + 1, after) } else { own }
}
