-- What keeps Procrastinate's tables true; see `intelligent_office/jobs.py`.

-- name: beat_job_worker
INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%(worker_id)s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()

-- name: beat_worker
INSERT INTO workers (name, concurrency) VALUES (%(name)s, %(concurrency)s)
ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp(), concurrency = excluded.concurrency

-- name: forget_worker
-- One that has gone home; and those that died a while ago, for whoever looks has seen by now that they did.
DELETE FROM workers WHERE name = %(name)s OR seen_at < clock_timestamp() - interval '1 hour'

-- name: go_round
SELECT requeue_abandoned() AS abandoned_tasks, requeue_jobs(%(silence_seconds)s) AS abandoned_jobs,
       wake_again(%(concurrency)s) AS woken_again
