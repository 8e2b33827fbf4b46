-- Jobs are Procrastinate's; what is said here of them and of workers is the office's own.

-- Have a job done: with the statement or the transaction that makes it necessary, or not at all. `once` names what it is
-- for: while such a job waits to be begun, another one would say nothing new, and is left out. See `intelligent_office/workers/jobs.py`.
CREATE FUNCTION defer_job(
    of_queue text, name text, arguments jsonb DEFAULT '{}', urgency integer DEFAULT 0, once text DEFAULT NULL,
    not_before timestamptz DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(
        ARRAY[ROW(of_queue, name, urgency, NULL, once, arguments, not_before)]::procrastinate_job_to_defer_v1[]
    );
EXCEPTION WHEN unique_violation THEN
    NULL;
END $$;

-- Wake a worker for a queued task. The job says that there is something to do; what is done next, the tasks' rows say.
CREATE FUNCTION wake_worker(for_task text, urgency integer) RETURNS void LANGUAGE sql AS $$
    SELECT defer_job('tasks', 'work', jsonb_build_object('task_id', for_task), urgency, for_task)
$$;

-- How often a worker died over the task.
ALTER TABLE tasks ADD COLUMN crashes integer NOT NULL DEFAULT 0;

-- Whose turn it is: the first task of each tenant, and how many of its tasks are being worked on. No column of these indexes
-- changes while a task is worked on, so that renewing a lease touches no index.
DROP INDEX tasks_queue;
CREATE INDEX tasks_queued ON tasks (tenant, priority DESC, created_at) WHERE status = 'queued';
CREATE INDEX tasks_running ON tasks (tenant) WHERE status = 'running';

-- Who works, and was heard of when.
CREATE TABLE workers (
    name        text PRIMARY KEY,
    concurrency integer NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Tasks that wait in the queue of an earlier version of the office.
SELECT wake_worker(task_id, priority) FROM tasks WHERE status = 'queued';
