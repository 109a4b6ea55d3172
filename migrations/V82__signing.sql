-- Whose signature a facility wants. mode: always, provider, never. Without a row the type of the event says it.
CREATE TABLE location_signing (
  organization_id {uuid} NOT NULL,
  location_id {uuid} NOT NULL,
  mode {text} NOT NULL,
  updated_by {uuid} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, location_id),
  FOREIGN KEY (organization_id, location_id) REFERENCES directory_location (organization_id, id)
){without_rowid};
