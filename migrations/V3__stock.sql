-- Units, their custody, and transfers.

CREATE TABLE stock_unit (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  lot {text} NOT NULL,
  lot_key {text} NOT NULL,
  serial {text} NOT NULL,
  serial_key {text} NOT NULL,
  udi {text} NOT NULL,
  expires_on {int},
  -- The same day, with a far day for units that do not expire: what lists sort and compare by.
  expires_key {int} NOT NULL,
  manufactured_on {int},
  custodian_type {text} NOT NULL,
  custodian_id {uuid} NOT NULL,
  facility_stock_location_id {uuid},
  place_id {uuid},
  container_id {uuid},
  reusable {int} NOT NULL,
  due_back_on {int},
  tags {text} NOT NULL,
  note {text} NOT NULL,
  hold_reason {text},
  event_id {uuid},
  transfer_id {uuid},
  sold_event_id {uuid},
  -- 0 available, 1 in_transfer, 2 on_hold, 3 in_event, 4 inactive: follows from the facts, first that holds, see the rule.
  state {int} NOT NULL,
  active {int} NOT NULL,
  deactivated_at {int},
  deactivated_reason {text},
  -- How many movements it has had: the last seq in the journal.
  moves {int} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id),
  FOREIGN KEY (organization_id, facility_stock_location_id) REFERENCES directory_location (organization_id, id)
){without_rowid};
CREATE INDEX stock_unit_expires ON stock_unit (organization_id, active, expires_key, id);
CREATE INDEX stock_unit_custodian ON stock_unit (organization_id, custodian_id, active, expires_key, id);
CREATE INDEX stock_unit_custodian_id ON stock_unit (organization_id, custodian_id, active, id);
CREATE INDEX stock_unit_item ON stock_unit (organization_id, catalog_item_id, active, custodian_id, expires_key, id);
CREATE INDEX stock_unit_lot ON stock_unit (organization_id, lot_key, id);
CREATE INDEX stock_unit_serial ON stock_unit (organization_id, serial_key, id) WHERE serial_key <> '';
CREATE INDEX stock_unit_shelf ON stock_unit (organization_id, facility_stock_location_id, active, custodian_id, id) WHERE facility_stock_location_id IS NOT NULL;
CREATE INDEX stock_unit_container ON stock_unit (organization_id, container_id, id) WHERE container_id IS NOT NULL;
CREATE INDEX stock_unit_event ON stock_unit (organization_id, event_id, id) WHERE event_id IS NOT NULL;
CREATE INDEX stock_unit_state ON stock_unit (organization_id, state, id) WHERE state IN (1, 2, 3);
CREATE UNIQUE INDEX stock_unit_one_serial ON stock_unit (organization_id, catalog_item_id, serial_key) WHERE serial_key <> '' AND active = 1;

-- How many units of an item somebody answers for, by state; kept in the same unit of work, compared by verify.
CREATE TABLE stock_counter (
  organization_id {uuid} NOT NULL,
  custodian_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  state {int} NOT NULL,
  facility_stock {int} NOT NULL,
  n {int} NOT NULL,
  PRIMARY KEY (organization_id, custodian_id, catalog_item_id, state, facility_stock)
){without_rowid};

-- The same over all items, brought up to date by the sealer: what the unsealed entries moved comes on top.
CREATE TABLE stock_total (
  organization_id {uuid} NOT NULL,
  custodian_id {uuid} NOT NULL,
  state {int} NOT NULL,
  facility_stock {int} NOT NULL,
  n {int} NOT NULL,
  PRIMARY KEY (organization_id, custodian_id, state, facility_stock)
){without_rowid};

CREATE TABLE stock_transfer (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  from_type {text} NOT NULL,
  from_id {uuid} NOT NULL,
  to_type {text} NOT NULL,
  to_id {uuid} NOT NULL,
  status {text} NOT NULL,
  note {text} NOT NULL,
  due_back_on {int},
  place_id {uuid},
  event_id {uuid},
  units_count {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  decided_by {uuid},
  decided_at {int},
  decline_reason {text},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX stock_transfer_to ON stock_transfer (organization_id, to_id, status, id);
CREATE INDEX stock_transfer_from ON stock_transfer (organization_id, from_id, status, id);
CREATE INDEX stock_transfer_status ON stock_transfer (organization_id, status, id);

CREATE TABLE stock_transfer_line (
  organization_id {uuid} NOT NULL,
  transfer_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  -- pending, accepted, declined, removed, cancelled, missing
  status {text} NOT NULL,
  reason {text} NOT NULL,
  PRIMARY KEY (organization_id, transfer_id, unit_id),
  FOREIGN KEY (organization_id, transfer_id) REFERENCES stock_transfer (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
-- A unit is in at most one pending transfer.
CREATE UNIQUE INDEX stock_transfer_line_one ON stock_transfer_line (organization_id, unit_id) WHERE status = 'pending';
CREATE INDEX stock_transfer_line_unit ON stock_transfer_line (organization_id, unit_id, transfer_id);
