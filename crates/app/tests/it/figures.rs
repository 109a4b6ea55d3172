//! Figures equal the rows behind them, reports keep to reach and can be read in any steps, search and journal show nothing
//! out of reach.

use crate::ground::Ground;
use app::export::{Format, Table};
use app::reports::{self, Field};
use app::{Ctx, Error, Tx};
use contract::ListParams;
use contract::figures::{Card, Dashboard, Report};
use domain::people::Role;
use std::collections::BTreeMap;
use store::Value;
use store::figures::Place;
use testkit::{World, on_both};
use uuid::Uuid;

fn params(filters: &[(&str, &str)]) -> ListParams {
    let filters = filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ListParams { filters, ..ListParams::default() }
}

async fn read<T: Send + 'static>(
    world: &World,
    ctx: &Ctx,
    f: impl FnOnce(&Ctx, &mut Tx) -> app::Result<T> + Send + 'static,
) -> app::Result<T> {
    world.app.read(ctx, f).await
}

async fn dashboard(world: &World, ctx: &Ctx) -> BTreeMap<String, Card> {
    let Dashboard { cards } = read(world, ctx, app::figures::dashboard).await.unwrap();
    cards.into_iter().map(|card| (card.key.clone(), card)).collect()
}

async fn report(world: &World, ctx: &Ctx, name: &'static str, filters: &[(&str, &str)]) -> app::Result<Report> {
    let params = params(filters);
    read(world, ctx, move |ctx, tx| reports::report(ctx, tx, name, &params)).await
}

/// A world with two groups: Dana leads Sam, Olga is alone. Everybody has stock and a case.
struct Scene {
    ground: Ground,
    sam: Ctx,
    dana: Ctx,
    olga: Ctx,
    case: Uuid,
    hidden: Uuid,
}

async fn scene(world: &World) -> Scene {
    let ground = Ground::lay(world).await;
    let sam = world.person(Role::Sales, "Sam Sales").await;
    let dana = world.person(Role::Distributor, "Dana Moore").await;
    let olga = world.person(Role::Sales, "Olga Other").await;
    let (organization, leader, rep) = (world.organization, dana.actor.id.uuid(), sam.actor.id.uuid());
    ground
        .put("people_representative", vec![("distributor_id", Value::Uuid(leader)), ("sales_id", Value::Uuid(rep))])
        .await;
    ground.work(move |tx| store::people::refresh_reach(tx, organization)).await;

    // Today is 22 November 2026.
    ground.unit(&sam, "AVAILABLE-1", Some("2027-05-01"), false).await;
    ground.unit(&sam, "SOON-1", Some("2026-12-22"), false).await;
    ground.unit(&sam, "NEXT-MONTH", Some("2026-12-23"), false).await;
    ground.unit(&sam, "EXPIRED-1", Some("2026-11-21"), false).await;
    let sent = ground.unit(&sam, "SENT-1", None, false).await;
    let held = ground.unit(&dana, "HELD-1", Some("2026-11-22"), false).await;
    let hidden = ground.unit(&olga, "HIDDEN-1", Some("2026-11-25"), true).await;
    let used = ground.unit(&sam, "USED-1", None, false).await;
    ground.moves(held, |it| it.on_hold = true).await;
    ground.transfer(&sam, &olga, sent).await;

    let case = ground.event(sam.actor.id, "case", "pending_po", "2026-11-20").await;
    ground.line(case, used, false).await;
    ground.moves(used, |it| it.active = false).await;
    ground.event(sam.actor.id, "case", "open", "2026-11-22").await;
    ground.event(sam.actor.id, "case", "cancelled", "2026-11-22").await;
    ground.event(dana.actor.id, "case", "open", "2026-11-29").await;
    let likely = ground.event(dana.actor.id, "case", "open", "2026-11-30").await;
    ground.event(sam.actor.id, "case", "open", "2026-11-21").await;
    ground.event(olga.actor.id, "case", "open", "2026-11-22").await;
    let stocking = ground.event(olga.actor.id, "stocking_order", "pending_payment", "2026-11-22").await;
    ground.order(case, sam.actor.id, "2026-11-20", 125_000).await;
    ground.order(case, sam.actor.id, "2026-09-30", 700).await;
    ground.order(stocking, olga.actor.id, "2026-10-01", 4_000).await;
    let price = vec![
        ("owner_id", Value::Uuid(ground.location)),
        ("catalog_item_id", Value::Uuid(ground.item)),
        ("valid_from", Value::Int(store::directory::prices::SINCE_EVER)),
        ("valid_to", Value::Int(store::directory::prices::FOR_EVER)),
        ("price_minor", Value::Int(90_000)),
    ];
    ground.put("directory_price", price).await;
    for (person, amount) in [(&sam, 12_500), (&dana, 6_000), (&olga, 400)] {
        let columns = vec![
            ("id", Value::Uuid(ground.id())),
            ("event_id", Value::Uuid(case)),
            ("user_id", Value::Uuid(person.actor.id.uuid())),
            ("day", Value::Int(20_777)),
            ("amount_minor", Value::Int(amount)),
            ("state", Value::Text("accrued".into())),
        ];
        ground.put("billing_commission", columns).await;
        let target = vec![
            ("user_id", Value::Uuid(person.actor.id.uuid())),
            ("year", Value::Int(2026)),
            ("quarter", Value::Int(4)),
            ("amount_minor", Value::Int(amount * 100)),
        ];
        ground.put("people_sales_target", target).await;
    }
    for (number, event) in [(1, case), (2, likely)] {
        let quote = vec![
            ("event_id", Value::Uuid(event)),
            ("id", Value::Uuid(ground.id())),
            ("number", Value::Int(number)),
            ("state", Value::Text("draft".into())),
        ];
        ground.put("event_quote", quote).await;
    }
    Scene { ground, sam, dana, olga, case, hidden }
}

