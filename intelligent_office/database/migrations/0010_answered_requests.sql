-- What was answered to requests with an Idempotency-Key. A row is written in the transaction that has done what was asked.
CREATE TABLE answered_requests (
    tenant      text NOT NULL,
    key         text NOT NULL,
    route       text NOT NULL, -- method and path
    fingerprint text NOT NULL, -- SHA-256 of the body
    status      smallint NOT NULL,
    headers     jsonb NOT NULL,
    body        bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, key)
);
CREATE INDEX answered_requests_by_age ON answered_requests (created_at);

-- A tenant's list is read in this order, page by page.
CREATE INDEX tasks_in_order ON tasks (tenant, created_at DESC, task_id DESC);
DROP INDEX tasks_of_tenant;
