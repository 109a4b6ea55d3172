//! Making a recall: a notice is pasted and read into lines that a person confirms, or items are chosen by hand.

use crate::edge::{Out, Sent, Visit};
use crate::pages::acts;
use crate::pages::common::id_of;
use crate::ui::{Banner, Button, Field, FieldError, Flash, Form, Header, Room, banner};
use app::Error;
use app::names::Wanted;
use axum::extract::Path;
use axum::response::Response;
use contract::recalls::{
    CreateRecall, NoticeReading, NumberRange, PatchRecall, ReadNotice, Recall, RecallLine, UnplacedText,
};
use domain::clock::Day;
use domain::id::{CatalogItemId, RecallId};
use domain::people::Permission;
use maud::{Markup, html};

/// Lines of a form at least and at most.
const MORE: usize = 2;
const MOST: usize = 60;

/// A line as the form holds it.
#[derive(Clone, Default)]
struct Row {
    item: String,
    name: String,
    lots: String,
    serials: String,
    days: [String; 4],
    why: String,
}

const DAYS: [(&str, &str); 4] = [
    ("expires_from", "Expires from"),
    ("expires_to", "Expires until"),
    ("made_from", "Made from"),
    ("made_to", "Made until"),
];

/// What the form shows.
#[derive(Default)]
struct Shown {
    title: String,
    reference: String,
    classification: String,
    instructions: String,
    return_to: String,
    return_name: String,
    return_address: String,
    notice: String,
    unplaced: Vec<UnplacedText>,
    unread: Vec<String>,
    rows: Vec<Row>,
    reason: String,
}

fn joined(single: &[String], ranges: &[NumberRange]) -> String {
    let ranges = ranges.iter().map(|it| format!("{} to {}", it.from, it.to));
    single.iter().cloned().chain(ranges).collect::<Vec<_>>().join(", ")
}

fn row(line: &RecallLine, name: &str, why: String) -> Row {
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    Row {
        item: line.catalog_item_id.to_string(),
        name: name.to_owned(),
        lots: joined(&line.lots, &line.lot_ranges),
        serials: joined(&line.serials, &line.serial_ranges),
        days: [day(line.expires_from), day(line.expires_to), day(line.made_from), day(line.made_to)],
        why,
    }
}

/// The form as it was sent.
fn sent_form(sent: &Sent) -> Shown {
    let text = |name: &str| sent.text(name).to_owned();
    let rows = (0..MOST).map(|at| {
        let part = |name: &str| text(&format!("{name}-{at}"));
        Row {
            item: part("item"),
            name: text(&format!("item-{at}_text")),
            lots: part("lots"),
            serials: part("serials"),
            days: DAYS.map(|(name, _)| part(name)),
            why: part("why"),
        }
    });
    Shown {
        title: text("title"),
        reference: text("reference"),
        classification: text("classification"),
        instructions: text("instructions"),
        return_to: text("return_to"),
        return_name: text("return_to_text"),
        return_address: text("return_address"),
        notice: text("notice"),
        unplaced: serde_json::from_str(sent.text("unplaced")).unwrap_or_default(),
        unread: Vec::new(),
        rows: rows.filter(|row| !row.item.is_empty() || !row.name.is_empty() || !row.lots.is_empty()).collect(),
        reason: text("reason"),
    }
}

fn of_reading(reading: NoticeReading, notice: &str) -> Shown {
    let rows = reading.lines.iter().map(|it| {
        let mut why = it.why.clone();
        if !it.without_units.is_empty() {
            why.push_str(&format!(
                " No unit here has {}: kept, so that one that arrives is frozen.",
                it.without_units.join(", ")
            ));
        }
        let name = if it.description.is_empty() { &it.catalog_number } else { &it.description };
        row(&it.line, name, why)
    });
    Shown {
        rows: rows.collect(),
        title: reading.title,
        reference: reading.reference,
        classification: reading.classification,
        notice: notice.to_owned(),
        unplaced: reading.unplaced,
        unread: reading.unread,
        instructions: "Set affected units aside, mark them, and answer. Do not use them.".to_owned(),
        ..Shown::default()
    }
}

pub(super) async fn page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::ManageRecalls)?;
    if visit.link.get("by") == Some("hand") {
        return Ok(form(&visit, &Shown::default(), &[], None));
    }
    Ok(paste(&visit, &sent, &[]))
}

