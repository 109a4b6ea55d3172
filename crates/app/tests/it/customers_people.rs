//! The people half of customers: notes, tasks and activities on one line of time, within reach.

use crate::customers_bulk::{bulk, preview, rows as job_rows, undo};
use crate::directory::{asked, body, customer, location, patch_customer, read, told, write};
use app::directory::bulk::Entity;
use app::directory::remarks::{self, activities, notes, tasks};
use app::directory::{customers, locations};
use app::{Ctx, RequestKey};
use contract::Page;
use contract::directory::Customer;
use contract::remarks::{CustomerActivity, CustomerNote, CustomerTask, PatchCustomerTask, PatchNote, TimelineEntry};
use domain::clock::Day;
use domain::engagement::Window;
use domain::id::{CustomerId, CustomerTaskId, LocationId, NoteId, OrganizationId};
use domain::people::Role;
use domain::remark::TaskState;
use serde_json::{Value, json};
use testkit::{World, on_both};

async fn note(world: &World, ctx: &Ctx, id: CustomerId, new: Value) -> app::Result<CustomerNote> {
    let new = body(new);
    write(world, ctx, move |ctx, tx| notes::create(ctx, tx, id, &new)).await
}

async fn patch_note(world: &World, ctx: &Ctx, id: NoteId, patch: Value) -> app::Result<CustomerNote> {
    let patch: PatchNote = body(patch);
    write(world, ctx, move |ctx, tx| notes::patch(ctx, tx, id, &patch)).await
}

async fn task(world: &World, ctx: &Ctx, id: CustomerId, new: Value) -> app::Result<CustomerTask> {
    let new = body(new);
    write(world, ctx, move |ctx, tx| tasks::create(ctx, tx, id, &new)).await
}

async fn patch_task(world: &World, ctx: &Ctx, id: CustomerTaskId, patch: Value) -> app::Result<CustomerTask> {
    let patch: PatchCustomerTask = body(patch);
    write(world, ctx, move |ctx, tx| tasks::patch(ctx, tx, id, &patch)).await
}

async fn activity(world: &World, ctx: &Ctx, id: CustomerId, new: Value) -> app::Result<CustomerActivity> {
    let new: contract::remarks::CreateActivity = body(new);
    write(world, ctx, move |ctx, tx| activities::create(ctx, tx, id, &new)).await
}

async fn timeline(world: &World, ctx: &Ctx, id: CustomerId, query: &str) -> app::Result<Page<TimelineEntry>> {
    let params = asked(query);
    read(world, ctx, move |ctx, tx| remarks::timeline(ctx, tx, id, &params)).await
}

/// What stands on somebody's line of time, latest first.
async fn seen(world: &World, ctx: &Ctx, id: CustomerId, query: &str) -> Vec<String> {
    let page = timeline(world, ctx, id, query).await.unwrap();
    let said = |it: TimelineEntry| match (it.note, it.task, it.activity) {
        (Some(note), None, None) => note.body,
        (None, Some(task), None) => task.title,
        (None, None, Some(activity)) => activity.text,
        _ => panic!("exactly one of three"),
    };
    page.items.into_iter().map(said).collect()
}

async fn get(world: &World, ctx: &Ctx, id: CustomerId) -> Customer {
    read(world, ctx, move |ctx, tx| customers::get(ctx, tx, id, Window::All)).await.unwrap()
}

