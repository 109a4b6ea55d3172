//! Accounts, groups, regions, succession: who sees whom, who changes what, and what never changes.

use app::{Ctx, Error, Tx, people};
use auth::Secret;
use contract::people::*;
use contract::{Address, CustodianRef, ListParams, Patch};
use db::args;
use domain::id::{Id, ManufacturerId, RegionId, UserId};
use domain::people::{Level, Role};
use domain::stock::Custodian;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::net::IpAddr;
use store::people::UserRow;
use testkit::{World, on_both};
use uuid::Uuid;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// What an edge would answer: the status and the code.
fn told<T>(result: app::Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(Error::Unauthorized) => "401".into(),
        Err(Error::NotFound(None)) => "404".into(),
        Err(Error::NotFound(Some(field))) => format!("404 {field}"),
        Err(Error::Forbidden { code, .. }) => format!("403 {code}"),
        Err(Error::Conflict { code, .. }) => format!("409 {code}"),
        Err(Error::Stale(_)) => "412".into(),
        Err(Error::Invalid { code, .. }) => format!("422 {code}"),
        Err(other) => panic!("{other:?}"),
    }
}

async fn write<T: Send + 'static>(
    world: &World,
    ctx: &Ctx,
    f: impl Fn(&Ctx, &mut Tx) -> app::Result<T> + Send + Sync + 'static,
) -> app::Result<T> {
    world.app.write(&world.again(ctx).await, f).await
}

async fn read<T: Send + 'static>(
    world: &World,
    ctx: &Ctx,
    f: impl FnOnce(&Ctx, &mut Tx) -> app::Result<T> + Send + 'static,
) -> app::Result<T> {
    world.app.read(&world.again(ctx).await, f).await
}

fn new_user(email: &str, role: Role) -> CreateUser {
    let body = format!(r#"{{"email":"{email}","role":"{role}","name":"Somebody New"}}"#);
    serde_json::from_str(&body).unwrap()
}

async fn create(world: &World, ctx: &Ctx, new: CreateUser) -> app::Result<User> {
    write(world, ctx, move |ctx, tx| people::create_user(ctx, tx, &new)).await
}

async fn patch(world: &World, ctx: &Ctx, id: UserId, body: &str) -> app::Result<User> {
    let patch: PatchUser = serde_json::from_str(body).unwrap();
    write(world, ctx, move |ctx, tx| people::patch_user(ctx, tx, id, &patch)).await
}

async fn get(world: &World, ctx: &Ctx, id: UserId) -> app::Result<User> {
    read(world, ctx, move |ctx, tx| people::user(ctx, tx, id)).await
}

async fn group(world: &World, ctx: &Ctx, id: UserId, reps: &[UserId], replace: bool) -> app::Result<Vec<UserId>> {
    let body = UserIds { user_ids: reps.to_vec() };
    let page = write(world, ctx, move |ctx, tx| match replace {
        true => people::put_representatives(ctx, tx, id, &body),
        false => people::add_representatives(ctx, tx, id, &body),
    })
    .await?;
    Ok(page.items.into_iter().map(|user| user.id).collect())
}

async fn region(world: &World, admin: &Ctx, name: &str, manager: Option<UserId>) -> RegionId {
    let new = CreateRegion { name: name.into(), manager_id: manager, states: vec!["WI".into()] };
    write(world, admin, move |ctx, tx| people::create_region(ctx, tx, &new)).await.unwrap().id
}

async fn listed(world: &World, ctx: &Ctx, params: ListParams) -> Vec<String> {
    let page = read(world, ctx, move |ctx, tx| people::list_users(ctx, tx, &params)).await.unwrap();
    page.items.into_iter().map(|user| user.name).collect()
}

async fn reach(world: &World, actor: &Ctx, subject: &Ctx) -> (Level, Level) {
    let (viewer, subject) = (actor.viewer(), subject.actor.id.uuid());
    let reach = world.app.db().read(move |tx| store::reach::of(tx, viewer, subject)).await.unwrap();
    (reach.person, reach.custody)
}

/// Runs statements as they are; `?` needs no arguments here.
async fn run(world: &World, statements: Vec<String>) {
    world
        .app
        .db()
        .write(move |tx| -> store::Result<()> {
            for sql in &statements {
                tx.exec(sql.as_str(), args![])?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

/// A uuid as both engines read it in a text.
fn literal(world: &World, id: Uuid) -> String {
    match world.app.db().engine() {
        db::Engine::Sqlite => format!("x'{}'", id.simple()),
        db::Engine::Postgres => format!("'{id}'::uuid"),
    }
}

#[test]
fn an_email_and_a_role_never_change_even_for_the_primary_admin() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann Reyes").await.actor.id;
        for (body, code) in [
            (r#"{"email":"ann@elsewhere.example"}"#, "409 email_immutable"),
            (r#"{"email":null}"#, "409 email_immutable"),
            (r#"{"role":"operations"}"#, "409 role_immutable"),
        ] {
            assert_eq!(told(patch(&world, &admin, ann, body).await), code);
        }
        let after = get(&world, &admin, ann).await.unwrap();
        assert_eq!((after.role, after.version), (Role::Sales, 1));
    });
}

#[test]
fn an_account_is_made_with_nothing_sent_and_its_email_belongs_to_it_for_good() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let mut new = new_user(" Zoë.Ruiz@Example.COM ", Role::Sales);
        new.name = "  Zoë   Ruiz ".into();
        new.commission_rate_bp = Some(1250);
        new.settings = [("modify_prices".to_owned(), true)].into();
        let made = create(&world, &admin, new).await.unwrap();
        assert_eq!((made.email.as_str(), made.name.as_str()), ("zoë.ruiz@example.com", "Zoë Ruiz"));
        assert!(made.active && made.claimed_at.is_none() && made.training_completed_at.is_none());
        assert!(made.settings["modify_prices"] && made.settings["create_inventory"]);
        let organization = world.organization;
        let due = world.app.db().read(move |tx| store::engine::is_due(tx, organization, "mail", i64::MAX));
        assert!(!due.await.unwrap());
        assert_eq!(
            told(create(&world, &admin, new_user("zoë.ruiz@example.com", Role::Sales)).await),
            "409 email_taken"
        );
        // Not even in another organisation of the server, and not after deactivation.
        let id = made.id;
        let bye = DeactivateUser::default();
        write(&world, &admin, move |ctx, tx| people::deactivate(ctx, tx, id, &bye)).await.unwrap();
        let (_, other) = world.organization("Elsewhere").await;
        let other = world.by_email(&other).await;
        let again = create(&world, &other, new_user("zoë.ruiz@example.com", Role::Sales)).await;
        assert_eq!(told(again), "409 email_taken");
        for (email, name) in [("no address", "Ann"), ("a@b.example", "  "), ("a@b.example", "a\u{202e}b")] {
            let new = CreateUser { name: name.into(), email: email.into(), ..new_user("x@y.example", Role::Sales) };
            assert!(told(create(&world, &admin, new).await).starts_with("422"), "{email} {name}");
        }
    });
}

#[test]
fn who_may_create_whom() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let second = world.person(Role::Admin, "Al Second").await;
        let omar = world.person(Role::Operations, "Omar Diaz").await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let mut n = 0;
        let mut tried = async |who: &Ctx, role: Role| {
            n += 1;
            told(create(&world, who, new_user(&format!("made{n}@test.example"), role)).await)
        };
        assert_eq!(tried(&admin, Role::Admin).await, "ok");
        assert_eq!(tried(&admin, Role::PrimaryAdmin).await, "409 primary_admin_exists");
        assert_eq!(tried(&second, Role::Admin).await, "403 not_allowed");
        assert_eq!(tried(&second, Role::PrimaryAdmin).await, "403 not_allowed");
        assert_eq!(tried(&second, Role::Operations).await, "ok");
        assert_eq!(tried(&omar, Role::FacilityManager).await, "ok");
        assert_eq!(tried(&omar, Role::Operations).await, "403 not_allowed");
        assert_eq!(tried(&dana, Role::Sales).await, "403 not_allowed");
        assert_eq!(tried(&ann, Role::Sales).await, "403 not_allowed");
        let off = r#"{"settings":{"invite_users":false,"manage_user_settings":false}}"#;
        patch(&world, &admin, omar.actor.id, off).await.unwrap();
        assert_eq!(tried(&omar, Role::Sales).await, "403 not_allowed");
        patch(&world, &admin, omar.actor.id, r#"{"settings":{"invite_users":true}}"#).await.unwrap();
        let rated = CreateUser { commission_rate_bp: Some(100), ..new_user("rated@test.example", Role::Sales) };
        assert_eq!(told(create(&world, &omar, rated).await), "403 field_not_allowed");
    });
}

