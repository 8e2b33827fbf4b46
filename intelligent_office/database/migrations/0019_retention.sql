-- The keys that something here may be encrypted with, by their ids; the keys themselves are nowhere in the database.
CREATE TABLE encryption_keys (
    key_id        text PRIMARY KEY,
    first_used_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE artifacts ADD COLUMN key_id text; -- of the key that `content` is encrypted with; NULL where it is not

-- Up to which moment of their ending tasks have been relieved of what is not kept as long as they are.
CREATE TABLE retention (
    kind       text PRIMARY KEY,
    done_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO retention (kind) VALUES ('events'), ('artifacts');

CREATE INDEX tasks_ended ON tasks (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX usage_by_age ON usage (at);
