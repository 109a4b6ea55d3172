//! Labels of units: a DataMatrix (ISO/IEC 16022) with words beside it, as PDF for a sheet or a roll, as ZPL for label printers, and as
//! SVG for the screen.

use crate::document::PrintError;
use crate::type_setting::{Ink, Line, Style, Weight};
use datamatrix::{DataMatrixBuilder, SymbolList};
use krilla::Document as Pdf;
use krilla::geom::{PathBuilder, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use std::fmt::Write as _;

/// What the code of a label holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Code {
    /// A GS1 element string, fields of variable length ended by the group separator (29): a GS1 DataMatrix.
    Gs1(String),
    /// Anything else, as it is.
    Plain(String),
}

/// A label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// What it is.
    pub title: String,
    /// Up to four lines: (abbreviation as on device labels, value).
    pub lines: Vec<(String, String)>,
    /// The code.
    pub code: Code,
    /// The code for people: what it holds, as it is printed beneath.
    pub printed: String,
    /// Whose label it is.
    pub owner: String,
}

/// On what labels are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stock {
    /// A4 with three by eight labels of 63.5 by 33.9 mm.
    Sheet,
    /// A roll: one label of 60 by 30 mm a page.
    Roll,
}

/// A code as modules, true for dark, row by row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Modules {
    /// Modules of a row.
    pub width: usize,
    /// The modules.
    pub dark: Vec<bool>,
}

impl Modules {
    /// How many rows.
    pub fn height(&self) -> usize {
        self.dark.len() / self.width.max(1)
    }

    /// Runs of dark modules: (column, row, length).
    fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for (row, modules) in self.dark.chunks(self.width.max(1)).enumerate() {
            let mut at = 0;
            while at < modules.len() {
                let run = modules[at..].iter().take_while(|dark| **dark).count();
                if run > 0 {
                    found.push((at, row, run));
                }
                at += run.max(1);
            }
        }
        found
    }
}

/// The modules of a code; None when it holds more than a symbol can.
pub fn modules(code: &Code) -> Option<Modules> {
    let builder = DataMatrixBuilder::new().with_symbol_list(SymbolList::default().enforce_square());
    let made = match code {
        Code::Gs1(text) => builder.with_fnc1_start(true).with_macros(false).encode(text.as_bytes()),
        Code::Plain(text) => builder.with_macros(false).encode(text.as_bytes()),
    };
    let bitmap = made.ok()?.bitmap();
    Some(Modules { width: bitmap.width(), dark: bitmap.bits().to_vec() })
}

/// Modules of white around a code.
const QUIET: usize = 2;

/// A code in SVG, described by `label` to those who cannot see it.
pub fn svg(code: &Code, label: &str) -> Option<String> {
    let modules = modules(code)?;
    let mut path = String::new();
    for (column, row, run) in modules.runs() {
        let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
    }
    let (width, height) = (modules.width + 2 * QUIET, modules.height() + 2 * QUIET);
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/><path d=\"{path}\" \
         fill=\"#000\"/></svg>"
    ))
}

// ---- PDF ------------------------------------------------------------------------------------------------------------

/// Points of a millimetre.
const MM: f32 = 72.0 / 25.4;

struct Measures {
    page: (f32, f32),
    columns: usize,
    rows: usize,
    left: f32,
    top: f32,
    step: (f32, f32),
    size: (f32, f32),
}

impl Stock {
    const fn measures(self) -> Measures {
        match self {
            Self::Sheet => Measures {
                page: (210.0 * MM, 297.0 * MM),
                columns: 3,
                rows: 8,
                left: 7.2 * MM,
                top: 12.9 * MM,
                step: (66.0 * MM, 33.9 * MM),
                size: (63.5 * MM, 33.9 * MM),
            },
            Self::Roll => Measures {
                page: (60.0 * MM, 30.0 * MM),
                columns: 1,
                rows: 1,
                left: 0.0,
                top: 0.0,
                step: (60.0 * MM, 30.0 * MM),
                size: (60.0 * MM, 30.0 * MM),
            },
        }
    }
}

