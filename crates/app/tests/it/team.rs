//! People around a distributor, and units to pass between them.

use crate::ground::Ground;
use app::{Ctx, Error};
use contract::transfers::{AcceptTransfer, CreateTransfer, CreatedTransfer, Transfer};
use contract::units::{CreateUnits, Unit};
use contract::{CustodianRef, ListParams};
use domain::id::{CatalogItemId, Id, TransferId, UnitId};
use domain::people::Role;
use domain::stock::Custodian;
use store::{Tx, Value, args};
use testkit::World;
use uuid::Uuid;

/// The Lind group: Dana leads Bob and Ann; Cy is on his own; a hub; a regional manager of Bob and Dana.
pub struct Team {
    pub world: World,
    pub ground: Ground,
    pub admin: Ctx,
    pub ops: Ctx,
    pub dana: Ctx,
    pub ann: Ctx,
    pub bob: Ctx,
    pub cy: Ctx,
    pub hub: Ctx,
    pub rita: Ctx,
    pub fred: Ctx,
}

/// The code of an error, for comparisons.
pub fn code<T: std::fmt::Debug>(result: app::Result<T>) -> String {
    match result.expect_err("it is refused") {
        Error::NotFound(field) => field.map_or_else(|| "not_found".into(), |field| format!("not_found:{field}")),
        Error::Forbidden { code, .. } => format!("403:{code}"),
        Error::Conflict { code, .. } => format!("409:{code}"),
        Error::Invalid { code, .. } => format!("422:{code}"),
        Error::Stale(_) => "412".into(),
        other => format!("{other:?}"),
    }
}

pub fn person(ctx: &Ctx) -> CustodianRef {
    Custodian::user(ctx.actor.id).into()
}

/// The same person, who believes in a version.
pub fn believing(ctx: &Ctx, version: i64) -> Ctx {
    let mut ctx = ctx.clone();
    ctx.expected_version = Some(version);
    ctx
}

pub fn office(ctx: &Ctx) -> CustodianRef {
    Custodian::organization(ctx.organization.id).into()
}

pub fn params(filters: &[(&str, &str)]) -> ListParams {
    let mut params = ListParams::default();
    for (name, value) in filters {
        match *name {
            "q" => params.q = Some((*value).into()),
            "sort" => params.sort = Some((*value).into()),
            "limit" => params.limit = Some(value.parse().unwrap()),
            "cursor" => params.cursor = Some((*value).into()),
            "count" => params.count = true,
            _ => {
                params.filters.insert((*name).into(), (*value).into());
            }
        }
    }
    params
}

impl Team {
    pub async fn meet(world: World) -> Self {
        let ground = Ground::lay(&world).await;
        let admin = world.admin().await;
        let ops = world.person(Role::Operations, "Olga Office").await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Bob Lind").await;
        let cy = world.person(Role::Sales, "Cy Okoye").await;
        let hub = world.person(Role::Distributor, "West Hub").await;
        let rita = world.person(Role::RegionalManager, "Rita Region").await;
        let fred = world.person(Role::FacilityManager, "Fred Facility").await;
        let (org, region) = (world.organization, ground.id());
        let ids = [&dana, &ann, &bob, &hub, &rita].map(|ctx| ctx.actor.id.uuid());
        ground
            .work(move |tx| {
                let [dana, ann, bob, hub, rita] = ids;
                for rep in [ann, bob] {
                    tx.exec(
                        "INSERT INTO people_representative (organization_id, distributor_id, sales_id, hub) VALUES ($1, $2, $3, 0)",
                        args![org, dana, rep],
                    )?;
                }
                tx.exec(
                    "UPDATE people_user SET custodian_only = 1 WHERE organization_id = $1 AND id = $2",
                    args![org, hub],
                )?;
                tx.exec(
                    "INSERT INTO people_region (organization_id, id, name, name_key, manager_id, states, version) \
                     VALUES ($1, $2, 'West', 'west', $3, '[]', 1)",
                    args![org, region, rita],
                )?;
                for subject in [dana, bob] {
                    tx.exec(
                        "UPDATE people_user SET region_id = $3 WHERE organization_id = $1 AND id = $2",
                        args![org, subject, region],
                    )?;
                }
                store::people::refresh_reach(tx, org)
            })
            .await;
        let hub = world.again(&hub).await;
        Self { world, ground, admin, ops, dana, ann, bob, cy, hub, rita, fred }
    }

