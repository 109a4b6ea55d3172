//! Counts explained: the ledger adds up to the books, and what is open is said before anything is adjusted.

use crate::team::{Team, code, office, params, person};
use contract::explain::CountExplained;
use testkit::on_both;

async fn explain(team: &Team, who: &app::Ctx, more: &[(&str, &str)]) -> app::Result<CountExplained> {
    let item = team.item().to_string();
    let mut filters = vec![("catalog_item_id", item.as_str())];
    filters.extend(more);
    let params = params(&filters);
    team.read(who, move |ctx, tx| app::explain::explain(ctx, tx, &params)).await
}

#[test]
fn the_ledger_adds_up_and_what_is_on_its_way_explains_the_difference() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let ann = team.ann.actor.id.to_string();
        let own = team.stock(office(&team.ops), 4).await;
        let sent = team.send(&team.ops, office(&team.ops), person(&team.ann), &own[..3]).await.unwrap();
        team.accept(&team.ann, sent.transfer.id).await.unwrap();
        let out = team.send(&team.ann, person(&team.ann), person(&team.bob), &own[..1]).await.unwrap();
        team.send(&team.ops, office(&team.ops), person(&team.ann), &own[3..]).await.unwrap();
        let it = explain(&team, &team.ann, &[("custodian_id", &ann), ("counted", "2")]).await.unwrap();
        assert_eq!((it.books, it.steps.len(), it.steps[0].change, it.steps[0].balance), (3, 1, 3, 3));
        assert_eq!((it.causes[0].code.as_str(), it.causes[0].units), ("outgoing_not_accepted", Some(1)));
        assert!(it.causes.iter().all(|cause| cause.direction <= 0));
        let more = explain(&team, &team.ann, &[("custodian_id", &ann), ("counted", "4")]).await.unwrap();
        assert_eq!((more.causes[0].code.as_str(), more.causes[0].units), ("incoming_not_accepted", Some(1)));
        // What was accepted explains itself: the ledger shows it.
        team.accept(&team.bob, out.transfer.id).await.unwrap();
        let it = explain(&team, &team.ann, &[("custodian_id", &ann)]).await.unwrap();
        assert_eq!((it.books, it.steps[0].change, it.steps[0].balance, it.steps[1].balance), (2, -1, 2, 3));
        assert_eq!(it.steps[0].other_name.as_deref(), Some("Bob Lind"));
        // Of others within reach alone.
        let of_org = explain(&team, &team.ann, &[("custodian_id", &team.ops.organization.id.to_string())]).await;
        assert_eq!(code(of_org), "not_found:custodian_id");
        assert_eq!(code(explain(&team, &team.ann, &[]).await), "422:required");
    });
}