#[test]
fn a_regional_manager_makes_and_invites_sales_and_distributors_of_own_regions_only() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let rita = world.person(Role::RegionalManager, "Rita Vogel").await;
        let north = region(&world, &admin, "North", Some(rita.actor.id)).await;
        let south = region(&world, &admin, "South", None).await;
        let with =
            |n: u32, role, region_id| CreateUser { region_id, ..new_user(&format!("regional{n}@test.example"), role) };
        let made = create(&world, &rita, with(1, Role::Sales, Some(north))).await.unwrap();
        assert_eq!(told(create(&world, &rita, with(2, Role::Distributor, Some(north))).await), "ok");
        assert_eq!(told(create(&world, &rita, with(3, Role::Sales, Some(south))).await), "404 region_id");
        assert_eq!(told(create(&world, &rita, with(4, Role::Sales, None)).await), "422 required");
        assert_eq!(told(create(&world, &rita, with(5, Role::FacilityManager, Some(north))).await), "403 not_allowed");
        let id = made.id;
        let config = world.app.config().clone();
        let invited = write(&world, &rita, move |ctx, tx| people::invite(ctx, tx, &config, id)).await.unwrap();
        assert!(invited.link.is_some_and(|link| link.starts_with("http://localhost/claim/cli_")));
        patch(&world, &rita, id, r#"{"phone":"555 0100"}"#).await.unwrap();
        for body in [r#"{"commission_rate_bp":1}"#, r#"{"settings":{"modify_prices":true}}"#, r#"{"region_id":null}"#] {
            assert_eq!(told(patch(&world, &rita, id, body).await), "403 field_not_allowed", "{body}");
        }
        let no = DeactivateUser::default();
        let gone = write(&world, &rita, move |ctx, tx| people::deactivate(ctx, tx, id, &no)).await;
        assert_eq!(told(gone), "403 not_allowed");
        // The rate concerns the office, the account and its distributor.
        patch(&world, &admin, id, r#"{"commission_rate_bp":900}"#).await.unwrap();
        assert_eq!(get(&world, &rita, id).await.unwrap().commission_rate_bp, None);
        assert_eq!(get(&world, &admin, id).await.unwrap().commission_rate_bp, Some(900));
        let entries = read(&world, &rita, move |ctx, tx| people::history(ctx, tx, id, 50)).await.unwrap();
        assert!(entries.items.iter().flat_map(|entry| &entry.changes).all(|it| it.field != "commission_rate_bp"));
    });
}

#[test]
fn a_delegate_acts_in_its_own_name_for_its_distributor_and_names_nobody() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let hub = CreateUser { custodian_only: true, ..new_user("hub@test.example", Role::Distributor) };
        let hub = create(&world, &admin, hub).await.unwrap().id;
        group(&world, &admin, dana.actor.id, &[ann.actor.id], true).await.unwrap();
        let of =
            |n: u32, role, id| CreateUser { delegate_of: Some(id), ..new_user(&format!("dee{n}@test.example"), role) };
        let dee = create(&world, &dana, of(1, Role::Distributor, dana.actor.id)).await.unwrap();
        assert_eq!(dee.delegate_of, Some(dana.actor.id));
        assert_eq!(told(create(&world, &admin, of(2, Role::Distributor, dana.actor.id)).await), "ok");
        let cases = [
            (Role::Sales, dana.actor.id, "422 delegate_must_be_distributor"),
            (Role::Distributor, ann.actor.id, "422 not_a_full_distributor"),
            (Role::Distributor, hub, "422 not_a_full_distributor"),
            (Role::Distributor, dee.id, "422 not_a_full_distributor"),
            (Role::Distributor, Id::from_uuid(Uuid::from_u128(5)), "404 delegate_of"),
        ];
        for (role, id, code) in cases {
            assert_eq!(told(create(&world, &admin, of(3, role, id)).await), code);
        }
        let dee_id = dee.id;
        write(&world, &admin, move |ctx, tx| people::complete_training(ctx, tx, dee_id)).await.unwrap();
        let token = world.app.token_for("dee1@test.example").await.unwrap().token;
        let dee = world.app.authenticate(&token, world.incoming(), false).await.unwrap();
        assert_eq!(dee.principal(), dana.actor.id);
        let refused = create(&world, &dee, of(4, Role::Distributor, dana.actor.id)).await;
        assert_eq!(told(refused), "403 delegate_cannot_name");
        // It reaches and may what its distributor may: the rep, and the distributor's settings.
        patch(&world, &dee, ann.actor.id, r#"{"phone":"555 0101"}"#).await.unwrap();
        patch(&world, &admin, dana.actor.id, r#"{"settings":{"modify_prices":true}}"#).await.unwrap();
        assert!(world.again(&dee).await.may(domain::people::Permission::ModifyPrices));
        let rep = ann.actor.id;
        let entries = read(&world, &admin, move |ctx, tx| people::history(ctx, tx, rep, 200)).await.unwrap();
        let entry = &entries.items[0];
        assert_eq!((entry.actor_id, entry.on_behalf_of_id), (Some(dee_id), Some(dana.actor.id)));
        let boss = dana.actor.id;
        let named = read(&world, &dana, move |ctx, tx| people::delegates(ctx, tx, boss)).await.unwrap();
        assert_eq!(named.items.len(), 2);
        // A delegate has no settings, shares nothing and leads no group.
        let toggled = patch(&world, &admin, dee_id, r#"{"settings":{"modify_prices":true}}"#).await;
        assert_eq!(told(toggled), "422 unknown_setting");
        let shared = patch(&world, &admin, dee_id, r#"{"shares_inventory":true}"#).await;
        assert_eq!(told(shared), "422 role_cannot_share");
        assert_eq!(told(group(&world, &admin, dee_id, &[rep], true).await), "422 not_a_distributor");
        // No distributor, no delegate.
        let bye = DeactivateUser::default();
        write(&world, &admin, move |ctx, tx| people::deactivate(ctx, tx, boss, &bye)).await.unwrap();
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), true).await), "401");
    });
}

#[test]
fn a_group_has_one_distributor_and_a_rep_one_full_distributor_beside_any_number_of_hubs() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await.actor.id;
        let evan = world.person(Role::Distributor, "Evan Hall").await.actor.id;
        let ann = world.person(Role::Sales, "Ann Reyes").await.actor.id;
        let bob = world.person(Role::Sales, "Bob Lind").await.actor.id;
        let rita = world.person(Role::RegionalManager, "Rita Vogel").await.actor.id;
        let mut hubs = Vec::new();
        for n in 0..2 {
            let new =
                CreateUser { custodian_only: true, ..new_user(&format!("hub{n}@test.example"), Role::Distributor) };
            hubs.push(create(&world, &admin, new).await.unwrap().id);
        }
        assert_eq!(group(&world, &admin, dana, &[ann, bob], true).await.unwrap(), [ann, bob]);
        assert_eq!(told(group(&world, &admin, evan, &[ann], false).await), "409 rep_already_in_group");
        for hub in &hubs {
            assert_eq!(group(&world, &admin, *hub, &[ann], false).await.unwrap(), [ann]);
        }
        assert_eq!(told(group(&world, &admin, dana, &[rita], false).await), "422 not_a_sales_user");
        assert_eq!(told(group(&world, &admin, dana, &[dana], false).await), "422 not_a_sales_user");
        assert_eq!(told(group(&world, &admin, ann, &[bob], true).await), "422 not_a_distributor");
        let nobody = Id::from_uuid(Uuid::from_u128(5));
        assert_eq!(told(group(&world, &admin, dana, &[bob, nobody], true).await), "404 user_ids[1]");
        // A hub cannot become a full distributor of somebody else's rep, and becomes one once it may.
        let full = patch(&world, &admin, hubs[0], r#"{"custodian_only":false}"#).await;
        assert_eq!(told(full), "409 rep_already_in_group");
        assert_eq!(group(&world, &admin, dana, &[bob], true).await.unwrap(), [bob]);
        patch(&world, &admin, hubs[0], r#"{"custodian_only":false}"#).await.unwrap();
        assert_eq!(told(group(&world, &admin, dana, &[ann], false).await), "409 rep_already_in_group");
        let left = write(&world, &admin, move |ctx, tx| people::remove_representative(ctx, tx, dana, bob)).await;
        assert!(left.unwrap().items.is_empty());
        let again = write(&world, &admin, move |ctx, tx| people::remove_representative(ctx, tx, dana, bob)).await;
        assert_eq!(told(again), "404");
    });
}

