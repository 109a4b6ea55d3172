//! Items that are one: everything that names the one names the other, and taking it back leaves no trace.

use crate::directory::body;
use crate::team::{Team, code, office, params, person};
use app::{Ctx, item_merges, item_twins};
use contract::bulk::Job;
use contract::catalog::{CatalogItem, CreateCatalogItem};
use contract::item_merges::{ItemMerge, MergeItem};
use contract::pars::{PutParLevel, PutParLevels};
use contract::requests::{AskLine, CreateRequest};
use contract::units::{BomLine, CreateBom, CreateUnits, Scan};
use domain::id::{CatalogItemId, EventId, Id, UnitId};
use serde_json::json;
use std::collections::BTreeSet;
use store::args;
use store::item_merges::{DOCUMENTS, FOLLOWING, JOINED, LEFT_ALONE, MOVED};
use testkit::{World, on_both};
use uuid::Uuid;

async fn merge(team: &Team, who: &Ctx, loser: CatalogItemId, into: CatalogItemId) -> app::Result<ItemMerge> {
    let ask = MergeItem { into, dry_run: false };
    team.write(who, move |ctx, tx| item_merges::merge(ctx, tx, loser, &ask)).await
}

async fn dry(team: &Team, loser: CatalogItemId, into: CatalogItemId) -> app::Result<ItemMerge> {
    let ask = MergeItem { into, dry_run: true };
    team.read(&team.ops, move |ctx, tx| item_merges::merge(ctx, tx, loser, &ask)).await
}

async fn undo(team: &Team, done: &ItemMerge) -> app::Result<Job> {
    let job = done.job_id.expect("a job");
    team.write(&team.ops, move |ctx, tx| app::directory::bulk::jobs::undo(ctx, tx, job)).await
}

async fn make(team: &Team, value: serde_json::Value) -> CatalogItemId {
    let new: CreateCatalogItem = body(value);
    team.write(&team.admin, move |ctx, tx| app::catalog::create_item(ctx, tx, new.clone())).await.unwrap().id
}

async fn see(team: &Team, id: CatalogItemId) -> CatalogItem {
    team.read(&team.ops, move |ctx, tx| app::catalog::item(ctx, tx, id)).await.unwrap()
}

/// Another item of the same manufacturer, with a label of its own.
async fn twin(team: &Team) -> CatalogItemId {
    let maker = Id::<domain::id::Manufacturer>::from_uuid(team.ground.manufacturer);
    make(
        team,
        json!({"manufacturer_id": maker, "number": "OLD-NUMBER", "description": "The same cup", "udi_di": "10827002566054",
            "gtins": ["04006381333931"], "cost_minor": 777, "par_level": 4}),
    )
    .await
}

async fn units(
    team: &Team,
    item: CatalogItemId,
    whose: contract::CustodianRef,
    lot: &'static str,
    n: u32,
) -> Vec<UnitId> {
    let body = CreateUnits {
        catalog_item_id: Some(item),
        quantity: Some(n),
        lot: Some(lot.into()),
        custodian: Some(whose),
        ..CreateUnits::default()
    };
    let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
    made.items.into_iter().map(|unit| unit.id).collect()
}

