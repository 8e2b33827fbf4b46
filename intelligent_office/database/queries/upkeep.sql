-- What workers tidy up behind tasks that have ended.

-- name: tasks_to_prune
SELECT task_id FROM tasks
WHERE finished_at IS NOT NULL AND NOT pruned
ORDER BY finished_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: mark_pruned
UPDATE tasks SET pruned = true WHERE task_id = ANY(%(task_ids)s::text[])
