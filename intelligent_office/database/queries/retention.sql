-- What is not kept for ever. Whatever is deleted belongs to tasks that have ended; a number of days that is NULL is no limit.
-- Each statement takes a few rows, and passes over those that somebody else holds.

-- name: tasks_past_age
-- A dead letter may outlive other tasks of its age.
SELECT task_id FROM tasks
WHERE finished_at < clock_timestamp() - make_interval(secs => 86400 * %(days)s::double precision)
  AND NOT EXISTS (
      SELECT FROM dead_letters WHERE dead_letters.task_id = tasks.task_id
      AND dead_letters.at >= coalesce(
          clock_timestamp() - make_interval(secs => 86400 * %(letter_days)s::double precision), '-infinity')
  )
ORDER BY finished_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: tasks_past_count
SELECT tasks.task_id FROM tenants CROSS JOIN LATERAL (
    SELECT created_at FROM tasks WHERE tasks.tenant = tenants.tenant
    ORDER BY created_at DESC OFFSET %(count)s LIMIT 1
) AS first_surplus
JOIN tasks ON tasks.tenant = tenants.tenant AND tasks.created_at <= first_surplus.created_at
WHERE tasks.finished_at IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM dead_letters WHERE dead_letters.task_id = tasks.task_id
      AND dead_letters.at >= coalesce(
          clock_timestamp() - make_interval(secs => 86400 * %(letter_days)s::double precision), '-infinity')
  )
LIMIT %(limit)s FOR UPDATE OF tasks SKIP LOCKED

-- name: forget_tasks
-- All that is known of these tasks, but for the audit trail, what they have cost, and the memories of their plans.
WITH doomed AS (SELECT unnest(%(task_ids)s::text[]) AS task_id),
trails_left AS (
    INSERT INTO forgotten_tasks (task_id) SELECT task_id FROM doomed JOIN audit_heads USING (task_id) ON CONFLICT DO NOTHING
),
events_gone AS (DELETE FROM events USING doomed WHERE events.task_id = doomed.task_id),
executions_gone AS (DELETE FROM executions USING doomed WHERE executions.task_id = doomed.task_id),
calls_gone AS (DELETE FROM tool_calls USING doomed WHERE tool_calls.task_id = doomed.task_id),
approvals_gone AS (DELETE FROM approvals USING doomed WHERE approvals.task_id = doomed.task_id),
letters_gone AS (DELETE FROM dead_letters USING doomed WHERE dead_letters.task_id = doomed.task_id),
artifacts_gone AS (DELETE FROM artifacts USING doomed WHERE artifacts.task_id = doomed.task_id),
writes_gone AS (DELETE FROM checkpoint_writes USING doomed WHERE checkpoint_writes.thread_id = doomed.task_id),
blobs_gone AS (DELETE FROM checkpoint_blobs USING doomed WHERE checkpoint_blobs.thread_id = doomed.task_id),
checkpoints_gone AS (DELETE FROM checkpoints USING doomed WHERE checkpoints.thread_id = doomed.task_id)
DELETE FROM tasks USING doomed WHERE tasks.task_id = doomed.task_id

-- name: orphaned_checkpoints
-- Written after their task was forgotten, by a worker that had been away for as long as that takes.
SELECT DISTINCT thread_id AS task_id FROM checkpoints
WHERE NOT EXISTS (SELECT FROM tasks WHERE tasks.task_id = checkpoints.thread_id)
  AND thread_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$' -- of no other user of LangGraph
  AND (checkpoint ->> 'ts')::timestamptz < clock_timestamp() - interval '1 day'
LIMIT %(limit)s

-- name: lock_retention
SELECT greatest(done_until, 'epoch') AS done_until FROM retention WHERE kind = %(kind)s FOR UPDATE SKIP LOCKED

-- name: tasks_past_moment
SELECT task_id, finished_at, EXISTS (
    SELECT FROM dead_letters WHERE dead_letters.task_id = tasks.task_id AND dead_letters.status = 'open'
) AS dead_letter
FROM tasks
WHERE finished_at > %(after)s
  AND finished_at < clock_timestamp() - make_interval(secs => 86400 * %(days)s::double precision)
ORDER BY finished_at FETCH FIRST %(limit)s ROWS WITH TIES

-- name: note_retention
UPDATE retention SET done_until = %(done_until)s WHERE kind = %(kind)s

-- name: delete_events
DELETE FROM events WHERE task_id = ANY(%(task_ids)s::text[])

-- name: delete_artifacts
DELETE FROM artifacts WHERE task_id = ANY(%(task_ids)s::text[])

