//! Bulk changes: what is selected is frozen, looked at, applied, explained row by row, undone.

use crate::directory::{asked, body, customer, location, patch_customer, read, told, write};
use app::directory::bulk::{Entity, jobs};
use app::directory::{customers, locations, terms};
use app::{Ctx, Error};
use contract::bulk::{ApplyBulk, BulkPreview, Job, JobRow};
use contract::directory::{Customer, Location, PaymentTerms};
use domain::bulk::{BulkMode, JobStatus, RowOutcome};
use domain::directory::SalesRepSource;
use domain::engagement::Window;
use domain::id::{CustomerId, JobId, LocationId, OrganizationId};
use domain::people::Role;
use serde_json::{Value, json};
use testkit::{World, on_both};

pub async fn preview(world: &World, ctx: &Ctx, entity: Entity, ask: Value) -> app::Result<BulkPreview> {
    world.app.preview_bulk(&world.again(ctx).await, entity, body(ask)).await
}

pub async fn apply(world: &World, ctx: &Ctx, entity: Entity, seen: &BulkPreview) -> app::Result<Job> {
    let ask: ApplyBulk = body(json!({"preview_token": seen.preview_token}));
    write(world, ctx, move |ctx, tx| jobs::apply(ctx, tx, entity, &ask)).await
}

pub async fn bulk(world: &World, ctx: &Ctx, entity: Entity, ask: Value) -> app::Result<Job> {
    let seen = preview(world, ctx, entity, ask).await?;
    apply(world, ctx, entity, &seen).await
}

pub async fn job(world: &World, ctx: &Ctx, id: JobId) -> Job {
    read(world, ctx, move |ctx, tx| jobs::get(ctx, tx, id)).await.unwrap()
}

pub async fn undo(world: &World, ctx: &Ctx, id: JobId) -> app::Result<Job> {
    write(world, ctx, move |ctx, tx| jobs::undo(ctx, tx, id)).await
}

pub async fn rows(world: &World, ctx: &Ctx, id: JobId, query: &str) -> Vec<JobRow> {
    let params = asked(query);
    read(world, ctx, move |ctx, tx| jobs::rows(ctx, tx, id, &params)).await.unwrap().items
}

pub async fn work(world: &World) -> usize {
    world.app.work_jobs(OrganizationId::from_uuid(world.organization)).await.unwrap()
}

async fn get(world: &World, ctx: &Ctx, id: CustomerId) -> Customer {
    read(world, ctx, move |ctx, tx| customers::get(ctx, tx, id, Window::All)).await.unwrap()
}

