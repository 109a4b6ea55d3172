//! Counting: by scanning, by ticking off what is expected, in words where there is no label; then completed.

use super::{Seen, alike, mark, result, see, title};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::acts::{self, Ask};
use crate::pages::scan::bad;
use crate::pages::words;
use crate::ui::{
    Button, Empty, Field, FieldError, Flash, Form, Header, Icon, Page, Room, ScanLine, ScanPage, Status, Tab, Tone,
    csrf_field, scan_line,
};
use app::Error;
use app::counts::lines::{Counting, Standing};
use axum::extract::Path;
use axum::response::Response;
use contract::counts::{AddCountLines, CountLine, NewCountLine};
use domain::count::{CountStatus, Piece, UnitOutcome, matched};
use domain::id::{CountId, Line, UnitId};
use maud::{Markup, Render, html};

/// Lines that the scanner shows; the others are in the number.
const LINES: usize = 60;

pub(super) async fn start(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    match visit.save(&sent, move |ctx, tx| app::counts::start(ctx, tx, id)).await {
        Ok(_) => Ok(visit.leave(&format!("/counts/{id}/scan"))),
        Err(error) => Ok(visit.go(&format!("/counts/{id}"), Flash::failed(acts::sentence(&visit, error)?))),
    }
}

fn tabs(id: CountId, blind: bool, current: &str) -> Vec<Tab> {
    let mut all = vec![Tab::new("Scan", format!("/counts/{id}/scan"), current == "scan")];
    if !blind {
        all.push(Tab::new("Tick off", format!("/counts/{id}/tick"), current == "tick"));
    }
    all.push(Tab::new("Without a label", format!("/counts/{id}/words"), current == "words"));
    all
}

async fn counting(visit: &Visit, id: CountId) -> Result<Seen, Fail> {
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if !seen.choices.count {
        return Err(Error::forbidden("not_yours_to_count", "This count is for somebody else to do.").into());
    }
    Ok(seen)
}

fn over(seen: &Seen) -> bool {
    !seen.count.head.status.takes_lines()
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let seen = counting(&visit, id).await?;
    if over(&seen) {
        return Ok(visit.leave(&format!("/counts/{id}")));
    }
    Ok(scanner(&visit, &seen))
}

fn known_line(seen: &Seen, line: &CountLine) -> ScanLine {
    let says = mark(line.lot.as_deref(), line.serial.as_deref(), line.expires_on);
    ScanLine {
        code: line.id.clone().into(),
        title: title(&seen.names, line.catalog_item_id).into(),
        sub: pieces(says, line.quantity).into(),
        status: Status::new(Tone::Green, "Counted"),
        good: true,
        pieces: line.quantity,
    }
}

fn pieces(says: String, quantity: i64) -> String {
    match (quantity, says.is_empty()) {
        (1, _) => says,
        (n, true) => format!("{n} pieces"),
        (n, false) => format!("{says} · {n} pieces"),
    }
}

fn scanner(visit: &Visit, seen: &Seen) -> Response {
    let it = &seen.count.head;
    let lines: Vec<ScanLine> = seen.count.lines.iter().rev().take(LINES).map(|line| known_line(seen, line)).collect();
    let shown: i64 = lines.iter().map(|line| line.pieces).sum();
    let title = match it.expected_count {
        Some(expected) => format!("Count of {}, {} expected", it.custodian_name, words::number(expected)),
        None => format!("Count of {}", it.custodian_name),
    };
    let page = ScanPage {
        title: title.into(),
        back: format!("/counts/{}", it.id).into(),
        resolve: format!("/counts/{}/scan", it.id).into(),
        action: format!("/counts/{}/take", it.id).into(),
        verb: "Done counting".into(),
        csrf: visit.csrf(),
        modes: tabs(it.id, it.blind, "scan"),
        lines,
        before: it.counted_count - shown,
        outbox: None,
        keep: Some(format!("count-{}", it.id).into()),
        typed: Vec::new(),
        says: None,
    };
    visit.render(Page {
        bare: true,
        scripts: &["scan.js"],
        room: None,
        ..Page::new("Count", Room::Stock, &visit.viewer, page.render())
    })
}

