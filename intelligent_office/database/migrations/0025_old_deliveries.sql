-- Deliveries that are over and old are found without looking at all of them.
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (created_at) WHERE status <> 'pending';
