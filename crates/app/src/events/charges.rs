//! Amounts besides the units: freight, handling, tax, a discount. Each is the event's as a whole, one manufacturer's, or everybody's in
//! proportion to what is billed; on an open event they come and go, afterwards they are amended.

use super::plan::typed;
use super::{Loaded, bare_facts, charge_view, kind, managed, money, recount, save, sees_prices, view};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::Patch;
use contract::events::{AddCharge, AddedCharge, AmendCharge, Event};
use domain::event::ChargeKind;
use domain::event::lifecycle;
use domain::id::{ChargeId, EventId, Id, ManufacturerId};
use domain::invoicing::{Borne, ChargeFor, bear};
use domain::limits;
use domain::money::Minor;
use std::collections::{BTreeMap, HashSet};
use store::Tx;
use store::events::{ChargeRow, EventRow};
use uuid::Uuid;

/// For whose units a stored charge is.
fn whose(row: &ChargeRow) -> ChargeFor<Uuid> {
    match (row.shared, row.manufacturer_id) {
        (true, _) => ChargeFor::Everybody,
        (false, Some(maker)) => ChargeFor::Maker(maker),
        (false, None) => ChargeFor::Event,
    }
}

/// Who bears which charge of an event, discounts below zero.
pub(crate) fn borne(loaded: &Loaded) -> Result<Vec<Borne<Uuid>>> {
    let mut makers: BTreeMap<Uuid, Minor> = BTreeMap::new();
    for line in &loaded.lines {
        let sum = makers.entry(line.manufacturer_id).or_insert(Minor::ZERO);
        *sum = sum.plus(money(line).amount(loaded.kind)).map_err(super::too_large)?;
    }
    let signed = loaded.charge_rows.iter().zip(&loaded.charges);
    let charges: Vec<(ChargeFor<Uuid>, Minor)> =
        signed.map(|(row, it)| Ok((whose(row), it.signed().map_err(super::too_large)?))).collect::<Result<_>>()?;
    Ok(bear(&makers, &charges))
}

/// What each manufacturer bears of the charges.
pub(crate) fn shares(loaded: &Loaded) -> Result<BTreeMap<Uuid, i64>> {
    let mut shares: BTreeMap<Uuid, i64> = BTreeMap::new();
    for it in borne(loaded)? {
        if let Some(maker) = it.maker {
            *shares.entry(maker).or_default() += it.amount.0;
        }
    }
    shares.retain(|_, minor| *minor != 0);
    Ok(shares)
}

/// What is billed for a manufacturer: its units, and what it bears of the charges.
pub(crate) fn billed_of(loaded: &Loaded, maker: Uuid) -> Result<i64> {
    let lines = loaded.lines.iter().filter(|line| line.manufacturer_id == maker);
    let units: i64 = lines.map(|line| money(line).amount(loaded.kind).0).sum();
    Ok(units + shares(loaded)?.get(&maker).copied().unwrap_or_default())
}

/// What a charge says, checked; `field` names the fields in a refusal.
fn checked(ctx: &Ctx, tx: &mut Tx, row: &EventRow, it: &ChargeRow, field: impl Fn(&str) -> String) -> Result<()> {
    super::charge(it).check(kind(row)?).map_err(|refusal| match refusal.code {
        "charge_negative" => Error::field(field("amount_minor"), refusal.code, refusal.message),
        _ => refusal.into(),
    })?;
    if it.shared && it.manufacturer_id.is_some() {
        let message = "A charge is for one manufacturer or shared by all, not both.";
        return Err(Error::field(field("shared"), "one_or_all", message));
    }
    if let Some(maker) = it.manufacturer_id
        && store::events::known_manufacturers(tx, ctx.org(), &[maker])?.is_empty()
    {
        return Err(Error::unknown(field("manufacturer_id")));
    }
    if it.kind == ChargeKind::Tax.as_str() {
        crate::billing::profile::may_be_taxed(ctx, tx, row.customer_id, super::day(row))?;
    }
    Ok(())
}

fn label(field: &str, text: &str, kind: ChargeKind) -> Result<String> {
    let given = typed(field, domain::text::clean_optional(Some(text), limits::NAME_MAX))?;
    Ok(given.unwrap_or_else(|| kind.label().to_owned()))
}

/// `freight 5000 Freight`, and for whom.
fn words(row: &ChargeRow) -> String {
    let whom = match whose(row) {
        ChargeFor::Event => String::new(),
        ChargeFor::Maker(maker) => format!(" for {}", ManufacturerId::from_uuid(maker)),
        ChargeFor::Everybody => " shared".to_owned(),
    };
    let earns = if row.commissionable { " commissionable" } else { "" };
    format!("{} {} {}{whom}{earns}", row.kind, row.amount_minor, row.label)
}

/// Adds an amount besides the units.
pub fn add(ctx: &Ctx, tx: &mut Tx, id: EventId, new: AddCharge) -> Result<AddedCharge> {
    let mut row = managed(ctx, tx, id)?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let charge = ChargeRow {
        id: ctx.id::<domain::id::Charge>().uuid(),
        kind: new.kind.as_str().into(),
        label: label("label", &new.label, new.kind)?,
        amount_minor: new.amount_minor,
        commissionable: new.commissionable,
        manufacturer_id: new.manufacturer_id.map(Id::uuid),
        shared: new.shared,
    };
    checked(ctx, tx, &row, &charge, str::to_owned)?;
    store::events::insert_charge(tx, ctx.org(), row.id, &charge)?;
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    let mut entry = ctx.entry("charge_added").subject(row.id);
    entry.change(charge.id, "charge", None, Some(words(&charge)));
    entry.append(ctx, tx)?;
    let total_minor = sees_prices(ctx).then_some(row.total_minor);
    Ok(AddedCharge { charge: charge_view(charge), total_minor, version: row.version })
}

