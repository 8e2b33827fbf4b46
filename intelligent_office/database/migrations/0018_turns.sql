-- Whose turn it is. These functions are called by statements of `queries/claims.sql`.

-- Tasks whose worker has not been heard of since their lease ran out go back to the queue; how many those were.
CREATE FUNCTION requeue_abandoned(only_task text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
WITH abandoned AS (
    UPDATE tasks SET status = 'queued', crashes = crashes + 1, lease_until = NULL, last_event = last_event + 1
    WHERE task_id IN (
        SELECT task_id FROM tasks
        WHERE status = 'running' AND lease_until <= clock_timestamp() AND (only_task IS NULL OR task_id = only_task)
        FOR UPDATE SKIP LOCKED
    )
    RETURNING task_id, priority, worker, crashes, last_event
), told AS (
    INSERT INTO events (task_id, number, kind, data)
    SELECT task_id, last_event, 'task.abandoned', jsonb_build_object('worker', worker, 'crashes', crashes) FROM abandoned
)
SELECT count(*) FROM (SELECT wake_worker(task_id, priority), pg_notify('office_events', task_id) FROM abandoned) AS woken
$$;

-- How many tasks of a tenant may be worked on at once; NULL: any number.
CREATE FUNCTION concurrency_of(of_tenant text, usual integer) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT concurrency FROM tenants WHERE tenant = of_tenant), usual)
$$;

-- Give a queued task to a worker, with the answers that it waited for. Nobody has to be woken for it any more.
CREATE FUNCTION begin_claim(of_task text, by_worker text, lease_seconds double precision) RETURNS SETOF tasks
LANGUAGE sql AS $$
WITH claimed AS (
    UPDATE tasks
    SET status = 'running', token = token + 1, claims = claims + 1, worker = by_worker,
        renewed_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp()),
        lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
    WHERE task_id = of_task AND status = 'queued'
    RETURNING *
), delivered AS (
    UPDATE approvals SET delivered = true FROM claimed
    WHERE approvals.task_id = claimed.task_id AND approvals.status IN ('answered', 'expired') AND NOT delivered
), awake AS (
    DELETE FROM procrastinate_jobs USING claimed
    WHERE queueing_lock = claimed.task_id AND procrastinate_jobs.status = 'todo' AND queue_name = 'tasks'
)
SELECT * FROM claimed
$$;

-- One particular task, if it is queued or abandoned and its tenant has room for it.
CREATE FUNCTION claim_task(
    of_task text, of_tenant text, by_worker text, lease_seconds double precision, usual_concurrency integer
) RETURNS SETOF tasks LANGUAGE plpgsql AS $$
DECLARE
    most integer := concurrency_of(of_tenant, usual_concurrency);
BEGIN
    PERFORM requeue_abandoned(of_task);
    IF most IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(x'0FF1CE'::integer, hashtext(of_tenant));
        IF (SELECT count(*) FROM tasks WHERE tenant = of_tenant AND status = 'running') >= most THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM begin_claim(
        (SELECT task_id FROM tasks WHERE task_id = of_task AND tenant = of_tenant), by_worker, lease_seconds
    );
END $$;

-- The next task: the most urgent; of those, one of the tenant that is worked for least; of those, the oldest. Tenants are
-- looked at one by one, and of each only its first task, so that a long queue costs no more than a short one.
--
-- Claims of a tenant with a limit follow one another by a lock, so that the limit holds. Whoever holds such a lock waits for
-- no other: it would rather leave a tenant out, whose tasks whoever holds that lock then sees.
CREATE FUNCTION claim_next(by_worker text, lease_seconds double precision, usual_concurrency integer) RETURNS SETOF tasks
LANGUAGE plpgsql AS $$
DECLARE
    turn record;
    chosen text;
    locked boolean := false;
