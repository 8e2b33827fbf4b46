-- Files handed in with tasks.

-- name: lock_room
-- One file of a tenant after the other, until the end of the transaction: so that all see the same room.
SELECT pg_advisory_xact_lock(hashtextextended('attachments of ' || %(tenant)s, 0))

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
