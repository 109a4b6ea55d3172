//! A scene for tests of events: two manufacturers, two items, a customer with two locations in different time zones, people
//! and the units they answer for. At the end the whole organisation must still prove itself.

use app::{App, Ctx, Error, Result, Tx};
use contract::events::{AddLines, AddPurchaseOrder, CreateEvent, Event, SubmitEvent};
use domain::clock::{Day, Instant};
use domain::event::{EventStatus, EventType, Usage};
use domain::id::{EventId, Id, LocationId, OrganizationId, UnitId, UserId};
use domain::stock::{Custodian, UnitKind};
use std::sync::atomic::{AtomicU64, Ordering};
use store::journal::Entry;
use store::stock::NewUnit;
use store::{Value, args};
use testkit::World;
use uuid::Uuid;

/// Ids of what every scene has.
pub struct Scene {
    pub world: World,
    pub app: App,
    pub org: Uuid,
    pub admin: Ctx,
    /// Bills through the organisation.
    pub maker: Uuid,
    /// Bills in its own name.
    pub own_maker: Uuid,
    /// Of `maker`, list price 1,000.00.
    pub item: Uuid,
    /// Of `own_maker`, list price 400.00.
    pub own_item: Uuid,
    /// Of `maker`, without any price, reusable.
    pub tool: Uuid,
    pub customer: Uuid,
    /// In Chicago.
    pub mercy: LocationId,
    /// In New York.
    pub east: LocationId,
    pub physician: Uuid,
    ids: AtomicU64,
}

/// Everybody's clock stands at this noon in UTC.
pub const TODAY: &str = "2026-11-22";

/// A case on a day at ten in the morning in Chicago.
pub fn at(day: &str) -> Instant {
    Instant(Day::parse(day).unwrap().starts_in("America/Chicago").0 + 10 * 3_600_000_000)
}

/// The code of a refusal.
pub fn code<T>(result: Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Conflict { code, .. } | Error::Forbidden { code, .. } | Error::Invalid { code, .. }) => code,
        Err(Error::NotFound(_)) => "not_found",
        Err(Error::Stale(_)) => "stale",
        Err(Error::Outdated { code, .. }) => code,
        Err(other) => panic!("{other:?}"),
    }
}

