-- Addresses at which nothing but failures has come of the tries since a while.
CREATE TABLE webhook_failures (
    tenant  text NOT NULL,
    url     text NOT NULL,
    since   timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, url)
);