BEGIN
    PERFORM requeue_abandoned();
    FOR turn IN
        WITH RECURSIVE waiting AS (
            (SELECT tenant FROM tasks WHERE status = 'queued' ORDER BY tenant LIMIT 1)
            UNION ALL
            SELECT (
                SELECT tasks.tenant FROM tasks
                WHERE tasks.status = 'queued' AND tasks.tenant > waiting.tenant ORDER BY tasks.tenant LIMIT 1
            ) FROM waiting WHERE waiting.tenant IS NOT NULL
        )
        SELECT waiting.tenant, most
        FROM waiting
        CROSS JOIN LATERAL concurrency_of(waiting.tenant, usual_concurrency) AS most
        CROSS JOIN LATERAL (
            SELECT priority, created_at FROM tasks
            WHERE tasks.status = 'queued' AND tasks.tenant = waiting.tenant ORDER BY priority DESC, created_at LIMIT 1
        ) AS first
        CROSS JOIN LATERAL (
            SELECT count(*) AS at_work FROM tasks WHERE tasks.status = 'running' AND tasks.tenant = waiting.tenant
        ) AS running
        WHERE most IS NULL OR at_work < most
        ORDER BY first.priority DESC, at_work, first.created_at
    LOOP
        IF turn.most IS NOT NULL THEN
            IF NOT locked THEN
                PERFORM pg_advisory_xact_lock(x'0FF1CE'::integer, hashtext(turn.tenant));
                locked := true;
            ELSIF NOT pg_try_advisory_xact_lock(x'0FF1CE'::integer, hashtext(turn.tenant)) THEN
                CONTINUE;
            END IF;
            CONTINUE WHEN (SELECT count(*) FROM tasks WHERE tenant = turn.tenant AND status = 'running') >= turn.most;
        END IF;
        SELECT task_id INTO chosen FROM tasks
        WHERE status = 'queued' AND tenant = turn.tenant
        ORDER BY priority DESC, created_at LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            RETURN QUERY SELECT * FROM begin_claim(chosen, by_worker, lease_seconds);
            RETURN;
        END IF;
    END LOOP;
END $$;

-- Wake workers for queued tasks for which nobody was woken, or whose wake-up came to nothing: a few of each tenant that has
-- room for them, for whoever ends a task looks for the next one anyway. How many that were.
CREATE FUNCTION wake_again(usual_concurrency integer) RETURNS bigint LANGUAGE sql AS $$
WITH RECURSIVE waiting AS (
    (SELECT tenant FROM tasks WHERE status = 'queued' ORDER BY tenant LIMIT 1)
    UNION ALL
    SELECT (
        SELECT tasks.tenant FROM tasks
        WHERE tasks.status = 'queued' AND tasks.tenant > waiting.tenant ORDER BY tasks.tenant LIMIT 1
    ) FROM waiting WHERE waiting.tenant IS NOT NULL
), first AS (
    SELECT first.* FROM waiting
    CROSS JOIN LATERAL concurrency_of(waiting.tenant, usual_concurrency) AS most
    CROSS JOIN LATERAL (
        SELECT count(*) AS at_work FROM tasks WHERE tasks.status = 'running' AND tasks.tenant = waiting.tenant
    ) AS running
    CROSS JOIN LATERAL (
        SELECT task_id, priority FROM tasks WHERE tasks.status = 'queued' AND tasks.tenant = waiting.tenant
        ORDER BY priority DESC, created_at LIMIT greatest(least(coalesce(most, 20) - at_work, 20), 0)
    ) AS first
)
SELECT count(*) FROM (
    SELECT wake_worker(task_id, priority) FROM first
    WHERE NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE queueing_lock = first.task_id AND status = 'todo' AND queue_name = 'tasks'
    )
) AS woken
$$;

-- Jobs whose worker is dead: a wake-up has done its service, everything else is done again; how many those were.
CREATE FUNCTION requeue_jobs(silence_seconds double precision) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    dead record;
    cleared bigint := 0;
BEGIN
    FOR dead IN
        SELECT jobs.id, jobs.queue_name FROM procrastinate_jobs AS jobs
        LEFT JOIN procrastinate_workers AS workers ON workers.id = jobs.worker_id
        WHERE jobs.status = 'doing'
          AND (workers.id IS NULL OR workers.last_heartbeat < now() - make_interval(secs => silence_seconds))
        FOR UPDATE OF jobs SKIP LOCKED
    LOOP
        cleared := cleared + 1;
        IF dead.queue_name = 'tasks' THEN
            DELETE FROM procrastinate_jobs WHERE id = dead.id;
        ELSE
            BEGIN
                PERFORM procrastinate_retry_job_v2(dead.id, now(), NULL, NULL, NULL);
            EXCEPTION WHEN unique_violation THEN -- another one waits already that will do the same
                DELETE FROM procrastinate_jobs WHERE id = dead.id;
            END;
        END IF;
    END LOOP;
    RETURN cleared;
END $$;

-- Whether somebody was told that the time for an answer is running out.
ALTER TABLE approvals ADD COLUMN warned boolean NOT NULL DEFAULT false;
