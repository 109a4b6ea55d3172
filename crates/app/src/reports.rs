//! Reports: long tables for people and for spreadsheets. Reach is in each statement; JSON answers are bounded, files stream.

mod forecast;

use crate::{Ctx, Error, Result, list};
use contract::ListParams;
use contract::figures::{Report, ReportColumn, ReportInfo};
use domain::clock::{Day, Instant};
use domain::event::{EventStatus, EventType};
use domain::id::{CatalogItem, Customer, Id, Location, Manufacturer, User};
use domain::people::{Level, Permission, Role};
use domain::stock::UnitState;
use std::collections::BTreeMap;
use store::figures::{Place, Statement};
use store::reach::Side;
use store::{Tx, Value};
use uuid::Uuid;

/// Most rows of a JSON answer.
pub const ROWS_MAX: usize = 10_000;
/// Rows of a JSON answer, unless asked otherwise.
const ROWS_DEFAULT: usize = 1_000;
/// Rows read at a time for a file.
const CHUNK: usize = domain::limits::EXPORT_CHUNK;
/// The same where every page looks at everything.
const CHUNK_GROUPED: usize = 20_000;

/// What a column of a report holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Only there to go on from.
    Hidden,
    /// An id with this prefix.
    Id(&'static str),
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// Minor units of the organisation's currency.
    Money,
    /// The same, for those who may see agreed prices.
    Price,
    /// A calendar day.
    Date,
    /// A moment.
    Instant,
    /// Yes or no.
    Bool,
    /// The state of a unit, as stored.
    State,
    /// About a patient: for the office, on request.
    Patient,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Text | Self::State | Self::Patient | Self::Hidden => "text",
            Self::Int => "integer",
            Self::Money | Self::Price => "money",
            Self::Date => "date",
            Self::Instant => "instant",
            Self::Bool => "boolean",
        }
    }
}

type Columns = &'static [(&'static str, &'static str, Kind)];

/// A report: what it is called, what it shows, how it is read.
pub struct Definition {
    /// Its name in the address.
    pub name: &'static str,
    /// Its name on a screen.
    pub label: &'static str,
    /// What its rows are.
    pub description: &'static str,
    columns: Columns,
    filters: &'static [&'static str],
    permission: Permission,
    build: fn(&Asked<'_>, &mut Tx) -> Result<Statement>,
}

/// One cell of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// Nothing.
    Empty,
    /// Text, ids included.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Minor units.
    Money(i64),
    /// A calendar day.
    Date(Day),
    /// A moment.
    Instant(Instant),
    /// Yes or no.
    Bool(bool),
}

impl Field {
    pub(crate) fn json(&self) -> serde_json::Value {
        match self {
            Self::Empty => serde_json::Value::Null,
            Self::Text(text) => text.clone().into(),
            Self::Int(number) | Self::Money(number) => (*number).into(),
            Self::Date(day) => day.to_string().into(),
            Self::Instant(at) => at.rfc3339().into(),
            Self::Bool(yes) => (*yes).into(),
        }
    }
}

/// A report that was asked for: checked, and ready to be read page by page.
pub struct Ready {
    /// What it is.
    pub definition: &'static Definition,
    columns: Vec<(usize, &'static str, &'static str, Kind)>,
    statement: Statement,
    /// ISO 4217 code of its amounts.
    pub currency: String,
    prices: bool,
}

/// Who asks, and for what.
struct Asked<'a> {
    ctx: &'a Ctx,
    params: &'a ListParams,
}

/// Every report that the actor may run.
pub fn all(ctx: &Ctx) -> Vec<ReportInfo> {
    ALL.iter().filter(|it| ctx.may(it.permission)).map(info).collect()
}

fn info(it: &Definition) -> ReportInfo {
    let shown = it.columns.iter().filter(|(_, _, kind)| !matches!(kind, Kind::Hidden | Kind::Patient));
    ReportInfo {
        name: it.name.into(),
        label: it.label.into(),
        description: it.description.into(),
        columns: shown.map(|(key, label, kind)| outside(key, label, *kind)).collect(),
        filters: it.filters.iter().map(|name| (*name).to_owned()).collect(),
        permission: it.permission.as_str().into(),
    }
}

fn outside(key: &str, label: &str, kind: Kind) -> ReportColumn {
    ReportColumn { key: key.into(), label: label.into(), kind: kind.word().into() }
}

/// Checks what is asked of a report. 404 for a report that there is not, 403 for one that the actor may not run.
pub fn prepare(ctx: &Ctx, tx: &mut Tx, name: &str, params: &ListParams) -> Result<Ready> {
    let definition = ALL.iter().find(|it| it.name == name).ok_or_else(Error::not_found)?;
    ctx.require(definition.permission)?;
    let has_patients = definition.columns.iter().any(|(_, _, kind)| *kind == Kind::Patient);
    let mut known = definition.filters.to_vec();
    known.push("format");
    if has_patients {
        known.push("include_patient");
    }
    list::only(params, &known)?;
    let patients = list::yes_no(params, "include_patient")?.unwrap_or(false);
    if patients && !ctx.actor.role.is_office() {
        return Err(Error::forbidden(
            "not_allowed",
            "References to patients are for the office. Leave out include_patient.",
        ));
    }
    let columns = definition.columns.iter().enumerate();
    let shown = columns.filter(|(_, (_, _, kind))| *kind != Kind::Hidden && (patients || *kind != Kind::Patient));
    Ok(Ready {
        definition,
        columns: shown.map(|(at, (key, label, kind))| (at, *key, *label, *kind)).collect(),
        statement: (definition.build)(&Asked { ctx, params }, tx)?,
        currency: ctx.organization.currency.clone(),
        prices: ctx.may(Permission::ViewContractPrices),
    })
}

