//! Lists of units at any size: how a page is found without stepping over much more than a page.
//!
//! There are four ways. *Walk*: an index in the wanted order, row by row, until a page is full; for several custodians their
//! walks are merged. *Narrow*: what a selective filter (a lot, a container, words) leaves over, sorted. Where nobody can tell
//! beforehand which is shorter, the narrow side is counted up to a cap: if it is small it is taken; if not, matches are
//! frequent, and a bounded walk finds a page; if even that fails, the narrow side is sorted after all.

use crate::page::{Keyset, Query, Sort, numbered};
use crate::reach::Viewer;
use crate::stock::{UNIT_COLUMNS, UnitRow};
use db::{Result, Tx, Value};
use uuid::Uuid;

/// More rows than this are not sorted before a bounded walk was tried.
const NARROW_CAP: u32 = 8_000;
/// A bounded walk steps over so many rows, then over more: most often the first few hold a page.
const WALK_CAPS: &[u32] = &[600, 4_000, 12_000];
/// The same for rows in the reach of one viewer, who holds a fair part of everything when reaching many.
const REACH_CAPS: &[u32] = &[600, 3_000];
/// So many units of some custodians are looked through without asking how many fit.
const HELD_CAP: i64 = 30_000;
/// The filters of a bounded walk look at these columns. Those that none of them names are left out of the walk: with few
/// enough an index holds them all.
const WALKED: &[&str] = &[
    "unit.organization_id",
    "unit.id",
    "unit.kind",
    "unit.catalog_item_id",
    "unit.manufacturer_id",
    "unit.lot_key",
    "unit.serial_key",
    "unit.udi",
    "unit.expires_key",
    "unit.custodian_id",
    "unit.facility_stock_location_id",
    "unit.place_id",
    "unit.container_id",
    "unit.reusable",
    "unit.due_back_on",
    "unit.event_id",
    "unit.transfer_id",
    "unit.state",
    "unit.active",
    "unit.manufactured_on",
    "unit.hold_status",
];

/// The sorts of this list: the name outside and the stored column.
pub const SORTS: &[(&str, &str)] =
    &[("created_at", "unit.id"), ("expires_on", "unit.expires_key"), ("lot", "unit.lot_key")];

/// Whose units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// Everybody's.
    Everyone,
    /// Those of these custodians: few enough to merge.
    Few(Vec<Uuid>),
    /// Those of whoever the viewer reaches.
    Reach,
}

/// A condition with its arguments: `?` stands for the next one.
pub type Condition = (String, Vec<Value>);

/// One way in from the narrow side.
#[derive(Clone, Debug)]
pub struct Narrow {
    /// What it narrows down to.
    pub condition: Condition,
    /// The index of this way holds `active` too.
    pub active: bool,
}

/// The narrow side of a list: alternatives that together hold every match.
#[derive(Clone, Debug)]
pub struct Driver {
    /// The alternatives.
    pub ways: Vec<Narrow>,
    /// How much it leaves over.
    pub size: Size,
    /// It asks for items or manufacturers alone, which the indexes of custodians hold.
    pub held: bool,
    /// The condition of the list that whatever comes by one of the ways fulfils, by its place.
    pub implied: Option<usize>,
}

/// How much a narrow side leaves over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Always little: taken without counting.
    Small,
    /// More than is sorted before a bounded walk was tried.
    Large,
    /// To be counted.
    Unknown,
}

/// What is asked of the list.
#[derive(Clone, Debug)]
pub struct UnitList {
    /// Who asks.
    pub viewer: Viewer,
    /// Whose units.
    pub within: Within,
    /// Active ones, inactive ones, or both.
    pub active: Option<bool>,
    /// Everything that a row must fulfil besides custodian and activity; on columns of [`WALKED`] or in subqueries.
    pub conditions: Vec<Condition>,
    /// The narrow side, when there is one.
    pub driver: Option<Driver>,
    /// Items, when the list is of few of them: an index holds them in the order of expiry.
    pub items: Vec<Uuid>,
    /// The same of manufacturers.
    pub manufacturers: Vec<Uuid>,
    /// States among in transfer, on hold and in event, when the list is of those alone.
    pub states: Vec<i64>,
    /// The narrow side is what stands on shelves of facilities, whichever.
    pub on_shelves: bool,
    /// The narrow side is what comes back after use.
    pub reusable: bool,
}

