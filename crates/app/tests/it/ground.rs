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
        let organization = ground.organization;
        ground
            .edit(
                "INSERT INTO catalog_manufacturer (organization_id, id, name, name_key, email, billed_as_organization, \
                archived_at, version) VALUES ($1, $2, 'Orthex', 'orthex', '', 0, NULL, 1)",
                vec![Value::Uuid(organization), Value::Uuid(ground.manufacturer)],
            )
            .await;
        ground
            .edit(
                "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, \
                description_key, kind, list_price_minor, cost_minor, udi_di, reusable, par_level, geography, gtins, archived_at, \
                version, created_at) VALUES ($1, $2, $3, 'CUP-52', 'cup52', 'Acetabular cup 52', 'acetabular cup 52', \
                'device', 125000, NULL, '', 0, NULL, '[]', '[]', NULL, 1, 0)",
                vec![Value::Uuid(organization), Value::Uuid(ground.item), Value::Uuid(ground.manufacturer)],
            )
            .await;
        ground.customer(ground.customer, "Mercy Health").await;
        ground.location(ground.location, ground.customer, "Mercy Main").await;
        ground
    }

    pub fn id(&self) -> Uuid {
        let n = self.ids.fetch_add(1, Ordering::SeqCst);
        Uuid::from_u128((0x0193_u128 << 112) | u128::from(n))
    }

    /// One statement, in a unit of work of its own.
    pub async fn edit(&self, sql: &'static str, values: Vec<Value>) {
        self.work(move |tx| tx.exec(sql, &values).map(drop)).await;
    }

    pub async fn work<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> store::Result<T> + Send + Sync + 'static) -> T {
        self.app.db().write(f).await.expect("a unit of work")
    }

    /// Seals everything.
    pub async fn seal(&self) {
        let organization = self.organization;
        self.work(move |tx| store::journal::seal(tx, organization, 10_000)).await;
    }

    pub async fn customer(&self, id: Uuid, name: &'static str) {
        self.edit(
            "INSERT INTO directory_customer (organization_id, id, number, number_key, name, name_key, kind, rep_key, terms_key, \
            basis_date, billing_status, billing_rank, billing_status_reason, locations_count, billing_address, shipping_address, \
            phone, email, contacts, external_ids, tags, note, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $3, $4, \
            'hospital', '', '', '', 'good', 0, '', 1, '{}', '{}', '', '', '[]', '{}', '[]', '', 1, 0, 0)",
            vec![
                Value::Uuid(self.organization),
                Value::Uuid(id),
                Value::Text(name.into()),
                Value::Text(domain::text::fold(name)),
            ],
        )
        .await;
    }

    pub async fn location(&self, id: Uuid, customer: Uuid, name: &'static str) {
        self.edit(
            "INSERT INTO directory_location (organization_id, id, customer_id, code, code_key, name, name_key, sort_key, kind, \
            time_zone, address, phone, contacts, delivery_instructions, sales_rep_mode, rep_key, external_ids, tags, version, \
            created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $4, $5, $5, 'hospital', 'America/Chicago', '{}', '', '[]', '', \
            'inherit', '', '{}', '[]', 1, 0, 0)",
            vec![
                Value::Uuid(self.organization),
                Value::Uuid(id),
                Value::Uuid(customer),
                Value::Text(name.into()),
                Value::Text(domain::text::fold(name)),
            ],
        )
        .await;
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
        let (organization, event, location, customer) = (self.organization, self.id(), self.location, self.customer);
        let day = Day::parse(day).unwrap();
        let starts_at = day.starts_in("America/Chicago").plus_seconds(8 * 3600).0;
        let number = self.ids.fetch_add(1, Ordering::SeqCst) as i64;
        let representative = representative.uuid();
        self.work(move |tx| {
            tx.exec(
                "INSERT INTO event (organization_id, id, number, type, status, name, name_auto, representative_id, location_id, \
                customer_id, physician_id, procedure_id, starts_at, ends_at, time_zone, day, patient_reference, note, \
                facility_stock, total_minor, lines_count, prices_edited, revision, submitted_at, submitted_by, hold_released, \
                closed_reason, created_by, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, 'Hip, Dr Ochoa', 1, $6, $7, $8, NULL, \
                NULL, $9, $9, 'America/Chicago', $10, 'PATIENT-1', '', 0, 125000, 1, 0, 1, NULL, NULL, 0, '', $6, $9, $9, 1)",
                args![
                    organization,
                    event,
                    number,
                    kind,
                    status,
                    representative,
                    location,
                    customer,
                    starts_at,
                    i64::from(day.0)
                ],
            )?;
            tx.exec(
                "INSERT INTO event_person (organization_id, event_id, user_id, role, split_bp, starts_at) \
                VALUES ($1, $2, $3, 'rep', NULL, $4)",
                args![organization, event, representative, starts_at],
            )
            .map(drop)
        })
        .await;
        event
    }

    /// A unit on an event.
    pub async fn line(&self, event: Uuid, unit: Uuid, open: bool) -> Uuid {
        let (organization, item, manufacturer, line) = (self.organization, self.item, self.manufacturer, self.id());
        self.work(move |tx| {
            tx.exec(
                "INSERT INTO event_line (organization_id, event_id, id, unit_id, catalog_item_id, manufacturer_id, usage, \
                unit_price_minor, price_source, no_charge, amount_minor, facility_stock, reusable, custodian_id, note, expiry_reason, \
                open) SELECT $1, $2, $3, $4, $5, $6, 'implanted', 125000, 'list', 0, 125000, 0, 0, custodian_id, '', '', $7 FROM stock_unit \
                WHERE organization_id = $1 AND id = $4",
                args![organization, event, line, unit, item, manufacturer, open],
            )
            .map(drop)
        })
        .await;
        if open {
            self.moves(unit, move |it| it.event = Some(EventId::from_uuid(event))).await;
        }
        line
    }

    /// A sales order that counts, with the figures of its customer.
    pub async fn order(&self, event: Uuid, representative: UserId, day: &str, total: i64) -> Uuid {
        let (organization, order, location, customer) = (self.organization, self.id(), self.location, self.customer);
        let day = i64::from(Day::parse(day).unwrap().0);
        let (representative, number) = (representative.uuid(), format!("SO-{}", order.as_u128() & 0xffff));
        self.work(move |tx| {
            tx.exec(
                "INSERT INTO billing_sales_order (organization_id, id, number, revision, event_id, event_type, customer_id, \
                location_id, representative_id, submitted_on, shipped_on, delivered_on, total_minor, net_minor, terms, status, counts, \
                document, issued_at, version) \
                VALUES ($1, $2, $3, 1, $4, 'case', $5, $6, $7, $8, NULL, NULL, $9, $9, '{}', 'open', 1, '{}', 0, 1)",
                args![organization, order, number, event, customer, location, representative, day, total],
            )?;
            for place in [location, Uuid::nil()] {
                tx.exec(
                    "INSERT INTO billing_customer_day (organization_id, customer_id, location_id, day, orders_count, \
                    orders_total_minor) VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (organization_id, customer_id, location_id, day) \
                    DO UPDATE SET orders_count = billing_customer_day.orders_count + 1, \
                    orders_total_minor = billing_customer_day.orders_total_minor + excluded.orders_total_minor",
                    args![organization, customer, place, day, total],
                )?;
            }
            Ok(())
        })
        .await;
        order
    }

    /// A unit put on the shelf of the location, as sold.
    pub async fn shelve(&self, unit: Uuid) {
        let location = self.location;
        self.moves(unit, move |it| it.facility_stock = Some(LocationId::from_uuid(location))).await;
    }
}
