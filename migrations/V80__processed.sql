-- When the back office was done with an event. It stands beside the status, and neither changes the other.
ALTER TABLE event ADD COLUMN processed_at {int};
CREATE INDEX event_unprocessed ON event (organization_id, starts_at, id)
  WHERE processed_at IS NULL AND submitted_at IS NOT NULL;
CREATE INDEX event_processed ON event (organization_id, starts_at, id) WHERE processed_at IS NOT NULL;
