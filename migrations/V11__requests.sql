-- Requests for stock: who asks for what, how much of it was sent, what is still owed.

CREATE TABLE stock_request (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {int} NOT NULL,
  -- inventory, replenishment, supplier
  kind {text} NOT NULL,
  -- submitted, in_part, sent, fulfilled, declined, cancelled
  status {text} NOT NULL,
  -- Who receives.
  to_type {text} NOT NULL,
  to_id {uuid} NOT NULL,
  event_id {uuid},
  -- Whom the organisation asks, of a supplier request.
  manufacturer_id {uuid},
  needed_on {int},
  -- The same day, with a far day for requests without one: what lists sort by.
  needed_key {int} NOT NULL,
  note {text} NOT NULL,
  lines_count {int} NOT NULL,
  -- Sums over the lines.
  asked {int} NOT NULL,
  sent {int} NOT NULL,
  received {int} NOT NULL,
  -- Still owed after the office has answered once.
  back_ordered {int} NOT NULL,
  -- When the rest is expected.
  expected_on {int},
  answered_at {int},
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  decided_by {uuid},
  decided_at {int},
  reason {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id),
  FOREIGN KEY (organization_id, manufacturer_id) REFERENCES catalog_manufacturer (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX stock_request_number ON stock_request (organization_id, number);
CREATE INDEX stock_request_created ON stock_request (organization_id, created_at, id);
CREATE INDEX stock_request_to ON stock_request (organization_id, to_id, created_at, id);
CREATE INDEX stock_request_status ON stock_request (organization_id, status, created_at, id);
CREATE INDEX stock_request_needed ON stock_request (organization_id, needed_key, id);
CREATE INDEX stock_request_event ON stock_request (organization_id, event_id, id) WHERE event_id IS NOT NULL;
CREATE INDEX stock_request_owed ON stock_request (organization_id, created_at, id) WHERE back_ordered > 0;

CREATE TABLE stock_request_line (
  organization_id {uuid} NOT NULL,
  request_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  -- The order in which they were asked for.
  place {int} NOT NULL,
  quantity {int} NOT NULL,
  -- On their way or arrived; arrived; will not be sent any more.
  sent {int} NOT NULL,
  received {int} NOT NULL,
  closed {int} NOT NULL,
  -- The bill of materials from which it came.
  bom_id {uuid},
  PRIMARY KEY (organization_id, request_id, catalog_item_id),
  FOREIGN KEY (organization_id, request_id) REFERENCES stock_request (organization_id, id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX stock_request_line_item ON stock_request_line (organization_id, catalog_item_id, request_id);

-- Units that were sent for a request; transfer_id is null for what a supplier delivered.
CREATE TABLE stock_request_unit (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  request_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  transfer_id {uuid},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, request_id) REFERENCES stock_request (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
CREATE INDEX stock_request_unit_request ON stock_request_unit (organization_id, request_id, catalog_item_id);
CREATE INDEX stock_request_unit_transfer ON stock_request_unit (organization_id, transfer_id) WHERE transfer_id IS NOT NULL;

-- Items whose stock is watched.
CREATE INDEX catalog_item_par ON catalog_item (organization_id, id, par_level) WHERE par_level IS NOT NULL;
