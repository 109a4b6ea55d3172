//! The directory: customers and their locations, physicians, procedures, places, prices, payment terms, views.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::directory::{customers, locations, named, physicians, prices, terms, views};
use app::list;
use axum::extract::Path;
use contract::directory::{
    ContractPrice, CreateCustomer, CreateLocation, CreateNamed, CreatePaymentTerms, CreatePhysician, CreatePlace,
    CreatePreferenceCard, Customer, DueDate, ExplainDueDate, Location, PatchCustomer, PatchLocation, PatchNamed,
    PatchPaymentTerms, PatchPhysician, PatchPlace, PatchPreferenceCard, PatchPriceList, PaymentTerms, Physician, Place,
    PreferenceCard, PriceList, Procedure, PutPrices, View, WriteView,
};
use contract::{Done, HistoryEntry, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_customers, create_customer))
        .routes(routes!(get_customer, patch_customer))
        .routes(routes!(customer_history))
        .routes(routes!(list_locations, create_location))
        .routes(routes!(get_location, patch_location))
        .routes(routes!(location_history))
        .routes(routes!(list_physicians, create_physician))
        .routes(routes!(get_physician, patch_physician))
        .routes(routes!(list_procedures, create_procedure))
        .routes(routes!(get_procedure, patch_procedure))
        .routes(routes!(list_places, create_place))
        .routes(routes!(get_place, patch_place))
        .routes(routes!(list_price_lists, create_price_list))
        .routes(routes!(get_price_list, patch_price_list))
        .routes(routes!(list_preference_cards, create_preference_card))
        .routes(routes!(get_preference_card, patch_preference_card))
        .routes(routes!(list_all_payment_terms, create_payment_terms))
        .routes(routes!(get_payment_terms, patch_payment_terms))
        .routes(routes!(list_views, create_view))
        .routes(routes!(get_view, patch_view, delete_view))
        .routes(routes!(get_price_list_prices, put_price_list_prices))
        .routes(routes!(get_location_prices, put_location_prices))
        .routes(routes!(explain_due_date))
}

/// Customers in reach, with figures of the locations in reach.
#[utoipa::path(get, path = "/customers", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name, number, locations_count, orders_total, orders_count, orders_avg, engagement, last_order_on, billing_status, default_sales_rep, payment_terms, basis_date, created_at, updated_at; a minus falls. Default: name,number"),
    ("q" = Option<String>, Query, description = "The beginnings of words of name, number, e-mail, telephone"),
    ("id" = Option<String>, Query, description = "Customer ids"),
    ("name" = Option<String>, Query, description = "Words of the name"),
    ("number" = Option<String>, Query, description = "Numbers"),
    ("kind" = Option<String>, Query, description = "health_system, hospital, asc, clinic, distributor, manufacturer, other"),
    ("default_sales_rep_id" = Option<String>, Query, description = "User ids, none, or inactive"),
    ("payment_terms_id" = Option<String>, Query, description = "Ids, or none"),
    ("basis_date" = Option<String>, Query, description = "Basis dates, or none"),
    ("billing_status" = Option<String>, Query, description = "good, watch, prepay, hold, blocked, closed"),
    ("price_list_id" = Option<String>, Query, description = "Ids, or none"),
    ("parent_customer_id" = Option<String>, Query, description = "Ids, or none"),
    ("engaged" = Option<String>, Query, description = "Ordered within a year"),
    ("engagement_stage" = Option<String>, Query, description = "never_ordered, new, active, slipping, lapsed"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all"),
    ("window" = Option<String>, Query, description = "Over which time figures are summed: all (default), this_year, last_12_months, last_90_days"),
    ("locations_count_from" = Option<String>, Query, description = "At least this many locations"),
    ("locations_count_to" = Option<String>, Query, description = "At most"),
    ("orders_total_from" = Option<String>, Query, description = "At least, minor units"),
    ("orders_total_to" = Option<String>, Query, description = "At most"),
    ("orders_count_from" = Option<String>, Query, description = "At least this many orders"),
    ("orders_count_to" = Option<String>, Query, description = "At most"),
    ("orders_avg_from" = Option<String>, Query, description = "At least, minor units"),
    ("orders_avg_to" = Option<String>, Query, description = "At most"),
    ("first_order_on_from" = Option<String>, Query, description = "First order from this day on"),
    ("first_order_on_to" = Option<String>, Query, description = "Until this day"),
    ("last_order_on_from" = Option<String>, Query, description = "Last order from this day on"),
    ("last_order_on_to" = Option<String>, Query, description = "Until this day"),
    ("credit_limit_from" = Option<String>, Query, description = "At least, minor units; for the office"),
    ("credit_limit_to" = Option<String>, Query, description = "At most; for the office"),
    ("created_at_from" = Option<String>, Query, description = "Made from this day on"),
    ("created_at_to" = Option<String>, Query, description = "Until this day")
), responses((status = 200, body = Page<Customer>)))]
async fn list_customers(edge: Edge) -> Out {
    edge.may_export()?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| customers::list(ctx, tx, &params)).await
}

