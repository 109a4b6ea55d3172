//! Drawing what was laid out, and telling the reading order to those who have the page read to them.

use super::layout::{self, Item, Layout, Set};
use super::{ColumnKind, Document, Signature};
use crate::civil;
use crate::type_setting::{Ink, Line};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::error::KrillaResult;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, BBox, ContentTag, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::{Document as Pdf, SerializeSettings};
use qrcode::{EcLevel, QrCode};
use std::num::{NonZeroU16, NonZeroU32};

/// What the file says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Promise {
    /// PDF/A-2a and PDF/UA-1.
    Archival,
    /// Tagged, but no standard is claimed.
    None,
}

/// Groups of the reading order that are filled while pages are drawn.
struct Tags {
    front: Vec<TagGroup>,
    head: Option<TagGroup>,
    body: TagGroup,
    totals: TagGroup,
    after: Vec<TagGroup>,
}

pub(super) fn write(document: &Document, layout: &Layout, promise: Promise) -> KrillaResult<Vec<u8>> {
    let mut pdf = Pdf::new_with(settings(promise, document.attachment.is_some()));
    let mut tags = Tags {
        front: Vec::new(),
        head: None,
        body: TagGroup::new(Tag::TBody),
        totals: TagGroup::new(Tag::TBody),
        after: Vec::new(),
    };
    for (number, placed) in layout.pages.iter().enumerate() {
        let size = PageSettings::from_wh(layout.width, layout.height).expect("paper has a size");
        let mut page = pdf.start_page_with(size);
        let mut canvas = Canvas { surface: page.surface(), document, layout, page: number, tags: &mut tags };
        for item in placed {
            canvas.item(&item.item, item.y);
        }
        canvas.footer();
        // Leaving the canvas ends its surface, and then the page.
        drop(canvas);
        page.finish();
    }
    pdf.set_metadata(metadata(document));
    pdf.set_outline(outline(document));
    pdf.set_tag_tree(tree(document, tags));
    attach(&mut pdf, document);
    pdf.finish()
}

/// Puts the form that programs read into the file.
fn attach(pdf: &mut Pdf, document: &Document) {
    let Some(it) = &document.attachment else { return };
    let file = EmbeddedFile {
        path: it.name.clone(),
        mime_type: MimeType::new(it.media_type),
        description: Some(it.description.clone()),
        association_kind: AssociationKind::Alternative,
        data: it.bytes.clone().into(),
        modification_date: Some(date(document.issued_at)),
        compress: None,
        location: None,
    };
    // One file, so that no other has its name.
    let _ = pdf.embed_file(file);
}

fn settings(promise: Promise, carries: bool) -> SerializeSettings {
    // Only the third part of the standard for archives lets a document carry others.
    let archival = if carries { Archival::A3_A } else { Archival::A2_A };
    let strict = ConfigurationBuilder::new()
        .with_archival_validator(archival)
        .with_accessibility_validator(Accessibility::UA1)
        .finish();
    match promise {
        Promise::Archival => SerializeSettings {
            configuration: strict.expect("both standards allow PDF 1.7"),
            ..SerializeSettings::default()
        },
        Promise::None => SerializeSettings::default(),
    }
}

fn name(document: &Document) -> String {
    format!("{} {}", document.words.title, document.number)
}

fn date(micros: i64) -> DateTime {
    let at = civil::moment(micros);
    let date = DateTime::new(at.year.clamp(0, 9999) as u16).month(at.month).day(at.day);
    date.hour(at.hour).minute(at.minute).second(at.second).utc_offset_hour(0).utc_offset_minute(0)
}

fn metadata(document: &Document) -> Metadata {
    Metadata::new()
        .title(name(document))
        .authors(vec![document.seller.name.clone()])
        .language(document.words.language.clone())
        .creator("Caseload".to_owned())
        .creation_date(date(document.issued_at))
}

fn outline(document: &Document) -> Outline {
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(name(document), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    outline
}

/// The reading order of the whole document.
fn tree(document: &Document, tags: Tags) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(document.words.language.clone()));
    tags.front.into_iter().for_each(|group| tree.push(group));
    if let Some(head) = tags.head {
        let mut table = TagGroup::new(Tag::Table);
        table.push(head);
        if !tags.body.children.is_empty() {
            table.push(tags.body);
        }
        tree.push(table);
    }
    if !tags.totals.children.is_empty() {
        tree.push(TagGroup::with_children(Tag::Table, vec![tags.totals.into()]));
    }
    tags.after.into_iter().for_each(|group| tree.push(group));
    tree
}

