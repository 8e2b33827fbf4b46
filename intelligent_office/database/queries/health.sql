-- name: answer
SELECT true AS answers