/// Makes a customer.
#[utoipa::path(post, path = "/customers", tag = "directory", request_body = CreateCustomer, responses(
    (status = 201, body = Customer)
))]
async fn create_customer(edge: Edge, body: Key<CreateCustomer>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| customers::create(ctx, tx, value.clone())).await
}

/// One customer.
#[utoipa::path(get, path = "/customers/{id}", tag = "directory", params(("id" = String, Path), ("window" = Option<String>, Query, description = "all (default), this_year, last_12_months or last_90_days")), responses(
    (status = 200, body = Customer)
))]
async fn get_customer(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let window = app::directory::window(&edge.list()?).map_err(|error| edge.fail(error))?;
    edge.read(move |ctx, tx| customers::get(ctx, tx, id, window)).await
}

/// Changes a customer.
#[utoipa::path(patch, path = "/customers/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchCustomer, responses(
    (status = 200, body = Customer)
))]
async fn patch_customer(edge: Edge, Path(id): Path<String>, body: Key<PatchCustomer>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| customers::patch(ctx, tx, id, value.clone())).await
}

/// What happened to a customer, latest first.
#[utoipa::path(get, path = "/customers/{id}/history", tag = "directory", params(
    ("id" = String, Path),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn customer_history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let past = edge.past()?;
    edge.read(move |ctx, tx| customers::history(ctx, tx, id, past)).await
}

/// Locations in reach.
#[utoipa::path(get, path = "/locations", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "customer, name, sales_rep, orders_total, orders_count, orders_avg, engagement, last_order_on, created_at; a minus falls. Default: customer"),
    ("q" = Option<String>, Query, description = "The beginnings of words of name, code, customer, town, telephone"),
    ("id" = Option<String>, Query, description = "Location ids"),
    ("customer_id" = Option<String>, Query, description = "Customer ids"),
    ("code" = Option<String>, Query, description = "Codes"),
    ("kind" = Option<String>, Query, description = "facility, department, warehouse, office"),
    ("effective_sales_rep_id" = Option<String>, Query, description = "User ids, or none"),
    ("sales_rep_mode" = Option<String>, Query, description = "inherit, assigned, none"),
    ("price_list_id" = Option<String>, Query, description = "Ids, or none"),
    ("engaged" = Option<String>, Query, description = "Ordered within a year"),
    ("engagement_stage" = Option<String>, Query, description = "never_ordered, new, active, slipping, lapsed"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all"),
    ("window" = Option<String>, Query, description = "Over which time figures are summed: all (default), this_year, last_12_months, last_90_days"),
    ("orders_total_from" = Option<String>, Query, description = "At least, minor units"),
    ("orders_total_to" = Option<String>, Query, description = "At most"),
    ("orders_count_from" = Option<String>, Query, description = "At least this many orders"),
    ("orders_count_to" = Option<String>, Query, description = "At most"),
    ("last_order_on_from" = Option<String>, Query, description = "Last order from this day on"),
    ("last_order_on_to" = Option<String>, Query, description = "Until this day")
), responses((status = 200, body = Page<Location>)))]
async fn list_locations(edge: Edge) -> Out {
    edge.may_export()?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| locations::list(ctx, tx, &params)).await
}

