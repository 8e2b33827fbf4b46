-- Memories of plans, and the records of attempts.

-- name: await_turn_to_remember
SELECT pg_advisory_xact_lock(hashtext('memories'))

-- name: remember_again
UPDATE memories SET times = times + 1, lesson = %(lesson)s, task_id = %(task_id)s
WHERE tenant = %(tenant)s AND kind = %(kind)s AND fingerprint = %(fingerprint)s

-- name: remember
INSERT INTO memories (tenant, task_id, kind, objective, steps, lesson, fingerprint)
VALUES (%(tenant)s, %(task_id)s, %(kind)s, %(objective)s, %(steps)s, %(lesson)s, %(fingerprint)s)
ON CONFLICT (tenant, kind, fingerprint) DO UPDATE
SET times = memories.times + 1, lesson = excluded.lesson, task_id = excluded.task_id

-- name: new_memories
SELECT m.memory_id, m.tenant, m.objective, v.vector
FROM memories m LEFT JOIN memory_vectors v ON v.memory_id = m.memory_id AND v.encoder = %(encoder)s
WHERE m.memory_id > %(after)s ORDER BY m.memory_id LIMIT %(limit)s

-- name: keep_vectors
INSERT INTO memory_vectors (encoder, memory_id, vector)
SELECT %(encoder)s, memory_id, made.vector
FROM unnest(%(memory_ids)s::bigint[], %(vectors)s::bytea[]) AS made (memory_id, vector)
JOIN memories USING (memory_id)
ON CONFLICT (encoder, memory_id) DO UPDATE SET vector = excluded.vector

-- name: forget_vectors
DELETE FROM memory_vectors WHERE encoder = %(encoder)s

-- name: read_memories
SELECT memory_id, kind, objective, steps, lesson FROM memories
WHERE memory_id = ANY(%(memory_ids)s::bigint[]) AND tenant = %(tenant)s

-- name: record_attempt
INSERT INTO executions (task_id, subtask_id, attempt, tenant, plan, results, review)
VALUES (%(task_id)s, %(subtask_id)s, %(attempt)s, %(tenant)s, %(plan)s, %(results)s, %(review)s)
ON CONFLICT (task_id, subtask_id, attempt) DO UPDATE
SET plan = excluded.plan, results = excluded.results, review = excluded.review, at = now()
