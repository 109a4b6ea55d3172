//! Par levels: the office says them, those whom they concern see them, and what is missing counts what is coming.

use crate::team::{Team, code, office, person};
use app::Ctx;
use contract::Items;
use contract::pars::{ParLevel, PutParLevel, PutParLevels};
use contract::requests::{AskLine, CreateRequest};
use testkit::on_both;

async fn put(team: &Team, who: &Ctx, whose: &Ctx, level: i64) -> app::Result<Items<ParLevel>> {
    let id = whose.actor.id;
    let body = PutParLevels { levels: vec![PutParLevel { catalog_item_id: team.item(), level }] };
    team.write(who, move |ctx, tx| app::pars::put_user(ctx, tx, id, &body)).await
}

async fn seen(team: &Team, who: &Ctx, whose: &Ctx) -> app::Result<(i64, i64, i64)> {
    let id = whose.actor.id;
    let levels = team.read(who, move |ctx, tx| app::pars::of_user(ctx, tx, id)).await?.items;
    Ok((levels[0].held, levels[0].coming, levels[0].short))
}

#[test]
fn what_is_missing_to_a_par_level_counts_what_is_coming() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.ann), 3).await;
        assert_eq!(code(put(&team, &team.ann, &team.ann, 10).await), "403:not_allowed");
        assert_eq!(code(put(&team, &team.ops, &team.ann, 0).await), "422:invalid_quantity");
        assert_eq!(code(put(&team, &team.ops, &team.rita, 2).await), "409:role_cannot_hold_stock");
        put(&team, &team.ops, &team.ann, 10).await.unwrap();
        assert_eq!(seen(&team, &team.ann, &team.ann).await.unwrap(), (3, 0, 7));
        assert_eq!(seen(&team, &team.dana, &team.ann).await.unwrap(), (3, 0, 7));
        assert_eq!(code(seen(&team, &team.cy, &team.ann).await), "not_found");
        // Two are on their way, and two more are asked for.
        let own = team.stock(office(&team.ops), 2).await;
        let sent = team.send(&team.ops, office(&team.ops), person(&team.ann), &own).await.unwrap().transfer.id;
        let line = AskLine { catalog_item_id: Some(team.item()), quantity: 2, ..AskLine::default() };
        let ask = CreateRequest { lines: vec![line], ..CreateRequest::default() };
        team.write(&team.ann, move |ctx, tx| app::requests::ask::create(ctx, tx, &ask)).await.unwrap();
        assert_eq!(seen(&team, &team.ann, &team.ann).await.unwrap(), (3, 4, 3));
        team.accept(&team.ann, sent).await.unwrap();
        assert_eq!(seen(&team, &team.ann, &team.ann).await.unwrap(), (5, 2, 3));
        let short = team.read(&team.ops, app::pars::shortages).await.unwrap().items;
        assert_eq!((short.len(), short[0].name.as_str(), short[0].short), (1, "Ann Reyes", 3));
        assert_eq!(short[0].ask_for_id, Some(team.ann.actor.id));
        assert_eq!(team.read(&team.dana, app::pars::shortages).await.unwrap().items.len(), 1);
        assert!(team.read(&team.cy, app::pars::shortages).await.unwrap().items.is_empty());
        put(&team, &team.ops, &team.ann, 5).await.unwrap();
        assert!(team.read(&team.ops, app::pars::shortages).await.unwrap().items.is_empty());
        team.sound().await;
    });
}
