//! What a bulk change does to units: their tags, dates and place. A row is judged by the same rules as a correction of one unit.

use super::ask::{self, Set, Tags, Tri};
use super::{Change, Entity, Left, Task};
use crate::units::{level, must_act, relabel};
use crate::{Ctx, Error, Result, labels};
use contract::Patch;
use contract::units::PatchUnit;
use domain::bulk::RowOutcome;
use domain::clock::Day;
use domain::id::{Id, PlaceId};
use domain::people::{Level, Permission};
use std::collections::{HashMap, HashSet};
use store::Tx;
use store::stock::UnitRow;
use uuid::Uuid;

const FIELDS: &[&str] = &["tags", "expires_on", "due_back_on", "place", "place_id"];

/// What becomes of units.
pub(super) struct UnitSet {
    tags: Option<Tags>,
    expires_on: Tri<Day>,
    due_back_on: Tri<Day>,
    place: Tri<Uuid>,
}

/// What judging units needs to know besides their rows.
#[derive(Default)]
pub(super) struct Around {
    /// How far the viewer reaches, by custodian.
    levels: HashMap<Uuid, Level>,
    /// Units that a recall freezes, for viewers who may not relabel them.
    frozen: HashSet<Uuid>,
}

/// How far the viewer reaches, by custodian of these rows.
fn levels(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow]) -> Result<HashMap<Uuid, Level>> {
    let mut found = HashMap::new();
    for row in rows {
        if let std::collections::hash_map::Entry::Vacant(slot) = found.entry(row.custodian_id) {
            slot.insert(level(ctx, tx, row.facts().custodian)?);
        }
    }
    Ok(found)
}

/// Which of these units the viewer reaches that far.
pub(super) fn reached(ctx: &Ctx, tx: &mut Tx, ids: &[Uuid], least: Level) -> Result<Vec<Uuid>> {
    let rows = store::stock::units(tx, ctx.org(), ids)?;
    let levels = levels(ctx, tx, &rows)?;
    Ok(rows.iter().filter(|row| levels[&row.custodian_id] >= least).map(|row| row.id).collect())
}

/// Which of these units a recall keeps the viewer from relabelling.
pub(super) fn frozen(ctx: &Ctx, tx: &mut Tx, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    if ctx.may(Permission::HoldInventory) {
        return Ok(HashSet::new());
    }
    crate::recalls::freeze::frozen_units(ctx, tx, ids, None)
}

impl UnitSet {
    /// Reads a task and asks for the permissions that it needs whatever the row.
    pub fn read(ctx: &Ctx, tx: &mut Tx, task: &Task) -> Result<Self> {
        let set = Set(&task.set);
        set.only(FIELDS)?;
        ctx.require(Permission::EditInventory)?;
        if task.clear_location_overrides {
            let message = "This belongs to the default reps of customers.";
            return Err(Error::field("clear_location_overrides", "not_expected", message));
        }
        if task.set.is_empty() {
            return Err(Error::field("set", "required", "Say what is to be changed."));
        }
        let it = Self {
            tags: Tags::read(&set)?,
            expires_on: ask::day(&set, &["expires_on"])?,
            due_back_on: ask::day(&set, &["due_back_on"])?,
            place: place(ctx, tx, &set)?,
        };
        if it.expires_on == Tri::Clear {
            ctx.require(Permission::RemoveExpirationDates)?;
        }
        Ok(it)
    }

    /// Reads what judging these rows needs.
    pub fn around(&self, ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow]) -> Result<Around> {
        let levels = levels(ctx, tx, rows)?;
        let ids: Vec<Uuid> = rows.iter().filter(|_| self.expires_on.is_mentioned()).map(|row| row.id).collect();
        Ok(Around { levels, frozen: frozen(ctx, tx, &ids)? })
    }

    /// What would become of a row.
    pub fn judge(&self, ctx: &Ctx, tx: &mut Tx, around: &Around, row: &UnitRow) -> Result<Judged> {
        let reach = around.levels.get(&row.custodian_id).copied().unwrap_or(Level::Name);
        if reach < Level::See {
            return Ok(Err(Left::gone(Entity::Units)));
        }
        if let Err(error) = must_act(ctx, reach) {
            return Left::of(error).map(Err);
        }
        if !row.active
            && (self.expires_on.is_mentioned() || self.due_back_on.is_mentioned() || self.place.is_mentioned())
        {
            let message = "This unit is no longer active: only its tags may change.";
            return Ok(Err(Left::new(RowOutcome::Invalid, "unit_inactive", message)));
        }
        if around.frozen.contains(&row.id) {
            let message = "It falls under a recall: the office corrects its dates.";
            return Ok(Err(Left::new(RowOutcome::Invalid, "unit_recalled", message)));
        }
        match self.after(ctx, tx, row) {
            Err(error) => Left::of(error).map(Err),
            Ok(after) => {
                let changes = differences(row, &after);
                Ok(if changes.is_empty() { Err(Left::already()) } else { Ok((after, changes)) })
            }
        }
    }

    fn after(&self, ctx: &Ctx, tx: &mut Tx, before: &UnitRow) -> Result<UnitRow> {
        let mut row = before.clone();
        let expires_on = match &self.expires_on {
            Tri::Leave => Patch::Leave,
            Tri::Clear => Patch::Clear,
            Tri::Set(day) => Patch::Set(*day),
        };
        // What the label says is asked, as when one unit is corrected.
        relabel(ctx, tx, &mut row, &PatchUnit { expires_on, ..PatchUnit::default() })?;
        match &self.due_back_on {
            Tri::Leave => {}
            Tri::Clear => row.due_back_on = None,
            Tri::Set(day) => row.due_back_on = Some(i64::from(day.0)),
        }
        match &self.place {
            Tri::Leave => {}
            Tri::Clear => row.place_id = None,
            Tri::Set(place) => row.place_id = Some(*place),
        }
        if let Some(tags) = &self.tags {
            let (tags, _) = labels::tags(&tags.changed(labels::shown_tags(&row.tags)))?;
            row.tags = labels::stored_tags(&tags);
        }
        Ok(row)
    }
}