#[test]
fn a_dashboard_counts_what_its_viewer_reaches() {
    on_both(async |world| {
        let scene = scene(&world).await;
        // Key, then the office, the rep, the leader, the other rep.
        let expected: &[(&str, [i64; 4])] = &[
            ("cases_today", [2, 1, 1, 1]),
            ("cases_next_7_days", [1, 0, 1, 0]),
            ("cases_past_open", [1, 1, 1, 0]),
            ("pending_po", [1, 1, 1, 0]),
            ("pending_payment", [1, 0, 0, 1]),
            ("transfers_to_accept", [0, 0, 0, 1]),
            ("transfers_sent_pending", [0, 1, 1, 0]),
            ("units_available", [5, 4, 4, 1]),
            ("units_on_hold", [1, 0, 1, 0]),
            ("units_expiring_30_days", [3, 1, 2, 1]),
            ("units_expired", [1, 1, 1, 0]),
            ("facility_stock_units", [1, 0, 0, 1]),
            ("sales_this_quarter", [129_000, 125_000, 125_000, 4_000]),
            ("target_this_quarter", [1_890_000, 1_250_000, 1_850_000, 40_000]),
            ("commission_unpaid", [18_900, 12_500, 18_500, 400]),
        ];
        let admin = world.admin().await;
        // Before and after the sealer: the totals of custodians follow either way.
        for sealed in [false, true] {
            if sealed {
                scene.ground.seal().await;
            }
            for (at, who) in [&admin, &scene.sam, &scene.dana, &scene.olga].into_iter().enumerate() {
                let cards = dashboard(&world, who).await;
                for (key, values) in expected {
                    assert_eq!(cards[*key].value, values[at], "{key} of {}, sealed: {sealed}", who.actor.name);
                }
                assert_eq!(cards.contains_key("invoices_overdue"), at == 0);
            }
        }
    });
}

