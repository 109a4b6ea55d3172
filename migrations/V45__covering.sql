-- The indexes that lists of units are walked by also hold what such lists are narrowed by, so that rows that do not fit are
-- stepped over without being looked up. What was added never changes with custody: moving a unit writes no more than before,
-- but for the order of lots of one custodian, which is new.
DROP INDEX stock_unit_expires;
CREATE INDEX stock_unit_expires ON stock_unit (organization_id, active, expires_key, id, catalog_item_id, manufacturer_id);
DROP INDEX stock_unit_lot;
CREATE INDEX stock_unit_lot ON stock_unit (organization_id, lot_key, id, active, expires_key, catalog_item_id, manufacturer_id);
DROP INDEX stock_unit_custodian;
CREATE INDEX stock_unit_custodian ON stock_unit (organization_id, custodian_id, active, expires_key, id, catalog_item_id, manufacturer_id);
DROP INDEX stock_unit_custodian_id;
CREATE INDEX stock_unit_custodian_id ON stock_unit (organization_id, custodian_id, active, id, expires_key, catalog_item_id, manufacturer_id);
CREATE INDEX stock_unit_custodian_lot ON stock_unit (organization_id, custodian_id, active, lot_key, id, expires_key, catalog_item_id, manufacturer_id);

-- Of two indexes that cost the same SQLite takes the younger one: those that hold only some units stay the younger ones.
DROP INDEX stock_unit_reusable;
CREATE INDEX stock_unit_reusable ON stock_unit (organization_id, active, expires_key, id, catalog_item_id, manufacturer_id) WHERE reusable = 1;
DROP INDEX stock_unit_shelf_expires;
CREATE INDEX stock_unit_shelf_expires ON stock_unit (organization_id, active, expires_key, id, catalog_item_id, manufacturer_id) WHERE facility_stock_location_id IS NOT NULL;
DROP INDEX stock_unit_shelf_custodian;
CREATE INDEX stock_unit_shelf_custodian ON stock_unit (organization_id, custodian_id, active, expires_key, id, catalog_item_id, manufacturer_id) WHERE facility_stock_location_id IS NOT NULL;
CREATE INDEX stock_unit_shelf_custodian_lot ON stock_unit (organization_id, custodian_id, active, lot_key, id) WHERE facility_stock_location_id IS NOT NULL;
CREATE INDEX stock_unit_shelf_custodian_id ON stock_unit (organization_id, custodian_id, active, id) WHERE facility_stock_location_id IS NOT NULL;
