-- Items of the catalog that became a part of another one: which, when, and what of theirs went over, so that it can be taken back.

ALTER TABLE catalog_item ADD COLUMN merged_into_id {uuid};
CREATE INDEX catalog_item_merged ON catalog_item (organization_id, merged_into_id, id) WHERE merged_into_id IS NOT NULL;

-- id is the job's.
CREATE TABLE catalog_merge (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  loser_id {uuid} NOT NULL,
  survivor_id {uuid} NOT NULL,
  -- When the loser had been archived before; null when it was in use.
  loser_archived_at {int},
  merged_at {int} NOT NULL,
  undone_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, loser_id) REFERENCES catalog_item (organization_id, id),
  FOREIGN KEY (organization_id, survivor_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX catalog_merge_survivor ON catalog_merge (organization_id, survivor_id, merged_at, id);
CREATE INDEX catalog_merge_loser ON catalog_merge (organization_id, loser_id, id);

-- One row of another table that went over. kind says which table; the rest of its key is in subject_id, first_key, second_key and name,
-- as far as it has one. was: what a row gave up that was joined with one of the survivor, and what the two became; or a document
-- with lines before and after.
CREATE TABLE catalog_merge_row (
  organization_id {uuid} NOT NULL,
  merge_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  first_key {int} NOT NULL,
  second_key {int} NOT NULL,
  name {text} NOT NULL,
  was {text} NOT NULL,
  PRIMARY KEY (organization_id, merge_id, kind, subject_id, first_key, second_key, name),
  FOREIGN KEY (organization_id, merge_id) REFERENCES catalog_merge (organization_id, id)
){without_rowid};

-- The prices of an item, whoever agreed them.
CREATE INDEX directory_price_item ON directory_price (organization_id, catalog_item_id, owner_id, valid_from);
CREATE INDEX directory_price_tier_item ON directory_price_tier (organization_id, catalog_item_id, owner_id, valid_from, from_quantity);