    /// Dana pools her custody with her group, or stops doing so.
    pub async fn share(&self, yes: bool) {
        let (org, dana) = (self.world.organization, self.dana.actor.id.uuid());
        self.ground
            .work(move |tx| {
                tx.exec(
                    "UPDATE people_user SET shares_inventory = $3 WHERE organization_id = $1 AND id = $2",
                    args![org, dana, yes],
                )?;
                store::people::refresh_reach(tx, org)
            })
            .await;
    }

    pub async fn set(&self, column: &'static str, user: &Ctx, value: Value) {
        let (org, user) = (self.world.organization, user.actor.id.uuid());
        self.ground
            .work(move |tx| {
                let sql = format!("UPDATE people_user SET {column} = $3 WHERE organization_id = $1 AND id = $2");
                tx.exec(sql.as_str(), &[Value::Uuid(org), Value::Uuid(user), value.clone()])?;
                store::people::refresh_reach(tx, org)
            })
            .await;
    }

    pub async fn settings(&self, json: &'static str) {
        let org = self.world.organization;
        self.ground
            .work(move |tx| {
                tx.exec("UPDATE organization SET settings = $2 WHERE organization_id = $1", args![org, json]).map(drop)
            })
            .await;
    }

    pub fn item(&self) -> CatalogItemId {
        Id::from_uuid(self.ground.item)
    }

    /// A device identifier of the item, so many to a package.
    pub async fn identifier(&self, identifier: &'static str, quantity: i64) {
        let (org, item) = (self.world.organization, self.ground.item);
        self.ground
            .edit(
                "INSERT INTO catalog_identifier (organization_id, identifier, catalog_item_id, quantity) VALUES ($1, $2, $3, $4)",
                vec![Value::Uuid(org), Value::Text(identifier.into()), Value::Uuid(item), Value::Int(quantity)],
            )
            .await;
    }

    /// A container as an item of the catalog.
    pub async fn container_item(&self) -> CatalogItemId {
        let (org, maker, id) = (self.world.organization, self.ground.manufacturer, self.ground.id());
        self.ground
            .edit(
                "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, \
                 description_key, kind, list_price_minor, cost_minor, udi_di, reusable, par_level, geography, gtins, archived_at, \
                 version, created_at) VALUES ($1, $2, $3, 'TRAY-1', 'tray1', 'Hip tray', 'hip tray', 'container', NULL, NULL, \
                 '', 1, NULL, '[]', '[]', NULL, 1, 0)",
                vec![Value::Uuid(org), Value::Uuid(id), Value::Uuid(maker)],
            )
            .await;
        Id::from_uuid(id)
    }

    pub fn some(&self, quantity: u32) -> CreateUnits {
        CreateUnits { catalog_item_id: Some(self.item()), quantity: Some(quantity), ..CreateUnits::default() }
    }

    /// Units in somebody's custody, made by the office.
    pub async fn stock(&self, custodian: CustodianRef, quantity: u32) -> Vec<UnitId> {
        let body = CreateUnits { custodian: Some(custodian), ..self.some(quantity) };
        let made = self.write(&self.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
        made.items.into_iter().map(|unit| unit.id).collect()
    }

    pub async fn write<T: Send + 'static>(
        &self,
        who: &Ctx,
        f: impl Fn(&Ctx, &mut Tx) -> app::Result<T> + Send + Sync + 'static,
    ) -> app::Result<T> {
        let mut now = self.world.again(who).await;
        now.expected_version = who.expected_version;
        self.world.app.write(&now, f).await
    }

