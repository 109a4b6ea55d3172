//! Ground for tests that read: a catalog, a facility, units, transfers, events and orders, put down through the storage
//! with their journal, without the use cases of other rooms.

use app::{App, Ctx};
use domain::clock::{Day, Instant};
use domain::id::{EventId, LocationId, TransferId, UserId};
use domain::stock::{Custodian, UnitKind};
use std::sync::atomic::{AtomicU64, Ordering};
use store::journal::{Change, Entry, Movement};
use store::stock::{Extras, NewUnit};
use store::{Tx, Value, args};
use testkit::World;
use uuid::Uuid;

/// Ids of what every ground has.
pub struct Ground {
    pub app: App,
    pub organization: Uuid,
    pub admin: Uuid,
    pub manufacturer: Uuid,
    pub item: Uuid,
    pub customer: Uuid,
    pub location: Uuid,
    pub now: Instant,
    ids: AtomicU64,
}

/// The day of an event without a day of its own.
pub const TODAY: &str = "2026-11-22";

impl Ground {
    /// A manufacturer with one item, a customer with one location.
    pub async fn lay(world: &World) -> Self {
        let admin = world.admin().await;
        let id = |n: u128| Uuid::from_u128((0x0192_u128 << 112) | n);
        let ground = Self {
            app: world.app.clone(),
            organization: world.organization,
            admin: admin.actor.id.uuid(),
            manufacturer: id(1),
            item: id(2),
            customer: id(3),
            location: id(4),
            now: admin.now,
            ids: AtomicU64::new(100),
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let maker =
            vec![("id", Value::Uuid(ground.manufacturer)), ("name", text("Orthex")), ("name_key", text("orthex"))];
        ground.put("catalog_manufacturer", maker).await;
        let item = vec![
            ("id", Value::Uuid(ground.item)),
            ("manufacturer_id", Value::Uuid(ground.manufacturer)),
            ("number", text("CUP-52")),
            ("number_key", text("cup52")),
            ("description", text("Acetabular cup 52")),
            ("kind", text("device")),
        ];
        ground.put("catalog_item", item).await;
        ground.customer(ground.customer, "Mercy Health").await;
        ground.location(ground.location, ground.customer, "Mercy Main").await;
        ground
    }

    pub fn id(&self) -> Uuid {
        let n = self.ids.fetch_add(1, Ordering::SeqCst);
        // UUIDv7: the millisecond in front, as the house makes them.
        Uuid::from_u128(((self.now.0 / 1000) as u128) << 80 | (7 << 76) | u128::from(n))
    }

    /// One statement, in a unit of work of its own.
    pub async fn edit(&self, sql: &'static str, values: Vec<Value>) {
        self.work(move |tx| tx.exec(sql, &values).map(drop)).await;
    }

    pub async fn work<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> store::Result<T> + Send + Sync + 'static) -> T {
        self.app.db().write(f).await.expect("a unit of work")
    }

