-- Which product lines an event is about, beside the manufacturers whose products are expected.
CREATE TABLE event_product_line (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  product_line_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, event_id, product_line_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id),
  FOREIGN KEY (organization_id, product_line_id) REFERENCES catalog_product_line (organization_id, id)
){without_rowid};
CREATE INDEX event_product_line_line ON event_product_line (organization_id, product_line_id, event_id);