#[test]
fn a_card_equals_the_list_behind_its_address() {
    on_both(async |world| {
        let scene = scene(&world).await;
        let admin = world.admin().await;
        for who in [&admin, &scene.sam, &scene.dana, &scene.olga] {
            let mut looked_at = 0;
            for card in dashboard(&world, who).await.into_values() {
                let address = card.rows_url.expect("an address");
                let (path, query) = address.strip_prefix("/api/v1/").unwrap().split_once('?').unwrap();
                let filters: Vec<(&str, &str)> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
                let params = ListParams { count: true, ..params(&filters) };
                let total = match path {
                    "units" => {
                        read(&world, who, move |ctx, tx| Ok(app::unit_lists::list(ctx, tx, &params)?.total)).await
                    }
                    "transfers" => {
                        read(&world, who, move |ctx, tx| Ok(app::transfers::list(ctx, tx, &params)?.total)).await
                    }
                    "events" => read(&world, who, move |ctx, tx| Ok(app::events::list(ctx, tx, &params)?.total)).await,
                    "invoices" => {
                        read(&world, who, move |ctx, tx| Ok(app::billing::documents::invoices(ctx, tx, &params)?.total))
                            .await
                    }
                    "sales-orders" => {
                        let orders =
                            read(&world, who, move |ctx, tx| app::billing::documents::sales_orders(ctx, tx, &params))
                                .await;
                        Ok(Some(orders.unwrap().items.iter().map(|order| order.net_minor.unwrap()).sum()))
                    }
                    report => {
                        let name = if report.ends_with("commission") { "commission" } else { "sales_targets" };
                        let key = if name == "commission" { "amount_minor" } else { "target_minor" };
                        let params = ListParams { count: false, ..params };
                        let table =
                            read(&world, who, move |ctx, tx| reports::report(ctx, tx, name, &params)).await.unwrap();
                        Ok(Some(table.items.iter().map(|row| row[key].as_i64().unwrap()).sum()))
                    }
                };
                assert_eq!(total.unwrap(), Some(card.value), "{} of {}: {address}", card.key, who.actor.name);
                looked_at += 1;
            }
            assert!(looked_at >= 15, "{looked_at}");
        }
    });
}

#[test]
fn every_report_reads_the_same_in_any_steps() {
    on_both(async |world| {
        let scene = scene(&world).await;
        let admin = world.admin().await;
        for who in [&admin, &scene.dana] {
            let known = reports::all(who);
            let is_known = |name: &&str| known.iter().any(|it| it.name == **name);
            let names: Vec<&'static str> = reports::ALL.iter().map(|it| it.name).filter(is_known).collect();
            // The journal and agreed prices are the office's.
            let kept_back = if who.actor.id == admin.actor.id { 0 } else { 2 };
            assert_eq!(names.len(), reports::ALL.len() - kept_back);
            for name in names {
                let filters: &[(&str, &str)] = if name == "lot_trace" { &[("lot", "L-77")] } else { &[] };
                let params = params(filters);
                let (whole, steps) = read(&world, who, move |ctx, tx| {
                    let ready = reports::prepare(ctx, tx, name, &params)?;
                    let (whole, end) = ready.page(tx, &Place::default(), 1_000)?;
                    assert!(end.is_none());
                    let mut steps: Vec<Vec<Field>> = Vec::new();
                    let mut place = Some(Place::default());
                    while let Some(from) = place {
                        let (rows, next) = ready.page(tx, &from, 1)?;
                        steps.extend(rows);
                        place = next;
                    }
                    Ok((whole, steps))
                })
                .await
                .unwrap();
                assert_eq!(whole, steps, "{name}");
                assert!(!whole.is_empty() || name == "facility_stock", "{name} shows something to {}", who.actor.name);
            }
        }
    });
}

