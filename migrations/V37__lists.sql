-- Units of some states in the order of lots, and what stands on shelves in the order of expiry, of everybody and of one custodian.
CREATE INDEX stock_unit_state_lot ON stock_unit (organization_id, state, lot_key, id) WHERE state IN (1, 2, 3);
CREATE INDEX stock_unit_shelf_expires ON stock_unit (organization_id, active, expires_key, id) WHERE facility_stock_location_id IS NOT NULL;
CREATE INDEX stock_unit_shelf_custodian ON stock_unit (organization_id, custodian_id, active, expires_key, id) WHERE facility_stock_location_id IS NOT NULL;

-- Customers and locations that are not archived, to count them.
CREATE INDEX directory_customer_live ON directory_customer (organization_id, id, archived_at) WHERE archived_at IS NULL;
CREATE INDEX directory_location_live ON directory_location (organization_id, id, archived_at) WHERE archived_at IS NULL;