-- name: delete_attachments
-- A task that is given one meanwhile changes its row, which is then looked at again, or locked and passed over.
DELETE FROM attachments USING (
    SELECT tenant, attachment_id FROM attachments
    WHERE last_used_at < clock_timestamp() - make_interval(secs => 86400 * %(days)s::double precision)
      AND NOT EXISTS (
          SELECT FROM task_attachments AS given JOIN tasks USING (task_id)
          WHERE given.tenant = attachments.tenant AND given.attachment_id = attachments.attachment_id
          AND coalesce(tasks.finished_at >= clock_timestamp() - make_interval(secs => 86400 * %(days)s::double precision), true)
      )
    ORDER BY last_used_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS unused
WHERE attachments.tenant = unused.tenant AND attachments.attachment_id = unused.attachment_id

-- name: delete_usage
-- This month's is what budgets are made of, and that of tasks that go on what theirs are.
DELETE FROM usage WHERE usage_id IN (
    SELECT usage_id FROM usage
    WHERE at < least(
        clock_timestamp() - make_interval(secs => 86400 * %(days)s::double precision),
        date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    )
      AND NOT EXISTS (SELECT FROM tasks WHERE tasks.task_id = usage.task_id AND finished_at IS NULL)
    ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)

-- name: trails_past_age
-- Locked, so that nothing is added to their chains meanwhile.
SELECT task_id FROM forgotten_tasks JOIN audit_heads USING (task_id)
WHERE forgotten_at < clock_timestamp() - make_interval(secs => 86400 * %(days)s::double precision)
ORDER BY forgotten_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: end_trails
-- The entry that stays: how many there were, and from when to when. The hash of the last one is its `previous`.
INSERT INTO audit (task_id, tenant, kind, who, data)
SELECT task_id, last.tenant, 'pruned', 'retention',
       jsonb_build_object('entries', entries, 'first_at', first.at, 'last_at', last.at)
FROM audit_heads AS heads
JOIN audit AS last USING (task_id)
JOIN LATERAL (SELECT at FROM audit WHERE audit.task_id = heads.task_id ORDER BY number LIMIT 1) AS first ON true
WHERE task_id = ANY(%(task_ids)s::text[]) AND last.number = entries

-- name: delete_trails
DELETE FROM audit USING audit_heads AS heads
WHERE audit.task_id = heads.task_id AND audit.task_id = ANY(%(task_ids)s::text[]) AND audit.number < heads.entries

-- name: note_pruned_trails
DELETE FROM forgotten_tasks WHERE task_id = ANY(%(task_ids)s::text[])

-- name: count_prunable
WITH old AS (
    SELECT task_id, finished_at, clock_timestamp() - finished_at AS age, EXISTS (
        SELECT FROM dead_letters WHERE dead_letters.task_id = tasks.task_id
        AND dead_letters.at >= coalesce(
            clock_timestamp() - make_interval(secs => 86400 * %(letter_days)s::double precision), '-infinity')
    ) AS mourned, EXISTS (
        SELECT FROM dead_letters WHERE dead_letters.task_id = tasks.task_id AND dead_letters.status = 'open'
    ) AS dead_letter, %(task_count)s::bigint IS NOT NULL AND created_at <= (
        SELECT created_at FROM tasks AS newer WHERE newer.tenant = tasks.tenant
        ORDER BY created_at DESC OFFSET %(task_count)s::bigint LIMIT 1
    ) AS surplus
    FROM tasks WHERE finished_at IS NOT NULL
), judged AS (
    SELECT *, NOT mourned AND coalesce(
        surplus OR age > make_interval(secs => 86400 * %(task_days)s::double precision), surplus
    ) AS doomed FROM old
), relieved AS ( -- what goes with its task is not counted again
    SELECT task_id, finished_at, age FROM judged WHERE NOT dead_letter AND NOT doomed
)
SELECT (SELECT count(*) FROM judged WHERE doomed) AS tasks,
       (SELECT count(*) FROM events JOIN relieved USING (task_id)
        WHERE age > make_interval(secs => 86400 * %(event_days)s::double precision)
        AND finished_at > (SELECT done_until FROM retention WHERE kind = 'events')) AS events,
       (SELECT count(*) FROM artifacts JOIN relieved USING (task_id)
        WHERE age > make_interval(secs => 86400 * %(artifact_days)s::double precision)
        AND finished_at > (SELECT done_until FROM retention WHERE kind = 'artifacts')) AS artifacts,
       (SELECT count(*) FROM attachments
        WHERE clock_timestamp() - last_used_at > make_interval(secs => 86400 * %(artifact_days)s::double precision)
        AND NOT EXISTS (
            SELECT FROM task_attachments AS given JOIN tasks USING (task_id)
            WHERE given.tenant = attachments.tenant AND given.attachment_id = attachments.attachment_id
            AND coalesce(clock_timestamp() - tasks.finished_at
                         <= make_interval(secs => 86400 * %(artifact_days)s::double precision), true)
        )) AS attachments,
       (SELECT count(*) FROM usage
        WHERE clock_timestamp() - at > make_interval(secs => 86400 * %(usage_days)s::double precision)
        AND at < date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
        AND NOT EXISTS (SELECT FROM tasks WHERE tasks.task_id = usage.task_id AND finished_at IS NULL)) AS usage,
       (SELECT count(*) FROM forgotten_tasks
        WHERE clock_timestamp() - forgotten_at > make_interval(secs => 86400 * %(trail_days)s::double precision)) AS trails

-- name: table_sizes
-- In bytes, with indexes and what is stored out of line; the largest first.
SELECT relname AS name, pg_total_relation_size(oid) AS bytes, greatest(reltuples, 0)::bigint AS rows
FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
ORDER BY bytes DESC LIMIT %(limit)s