/// A page being drawn.
struct Canvas<'a, 's> {
    surface: Surface<'s>,
    document: &'a Document,
    layout: &'a Layout,
    page: usize,
    tags: &'a mut Tags,
}

impl Canvas<'_, '_> {
    fn item(&mut self, item: &Item, y: f32) {
        match item {
            Item::Front => self.front(y),
            Item::RunningHead => self.running_head(y),
            Item::TableHead => self.table_head(y),
            Item::Row(at) => self.row(*at, y),
            Item::Totals => self.totals(y),
            Item::NotesHeading => self.heading(&self.document.words.notes, y),
            Item::Note(paragraph, line) => self.note(*paragraph, *line, y),
            Item::SignaturesHeading => self.heading(&self.document.words.signatures, y),
            Item::Signatures(range) => {
                let width = (self.right() - layout::MARGIN - layout::SIGNATURE_GAP) / 2.0;
                for (at, signature) in self.document.signatures[range.clone()].iter().enumerate() {
                    let x = layout::MARGIN + at as f32 * (width + layout::SIGNATURE_GAP);
                    self.signature(signature, x, y, width);
                }
            }
        }
    }

    fn right(&self) -> f32 {
        self.layout.width - layout::MARGIN
    }

    /// Draws a line as a part of a group of the reading order.
    fn text(&mut self, group: &mut TagGroup, line: &Line, x: f32, y: f32) {
        if line.is_empty() {
            return;
        }
        let id = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        line.draw(&mut self.surface, x, y);
        self.surface.end_tagged();
        group.push(id);
    }

    /// Draws lines below each other and gives the place below them.
    fn block(&mut self, group: &mut TagGroup, lines: &[Line], x: f32, mut y: f32) -> f32 {
        for line in lines {
            self.text(group, line, x, y);
            y += line.leading();
        }
        y
    }

    /// A group of its own for what stands there.
    fn tagged(&mut self, tag: impl Into<TagKind>, lines: &[Line], x: f32, y: f32) -> TagGroup {
        let mut group = TagGroup::new(tag);
        self.block(&mut group, lines, x, y);
        group
    }

