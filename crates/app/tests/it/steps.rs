//! How many rows lists step over, on 100,000 units and 20,000 customers: a plan alone does not tell. SQLite counts for us.

use crate::team::{Team, params, person};
use app::Ctx;
use contract::directory::CreateCustomer;
use domain::people::Role;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Value, args};
use testkit::World;
use uuid::Uuid;

const UNITS: u32 = 100_000;
const CUSTOMERS: u32 = 20_000;
/// Holders of units, each with a row of neighbours: what one viewer reaches lies together, far from what another does.
const HOLDERS: u32 = 80;
/// Steps of SQLite's machine, some ten for each row that is looked at and left. A page that is found by walking the right
/// index; all units of the fixture would be a million and more.
const A_PAGE: u64 = 200_000;
/// A page by a filter of which nobody can tell beforehand whether it is frequent: see `store::unit_list`.
const A_SEARCH: u64 = 600_000;
/// The same where what matches lies together, far from where the walk begins, for somebody who reaches three in four.
const A_REACH: u64 = 1_200_000;

/// Steps and the dearest statement since the last look.
#[derive(Clone, Default)]
struct Steps(Arc<AtomicU64>, Arc<Mutex<(u64, String)>>);

impl Steps {
    fn options(&self) -> db::Options {
        let Self(sum, most) = self.clone();
        let watch = db::Watch(Arc::new(move |run| {
            sum.fetch_add(run.steps, Ordering::Relaxed);
            let mut most = most.lock().unwrap();
            if run.steps > most.0 {
                *most = (run.steps, run.sql.chars().take(400).collect());
            }
        }));
        db::Options { watch: Some(watch), unit_limit: Duration::from_secs(300), ..db::Options::default() }
    }

    fn take(&self) -> (u64, String) {
        let (_, text) = std::mem::take(&mut *self.1.lock().unwrap());
        (self.0.swap(0, Ordering::Relaxed), text)
    }
}

/// Rows of a table made from one of its rows, with other values in some columns: expressions on `n` and on `old`.
async fn multiply(team: &Team, table: &'static str, rows: u32, row: String, columns: Vec<(&'static str, String)>) {
    team.ground
        .work(move |tx| {
            let sql = format!("SELECT name FROM pragma_table_info('{table}')");
            let names: Vec<String> = tx.all::<(String,)>(sql.as_str(), args![])?.into_iter().map(|(it,)| it).collect();
            let value = |name: &String| {
                let other = columns.iter().find(|(column, _)| column == name);
                other.map_or_else(|| format!("old.{name}"), |(_, text)| text.clone())
            };
            let values: Vec<String> = names.iter().map(value).collect();
            let sql = format!(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows}) \
                 INSERT INTO {table} ({}) SELECT {} FROM numbers CROSS JOIN {table} old WHERE {row}",
                names.join(", "),
                values.join(", ")
            );
            tx.exec(sql.as_str(), args![]).map(drop)
        })
        .await;
}

/// An id that is a number, as an expression.
fn id(family: &str, number: &str) -> String {
    format!("unhex(printf('{family}%028x', {number}))")
}

fn hex(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}

struct Viewers {
    team: Team,
    steps: Steps,
    /// Reaches 60 of the holders: too many to merge.
    many: Ctx,
}

