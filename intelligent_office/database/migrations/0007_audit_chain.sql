-- The audit trail becomes a chain for each task: an entry holds the hash of the one before it, and its own is made of that
-- and of everything it says. Whoever adds a row adds it to the chain: the trigger below does it, one writer at a time.
DROP TRIGGER audit_is_append_only ON audit;
ALTER TABLE audit
    DROP CONSTRAINT audit_kind_check,
    ADD CONSTRAINT audit_kind_check CHECK (kind IN
        ('asked', 'answered', 'granted', 'refused', 'started', 'finished', 'failed', 'in_doubt', 'executed')), -- the last: until now
    ADD COLUMN number   integer,
    ADD COLUMN fact     text NOT NULL DEFAULT '', -- what can be told once; empty for what happens each time it is told
    ADD COLUMN previous text,
    ADD COLUMN hash     text;

-- How far each chain goes. It tells when the last entries are missing, which the chain itself cannot.
CREATE TABLE audit_heads (
    task_id text PRIMARY KEY,
    entries integer NOT NULL,
    hash    text NOT NULL
) WITH (fillfactor = 50);

-- SHA-256 in hexadecimal of the entry as canonical JSON: the text of a jsonb, whose keys are in order of length and bytes.
CREATE FUNCTION audit_digest(entry audit) RETURNS text LANGUAGE sql STABLE AS $$
SELECT encode(sha256(convert_to(jsonb_build_object(
    'task_id', entry.task_id, 'number', entry.number, 'tenant', entry.tenant,
    'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'kind', entry.kind, 'step_id', entry.step_id, 'tool', entry.tool, 'who', entry.who, 'fact', entry.fact,
    'data', entry.data, 'previous', entry.previous
)::text, 'UTF8')), 'hex')
$$;

-- The first entry follows the task's id. The head's row is locked until the end of the transaction, so that entries of a
-- task follow one another; a fact that was told already, by a node that ran twice, is left out.
CREATE FUNCTION chain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head audit_heads;
BEGIN
    SELECT * INTO head FROM audit_heads WHERE task_id = NEW.task_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads VALUES (NEW.task_id, 0, encode(sha256(convert_to(NEW.task_id, 'UTF8')), 'hex'))
        ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM audit_heads WHERE task_id = NEW.task_id FOR UPDATE;
    END IF;
    IF NEW.fact <> '' AND EXISTS (SELECT FROM audit WHERE task_id = NEW.task_id AND fact = NEW.fact) THEN
        RETURN NULL;
    END IF;
    NEW.number := head.entries + 1;
    NEW.previous := head.hash;
    NEW.at := clock_timestamp();
    NEW.hash := audit_digest(NEW);
    UPDATE audit_heads SET entries = NEW.number, hash = NEW.hash WHERE task_id = NEW.task_id;
    RETURN NEW;
END $$;

-- What is there already, in its order and with its times.
DO $$
DECLARE
    entry audit;
    head audit_heads;
BEGIN
    FOR entry IN SELECT * FROM audit ORDER BY task_id, audit_id LOOP
        IF head.task_id IS DISTINCT FROM entry.task_id THEN
            head := (entry.task_id, 0, encode(sha256(convert_to(entry.task_id, 'UTF8')), 'hex'));
        END IF;
        entry.number := head.entries + 1;
        entry.previous := head.hash;
        entry.hash := audit_digest(entry);
        UPDATE audit SET number = entry.number, previous = entry.previous, hash = entry.hash
        WHERE audit_id = entry.audit_id;
        head := (entry.task_id, entry.number, entry.hash);
        INSERT INTO audit_heads SELECT head.* ON CONFLICT (task_id) DO UPDATE
        SET entries = excluded.entries, hash = excluded.hash;
    END LOOP;
END $$;

ALTER TABLE audit ALTER COLUMN number SET NOT NULL, ALTER COLUMN previous SET NOT NULL, ALTER COLUMN hash SET NOT NULL;
DROP INDEX audit_of_task;
CREATE UNIQUE INDEX audit_of_task ON audit (task_id, number);
CREATE UNIQUE INDEX audit_facts ON audit (task_id, fact) WHERE fact <> '';

CREATE TRIGGER audit_is_chained BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_audit();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_follow_the_audit BEFORE INSERT OR UPDATE OR DELETE ON audit_heads
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_are_kept BEFORE TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
