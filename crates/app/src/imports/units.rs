//! Units as a table: stock in anybody's custody, opening balances on shelves included. No order is made for what was sold
//! before.

use super::directory::find_location;
use super::sheet::{CellError, Row, Sheet};
use super::{Column, Effect, ImportKind, ImportOptions, Plan, Together};
use crate::journal::Draft;
use crate::{Ctx, Error, Result, labels};
use contract::CustodianRef;
use domain::clock::Day;
use domain::people::Permission;
use domain::stock::{Custodian, UnitKind};
use domain::text::{fold, identifier_key};
use domain::{id::UserId, limits};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use store::Tx;
use store::catalog::ItemRow;
use store::stock::NewUnit;
use uuid::Uuid;

/// Units. Every row makes units; nothing is found again, because two units of one lot are alike.
pub(super) const UNITS: ImportKind = ImportKind {
    name: "units",
    permission: Permission::CreateInventory,
    columns: &[
        Column::new("manufacturer", "name of the manufacturer").also(&["manufacturer_name", "brand", "mfr"]),
        Column::new("catalog_number", "catalog number, unless a UDI or device identifier names the item").also(&[
            "number",
            "ref",
            "sku",
            "item_number",
        ]),
        Column::new("udi", "the whole UDI as on the label: gives item, lot, serial and expiry"),
        Column::new("udi_di", "device identifier: GTIN, HIBCC or ICCBBA").also(&["di", "gtin"]),
        Column::new("lot", "lot as printed").also(&["lot_number", "batch"]),
        Column::new("serial", "serial number; one unit a row then").also(&["serial_number"]),
        Column::new("expires_on", "last day of use, such as 2028-04-30").also(&[
            "expiry",
            "expiration_date",
            "expires",
        ]),
        Column::new("quantity", "how many alike; 1 when empty").also(&["qty"]),
        Column::new("custodian", "e-mail of who answers for it; organization when empty").also(&["holder"]),
        Column::new("place", "name of a place"),
        Column::new("customer", "number or name: with location, for facility stock on a shelf"),
        Column::new("location", "code or name: on whose shelf it stands, sold before")
            .also(&["facility_stock_location"]),
        Column::new("reusable", "yes or no; as the item when empty"),
        Column::new("tags", "between semicolons"),
        Column::new("note", "a note"),
    ],
    plan,
    tried: true,
};

struct UnitRow {
    manufacturer: Option<String>,
    number: Option<String>,
    udi: Option<String>,
    udi_di: Option<String>,
    lot: Option<String>,
    serial: Option<String>,
    expires_on: Option<Day>,
    quantity: i64,
    custodian: Option<String>,
    place: Option<String>,
    shelf: Option<(String, String)>,
    reusable: Option<bool>,
    tags: Vec<String>,
    note: String,
}

fn plan(_: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let (mut numbers, mut rows) = (Vec::new(), Vec::new());
    for row in sheet.rows() {
        match read(&row) {
            Ok(unit) => {
                numbers.push(row.number);
                rows.push(unit);
            }
            Err(error) => plan.refuse(row.number, error),
        }
    }
    let all = Arc::new(Units { rows, serials: Mutex::default() });
    for (place, number) in numbers.into_iter().enumerate() {
        let all = all.clone();
        plan.step(number, move |ctx, tx, draft| {
            all.keep(ctx, tx, draft, &[place])?;
            Ok(Effect::Created)
        });
    }
    plan.together = Some(all);
    Ok(plan)
}

/// The rows of a table.
struct Units {
    rows: Vec<UnitRow>,
    /// Serial numbers of rows that were checked, with their items: they are taken for the rows that follow.
    serials: Mutex<HashSet<(Uuid, String)>>,
}

impl Together for Units {
    fn check(&self, ctx: &Ctx, tx: &mut Tx, places: &[usize]) -> Result<Vec<Result<Effect>>> {
        let mut known = Known::default();
        let mut taken = self.serials.lock().unwrap_or_else(PoisonError::into_inner);
        let mut each = |place: &usize| -> Result<Effect> {
            let Made { unit, .. } = self.rows[*place].made(ctx, tx, &mut known)?;
            if !unit.serial_key.is_empty() && !taken.insert((unit.catalog_item, unit.serial_key)) {
                return Err(serial_taken());
            }
            Ok(Effect::Created)
        };
        let mut checked = Vec::with_capacity(places.len());
        for place in places {
            match each(place) {
                Err(Error::Db(error)) => return Err(Error::Db(error)),
                outcome => checked.push(outcome),
            }
        }
        Ok(checked)
    }