/// Makes a location.
#[utoipa::path(post, path = "/locations", tag = "directory", request_body = CreateLocation, responses(
    (status = 201, body = Location)
))]
async fn create_location(edge: Edge, body: Key<CreateLocation>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| locations::create(ctx, tx, value.clone())).await
}

/// One location.
#[utoipa::path(get, path = "/locations/{id}", tag = "directory", params(("id" = String, Path), ("window" = Option<String>, Query, description = "all (default), this_year, last_12_months or last_90_days")), responses(
    (status = 200, body = Location)
))]
async fn get_location(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let window = app::directory::window(&edge.list()?).map_err(|error| edge.fail(error))?;
    edge.read(move |ctx, tx| locations::get(ctx, tx, id, window)).await
}

/// Changes a location.
#[utoipa::path(patch, path = "/locations/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchLocation, responses(
    (status = 200, body = Location)
))]
async fn patch_location(edge: Edge, Path(id): Path<String>, body: Key<PatchLocation>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| locations::patch(ctx, tx, id, value.clone())).await
}

/// What happened to a location, latest first.
#[utoipa::path(get, path = "/locations/{id}/history", tag = "directory", params(
    ("id" = String, Path),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn location_history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let past = edge.past()?;
    edge.read(move |ctx, tx| locations::history(ctx, tx, id, past)).await
}

/// Physicians in reach.
#[utoipa::path(get, path = "/physicians", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name, or of the identifier"),
    ("id" = Option<String>, Query, description = "Physician ids"),
    ("location_id" = Option<String>, Query, description = "Who work at these locations"),
    ("procedure_id" = Option<String>, Query, description = "Who do these procedures"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all")
), responses((status = 200, body = Page<Physician>)))]
async fn list_physicians(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| physicians::list(ctx, tx, &params)).await
}

/// Makes a physician.
#[utoipa::path(post, path = "/physicians", tag = "directory", request_body = CreatePhysician, responses(
    (status = 201, body = Physician)
))]
async fn create_physician(edge: Edge, body: Key<CreatePhysician>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| physicians::create(ctx, tx, value.clone())).await
}

/// One physician.
#[utoipa::path(get, path = "/physicians/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Physician)
))]
async fn get_physician(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| physicians::get(ctx, tx, id)).await
}

/// Changes a physician.
#[utoipa::path(patch, path = "/physicians/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchPhysician, responses(
    (status = 200, body = Physician)
))]
async fn patch_physician(edge: Edge, Path(id): Path<String>, body: Key<PatchPhysician>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| physicians::patch(ctx, tx, id, value.clone())).await
}

/// Procedures.
#[utoipa::path(get, path = "/procedures", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name"),
    ("id" = Option<String>, Query, description = "Procedure ids"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all")
), responses((status = 200, body = Page<Procedure>)))]
async fn list_procedures(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| named::procedures(ctx, tx, &params)).await
}

/// Makes a procedure.
#[utoipa::path(post, path = "/procedures", tag = "directory", request_body = CreateNamed, responses(
    (status = 201, body = Procedure)
))]
async fn create_procedure(edge: Edge, body: Key<CreateNamed>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| named::create_procedure(ctx, tx, value.clone())).await
}

/// One procedure.
#[utoipa::path(get, path = "/procedures/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Procedure)
))]
async fn get_procedure(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| named::procedure(ctx, tx, id)).await
}

/// Changes a procedure.
#[utoipa::path(patch, path = "/procedures/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchNamed, responses(
    (status = 200, body = Procedure)
))]
async fn patch_procedure(edge: Edge, Path(id): Path<String>, body: Key<PatchNamed>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| named::patch_procedure(ctx, tx, id, value.clone())).await
}

