-- A dead letter for each failure of a task; at most one of them waits for somebody to decide.
ALTER TABLE dead_letters
    DROP CONSTRAINT dead_letters_pkey,
    ADD COLUMN letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ADD COLUMN status    text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'reprocessed', 'discarded')),
    ADD COLUMN tools     text[] NOT NULL DEFAULT '{}', -- whose calls had failed
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN closed_by text,
    ADD COLUMN successor text; -- the task that does it again from the start
CREATE UNIQUE INDEX dead_letters_open ON dead_letters (task_id) WHERE status = 'open';
CREATE INDEX dead_letters_of_task ON dead_letters (task_id, letter_id);
CREATE INDEX dead_letters_of_tenant ON dead_letters (tenant, letter_id);

ALTER TABLE tasks
    ADD COLUMN reopened_after text, -- the last checkpoint when the failed task was sent back to work
    ADD COLUMN predecessor    text; -- the failed task that this one does again
