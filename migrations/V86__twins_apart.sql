-- Pairs of items of the catalog that somebody said are two: they are no longer listed as likely one. one_id is the smaller of the two.
CREATE TABLE catalog_twins_apart (
  organization_id {uuid} NOT NULL,
  one_id {uuid} NOT NULL,
  other_id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, one_id, other_id),
  FOREIGN KEY (organization_id, one_id) REFERENCES catalog_item (organization_id, id),
  FOREIGN KEY (organization_id, other_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX catalog_twins_apart_manufacturer ON catalog_twins_apart (organization_id, manufacturer_id, one_id, other_id);
