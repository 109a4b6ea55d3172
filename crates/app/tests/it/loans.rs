//! Loans: what is late, asking for more time and the answer, reminders that are given once, use since somebody has it.

use crate::team::{Team, code, params, person};
use app::Ctx;
use contract::loans::{AskExtension, DecideExtension, Extension, Loan};
use contract::units::CreateUnits;
use domain::clock::Day;
use domain::id::{ExtensionId, UnitId};
use domain::loan::ExtensionStatus;
use testkit::on_both;

async fn lent(team: &Team, who: &Ctx, days: i32) -> UnitId {
    let today = who.today();
    let body = CreateUnits { custodian: Some(person(who)), due_back_on: Some(today.plus(days)), ..team.some(1) };
    team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id
}

async fn ask(team: &Team, who: &Ctx, id: UnitId, until: Day) -> app::Result<Extension> {
    let body = AskExtension { new_due_on: until, reason: "the surgery moved".into() };
    team.write(who, move |ctx, tx| app::loans::ask(ctx, tx, id, &body)).await
}

async fn decide(team: &Team, who: &Ctx, id: ExtensionId, approve: bool, answer: &str) -> app::Result<Extension> {
    let body = DecideExtension { approve, answer: answer.into() };
    team.write(who, move |ctx, tx| app::loans::decide(ctx, tx, id, &body)).await
}

async fn loans(team: &Team, who: &Ctx, filters: &'static [(&'static str, &'static str)]) -> Vec<Loan> {
    team.read(who, move |ctx, tx| app::loans::list(ctx, tx, &params(filters))).await.unwrap().items
}

#[test]
fn more_time_is_asked_for_answered_and_remembered() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let today = team.ann.today();
        let late = lent(&team, &team.ann, -2).await;
        let later = lent(&team, &team.ann, 10).await;
        lent(&team, &team.cy, 5).await;
        let of_ann = loans(&team, &team.ann, &[]).await;
        assert_eq!(of_ann.iter().map(|it| it.unit.id).collect::<Vec<_>>(), [late, later]);
        assert_eq!((of_ann[0].days_late, of_ann[1].days_late, of_ann[0].may_ask), (2, -10, true));
        assert_eq!(loans(&team, &team.ops, &[("overdue", "true")]).await.len(), 1);
        // An earlier day, a day gone by, a unit that is no loan: refused.
        assert_eq!(code(ask(&team, &team.ann, later, today.plus(9)).await), "422:invalid_date");
        assert_eq!(code(ask(&team, &team.ann, late, today.plus(-1)).await), "422:invalid_date");
        let kept = team.stock(person(&team.ann), 1).await[0];
        assert_eq!(code(ask(&team, &team.ann, kept, today.plus(9)).await), "409:not_on_loan");
        assert_eq!(code(ask(&team, &team.bob, late, today.plus(9)).await), "not_found");
        let asked = ask(&team, &team.ann, late, today.plus(9)).await.unwrap();
        assert_eq!(team.notices(&team.ops, "extension_asked").await, 1);
        assert_eq!(code(ask(&team, &team.ann, late, today.plus(9)).await), "409:extension_waits");
        assert_eq!(code(decide(&team, &team.ann, asked.id, true, "").await), "403:not_allowed");
        assert_eq!(code(decide(&team, &team.ops, asked.id, false, "").await), "422:required");
        decide(&team, &team.ops, asked.id, true, "").await.unwrap();
        assert_eq!(team.unit(late).await.due_back_on, Some(today.plus(9)));
        assert_eq!(team.notices(&team.ann, "extension_decided").await, 1);
        assert_eq!(code(decide(&team, &team.ops, asked.id, true, "").await), "409:extension_decided");
        // A no leaves the day, and the history has both.
        let more = ask(&team, &team.ann, late, today.plus(30)).await.unwrap();
        decide(&team, &team.ops, more.id, false, "it is booked").await.unwrap();
        let used = team.read(&team.ann, move |ctx, tx| app::loans::utilization(ctx, tx, late)).await.unwrap();
        assert_eq!((used.extensions, used.history.len(), used.events), (1, 2, 0));
        assert_eq!(used.history[0].status, ExtensionStatus::Denied);
        assert_eq!(used.due_back_on, Some(today.plus(9)));
        // Whoever asked may take it back, and ask again.
        let third = ask(&team, &team.ann, late, today.plus(12)).await.unwrap().id;
        team.write(&team.ann, move |ctx, tx| app::loans::withdraw(ctx, tx, third)).await.unwrap();
        ask(&team, &team.ann, late, today.plus(12)).await.unwrap();
        assert_eq!(loans(&team, &team.ops, &[("asked", "true")]).await.len(), 1);
        team.sound().await;
    });
}

#[test]
fn each_reminder_is_given_once() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        lent(&team, &team.ann, 2).await;
        lent(&team, &team.ann, -8).await;
        lent(&team, &team.cy, 20).await;
        let org = team.ops.organization.id;
        assert_eq!(team.world.app.remind_loans(org).await.unwrap(), 2);
        assert_eq!((team.notices(&team.ann, "loan_due").await, team.notices(&team.cy, "loan_due").await), (1, 0));
        assert_eq!(team.notices(&team.ops, "loans_overdue").await, 1);
        assert_eq!(team.world.app.remind_loans(org).await.unwrap(), 0);
        assert_eq!(team.notices(&team.ann, "loan_due").await, 1);
        team.sound().await;
    });
}