/// Takes one code at once; gives the line that says what it was.
async fn counted(visit: &Visit, id: CountId, name: String, code: String) -> Result<ScanLine, Fail> {
    let asked = code.clone();
    let found = visit
        .write(move |ctx, tx| {
            let it = app::counts::lines::scan(ctx, tx, id, &name, &asked)?;
            let mut wanted = app::names::Wanted::new();
            if let Some(item) = it.item {
                wanted.item(item);
            }
            Ok((title(&app::names::look_up(ctx, tx, &wanted)?, it.item), it))
        })
        .await;
    match found {
        Ok((title, it)) => Ok(line_of(title, &it)),
        Err(Error::Invalid { code: reason, message, .. }) => {
            let title = if reason == "barcode_holds_patient_data" { "A patient's code" } else { "Not a label" };
            Ok(bad("", title, message, Tone::Red, "Refused"))
        }
        Err(error) => Err(error.into()),
    }
}

fn line_of(title: String, it: &Counting) -> ScanLine {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let says = pieces(mark(text(&it.lot).as_deref(), text(&it.serial).as_deref(), it.expires_on), it.quantity);
    let line = |status, good| ScanLine {
        code: "counted".into(),
        title: title.clone().into(),
        sub: says.clone().into(),
        status,
        good,
        pieces: it.quantity,
    };
    match it.standing {
        Standing::Counted => line(Status::new(Tone::Green, "Counted"), true),
        Standing::NotExpected => line(Status::new(Tone::Amber, "Not in the books here"), true),
        Standing::Already => line(Status::new(Tone::Grey, "Counted already"), false),
        Standing::Unknown => bad(
            "",
            "Nothing found",
            "No label, and no lot or serial number of anything here. Count it without a label.",
            Tone::Amber,
            "Unknown",
        ),
    }
}

fn fresh(visit: &Visit) -> String {
    visit.ctx.id::<Line>().to_string()
}

pub(super) async fn scan(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let name = sent.maybe("line").map_or_else(|| fresh(&visit), str::to_owned);
    let line = counted(&visit, id, name, sent.text("code").to_owned()).await?;
    Ok(visit.part(scan_line(&line)))
}

/// The button of the scanner; without scripts also each code that is typed, and each photo.
pub(super) async fn take(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let codes = match sent.text("then") {
        "add" => vec![sent.text("typed").to_owned()],
        "photo" => match super::super::scan::photographed(&visit, &sent).await? {
            Ok(codes) => codes,
            Err(says) => return Ok(visit.go(&format!("/counts/{id}/scan"), Flash::failed(says))),
        },
        _ => return Ok(visit.leave(&format!("/counts/{id}/complete"))),
    };
    let mut said = Vec::with_capacity(codes.len());
    let mut good = true;
    for code in codes {
        let line = counted(&visit, id, fresh(&visit), code).await?;
        good &= line.good;
        said.push(format!("{}: {}", line.title, line.status.word));
    }
    let said = said.join("; ");
    let flash = if good { Flash::done(said) } else { Flash::failed(said) };
    Ok(visit.go(&format!("/counts/{id}/scan"), flash))
}

// ---- ticking off ----------------------------------------------------------------------------------------------------

fn header(seen: &Seen, current: &str) -> Markup {
    let it = &seen.count.head;
    let lead = match it.expected_count {
        Some(expected) => format!("{} of {} counted", words::number(it.counted_count), words::number(expected)),
        None => format!("{} counted", words::number(it.counted_count)),
    };
    html! {
        (Header::new(format!("Count of {}", it.custodian_name))
            .crumb("Counts", "/counts")
            .lead(lead)
            .action(Button::link("Done counting", format!("/counts/{}/complete", it.id)).in_dialog()))
        (crate::ui::tabs(&tabs(it.id, it.blind, current), None))
    }
}

/// Units that some line stands for: what was scanned by its lot needs no tick any more. The same rule as when it is completed.
fn taken(seen: &Seen) -> std::collections::BTreeSet<UnitId> {
    let key = |text: Option<&str>| text.map(domain::text::identifier_key).unwrap_or_default();
    let pieces: Vec<Piece> = seen
        .count
        .units
        .iter()
        .map(|unit| Piece {
            unit: unit.unit_id.uuid(),
            item: unit.catalog_item_id.uuid(),
            lot: key(unit.lot.as_deref()),
            serial: key(unit.serial.as_deref()),
        })
        .collect();
    let lines: Vec<domain::count::Line> = seen
        .count
        .lines
        .iter()
        .map(|line| domain::count::Line {
            unit: line.unit_id.map(|id| id.uuid()),
            item: line.catalog_item_id.map(|id| id.uuid()),
            lot: key(line.lot.as_deref()),
            serial: key(line.serial.as_deref()),
            quantity: u32::try_from(line.quantity).unwrap_or_default(),
        })
        .collect();
    matched(&pieces, &lines).found.into_iter().map(UnitId::from_uuid).collect()
}

