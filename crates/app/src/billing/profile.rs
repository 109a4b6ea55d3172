//! How a customer is billed: the language of its papers, and whether it is exempt from tax, why and until when.

use crate::events::plan::typed;
use crate::{Ctx, Error, Result};
use contract::profiles::{BillingProfile, PutBillingProfile};
use domain::clock::Day;
use domain::id::CustomerId;
use domain::language::Language;
use domain::limits;
use domain::people::Permission;
use store::Tx;
use store::profiles::{self as rows, ProfileRow};
use uuid::Uuid;

/// What was said about a customer, whoever asks.
pub(crate) fn of(ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<Option<ProfileRow>> {
    Ok(rows::profile(tx, ctx.org(), customer)?)
}

/// Whether somebody is exempt from tax on a day.
pub(crate) fn is_exempt(row: &ProfileRow, on: Day) -> bool {
    row.tax_exempt && row.tax_valid_to.is_none_or(|last| i64::from(on.0) <= last)
}

/// Why and by which certificate, for papers.
pub(crate) fn exemption_words(row: &ProfileRow) -> String {
    let certificate = row.tax_certificate.as_str();
    let parts = [row.tax_reason.as_str(), certificate].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

/// 409 when tax would be charged to somebody who is exempt from it on that day.
pub(crate) fn may_be_taxed(ctx: &Ctx, tx: &mut Tx, customer: Option<Uuid>, on: Day) -> Result<()> {
    let Some(customer) = customer else { return Ok(()) };
    let Some(row) = of(ctx, tx, customer)?.filter(|row| is_exempt(row, on)) else { return Ok(()) };
    let message = format!(
        "This customer is exempt from tax ({}). Leave the tax out, or correct how the customer is billed.",
        exemption_words(&row)
    );
    Err(Error::conflict("customer_tax_exempt", message))
}

fn view(ctx: &Ctx, customer: CustomerId, row: Option<&ProfileRow>) -> BillingProfile {
    let own = row.and_then(|row| Language::parse(&row.language));
    let house = ctx.organization.settings.get("document_language").and_then(serde_json::Value::as_str);
    BillingProfile {
        customer_id: customer,
        language: own,
        effective_language: own.or(house.and_then(Language::parse)).unwrap_or(Language::English),
        tax_exempt: row.is_some_and(|row| row.tax_exempt),
        tax_reason: row.map(|row| row.tax_reason.clone()).unwrap_or_default(),
        tax_certificate: row.map(|row| row.tax_certificate.clone()).unwrap_or_default(),
        tax_valid_to: row.and_then(|row| row.tax_valid_to).map(|day| Day(day as i32)),
        exempt_now: row.is_some_and(|row| is_exempt(row, ctx.today())),
        version: row.map_or(0, |row| row.version),
    }
}

/// How a customer in reach is billed.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<BillingProfile> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let row = of(ctx, tx, id.uuid())?;
    Ok(view(ctx, id, row.as_ref()))
}

/// Says how a customer is billed.
pub fn put(ctx: &Ctx, tx: &mut Tx, id: CustomerId, ask: &PutBillingProfile) -> Result<BillingProfile> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageBilling)?;
    store::directory::lock_customer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let before = rows::lock(tx, ctx.org(), id.uuid())?;
    ctx.check_version(before.as_ref().map_or(0, |row| row.version), || Ok(view(ctx, id, before.as_ref())))?;
    let reason = typed("tax_reason", domain::text::clean_note(&ask.tax_reason, limits::REASON_MAX))?;
    let certificate = domain::text::clean_optional(Some(&ask.tax_certificate), limits::CODE_MAX);
    let certificate = typed("tax_certificate", certificate.map(Option::unwrap_or_default))?;
    if ask.tax_exempt && reason.is_empty() {
        return Err(Error::field("tax_reason", "required", "Say why no tax is charged: it is printed on papers."));
    }
    let row = ProfileRow {
        id: before.as_ref().map_or_else(|| ctx.id::<domain::id::Entry>().uuid(), |row| row.id),
        language: ask.language.map(Language::as_str).unwrap_or_default().to_owned(),
        tax_exempt: ask.tax_exempt,
        tax_reason: reason,
        tax_certificate: certificate,
        tax_valid_to: ask.tax_valid_to.map(|day| i64::from(day.0)),
        version: before.as_ref().map_or(1, |row| row.version),
    };
    let words = |row: &ProfileRow| match row.tax_exempt {
        true => format!(
            "{}, until {}",
            exemption_words(row),
            row.tax_valid_to.map_or("further notice".to_owned(), |day| Day(day as i32).to_string())
        ),
        false => "no".to_owned(),
    };
    let mut entry = ctx.entry("customer_changed").subject(id.uuid());
    let old = before.as_ref();
    entry.change(id.uuid(), "document_language", old.map(|row| row.language.clone()), Some(row.language.clone()));
    entry.change(id.uuid(), "tax_exempt", old.map(words).or(Some("no".to_owned())), Some(words(&row)));
    match &before {
        Some(same) if *same == row => {}
        Some(_) => rows::save(tx, ctx.org(), &row, ctx.now.0)?,
        None => rows::insert(tx, ctx.org(), id.uuid(), &row, ctx.now.0)?,
    }
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}
