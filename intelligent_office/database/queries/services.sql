-- What is known of the tools of remote services.

-- name: pinned_tools
SELECT tool, digests, description FROM pinned_tools WHERE service = %(service)s

-- name: pin_tools
INSERT INTO pinned_tools (service, tool, digests, description)
SELECT %(service)s, tool, digests, description
FROM jsonb_to_recordset(%(tools)s) AS seen (tool text, digests jsonb, description text)
ON CONFLICT DO NOTHING

-- name: accept_tool
INSERT INTO pinned_tools (service, tool, digests, description, accepted_by)
VALUES (%(service)s, %(tool)s, %(digests)s, %(description)s, %(by)s)
ON CONFLICT (service, tool) DO UPDATE
SET digests = excluded.digests, description = excluded.description, accepted_by = excluded.accepted_by,
    pinned_at = clock_timestamp()
