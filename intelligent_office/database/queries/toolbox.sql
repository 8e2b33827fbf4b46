-- name: finished_calls
SELECT idempotency_key FROM tool_calls WHERE task_id = %(task_id)s AND status = 'succeeded'

-- name: recorded_call
SELECT tool, inputs, status, result, started_at FROM tool_calls
WHERE task_id = %(task_id)s AND idempotency_key = %(idempotency_key)s

-- name: start_call
-- Before an effect that must not happen twice. A call that failed had none and may start again. The ledger comes before
-- the audit trail, here and below: whoever locks both does it in this order.
WITH started AS (
    INSERT INTO tool_calls (task_id, idempotency_key, tenant, step_id, tool, inputs, status)
    VALUES (%(task_id)s, %(idempotency_key)s, %(tenant)s, %(step_id)s, %(tool)s, %(inputs)s, 'started')
    ON CONFLICT (task_id, idempotency_key) DO UPDATE
    SET tool = excluded.tool, inputs = excluded.inputs, step_id = excluded.step_id, status = 'started',
        result = NULL, started_at = clock_timestamp(), finished_at = NULL
    WHERE tool_calls.status = 'failed'
    RETURNING task_id
), audited AS (
    INSERT INTO audit (task_id, tenant, kind, subtask_id, step_id, tool, who, data)
    SELECT task_id, %(tenant)s, 'started', %(subtask_id)s, %(step_id)s, %(tool)s, 'executor', %(audit)s FROM started
)
SELECT EXISTS (SELECT FROM started) AS started, earlier.tool, earlier.inputs, earlier.status, earlier.result,
       earlier.started_at
FROM (SELECT %(task_id)s::text AS task_id, %(idempotency_key)s::text AS idempotency_key) AS wanted
LEFT JOIN tool_calls AS earlier USING (task_id, idempotency_key)

-- name: record_call
-- The end of a call: ledger, audit trail and, where the output is large, the artifact. All or nothing. What has succeeded
-- stays so, whatever a worker whose lease ran out tells later; that it was told goes into the audit trail. The very same
-- end, told again because nobody heard that it was written, is no news.
WITH kept AS (
    INSERT INTO artifacts (task_id, artifact_id, tenant, media_type, content, key_id)
    SELECT %(task_id)s, %(artifact_id)s::text, %(tenant)s, %(media_type)s::text, %(content)s::bytea, %(key_id)s::text
    WHERE %(artifact_id)s::text IS NOT NULL
    ON CONFLICT (task_id, artifact_id) DO NOTHING
), recorded AS (
    INSERT INTO tool_calls
        (task_id, idempotency_key, tenant, step_id, tool, inputs, status, result, started_at, finished_at)
    VALUES (%(task_id)s, %(idempotency_key)s, %(tenant)s, %(step_id)s, %(tool)s, %(inputs)s, %(status)s, %(result)s,
            clock_timestamp() - make_interval(secs => %(seconds)s),
            CASE %(status)s::text WHEN 'started' THEN NULL ELSE clock_timestamp() END)
    ON CONFLICT (task_id, idempotency_key) DO UPDATE
    SET tool = excluded.tool, inputs = excluded.inputs, step_id = excluded.step_id, status = excluded.status,
        result = excluded.result, finished_at = excluded.finished_at
    WHERE tool_calls.status <> 'succeeded'
)
INSERT INTO audit (task_id, tenant, kind, subtask_id, step_id, tool, who, data)
SELECT %(task_id)s, %(tenant)s, %(kind)s, %(subtask_id)s, %(step_id)s, %(tool)s, 'executor', %(audit)s
WHERE NOT EXISTS (
    SELECT FROM tool_calls WHERE task_id = %(task_id)s AND idempotency_key = %(idempotency_key)s AND result = %(result)s
)

-- name: calls_in_doubt
SELECT tool, step_id FROM tool_calls WHERE task_id = %(task_id)s AND status = 'started' ORDER BY started_at

-- name: release_call
DELETE FROM tool_calls
WHERE task_id = %(task_id)s AND idempotency_key = %(idempotency_key)s AND status = 'started'

-- name: read_artifact
SELECT media_type, content, key_id FROM artifacts WHERE task_id = %(task_id)s AND artifact_id = %(artifact_id)s
