-- What is told to addresses that tasks name. Deliveries come into being in the triggers of `0011_webhooks.sql`.

-- name: begin_delivery
-- A try begins, if it is time for one. Its number fences off whoever began an earlier one and is late. A try that nobody
-- ended is begun anew when its lease has run out. Receivers that are slow to answer hold up their own tenant alone: two of
-- a tenant's tries that take longer than a second are enough.
UPDATE webhook_deliveries AS this
SET tries = tries + 1, next_try_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    trying_since = clock_timestamp()
WHERE delivery_id = %(delivery_id)s AND status = 'pending' AND next_try_at <= clock_timestamp()
  AND 2 > (SELECT count(*) FROM webhook_deliveries AS other
           WHERE other.tenant = this.tenant AND other.status = 'pending'
             AND other.trying_since < clock_timestamp() - interval '1 second'
             AND other.trying_since > clock_timestamp() - make_interval(secs => %(lease_seconds)s))
RETURNING *, clock_timestamp() AS now

-- name: seconds_to_next_try
-- Of one that is held up: the longer, the more of the tenant's are.
SELECT CASE WHEN next_try_at > clock_timestamp() THEN extract(epoch FROM next_try_at - clock_timestamp())
       ELSE (0.5 + random()) * greatest(10, 0.2 * (
           SELECT count(*) FROM webhook_deliveries AS other
           WHERE other.tenant = this.tenant AND other.status = 'pending' AND other.next_try_at <= clock_timestamp()
       )) END::double precision AS seconds
FROM webhook_deliveries AS this WHERE delivery_id = %(delivery_id)s AND status = 'pending'

-- name: end_delivery_try
UPDATE webhook_deliveries
SET status = %(status)s, trying_since = NULL, next_try_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    log = CASE WHEN jsonb_array_length(log) < %(most)s THEN log ELSE log - 0 END
        || jsonb_build_array(%(entry)s || jsonb_build_object('at', clock_timestamp()))
WHERE delivery_id = %(delivery_id)s AND tries = %(tries)s AND status = 'pending' RETURNING *

-- name: note_failing_webhook
-- For how long nothing but failures has come of it; after a pause, in which nobody tried, that is counted anew.
INSERT INTO webhook_failures AS known (tenant, url, since, last_at)
VALUES (%(tenant)s, %(url)s, clock_timestamp(), clock_timestamp())
ON CONFLICT (tenant, url) DO UPDATE SET
    since = CASE WHEN known.last_at < excluded.last_at - make_interval(days => %(pause_days)s)
                 THEN excluded.since ELSE known.since END,
    last_at = excluded.last_at
RETURNING extract(epoch FROM last_at - since)::double precision / 86400 AS days

-- name: forget_failing_webhook
DELETE FROM webhook_failures WHERE tenant = %(tenant)s AND url = %(url)s

-- name: sweep_failing_webhooks
DELETE FROM webhook_failures WHERE last_at < clock_timestamp() - make_interval(days => %(pause_days)s)

-- name: stop_webhook
WITH stopped AS (
    INSERT INTO webhook_stops (tenant, url, reason) VALUES (%(tenant)s, %(url)s, %(reason)s)
    ON CONFLICT (tenant, url) DO UPDATE SET reason = excluded.reason, at = excluded.at
)
UPDATE webhook_deliveries SET status = 'stopped', next_try_at = NULL
WHERE tenant = %(tenant)s AND url = %(url)s AND status = 'pending'

-- name: enable_webhook
WITH forgotten AS (
    DELETE FROM webhook_failures WHERE tenant = %(tenant)s AND url = %(url)s
)
DELETE FROM webhook_stops WHERE tenant = %(tenant)s AND url = %(url)s

-- name: list_webhook_stops
SELECT url, at, reason FROM webhook_stops WHERE tenant = %(tenant)s ORDER BY at DESC LIMIT %(limit)s

