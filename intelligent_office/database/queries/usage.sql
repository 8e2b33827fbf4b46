-- name: record_usage
INSERT INTO usage (
    task_id, tenant, role, provider, model, input_tokens, output_tokens, cached_tokens, cost_usd, seconds, attempt,
    outcome, error
) VALUES (
    %(task_id)s, %(tenant)s, %(role)s, %(provider)s, %(model)s, %(input_tokens)s, %(output_tokens)s,
    %(cached_tokens)s, %(cost_usd)s, %(seconds)s, %(attempt)s, %(outcome)s, %(error)s
)

-- name: spent
SELECT coalesce(sum(cost_usd), 0) AS usd FROM usage WHERE task_id = %(task_id)s