const BLACK: Ink = Ink(0, 0, 0);
const TITLE: Style = Style { size: 8.0, leading: 9.5, weight: Weight::SemiBold, ink: BLACK, tracking: 0.0 };
const TEXT: Style = Style { size: 7.0, leading: 8.4, weight: Weight::Regular, ink: BLACK, tracking: 0.0 };
const SMALL: Style = Style { size: 5.2, leading: 6.0, weight: Weight::Regular, ink: BLACK, tracking: 0.0 };
/// Between the edge of a label and what stands on it.
const EDGE: f32 = 2.5 * MM;
/// The side of a code.
const SIDE: f32 = 17.0 * MM;

/// Labels as PDF.
///
/// # Errors
/// When a file cannot be made of them.
pub fn pdf(labels: &[Label], stock: Stock) -> Result<Vec<u8>, PrintError> {
    let measures = stock.measures();
    let mut pdf = Pdf::new();
    for chunk in labels.chunks(measures.columns * measures.rows) {
        let (width, height) = measures.page;
        let size = PageSettings::from_wh(width, height).expect("paper has a size");
        let mut page = pdf.start_page_with(size);
        let mut surface = page.surface();
        for (at, label) in chunk.iter().enumerate() {
            let (column, row) = (at % measures.columns, at / measures.columns);
            let x = measures.left + column as f32 * measures.step.0;
            let y = measures.top + row as f32 * measures.step.1;
            draw(&mut surface, label, x, y, measures.size);
        }
        surface.finish();
        page.finish();
    }
    pdf.set_metadata(Metadata::new().title("Labels".to_owned()).creator("Caseload".to_owned()));
    pdf.finish().map_err(PrintError::of)
}

fn draw(surface: &mut Surface<'_>, label: &Label, x: f32, y: f32, (width, height): (f32, f32)) {
    let (left, top) = (x + EDGE, y + EDGE);
    let mut text_left = left;
    if let Some(modules) = modules(&label.code) {
        let module = SIDE / (modules.width.max(modules.height()) + 2 * QUIET) as f32;
        let mut path = PathBuilder::new();
        for (column, row, run) in modules.runs() {
            let at = (left + (column + QUIET) as f32 * module, top + (row + QUIET) as f32 * module);
            // A hair of overlap downwards closes the seams that viewers draw between rows.
            let rect = Rect::from_xywh(at.0, at.1, run as f32 * module, module * 1.02);
            rect.into_iter().for_each(|rect| path.push_rect(rect));
        }
        if let Some(path) = path.finish() {
            surface.set_stroke(None);
            surface.set_fill(Some(BLACK.fill()));
            surface.draw_path(&path);
        }
        text_left += SIDE + 1.5 * MM;
    }
    let room = x + width - EDGE - text_left;
    let mut line = |text: &str, style: Style, at: &mut f32| {
        *at += style.leading;
        Line::cut(text, style, room).draw(surface, text_left, *at);
    };
    let mut at = top;
    line(&label.title, TITLE, &mut at);
    for (name, value) in label.lines.iter().take(4) {
        line(&format!("{name}  {value}"), TEXT, &mut at);
    }
    let bottom = y + height - EDGE;
    let whole = x + width - EDGE - left;
    Line::cut(&label.owner, SMALL, whole).draw(surface, left, bottom - SMALL.leading);
    Line::cut(&label.printed, SMALL, whole).draw(surface, left, bottom);
}

// ---- ZPL ------------------------------------------------------------------------------------------------------------

/// Dots of a millimetre at 203 dpi.
const DOTS: f32 = 8.0;

