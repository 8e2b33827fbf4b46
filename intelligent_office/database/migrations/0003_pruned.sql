-- Whether the checkpoints of an ended task were pruned to the last one.
ALTER TABLE tasks ADD COLUMN pruned boolean NOT NULL DEFAULT false;
CREATE INDEX tasks_to_prune ON tasks (finished_at) WHERE finished_at IS NOT NULL AND NOT pruned;
