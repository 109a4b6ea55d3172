-- Which bill of materials a container follows, and which of the sets of that bill it is: the number stays with it.
CREATE TABLE stock_set (
  organization_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  bom_id {uuid} NOT NULL,
  number {int} NOT NULL,
  assigned_at {int} NOT NULL,
  PRIMARY KEY (organization_id, unit_id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id),
  FOREIGN KEY (organization_id, bom_id) REFERENCES stock_bom (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX stock_set_number ON stock_set (organization_id, bom_id, number);