async fn place(world: &World, ctx: &Ctx, id: LocationId) -> Location {
    read(world, ctx, move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await.unwrap()
}

async fn net(world: &World, ctx: &Ctx, days: u16) -> PaymentTerms {
    let new =
        json!({"code": format!("N{days}"), "name": format!("Net {days}"), "rule": {"kind": "net_days", "days": days}});
    let new: contract::directory::CreatePaymentTerms = body(new);
    write(world, ctx, move |ctx, tx| terms::create(ctx, tx, new.clone())).await.unwrap()
}

/// So many customers, each made through the use case.
async fn many(world: &World, ctx: &Ctx, n: usize, more: Value) -> Vec<CustomerId> {
    let mut ids = Vec::new();
    for at in 0..n {
        let mut new = json!({"name": format!("Clinic {at:04}"), "number": format!("K{at:04}")});
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ids.push(customer(world, ctx, new).await.unwrap().id);
    }
    ids
}

#[test]
fn a_preview_tells_what_would_be_and_writes_nothing() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let net_30 = net(&world, &admin, 30).await;
        let ids = many(&world, &admin, 4, json!({})).await;
        patch_customer(&world, &admin, ids[0], json!({"payment_terms_id": net_30.id})).await.unwrap();
        patch_customer(&world, &admin, ids[1], json!({"billing_status": "closed", "billing_status_reason": "gone"}))
            .await
            .unwrap();
        let before = get(&world, &admin, ids[2]).await;
        let ask = json!({
            "ids": ids, "versions": {ids[3].to_string(): 7}, "reason": "Board decision",
            "set": {"payment_terms_id": {"op": "set", "id": net_30.id}, "basis_date": {"op": "set", "value": "delivery_date"}},
        });
        let seen = preview(&world, &admin, Entity::Customers, ask).await.unwrap();
        let counts = seen.counts;
        assert_eq!((counts.selected, counts.will_change, counts.already), (4, 2, 0), "{counts:?}");
        assert_eq!((counts.not_allowed, counts.changed_meanwhile, counts.invalid), (0, 1, 1), "{counts:?}");
        let bar = seen.histogram.iter().find(|it| it.field == "payment_terms_id").unwrap();
        assert_eq!((bar.old_label.as_str(), bar.new_label.as_str(), bar.rows), ("organization's default", "Net 30", 1));
        let bar = seen.histogram.iter().find(|it| it.field == "basis_date").unwrap();
        assert_eq!((bar.new.as_deref(), bar.new_label.as_str(), bar.rows), (Some("delivery_date"), "Delivery date", 2));
        let outcomes: Vec<&str> = seen.rows.iter().map(|row| row.outcome.as_str()).collect();
        assert_eq!(outcomes, ["invalid", "changed_meanwhile", "pending", "pending"], "what fails comes first");
        assert_eq!(seen.rows[0].code.as_deref(), Some("customer_closed"));
        assert_eq!((seen.mode, seen.confirm_rows, seen.needs_approval), (BulkMode::AllOrNothing, None, false));
        let after = get(&world, &admin, ids[2]).await;
        assert_eq!((after.version, after.payment_terms_id), (before.version, None), "nothing was written");
        assert!(work(&world).await == 0);
    });
}

#[test]
fn few_rows_are_one_decision_and_failures_can_be_skipped() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ids = many(&world, &admin, 3, json!({})).await;
        let set = json!({"credit_limit_minor": {"op": "set", "value": 500_000}, "next_contact_on": {"op": "set", "value": "2026-12-01"}});
        let ask = |mode: Value| json!({"select": {"ids": ids}, "set": set, "mode": mode});
        let seen = preview(&world, &admin, Entity::Customers, ask(Value::Null)).await.unwrap();
        patch_customer(&world, &admin, ids[1], json!({"phone": "555 0100"})).await.unwrap();
        let failed = apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        assert_eq!((failed.status, failed.counts["done"], failed.counts["failed"]), (JobStatus::Failed, 0, 1));
        assert_eq!(get(&world, &admin, ids[0]).await.credit_limit_minor, Some(None), "all or nothing");
        let told_rows = rows(&world, &admin, failed.id, "").await;
        let told_rows: Vec<&str> = told_rows.iter().map(|row| row.outcome.as_str()).collect();
        assert_eq!(told_rows, ["cancelled", "changed_meanwhile", "cancelled"]);

        let seen = preview(&world, &admin, Entity::Customers, ask(json!("skip_failures"))).await.unwrap();
        patch_customer(&world, &admin, ids[2], json!({"phone": "555 0101"})).await.unwrap();
        let done = apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        assert_eq!((done.status, done.counts["done"], done.counts["changed_meanwhile"]), (JobStatus::Done, 2, 1));
        assert_eq!(get(&world, &admin, ids[0]).await.credit_limit_minor, Some(Some(500_000)));
        assert_eq!(get(&world, &admin, ids[2]).await.credit_limit_minor, Some(None));
        // The same preview again is the same job, and changes nothing more.
        let version = get(&world, &admin, ids[0]).await.version;
        assert_eq!(apply(&world, &admin, Entity::Customers, &seen).await.unwrap().id, done.id);
        assert_eq!(get(&world, &admin, ids[0]).await.version, version);
        // One entry for all rows; each history tells of its own row alone, with the batch.
        let history = read(&world, &admin, {
            let id = ids[0];
            move |ctx, tx| customers::history(ctx, tx, id, 50)
        });
        let entry = history.await.unwrap().items.remove(0);
        assert_eq!((entry.kind.as_str(), entry.batch_id), ("bulk_changed", Some(done.id.to_string())));
        let fields: Vec<(&str, Option<&str>)> =
            entry.changes.iter().map(|it| (it.field.as_str(), it.new.as_deref())).collect();
        assert_eq!(fields, [("credit_limit_minor", Some("500000")), ("next_contact_on", Some("2026-12-01"))]);
    });
}

