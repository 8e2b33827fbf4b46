-- A human's yes to a tool for all tasks of a tenant, until a date. `inputs` are those of the call that it was given for.
CREATE TABLE permits (
    permit_id   text PRIMARY KEY,
    tenant      text NOT NULL,
    tool        text NOT NULL,
    inputs      jsonb NOT NULL,
    same_inputs boolean NOT NULL,
    bounds      jsonb NOT NULL DEFAULT '{}',
    task_id     text NOT NULL,
    approval_id text NOT NULL,
    granted_by  text NOT NULL,
    granted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    until       timestamptz NOT NULL,
    revoked_at  timestamptz,
    revoked_by  text
);
CREATE INDEX permits_in_force ON permits (tenant, until DESC) WHERE revoked_at IS NULL;

ALTER TABLE audit
    DROP CONSTRAINT audit_kind_check,
    ADD CONSTRAINT audit_kind_check CHECK (kind IN
        ('asked', 'answered', 'granted', 'refused', 'revoked', 'started', 'finished', 'failed', 'in_doubt', 'executed'));
