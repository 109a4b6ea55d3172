-- What sums and counts of the dashboard and of reports are taken from without looking at whole rows.

CREATE INDEX billing_sales_order_sum ON billing_sales_order (organization_id, counts, submitted_on, representative_id, status, net_minor);
CREATE INDEX billing_commission_unpaid ON billing_commission (organization_id, user_id, amount_minor) WHERE state = 'accrued';
CREATE INDEX billing_invoice_due ON billing_invoice (organization_id, due_on, id) WHERE status = 'open';
CREATE INDEX event_line_shelf ON event_line (organization_id, catalog_item_id, event_id) WHERE facility_stock = 1;
