use super::layout::{Item, Layout, Set};
use super::*;
use proptest::prelude::*;

fn item(at: usize) -> Line {
    let products = [
        "Acetabular shell, porous coated, three holes",
        "Femoral head, ceramic",
        "Polyethylene liner, neutral",
        "Cementless stem, standard offset, collared, with hydroxyapatite coating on its proximal third",
    ];
    Line::Item {
        cells: vec![
            format!("{:05}-{:02}", 40_312 + at * 7, at % 60),
            products[at % 4].to_owned(),
            "1".to_owned(),
            "1,250.00".to_owned(),
            "1,250.00".to_owned(),
        ],
        details: vec![format!("Lot B{:06} · expires 2028-02-29 · (01)00810001234567(10)B{:06}", at * 37, at * 37)],
    }
}

pub(super) fn sample(lines: usize) -> Document {
    let mut document = Document::new(Kind::SalesOrder, "SO-2026-00042");
    document.revision = 2;
    document.title_lines = vec!["Total hip, right · 20 November 2026, 07:30 · Dr. Ngọc Đặng".to_owned()];
    document.seller = Party {
        heading: "From".to_owned(),
        name: "Meridian Orthopaedics".to_owned(),
        lines: vec![
            "1180 Harbor Way".to_owned(),
            "Portland, OR 97209".to_owned(),
            "orders@meridian.example".to_owned(),
        ],
    };
    document.buyer = Party {
        heading: "Bill to".to_owned(),
        name: "Clínica São João & Łódź Memorial Hospital".to_owned(),
        lines: vec![
            "Accounts payable".to_owned(),
            "400 NE Mother Joseph Place".to_owned(),
            "Vancouver, WA 98664".to_owned(),
        ],
    };
    document.meta = [
        ("Date", "20 November 2026"),
        ("Event", "EV-2026-00317"),
        ("Account", "10-44821"),
        ("Representative", "Ana Lindholm"),
        ("Purchase order", "to follow"),
        ("Terms", "Net 30 days from invoice"),
    ]
    .map(|(label, value)| (label.to_owned(), value.to_owned()))
    .to_vec();
    document.columns = vec![
        Column::new("Number", ColumnKind::Code),
        Column::new("Description", ColumnKind::Text),
        Column::new("Quantity", ColumnKind::Number),
        Column::new("Unit price", ColumnKind::Number),
        Column::new("Amount", ColumnKind::Number),
    ];
    document.lines = (0..lines).map(item).collect();
    document.totals =
        vec![Total::new("Subtotal", "$5,000.00"), Total::new("Freight", "$45.00"), Total::grand("Total", "$5,045.00")];
    document.notes =
        vec!["Please send the purchase order number to orders@meridian.example within five working days.".to_owned()];
    document.signatures = vec![
        Signature {
            role: "For Meridian Orthopaedics".to_owned(),
            name: "Ana Lindholm".to_owned(),
            signed_at: "2026-11-20 10:42".to_owned(),
            strokes: vec![
                (0..120).map(|at| (at as f32, 20.0 * (at as f32 / 9.0).sin() * (at as f32 / 40.0).cos())).collect(),
            ],
        },
        Signature { role: "For the hospital".to_owned(), ..Signature::default() },
    ];
    document.legal_footer = vec![
        "Meridian Orthopaedics, Inc. · 1180 Harbor Way, Portland, OR 97209 · Registered in Oregon, 1234567".to_owned(),
        "Remit to First Harbor Bank, routing 123456789, account 000123456".to_owned(),
    ];
    document.qr = Some("https://caseload.example/s/so_01jc5c4b8yqk0hfz9w3m".to_owned());
    document.issued_at = 1_795_170_600_000_000;
    document
}

