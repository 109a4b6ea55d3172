//! Answering a request: from where it comes, unit by unit or as proposed; what a supplier delivered; refused, taken back.

use super::{Seen, item_title, see, units};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::acts::{self, Ask};
use crate::pages::words;
use crate::ui::{Banner, Button, Field, FieldError, Flash, Form, Header, Room, banner};
use app::Error;
use axum::extract::Path;
use axum::response::Response;
use contract::requests::{Delivered, FulfillRequest, ReceiveDelivery, RequestSource, StockRequestLine};
use domain::clock::Day;
use domain::id::{RequestId, UnitId};
use maud::{Markup, Render, html};

fn crumbs(title: &'static str, id: RequestId, seen: &Seen) -> Header {
    Header::new(title)
        .crumb("Transfers", "/transfers")
        .crumb("Requests", "/requests")
        .crumb(seen.request.head.number.clone(), format!("/requests/{id}"))
}

// ---- sending --------------------------------------------------------------------------------------------------------

/// Units that one source would send, in the order in which they are taken, and how many of them are proposed.
struct Offer<'a> {
    source: &'a RequestSource,
    take: usize,
}

/// The sources of a line: what is proposed comes from the first ones that have it.
fn offers<'a>(line: &StockRequestLine, sources: &'a [RequestSource]) -> Vec<Offer<'a>> {
    let mut left = usize::try_from(line.open).unwrap_or_default();
    let own = sources.iter().filter(|it| it.catalog_item_id == line.catalog_item_id);
    own.enumerate()
        .map(|(at, source)| {
            // Only the first source is filled in: to strip somebody in the field is a decision.
            let take = if at == 0 { source.units.len().min(left) } else { 0 };
            left -= take;
            Offer { source, take }
        })
        .collect()
}

fn lots(source: &RequestSource) -> String {
    let mut lots: Vec<(String, Option<Day>, usize)> = Vec::new();
    for unit in &source.units {
        let mark = if unit.serial.is_empty() { unit.lot.clone() } else { unit.serial.clone() };
        match lots.iter_mut().find(|(known, day, _)| *known == mark && *day == unit.expires_on) {
            Some((.., n)) => *n += 1,
            None => lots.push((mark, unit.expires_on, 1)),
        }
    }
    let said = lots.iter().take(3).map(|(mark, day, n)| {
        let many = if *n > 1 { format!("{n} \u{d7} ") } else { String::new() };
        let mark = if mark.is_empty() { "no lot".to_owned() } else { mark.clone() };
        match day {
            Some(day) => format!("{many}{mark}, expires {}", words::day(*day)),
            None => format!("{many}{mark}"),
        }
    });
    let mut said: Vec<String> = said.collect();
    if lots.len() > 3 {
        said.push(format!("and {} more", lots.len() - 3));
    }
    said.join(" · ")
}

fn offer(at: usize, place: usize, offer: &Offer<'_>, sent: &Sent) -> Markup {
    let source = offer.source;
    let field = format!("take-{at}-{place}");
    let ids = source.units.iter().map(|unit| unit.unit_id.to_string()).collect::<Vec<_>>().join(",");
    let value = sent.maybe(&field).map_or_else(|| offer.take.to_string(), str::to_owned);
    let rest = source.free - source.units.len() as i64;
    html! {
        @if source.units.is_empty() {
            p class="help" { (source.custodian_name) ": " (source.free) " there, none that can be sent loose and is still good." }
        } @else {
            label class="tick many" for=(field) {
                input class="input w-num" type="number" id=(field) name=(field) min="0" max=(source.units.len()) value=(value) inputmode="numeric";
                span {
                    "from " strong { (source.custodian_name) }
                    span class="help" { (lots(source)) @if rest > 0 { " · " (source.free) " free in all" } }
                }
            }
            input type="hidden" name={ "of-" (at) "-" (place) } value=(ids);
        }
    }
}

