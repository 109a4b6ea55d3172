//! How customers are billed.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use app::billing::profile;
use axum::extract::Path;
use contract::profiles::{BillingProfile, PutBillingProfile};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(get_billing_profile, put_billing_profile))
}

/// The language of a customer's papers, and whether it is exempt from tax.
#[utoipa::path(get, path = "/customers/{id}/billing-profile", tag = "billing", params(("id" = String, Path, description = "cus_…")), responses(
    (status = 200, body = BillingProfile)
))]
async fn get_billing_profile(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, profile::get).await
}

/// Says in which language a customer's papers are, and whether it is exempt from tax. Tax cannot be charged to whoever is exempt.
#[utoipa::path(put, path = "/customers/{id}/billing-profile", tag = "billing", params(("id" = String, Path, description = "cus_…")), request_body = PutBillingProfile, responses(
    (status = 200, body = BillingProfile)
))]
async fn put_billing_profile(edge: Edge, Path(id): Path<String>, body: Key<PutBillingProfile>) -> Out {
    edge.change(200, &id, body, profile::put).await
}