    /// Puts a row down: columns that must hold something and are not named hold nothing, 0 or nobody.
    pub async fn put(&self, table: &'static str, columns: Vec<(&'static str, Value)>) {
        let (sql, values) = insertion(self.organization, table, columns);
        self.work(move |tx| tx.exec(sql.as_str(), &values).map(drop)).await;
    }

    /// Seals everything.
    pub async fn seal(&self) {
        let organization = self.organization;
        self.work(move |tx| store::journal::seal(tx, organization, 10_000)).await;
    }

    pub async fn customer(&self, id: Uuid, name: &str) {
        let text = |text: &str| Value::Text(text.to_owned());
        let (key, number) = (domain::text::fold(name), text(name));
        let columns = vec![
            ("id", Value::Uuid(id)),
            ("number", number.clone()),
            ("number_key", number),
            ("name", text(name)),
            ("name_key", text(&key)),
            ("billing_status", text("good")),
        ];
        self.put("directory_customer", columns).await;
    }

    pub async fn location(&self, id: Uuid, customer: Uuid, name: &str) {
        let text = |text: &str| Value::Text(text.to_owned());
        let key = domain::text::fold(name);
        let columns = vec![
            ("id", Value::Uuid(id)),
            ("customer_id", Value::Uuid(customer)),
            ("code", text(name)),
            ("code_key", text(&key)),
            ("name", text(name)),
            ("name_key", text(&key)),
            ("time_zone", text("America/Chicago")),
            ("sales_rep_mode", text("inherit")),
        ];
        self.put("directory_location", columns).await;
    }

    fn entry(&self, kind: &'static str, movements: Vec<Movement>, changes: Vec<Change>, subjects: Vec<Uuid>) -> Entry {
        Entry {
            id: self.id(),
            at: self.now.0,
            actor: self.admin,
            on_behalf_of: None,
            kind,
            reason: String::new(),
            source: "api",
            request_id: "test".into(),
            movements,
            changes,
            subjects,
        }
    }

    /// An entry that only says that something happened.
    pub async fn note(&self, kind: &'static str, subject: Uuid) -> Uuid {
        let organization = self.organization;
        let change = Change { subject, field: "note".into(), old: Some("before".into()), new: Some("after".into()) };
        let entry = self.entry(kind, vec![], vec![change], vec![subject]);
        let id = entry.id;
        self.work(move |tx| store::journal::append(tx, organization, &entry)).await;
        id
    }

    /// A unit in somebody's custody.
    pub async fn unit(&self, custodian: &Ctx, serial: &str, expires_on: Option<&str>, shelf: bool) -> Uuid {
        let unit = NewUnit {
            id: self.id(),
            kind: UnitKind::Device,
            catalog_item: self.item,
            manufacturer: self.manufacturer,
            lot: "L-77".into(),
            lot_key: "l77".into(),
            serial: serial.into(),
            serial_key: domain::text::identifier_key(serial),
            udi: String::new(),
            expires_on: expires_on.map(|day| Day::parse(day).unwrap()),
            manufactured_on: None,
            custodian: Custodian::user(custodian.actor.id),
            facility_stock_location: shelf.then_some(self.location),
            place: None,
            container: None,
            reusable: false,
            due_back_on: None,
            tags: "[]".into(),
            note: String::new(),
            sold_event: None,
        };
        let (organization, now, id) = (self.organization, self.now.0, unit.id);
        let entry = self.entry("unit_created", vec![], vec![], vec![]);
        self.work(move |tx| {
            let mut entry = entry.clone();
            entry.movements.push(store::stock::insert_unit(tx, organization, &unit, now)?);
            store::journal::append(tx, organization, &entry)
        })
        .await;
        id
    }

    /// Moves a unit as the closure says.
    pub async fn moves(&self, unit: Uuid, how: impl Fn(&mut domain::stock::Unit) + Send + Sync + 'static) {
        let (organization, now) = (self.organization, self.now.0);
        let entry = self.entry("unit_moved", vec![], vec![], vec![]);
        self.work(move |tx| {
            let row = store::stock::lock_unit(tx, organization, unit)?.expect("the unit");
            let mut after = row.facts();
            how(&mut after);
            let mut entry = entry.clone();
            entry.movements.push(store::stock::move_unit(tx, organization, &row, &after, &Extras::default(), now)?);
            store::journal::append(tx, organization, &entry)
        })
        .await;
    }

    /// A pending transfer of one unit.
    pub async fn transfer(&self, from: &Ctx, to: &Ctx, unit: Uuid) -> Uuid {
        let (organization, transfer, now) = (self.organization, self.id(), self.now.0);
        let (from, to) = (from.actor.id.uuid(), to.actor.id.uuid());
        self.work(move |tx| {
            tx.exec(
                "INSERT INTO stock_transfer (organization_id, id, from_type, from_id, to_type, to_id, status, note, due_back_on, \
                place_id, event_id, units_count, created_by, created_at, decided_by, decided_at, decline_reason, version) \
                VALUES ($1, $2, 'user', $3, 'user', $4, 'pending', '', NULL, NULL, NULL, 1, $3, $5, NULL, NULL, NULL, 1)",
                args![organization, transfer, from, to, now],
            )?;
            tx.exec(
                "INSERT INTO stock_transfer_line (organization_id, transfer_id, unit_id, status, reason) \
                VALUES ($1, $2, $3, 'pending', '')",
                args![organization, transfer, unit],
            )
            .map(drop)
        })
        .await;
        self.moves(unit, move |it| it.transfer = Some(TransferId::from_uuid(transfer))).await;
        transfer
    }

    /// An event of a representative at the location, on a day.
    pub async fn event(&self, representative: UserId, kind: &'static str, status: &'static str, day: &str) -> Uuid {
        let day = Day::parse(day).unwrap();
        let starts_at = Value::Int(day.starts_in("America/Chicago").plus_seconds(8 * 3600).0);
        let event = self.id();
        let text = |text: &str| Value::Text(text.to_owned());
        let columns = vec![
            ("id", Value::Uuid(event)),
            ("number", Value::Int(self.ids.fetch_add(1, Ordering::SeqCst) as i64)),
            ("type", text(kind)),
            ("status", text(status)),
            ("name", text("Hip, Dr Ochoa")),
            ("representative_id", Value::Uuid(representative.uuid())),
            ("location_id", Value::Uuid(self.location)),
            ("customer_id", Value::Uuid(self.customer)),
            ("starts_at", starts_at.clone()),
            ("ends_at", starts_at.clone()),
            ("time_zone", text("America/Chicago")),
            ("day", Value::Int(i64::from(day.0))),
            ("patient_reference", text("PATIENT-1")),
            ("total_minor", Value::Int(125_000)),
            ("lines_count", Value::Int(1)),
        ];
        self.put("event", columns).await;
        let mut party = vec![
            ("event_id", Value::Uuid(event)),
            ("user_id", Value::Uuid(representative.uuid())),
            ("role", text("rep")),
        ];
        if has_column("event_person", "starts_at") {
            party.push(("starts_at", starts_at));
        }
        self.put("event_person", party).await;
        event
    }

    /// A unit on an event.
    pub async fn line(&self, event: Uuid, unit: Uuid, open: bool) -> Uuid {
        let (organization, line) = (self.organization, self.id());
        let holder =
            self.work(move |tx| Ok(store::stock::unit(tx, organization, unit)?.expect("the unit").custodian_id)).await;
        let text = |text: &str| Value::Text(text.to_owned());
        let columns = vec![
            ("event_id", Value::Uuid(event)),
            ("id", Value::Uuid(line)),
            ("unit_id", Value::Uuid(unit)),
            ("catalog_item_id", Value::Uuid(self.item)),
            ("manufacturer_id", Value::Uuid(self.manufacturer)),
            ("usage", text("implanted")),
            ("unit_price_minor", Value::Int(125_000)),
            ("price_source", text("list")),
            ("custodian_id", Value::Uuid(holder)),
            ("open", Value::Int(i64::from(open))),
        ];
        self.put("event_line", columns).await;
        if open {
            self.moves(unit, move |it| it.event = Some(EventId::from_uuid(event))).await;
        }
        line
    }

    /// A sales order that counts, with the figures of its customer.
    pub async fn order(&self, event: Uuid, representative: UserId, day: &str, total: i64) -> Uuid {
        let (organization, order, location, customer) = (self.organization, self.id(), self.location, self.customer);
        let day = Day::parse(day).unwrap();
        let text = |text: &str| Value::Text(text.to_owned());
        let mut columns = vec![
            ("id", Value::Uuid(order)),
            ("number", Value::Text(format!("SO-{}", order.as_u128() & 0xffff))),
            ("revision", Value::Int(1)),
            ("event_id", Value::Uuid(event)),
            ("event_type", text("case")),
            ("customer_id", Value::Uuid(customer)),
            ("location_id", Value::Uuid(location)),
            ("representative_id", Value::Uuid(representative.uuid())),
            ("submitted_on", Value::Int(i64::from(day.0))),
            ("total_minor", Value::Int(total)),
            ("status", text("open")),
            ("counts", Value::Int(1)),
        ];
        if has_column("billing_sales_order", "net_minor") {
            columns.push(("net_minor", Value::Int(total)));
        }
        self.put("billing_sales_order", columns).await;
        self.work(move |tx| store::directory::add_order_figures(tx, organization, customer, location, day, 1, total))
            .await;
        order
    }

    /// A unit put on the shelf of the location, as sold.
    pub async fn shelve(&self, unit: Uuid) {
        let location = self.location;
        self.moves(unit, move |it| it.facility_stock = Some(LocationId::from_uuid(location))).await;
    }
}