    pub async fn read<T: Send + 'static>(
        &self,
        who: &Ctx,
        f: impl FnOnce(&Ctx, &mut Tx) -> app::Result<T> + Send + 'static,
    ) -> app::Result<T> {
        let who = self.world.again(who).await;
        self.world.app.read(&who, f).await
    }

    pub async fn unit(&self, id: UnitId) -> Unit {
        self.read(&self.admin, move |ctx, tx| app::units::get(ctx, tx, id)).await.unwrap()
    }

    /// The units that somebody's list holds.
    pub async fn list(&self, who: &Ctx, filters: &[(&str, &str)]) -> Vec<UnitId> {
        let params = params(filters);
        let page = self.read(who, move |ctx, tx| app::unit_lists::list(ctx, tx, &params)).await.unwrap();
        page.items.into_iter().map(|unit| unit.id).collect()
    }

    pub async fn send(
        &self,
        who: &Ctx,
        from: CustodianRef,
        to: CustodianRef,
        units: &[UnitId],
    ) -> app::Result<CreatedTransfer> {
        let body = CreateTransfer {
            from: Some(from),
            to,
            unit_ids: units.to_vec(),
            note: String::new(),
            due_back_on: None,
            place_id: None,
            event_id: None,
            only_for_this_person: false,
        };
        self.write(who, move |ctx, tx| app::transfers::create(ctx, tx, &body)).await
    }

    pub async fn accept(&self, who: &Ctx, id: TransferId) -> app::Result<Transfer> {
        self.write(who, move |ctx, tx| app::transfers::accept(ctx, tx, id, &AcceptTransfer::default())).await
    }

    pub async fn decline(&self, who: &Ctx, id: TransferId) -> app::Result<Transfer> {
        self.write(who, move |ctx, tx| app::transfers::decline(ctx, tx, id, "wrong size")).await
    }

    /// How many notices of a kind somebody has.
    pub async fn notices(&self, who: &Ctx, kind: &'static str) -> i64 {
        let (org, user) = (self.world.organization, who.actor.id.uuid());
        self.count(
            "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND user_id = $2 AND kind = $3",
            vec![Value::Uuid(org), Value::Uuid(user), Value::Text(kind.into())],
        )
        .await
    }

    pub async fn count(&self, sql: &'static str, args: Vec<Value>) -> i64 {
        self.ground.work(move |tx| Ok(tx.one::<(i64,)>(sql, &args)?.map_or(0, |(n,)| n))).await
    }

    /// Custody, states, chains and counters agree everywhere.
    pub async fn sound(&self) {
        self.sound_of(self.world.organization).await;
    }

    /// The same of another organisation on the server.
    pub async fn sound_of(&self, org: Uuid) {
        let problems = self.ground.work(move |tx| unsound(tx, org)).await;
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

/// What breaks an invariant of stock: each line names one.
fn unsound(tx: &mut Tx, org: Uuid) -> store::Result<Vec<String>> {
    let mut problems = Vec::new();
    let units = tx.all::<(Uuid, i64)>("SELECT id, moves FROM stock_unit WHERE organization_id = $1", args![org])?;
    let mut counted = std::collections::BTreeMap::<(Uuid, Uuid, i64, bool), i64>::new();
    for (id, moves) in units {
        let row = store::stock::unit(tx, org, id)?.expect("a row");
        let facts = row.facts();
        if facts.state().stored() != row.state {
            problems.push(format!("{id}: state {} is not what follows", row.state));
        }
        *counted
            .entry((row.custodian_id, row.catalog_item_id, row.state, facts.facility_stock.is_some()))
            .or_default() += 1;
        let steps = store::journal::movements_of_unit(tx, org, id)?;
        if steps.len() as i64 != moves || steps.iter().enumerate().any(|(at, step)| step.seq != at as i64 + 1) {
            problems.push(format!("{id}: the steps have a gap"));
        }
        for pair in steps.windows(2) {
            if pair[1].from_custodian_id != Some(pair[0].to_custodian_id)
                || pair[1].from_state != Some(pair[0].to_state)
                || pair[1].from_location_id != pair[0].to_location_id
            {
                problems.push(format!("{id}: step {} does not begin where the one before ended", pair[1].seq));
            }
        }
        let last = steps.last().expect("a first step");
        if (last.to_custodian_id, last.to_state, last.to_location_id)
            != (row.custodian_id, row.state, row.facility_stock_location_id)
        {
            problems.push(format!("{id}: the row is not where its last step ended"));
        }
        let pending = tx.all::<(Uuid,)>(
            "SELECT transfer_id FROM stock_transfer_line WHERE organization_id = $1 AND unit_id = $2 AND status = 'pending'",
            args![org, id],
        )?;
        if pending.iter().map(|(id,)| *id).collect::<Vec<_>>() != row.transfer_id.into_iter().collect::<Vec<_>>() {
            problems.push(format!("{id}: pending lines and the unit's transfer differ"));
        }
        if let Some(container) = row.container_id {
            let outer = store::stock::unit(tx, org, container)?.expect("the container");
            if outer.custodian_id != row.custodian_id || outer.transfer_id != row.transfer_id {
                problems.push(format!("{id}: its container is elsewhere"));
            }
        }
    }
    let stored = tx.all::<(Uuid, Uuid, i64, bool, i64)>(
        "SELECT custodian_id, catalog_item_id, state, facility_stock, n FROM stock_counter WHERE organization_id = $1 AND n <> 0",
        args![org],
    )?;
    let stored: std::collections::BTreeMap<_, _> =
        stored.into_iter().map(|(who, item, state, shelf, n)| ((who, item, state, shelf), n)).collect();
    if stored != counted {
        problems.push(format!("counters {stored:?} are not the rows {counted:?}"));
    }
    Ok(problems)
}
