//! Manufacturers, product lines, items and the identifiers on their labels.

use crate::directory::{asked, body, read, told, write};
use app::{Ctx, catalog};
use contract::catalog::*;
use contract::directory::PatchNamed;
use domain::id::{CatalogItemId, ManufacturerId};
use domain::people::Role;
use serde_json::{Value, json};
use testkit::{World, on_both};

async fn maker(world: &World, ctx: &Ctx, name: &str) -> ManufacturerId {
    let new: CreateManufacturer = body(json!({"name": name}));
    write(world, ctx, move |ctx, tx| catalog::create_manufacturer(ctx, tx, new.clone())).await.unwrap().id
}

async fn create(world: &World, ctx: &Ctx, value: Value) -> app::Result<CatalogItem> {
    let new: CreateCatalogItem = body(value);
    write(world, ctx, move |ctx, tx| catalog::create_item(ctx, tx, new.clone())).await
}

async fn patch(world: &World, ctx: &Ctx, id: CatalogItemId, value: Value) -> app::Result<CatalogItem> {
    let patch: PatchCatalogItem = body(value);
    write(world, ctx, move |ctx, tx| catalog::patch_item(ctx, tx, id, patch.clone())).await
}

async fn numbers(world: &World, ctx: &Ctx, query: &str) -> Vec<String> {
    let params = asked(query);
    let page = read(world, ctx, move |ctx, tx| catalog::items(ctx, tx, &params)).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64), "{query}");
    page.items.into_iter().map(|it| it.number).collect()
}

#[test]
fn an_item_has_one_number_and_identifiers_of_its_own() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (acme, bolt) = (maker(&world, &admin, "Acme").await, maker(&world, &admin, "Bolt & Söhne").await);
        let cup = json!({"manufacturer_id": acme, "number": "CUP-1.5", "description": "Acetabular cup", "udi_di": "(01)10827002566054",
            "gtins": ["4006381333931"], "list_price_minor": 125_000, "cost_minor": 40_000, "par_level": 2, "geography": ["us", "CA", "US"]});
        let cup = create(&world, &admin, cup).await.unwrap();
        assert_eq!(cup.udi_di.as_deref(), Some("10827002566054"));
        assert_eq!(cup.gtins, ["04006381333931"]);
        assert_eq!(cup.geography, ["CA", "US"]);
        assert_eq!(cup.cost_minor, Some(Some(40_000)));
        for (value, code) in [
            (json!({"manufacturer_id": acme, "number": "cup-1.5"}), "409 number_taken"),
            (json!({"manufacturer_id": acme, "number": "X", "udi_di": "04006381333931"}), "409 identifier_taken"),
            (json!({"manufacturer_id": acme, "number": "X", "gtins": ["10827002566054"]}), "409 identifier_taken"),
            (json!({"manufacturer_id": acme, "number": "X", "udi_di": "10827002566055"}), "422 invalid_udi_di"),
            (json!({"manufacturer_id": acme, "number": "X", "gtins": ["A123BJC5D6E71"]}), "422 invalid_gtin"),
            (json!({"manufacturer_id": acme, "number": "X", "list_price_minor": -1}), "422 negative_amount"),
            (json!({"manufacturer_id": acme, "number": "X", "geography": ["USA"]}), "422 invalid_country"),
            (json!({"manufacturer_id": acme}), "422 required"),
            (json!({"manufacturer_id": "mfr_01h455vb4pex5vsknk084sn02q", "number": "X"}), "404 manufacturer_id"),
        ] {
            assert_eq!(told(create(&world, &admin, value.clone()).await), code, "{value}");
        }
        let taken =
            create(&world, &admin, json!({"manufacturer_id": acme, "number": "X", "udi_di": "10827002566054"})).await;
        match taken {
            Err(app::Error::Conflict { message, .. }) => assert!(message.contains("CUP-1.5"), "{message}"),
            other => panic!("{other:?}"),
        }
        // Punctuation tells sizes apart; another manufacturer may use the same number; a DI can stand for the number.
        create(&world, &admin, json!({"manufacturer_id": acme, "number": "CUP-15"})).await.unwrap();
        create(&world, &admin, json!({"manufacturer_id": bolt, "number": "CUP-1.5"})).await.unwrap();
        let hibc = create(&world, &admin, json!({"manufacturer_id": bolt, "udi_di": "+a123bjc5d6e71"})).await.unwrap();
        assert_eq!(hibc.number, "A123BJC5D6E71");
        let found =
            read(&world, &admin, |ctx, tx| Ok(store::catalog::by_identifier(tx, ctx.org(), "04006381333931")?)).await;
        assert_eq!(found.unwrap().unwrap().id, cup.id.uuid());

        // An identifier that is given up can name another item.
        patch(&world, &admin, cup.id, json!({"gtins": []})).await.unwrap();
        assert_eq!(told(patch(&world, &admin, hibc.id, json!({"gtins": ["4006381333931"]})).await), "ok");
        assert_eq!(
            told(patch(&world, &admin, cup.id, json!({"gtins": ["4006381333931"]})).await),
            "409 identifier_taken"
        );
        let same = patch(&world, &admin, cup.id, json!({"description": "Acetabular  cup"})).await.unwrap();
        assert_eq!(same.version, 2, "nothing changed");
    });
}

