-- Counts: what somebody answers for, looked at piece by piece, and what followed from it.

CREATE TABLE stock_count (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  custodian_type {text} NOT NULL,
  custodian_id {uuid} NOT NULL,
  -- Only what lies there; of the custodian's whole stock when both are null.
  place_id {uuid},
  container_id {uuid},
  -- Who counts; null for whoever may act for the custodian.
  counter_id {uuid},
  blind {int} NOT NULL,
  -- assigned, counting, counted, reconciled, cancelled
  status {text} NOT NULL,
  note {text} NOT NULL,
  due_on {int},
  plan_id {uuid},
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  started_at {int},
  completed_by {uuid},
  completed_at {int},
  reconciled_by {uuid},
  reconciled_at {int},
  -- 1 when the last thing that happened to it was that its reconciliation was taken back.
  undone {int} NOT NULL,
  expected {int} NOT NULL,
  found {int} NOT NULL,
  missing {int} NOT NULL,
  moved {int} NOT NULL,
  unexpected {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX stock_count_custodian ON stock_count (organization_id, custodian_id, id);
CREATE INDEX stock_count_counter ON stock_count (organization_id, counter_id, id) WHERE counter_id IS NOT NULL;
CREATE INDEX stock_count_status ON stock_count (organization_id, status, id);
CREATE INDEX stock_count_completed ON stock_count (organization_id, completed_at, custodian_id) WHERE completed_at IS NOT NULL;

-- What the books say when the counting begins, and what became of each unit.
CREATE TABLE stock_count_unit (
  organization_id {uuid} NOT NULL,
  count_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  -- The unit's steps at that moment: one more since, and it moved meanwhile.
  moves {int} NOT NULL,
  -- 1 when it must be there; 0 when it is on its way or on an open event.
  due {int} NOT NULL,
  -- expected, found, missing, moved
  outcome {text} NOT NULL,
  -- '', to_discrepancy, keep
  action {text} NOT NULL,
  reason {text} NOT NULL,
  PRIMARY KEY (organization_id, count_id, unit_id),
  FOREIGN KEY (organization_id, count_id) REFERENCES stock_count (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
CREATE INDEX stock_count_unit_outcome ON stock_count_unit (organization_id, count_id, outcome, unit_id);

-- What was counted, line by line. The counting device names its lines, so that one sent twice counts once.
CREATE TABLE stock_count_line (
  organization_id {uuid} NOT NULL,
  count_id {uuid} NOT NULL,
  id {text} NOT NULL,
  unit_id {uuid},
  catalog_item_id {uuid},
  lot {text} NOT NULL,
  lot_key {text} NOT NULL,
  serial {text} NOT NULL,
  serial_key {text} NOT NULL,
  expires_on {int},
  quantity {int} NOT NULL,
  counted_by {uuid} NOT NULL,
  counted_at {int} NOT NULL,
  removed {int} NOT NULL,
  -- How many of them the books do not have here.
  surplus {int} NOT NULL,
  -- How many of those a reconciliation settled.
  settled {int} NOT NULL,
  -- '', bring, create, leave
  action {text} NOT NULL,
  reason {text} NOT NULL,
  PRIMARY KEY (organization_id, count_id, id),
  FOREIGN KEY (organization_id, count_id) REFERENCES stock_count (organization_id, id)
){without_rowid};

-- What a reconciliation did, with what is needed to take it back.
CREATE TABLE stock_count_step (
  organization_id {uuid} NOT NULL,
  count_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  -- moved, placed, created
  kind {text} NOT NULL,
  -- The unit's steps afterwards: another number, and it moved since.
  moves {int} NOT NULL,
  custodian_type {text} NOT NULL,
  custodian_id {uuid} NOT NULL,
  on_hold {int} NOT NULL,
  hold_reason {text} NOT NULL,
  place_id {uuid},
  container_id {uuid},
  PRIMARY KEY (organization_id, count_id, unit_id),
  FOREIGN KEY (organization_id, count_id) REFERENCES stock_count (organization_id, id)
){without_rowid};

-- Who counts what how often.
CREATE TABLE stock_count_plan (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  custodian_type {text} NOT NULL,
  custodian_id {uuid} NOT NULL,
  place_id {uuid},
  counter_id {uuid},
  blind {int} NOT NULL,
  every_days {int} NOT NULL,
  next_on {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX stock_count_plan_next ON stock_count_plan (organization_id, next_on, id) WHERE archived_at IS NULL;