    fn keep(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, places: &[usize]) -> Result<Vec<Effect>> {
        let mut known = Known::default();
        let (mut units, mut tagged, mut assigned) = (Vec::with_capacity(places.len()), Vec::new(), BTreeSet::new());
        let mut custodians = HashMap::new();
        for place in places {
            let row = &self.rows[*place];
            let Made { unit, tags } = row.made(ctx, tx, &mut known)?;
            if assigned.insert((unit.custodian.id, unit.manufacturer)) {
                custodians.insert(unit.custodian.id, unit.custodian);
            }
            for _ in 0..row.quantity {
                let id = ctx.id::<domain::id::Unit>().uuid();
                if !tags.is_empty() {
                    tagged.push((id, tags.clone()));
                }
                units.push(NewUnit { id, ..unit.clone() });
            }
        }
        for movement in store::stock::insert_units(tx, ctx.org(), &units, ctx.now.0)? {
            draft.movement(movement);
        }
        for (id, tags) in tagged {
            store::stock::add_tags(tx, ctx.org(), id, &tags)?;
        }
        for (custodian, manufacturer) in assigned {
            crate::units::assign(ctx, tx, custodians[&custodian], [manufacturer])?;
        }
        Ok(vec![Effect::Created; places.len()])
    }
}

fn serial_taken() -> Error {
    Error::field("serial", "serial_already_exists", "An active unit of this item has this serial number already.")
}

/// What a row makes: the unit without its id, and its tags, folded.
struct Made {
    unit: NewUnit,
    tags: Vec<String>,
}

/// What the rows before named as well.
#[derive(Default)]
struct Known {
    /// By manufacturer, number, device identifier, and that of a UDI.
    items: HashMap<[Option<String>; 4], ItemRow>,
    custodians: HashMap<String, Custodian>,
    shelves: HashMap<(String, String), Uuid>,
    places: HashMap<String, Uuid>,
}