/// In what order, after which row, how many.
type Asked<'a> = (&'a Order, Option<&'a Keyset>, u32);

/// A statement with its arguments.
struct Text {
    sql: String,
    args: Vec<Value>,
}

impl UnitList {
    /// One page, and whether there are more.
    pub fn page(
        &self,
        tx: &mut Tx,
        sorts: &[Sort],
        after: Option<&Keyset>,
        limit: u32,
    ) -> Result<(Vec<UnitRow>, bool)> {
        let mut rows = self.rows(tx, sorts, after, limit + 1)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok((rows, more))
    }

    fn rows(&self, tx: &mut Tx, sorts: &[Sort], after: Option<&Keyset>, limit: u32) -> Result<Vec<UnitRow>> {
        if let Within::Few(custodians) = &self.within
            && custodians.is_empty()
        {
            return Ok(Vec::new());
        }
        let order = &Order::new(sorts);
        let asked = (order, after, limit);
        if let Some(driver) = &self.driver {
            if driver.size == Size::Small {
                return self.fetch(tx, self.narrow(driver, asked), order);
            }
            if let Some(arms) = self.ordered_arms(order) {
                return self.fetch(tx, self.walk(&arms, asked, None), order);
            }
            if !self.is_small(tx, driver)? {
                if self.is_held_by_few(driver) {
                    return self.fetch(tx, self.walk(&self.arms(order), asked, None), order);
                }
                if let Some(found) = self.among_everybody().bounded(tx, asked, WALK_CAPS)? {
                    return Ok(found);
                }
            }
            return self.fetch(tx, self.narrow(driver, asked), order);
        }
        let Some(arms) = self.ordered_arms(order) else { return self.undriven(tx, asked) };
        if arms.len() == 1 && order.is_walked() {
            return self.direct(tx, &arms[0], asked);
        }
        self.fetch(tx, self.walk(&arms, asked, None), order)
    }

    /// A page without a narrow side. What many people hold is most often found by walking what everybody holds for a little;
    /// where it is not, their own rows are merged, however many people they are.
    fn undriven(&self, tx: &mut Tx, asked: Asked<'_>) -> Result<Vec<UnitRow>> {
        let (order, ..) = asked;
        if self.within == Within::Reach {
            return match self.bounded(tx, asked, REACH_CAPS)? {
                Some(found) => Ok(found),
                None => self.merged(tx, asked),
            };
        }
        let arms = self.arms(order);
        if arms.len() == 1 && order.is_walked() {
            return self.direct(tx, &arms[0], asked);
        }
        self.fetch(tx, self.walk(&arms, asked, None), order)
    }

    /// Whether the units of few custodians are walked for what a narrow side asks for, without looking them up.
    fn is_held_by_few(&self, driver: &Driver) -> bool {
        driver.held && matches!(self.within, Within::Few(_))
    }