-- name: list_deliveries
SELECT * FROM webhook_deliveries
WHERE tenant = %(tenant)s
  AND (%(task_id)s::text IS NULL OR task_id = %(task_id)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(before)s::text IS NULL OR (created_at, delivery_id) < (
       SELECT created_at, delivery_id FROM webhook_deliveries
       WHERE delivery_id = %(before)s AND tenant = %(tenant)s))
ORDER BY created_at DESC, delivery_id DESC LIMIT %(limit)s

-- name: read_delivery
SELECT * FROM webhook_deliveries WHERE delivery_id = %(delivery_id)s AND tenant = %(tenant)s

-- name: add_test_delivery
INSERT INTO webhook_deliveries (delivery_id, tenant, url, event, payload)
VALUES (%(delivery_id)s, %(tenant)s, %(url)s, 'webhook.test', jsonb_build_object(
    'type', 'webhook.test', 'timestamp', clock_timestamp(), 'data', %(data)s
))

-- name: redeliver
-- At once, and with the whole schedule before it; never to an address that is stopped.
WITH due AS (
    UPDATE webhook_deliveries AS this
    SET status = 'pending', tries_until = tries, next_try_at = clock_timestamp()
    WHERE delivery_id = %(delivery_id)s AND tenant = %(tenant)s
      AND NOT EXISTS (SELECT FROM webhook_stops WHERE tenant = this.tenant AND url = this.url)
    RETURNING *
)
SELECT due.*, defer_job('chores', 'webhook.deliver', jsonb_build_object('delivery_id', delivery_id)) FROM due

-- name: redeliver_many
-- As above, the oldest first.
WITH chosen AS (
    SELECT delivery_id FROM webhook_deliveries AS this
    WHERE tenant = %(tenant)s AND status = %(status)s
      AND (%(url)s::text IS NULL OR url = %(url)s)
      AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
      AND NOT EXISTS (SELECT FROM webhook_stops WHERE tenant = this.tenant AND url = this.url)
    ORDER BY created_at, delivery_id LIMIT %(limit)s FOR UPDATE
), due AS (
    UPDATE webhook_deliveries AS this
    SET status = 'pending', tries_until = tries, next_try_at = clock_timestamp()
    FROM chosen WHERE this.delivery_id = chosen.delivery_id
    RETURNING this.*
), jobs AS (
    SELECT defer_job('chores', 'webhook.deliver', jsonb_build_object('delivery_id', delivery_id)) FROM due
)
SELECT due.* FROM due, (SELECT count(*) FROM jobs) AS deferred ORDER BY created_at, delivery_id

-- name: webhook_secrets
-- The tenant's, which comes into being when it is first asked for, and the one before it while that still signs.
INSERT INTO tenants (tenant, webhook_secret) VALUES (%(tenant)s, %(fresh)s)
ON CONFLICT (tenant) DO UPDATE SET webhook_secret = coalesce(tenants.webhook_secret, excluded.webhook_secret)
RETURNING webhook_secret,
    CASE WHEN webhook_secret_changed_at > clock_timestamp() - make_interval(hours => %(hours)s)
    THEN previous_webhook_secret END AS previous_webhook_secret

-- name: known_webhook_secrets
SELECT webhook_secret,
    CASE WHEN webhook_secret_changed_at > clock_timestamp() - make_interval(hours => %(hours)s)
    THEN previous_webhook_secret END AS previous_webhook_secret
FROM tenants WHERE tenant = %(tenant)s AND webhook_secret IS NOT NULL

-- name: rotate_webhook_secret
INSERT INTO tenants (tenant, webhook_secret) VALUES (%(tenant)s, %(fresh)s)
ON CONFLICT (tenant) DO UPDATE
SET previous_webhook_secret = tenants.webhook_secret, webhook_secret = excluded.webhook_secret,
    webhook_secret_changed_at = clock_timestamp()
RETURNING webhook_secret, previous_webhook_secret

-- name: sweep_deliveries
DELETE FROM webhook_deliveries WHERE delivery_id IN (
    SELECT delivery_id FROM webhook_deliveries
    WHERE status <> 'pending' AND created_at < clock_timestamp() - make_interval(days => %(days)s)
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
