-- Whose request was answered: another key of the tenant may open less, and does not get the answer.
ALTER TABLE answered_requests ADD COLUMN key_id text; -- null where it was answered before this was kept
