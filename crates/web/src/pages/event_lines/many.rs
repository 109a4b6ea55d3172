//! The lines of an event as a table: units that are alike in one row, by manufacturer, and many of them changed together.

use super::{mark, price, standing, title, usage_choices, usage_label, usages};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::acts::{self, Ask};
use crate::pages::event::{Seen, see};
use crate::pages::list::{Filter, List, Shown};
use crate::pages::words;
use crate::ui::{
    Bulk, Button, Cell, Choice, Column, Empty, Field, FieldError, Flash, Header, Icon, Room, Row, Table, section_block,
};
use app::{Ctx, Error};
use axum::extract::Path;
use axum::response::Response;
use contract::events::{ChangeLines, Event, Line};
use contract::{ListParams, Patch};
use domain::event::Usage;
use domain::id::{EventId, LineId};
use domain::limits;
use domain::people::Permission;
use domain::pricing::PriceSource;
use maud::{Markup, html};

/// So many lines stand on the page of an event; all of them are on a page of their own.
const SHOWN: usize = 300;
/// Lines that are read at once where all are meant.
const AT_ONCE: u32 = 500;

/// What makes lines alike for a person: they differ in nothing that can be seen. Units with serial numbers are told apart.
pub(super) fn alike(line: &Line) -> Option<String> {
    let warning = line.warning.as_ref().map(|it| it.message.as_str());
    line.serial.is_empty().then(|| {
        format!(
            "{} {} {:?} {} {} {:?} {} {} {:?} {:?} {:?}",
            line.catalog_item_id,
            line.lot,
            line.expires_on,
            line.custodian_id,
            line.usage,
            line.unit_price_minor,
            line.no_charge,
            line.facility_stock,
            line.note,
            line.expiry_reason,
            warning
        )
    })
}

/// The lines that are alike with one, itself among them.
pub(super) fn alike_with(event: &Event, line: &Line) -> Vec<LineId> {
    let Some(key) = alike(line) else { return vec![line.id] };
    event.lines.iter().filter(|it| alike(it).as_ref() == Some(&key)).map(|it| it.id).collect()
}

fn columns(ctx: &Ctx) -> Vec<Column> {
    vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot, serial").width(110).phone_sub(),
        Column::new("from", "From").width(112),
        Column::new("usage", "Usage").width(96).phone_side(),
        Column::new("price", format!("Price, {}", ctx.organization.currency)).number().width(128).phone_side_sub(),
        Column::new("status", "Remark").width(150).phone_hidden(),
    ]
}

