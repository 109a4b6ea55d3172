-- Recalls: which units a notice covers, by rule; who was told, what they answered.

CREATE TABLE stock_recall (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {int} NOT NULL,
  title {text} NOT NULL,
  -- The number of whoever recalls, an authority's class, and the notice as it came.
  reference {text} NOT NULL,
  classification {text} NOT NULL,
  notice {text} NOT NULL,
  -- What whoever has affected units shall do.
  instructions {text} NOT NULL,
  -- open, closed, lifted
  status {text} NOT NULL,
  -- [{catalog_item_id, lots, lot_ranges, serials, serial_ranges, expires_from, …}]
  lines {text} NOT NULL,
  -- What of the notice names no item of the catalog and was kept for somebody to look at.
  unplaced {text} NOT NULL,
  -- The custodian to whom affected units may still be sent.
  return_type {text},
  return_id {uuid},
  return_address {text} NOT NULL,
  opened_by {uuid} NOT NULL,
  opened_at {int} NOT NULL,
  ended_by {uuid},
  ended_at {int},
  reason {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX stock_recall_number ON stock_recall (organization_id, number);
CREATE INDEX stock_recall_opened ON stock_recall (organization_id, opened_at, id);
CREATE INDEX stock_recall_status ON stock_recall (organization_id, status, opened_at, id);

-- The lines of recalls in a form to search by: keys from one to another. A unit is covered by what finds its lot or serial
-- number; the empty number is one of them where a line names any, so that what has none is not called unaffected.
CREATE TABLE stock_recall_span (
  organization_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  -- 0 one lot, 1 one serial number, 2 lots from one to another, 3 serial numbers
  kind {int} NOT NULL,
  from_key {text} NOT NULL,
  recall_id {uuid} NOT NULL,
  place {int} NOT NULL,
  to_key {text} NOT NULL,
  -- How many characters a key must have; 0 for any.
  length {int} NOT NULL,
  -- 1 when it names the number, 0 when somebody has to check.
  sure {int} NOT NULL,
  expires_from {int} NOT NULL,
  expires_to {int} NOT NULL,
  made_from {int} NOT NULL,
  made_to {int} NOT NULL,
  -- Which days narrow it, so that a unit without them is to be checked: 1 expiry, 2 manufacture, 3 both.
  dated {int} NOT NULL,
  -- 1 while what it covers is frozen.
  freezes {int} NOT NULL,
  PRIMARY KEY (organization_id, catalog_item_id, kind, from_key, recall_id, place),
  FOREIGN KEY (organization_id, recall_id) REFERENCES stock_recall (organization_id, id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX stock_recall_span_recall ON stock_recall_span (organization_id, recall_id, kind, catalog_item_id, from_key);
CREATE INDEX stock_recall_span_freezes ON stock_recall_span (organization_id, freezes);

-- Who was told, because they hold affected units or a case of theirs used some; and the answer.
CREATE TABLE stock_recall_contact (
  organization_id {uuid} NOT NULL,
  recall_id {uuid} NOT NULL,
  person_type {text} NOT NULL,
  person_id {uuid} NOT NULL,
  -- Units held, and cases that used some, when last told.
  units {int} NOT NULL,
  cases {int} NOT NULL,
  told_at {int} NOT NULL,
  -- How often.
  told {int} NOT NULL,
  -- have_it, none_found, returned
  answer {text},
  -- How many they found.
  found {int},
  note {text} NOT NULL,
  answered_by {uuid},
  answered_at {int},
  PRIMARY KEY (organization_id, recall_id, person_id),
  FOREIGN KEY (organization_id, recall_id) REFERENCES stock_recall (organization_id, id)
){without_rowid};
CREATE INDEX stock_recall_contact_person ON stock_recall_contact (organization_id, person_id, recall_id);

-- The lots of an item, whoever holds them: none of its columns changes when a unit moves.
CREATE INDEX stock_unit_item_lot ON stock_unit (organization_id, catalog_item_id, lot_key, id);
