-- Who signed what. content: the digest of what was signed in its canonical form; when that is another one by now, the signature
-- is void, and stays on record. document: order, delivery_note. strokes: what was drawn, JSON; empty when only a name was typed.
CREATE TABLE event_signature (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  document {text} NOT NULL,
  -- representative, provider, receiver
  role {text} NOT NULL,
  name {text} NOT NULL,
  title {text} NOT NULL,
  strokes {text} NOT NULL,
  content {text} NOT NULL,
  signed_at {int} NOT NULL,
  -- On whose account; with a link_id, whoever made the link.
  recorded_by {uuid} NOT NULL,
  link_id {uuid},
  PRIMARY KEY (organization_id, event_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};

-- How often a facility is reminded of a purchase order. mode: off, weekly (value: 1 Monday to 7 Sunday), every (value: days).
-- Without a row the organisation's setting holds.
CREATE TABLE location_po_reminder (
  organization_id {uuid} NOT NULL,
  location_id {uuid} NOT NULL,
  mode {text} NOT NULL,
  value {int} NOT NULL,
  updated_by {uuid} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, location_id),
  FOREIGN KEY (organization_id, location_id) REFERENCES directory_location (organization_id, id)
){without_rowid};

-- The reminders of an event that waits for its purchase order. day: the last one, where the organisation is.
CREATE TABLE event_po_reminder (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  reminders {int} NOT NULL,
  day {int} NOT NULL,
  at {int} NOT NULL,
  recipients {text} NOT NULL,
  PRIMARY KEY (organization_id, event_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};

-- The day on which an organisation's reminders were last looked at.
CREATE TABLE engine_day (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  day {int} NOT NULL,
  PRIMARY KEY (organization_id, kind)
){without_rowid};
