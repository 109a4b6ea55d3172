//! The proof finds nothing in an honest organisation, and every single edit behind its back.

use crate::ground::{Ground, TODAY};
use app::verify::Report;
use domain::id::OrganizationId;
use domain::people::Role;
use store::Value;
use testkit::{World, on_both};
use uuid::Uuid;

async fn verify(world: &World) -> Report {
    let mut steps = Vec::new();
    let report =
        world.app.verify(OrganizationId::from_uuid(world.organization), |it| steps.push(it)).await.expect("a report");
    assert!(steps.iter().all(|it| it.done <= it.total), "{steps:?}");
    assert!(steps.len() >= 5);
    report
}

/// An edit behind the journal's back, what must find it, and its way back.
struct Edit {
    check: &'static str,
    there: (&'static str, Vec<Value>),
    back: (&'static str, Vec<Value>),
}

fn edit(check: &'static str, there: &'static str, back: &'static str, values: &[Value]) -> Edit {
    let used = |sql: &str| values.iter().enumerate().filter(|(n, _)| sql.contains(&format!("${}", n + 1))).count();
    let take = |sql: &'static str| (sql, values[..used(sql)].to_vec());
    Edit { check, there: take(there), back: take(back) }
}

#[test]
fn an_honest_organisation_is_proven_and_every_edit_is_found() {
    on_both(async |world| {
        let ground = Ground::lay(&world).await;
        let rep = world.person(Role::Sales, "Sam Sales").await;
        let other = world.person(Role::Sales, "Olga Other").await;
        let free = ground.unit(&rep, "FREE", Some("2027-05-01"), false).await;
        let sent = ground.unit(&rep, "SENT", None, false).await;
        let used = ground.unit(&rep, "USED", None, false).await;
        ground.unit(&other, "SHELF", None, true).await;
        let gone = ground.unit(&rep, "GONE", None, false).await;
        let transfer = ground.transfer(&rep, &other, sent).await;
        let event = ground.event(rep.actor.id, "case", "open", TODAY).await;
        ground.line(event, used, true).await;
        ground.moves(gone, |it| it.active = false).await;
        let sold = ground.event(rep.actor.id, "case", "pending_po", TODAY).await;
        ground.order(sold, rep.actor.id, TODAY, 125_000).await;
        let noted = ground.note("customer_updated", ground.customer).await;
        let report = verify(&world).await;
        assert_eq!(report.differences, [], "unsealed entries of this second are fine");
        ground.seal().await;
        let report = verify(&world).await;
        assert_eq!(report.differences, []);
        assert_eq!((report.units, report.entries), (5, 9));

        let stranger = Uuid::from_u128((0x0777 << 112) | 1);
        let uuid = Value::Uuid;
        let of = |unit: Uuid| vec![uuid(unit)];
        let edits = [
            edit(
                "movements",
                "UPDATE journal_movement SET seq = 7 WHERE unit_id = $1 AND seq = 1",
                "UPDATE journal_movement SET seq = 1 WHERE unit_id = $1 AND seq = 7",
                &of(sent),
            ),
            edit(
                "movements",
                "UPDATE journal_movement SET from_custodian_id = $2 WHERE unit_id = $1 AND seq = 2",
                "UPDATE journal_movement SET from_custodian_id = $2 WHERE unit_id = $1 AND seq = 2",
                &[uuid(sent), uuid(stranger)],
            ),
            edit(
                "movements",
                "UPDATE journal_movement SET from_state = 2 WHERE unit_id = $1 AND seq = 2",
                "UPDATE journal_movement SET from_state = 0 WHERE unit_id = $1 AND seq = 2",
                &of(sent),
            ),
            edit(
                "movements",
                "UPDATE journal_movement SET from_location_id = $2 WHERE unit_id = $1 AND seq = 2",
                "UPDATE journal_movement SET from_location_id = NULL WHERE unit_id = $1 AND seq = 2",
                &[uuid(sent), uuid(stranger)],
            ),
            edit(
                "movements",
                "UPDATE journal_movement SET from_state = 0 WHERE unit_id = $1 AND seq = 1",
                "UPDATE journal_movement SET from_state = NULL WHERE unit_id = $1 AND seq = 1",
                &of(free),
            ),
            edit(
                "last_movement",
                "UPDATE stock_unit SET custodian_id = $2 WHERE id = $1",
                "UPDATE stock_unit SET custodian_id = $2 WHERE id = $1",
                &[uuid(free), uuid(other.actor.id.uuid())],
            ),
            edit(
                "last_movement",
                "UPDATE stock_unit SET moves = 2 WHERE id = $1",
                "UPDATE stock_unit SET moves = 1 WHERE id = $1",
                &of(free),
            ),
            edit(
                "last_movement",
                "UPDATE stock_unit SET facility_stock_location_id = $2 WHERE id = $1",
                "UPDATE stock_unit SET facility_stock_location_id = NULL WHERE id = $1",
                &[uuid(free), uuid(ground.location)],
            ),
            edit(
                "last_movement",
                "UPDATE journal_movement SET to_state = 2 WHERE unit_id = $1 AND seq = 1",
                "UPDATE journal_movement SET to_state = 0 WHERE unit_id = $1 AND seq = 1",
                &of(free),
            ),
            edit(
                "stray_movement",
                "UPDATE stock_unit SET moves = 1 WHERE id = $1",
                "UPDATE stock_unit SET moves = 2 WHERE id = $1",
                &of(sent),
            ),
            edit(
                "stray_movement",
                "UPDATE journal_movement SET unit_id = $2 WHERE unit_id = $1",
                "UPDATE journal_movement SET unit_id = $1 WHERE unit_id = $2",
                &[uuid(free), uuid(stranger)],
            ),
            edit(
                "state",
                "UPDATE stock_unit SET state = 2 WHERE id = $1",
                "UPDATE stock_unit SET state = 0 WHERE id = $1",
                &of(free),
            ),
            edit(
                "state",
                "UPDATE stock_unit SET hold_reason = 'x' WHERE id = $1",
                "UPDATE stock_unit SET hold_reason = NULL WHERE id = $1",
                &of(free),
            ),
            edit(
                "state",
                "UPDATE stock_unit SET deactivated_at = 5 WHERE id = $1",
                "UPDATE stock_unit SET deactivated_at = NULL WHERE id = $1",
                &of(free),
            ),
            edit(
                "state",
                "UPDATE stock_unit SET expires_key = expires_key + 365 WHERE id = $1",
                "UPDATE stock_unit SET expires_key = expires_on WHERE id = $1",
                &of(free),
            ),
            edit(
                "custodian",
                "UPDATE people_user SET role = 'operations' WHERE id = $1",
                "UPDATE people_user SET role = 'sales' WHERE id = $1",
                &of(other.actor.id.uuid()),
            ),
            edit(
                "custodian",
                "UPDATE stock_unit SET custodian_type = 'organization' WHERE id = $1",
                "UPDATE stock_unit SET custodian_type = 'user' WHERE id = $1",
                &of(free),
            ),
            edit(
                "unit_in_transfer",
                "UPDATE stock_transfer_line SET status = 'accepted' WHERE transfer_id = $1",
                "UPDATE stock_transfer_line SET status = 'pending' WHERE transfer_id = $1",
                &of(transfer),
            ),
            edit(
                "unit_in_transfer",
                "UPDATE stock_transfer SET status = 'cancelled' WHERE id = $1",
                "UPDATE stock_transfer SET status = 'pending' WHERE id = $1",
                &of(transfer),
            ),
            edit(
                "transfer_line",
                "UPDATE stock_unit SET transfer_id = NULL WHERE id = $1",
                "UPDATE stock_unit SET transfer_id = $2 WHERE id = $1",
                &[uuid(sent), uuid(transfer)],
            ),
            edit(
                "unit_in_event",
                "UPDATE event_line SET open = 0 WHERE unit_id = $1",
                "UPDATE event_line SET open = 1 WHERE unit_id = $1",
                &of(used),
            ),
            edit(
                "event_line",
                "UPDATE stock_unit SET event_id = NULL WHERE id = $1",
                "UPDATE stock_unit SET event_id = $2 WHERE id = $1",
                &[uuid(used), uuid(event)],
            ),
            edit(
                "open_lines",
                "UPDATE event SET status = 'paid' WHERE id = $1",
                "UPDATE event SET status = 'open' WHERE id = $1",
                &of(event),
            ),
            edit(
                "stock_counter",
                "UPDATE stock_counter SET n = n + 1 WHERE custodian_id = $1 AND state = 0",
                "UPDATE stock_counter SET n = n - 1 WHERE custodian_id = $1 AND state = 0",
                &of(other.actor.id.uuid()),
            ),
            edit(
                "stock_counter",
                "UPDATE stock_counter SET facility_stock = 0 WHERE custodian_id = $1 AND state = 0",
                "UPDATE stock_counter SET facility_stock = 1 WHERE custodian_id = $1 AND state = 0",
                &of(other.actor.id.uuid()),
            ),
            edit(
                "stock_total",
                "UPDATE stock_total SET n = n - 1 WHERE custodian_id = $1 AND state = 0",
                "UPDATE stock_total SET n = n + 1 WHERE custodian_id = $1 AND state = 0",
                &of(rep.actor.id.uuid()),
            ),
            edit(
                "customer_orders",
                "UPDATE billing_customer_day SET orders_count = 2 WHERE location_id = $1",
                "UPDATE billing_customer_day SET orders_count = 1 WHERE location_id = $1",
                &of(ground.location),
            ),
            edit(
                "customer_totals",
                "UPDATE billing_customer_day SET orders_total_minor = 1 WHERE location_id = $1",
                "UPDATE billing_customer_day SET orders_total_minor = 125000 WHERE location_id = $1",
                &of(Uuid::nil()),
            ),
            edit(
                "customer_orders",
                "UPDATE billing_sales_order SET status = 'cancelled' WHERE event_id = $1",
                "UPDATE billing_sales_order SET status = 'open' WHERE event_id = $1",
                &of(sold),
            ),
            edit(
                "customer_figures",
                "UPDATE directory_figure SET orders_total_minor = 1 WHERE subject_id = $1 AND span = 'last_90_days'",
                "UPDATE directory_figure SET orders_total_minor = 125000 WHERE subject_id = $1 AND span = 'last_90_days'",
                &of(ground.customer),
            ),
            edit(
                "customer_figures",
                "UPDATE directory_figure SET orders_count = 0 WHERE subject_id = $1",
                "UPDATE directory_figure SET orders_count = 1 WHERE subject_id = $1",
                &of(ground.location),
            ),
            edit(
                "chain",
                "UPDATE journal_entry SET reason = 'another' WHERE id = $1",
                "UPDATE journal_entry SET reason = '' WHERE id = $1",
                &of(noted),
            ),
            edit(
                "chain",
                "UPDATE journal_entry SET at = at + 1 WHERE id = $1",
                "UPDATE journal_entry SET at = at - 1 WHERE id = $1",
                &of(noted),
            ),
            edit(
                "chain",
                "UPDATE journal_entry SET on_behalf_of_id = actor_id WHERE id = $1",
                "UPDATE journal_entry SET on_behalf_of_id = NULL WHERE id = $1",
                &of(noted),
            ),
            edit(
                "chain",
                "UPDATE journal_change SET new = 'another' WHERE entry_id = $1",
                "UPDATE journal_change SET new = 'after' WHERE entry_id = $1",
                &of(noted),
            ),
            edit(
                "chain",
                "UPDATE journal_movement SET to_state = 2 WHERE unit_id = $1 AND seq = 1",
                "UPDATE journal_movement SET to_state = 0 WHERE unit_id = $1 AND seq = 1",
                &of(sent),
            ),
            edit(
                "chain",
                "UPDATE journal_seal SET seq = 90 WHERE entry_id = $1",
                "UPDATE journal_seal SET seq = 9 WHERE entry_id = $1",
                &of(noted),
            ),
            edit(
                "chain",
                "UPDATE journal_seal SET entry_id = $2 WHERE entry_id = $1",
                "UPDATE journal_seal SET entry_id = $1 WHERE entry_id = $2",
                &[uuid(noted), uuid(stranger)],
            ),
            edit(
                "chain",
                "UPDATE journal_entry SET id = $2 WHERE id = $1",
                "UPDATE journal_entry SET id = $1 WHERE id = $2",
                &[uuid(noted), uuid(stranger)],
            ),
            edit(
                "unsealed",
                "UPDATE journal_change SET entry_id = $2 WHERE entry_id = $1",
                "UPDATE journal_change SET entry_id = $1 WHERE entry_id = $2",
                &[uuid(noted), uuid(stranger)],
            ),
            edit(
                "reach",
                "UPDATE people_reach SET custody = 1 WHERE actor_id = $1",
                "UPDATE people_reach SET custody = 3 WHERE actor_id = $1",
                &of(rep.actor.id.uuid()),
            ),
            edit(
                "reach",
                "INSERT INTO people_reach (organization_id, actor_id, subject_id, person, custody) VALUES ($1, $2, $3, 1, 1)",
                "DELETE FROM people_reach WHERE organization_id = $1 AND actor_id = $2 AND subject_id = $3",
                &[uuid(world.organization), uuid(rep.actor.id.uuid()), uuid(other.actor.id.uuid())],
            ),
        ];
        let rep_id = uuid(rep.actor.id.uuid());
        for mut edit in edits {
            // These two go back to what the rep had.
            if edit.there.0 == edit.back.0 {
                edit.back.1[1] = rep_id.clone();
            }
            ground.edit(edit.there.0, edit.there.1).await;
            let report = verify(&world).await;
            let found: Vec<&str> = report.differences.iter().map(|it| it.check).collect();
            assert!(found.contains(&edit.check), "{} finds {}: {:?}", edit.check, edit.there.0, report.differences);
            ground.edit(edit.back.0, edit.back.1).await;
            assert_eq!(verify(&world).await.differences, [], "after {}", edit.back.0);
        }
    });
}

#[test]
fn a_unit_in_two_pending_transfers_is_found_even_without_the_index_that_forbids_it() {
    on_both(async |world| {
        let ground = Ground::lay(&world).await;
        let rep = world.person(Role::Sales, "Sam Sales").await;
        let other = world.person(Role::Sales, "Olga Other").await;
        let (one, two) = (ground.unit(&rep, "ONE", None, false).await, ground.unit(&rep, "TWO", None, false).await);
        ground.transfer(&rep, &other, one).await;
        let second = ground.transfer(&rep, &other, two).await;
        assert!(verify(&world).await.is_proven());
        ground.edit("DROP INDEX stock_transfer_line_one", vec![]).await;
        ground
            .edit(
                "INSERT INTO stock_transfer_line (organization_id, transfer_id, unit_id, status, reason) \
                VALUES ($1, $2, $3, 'pending', '')",
                vec![Value::Uuid(world.organization), Value::Uuid(second), Value::Uuid(one)],
            )
            .await;
        let found: Vec<&str> = verify(&world).await.differences.iter().map(|it| it.check).collect();
        assert!(found.contains(&"pending_lines") && found.contains(&"transfer_line"), "{found:?}");
    });
}

#[test]
fn entries_left_unsealed_and_entries_left_out_are_found() {
    on_both(async |world| {
        let ground = Ground::lay(&world).await;
        let sealed = ground.note("customer_updated", ground.customer).await;
        ground.seal().await;
        let waiting = ground.note("customer_updated", ground.customer).await;
        assert!(verify(&world).await.is_proven(), "a waiting entry is fine for ten seconds");
        world.clock.pass(11);
        let late = verify(&world).await.differences;
        assert_eq!(late.iter().map(|it| it.check).collect::<Vec<_>>(), ["unsealed"]);
        let pending = |entry| vec![Value::Uuid(world.organization), Value::Uuid(entry)];
        ground.edit("DELETE FROM journal_pending WHERE organization_id = $1 AND entry_id = $2", pending(waiting)).await;
        let lost = verify(&world).await.differences;
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert!(lost[0].sentence.contains("neither sealed nor"), "{lost:?}");
        ground
            .edit("INSERT INTO journal_pending (organization_id, entry_id, at) VALUES ($1, $2, 0)", pending(waiting))
            .await;
        ground.seal().await;
        assert!(verify(&world).await.is_proven());
        // The end of the chain cut off: what it sealed is missing in it.
        ground.edit("DELETE FROM journal_seal WHERE organization_id = $1 AND entry_id = $2", pending(waiting)).await;
        assert_eq!(verify(&world).await.differences.len(), 1);
        // A whole organisation without its journal.
        ground.edit("DELETE FROM journal_entry WHERE organization_id = $1 AND id = $2", pending(sealed)).await;
        let checks: Vec<&str> = verify(&world).await.differences.iter().map(|it| it.check).collect();
        assert!(checks.contains(&"chain") && checks.contains(&"unsealed"), "{checks:?}");
    });
}