#[test]
fn a_rep_uses_its_distributors_custody_only_while_it_shares_and_never_that_of_another_rep() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Bob Lind").await;
        group(&world, &admin, dana.actor.id, &[ann.actor.id, bob.actor.id], true).await.unwrap();
        assert_eq!(reach(&world, &ann, &dana).await, (Level::Name, Level::Name));
        patch(&world, &admin, dana.actor.id, r#"{"shares_inventory":true}"#).await.unwrap();
        assert_eq!(reach(&world, &ann, &dana).await, (Level::Name, Level::Use));
        assert_eq!(reach(&world, &ann, &bob).await, (Level::Name, Level::Name));
        assert_eq!(reach(&world, &dana, &ann).await, (Level::Act, Level::Act));
        assert_eq!(told(get(&world, &ann, bob.actor.id).await), "404");
        assert_eq!(told(get(&world, &ann, dana.actor.id).await), "404");
        let (boss, rep) = (dana.actor.id, ann.actor.id);
        write(&world, &admin, move |ctx, tx| people::remove_representative(ctx, tx, boss, rep)).await.unwrap();
        assert_eq!(reach(&world, &ann, &dana).await, (Level::Name, Level::Name));
        assert_eq!(reach(&world, &bob, &dana).await, (Level::Name, Level::Use));
        patch(&world, &admin, dana.actor.id, r#"{"shares_inventory":false}"#).await.unwrap();
        assert_eq!(reach(&world, &bob, &dana).await, (Level::Name, Level::Name));
        // Sharing is switched by admins and by operations with the toggle; never by the distributor itself.
        let own = patch(&world, &dana, dana.actor.id, r#"{"shares_inventory":true}"#).await;
        assert_eq!(told(own), "403 field_not_allowed");
        let omar = world.person(Role::Operations, "Omar Diaz").await;
        patch(&world, &omar, dana.actor.id, r#"{"shares_inventory":true}"#).await.unwrap();
        patch(&world, &admin, omar.actor.id, r#"{"settings":{"manage_user_settings":false}}"#).await.unwrap();
        let off = patch(&world, &omar, dana.actor.id, r#"{"shares_inventory":false}"#).await;
        assert_eq!(told(off), "403 field_not_allowed");
    });
}

#[test]
fn a_distributor_changes_of_its_reps_what_the_rule_lists_and_a_refused_field_writes_nothing() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let cat = world.person(Role::Sales, "Cat Ito").await;
        group(&world, &admin, dana.actor.id, &[ann.actor.id], true).await.unwrap();
        let id = ann.actor.id;
        let body = r#"{"phone":"555 0100","shipping_address":{"line1":"1 Elm St"},"commission_rate_bp":1100,
            "contacts":[{"name":"Ina","email":"ina@test.example","receives":["order"]}]}"#;
        let after = patch(&world, &dana, id, body).await.unwrap();
        assert_eq!((after.phone.as_str(), after.commission_rate_bp, after.version), ("555 0100", Some(1100), 2));
        assert_eq!(after.shipping_address.line1, "1 Elm St");
        for field in [
            r#""region_id":null"#,
            r#""custodian_only":false"#,
            r#""shares_inventory":false"#,
            r#""settings":{"modify_prices":true}"#,
        ] {
            let body = format!(r#"{{"phone":"555 0199",{field}}}"#);
            assert_eq!(told(patch(&world, &dana, id, &body).await), "403 field_not_allowed", "{field}");
        }
        assert_eq!(get(&world, &dana, id).await.unwrap().phone, "555 0100");
        assert_eq!(told(patch(&world, &dana, cat.actor.id, r#"{"phone":"1"}"#).await), "404");
        let targets = SalesTargets { year: 2026, quarters_minor: vec![100, 200, 300, 400] };
        let mine = targets.clone();
        let set = write(&world, &dana, move |ctx, tx| people::put_sales_targets(ctx, tx, id, &mine)).await.unwrap();
        assert_eq!(set.quarters_minor, [100, 200, 300, 400]);
        // Never its own rate, targets or assignments.
        let boss = dana.actor.id;
        let own = targets.clone();
        let refused = write(&world, &dana, move |ctx, tx| people::put_sales_targets(ctx, tx, boss, &own)).await;
        assert_eq!(told(refused), "403 not_allowed");
        let own = patch(&world, &dana, boss, r#"{"commission_rate_bp":9000}"#).await;
        assert_eq!(told(own), "403 field_not_allowed");
        patch(&world, &dana, boss, r#"{"phone":"555 0200","name":"Dana M. Moore"}"#).await.unwrap();
        patch(&world, &ann, id, r#"{"name":"Ann R. Reyes","alternate_email":"ann@home.example"}"#).await.unwrap();
        let own = patch(&world, &ann, id, r#"{"commission_rate_bp":9000}"#).await;
        assert_eq!(told(own), "403 field_not_allowed");
        let grouped = group(&world, &dana, boss, &[cat.actor.id], false).await;
        assert_eq!(told(grouped), "403 not_allowed");
        let read_back = read(&world, &ann, move |ctx, tx| people::sales_targets(ctx, tx, id, &ListParams::default()));
        assert_eq!(read_back.await.unwrap().quarters_minor, [100, 200, 300, 400]);
    });
}

#[test]
fn operations_do_what_their_toggles_say_and_never_to_the_office() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let omar = world.person(Role::Operations, "Omar Diaz").await;
        let olga = world.person(Role::Operations, "Olga Berg").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await.actor.id;
        for office in [admin.actor.id, olga.actor.id] {
            assert_eq!(told(get(&world, &omar, office).await), "ok");
            assert_eq!(told(patch(&world, &omar, office, r#"{"phone":"1"}"#).await), "403 field_not_allowed");
            let no = DeactivateUser::default();
            let gone = write(&world, &omar, move |ctx, tx| people::deactivate(ctx, tx, office, &no)).await;
            assert_eq!(told(gone), "403 not_allowed");
        }
        // Not its own toggles either.
        let own = patch(&world, &omar, omar.actor.id, r#"{"settings":{"edit_catalog_numbers":true}}"#).await;
        assert_eq!(told(own), "403 field_not_allowed");
        patch(&world, &omar, ann, r#"{"phone":"1","settings":{"modify_prices":true}}"#).await.unwrap();
        patch(&world, &admin, omar.actor.id, r#"{"settings":{"manage_users":false}}"#).await.unwrap();
        assert_eq!(told(patch(&world, &omar, ann, r#"{"phone":"2"}"#).await), "403 field_not_allowed");
        assert_eq!(told(patch(&world, &omar, ann, r#"{"commission_rate_bp":5}"#).await), "ok");
        // An admin manages everybody but admins; the primary admin manages admins.
        let al = world.person(Role::Admin, "Al Second").await;
        let bea = world.person(Role::Admin, "Bea Third").await;
        assert_eq!(told(patch(&world, &al, bea.actor.id, r#"{"phone":"1"}"#).await), "403 field_not_allowed");
        assert_eq!(told(patch(&world, &al, omar.actor.id, r#"{"phone":"1"}"#).await), "ok");
        assert_eq!(told(patch(&world, &admin, bea.actor.id, r#"{"phone":"1"}"#).await), "ok");
    });
}

#[test]
fn a_list_shows_whom_the_viewer_sees_filtered_sorted_searched_and_paged() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Björn Lind").await;
        world.person(Role::Sales, "Cat Ito").await;
        group(&world, &admin, dana.actor.id, &[ann.actor.id, bob.actor.id], true).await.unwrap();
        let all = ["Ada Admin", "Ann Reyes", "Björn Lind", "Cat Ito", "Dana Moore"];
        assert_eq!(listed(&world, &admin, ListParams::default()).await, all);
        assert_eq!(listed(&world, &dana, ListParams::default()).await, ["Ann Reyes", "Björn Lind", "Dana Moore"]);
        assert_eq!(listed(&world, &ann, ListParams::default()).await, ["Ann Reyes"]);
        let asked = |q: &str| ListParams { q: Some(q.into()), ..ListParams::default() };
        assert_eq!(listed(&world, &admin, asked("bjor li")).await, ["Björn Lind"]);
        assert!(listed(&world, &ann, asked("bjorn")).await.is_empty());
        let by = |key: &str, value: &str| ListParams {
            filters: [(key.to_owned(), value.to_owned())].into(),
            ..ListParams::default()
        };
        assert_eq!(listed(&world, &admin, by("role", "distributor,primary_admin")).await, ["Ada Admin", "Dana Moore"]);
        assert!(listed(&world, &admin, by("active", "false")).await.is_empty());
        let north = region(&world, &admin, "North", None).await;
        patch(&world, &admin, bob.actor.id, &format!(r#"{{"region_id":"{north}"}}"#)).await.unwrap();
        assert_eq!(listed(&world, &admin, by("region_id", &north.to_string())).await, ["Björn Lind"]);
        let odd = by("rolle", "sales");
        assert_eq!(
            told(read(&world, &admin, move |c, t| people::list_users(c, t, &odd)).await),
            "422 filter_not_supported"
        );
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let params = ListParams {
                limit: Some(2),
                cursor,
                count: true,
                sort: Some("-created_at,name".into()),
                ..ListParams::default()
            };
            let page = read(&world, &admin, move |c, t| people::list_users(c, t, &params)).await.unwrap();
            assert_eq!(page.total, Some(5));
            seen.extend(page.items.into_iter().map(|user| user.name));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        // A changed name is found, the old one no longer.
        patch(&world, &admin, ann.actor.id, r#"{"name":"Ann Okafor"}"#).await.unwrap();
        assert_eq!(listed(&world, &admin, asked("okaf")).await, ["Ann Okafor"]);
        assert!(listed(&world, &admin, asked("reyes")).await.is_empty());
    });
}

#[test]
fn a_list_of_more_subjects_than_are_merged_is_the_same_list() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let mut reps = Vec::new();
        for n in 0..55 {
            reps.push(world.person(Role::Sales, &format!("Rep {n:02}")).await.actor.id);
        }
        world.person(Role::Sales, "Somebody else").await;
        group(&world, &admin, dana.actor.id, &reps, true).await.unwrap();
        let params = ListParams { limit: Some(500), count: true, ..ListParams::default() };
        let page = read(&world, &dana, move |ctx, tx| people::list_users(ctx, tx, &params)).await.unwrap();
        assert_eq!((page.total, page.items.len()), (Some(56), 56));
        assert!(page.items.iter().all(|user| user.name != "Somebody else"));
    });
}

#[test]
fn training_unlocks_the_roles_that_need_it() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let omar = world.person(Role::Operations, "Omar Diaz").await.actor.id;
        let needless = write(&world, &admin, move |ctx, tx| people::complete_training(ctx, tx, omar)).await;
        assert_eq!(told(needless), "409 training_not_needed");
        let ann = create(&world, &admin, new_user("ann@test.example", Role::Sales)).await.unwrap().id;
        let token = world.app.token_for("ann@test.example").await.unwrap().token;
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), false).await), "403 training_required");
        let waiting = world.app.authenticate(&token, world.incoming(), true).await.unwrap();
        assert!(world.app.read(&waiting, people::me).await.unwrap().user.training_completed_at.is_none());
        let first = write(&world, &admin, move |ctx, tx| people::complete_training(ctx, tx, ann)).await.unwrap();
        world.clock.pass(60);
        let again = write(&world, &admin, move |ctx, tx| people::complete_training(ctx, tx, ann)).await.unwrap();
        assert_eq!((first.training_completed_at, first.version), (again.training_completed_at, again.version));
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), false).await), "ok");
    });
}

#[test]
fn deactivation_ends_every_session_and_token_at_once_and_the_primary_admin_stays() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let token = world.token(&ann).await;
        let (id, primary) = (ann.actor.id, admin.actor.id);
        let why = DeactivateUser { reason: "Left the company".into(), ..DeactivateUser::default() };
        let gone = write(&world, &admin, move |ctx, tx| people::deactivate(ctx, tx, id, &why)).await.unwrap();
        assert!(!gone.active);
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), true).await), "401");
        assert_eq!(reach(&world, &ann, &ann).await, (Level::Name, Level::Name));
        let entries = read(&world, &admin, move |ctx, tx| people::history(ctx, tx, id, 50)).await.unwrap();
        assert_eq!(
            (entries.items[0].kind.as_str(), entries.items[0].reason.as_str()),
            ("user_deactivated", "Left the company")
        );
        let back = OptionalReason::default();
        write(&world, &admin, move |ctx, tx| people::reactivate(ctx, tx, id, &back)).await.unwrap();
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), true).await), "401");
        assert_eq!(reach(&world, &ann, &ann).await, (Level::Act, Level::Act));
        let al = world.person(Role::Admin, "Al Second").await;
        for (who, code) in [(&admin, "409 primary_admin_required"), (&al, "403 not_allowed")] {
            let no = DeactivateUser::default();
            let refused = write(&world, who, move |ctx, tx| people::deactivate(ctx, tx, primary, &no)).await;
            assert_eq!(told(refused), code);
        }
    });
}

