-- Tenants and their keys. What a key may do is asked anew at every request.

-- name: create_key
WITH known AS (
    INSERT INTO tenants (tenant) VALUES (%(tenant)s) ON CONFLICT DO NOTHING
)
INSERT INTO api_keys (key_id, tenant, label, digest, scopes, created_by, expires_at)
VALUES (%(key_id)s, %(tenant)s, %(label)s, %(digest)s, %(scopes)s, %(created_by)s,
        clock_timestamp() + make_interval(days => 1) * %(days)s::double precision)
RETURNING *

-- name: recognise_key
SELECT api_keys.*, coalesce(expires_at <= clock_timestamp(), false) AS expired, disabled_at,
       last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute' AS to_be_noted,
       requests_per_minute, tasks_per_day
FROM api_keys JOIN tenants USING (tenant) WHERE key_id = %(key_id)s

-- name: note_use_of_key
UPDATE api_keys SET last_used_at = clock_timestamp()
WHERE key_id = %(key_id)s AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')

-- name: read_key
SELECT * FROM api_keys WHERE key_id = %(key_id)s AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s)

-- name: list_keys
SELECT * FROM api_keys WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s
ORDER BY revoked_at IS NOT NULL, created_at DESC, key_id LIMIT %(limit)s

-- name: revoke_key
-- Once: a second time changes nothing.
UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE key_id = %(key_id)s AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s) RETURNING *

-- name: any_key
SELECT FROM api_keys LIMIT 1

-- name: lock_keys
-- Nobody else makes one until the end of the transaction.
LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE

-- name: list_tenants
SELECT tenants.*, (
    SELECT count(*) FROM api_keys WHERE api_keys.tenant = tenants.tenant AND revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > clock_timestamp())
) AS keys
FROM tenants WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s ORDER BY tenant LIMIT %(limit)s

-- name: add_tenant
INSERT INTO tenants (tenant) VALUES (%(tenant)s) ON CONFLICT DO NOTHING RETURNING tenant

-- name: change_tenant
-- Only what `changes` names is changed; a null there takes a limit of the tenant's own back.
UPDATE tenants SET
    name = CASE WHEN changes ? 'name' THEN coalesce(changes ->> 'name', '') ELSE name END,
    disabled_at = CASE WHEN NOT changes ? 'disabled' THEN disabled_at
                       WHEN (changes ->> 'disabled')::boolean THEN coalesce(disabled_at, clock_timestamp()) END,
    concurrency = CASE WHEN changes ? 'concurrency' THEN (changes ->> 'concurrency')::integer ELSE concurrency END,
    requests_per_minute = CASE WHEN changes ? 'requests_per_minute' THEN (changes ->> 'requests_per_minute')::integer
                               ELSE requests_per_minute END,
    tasks_per_day = CASE WHEN changes ? 'tasks_per_day' THEN (changes ->> 'tasks_per_day')::integer
                         ELSE tasks_per_day END
FROM (SELECT %(changes)s::jsonb AS changes) AS wanted
WHERE tenant = %(tenant)s
