"""Whose pages may call the office from a browser."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from intelligent_office.api.problems import BadRequest, of_form


class Origins(CORSMiddleware):
    """Starlette's, which tells browsers what other pages may do; a refusal is a problem like any other."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        return response if response.status_code < HTTPStatus.BAD_REQUEST else _Refusal(response)


class _Refusal(Response):
    """Says as a problem what another response says in words, under the same headers."""

    def __init__(self, original: Response) -> None:
        kept = {name: value for name, value in original.headers.items() if not name.startswith("content-")}
        super().__init__(original.body, original.status_code, kept)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"{bytes(self.body).decode()}: OFFICE_CORS_ORIGINS names whose pages may call, with the usual headers."
        problem = await of_form(Request(scope), BadRequest(HTTPStatus(self.status_code), detail))
        for name, value in self.headers.items():
            problem.headers.setdefault(name, value)
        await problem(scope, receive, send)