fn paste(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> Response {
    let fields = html! {
        (Field::area("notice", "The notice").value(sent.text("notice").to_owned()).errors(errors).required().autofocus()
            .placeholder("Urgent medical device recall … Catalog number … Lot numbers …")
            .help("Text of the letter, or the JSON of an openFDA recall or enforcement report. Nothing is frozen before you confirm."))
    };
    let form = Form::post("/recalls/read", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Read it").primary())
        .button(Button::link("Choose items by hand", "/recalls/new?by=hand"));
    let header = Header::new("New recall")
        .crumb("Stock", "/units")
        .crumb("Recalls", "/recalls")
        .under("Paste the notice. Items, lots and serial numbers are read from it for you to check.");
    acts::form_page(visit, Room::Stock, header, "New recall".into(), &form, !errors.is_empty())
}

pub(super) async fn read(visit: Visit, sent: Sent) -> Out {
    let body = ReadNotice { notice: sent.raw("notice").to_owned() };
    match visit.app.read(&visit.ctx, move |ctx, tx| app::recalls::notice::propose(ctx, tx, &body)).await {
        Ok(reading) => Ok(form(&visit, &of_reading(reading, sent.raw("notice")), &[], None)),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["notice"]);
            Ok(paste(&visit, &sent, &errors))
        }
    }
}

fn line_fields(rows: &[Row], errors: &[FieldError]) -> Markup {
    let count = (rows.len() + MORE).min(MOST);
    html! {
        @for at in 0..count {
            @let it = rows.get(at).cloned().unwrap_or_default();
            fieldset class="form-sec" {
                legend class="label" { @if at < rows.len() { "Line " (at + 1) } @else { "One more line" } }
                input type="hidden" name={ "why-" (at) } value=(it.why);
                @let item = Field::combo(format!("item-{at}"), "Item", "/suggest/items", it.name).value(it.item).errors(errors);
                (if it.why.is_empty() { item } else { item.help(it.why) })
                (Field::area(format!("lots-{at}"), "Lots").value(it.lots).errors(errors).optional()
                    .placeholder("A1001, A1002, A1100 to A1199").help("Empty with no serial numbers either: all of the item."))
                (Field::area(format!("serials-{at}"), "Serial numbers").value(it.serials).errors(errors).optional().placeholder("SN100 to SN199"))
                details open[it.days.iter().any(|day| !day.is_empty())] {
                    summary { "Only some days" }
                    div class="pair" { @for (place, (name, label)) in DAYS.iter().enumerate().take(2) { (Field::date(format!("{name}-{at}"), *label).value(it.days[place].clone()).errors(errors).optional()) } }
                    div class="pair" { @for (place, (name, label)) in DAYS.iter().enumerate().skip(2) { (Field::date(format!("{name}-{at}"), *label).value(it.days[place].clone()).errors(errors).optional()) } }
                }
            }
        }
        p class="help" { "A unit is affected when its lot or its serial number is named. One that has no number where numbers are named counts as affected until somebody looked." }
    }
}