async fn tasks_at(world: &World, ctx: &Ctx, id: LocationId) -> i64 {
    read(world, ctx, move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await.unwrap().tasks_open
}

fn day(text: &str) -> Option<Day> {
    Some(Day::parse(text).unwrap())
}

/// Mercy with a location of Ann's, one of Bob's; both reps.
async fn mercy(world: &World) -> (Ctx, Ctx, Ctx, CustomerId, LocationId, LocationId) {
    let admin = world.admin().await;
    let ann = world.person(Role::Sales, "Ann").await;
    let bob = world.person(Role::Sales, "Bob").await;
    let id = customer(world, &admin, json!({"name": "Mercy", "default_sales_rep_id": ann.actor.id})).await.unwrap().id;
    let main = location(world, &admin, json!({"customer_id": id, "name": "Main"})).await.unwrap().id;
    let of_bob = json!({"customer_id": id, "name": "East", "sales_rep": {"mode": "assigned", "id": bob.actor.id}});
    let east = location(world, &admin, of_bob).await.unwrap().id;
    (admin, ann, bob, id, main, east)
}

#[test]
fn what_is_about_a_location_is_for_those_who_reach_it() {
    on_both(async |world: World| {
        let (admin, ann, bob, id, main, east) = mercy(&world).await;
        let cyd = world.person(Role::Sales, "Cyd").await;
        let nurse = world.person(Role::FacilityManager, "Nurse").await;
        let given: contract::people::PutAssignments = body(json!({"location_ids": [main]}));
        let whom = nurse.actor.id;
        write(&world, &admin, move |ctx, tx| app::people::put_assignments(ctx, tx, whom, &given)).await.unwrap();
        for (who, text, place) in [(&ann, "all", None), (&ann, "main", Some(main)), (&bob, "east", Some(east))] {
            world.clock.pass(60);
            note(&world, who, id, json!({"body": text, "location_id": place})).await.unwrap();
        }
        assert_eq!(seen(&world, &admin, id, "").await, ["east", "main", "all"]);
        assert_eq!(seen(&world, &ann, id, "").await, ["main", "all"]);
        assert_eq!(seen(&world, &bob, id, "").await, ["east", "all"]);
        assert_eq!(timeline(&world, &bob, id, "").await.unwrap().total, Some(2), "the count is within reach too");
        assert_eq!(seen(&world, &admin, id, &format!("location_id={main}")).await, ["main"]);
        // Out of reach is not found; the hospital's own people are told that it is not for them.
        assert_eq!(told(timeline(&world, &cyd, id, "").await), "404");
        assert_eq!(told(timeline(&world, &nurse, id, "").await), "403 not_allowed");
        let history = read(&world, &nurse, move |ctx, tx| locations::history(ctx, tx, main, 50)).await.unwrap();
        assert!(!history.items.is_empty() && history.items.iter().all(|it| !it.kind.starts_with("note_")));
        let out = note(&world, &bob, id, json!({"body": "x", "location_id": main})).await;
        assert_eq!(told(out), "404 location_id");
        assert_eq!(told(note(&world, &cyd, id, json!({"body": "x"})).await), "404");
        assert_eq!(told(note(&world, &nurse, id, json!({"body": "x"})).await), "403 not_allowed");
        assert_eq!(told(note(&world, &ann, id, json!({"body": "  "})).await), "422 required");
        // Pages follow each other without a gap, and a cursor of another list is none of this one.
        let first = timeline(&world, &admin, id, "limit=2").await.unwrap();
        let cursor = first.next_cursor.unwrap();
        let rest = seen(&world, &admin, id, &format!("limit=2&cursor={cursor}")).await;
        assert_eq!(rest, ["all"]);
        assert_eq!(
            told(timeline(&world, &admin, id, &format!("kind=note&cursor={cursor}")).await),
            "422 invalid_cursor"
        );
    });
}

#[test]
fn notes_are_their_authors_and_keep_what_they_said() {
    on_both(async |world: World| {
        let (admin, ann, bob, id, ..) = mercy(&world).await;
        let it = note(&world, &ann, id, json!({"body": "Rings twice", "pinned": true})).await.unwrap();
        assert!(it.pinned && it.yours && it.edited_at.is_none());
        assert_eq!(told(patch_note(&world, &bob, it.id, json!({"body": "No"})).await), "403 not_the_author");
        let it = patch_note(&world, &bob, it.id, json!({"pinned": false})).await.unwrap();
        assert!(!it.pinned && it.version == 2, "anybody who works with the customer may pin");
        let it = patch_note(&world, &ann, it.id, json!({"body": "Rings thrice"})).await.unwrap();
        assert_eq!((it.version, it.edited_at), (3, Some(world.admin().await.now)));
        let mut stale = world.again(&ann).await;
        stale.expected_version = Some(1);
        let patch: PatchNote = body(json!({"body": "late"}));
        let note_id = it.id;
        let late = world.app.write(&stale, move |ctx, tx| notes::patch(ctx, tx, note_id, &patch)).await;
        assert_eq!(told(late), "412");
        write(&world, &admin, move |ctx, tx| notes::delete(ctx, tx, note_id)).await.unwrap();
        assert!(seen(&world, &admin, id, "").await.is_empty());
        let history = read(&world, &admin, move |ctx, tx| customers::history(ctx, tx, id, 50)).await.unwrap();
        let removed = history.items.iter().find(|it| it.kind == "note_removed").expect("the history tells of it");
        assert_eq!(removed.changes[0].old.as_deref(), Some("Rings thrice"));
    });
}

#[test]
fn open_tasks_are_counted_and_the_next_contact_follows_them() {
    on_both(async |world: World| {
        let (admin, ann, bob, id, main, east) = mercy(&world).await;
        let call = task(&world, &ann, id, json!({"title": "Call", "due_on": "2026-12-10"})).await.unwrap();
        assert_eq!((call.assignee_name.as_deref(), call.state, call.overdue), (Some("Ann"), TaskState::Open, false));
        let visit = json!({"title": "Visit", "due_on": "2026-12-01", "location_id": main});
        let visit = task(&world, &ann, id, visit).await.unwrap();
        task(&world, &bob, id, json!({"title": "Count", "location_id": east})).await.unwrap();
        let it = get(&world, &admin, id).await;
        assert_eq!((it.tasks_open, it.next_contact_on), (3, day("2026-12-01")));
        assert_eq!((tasks_at(&world, &admin, main).await, tasks_at(&world, &admin, east).await), (1, 1));
        assert_eq!(get(&world, &ann, id).await.tasks_open, 2, "of the own locations, and of the customer as such");
        let version = it.version;
        let done = patch_task(&world, &bob, call.id, json!({"state": "done"})).await.unwrap();
        assert_eq!((done.state, done.closed_by_name.as_deref()), (TaskState::Done, Some("Bob")));
        let it = get(&world, &admin, id).await;
        assert_eq!(
            (it.tasks_open, it.next_contact_on, it.version),
            (2, day("2026-12-01"), version),
            "nobody edited it"
        );
        patch_task(&world, &ann, visit.id, json!({"state": "dropped"})).await.unwrap();
        assert_eq!(get(&world, &admin, id).await.next_contact_on, None, "the day went with its task");
        patch_task(&world, &ann, visit.id, json!({"state": "open", "due_on": "2026-11-20"})).await.unwrap();
        let it = get(&world, &admin, id).await;
        assert_eq!((it.tasks_open, it.next_contact_on), (2, day("2026-11-20")));
        // A call settles what was planned until then, but not the task that is still open.
        activity(&world, &ann, id, json!({"type": "call", "text": "Busy"})).await.unwrap();
        assert_eq!(get(&world, &admin, id).await.next_contact_on, day("2026-11-20"));
        patch_task(&world, &ann, visit.id, json!({"state": "done"})).await.unwrap();
        patch_customer(&world, &admin, id, json!({"next_contact_on": "2026-11-22"})).await.unwrap();
        activity(&world, &ann, id, json!({"type": "other", "text": "Sent a card"})).await.unwrap();
        assert_eq!(get(&world, &admin, id).await.next_contact_on, day("2026-11-22"), "no contact");
        let next = json!({"type": "visit", "text": "Agreed", "next_contact_on": "2027-01-15"});
        activity(&world, &ann, id, next).await.unwrap();
        assert_eq!(get(&world, &admin, id).await.next_contact_on, day("2027-01-15"));
        let future = json!({"type": "call", "at": "2026-12-01T10:00:00Z"});
        assert_eq!(told(activity(&world, &ann, id, future).await), "422 in_the_future");
        let organization = OrganizationId::from_uuid(world.organization);
        world.app.seal(organization).await.unwrap();
        let report = world.app.verify(organization, |_| {}).await.unwrap();
        assert!(report.differences.is_empty(), "{report:?}");
    });
}

#[test]
fn tasks_are_given_to_people_who_see_the_customer_and_listed_by_urgency() {
    on_both(async |world: World| {
        let (admin, ann, bob, id, main, _) = mercy(&world).await;
        let cyd = world.person(Role::Sales, "Cyd").await;
        let out = task(&world, &admin, id, json!({"title": "x", "assignee_id": cyd.actor.id})).await;
        assert_eq!(told(out), "422 assignee_out_of_reach");
        let out = json!({"title": "x", "assignee_id": bob.actor.id, "location_id": main});
        assert_eq!(told(task(&world, &admin, id, out).await), "422 assignee_out_of_reach", "not his location");
        for (title, due) in [("Later", "2026-12-24"), ("Soon", "2026-11-23"), ("Late", "2026-11-01")] {
            let new = json!({"title": title, "due_on": due, "assignee_id": ann.actor.id});
            task(&world, &admin, id, new).await.unwrap();
        }
        task(&world, &admin, id, json!({"title": "Some day", "assignee_id": bob.actor.id})).await.unwrap();
        let list = async |ctx: &Ctx, query: &str| {
            let params = asked(query);
            let page = read(&world, ctx, move |ctx, tx| tasks::list(ctx, tx, &params)).await.unwrap();
            assert_eq!(page.total, Some(page.items.len() as i64));
            page.items.into_iter().map(|it| it.title).collect::<Vec<_>>()
        };
        assert_eq!(list(&ann, "").await, ["Late", "Soon", "Later"]);
        assert_eq!(list(&ann, "due_to=2026-11-24").await, ["Late", "Soon"]);
        assert_eq!(list(&bob, "").await, ["Some day"]);
        assert_eq!(list(&bob, "scope=all").await, ["Late", "Soon", "Later", "Some day"]);
        assert!(list(&cyd, "scope=all").await.is_empty());
        // The same key makes one task.
        let key = || Some(RequestKey { key: "once".into(), digest: [7; 32] });
        for _ in 0..2 {
            let ann = world.again(&ann).await;
            let new = body(json!({"title": "Once"}));
            let made =
                world.app.answer(&ann, key(), 201, move |ctx, tx| tasks::create(ctx, tx, id, &new)).await.unwrap();
            assert_eq!(made.status, 201);
        }
        assert_eq!(get(&world, &admin, id).await.tasks_open, 5);
    });
}

#[test]
fn a_task_for_each_of_many_customers_is_one_change_that_can_be_undone() {
    on_both(async |world: World| {
        let (admin, ann, _, mercy, ..) = mercy(&world).await;
        let lone = customer(&world, &admin, json!({"name": "Lone"})).await.unwrap().id;
        let before = get(&world, &admin, mercy).await;
        let new = json!({"title": "Say hello", "due_on": "2026-12-05"});
        let ask = json!({"ids": [mercy, lone], "set": {"task": {"op": "set", "value": new}}});
        let seen = preview(&world, &admin, Entity::Customers, ask.clone()).await.unwrap();
        assert_eq!((seen.counts.will_change, seen.histogram[0].new_label.as_str()), (2, "Say hello"));
        let job = bulk(&world, &admin, Entity::Customers, ask).await.unwrap();
        assert_eq!(job.counts["done"], 2, "{job:?}");
        let after = get(&world, &admin, mercy).await;
        assert_eq!((after.tasks_open, after.next_contact_on, after.version), (1, day("2026-12-05"), before.version));
        let params = asked("");
        let mine = read(&world, &ann, move |ctx, tx| tasks::list(ctx, tx, &params)).await.unwrap().items;
        assert_eq!((mine.len(), mine[0].customer_name.as_str()), (1, "Mercy"), "whoever cares for it has it");
        let of_lone = asked("");
        let of_lone = read(&world, &admin, move |ctx, tx| tasks::of(ctx, tx, lone, &of_lone)).await.unwrap().items;
        assert_eq!(of_lone[0].assignee_id, Some(admin.actor.id), "nobody cares for it: whoever made it");
        // One is worked on before the change is undone: it stays.
        patch_task(&world, &ann, mine[0].id, json!({"title": "Say hello to Dr. Ruiz"})).await.unwrap();
        let undone = undo(&world, &admin, job.id).await.unwrap();
        assert_eq!((undone.counts["restored"], undone.counts["changed_since"]), (1, 1), "{undone:?}");
        assert_eq!(get(&world, &admin, lone).await.tasks_open, 0);
        assert_eq!(
            (get(&world, &admin, lone).await.next_contact_on, get(&world, &admin, mercy).await.tasks_open),
            (None, 1)
        );
        let kept = job_rows(&world, &admin, undone.id, "outcome=changed_since").await;
        assert_eq!(kept.len(), 1);
        let bob_only = json!({"title": "x", "assignee_id": ann.actor.id});
        let ask = json!({"ids": [lone], "set": {"task": {"op": "set", "value": bob_only}}});
        let seen = preview(&world, &admin, Entity::Customers, ask).await.unwrap();
        assert_eq!(seen.rows[0].code.as_deref(), Some("assignee_out_of_reach"));
    });
}