#[test]
fn an_invitation_works_once_is_renewed_and_revoked() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = create(&world, &admin, new_user("ann@test.example", Role::Sales)).await.unwrap().id;
        let config = world.app.config().clone();
        let mailing = app::Config { mails: true, ..config.clone() };
        let invited = async |config: app::Config| {
            write(&world, &admin, move |ctx, tx| people::invite(ctx, tx, &config, ann)).await
        };
        let secret = |link: &str| link.rsplit('/').next().unwrap().to_owned();
        let first = secret(&invited(config.clone()).await.unwrap().link.unwrap());
        let second = secret(&invited(config.clone()).await.unwrap().link.unwrap());
        assert_eq!(told(world.app.link_holder(&first).await), "409 link_is_over");
        assert_eq!(world.app.link_holder(&second).await.unwrap().0, "ann@test.example");
        write(&world, &admin, move |ctx, tx| people::revoke_invitation(ctx, tx, ann)).await.unwrap();
        assert_eq!(told(world.app.link_holder(&second).await), "409 link_is_over");
        // Where mail goes out, the link is in the mail alone.
        let mailed = invited(mailing).await.unwrap();
        assert_eq!((mailed.link, mailed.mailed), (None, true));
        let organization = domain::id::OrganizationId::from_uuid(world.organization);
        let mails = world.app.take_mails(organization).await.unwrap();
        let mail = mails.last().unwrap().mail.clone().unwrap();
        assert_eq!((mails.len(), mail.to.as_str()), (3, "ann@test.example"));
        let link = mail.text.lines().find_map(|line| line.strip_prefix("http://localhost/claim/")).unwrap().to_owned();
        let password = "an excellent passphrase";
        world.app.claim(&link, Secret::new(password)).await.unwrap();
        assert_eq!(told(world.app.claim(&link, Secret::new(password)).await), "409 link_is_over");
        assert!(world.app.sign_in("ann@test.example", Secret::new(password), HOME).await.is_ok());
        assert_eq!(told(invited(config).await), "409 already_claimed");
        // Neither link nor password is in the journal.
        let entries = read(&world, &admin, move |ctx, tx| people::history(ctx, tx, ann, 200)).await.unwrap();
        let text = serde_json::to_string(&entries).unwrap();
        assert!(
            text.contains("account_claimed") && text.contains("user_invited") && text.contains("invitation_revoked")
        );
        assert!(!text.contains("cli_") && !text.contains(password) && !text.contains("argon2"));
    });
}

#[test]
fn a_reset_is_sent_to_claimed_accounts_only_and_answered_alike() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        create(&world, &admin, new_user("unclaimed@test.example", Role::Sales)).await.unwrap();
        for email in ["nobody@test.example", "unclaimed@test.example", "no address", &ann.actor.email] {
            assert_eq!(told(world.app.request_reset(email).await), "ok", "{email}");
        }
        let organization = domain::id::OrganizationId::from_uuid(world.organization);
        let mails = world.app.take_mails(organization).await.unwrap();
        assert_eq!(mails.len(), 1);
        let mail = mails[0].mail.clone().unwrap();
        assert_eq!(mail.to, ann.actor.email);
        let token = world.token(&ann).await;
        let link = mail.text.lines().find_map(|line| line.strip_prefix("http://localhost/claim/")).unwrap().to_owned();
        world.app.claim(&link, Secret::new("an excellent passphrase")).await.unwrap();
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), true).await), "401");
        // Whoever keeps asking sends no flood.
        for _ in 0..30 {
            world.app.request_reset(&ann.actor.email).await.unwrap();
        }
        assert!(world.app.take_mails(organization).await.unwrap().len() <= 10);
    });
}

#[test]
fn what_does_not_go_with_a_role_is_refused_by_name() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let base = |role| new_user("odd@test.example", role);
        let cases = [
            (CreateUser { custodian_only: true, ..base(Role::Sales) }, "422 role_cannot_be_custodian_only"),
            (CreateUser { shares_inventory: true, ..base(Role::Sales) }, "422 role_cannot_share"),
            (CreateUser { commission_rate_bp: Some(10_001), ..base(Role::Sales) }, "422 invalid_value"),
            (CreateUser { commission_rate_bp: Some(-1), ..base(Role::Sales) }, "422 invalid_value"),
            (
                CreateUser { settings: [("manage_events".into(), true)].into(), ..base(Role::Sales) },
                "422 unknown_setting",
            ),
            (
                CreateUser { settings: [("modify_prices".into(), true)].into(), ..base(Role::Admin) },
                "422 unknown_setting",
            ),
            (CreateUser { region_id: Some(Id::from_uuid(Uuid::from_u128(5))), ..base(Role::Sales) }, "404 region_id"),
            (CreateUser { alternate_email: "nonsense".into(), ..base(Role::Sales) }, "422 invalid_email"),
        ];
        for (new, code) in cases {
            assert_eq!(told(create(&world, &admin, new.clone()).await), code, "{new:?}");
        }
        let ann = world.person(Role::Sales, "Ann Reyes").await.actor.id;
        let odd = patch(&world, &admin, ann, r#"{"settings":{"no_such":true}}"#).await;
        assert_eq!(told(odd), "422 unknown_setting");
        let targets = SalesTargets { year: 2026, quarters_minor: vec![1, 2, 3] };
        let three = write(&world, &admin, move |ctx, tx| people::put_sales_targets(ctx, tx, ann, &targets)).await;
        assert_eq!(told(three), "422 invalid_value");
    });
}

/// A directory small enough for assignments: two manufacturers, a line, a customer with a location, a physician.
struct Records {
    makers: [ManufacturerId; 2],
    line: Uuid,
    customer: Uuid,
    location: Uuid,
    physician: Uuid,
    item: Uuid,
}

