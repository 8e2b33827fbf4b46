-- What is known of keys: the ids of those that something may be encrypted with. The keys are in the settings alone.

-- name: use_key
INSERT INTO encryption_keys (key_id) VALUES (%(key_id)s) ON CONFLICT DO NOTHING

-- name: keys_in_use
SELECT key_id, first_used_at FROM encryption_keys ORDER BY first_used_at

-- name: forget_other_keys
DELETE FROM encryption_keys WHERE key_id <> %(key_id)s

-- name: tasks_in_order
SELECT task_id FROM tasks WHERE task_id > %(after)s ORDER BY task_id LIMIT %(limit)s

-- name: blobs_to_seal
SELECT thread_id, checkpoint_ns, channel, version, type, blob FROM checkpoint_blobs
WHERE thread_id = ANY(%(task_ids)s::text[]) AND blob IS NOT NULL AND type <> 'empty'
  AND split_part(type, '+', 2) <> %(cipher)s
FOR UPDATE

-- name: seal_blob
UPDATE checkpoint_blobs SET type = %(type)s, blob = %(blob)s
WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(checkpoint_ns)s AND channel = %(channel)s
  AND version = %(version)s

-- name: writes_to_seal
SELECT thread_id, checkpoint_ns, checkpoint_id, task_id, idx, type, blob FROM checkpoint_writes
WHERE thread_id = ANY(%(task_ids)s::text[]) AND split_part(type, '+', 2) <> %(cipher)s
FOR UPDATE

-- name: seal_write
UPDATE checkpoint_writes SET type = %(type)s, blob = %(blob)s
WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(checkpoint_ns)s AND checkpoint_id = %(checkpoint_id)s
  AND task_id = %(task_id)s AND idx = %(idx)s

-- name: texts_to_seal
-- Texts of the state that stand in the checkpoint's own JSON, because there was no key when they were written.
SELECT thread_id, checkpoint_ns, checkpoint_id, texts.key AS channel, checkpoint -> 'channel_versions' ->> texts.key AS version,
       texts.value #>> '{}' AS text
FROM checkpoints CROSS JOIN LATERAL jsonb_each(checkpoint -> 'channel_values') AS texts
WHERE thread_id = ANY(%(task_ids)s::text[]) AND jsonb_typeof(texts.value) = 'string'

-- name: seal_text
WITH sealed AS (
    INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    VALUES (%(thread_id)s, %(checkpoint_ns)s, %(channel)s, %(version)s, %(type)s, %(blob)s)
    ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
)
UPDATE checkpoints SET checkpoint = checkpoint #- ARRAY['channel_values', %(channel)s]
WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(checkpoint_ns)s AND checkpoint_id = %(checkpoint_id)s

-- name: artifacts_to_seal
SELECT task_id, artifact_id, key_id, content FROM artifacts
WHERE task_id = ANY(%(task_ids)s::text[]) AND key_id IS DISTINCT FROM %(key_id)s
FOR UPDATE

-- name: seal_artifact
UPDATE artifacts SET key_id = %(key_id)s, content = %(content)s
WHERE task_id = %(task_id)s AND artifact_id = %(artifact_id)s

-- name: attachments_to_seal
SELECT tenant, attachment_id, key_id, content FROM attachments
WHERE key_id IS DISTINCT FROM %(key_id)s LIMIT %(limit)s FOR UPDATE

-- name: seal_attachment
UPDATE attachments SET key_id = %(key_id)s, content = %(content)s
WHERE tenant = %(tenant)s AND attachment_id = %(attachment_id)s