async fn ask(team: &Team, items: &[(CatalogItemId, i64)]) -> contract::requests::StockRequest {
    let line = |(item, quantity): &(CatalogItemId, i64)| AskLine {
        catalog_item_id: Some(*item),
        quantity: *quantity,
        ..AskLine::default()
    };
    let body = CreateRequest { lines: items.iter().map(line).collect(), ..CreateRequest::default() };
    team.write(&team.ann, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await.unwrap()
}

async fn par(team: &Team, items: &[(CatalogItemId, i64)]) {
    let id = team.ann.actor.id;
    let levels = items.iter().map(|(item, level)| PutParLevel { catalog_item_id: *item, level: *level }).collect();
    let body = PutParLevels { levels };
    team.write(&team.ops, move |ctx, tx| app::pars::put_user(ctx, tx, id, &body)).await.unwrap();
}

async fn bom(team: &Team, name: &str, items: &[CatalogItemId]) -> contract::units::Bom {
    let line = |item: &CatalogItemId| BomLine { catalog_item_id: *item, min: 1, required: 2, max: 3 };
    let body = CreateBom { name: name.into(), lines: items.iter().map(line).collect(), ..CreateBom::default() };
    team.write(&team.ops, move |ctx, tx| app::boms::create(ctx, tx, &body)).await.unwrap()
}

async fn price(team: &Team, item: CatalogItemId, owner: Uuid, minor: i64) {
    let org = team.world.organization;
    team.ground
        .work(move |tx| {
            let sql = "INSERT INTO directory_price (organization_id, owner_id, catalog_item_id, valid_from, valid_to, price_minor) \
                VALUES ($1, $2, $3, 0, 9999999, $4)";
            tx.exec(sql, args![org, owner, item.uuid(), minor]).map(drop)
        })
        .await;
}

/// What a merge may touch: tables and their columns (u: an id, i: a number, t: a text), without what only says that there was a write.
const TABLES: &[(&str, &str)] = &[
    (
        "catalog_item",
        "u:id t:number t:description t:description_key i:list_price_minor i:cost_minor t:udi_di t:gtins i:par_level i:archived_at \
         u:merged_into_id",
    ),
    ("catalog_identifier", "t:identifier u:catalog_item_id i:quantity"),
    ("catalog_item_line", "u:catalog_item_id u:product_line_id"),
    ("stock_unit", "u:id u:catalog_item_id i:state u:custodian_id u:transfer_id u:event_id i:active i:moves"),
    ("stock_counter", "u:custodian_id u:catalog_item_id i:state i:facility_stock i:n"),
    ("directory_price", "u:owner_id u:catalog_item_id i:valid_from i:price_minor"),
    ("stock_par", "u:owner_id u:catalog_item_id i:level t:owner_type"),
    ("event_need", "u:event_id u:catalog_item_id i:quantity t:substitutes i:starts_at"),
    ("stock_request_line", "u:request_id u:catalog_item_id i:place i:quantity i:sent i:received i:closed u:bom_id"),
    ("stock_request_unit", "u:id u:request_id u:unit_id u:catalog_item_id"),
    ("event_line", "u:id u:unit_id u:catalog_item_id"),
    ("stock_recall_span", "u:recall_id u:catalog_item_id i:kind t:from_key i:place i:freezes"),
    ("stock_recall", "u:id t:lines"),
    ("stock_bom", "u:id t:lines"),
    ("directory_preference_card", "u:id t:lines"),
    ("search_token", "t:kind u:subject_id t:token"),
];

async fn snapshot(team: &Team) -> BTreeSet<String> {
    let organization = team.world.organization;
    let dump = move |tx: &mut store::Tx| -> store::Result<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for (table, columns) in TABLES {
            let columns: Vec<(&str, &str)> = columns.split_whitespace().filter_map(|it| it.split_once(':')).collect();
            let names: Vec<&str> = columns.iter().map(|(_, name)| *name).collect();
            let sql = format!("SELECT {} FROM {table} WHERE organization_id = $1 LIMIT 10000", names.join(", "));
            tx.each(sql.as_str(), args![organization], |row| {
                let mut line = format!("{table}:");
                for (at, (kind, name)) in columns.iter().enumerate() {
                    let value = match *kind {
                        "u" => row.get::<Option<Uuid>>(at)?.map(|it| it.to_string()),
                        "i" => row.get::<Option<i64>>(at)?.map(|it| it.to_string()),
                        _ => row.get::<Option<String>>(at)?,
                    };
                    line.push_str(&format!(" {name}={}", value.unwrap_or_else(|| "-".into())));
                }
                // A counter of none is as good as none.
                if *table != "stock_counter" || !line.ends_with(" n=0") {
                    all.insert(line);
                }
                Ok(())
            })?;
        }
        Ok(all)
    };
    team.world.app.db().read(dump).await.expect("a snapshot")
}

