-- Calls of tools, as the runs of a task and its limit of steps see them.

-- name: steps_of_task
SELECT step_id, tool, inputs, tool_calls.status, result, tool_calls.started_at, tool_calls.finished_at
FROM tool_calls JOIN tasks USING (task_id, tenant)
WHERE task_id = %(task_id)s AND tenant = %(tenant)s ORDER BY tool_calls.started_at, step_id

-- name: called_keys
SELECT idempotency_key FROM tool_calls WHERE task_id = %(task_id)s