/// Places of no location, and those of locations in reach.
#[utoipa::path(get, path = "/places", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name"),
    ("id" = Option<String>, Query, description = "Place ids"),
    ("location_id" = Option<String>, Query, description = "In these locations"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all")
), responses((status = 200, body = Page<Place>)))]
async fn list_places(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| named::places(ctx, tx, &params)).await
}

/// Makes a place.
#[utoipa::path(post, path = "/places", tag = "directory", request_body = CreatePlace, responses(
    (status = 201, body = Place)
))]
async fn create_place(edge: Edge, body: Key<CreatePlace>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| named::create_place(ctx, tx, value.clone())).await
}

/// One place.
#[utoipa::path(get, path = "/places/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Place)
))]
async fn get_place(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| named::place(ctx, tx, id)).await
}

/// Changes a place.
#[utoipa::path(patch, path = "/places/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchPlace, responses(
    (status = 200, body = Place)
))]
async fn patch_place(edge: Edge, Path(id): Path<String>, body: Key<PatchPlace>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| named::patch_place(ctx, tx, id, value.clone())).await
}

/// Price lists; outside the office those that hold at a location in reach.
#[utoipa::path(get, path = "/price-lists", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name"),
    ("id" = Option<String>, Query, description = "Price list ids")
), responses((status = 200, body = Page<PriceList>)))]
async fn list_price_lists(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| named::price_lists(ctx, tx, &params)).await
}

/// Makes a price list.
#[utoipa::path(post, path = "/price-lists", tag = "directory", request_body = CreateNamed, responses(
    (status = 201, body = PriceList)
))]
async fn create_price_list(edge: Edge, body: Key<CreateNamed>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| named::create_price_list(ctx, tx, value.clone())).await
}

/// One price list.
#[utoipa::path(get, path = "/price-lists/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = PriceList)
))]
async fn get_price_list(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| named::price_list(ctx, tx, id)).await
}

/// Changes a price list.
#[utoipa::path(patch, path = "/price-lists/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchPriceList, responses(
    (status = 200, body = PriceList)
))]
async fn patch_price_list(edge: Edge, Path(id): Path<String>, body: Key<PatchPriceList>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| named::patch_price_list(ctx, tx, id, value.clone())).await
}

/// Preference cards of physicians in reach.
#[utoipa::path(get, path = "/preference-cards", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name"),
    ("id" = Option<String>, Query, description = "Card ids"),
    ("physician_id" = Option<String>, Query, description = "Of these physicians"),
    ("procedure_id" = Option<String>, Query, description = "For these procedures")
), responses((status = 200, body = Page<PreferenceCard>)))]
async fn list_preference_cards(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| named::cards(ctx, tx, &params)).await
}

/// Makes a preference card.
#[utoipa::path(post, path = "/preference-cards", tag = "directory", request_body = CreatePreferenceCard, responses(
    (status = 201, body = PreferenceCard)
))]
async fn create_preference_card(edge: Edge, body: Key<CreatePreferenceCard>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| named::create_card(ctx, tx, value.clone())).await
}

/// One preference card.
#[utoipa::path(get, path = "/preference-cards/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = PreferenceCard)
))]
async fn get_preference_card(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| named::card(ctx, tx, id)).await
}

/// Changes a preference card.
#[utoipa::path(patch, path = "/preference-cards/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchPreferenceCard, responses(
    (status = 200, body = PreferenceCard)
))]
async fn patch_preference_card(edge: Edge, Path(id): Path<String>, body: Key<PatchPreferenceCard>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| named::patch_card(ctx, tx, id, value.clone())).await
}

/// Payment terms.
#[utoipa::path(get, path = "/payment-terms", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of code and name"),
    ("id" = Option<String>, Query, description = "Ids")
), responses((status = 200, body = Page<PaymentTerms>)))]
async fn list_all_payment_terms(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| terms::list(ctx, tx, &params)).await
}

/// Makes payment terms.
#[utoipa::path(post, path = "/payment-terms", tag = "directory", request_body = CreatePaymentTerms, responses(
    (status = 201, body = PaymentTerms)
))]
async fn create_payment_terms(edge: Edge, body: Key<CreatePaymentTerms>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| terms::create(ctx, tx, value.clone())).await
}

