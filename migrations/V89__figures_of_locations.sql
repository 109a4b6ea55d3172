-- Figures of locations for every window, as customers have them. All windows are made anew from their days when they are next
-- moved on (day 0); until then lists sum days.
UPDATE directory_figure_day SET day = 0;
-- What leaves a window is found by its day; sums over days of one's own read nothing but this index.
CREATE INDEX billing_customer_day_leaving ON billing_customer_day (organization_id, day, location_id, customer_id);
DROP INDEX billing_customer_day_by_day;
CREATE INDEX billing_customer_day_by_day ON billing_customer_day (organization_id, location_id, day, customer_id, orders_count, orders_total_minor, credits_minor);