#[test]
fn a_default_rep_takes_inheriting_locations_along_and_can_clear_overrides() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob, cyd) = (
            world.person(Role::Sales, "Ann").await,
            world.person(Role::Sales, "Bob").await,
            world.person(Role::Sales, "Cyd").await,
        );
        let id =
            customer(&world, &admin, json!({"name": "Mercy", "default_sales_rep_id": ann.actor.id})).await.unwrap().id;
        let mut places = Vec::new();
        for (name, rep) in [
            ("Main", json!({"mode": "inherit"})),
            ("East", json!({"mode": "assigned", "id": cyd.actor.id})),
            ("West", json!({"mode": "none"})),
        ] {
            let new = json!({"customer_id": id, "name": name, "sales_rep": rep});
            places.push(location(&world, &admin, new).await.unwrap().id);
        }
        let reps = async || {
            let mut all = Vec::new();
            for it in &places {
                let it = place(&world, &admin, *it).await;
                all.push((it.effective_sales_rep_name.unwrap_or_default(), it.effective_sales_rep_source.as_str()));
            }
            all
        };
        let set = json!({"default_sales_rep": {"op": "set", "id": bob.actor.id}});
        let seen = preview(&world, &admin, Entity::Customers, json!({"ids": [id], "set": set})).await.unwrap();
        let sentences: Vec<(&str, i64)> = seen.consequences.iter().map(|it| (it.code.as_str(), it.count)).collect();
        assert_eq!(sentences, [("locations_inherit", 1), ("overrides_kept", 2)]);
        let shifts: Vec<(&str, i64, i64, i64, i64)> = seen
            .reps
            .iter()
            .map(|it| {
                (it.name.as_str(), it.customers_gained, it.customers_lost, it.locations_gained, it.locations_lost)
            })
            .collect();
        assert_eq!(shifts, [("Ann", 0, 1, 0, 1), ("Bob", 1, 0, 1, 0)]);
        apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        let word = |name: &str| name.to_owned();
        assert_eq!(reps().await, [(word("Bob"), "customer"), (word("Cyd"), "location"), (word(""), "none")]);

        // Clearing overrides: all three inherit; undoing gives each its own way back.
        let set = json!({"default_sales_rep_id": {"op": "set", "id": ann.actor.id}});
        let ask = json!({"ids": [id], "set": set, "clear_location_overrides": true});
        let done = bulk(&world, &admin, Entity::Customers, ask).await.unwrap();
        assert_eq!(reps().await, [(word("Ann"), "customer"), (word("Ann"), "customer"), (word("Ann"), "customer")]);
        let undone = undo(&world, &admin, done.id).await.unwrap();
        assert_eq!((undone.status, undone.counts["restored"]), (JobStatus::Done, 1));
        assert_eq!(reps().await, [(word("Bob"), "customer"), (word("Cyd"), "location"), (word(""), "none")]);
        assert_eq!(job(&world, &admin, done.id).await.undone_by, Some(undone.id));
        assert_eq!(told(undo(&world, &admin, done.id).await), "409 already_undone");

        // At the locations: set, nobody, and clear, which is not nobody.
        for (op, name, source) in [
            (json!({"op": "set", "id": ann.actor.id}), "Ann", SalesRepSource::Location),
            (json!({"op": "none"}), "", SalesRepSource::None),
            (json!({"op": "clear"}), "Bob", SalesRepSource::Customer),
        ] {
            let ask = json!({"filter": {"customer_id": id}, "set": {"sales_rep_id": op}});
            let done = bulk(&world, &admin, Entity::Locations, ask).await.unwrap();
            assert_eq!(done.status, JobStatus::Done);
            for it in &places {
                let it = place(&world, &admin, *it).await;
                assert_eq!(it.effective_sales_rep_name.unwrap_or_default(), name, "{op}");
                assert_eq!(it.effective_sales_rep_source, source, "{op}");
            }
        }
        // Reps are told once for all rows.
        let notices: Vec<(i64,)> = world
            .app
            .db()
            .read({
                let (org, ann) = (world.organization, ann.actor.id.uuid());
                move |tx| {
                    tx.all(
                        "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND user_id = $2 AND kind = 'bulk_changed'",
                        store::args![org, ann],
                    )
                }
            })
            .await
            .unwrap();
        assert_eq!(notices[0].0, 4, "lost to Bob, got back, got three locations, lost them");
    });
}

