//! The catalog: manufacturers, product lines, items.

use crate::Patch;
use domain::clock::Instant;
use domain::id::{CatalogItemId, ManufacturerId, ProductLineId};
use domain::stock::UnitKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A manufacturer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Manufacturer {
    /// Its id.
    pub id: ManufacturerId,
    /// Name; unique.
    pub name: String,
    /// Where its sales orders go.
    pub email: String,
    /// Invoices for its items carry the organisation's name.
    pub billed_as_organization: bool,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a manufacturer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateManufacturer {
    /// Name; unique.
    pub name: String,
    /// Where its sales orders go.
    #[serde(default)]
    pub email: String,
    /// Invoices for its items carry the organisation's name.
    #[serde(default)]
    pub billed_as_organization: bool,
}

/// Changes a manufacturer.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchManufacturer {
    /// Name.
    pub name: Option<String>,
    /// Where its sales orders go.
    pub email: Option<String>,
    /// Invoices for its items carry the organisation's name.
    pub billed_as_organization: Option<bool>,
    /// True leaves it out of lists, false brings it back.
    pub archived: Option<bool>,
}

/// A product line of a manufacturer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProductLine {
    /// Its id.
    pub id: ProductLineId,
    /// Whose it is.
    pub manufacturer_id: ManufacturerId,
    /// Name; unique within the manufacturer.
    pub name: String,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a product line.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProductLine {
    /// Whose it is.
    pub manufacturer_id: ManufacturerId,
    /// Name; unique within the manufacturer.
    pub name: String,
}

/// An item of the catalog: what a unit is one of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CatalogItem {
    /// Its id.
    pub id: CatalogItemId,
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// That manufacturer's name.
    pub manufacturer_name: String,
    /// Catalog number, unique within the manufacturer.
    pub number: String,
    /// What it is, in words.
    pub description: String,
    /// device, container or pack.
    pub kind: UnitKind,
    /// Product lines.
    pub product_line_ids: Vec<ProductLineId>,
    /// Price without an agreement, minor units; null for none.
    pub list_price_minor: Option<i64>,
    /// What it costs, minor units. Only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub cost_minor: Option<Option<i64>>,
    /// Device identifier in the form that is compared: a GTIN with 14 digits, an HIBCC or an ICCBBA identifier.
    pub udi_di: Option<String>,
    /// Further GTINs that name it, with 14 digits.
    pub gtins: Vec<String>,
    /// Comes back after use.
    pub reusable: bool,
    /// Reorder below this many.
    pub par_level: Option<i64>,
    /// ISO 3166 codes of the countries where it may be used; empty for everywhere.
    pub geography: Vec<String>,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// The item that it became a part of; that one has its units and prices now.
    pub merged_into_id: Option<CatalogItemId>,
    /// For If-Match.
    pub version: i64,
}

/// Makes an item.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCatalogItem {
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// Catalog number; the device identifier when absent.
    #[serde(default)]
    pub number: Option<String>,
    /// What it is, in words.
    #[serde(default)]
    pub description: String,
    /// device when absent.
    #[serde(default)]
    pub kind: Option<UnitKind>,
    /// Product lines of the same manufacturer.
    #[serde(default)]
    pub product_line_ids: Vec<ProductLineId>,
    /// Price without an agreement.
    #[serde(default)]
    pub list_price_minor: Option<i64>,
    /// What it costs.
    #[serde(default)]
    pub cost_minor: Option<i64>,
    /// Device identifier.
    #[serde(default)]
    pub udi_di: Option<String>,
    /// Further GTINs.
    #[serde(default)]
    pub gtins: Vec<String>,
    /// Comes back after use.
    #[serde(default)]
    pub reusable: bool,
    /// Reorder below this many.
    #[serde(default)]
    pub par_level: Option<i64>,
    /// ISO 3166 codes.
    #[serde(default)]
    pub geography: Vec<String>,
}

/// Changes an item.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCatalogItem {
    /// Who makes it; refused while units of it exist.
    pub manufacturer_id: Option<ManufacturerId>,
    /// Catalog number; refused while active units carry it.
    pub number: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
    /// device, container or pack; refused while units of it exist.
    pub kind: Option<UnitKind>,
    /// Product lines of the same manufacturer.
    pub product_line_ids: Option<Vec<ProductLineId>>,
    /// Price without an agreement; null for none.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub list_price_minor: Patch<i64>,
    /// What it costs; null for unknown.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub cost_minor: Patch<i64>,
    /// Device identifier; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub udi_di: Patch<String>,
    /// Further GTINs.
    pub gtins: Option<Vec<String>>,
    /// Comes back after use.
    pub reusable: Option<bool>,
    /// Reorder below this many; null for no such number.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub par_level: Patch<i64>,
    /// ISO 3166 codes.
    pub geography: Option<Vec<String>>,
    /// True leaves it out of lists, false brings it back.
    pub archived: Option<bool>,
}

/// A package in which an item is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The device identifier on it, in the form that is compared.
    pub identifier: String,
    /// How many pieces are in it, at least two.
    pub quantity: i64,
}

/// Says the packages of an item anew.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPackages {
    /// All of them, at most 50.
    pub packages: Vec<Package>,
}
