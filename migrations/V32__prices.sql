-- Prices by quantity: of the agreed price that begins on the same day.
CREATE TABLE directory_price_tier (
  organization_id {uuid} NOT NULL,
  owner_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  valid_from {int} NOT NULL,
  from_quantity {int} NOT NULL,
  price_minor {int} NOT NULL,
  PRIMARY KEY (organization_id, owner_id, catalog_item_id, valid_from, from_quantity),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};

-- What a set of items costs together at most. Days as in directory_price.
CREATE TABLE directory_construct (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  owner_id {uuid} NOT NULL,
  name {text} NOT NULL,
  cap_minor {int} NOT NULL,
  valid_from {int} NOT NULL,
  valid_to {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX directory_construct_owner ON directory_construct (organization_id, owner_id, id);

CREATE TABLE directory_construct_item (
  organization_id {uuid} NOT NULL,
  construct_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, construct_id, catalog_item_id),
  FOREIGN KEY (organization_id, construct_id) REFERENCES directory_construct (organization_id, id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX directory_construct_item_of ON directory_construct_item (organization_id, catalog_item_id, construct_id);

-- Lines of open events without an agreed price.
CREATE INDEX event_line_open ON event_line (organization_id, price_source, catalog_item_id, event_id) WHERE open = 1;
