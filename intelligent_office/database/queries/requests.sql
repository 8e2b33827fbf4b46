-- Requests that are carried out once, however often they are sent.

-- name: lock_request
-- Held until the end of the transaction. Two keys with one hash would only wait for each other.
SELECT pg_try_advisory_xact_lock(hashtextextended(%(tenant)s || chr(31) || %(key)s, 0)) AS ours

-- name: read_answered_request
SELECT key_id, route, fingerprint, status, headers, body FROM answered_requests
WHERE tenant = %(tenant)s AND key = %(key)s AND created_at > clock_timestamp() - interval '24 hours'

-- name: keep_answered_request
INSERT INTO answered_requests (tenant, key, key_id, route, fingerprint, status, headers, body)
VALUES (%(tenant)s, %(key)s, %(key_id)s, %(route)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s)
ON CONFLICT (tenant, key) DO UPDATE SET
    key_id = excluded.key_id, route = excluded.route, fingerprint = excluded.fingerprint, status = excluded.status,
    headers = excluded.headers, body = excluded.body, created_at = excluded.created_at

-- name: sweep_answered_requests
DELETE FROM answered_requests WHERE (tenant, key) IN (
    SELECT tenant, key FROM answered_requests
    WHERE created_at <= clock_timestamp() - interval '24 hours'
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
