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