fn fulfill_response(
    visit: &Visit,
    id: RequestId,
    (seen, sources): (&Seen, &[RequestSource]),
    sent: &Sent,
    errors: &[FieldError],
) -> Response {
    let it = &seen.request.head;
    let open: Vec<&StockRequestLine> = seen.request.lines.iter().filter(|line| line.open > 0).collect();
    let short: i64 = open
        .iter()
        .map(|line| line.open - offers(line, sources).iter().map(|offer| offer.take as i64).sum::<i64>())
        .sum();
    let fields = html! {
        @if short > 0 {
            (banner(Banner::Info, html! { b { (units(short)) " will be on back order" } "Take them from somebody else below, or say when they are expected." }, None))
        }
        @for (at, line) in open.iter().enumerate() {
            @let offers = offers(line, sources);
            fieldset class="field" {
                legend class="label" { (item_title(line)) " " span class="sub" { (line.catalog_number) " · " (line.open) " owed of " (line.quantity) } }
                @if offers.is_empty() { p class="help" { "Nobody has one that is free. It stays on back order." } }
                @else { div class="choices" { @for (place, it) in offers.iter().enumerate() { (offer(at, place, it, sent)) } } }
            }
        }
        (Field::text("note", "Note to whoever receives").value(sent.text("note").to_owned()).optional().errors(errors).limit(500))
        div class="pair" {
            (Field::date("due_back_on", "Loan until").value(sent.text("due_back_on").to_owned()).optional().errors(errors))
            (Field::date("expected_on", "Rest expected").value(sent.text("expected_on").to_owned()).optional().errors(errors))
        }
    };
    let form = Form::post(format!("/requests/{id}/fulfill"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Send").primary())
        .button(Button::link("Cancel", format!("/requests/{id}")).quiet());
    let needed = it.needed_on.map(|day| format!(" Needed {}.", words::day_short(day))).unwrap_or_default();
    let header = crumbs("Fulfil", id, seen).under(format!(
        "For {}.{needed} What expires first is taken first; each source sends a transfer of its own.",
        it.to_name
    ));
    acts::form_page(visit, Room::Transfers, header, "Fulfil".into(), &form, !errors.is_empty())
}

async fn sources(visit: &Visit, id: RequestId) -> Result<(Seen, Vec<RequestSource>), Fail> {
    visit
        .read(move |ctx, tx| {
            let seen = see(ctx, tx, id)?;
            if !seen.choices.fulfill {
                let message = "Nothing is to be sent for this request by you now. Look at it as it is.";
                return Err(Error::conflict("request_not_open", message));
            }
            let sources = app::requests::propose::sources(ctx, tx, id)?.items;
            Ok((seen, sources))
        })
        .await
}

pub(super) async fn fulfill_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let (seen, sources) = sources(&visit, id).await?;
    Ok(fulfill_response(&visit, id, (&seen, &sources), &sent, &[]))
}

/// The units that were taken: so many of each source, in the order in which they were offered.
fn taken(sent: &Sent) -> app::Result<Vec<UnitId>> {
    let mut ids = Vec::new();
    for (name, number) in sent.pairs() {
        let Some(place) = name.strip_prefix("take-") else { continue };
        if number.trim().is_empty() {
            continue;
        }
        let wrong = || Error::field("", "invalid_quantity", "Give whole numbers of units.");
        let number: usize = number.trim().parse().map_err(|_| wrong())?;
        let offered = sent.text(&format!("of-{place}")).to_owned();
        ids.extend(offered.split(',').take(number).filter_map(|id| id.parse::<UnitId>().ok()));
    }
    Ok(ids)
}

fn read(sent: &Sent) -> app::Result<FulfillRequest> {
    Ok(FulfillRequest {
        unit_ids: Some(taken(sent)?),
        note: sent.text("note").to_owned(),
        due_back_on: acts::day(sent, "due_back_on")?,
        expected_on: acts::day(sent, "expected_on")?,
        ..FulfillRequest::default()
    })
}

pub(super) async fn fulfill(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let done = match read(&sent) {
        Ok(body) => {
            let count = body.unit_ids.as_ref().map_or(0, Vec::len) as i64;
            let done = visit.save(&sent, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, id, &body)).await;
            done.map(|it| (it, count))
        }
        Err(error) => Err(error),
    };
    match done {
        Ok((it, count)) => {
            let owed = it["back_ordered"].as_i64().unwrap_or_default();
            let said = match (count, owed) {
                (0, _) => "Said: all of it is on back order".to_owned(),
                (n, 0) => format!("{} sent: the request is on its way", units(n)),
                (n, owed) => format!("{} sent, {owed} on back order", units(n)),
            };
            Ok(visit.go(&format!("/requests/{id}"), Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["note", "due_back_on", "expected_on"]);
            let (seen, sources) = sources(&visit, id).await?;
            Ok(fulfill_response(&visit, id, (&seen, &sources), &sent, &errors))
        }
    }
}

// ---- what a supplier delivered --------------------------------------------------------------------------------------

fn receive_response(visit: &Visit, id: RequestId, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let open: Vec<&StockRequestLine> = seen.request.lines.iter().filter(|line| line.open > 0).collect();
    let first = !sent.has("asked");
    let fields = html! {
        input type="hidden" name="asked" value="true";
        @for line in &open {
            @let part = |name: &str| format!("{name}-{}", line.catalog_item_id);
            @let value = |name: &str| sent.text(&part(name)).to_owned();
            @let quantity = if first { line.open.to_string() } else { value("quantity") };
            fieldset class="form-sec" {
                legend class="label" { (item_title(line)) " " span class="sub" { (line.catalog_number) " · " (line.open) " owed of " (line.quantity) } }
                div class="ask-row lot" {
                    (Field::number(part("quantity"), "How many arrived").value(quantity).errors(errors))
                    (Field::text(part("lot"), "Lot").value(value("lot")).optional().errors(errors).limit(60))
                    (Field::date(part("expires_on"), "Expires").value(value("expires_on")).optional().errors(errors))
                }
            }
        }
        p class="help" { "Several lots of one item are received one after the other. Empty or zero: none of it arrived." }
        (Field::date("expected_on", "Rest expected").value(sent.text("expected_on").to_owned()).optional().errors(errors))
    };
    let form = Form::post(format!("/requests/{id}/receive"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Receive").primary())
        .button(Button::link("Cancel", format!("/requests/{id}")).quiet());
    let header = crumbs("Receive", id, seen).under("What arrived goes into the organisation's stock.");
    acts::form_page(visit, Room::Transfers, header, "Receive".into(), &form, !errors.is_empty())
}

pub(super) async fn receive_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if !seen.choices.receive {
        let message = "Nothing is to be received for this request by you now. Look at it as it is.";
        return Err(Error::conflict("request_not_open", message).into());
    }
    Ok(receive_response(&visit, id, &seen, &sent, &[]))
}

fn delivered(sent: &Sent, seen: &Seen) -> app::Result<ReceiveDelivery> {
    let mut arrived = Vec::new();
    for line in seen.request.lines.iter().filter(|line| line.open > 0) {
        let part = |name: &str| format!("{name}-{}", line.catalog_item_id);
        let text = sent.text(&part("quantity"));
        let wrong = || Error::field(part("quantity"), "invalid_quantity", "Give a whole number.");
        let quantity = if text.is_empty() { 0 } else { text.parse::<i64>().map_err(|_| wrong())? };
        if quantity == 0 {
            continue;
        }
        arrived.push(Delivered {
            catalog_item_id: line.catalog_item_id,
            quantity,
            lot: sent.maybe(&part("lot")).map(str::to_owned),
            serial: None,
            expires_on: acts::day(sent, &part("expires_on"))?,
        });
    }
    if arrived.is_empty() {
        return Err(Error::field("", "required", "Say at least of one item how many arrived."));
    }
    Ok(ReceiveDelivery { arrived, expected_on: acts::day(sent, "expected_on")? })
}

/// `arrived[1].lot` is the field `lot-cat_…` of the form.
fn placed(errors: Vec<FieldError>, items: &[String]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("arrived[")?.split_once("].")?;
        let name = if name == "catalog_item_id" { "quantity" } else { name };
        Some(format!("{name}-{}", items.get(at.parse::<usize>().ok()?)?))
    };
    let own = |field: &str| field == "expected_on" || field.contains("-cat_");
    errors
        .into_iter()
        .map(|error| match place(&error.field) {
            Some(field) => FieldError::new(field, error.message),
            None if own(&error.field) => error,
            None => FieldError::new("", error.message),
        })
        .collect()
}

pub(super) async fn receive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let body = delivered(&sent, &seen);
    let items: Vec<String> = match &body {
        Ok(body) => body.arrived.iter().map(|it| it.catalog_item_id.to_string()).collect(),
        Err(_) => Vec::new(),
    };
    let done = match body {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::requests::answer::receive(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(it) => {
            let owed = it["back_ordered"].as_i64().unwrap_or_default();
            let said = if owed == 0 {
                "Received: all of it is there".to_owned()
            } else {
                format!("Received, {owed} are still to come")
            };
            Ok(visit.go(&format!("/requests/{id}"), Flash::done(said)))
        }
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &items);
            Ok(receive_response(&visit, id, &seen, &sent, &errors))
        }
    }
}

