//! Who gets a mail of a kind: the contacts of the location that receive it, else those of the customer, else the customer's
//! own address.

use crate::{Ctx, Error, Result, list};
use contract::remarks::MailRecipient;
use contract::{Contact, Items, ListParams};
use domain::id::{self, CustomerId, Id, LocationId};
use store::Tx;

/// What contacts may receive.
const KINDS: &[&str] = &["order", "invoice", "recall", "statement"];

/// The contacts of a list that receive this and have an address.
fn of(contacts: &str, kind: &str, source: &str) -> Vec<MailRecipient> {
    let all: Vec<Contact> = serde_json::from_str(contacts).unwrap_or_default();
    all.into_iter()
        .filter(|it| !it.email.is_empty() && it.receives.iter().any(|word| word == kind))
        .map(|it| MailRecipient { name: it.name, email: it.email, source: source.to_owned() })
        .collect()
}

/// Recipients of a kind of mail about a customer, or about one of its locations.
pub(crate) fn recipients(
    ctx: &Ctx,
    tx: &mut Tx,
    customer: CustomerId,
    location: Option<LocationId>,
    kind: &str,
) -> Result<Vec<MailRecipient>> {
    if let Some(location) = location {
        let row = store::directory::location_row(tx, ctx.org(), location.uuid())?;
        let row = row.filter(|row| row.customer_id == customer.uuid()).ok_or_else(|| Error::unknown("location_id"))?;
        let here = of(&row.contacts, kind, "location");
        if !here.is_empty() {
            return Ok(here);
        }
    }
    let row = store::directory::customer_row(tx, ctx.org(), customer.uuid())?.ok_or_else(Error::not_found)?;
    let there = of(&row.contacts, kind, "customer");
    if !there.is_empty() || row.email.is_empty() {
        return Ok(there);
    }
    Ok(vec![MailRecipient { name: row.name, email: row.email, source: "customer_email".into() }])
}

/// The same for whoever reaches the customer: `kind` is asked for, `location_id` may be.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Items<MailRecipient>> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    list::only(params, &["kind", "location_id"])?;
    let kind = params.filters.get("kind").and_then(|text| KINDS.iter().find(|kind| *kind == text));
    let kind =
        kind.ok_or_else(|| Error::field("kind", "invalid_value", format!("Give one of {}.", KINDS.join(", "))))?;
    let location = match list::ids::<id::Location>(params, "location_id")?.as_deref() {
        None => None,
        Some([one]) if store::directory::sees_location(tx, ctx.viewer(), one.uuid())? => {
            Some(Id::from_uuid(one.uuid()))
        }
        Some(_) => return Err(Error::unknown("location_id")),
    };
    Ok(Items { items: recipients(ctx, tx, id, location, kind)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_contacts_with_an_address_that_receive_it_are_taken() {
        let contacts = r#"[{"name":"Pat","role":"","phone":"","email":"pat@a.example","receives":["invoice","recall"]},
            {"name":"Sam","role":"","phone":"1","email":"","receives":["invoice"]},
            {"name":"Lee","role":"","phone":"","email":"lee@a.example","receives":["order"]}]"#;
        let names = |kind| of(contacts, kind, "customer").into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names("invoice"), ["Pat"]);
        assert_eq!(names("order"), ["Lee"]);
        assert!(names("statement").is_empty());
    }
}
