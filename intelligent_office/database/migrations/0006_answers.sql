-- What models have answered, for as long as it may be used again. Not logged: after a crash of the server the cache is
-- empty, and nobody waits for the disk.
CREATE UNLOGGED TABLE answers (
    key        text PRIMARY KEY, -- a hash of the tenant and the whole question
    tenant     text NOT NULL,
    answer     text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX answers_expiring ON answers (expires_at);

-- Which task has been given which answer: when the task fails, nobody else is given it.
CREATE UNLOGGED TABLE answer_uses (
    task_id    text NOT NULL,
    key        text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (task_id, key)
);
CREATE INDEX answer_uses_expiring ON answer_uses (expires_at);