#[test]
fn many_rows_are_a_job_that_goes_on_after_a_crash_and_can_be_stopped() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ids = many(&world, &admin, 230, json!({})).await;
        let ask = json!({"filter": {}, "q": "clinic", "set": {"tags": {"op": "add", "value": ["Key account"]}}});
        let seen = preview(&world, &admin, Entity::Customers, ask).await.unwrap();
        assert_eq!((seen.counts.will_change, seen.confirm_rows, seen.mode), (230, Some(230), BulkMode::SkipFailures));
        // What is made after the preview is not in the selection.
        customer(&world, &admin, json!({"name": "Clinic late"})).await.unwrap();
        let wrong: ApplyBulk = body(json!({"preview_token": seen.preview_token, "confirm_rows": 229}));
        let refused = write(&world, &admin, move |ctx, tx| jobs::apply(ctx, tx, Entity::Customers, &wrong)).await;
        assert_eq!(told(refused), "422 confirmation_mismatch");
        let queued = apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        assert_eq!(
            (queued.status, queued.rows_total, queued.rows_done, queued.can_cancel),
            (JobStatus::Queued, 230, 0, true)
        );
        // A server took it and died: nobody takes it before the lease is over, then it goes on.
        let (org, id, now) = (world.organization, queued.id.uuid(), world.app.now());
        let taken = world.app.db().write(move |tx| store::jobs::take(tx, org, id, now.plus_seconds(60).0, now.0));
        assert!(taken.await.unwrap());
        assert_eq!(work(&world).await, 0);
        world.clock.pass(61);
        assert_eq!(work(&world).await, 1);
        let done = job(&world, &admin, queued.id).await;
        assert_eq!((done.status, done.rows_done, done.counts["done"]), (JobStatus::Done, 230, 230));
        assert_eq!(get(&world, &admin, ids[7]).await.tags, ["Key account"]);
        let params = asked("tags=key%20account");
        let params = contract::ListParams {
            filters: [("tags".to_owned(), "key account".to_owned())].into(),
            limit: Some(1),
            ..params
        };
        let tagged = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &params)).await.unwrap();
        assert_eq!(tagged.total, Some(230));

        // Undone as a job too; whoever changed meanwhile keeps the change and is told of.
        for id in &ids[..5] {
            patch_customer(&world, &admin, *id, json!({"tags": ["Other"]})).await.unwrap();
        }
        let undoing = undo(&world, &admin, queued.id).await.unwrap();
        assert_eq!(undoing.status, JobStatus::Queued);
        assert_eq!(work(&world).await, 1);
        let undone = job(&world, &admin, undoing.id).await;
        assert_eq!((undone.counts["restored"], undone.counts["changed_since"]), (225, 5));
        assert_eq!(get(&world, &admin, ids[0]).await.tags, ["Other"]);
        assert_eq!(get(&world, &admin, ids[7]).await.tags, Vec::<String>::new());
        let since = rows(&world, &admin, undoing.id, "outcome=changed_since").await;
        assert!(since.len() == 5 && since.iter().all(|row| !row.reason.is_empty()));

        // Stopped before it began: nothing is changed.
        let ask = json!({"filter": {}, "set": {"auto_hold": {"op": "set", "value": "on"}}});
        let queued = bulk(&world, &admin, Entity::Customers, ask).await.unwrap();
        let stopped = write(&world, &admin, move |ctx, tx| jobs::cancel(ctx, tx, queued.id)).await.unwrap();
        assert_eq!((stopped.status, stopped.counts["cancelled"]), (JobStatus::Cancelled, 231));
        assert_eq!(work(&world).await, 0);
        assert_eq!(told(write(&world, &admin, move |ctx, tx| jobs::cancel(ctx, tx, queued.id)).await), "409 job_over");
        assert_eq!(told(undo(&world, &admin, queued.id).await), "409 cannot_be_undone");
    });
}

