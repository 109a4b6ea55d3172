-- Transfers that are being put together. A draft holds nothing: its units stay free until it is sent. Its id becomes the transfer's.
CREATE TABLE stock_draft (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  from_type {text} NOT NULL,
  from_id {uuid} NOT NULL,
  -- Who is to receive, once that is decided.
  to_type {text},
  to_id {uuid},
  note {text} NOT NULL,
  due_back_on {int},
  place_id {uuid},
  event_id {uuid},
  units_count {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX stock_draft_creator ON stock_draft (organization_id, created_by, id);
CREATE INDEX stock_draft_from ON stock_draft (organization_id, from_id, id);

CREATE TABLE stock_draft_unit (
  organization_id {uuid} NOT NULL,
  draft_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  -- The order in which they were chosen.
  place {int} NOT NULL,
  PRIMARY KEY (organization_id, draft_id, unit_id),
  FOREIGN KEY (organization_id, draft_id) REFERENCES stock_draft (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
