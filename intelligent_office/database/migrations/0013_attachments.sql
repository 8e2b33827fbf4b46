-- Files handed in with tasks: of a tenant, the same content once. `attachment_id` is a digest of content and media type.
CREATE TABLE attachments (
    tenant        text NOT NULL,
    attachment_id text NOT NULL,
    name          text NOT NULL,
    media_type    text NOT NULL,
    size          bigint NOT NULL, -- bytes, as handed in
    content       bytea NOT NULL,
    key_id        text, -- of the key that `content` is encrypted with; NULL where it is not
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at  timestamptz NOT NULL DEFAULT clock_timestamp(), -- handed in again, or given to a task
    PRIMARY KEY (tenant, attachment_id)
);
ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTERNAL; -- compressed or encrypted already, most of it
CREATE INDEX attachments_unused ON attachments (last_used_at);

-- Which tasks may read them.
CREATE TABLE task_attachments (
    task_id       text NOT NULL REFERENCES tasks ON DELETE CASCADE,
    tenant        text NOT NULL,
    attachment_id text NOT NULL,
    PRIMARY KEY (task_id, attachment_id),
    FOREIGN KEY (tenant, attachment_id) REFERENCES attachments ON DELETE CASCADE
);
CREATE INDEX tasks_of_attachment ON task_attachments (tenant, attachment_id);
