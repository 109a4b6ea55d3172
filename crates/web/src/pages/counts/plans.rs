//! Plans of counts: who counts what how often; and how exact books were found to be.

use crate::edge::{Out, Sent, Visit};
use crate::pages::acts;
use crate::pages::common::press;
use crate::pages::list::{List, Shown};
use crate::pages::words;
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Room, Status, Tone, lines,
    section_block,
};
use app::Error;
use axum::extract::Path;
use contract::ListParams;
use contract::counts::{CountAccuracy, CountPlan, CreateCountPlan, PatchCountPlan};
use domain::people::Permission;
use maud::{Render, html};

pub(super) async fn accuracy(visit: Visit) -> Out {
    let columns = vec![
        Column::new("whose", "Stock of"),
        Column::new("accuracy", "Accuracy").number().width(120).phone_side(),
        Column::new("found", "Found").number().width(100),
        Column::new("missing", "Missing").number().width(100),
        Column::new("unexpected", "Unexpected").number().width(120),
        Column::new("counts", "Counts").number().width(90),
        Column::new("last", "Last counted").width(160).phone_sub(),
    ];
    let list = List::new(&visit, Room::Stock, "accuracy", "Accuracy", columns);
    let mut params = list.params();
    params.q = None;
    let page = visit.read(move |ctx, tx| app::counts::accuracy(ctx, tx, &params)).await?;
    let cell = |it: &CountAccuracy, key: &str| match key {
        "whose" => Cell::text(it.custodian_name.clone()),
        "accuracy" => it.accuracy_bp.map_or_else(Cell::none, |bp| {
            let cell = Cell::text(format!("{} %", words::percent_plain(bp)));
            if bp < 9_500 { cell.tone(Tone::Red) } else { cell }
        }),
        "found" => Cell::text(words::number(it.found_count)),
        "missing" => Cell::text(words::number(it.missing_count)),
        "unexpected" => Cell::text(words::number(it.unexpected_count)),
        "counts" => Cell::text(words::number(it.counts)),
        _ => Cell::of(words::when(&visit.ctx, it.last_counted_at)),
    };
    let rows = page
        .items
        .iter()
        .map(|it| {
            let id = acts::custodian_id(it.custodian.id);
            list.row(id.clone(), |key| cell(it, key)).href(format!("/counts?view=all&custodian_id={id}"))
        })
        .collect();
    let header = Header::new("Accuracy")
        .crumb("Stock", "/units")
        .crumb("Counts", "/counts")
        .under("Counts of the last 365 days, the least exact first: what was found, of everything that was judged.");
    let empty = Empty::new(Icon::Figures, "Nothing was counted yet")
        .text("Once counts are completed, this tells whose books are exact.")
        .action(Button::link("New count", "/counts/new").primary());
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn plan_line(visit: &Visit, it: &CountPlan) -> Line {
    let who = it.counter_name.clone().unwrap_or_else(|| "whoever answers for it".to_owned());
    let how = if it.blind { "blind" } else { "guided" };
    let line = Line::new(it.custodian_name.clone())
        .below(format!("Every {}, by {who}, {how}", words::count(it.every_days, "day", "days")))
        .side(Status::new(Tone::Blue, format!("Next {}", words::day_short(it.next_on))));
    if !visit.may(Permission::ReconcileCounts) {
        return line;
    }
    line.control(press(visit, format!("/counts/plans/{}/away", it.id), Button::submit("Put away").small()))
}

pub(super) async fn index(visit: Visit) -> Out {
    let params = ListParams { limit: Some(500), ..ListParams::default() };
    let plans = visit.read(move |ctx, tx| app::counts::plans::list(ctx, tx, &params)).await?.items;
    let may = visit.may(Permission::ReconcileCounts);
    let mut header = Header::new("Plans of counts")
        .crumb("Stock", "/units")
        .crumb("Counts", "/counts")
        .under("On its day the server asks for the next count; one that is still to be done is not asked for twice.");
    if may {
        header = header.action(Button::link("New plan", "/counts/plans/new").primary().hotkey("n"));
    }
    let all: Vec<Line> = plans.iter().map(|it| plan_line(&visit, it)).collect();
    let list = if all.is_empty() {
        let empty = Empty::new(Icon::Calendar, "No plans yet")
            .text("Say whose stock is counted how often, and it is asked for in time.");
        if may { empty.action(Button::link("New plan", "/counts/plans/new").primary()) } else { empty }.render()
    } else {
        lines(&all)
    };
    let body = html! { (header) div class="content" { (section_block("In use", &[], list)) } };
    Ok(visit.page("Plans of counts", Room::Stock, body))
}

fn form(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> axum::response::Response {
    let fields = html! {
        (Field::combo("custodian", "Whose stock", "/suggest/holders?office=1", sent.text("custodian_text").to_owned())
            .value(sent.text("custodian").to_owned()).errors(errors).required())
        (Field::combo("place_id", "Only what lies at", "/suggest/places", sent.text("place_id_text").to_owned())
            .value(sent.text("place_id").to_owned()).optional().errors(errors))
        (Field::combo("counter_id", "Who counts", "/suggest/people", sent.text("counter_id_text").to_owned())
            .value(sent.text("counter_id").to_owned()).optional().errors(errors).help("Whoever answers for it, unless you choose somebody."))
        div class="pair" {
            (Field::with_unit("every_days", "Every", "days").value(sent.maybe("every_days").unwrap_or("90").to_owned()).errors(errors))
            (Field::date("next_on", "First on").value(sent.text("next_on").to_owned()).optional().errors(errors))
        }
        (Field::check("blind", "Blind: whoever counts does not see what is expected").on(sent.on("blind")))
    };
    let form = Form::post("/counts/plans", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Plan it").primary())
        .button(Button::link("Cancel", "/counts/plans").quiet());
    let header = Header::new("New plan").crumb("Counts", "/counts").crumb("Plans", "/counts/plans");
    acts::form_page(visit, Room::Stock, header, "New plan".into(), &form, !errors.is_empty())
}

pub(super) async fn new_page(visit: Visit) -> Out {
    visit.ctx.require(Permission::ReconcileCounts)?;
    Ok(form(&visit, &Sent::default(), &[]))
}

fn read(visit: &Visit, sent: &Sent) -> app::Result<CreateCountPlan> {
    let custodian = acts::custodian(visit, sent, "custodian")?;
    let every = sent.text("every_days").parse();
    Ok(CreateCountPlan {
        custodian: custodian.ok_or_else(|| Error::field("custodian", "required", "Choose whose stock is counted."))?,
        place_id: acts::picked(sent, "place_id")?,
        counter_id: acts::picked(sent, "counter_id")?,
        blind: sent.on("blind"),
        every_days: every.map_err(|_| Error::field("every_days", "invalid_value", "Give a whole number of days."))?,
        next_on: acts::day(sent, "next_on")?,
    })
}

pub(super) async fn create(visit: Visit, sent: Sent) -> Out {
    let done = match read(&visit, &sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::counts::plans::create(ctx, tx, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/counts/plans", Flash::done("Planned"))),
        Err(error) => {
            let known = ["custodian", "place_id", "counter_id", "every_days", "next_on"];
            let errors = acts::known(visit.complaints(error)?, &known);
            Ok(form(&visit, &sent, &errors))
        }
    }
}

pub(super) async fn away(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::CountPlan>(&id)?;
    let body = PatchCountPlan { archived: Some(true), ..PatchCountPlan::default() };
    let done = visit.save(&sent, move |ctx, tx| app::counts::plans::patch(ctx, tx, id, &body)).await;
    acts::told(&visit, done, "/counts/plans", Flash::done("Put away: no more counts come from it"))
}
