//! Why does the system say three when two lie here?

use super::{acts, words};
use crate::edge::{Out, Visit, get};
use crate::ui::{
    Banner, Button, Field, FieldError, Figure, Form, Header, Line, Link, Room, Status, TimelineItem, Tone, banner,
    figures, lines, section_block, timeline, two,
};
use app::App;
use axum::Router;
use contract::ListParams;
use contract::explain::CountExplained;
use domain::id::CatalogItemId;
use domain::stock::{Custodian, UnitState};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/stock/explain", get(page))
}

/// The address of the explanation of a count.
pub fn address(item: CatalogItemId, lot: Option<&str>, custodian: Custodian) -> String {
    let link =
        Link::new("/stock/explain").with("catalog_item_id", item).with("custodian_id", acts::custodian_id(custodian));
    match lot {
        Some(lot) => link.with("lot", lot).to_string(),
        None => link.to_string(),
    }
}

const FIELDS: [&str; 4] = ["catalog_item_id", "lot", "custodian_id", "counted"];

async fn page(visit: Visit) -> Out {
    let mut params = ListParams::default();
    for name in FIELDS {
        if let Some(value) = visit.link.get(name).map(str::trim).filter(|value| !value.is_empty()) {
            params.filters.insert(name.to_owned(), value.to_owned());
        }
    }
    let asked = params.filters.contains_key("catalog_item_id") && params.filters.contains_key("custodian_id");
    let mut errors: Vec<FieldError> = Vec::new();
    let mut seen = None;
    if asked {
        match visit.app.read(&visit.ctx, move |ctx, tx| app::explain::explain(ctx, tx, &params)).await {
            Ok(found) => seen = Some(found),
            Err(error) => errors = acts::known(visit.complaints(error)?, &FIELDS),
        }
    }
    let mut header = Header::new("Explain a count").crumb("Stock", "/units");
    header = match &seen {
        Some(it) => header.under(under(it)),
        None => header.under("Where a number comes from, and what could be behind a difference."),
    };
    let body = html! {
        (header)
        div class="content" {
            (form(&visit, seen.as_ref(), &errors))
            @if let Some(it) = &seen { div class="pad-top" { (result(&visit, it)) } }
        }
    };
    Ok(visit.page("Explain a count", Room::Stock, body))
}

fn under(it: &CountExplained) -> Markup {
    html! {
        (if it.description.is_empty() { &it.catalog_number } else { &it.description })
        @if let Some(lot) = &it.lot { " · lot " (lot) }
        " · " strong { (it.custodian_name) }
    }
}

fn form(visit: &Visit, seen: Option<&CountExplained>, errors: &[FieldError]) -> Form {
    let text = |name: &str| visit.link.get(name).unwrap_or_default().to_owned();
    let item =
        seen.map(|it| if it.description.is_empty() { it.catalog_number.clone() } else { it.description.clone() });
    let holder = seen.map(|it| it.custodian_name.clone()).unwrap_or_default();
    Form::get("/stock/explain")
        .errors(errors)
        .body(html! {
            div class="pair" {
                (Field::combo("catalog_item_id", "Item", "/suggest/items", item.unwrap_or_default()).value(text("catalog_item_id")).errors(errors).required())
                (Field::text("lot", "Lot").value(text("lot")).errors(errors).optional())
            }
            div class="pair" {
                (Field::combo("custodian_id", "Whose count", "/suggest/holders", holder).value(text("custodian_id")).errors(errors).required())
                (Field::number("counted", "You counted").value(text("counted")).errors(errors).optional())
            }
        })
        .button(Button::submit("Explain").primary())
}

