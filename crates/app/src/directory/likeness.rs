//! Customers and locations that may be the same as another one: told when one is made, renamed or gets another address.

use crate::{Ctx, Result};
use contract::Address;
use contract::directory::Likeness;
use domain::id::{CustomerId, LocationId};
use domain::likeness::{Facts, alike};
use store::Tx;
use store::directory::{CustomerRow, LocationRow, customer_row, location_row};
use uuid::Uuid;

/// Most that are told of.
const TOLD_MAX: usize = 5;
/// Rows looked at for each word.
const LOOKED_AT: usize = 30;

fn customer_facts(row: &CustomerRow) -> Facts {
    let addresses = [&row.billing_address, &row.shipping_address].map(|text| address(text));
    Facts {
        names: [&row.name, &row.legal_name, &row.nickname].into_iter().filter(|it| !it.is_empty()).cloned().collect(),
        phone: domain::text::phone_digits(&row.phone),
        addresses: addresses.into_iter().flatten().collect(),
        numbers: serde_json::from_str(&row.tax_ids).unwrap_or_default(),
    }
}

fn location_facts(row: &LocationRow) -> Facts {
    Facts {
        names: vec![row.name.clone()],
        phone: domain::text::phone_digits(&row.phone),
        addresses: address(&row.address).into_iter().collect(),
        numbers: Vec::new(),
    }
}

/// An address as it is compared; none when it is too vague.
fn address(stored: &str) -> Option<String> {
    let address: Address = serde_json::from_str(stored).unwrap_or_default();
    domain::likeness::address_key(&address.line1, &address.postal_code, &address.city)
}

/// Words under which something alike would be found.
fn words(facts: &Facts) -> Vec<String> {
    let mut words: Vec<String> = facts.names.iter().flat_map(|name| domain::likeness::telling_words(name)).collect();
    words.extend((facts.phone.len() >= 7).then(|| facts.phone.clone()));
    words.extend(facts.addresses.iter().map(|key| store::directory::address_token(key)));
    words.sort_unstable();
    words.dedup();
    words.truncate(12);
    words
}

/// Customers within the caller's reach that may be the same as this one.
pub(super) fn of_customer(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Vec<Likeness>> {
    let Some(row) = customer_row(tx, ctx.org(), id)? else { return Ok(Vec::new()) };
    let facts = customer_facts(&row);
    let mut seen = vec![id];
    let mut found = Vec::new();
    for word in words(&facts) {
        let within = store::directory::customers_in_reach(ctx.viewer(), "found.subject_id");
        for other in store::search::find(tx, ctx.org(), "cus", &[word], within, LOOKED_AT)? {
            if seen.contains(&other) || found.len() >= TOLD_MAX {
                continue;
            }
            seen.push(other);
            let Some(other) = customer_row(tx, ctx.org(), other)?.filter(|row| row.merged_into_id.is_none()) else {
                continue;
            };
            if let Some(message) = alike(&facts, &customer_facts(&other)) {
                found.push(told(CustomerId::from_uuid(other.id).to_string(), other.name, other.number, message));
            }
        }
    }
    Ok(found)
}

/// The same for a screen: for whoever may merge them, and while the customer is in use.
pub fn candidates(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<Vec<Likeness>> {
    if !ctx.may(domain::people::Permission::MergeCustomers)
        || !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())?
    {
        return Ok(Vec::new());
    }
    of_customer(ctx, tx, id.uuid())
}

/// Locations within the caller's reach that may be the same as this one.
pub(super) fn of_location(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Vec<Likeness>> {
    let Some(row) = location_row(tx, ctx.org(), id)? else { return Ok(Vec::new()) };
    let facts = location_facts(&row);
    let mut seen = vec![id];
    let mut found = Vec::new();
    for word in words(&facts) {
        let within = store::directory::locations_in_reach(ctx.viewer(), "found.subject_id");
        for other in store::search::find(tx, ctx.org(), "loc", &[word], within, LOOKED_AT)? {
            if seen.contains(&other) || found.len() >= TOLD_MAX {
                continue;
            }
            seen.push(other);
            let Some(other) = location_row(tx, ctx.org(), other)?.filter(|row| row.archived_at.is_none()) else {
                continue;
            };
            // "Main" and "Main" of two customers are two; the same name counts within one customer.
            let mut theirs = location_facts(&other);
            if other.customer_id != row.customer_id {
                theirs.names.clear();
            }
            if let Some(message) = alike(&facts, &theirs) {
                found.push(told(LocationId::from_uuid(other.id).to_string(), other.name, other.code, message));
            }
        }
    }
    Ok(found)
}

fn told(id: String, name: String, number: String, message: String) -> Likeness {
    Likeness { code: "likely_duplicate".to_owned(), id, name, number, message }
}
