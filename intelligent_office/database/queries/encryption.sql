-- What is known of keys: the ids of those that something may be encrypted with. The keys are in the settings alone.

-- name: use_key
INSERT INTO encryption_keys (key_id) VALUES (%(key_id)s) ON CONFLICT DO NOTHING

-- name: keys_in_use
SELECT key_id, first_used_at FROM encryption_keys ORDER BY first_used_at
