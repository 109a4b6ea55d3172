-- Locations that are not archived, with whose they are: to count them and to leave out those of archived customers.
DROP INDEX directory_location_live;
CREATE INDEX directory_location_live ON directory_location (organization_id, id, customer_id) WHERE archived_at IS NULL;