// ---- refused, taken back --------------------------------------------------------------------------------------------

fn ask_to_decline(visit: &Visit, id: RequestId, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let it = &seen.request.head;
    let open: i64 = seen.request.lines.iter().map(|line| line.open).sum();
    let what = if it.sent > 0 { "What was sent stays on its way." } else { "They are told why." };
    Ask {
        title: "Decline this request?".into(),
        text: html! { p { (units(open)) " for " (it.to_name) " will not be sent. " (what) } },
        room: Room::Transfers,
        action: format!("/requests/{id}/decline"),
        fields: acts::reason(sent, errors, true).render(),
        verb: "Decline".into(),
        danger: true,
        back: format!("/requests/{id}"),
        errors,
    }
    .show(visit)
}

pub(super) async fn decline_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(ask_to_decline(&visit, id, &seen, &sent, &[]))
}

pub(super) async fn decline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let reason = sent.text("reason").to_owned();
    match visit.save(&sent, move |ctx, tx| app::requests::answer::decline(ctx, tx, id, &reason)).await {
        Ok(_) => Ok(visit.go(&format!("/requests/{id}"), Flash::done("Declined: whoever asked is told why"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(ask_to_decline(&visit, id, &seen, &sent, &errors))
        }
    }
}

pub(super) async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::requests::answer::cancel(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/requests/{id}"), Flash::done("Taken back: nothing more will be sent"))
}