/// The rules of a good break, for any document.
fn check(document: &Document, layout: &Layout) {
    let rows: Vec<usize> = layout
        .pages
        .iter()
        .flatten()
        .filter_map(|placed| if let Item::Row(at) = placed.item { Some(at) } else { None })
        .collect();
    assert_eq!(rows, (0..document.lines.len()).collect::<Vec<_>>(), "every row once, in order");
    for (number, page) in layout.pages.iter().enumerate() {
        assert!(!page.is_empty());
        let is_row = |placed: &&layout::Placed| matches!(placed.item, Item::Row(_));
        let heads = page.iter().filter(|placed| placed.item == Item::TableHead).count();
        assert_eq!(
            heads,
            usize::from(page.iter().any(|placed| is_row(&placed))).max(heads.min(1)),
            "one head where rows are"
        );
        let has_totals = page.iter().any(|placed| placed.item == Item::Totals);
        if has_totals && !document.lines.is_empty() {
            assert!(page.iter().any(|placed| is_row(&placed)), "sums never stand alone, page {number}");
        }
        for placed in page {
            if let Item::Row(at) = placed.item {
                assert!(
                    placed.y + layout.rows[at].height() <= layout.content_bottom() + 0.01,
                    "row {at} within page {number}"
                );
            }
            assert!(placed.y <= layout.content_bottom() || placed.item == Item::Front);
        }
        let last_row = page.iter().rfind(is_row);
        if let Some(layout::Placed { item: Item::Row(at), .. }) = last_row
            && *at + 1 < document.lines.len()
        {
            assert!(!matches!(layout.rows[*at], Set::Group(_)), "a heading never stands last on a page");
        }
        assert!(page.windows(2).all(|pair| pair[0].y <= pair[1].y));
    }
}

fn pages_of(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type /Page\n").count() + text.matches("/Type/Page\n").count() + text.matches("/Type/Page/").count()
}

#[test]
fn one_line_is_one_page_and_two_hundred_are_as_many_as_they_need() {
    for (lines, least) in [(1, 1), (10, 1), (200, 8)] {
        let document = sample(lines);
        let layout = Layout::new(&document);
        check(&document, &layout);
        assert!(layout.pages.len() >= least, "{lines} lines on {} pages", layout.pages.len());
        let bytes = draw::write(&document, &layout, draw::Promise::Archival).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert_eq!(pages_of(&bytes), layout.pages.len());
    }
}

#[test]
fn nobody_signs_a_sheet_without_a_line_on_it() {
    for lines in 1..40 {
        let document = sample(lines);
        let layout = Layout::new(&document);
        check(&document, &layout);
        let signed =
            layout.pages.iter().find(|page| page.iter().any(|placed| matches!(placed.item, Item::Signatures(_))));
        let signed = signed.expect("there are signatures");
        assert!(signed.iter().any(|placed| placed.item == Item::Totals), "{lines} lines");
        assert!(signed.iter().any(|placed| matches!(placed.item, Item::Row(_))), "{lines} lines");
    }
}

#[test]
fn a_document_claims_to_be_archival_and_accessible() {
    let bytes = pdf(&sample(2)).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("<pdfaid:part>2</pdfaid:part>") && text.contains("<pdfuaid:part>1</pdfuaid:part>"));
    assert!(text.contains("Sales order SO-2026-00042"));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(pdf(&sample(3)).unwrap(), pdf(&sample(3)).unwrap());
}

#[test]
fn a_name_that_no_typeface_can_set_still_gives_a_page() {
    let mut document = sample(1);
    document.buyer.name = "山田病院 \u{e000} 🦴 \u{0}\u{7}".to_owned();
    assert_eq!(pages_of(&pdf(&document).unwrap()), 1);
}

#[test]
fn an_empty_document_is_a_page_too() {
    for kind in [Kind::SalesOrder, Kind::Invoice, Kind::DeliveryNote, Kind::Quote, Kind::CreditNote] {
        let document = Document::new(kind, "");
        assert_eq!(pages_of(&pdf(&document).unwrap()), 1);
    }
}

#[test]
fn letter_is_shorter_and_wider() {
    let document = Document { paper: Paper::Letter, ..sample(60) };
    let layout = Layout::new(&document);
    check(&document, &layout);
    assert_eq!((layout.width, layout.height), (612.0, 792.0));
}

