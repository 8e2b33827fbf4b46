-- The audit trail of a task may be pruned some time after the task itself was forgotten: as a whole, and only behind a
-- last entry that says so, chained like any other. So "was pruned" can be told from "was tampered with".
ALTER TABLE audit DROP CONSTRAINT audit_kind_check, ADD CONSTRAINT audit_kind_check CHECK (kind IN
    ('asked', 'answered', 'granted', 'refused', 'revoked', 'started', 'finished', 'failed', 'in_doubt', 'executed', 'pruned'));

-- Trails that have outlived their tasks, and since when. (Of tasks that were forgotten before this was written down: now.)
CREATE TABLE forgotten_tasks (
    task_id      text PRIMARY KEY,
    forgotten_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX forgotten_tasks_by_age ON forgotten_tasks (forgotten_at);
INSERT INTO forgotten_tasks (task_id) SELECT task_id FROM audit_heads
WHERE NOT EXISTS (SELECT FROM tasks WHERE tasks.task_id = audit_heads.task_id);

-- An entry goes only when its task is gone, and the last entry of its chain is a later one that says it was pruned.
CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tasks WHERE task_id = OLD.task_id) OR NOT EXISTS (
        SELECT FROM audit_heads AS heads JOIN audit AS last ON last.task_id = heads.task_id AND last.number = heads.entries
        WHERE heads.task_id = OLD.task_id AND last.kind = 'pruned' AND last.number > OLD.number
    ) THEN
        RAISE EXCEPTION 'audit is append-only';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER audit_is_append_only ON audit;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_removal();
