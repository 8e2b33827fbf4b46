-- Money is exact. A call that costs something is written down before it is made: as `pending`, at the most that it may
-- cost. When it ends, what it did cost takes the place of that. A call whose process died stays where it is: `lost`, from
-- `expires_at` on.
ALTER TABLE usage
    ALTER COLUMN cost_usd TYPE numeric,
    ADD CONSTRAINT cost_is_an_amount CHECK (cost_usd >= 0 AND cost_usd < 'Infinity'),
    ADD COLUMN price_source text CHECK (price_source IN ('published', 'override', 'default', 'free')),
    ADD COLUMN expires_at timestamptz;
CREATE INDEX usage_of_tenant ON usage (tenant, at);
CREATE INDEX usage_pending ON usage (tenant) WHERE outcome = 'pending';

-- The calls as they are to be read: those of dead processes are `lost`, whether somebody has noticed yet or not.
CREATE VIEW calls AS
SELECT usage_id, at, task_id, tenant, role, provider, model, input_tokens, output_tokens, cached_tokens, cost_usd,
       price_source, seconds, attempt,
       CASE WHEN outcome = 'pending' AND expires_at <= clock_timestamp() THEN 'lost' ELSE outcome END AS outcome, error
FROM usage;

-- A tenant's budget, and what is booked on it this month (UTC): what was spent, and what pending calls may cost. Whoever
-- books takes this row first, so that bookings of a tenant follow one another.
CREATE TABLE budgets (
    tenant      text PRIMARY KEY,
    monthly_usd numeric CHECK (monthly_usd >= 0 AND monthly_usd < 'Infinity'), -- NULL: the one of the settings
    month       date NOT NULL,
    booked_usd  numeric NOT NULL DEFAULT 0,
    warned      boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

CREATE FUNCTION month_of(moment timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS
    $$ SELECT date_trunc('month', moment AT TIME ZONE 'UTC')::date $$;

INSERT INTO budgets (tenant, month, booked_usd)
SELECT tenant, month_of(now()), coalesce(sum(cost_usd) FILTER (WHERE month_of(at) = month_of(now())), 0)
FROM usage GROUP BY tenant;

-- The tenant's row, locked until the end of the transaction and brought to the current month.
CREATE FUNCTION lock_budget(of_tenant text) RETURNS budgets LANGUAGE plpgsql AS $$
DECLARE
    account budgets;
BEGIN
    SELECT * INTO account FROM budgets WHERE tenant = of_tenant FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO budgets (tenant, month) VALUES (of_tenant, month_of(clock_timestamp())) ON CONFLICT DO NOTHING;
        SELECT * INTO account FROM budgets WHERE tenant = of_tenant FOR UPDATE;
    END IF;
    IF account.month < month_of(clock_timestamp()) THEN
        account.month := month_of(clock_timestamp());
        account.booked_usd := 0;
        account.warned := false;
    END IF;
    RETURN account;
END $$;

-- Book the most that a call may cost, if the task's budget and the tenant's leave room for it, or for less but enough.
-- A NULL budget has no limit. Without a usage_id nothing was booked, and the figures say why.
CREATE FUNCTION reserve_usage(
    of_task text, of_tenant text, of_role text, of_provider text, of_model text, nth integer, source text,
    enough_usd numeric, most_usd numeric, seconds double precision, task_usd numeric, usual_monthly_usd numeric
) RETURNS TABLE (
    usage_id bigint, granted_usd numeric, task_spent_usd numeric, task_held_usd numeric,
    tenant_usd numeric, tenant_spent_usd numeric, tenant_held_usd numeric
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    account budgets := lock_budget(of_tenant);
    task_booked numeric := 0;
BEGIN
    UPDATE usage SET outcome = 'lost'
    WHERE tenant = of_tenant AND outcome = 'pending' AND expires_at <= clock_timestamp();
    tenant_usd := coalesce(account.monthly_usd, usual_monthly_usd);
    IF task_usd IS NOT NULL THEN
        SELECT coalesce(sum(cost_usd), 0), coalesce(sum(cost_usd) FILTER (WHERE outcome = 'pending'), 0)
        INTO task_booked, task_held_usd FROM usage WHERE task_id = of_task;
        task_spent_usd := task_booked - task_held_usd;
    END IF;
    granted_usd := least(most_usd, task_usd - task_booked, tenant_usd - account.booked_usd); -- NULLs are passed over
    IF granted_usd >= enough_usd THEN
        INSERT INTO usage (task_id, tenant, role, provider, model, cost_usd, seconds, attempt, outcome, price_source, expires_at)
        VALUES (of_task, of_tenant, of_role, of_provider, of_model, granted_usd, 0, nth, 'pending', source,
                clock_timestamp() + make_interval(secs => seconds))
        RETURNING usage.usage_id INTO usage_id;
        UPDATE budgets SET month = account.month, booked_usd = account.booked_usd + granted_usd, warned = account.warned
        WHERE tenant = of_tenant;
    ELSE
        SELECT coalesce(sum(cost_usd), 0) INTO tenant_held_usd FROM usage
        WHERE tenant = of_tenant AND outcome = 'pending' AND month_of(at) = account.month;
        tenant_spent_usd := account.booked_usd - tenant_held_usd;
    END IF;
    RETURN NEXT;
END $$;

-- What the call did cost takes the place of what was reserved for it. Returns the budgets of which four fifths are spent
-- now, each once; the task's events say so, too.
CREATE FUNCTION settle_usage(
    of_usage bigint, of_tenant text, real_usd numeric, read_tokens integer, written_tokens integer, known_tokens integer,
    took_seconds double precision, how text, why text, task_usd numeric, usual_monthly_usd numeric
) RETURNS TABLE (budget text, limit_usd numeric, spent_usd numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    account budgets := lock_budget(of_tenant);
    held usage;
BEGIN
    SELECT * INTO held FROM usage WHERE usage_id = of_usage;
    UPDATE usage
    SET cost_usd = real_usd, input_tokens = read_tokens, output_tokens = written_tokens, cached_tokens = known_tokens,
        seconds = took_seconds, outcome = how, error = why, expires_at = NULL
    WHERE usage_id = of_usage;
    IF month_of(held.at) = account.month THEN
        account.booked_usd := account.booked_usd + real_usd - held.cost_usd;
    END IF;

    budget := 'task';
    limit_usd := task_usd;
    IF limit_usd > 0 THEN
        SELECT sum(cost_usd) FILTER (WHERE outcome <> 'pending') INTO spent_usd FROM usage WHERE task_id = held.task_id;
        IF spent_usd >= 0.8 * limit_usd AND NOT EXISTS (
            SELECT FROM events WHERE task_id = held.task_id AND kind = 'budget.warned' AND data ->> 'budget' = 'task'
            AND (data ->> 'limit_usd')::numeric = limit_usd
        ) THEN
            PERFORM tell_of_budget(held.task_id, budget, limit_usd, spent_usd);
            RETURN NEXT;
        END IF;
    END IF;

    budget := 'tenant';
    limit_usd := coalesce(account.monthly_usd, usual_monthly_usd);
    IF limit_usd > 0 AND NOT account.warned THEN
        SELECT account.booked_usd - coalesce(sum(cost_usd), 0) INTO spent_usd FROM usage
        WHERE tenant = of_tenant AND outcome = 'pending' AND month_of(at) = account.month
        AND expires_at > clock_timestamp();
        IF spent_usd >= 0.8 * limit_usd THEN
            account.warned := true;
            PERFORM tell_of_budget(held.task_id, budget, limit_usd, spent_usd);
            RETURN NEXT;
        END IF;
    END IF;

    UPDATE budgets SET month = account.month, booked_usd = account.booked_usd, warned = account.warned
    WHERE tenant = of_tenant;
END $$;

CREATE FUNCTION tell_of_budget(of_task text, budget text, limit_usd numeric, spent_usd numeric) RETURNS void
LANGUAGE sql AS $$
WITH counted AS (
    UPDATE tasks SET last_event = last_event + 1
    WHERE task_id = of_task AND status IN ('queued', 'running', 'waiting') RETURNING task_id, last_event
), told AS (
    INSERT INTO events (task_id, number, kind, data)
    SELECT task_id, last_event, 'budget.warned',
           jsonb_build_object('budget', budget, 'limit_usd', limit_usd, 'spent_usd', spent_usd) FROM counted
)
SELECT pg_notify('office_events', task_id) FROM counted
$$;