fn row(visit: &Visit, seen: &Seen, line: &Line) -> Row {
    let event = &seen.event;
    let who = seen.names.person(line.custodian_id);
    let shared = line.custodian_id != event.head.representative_id;
    let cells = vec![
        Cell::two(title(line), line.catalog_number.as_str()),
        match mark(&line.lot, &line.serial) {
            text if text.is_empty() => Cell::none(),
            text => Cell::text(text),
        },
        if shared { Cell::owner(who.to_owned()) } else { Cell::text(who.to_owned()) },
        Cell::of(usage_label(event.head.r#type, line.usage)),
        asking(seen, line, price(&visit.ctx, event, line)),
        standing(line),
    ];
    let mut row = Row::new(line.id.to_string(), cells).name(title(line).to_owned()).alike(alike(line));
    let unit = seen.units.contains(&line.unit_id).then(|| format!("/units/{}", line.unit_id));
    if let Some(unit) = &unit {
        row = row.look(unit.clone());
    }
    if seen.may_edit {
        row.href(format!("/events/{}/lines/{}", event.head.id, line.id))
    } else if let Some(unit) = unit {
        row.href(unit)
    } else {
        row
    }
}

/// Where nothing is known about a price, the office can be asked.
fn asking(seen: &Seen, line: &Line, price: Cell) -> Cell {
    match crate::pages::price_asks::at_line(seen, line).filter(|_| line.price_source == PriceSource::None) {
        Some(way) => price.below(way),
        None => price,
    }
}

/// By manufacturer, because purchase orders and invoices follow those; within one, what is alike stands together.
fn in_order(event: &Event) -> Vec<&Line> {
    let mut lines: Vec<&Line> = event.lines.iter().collect();
    lines.sort_by(|a, b| {
        let key = |it: &Line| (it.manufacturer_id, it.catalog_item_id);
        key(a).cmp(&key(b)).then_with(|| (&a.lot, &a.serial, a.id).cmp(&(&b.lot, &b.serial, b.id)))
    });
    lines
}

fn rows(visit: &Visit, seen: &Seen, lines: &[&Line]) -> Vec<Row> {
    let makers = lines.iter().map(|line| line.manufacturer_id).collect::<std::collections::BTreeSet<_>>().len();
    let mut rows = Vec::with_capacity(lines.len() + makers);
    let mut maker = None;
    for line in lines {
        if makers > 1 && maker != Some(line.manufacturer_id) {
            maker = Some(line.manufacturer_id);
            rows.push(Row::group(seen.names.manufacturer(line.manufacturer_id)));
        }
        rows.push(row(visit, seen, line));
    }
    rows
}

/// The lines of an event as a part of its page.
pub fn section(visit: &Visit, seen: &Seen) -> Markup {
    let (ctx, event) = (&visit.ctx, &seen.event);
    let id = event.head.id;
    let mut lines = in_order(event);
    let more = lines.len() > SHOWN;
    lines.truncate(SHOWN);
    let mut actions = Vec::new();
    let mut empty =
        Empty::new(Icon::Box, "No units yet").text("Add what is used, by search or by scanning the labels.");
    if seen.may_edit {
        let scan = Button::link("Scan", format!("/scan?mode=use&id={id}")).small().icon(Icon::Scan);
        let add = Button::link("Add units", format!("/events/{id}/add")).small().icon(Icon::Plus);
        empty = empty
            .action(Button::link("Add units", format!("/events/{id}/add")).primary())
            .action(Button::link("Scan", format!("/scan?mode=use&id={id}")).icon(Icon::Scan));
        // Without units the list itself says what to do.
        actions = if event.lines.is_empty() { vec![] } else { vec![scan, add] };
    }
    let mut table =
        Table::new("lines", "Units of this event", columns(ctx)).rows(rows(visit, seen, &lines)).empty(empty).inside();
    if !event.lines.is_empty() && event.head.total_minor.is_some() && event.head.r#type.rules().billable {
        let sum = event.lines.iter().filter_map(|line| line.amount_minor).sum::<i64>();
        let count = words::count(event.lines.len() as i64, "unit", "units");
        let blank = || Cell::text("");
        table = table.foot(vec![
            Cell::text(count),
            blank(),
            blank(),
            blank(),
            Cell::text(words::amount(ctx, sum)),
            blank(),
        ]);
    }
    if seen.may_edit && !event.lines.is_empty() {
        let to = |what: &str| format!("/events/{id}/lines/bulk/{what}");
        table = table.bulk(Bulk { total: None, actions: buttons(visit, event, &to), csrf: visit.csrf() });
    }
    if !event.lines.is_empty() && event.head.r#type.rules().billable {
        actions.push(Button::link("Why these prices", format!("/events/{id}/prices")).small().quiet());
    }
    let all = more.then(|| {
        let count = words::count(event.lines.len() as i64, "unit", "units");
        html! { p class="sub" { "The first " (SHOWN) " of " (count) ". " a class="link" href={ "/events/" (id) "/lines" } { "All of them" } } }
    });
    section_block("Units", &actions, html! { (table) @if let Some(all) = all { (all) } })
}

fn buttons(visit: &Visit, event: &Event, to: &dyn Fn(&str) -> String) -> Vec<Button> {
    let kind = event.head.r#type;
    let mut buttons: Vec<Button> = usages(kind)
        .iter()
        .filter(|_| usages(kind).len() > 1)
        .map(|usage| Button::submit(usage_label(kind, *usage)).action(to(usage.as_str())))
        .collect();
    buttons.push(Button::submit("Change").action(to("change")));
    if kind.rules().billable && visit.may(Permission::ModifyPrices) {
        buttons.push(Button::submit("No charge").action(to("no_charge")));
    }
    buttons.push(Button::submit("Take off").action(to("remove")).danger());
    buttons
}

