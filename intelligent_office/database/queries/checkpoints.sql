-- What a run of the graph remembers, in the tables of LangGraph's saver, and what is thrown away of it. The packed
-- values of many rows travel as one parameter, and each row says which piece of it is its own.

-- name: store_checkpoint
-- A checkpoint, and the values that are new in it: all or nothing.
WITH kept AS (
    INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT %(thread_id)s, %(place)s, channel, version, type, substr(%(packed)s, start, length)
    FROM jsonb_to_recordset(%(values)s) AS value (channel text, version text, type text, start int, length int)
    ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
)
INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
VALUES (%(thread_id)s, %(place)s, %(checkpoint_id)s, %(parent_id)s, %(checkpoint)s, %(metadata)s)
ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata

-- name: store_writes
INSERT INTO checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
SELECT %(thread_id)s, %(place)s, checkpoint_id, task_id, task_path, idx, channel, type, substr(%(packed)s, start, length)
FROM jsonb_to_recordset(%(writes)s) AS write
    (checkpoint_id text, task_id text, task_path text, idx int, channel text, type text, start int, length int)
ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO NOTHING

-- name: prune_checkpoints
-- Of each thread the last checkpoint stays, and of a desk that has begun from it and did not come to its end the last
-- of its own: from there the graph can go on.
WITH heads AS (
    SELECT DISTINCT ON (thread_id, checkpoint_ns)
        thread_id, checkpoint_ns, checkpoint_id, checkpoint -> 'channel_versions' AS versions,
        metadata -> 'parents' ->> '' AS root
    FROM checkpoints WHERE thread_id = ANY(%(thread_ids)s::text[])
    ORDER BY thread_id, checkpoint_ns, checkpoint_id DESC
), kept AS (
    SELECT head.* FROM heads head JOIN heads root ON root.thread_id = head.thread_id AND root.checkpoint_ns = ''
    WHERE head.checkpoint_ns = '' OR head.root = root.checkpoint_id
), writes AS (
    DELETE FROM checkpoint_writes old WHERE thread_id = ANY(%(thread_ids)s::text[]) AND NOT EXISTS (
        SELECT FROM kept WHERE (kept.thread_id, kept.checkpoint_ns, kept.checkpoint_id)
            = (old.thread_id, old.checkpoint_ns, old.checkpoint_id)
    )
), blobs AS (
    DELETE FROM checkpoint_blobs old WHERE thread_id = ANY(%(thread_ids)s::text[]) AND NOT EXISTS (
        SELECT FROM kept WHERE (kept.thread_id, kept.checkpoint_ns) = (old.thread_id, old.checkpoint_ns)
            AND kept.versions ->> old.channel = old.version
    )
), orphaned AS (
    UPDATE checkpoints SET parent_checkpoint_id = NULL FROM kept
    WHERE (kept.thread_id, kept.checkpoint_ns, kept.checkpoint_id)
        = (checkpoints.thread_id, checkpoints.checkpoint_ns, checkpoints.checkpoint_id)
)
DELETE FROM checkpoints old WHERE thread_id = ANY(%(thread_ids)s::text[]) AND NOT EXISTS (
    SELECT FROM kept WHERE (kept.thread_id, kept.checkpoint_ns, kept.checkpoint_id)
        = (old.thread_id, old.checkpoint_ns, old.checkpoint_id)
)