/// One set of payment terms.
#[utoipa::path(get, path = "/payment-terms/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = PaymentTerms)
))]
async fn get_payment_terms(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| terms::get(ctx, tx, id)).await
}

/// Changes payment terms.
#[utoipa::path(patch, path = "/payment-terms/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchPaymentTerms, responses(
    (status = 200, body = PaymentTerms)
))]
async fn patch_payment_terms(edge: Edge, Path(id): Path<String>, body: Key<PatchPaymentTerms>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| terms::patch(ctx, tx, id, value.clone())).await
}

/// Views to choose from: built in, the organisation's, own. All on one page.
#[utoipa::path(get, path = "/views", tag = "directory", params(
    Paging,
    ("entity" = Option<String>, Query, description = "Lists: customers, locations, units, …"),
    ("scope" = Option<String>, Query, description = "personal, shared, organization, built_in")
), responses((status = 200, body = Page<View>)))]
async fn list_views(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| list::whole(&params, views::list(ctx, tx, &params)?.items, |it| it.id.to_string())).await
}

/// Makes a view.
#[utoipa::path(post, path = "/views", tag = "directory", request_body = WriteView, responses(
    (status = 201, body = View)
))]
async fn create_view(edge: Edge, body: Key<WriteView>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| views::create(ctx, tx, value.clone())).await
}

/// One view.
#[utoipa::path(get, path = "/views/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = View)
))]
async fn get_view(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| views::get(ctx, tx, id)).await
}

/// Changes a view.
#[utoipa::path(patch, path = "/views/{id}", tag = "directory", params(("id" = String, Path)), request_body = WriteView, responses(
    (status = 200, body = View)
))]
async fn patch_view(edge: Edge, Path(id): Path<String>, body: Key<WriteView>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| views::patch(ctx, tx, id, value.clone())).await
}

/// Drops a view.
#[utoipa::path(delete, path = "/views/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn delete_view(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| views::delete(ctx, tx, id)).await
}

/// Contract prices of a price list.
#[utoipa::path(get, path = "/price-lists/{id}/prices", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("catalog_item_id" = Option<String>, Query, description = "Of these items")
), responses((status = 200, body = Page<ContractPrice>)))]
async fn get_price_list_prices(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| prices::of_price_list(ctx, tx, id, &params)).await
}

/// Replaces every contract price of a price list.
#[utoipa::path(put, path = "/price-lists/{id}/prices", tag = "directory", params(("id" = String, Path)), request_body = PutPrices, responses(
    (status = 200, body = Page<ContractPrice>)
))]
async fn put_price_list_prices(edge: Edge, Path(id): Path<String>, body: Key<PutPrices>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| prices::set_price_list(ctx, tx, id, value.clone().into_items())).await
}

/// Contract prices of a location.
#[utoipa::path(get, path = "/locations/{id}/prices", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("catalog_item_id" = Option<String>, Query, description = "Of these items")
), responses((status = 200, body = Page<ContractPrice>)))]
async fn get_location_prices(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| prices::of_location(ctx, tx, id, &params)).await
}

/// Replaces every contract price of a location.
#[utoipa::path(put, path = "/locations/{id}/prices", tag = "directory", params(("id" = String, Path)), request_body = PutPrices, responses(
    (status = 200, body = Page<ContractPrice>)
))]
async fn put_location_prices(edge: Edge, Path(id): Path<String>, body: Key<PutPrices>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| prices::set_location(ctx, tx, id, value.clone().into_items())).await
}

/// When something would be due, and why. Nothing is kept.
#[utoipa::path(post, path = "/due-date/explain", tag = "directory", request_body = ExplainDueDate, responses(
    (status = 200, body = DueDate)
))]
async fn explain_due_date(edge: Edge, body: Key<ExplainDueDate>) -> Out {
    edge.read(move |ctx, tx| terms::explain(ctx, tx, body.value)).await
}
