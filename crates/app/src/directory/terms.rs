//! Payment terms, and when something is due.

use super::named::{DEFAULT, SORTS, keys};
use super::{clean_name, clean_text, note_changes, uuids, words_of};
use crate::{Ctx, Error, Result, list};
use contract::directory::{
    CreatePaymentTerms, DueDate, ExplainDueDate, OrderDates, PatchPaymentTerms, PaymentTerms, TermsDiscount, TermsRule,
};
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::id::{self, Id, PaymentTermsId};
use domain::limits;
use domain::people::Permission;
use domain::terms::{BasisDate, Dates, Discount, Roll, Terms};
use domain::text::fold;
use serde_json::json;
use store::Tx;
use store::directory::named::{self as rows, Filter, TermsRow};
use uuid::Uuid;

/// By what payment terms can be filtered.
pub const FILTERS: &[&str] = &["id"];

fn view(row: TermsRow) -> Result<PaymentTerms> {
    let broken = |_| Error::Internal("stored payment terms cannot be read".into());
    Ok(PaymentTerms {
        id: Id::from_uuid(row.id),
        code: row.code,
        name: row.name,
        rule: serde_json::from_str(&row.rule).map_err(broken)?,
        roll: Roll::parse(&row.roll).unwrap_or(Roll::None),
        discount: row.discount.as_deref().map(serde_json::from_str).transpose().map_err(broken)?,
        version: row.version,
    })
}

/// Payment terms: everybody sees all.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<PaymentTerms>> {
    list::only(params, FILTERS)?;
    let ids = list::ids::<id::PaymentTerms>(params, "id")?.map(uuids);
    let filter = Filter { ids, words: words_of(params)?, ..Filter::default() };
    let paging = list::paging("payment_terms", params, SORTS, DEFAULT)?;
    let (found, more) = rows::terms(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_terms(tx, ctx.viewer(), &filter)).transpose()?;
    let page = list::page(paging.bound, found, more, |row| keys(&paging, &row.name_key, row.id), |row| row);
    let items = page.items.into_iter().map(view).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor, total })
}

/// One set of payment terms.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: PaymentTermsId) -> Result<PaymentTerms> {
    view(rows::terms_row(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?)
}

/// The rule, rolling and discount of stored terms: what is copied onto an order.
pub fn stored_terms(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Option<Terms>> {
    let Some(row) = rows::terms_row(tx, ctx.org(), id)? else { return Ok(None) };
    let terms = view(row)?;
    Ok(Some(Terms { rule: terms.rule.into(), roll: terms.roll, discount: terms.discount.map(discount) }))
}

fn discount(discount: TermsDiscount) -> Discount {
    Discount { percent_bp: discount.percent_bp, days: discount.days }
}

fn check(rule: TermsRule, off: Option<TermsDiscount>) -> Result<()> {
    let refused = |field: &'static str| {
        move |refusal: domain::refusal::Refusal| Error::field(field, refusal.code, refusal.message)
    };
    domain::terms::TermsRule::from(rule).check().map_err(refused("rule"))?;
    off.map_or(Ok(()), |off| discount(off).check().map_err(refused("discount")))
}

fn free_code(ctx: &Ctx, tx: &mut Tx, code: &str, own: Option<Uuid>) -> Result<String> {
    let code = clean_name("code", code, limits::CODE_MAX)?;
    if rows::terms_by_code(tx, ctx.org(), &code)?.is_some_and(|other| Some(other) != own) {
        return Err(Error::conflict("code_taken", format!("There are payment terms with the code {code} already.")));
    }
    Ok(code)
}

/// Makes payment terms.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: CreatePaymentTerms) -> Result<PaymentTerms> {
    ctx.require(Permission::ManageTerms)?;
    check(new.rule, new.discount)?;
    let mut name = clean_text("name", &new.name, limits::NAME_MAX)?;
    if name.is_empty() {
        name = domain::terms::TermsRule::from(new.rule).words();
    }
    let row = TermsRow {
        id: ctx.id::<id::PaymentTerms>().uuid(),
        code: free_code(ctx, tx, &new.code, None)?,
        name_key: fold(&name),
        name,
        rule: super::check::json(&new.rule)?,
        roll: new.roll.unwrap_or(Roll::None).as_str().into(),
        discount: new.discount.map(|off| super::check::json(&off)).transpose()?,
        version: 1,
    };
    rows::insert_terms(tx, ctx.org(), &row)?;
    let mut draft = ctx.entry("payment_terms_created").subject(row.id);
    draft.change(row.id, "name", None, Some(row.name.clone()));
    draft.append(ctx, tx)?;
    view(row)
}

/// Changes payment terms. Documents that were submitted keep theirs.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: PaymentTermsId, patch: PatchPaymentTerms) -> Result<PaymentTerms> {
    let before = rows::lock_terms(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageTerms)?;
    ctx.check_version(before.version, || get(ctx, tx, id))?;
    let now = view(before.clone())?;
    let mut row = before.clone();
    if let Some(code) = &patch.code {
        row.code = free_code(ctx, tx, code, Some(row.id))?;
    }
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
    }
    let rule = patch.rule.unwrap_or(now.rule);
    let off = patch.discount.or(now.discount);
    check(rule, off)?;
    row.rule = super::check::json(&rule)?;
    row.discount = off.map(|off| super::check::json(&off)).transpose()?;
    if let Some(roll) = patch.roll {
        row.roll = roll.as_str().into();
    }
    let facts = |row: &TermsRow| json!({"code": row.code, "name": row.name, "rule": row.rule, "roll": row.roll, "discount": row.discount});
    let mut draft = ctx.entry("payment_terms_changed").subject(row.id);
    if note_changes(&mut draft, row.id, &facts(&before), &facts(&row)) {
        rows::save_terms(tx, ctx.org(), &row)?;
        draft.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}

/// The organisation's days without business besides weekends, from its settings.
pub fn holidays(ctx: &Ctx) -> Vec<Day> {
    let listed = ctx.organization.settings.get("holidays").and_then(serde_json::Value::as_array);
    listed.into_iter().flatten().filter_map(|day| Day::parse(day.as_str()?)).collect()
}

fn dates(from: OrderDates) -> Dates {
    Dates {
        order_date: from.order_date,
        usage_date: from.usage_date,
        ship_date: from.ship_date,
        delivery_date: from.delivery_date,
        invoice_date: from.invoice_date,
        invoice_receipt_date: from.invoice_receipt_date,
        specified_date: from.specified_date,
        has_case: from.has_case,
        planned_usage_date: from.planned_usage_date,
        planned_ship_date: from.planned_ship_date,
        planned_delivery_date: from.planned_delivery_date,
        planned_invoice_date: from.planned_invoice_date,
    }
}

/// When something under these terms would be due, and why.
pub fn explain(ctx: &Ctx, _: &mut Tx, ask: ExplainDueDate) -> Result<DueDate> {
    check(ask.rule, ask.discount)?;
    let terms =
        Terms { rule: ask.rule.into(), roll: ask.roll.unwrap_or(Roll::None), discount: ask.discount.map(discount) };
    let basis = ask.basis_date.unwrap_or(BasisDate::DEFAULT);
    let due = domain::terms::due(&terms, basis, &dates(ask.dates), &holidays(ctx));
    Ok(DueDate {
        due_on: due.due_on,
        due_state: due.state,
        estimated_due_on: due.estimated_due_on,
        discount_until: due.discount_until,
        explanation: due.explanation,
    })
}
