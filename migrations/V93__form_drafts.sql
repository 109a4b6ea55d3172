-- What somebody typed into the form of an event and has not saved yet. subject_id: the event that is edited, or all zeros for a new one.
-- Only for whoever typed it; swept when it is old.
CREATE TABLE form_draft (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  subject_id {uuid} NOT NULL,
  -- Names and values, as JSON.
  fields {text} NOT NULL,
  -- Of the event when it was typed.
  version {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (organization_id, user_id, subject_id),
  FOREIGN KEY (organization_id, user_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX form_draft_age ON form_draft (organization_id, updated_at);
