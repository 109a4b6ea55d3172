-- Figures are often asked about together: the index that leads to one holds the others beside it.
DROP INDEX directory_figure_total;
CREATE INDEX directory_figure_total ON directory_figure (organization_id, kind, span, orders_total_minor, subject_id, orders_count, orders_avg_minor, last_order_on);
DROP INDEX directory_figure_count;
CREATE INDEX directory_figure_count ON directory_figure (organization_id, kind, span, orders_count, subject_id, orders_total_minor, orders_avg_minor, last_order_on);
DROP INDEX directory_figure_avg;
CREATE INDEX directory_figure_avg ON directory_figure (organization_id, kind, span, orders_avg_minor, subject_id, orders_count, orders_total_minor, last_order_on);
DROP INDEX directory_figure_last;
CREATE INDEX directory_figure_last ON directory_figure (organization_id, kind, span, last_order_on, subject_id, first_order_on, usual_gap, orders_total_minor, orders_count);
DROP INDEX directory_figure_expected;
CREATE INDEX directory_figure_expected ON directory_figure (organization_id, kind, span, expected_next_on, subject_id, orders_total_minor, last_order_on);