/// A cup and its twin, with something in every table that names items: (cup, twin, a case that needs both).
async fn laid(team: &Team) -> (CatalogItemId, CatalogItemId, EventId) {
    let maker = Id::<domain::id::Manufacturer>::from_uuid(team.ground.manufacturer);
    let cup = json!({"manufacturer_id": maker, "number": "CUP-53", "description": "Acetabular cup 53"});
    let (cup, old) = (make(team, cup).await, twin(team).await);
    units(team, cup, office(&team.ops), "L1", 2).await;
    let olds = units(team, old, office(&team.ops), "L2", 3).await;
    units(team, old, person(&team.ann), "L3", 1).await;
    par(team, &[(cup, 5), (old, 3)]).await;
    ask(team, &[(old, 2)]).await;
    let both = ask(team, &[(cup, 1), (old, 2)]).await.head.id;
    let send = contract::requests::FulfillRequest { unit_ids: Some(vec![olds[0]]), ..Default::default() };
    team.write(&team.ops, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, both, &send)).await.unwrap();
    bom(team, "One", &[old]).await;
    bom(team, "Both", &[cup, old]).await;
    price(team, old, Uuid::from_u128(1), 50).await;
    price(team, old, team.ground.location, 60).await;
    price(team, cup, team.ground.location, 70).await;
    let event = team.ground.event(team.ann.actor.id, "case", "open", "2026-12-01").await;
    for (item, quantity, substitutes) in [(cup, 1, vec![old]), (old, 2, Vec::new())] {
        let (org, text) = (team.world.organization, serde_json::to_string(&substitutes).unwrap());
        team.ground
            .work(move |tx| {
                let sql = "INSERT INTO event_need (organization_id, event_id, catalog_item_id, quantity, substitutes, starts_at) \
                    VALUES ($1, $2, $3, $4, $5, 7)";
                tx.exec(sql, args![org, event, item.uuid(), quantity, text]).map(drop)
            })
            .await;
    }
    let recall = body::<contract::recalls::CreateRecall>(
        json!({"title": "Lot L2", "lines": [{"catalog_item_id": old, "lots": ["L2"]}]}),
    );
    team.write(&team.admin, move |ctx, tx| app::recalls::keep::create(ctx, tx, &recall)).await.unwrap();
    (cup, old, Id::from_uuid(event))
}

