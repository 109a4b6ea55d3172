//! Figures: the dashboard, reports, search over everything.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One figure of the dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Card {
    /// Which figure; the same for everybody.
    pub key: String,
    /// Its name on a screen.
    pub label: String,
    /// A number of rows, or an amount in minor units.
    pub value: i64,
    /// ISO 4217 code of an amount; null for a number.
    pub currency: Option<String>,
    /// The list that holds the rows behind the figure; null when there is no such list.
    pub rows_url: Option<String>,
}

/// The dashboard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dashboard {
    /// Its figures, in order.
    pub cards: Vec<Card>,
}

/// A column of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportColumn {
    /// Its name in rows.
    pub key: String,
    /// Its name on a screen.
    pub label: String,
    /// text, id, integer, money (minor units), date, instant, boolean.
    pub kind: String,
}

/// A report that there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportInfo {
    /// Its name in the address.
    pub name: String,
    /// Its name on a screen.
    pub label: String,
    /// What its rows are.
    pub description: String,
    /// Its columns, in order.
    pub columns: Vec<ReportColumn>,
    /// Which parameters narrow it.
    pub filters: Vec<String>,
    /// What an account must be allowed to do to run it.
    pub permission: String,
}

/// Which reports there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reports {
    /// Those that the account may run.
    pub items: Vec<ReportInfo>,
}

/// A report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<ReportColumn>,
    /// Its rows, each with the keys of the columns.
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<BTreeMap<String, serde_json::Value>>,
    /// There are more rows than a JSON answer holds: narrow it, or take CSV or XLSX.
    pub truncated: bool,
    /// ISO 4217 code of all amounts.
    pub currency: String,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hit {
    /// unit, catalog_item, customer, location, event, user, physician, …
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What tells it from others of the same name.
    pub subtitle: String,
    /// Where the console shows it.
    pub url_path: String,
}

/// What was found, at most eight of a kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hits {
    /// Kind by kind, the best first.
    pub items: Vec<Hit>,
}