impl Ready {
    /// The columns: key, name on a screen, what they hold.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &'static str, Kind)> + '_ {
        self.columns.iter().map(|(_, key, label, kind)| (*key, *label, *kind))
    }

    /// Rows read at a time for a file.
    pub const fn chunk(&self) -> usize {
        if self.statement.is_grouped() { CHUNK_GROUPED } else { CHUNK }
    }

    /// Up to `limit` rows from a place on, and where it goes on; None at the end.
    pub fn page(&self, tx: &mut Tx, from: &Place, limit: usize) -> Result<(Vec<Vec<Field>>, Option<Place>)> {
        let (rows, next) = self.statement.page(tx, from, limit)?;
        let rows = rows.into_iter().map(|mut row| {
            self.columns
                .iter()
                .map(|(at, _, _, kind)| self.field(*kind, std::mem::replace(&mut row[*at], Value::Null)))
                .collect()
        });
        Ok((rows.collect(), next))
    }

    fn field(&self, kind: Kind, value: Value) -> Field {
        match (kind, value) {
            (_, Value::Null) => Field::Empty,
            (Kind::Price, _) if !self.prices => Field::Empty,
            (Kind::Id(prefix), Value::Bytes(bytes)) => {
                Uuid::from_slice(&bytes).map_or(Field::Empty, |id| Field::Text(printed(prefix, id)))
            }
            (Kind::Money | Kind::Price, Value::Int(minor)) => Field::Money(minor),
            (Kind::Date, Value::Int(day)) => Field::Date(Day(day as i32)),
            (Kind::Instant, Value::Int(at)) => Field::Instant(Instant(at)),
            (Kind::Bool, Value::Int(yes)) => Field::Bool(yes != 0),
            (Kind::State, Value::Int(state)) => Field::Text(UnitState::from_stored(state).as_str().into()),
            (_, Value::Int(number)) => Field::Int(number),
            (_, Value::Text(text)) => Field::Text(text),
            (_, Value::Bytes(_) | Value::Uuid(_)) => Field::Empty,
        }
    }
}

/// An id in its printed form. The columns of a report know prefixes, not kinds.
fn printed(prefix: &str, id: Uuid) -> String {
    let user = Id::<User>::from_uuid(id).to_string();
    format!("{prefix}{}", &user[3..])
}

/// A report as JSON: at most `limit` rows.
pub fn report(ctx: &Ctx, tx: &mut Tx, name: &str, params: &ListParams) -> Result<Report> {
    let ready = prepare(ctx, tx, name, params)?;
    let limit = params.limit.map_or(ROWS_DEFAULT, |limit| limit as usize);
    if limit == 0 || limit > ROWS_MAX {
        return Err(Error::field("limit", "invalid_limit", format!("Give a limit from 1 to {ROWS_MAX}.")));
    }
    let (mut rows, _) = ready.page(tx, &Place::default(), limit + 1)?;
    let truncated = rows.len() > limit;
    rows.truncate(limit);
    let keyed = |row: Vec<Field>| -> BTreeMap<String, serde_json::Value> {
        ready.columns().zip(row).map(|((key, _, _), field)| (key.to_owned(), field.json())).collect()
    };
    Ok(Report {
        name: ready.definition.name.into(),
        columns: ready.columns().map(|(key, label, kind)| outside(key, label, kind)).collect(),
        items: rows.into_iter().map(keyed).collect(),
        truncated,
        currency: ready.currency.clone(),
    })
}

impl Asked<'_> {
    fn org(&self) -> Value {
        Value::Uuid(self.ctx.org())
    }

    fn day(&self, field: &str) -> Result<Option<i64>> {
        Ok(list::day(self.params, field)?.map(|day| i64::from(day.0)))
    }

    fn ids<K: domain::id::Kind>(&self, field: &str) -> Result<Option<Vec<Value>>> {
        let ids = list::ids::<K>(self.params, field)?;
        Ok(ids.map(|ids| ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect()))
    }

    fn words<T>(
        &self,
        field: &str,
        parse: fn(&str) -> Option<T>,
        word: fn(T) -> &'static str,
    ) -> Result<Option<Vec<Value>>> {
        let words = list::words(self.params, field, parse)?;
        Ok(words.map(|words| words.into_iter().map(|it| Value::Text(word(it).to_owned())).collect()))
    }

    fn number(&self, field: &str) -> Result<Option<i64>> {
        let Some(text) = self.params.filters.get(field) else { return Ok(None) };
        let number = text.parse().map_err(|_| Error::field(field, "invalid_value", "Give a whole number."))?;
        Ok(Some(number))
    }

    /// Days from and to on a column of days.
    fn between(&self, statement: &mut Statement, column: &str) -> Result<()> {
        if let Some(from) = self.day("from")? {
            statement.and(&format!("{column} >= ?"), [Value::Int(from)]);
        }
        if let Some(to) = self.day("to")? {
            statement.and(&format!("{column} <= ?"), [Value::Int(to)]);
        }
        Ok(())
    }

    /// Days from and to, where the organisation is, on a column of instants.
    fn within(&self, statement: &mut Statement, column: &str) -> Result<()> {
        let zone = &self.ctx.organization.time_zone;
        if let Some(from) = list::day(self.params, "from")? {
            statement.and(&format!("{column} >= ?"), [Value::Int(from.starts_in(zone).0)]);
        }
        if let Some(to) = list::day(self.params, "to")? {
            statement.and(&format!("{column} < ?"), [Value::Int(to.plus(1).starts_in(zone).0)]);
        }
        Ok(())
    }

    /// The filters that every report about events has, and reach.
    fn about_events(&self, statement: &mut Statement, default_type: Option<EventType>) -> Result<()> {
        statement.and("event.organization_id = ?", [self.org()]);
        self.between(statement, "event.day")?;
        // The index is by instant: an event's day begins at most a day before or after ours.
        let day = 86_400_000_000;
        if let Some(from) = self.day("from")? {
            statement.and("event.starts_at >= ?", [Value::Int((from - 1) * day)]);
        }
        if let Some(to) = self.day("to")? {
            statement.and("event.starts_at < ?", [Value::Int((to + 2) * day)]);
        }
        let types = self.words("type", EventType::parse, EventType::as_str)?;
        let default = || default_type.map(|it| vec![Value::Text(it.as_str().to_owned())]);
        statement.any_of("event.type", types.or_else(default));
        match self.words("status", EventStatus::parse, EventStatus::as_str)? {
            None => statement.and("event.status <> 'cancelled'", []),
            some => statement.any_of("event.status", some),
        };
        statement.any_of("event.representative_id", self.ids::<User>("representative_id")?);
        statement.any_of("event.location_id", self.ids::<Location>("location_id")?);
        statement.any_of("event.customer_id", self.ids::<Customer>("customer_id")?);
        statement.and_some(crate::events::within(self.ctx));
        Ok(())
    }

    /// A statement's head with the state as it is shown: what a recall freezes is on hold, whatever the books say.
    fn as_shown(&self, tx: &mut Tx, head: &str) -> Result<String> {
        let state = store::free::shown_state(tx, self.ctx.org())?;
        Ok(head.replacen("unit.state,", &format!("{state},"), 1))
    }

    /// The filters that every report about units has, and reach: custodian by custodian, unless it is the office's.
    fn about_units(&self, tx: &mut Tx, statement: &mut Statement) -> Result<()> {
        let viewer = self.ctx.viewer();
        statement.and("unit.organization_id = ?", [self.org()]);
        statement.any_of("unit.catalog_item_id", self.ids::<CatalogItem>("catalog_item_id")?);
        statement.any_of("unit.manufacturer_id", self.ids::<Manufacturer>("manufacturer_id")?);
        let states = list::words(self.params, "state", UnitState::parse)?;
        let states = states.map(|states| states.into_iter().map(|it| Value::Int(it.stored())).collect());
        // What a recall freezes is on hold, in what is shown and in what is asked for.
        statement.any_of(store::free::shown_state(tx, self.ctx.org())?, states);
        match list::yes_no(self.params, "facility_stock")? {
            Some(true) => statement.and("unit.facility_stock_location_id IS NOT NULL", []),
            Some(false) => statement.and("unit.facility_stock_location_id IS NULL", []),
            None => statement,
        };
        let asked = self.custodians()?;
        if viewer.office && asked.is_none() {
            return Ok(());
        }
        let mut custodians = match viewer.office {
            true => asked.clone().unwrap_or_default(),
            false => store::reach::subjects(tx, viewer, Side::Custody, Level::See, usize::MAX >> 1)?,
        };
        if let Some(asked) = asked {
            custodians.retain(|id| asked.contains(id));
        }
        custodians.sort_unstable();
        custodians.dedup();
        statement.one_by_one("unit.custodian_id", custodians);
        Ok(())
    }

    /// Ids of accounts or organisations.
    fn custodians(&self) -> Result<Option<Vec<Uuid>>> {
        let Some(text) = self.params.filters.get("custodian_id") else { return Ok(None) };
        let read = |part: &str| {
            let user = part.parse::<domain::id::UserId>().map(Id::uuid);
            user.or_else(|_| part.parse::<domain::id::OrganizationId>().map(Id::uuid))
        };
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(|part| read(part).map_err(|error| Error::field("custodian_id", "invalid_id", error.to_string())))
            .collect::<Result<Vec<_>>>()
            .map(Some)
    }
}

