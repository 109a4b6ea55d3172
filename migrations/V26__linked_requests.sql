-- What is asked of a linked company: which manufacturers it supplies, and the requests that stand there too.

-- A manufacturer is supplied by one linked company.
CREATE TABLE organization_link_supply (
  organization_id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  link_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, manufacturer_id),
  FOREIGN KEY (organization_id, manufacturer_id) REFERENCES catalog_manufacturer (organization_id, id),
  FOREIGN KEY (organization_id, link_id) REFERENCES organization_link (organization_id, id)
){without_rowid};
CREATE INDEX organization_link_supply_link ON organization_link_supply (organization_id, link_id, manufacturer_id);

-- A supplier request that a linked company answers: both halves have the same id.
CREATE TABLE stock_request_across (
  organization_id {uuid} NOT NULL,
  request_id {uuid} NOT NULL,
  other_id {uuid} NOT NULL,
  -- out: asked; in: to be answered.
  direction {text} NOT NULL,
  PRIMARY KEY (organization_id, request_id),
  FOREIGN KEY (organization_id, request_id) REFERENCES stock_request (organization_id, id)
){without_rowid};

-- Which item of the asking side a line of the answering side is.
CREATE TABLE stock_request_across_line (
  organization_id {uuid} NOT NULL,
  request_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  other_item_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, request_id, catalog_item_id),
  FOREIGN KEY (organization_id, request_id) REFERENCES stock_request_across (organization_id, request_id)
){without_rowid};
