//! A set: what does it lack, what is too many, and what fills it up?

use super::acts::{self, Ask};
use super::common::press;
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Choice, Column, Empty, Field, FieldError, Flash, Icon, Line, Room, Row, Status, Table, Tone,
    banner, lines, section_block,
};
use app::App;
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use contract::sets::{AssignSet, RefillSet, RelieveSet, SetCheck};
use contract::units::Unit;
use domain::id::UnitId;
use domain::people::Permission;
use domain::set::{FillOrder, LineState};
use domain::stock::UnitState;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/units/{id}/set", get(choose_page).merge(post(choose)))
        .route("/units/{id}/set/refill", get(refill_page).merge(post(refill)))
        .route("/units/{id}/set/relieve", post(relieve))
}

fn state(state: LineState) -> Status {
    let tone = match state {
        LineState::Short => Tone::Red,
        LineState::Low | LineState::Over => Tone::Amber,
        LineState::Complete => Tone::Green,
    };
    Status::new(tone, state.label())
}

/// The set in a word: for lists and headers.
pub fn summary(set: &SetCheck) -> Status {
    match (set.ready, set.missing, set.surplus) {
        (true, 0, 0) if set.foreign.is_empty() => Status::new(Tone::Green, "Complete"),
        (true, ..) => Status::new(Tone::Amber, "Can go out"),
        (false, ..) => Status::new(Tone::Red, "Not ready"),
    }
}

