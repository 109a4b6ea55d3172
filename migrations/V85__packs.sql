-- The item of the catalog that packs of this bill of materials are sold as: one price for what lies in them.
ALTER TABLE stock_bom ADD COLUMN sold_as_id {uuid};
CREATE INDEX stock_bom_sold_as ON stock_bom (organization_id, sold_as_id, id) WHERE sold_as_id IS NOT NULL;