#[test]
fn what_names_the_one_names_the_other_and_goes_back_without_a_trace() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (cup, old, event) = laid(&team).await;
        let before = snapshot(&team).await;
        let preview = dry(&team, old, cup).await.unwrap();
        assert!(preview.dry_run && preview.job_id.is_none());
        assert_eq!(snapshot(&team).await, before, "a preview writes nothing");
        let count = |it: &ItemMerge, kind: &str| it.moves.iter().find(|it| it.kind == kind).map_or(0, |it| it.count);
        let kinds =
            ["unit", "identifier", "price", "par_level", "need", "request_line", "request_unit", "bom", "recall_line"];
        let counts = kinds.map(|kind| count(&preview, kind));
        // One lot of a recall is two entries: the lot, and the empty one for units whose lot nobody wrote down.
        assert_eq!(counts, [4, 2, 2, 1, 1, 2, 1, 2, 2]);
        let filled: Vec<&str> = preview.filled.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(filled, ["cost_minor", "par_level", "udi_di", "gtins"]);
        assert!(preview.consequences.iter().any(|it| it.code == "prices_stay" && it.count == 1));
        assert!(preview.consequences.iter().any(|it| it.code == "recalls_cover_both"));

        let done = merge(&team, &team.ops, old, cup).await.unwrap();
        assert_eq!((done.moves.clone(), done.dry_run), (preview.moves, false));
        let alias = see(&team, old).await;
        assert_eq!((alias.merged_into_id, alias.archived_at.is_some(), alias.udi_di), (Some(cup), true, None));
        let kept = see(&team, cup).await;
        assert_eq!(
            (kept.udi_di.as_deref(), kept.gtins.as_slice()),
            (Some("10827002566054"), &["04006381333931".to_owned()][..])
        );
        assert_eq!((kept.cost_minor, kept.par_level), (Some(Some(777)), Some(4)));
        assert_eq!(team.list(&team.ops, &[("catalog_item_id", &cup.to_string())]).await.len(), 6);
        assert!(team.list(&team.ops, &[("catalog_item_id", &old.to_string())]).await.is_empty());
        let ann = team.ann.actor.id;
        let levels = team.read(&team.ops, move |ctx, tx| app::pars::of_user(ctx, tx, ann)).await.unwrap().items;
        assert_eq!((levels.len(), levels[0].level, levels[0].held), (1, 8, 1), "levels of both add up");
        let needs = team.read(&team.ops, move |ctx, tx| app::coverage::needs::get(ctx, tx, event)).await.unwrap();
        assert_eq!(needs.items.len(), 1, "one need has the amounts of both");
        let listed = team.read(&team.ops, |ctx, tx| app::boms::list(ctx, tx, &params(&[]))).await.unwrap().items;
        let lines = |name: &str| listed.iter().find(|it| it.name == name).unwrap().lines.clone();
        assert_eq!((lines("One").len(), lines("One")[0].catalog_item_id), (1, cup));
        assert_eq!((lines("Both").len(), lines("Both")[0].required), (1, 4));
        // What is recalled stays frozen under its new name.
        let frozen = team.list(&team.ops, &[("catalog_item_id", &cup.to_string()), ("state", "on_hold")]).await;
        assert_eq!(frozen.len(), 2, "two of lot L2 are not on their way");
        team.sound().await;

        let job = undo(&team, &done).await.unwrap();
        assert_eq!((job.kind.as_str(), job.entity.as_str()), ("unmerge", "catalog_items"));
        let after = snapshot(&team).await;
        let gone: Vec<&String> = before.difference(&after).collect();
        let new: Vec<&String> = after.difference(&before).collect();
        assert!(gone.is_empty() && new.is_empty(), "was: {gone:#?}\nis: {new:#?}");
        assert_eq!(code(undo(&team, &done).await), "409:already_undone");
        team.sound().await;
        // And once more, the other way round.
        merge(&team, &team.ops, cup, old).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn labels_and_numbers_of_the_old_item_lead_to_the_one_that_stays() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (cup, old) = (team.item(), twin(&team).await);
        let done = merge(&team, &team.ops, old, cup).await.unwrap();
        let scan = Scan { barcode: Some("(01)10827002566054(10)L9".into()), barcodes: None };
        let scanned = team.read(&team.ann, move |ctx, tx| app::unit_lists::scan(ctx, tx, &scan)).await.unwrap();
        assert_eq!(scanned.catalog_item.map(|it| it.id), Some(cup));
        let maker = team.ground.manufacturer;
        let by_number = move |tx: &mut store::Tx, org: Uuid| -> store::Result<(Option<Uuid>, Vec<Uuid>)> {
            let key = store::catalog::number_key("OLD-NUMBER");
            Ok((store::catalog::by_number(tx, org, maker, &key)?, store::catalog::by_any_number(tx, org, &key)?))
        };
        let found = team.read(&team.ops, move |ctx, tx| Ok(by_number(tx, ctx.org())?)).await.unwrap();
        assert_eq!(found, (Some(cup.uuid()), vec![cup.uuid()]));
        // Nothing new is made of it, nothing of it is changed, and its number stays its own.
        let more = CreateUnits { catalog_item_id: Some(old), ..CreateUnits::default() };
        let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, more.clone())).await;
        assert_eq!(code(made), "409:item_archived");
        let rename = |id: CatalogItemId, value: serde_json::Value| {
            let patch: contract::catalog::PatchCatalogItem = body(value);
            team.write(&team.admin, move |ctx, tx| app::catalog::patch_item(ctx, tx, id, patch.clone()))
        };
        assert_eq!(code(rename(old, json!({"archived": false})).await), "409:catalog_item_merged");
        assert_eq!(code(rename(cup, json!({"number": "OLD-NUMBER"})).await), "409:number_taken");
        // An import of the manufacturer's list under the old number reaches it, without renaming it.
        let csv = b"manufacturer,number,description\nMaker,OLD-NUMBER,Renamed by a list\n";
        let name = team.read(&team.ops, move |ctx, tx| Ok(store::catalog::manufacturer(tx, ctx.org(), maker)?)).await;
        let csv = String::from_utf8_lossy(csv).replace("Maker", &name.unwrap().unwrap().name);
        let before = see(&team, cup).await.number;
        let options = app::imports::ImportOptions { dry_run: false, skip_failures: false, create_missing: false };
        let report = team
            .world
            .app
            .import(&team.admin, app::imports::kind("catalog_items").unwrap(), options, csv.into_bytes(), None)
            .await;
        assert!(report.is_ok(), "{report:?}");
        let now = see(&team, cup).await;
        assert_eq!((now.number, now.description.as_str()), (before, "Renamed by a list"));
        // What was made under the old label since stays where it is when the merge is taken back; what came over goes home.
        let job = undo(&team, &done).await.unwrap();
        assert_eq!(job.undo_of, done.job_id);
        assert_eq!(see(&team, old).await.udi_di.as_deref(), Some("10827002566054"));
    });
}

