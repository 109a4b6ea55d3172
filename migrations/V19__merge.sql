-- Customers that became a part of another one: which, when, and which rows were theirs, so that it can be taken back.
-- id is the job's.
CREATE TABLE directory_merge (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  loser_id {uuid} NOT NULL,
  survivor_id {uuid} NOT NULL,
  -- When the loser had been archived before; null when it was in use.
  loser_archived_at {int},
  merged_at {int} NOT NULL,
  undone_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, loser_id) REFERENCES directory_customer (organization_id, id),
  FOREIGN KEY (organization_id, survivor_id) REFERENCES directory_customer (organization_id, id)
){without_rowid};
CREATE INDEX directory_merge_survivor ON directory_merge (organization_id, survivor_id, merged_at, id);
CREATE INDEX directory_merge_loser ON directory_merge (organization_id, loser_id, id);

-- kind: location, event, order, invoice, credit_memo, remark, subsidiary. was: what a row had to give up, such as its code.
CREATE TABLE directory_merge_row (
  organization_id {uuid} NOT NULL,
  merge_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  was {text} NOT NULL,
  PRIMARY KEY (organization_id, merge_id, kind, subject_id),
  FOREIGN KEY (organization_id, merge_id) REFERENCES directory_merge (organization_id, id)
){without_rowid};
