-- A task is not to blame for a database that was away, nor for a machine that slept. Whoever comes back from an absence
-- first lets the leases that ran out meanwhile begin anew, so that workers which are alive keep their tasks; and a worker
-- that finds one of its tasks given up all the same says that it has not died over it.
ALTER TABLE tasks
    ADD COLUMN last_death bigint, -- the token of the claim whose end was counted last, as long as nobody has objected
    ADD COLUMN last_death_alone boolean NOT NULL DEFAULT false;

-- A worker that was not heard of for ten seconds, which is two of its rounds, lets leases begin anew that ran out since;
-- each once, so that a worker that is always late does not keep those of the dead alive.
CREATE FUNCTION spare_leases(of_worker text, lease_seconds double precision) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_seen timestamptz;
BEGIN
    SELECT seen_at INTO last_seen FROM workers
    WHERE name = of_worker AND seen_at < clock_timestamp() - interval '10 seconds' FOR UPDATE;
    IF FOUND THEN
        UPDATE workers SET seen_at = clock_timestamp() WHERE name = of_worker;
        UPDATE tasks SET lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
        WHERE task_id IN (
            SELECT task_id FROM tasks
            WHERE status = 'running' AND lease_until <= clock_timestamp()
              AND renewed_at + make_interval(secs => lease_seconds) > last_seen
            FOR UPDATE SKIP LOCKED
        );
    END IF;
END $$;

-- As before, and the claim is kept whose end was counted. How long its worker lived after it had renewed the lease for the
-- last time nobody knows; at most until it should have done so again, which is a quarter of the lease: that much is counted.
DROP FUNCTION requeue_abandoned(text);
CREATE FUNCTION requeue_abandoned(only_task text DEFAULT NULL, lease_seconds double precision DEFAULT 15) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    requeued bigint;
BEGIN
    WITH silent AS (
        SELECT task_id, worker FROM tasks
        WHERE status = 'running' AND lease_until <= clock_timestamp() AND (only_task IS NULL OR task_id = only_task)
        FOR UPDATE SKIP LOCKED
    ), reached AS (
        SELECT task_id,
               (SELECT count(*) FROM checkpoints WHERE thread_id = silent.task_id)
               + (SELECT count(*) FROM tool_calls WHERE task_id = silent.task_id AND status <> 'started') AS place,
               NOT EXISTS (
                   SELECT FROM tasks AS others
                   WHERE others.worker = silent.worker AND others.status IN ('queued', 'running')
                     AND others.task_id <> silent.task_id
               ) AS alone
        FROM silent
    ), abandoned AS (
        UPDATE tasks
        SET status = 'queued', lease_until = NULL, last_event = last_event + 1, stalled_at = reached.place,
            crashes = CASE WHEN reached.place > stalled_at THEN 1 ELSE crashes + 1 END,
            crashes_alone = reached.alone::integer + CASE WHEN reached.place > stalled_at THEN 0 ELSE crashes_alone END,
            last_death = token, last_death_alone = reached.alone,
            worked_seconds = worked_seconds + lease_seconds / 4
        FROM reached WHERE tasks.task_id = reached.task_id
        RETURNING tasks.task_id, priority, worker, crashes, last_event
    ), told AS (
        INSERT INTO events (task_id, number, kind, data)
        SELECT task_id, last_event, 'task.abandoned', jsonb_build_object('worker', worker, 'crashes', crashes)
        FROM abandoned
    )
    SELECT count(*) INTO requeued
    FROM (SELECT wake_worker(task_id, priority), pg_notify('office_events', task_id) FROM abandoned) AS woken;
    RETURN requeued;
END $$;

-- As before, in the office's own time of leases.
CREATE OR REPLACE FUNCTION claim_task(
    of_task text, of_tenant text, by_worker text, lease_seconds double precision, usual_concurrency integer
) RETURNS SETOF tasks LANGUAGE plpgsql AS $$
DECLARE
    most integer := concurrency_of(of_tenant, usual_concurrency);
BEGIN
    PERFORM requeue_abandoned(of_task, lease_seconds);
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

-- As before, but one who was away judges nobody before the leases have begun anew.
CREATE OR REPLACE FUNCTION claim_next(by_worker text, lease_seconds double precision, usual_concurrency integer) RETURNS SETOF tasks
LANGUAGE plpgsql AS $$
DECLARE
    turn record;
    chosen text;
    locked boolean := false;
BEGIN
    PERFORM spare_leases(by_worker, lease_seconds);
    PERFORM requeue_abandoned(NULL, lease_seconds);
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