impl Scene {
    pub async fn set(world: World) -> Self {
        let admin = world.admin().await;
        let id = |n: u128| Uuid::from_u128((0x0192_u128 << 112) | n);
        let scene = Self {
            app: world.app.clone(),
            org: world.organization,
            admin,
            maker: id(1),
            own_maker: id(2),
            item: id(3),
            own_item: id(4),
            tool: id(5),
            customer: id(6),
            mercy: Id::from_uuid(id(7)),
            east: Id::from_uuid(id(8)),
            physician: id(9),
            ids: AtomicU64::new(100),
            world,
        };
        for (maker, name, by_organization) in [(scene.maker, "Orthex", 1), (scene.own_maker, "Spinal", 0)] {
            scene
                .sql(
                    "INSERT INTO catalog_manufacturer (organization_id, id, name, name_key, email, billed_as_organization, \
                     archived_at, version) VALUES ($1, $2, $3, $3, '', $4, NULL, 1)",
                    args![scene.org, maker, name, by_organization],
                )
                .await;
        }
        for (item, maker, number, price, reusable) in [
            (scene.item, scene.maker, "CUP-52", Some(100_000), false),
            (scene.own_item, scene.own_maker, "ROD-9", Some(40_000), false),
            (scene.tool, scene.maker, "DRIVER-1", None, true),
        ] {
            scene
                .sql(
                    "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, \
                     description_key, kind, list_price_minor, cost_minor, udi_di, gtins, reusable, par_level, geography, archived_at, \
                     version, created_at) VALUES ($1, $2, $3, $4, $5, $4, $5, 'device', $6, NULL, '', '[]', $7, NULL, '', NULL, 1, 0)",
                    args![scene.org, item, maker, number, domain::text::identifier_key(number), price, reusable],
                )
                .await;
        }
        scene
            .sql(
                "INSERT INTO directory_customer (organization_id, id, number, number_key, name, name_key, kind, \
                 parent_customer_id, default_sales_rep_id, rep_key, payment_terms_id, terms_key, basis_date, billing_status, \
                 billing_rank, billing_status_reason, credit_limit_minor, price_list_id, locations_count, billing_address, \
                 shipping_address, phone, email, contacts, external_ids, tags, note, archived_at, version, created_at, updated_at) \
                 VALUES ($1, $2, 'C-1', 'c1', 'Mercy Health', 'mercy health', 'hospital', NULL, NULL, '', NULL, '', '', 'good', 0, \
                 '', NULL, NULL, 2, '{}', '{}', '', '', '[]', '{}', '[]', '', NULL, 1, 0, 0)",
                args![scene.org, scene.customer],
            )
            .await;
        for (place, name, zone) in
            [(scene.mercy, "Mercy Main", "America/Chicago"), (scene.east, "Mercy East", "America/New_York")]
        {
            scene
                .sql(
                    "INSERT INTO directory_location (organization_id, id, customer_id, code, code_key, name, name_key, sort_key, \
                     kind, time_zone, address, phone, contacts, delivery_instructions, price_list_id, sales_rep_mode, \
                     sales_rep_id, effective_rep_id, rep_key, external_ids, tags, archived_at, version, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $4, $5, $5, 'hospital', $6, '{}', '', '[]', '', NULL, 'inherit', NULL, NULL, '', \
                     '{}', '[]', NULL, 1, 0, 0)",
                    args![scene.org, place.uuid(), scene.customer, name, domain::text::fold(name), zone],
                )
                .await;
        }
        let (org, customer, places) = (scene.org, scene.customer, [scene.mercy.uuid(), scene.east.uuid()]);
        let begin = move |tx: &mut Tx| -> store::Result<()> {
            use store::directory::{figures, standing};
            figures::begin(tx, org, figures::CUSTOMER, customer)?;
            standing::begin(tx, org, figures::CUSTOMER, customer)?;
            for place in places {
                figures::begin(tx, org, figures::LOCATION, place)?;
                standing::begin(tx, org, figures::LOCATION, place)?;
            }
            Ok(())
        };
        scene.app.db().write(begin).await.expect("rows of figures");
        scene
            .sql(
                "INSERT INTO directory_physician (organization_id, id, name, name_key, npi, archived_at, version) \
                 VALUES ($1, $2, 'Dr Ruiz', 'dr ruiz', '', NULL, 1)",
                args![scene.org, scene.physician],
            )
            .await;
        scene
    }

    /// One statement, in a unit of work of its own.
    pub async fn sql(&self, sql: &'static str, values: &[Value]) {
        let values = values.to_vec();
        self.app.db().write(move |tx| -> store::Result<()> { tx.exec(sql, &values).map(drop) }).await.expect(sql);
    }

    /// Numbers that a statement finds.
    pub async fn numbers(&self, sql: &'static str, values: &[Value]) -> Vec<i64> {
        let values = values.to_vec();
        let rows = self.app.db().read(move |tx| tx.all::<(i64,)>(sql, &values)).await;
        rows.expect(sql).into_iter().map(|(n,)| n).collect()
    }

    /// Changes the customer as the office does.
    pub async fn set_customer(&self, change: serde_json::Value) {
        let patch: contract::directory::PatchCustomer = serde_json::from_value(change).expect("a change");
        let id = Id::from_uuid(self.customer);
        let admin = self.world.again(&self.admin).await;
        self.run(&admin, move |ctx, tx| app::directory::customers::patch(ctx, tx, id, patch.clone()))
            .await
            .expect("a change of the customer");
    }

