-- Named pools: whose stock is in them, who may use it, until when.
CREATE TABLE stock_pool (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  note {text} NOT NULL,
  until_on {int},
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX stock_pool_name ON stock_pool (organization_id, name_key) WHERE archived_at IS NULL;

CREATE TABLE stock_pool_person (
  organization_id {uuid} NOT NULL,
  pool_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  -- Their stock is in it; they may use what others have in it.
  holds {int} NOT NULL,
  uses {int} NOT NULL,
  PRIMARY KEY (organization_id, pool_id, user_id),
  FOREIGN KEY (organization_id, pool_id) REFERENCES stock_pool (organization_id, id)
){without_rowid};
CREATE INDEX stock_pool_person_user ON stock_pool_person (organization_id, user_id, pool_id);
