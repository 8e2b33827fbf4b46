-- Questions to a human.

-- name: read_approvals
SELECT * FROM approvals
WHERE task_id = %(task_id)s AND tenant = %(tenant)s AND (NOT %(open_only)s OR status = 'open')
ORDER BY asked_at, approval_id

-- name: ask
INSERT INTO approvals (approval_id, task_id, tenant, interrupt_id, request, expires_at)
VALUES (%(approval_id)s, %(task_id)s, %(tenant)s, %(interrupt_id)s, %(request)s,
        clock_timestamp() + make_interval(hours => 1) * %(hours)s)
ON CONFLICT (task_id, interrupt_id) WHERE status = 'open' DO NOTHING
RETURNING *

-- name: undelivered_answers
SELECT DISTINCT interrupt_id FROM approvals
WHERE task_id = %(task_id)s AND interrupt_id = ANY(%(interrupt_ids)s)
  AND status IN ('answered', 'expired') AND NOT delivered

-- name: delivered_answers
SELECT DISTINCT ON (interrupt_id) interrupt_id, answer || jsonb_build_object('by', answered_by) AS answer FROM approvals
WHERE task_id = %(task_id)s AND delivered ORDER BY interrupt_id, asked_at DESC

-- name: answer_approval
UPDATE approvals
SET status = %(status)s, answer = %(answer)s, answered_by = %(answered_by)s, answered_at = clock_timestamp()
WHERE approval_id = %(approval_id)s AND status = 'open' RETURNING *

-- name: due_approvals
-- Here and in the next but one `now()`, which an index can be searched for, as it stands still meanwhile.
SELECT approval_id, task_id, tenant FROM approvals
WHERE status = 'open' AND expires_at <= now() ORDER BY expires_at LIMIT 100

-- name: due_approvals_of_task
SELECT approval_id, task_id, tenant FROM approvals
WHERE task_id = %(task_id)s AND tenant = %(tenant)s AND status = 'open' AND expires_at <= clock_timestamp()

-- name: expiring_approvals
-- Four fifths of their time are over, and nobody has been told.
SELECT approval_id, task_id, tenant FROM approvals
WHERE status = 'open' AND NOT warned AND warning_due(asked_at, expires_at) <= now() AND expires_at > now()
ORDER BY warning_due(asked_at, expires_at) LIMIT 100

-- name: warn_of_expiry
UPDATE approvals SET warned = true WHERE approval_id = %(approval_id)s AND status = 'open' AND NOT warned RETURNING *

-- name: lock_due_approval
SELECT * FROM approvals
WHERE approval_id = %(approval_id)s AND status = 'open' AND expires_at <= clock_timestamp() FOR UPDATE

-- name: withdraw_approvals
UPDATE approvals SET status = 'withdrawn' WHERE task_id = %(task_id)s AND status = 'open'