#[test]
fn reports_keep_to_reach_and_keep_patients_and_prices_back() {
    on_both(async |world| {
        let scene = scene(&world).await;
        let admin = world.admin().await;
        let serials = |report: &Report| -> Vec<String> {
            let mut serials: Vec<String> =
                report.items.iter().map(|row| row["serial"].as_str().unwrap().to_owned()).collect();
            serials.sort();
            serials
        };
        let all = report(&world, &admin, "inventory_on_hand", &[]).await.unwrap();
        assert_eq!(serials(&all), ["AVAILABLE-1", "EXPIRED-1", "HELD-1", "HIDDEN-1", "NEXT-MONTH", "SENT-1", "SOON-1"]);
        let group = report(&world, &scene.dana, "inventory_on_hand", &[]).await.unwrap();
        assert_eq!(serials(&group), ["AVAILABLE-1", "EXPIRED-1", "HELD-1", "NEXT-MONTH", "SENT-1", "SOON-1"]);
        let own = report(&world, &scene.olga, "inventory_on_hand", &[]).await.unwrap();
        assert_eq!(serials(&own), ["HIDDEN-1"]);
        assert_eq!(own.items[0]["facility_stock_location"], "Mercy Main");
        let olga = scene.olga.actor.id.to_string();
        let none = report(&world, &scene.sam, "inventory_on_hand", &[("custodian_id", olga.as_str())]).await.unwrap();
        assert!(none.items.is_empty(), "a filter does not widen reach");
        let expiring = report(&world, &admin, "expiring", &[("to", "2026-11-25")]).await.unwrap();
        assert_eq!(serials(&expiring), ["EXPIRED-1", "HELD-1", "HIDDEN-1"]);
        let shelf = report(&world, &admin, "facility_stock", &[]).await.unwrap();
        assert_eq!((&shelf.items[0]["left"], &shelf.items[0]["expiring"]), (&1.into(), &1.into()));
        assert!(report(&world, &scene.sam, "facility_stock", &[]).await.unwrap().items.is_empty());
        let trace = report(&world, &scene.dana, "lot_trace", &[("lot", "l 77")]).await.unwrap();
        assert_eq!(trace.items.len(), 7, "with what was used, without what is out of reach");

        let amounts = |report: &Report| -> Vec<i64> {
            let mut amounts: Vec<i64> = report.items.iter().map(|row| row["amount_minor"].as_i64().unwrap()).collect();
            amounts.sort_unstable();
            amounts
        };
        assert_eq!(amounts(&report(&world, &admin, "commission", &[]).await.unwrap()), [400, 6_000, 12_500]);
        assert_eq!(amounts(&report(&world, &scene.dana, "commission", &[]).await.unwrap()), [6_000, 12_500]);
        assert_eq!(amounts(&report(&world, &scene.sam, "commission", &[]).await.unwrap()), [12_500]);

        let usage = report(&world, &admin, "usage_lines", &[]).await.unwrap();
        let text = serde_json::to_string(&usage).unwrap();
        assert!(text.contains("USED-1") && !text.contains("PATIENT-1"), "{text}");
        let usage = report(&world, &admin, "usage_lines", &[("include_patient", "true")]).await.unwrap();
        assert_eq!(usage.items[0]["patient_reference"], "PATIENT-1");
        let refused = report(&world, &scene.dana, "usage_lines", &[("include_patient", "true")]).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        assert!(matches!(report(&world, &scene.dana, "audit", &[]).await, Err(Error::Forbidden { .. })));
        assert!(matches!(report(&world, &admin, "none", &[]).await, Err(Error::NotFound(_))));
        let misspelt = report(&world, &admin, "cases", &[("form", "2026-01-01")]).await;
        assert!(matches!(misspelt, Err(Error::Invalid { code: "filter_not_supported", .. })));

        assert_eq!(usage.items[0]["unit_price_minor"], 125_000);
        scene
            .ground
            .edit(
                "UPDATE people_user SET settings = '{\"view_contract_prices\":false}' WHERE id = $1",
                vec![Value::Uuid(scene.sam.actor.id.uuid())],
            )
            .await;
        let sam = world.again(&scene.sam).await;
        let usage = report(&world, &sam, "usage_lines", &[]).await.unwrap();
        assert!(usage.items[0]["unit_price_minor"].is_null());
        let truncated = ListParams { limit: Some(2), ..ListParams::default() };
        let cut = read(&world, &admin, move |ctx, tx| reports::report(ctx, tx, "inventory_on_hand", &truncated)).await;
        let cut = cut.unwrap();
        assert_eq!((cut.items.len(), cut.truncated), (2, true));
    });
}