fn form(visit: &Visit, it: &Shown, errors: &[FieldError], id: Option<RecallId>) -> Response {
    let unplaced = serde_json::to_string(&it.unplaced).unwrap_or_default();
    let fields = html! {
        @for odd in &it.unplaced {
            (banner(Banner::Warning, html! { b { "No item recognised" } (odd.text) " " (odd.why) @if !odd.numbers.is_empty() { " Numbers: " (odd.numbers.join(", ")) } }, None))
        }
        @if !it.unread.is_empty() {
            (banner(Banner::Info, html! { b { "Also in the notice, and not understood" } (it.unread.join(", ")) ". Look whether a lot or a serial number is among them." }, None))
        }
        @if id.is_none() {
            input type="hidden" name="notice" value=(it.notice);
            input type="hidden" name="unplaced" value=(unplaced);
        }
        (Field::text("title", "Title").value(it.title.clone()).errors(errors).required().limit(200))
        div class="pair" {
            (Field::text("reference", "Reference").value(it.reference.clone()).errors(errors).optional().placeholder("Z-1234-2026"))
            (Field::text("classification", "Class").value(it.classification.clone()).errors(errors).optional().placeholder("Class II"))
        }
        (Field::area("instructions", "What to do with affected units").value(it.instructions.clone()).errors(errors).optional())
        div class="pair" {
            (Field::combo("return_to", "May still be sent to", "/suggest/holders", it.return_name.clone()).value(it.return_to.clone()).errors(errors).optional().help("The quarantine account, or the organisation. To nobody else."))
            (Field::text("return_address", "Ship to").value(it.return_address.clone()).errors(errors).optional())
        }
        (line_fields(&it.rows, errors))
        @if id.is_some() {
            (Field::text("reason", "Why it changes").value(it.reason.clone()).errors(errors).optional().help("Needed when the lines of an open recall change. Kept in the history."))
        }
    };
    let (action, head) = match id {
        Some(id) => (format!("/recalls/{id}/edit"), "Change the recall"),
        None => ("/recalls".to_owned(), "New recall"),
    };
    let mut form = Form::post(action, visit.csrf()).errors(errors).body(fields);
    form = match id {
        Some(id) => form
            .button(Button::submit("Save").primary())
            .button(Button::link("Cancel", format!("/recalls/{id}")).quiet()),
        None => form
            .button(Button::submit("Look at what it covers").primary().named("then", "look"))
            .button(Button::submit("Open: freeze and tell").named("then", "open"))
            .button(Button::link("Cancel", "/recalls").quiet()),
    };
    let header = Header::new(head).crumb("Stock", "/units").crumb("Recalls", "/recalls").under(
        "Check every line. As a draft it freezes nothing; opened, it freezes at once and tells everybody concerned.",
    );
    acts::form_page(visit, Room::Stock, header, head.into(), &form, !errors.is_empty())
}

/// `A1, A2, B10 to B19` as single numbers and ranges.
fn split(text: &str) -> (Vec<String>, Vec<NumberRange>) {
    let (mut single, mut ranges) = (Vec::new(), Vec::new());
    for part in text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let ends =
            [" to ", " through ", " \u{2013} ", " - ", "\u{2026}", ".."].iter().find_map(|word| part.split_once(word));
        match ends {
            Some((from, to)) => ranges.push(NumberRange { from: from.trim().into(), to: to.trim().into() }),
            None => single.push(part.to_owned()),
        }
    }
    (single, ranges)
}

fn lines(sent: &Sent) -> app::Result<(Vec<RecallLine>, Vec<usize>)> {
    let (mut found, mut places) = (Vec::new(), Vec::new());
    for at in 0..MOST {
        let field = format!("item-{at}");
        let Some(item) = acts::picked::<domain::id::CatalogItem>(sent, &field)? else {
            if sent.text(&format!("lots-{at}")).is_empty() && sent.text(&format!("serials-{at}")).is_empty() {
                continue;
            }
            return Err(Error::field(field, "required", "Choose the item of these numbers."));
        };
        let (lots, lot_ranges) = split(sent.text(&format!("lots-{at}")));
        let (serials, serial_ranges) = split(sent.text(&format!("serials-{at}")));
        let day = |name: &str| acts::day(sent, &format!("{name}-{at}"));
        found.push(RecallLine {
            catalog_item_id: item,
            lots,
            lot_ranges,
            serials,
            serial_ranges,
            expires_from: day("expires_from")?,
            expires_to: day("expires_to")?,
            made_from: day("made_from")?,
            made_to: day("made_to")?,
        });
        places.push(at);
    }
    Ok((found, places))
}

/// `lines[1].lots[0]` is the field `lots-4` of the form.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("lines[")?.split_once(']')?;
        let at = places.get(at.parse::<usize>().ok()?)?;
        let name = name.trim_start_matches('.');
        let own = if name.starts_with("serial") {
            "serials"
        } else if name.starts_with("lot") {
            "lots"
        } else {
            DAYS.iter().map(|(day, _)| *day).find(|day| *day == name).unwrap_or("item")
        };
        Some(format!("{own}-{at}"))
    };
    let own = |field: &str| {
        matches!(
            field,
            "title" | "reference" | "classification" | "instructions" | "return_to" | "return_address" | "reason"
        ) || ["item-", "lots-", "serials-", "expires_", "made_"].iter().any(|begin| field.starts_with(begin))
    };
    let moved = errors.into_iter().map(|error| match place(&error.field) {
        Some(field) => FieldError::new(field, error.message),
        None if own(&error.field) => error,
        None => FieldError::new("", error.message),
    });
    moved.collect()
}

