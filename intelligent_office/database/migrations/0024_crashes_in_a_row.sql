-- A task is poison if workers die over it again and again at the same place. One that gets further each time has only had
-- the bad luck of workers that are killed, and of several tasks of one worker at most one has killed it. How far a task has
-- come: what it has of checkpoints and of calls that came to an end.
ALTER TABLE tasks
    ADD COLUMN stalled_at bigint NOT NULL DEFAULT 0,
    ADD COLUMN crashes_alone integer NOT NULL DEFAULT 0; -- those of `crashes` in which the worker had no other task

-- As before, but `crashes` counts those in a row without a step forward. In PL/pgSQL, because LangGraph's tables are made later.
CREATE OR REPLACE FUNCTION requeue_abandoned(only_task text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
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
               (NOT EXISTS (
                   SELECT FROM tasks AS others
                   WHERE others.worker = silent.worker AND others.status IN ('queued', 'running')
                     AND others.task_id <> silent.task_id
               ))::integer AS alone
        FROM silent
    ), abandoned AS (
        UPDATE tasks
        SET status = 'queued', lease_until = NULL, last_event = last_event + 1, stalled_at = reached.place,
            crashes = CASE WHEN reached.place > stalled_at THEN 1 ELSE crashes + 1 END,
            crashes_alone = CASE WHEN reached.place > stalled_at THEN reached.alone ELSE crashes_alone + reached.alone END
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