fn told(set: &SetCheck) -> String {
    let mut parts = Vec::new();
    let mut tell = |n: usize, one: &str, many: &str| {
        if n > 0 {
            parts.push(words::count(n as i64, one, many));
        }
    };
    tell(set.missing as usize, "piece is missing", "pieces are missing");
    tell(set.surplus as usize, "is too many", "are too many");
    tell(set.foreign.len(), "does not belong here", "do not belong here");
    tell(set.expiring as usize, "expires within 30 days", "expire within 30 days");
    tell(set.blocked as usize, "is on hold", "are on hold");
    if parts.is_empty() { "Everything is there.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

/// What a container should hold, on its page.
pub fn section(visit: &Visit, unit: &Unit, set: &SetCheck) -> Markup {
    let packs = unit.kind == domain::stock::UnitKind::Container
        && visit.may(Permission::EditInventory)
        && super::stock::may_act(&visit.ctx, unit)
        && !matches!(unit.state, UnitState::Inactive | UnitState::InTransfer);
    let to = |what: &str| format!("/units/{}/set{what}", unit.id);
    let choose = if set.bom_id.is_some() { "Follow another bill" } else { "Choose a bill" };
    let mut actions = Vec::new();
    if packs {
        if set.missing > 0 {
            actions.push(Button::link("Fill it up", to("/refill")).small().primary().in_dialog());
        }
        actions.push(Button::link(choose, to("")).small().in_dialog());
    }
    let Some(bom) = set.bom_id else {
        let mut empty = Empty::new(Icon::Box, "It follows no bill of materials")
            .text("Choose one, and this page says what is missing, what is too many and what expires.");
        if packs && visit.may(Permission::ManageBoms) {
            empty =
                empty.action(Button::link("Make one from what lies in it", format!("/boms/new?container={}", unit.id)));
        }
        return section_block("What it should hold", &actions, empty);
    };
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("have", "In it").number().width(80).phone_sub(),
        Column::new("required", "Should be").number().width(130).phone_hidden(),
        Column::new("loose", "Loose").number().width(90).phone_hidden(),
        Column::new("state", "Status").width(150),
    ];
    let rows = set.lines.iter().map(|line| {
        let range = if line.min == line.max {
            line.required.to_string()
        } else {
            format!("{} ({} to {})", line.required, line.min, line.max)
        };
        let have = match line.expiring {
            0 => Cell::text(line.have.to_string()),
            n => Cell::two(line.have.to_string(), format!("{n} expiring")),
        };
        let loose = if line.have < line.required { Cell::text(words::number(line.loose)) } else { Cell::none() };
        Row::new(
            line.catalog_item_id.to_string(),
            vec![
                Cell::two(line.description.clone(), line.catalog_number.clone()),
                have,
                Cell::text(range),
                loose,
                Cell::status(state(line.state)),
            ],
        )
    });
    let table = Table::new("set", "What it should hold", columns)
        .rows(rows.collect())
        .empty(Empty::new(Icon::Box, "The bill has no lines"))
        .inside();
    let surplus = set.surplus > 0 || !set.foreign.is_empty();
    let body = html! {
        p class="sub" { (summary(set)) " " (told(set)) " Bill: " a class="link" href={ "/boms/" (bom) } { (set.name.clone().unwrap_or_default()) } }
        (table)
        @if surplus && packs {
            div class="row pad-top" {
                @if set.surplus > 0 {
                    (press(visit, to("/relieve"), Button::submit("Take out what is too many").small()))
                }
                @if !set.foreign.is_empty() {
                    (press(visit, to("/relieve?foreign=true"), Button::submit("Take out what does not belong").small()))
                }
            }
        }
    };
    section_block("What it should hold", &actions, body)
}

// ---- which bill -----------------------------------------------------------------------------------------------------

async fn choose_with(visit: &Visit, id: UnitId, sent: &Sent, errors: &[FieldError]) -> Out {
    let (set, boms) = visit
        .read(move |ctx, tx| {
            let set = app::sets::check(ctx, tx, id)?;
            let params = ListParams { limit: Some(200), ..ListParams::default() };
            Ok((set, app::boms::list(ctx, tx, &params)?.items))
        })
        .await?;
    let fits = boms.into_iter().filter(|bom| bom.kind == domain::stock::UnitKind::Container);
    let choices = fits.map(|bom| Choice::new(bom.id.to_string(), bom.name)).collect();
    let now = set.bom_id.map(|id| id.to_string()).unwrap_or_default();
    let value = if sent.has("bom_id") { sent.text("bom_id").to_owned() } else { now };
    let ask = Ask {
        title: "What should it hold?".into(),
        text: html! { p { "The container gets the next number among the sets of the bill." } },
        room: Room::Stock,
        action: format!("/units/{id}/set"),
        fields: html! {
            (Field::select("bom_id", "Bill of materials", choices).value(value).optional().errors(errors)
                .help("Empty: it follows none."))
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/units/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn choose_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    choose_with(&visit, id, &sent, &[]).await
}

async fn choose(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let body = AssignSet { bom_id: sent.id("bom_id")? };
    match visit.save(&sent, move |ctx, tx| app::sets::assign(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/units/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["bom_id"]);
            choose_with(&visit, id, &sent, &errors).await
        }
    }
}

// ---- filling up -----------------------------------------------------------------------------------------------------

fn order(visit: &Visit, sent: &Sent) -> FillOrder {
    let asked = sent.maybe("order").or_else(|| visit.link.get("order")).unwrap_or_default();
    FillOrder::parse(asked).unwrap_or(FillOrder::Fifo)
}

async fn refill_with(visit: &Visit, id: UnitId, sent: &Sent, errors: &[FieldError]) -> Out {
    let chosen = order(visit, sent);
    let wanted = RefillSet { order: Some(chosen), dry_run: true };
    let told = visit.read(move |ctx, tx| app::sets::fill(ctx, tx, id, &wanted)).await?;
    let units = told.added.clone();
    let names = visit.read(move |ctx, tx| super::stock::names_of(ctx, tx, &units)).await?;
    let mut shown: Vec<Line> = Vec::new();
    for unit in &told.added {
        let mark = unit.serial.as_deref().or(unit.lot.as_deref()).unwrap_or("no lot").to_owned();
        let until = unit.expires_on.map(|day| format!("until {}", words::day(day))).unwrap_or_default();
        shown.push(Line::new(names.item_title(unit.catalog_item_id).to_owned()).below(mark).side(until));
    }
    let asked: String =
        told.missing.iter().take(20).map(|gap| format!("&line={}:{}", gap.catalog_item_id, gap.quantity)).collect();
    let gaps: Vec<Line> = told
        .missing
        .iter()
        .map(|gap| {
            let there = match gap.with_others {
                0 => "Nobody within your reach has it free.".to_owned(),
                n => format!("{} with others.", words::count(n, "is free", "are free")),
            };
            Line::new(gap.description.clone())
                .below(html! { (gap.catalog_number) " · " (there) })
                .side(format!("{} missing", gap.quantity))
        })
        .collect();
    let n = told.added.len() as i64;
    // The other order is another preview: what goes in is what was seen.
    let to = |order: &FillOrder| format!("/units/{id}/set/refill?order={}", order.as_str());
    let ask = Ask {
        title: "Fill it up".into(),
        text: html! {
            nav class="seg" aria-label="Which first" {
                @for it in FillOrder::ALL { a href=(to(it)) data-dialog aria-current=[(*it == chosen).then_some("page")] { (it.label()) } }
            }
            @if shown.is_empty() { (banner(Banner::Warning, html! { b { "Nothing loose fills it" } "No free unit of the same custodian is missing here." }, None)) }
            @else { p { (words::count(n, "unit goes in", "units go in")) ":" } (lines(&shown)) }
            @if !gaps.is_empty() {
                p { "What is still missing then:" }
                (lines(&gaps))
                @if visit.may(Permission::RequestInventory) {
                    p { (Button::link("Request what is missing", format!("/requests/new?kind=inventory{asked}")).small().icon(Icon::Truck)) }
                }
            }
        },
        room: Room::Stock,
        action: format!("/units/{id}/set/refill"),
        fields: html! { input type="hidden" name="order" value=(chosen.as_str()); },
        verb: if shown.is_empty() {
            "Look again".into()
        } else {
            format!("Put in {}", words::count(n, "unit", "units")).into()
        },
        danger: false,
        back: format!("/units/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn refill_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    refill_with(&visit, id, &sent, &[]).await
}

async fn refill(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let body = RefillSet { order: Some(order(&visit, &sent)), dry_run: false };
    match visit.save(&sent, move |ctx, tx| app::sets::fill(ctx, tx, id, &body)).await {
        Ok(done) => {
            let n = done["added"].as_array().map_or(0, Vec::len) as i64;
            if n == 0 {
                let said = "Nothing loose fills it yet. What is missing can be requested.";
                return Ok(visit.go(&format!("/units/{id}"), Flash::failed(said)));
            }
            let said = format!("{} put in", words::count(n, "unit", "units"));
            Ok(visit.go(&format!("/units/{id}"), Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            refill_with(&visit, id, &sent, &errors).await
        }
    }
}

async fn relieve(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let body = RelieveSet { foreign: visit.link.get("foreign") == Some("true") };
    let done = visit.save(&sent, move |ctx, tx| app::sets::relieve(ctx, tx, id, &body)).await;
    let back = format!("/units/{id}");
    acts::told(&visit, done, &back, Flash::done("Taken out: they are loose with the same custodian"))
}