    /// Draws what is no content: rules, running heads.
    fn decoration(&mut self, kind: ArtifactType, draw: impl FnOnce(&mut Surface<'_>)) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        draw(&mut self.surface);
        self.surface.end_tagged();
    }

    fn rule(&mut self, from: f32, to: f32, y: f32, thickness: f32, ink: Ink) {
        self.decoration(ArtifactType::Layout, |surface| rectangle(surface, from, y, to - from, thickness, ink));
    }

    fn front(&mut self, top: f32) {
        let front = &self.layout.front;
        let left = layout::MARGIN;
        let mut y = top;
        if let Some(name) = &front.seller_name {
            let group = self.tagged(Tag::P, std::slice::from_ref(name), left, y);
            self.tags.front.push(group);
            y += name.leading() + 14.0;
        }
        let level = NonZeroU16::MIN;
        let mut title = TagGroup::new(Tag::Hn(level, Some(name(self.document))));
        // The large letters are moved a little to the left, so that their stems stand above the small ones.
        self.text(&mut title, &front.title, left - 1.5, y);
        if let Some(standing) = &front.standing {
            let x = left + front.title.width + 14.0;
            let (height, width) = (standing.leading() + 3.0, standing.width + 14.0);
            self.decoration(ArtifactType::Layout, |surface| frame(surface, x, y + 7.5, width, height, layout::RED));
            self.text(&mut title, standing, x + 7.0, y + 9.0);
        }
        y += front.title.leading() + 2.0;
        self.text(&mut title, &front.number, left, y);
        if let Some(revision) = &front.revision {
            self.text(&mut title, revision, left + front.number.width, y);
        }
        self.tags.front.push(title);
        y += front.number.leading();
        if !front.about.is_empty() {
            let group = self.tagged(Tag::P, &front.about, left, y);
            self.tags.front.push(group);
        }
        if let Some(address) = &self.document.qr {
            self.code(address, self.right() - layout::CODE, top);
        }

        self.rule(left, self.right(), front.rule_y, 0.6, layout::HAIRLINE);
        let y = front.rule_y + 16.0;
        for (block, (x, _)) in [&front.seller, &front.buyer].into_iter().zip(front.thirds) {
            let mut group = TagGroup::new(Tag::P);
            self.text(&mut group, &block.heading, x, y);
            self.block(&mut group, &block.lines, x, y + block.heading.leading() + 3.0);
            self.tags.front.push(group);
        }
        self.facts(front.thirds[2].0, y);
    }

    fn facts(&mut self, x: f32, mut y: f32) {
        for (label, value) in &self.layout.front.facts {
            let mut group = TagGroup::new(Tag::P);
            self.text(&mut group, label, x, y);
            let below = self.block(&mut group, value, x + self.layout.front.label_width, y);
            self.tags.front.push(group);
            y = below.max(y + label.leading());
        }
    }

    /// The address as a code, a figure with words for those who cannot see it. One that is too long is left out.
    fn code(&mut self, address: &str, x: f32, y: f32) {
        let Ok(code) = QrCode::with_error_correction_level(address.as_bytes(), EcLevel::M) else { return };
        let side = code.width();
        let module = layout::CODE / side as f32;
        let colors = code.to_colors();
        let mut path = PathBuilder::new();
        for row in 0..side {
            // Neighbouring dark modules are one rectangle: no hair between them, and a smaller file.
            let mut column = 0;
            while column < side {
                let dark = |at: usize| at < side && colors[row * side + at] == qrcode::Color::Dark;
                let length = (column..).take_while(|at| dark(*at)).count();
                if length > 0 {
                    let (left, top) = (x + column as f32 * module, y + row as f32 * module);
                    // A hair of overlap downwards closes the seams that viewers draw between rows.
                    let rect = Rect::from_xywh(left, top, length as f32 * module, module * 1.02);
                    rect.into_iter().for_each(|rect| path.push_rect(rect));
                }
                column += length.max(1);
            }
        }
        let Some(path) = path.finish() else { return };
        let alt = format!("{}: {address}", self.document.words.code);
        let bounds = Rect::from_xywh(x, y, layout::CODE, layout::CODE).map(|rect| BBox::new(self.page, rect));
        let id = self.surface.start_tagged(ContentTag::Other);
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(layout::INK.fill()));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
        let figure = Tag::Figure(Some(alt)).with_bbox(bounds).with_placement(Some(krilla::tagging::Placement::Block));
        self.tags.front.push(TagGroup::with_children(figure, vec![id.into()]));
    }

    fn running_head(&mut self, y: f32) {
        let seller = Line::cut(&self.document.seller.name, layout::RUNNING, 250.0);
        let title = Line::cut(&name(self.document), layout::RUNNING, 230.0);
        let x = self.right() - title.width;
        self.decoration(ArtifactType::Header, |surface| {
            seller.draw(surface, layout::MARGIN, y);
            title.draw(surface, x, y);
        });
    }

    /// The head of the table; only the first is read out, the others are repetition.
    fn table_head(&mut self, y: f32) {
        let bottom = y + self.layout.head_height;
        let columns = &self.layout.columns;
        let mut head = TagGroup::new(Tag::TR);
        let repeated = self.tags.head.is_some();
        for column in columns {
            let top = bottom - 6.0 - layout::height(&column.label);
            let mut cell = TagGroup::new(Tag::TH(TableHeaderScope::Column));
            for (at, line) in column.label.iter().enumerate() {
                let x = column.aligned(line);
                let y = top + at as f32 * line.leading();
                if repeated {
                    self.decoration(ArtifactType::PaginationOther, |surface| line.draw(surface, x, y));
                } else {
                    self.text(&mut cell, line, x, y);
                }
            }
            head.push(cell);
        }
        self.rule(layout::MARGIN, self.right(), bottom - 1.0, 0.7, layout::RULE);
        if !repeated {
            self.tags.head = Some(TagGroup::with_children(Tag::THead, vec![head.into()]));
        }
    }