async fn fixture() -> (Viewers, tempfile::TempDir) {
    let (url, folder) = testkit::sqlite();
    let steps = Steps::default();
    let team = Team::meet(World::begin(url, steps.options()).await).await;
    let many = team.world.person(Role::Distributor, "Mo Many").await;
    let unit = team.stock(person(&team.ann), 1).await[0].uuid();
    let (item, maker) = (team.ground.item, team.ground.manufacturer);

    let other = |what: &str| format!("'{what} ' || n");
    let maker_columns = vec![("id", id("0195", "n")), ("name", other("Maker")), ("name_key", other("maker"))];
    multiply(&team, "catalog_manufacturer", 10, format!("old.id = {}", hex(maker)), maker_columns).await;
    let item_columns = vec![
        ("id", id("0194", "n")),
        ("manufacturer_id", id("0195", "n % 10 + 1")),
        ("number", other("ITM")),
        ("number_key", "'itm' || n".into()),
        ("description", "CASE n % 4 WHEN 0 THEN 'screw' ELSE 'plate' END || ' ' || n".into()),
    ];
    multiply(&team, "catalog_item", 200, format!("old.id = {}", hex(item)), item_columns).await;
    team.ground
        .work(|tx| {
            // One in four is a screw; "plate 4…" are a few.
            tx.exec(
                "INSERT INTO search_token (organization_id, kind, token, subject_id) \
                 SELECT organization_id, 'cat', substr(description, 1, 5), id FROM catalog_item WHERE number_key LIKE 'itm%'",
                args![],
            )?;
            tx.exec(
                "INSERT INTO search_token (organization_id, kind, token, subject_id) \
                 SELECT organization_id, 'cat', substr(description, 7), id FROM catalog_item WHERE number_key LIKE 'itm%'",
                args![],
            )
        })
        .await;
    let user = hex(team.ann.actor.id.uuid());
    let user_columns = vec![("id", id("0196", "n")), ("email", "'h' || n || '@test.example'".into())];
    multiply(&team, "people_user", HOLDERS, format!("old.id = {user}"), user_columns).await;
    let own = hex(team.ann.actor.id.uuid());
    let unit_columns = vec![
        ("id", id("0193", "n")),
        ("catalog_item_id", id("0194", "n / 40 % 200 + 1")),
        ("manufacturer_id", id("0195", "(n / 40 % 200 + 1) % 10 + 1")),
        ("lot", "'L' || (n / 20)".into()),
        ("lot_key", "'l' || (n / 20)".into()),
        ("serial", "CASE WHEN n % 10 = 0 THEN 'SN' || n ELSE '' END".into()),
        ("serial_key", "CASE WHEN n % 10 = 0 THEN 'sn' || n ELSE '' END".into()),
        ("expires_on", "20000 + n * 7919 % 2000".into()),
        ("expires_key", "20000 + n * 7919 % 2000".into()),
        ("state", "CASE WHEN n % 97 = 0 THEN 2 WHEN n % 41 = 0 THEN 4 ELSE 0 END".into()),
        ("active", "CASE WHEN n % 97 <> 0 AND n % 41 = 0 THEN 0 ELSE 1 END".into()),
        ("hold_reason", "CASE WHEN n % 97 = 0 THEN 'look' END".into()),
        ("reusable", "CASE WHEN n % 500 = 0 THEN 1 ELSE 0 END".into()),
        (
            "custodian_id",
            format!(
                "CASE WHEN n % 50 = 7 THEN {own} ELSE {} END",
                id("0196", &format!("n * {HOLDERS} / {} + 1", UNITS + 1))
            ),
        ),
    ];
    multiply(&team, "stock_unit", UNITS, format!("old.id = {}", hex(unit)), unit_columns).await;

    let body = CreateCustomer { name: "Mercy Template".into(), ..serde_json::from_str("{\"name\": \"\"}").unwrap() };
    let made = team.write(&team.ops, move |ctx, tx| app::directory::customers::create(ctx, tx, body.clone())).await;
    let customer = hex(made.unwrap().id.uuid());
    let own_id = id("0197", "n");
    let customer_columns = vec![
        ("id", own_id.clone()),
        ("number", other("C")),
        ("number_key", "printf('%08d', n)".into()),
        ("name_key", "'mercy ' || (n * 7919 % 20000)".into()),
        (
            "default_sales_rep_id",
            format!("CASE WHEN n % 5 = 0 THEN {} END", id("0196", &format!("n * {HOLDERS} / {} + 1", CUSTOMERS + 1))),
        ),
        ("rep_key", "'rep ' || (n % 80)".into()),
        ("created_at", "n".into()),
        ("updated_at", "n".into()),
    ];
    multiply(&team, "directory_customer", CUSTOMERS, format!("old.id = {customer}"), customer_columns).await;
    let figure_columns = vec![
        ("subject_id", own_id.clone()),
        ("orders_count", "n * 31 % 7".into()),
        ("orders_total_minor", "n * 31 % 7 * 1000".into()),
        ("last_order_on", "CASE WHEN n * 31 % 7 = 0 THEN 0 ELSE 20000 + n * 7919 % 700 END".into()),
    ];
    multiply(&team, "directory_figure", CUSTOMERS, format!("old.subject_id = {customer}"), figure_columns).await;
    let standing_columns = vec![("subject_id", own_id), ("open_minor", "n * 7 % 1000".into())];
    multiply(&team, "directory_standing", CUSTOMERS, format!("old.subject_id = {customer}"), standing_columns).await;
    // One in ten is found by its words.
    let token_columns = vec![("subject_id", id("0197", "n * 10"))];
    multiply(&team, "search_token", CUSTOMERS / 10, format!("old.subject_id = {customer}"), token_columns).await;

    let (org, actor) = (team.world.organization, many.actor.id.uuid());
    team.ground
        .work(move |tx| {
            tx.exec(
                "INSERT INTO people_reach (organization_id, actor_id, subject_id, person, custody) SELECT $1, $2, id, 2, 2 \
                 FROM people_user WHERE organization_id = $1 AND email LIKE 'h%@test.example' AND id > $3 LIMIT 60",
                &[Value::Uuid(org), Value::Uuid(actor), Value::Uuid(Uuid::from_u128(0x0196 << 112 | 10))],
            )
        })
        .await;
    let bob = hex(team.bob.actor.id.uuid());
    team.ground
        .work(move |tx| {
            let sql = format!(
                "INSERT INTO people_reach (organization_id, actor_id, subject_id, person, custody) \
                 SELECT organization_id, {bob}, id, 3, 3 FROM people_user WHERE email = 'h7@test.example'"
            );
            tx.exec(sql.as_str(), args![])
        })
        .await;
    (Viewers { team, steps, many }, folder)
}