async fn records(world: &World) -> Records {
    let id = |n: u128| Uuid::from_u128((0x0192_u128 << 112) | n);
    let it = Records {
        makers: [Id::from_uuid(id(1)), Id::from_uuid(id(2))],
        line: id(3),
        customer: id(4),
        location: id(5),
        physician: id(6),
        item: id(7),
    };
    let organization = literal(world, world.organization);
    let mut statements = Vec::new();
    for (n, maker) in it.makers.iter().enumerate() {
        let maker = literal(world, maker.uuid());
        statements.push(format!(
            "INSERT INTO catalog_manufacturer (organization_id, id, name, name_key, email, billed_as_organization, version) \
             VALUES ({organization}, {maker}, 'Maker {n}', 'maker {n}', '', 0, 1)"
        ));
    }
    let maker = literal(world, it.makers[0].uuid());
    let (line, customer, location, physician, item) = (
        literal(world, it.line),
        literal(world, it.customer),
        literal(world, it.location),
        literal(world, it.physician),
        literal(world, it.item),
    );
    statements.push(format!(
        "INSERT INTO catalog_product_line (organization_id, id, manufacturer_id, name, name_key, version) \
         VALUES ({organization}, {line}, {maker}, 'Hip', 'hip', 1)"
    ));
    statements.push(format!(
        "INSERT INTO directory_customer (organization_id, id, number, number_key, name, name_key, kind, rep_key, terms_key, \
         basis_date, billing_status, billing_rank, billing_status_reason, locations_count, billing_address, shipping_address, \
         phone, email, contacts, external_ids, tags, note, version, created_at, updated_at) VALUES ({organization}, \
         {customer}, '1', '1', 'St. Elm', 'st elm', 'hospital', '', '', '', 'good', 0, '', 1, '{{}}', '{{}}', '', '', '[]', \
         '{{}}', '[]', '', 1, 0, 0)"
    ));
    statements.push(format!(
        "INSERT INTO directory_location (organization_id, id, customer_id, code, code_key, name, name_key, sort_key, kind, \
         time_zone, address, phone, contacts, delivery_instructions, sales_rep_mode, rep_key, external_ids, tags, version, \
         created_at, updated_at) VALUES ({organization}, {location}, {customer}, 'MAIN', 'main', 'Main', 'main', \
         'st elm main', 'hospital', 'America/Chicago', '{{}}', '', '[]', '', 'inherit', '', '{{}}', '[]', 1, 0, 0)"
    ));
    statements.push(format!(
        "INSERT INTO directory_physician (organization_id, id, name, name_key, npi, version) \
         VALUES ({organization}, {physician}, 'Dr. Rivera', 'dr rivera', '', 1)"
    ));
    statements.push(format!(
        "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, description_key, \
         kind, udi_di, gtins, reusable, geography, version, created_at) VALUES ({organization}, {item}, {maker}, 'CUP', 'cup', \
         'Cup', 'cup', 'device', '', '[]', 0, '', 1, 0)"
    ));
    run(world, statements).await;
    it
}

async fn put_assignments(world: &World, ctx: &Ctx, id: UserId, body: PutAssignments) -> app::Result<Assignments> {
    write(world, ctx, move |ctx, tx| people::put_assignments(ctx, tx, id, &body)).await
}

#[test]
fn assignments_are_replaced_list_by_list_and_a_distributor_sets_manufacturers_of_own_reps_only() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let cat = world.person(Role::Sales, "Cat Ito").await.actor.id;
        group(&world, &admin, dana.actor.id, &[ann.actor.id], true).await.unwrap();
        let it = records(&world).await;
        let id = ann.actor.id;
        let all = PutAssignments {
            manufacturer_ids: Some(it.makers.to_vec()),
            location_ids: Some(vec![Id::from_uuid(it.location)]),
            physician_ids: Some(vec![Id::from_uuid(it.physician)]),
            product_line_ids: Some(vec![Id::from_uuid(it.line)]),
        };
        let now = put_assignments(&world, &admin, id, all.clone()).await.unwrap();
        assert_eq!((now.manufacturer_ids.len(), now.location_ids.len(), now.physician_ids.len()), (2, 1, 1));
        let makers = |ids: &[ManufacturerId]| PutAssignments {
            manufacturer_ids: Some(ids.to_vec()),
            ..PutAssignments::default()
        };
        let now = put_assignments(&world, &dana, id, makers(&it.makers[1..])).await.unwrap();
        assert_eq!((now.manufacturer_ids.as_slice(), now.location_ids.len()), (&it.makers[1..], 1));
        // Any other list is refused and writes nothing, whatever else is sent with it.
        let mixed = PutAssignments { location_ids: Some(Vec::new()), ..makers(&it.makers) };
        assert_eq!(told(put_assignments(&world, &dana, id, mixed).await), "403 not_allowed");
        let own = put_assignments(&world, &dana, dana.actor.id, makers(&it.makers)).await;
        assert_eq!(told(own), "403 not_allowed");
        assert_eq!(told(put_assignments(&world, &dana, cat, makers(&it.makers)).await), "404");
        assert_eq!(told(put_assignments(&world, &ann, id, makers(&it.makers)).await), "403 not_allowed");
        let now = read(&world, &ann, move |ctx, tx| people::assignments(ctx, tx, id)).await.unwrap();
        assert_eq!((now.manufacturer_ids.as_slice(), now.location_ids.len()), (&it.makers[1..], 1));
        let unknown = makers(&[it.makers[0], Id::from_uuid(Uuid::from_u128(9))]);
        assert_eq!(told(put_assignments(&world, &admin, id, unknown).await), "404 manufacturer_ids[1]");
        let (_, other) = world.organization("Elsewhere").await;
        let other = world.by_email(&other).await;
        assert_eq!(told(put_assignments(&world, &other, id, makers(&it.makers)).await), "404");
        // A regional manager assigns what somebody in own regions works with.
        let rita = world.person(Role::RegionalManager, "Rita Vogel").await;
        let north = region(&world, &admin, "North", Some(rita.actor.id)).await;
        patch(&world, &admin, cat, &format!(r#"{{"region_id":"{north}"}}"#)).await.unwrap();
        let here = PutAssignments { location_ids: all.location_ids.clone(), ..PutAssignments::default() };
        assert_eq!(told(put_assignments(&world, &rita, cat, here.clone()).await), "404 location_ids[0]");
        patch(&world, &admin, id, &format!(r#"{{"region_id":"{north}"}}"#)).await.unwrap();
        assert_eq!(told(put_assignments(&world, &rita, cat, here).await), "ok");
    });
}

#[test]
fn quick_sources_are_people_who_hold_stock() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Bob Lind").await.actor.id;
        let id = ann.actor.id;
        let put = async |who: &Ctx, sources: Vec<Custodian>| {
            let body = QuickTransferSources { sources: sources.into_iter().map(CustodianRef::from).collect() };
            write(&world, who, move |ctx, tx| people::put_quick_sources(ctx, tx, id, &body)).await
        };
        let organization = Custodian::organization(Id::from_uuid(world.organization));
        assert_eq!(put(&admin, vec![Custodian::user(bob), organization]).await.unwrap().sources.len(), 2);
        assert_eq!(put(&admin, vec![Custodian::user(bob)]).await.unwrap().sources.len(), 1);
        assert_eq!(told(put(&admin, vec![Custodian::user(admin.actor.id)]).await), "422 role_cannot_hold_stock");
        assert_eq!(told(put(&admin, vec![Custodian::user(id)]).await), "422 same_account");
        let foreign = Custodian::organization(Id::from_uuid(Uuid::from_u128(77)));
        assert_eq!(told(put(&admin, vec![foreign]).await), "404 sources[0].id");
        assert_eq!(told(put(&ann, vec![Custodian::user(bob)]).await), "403 not_allowed");
        let (me, from) = (id.uuid(), bob.uuid());
        let organization = world.organization;
        let may = world.app.db().read(move |tx| store::transfers::is_quick_source(tx, organization, me, "user", from));
        assert!(may.await.unwrap());
    });
}

