//! A location goes to another customer: what it ordered before stays where it was.

use super::super::acts::{Ask, said};
use super::super::suggest::chosen;
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Field, FieldError, Link, Room};
use app::directory::locations;
use axum::extract::Path;
use axum::response::Response;
use contract::directory::{Location, PatchLocation};
use domain::engagement::Window;
use domain::id::{self, CustomerId, LocationId};
use domain::people::Permission;
use maud::html;

async fn read(visit: &Visit, id: LocationId) -> Result<Location, Fail> {
    visit.read(move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await
}

fn ask(visit: &Visit, it: &Location, errors: &[FieldError], typed: &str) -> Response {
    let back = format!("/locations/{}", it.id);
    let ask = Ask {
        title: format!("Move {} to another customer?", it.name).into(),
        text: html! {
            p { "It belongs to " strong { (it.customer_name) } " now. Orders and invoices of before stay there; what comes from now on counts for the new customer." }
            p class="sub" { "It must have no open cases, orders or unpaid invoices. A rep of its own stays only if the new customer's team may see that rep." }
        },
        room: Room::Customers,
        action: format!("{back}/move"),
        fields: html! {
            (Field::combo("customer_id", "New customer", "/suggest/customers", typed.to_owned()).errors(errors).required().autofocus())
        },
        verb: "Move it".into(),
        danger: false,
        back,
        errors,
    };
    ask.show(visit)
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::ManageDirectory)?;
    let it = read(&visit, visit.id(&id)?).await?;
    Ok(ask(&visit, &it, &[], ""))
}

pub(super) async fn go(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let location: LocationId = visit.id(&id)?;
    let it = read(&visit, location).await?;
    // The way back names the customer in the address.
    let named = visit.link.get("to").and_then(|text| text.parse::<CustomerId>().ok());
    let to = match named {
        Some(to) => Ok(Some(to)),
        None => chosen::<id::Customer>(&visit, &sent, "customer_id", "customers").await,
    };
    let to = match to {
        Ok(Some(to)) => to,
        Ok(None) => {
            let error = FieldError::new("customer_id", "Choose the customer that it belongs to from now on.");
            return Ok(ask(&visit, &it, &[error], ""));
        }
        Err(error) => {
            let errors = visit.complaints(error)?;
            return Ok(ask(&visit, &it, &errors, sent.text("customer_id_text")));
        }
    };
    let patch = PatchLocation { customer_id: Some(to), ..PatchLocation::default() };
    let done = visit.save(&sent, move |ctx, tx| locations::patch(ctx, tx, location, patch.clone())).await;
    let name = done.as_ref().ok().and_then(|made| made.get("customer_name")?.as_str().map(str::to_owned));
    let text = format!("{} belongs to {} now.", it.name, name.unwrap_or_else(|| "the other customer".to_owned()));
    let undo = Link::new(format!("/locations/{id}/move")).with("to", it.customer_id).to_string();
    said(&visit, &format!("/locations/{id}"), done, &text, undo)
}
