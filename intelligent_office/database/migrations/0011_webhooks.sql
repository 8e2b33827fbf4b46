-- Where to tell of what becomes of a task; NULL means nowhere.
ALTER TABLE tasks ADD COLUMN webhook_url text;

-- For a while after a change of the secret, the earlier one signs as well.
ALTER TABLE tenants
    ADD COLUMN previous_webhook_secret   text,
    ADD COLUMN webhook_secret_changed_at timestamptz;

-- What is told, to whom, and how that went. The payload is the body to the byte: it is signed.
CREATE TABLE webhook_deliveries (
    delivery_id  text PRIMARY KEY,
    tenant       text NOT NULL,
    task_id      text, -- NULL for a test
    url          text NOT NULL,
    event        text NOT NULL,
    payload      text NOT NULL,
    status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed', 'stopped')),
    tries        integer NOT NULL DEFAULT 0,
    tries_until  integer NOT NULL DEFAULT 0, -- those before the schedule began, or began anew
    next_try_at  timestamptz DEFAULT clock_timestamp(), -- NULL when there is none
    trying_since timestamptz, -- when the try began that is being made
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    log          jsonb NOT NULL DEFAULT '[]' -- the latest tries, oldest first
);
CREATE INDEX webhook_deliveries_of_tenant ON webhook_deliveries (tenant, created_at, delivery_id);
CREATE INDEX webhook_deliveries_of_task ON webhook_deliveries (task_id);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (tenant, url) WHERE status = 'pending';

-- Addresses whose owner wants to be told no more.
CREATE TABLE webhook_stops (
    tenant text NOT NULL,
    url    text NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL,
    PRIMARY KEY (tenant, url)
);

-- Tell of a task: a delivery, and the job that makes it, in the transaction of what is told.
CREATE FUNCTION tell_webhook(task tasks, of_event text, more jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made text := 'msg_' || replace(gen_random_uuid()::text, '-', '');
    stopped boolean := EXISTS (SELECT FROM webhook_stops WHERE tenant = task.tenant AND url = task.webhook_url);
    told jsonb := jsonb_build_object(
        'task_id', task.task_id, 'status', task.status, 'description', left(task.description, 1000),
        'origin', task.origin, 'priority', task.priority, 'progress', task.progress,
        'created_at', task.created_at, 'started_at', task.started_at, 'finished_at', task.finished_at,
        'cost_usd', (SELECT coalesce(sum(cost_usd), 0) FROM calls
                     WHERE task_id = task.task_id AND outcome <> 'pending'),
        'result', CASE WHEN task.outcome IS NOT NULL THEN jsonb_build_object(
            'answer', left(task.outcome ->> 'answer', 4000), 'reason', left(task.outcome ->> 'reason', 4000),
            'error_class', task.outcome ->> 'error_class',
            'cut', coalesce(greatest(length(task.outcome ->> 'answer'), length(task.outcome ->> 'reason')) > 4000, false)
        ) END
    );
BEGIN
    INSERT INTO webhook_deliveries (delivery_id, tenant, task_id, url, event, payload, status, next_try_at)
    VALUES (
        made, task.tenant, task.task_id, task.webhook_url, of_event,
        jsonb_build_object('type', of_event, 'timestamp', clock_timestamp(), 'data', told || more),
        CASE WHEN stopped THEN 'stopped' ELSE 'pending' END, CASE WHEN NOT stopped THEN clock_timestamp() END
    );
    IF NOT stopped THEN
        PERFORM defer_job('chores', 'webhook.deliver', jsonb_build_object('delivery_id', made));
    END IF;
END $$;

-- A question to a human, as a webhook shows it.
CREATE FUNCTION shown_question(approval approvals) RETURNS jsonb LANGUAGE sql STABLE AS $$
SELECT jsonb_build_object(
    'approval_id', approval.approval_id, 'status', approval.status, 'asked_at', approval.asked_at,
    'expires_at', approval.expires_at,
    'actions', (SELECT coalesce(jsonb_agg(left(action ->> 'name', 200)), '[]')
                FROM jsonb_array_elements(approval.request -> 'action_requests') AS action)
)
$$;

CREATE FUNCTION tell_of_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_webhook(NEW, 'task.' || NEW.status, CASE WHEN NEW.status = 'waiting' THEN jsonb_build_object(
        'approvals', (SELECT coalesce(jsonb_agg(shown_question(approvals) ORDER BY asked_at), '[]') FROM approvals
                      WHERE task_id = NEW.task_id AND status = 'open')
    ) ELSE '{}' END);
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_are_told AFTER UPDATE OF status ON tasks FOR EACH ROW
    WHEN (NEW.webhook_url IS NOT NULL AND NEW.status <> OLD.status
          AND NEW.status IN ('completed', 'failed', 'cancelled', 'waiting'))
    EXECUTE FUNCTION tell_of_task();

CREATE FUNCTION tell_of_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    task tasks;
BEGIN
    SELECT * INTO task FROM tasks WHERE task_id = NEW.task_id AND webhook_url IS NOT NULL;
    IF FOUND THEN
        PERFORM tell_webhook(task, NEW.kind, jsonb_build_object(
            'approval', (SELECT shown_question(approvals) FROM approvals WHERE approval_id = NEW.data ->> 'approval_id')
        ));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER approvals_are_told AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.kind IN ('approval.expiring', 'approval.expired')) EXECUTE FUNCTION tell_of_approval();
