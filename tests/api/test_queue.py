from tests.api.keys import client_of, key_for


async def test_the_queue_is_for_administrators_alone(http, address, postgres):
    while not (seen := (await http.get("/queue")).json())["workers"]:  # it comes to work beside the first requests
        pass
    assert (seen["workers"], seen["places"]) == (1, 4)
    key = await key_for("other", postgres.address_of("api_test_queue"))
    async with client_of(address, key) as stranger:
        assert (await stranger.get("/queue")).status_code == 403