/// The columns of a table as the schema has them: (name, type word, may be null).
fn schema(table: &str) -> Vec<(String, String, bool)> {
    let begin = format!("CREATE TABLE {table} (");
    let sql = store::MIGRATIONS.iter().map(|it| it.sql).find(|sql| sql.contains(&begin)).expect("a known table");
    let body = sql.split(&begin).nth(1).and_then(|rest| rest.split("\n)").next()).expect("a whole table");
    body.lines()
        .map(str::trim)
        .filter(|line| line.contains('{'))
        .map(|line| {
            let mut words = line.split_whitespace();
            let (name, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let kind = kind.trim_matches(|c: char| !c.is_alphabetic());
            (name.to_owned(), kind.to_owned(), !line.contains("NOT NULL"))
        })
        .collect()
}

pub fn has_column(table: &str, column: &str) -> bool {
    schema(table).iter().any(|(name, ..)| name == column)
}

fn insertion(organization: Uuid, table: &'static str, columns: Vec<(&'static str, Value)>) -> (String, Vec<Value>) {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, kind, may_be_null) in schema(table) {
        let given = columns.iter().find(|(column, _)| *column == name).map(|(_, value)| value.clone());
        let value = match (given, kind.as_str()) {
            (Some(value), _) => value,
            (None, _) if may_be_null => continue,
            (None, "uuid") if name == "organization_id" => Value::Uuid(organization),
            (None, "uuid") => Value::Uuid(Uuid::nil()),
            (None, "text") => Value::Text(String::new()),
            (None, _) => Value::Int(0),
        };
        names.push(name);
        values.push(value);
    }
    assert!(
        columns.iter().all(|(name, _)| names.iter().any(|known| known == name)),
        "unknown column of {table}: {columns:?}"
    );
    let marks: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
    (format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), marks.join(", ")), values)
}