#[test]
fn a_region_is_seen_by_its_manager_and_moving_somebody_moves_the_reach() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let omar = world.person(Role::Operations, "Omar Diaz").await;
        let rita = world.person(Role::RegionalManager, "Rita Vogel").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let north = region(&world, &admin, "North", Some(rita.actor.id)).await;
        let south = region(&world, &admin, "South", None).await;
        let regions = async |who: &Ctx| {
            let page =
                read(&world, who, |ctx, tx| people::list_regions(ctx, tx, &ListParams::default())).await.unwrap();
            page.items.into_iter().map(|region| region.name).collect::<Vec<_>>()
        };
        assert_eq!(regions(&admin).await, ["North", "South"]);
        assert_eq!(regions(&rita).await, ["North"]);
        assert!(regions(&ann).await.is_empty());
        patch(&world, &admin, ann.actor.id, &format!(r#"{{"region_id":"{north}"}}"#)).await.unwrap();
        assert_eq!(reach(&world, &rita, &ann).await, (Level::Act, Level::Act));
        assert_eq!(regions(&ann).await, ["North"]);
        patch(&world, &admin, ann.actor.id, &format!(r#"{{"region_id":"{south}"}}"#)).await.unwrap();
        assert_eq!(reach(&world, &rita, &ann).await, (Level::Name, Level::Name));
        let give = |manager: UserId| PatchRegion { manager_id: Patch::Set(manager), ..PatchRegion::default() };
        let (to_rita, to_ann) = (give(rita.actor.id), give(ann.actor.id));
        let patched = async |who: &Ctx, patch: PatchRegion| {
            write(&world, who, move |ctx, tx| people::patch_region(ctx, tx, south, &patch)).await
        };
        assert_eq!(told(patched(&rita, to_rita.clone()).await), "404");
        assert_eq!(told(patched(&omar, to_rita.clone()).await), "403 not_allowed");
        assert_eq!(told(patched(&admin, to_ann).await), "422 not_a_regional_manager");
        assert_eq!(patched(&admin, to_rita).await.unwrap().version, 2);
        assert_eq!(reach(&world, &rita, &ann).await, (Level::Act, Level::Act));
        let taken = PatchRegion { name: Some(" north ".into()), ..PatchRegion::default() };
        assert_eq!(told(patched(&admin, taken).await), "409 region_name_taken");
        let mut stale = world.again(&admin).await;
        stale.expected_version = Some(1);
        let renamed = PatchRegion { name: Some("Far South".into()), ..PatchRegion::default() };
        let late = world.app.write(&stale, move |ctx, tx| people::patch_region(ctx, tx, south, &renamed)).await;
        assert_eq!(told(late), "412");
    });
}

#[test]
fn the_organisation_and_its_settings_are_changed_by_admins_and_have_defaults() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let omar = world.person(Role::Operations, "Omar Diaz").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let defaults = read(&world, &ann, people::settings).await.unwrap();
        assert!(defaults.field_transfers && defaults.weekly_po_reminder && !defaults.field_adjustments);
        assert_eq!(defaults.note_required_for, [domain::event::Usage::Damaged, domain::event::Usage::Missing]);
        let set = async |who: &Ctx, body: &str| {
            let patch: PatchOrganizationSettings = serde_json::from_str(body).unwrap();
            write(&world, who, move |ctx, tx| people::patch_settings(ctx, tx, &patch)).await
        };
        assert_eq!(told(set(&omar, r#"{"field_transfers":false}"#).await), "403 not_allowed");
        let body = format!(
            r#"{{"field_transfers":false,"note_required_for":[],"discrepancy_custodian_id":"{}"}}"#,
            ann.actor.id
        );
        let after = set(&admin, &body).await.unwrap();
        assert!(!after.field_transfers && after.note_required_for.is_empty());
        assert_eq!((after.discrepancy_custodian_id, after.version), (Some(ann.actor.id), 2));
        assert!(!world.again(&ann).await.may(domain::people::Permission::SendTransfers));
        let after = set(&admin, r#"{"discrepancy_custodian_id":null}"#).await.unwrap();
        assert!(after.discrepancy_custodian_id.is_none() && !after.field_transfers);
        let holder = format!(r#"{{"discrepancy_custodian_id":"{}"}}"#, admin.actor.id);
        assert_eq!(told(set(&admin, &holder).await), "422 role_cannot_hold_stock");
        assert!(serde_json::from_str::<PatchOrganizationSettings>(r#"{"no_such":true}"#).is_err());
        let zone = PatchOrganization { time_zone: Some("Mars/Base".into()), ..PatchOrganization::default() };
        let odd = write(&world, &admin, move |ctx, tx| people::patch_organization(ctx, tx, &zone)).await;
        assert_eq!(told(odd), "422 invalid_value");
        let named = PatchOrganization {
            name: Some("Northlake".into()),
            address: Some(Address { city: "Duluth".into(), ..Address::default() }),
            ..PatchOrganization::default()
        };
        let after = write(&world, &admin, move |ctx, tx| people::patch_organization(ctx, tx, &named)).await.unwrap();
        assert_eq!((after.name.as_str(), after.address.city.as_str(), after.version), ("Northlake", "Duluth", 4));
    });
}

#[test]
fn the_checklist_says_what_is_missing_and_blocks_nothing() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let it = records(&world).await;
        let ann = create(&world, &admin, new_user("ann@test.example", Role::Sales)).await.unwrap().id;
        let missing = async || {
            let list = read(&world, &admin, move |ctx, tx| people::checklist(ctx, tx, ann)).await.unwrap();
            assert_eq!(list.items.len(), 8);
            let open: Vec<String> =
                list.items.into_iter().filter(|item| item.needed && !item.done).map(|item| item.key).collect();
            assert_eq!(list.complete, open.is_empty());
            open
        };
        let steps = ["shipping_address", "commission_rate", "directory", "stock", "training", "invitation"];
        assert_eq!(missing().await, steps);
        patch(&world, &admin, ann, r#"{"shipping_address":{"city":"Duluth"},"commission_rate_bp":0}"#).await.unwrap();
        assert_eq!(missing().await, &steps[2..]);
        let body = PutAssignments {
            manufacturer_ids: Some(it.makers.to_vec()),
            location_ids: Some(vec![Id::from_uuid(it.location)]),
            ..PutAssignments::default()
        };
        put_assignments(&world, &admin, ann, body).await.unwrap();
        assert_eq!(missing().await, &steps[3..]);
        // An account may hold stock before its person is given access.
        stock(&world, &it, ann, 1).await;
        assert_eq!(missing().await, &steps[4..]);
        write(&world, &admin, move |ctx, tx| people::complete_training(ctx, tx, ann)).await.unwrap();
        let config = world.app.config().clone();
        write(&world, &admin, move |ctx, tx| people::invite(ctx, tx, &config, ann)).await.unwrap();
        assert!(missing().await.is_empty());
    });
}

/// Units in somebody's custody, with their journal.
async fn stock(world: &World, it: &Records, holder: UserId, count: u32) -> Vec<Uuid> {
    let (item, maker) = (it.item, it.makers[0].uuid());
    let admin = world.admin().await;
    let made = world.app.write(&admin, move |ctx, tx| {
        let mut entry = ctx.entry("units_made");
        let mut ids = Vec::new();
        for n in 0..count {
            let unit = store::stock::NewUnit {
                id: ctx.id::<domain::id::Unit>().uuid(),
                kind: domain::stock::UnitKind::Device,
                catalog_item: item,
                manufacturer: maker,
                lot: format!("L{n}"),
                lot_key: format!("l{n}"),
                serial: String::new(),
                serial_key: String::new(),
                udi: String::new(),
                expires_on: None,
                manufactured_on: None,
                custodian: Custodian::user(holder),
                facility_stock_location: None,
                place: None,
                container: None,
                reusable: false,
                due_back_on: None,
                tags: "[]".into(),
                note: String::new(),
                sold_event: None,
            };
            entry.movement(store::stock::insert_unit(tx, ctx.org(), &unit, ctx.now.0)?);
            ids.push(unit.id);
        }
        entry.append(ctx, tx)?;
        Ok(ids)
    });
    made.await.unwrap()
}

async fn preview(world: &World, ctx: &Ctx, from: UserId, to: UserId) -> app::Result<SuccessorPreview> {
    let ask = PreviewSuccessor { to_user_id: to };
    write(world, ctx, move |ctx, tx| people::preview_successor(ctx, tx, from, &ask)).await
}

async fn apply(world: &World, ctx: &Ctx, from: UserId, preview: &SuccessorPreview) -> app::Result<Succession> {
    let ask = ApplyPreview { preview_token: preview.preview_token };
    write(world, ctx, move |ctx, tx| people::apply_successor(ctx, tx, from, &ask)).await
}

#[test]
fn a_successor_takes_over_everything_in_one_action() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let it = records(&world).await;
        let dana = world.person(Role::Distributor, "Dana Moore").await;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Bob Lind").await;
        let eve = world.person(Role::Sales, "Eve Stone").await;
        group(&world, &admin, dana.actor.id, &[ann.actor.id, bob.actor.id], true).await.unwrap();
        let north = region(&world, &admin, "North", None).await;
        patch(&world, &admin, ann.actor.id, &format!(r#"{{"region_id":"{north}"}}"#)).await.unwrap();
        let body = PutAssignments { manufacturer_ids: Some(it.makers.to_vec()), ..PutAssignments::default() };
        put_assignments(&world, &admin, ann.actor.id, body).await.unwrap();
        let units = stock(&world, &it, ann.actor.id, 3).await;
        let id = |n: u128| Uuid::from_u128((0x0193_u128 << 112) | n);
        let sql = |uuid: Uuid| literal(&world, uuid);
        let (o, a, b, e) =
            (sql(world.organization), sql(ann.actor.id.uuid()), sql(bob.actor.id.uuid()), sql(eve.actor.id.uuid()));
        let mut statements = vec![
            format!("UPDATE directory_customer SET default_sales_rep_id = {a} WHERE organization_id = {o}"),
            format!("UPDATE directory_location SET effective_rep_id = {a} WHERE organization_id = {o}"),
        ];
        // One open event of Ann's with Eve as second, one of Bob's with Ann as second, one of Ann's that is closed.
        for (n, rep, second, status) in [(1, &a, Some(&e), "open"), (2, &b, Some(&a), "open"), (3, &a, None, "paid")] {
            let event = sql(id(n));
            statements.push(format!(
                "INSERT INTO event (organization_id, id, number, type, status, name, name_auto, representative_id, starts_at, \
                 ends_at, time_zone, day, patient_reference, note, facility_stock, total_minor, lines_count, prices_edited, \
                 revision, hold_released, closed_reason, created_by, created_at, updated_at, version) VALUES ({o}, {event}, {n}, \
                 'case', '{status}', 'Case', 0, {rep}, 0, 0, 'UTC', 0, '', '', 0, 0, 0, 0, 1, 0, '', {rep}, 0, 0, 1)"
            ));
            let people = [(Some(rep), "rep"), (second, "sub")];
            for (who, role) in people.into_iter().filter_map(|(who, role)| Some((who?, role))) {
                statements.push(format!(
                    "INSERT INTO event_person (organization_id, event_id, user_id, role, starts_at) \
                     VALUES ({o}, {event}, {who}, '{role}', 0)"
                ));
            }
        }
        // A transfer from Ann to Bob waits.
        let (transfer, first) = (sql(id(9)), sql(units[0]));
        statements.push(format!(
            "INSERT INTO stock_transfer (organization_id, id, from_type, from_id, to_type, to_id, status, note, units_count, \
             created_by, created_at, version) VALUES ({o}, {transfer}, 'user', {a}, 'user', {b}, 'pending', '', 1, {a}, 0, 1)"
        ));
        statements.push(format!(
            "INSERT INTO stock_transfer_line (organization_id, transfer_id, unit_id, status, reason) \
             VALUES ({o}, {transfer}, {first}, 'pending', '')"
        ));
        run(&world, statements).await;

        let (from, to) = (ann.actor.id, eve.actor.id);
        let token = world.token(&ann).await;
        let first = preview(&world, &admin, from, to).await.unwrap();
        let count = |key: &str| first.counts[key];
        assert_eq!((count("units"), count("open_events"), count("pending_transfers")), (3, 2, 1));
        assert_eq!((count("customers"), count("groups"), count("assignments")), (1, 1, 2));
        // What changed since the preview is not carried out unseen.
        stock(&world, &it, from, 1).await;
        assert_eq!(told(apply(&world, &admin, from, &first).await), "409 preview_outdated");
        let shown = preview(&world, &admin, from, to).await.unwrap();
        let al = world.person(Role::Admin, "Al Second").await;
        assert_eq!(told(apply(&world, &al, from, &shown).await), "404 preview_token");
        let done = apply(&world, &admin, from, &shown).await.unwrap();
        assert_eq!((done.from.active, done.to.region_id, done.counts["units"]), (false, Some(north), 4));
        assert_eq!(told(apply(&world, &admin, from, &shown).await), "404 preview_token");
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), true).await), "401");

        let (organization, heir, leaver) = (world.organization, to.uuid(), from.uuid());
        let left = world.app.db().read(move |tx| store::people::estate(tx, organization, leaver, 100)).await.unwrap();
        assert_eq!(left, store::people::Estate::default());
        let taken = world.app.db().read(move |tx| store::people::estate(tx, organization, heir, 100)).await.unwrap();
        assert_eq!((taken.units.len(), taken.events, taken.seconded), (4, vec![id(1)], vec![id(2)]));
        assert_eq!((taken.customers.as_slice(), taken.assignments.len()), (&[it.customer][..], 2));
        assert_eq!(taken.outgoing, [(id(9), bob.actor.id.uuid())]);
        assert_eq!(taken.memberships, [(dana.actor.id.uuid(), false)]);
        assert_eq!(reach(&world, &dana, &eve).await, (Level::Act, Level::Act));
        assert_eq!(reach(&world, &dana, &ann).await, (Level::Name, Level::Name));
        // The closed case keeps its representative, and every unit its unbroken steps.
        let unit = units[1];
        let (steps, closed) = world
            .app
            .db()
            .read(move |tx| -> store::Result<_> {
                let steps = store::journal::movements_of_unit(tx, organization, unit)?;
                let sql = "SELECT representative_id FROM event WHERE organization_id = $1 AND number = 3";
                Ok((steps, tx.one::<(Uuid,)>(sql, args![organization])?))
            })
            .await
            .unwrap();
        assert_eq!(closed, Some((leaver,)));
        let chain: Vec<_> = steps.iter().map(|step| (step.seq, step.from_custodian_id, step.to_custodian_id)).collect();
        assert_eq!(chain, [(1, None, leaver), (2, Some(leaver), heir)]);
        let counted = "SELECT n FROM stock_counter WHERE organization_id = $1 AND custodian_id = $2 AND n <> 0";
        let counts = world.app.db().read(move |tx| -> store::Result<_> {
            Ok((
                tx.all::<(i64,)>(counted, args![organization, leaver])?,
                tx.all::<(i64,)>(counted, args![organization, heir])?,
            ))
        });
        assert_eq!(counts.await.unwrap(), (vec![], vec![(4,)]));
    });
}

