-- A task is tied to its attachments by whatever statement makes it; what it uses is kept as long as it may need it.
CREATE FUNCTION keep_attachments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH given AS (
        SELECT tenant, attachment_id FROM attachments
        WHERE tenant = NEW.tenant
          AND attachment_id IN (SELECT one ->> 'attachment_id' FROM jsonb_array_elements(NEW.attachments) AS one)
        ORDER BY attachment_id FOR UPDATE
    ), used AS (
        UPDATE attachments SET last_used_at = clock_timestamp() FROM given
        WHERE attachments.tenant = given.tenant AND attachments.attachment_id = given.attachment_id
    )
    INSERT INTO task_attachments (task_id, tenant, attachment_id)
    SELECT NEW.task_id, tenant, attachment_id FROM given;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_keep_attachments AFTER INSERT ON tasks
    FOR EACH ROW WHEN (NEW.attachments <> '[]') EXECUTE FUNCTION keep_attachments();