pub(super) async fn tick_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let seen = counting(&visit, id).await?;
    if over(&seen) || seen.count.head.blind {
        return Ok(visit.leave(&format!("/counts/{id}")));
    }
    let found = taken(&seen);
    let open: Vec<_> = seen
        .count
        .units
        .iter()
        .filter(|unit| unit.outcome == UnitOutcome::Expected && unit.due && !found.contains(&unit.unit_id))
        .collect();
    let list = if seen.count.units.is_empty() {
        Empty::new(Icon::Check, "The books have nothing here")
            .text("Scan what you find, or count it without a label.")
            .render()
    } else if open.is_empty() {
        Empty::new(Icon::Check, "Everything is ticked off")
            .action(Button::link("Done counting", format!("/counts/{id}/complete")).primary())
            .render()
    } else {
        html! {
            form class="form wide" method="post" action={ "/counts/" (id) "/tick" } {
                (csrf_field(&visit.csrf()))
                p class="help" { "Tick what you see, or say how many. What was scanned already need not be ticked." }
                div class="choices" {
                    @for group in alike(open.iter().copied()) {
                        @let unit = group[0];
                        @let says = mark(unit.lot.as_deref(), unit.serial.as_deref(), unit.expires_on);
                        @if group.len() == 1 {
                            label class="tick" {
                                input class="box" type="checkbox" name="id" value=(unit.unit_id);
                                span { (title(&seen.names, Some(unit.catalog_item_id))) span class="help" { (says) } }
                            }
                        } @else {
                            @let field = format!("take-{}", unit.unit_id);
                            label class="tick many" for=(field) {
                                input class="input w-num" type="number" id=(field) name=(field) min="0" max=(group.len()) placeholder="0" inputmode="numeric";
                                span { (title(&seen.names, Some(unit.catalog_item_id))) span class="help" { (says) " · " (group.len()) " expected" } }
                            }
                            input type="hidden" name={ "of-" (unit.unit_id) } value=(group.iter().map(|unit| unit.unit_id.to_string()).collect::<Vec<_>>().join(","));
                        }
                    }
                }
                div class="form-foot" { (Button::submit("Count these").primary()) }
            }
        }
    };
    let body = html! { (header(&seen, "tick")) div class="content" { (list) } };
    Ok(visit.page("Tick off", Room::Stock, body))
}

pub(super) async fn tick(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let mut unit_ids: Vec<UnitId> = sent.ids("id")?;
    for (name, number) in sent.pairs() {
        let Some(first) = name.strip_prefix("take-") else { continue };
        let number: usize = number.trim().parse().unwrap_or_default();
        let group = sent.text(&format!("of-{first}")).to_owned();
        unit_ids.extend(group.split(',').take(number).filter_map(|id| id.parse::<UnitId>().ok()));
    }
    let count = unit_ids.len() as i64;
    let done = visit
        .save(&sent, move |ctx, tx| {
            // More than fit into one request go in several, in one unit of work.
            let mut last = app::counts::get(ctx, tx, id)?;
            for some in unit_ids.chunks(domain::limits::COUNT_LINES_AT_ONCE) {
                let body = AddCountLines { unit_ids: some.to_vec(), ..AddCountLines::default() };
                last = app::counts::lines::add(ctx, tx, id, &body)?;
            }
            Ok(last.head)
        })
        .await;
    acts::told(
        &visit,
        done,
        &format!("/counts/{id}/tick"),
        Flash::done(format!("{} counted", words::count(count, "unit", "units"))),
    )
}

// ---- without a label ------------------------------------------------------------------------------------------------