/// Labels for printers that understand ZPL II: 60 by 30 mm at 203 dpi.
pub fn zpl(labels: &[Label]) -> String {
    let mut text = String::new();
    for label in labels {
        let _ = writeln!(text, "^XA");
        let _ = writeln!(text, "^CI28^PW{}^LL{}", (60.0 * DOTS) as u32, (30.0 * DOTS) as u32);
        // ^BX takes FNC1 as the escape character and a one; a group separator stands for itself as _d029.
        let data = match &label.code {
            Code::Gs1(code) => format!("_1{}", escaped(code)),
            Code::Plain(code) => escaped(code),
        };
        let _ = writeln!(text, "^FO16,16^BXN,5,200,,,,_,1^FH~^FD{data}^FS");
        let mut y = 20;
        let mut line = |words: &str, size: u32| {
            let _ = writeln!(text, "^FO184,{y}^A0N,{size},{size}^FB280,1,0,L,0^FH~^FD{}^FS", hexed(words));
            y += size + 6;
        };
        line(&label.title, 24);
        for (name, value) in label.lines.iter().take(4) {
            line(&format!("{name} {value}"), 20);
        }
        let _ = writeln!(text, "^FO16,196^A0N,16,16^FB448,1,0,L,0^FH~^FD{}^FS", hexed(&label.owner));
        let _ = writeln!(text, "^FO16,216^A0N,16,16^FB448,1,0,L,0^FH~^FD{}^FS", hexed(&label.printed));
        let _ = writeln!(text, "^XZ");
    }
    text
}

/// The data of a code: what the language or the symbol would take for a command is written by its number.
fn escaped(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    for c in code.chars() {
        match c {
            '_' => text.push_str("__"),
            '\u{1d}' => text.push_str("_d029"),
            '^' | '~' => {
                let _ = write!(text, "~{:02X}", c as u32);
            }
            c => text.push(c),
        }
    }
    text
}

/// Words in a field: no command of the language stands among them.
fn hexed(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '^' | '~' | '\\' | '_' => {
                let _ = write!(text, "~{:02X}", c as u32);
            }
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use datamatrix::DataMatrix;

    const ELEMENT: &str = "0109506000134352171231312110X_7\u{1d}10LOT~A";

    fn label(code: Code) -> Label {
        Label {
            title: "Cup 52 mm \u{2014} a name that is far longer than a label of sixty millimetres has room for".into(),
            lines: vec![("REF".into(), "CUP-52".into()), ("LOT".into(), "A^1".into())],
            code,
            printed: "(01)09506000134352(10)A1".into(),
            owner: "Northlake".into(),
        }
    }

    #[test]
    fn a_code_holds_what_was_put_into_it() {
        for code in [Code::Gs1(ELEMENT.into()), Code::Plain("unt_01hzy".into())] {
            let made = modules(&code).unwrap();
            let (Code::Gs1(text) | Code::Plain(text)) = &code;
            assert_eq!(DataMatrix::decode(&made.dark, made.width).unwrap(), text.as_bytes());
            assert_eq!(made.width, made.height());
        }
        // The first codeword of a GS1 symbol is FNC1 (232).
        let gs1 = DataMatrixBuilder::new().with_fnc1_start(true).encode(ELEMENT.as_bytes()).unwrap();
        assert_eq!(gs1.data_codewords()[0], 232);
        assert!(modules(&Code::Plain("x".repeat(5_000))).is_none());
    }

    #[test]
    fn sheets_and_rolls_have_a_page_for_so_many() {
        let labels = vec![label(Code::Gs1(ELEMENT.into())); 25];
        let sheet = pdf(&labels, Stock::Sheet).unwrap();
        assert!(sheet.starts_with(b"%PDF"));
        // Two pages against twenty-five.
        assert!(pdf(&labels, Stock::Roll).unwrap().len() > sheet.len());
        assert!(svg(&Code::Gs1(ELEMENT.into()), "Code for \"A\"").unwrap().contains("&quot;A&quot;"));
    }

    #[test]
    fn what_a_label_says_is_no_command() {
        let text = zpl(&[label(Code::Gs1(ELEMENT.into()))]);
        assert!(text.contains("^FD_10109506000134352171231312110X__7_d02910LOT~7EA^FS"), "{text}");
        assert!(text.contains("LOT A~5E1"), "{text}");
        assert_eq!(text.matches("^XA").count(), 1);
    }
}
