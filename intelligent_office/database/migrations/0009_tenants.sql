-- Who the tasks are for. A tenant comes into being with its first task, key or budget; NULL limits are those of the settings.
CREATE TABLE tenants (
    tenant              text PRIMARY KEY,
    name                text NOT NULL DEFAULT '',
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at         timestamptz, -- from then on its keys open nothing
    concurrency         integer CHECK (concurrency >= 0),
    requests_per_minute integer CHECK (requests_per_minute >= 0),
    tasks_per_day       integer CHECK (tasks_per_day >= 0),
    webhook_secret      text
);

INSERT INTO tenants (tenant, created_at)
SELECT tenant, min(at) FROM (
    SELECT tenant, created_at AS at FROM tasks UNION ALL SELECT tenant, now() FROM budgets
) AS known GROUP BY tenant;

CREATE FUNCTION know_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tenants WHERE tenant = NEW.tenant) THEN
        INSERT INTO tenants (tenant) VALUES (NEW.tenant) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tenants_of_tasks AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION know_tenant();
CREATE TRIGGER tenants_of_budgets AFTER INSERT ON budgets FOR EACH ROW EXECUTE FUNCTION know_tenant();

-- What opens the HTTP door. The secret itself is nowhere: `digest` is its argon2id hash.
CREATE TABLE api_keys (
    key_id       text PRIMARY KEY,
    tenant       text NOT NULL REFERENCES tenants,
    label        text NOT NULL DEFAULT '',
    digest       text NOT NULL,
    scopes       text[] NOT NULL CHECK (scopes <@ ARRAY['submit', 'approve', 'admin'] AND cardinality(scopes) > 0),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by   text NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz -- written at most once a minute
);
CREATE INDEX api_keys_of_tenant ON api_keys (tenant, created_at);