#[test]
fn a_successor_whose_role_cannot_take_over_is_refused_by_name() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let it = records(&world).await;
        let dana = world.person(Role::Distributor, "Dana Moore").await.actor.id;
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Bob Lind").await.actor.id;
        let omar = world.person(Role::Operations, "Omar Diaz").await.actor.id;
        let rita = world.person(Role::RegionalManager, "Rita Vogel").await.actor.id;
        region(&world, &admin, "North", Some(rita)).await;
        group(&world, &admin, dana, &[ann.actor.id], true).await.unwrap();
        let units = stock(&world, &it, ann.actor.id, 1).await;
        assert_eq!(told(preview(&world, &admin, ann.actor.id, omar).await), "422 role_cannot_hold_stock");
        assert_eq!(told(preview(&world, &admin, ann.actor.id, rita).await), "422 role_cannot_hold_stock");
        assert_eq!(told(preview(&world, &admin, dana, bob).await), "409 successor_cannot_lead_group");
        assert_eq!(told(preview(&world, &admin, rita, bob).await), "409 successor_cannot_manage_region");
        assert_eq!(told(preview(&world, &admin, bob, bob).await), "422 same_account");
        assert_eq!(told(preview(&world, &admin, admin.actor.id, bob).await), "409 primary_admin_required");
        assert_eq!(told(preview(&world, &ann, ann.actor.id, bob).await), "403 not_allowed");
        let nobody = Id::from_uuid(Uuid::from_u128(5));
        assert_eq!(told(preview(&world, &admin, bob, nobody).await), "404 to_user_id");
        // A promotion ends the rep's place in the group and says so.
        let evan = world.person(Role::Distributor, "Evan Hall").await.actor.id;
        let shown = preview(&world, &admin, ann.actor.id, evan).await.unwrap();
        assert_eq!((shown.counts["groups"], shown.notes.len()), (0, 1));
        world.clock.pass(31 * 60);
        assert_eq!(told(apply(&world, &admin, ann.actor.id, &shown).await), "409 preview_expired");
        let shown = preview(&world, &admin, ann.actor.id, evan).await.unwrap();
        apply(&world, &admin, ann.actor.id, &shown).await.unwrap();
        let (organization, unit) = (world.organization, units[0]);
        let row = world.app.db().read(move |tx| store::stock::unit(tx, organization, unit)).await.unwrap().unwrap();
        assert_eq!(row.custodian_id, evan.uuid());
        // A deactivated account succeeds nobody.
        assert_eq!(told(preview(&world, &admin, bob, ann.actor.id).await), "409 successor_inactive");
        // A distributor hands its group and its delegates to another full distributor.
        let new = CreateUser { delegate_of: Some(dana), ..new_user("dee@test.example", Role::Distributor) };
        let dee = create(&world, &admin, new).await.unwrap().id;
        group(&world, &admin, dana, &[bob], true).await.unwrap();
        let shown = preview(&world, &admin, dana, evan).await.unwrap();
        apply(&world, &admin, dana, &shown).await.unwrap();
        assert_eq!(get(&world, &admin, dee).await.unwrap().delegate_of, Some(evan));
        let reps = read(&world, &admin, move |ctx, tx| people::representatives(ctx, tx, evan)).await.unwrap();
        assert_eq!(reps.items.iter().map(|user| user.id).collect::<Vec<_>>(), [bob]);
    });
}

#[test]
fn somebody_ends_own_tokens_and_nobody_elses() {
    on_both(async |world: World| {
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let bob = world.person(Role::Sales, "Bob Lind").await;
        let token = world.token(&ann).await;
        let own = read(&world, &ann, app::session::tokens).await.unwrap();
        assert_eq!((own.len(), own[0].kind.as_str()), (1, "token"));
        let id = own[0].id;
        let foreign = write(&world, &bob, move |ctx, tx| app::session::revoke_token(ctx, tx, id)).await;
        assert_eq!(told(foreign), "404");
        write(&world, &ann, move |ctx, tx| app::session::revoke_token(ctx, tx, id)).await.unwrap();
        assert_eq!(told(world.app.authenticate(&token, world.incoming(), true).await), "401");
    });
}

