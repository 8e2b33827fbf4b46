-- The promise: a task, from the moment it is accepted. `token` is the fencing token: it grows with every claim,
-- and every write of a worker names the token it was given.
CREATE TABLE tasks (
    task_id          text PRIMARY KEY,
    tenant           text NOT NULL,
    origin           text NOT NULL,
    description      text NOT NULL,
    attachments      jsonb NOT NULL DEFAULT '[]',
    context          jsonb NOT NULL,
    priority         smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
    step             text NOT NULL DEFAULT 'accepted',
    progress         real NOT NULL DEFAULT 0,
    last_event       bigint NOT NULL DEFAULT 0,
    token            bigint NOT NULL DEFAULT 0,
    worker           text,
    lease_until      timestamptz,
    renewed_at       timestamptz,
    claims           integer NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    outcome          jsonb,
    worked_seconds   double precision NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    finished_at      timestamptz
);
CREATE INDEX tasks_queue ON tasks (priority DESC, created_at) WHERE status IN ('queued', 'running');
CREATE INDEX tasks_of_tenant ON tasks (tenant, created_at DESC);
CREATE INDEX tasks_completed ON tasks (finished_at DESC) WHERE status = 'completed';

-- What happened, numbered per task from 1 without gaps; listeners resume by number.
CREATE TABLE events (
    task_id text NOT NULL,
    number  bigint NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind    text NOT NULL,
    role    text NOT NULL DEFAULT '',
    subtask text NOT NULL DEFAULT '',
    data    jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (task_id, number)
);

-- One row per attempt at a subtask.
CREATE TABLE executions (
    task_id    text NOT NULL,
    subtask_id text NOT NULL,
    attempt    integer NOT NULL,
    tenant     text NOT NULL,
    plan       jsonb,
    results    jsonb NOT NULL DEFAULT '{}',
    review     jsonb NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, subtask_id, attempt)
);

-- The ledger: an effect, named by its key, happens once per task.
CREATE TABLE tool_calls (
    task_id         text NOT NULL,
    idempotency_key text NOT NULL,
    tenant          text NOT NULL,
    step_id         text NOT NULL,
    tool            text NOT NULL,
    inputs          jsonb NOT NULL,
    status          text NOT NULL CHECK (status IN ('started', 'succeeded', 'failed')),
    result          jsonb,
    started_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    PRIMARY KEY (task_id, idempotency_key)
);

-- Who asked, who answered, what ran. Rows are added and never changed.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id  text NOT NULL,
    tenant   text NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind     text NOT NULL CHECK (kind IN ('asked', 'answered', 'granted', 'refused', 'executed')),
    step_id  text NOT NULL DEFAULT '',
    tool     text NOT NULL DEFAULT '',
    who      text NOT NULL DEFAULT 'policy',
    data     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_of_task ON audit (task_id, audit_id);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a human is asked. `delivered` turns true with the claim that carries the answer to the graph.
CREATE TABLE approvals (
    approval_id  text PRIMARY KEY,
    task_id      text NOT NULL,
    tenant       text NOT NULL,
    interrupt_id text NOT NULL,
    request      jsonb NOT NULL,
    status       text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'expired', 'withdrawn')),
    answer       jsonb,
    answered_by  text,
    delivered    boolean NOT NULL DEFAULT false,
    asked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at  timestamptz,
    expires_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX approvals_open ON approvals (task_id, interrupt_id) WHERE status = 'open';
CREATE INDEX approvals_of_task ON approvals (task_id, asked_at);
CREATE INDEX approvals_due ON approvals (expires_at) WHERE status = 'open';

-- One row per call of a model.
CREATE TABLE usage (
    usage_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    task_id       text,
    tenant        text NOT NULL,
    role          text NOT NULL,
    provider      text NOT NULL,
    model         text NOT NULL,
    input_tokens  integer NOT NULL DEFAULT 0,
    output_tokens integer NOT NULL DEFAULT 0,
    cached_tokens integer NOT NULL DEFAULT 0,
    cost_usd      double precision NOT NULL DEFAULT 0,
    seconds       double precision NOT NULL,
    attempt       integer NOT NULL DEFAULT 1,
    outcome       text NOT NULL,
    error         text
);
CREATE INDEX usage_of_task ON usage (task_id);

-- Plans worth remembering, good and bad, and what users said of them. The vector index is built from these rows.
CREATE TABLE memories (
    memory_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('success', 'failure', 'feedback')),
    task_id     text,
    objective   text NOT NULL,
    steps       jsonb NOT NULL,
    lesson      text NOT NULL DEFAULT '',
    fingerprint text NOT NULL,
    times       integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant, kind, fingerprint)
);

CREATE TABLE dead_letters (
    task_id     text PRIMARY KEY,
    tenant      text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    error_class text NOT NULL,
    reason      text NOT NULL,
    state       jsonb NOT NULL,
    history     jsonb NOT NULL DEFAULT '[]'
);

CREATE TABLE todos (
    tenant       text NOT NULL,
    number       integer NOT NULL,
    text         text NOT NULL,
    done         boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    PRIMARY KEY (tenant, number)
);

-- Outputs and attachments too large for the state.
CREATE TABLE artifacts (
    task_id     text NOT NULL,
    artifact_id text NOT NULL,
    tenant      text NOT NULL,
    media_type  text NOT NULL,
    content     bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, artifact_id)
);
