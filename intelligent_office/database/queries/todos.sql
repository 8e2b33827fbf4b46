-- name: add_todo
-- The counter's row is locked until the end, so that numbers are given once, and never again after a deletion.
WITH next AS (
    INSERT INTO todo_numbers AS counter (tenant, last) VALUES (%(tenant)s, 1)
    ON CONFLICT (tenant) DO UPDATE SET last = counter.last + 1
    RETURNING last
)
INSERT INTO todos (tenant, number, text) SELECT %(tenant)s, last, %(text)s FROM next
RETURNING number, text

-- name: list_todos
SELECT number, text, done FROM todos WHERE tenant = %(tenant)s ORDER BY number

-- name: complete_todo
UPDATE todos SET done = true, completed_at = coalesce(completed_at, clock_timestamp())
WHERE tenant = %(tenant)s AND number = %(number)s
RETURNING number, text

-- name: delete_todo
DELETE FROM todos WHERE tenant = %(tenant)s AND number = %(number)s
RETURNING number, text

-- name: last_todo_number
SELECT last FROM todo_numbers WHERE tenant = %(tenant)s
