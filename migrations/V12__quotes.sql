-- Quotes: what an event is expected to need and to cost, asked before it takes place.

CREATE TABLE event_quote (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {int} NOT NULL,
  -- Counts editions: an approval is of one edition.
  revision {int} NOT NULL,
  -- draft, approved, declined
  state {text} NOT NULL,
  -- In percent, while the event is a forecast.
  probability {int},
  valid_until {int},
  note {text} NOT NULL,
  preference_card_id {uuid},
  lines_count {int} NOT NULL,
  total_minor {int} NOT NULL,
  decided_at {int},
  -- Who said so at the customer, and what they said.
  decided_name {text} NOT NULL,
  decided_note {text} NOT NULL,
  -- Who entered it; null when it came over the link.
  decided_by {uuid},
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX event_quote_number ON event_quote (organization_id, number);

CREATE TABLE event_quote_line (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  place {int} NOT NULL,
  quantity {int} NOT NULL,
  unit_price_minor {int} NOT NULL,
  price_source {text} NOT NULL,
  -- Why this price, as it was when the line was saved.
  why {text} NOT NULL,
  PRIMARY KEY (organization_id, event_id, catalog_item_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event_quote (organization_id, event_id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX event_quote_line_item ON event_quote_line (organization_id, catalog_item_id, event_id, quantity);

-- Links with which a customer sees one quote and answers it once. Only the digest of the secret is kept.
CREATE TABLE event_quote_link (
  organization_id {uuid} NOT NULL,
  digest {bytes} NOT NULL,
  event_id {uuid} NOT NULL,
  -- The edition that was sent.
  revision {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  used_at {int},
  PRIMARY KEY (organization_id, digest),
  FOREIGN KEY (organization_id, event_id) REFERENCES event_quote (organization_id, event_id)
){without_rowid};
CREATE INDEX event_quote_link_event ON event_quote_link (organization_id, event_id);
CREATE INDEX event_quote_link_expires ON event_quote_link (organization_id, expires_at);