/// A row as it would be, and what differs; or why it is left as it is.
pub(super) type Judged = std::result::Result<(UnitRow, Vec<Change>), Left>;

fn place(ctx: &Ctx, tx: &mut Tx, set: &Set<'_>) -> Result<Tri<Uuid>> {
    Ok(match set.text(&["place_id", "place"])? {
        Tri::Leave => Tri::Leave,
        Tri::Clear => Tri::Clear,
        Tri::Set((path, text)) => {
            let id = text.parse::<PlaceId>().map_err(|error| Error::field(&path, "invalid_id", error.to_string()))?;
            if !store::stock::place_exists(tx, ctx.org(), id.uuid())? {
                return Err(Error::unknown(path));
            }
            Tri::Set(id.uuid())
        }
    })
}

/// A field of a row as the journal has it.
pub(super) fn fact(row: &UnitRow, field: &str) -> Option<String> {
    let day = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    match field {
        "tags" => Some(row.tags.clone()),
        "expires_on" => day(row.expires_on),
        "due_back_on" => day(row.due_back_on),
        "place_id" => row.place_id.map(|id| PlaceId::from_uuid(id).to_string()),
        _ => None,
    }
}

fn differences(before: &UnitRow, after: &UnitRow) -> Vec<Change> {
    let fields = ["tags", "expires_on", "due_back_on", "place_id"].into_iter();
    let change = fields.map(|field| (field.to_owned(), fact(before, field), fact(after, field)));
    change.filter(|(_, old, new)| old != new).collect()
}

/// Puts a field back as it was.
pub(super) fn restore(ctx: &Ctx, tx: &mut Tx, row: &mut UnitRow, field: &str, old: Option<&str>) -> Result<()> {
    let day = || old.and_then(Day::parse).map(|day| i64::from(day.0));
    match field {
        "tags" => row.tags = old.unwrap_or("[]").to_owned(),
        "expires_on" => row.expires_on = day(),
        "due_back_on" => row.due_back_on = day(),
        "place_id" => {
            row.place_id = old.and_then(|id| id.parse::<PlaceId>().ok()).map(Id::uuid);
            if let Some(id) = row.place_id
                && !store::stock::place_exists(tx, ctx.org(), id)?
            {
                return Err(Error::conflict("target_gone", "The place that it had before is gone."));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Saves changed rows, those that say the same together.
pub(super) fn save(ctx: &Ctx, tx: &mut Tx, changed: &[(UnitRow, UnitRow)]) -> Result<()> {
    let rows: Vec<(&UnitRow, &UnitRow)> = changed.iter().map(|(before, after)| (before, after)).collect();
    let keys = |tags: &str| labels::shown_tags(tags).iter().map(|tag| domain::text::fold(tag)).collect();
    Ok(store::custody::save_edits(tx, ctx.org(), &rows, keys)?)
}

/// What units are called: the item's number with the lot or serial number.
pub(super) fn names(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow]) -> Result<HashMap<Uuid, (String, String)>> {
    let mut items: Vec<Uuid> = rows.iter().map(|row| row.catalog_item_id).collect();
    items.sort_unstable();
    items.dedup();
    let items = store::catalog::items_by_ids(tx, ctx.org(), &items)?;
    let name = |row: &UnitRow| {
        let (number, description) =
            items.get(&row.catalog_item_id).map_or(("", ""), |item| (item.number.as_str(), item.description.as_str()));
        let mark = match (row.serial.as_str(), row.lot.as_str()) {
            ("", "") => number.to_owned(),
            ("", lot) => format!("{number}, lot {lot}"),
            (serial, _) => format!("{number}, serial {serial}"),
        };
        (row.id, (description.to_owned(), mark))
    };
    Ok(rows.iter().map(name).collect())
}