#[test]
fn what_contradicts_a_merge_is_said() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (cup, old) = (team.item(), twin(&team).await);
        assert_eq!(code(merge(&team, &team.ann, old, cup).await), "403:not_allowed");
        assert_eq!(code(merge(&team, &team.ops, old, old).await), "422:same_item");
        assert_eq!(code(merge(&team, &team.ops, old, Id::from_uuid(Uuid::from_u128(9))).await), "not_found:into");
        let box_item = team.container_item().await;
        assert_eq!(code(merge(&team, &team.ops, old, box_item).await), "409:other_kind");
        let maker = contract::catalog::CreateManufacturer {
            name: "Another".into(),
            email: String::new(),
            billed_as_organization: false,
        };
        let maker =
            team.write(&team.admin, move |ctx, tx| app::catalog::create_manufacturer(ctx, tx, maker.clone())).await;
        let foreign = make(&team, json!({"manufacturer_id": maker.unwrap().id, "number": "F"})).await;
        assert_eq!(code(merge(&team, &team.ops, foreign, cup).await), "409:other_manufacturer");
        let serial = |item: CatalogItemId| {
            let body = CreateUnits {
                catalog_item_id: Some(item),
                serial: Some("SN-1".into()),
                custodian: Some(office(&team.ops)),
                ..CreateUnits::default()
            };
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone()))
        };
        let twice = serial(old).await.unwrap().items[0].id;
        serial(cup).await.unwrap();
        assert_eq!(code(dry(&team, old, cup).await), "409:same_serial_number");
        team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, twice, "entered twice")).await.unwrap();
        let first = merge(&team, &team.ops, old, cup).await.unwrap();
        assert_eq!(code(merge(&team, &team.ops, old, cup).await), "409:catalog_item_merged");
        let third = make(
            &team,
            json!({"manufacturer_id": Id::<domain::id::Manufacturer>::from_uuid(team.ground.manufacturer), "number": "THIRD"}),
        )
        .await;
        let second = merge(&team, &team.ops, cup, third).await.unwrap();
        assert_eq!(see(&team, old).await.merged_into_id, Some(third), "an alias leads to what is there now");
        assert_eq!(code(undo(&team, &first).await), "409:survivor_merged");
        undo(&team, &second).await.unwrap();
        assert_eq!(see(&team, old).await.merged_into_id, Some(cup));
        undo(&team, &first).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn what_was_changed_since_stays_or_forbids_the_way_back() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (cup, old) = (team.item(), twin(&team).await);
        par(&team, &[(cup, 5), (old, 3)]).await;
        let made = bom(&team, "One", &[old]).await.id;
        let done = merge(&team, &team.ops, old, cup).await.unwrap();
        par(&team, &[(cup, 9)]).await;
        let patch = contract::units::PatchBom {
            lines: Some(vec![BomLine { catalog_item_id: cup, min: 1, required: 1, max: 1 }]),
            ..Default::default()
        };
        team.write(&team.ops, move |ctx, tx| app::boms::patch(ctx, tx, made, &patch)).await.unwrap();
        let job = undo(&team, &done).await.unwrap();
        assert_eq!(job.counts.get("changed_since"), Some(&1));
        let ann = team.ann.actor.id;
        let levels = team.read(&team.ops, move |ctx, tx| app::pars::of_user(ctx, tx, ann)).await.unwrap().items;
        assert_eq!((levels.len(), levels[0].level), (1, 9), "a level that somebody set since stays");
        let lines = team.read(&team.ops, move |ctx, tx| app::boms::get(ctx, tx, made)).await.unwrap().lines;
        assert_eq!((lines.len(), lines[0].required), (1, 1));

        // A request for both whose units were sent since cannot be parted.
        let both = ask(&team, &[(cup, 1), (old, 2)]).await.head.id;
        let own = units(&team, cup, office(&team.ops), "L1", 2).await;
        let done = merge(&team, &team.ops, old, cup).await.unwrap();
        let send = contract::requests::FulfillRequest { unit_ids: Some(own), ..Default::default() };
        team.write(&team.ops, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, both, &send)).await.unwrap();
        assert_eq!(code(undo(&team, &done).await), "409:changed_since");
        assert_eq!(see(&team, old).await.merged_into_id, Some(cup), "nothing of it was done");
        team.sound().await;
    });
}

