-- What the models were used for. What is booked on a tenant's budget is what its rows of the month add up to.

-- name: reserve_usage
SELECT * FROM reserve_usage(
    %(task_id)s, %(tenant)s, %(role)s, %(provider)s, %(model)s, %(attempt)s::integer, %(price_source)s,
    %(enough_usd)s::numeric, %(most_usd)s::numeric, %(seconds)s::double precision, %(task_usd)s::numeric,
    %(monthly_usd)s::numeric
)

-- name: settle_usage
SELECT * FROM settle_usage(
    %(usage_id)s::bigint, %(tenant)s, %(cost_usd)s::numeric, %(input_tokens)s::integer, %(output_tokens)s::integer,
    %(cached_tokens)s::integer, %(seconds)s::double precision, %(outcome)s, %(error)s, %(task_usd)s::numeric,
    %(monthly_usd)s::numeric
)

-- name: forget_usage
-- A reservation whose call was never made.
WITH account AS MATERIALIZED (
    SELECT tenant FROM budgets WHERE tenant = %(tenant)s FOR UPDATE
), forgotten AS (
    DELETE FROM usage USING account
    WHERE usage_id = %(usage_id)s AND usage.tenant = account.tenant RETURNING usage.tenant, cost_usd, at
)
UPDATE budgets SET booked_usd = booked_usd - cost_usd FROM forgotten
WHERE budgets.tenant = forgotten.tenant AND month = month_of(at)

-- name: record_usage
-- A call that needed no reservation.
WITH recorded AS (
    INSERT INTO usage (
        task_id, tenant, role, provider, model, input_tokens, output_tokens, cached_tokens, cost_usd, price_source,
        seconds, attempt, outcome, error
    ) VALUES (
        %(task_id)s, %(tenant)s, %(role)s, %(provider)s, %(model)s, %(input_tokens)s, %(output_tokens)s,
        %(cached_tokens)s, %(cost_usd)s, %(price_source)s, %(seconds)s, %(attempt)s, %(outcome)s, %(error)s
    ) RETURNING tenant, cost_usd, at
)
INSERT INTO budgets AS known (tenant, month, booked_usd) SELECT tenant, month_of(at), cost_usd FROM recorded WHERE cost_usd > 0
ON CONFLICT (tenant) DO UPDATE SET
    booked_usd = CASE WHEN known.month < excluded.month THEN 0 ELSE known.booked_usd END + excluded.booked_usd,
    warned = known.warned AND known.month >= excluded.month, month = greatest(known.month, excluded.month)

-- name: report_usage
-- The first row is the total of all; the others are the groups.
WITH seen AS (
    SELECT calls.*, tasks.status = 'completed' AS approved,
           CASE %(by)s WHEN 'tenant' THEN calls.tenant
                       WHEN 'day' THEN to_char(calls.at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
                       WHEN 'model' THEN calls.provider || ':' || calls.model
                       WHEN 'role' THEN calls.role
                       ELSE coalesce(calls.task_id, '') END AS key
    FROM calls LEFT JOIN tasks USING (task_id)
    WHERE calls.outcome <> 'pending'
      AND (%(tenant)s::text IS NULL OR calls.tenant = %(tenant)s)
      AND (%(task_id)s::text IS NULL OR task_id = %(task_id)s)
      AND (%(since)s::timestamptz IS NULL OR calls.at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR calls.at < %(until)s)
)
SELECT coalesce(key, '') AS key, GROUPING(key) AS total, count(*) OVER () - 1 AS groups,
       count(*) FILTER (WHERE outcome <> 'cached') AS calls,
       count(*) FILTER (WHERE outcome NOT IN ('answered', 'cached')) AS failed,
       count(*) FILTER (WHERE outcome = 'lost') AS lost,
       count(*) FILTER (WHERE outcome = 'cached') AS cached,
       coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
       coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
       coalesce(sum(cached_tokens), 0)::bigint AS cached_tokens,
       coalesce(sum(cost_usd), 0) AS cost_usd,
       coalesce(sum(cost_usd) FILTER (WHERE outcome = 'lost' OR price_source = 'default'), 0) AS guessed_usd,
       round((avg(seconds) FILTER (WHERE outcome NOT IN ('lost', 'cached')))::numeric, 6)::double precision AS seconds,
       count(DISTINCT task_id) FILTER (WHERE approved) AS approved_tasks
FROM seen
GROUP BY GROUPING SETS ((key), ())
ORDER BY total DESC, CASE %(by)s WHEN 'day' THEN key END, cost_usd DESC, key
LIMIT %(limit)s

-- name: read_budget
SELECT wanted.tenant, coalesce(budgets.monthly_usd, wanted.monthly_usd) AS monthly_usd,
       budgets.monthly_usd IS NOT NULL AS own, held.usd AS held_usd,
       CASE WHEN month = month_of(clock_timestamp()) THEN booked_usd - held.usd ELSE 0 END AS spent_usd
FROM (SELECT %(tenant)s::text AS tenant, %(monthly_usd)s::numeric AS monthly_usd) AS wanted
LEFT JOIN budgets USING (tenant)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cost_usd), 0) AS usd FROM usage
    WHERE usage.tenant = wanted.tenant AND outcome = 'pending' AND expires_at > clock_timestamp()
      AND month_of(at) = month_of(clock_timestamp())
) AS held

-- name: money_spent
-- Without what is held for calls under way.
SELECT (SELECT coalesce(sum(cost_usd), 0) FROM calls WHERE task_id = %(task_id)s AND outcome <> 'pending') AS task_spent_usd,
       coalesce(budgets.monthly_usd, wanted.monthly_usd) AS monthly_usd,
       CASE WHEN month = month_of(clock_timestamp()) THEN booked_usd - (
           SELECT coalesce(sum(cost_usd), 0) FROM usage
           WHERE usage.tenant = wanted.tenant AND outcome = 'pending' AND expires_at > clock_timestamp()
             AND month_of(at) = month_of(clock_timestamp())
       ) ELSE 0 END AS tenant_spent_usd
FROM (SELECT %(tenant)s::text AS tenant, %(monthly_usd)s::numeric AS monthly_usd) AS wanted
LEFT JOIN budgets USING (tenant)

-- name: set_budget
-- A new budget is warned of anew.
INSERT INTO budgets (tenant, monthly_usd, month) VALUES (%(tenant)s, %(monthly_usd)s::numeric, month_of(clock_timestamp()))
ON CONFLICT (tenant) DO UPDATE SET monthly_usd = excluded.monthly_usd, warned = false
