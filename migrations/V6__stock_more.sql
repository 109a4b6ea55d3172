-- What lists of units filter by, bills of materials, and the order of transfers of one custodian.
--
-- None of these indexes holds the custodian: a transfer leaves them as they are.

CREATE INDEX stock_unit_item_expires ON stock_unit (organization_id, catalog_item_id, active, expires_key, id);
CREATE INDEX stock_unit_manufacturer ON stock_unit (organization_id, manufacturer_id, active, expires_key, id);
CREATE INDEX stock_unit_state_expires ON stock_unit (organization_id, state, expires_key, id) WHERE state IN (1, 2, 3);
CREATE INDEX stock_unit_kind ON stock_unit (organization_id, kind, active, expires_key, id) WHERE kind <> 'device';
CREATE INDEX stock_unit_reusable ON stock_unit (organization_id, active, expires_key, id) WHERE reusable = 1;
CREATE INDEX stock_unit_place ON stock_unit (organization_id, place_id, active, id) WHERE place_id IS NOT NULL;
CREATE INDEX stock_unit_due ON stock_unit (organization_id, due_back_on, id) WHERE due_back_on IS NOT NULL;

-- How many units of an item there are with everybody.
CREATE INDEX stock_counter_item ON stock_counter (organization_id, catalog_item_id, custodian_id, state, facility_stock);

-- Tags of units, folded, for the filter; the unit itself keeps them as they were typed.
CREATE TABLE stock_unit_tag (
  organization_id {uuid} NOT NULL,
  tag_key {text} NOT NULL,
  unit_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, tag_key, unit_id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
CREATE INDEX stock_unit_tag_unit ON stock_unit_tag (organization_id, unit_id);

CREATE INDEX stock_transfer_to_id ON stock_transfer (organization_id, to_id, id);
CREATE INDEX stock_transfer_from_id ON stock_transfer (organization_id, from_id, id);
CREATE INDEX stock_transfer_creator ON stock_transfer (organization_id, created_by, id);

-- What a set or a pack should hold. lines: [{catalog_item_id, min, required, max}].
CREATE TABLE stock_bom (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  kind {text} NOT NULL,
  lines {text} NOT NULL,
  created_by {uuid} NOT NULL,
  archived_at {int},
  created_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX stock_bom_name ON stock_bom (organization_id, name_key);