#[test]
fn a_change_can_wait_for_its_day_and_for_a_second_person() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ops = world.person(Role::Operations, "Olga Ops").await;
        let ids = many(&world, &admin, 2, json!({})).await;
        let set = json!({"basis_date": {"op": "set", "value": "ship_date"}});
        let past = json!({"ids": ids, "set": set, "effective_on": "2026-11-22"});
        assert_eq!(told(preview(&world, &admin, Entity::Customers, past).await), "422 invalid_date");
        let ask = json!({"ids": ids, "set": set, "effective_on": "2026-11-25"});
        let waiting = bulk(&world, &admin, Entity::Customers, ask).await.unwrap();
        assert_eq!((waiting.status, waiting.waits_for.as_deref()), (JobStatus::Queued, Some("date")));
        assert_eq!(work(&world).await, 0);
        world.clock.pass(3 * 86_400);
        assert_eq!(work(&world).await, 1);
        assert_eq!(job(&world, &admin, waiting.id).await.status, JobStatus::Done);
        assert_eq!(get(&world, &admin, ids[0]).await.basis_date.map(|it| it.as_str()), Some("ship_date"));

        let patch: contract::people::PatchOrganizationSettings = body(json!({"bulk_approval_rows": 1}));
        write(&world, &admin, move |ctx, tx| app::people::patch_settings(ctx, tx, &patch)).await.unwrap();
        let ask = json!({"ids": ids, "set": {"credit_limit_minor": {"op": "set", "value": 1}}});
        let seen = preview(&world, &ops, Entity::Customers, ask).await.unwrap();
        assert!(seen.needs_approval);
        let waiting = apply(&world, &ops, Entity::Customers, &seen).await.unwrap();
        assert_eq!((waiting.status, waiting.waits_for.as_deref()), (JobStatus::Queued, Some("approval")));
        assert_eq!(work(&world).await, 0);
        let approve = async |ctx: &Ctx| write(&world, ctx, move |ctx, tx| jobs::approve(ctx, tx, waiting.id)).await;
        assert_eq!(told(approve(&ops).await), "403 own_change");
        let rep = world.person(Role::Sales, "Sal").await;
        assert_eq!(told(approve(&rep).await), "404", "a job of the office is nobody else's business");
        let approved = approve(&admin).await.unwrap();
        assert_eq!((approved.waits_for, approved.approved_by_id), (None, Some(admin.actor.id)));
        assert_eq!(work(&world).await, 1);
        assert_eq!(get(&world, &admin, ids[0]).await.credit_limit_minor, Some(Some(1)));
        // A single row needs nobody, nor does a field that is not grave.
        let ask = json!({"ids": ids, "set": {"tags": {"op": "add", "value": ["x"]}}});
        assert!(!preview(&world, &ops, Entity::Customers, ask).await.unwrap().needs_approval);
        let ask = json!({"ids": ids, "set": {"payment_terms": {"op": "clear"}, "credit_limit": {"op": "clear"}}});
        let waiting = bulk(&world, &ops, Entity::Customers, ask).await.unwrap();
        let declined =
            write(&world, &admin, move |ctx, tx| jobs::decline(ctx, tx, waiting.id, "Not this quarter")).await.unwrap();
        assert_eq!(declined.status, JobStatus::Cancelled);
        assert_eq!(work(&world).await, 0);
    });
}