#[test]
fn the_catalog_is_for_everybody_and_the_cost_for_the_office() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann").await;
        let acme = maker(&world, &admin, "Acme").await;
        let cup = json!({"manufacturer_id": acme, "number": "CUP", "cost_minor": 5});
        let cup = create(&world, &admin, cup).await.unwrap().id;
        patch(&world, &admin, cup, json!({"cost_minor": 6})).await.unwrap();
        let seen = read(&world, &ann, move |ctx, tx| catalog::item(ctx, tx, cup)).await.unwrap();
        assert!(serde_json::to_value(seen).unwrap().get("cost_minor").is_none());
        let past = read(&world, &ann, move |ctx, tx| catalog::item_history(ctx, tx, cup, 50)).await.unwrap().items;
        assert_eq!(past.len(), 2);
        assert!(past.iter().flat_map(|it| &it.changes).all(|it| it.field != "cost_minor"));
        assert_eq!(
            told(create(&world, &ann, json!({"manufacturer_id": acme, "number": "X"})).await),
            "403 not_allowed"
        );
        assert_eq!(told(patch(&world, &ann, cup, json!({"description": "x"})).await), "403 not_allowed");
        let clerk = world.person(Role::Operations, "Cleo").await;
        assert_eq!(told(patch(&world, &clerk, cup, json!({"description": "x"})).await), "ok");
        assert_eq!(told(patch(&world, &clerk, cup, json!({"number": "CUP2"})).await), "403 not_allowed");
        assert_eq!(told(patch(&world, &admin, cup, json!({"number": "CUP2"})).await), "ok");
    });
}

#[test]
fn items_are_found_by_number_words_names_and_labels() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let bolt = maker(&world, &admin, "Bolt & Söhne").await;
        let line: CreateProductLine = body(json!({"manufacturer_id": bolt, "name": "Formula 418"}));
        let line =
            write(&world, &admin, move |ctx, tx| catalog::create_product_line(ctx, tx, line.clone())).await.unwrap().id;
        let pin = json!({"manufacturer_id": bolt, "number": "AB-12/3", "description": "Stent 4 mm", "product_line_ids": [line],
            "gtins": ["0827002566057"]});
        create(&world, &admin, pin).await.unwrap();
        create(&world, &admin, json!({"manufacturer_id": bolt, "number": "Z1", "description": "Wire"})).await.unwrap();
        for q in ["ab-12/3", "ab123", "sten", "sohne stent", "formula", "00827002566057", "827002566"] {
            assert_eq!(numbers(&world, &admin, &format!("q={q}")).await, ["AB-12/3"], "{q}");
        }
        assert!(numbers(&world, &admin, "q=stent wire").await.is_empty());
        assert!(numbers(&world, &admin, "q=!!").await.is_empty());
        assert_eq!(numbers(&world, &admin, &format!("product_line_id={line}")).await, ["AB-12/3"]);
        assert_eq!(numbers(&world, &admin, "gtin=0827002566057").await, ["AB-12/3"]);
        assert_eq!(numbers(&world, &admin, "sort=-number").await, ["Z1", "AB-12/3"]);

        // New names are found, old ones no longer.
        let renamed: PatchNamed = body(json!({"name": "Genesis"}));
        write(&world, &admin, move |ctx, tx| catalog::patch_product_line(ctx, tx, line, renamed.clone()))
            .await
            .unwrap();
        assert_eq!(numbers(&world, &admin, "q=genesis").await, ["AB-12/3"]);
        assert!(numbers(&world, &admin, "q=formula").await.is_empty());
        let renamed: PatchManufacturer = body(json!({"name": "Nut Corp"}));
        write(&world, &admin, move |ctx, tx| catalog::patch_manufacturer(ctx, tx, bolt, renamed.clone()))
            .await
            .unwrap();
        assert_eq!(numbers(&world, &admin, "q=nut").await.len(), 2);
        let taken: CreateManufacturer = body(json!({"name": "NUT  corp"}));
        let taken = write(&world, &admin, move |ctx, tx| catalog::create_manufacturer(ctx, tx, taken.clone())).await;
        assert_eq!(told(taken), "409 name_taken");
        let other = maker(&world, &admin, "Other").await;
        let foreign = json!({"manufacturer_id": other, "number": "Q", "product_line_ids": [line]});
        assert_eq!(told(create(&world, &admin, foreign).await), "422 other_manufacturer");
    });
}

#[test]
fn a_number_on_the_shelf_is_renamed_by_admins_alone() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let acme = maker(&world, &admin, "Acme").await;
        let cup = create(&world, &admin, json!({"manufacturer_id": acme, "number": "CUP"})).await.unwrap().id;
        let clerk = world.person(Role::Operations, "Cleo").await;
        let id = clerk.actor.id;
        let toggle = body(json!({"settings": {"edit_catalog_numbers": true}}));
        write(&world, &admin, move |ctx, tx| app::people::patch_user(ctx, tx, id, &toggle)).await.unwrap();
        assert_eq!(told(patch(&world, &clerk, cup, json!({"number": "CUP2"})).await), "ok");
        let unit: contract::units::CreateUnits = body(json!({"catalog_item_id": cup, "lot": "L1"}));
        write(&world, &admin, move |ctx, tx| app::units::create(ctx, tx, unit.clone())).await.unwrap();
        assert_eq!(told(patch(&world, &clerk, cup, json!({"number": "CUP3"})).await), "409 catalog_number_in_use");
        assert_eq!(told(patch(&world, &admin, cup, json!({"number": "CUP3"})).await), "ok");
        assert_eq!(told(patch(&world, &admin, cup, json!({"kind": "pack"})).await), "409 catalog_item_in_use");
    });
}
