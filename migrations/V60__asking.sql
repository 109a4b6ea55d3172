-- What is asked of one company, and by it: to end it with the link.
CREATE INDEX stock_request_across_other ON stock_request_across (organization_id, other_id, direction, request_id);