#[test]
fn a_stale_version_is_told_with_the_account_as_it_is_and_another_organisation_sees_nothing() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann Reyes").await.actor.id;
        patch(&world, &admin, ann, r#"{"phone":"1"}"#).await.unwrap();
        let mut stale = world.again(&admin).await;
        stale.expected_version = Some(1);
        let body: PatchUser = serde_json::from_str(r#"{"phone":"2"}"#).unwrap();
        let refused = world.app.write(&stale, move |ctx, tx| people::patch_user(ctx, tx, ann, &body)).await;
        match refused {
            Err(Error::Stale(now)) => {
                assert_eq!((now["phone"].as_str(), now["version"].as_i64()), (Some("1"), Some(2)))
            }
            other => panic!("{other:?}"),
        }
        // What changes nothing is no entry and no version.
        let same = patch(&world, &admin, ann, r#"{"phone":" 1 "}"#).await.unwrap();
        assert_eq!(same.version, 2);
        let (_, other) = world.organization("Elsewhere").await;
        let other = world.by_email(&other).await;
        assert_eq!(told(get(&world, &other, ann).await), "404");
        assert_eq!(told(patch(&world, &other, ann, r#"{"phone":"3"}"#).await), "404");
        assert_eq!(told(read(&world, &other, move |c, t| people::checklist(c, t, ann)).await), "404");
        assert_eq!(told(read(&world, &other, move |c, t| people::history(c, t, ann, 200)).await), "404");
        assert_eq!(listed(&world, &other, ListParams::default()).await, ["Ada Admin"]);
    });
}

/// A random organisation: its accounts, who is linked with whom, who manages each of three regions.
type Spec = (Vec<Account>, Vec<(usize, usize)>, Vec<Option<usize>>);
/// An account of it: role, active, trained, custodian-only, shares, region, whose delegate.
type Account = (usize, bool, bool, bool, bool, usize, usize);

fn specs() -> impl Strategy<Value = Spec> {
    let flag = || prop::bool::weighted(0.8);
    let person = (0..Role::ALL.len(), flag(), flag(), prop::bool::weighted(0.2), any::<bool>(), 0..4usize, 0..40usize);
    (
        prop::collection::vec(person, 2..14),
        prop::collection::vec((0..14usize, 0..14usize), 0..20),
        prop::collection::vec(prop::option::of(0..14usize), 3),
    )
}

/// Writes such an organisation, or changes the one that is there to it.
fn write_organization(tx: &mut Tx, organization: Uuid, spec: &Spec, fresh: bool) -> store::Result<()> {
    let (people, links, managers) = spec;
    let user = |n: usize| Uuid::from_u128(organization.as_u128() ^ (0xaa00 + n as u128));
    let region = |n: usize| Uuid::from_u128(organization.as_u128() ^ (0xbb00 + n as u128));
    let known = |n: usize| (n < people.len()).then(|| user(n));
    for (n, manager) in managers.iter().enumerate() {
        let row = store::people::RegionRow {
            id: region(n),
            name: format!("R{n}"),
            name_key: format!("r{n}"),
            manager_id: manager.and_then(known),
            states: "[]".into(),
            version: 1,
        };
        if fresh {
            store::people::insert_region(tx, organization, &row)?;
        } else {
            store::people::save_region(tx, organization, &row)?;
        }
    }
    for (n, (role, active, trained, custodian_only, shares, home, boss)) in people.iter().enumerate() {
        // Roles after the first: there is one primary admin already.
        let role = Role::ALL[1 + role % (Role::ALL.len() - 1)];
        let row = UserRow {
            id: user(n),
            email: format!("u{n}.{}@test.example", organization.simple()),
            role: role.as_str().into(),
            // Whoever comes before may be acted for.
            delegate_of: (role == Role::Distributor && *boss < n).then(|| user(*boss)),
            name: format!("U{n}"),
            name_key: format!("u{n}"),
            phone: String::new(),
            alternate_email: String::new(),
            custodian_only: *custodian_only,
            active: *active,
            training_completed_at: trained.then_some(1),
            claimed_at: Some(1),
            invited_at: None,
            region_id: (*home < 3).then(|| region(*home)),
            shares_inventory: *shares,
            commission_rate_bp: None,
            shipping_address: "{}".into(),
            contacts: "[]".into(),
            settings: "{}".into(),
            created_at: 1,
            version: 1,
        };
        if fresh {
            store::people::insert_user(tx, organization, &row, None)?;
        } else {
            store::people::save_user(tx, organization, &row)?;
        }
    }
    tx.exec("DELETE FROM people_representative WHERE organization_id = $1", args![organization])?;
    for (distributor, rep) in links {
        if let (Some(distributor), Some(rep)) = (known(*distributor), known(*rep)) {
            store::people::link_rep(tx, organization, distributor, rep, true)?;
        }
    }
    // A pool of some of them: who stands first in a link has stock in it, who stands second may use it.
    let pool = store::pools::PoolRow {
        id: Uuid::from_u128(organization.as_u128() ^ 0xcc00),
        name: "P".into(),
        name_key: "p".into(),
        note: String::new(),
        until_on: None,
        created_by: user(0),
        created_at: 1,
        archived_at: None,
        version: 1,
    };
    if fresh {
        store::pools::insert(tx, organization, &pool)?;
    }
    let placed = |n: usize, side: fn(&(usize, usize)) -> usize| links.iter().any(|link| side(link) % people.len() == n);
    let pooled: Vec<(Uuid, bool, bool)> = (0..people.len())
        .map(|n| (user(n), placed(n, |it| it.0), placed(n, |it| it.1)))
        .filter(|(_, holds, uses)| *holds || *uses)
        .collect();
    store::pools::set_people(tx, organization, pool.id, &pooled)?;
    store::people::refresh_reach(tx, organization)
}

#[test]
fn the_reach_table_equals_the_rule_over_random_organisations() {
    on_both(async |world: World| {
        let mut runner = TestRunner::deterministic();
        for round in 0..25 {
            let (organization, _) = world.organization(&format!("Random {round}")).await;
            let first = specs().new_tree(&mut runner).unwrap().current();
            let mut second = specs().new_tree(&mut runner).unwrap().current();
            // The same accounts with the same roles and delegations; everything else moves.
            second.0.resize(first.0.len(), (0, false, true, false, true, 3, 40));
            for (after, before) in second.0.iter_mut().zip(&first.0) {
                (after.0, after.6) = (before.0, before.6);
            }
            for (step, spec) in [first, second].into_iter().enumerate() {
                let (stored, facts) = world
                    .app
                    .db()
                    .write(move |tx| -> store::Result<_> {
                        write_organization(tx, organization, &spec, step == 0)?;
                        let stored = store::people::stored_reach(tx, organization)?;
                        Ok((stored, store::people::facts(tx, organization)?))
                    })
                    .await
                    .unwrap();
                for actor in &facts.people {
                    for subject in &facts.people {
                        let pair = (actor.id.uuid(), subject.id.uuid());
                        let stored = stored.get(&pair).copied().unwrap_or((0, 0));
                        // The office is not listed, a delegate asks with its distributor's rows.
                        let listed = !actor.role.is_office() && actor.delegate_of.is_none();
                        let rule = domain::people::reach(&facts, actor, subject);
                        let wanted = if listed { (rule.person as i64, rule.custody as i64) } else { (0, 0) };
                        assert_eq!(stored, wanted, "{actor:?} {subject:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn reach_does_not_miss_what_another_unit_of_work_changed_at_the_same_moment() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let rita = world.person(Role::RegionalManager, "Rita Vogel").await;
        let mut reps = Vec::new();
        for n in 0..6 {
            reps.push(world.person(Role::Sales, &format!("Rep {n}")).await);
        }
        for round in 0..4 {
            let home = region(&world, &admin, &format!("Region {round}"), None).await;
            // Nobody locks a row of anybody else: accounts move into the region while it gets its manager.
            let moves = reps.iter().map(|rep| {
                let (app, admin, id) = (world.app.clone(), admin.clone(), rep.actor.id);
                let body: PatchUser = serde_json::from_str(&format!(r#"{{"region_id":"{home}"}}"#)).unwrap();
                tokio::spawn(async move {
                    app.write(&admin, move |ctx, tx| people::patch_user(ctx, tx, id, &body)).await.map(drop)
                })
            });
            let mut running: Vec<_> = moves.collect();
            let (app, ctx, manager) = (world.app.clone(), admin.clone(), rita.actor.id);
            running.push(tokio::spawn(async move {
                let body = PatchRegion { manager_id: Patch::Set(manager), ..PatchRegion::default() };
                app.write(&ctx, move |ctx, tx| people::patch_region(ctx, tx, home, &body)).await.map(drop)
            }));
            for task in running {
                task.await.unwrap().unwrap();
            }
            for rep in &reps {
                assert_eq!(reach(&world, &rita, rep).await, (Level::Act, Level::Act), "round {round}");
            }
            // The next round begins with nobody overseen.
            let nobody = PatchRegion { manager_id: Patch::Clear, ..PatchRegion::default() };
            write(&world, &admin, move |ctx, tx| people::patch_region(ctx, tx, home, &nobody)).await.unwrap();
        }
    });
}