    /// The customer as somebody sees it.
    pub async fn seen_customer(&self, ctx: &Ctx) -> contract::directory::Customer {
        let id = Id::from_uuid(self.customer);
        let read =
            move |ctx: &Ctx, tx: &mut Tx| app::directory::customers::get(ctx, tx, id, domain::engagement::Window::All);
        self.app.read(ctx, read).await.expect("the customer")
    }

    /// Runs a use case.
    pub async fn run<T: Send + 'static>(
        &self,
        ctx: &Ctx,
        f: impl Fn(&Ctx, &mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.app.write(ctx, f).await
    }

    /// Somebody of a role, assigned to both locations and the physician.
    pub async fn person(&self, role: domain::people::Role, name: &str) -> Ctx {
        let person = self.world.person(role, name).await;
        for (kind, target) in
            [("location", self.mercy.uuid()), ("location", self.east.uuid()), ("physician", self.physician)]
        {
            self.assign(&person, kind, target).await;
        }
        person
    }

    pub async fn assign(&self, person: &Ctx, kind: &str, target: Uuid) {
        self.sql(
            "INSERT INTO people_assignment (organization_id, user_id, kind, target_id, commission_bp) \
             VALUES ($1, $2, $3, $4, NULL)",
            args![self.org, person.actor.id.uuid(), kind, target],
        )
        .await;
    }

    /// Links a rep to a distributor, who shares or not.
    pub async fn link(&self, distributor: &Ctx, rep: &Ctx, shares: bool) {
        let (org, distributor, rep) = (self.org, distributor.actor.id.uuid(), rep.actor.id.uuid());
        self.app
            .db()
            .write(move |tx| -> store::Result<()> {
                tx.exec(
                    "INSERT INTO people_representative (organization_id, distributor_id, sales_id, hub) VALUES ($1, $2, $3, 0)",
                    args![org, distributor, rep],
                )?;
                tx.exec(
                    "UPDATE people_user SET shares_inventory = $3 WHERE organization_id = $1 AND id = $2",
                    args![org, distributor, shares],
                )?;
                store::people::refresh_reach(tx, org)
            })
            .await
            .expect("a link");
    }

    /// A region of a manager with these people in it.
    pub async fn region(&self, manager: &Ctx, people: &[&Ctx]) {
        let (org, region, manager) = (self.org, self.id(), manager.actor.id.uuid());
        let people: Vec<Uuid> = people.iter().map(|it| it.actor.id.uuid()).collect();
        self.app
            .db()
            .write(move |tx| -> store::Result<()> {
                tx.exec(
                    "INSERT INTO people_region (organization_id, id, name, name_key, manager_id, states, version) \
                     VALUES ($1, $2, 'North', 'north', $3, '[]', 1)",
                    args![org, region, manager],
                )?;
                for person in &people {
                    tx.exec(
                        "UPDATE people_user SET region_id = $3 WHERE organization_id = $1 AND id = $2",
                        args![org, *person, region],
                    )?;
                }
                store::people::refresh_reach(tx, org)
            })
            .await
            .expect("a region");
    }

    /// Units of an item in the organisation's own stock.
    pub async fn warehouse(&self, item: Uuid, count: u32) {
        self.run(&self.admin, move |ctx, tx| {
            let body = contract::units::CreateUnits {
                catalog_item_id: Some(Id::from_uuid(item)),
                quantity: Some(count),
                ..contract::units::CreateUnits::default()
            };
            app::units::create(ctx, tx, body)
        })
        .await
        .expect("own stock");
    }

    fn id(&self) -> Uuid {
        let n = self.ids.fetch_add(1, Ordering::SeqCst);
        Uuid::from_u128((0x0193_u128 << 112) | u128::from(n))
    }

