-- Whether this side shows its catalog to the linked company: numbers and descriptions, never prices.
ALTER TABLE organization_link ADD COLUMN shares_catalog {int} NOT NULL DEFAULT 0;
