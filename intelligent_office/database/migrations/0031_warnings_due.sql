-- Workers look every few seconds for questions that somebody is to be reminded of, however many are open: when four fifths
-- of the time for an answer are over. Reckoned in UTC, a day is as long as any other, so that this may stand in an index.
CREATE FUNCTION warning_due(asked_at timestamptz, expires_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT expires_at - 0.2 * (expires_at - asked_at)
$$;
CREATE INDEX approvals_to_warn ON approvals (warning_due(asked_at, expires_at)) WHERE status = 'open' AND NOT warned;