const EVENT_FILTERS: &[&str] = &["from", "to", "type", "status", "representative_id", "location_id", "customer_id"];
const UNIT_FILTERS: &[&str] =
    &["custodian_id", "catalog_item_id", "manufacturer_id", "state", "facility_stock", "expires_before"];

const UNIT_COLUMNS: Columns = &[
    ("unit_id", "Unit", Kind::Id("unt")),
    ("expires_key", "", Kind::Hidden),
    ("catalog_item_id", "Item ID", Kind::Id("cat")),
    ("kind", "Kind", Kind::Text),
    ("manufacturer", "Manufacturer", Kind::Text),
    ("catalog_number", "Catalog number", Kind::Text),
    ("description", "Description", Kind::Text),
    ("lot", "Lot", Kind::Text),
    ("serial", "Serial", Kind::Text),
    ("expires_on", "Expires", Kind::Date),
    ("state", "State", Kind::State),
    ("custodian_type", "Custodian (kind)", Kind::Text),
    ("custodian", "Custodian", Kind::Text),
    ("facility_stock_location", "Facility stock of", Kind::Text),
    ("place", "Place", Kind::Text),
    ("due_back_on", "Due back", Kind::Date),
    ("container_id", "Container", Kind::Id("unt")),
    ("tags", "Tags", Kind::Text),
];

const EXPIRING_COLUMNS: Columns = &[
    ("expires_key", "", Kind::Hidden),
    ("unit_id", "Unit", Kind::Id("unt")),
    ("catalog_item_id", "Item ID", Kind::Id("cat")),
    ("kind", "Kind", Kind::Text),
    ("manufacturer", "Manufacturer", Kind::Text),
    ("catalog_number", "Catalog number", Kind::Text),
    ("description", "Description", Kind::Text),
    ("lot", "Lot", Kind::Text),
    ("serial", "Serial", Kind::Text),
    ("expires_on", "Expires", Kind::Date),
    ("state", "State", Kind::State),
    ("custodian_type", "Custodian (kind)", Kind::Text),
    ("custodian", "Custodian", Kind::Text),
    ("facility_stock_location", "Facility stock of", Kind::Text),
    ("place", "Place", Kind::Text),
    ("due_back_on", "Due back", Kind::Date),
    ("container_id", "Container", Kind::Id("unt")),
    ("tags", "Tags", Kind::Text),
];

/// Units with the names of what they are and of whoever has them; the two columns of its order come first.
macro_rules! unit_rows {
    ($keys:literal) => {
        concat!(
            "SELECT ",
            $keys,
            ", unit.catalog_item_id, unit.kind, maker.name, item.number, item.description, unit.lot, unit.serial, unit.expires_on, \
            unit.state, unit.custodian_type, CASE WHEN unit.custodian_type = 'organization' THEN house.name ELSE holder.name END, \
            shelf.name, place.name, unit.due_back_on, unit.container_id, unit.tags FROM stock_unit unit \
            JOIN organization house ON house.organization_id = unit.organization_id \
            JOIN catalog_item item ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
            JOIN catalog_manufacturer maker ON maker.organization_id = unit.organization_id AND maker.id = unit.manufacturer_id \
            LEFT JOIN people_user holder ON holder.organization_id = unit.organization_id AND holder.id = unit.custodian_id \
            LEFT JOIN directory_location shelf ON shelf.organization_id = unit.organization_id \
            AND shelf.id = unit.facility_stock_location_id \
            LEFT JOIN directory_place place ON place.organization_id = unit.organization_id AND place.id = unit.place_id"
        )
    };
}

