-- What models have answered before.

-- name: find_answer
WITH found AS (
    SELECT key, answer, expires_at FROM answers
    WHERE key = %(key)s AND tenant = %(tenant)s AND expires_at > clock_timestamp()
), used AS (
    INSERT INTO answer_uses (task_id, key, expires_at) SELECT %(task_id)s, key, expires_at FROM found
    ON CONFLICT (task_id, key) DO UPDATE SET expires_at = excluded.expires_at
)
SELECT answer FROM found

-- name: keep_answer
WITH kept AS (
    INSERT INTO answers (key, tenant, answer, expires_at)
    VALUES (%(key)s, %(tenant)s, %(answer)s, clock_timestamp() + make_interval(secs => %(seconds)s))
    ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, expires_at = excluded.expires_at
    RETURNING key, expires_at
)
INSERT INTO answer_uses (task_id, key, expires_at) SELECT %(task_id)s, key, expires_at FROM kept
ON CONFLICT (task_id, key) DO UPDATE SET expires_at = excluded.expires_at

-- name: forget_answers
DELETE FROM answers USING answer_uses
WHERE answer_uses.task_id = %(task_id)s AND answers.key = answer_uses.key AND answers.tenant = %(tenant)s

-- name: sweep_answers
-- Two workers never wait for each other here.
DELETE FROM answers WHERE key IN (
    SELECT key FROM answers WHERE expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)

-- name: sweep_answer_uses
DELETE FROM answer_uses WHERE (task_id, key) IN (
    SELECT task_id, key FROM answer_uses WHERE expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