impl Viewers {
    /// What takes too many steps: each filter with each sort, the first page and the next.
    async fn dear<T: Send + 'static>(
        &self,
        filters: &[&[(&str, &str)]],
        sorts: &[&str],
        most: impl Fn(&str, &[(&str, &str)]) -> u64,
        list: impl Fn(&Ctx, &mut app::Tx, &contract::ListParams) -> app::Result<contract::Page<T>> + Copy + Send + 'static,
    ) -> Vec<String> {
        let mut dear = Vec::new();
        let team = &self.team;
        let who = [("office", &team.ops), ("rep", &team.bob), ("many", &self.many), ("few", &team.ann)];
        for (name, who) in who {
            for (filter, sort) in filters.iter().flat_map(|filter| sorts.iter().map(move |sort| (filter, sort))) {
                let mut asked = params(filter);
                asked.sort = Some((*sort).to_owned());
                for page in 1..=2 {
                    self.steps.take();
                    let now = asked.clone();
                    let found = self.team.read(who, move |ctx, tx| list(ctx, tx, &now)).await.unwrap();
                    let (steps, text) = self.steps.take();
                    if steps > most(name, filter) {
                        dear.push(format!("{name} {filter:?} {sort}, page {page}: {steps} steps\n  {text}"));
                    }
                    let Some(cursor) = found.next_cursor else { break };
                    asked.cursor = Some(cursor);
                }
            }
        }
        dear
    }
}

#[test]
fn lists_step_over_few_rows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (viewers, _folder) = fixture().await;
        let maker = domain::id::ManufacturerId::from_uuid(Uuid::from_u128(0x0195 << 112 | 3)).to_string();
        let item = domain::id::CatalogItemId::from_uuid(Uuid::from_u128(0x0194 << 112 | 8)).to_string();
        let holder = domain::id::UserId::from_uuid(Uuid::from_u128(0x0196 << 112 | 20)).to_string();
        let filters: &[&[(&str, &str)]] = &[
            &[],
            &[("state", "available")],
            &[("state", "on_hold")],
            &[("active", "false")],
            &[("active", "all")],
            &[("manufacturer_id", &maker)],
            &[("catalog_item_id", &item)],
            &[("custodian_id", &holder)],
            &[("lot", "L77")],
            &[("serial", "SN500")],
            &[("expires_before", "2025-01-10")],
            &[("facility_stock", "true")],
            &[("reusable", "true")],
            &[("kind", "container")],
            &[("q", "L77")],
            &[("q", "screw")],
            &[("q", "plate 41")],
            &[("q", "screw 8 l5")],
            &[("scope", "mine")],
            &[("count", "true")],
        ];
        let sorts = ["created_at", "-created_at", "expires_on", "-expires_on", "lot", "-lot", "lot,-expires_on"];
        let search = |name: &str, filter: &[(&str, &str)]| {
            let walked = filter.iter().all(|(name, _)| matches!(*name, "active" | "scope" | "count" | "custodian_id"));
            match (walked, name) {
                (true, _) => A_PAGE,
                (false, "many") => A_REACH,
                (false, _) => A_SEARCH,
            }
        };
        let mut dear = viewers.dear(filters, &sorts, search, app::unit_lists::list).await;
        let filters: &[&[(&str, &str)]] =
            &[&[], &[("q", "mercy")], &[("billing_status", "good")], &[("orders_count_from", "3")]];
        let sorts = [
            "name",
            "-name",
            "number",
            "orders_total",
            "-orders_count",
            "last_order_on",
            "billing_status",
            "default_sales_rep",
            "-updated_at",
            "engagement",
            "tasks_open",
        ];
        dear.extend(viewers.dear(filters, &sorts, |_, _| A_SEARCH, app::directory::customers::list).await);
        assert!(dear.is_empty(), "{} lists take too many steps:\n{}", dear.len(), dear.join("\n"));
    });
}
