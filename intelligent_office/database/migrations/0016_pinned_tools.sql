-- What the tools of remote services were like when they were first seen, or when a human accepted them.
CREATE TABLE pinned_tools (
    service     text NOT NULL,
    tool        text NOT NULL,
    digests     jsonb NOT NULL,
    description text NOT NULL,
    pinned_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    accepted_by text,
    PRIMARY KEY (service, tool)
);
