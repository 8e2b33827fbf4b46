import json


def test_the_queue_is_told_in_a_table_and_as_json(office):
    assert office("run", "--detach", "--priority", "7", "what is 1 + 1?").returncode == 0
    told = office("queue")
    assert told.returncode == 0
    assert told.stdout.startswith("1 queued, the first for ")
    assert "default  7         1       0" in told.stdout
    [line] = json.loads(office("queue", "--json").stdout)["lines"]
    assert (line["tenant"], line["priority"], line["queued"]) == ("default", 7, 1)