    fn row(&mut self, at: usize, y: f32) {
        let columns = &self.layout.columns;
        let row = &self.layout.rows[at];
        let mut group = TagGroup::new(Tag::TR);
        match row {
            Set::Group(line) => {
                let span = u32::try_from(columns.len()).ok().and_then(NonZeroU32::new);
                let mut cell = TagGroup::new(Tag::TH(TableHeaderScope::Row).with_col_span(span));
                self.text(&mut cell, line, layout::MARGIN, y + layout::PAD + layout::GROUP_SPACE);
                group.push(cell);
            }
            Set::Item { cells, details, .. } => {
                for (at, (lines, column)) in cells.iter().zip(columns).enumerate() {
                    let mut cell = TagGroup::new(Tag::TD);
                    let mut below = y + layout::PAD;
                    for line in lines {
                        self.text(&mut cell, line, column.aligned(line), below);
                        below += line.leading();
                    }
                    if at == self.layout.detail_column {
                        self.block(&mut cell, details, column.x, below);
                    }
                    group.push(cell);
                }
            }
        }
        self.tags.body.push(group);
        self.rule(layout::MARGIN, self.right(), y + row.height() - 0.5, 0.5, layout::HAIRLINE);
    }

    fn totals(&mut self, mut y: f32) {
        let (left, right) = (self.right() - layout::TOTALS_WIDTH, self.right());
        for total in &self.document.totals {
            let (label_style, style) = if total.is_grand {
                self.rule(left, right, y + layout::GRAND_SPACE / 2.0, 0.7, layout::RULE);
                y += layout::GRAND_SPACE;
                (layout::GRAND, layout::GRAND)
            } else {
                (layout::SUM_LABEL, layout::SUM)
            };
            let amount = Line::cut(&total.amount, style, layout::TOTALS_WIDTH * 0.6);
            let label = Line::cut(&total.label, label_style, layout::TOTALS_WIDTH - amount.width - 12.0);
            let mut label_cell = TagGroup::new(Tag::TH(TableHeaderScope::Row));
            self.text(&mut label_cell, &label, left, y);
            let mut cell = TagGroup::new(Tag::TD);
            self.text(&mut cell, &amount, right - amount.width, y);
            self.tags.totals.push(TagGroup::with_children(Tag::TR, vec![label_cell.into(), cell.into()]));
            y += style.leading;
        }
    }

    fn heading(&mut self, text: &str, y: f32) {
        let line = Line::new(text, layout::LABEL);
        let level = NonZeroU16::new(2).unwrap_or(NonZeroU16::MIN);
        let group = self.tagged(Tag::Hn(level, Some(text.to_owned())), &[line], layout::MARGIN, y);
        self.tags.after.push(group);
    }

    /// A line of a note; the first one begins the paragraph, the others belong to it, on whatever page.
    fn note(&mut self, paragraph: usize, line: usize, y: f32) {
        let mut group = match self.tags.after.pop_if(|_| line > 0) {
            Some(begun) => begun,
            None => TagGroup::new(Tag::P),
        };
        self.text(&mut group, &self.layout.notes[paragraph][line], layout::MARGIN, y);
        self.tags.after.push(group);
    }

    fn signature(&mut self, signature: &Signature, x: f32, y: f32, width: f32) {
        let mut group = TagGroup::new(Tag::P);
        let base = y + layout::SIGNATURE_ROOM;
        if let Some(path) = strokes(&signature.strokes, x, y + 3.0, width, layout::SIGNATURE_ROOM - 6.0) {
            let alt = format!("{} {}", signature.role, signature.name);
            let bounds = Rect::from_xywh(x, y, width, layout::SIGNATURE_ROOM).map(|rect| BBox::new(self.page, rect));
            let id = self.surface.start_tagged(ContentTag::Other);
            self.surface.set_fill(None);
            self.surface.set_stroke(Some(pen(1.1, layout::INK)));
            self.surface.draw_path(&path);
            self.surface.set_stroke(None);
            self.surface.end_tagged();
            let figure =
                Tag::Figure(Some(alt)).with_bbox(bounds).with_placement(Some(krilla::tagging::Placement::Block));
            self.tags.after.push(TagGroup::with_children(figure, vec![id.into()]));
        }
        self.rule(x, x + width, base, 0.6, layout::RULE);
        let role = Line::cut(&signature.role, layout::DETAIL, width);
        let name = Line::cut(&signature.name, layout::BODY, width * 0.65);
        let at = Line::cut(&signature.signed_at, layout::DETAIL, width * 0.35 - 8.0);
        self.text(&mut group, &name, x, base + 4.0);
        self.text(&mut group, &at, x + width - at.width, base + 5.5);
        let below = if signature.name.is_empty() { 5.0 } else { 17.0 };
        self.text(&mut group, &role, x, base + below);
        self.tags.after.push(group);
    }

