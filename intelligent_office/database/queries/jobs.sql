-- What keeps Procrastinate's tables true; see `intelligent_office/jobs.py`.

-- name: beat_job_worker
INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%(worker_id)s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()
