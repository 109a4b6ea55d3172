-- What somebody in the field asks the office for: an agreed price of an item at a location, from a line of an event that has none.
CREATE TABLE directory_price_ask (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  location_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  note {text} NOT NULL,
  asked_by {uuid} NOT NULL,
  asked_at {int} NOT NULL,
  -- open, agreed, declined
  state {text} NOT NULL,
  answer {text} NOT NULL,
  answered_by {uuid},
  answered_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id),
  FOREIGN KEY (organization_id, location_id) REFERENCES directory_location (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX directory_price_ask_item ON directory_price_ask (organization_id, catalog_item_id, location_id, id)
  WHERE state = 'open';
CREATE INDEX directory_price_ask_open ON directory_price_ask (organization_id, id) WHERE state = 'open';
CREATE INDEX directory_price_ask_by ON directory_price_ask (organization_id, asked_by, id);
CREATE INDEX directory_price_ask_event ON directory_price_ask (organization_id, event_id, id);
CREATE INDEX directory_price_ask_catalog ON directory_price_ask (organization_id, catalog_item_id, id);
