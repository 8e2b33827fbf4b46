-- What the doors do with tasks. Whoever needs a task's row and its approvals takes the task's row first.

-- name: accept_task
WITH accepted AS (
    INSERT INTO tasks (task_id, tenant, origin, description, attachments, context, priority, webhook_url, last_event)
    VALUES (%(task_id)s, %(tenant)s, %(origin)s, %(description)s, %(attachments)s, %(context)s, %(priority)s,
            %(webhook_url)s, 1)
    RETURNING *
), told AS (
    INSERT INTO events (task_id, number, kind, data) SELECT task_id, 1, 'task.accepted', %(event)s FROM accepted
)
SELECT accepted.*, wake_worker(task_id, priority) FROM accepted

-- name: read_task
SELECT * FROM tasks WHERE task_id = %(task_id)s AND tenant = %(tenant)s

-- name: lock_task
SELECT *, coalesce(lease_until > clock_timestamp(), false) AS leased,
       greatest(extract(epoch FROM lease_until - clock_timestamp()), 0)::double precision AS lease_seconds
FROM tasks WHERE task_id = %(task_id)s AND tenant = %(tenant)s FOR UPDATE

-- name: find_tasks
SELECT * FROM tasks
WHERE tenant = %(tenant)s
  AND (left(task_id, length(%(text)s)) = %(text)s OR right(task_id, length(%(text)s)) = %(text)s)
ORDER BY task_id = %(text)s DESC, created_at DESC, task_id DESC LIMIT %(limit)s

-- name: list_tasks
SELECT * FROM tasks
WHERE tenant = %(tenant)s
  AND (created_at, task_id) < (coalesce(%(before_at)s, 'infinity'::timestamptz), coalesce(%(before_id)s, ''))
  AND created_at >= coalesce(%(created_after)s, '-infinity'::timestamptz)
  AND created_at < coalesce(%(created_before)s, 'infinity'::timestamptz)
  AND (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s))
  AND (%(origin)s::text IS NULL OR origin = %(origin)s)
  AND (%(text)s::text IS NULL OR strpos(lower(description), lower(%(text)s)) > 0)
ORDER BY created_at DESC, task_id DESC LIMIT %(limit)s

-- name: lock_submissions
-- One submission of a tenant after the other, until the end of the transaction: so that all count the same tasks.
SELECT pg_advisory_xact_lock(hashtextextended('submissions of ' || %(tenant)s, 0))

-- name: count_todays_tasks
SELECT count(*) AS tasks, now(), date_trunc('day', now(), 'UTC') + interval '1 day' AS until
FROM (
    SELECT FROM tasks WHERE tenant = %(tenant)s AND created_at >= date_trunc('day', now(), 'UTC') LIMIT %(limit)s
) AS todays

-- name: typical_seconds
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY worked_seconds) AS seconds
FROM (SELECT worked_seconds FROM tasks WHERE status = 'completed' ORDER BY finished_at DESC LIMIT 50) AS recent

-- name: read_events
SELECT task_id, number, at, kind, role, subtask, data FROM events JOIN tasks USING (task_id)
WHERE task_id = %(task_id)s AND tenant = %(tenant)s AND number > %(after)s ORDER BY number LIMIT %(limit)s

-- name: follow_task
-- The task's status and its next events as of one moment; one row without an event if there is no next one.
SELECT status, task_id, number, at, kind, role, subtask, data
FROM tasks LEFT JOIN LATERAL (
    SELECT number, at, kind, role, subtask, data FROM events
    WHERE events.task_id = tasks.task_id AND number > %(after)s ORDER BY number LIMIT %(limit)s
) AS next ON true
WHERE task_id = %(task_id)s AND tenant = %(tenant)s ORDER BY number

-- name: tell
WITH counted AS (
    UPDATE tasks SET last_event = last_event + 1 WHERE task_id = %(task_id)s RETURNING task_id, last_event
), told AS (
    INSERT INTO events (task_id, number, kind, data) SELECT task_id, last_event, %(kind)s, %(data)s FROM counted
)
SELECT pg_notify('office_events', task_id) FROM counted

-- name: queue_waiting_task
WITH queued AS (
    UPDATE tasks SET status = 'queued' WHERE task_id = %(task_id)s AND status = 'waiting' RETURNING task_id, priority
)
SELECT wake_worker(task_id, priority) FROM queued

-- name: request_cancel
WITH requested AS (
    UPDATE tasks SET cancel_requested = true WHERE task_id = %(task_id)s RETURNING *
)
SELECT requested.*, pg_notify('office_cancel', task_id) FROM requested

-- name: cancel_task
UPDATE tasks
SET status = 'cancelled', cancel_requested = true, outcome = %(outcome)s, progress = 1, lease_until = NULL,
    token = token + 1, finished_at = clock_timestamp()
WHERE task_id = %(task_id)s RETURNING *

-- name: reopen_task
-- A failed task goes back to the queue, to go on from the checkpoint that is its last one now.
WITH reopened AS (
    UPDATE tasks
    SET status = 'queued', context = context || %(changes)s, outcome = NULL, progress = 0, finished_at = NULL,
        cancel_requested = false, pruned = false, crashes = 0, crashes_alone = 0, last_event = last_event + 1, reopened_after = (
            SELECT checkpoint_id FROM checkpoints WHERE thread_id = %(task_id)s AND checkpoint_ns = ''
            ORDER BY checkpoint_id DESC LIMIT 1
        )
    WHERE task_id = %(task_id)s RETURNING *
), told AS (
    INSERT INTO events (task_id, number, kind, data) SELECT task_id, last_event, 'task.resumed', %(changes)s FROM reopened
), closed AS (
    UPDATE dead_letters SET status = 'reprocessed', closed_at = clock_timestamp(), closed_by = %(by)s
    FROM reopened WHERE dead_letters.task_id = reopened.task_id AND dead_letters.status = 'open'
)
SELECT reopened.*, wake_worker(task_id, priority), pg_notify('office_events', task_id) FROM reopened

-- name: change_context
UPDATE tasks SET context = context || %(changes)s WHERE task_id = %(task_id)s RETURNING *

-- name: task_usage
-- The calls are those of models; what tools have cost is a part of the cost.
SELECT count(*) FILTER (WHERE outcome <> 'cached' AND role <> 'executor') AS calls, count(*) FILTER (WHERE outcome = 'cached') AS cached,
       coalesce(sum(input_tokens), 0)::bigint AS input_tokens, coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
       coalesce(sum(cost_usd), 0)::double precision AS cost_usd
FROM calls WHERE task_id = %(task_id)s AND tenant = %(tenant)s AND outcome <> 'pending'
