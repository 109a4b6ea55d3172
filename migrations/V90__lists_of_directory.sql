-- What lists of the directory are mostly narrowed by and counted from, without the wide rows.
DROP INDEX directory_customer_live;
CREATE INDEX directory_customer_live ON directory_customer (organization_id, id, archived_at, kind, billing_status, payment_terms_id, basis_date, price_list_id, parent_customer_id, default_sales_rep_id, locations_count, created_at) WHERE archived_at IS NULL;
DROP INDEX directory_location_live;
CREATE INDEX directory_location_live ON directory_location (organization_id, id, customer_id, archived_at, kind, state_key, price_list_id) WHERE archived_at IS NULL;
-- How alive the business is follows from three days.
DROP INDEX directory_figure_last;
CREATE INDEX directory_figure_last ON directory_figure (organization_id, kind, span, last_order_on, subject_id, first_order_on, usual_gap);
-- By state, city and name, as one looks for somebody to visit.
CREATE INDEX directory_location_region ON directory_location (organization_id, state_key, city_key, name_key, id);
-- Locations that do not follow their customers, and those that say how to deliver.
CREATE INDEX directory_location_mode ON directory_location (organization_id, sales_rep_mode, id) WHERE sales_rep_mode <> 'inherit';
CREATE INDEX directory_location_instructed ON directory_location (organization_id, id) WHERE delivery_instructions <> '';