#[test]
fn bulk_asks_for_the_same_rights_as_one_by_one() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let manager = world.person(Role::RegionalManager, "Rae Region").await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        let region: contract::people::CreateRegion =
            body(json!({"name": "North", "manager_id": manager.actor.id, "states": []}));
        let region =
            write(&world, &admin, move |ctx, tx| app::people::create_region(ctx, tx, &region)).await.unwrap().id;
        let put: contract::people::PatchUser = body(json!({"region_id": region}));
        let ann_id = ann.actor.id;
        write(&world, &admin, move |ctx, tx| app::people::patch_user(ctx, tx, ann_id, &put)).await.unwrap();
        let id =
            customer(&world, &admin, json!({"name": "Mercy", "default_sales_rep_id": ann.actor.id})).await.unwrap().id;
        // Seen through a location of Ann's, but Bob's by default.
        let theirs =
            customer(&world, &admin, json!({"name": "Grace", "default_sales_rep_id": bob.actor.id})).await.unwrap().id;
        for (customer, rep) in
            [(id, json!({"mode": "inherit"})), (theirs, json!({"mode": "assigned", "id": ann.actor.id}))]
        {
            location(&world, &admin, json!({"customer_id": customer, "name": "Main", "sales_rep": rep})).await.unwrap();
        }
        let unseen =
            customer(&world, &admin, json!({"name": "Far", "default_sales_rep_id": bob.actor.id})).await.unwrap().id;
        let ask = async |ctx: &Ctx, ids: &[CustomerId], set: Value| {
            preview(&world, ctx, Entity::Customers, json!({"ids": ids, "set": set, "mode": "skip_failures"})).await
        };
        let terms = json!({"basis_date": {"op": "set", "value": "ship_date"}});
        assert_eq!(told(ask(&ann, &[id], terms.clone()).await), "403 not_allowed");
        assert_eq!(told(ask(&manager, &[id], terms.clone()).await), "403 not_allowed");
        let on: contract::people::PatchOrganizationSettings = body(json!({"managers_set_terms": true}));
        write(&world, &admin, move |ctx, tx| app::people::patch_settings(ctx, tx, &on)).await.unwrap();
        assert_eq!(ask(&manager, &[id], terms.clone()).await.unwrap().counts.will_change, 1);
        assert_eq!(told(ask(&manager, &[id, unseen], terms.clone()).await), "404 ids", "out of reach is unknown");
        let other = "cus_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(told(ask(&admin, &[id, other], terms).await), "404 ids");
        // Watch, and no more; row by row.
        let watch = json!({"billing_status": {"op": "set", "value": "watch"}});
        assert_eq!(ask(&manager, &[id, theirs], watch.clone()).await.unwrap().counts.will_change, 2);
        let hold = json!({"billing_status": {"op": "set", "value": "hold", "reason": "late"}});
        assert_eq!(ask(&manager, &[id, theirs], hold.clone()).await.unwrap().counts.not_allowed, 2);
        assert_eq!(
            told(ask(&admin, &[id], json!({"billing_status": {"op": "set", "value": "hold"}})).await),
            "422 reason_required"
        );
        // Customers of a rep out of reach are not the manager's to hand on.
        let rep = json!({"default_sales_rep_id": {"op": "clear"}});
        let seen = ask(&manager, &[id, theirs], rep).await.unwrap();
        assert_eq!((seen.counts.will_change, seen.counts.not_allowed), (1, 1));
        assert_eq!(seen.rows[0].code.as_deref(), Some("rep_out_of_reach"));
        let done = apply(&world, &manager, Entity::Customers, &seen).await.unwrap();
        assert_eq!((done.counts["done"], done.counts["not_allowed"], done.counts["failed"]), (1, 1, 1));
        // A preview belongs to whoever made it, and to its own list.
        let seen = ask(&admin, &[id], watch).await.unwrap();
        assert_eq!(told(apply(&world, &manager, Entity::Customers, &seen).await), "404 preview_token");
        assert_eq!(told(apply(&world, &admin, Entity::Locations, &seen).await), "404 preview_token");
        world.clock.pass(1_801);
        assert_eq!(told(apply(&world, &admin, Entity::Customers, &seen).await), "409 preview_expired");
        // Between preview and apply the rep leaves: every row says so, and nothing is done.
        let set = json!({"default_sales_rep_id": {"op": "set", "id": ann.actor.id}});
        let seen = ask(&admin, &[theirs, unseen], set).await.unwrap();
        world
            .app
            .db()
            .write({
                let (org, ann) = (world.organization, ann.actor.id.uuid());
                move |tx| {
                    let sql = "UPDATE people_user SET active = 0 WHERE organization_id = $1 AND id = $2";
                    tx.exec(sql, store::args![org, ann]).map(drop)
                }
            })
            .await
            .unwrap();
        let failed = apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        assert_eq!((failed.status, failed.counts["invalid"], failed.counts["done"]), (JobStatus::Done, 2, 0));
        let why = rows(&world, &admin, failed.id, "").await;
        assert!(why.iter().all(|row| row.outcome == RowOutcome::Invalid && row.code == "user_inactive"), "{why:?}");
    });
}

