-- How what a transfer sends travels.
CREATE TABLE stock_shipment (
  organization_id {uuid} NOT NULL,
  transfer_id {uuid} NOT NULL,
  carrier {text} NOT NULL,
  tracking {text} NOT NULL,
  shipped_on {int},
  parcels {int},
  PRIMARY KEY (organization_id, transfer_id),
  FOREIGN KEY (organization_id, transfer_id) REFERENCES stock_transfer (organization_id, id)
){without_rowid};
