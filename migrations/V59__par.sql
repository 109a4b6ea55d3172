-- How many of an item somebody, or the shelf of a location, should have. owner_type: user, location.
CREATE TABLE stock_par (
  organization_id {uuid} NOT NULL,
  owner_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  owner_type {text} NOT NULL,
  level {int} NOT NULL,
  PRIMARY KEY (organization_id, owner_id, catalog_item_id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX stock_par_item ON stock_par (organization_id, catalog_item_id, owner_id);
