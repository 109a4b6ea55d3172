//! The call list: customers whose usual order is late, and what they usually take.

use domain::clock::Day;
use domain::engagement::EngagementStage;
use domain::id::{CatalogItemId, CustomerId, CustomerTaskId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// What a customer usually takes of an item.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsualItem {
    /// Of what.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub number: String,
    /// What it is.
    pub description: String,
    /// Units that an order usually has of it.
    pub quantity: i64,
    /// In how many of the last orders.
    pub orders: i64,
}

/// A customer to be called, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CallListEntry {
    /// Whom.
    pub customer_id: CustomerId,
    /// Its name.
    pub customer_name: String,
    /// Its number.
    pub customer_number: String,
    /// Where to call.
    pub phone: String,
    /// Who cares for it.
    pub default_sales_rep_id: Option<UserId>,
    /// Their name.
    pub default_sales_rep_name: Option<String>,
    /// How alive the business is.
    pub engagement_stage: EngagementStage,
    /// Why it is on the list, in a sentence.
    pub reason: String,
    /// The last countable order.
    pub last_order_on: Option<Day>,
    /// Days usually between two orders.
    pub usual_gap_days: Option<i64>,
    /// When the next one was expected.
    pub expected_next_on: Option<Day>,
    /// Days since then.
    pub overdue_by: i64,
    /// What it usually takes, by the last twelve orders.
    pub usual: Vec<UsualItem>,
    /// The open task that was made from this list.
    pub task_id: Option<CustomerTaskId>,
}