#[test]
fn facility_stock_is_counted_as_sold_used_and_left() {
    on_both(async |world| {
        let ground = Ground::lay(&world).await;
        let rep = world.person(Role::Sales, "Sam Sales").await;
        let order = ground.event(rep.actor.id, "stocking_order", "pending_po", "2026-11-01").await;
        ground.edit("UPDATE event SET facility_stock = 1 WHERE id = $1", vec![Value::Uuid(order)]).await;
        let case = ground.event(rep.actor.id, "case", "paid", "2026-11-10").await;
        for (serial, expires_on) in [("A", Some("2027-01-01")), ("B", None), ("C", None)] {
            let unit = ground.unit(&rep, serial, expires_on, false).await;
            ground.line(order, unit, false).await;
            ground.shelve(unit).await;
            if serial == "C" {
                let line = ground.line(case, unit, false).await;
                ground.edit("UPDATE event_line SET facility_stock = 1 WHERE id = $1", vec![Value::Uuid(line)]).await;
                ground
                    .moves(unit, |it| {
                        it.active = false;
                        it.facility_stock = None;
                    })
                    .await;
            }
        }
        let admin = world.admin().await;
        let shelf = report(&world, &admin, "facility_stock", &[]).await.unwrap();
        assert_eq!(shelf.items.len(), 1);
        let number = |key: &str| shelf.items[0][key].as_i64().unwrap();
        assert_eq!((number("sold"), number("used"), number("left"), number("expiring")), (3, 1, 2, 1));
        assert_eq!(shelf.items[0]["custodian"], "Sam Sales");
    });
}

async fn file(world: &World, ctx: &Ctx, name: &'static str, format: Format) -> Vec<u8> {
    let ready = read(world, ctx, move |ctx, tx| reports::prepare(ctx, tx, name, &ListParams::default())).await.unwrap();
    let mut pieces = Table::of_report(ready).stream(world.app.clone(), ctx.clone(), format);
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.recv().await {
        bytes.extend(piece.unwrap());
    }
    bytes
}

#[test]
fn files_hold_every_row() {
    on_both(async |world| {
        let scene = scene(&world).await;
        let admin = world.admin().await;
        for format in [Format::Csv, Format::Xlsx] {
            let table = print::read(&file(&world, &admin, "inventory_on_hand", format).await).unwrap();
            assert_eq!(table.rows.len(), 7, "{format:?}");
        }
        let table = print::read(&file(&world, &admin, "cases", Format::Csv).await).unwrap();
        let total = table.headers.iter().position(|name| name == "total").expect("an amount without minor units");
        assert!(table.rows.iter().all(|(_, row)| row[total] == "1250.00"), "{:?}", table.rows);

        // A list, page after page.
        for n in 0..1_200 {
            scene.ground.unit(&scene.sam, &format!("MANY-{n}"), None, false).await;
        }
        let asked = ListParams { limit: Some(500), ..ListParams::default() };
        let (begin, ctx) = (asked.clone(), scene.sam.clone());
        let first = read(&world, &ctx, move |ctx, tx| app::unit_lists::list(ctx, tx, &begin)).await.unwrap();
        let columns = ["id", "serial", "custodian.id"];
        let table = Table::of_list("units", &columns, asked, first, app::unit_lists::list).unwrap();
        let app = world.app.clone();
        let bytes = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            table.write_csv(&app, &ctx, &mut bytes).unwrap();
            bytes
        })
        .await
        .unwrap();
        let table = print::read(&bytes).unwrap();
        assert_eq!((table.headers, table.rows.len()), (columns.map(str::to_owned).to_vec(), 1_205));
        let sam = scene.sam.actor.id.to_string();
        assert!(table.rows.iter().all(|(_, row)| row[2] == sam));
    });
}