#[test]
fn likely_twins_are_listed_until_they_are_one() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let maker = Id::<domain::id::Manufacturer>::from_uuid(team.ground.manufacturer);
        for number in ["AB-100", "ab 100", "AB-1.00", "XY-7", "xy7", "X.Y-7"] {
            make(&team, json!({"manufacturer_id": maker, "number": number})).await;
        }
        let list = |query: Vec<(&'static str, String)>| {
            let mut asked = params(&[("count", "true")]);
            for (name, value) in query {
                match name {
                    "limit" => asked.limit = value.parse().ok(),
                    _ => asked.cursor = Some(value),
                }
            }
            asked.count = true;
            team.read(&team.ops, move |ctx, tx| item_twins::list(ctx, tx, &asked))
        };
        let all = list(vec![]).await.unwrap();
        let names = |page: &contract::Page<contract::item_merges::ItemTwins>| -> Vec<(String, String)> {
            page.items.iter().map(|it| (it.one.number.clone(), it.other.number.clone())).collect()
        };
        assert_eq!((all.items.len(), all.total, all.next_cursor.is_none()), (4, Some(4), true), "{:?}", names(&all));
        assert!(all.items.iter().all(|it| it.reasons[0].code == "same_reference"));
        // Page by page the same.
        let (mut paged, mut cursor) = (Vec::new(), None);
        loop {
            let mut query = vec![("limit", "1".to_owned())];
            query.extend(cursor.take().map(|it| ("cursor", it)));
            let page = list(query).await.unwrap();
            paged.extend(names(&page));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, names(&all));
        let first = &all.items[0];
        merge(&team, &team.ops, first.one.id, first.other.id).await.unwrap();
        assert!(list(vec![]).await.unwrap().items.len() < 4);
        let asked = params(&[]);
        let forbidden = team.read(&team.ann, move |ctx, tx| item_twins::list(ctx, tx, &asked)).await;
        assert!(matches!(forbidden, Err(app::Error::Forbidden { .. })));
    });
}

