-- Files handed in with tasks.

-- name: store_attachment
-- No row if the tenant has no room left.
INSERT INTO attachments (tenant, attachment_id, name, media_type, size, content, key_id)
SELECT %(tenant)s, %(attachment_id)s, %(name)s, %(media_type)s, %(size)s, %(content)s, %(key_id)s
WHERE %(size)s::bigint + (
    SELECT coalesce(sum(size), 0) FROM attachments WHERE tenant = %(tenant)s AND attachment_id <> %(attachment_id)s
) <= %(room)s
ON CONFLICT (tenant, attachment_id) DO UPDATE SET last_used_at = clock_timestamp()
RETURNING attachment_id

-- name: read_attachment
SELECT attachment_id, name, media_type, size, content, key_id FROM attachments
WHERE tenant = %(tenant)s AND attachment_id = %(attachment_id)s

-- name: attach
-- What a task uses is kept as long as the task may need it; the number of attachments that are still there.
WITH used AS (
    UPDATE attachments SET last_used_at = clock_timestamp()
    WHERE tenant = %(tenant)s AND attachment_id = ANY(%(attachment_ids)s::text[])
    RETURNING tenant, attachment_id
)
INSERT INTO task_attachments (task_id, tenant, attachment_id)
SELECT %(task_id)s, tenant, attachment_id FROM used
