-- What keeps Procrastinate's tables true; see `intelligent_office/workers/jobs.py`.

-- name: beat_job_worker
INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%(worker_id)s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()

-- name: take_wake_up
DELETE FROM procrastinate_jobs WHERE id = (
    SELECT id FROM procrastinate_jobs
    WHERE queue_name = 'tasks' AND status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
    ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING *

-- name: beat_worker
INSERT INTO workers (name, concurrency) VALUES (%(name)s, %(concurrency)s)
ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp(), concurrency = excluded.concurrency

-- name: spare_leases
SELECT spare_leases(%(name)s, %(lease_seconds)s)

-- name: forget_worker
-- One that has gone home; and those that died a while ago, for whoever looks has seen by now that they did.
DELETE FROM workers WHERE name = %(name)s OR seen_at < clock_timestamp() - interval '1 hour'

-- name: go_round
SELECT requeue_abandoned(NULL, %(lease_seconds)s) AS abandoned_tasks, requeue_jobs(%(silence_seconds)s) AS abandoned_jobs,
       wake_again(%(concurrency)s) AS woken_again

-- name: workers_alive
SELECT count(*) AS workers FROM workers WHERE seen_at > clock_timestamp() - make_interval(secs => %(silence_seconds)s)

-- name: overdue
-- What should have been done half a minute ago; of each kind a thousand are looked for.
SELECT (
    SELECT count(*) FROM (
        SELECT FROM tasks
        WHERE status = 'queued' AND coalesce(renewed_at, created_at) < now() - make_interval(secs => %(seconds)s) LIMIT 1000
    ) AS these
) AS tasks, (
    SELECT count(*) FROM (
        SELECT FROM webhook_deliveries
        WHERE status = 'pending' AND next_try_at < now() - make_interval(secs => %(seconds)s) LIMIT 1000
    ) AS these
) AS deliveries, (
    SELECT count(*) FROM (
        SELECT FROM approvals
        WHERE status = 'open' AND expires_at < now() - make_interval(secs => %(seconds)s) LIMIT 1000
    ) AS these
) AS questions

-- name: queue_lines
SELECT tenant, priority, count(*) FILTER (WHERE status = 'queued') AS queued,
       count(*) FILTER (WHERE status = 'running') AS running,
       coalesce(max(extract(epoch FROM clock_timestamp() - coalesce(renewed_at, created_at)))
                FILTER (WHERE status = 'queued'), 0)::double precision AS oldest_seconds
FROM tasks WHERE status IN ('queued', 'running')
GROUP BY tenant, priority ORDER BY priority DESC, tenant

-- name: queue_total
-- `wanted` is how many tasks might be worked on at once, if there were workers enough.
SELECT count(*) AS workers, coalesce(sum(concurrency), 0) AS places, (
    SELECT coalesce(sum(least(here, concurrency_of(tenant, %(concurrency)s))), 0)
    FROM (SELECT tenant, count(*) AS here FROM tasks WHERE status IN ('queued', 'running') GROUP BY tenant) AS tenants
) AS wanted
FROM workers WHERE seen_at > clock_timestamp() - make_interval(secs => %(silence_seconds)s)