#[test]
fn what_is_asked_wrongly_is_said_field_by_field() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let id = many(&world, &admin, 1, json!({})).await[0];
        let place = location(&world, &admin, json!({"customer_id": id, "name": "Main"})).await.unwrap().id;
        let field = async |entity, ask: Value| match preview(&world, &admin, entity, ask.clone()).await {
            Err(Error::Invalid { errors, .. }) => errors[0].field.clone(),
            Err(Error::NotFound(field)) => field.unwrap_or_default(),
            other => panic!("{ask}: {other:?}"),
        };
        let customers = Entity::Customers;
        for (ask, wanted) in [
            (json!({"set": {"basis_date": {"op": "clear"}}}), "ids"),
            (json!({"ids": [id]}), "set"),
            (json!({"ids": [id], "set": {"name": {"op": "clear"}}}), "set.name"),
            (json!({"ids": ["usr_1"], "set": {"basis_date": {"op": "clear"}}}), "ids[0]"),
            (json!({"ids": [id], "filter": {}, "set": {"basis_date": {"op": "clear"}}}), "ids"),
            (json!({"ids": [id], "select": {"ids": [id]}, "set": {"basis_date": {"op": "clear"}}}), "select"),
            (json!({"filter": {"colour": "red"}, "set": {"basis_date": {"op": "clear"}}}), "colour"),
            (json!({"ids": [id], "set": {"basis_date": {"op": "set", "value": "some_day"}}}), "set.basis_date"),
            (json!({"ids": [id], "set": {"basis_date": {"op": "drop"}}}), "set.basis_date.op"),
            (json!({"ids": [id], "set": {"payment_terms_id": {"op": "set"}}}), "set.payment_terms_id"),
            (
                json!({"ids": [id], "set": {"payment_terms_id": {"op": "set", "id": "ptm_01h455vb4pex5vsknk084sn02q"}}}),
                "set.payment_terms_id.id",
            ),
            (
                json!({"ids": [id], "set": {"credit_limit_minor": {"op": "set", "value": -1}}}),
                "set.credit_limit_minor.value",
            ),
            (json!({"ids": [id], "set": {"tags": {"op": "add", "value": [""]}}}), "tags[0]"),
            (
                json!({"ids": [id], "set": {"basis_date": {"op": "clear"}}, "clear_location_overrides": true}),
                "clear_location_overrides",
            ),
        ] {
            assert_eq!(field(customers, ask.clone()).await, wanted, "{ask}");
        }
        let ask = json!({"ids": [place], "set": {"payment_terms_id": {"op": "clear"}}});
        assert_eq!(field(Entity::Locations, ask).await, "set.payment_terms_id", "terms belong to the debtor");
        let ask = json!({"ids": [id], "set": {"sales_rep_id": {"op": "clear"}}});
        assert_eq!(field(Entity::Locations, ask).await, "ids[0]");
    });
}