    fn footer(&mut self) {
        let y = self.layout.footer_y;
        self.rule(layout::MARGIN, self.right(), y - 9.0, 0.5, layout::HAIRLINE);
        let pages = self.layout.pages.len();
        let text = self.document.words.page.replace("{page}", &(self.page + 1).to_string());
        let number = Line::new(&text.replace("{pages}", &pages.to_string()), layout::SMALL);
        let x = self.right() - number.width;
        let lines = &self.layout.footer;
        self.decoration(ArtifactType::Footer, |surface| {
            for (at, line) in lines.iter().enumerate() {
                line.draw(surface, layout::MARGIN, y + at as f32 * line.leading());
            }
            number.draw(surface, x, y);
        });
    }
}

impl layout::Place {
    /// The left end of a line in this column.
    fn aligned(&self, line: &Line) -> f32 {
        match self.kind {
            ColumnKind::Number => self.x + self.width - line.width,
            ColumnKind::Text | ColumnKind::Code => self.x,
        }
    }
}

fn rectangle(surface: &mut Surface<'_>, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
    let Some(rect) = Rect::from_xywh(x, y, width, height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    surface.set_stroke(None);
    surface.set_fill(Some(ink.fill()));
    path.finish().iter().for_each(|path| surface.draw_path(path));
}

/// A frame with round corners.
fn frame(surface: &mut Surface<'_>, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
    let (radius, right, bottom) = (height / 2.0, x + width, y + height);
    // How far the handles of a curve reach to be a quarter of a circle.
    let handle = radius * 0.447_715;
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - handle, y, right, y + handle, right, y + radius);
    path.cubic_to(right, bottom - handle, right - handle, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + handle, bottom, x, bottom - handle, x, bottom - radius);
    path.cubic_to(x, y + handle, x + handle, y, x + radius, y);
    path.close();
    surface.set_fill(None);
    surface.set_stroke(Some(pen(0.8, ink)));
    path.finish().iter().for_each(|path| surface.draw_path(path));
    surface.set_stroke(None);
}

fn pen(width: f32, ink: Ink) -> Stroke {
    Stroke { paint: ink.fill().paint, width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() }
}

/// A drawn signature, as large as the room allows without changing its shape. Nothing when there is nothing drawn.
fn strokes(strokes: &[Vec<(f32, f32)>], x: f32, y: f32, width: f32, height: f32) -> Option<krilla::geom::Path> {
    /// More points than any hand draws.
    const POINTS_MAX: usize = 20_000;
    let points = || strokes.iter().flatten().filter(|(x, y)| x.is_finite() && y.is_finite()).take(POINTS_MAX);
    let (mut left, mut top, mut right, mut bottom) = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
    for &(px, py) in points() {
        (left, right) = (left.min(px), right.max(px));
        (top, bottom) = (top.min(py), bottom.max(py));
    }
    let (wide, high) = (right - left, bottom - top);
    if !(wide > 0.0 && high > 0.0 && wide.is_finite() && high.is_finite()) {
        return None;
    }
    let scale = (width * 0.8 / wide).min(height / high);
    let mut path = PathBuilder::new();
    let mut budget = POINTS_MAX;
    for stroke in strokes {
        let mut begun = false;
        for &(px, py) in stroke.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).take(budget) {
            let (at_x, at_y) = (x + (px - left) * scale, y + height - (bottom - py) * scale);
            if begun {
                path.line_to(at_x, at_y)
            } else {
                path.move_to(at_x, at_y)
            }
            begun = true;
        }
        budget = budget.saturating_sub(stroke.len());
    }
    path.finish()
}
