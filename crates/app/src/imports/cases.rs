//! Open cases as a table: what is planned on the day that a book of the past ends. What is over is no case to open; no order
//! and no figure is made.

use super::directory::find_location;
use super::sheet::{CellError, Row, Seen, Sheet};
use super::{Column, Effect, ImportKind, ImportOptions, Plan};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::events::CreateEvent;
use domain::clock::{Instant, local_instant};
use domain::event::EventType;
use domain::id::Id;
use domain::people::Permission;
use domain::text::fold;
use store::Tx;
use uuid::Uuid;

/// Open cases. One is found again by representative, location and beginning, and then left as it is.
pub(super) const CASES: ImportKind = ImportKind {
    name: "cases",
    permission: Permission::ManageEvents,
    columns: &[
        Column::required("representative", "e-mail of who covers it").also(&["rep", "sales_rep"]),
        Column::required("customer", "number or name of the customer"),
        Column::required("location", "code or name of the location").also(&["facility"]),
        Column::required("starts_at", "2027-01-31 07:30, by the clock of the location").also(&["starts", "date"]),
        Column::new("ends_at", "as starts_at; two hours later when empty").also(&["ends"]),
        Column::new("physician", "name of the physician").also(&["surgeon"]),
        Column::new("procedure", "name of the procedure"),
        Column::new("manufacturers", "names, between semicolons").also(&["manufacturer"]),
        Column::new("name", "made from day, physician and location when empty"),
        Column::new("patient_reference", "anonymous by policy"),
        Column::new("note", "a note"),
    ],
    plan,
    tried: true,
};

struct CaseRow {
    representative: String,
    customer: String,
    location: String,
    starts_at: String,
    ends_at: Option<String>,
    physician: Option<String>,
    procedure: Option<String>,
    manufacturers: Vec<String>,
    name: String,
    patient_reference: String,
    note: String,
}

fn plan(_: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read(&row, &mut seen) {
            Ok(case) => plan.step(row.number, move |ctx, tx, draft| case.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read(row: &Row<'_>, seen: &mut Seen) -> Result<CaseRow, CellError> {
    let case = CaseRow {
        representative: row.need("representative")?.to_lowercase(),
        customer: row.need("customer")?.to_owned(),
        location: row.need("location")?.to_owned(),
        starts_at: row.need("starts_at")?.to_owned(),
        ends_at: row.owned("ends_at"),
        physician: row.owned("physician"),
        procedure: row.owned("procedure"),
        manufacturers: row.parts("manufacturers").unwrap_or_default(),
        name: row.text("name").to_owned(),
        patient_reference: row.text("patient_reference").to_owned(),
        note: row.text("note").to_owned(),
    };
    let key = [&case.representative, &fold(&case.customer), &fold(&case.location), &case.starts_at];
    seen.note("starts_at", key.map(String::as_str).join("\u{1f}"), row.number)?;
    Ok(case)
}

/// A moment by the clock of a place, or one that names its own offset.
fn moment(column: &str, text: &str, time_zone: &str) -> Result<Instant> {
    let local = local_instant(&text.trim().replacen(' ', "T", 1), time_zone);
    local.or_else(|| Instant::parse(text)).ok_or_else(|| {
        Error::field(column, "invalid_date", "Write day and time as 2027-01-31 07:30, by the clock of the location.")
    })
}

fn none(column: &str, what: &str, name: &str) -> Error {
    Error::field(column, "not_found", format!("There is no {what} {name}."))
}

impl CaseRow {
    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        let representative = match store::people::by_email(tx, &self.representative)? {
            Some((organization, user)) if organization == ctx.org() => user,
            _ => return Err(none("representative", "account with the e-mail", &self.representative)),
        };
        let location = find_location(ctx, tx, &self.customer, &self.location)?;
        let place = store::events::place(tx, ctx.org(), location)?.ok_or_else(|| Error::unknown("location"))?;
        let starts_at = moment("starts_at", &self.starts_at, &place.time_zone)?;
        if starts_at < ctx.now {
            let message = "This case is over. Only cases to come are opened; figures of the past are no cases.";
            return Err(Error::field("starts_at", "in_the_past", message));
        }
        if store::events::case_at(tx, ctx.org(), representative, location, starts_at.0)?.is_some() {
            return Ok(Effect::Unchanged);
        }
        let ends_at = self.ends_at.as_deref().map(|text| moment("ends_at", text, &place.time_zone)).transpose()?;
        let new = CreateEvent {
            r#type: EventType::Case,
            name: self.name.clone(),
            representative_id: Some(Id::from_uuid(representative)),
            sub_representatives: Vec::new(),
            location_id: Some(Id::from_uuid(location)),
            physician_id: self.physician(ctx, tx)?.map(Id::from_uuid),
            procedure_id: self.procedure(ctx, tx)?.map(Id::from_uuid),
            starts_at,
            ends_at,
            time_zone: None,
            manufacturer_ids: self.manufacturers(ctx, tx)?.into_iter().map(Id::from_uuid).collect(),
            product_line_ids: Vec::new(),
            container_ids: Vec::new(),
            patient_reference: self.patient_reference.clone(),
            note: self.note.clone(),
            print_note: String::new(),
        };
        let made = crate::events::plan::create(ctx, tx, new)?;
        draft.about(made.head.id.uuid());
        Ok(Effect::Created)
    }

    fn physician(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<Uuid>> {
        let Some(name) = &self.physician else { return Ok(None) };
        match store::directory::physicians::by_name(tx, ctx.org(), &fold(name))?.as_slice() {
            [only] => Ok(Some(*only)),
            [] => Err(none("physician", "physician", name)),
            _ => Err(Error::field("physician", "ambiguous", format!("Several physicians are called {name}."))),
        }
    }

    fn procedure(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<Uuid>> {
        let Some(name) = &self.procedure else { return Ok(None) };
        let found = store::directory::named::procedure_by_name(tx, ctx.org(), &fold(name))?;
        found.map(Some).ok_or_else(|| none("procedure", "procedure", name))
    }

    fn manufacturers(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Uuid>> {
        let find = |name: &String| {
            let found = store::catalog::manufacturer_by_name(tx, ctx.org(), &fold(name))?;
            found.ok_or_else(|| none("manufacturers", "manufacturer", name))
        };
        self.manufacturers.iter().map(find).collect()
    }
}