fn words_form(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let id = seen.count.head.id;
    let fields = html! {
        (Field::combo("catalog_item_id", "Item", "/suggest/items", sent.text("catalog_item_id_text").to_owned())
            .value(sent.text("catalog_item_id").to_owned()).errors(errors).required())
        div class="pair" {
            (Field::text("lot", "Lot").value(sent.text("lot").to_owned()).optional().errors(errors))
            (Field::text("serial", "Serial").value(sent.text("serial").to_owned()).optional().errors(errors))
        }
        (Field::number("quantity", "How many").value(sent.maybe("quantity").unwrap_or("1").to_owned()).errors(errors))
    };
    let form = Form::post(format!("/counts/{id}/words"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Count it").primary());
    let body = html! { (header(seen, "words")) div class="content" { (form) } };
    if errors.is_empty() {
        visit.page("Without a label", Room::Stock, body)
    } else {
        visit.refused("Without a label", Room::Stock, body)
    }
}

pub(super) async fn words_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let seen = counting(&visit, id).await?;
    if over(&seen) {
        return Ok(visit.leave(&format!("/counts/{id}")));
    }
    Ok(words_form(&visit, &seen, &Sent::default(), &[]))
}

fn read_words(sent: &Sent, name: String) -> app::Result<NewCountLine> {
    let quantity = sent
        .text("quantity")
        .parse()
        .map_err(|_| Error::field("quantity", "invalid_quantity", "Give a whole number."))?;
    Ok(NewCountLine {
        id: Some(name),
        catalog_item_id: acts::picked(sent, "catalog_item_id")?,
        lot: sent.maybe("lot").map(str::to_owned),
        serial: sent.maybe("serial").map(str::to_owned),
        quantity: Some(quantity),
        ..NewCountLine::default()
    })
}

pub(super) async fn by_words(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let done = match read_words(&sent, fresh(&visit)) {
        Ok(line) => {
            let body = AddCountLines { lines: vec![line], ..AddCountLines::default() };
            visit.save(&sent, move |ctx, tx| Ok(app::counts::lines::add(ctx, tx, id, &body)?.head)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/counts/{id}/words"), Flash::done("Counted"))),
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            for error in &mut errors {
                if let Some(field) = error.field.strip_prefix("lines[0].") {
                    error.field = field.to_owned().into();
                }
            }
            let errors = acts::known(errors, &["catalog_item_id", "lot", "serial", "quantity"]);
            let seen = counting(&visit, id).await?;
            Ok(words_form(&visit, &seen, &sent, &errors))
        }
    }
}

// ---- completing -----------------------------------------------------------------------------------------------------

pub(super) async fn done_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let seen = counting(&visit, id).await?;
    let it = &seen.count.head;
    if it.status != CountStatus::Counting {
        return Ok(visit.leave(&format!("/counts/{id}")));
    }
    let text = match it.expected_count {
        Some(expected) if expected > it.counted_count => format!(
            "{} of {} expected were counted. What was not is reported as missing, apart from what moved meanwhile.",
            words::number(it.counted_count),
            words::number(expected)
        ),
        Some(expected) => {
            format!("{} were counted, {} were expected.", words::number(it.counted_count), words::number(expected))
        }
        None => format!("{} were counted. Now it is compared with the books.", words::number(it.counted_count)),
    };
    Ok(Ask {
        title: "Is everything counted?".into(),
        text: html! { p { (text) } p { "Nothing in the books changes before the office approves it." } },
        room: Room::Stock,
        action: format!("/counts/{id}/complete"),
        fields: html! {},
        verb: "Complete the count".into(),
        danger: false,
        back: format!("/counts/{id}/scan"),
        errors: &[],
    }
    .show(&visit))
}

pub(super) async fn complete(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CountId = visit.id::<domain::id::Count>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| Ok(app::counts::settle::complete(ctx, tx, id)?.head)).await;
    let to = format!("/counts/{id}");
    match done {
        Ok(_) => {
            let head = visit.read(move |ctx, tx| Ok(app::counts::get(ctx, tx, id)?.head)).await?;
            Ok(visit.go(&to, Flash::done(format!("Counted: {}", result(&head)))))
        }
        Err(error) => Ok(visit.go(&to, Flash::failed(acts::sentence(&visit, error)?))),
    }
}

pub(super) async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| Ok(app::counts::cancel(ctx, tx, id)?.head)).await;
    acts::told(&visit, done, "/counts", Flash::done("Called off: nothing changed"))
}
