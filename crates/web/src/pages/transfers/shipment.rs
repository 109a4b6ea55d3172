//! How a transfer travels: carrier, tracking number, day, parcels.

use super::super::acts::{self, Ask};
use crate::edge::{Out, Sent, Visit};
use crate::ui::{Field, FieldError, Flash, Room};
use app::Error;
use axum::extract::Path;
use contract::transfers::Shipment;
use domain::id::TransferId;
use maud::html;

async fn form(visit: &Visit, id: TransferId, sent: &Sent, errors: &[FieldError]) -> Out {
    let known = visit.read(move |ctx, tx| app::transfers::get(ctx, tx, id)).await?.shipment.unwrap_or_default();
    let value = |name: &str, now: String| if sent.has(name) { sent.text(name).to_owned() } else { now };
    let day = known.shipped_on.unwrap_or_else(|| visit.ctx.today()).to_string();
    let ask = Ask {
        title: "How does it travel?".into(),
        text: html! { p { "Whoever receives it is told, and sees it with the transfer." } },
        room: Room::Transfers,
        action: format!("/transfers/{id}/shipment"),
        fields: html! {
            div class="pair" {
                (Field::text("carrier", "Carrier").value(value("carrier", known.carrier)).optional().errors(errors).limit(200).autofocus())
                (Field::text("tracking", "Tracking number").value(value("tracking", known.tracking)).optional().errors(errors).limit(200))
            }
            div class="pair" {
                (Field::date("shipped_on", "Left on").value(value("shipped_on", day)).optional().errors(errors))
                (Field::number("parcels", "Parcels").value(value("parcels", known.parcels.map(|n| n.to_string()).unwrap_or_default())).optional().errors(errors))
            }
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/transfers/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    form(&visit, id, &sent, &[]).await
}

fn read(sent: &Sent) -> app::Result<Shipment> {
    let parcels = match sent.maybe("parcels") {
        None => None,
        Some(text) => {
            Some(text.parse().map_err(|_| Error::field("parcels", "invalid_quantity", "Give a whole number."))?)
        }
    };
    Ok(Shipment {
        carrier: sent.text("carrier").to_owned(),
        tracking: sent.text("tracking").to_owned(),
        shipped_on: acts::day(sent, "shipped_on")?,
        parcels,
    })
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = match read(&sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::transfers::shipping::ship(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["carrier", "tracking", "shipped_on", "parcels"]);
            form(&visit, id, &sent, &errors).await
        }
    }
}