pub(super) async fn save(visit: Visit, sent: Sent) -> Out {
    let shown = sent_form(&sent);
    let (lines, places) = match lines(&sent) {
        Ok(read) => read,
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &[]);
            return Ok(form(&visit, &shown, &errors, None));
        }
    };
    let draft = sent.text("then") != "open";
    let body = CreateRecall {
        title: shown.title.clone(),
        draft,
        reference: shown.reference.clone(),
        classification: shown.classification.clone(),
        notice: sent.raw("notice").to_owned(),
        instructions: shown.instructions.clone(),
        lines,
        unplaced: shown.unplaced.clone(),
        return_to: acts::custodian(&visit, &sent, "return_to")?,
        return_address: shown.return_address.clone(),
    };
    match visit.save(&sent, move |ctx, tx| app::recalls::keep::create(ctx, tx, &body)).await {
        Ok(made) => {
            let said = if draft { "This is what it covers" } else { "It is open: everything it covers is frozen" };
            Ok(visit.go(&format!("/recalls/{}", id_of(&made)), Flash::done(said)))
        }
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &places);
            Ok(form(&visit, &shown, &errors, None))
        }
    }
}

async fn kept(visit: &Visit, id: RecallId) -> Result<Shown, crate::edge::Fail> {
    let (recall, rows) = visit
        .read(move |ctx, tx| {
            let recall: Recall = app::recalls::get(ctx, tx, id)?;
            let mut wanted = Wanted::new();
            let items: Vec<CatalogItemId> = recall.lines.iter().map(|line| line.catalog_item_id).collect();
            items.iter().for_each(|item| {
                wanted.item(*item);
            });
            let names = app::names::look_up(ctx, tx, &wanted)?;
            let rows: Vec<Row> = recall
                .lines
                .iter()
                .map(|line| row(line, names.item_title(line.catalog_item_id), String::new()))
                .collect();
            Ok((recall, rows))
        })
        .await?;
    Ok(Shown {
        rows,
        title: recall.head.title,
        reference: recall.head.reference,
        classification: recall.head.classification,
        instructions: recall.instructions,
        return_to: recall.return_to.map(|it| acts::custodian_id(it.id)).unwrap_or_default(),
        return_name: recall.return_to_name.unwrap_or_default(),
        return_address: recall.return_address,
        unplaced: recall.unplaced,
        ..Shown::default()
    })
}

pub(super) async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::ManageRecalls)?;
    let id = visit.id::<domain::id::Recall>(&id)?;
    let shown = kept(&visit, id).await?;
    Ok(form(&visit, &shown, &[], Some(id)))
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    let shown = sent_form(&sent);
    let (lines, places) = match lines(&sent) {
        Ok(read) => read,
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &[]);
            return Ok(form(&visit, &shown, &errors, Some(id)));
        }
    };
    let body = PatchRecall {
        title: Some(shown.title.clone()),
        reference: Some(shown.reference.clone()),
        classification: Some(shown.classification.clone()),
        instructions: Some(shown.instructions.clone()),
        lines: Some(lines),
        return_to: acts::custodian(&visit, &sent, "return_to")?,
        return_address: Some(shown.return_address.clone()),
        reason: shown.reason.clone(),
    };
    match visit.save(&sent, move |ctx, tx| app::recalls::keep::patch(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/recalls/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &places);
            Ok(form(&visit, &shown, &errors, Some(id)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_are_told_apart() {
        let (single, ranges) = split("A-1, A-2;\nB10 to B19");
        assert_eq!(single, ["A-1", "A-2"]);
        assert_eq!((ranges[0].from.as_str(), ranges[0].to.as_str()), ("B10", "B19"));
    }

    #[test]
    fn complaints_about_lines_stand_at_their_fields() {
        let complain =
            |field: &str| placed(vec![FieldError::new(field.to_owned(), "no")], &[0, 3])[0].field.to_string();
        assert_eq!(complain("lines[1].lot_ranges[0]"), "lots-3");
        assert_eq!(complain("lines[0].catalog_item_id"), "item-0");
        assert_eq!(complain("lines[1].made_to"), "made_to-3");
        assert_eq!(complain("lines"), "");
    }
}