#[test]
fn a_pair_that_is_two_is_not_listed_until_that_is_taken_back() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let maker = Id::<domain::id::Manufacturer>::from_uuid(team.ground.manufacturer);
        let mut ids = Vec::new();
        for number in ["AB-100", "ab 100", "AB-1.00"] {
            ids.push(make(&team, json!({"manufacturer_id": maker, "number": number})).await);
        }
        let listed = async |apart: &str| {
            let mut asked = params(&[("apart", apart)]);
            asked.count = true;
            let page = team.read(&team.ops, move |ctx, tx| item_twins::list(ctx, tx, &asked)).await.unwrap();
            assert_eq!(page.total, Some(page.items.len() as i64));
            page.items.len()
        };
        let say = async |who: &Ctx, one: CatalogItemId, other: CatalogItemId, apart: bool| {
            let body = contract::item_merges::PutTwinsApart { other_id: other, apart };
            team.write(who, move |ctx, tx| item_twins::set_apart(ctx, tx, one, &body)).await
        };
        let before = listed("false").await;
        assert!(before >= 1, "{before}");
        assert!(matches!(say(&team.ann, ids[0], ids[1], true).await, Err(app::Error::Forbidden { .. })));
        assert!(matches!(say(&team.ops, ids[0], ids[0], true).await, Err(app::Error::Invalid { .. })));
        let other_maker: contract::catalog::CreateManufacturer = body(json!({"name": "Another"}));
        let other_maker =
            team.write(&team.admin, move |ctx, tx| app::catalog::create_manufacturer(ctx, tx, other_maker.clone()));
        let theirs = make(&team, json!({"manufacturer_id": other_maker.await.unwrap().id, "number": "AB-100"})).await;
        assert!(matches!(
            say(&team.ops, ids[0], theirs, true).await,
            Err(app::Error::Conflict { code: "other_manufacturer", .. })
        ));
        // Whichever of the two is named first, and said twice.
        say(&team.ops, ids[1], ids[0], true).await.unwrap();
        say(&team.ops, ids[0], ids[1], true).await.unwrap();
        assert_eq!((listed("false").await, listed("true").await), (before - 1, 1));
        say(&team.ops, ids[0], ids[1], false).await.unwrap();
        assert_eq!((listed("false").await, listed("true").await), (before, 0));
        team.sound().await;
    });
}

#[test]
fn every_table_with_an_item_in_it_is_handled() {
    on_both(async |world: World| {
        let found = world.app.db().read(|tx| {
            let sql = match tx.engine() {
                db::Engine::Sqlite => {
                    "SELECT it.name, col.name FROM sqlite_master it JOIN pragma_table_info(it.name) col \
                     WHERE it.type = 'table' AND col.name LIKE '%item_id'"
                }
                db::Engine::Postgres => {
                    "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
                     WHERE table_schema = current_schema() AND column_name LIKE '%item_id'"
                }
            };
            tx.all::<(String, String)>(sql, args![])
        });
        let tables: BTreeSet<String> = found.await.unwrap().into_iter().map(|(table, _)| table).collect();
        assert!(tables.len() > 15, "{tables:?}");
        for table in tables {
            let known = MOVED.iter().any(|it| it.table == table)
                || FOLLOWING.iter().any(|it| it.table == table)
                || JOINED.iter().any(|it| it.table == table)
                || LEFT_ALONE.iter().any(|(it, _)| *it == table);
            assert!(
                known,
                "{table} names an item: add it to the lists of store::item_merges, or say there why it stays"
            );
        }
        // Lists of lines that name items are columns of text, which the schema tells in words alone.
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut lists = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            lists += text
                .lines()
                .filter(|line| line.starts_with("--") || line.trim_start().starts_with("--"))
                .filter(|line| line.contains("[{catalog_item_id"))
                .count();
        }
        // The lines of preference cards came before this habit.
        assert_eq!(lists + 1, DOCUMENTS.len(), "a list of lines that name items: add it to DOCUMENTS");
    });
}
