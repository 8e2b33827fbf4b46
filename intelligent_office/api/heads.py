"""HEAD: what GET would answer, without its content."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Has HEAD answered wherever GET is. A stream is hung up on after its first word."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                answered.set()

        async def receive_until_answered() -> Message:
            """A listener that asks whether anybody is still there hears that nobody is."""
            await answered.wait()
            return {"type": "http.disconnect"}

        asked_to_get = {**scope, "method": "GET"}
        try:
            await self._app(asked_to_get, receive_until_answered, send_head)
        finally:
            scope.update({**asked_to_get, "method": "HEAD"})  # which route it was is told to those outside