/// Every report there is.
pub static ALL: &[Definition] = &[
    Definition {
        name: "cases",
        label: "Cases",
        description: "One row for each case: when, where, with whom, how far it is and what it adds up to. The filter \
            Type shows other events.",
        columns: &[
            ("starts_at", "Begins", Kind::Instant),
            ("event_id", "Event", Kind::Id("evt")),
            ("number", "Number", Kind::Int),
            ("type", "Type", Kind::Text),
            ("status", "Status", Kind::Text),
            ("name", "Name", Kind::Text),
            ("day_on", "Day", Kind::Date),
            ("representative_id", "Representative ID", Kind::Id("usr")),
            ("representative", "Representative", Kind::Text),
            ("customer", "Customer", Kind::Text),
            ("location_id", "Location ID", Kind::Id("loc")),
            ("location", "Location", Kind::Text),
            ("physician", "Physician", Kind::Text),
            ("procedure", "Procedure", Kind::Text),
            ("lines_count", "Units", Kind::Int),
            ("total_minor", "Total", Kind::Price),
            ("submitted_at", "Submitted", Kind::Instant),
            ("patient_reference", "Patient reference", Kind::Patient),
        ],
        filters: EVENT_FILTERS,
        permission: Permission::ViewReports,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT event.starts_at, event.id, event.number, event.type, event.status, event.name, event.day, \
                event.representative_id, person.name, customer.name, event.location_id, location.name, physician.name, \
                kind.name, event.lines_count, event.total_minor, event.submitted_at, event.patient_reference FROM event \
                LEFT JOIN people_user person ON person.organization_id = event.organization_id AND person.id = event.representative_id \
                LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
                LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id \
                LEFT JOIN directory_physician physician ON physician.organization_id = event.organization_id \
                AND physician.id = event.physician_id \
                LEFT JOIN directory_procedure kind ON kind.organization_id = event.organization_id AND kind.id = event.procedure_id",
                vec![],
                &["event.starts_at", "event.id"],
                18,
            );
            asked.about_events(&mut it, Some(EventType::Case))?;
            Ok(it)
        },
    },
    forecast::FORECAST,
    Definition {
        name: "usage_lines",
        label: "Usage by line",
        description: "One row for each unit on an event: what it was, what happened to it, at which price.",
        columns: &[
            ("starts_at", "Begins", Kind::Instant),
            ("event_id", "Event", Kind::Id("evt")),
            ("line_id", "Line", Kind::Id("lin")),
            ("event_number", "Event number", Kind::Int),
            ("type", "Type", Kind::Text),
            ("status", "Status", Kind::Text),
            ("day_on", "Day", Kind::Date),
            ("representative", "Representative", Kind::Text),
            ("customer", "Customer", Kind::Text),
            ("location", "Location", Kind::Text),
            ("unit_id", "Unit", Kind::Id("unt")),
            ("manufacturer", "Manufacturer", Kind::Text),
            ("catalog_number", "Catalog number", Kind::Text),
            ("description", "Description", Kind::Text),
            ("lot", "Lot", Kind::Text),
            ("serial", "Serial", Kind::Text),
            ("expires_on", "Expires", Kind::Date),
            ("usage", "Usage", Kind::Text),
            ("unit_price_minor", "Price", Kind::Price),
            ("price_source", "Price from", Kind::Text),
            ("no_charge", "No charge", Kind::Bool),
            ("facility_stock", "Facility stock", Kind::Bool),
            ("custodian", "Custodian", Kind::Text),
            ("note", "Note", Kind::Text),
            ("patient_reference", "Patient reference", Kind::Patient),
        ],
        filters: &[
            "from",
            "to",
            "type",
            "status",
            "representative_id",
            "location_id",
            "customer_id",
            "catalog_item_id",
            "manufacturer_id",
            "usage",
        ],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT event.starts_at, event.id, line.id, event.number, event.type, event.status, event.day, person.name, \
                customer.name, location.name, line.unit_id, maker.name, item.number, item.description, unit.lot, unit.serial, \
                unit.expires_on, line.usage, line.unit_price_minor, line.price_source, line.no_charge, line.facility_stock, \
                holder.name, line.note, event.patient_reference FROM event CROSS JOIN event_line line \
                JOIN stock_unit unit ON line.organization_id = event.organization_id AND line.event_id = event.id \
                AND unit.organization_id = line.organization_id AND unit.id = line.unit_id \
                JOIN catalog_item item ON item.organization_id = line.organization_id AND item.id = line.catalog_item_id \
                JOIN catalog_manufacturer maker ON maker.organization_id = line.organization_id AND maker.id = line.manufacturer_id \
                LEFT JOIN people_user person ON person.organization_id = event.organization_id AND person.id = event.representative_id \
                LEFT JOIN people_user holder ON holder.organization_id = line.organization_id AND holder.id = line.custodian_id \
                LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
                LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id",
                vec![],
                &["event.starts_at", "event.id", "line.id"],
                25,
            );
            asked.about_events(&mut it, None)?;
            it.any_of("line.catalog_item_id", asked.ids::<CatalogItem>("catalog_item_id")?);
            it.any_of("line.manufacturer_id", asked.ids::<Manufacturer>("manufacturer_id")?);
            it.any_of("line.usage", asked.words("usage", domain::event::Usage::parse, domain::event::Usage::as_str)?);
            Ok(it)
        },
    },
    Definition {
        name: "sales",
        label: "Sales by representative and customer",
        description: "Orders that count, by who sold and who bought: how many and how much.",
        columns: &[
            ("representative_id", "Representative ID", Kind::Id("usr")),
            ("customer_id", "Customer ID", Kind::Id("cus")),
            ("representative", "Representative", Kind::Text),
            ("customer", "Customer", Kind::Text),
            ("orders_count", "Orders", Kind::Int),
            ("orders_total_minor", "Total", Kind::Money),
            ("first_order_on", "First order", Kind::Date),
            ("last_order_on", "Last order", Kind::Date),
        ],
        filters: &["from", "to", "representative_id", "customer_id", "location_id"],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT sold.representative_id, sold.customer_id, MIN(person.name), MIN(customer.name), COUNT(*), \
                SUM(sold.net_minor), MIN(sold.submitted_on), MAX(sold.submitted_on) FROM billing_sales_order sold \
                JOIN people_user person ON person.organization_id = sold.organization_id AND person.id = sold.representative_id \
                JOIN directory_customer customer ON customer.organization_id = sold.organization_id AND customer.id = sold.customer_id",
                vec![],
                &["sold.representative_id", "sold.customer_id"],
                8,
            );
            it.and("sold.organization_id = ?", [asked.org()]).and("sold.counts = 1 AND sold.status = 'open'", []);
            asked.between(&mut it, "sold.submitted_on")?;
            it.any_of("sold.representative_id", asked.ids::<User>("representative_id")?);
            it.any_of("sold.customer_id", asked.ids::<Customer>("customer_id")?);
            it.any_of("sold.location_id", asked.ids::<Location>("location_id")?);
            let reach = store::reach::condition(asked.ctx.viewer(), Side::Person, Level::See, "sold.representative_id");
            it.and_some(reach).group_by("sold.representative_id, sold.customer_id");
            Ok(it)
        },
    },
    Definition {
        name: "sales_targets",
        label: "Targets",
        description: "What each person is to sell in a quarter, and what they sold.",
        columns: &[
            ("user_id", "Person ID", Kind::Id("usr")),
            ("year", "Year", Kind::Int),
            ("quarter", "Quarter", Kind::Int),
            ("user", "Person", Kind::Text),
            ("target_minor", "Target", Kind::Money),
            ("sold_minor", "Sold", Kind::Money),
        ],
        filters: &["year", "quarter", "user_id"],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let today = crate::figures::Quarter::of(asked.ctx.today());
            let year = asked.number("year")?.unwrap_or(today.year).clamp(1, 9998);
            let begin = |number| Value::Int(i64::from(crate::figures::Quarter::new(year, number).first.0));
            let next = Value::Int(i64::from(crate::figures::Quarter::new(year + 1, 1).first.0));
            let mut it = Statement::new(
                "SELECT target.user_id, target.year, target.quarter, person.name, target.amount_minor, \
                (SELECT COALESCE(SUM(sold.net_minor), 0) FROM billing_sales_order sold \
                WHERE sold.organization_id = target.organization_id AND sold.representative_id = target.user_id \
                AND sold.counts = 1 AND sold.status = 'open' \
                AND ((target.quarter = 1 AND sold.submitted_on >= $1 AND sold.submitted_on < $2) \
                OR (target.quarter = 2 AND sold.submitted_on >= $2 AND sold.submitted_on < $3) \
                OR (target.quarter = 3 AND sold.submitted_on >= $3 AND sold.submitted_on < $4) \
                OR (target.quarter = 4 AND sold.submitted_on >= $4 AND sold.submitted_on < $5))) \
                FROM people_sales_target target \
                JOIN people_user person ON person.organization_id = target.organization_id AND person.id = target.user_id",
                vec![begin(1), begin(2), begin(3), begin(4), next],
                &["target.user_id", "target.year", "target.quarter"],
                6,
            );
            it.and("target.organization_id = ?", [asked.org()]).and("target.year = ?", [Value::Int(year)]);
            if let Some(quarter) = asked.number("quarter")? {
                it.and("target.quarter = ?", [Value::Int(quarter)]);
            }
            it.any_of("target.user_id", asked.ids::<User>("user_id")?);
            it.and_some(store::reach::condition(asked.ctx.viewer(), Side::Person, Level::See, "target.user_id"));
            Ok(it)
        },
    },
    Definition {
        name: "commission",
        label: "Commission",
        description: "What was earned by whom with which event, at which rate, and whether it was paid. Of others only for the \
            office and, within the group, for a distributor.",
        columns: &[
            ("day_on", "Day", Kind::Date),
            ("commission_id", "", Kind::Hidden),
            ("event_id", "Event", Kind::Id("evt")),
            ("event_number", "Event number", Kind::Int),
            ("type", "Type", Kind::Text),
            ("user_id", "Person ID", Kind::Id("usr")),
            ("user", "Person", Kind::Text),
            ("customer", "Customer", Kind::Text),
            ("location", "Location", Kind::Text),
            ("base_minor", "Sales", Kind::Money),
            ("rate_bp", "Rate (basis points)", Kind::Int),
            ("amount_minor", "Commission", Kind::Money),
            ("state", "State", Kind::Text),
            ("paid_at", "Paid", Kind::Instant),
        ],
        filters: &["from", "to", "state", "user_id"],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT earned.day, earned.id, earned.event_id, event.number, event.type, earned.user_id, person.name, \
                customer.name, location.name, earned.base_minor, earned.rate_bp, earned.amount_minor, earned.state, earned.paid_at \
                FROM billing_commission earned \
                JOIN event ON event.organization_id = earned.organization_id AND event.id = earned.event_id \
                JOIN people_user person ON person.organization_id = earned.organization_id AND person.id = earned.user_id \
                LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
                LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id",
                vec![],
                &["earned.day", "earned.id"],
                14,
            );
            it.and("earned.organization_id = ?", [asked.org()]);
            asked.between(&mut it, "earned.day")?;
            let state = |text: &str| ["accrued", "paid", "reversed"].into_iter().find(|known| *known == text);
            let states = list::words(asked.params, "state", state)?;
            it.any_of("earned.state", states.map(|it| it.into_iter().map(|it| Value::Text(it.to_owned())).collect()));
            it.any_of("earned.user_id", asked.ids::<User>("user_id")?);
            let distributor = asked.ctx.actor.role == Role::Distributor;
            it.and_some(store::figures::commission_in_reach(asked.ctx.viewer(), distributor, "earned.user_id"));
            Ok(it)
        },
    },
    Definition {
        name: "inventory_on_hand",
        label: "Stock on hand",
        description: "One row for each active unit: what it is, who answers for it, where it is.",
        columns: UNIT_COLUMNS,
        filters: UNIT_FILTERS,
        permission: Permission::ViewReports,
        build: |asked, tx| {
            let mut it =
                Statement::new(&asked.as_shown(tx, unit_rows!("unit.id, unit.expires_key"))?, vec![], &["unit.id"], 18);
            it.and("unit.active = 1", []);
            if let Some(day) = asked.day("expires_before")? {
                it.and("unit.expires_key < ?", [Value::Int(day)]);
            }
            asked.about_units(tx, &mut it)?;
            Ok(it)
        },
    },
    Definition {
        name: "expiring",
        label: "Expiring stock",
        description: "Active units by their last day of use, the expired ones first, up to a day (in 90 days unless given).",
        columns: EXPIRING_COLUMNS,
        filters: &["to", "custodian_id", "catalog_item_id", "manufacturer_id", "state", "facility_stock"],
        permission: Permission::ViewReports,
        build: |asked, tx| {
            let mut it = Statement::new(
                &asked.as_shown(tx, unit_rows!("unit.expires_key, unit.id"))?,
                vec![],
                &["unit.expires_key", "unit.id"],
                18,
            );
            let to = asked.day("to")?.unwrap_or(i64::from(asked.ctx.today().plus(90).0));
            it.and("unit.active = 1 AND unit.expires_key <= ?", [Value::Int(to)]);
            asked.about_units(tx, &mut it)?;
            Ok(it)
        },
    },
    Definition {
        name: "transfers",
        label: "Transfers",
        description: "One row for each unit on a transfer: from whom, to whom, when, and what became of it.",
        columns: &[
            ("transfer_id", "Transfer", Kind::Id("trf")),
            ("unit_id", "Unit", Kind::Id("unt")),
            ("created_at", "Sent", Kind::Instant),
            ("status", "Transfer status", Kind::Text),
            ("from_type", "From (kind)", Kind::Text),
            ("from", "From", Kind::Text),
            ("to_type", "To (kind)", Kind::Text),
            ("to", "To", Kind::Text),
            ("catalog_number", "Catalog number", Kind::Text),
            ("description", "Description", Kind::Text),
            ("lot", "Lot", Kind::Text),
            ("serial", "Serial", Kind::Text),
            ("line_status", "Line status", Kind::Text),
            ("reason", "Reason", Kind::Text),
            ("decided_at", "Decided", Kind::Instant),
            ("note", "Note", Kind::Text),
        ],
        filters: &["from", "to", "status", "catalog_item_id"],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT transfer.id, line.unit_id, transfer.created_at, transfer.status, transfer.from_type, \
                CASE transfer.from_type WHEN 'organization' THEN house.name WHEN 'user' THEN sender.name ELSE \
                (SELECT MAX(link.other_name) FROM organization_link link WHERE link.organization_id = transfer.organization_id \
                AND link.other_id = transfer.from_id) END, transfer.to_type, \
                CASE transfer.to_type WHEN 'organization' THEN house.name WHEN 'user' THEN receiver.name ELSE \
                (SELECT MAX(link.other_name) FROM organization_link link WHERE link.organization_id = transfer.organization_id \
                AND link.other_id = transfer.to_id) END, item.number, item.description, \
                unit.lot, unit.serial, line.status, line.reason, transfer.decided_at, transfer.note FROM stock_transfer transfer \
                JOIN organization house ON house.organization_id = transfer.organization_id \
                JOIN stock_transfer_line line ON line.organization_id = transfer.organization_id AND line.transfer_id = transfer.id \
                JOIN stock_unit unit ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
                JOIN catalog_item item ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
                LEFT JOIN people_user sender ON sender.organization_id = transfer.organization_id AND sender.id = transfer.from_id \
                LEFT JOIN people_user receiver ON receiver.organization_id = transfer.organization_id AND receiver.id = transfer.to_id",
                vec![],
                &["transfer.id", "line.unit_id"],
                16,
            );
            it.and("transfer.organization_id = ?", [asked.org()]);
            asked.within(&mut it, "transfer.created_at")?;
            let known = ["pending", "accepted", "partly_accepted", "declined", "cancelled"];
            let statuses = list::words(asked.params, "status", |text| known.into_iter().find(|it| *it == text))?;
            it.any_of(
                "transfer.status",
                statuses.map(|it| it.into_iter().map(|it| Value::Text(it.to_owned())).collect()),
            );
            it.any_of("unit.catalog_item_id", asked.ids::<CatalogItem>("catalog_item_id")?);
            let viewer = asked.ctx.viewer();
            let side = |column| store::reach::condition(viewer, Side::Custody, Level::See, column);
            if let (Some((from, mut args)), Some((to, more))) = (side("transfer.from_id"), side("transfer.to_id")) {
                args.extend(more);
                args.push(Value::Uuid(viewer.principal));
                it.and(&format!("({from} OR {to} OR transfer.created_by = ?)"), args);
            }
            Ok(it)
        },
    },
    Definition {
        name: "facility_stock",
        label: "Facility stock",
        description: "By location, item and custodian: how many were sold to the shelf, how many used from it since, how many are \
            left, and how many of those expire within 90 days.",
        columns: &[
            ("location_id", "Location ID", Kind::Id("loc")),
            ("catalog_item_id", "Item ID", Kind::Id("cat")),
            ("custodian_id", "Custodian ID", Kind::Id("usr")),
            ("customer", "Customer", Kind::Text),
            ("location", "Location", Kind::Text),
            ("catalog_number", "Catalog number", Kind::Text),
            ("description", "Description", Kind::Text),
            ("custodian", "Custodian", Kind::Text),
            ("sold", "Sold", Kind::Int),
            ("used", "Used", Kind::Int),
            ("left", "Left", Kind::Int),
            ("expiring", "Expiring within 90 days", Kind::Int),
        ],
        filters: &["location_id", "catalog_item_id", "custodian_id"],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let soon = i64::from(asked.ctx.today().plus(90).0);
            let mut it = Statement::new(
                "SELECT shelf.location_id, shelf.catalog_item_id, shelf.custodian_id, MIN(customer.name), MIN(location.name), \
                MIN(item.number), MIN(item.description), MIN(holder.name), SUM(shelf.sold), SUM(shelf.used), SUM(shelf.here), \
                SUM(shelf.soon) FROM (\
                SELECT unit.facility_stock_location_id AS location_id, unit.catalog_item_id AS catalog_item_id, \
                unit.custodian_id AS custodian_id, 0 AS sold, 0 AS used, 1 AS here, \
                CASE WHEN unit.expires_key <= $2 THEN 1 ELSE 0 END AS soon FROM stock_unit unit \
                WHERE unit.organization_id = $1 AND unit.active = 1 AND unit.facility_stock_location_id IS NOT NULL \
                UNION ALL SELECT event.location_id, line.catalog_item_id, line.custodian_id, 0, 1, 0, 0 FROM event_line line \
                JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
                WHERE line.organization_id = $1 AND line.facility_stock = 1 AND event.status NOT IN ('open', 'cancelled') \
                AND event.location_id IS NOT NULL \
                UNION ALL SELECT event.location_id, line.catalog_item_id, line.custodian_id, 1, 0, 0, 0 FROM event \
                JOIN event_line line ON line.organization_id = event.organization_id AND line.event_id = event.id \
                WHERE event.organization_id = $1 AND event.type = 'stocking_order' AND event.facility_stock = 1 \
                AND event.status NOT IN ('open', 'cancelled') AND event.location_id IS NOT NULL AND line.facility_stock = 0) shelf \
                JOIN directory_location location ON location.organization_id = $1 AND location.id = shelf.location_id \
                JOIN directory_customer customer ON customer.organization_id = $1 AND customer.id = location.customer_id \
                JOIN catalog_item item ON item.organization_id = $1 AND item.id = shelf.catalog_item_id \
                LEFT JOIN people_user holder ON holder.organization_id = $1 AND holder.id = shelf.custodian_id",
                vec![asked.org(), Value::Int(soon)],
                &["shelf.location_id", "shelf.catalog_item_id", "shelf.custodian_id"],
                12,
            );
            it.any_of("shelf.location_id", asked.ids::<Location>("location_id")?);
            it.any_of("shelf.catalog_item_id", asked.ids::<CatalogItem>("catalog_item_id")?);
            it.any_of("shelf.custodian_id", asked.ids::<User>("custodian_id")?);
            it.and_some(store::reach::condition(asked.ctx.viewer(), Side::Custody, Level::See, "shelf.custodian_id"));
            it.group_by("shelf.location_id, shelf.catalog_item_id, shelf.custodian_id");
            Ok(it)
        },
    },
    Definition {
        name: "po_ageing",
        label: "Purchase orders awaited",
        description: "Submitted events whose purchase order has not come, and for how many days.",
        columns: &[
            ("starts_at", "Begins", Kind::Instant),
            ("event_id", "Event", Kind::Id("evt")),
            ("number", "Number", Kind::Int),
            ("type", "Type", Kind::Text),
            ("name", "Name", Kind::Text),
            ("day_on", "Day", Kind::Date),
            ("submitted_at", "Submitted", Kind::Instant),
            ("days_since_event", "Days since the event", Kind::Int),
            ("representative", "Representative", Kind::Text),
            ("customer", "Customer", Kind::Text),
            ("location", "Location", Kind::Text),
            ("total_minor", "Total", Kind::Price),
        ],
        filters: &["from", "to", "type", "representative_id", "location_id", "customer_id"],
        permission: Permission::ViewReports,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT event.starts_at, event.id, event.number, event.type, event.name, event.day, event.submitted_at, \
                $1 - event.day, person.name, customer.name, location.name, event.total_minor FROM event \
                LEFT JOIN people_user person ON person.organization_id = event.organization_id AND person.id = event.representative_id \
                LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
                LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id",
                vec![Value::Int(i64::from(asked.ctx.today().0))],
                &["event.starts_at", "event.id"],
                12,
            );
            it.and("event.status = 'pending_po'", []);
            asked.about_events(&mut it, None)?;
            Ok(it)
        },
    },
    Definition {
        name: "lot_trace",
        label: "Trace of a lot",
        description: "Every unit of a lot: who answers for it now, on which shelf it lies, and which events used it.",
        columns: &[
            ("unit_id", "Unit", Kind::Id("unt")),
            ("event_number", "Event number", Kind::Int),
            ("catalog_number", "Catalog number", Kind::Text),
            ("description", "Description", Kind::Text),
            ("lot", "Lot", Kind::Text),
            ("serial", "Serial", Kind::Text),
            ("expires_on", "Expires", Kind::Date),
            ("state", "State", Kind::State),
            ("custodian", "Custodian", Kind::Text),
            ("facility_stock_location", "Facility stock of", Kind::Text),
            ("event_id", "Event", Kind::Id("evt")),
            ("event_status", "Event status", Kind::Text),
            ("day_on", "Day", Kind::Date),
            ("usage", "Usage", Kind::Text),
            ("event_location", "Location of the event", Kind::Text),
            ("patient_reference", "Patient reference", Kind::Patient),
        ],
        filters: &["lot", "catalog_item_id"],
        permission: Permission::ViewReports,
        build: |asked, tx| {
            let lot = asked.params.filters.get("lot").map(|lot| domain::text::identifier_key(lot)).unwrap_or_default();
            if lot.is_empty() {
                return Err(Error::field("lot", "required", "Give the lot to trace."));
            }
            let mut it = Statement::new(
                &asked.as_shown(tx,
                "SELECT unit.id, COALESCE(event.number, 0), item.number, item.description, unit.lot, unit.serial, unit.expires_on, \
                unit.state, CASE unit.custodian_type WHEN 'organization' THEN house.name WHEN 'user' THEN holder.name ELSE \
                (SELECT MAX(link.other_name) FROM organization_link link WHERE link.organization_id = unit.organization_id \
                AND link.other_id = unit.custodian_id) END, shelf.name, \
                event.id, event.status, event.day, line.usage, place.name, event.patient_reference FROM stock_unit unit \
                JOIN organization house ON house.organization_id = unit.organization_id \
                JOIN catalog_item item ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
                LEFT JOIN people_user holder ON holder.organization_id = unit.organization_id AND holder.id = unit.custodian_id \
                LEFT JOIN directory_location shelf ON shelf.organization_id = unit.organization_id \
                AND shelf.id = unit.facility_stock_location_id \
                LEFT JOIN event_line line ON line.organization_id = unit.organization_id AND line.unit_id = unit.id \
                LEFT JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
                LEFT JOIN directory_location place ON place.organization_id = event.organization_id AND place.id = event.location_id")?,
                vec![],
                &["unit.id", "COALESCE(event.number, 0)"],
                16,
            );
            it.and("unit.organization_id = ? AND unit.lot_key = ?", [asked.org(), Value::Text(lot)]);
            it.any_of("unit.catalog_item_id", asked.ids::<CatalogItem>("catalog_item_id")?);
            it.and_some(store::reach::condition(asked.ctx.viewer(), Side::Custody, Level::See, "unit.custodian_id"));
            Ok(it)
        },
    },
    Definition {
        name: "prices",
        label: "Agreed prices",
        description: "Every agreed price, of price lists and of locations, in the columns that an import of prices takes. \
            For the office.",
        columns: &[
            ("owner_id", "", Kind::Hidden),
            ("catalog_item_id", "", Kind::Hidden),
            ("valid_from_key", "", Kind::Hidden),
            ("price_list", "Price list", Kind::Text),
            ("customer", "Customer number", Kind::Text),
            ("location", "Location code", Kind::Text),
            ("manufacturer", "Manufacturer", Kind::Text),
            ("catalog_number", "Catalog number", Kind::Text),
            ("price_minor", "Price", Kind::Price),
            ("valid_from", "From", Kind::Date),
            ("valid_to", "To", Kind::Date),
        ],
        filters: &["catalog_item_id", "manufacturer_id"],
        permission: Permission::ManagePrices,
        build: |asked, _| {
            let (since, until) = (store::directory::prices::SINCE_EVER, store::directory::prices::FOR_EVER);
            let head = format!(
                "SELECT price.owner_id, price.catalog_item_id, price.valid_from, list.name, customer.number, location.code, \
                maker.name, item.number, price.price_minor, CASE WHEN price.valid_from > {since} THEN price.valid_from END, \
                CASE WHEN price.valid_to < {until} THEN price.valid_to END FROM directory_price price \
                JOIN catalog_item item ON item.organization_id = price.organization_id AND item.id = price.catalog_item_id \
                JOIN catalog_manufacturer maker ON maker.organization_id = item.organization_id AND maker.id = item.manufacturer_id \
                LEFT JOIN directory_price_list list ON list.organization_id = price.organization_id AND list.id = price.owner_id \
                LEFT JOIN directory_location location ON location.organization_id = price.organization_id \
                AND location.id = price.owner_id \
                LEFT JOIN directory_customer customer ON customer.organization_id = location.organization_id \
                AND customer.id = location.customer_id"
            );
            let mut it =
                Statement::new(&head, vec![], &["price.owner_id", "price.catalog_item_id", "price.valid_from"], 11);
            it.and("price.organization_id = ?", [asked.org()]);
            it.any_of("price.catalog_item_id", asked.ids::<CatalogItem>("catalog_item_id")?);
            it.any_of("item.manufacturer_id", asked.ids::<Manufacturer>("manufacturer_id")?);
            Ok(it)
        },
    },
    Definition {
        name: "audit",
        label: "Audit log",
        description: "The journal, entry by entry: who did what, for whom, when, from where and why. For the office.",
        columns: &[
            ("entry_id", "Entry", Kind::Id("ent")),
            ("at", "When", Kind::Instant),
            ("actor", "Who", Kind::Text),
            ("actor_id", "Who (ID)", Kind::Id("usr")),
            ("on_behalf_of", "For whom", Kind::Text),
            ("kind", "What", Kind::Text),
            ("reason", "Why", Kind::Text),
            ("source", "From where", Kind::Text),
            ("request_id", "Request", Kind::Text),
            ("seq", "Place in the chain", Kind::Int),
            ("movements", "Units moved", Kind::Int),
            ("changes", "Fields changed", Kind::Int),
        ],
        filters: &["from", "to", "actor_id", "kind"],
        permission: Permission::ViewJournal,
        build: |asked, _| {
            let mut it = Statement::new(
                "SELECT entry.id, entry.at, actor.name, actor.id, principal.name, entry.kind, entry.reason, entry.source, \
                entry.request_id, seal.seq, \
                (SELECT COUNT(*) FROM journal_movement step WHERE step.organization_id = entry.organization_id AND step.entry_id = entry.id), \
                (SELECT COUNT(*) FROM journal_change change WHERE change.organization_id = entry.organization_id \
                AND change.entry_id = entry.id) FROM journal_entry entry \
                LEFT JOIN people_user actor ON actor.organization_id = entry.organization_id AND actor.id = entry.actor_id \
                LEFT JOIN people_user principal ON principal.organization_id = entry.organization_id \
                AND principal.id = entry.on_behalf_of_id \
                LEFT JOIN journal_seal seal ON seal.organization_id = entry.organization_id AND seal.entry_id = entry.id",
                vec![],
                &["entry.id"],
                12,
            );
            it.and("entry.organization_id = ?", [asked.org()]);
            asked.within(&mut it, "entry.at")?;
            it.any_of("entry.actor_id", asked.ids::<User>("actor_id")?);
            if let Some(kind) = asked.params.filters.get("kind") {
                let kinds = kind.split(',').map(|kind| Value::Text(kind.to_owned())).collect();
                it.any_of("entry.kind", Some(kinds));
            }
            Ok(it)
        },
    },
];
