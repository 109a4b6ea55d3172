-- A part of the commission as an amount, in the place of a percentage.
ALTER TABLE event_person ADD COLUMN split_minor {int};

-- What is booked in a month of the calendar.
CREATE INDEX event_container_starts ON event_container (organization_id, starts_at, event_id);

-- What is printed on the papers of the event; its note is for the team alone.
ALTER TABLE event ADD COLUMN print_note {text} NOT NULL DEFAULT '';

-- What those who see an event say to each other about it, before and after it is submitted. Nothing is taken back.
CREATE TABLE event_comment (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  said {text} NOT NULL,
  said_by {uuid} NOT NULL,
  said_at {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};

-- Whether all prices of a facility are agreed, and when that is negotiated anew. Without a row nobody has said.
CREATE TABLE location_contract (
  organization_id {uuid} NOT NULL,
  location_id {uuid} NOT NULL,
  complete {int} NOT NULL,
  renews_on {int},
  updated_by {uuid} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, location_id),
  FOREIGN KEY (organization_id, location_id) REFERENCES directory_location (organization_id, id)
){without_rowid};
CREATE INDEX location_contract_renewal ON location_contract (organization_id, renews_on, location_id) WHERE renews_on IS NOT NULL;
CREATE INDEX location_contract_incomplete ON location_contract (organization_id, location_id) WHERE complete = 0;