/// Takes a charge off an open event.
pub fn remove(ctx: &Ctx, tx: &mut Tx, id: EventId, charge: ChargeId) -> Result<Event> {
    let mut row = managed(ctx, tx, id)?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let charges = store::events::charges(tx, ctx.org(), row.id)?;
    let it = charges.into_iter().find(|it| it.id == charge.uuid()).ok_or_else(Error::not_found)?;
    store::events::drop_charge(tx, ctx.org(), row.id, it.id)?;
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    let mut entry = ctx.entry("charge_removed").subject(row.id);
    entry.change(it.id, "charge", Some(words(&it)), None);
    entry.append(ctx, tx)?;
    view(ctx, tx, row.id)
}

/// A new charge of an amendment.
fn made(ctx: &Ctx, at: usize, it: &AmendCharge) -> Result<ChargeRow> {
    let field = |name: &str| format!("changes.charges[{at}].{name}");
    let missing = |name: &str| Error::field(field(name), "required", "A new charge says what it is for and how much.");
    let kind = it.kind.ok_or_else(|| missing("kind"))?;
    Ok(ChargeRow {
        id: ctx.id::<domain::id::Charge>().uuid(),
        kind: kind.as_str().into(),
        label: label(&field("label"), it.label.as_deref().unwrap_or_default(), kind)?,
        amount_minor: it.amount_minor.ok_or_else(|| missing("amount_minor"))?,
        commissionable: it.commissionable.unwrap_or_default(),
        manufacturer_id: it.manufacturer_id.clone().or(None).map(Id::uuid),
        shared: it.shared.unwrap_or_default(),
    })
}

/// A charge as an amendment leaves it.
fn corrected(at: usize, old: &ChargeRow, it: &AmendCharge) -> Result<ChargeRow> {
    let field = format!("changes.charges[{at}].label");
    let kind = it.kind.or_else(|| ChargeKind::parse(&old.kind)).unwrap_or(ChargeKind::Other);
    let of_all = it.shared == Some(true);
    let kept = old.manufacturer_id.filter(|_| !of_all || it.manufacturer_id.is_mentioned()).map(Id::from_uuid);
    let maker = it.manufacturer_id.clone().or(kept).map(Id::uuid);
    let of_one = matches!(it.manufacturer_id, Patch::Set(_));
    Ok(ChargeRow {
        id: old.id,
        kind: kind.as_str().into(),
        label: match &it.label {
            Some(text) => label(&field, text, kind)?,
            None => old.label.clone(),
        },
        amount_minor: it.amount_minor.unwrap_or(old.amount_minor),
        commissionable: it.commissionable.unwrap_or(old.commissionable),
        manufacturer_id: maker,
        shared: it.shared.unwrap_or(old.shared && !of_one),
    })
}

/// Changes the charges of a submitted event in memory; gives each with what it was and what it is.
pub(super) fn amend(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    loaded: &mut Loaded,
    changes: &[AmendCharge],
) -> Result<Vec<(Option<ChargeRow>, Option<ChargeRow>)>> {
    let mut seen: HashSet<ChargeId> = HashSet::new();
    let mut told = Vec::new();
    for (at, it) in changes.iter().enumerate() {
        let field = |name: &str| format!("changes.charges[{at}].{name}");
        let Some(id) = it.id else {
            let new = made(ctx, at, it)?;
            checked(ctx, tx, row, &new, field)?;
            loaded.charge_rows.push(new.clone());
            told.push((None, Some(new)));
            continue;
        };
        if !seen.insert(id) {
            return Err(Error::field(field("id"), "named_twice", "This charge is named twice."));
        }
        let place = loaded.charge_rows.iter().position(|known| known.id == id.uuid());
        let place = place.ok_or_else(|| Error::unknown(field("id")))?;
        let old = loaded.charge_rows[place].clone();
        if it.remove {
            loaded.charge_rows.remove(place);
            told.push((Some(old), None));
            continue;
        }
        let new = corrected(at, &old, it)?;
        checked(ctx, tx, row, &new, field)?;
        loaded.charge_rows[place] = new.clone();
        told.push((Some(old), Some(new)));
    }
    loaded.charges = loaded.charge_rows.iter().map(super::charge).collect();
    Ok(told)
}

/// Writes what an amendment did to charges.
pub(super) fn save_amended(
    ctx: &Ctx,
    tx: &mut Tx,
    event: Uuid,
    changes: &[(Option<ChargeRow>, Option<ChargeRow>)],
    entry: &mut Draft,
) -> Result<()> {
    for (old, new) in changes {
        match (old, new) {
            (None, Some(new)) => store::events::insert_charge(tx, ctx.org(), event, new)?,
            (Some(_), Some(new)) => store::events::save_charge(tx, ctx.org(), event, new)?,
            (Some(old), None) => store::events::drop_charge(tx, ctx.org(), event, old.id)?,
            (None, None) => continue,
        }
        let subject = new.as_ref().or(old.as_ref()).map_or(event, |it| it.id);
        entry.change(subject, "charge", old.as_ref().map(words), new.as_ref().map(words));
    }
    Ok(())
}