#[test]
fn the_journal_is_for_the_office_and_otherwise_about_what_is_in_reach() {
    on_both(async |world| {
        let scene = scene(&world).await;
        let admin = world.admin().await;
        scene.ground.note("event_edited", scene.case).await;
        let journal = |filters: &[(&str, &str)]| {
            let params = ListParams { count: true, limit: Some(5), ..params(filters) };
            move |ctx: &Ctx, tx: &mut Tx| app::history::journal(ctx, tx, &params)
        };
        let first = read(&world, &admin, journal(&[])).await.unwrap();
        assert_eq!((first.items.len(), first.total), (5, Some(12)));
        assert!(first.items.windows(2).all(|two| two[0].id > two[1].id), "newest first");
        let more = ListParams { cursor: first.next_cursor, ..ListParams::default() };
        let rest = read(&world, &admin, move |ctx, tx| app::history::journal(ctx, tx, &more)).await.unwrap();
        assert_eq!(rest.items.len(), 7);
        assert!(rest.items[0].id < first.items[4].id);

        assert!(matches!(read(&world, &scene.sam, journal(&[])).await, Err(Error::Forbidden { .. })));
        let case = domain::id::EventId::from_uuid(scene.case).to_string();
        let hidden = domain::id::UnitId::from_uuid(scene.hidden).to_string();
        let about = read(&world, &scene.sam, journal(&[("event_id", &case)])).await.unwrap();
        assert_eq!(about.items.len(), 1);
        assert_eq!(about.items[0].actor_name, "Ada Admin");
        assert!(matches!(read(&world, &scene.olga, journal(&[("event_id", &case)])).await, Err(Error::NotFound(_))));
        assert!(matches!(read(&world, &scene.dana, journal(&[("unit_id", &hidden)])).await, Err(Error::NotFound(_))));
        let own = read(&world, &scene.olga, journal(&[("unit_id", &hidden)])).await.unwrap();
        assert_eq!(own.items.len(), 1);
        let today = read(&world, &admin, journal(&[("from", "2026-11-22"), ("to", "2026-11-22")])).await.unwrap();
        assert_eq!(today.total, Some(12));
        let before = read(&world, &admin, journal(&[("to", "2026-11-21")])).await.unwrap();
        assert_eq!(before.total, Some(0));
    });
}

#[test]
fn search_finds_everything_in_reach_and_nothing_else() {
    on_both(async |world| {
        let scene = scene(&world).await;
        let (organization, ground) = (world.organization, &scene.ground);
        let words: Vec<(&'static str, Uuid, &'static str)> = vec![
            ("cat", ground.item, "CUP-52 Acetabular cup 52"),
            ("cus", ground.customer, "Mercy Health"),
            ("loc", ground.location, "Mercy Main"),
            ("usr", scene.sam.actor.id.uuid(), "Sam Sales"),
            ("usr", scene.olga.actor.id.uuid(), "Olga Other"),
            ("evt", scene.case, "Hip, Dr Ochoa"),
        ];
        ground
            .work(move |tx| {
                for (kind, id, text) in &words {
                    store::search::index(tx, organization, kind, *id, &domain::text::tokens(text))?;
                }
                Ok(())
            })
            .await;
        ground
            .edit("UPDATE directory_location SET effective_rep_id = $1", vec![Value::Uuid(scene.sam.actor.id.uuid())])
            .await;
        let admin = world.admin().await;
        let found = async |who: &Ctx, q: &str| -> Vec<(String, String)> {
            let q = q.to_owned();
            let hits = read(&world, who, move |ctx, tx| app::search::everything(ctx, tx, &q)).await.unwrap();
            assert!(hits.items.iter().all(|it| it.url_path.ends_with(&it.id)));
            hits.items.into_iter().map(|it| (it.kind, it.title)).collect()
        };
        let pair = |kind: &str, title: &str| (kind.to_owned(), title.to_owned());
        assert_eq!(found(&admin, "acet cup").await, [pair("catalog_item", "CUP-52")]);
        let mercy = [pair("customer", "Mercy Health"), pair("location", "Mercy Main")];
        assert_eq!(found(&admin, "Mercy").await, mercy);
        assert_eq!(found(&scene.dana, "Mercy").await, mercy, "through the effective rep in the group");
        assert_eq!(found(&scene.olga, "Mercy").await, []);
        assert_eq!(found(&admin, "mercy main").await, [pair("location", "Mercy Main")]);
        assert_eq!(found(&admin, "hidden").await, [pair("unit", "CUP-52 \u{b7} HIDDEN-1")]);
        assert_eq!(found(&scene.sam, "hidden").await, []);
        assert_eq!(found(&scene.sam, "avail").await, [pair("unit", "CUP-52 \u{b7} AVAILABLE-1")]);
        assert_eq!(found(&scene.dana, "ochoa").await, [pair("event", "Hip, Dr Ochoa")]);
        assert_eq!(found(&scene.olga, "ochoa").await, []);
        assert_eq!(found(&scene.dana, "sam").await, [pair("user", "Sam Sales")]);
        assert_eq!(found(&scene.sam, "olga").await, []);
        assert_eq!(found(&admin, "L-77").await.len(), 8, "at most eight of a kind");
        assert_eq!(found(&admin, "nothing like this").await, []);
        assert_eq!(found(&admin, "  ").await, []);
    });
}
