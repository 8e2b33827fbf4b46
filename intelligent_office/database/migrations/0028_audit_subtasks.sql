-- Two subtasks may both have a step `s1`: entries of the audit trail name the subtask from now on. Those that were written
-- before have none, are hashed as they were, and still fit; taking the name away from another breaks its hash.
ALTER TABLE audit ADD COLUMN subtask_id text;

CREATE OR REPLACE FUNCTION audit_digest(entry audit) RETURNS text LANGUAGE sql STABLE AS $$
SELECT encode(sha256(convert_to((jsonb_build_object(
    'task_id', entry.task_id, 'number', entry.number, 'tenant', entry.tenant,
    'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'kind', entry.kind, 'step_id', entry.step_id, 'tool', entry.tool, 'who', entry.who, 'fact', entry.fact,
    'data', entry.data, 'previous', entry.previous
) || CASE WHEN entry.subtask_id IS NULL THEN '{}' ELSE jsonb_build_object('subtask_id', entry.subtask_id) END)::text, 'UTF8')), 'hex')
$$;
