-- The audit trail. Rows are added and never changed; a trigger gives each its number and its hashes.

-- name: add_audit_entry
INSERT INTO audit (task_id, tenant, kind, subtask_id, step_id, tool, who, data, fact)
VALUES (%(task_id)s, %(tenant)s, %(kind)s, %(subtask_id)s, %(step_id)s, %(tool)s, %(who)s, %(data)s, %(fact)s)

-- name: add_audit_entries
-- One for each decision of an approval, or on a plan.
INSERT INTO audit (task_id, tenant, kind, subtask_id, step_id, tool, who, data, fact)
SELECT %(task_id)s, %(tenant)s, line ->> 'kind', line ->> 'subtask_id', line ->> 'step_id', line ->> 'tool', line ->> 'who',
       line -> 'data', line ->> 'fact'
FROM jsonb_array_elements(%(lines)s) WITH ORDINALITY AS told (line, place) ORDER BY place

-- name: trail_of_forgotten_task
SELECT FROM audit_heads AS heads JOIN audit USING (task_id)
WHERE task_id = %(task_id)s AND number = entries AND tenant = %(tenant)s
  AND NOT EXISTS (SELECT FROM tasks WHERE tasks.task_id = heads.task_id)

-- name: read_audit
-- The chain and how far it should go, as of one moment; `data` is text, because a number's digits count.
SELECT coalesce(heads.entries, 0) AS entries, heads.hash AS head, audit.number, audit.task_id, audit.tenant, audit.at,
       audit.kind, audit.subtask_id, audit.step_id, audit.tool, audit.who, audit.fact, audit.data::text AS data,
       audit.previous, audit.hash
FROM (SELECT %(task_id)s::text AS task_id) AS wanted
LEFT JOIN audit_heads AS heads USING (task_id)
LEFT JOIN audit USING (task_id)
ORDER BY audit.number, audit.audit_id