    /// A page by a walk that gives up after stepping over so many rows.
    fn bounded(&self, tx: &mut Tx, asked: Asked<'_>, caps: &[u32]) -> Result<Option<Vec<UnitRow>>> {
        let (order, _, limit) = asked;
        let arms = self.arms(order);
        for cap in caps.iter().filter(|cap| **cap > limit) {
            let found = self.fetch(tx, self.walk(&arms, asked, Some(*cap)), order)?;
            if found.len() == limit as usize {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The same list as one of everybody's units with a condition on the custodian.
    fn among_everybody(&self) -> Self {
        let mut wide = self.clone();
        if let Within::Few(custodians) = &self.within {
            let marks = vec!["?"; custodians.len()].join(", ");
            let values = custodians.iter().map(|id| Value::Uuid(*id)).collect();
            wide.conditions.push((format!("unit.custodian_id IN ({marks})"), values));
            wide.within = Within::Everyone;
        }
        wide
    }

    /// A page from the top rows of everybody in reach, some people at a time.
    fn merged(&self, tx: &mut Tx, asked: Asked<'_>) -> Result<Vec<UnitRow>> {
        let (side, level) = (crate::reach::Side::Custody, domain::people::Level::See);
        let subjects = crate::reach::subjects(tx, self.viewer, side, level, usize::MAX >> 1)?;
        let (order, _, limit) = asked;
        let mut rows: Vec<UnitRow> = Vec::new();
        for few in subjects.chunks(crate::reach::FEW_SUBJECTS) {
            let part = Self { within: Within::Few(few.to_vec()), ..self.clone() };
            rows.extend(self.fetch(tx, part.walk(&part.arms(order), asked, None), order)?);
            rows.sort_by(|a, b| order.compare(a, b));
            rows.truncate(limit as usize);
        }
        Ok(rows)
    }

    /// Equalities under which an index holds the wanted order, for the lists that have a better one than the custodian's.
    fn ordered_arms(&self, order: &Order) -> Option<Vec<Condition>> {
        let by_expiry = order.first() == "unit.expires_key";
        let many = !matches!(self.within, Within::Few(_));
        if many && by_expiry && (1..=50).contains(&self.items.len()) {
            return Some(self.with_active("unit.catalog_item_id", &self.items));
        }
        if many && by_expiry && (1..=50).contains(&self.manufacturers.len()) && self.items.is_empty() {
            return Some(self.with_active("unit.manufacturer_id", &self.manufacturers));
        }
        if self.on_shelves && (by_expiry || !many) {
            let on_shelf = |(held, values)| (format!("{held} AND unit.facility_stock_location_id IS NOT NULL"), values);
            return Some(self.arms(order).into_iter().map(on_shelf).collect());
        }
        if many && by_expiry && self.reusable {
            let comes_back = |(active, values)| (format!("{active} AND unit.reusable = 1"), values);
            return Some(self.arms(order).into_iter().map(comes_back).collect());
        }
        if many && !self.states.is_empty() && self.driver.is_none() {
            let arm = |state: &i64| (format!("unit.state IN (1, 2, 3) AND unit.state = {state}"), Vec::new());
            return Some(self.states.iter().map(arm).collect());
        }
        None
    }

    /// Equalities under which an index holds the order. In the order of lots everybody's units are walked by lot, where
    /// activity in an index would only mislead.
    fn arms(&self, order: &Order) -> Vec<Condition> {
        let hide = if order.first() == LOT { "+" } else { "" };
        match &self.within {
            Within::Few(custodians) => self.with_active("unit.custodian_id", custodians),
            _ => self.actives().into_iter().map(|active| (format!("{hide}{active}"), Vec::new())).collect(),
        }
    }

    fn actives(&self) -> Vec<String> {
        match self.active {
            Some(active) => vec![format!("unit.active = {}", i64::from(active))],
            None => vec!["unit.active = 1".to_owned(), "unit.active = 0".to_owned()],
        }
    }

    fn with_active(&self, column: &str, values: &[Uuid]) -> Vec<Condition> {
        let mut arms = Vec::new();
        for value in values {
            for active in self.actives() {
                arms.push((format!("{column} = ? AND {active}"), vec![Value::Uuid(*value)]));
            }
        }
        arms
    }

    /// The organisation, reach and every condition of the list.
    fn base(&self, head: &str, conditions: bool) -> Query {
        let mut query = Query::new(head);
        query.and("unit.organization_id = ?", [Value::Uuid(self.viewer.organization)]);
        if conditions {
            self.constrain(&mut query);
        }
        query
    }

    fn constrain(&self, query: &mut Query) {
        self.constrain_but(query, None);
    }

    /// Reach and every condition but one that holds already.
    fn constrain_but(&self, query: &mut Query, implied: Option<usize>) {
        if self.within == Within::Reach {
            query.and_some(crate::reach::condition(
                self.viewer,
                crate::reach::Side::Custody,
                domain::people::Level::See,
                "unit.custodian_id",
            ));
        }
        for (place, (text, args)) in self.conditions.iter().enumerate() {
            if Some(place) != implied {
                query.and(text, args.clone());
            }
        }
    }

    /// A walk whose index gives whole rows in order.
    fn direct(&self, tx: &mut Tx, arm: &Condition, (order, after, limit): Asked<'_>) -> Result<Vec<UnitRow>> {
        let mut query = self.base(&format!("SELECT {UNIT_COLUMNS} FROM stock_unit unit"), true);
        query.and(&arm.0, arm.1.clone());
        query.and_some(order.after(after));
        let sql = format!("{}{} LIMIT {limit}", query.text(), order.by("unit."));
        tx.all(sql.as_str(), query.args())
    }

    /// The keys of a page by walking one index for each arm, merged. `cap` bounds the steps: the conditions are then
    /// looked at after so many rows were stepped over.
    fn walk(&self, arms: &[Condition], (order, after, limit): Asked<'_>, cap: Option<u32>) -> Text {
        let head = match cap {
            None => format!("SELECT {} FROM stock_unit unit", order.columns()),
            Some(_) => format!("SELECT {} FROM stock_unit unit", self.walked(order)),
        };
        let mut base = self.base(&head, cap.is_none());
        base.and_some(order.after(after));
        // Every arm shares the arguments of what is common to all.
        let mut args = base.args().to_vec();
        let texts: Vec<String> = arms
            .iter()
            .map(|(condition, values)| {
                format!("{} AND {}", base.text(), numbered(condition, &mut args, values.iter().cloned()))
            })
            .collect();
        let bound = cap.unwrap_or(limit);
        let by = order.by(if texts.len() == 1 { "unit." } else { "" });
        let merged = format!("{}{by} LIMIT {bound}", texts.join(" UNION ALL "));
        if cap.is_none() {
            return Text { sql: merged, args };
        }
        let mut outer = Query::with_args(format!("SELECT {} FROM ({merged}) unit", order.columns()), args);
        self.constrain(&mut outer);
        Text { sql: format!("{}{} LIMIT {limit}", outer.text(), order.by("unit.")), args: outer.args().to_vec() }
    }

    /// The columns of a bounded walk.
    fn walked(&self, order: &Order) -> String {
        let asks = |name: &str| {
            order.0.iter().any(|(column, _)| *column == name)
                || self.within == Within::Reach && matches!(name, "unit.custodian_id" | "unit.organization_id")
                || self.conditions.iter().any(|(text, _)| text.contains(name))
        };
        WALKED.iter().copied().filter(|name| asks(name)).collect::<Vec<_>>().join(", ")
    }

    /// Custodian and activity as conditions, for ways in that are not walks; hidden from the planner where an index on
    /// them would only mislead.
    fn narrowed(&self, query: &mut Query, way: &Narrow) {
        query.and(&way.condition.0, way.condition.1.clone());
        match (self.active, way.active) {
            (Some(active), true) => query.and(&format!("unit.active = {}", i64::from(active)), []),
            (Some(active), false) => query.and(&format!("+unit.active = {}", i64::from(active)), []),
            (None, true) => query.and("unit.active IN (0, 1)", []),
            (None, false) => query,
        };
        if let Within::Few(custodians) = &self.within {
            let marks = vec!["?"; custodians.len()].join(", ");
            let condition = if way.active {
                format!("unit.custodian_id IN ({marks})")
            } else {
                format!("CASE WHEN unit.custodian_id IN ({marks}) THEN 1 ELSE 0 END = 1")
            };
            query.and(&condition, custodians.iter().map(|id| Value::Uuid(*id)));
        }
    }

    /// The keys of a page from the narrow side.
    fn narrow(&self, driver: &Driver, (order, after, limit): Asked<'_>) -> Text {
        let (inner, args) = self.narrow_rows(driver, &order.columns());
        let mut outer = Query::with_args(format!("SELECT {} FROM ({inner}) unit", order.columns()), args);
        outer.and_some(order.after(after));
        Text { sql: format!("{}{} LIMIT {limit}", outer.text(), order.by("unit.")), args: outer.args().to_vec() }
    }

    fn narrow_rows(&self, driver: &Driver, columns: &str) -> (String, Vec<Value>) {
        let mut args = Vec::new();
        let mut texts = Vec::new();
        for way in &driver.ways {
            let head = format!("SELECT {columns} FROM stock_unit unit");
            let mut query = Query::with_args(head, std::mem::take(&mut args));
            query.and("unit.organization_id = ?", [Value::Uuid(self.viewer.organization)]);
            self.narrowed(&mut query, way);
            self.constrain_but(&mut query, driver.implied);
            texts.push(query.text());
            args = query.args().to_vec();
        }
        // UNION drops what two ways found; the limit keeps an engine from walking an index of the outer order instead.
        (if texts.len() == 1 { format!("{} LIMIT 9999999", texts[0]) } else { texts.join(" UNION ") }, args)
    }

    fn is_small(&self, tx: &mut Tx, driver: &Driver) -> Result<bool> {
        if driver.size == Size::Large {
            return Ok(false);
        }
        let mut left = i64::from(NARROW_CAP);
        // What few people hold is small enough whatever it is, if an index finds it with its custodian.
        let few = match &self.within {
            Within::Few(custodians) if !driver.held => {
                crate::stock::held_about(tx, self.viewer.organization, custodians)? <= HELD_CAP
                    && self.active == Some(true)
            }
            _ => false,
        };
        for way in driver.ways.iter().filter(|way| !(few && way.active)) {
            let mut query = Query::new("SELECT 1 FROM stock_unit unit");
            query.and("unit.organization_id = ?", [Value::Uuid(self.viewer.organization)]);
            query.and(&way.condition.0, way.condition.1.clone());
            if way.active {
                match self.active {
                    Some(active) => query.and(&format!("unit.active = {}", i64::from(active)), []),
                    None => query.and("unit.active IN (0, 1)", []),
                };
            }
            let sql = format!("SELECT COUNT(*) FROM ({} LIMIT {left}) counted", query.text());
            left -= tx.one::<(i64,)>(sql.as_str(), query.args())?.map_or(0, |(n,)| n);
            if left <= 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rows of a page of keys, in the same order.
    fn fetch(&self, tx: &mut Tx, mut text: Text, order: &Order) -> Result<Vec<UnitRow>> {
        text.args.push(Value::Uuid(self.viewer.organization));
        let sql = format!(
            "SELECT {UNIT_COLUMNS} FROM ({}) page JOIN stock_unit unit ON unit.organization_id = ${} AND unit.id = page.id{}",
            text.sql,
            text.args.len(),
            order.by("page.")
        );
        tx.all(sql.as_str(), &text.args)
    }

    /// How many rows there are in all pages.
    pub fn count(&self, tx: &mut Tx) -> Result<i64> {
        if matches!(&self.within, Within::Few(custodians) if custodians.is_empty()) {
            return Ok(0);
        }
        if let Some(driver) = &self.driver {
            let (rows, args) = self.narrow_rows(driver, ID);
            return Query::with_args(format!("SELECT id FROM ({rows}) narrowed"), args).count(tx);
        }
        let mut query = self.base("SELECT unit.id FROM stock_unit unit", true);
        if let Some(active) = self.active {
            query.and(&format!("unit.active = {}", i64::from(active)), []);
        }
        if let Within::Few(custodians) = &self.within {
            query.any_of("unit.custodian_id", custodians.iter().map(|id| Value::Uuid(*id)).collect());
        }
        query.count(tx)
    }
}

/// What the counters can tell without looking at a unit.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Of these items; empty for all.
    pub items: Vec<Uuid>,
    /// In these states; empty for all.
    pub states: Vec<i64>,
    /// On a shelf, or not; None for both.
    pub facility_stock: Option<bool>,
}

const TOTALS: &str = concat!("SELECT COALESCE(SUM(counter.n), 0) FROM (", crate::totals_now!(), ") counter");

/// How many units there are, from the counters: those of custodians, or of their items when some are named.
pub fn counted(tx: &mut Tx, viewer: Viewer, within: &Within, what: &Counted) -> Result<i64> {
    let organization = Value::Uuid(viewer.organization);
    let mut query = if what.items.is_empty() {
        Query::with_args(TOTALS, vec![organization])
    } else {
        let mut query = Query::new("SELECT COALESCE(SUM(counter.n), 0) FROM stock_counter counter");
        query.and("counter.organization_id = ?", [organization]);
        query.any_of("counter.catalog_item_id", what.items.iter().map(|id| Value::Uuid(*id)).collect());
        query
    };
    match within {
        Within::Everyone => {}
        Within::Few(custodians) => {
            query.any_of("counter.custodian_id", custodians.iter().map(|id| Value::Uuid(*id)).collect());
        }
        Within::Reach => {
            query.and_some(crate::reach::condition(
                viewer,
                crate::reach::Side::Custody,
                domain::people::Level::See,
                "counter.custodian_id",
            ));
        }
    }
    if !what.states.is_empty() {
        query.any_of("counter.state", what.states.iter().map(|state| Value::Int(*state)).collect());
    }
    if let Some(shelf) = what.facility_stock {
        query.and("counter.facility_stock = ?", [Value::Int(i64::from(shelf))]);
    }
    let sql = query.text();
    Ok(tx.one::<(i64,)>(sql.as_str(), query.args())?.map_or(0, |(n,)| n))
}

/// The order of a page: its columns with their directions, the id once and last.
struct Order(Vec<(&'static str, bool)>);

const ID: &str = "unit.id";
const LOT: &str = "unit.lot_key";

impl Order {
    /// Sorting by when units were made is sorting by their ids, and nothing comes after the id.
    fn new(sorts: &[Sort]) -> Self {
        let mut keys = Vec::with_capacity(sorts.len() + 1);
        for sort in sorts {
            keys.push((sort.column, sort.descending));
            if sort.column == ID {
                return Self(keys);
            }
        }
        let falls = sorts.last().is_some_and(|sort| sort.descending);
        keys.push((ID, falls));
        Self(keys)
    }

    fn first(&self) -> &'static str {
        self.0[0].0
    }

    /// Whether the index of a walk holds this order already.
    fn is_walked(&self) -> bool {
        match self.0.as_slice() {
            [_] => true,
            [(column, falls), (_, also)] => *column == "unit.expires_key" && falls == also,
            _ => false,
        }
    }

    /// How two rows stand to each other.
    fn compare(&self, a: &UnitRow, b: &UnitRow) -> std::cmp::Ordering {
        let each = self.0.iter().map(|(column, falls)| {
            let order = match *column {
                "unit.expires_key" => a.expires_key.cmp(&b.expires_key),
                "unit.lot_key" => a.lot_key.cmp(&b.lot_key),
                _ => a.id.cmp(&b.id),
            };
            if *falls { order.reverse() } else { order }
        });
        each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    }

    fn columns(&self) -> String {
        self.0.iter().map(|(column, _)| *column).collect::<Vec<_>>().join(", ")
    }

    /// ` ORDER BY …`, with another table's name in front of the columns, or none.
    fn by(&self, table: &str) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(column, falls)| {
                let name = column.trim_start_matches("unit.");
                format!("{table}{name}{}", if *falls { " DESC" } else { "" })
            })
            .collect();
        format!(" ORDER BY {}", parts.join(", "))
    }

    /// The condition of coming after a row.
    fn after(&self, keyset: Option<&Keyset>) -> Option<Condition> {
        let Some(keyset) = keyset else {
            // True of every row: it keeps an engine on the index of lots, whose order is most of what is asked for.
            return (self.first() == LOT).then(|| ("unit.lot_key >= ''".to_owned(), Vec::new()));
        };
        let values = &keyset.0[..self.0.len()];
        let falls = self.0[0].1;
        if self.0.iter().all(|(_, descending)| *descending == falls) {
            let marks = vec!["?"; self.0.len()].join(", ");
            let sign = if falls { "<" } else { ">" };
            return Some((format!("({}) {sign} ({marks})", self.columns()), values.to_vec()));
        }
        // The first column alone bounds the walk: an engine does not read that out of the alternatives.
        let mut args = vec![values[0].clone()];
        let mut arms = Vec::new();
        for place in 0..self.0.len() {
            let mut arm: Vec<String> = self.0[..place].iter().map(|(column, _)| format!("{column} = ?")).collect();
            args.extend(values[..=place].iter().cloned());
            let (column, descending) = self.0[place];
            arm.push(format!("{column} {} ?", if descending { "<" } else { ">" }));
            arms.push(format!("({})", arm.join(" AND ")));
        }
        let bound = if falls { "<=" } else { ">=" };
        Some((format!("{} {bound} ? AND ({})", self.first(), arms.join(" OR ")), args))
    }
}