#[test]
fn columns_stay_within_the_page_and_apart() {
    let mut document = sample(5);
    document.columns.extend((0..6).map(|at| Column::new(format!("Extra {at}"), ColumnKind::Code)));
    for document in [sample(5), document] {
        let layout = Layout::new(&document);
        let ends: Vec<(f32, f32)> = layout.columns.iter().map(|column| (column.x, column.x + column.width)).collect();
        assert!(ends.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(ends.last().unwrap().1 <= layout.width - layout::MARGIN + 0.1);
        assert!(ends.iter().all(|(from, to)| to > from));
    }
}

#[test]
fn the_words_can_be_in_another_language() {
    let mut document = sample(1);
    document.words.title = "Lieferschein".to_owned();
    document.words.language = "de".to_owned();
    let bytes = pdf(&document).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("Lieferschein SO-2026-00042"));
}

#[test]
fn a_code_that_holds_too_much_is_left_out() {
    let document = Document { qr: Some("x".repeat(5_000)), ..sample(1) };
    assert_eq!(pages_of(&pdf(&document).unwrap()), 1);
}

#[test]
fn signatures_of_any_shape_are_drawn_or_left_out() {
    for strokes in [
        vec![],
        vec![vec![]],
        vec![vec![(1.0, 1.0)]],
        vec![vec![(0.0, 0.0), (f32::NAN, 1.0), (f32::INFINITY, 2.0)]],
        vec![vec![(f32::MIN, f32::MIN), (f32::MAX, f32::MAX)]],
        vec![vec![(0.0, 0.0), (1e30, 1e-30), (3.0, 4.0)]],
    ] {
        let mut document = sample(1);
        document.signatures[0].strokes = strokes;
        assert!(pdf(&document).is_ok());
    }
}

#[test]
fn file_names_are_harmless() {
    let name = |number: &str| Document::new(Kind::Invoice, number).file_name();
    assert_eq!(name("INV-2026/0042"), "INV-2026-0042.pdf");
    assert_eq!(name("../../etc/passwd"), "etc-passwd.pdf");
    assert_eq!(name(""), "document.pdf");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_mix_of_rows_breaks_well(
        rows in prop::collection::vec((any::<bool>(), 0_usize..400, 0_usize..6), 0..60),
        totals in 0_usize..12,
        notes in prop::collection::vec(0_usize..3_000, 0..4),
    ) {
        let mut document = sample(0);
        document.lines = rows
            .iter()
            .map(|(group, length, details)| {
                if *group && length % 5 == 0 {
                    return Line::Group("Acetabular system".to_owned());
                }
                let text = "porous coated shell ".repeat(length / 20);
                let details = vec!["Lot B000123 · expires 2028-02-29".to_owned(); *details];
                Line::Item { cells: vec!["40312".to_owned(), text], details }
            })
            .collect();
        document.totals = vec![Total::grand("Total", "1.00"); totals];
        document.notes = notes.iter().map(|length| "word ".repeat(length / 5)).collect();
        let layout = Layout::new(&document);
        check(&document, &layout);
    }
}

/// Writes samples to look at: `CASELOAD_SAMPLES=/tmp/samples cargo test -p print -- --ignored samples`.
#[test]
#[ignore = "writes files to look at"]
fn samples() {
    let folder = std::env::var("CASELOAD_SAMPLES").unwrap();
    let mut short = sample(1);
    short.revision = 1;
    let mut note = sample(7);
    note.kind = Kind::DeliveryNote;
    note.words = Words::english(Kind::DeliveryNote);
    note.standing = Some("Draft".to_owned());
    note.paper = Paper::Letter;
    note.totals.clear();
    note.columns.truncate(3);
    note.lines.insert(0, Line::Group("Hip system".to_owned()));
    note.lines.insert(5, Line::Group("Instruments, יעל כהן, 山田".to_owned()));
    for (name, document) in [("short", short), ("long", sample(200)), ("note", note), ("ten", sample(9))] {
        let begin = std::time::Instant::now();
        let bytes = pdf(&document).unwrap();
        println!("{name}: {} bytes in {:?}", bytes.len(), begin.elapsed());
        std::fs::write(format!("{folder}/{name}.pdf"), bytes).unwrap();
    }
}