    /// Units of an item in somebody's custody.
    pub async fn units(&self, item: Uuid, whose: &Ctx, count: usize, expires_on: Option<&str>) -> Vec<UnitId> {
        let kind = if item == self.tool { UnitKind::Device } else { UnitKind::Pack };
        self.make(item, kind, item == self.tool, whose, count, expires_on).await
    }

    /// One container in somebody's custody.
    pub async fn container(&self, whose: &Ctx) -> UnitId {
        self.make(self.tool, UnitKind::Container, true, whose, 1, None).await[0]
    }

    async fn make(
        &self,
        item: Uuid,
        kind: UnitKind,
        reusable: bool,
        whose: &Ctx,
        count: usize,
        expires_on: Option<&str>,
    ) -> Vec<UnitId> {
        let manufacturer = if item == self.own_item { self.own_maker } else { self.maker };
        let (org, now, custodian) = (self.org, self.admin.now.0, Custodian::user(whose.actor.id));
        let expires_on = expires_on.map(|day| Day::parse(day).unwrap());
        let ids: Vec<Uuid> = (0..count).map(|_| self.id()).collect();
        let made = ids.clone();
        let (entry, actor) = (self.id(), self.admin.actor.id.uuid());
        self.app
            .db()
            .write(move |tx| -> store::Result<()> {
                let mut movements = Vec::new();
                for id in &ids {
                    let unit = NewUnit {
                        id: *id,
                        kind,
                        catalog_item: item,
                        manufacturer,
                        lot: "L-77".into(),
                        lot_key: "l77".into(),
                        serial: String::new(),
                        serial_key: String::new(),
                        udi: String::new(),
                        expires_on,
                        manufactured_on: None,
                        custodian,
                        facility_stock_location: None,
                        place: None,
                        container: None,
                        reusable,
                        due_back_on: None,
                        tags: "[]".into(),
                        note: String::new(),
                        sold_event: None,
                    };
                    movements.push(store::stock::insert_unit(tx, org, &unit, now)?);
                }
                let entry = Entry {
                    id: entry,
                    at: now,
                    actor,
                    on_behalf_of: None,
                    kind: "unit_created",
                    reason: String::new(),
                    source: "api",
                    request_id: "test".into(),
                    movements,
                    changes: Vec::new(),
                    subjects: Vec::new(),
                };
                store::journal::append(tx, org, &entry)
            })
            .await
            .expect("units");
        made.into_iter().map(Id::from_uuid).collect()
    }

    /// An agreed price of a location.
    pub async fn agree(&self, owner: Uuid, item: Uuid, minor: i64) {
        self.sql(
            "INSERT INTO directory_price (organization_id, owner_id, catalog_item_id, valid_from, valid_to, price_minor) \
             VALUES ($1, $2, $3, 0, 9999999, $4)",
            args![self.org, owner, item, minor],
        )
        .await;
    }

    /// What a plain event needs.
    pub fn plan(&self, kind: EventType, whose: &Ctx, place: LocationId) -> CreateEvent {
        CreateEvent {
            r#type: kind,
            name: String::new(),
            representative_id: Some(whose.actor.id),
            sub_representatives: Vec::new(),
            location_id: Some(place),
            physician_id: None,
            procedure_id: None,
            starts_at: at(TODAY),
            ends_at: None,
            time_zone: None,
            manufacturer_ids: Vec::new(),
            product_line_ids: Vec::new(),
            container_ids: Vec::new(),
            patient_reference: String::new(),
            note: String::new(),
            print_note: String::new(),
        }
    }

    pub async fn create(&self, ctx: &Ctx, plan: CreateEvent) -> Result<Event> {
        self.run(ctx, move |ctx, tx| app::events::plan::create(ctx, tx, plan.clone())).await
    }

    /// An event of a representative at a location, planned by themselves.
    pub async fn event(&self, kind: EventType, whose: &Ctx, place: LocationId) -> Event {
        self.create(whose, self.plan(kind, whose, place)).await.expect("an event")
    }