fn result(visit: &Visit, it: &CountExplained) -> Markup {
    let rows = Link::new("/units")
        .with("view", "all")
        .with("catalog_item_id", it.catalog_item_id)
        .with("custodian_id", acts::custodian_id(it.custodian.id));
    let rows = match &it.lot {
        Some(lot) => rows.with("lot", lot),
        None => rows,
    };
    let of =
        |incoming: bool| it.on_the_way.iter().filter(|way| way.incoming == incoming).map(|way| way.units).sum::<i64>();
    let mut cards = vec![Figure::new(words::number(it.books), "in the books here").href(rows.to_string())];
    if let Some(counted) = it.counted {
        let difference = counted - it.books;
        let figure = Figure::new(words::number(counted), "counted");
        cards.push(match difference {
            0 => figure.note(Tone::Green, "as the books say"),
            n if n < 0 => figure.note(Tone::Red, format!("{} fewer", -n)),
            n => figure.note(Tone::Amber, format!("{n} more")),
        });
    }
    cards.push(Figure::new(words::number(of(true)), "on their way here"));
    cards.push(Figure::new(words::number(of(false)), "on their way from here"));
    let held: i64 = it.states.iter().filter(|row| row.state == UnitState::OnHold).map(|row| row.units).sum();
    cards.push(Figure::new(words::number(held), "on hold here"));
    html! {
        (figures(&cards))
        div class="pad-top" {
            (two(
                html! {
                    (section_block("What could be behind it", &[], causes(it)))
                    @if !it.on_the_way.is_empty() { (section_block("On the way", &[], lines(&ways(visit, it)))) }
                    @if !it.past_cases.is_empty() { (section_block("Cases past their day, not submitted", &[], lines(&cases(it)))) }
                    @if !it.elsewhere.is_empty() { (section_block("Others who have some", &[], lines(&others(it)))) }
                },
                section_block("What came and went", &[], ledger(visit, it)),
                false,
            ))
        }
    }
}

fn causes(it: &CountExplained) -> Markup {
    if it.causes.is_empty() {
        return match it.counted {
            Some(counted) if counted == it.books => {
                banner(Banner::Success, html! { b { "Nothing to explain" } "The shelf and the books agree." }, None)
            }
            _ => {
                html! { p class="sub" { "Nothing is open: no transfer, no case, nothing on hold. Say what you counted to look further." } }
            }
        };
    }
    let found: Vec<Line> = it
        .causes
        .iter()
        .map(|cause| {
            let side = match cause.units {
                Some(n) => Status::new(Tone::Amber, words::count(n, "unit", "units")),
                None => Status::new(Tone::Grey, "cannot tell"),
            };
            let line = Line::new(cause.sentence.clone()).side(side);
            match &cause.link {
                Some(link) => line.action(Button::link(cause.mend.clone(), link.clone()).small()),
                None => line.below(cause.mend.clone()),
            }
        })
        .collect();
    lines(&found)
}

fn ways(visit: &Visit, it: &CountExplained) -> Vec<Line> {
    let line = |way: &contract::explain::CountOnTheWay| {
        let side = if way.incoming { "from" } else { "to" };
        Line::new(format!("{} {side} {}", words::count(way.units, "unit", "units"), way.other_name))
            .below(html! { "sent " (words::when(&visit.ctx, way.created_at)) })
            .href(format!("/transfers/{}", way.transfer_id))
            .side(Status::of("pending"))
    };
    it.on_the_way.iter().map(line).collect()
}

fn cases(it: &CountExplained) -> Vec<Line> {
    let line = |case: &contract::explain::CountPastCase| {
        let marked = match case.marked {
            0 => "none of these marked".to_owned(),
            n => format!("{} of these marked", words::number(n)),
        };
        Line::new(case.name.clone())
            .below(format!("{} · {} · {marked}", case.number, words::day(case.day)))
            .href(format!("/events/{}", case.event_id))
            .side(Status::of("overdue"))
    };
    it.past_cases.iter().map(line).collect()
}

fn others(it: &CountExplained) -> Vec<Line> {
    let line = |row: &contract::explain::CountElsewhere| {
        Line::new(row.name.clone()).side(words::count(row.units, "unit", "units")).href(address(
            it.catalog_item_id,
            it.lot.as_deref(),
            row.custodian.id,
        ))
    };
    it.elsewhere.iter().map(line).collect()
}

fn ledger(visit: &Visit, it: &CountExplained) -> Markup {
    if it.steps.is_empty() {
        return html! { p class="sub" { "Nothing of it was ever here." } };
    }
    let items: Vec<TimelineItem> = it
        .steps
        .iter()
        .map(|step| {
            let n = words::count(step.change.abs(), "unit", "units");
            let sentence = match (&step.other_name, step.change > 0) {
                (Some(other), true) => format!("{n} from {other}"),
                (Some(other), false) => format!("{n} to {other}"),
                (None, true) => format!("{n} came in"),
                (None, false) => format!("{n} left stock"),
            };
            let sign = if step.change > 0 { "+" } else { "\u{2212}" };
            TimelineItem::new(html! { (sentence) span class="muted" { " · " (sign) (step.change.abs()) " = " strong { (step.balance) } } })
                .detail(html! { (words::when(&visit.ctx, step.at)) " · " (words::sentence(&step.kind)) " · " (step.actor_name) @if !step.reason.is_empty() { " · " (step.reason) } })
        })
        .collect();
    html! { (timeline(&items)) @if it.more_steps { p class="sub" { "There was more before: see the histories of the units." } } }
}
