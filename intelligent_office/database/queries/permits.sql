-- What humans have allowed for more than one call.

-- name: permits_for_task
-- Every yes that holds for more than its own call and has not expired: in the task, then for the whole tenant.
WITH given AS (
    SELECT '' AS permit_id, action ->> 'name' AS tool, action -> 'args' AS inputs, decision ->> 'scope' AS scope,
           decision ->> 'scope' = 'same' AS same_inputs, decision -> 'bounds' AS bounds, answered_by AS by,
           answered_at AS given_at,
           answered_at + make_interval(mins => 1) * coalesce((decision ->> 'minutes')::float, %(minutes)s) AS until
    FROM approvals
    CROSS JOIN LATERAL ROWS FROM (
        jsonb_array_elements(request -> 'action_requests'), jsonb_array_elements(answer -> 'decisions')
    ) AS pair (action, decision)
    WHERE task_id = %(task_id)s AND tenant = %(tenant)s AND status = 'answered'
      AND decision ->> 'type' = 'approve' AND decision ->> 'scope' IN ('same', 'tool')
    UNION ALL
    SELECT permit_id, tool, inputs, 'tenant', same_inputs, bounds, granted_by, granted_at, until
    FROM permits WHERE tenant = %(tenant)s AND revoked_at IS NULL
)
SELECT permit_id, tool, inputs, scope, same_inputs, bounds, by, until FROM given
WHERE until > clock_timestamp() ORDER BY permit_id <> '', given_at DESC

-- name: permit_in_force
SELECT FROM permits
WHERE permit_id = %(permit_id)s AND tenant = %(tenant)s AND revoked_at IS NULL AND until > clock_timestamp()

-- name: add_permit
INSERT INTO permits (permit_id, tenant, tool, inputs, same_inputs, bounds, task_id, approval_id, granted_by, until)
SELECT %(permit_id)s, %(tenant)s, %(tool)s, %(inputs)s, %(same_inputs)s, %(bounds)s, %(task_id)s, %(approval_id)s,
       %(granted_by)s,
       coalesce(%(until)s::timestamptz, clock_timestamp() + make_interval(mins => 1) * %(minutes)s::float)

-- name: list_permits
SELECT *, revoked_at IS NULL AND until > clock_timestamp() AS in_force FROM permits
WHERE tenant = %(tenant)s AND (%(every)s OR (revoked_at IS NULL AND until > clock_timestamp()))
ORDER BY granted_at DESC, permit_id DESC

-- name: revoke_permit
-- Once; who revokes it again is told who was first.
WITH revoked AS (
    UPDATE permits SET revoked_at = clock_timestamp(), revoked_by = %(by)s
    WHERE permit_id = %(permit_id)s AND tenant = %(tenant)s AND revoked_at IS NULL
    RETURNING *
), audited AS (
    INSERT INTO audit (task_id, tenant, kind, tool, who, data)
    SELECT task_id, tenant, 'revoked', tool, %(by)s,
           jsonb_build_object('permit_id', permit_id, 'approval_id', approval_id)
    FROM revoked
)
SELECT *, false AS in_force FROM revoked
UNION ALL
SELECT *, false FROM permits
WHERE permit_id = %(permit_id)s AND tenant = %(tenant)s AND NOT EXISTS (SELECT FROM revoked)
