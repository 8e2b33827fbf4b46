-- The last number given to a todo of each tenant: a number is never given twice, not even after a deletion.
CREATE TABLE todo_numbers (
    tenant text PRIMARY KEY,
    last   integer NOT NULL
);
INSERT INTO todo_numbers (tenant, last) SELECT tenant, max(number) FROM todos GROUP BY tenant;
