-- Tasks that could not be finished. Whoever needs a task's row and its dead letters takes the task's row first.

-- name: bury
-- The tools are those whose calls failed in the last attempt at a part that was not approved.
WITH final AS (
    SELECT DISTINCT ON (subtask_id) plan, results, review FROM executions
    WHERE task_id = %(task_id)s ORDER BY subtask_id, at DESC, attempt DESC
), failed AS (
    SELECT step ->> 'action' AS tool FROM final CROSS JOIN LATERAL jsonb_array_elements(plan -> 'steps') AS step
    WHERE review ->> 'verdict' <> 'APPROVED' AND results -> (step ->> 'step_id') ->> 'status' IN ('failed', 'in_doubt')
)
INSERT INTO dead_letters (task_id, tenant, error_class, reason, state, history, tools)
VALUES (%(task_id)s, %(tenant)s, %(error_class)s, %(reason)s, %(state)s, %(history)s,
        ARRAY(SELECT DISTINCT tool FROM failed ORDER BY tool))
ON CONFLICT (task_id) WHERE status = 'open' DO UPDATE
SET at = now(), error_class = excluded.error_class, reason = excluded.reason, state = excluded.state,
    history = excluded.history, tools = excluded.tools

-- name: read_dead_letter
-- The latest one of a task.
SELECT dead_letters.*, coalesce(description, '') AS description FROM dead_letters LEFT JOIN tasks USING (task_id)
WHERE task_id = %(task_id)s AND (%(tenant)s::text IS NULL OR dead_letters.tenant = %(tenant)s)
ORDER BY letter_id DESC LIMIT 1

-- name: list_dead_letters
-- One that is open belongs to a failed task: until then its worker is still about to end it.
SELECT letter_id, task_id, dead_letters.tenant, at, error_class, reason, tools, dead_letters.status, closed_at,
       closed_by, successor, description
FROM dead_letters JOIN tasks USING (task_id)
WHERE (%(tenant)s::text IS NULL OR dead_letters.tenant = %(tenant)s)
  AND (%(status)s::text IS NULL OR dead_letters.status = %(status)s)
  AND (dead_letters.status <> 'open' OR tasks.status = 'failed')
  AND (%(error_class)s::text IS NULL OR error_class = %(error_class)s)
  AND (%(tool)s::text IS NULL OR %(tool)s = ANY(tools))
  AND (%(before)s::bigint IS NULL OR letter_id < %(before)s)
ORDER BY letter_id DESC LIMIT %(limit)s

-- name: calls_of_task
SELECT step_id, tool, inputs, status, result ->> 'error' AS error, started_at, finished_at FROM tool_calls
WHERE task_id = %(task_id)s ORDER BY started_at, idempotency_key LIMIT %(limit)s

-- name: last_checkpoint
SELECT checkpoint_id, (checkpoint ->> 'ts')::timestamptz AS at, (metadata ->> 'step')::integer AS step FROM checkpoints
WHERE thread_id = %(task_id)s AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT 1

-- name: close_dead_letter
UPDATE dead_letters
SET status = %(status)s, closed_at = clock_timestamp(), closed_by = %(by)s, successor = %(successor)s
WHERE task_id = %(task_id)s AND status = 'open' RETURNING *

-- name: dead_letter_statistics
-- One line for each class, tool and day (UTC); a letter with several tools counts in the line of each.
WITH letters AS (
    SELECT letters.*, (letters.at AT TIME ZONE 'UTC')::date::text AS day,
           letters.status = 'reprocessed' AND outcome.status = 'completed' AS recovered
    FROM dead_letters AS letters
    JOIN tasks USING (task_id)
    LEFT JOIN tasks AS outcome ON outcome.task_id = coalesce(letters.successor, letters.task_id)
    WHERE (%(tenant)s::text IS NULL OR letters.tenant = %(tenant)s)
      AND letters.at >= clock_timestamp() - make_interval(days => %(days)s)
      AND (letters.status <> 'open' OR tasks.status = 'failed')
), counted AS (
    SELECT 'total' AS by, '' AS key, status, recovered FROM letters
    UNION ALL SELECT 'error_class', error_class, status, recovered FROM letters
    UNION ALL SELECT 'day', day, status, recovered FROM letters
    UNION ALL SELECT 'tool', tool, status, recovered
    FROM letters CROSS JOIN LATERAL unnest(CASE tools WHEN '{}' THEN ARRAY[''] ELSE tools END) AS tool
)
SELECT by, key, count(*) AS letters, count(*) FILTER (WHERE status = 'open') AS open,
       count(*) FILTER (WHERE status = 'reprocessed') AS reprocessed,
       count(*) FILTER (WHERE status = 'discarded') AS discarded, count(*) FILTER (WHERE recovered) AS recovered
FROM counted GROUP BY by, key ORDER BY by, CASE WHEN by = 'day' THEN key END DESC, letters DESC, key

-- name: repeat_task
WITH repeated AS (
    INSERT INTO tasks (task_id, tenant, origin, description, attachments, context, priority, webhook_url, last_event,
                       predecessor)
    SELECT %(task_id)s, tenant, %(origin)s, description, attachments, context || %(changes)s, priority, webhook_url, 1,
           task_id
    FROM tasks WHERE task_id = %(predecessor)s
    RETURNING task_id, priority, predecessor
), told AS (
    INSERT INTO events (task_id, number, kind, data) SELECT task_id, 1, 'task.accepted', %(event)s FROM repeated
), given AS (
    INSERT INTO task_attachments (task_id, tenant, attachment_id)
    SELECT repeated.task_id, earlier.tenant, earlier.attachment_id
    FROM repeated JOIN task_attachments AS earlier ON earlier.task_id = repeated.predecessor
)
SELECT wake_worker(task_id, priority) FROM repeated