/// All lines of an event, by the page.
pub async fn all(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let (event, head) = (&seen.event, &seen.event.head);
    let makers: Vec<_> = event
        .manufacturer_ids
        .iter()
        .map(|it| (it.to_string().into(), seen.names.manufacturer(*it).to_owned().into()))
        .collect();
    let words_of = usages(head.r#type).iter();
    let list =
        List::new(&visit, Room::Events, "event-lines", "Units of this event", columns(&visit.ctx)).filters(vec![
            Filter::choice(
                "usage",
                "Usage",
                words_of.map(|it| (it.as_str().into(), usage_label(head.r#type, *it).into())).collect(),
            ),
            Filter::choice("manufacturer_id", "Manufacturer", makers),
        ]);
    let params = ListParams { count: true, ..list.params() };
    let page = visit.read(move |ctx, tx| app::events::lines::many::list(ctx, tx, id, &params)).await?;
    let rows = page.items.iter().map(|line| row(&visit, &seen, line)).collect();
    let mut header =
        Header::new("Units of this event").crumb("Events", "/events").crumb(head.name.clone(), format!("/events/{id}"));
    if let Some(total) = page.total {
        header = header.lead(words::count(total, "unit", "units"));
    }
    if seen.may_edit {
        header = header.action(Button::link("Add units", format!("/events/{id}/add")).icon(Icon::Plus));
    }
    let empty =
        Empty::new(Icon::Box, "No such units").action(Button::link("Back to the event", format!("/events/{id}")));
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor, page.total);
    if seen.may_edit {
        let to = |what: &str| acts::at(&visit, &format!("/events/{id}/lines/bulk/{what}"));
        shown.bulk = buttons(&visit, event, &to);
    }
    Ok(list.answer(&visit, shown))
}

// ---- several lines at once ------------------------------------------------------------------------------------------

/// The lines that were selected, or all that the filters of the address leave.
async fn selected(visit: &Visit, id: EventId, sent: &Sent) -> Result<Vec<LineId>, Fail> {
    if !sent.on("all") {
        return Ok(sent.ids("id")?);
    }
    let mut params = ListParams { limit: Some(AT_ONCE), ..ListParams::default() };
    for key in ["usage", "manufacturer_id", "catalog_item_id"] {
        if let Some(value) = visit.link.get(key).filter(|value| !value.is_empty()) {
            params.filters.insert(key.to_owned(), value.to_owned());
        }
    }
    let read = move |ctx: &Ctx, tx: &mut app::Tx| {
        let (mut ids, mut params) = (Vec::new(), params.clone());
        loop {
            let page = app::events::lines::many::list(ctx, tx, id, &params)?;
            ids.extend(page.items.iter().map(|line| line.id));
            params.cursor = page.next_cursor;
            // What is more than can be changed at once is refused, with a sentence.
            if params.cursor.is_none() || ids.len() > limits::ROWS_PER_REQUEST {
                return Ok(ids);
            }
        }
    };
    visit.read(read).await
}

/// What a button asks, or a form that was filled in.
fn wanted(ctx: &Ctx, what: &str, lines: Vec<LineId>, sent: &Sent) -> app::Result<ChangeLines> {
    let ask = ChangeLines { line_ids: lines, ..ChangeLines::default() };
    let note = || sent.maybe("note").map(str::to_owned);
    Ok(match what {
        "remove" => ChangeLines { remove: true, ..ask },
        "no_charge" => ChangeLines { no_charge: Some(true), ..ask },
        "change" => ChangeLines {
            usage: Usage::parse(sent.text("usage")),
            unit_price_minor: match sent.text("price") {
                "agreed" => Patch::Clear,
                "set" => {
                    let wrong = || Error::field("unit_price_minor", "required", "Say which price.");
                    let text = sent.maybe("unit_price_minor").ok_or_else(wrong)?;
                    Patch::Set(words::read_money(ctx, "unit_price_minor", text)?)
                }
                _ => Patch::Leave,
            },
            no_charge: match sent.text("no_charge") {
                "free" => Some(true),
                "charged" => Some(false),
                _ => None,
            },
            note: note(),
            ..ask
        },
        _ => ChangeLines { usage: Usage::parse(what), note: note(), ..ask },
    })
}

/// Changes the selected lines, or asks what else has to be said first.
pub async fn bulk(visit: Visit, Path((id, what)): Path<(String, String)>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let back = format!("/events/{id}");
    let usage = Usage::parse(&what);
    if usage.is_none() && !matches!(what.as_str(), "no_charge" | "remove" | "change") {
        return Err(Fail::not_found());
    }
    let lines = selected(&visit, id, &sent).await?;
    if lines.is_empty() {
        return Ok(visit.go(&back, Flash::failed("Select at least one line first.")));
    }
    let asks = what == "change" || usage.is_some_and(|usage| usage.rule().note_required);
    if asks && !sent.has("note") {
        return ask(&visit, id, &what, &lines, &sent, &[]).await;
    }
    let count = words::count(lines.len() as i64, "unit", "units");
    let done = match wanted(&visit.ctx, &what, lines.clone(), &sent) {
        Ok(wish) => visit.save(&sent, move |ctx, tx| app::events::lines::many::change(ctx, tx, id, &wish)).await,
        Err(error) => Err(error),
    };
    match done {
        Err(error) if asks => {
            let errors = acts::known(visit.complaints(error)?, &["usage", "unit_price_minor", "no_charge", "note"]);
            ask(&visit, id, &what, &lines, &sent, &errors).await
        }
        done => {
            let said = match (what.as_str(), usage) {
                ("remove", _) => format!("{count} taken off"),
                ("no_charge", _) => format!("{count}: free of charge"),
                (_, Some(usage)) => format!("{count}: {}", usage.label().to_lowercase()),
                _ => format!("{count} changed"),
            };
            acts::told(&visit, done, &back, Flash::done(said))
        }
    }
}

async fn ask(visit: &Visit, id: EventId, what: &str, lines: &[LineId], sent: &Sent, errors: &[FieldError]) -> Out {
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    Ok(asked(visit, &event, what, lines, sent, errors))
}

fn asked(visit: &Visit, event: &Event, what: &str, lines: &[LineId], sent: &Sent, errors: &[FieldError]) -> Response {
    let (id, kind) = (event.head.id, event.head.r#type);
    let count = words::count(lines.len() as i64, "unit", "units");
    let (title, text) = match Usage::parse(what) {
        Some(usage) => {
            (format!("{count}: {}", usage.label().to_lowercase()), "Say what happened; it stays with each of them.")
        }
        None => (format!("Change {count}"), "What you leave as it is stays as it is with each of them."),
    };
    let same = || Choice::new("", "As it is");
    let currency = words::currency(&visit.ctx);
    let value = |name: &str| sent.text(name).to_owned();
    let note = Field::area("note", "Note").value(value("note")).errors(errors).limit(2000);
    let fields = html! {
        @for line in lines { input type="hidden" name="id" value=(line); }
        @if what == "change" {
            (Field::select("usage", "What happened", [vec![same()], usage_choices(kind)].concat()).value(value("usage")).errors(errors))
            @if kind.rules().billable {
                (Field::select("price", "Price", vec![same(), Choice::new("agreed", "The agreed or list price"), Choice::new("set", "This price for each")]).value(value("price")))
                (Field::money("unit_price_minor", "Price of each", currency.code(), currency.exponent()).value(value("unit_price_minor")).optional().errors(errors))
                (Field::select("no_charge", "Charge", vec![same(), Choice::new("free", "Free of charge"), Choice::new("charged", "Charged")]).value(value("no_charge")).errors(errors))
            }
            (note.optional().help("Empty leaves the notes as they are."))
        } @else { (note.required().autofocus()) }
    };
    Ask {
        title: title.into(),
        text: html! { p { (text) } },
        room: Room::Events,
        action: format!("/events/{id}/lines/bulk/{what}"),
        fields,
        verb: "Save".into(),
        danger: false,
        back: format!("/events/{id}"),
        errors,
    }
    .show(visit)
}
