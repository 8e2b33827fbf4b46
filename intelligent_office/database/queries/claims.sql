-- What a worker does with the task it has claimed. Every write names the token of its claim.

-- name: claim_next
SELECT * FROM claim_next(%(worker)s, %(lease_seconds)s, %(concurrency)s)

-- name: claim_task
SELECT * FROM claim_task(%(task_id)s, %(tenant)s, %(worker)s, %(lease_seconds)s, %(concurrency)s)

-- name: claimable_task
SELECT status, coalesce(worker, 'another worker') AS worker,
       greatest(extract(epoch FROM lease_until - clock_timestamp()), 0)::double precision AS lease_seconds
FROM tasks WHERE task_id = %(task_id)s AND tenant = %(tenant)s

-- name: told_steps
-- Each plan begins to be carried out when the broker is done with it.
SELECT DISTINCT subtask, data ->> 'step_id' AS step_id FROM events
WHERE task_id = %(task_id)s AND kind = 'step.finished' AND data -> 'result' ->> 'status' = 'succeeded'
  AND number > ALL (
      SELECT granted.number FROM events AS granted
      WHERE granted.task_id = %(task_id)s AND granted.subtask = events.subtask
        AND granted.kind = 'role.finished' AND granted.role = 'broker'
  )

-- name: record_events
WITH ours AS (
    UPDATE tasks
    SET last_event = last_event + jsonb_array_length(%(events)s), step = coalesce(%(step)s, step),
        progress = greatest(progress, %(progress)s),
        worked_seconds = worked_seconds + extract(epoch FROM clock_timestamp() - renewed_at),
        renewed_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
    WHERE task_id = %(task_id)s AND token = %(token)s AND status = 'running'
    RETURNING task_id, last_event - jsonb_array_length(%(events)s) AS before, cancel_requested
), told AS (
    INSERT INTO events (task_id, number, kind, role, subtask, data)
    SELECT ours.task_id, ours.before + position, event ->> 'kind', event ->> 'role', event ->> 'subtask', event -> 'data'
    FROM ours, jsonb_array_elements(%(events)s) WITH ORDINALITY AS drafts (event, position)
)
SELECT cancel_requested, pg_notify('office_events', task_id) FROM ours

-- name: renew_claim
UPDATE tasks
SET worked_seconds = worked_seconds + extract(epoch FROM clock_timestamp() - renewed_at),
    renewed_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
WHERE task_id = %(task_id)s AND token = %(token)s AND status = 'running'
RETURNING cancel_requested

-- name: leave_task
-- The worker lets go of the task: to the queue, or to wait for a human.
WITH left_alone AS (
    UPDATE tasks
    SET status = %(status)s, lease_until = NULL,
        worked_seconds = worked_seconds + extract(epoch FROM clock_timestamp() - renewed_at)
    WHERE task_id = %(task_id)s AND token = %(token)s AND status = 'running'
    RETURNING task_id, status, priority
)
SELECT status, CASE status WHEN 'queued' THEN wake_worker(task_id, priority) END FROM left_alone

-- name: deny_death
-- The claim was given up and its end counted, but its worker lives.
UPDATE tasks
SET crashes = greatest(crashes - 1, 0), crashes_alone = greatest(crashes_alone - last_death_alone::integer, 0),
    last_death = NULL
WHERE task_id = %(task_id)s AND last_death = %(token)s

-- name: lock_claim
SELECT cancel_requested FROM tasks
WHERE task_id = %(task_id)s AND token = %(token)s AND status = 'running' FOR UPDATE

-- name: finish_task
-- Who was told that the task would be cancelled has been told the truth.
WITH finished AS (
    UPDATE tasks
    SET status = %(status)s, outcome = %(outcome)s, progress = 1, last_event = last_event + jsonb_array_length(%(events)s),
        step = coalesce(%(step)s, step), lease_until = NULL,
        worked_seconds = worked_seconds + extract(epoch FROM clock_timestamp() - renewed_at),
        finished_at = clock_timestamp()
    WHERE task_id = %(task_id)s AND token = %(token)s AND status = 'running'
      AND NOT (cancel_requested AND %(status)s = 'completed')
    RETURNING task_id, last_event - jsonb_array_length(%(events)s) AS before
), told AS (
    INSERT INTO events (task_id, number, kind, role, subtask, data)
    SELECT finished.task_id, finished.before + position,
           event ->> 'kind', event ->> 'role', event ->> 'subtask', event -> 'data'
    FROM finished, jsonb_array_elements(%(events)s) WITH ORDINALITY AS drafts (event, position)
), withdrawn AS (
    UPDATE approvals SET status = 'withdrawn' FROM finished
    WHERE approvals.task_id = finished.task_id AND approvals.status = 'open'
)
SELECT pg_notify('office_events', task_id) FROM finished