    pub async fn mark(&self, ctx: &Ctx, event: EventId, units: &[UnitId]) -> Result<Event> {
        self.mark_as(ctx, event, units, None, "").await
    }

    pub async fn mark_as(
        &self,
        ctx: &Ctx,
        event: EventId,
        units: &[UnitId],
        usage: Option<Usage>,
        reason: &str,
    ) -> Result<Event> {
        let lines = AddLines {
            unit_ids: units.to_vec(),
            usage,
            accept_expired_reason: reason.into(),
            note: if reason.is_empty() { String::new() } else { "noted".into() },
        };
        let added = self.run(ctx, move |ctx, tx| app::events::lines::add(ctx, tx, event, lines.clone())).await?;
        assert_eq!(added.items.len(), units.len());
        Ok(added.event)
    }

    pub async fn submit(&self, ctx: &Ctx, event: EventId) -> Result<Event> {
        self.run(ctx, move |ctx, tx| app::events::settle::submit(ctx, tx, event, &SubmitEvent::default())).await
    }

    pub async fn order(&self, ctx: &Ctx, event: EventId, number: &str, maker: Option<Uuid>) -> Result<EventStatus> {
        let order = AddPurchaseOrder {
            number: number.into(),
            manufacturer_id: maker.map(Id::from_uuid),
            amount_minor: None,
            file_id: None,
        };
        let added = self.run(ctx, move |ctx, tx| app::billing::orders::add(ctx, tx, event, order.clone())).await?;
        Ok(added.event_status)
    }

    pub async fn get(&self, ctx: &Ctx, event: EventId) -> Result<Event> {
        self.app.read(ctx, move |ctx, tx| app::events::get(ctx, tx, event)).await
    }

    /// (state, active, shelf, custodian) of a unit.
    pub async fn unit(&self, unit: UnitId) -> (i64, bool, Option<LocationId>, UserId) {
        let org = self.org;
        let row = self.app.db().read(move |tx| store::stock::unit(tx, org, unit.uuid())).await.unwrap().unwrap();
        let shelf = row.facility_stock_location_id.map(Id::from_uuid);
        (row.state, row.active, shelf, Id::from_uuid(row.custodian_id))
    }

    /// (orders, amount) of the customer over all days.
    pub async fn figures(&self) -> (i64, i64) {
        let whole = [Value::Uuid(self.org), Value::Uuid(self.customer), Value::Uuid(Uuid::nil())];
        let sums = |sql| self.numbers(sql, &whole);
        let count = sums(
            "SELECT COALESCE(SUM(orders_count), 0) FROM billing_customer_day \
             WHERE organization_id = $1 AND customer_id = $2 AND location_id = $3",
        );
        let total = sums(
            "SELECT COALESCE(SUM(orders_total_minor), 0) FROM billing_customer_day \
             WHERE organization_id = $1 AND customer_id = $2 AND location_id = $3",
        );
        (count.await[0], total.await[0])
    }

    /// What people earned with an event and did not lose again: (whom, how much).
    pub async fn earned(&self, event: EventId) -> Vec<(UserId, i64)> {
        let org = self.org;
        let rows = self.app.db().read(move |tx| store::billing::commissions(tx, org, event.uuid())).await.unwrap();
        let mut sums: Vec<(UserId, i64)> = Vec::new();
        for row in rows.into_iter().filter(|row| row.state != "reversed") {
            let whom = Id::from_uuid(row.user_id);
            match sums.iter_mut().find(|(user, _)| *user == whom) {
                Some((_, sum)) => *sum += row.amount_minor,
                None => sums.push((whom, row.amount_minor)),
            }
        }
        sums.retain(|(_, sum)| *sum != 0);
        sums
    }

    /// The journal, the tables and the counters agree.
    pub async fn prove(&self) {
        let report = self.app.verify(OrganizationId::from_uuid(self.org), |_| {}).await.expect("a report");
        assert_eq!(report.differences, []);
    }
}