/// What was found under a name before, or what is found now.
fn once<K: std::hash::Hash + Eq + Clone, V: Clone>(
    known: &mut HashMap<K, V>,
    key: &K,
    find: impl FnOnce() -> Result<V>,
) -> Result<V> {
    if let Some(found) = known.get(key) {
        return Ok(found.clone());
    }
    let found = find()?;
    known.insert(key.clone(), found.clone());
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<UnitRow, CellError> {
    let quantity = row.whole("quantity")?.unwrap_or(1);
    if quantity < 1 || quantity > limits::ROWS_PER_REQUEST as i64 {
        let message = format!("Write a quantity from 1 to {}.", limits::ROWS_PER_REQUEST);
        return Err(("quantity", "invalid_quantity", message));
    }
    let serial = row.owned("serial");
    if serial.is_some() && quantity > 1 {
        return Err((
            "quantity",
            "serial_with_quantity",
            "A serial number names one unit. Write one row for each.".into(),
        ));
    }
    let shelf = match (row.owned("customer"), row.owned("location")) {
        (Some(customer), Some(location)) => Some((customer, location)),
        (None, None) => None,
        (None, Some(_)) => return Err(("customer", "required", "A location needs its customer beside it.".into())),
        (Some(_), None) => {
            return Err(("location", "required", "Facility stock needs the location, not only the customer.".into()));
        }
    };
    if row.some("udi").or(row.some("udi_di")).or(row.some("catalog_number")).is_none() {
        return Err(("catalog_number", "required", "Give a catalog number, a UDI or a device identifier.".into()));
    }
    Ok(UnitRow {
        manufacturer: row.owned("manufacturer"),
        number: row.owned("catalog_number"),
        udi: row.owned("udi"),
        udi_di: row.owned("udi_di"),
        lot: row.owned("lot"),
        serial,
        expires_on: row.day("expires_on")?,
        quantity,
        custodian: row.owned("custodian"),
        place: row.owned("place"),
        shelf,
        reusable: row.yes_no("reusable")?,
        tags: row.parts("tags").unwrap_or_default(),
        note: row.text("note").to_owned(),
    })
}

impl UnitRow {
    /// What the row makes, or what is wrong with it.
    fn made(&self, ctx: &Ctx, tx: &mut Tx, known: &mut Known) -> Result<Made> {
        let said = match &self.udi {
            Some(udi) => labels::Said::from(labels::read(ctx, "udi", &[udi])?),
            None => labels::Said::default(),
        };
        let named = [self.manufacturer.clone(), self.number.clone(), self.udi_di.clone(), said.di.clone()];
        let item = once(&mut known.items, &named, || self.item(ctx, tx, said.di.as_deref()))?;
        let name = self.custodian.as_deref().unwrap_or("organization").to_owned();
        let custodian = once(&mut known.custodians, &name, || self.custodian(ctx, tx))?;
        let shelf = match &self.shelf {
            Some(named) => Some(once(&mut known.shelves, named, || find_location(ctx, tx, &named.0, &named.1))?),
            None => None,
        };
        if shelf.is_some() && custodian == Custodian::organization(ctx.organization.id) {
            let message = "Facility stock is answered for by whoever sold it. Write the e-mail of the seller.";
            return Err(Error::field("custodian", "seller_required", message));
        }
        let or_said = |field, given: &Option<String>, said: &Option<String>| -> Result<String> {
            let given = labels::line(field, given.as_deref(), limits::LOT_MAX)?;
            Ok(if given.is_empty() { said.clone().unwrap_or_default() } else { given })
        };
        let lot = or_said("lot", &self.lot, &said.lot)?;
        let serial = or_said("serial", &self.serial, &said.serial)?;
        let expires_on = self.expires_on.or(said.expires_on);
        said.agree(&lot, &serial, expires_on)?;
        let serial_key = identifier_key(&serial);
        if !serial_key.is_empty() && !store::stock::active_serial(tx, ctx.org(), item.id, &serial_key)?.is_empty() {
            return Err(serial_taken());
        }
        let (tags, keys) = labels::tags(&self.tags)?;
        let place = match &self.place {
            Some(name) => Some(once(&mut known.places, name, || self.place(ctx, tx, name))?),
            None => None,
        };
        let unit = NewUnit {
            id: Uuid::nil(),
            kind: UnitKind::parse(&item.kind).unwrap_or(UnitKind::Device),
            catalog_item: item.id,
            manufacturer: item.manufacturer_id,
            lot_key: identifier_key(&lot),
            lot,
            serial,
            serial_key,
            udi: self.udi.clone().unwrap_or_default(),
            expires_on,
            manufactured_on: said.manufactured_on,
            custodian,
            facility_stock_location: shelf,
            place,
            container: None,
            reusable: self.reusable.unwrap_or(item.reusable),
            due_back_on: None,
            tags: labels::stored_tags(&tags),
            note: labels::note("note", &self.note)?,
            sold_event: None,
        };
        Ok(Made { unit, tags: keys })
    }

    /// The item by UDI, by device identifier, or by manufacturer and number.
    fn item(&self, ctx: &Ctx, tx: &mut Tx, di: Option<&str>) -> Result<ItemRow> {
        let org = ctx.org();
        let named = match (&self.udi_di, di) {
            (Some(text), _) => crate::catalog::identifier(text, ctx.today()),
            (None, di) => di.map(str::to_owned),
        };
        if let Some(di) = named {
            let column = if self.udi_di.is_some() { "udi_di" } else { "udi" };
            let message = format!("No catalog item has the device identifier {di}. Import the catalog first.");
            return store::catalog::by_identifier(tx, org, &di)?
                .ok_or_else(|| Error::field(column, "not_found", message));
        }
        let Some(number) = &self.number else {
            return Err(Error::field("udi_di", "invalid_udi_di", "This is no device identifier. Check its digits."));
        };
        let key = store::catalog::number_key(number);
        let found = match &self.manufacturer {
            Some(name) => {
                let maker = store::catalog::manufacturer_by_name(tx, org, &fold(name))?;
                let missing = || Error::field("manufacturer", "not_found", format!("There is no manufacturer {name}."));
                store::catalog::by_number(tx, org, maker.ok_or_else(missing)?, &key)?.into_iter().collect()
            }
            None => store::catalog::by_any_number(tx, org, &key)?,
        };
        match found.as_slice() {
            [only] => store::catalog::item(tx, org, *only)?.ok_or_else(Error::not_found),
            [] => {
                let message = format!("No catalog item has the number {number}. Import the catalog first.");
                Err(Error::field("catalog_number", "not_found", message))
            }
            _ => {
                let message = format!("Several manufacturers have the number {number}. Write the manufacturer too.");
                Err(Error::field("catalog_number", "ambiguous", message))
            }
        }
    }

    /// Whoever answers for it: the organisation, or an account by e-mail, within reach.
    fn custodian(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Custodian> {
        let text = self.custodian.as_deref().unwrap_or("organization");
        let wanted = if matches!(fold(text).as_str(), "organization" | "organisation") {
            Custodian::organization(ctx.organization.id)
        } else {
            let found = store::people::by_email(tx, &text.to_lowercase())?.filter(|(org, _)| *org == ctx.org());
            let message = format!("Nobody here has the e-mail {text}. Write an e-mail, or organization.");
            let (_, user) = found.ok_or_else(|| Error::field("custodian", "not_found", message))?;
            Custodian::user(UserId::from_uuid(user))
        };
        crate::units::must_reach(ctx, tx, "custodian", wanted)?;
        Ok(crate::units::holder(ctx, tx, "custodian", CustodianRef::from(wanted))?.custodian)
    }

    fn place(&self, ctx: &Ctx, tx: &mut Tx, name: &str) -> Result<Uuid> {
        let message = format!("There is no place called {name}.");
        let found = store::stock::place_by_name(tx, ctx.org(), &fold(name))?;
        found.ok_or_else(|| Error::field("place", "not_found", message))
    }
}
