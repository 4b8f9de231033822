"""A small API Gateway that follows the packaged template: routes, mock integrations and gateway responses.

It behaves as API Gateway's documentation says of REST APIs with Lambda proxy integration, and has only what the
behaviour table needs.
"""

from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.support.lambda_runtime import Function
from tests.support.loopback import LoopbackHandler, LoopbackServer


class Route(NamedTuple):
    """A resource of the template that matches a path."""

    resource: str
    methods: dict[str, Any]
    captured: dict[str, str]


class Response(NamedTuple):
    """A response to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway(LoopbackServer):
    """A gateway in front of a packaged function, on a free loopback port."""

    def __init__(self, template: Path, function: Function) -> None:
        resources = yaml.safe_load(template.read_text(encoding="utf-8"))["Resources"]
        self._definition = resources["RestAPI"]["Properties"]["DefinitionBody"]
        self._function = function
        super().__init__(self._handler())

    def respond(self, method: str, target: str, headers: list[tuple[str, str]], body: str) -> Response:
        """Return the response to a request, from the gateway itself or from the function."""
        url = urlsplit(target)
        route = self._route(url.path)
        if route is None or method.lower() not in route.methods:
            return self.gateway_response("MISSING_AUTHENTICATION_TOKEN")
        integration = route.methods[method.lower()]["x-amazon-apigateway-integration"]
        if integration["type"] == "mock":
            return mock_response(integration)
        result = self._function(event(method, url.path, url.query, route, headers, body))
        if result is None:
            return self.gateway_response("DEFAULT_5XX")
        sent = list(result.get("headers", {}).items())
        sent += [(name, value) for name, values in result.get("multiValueHeaders", {}).items() for value in values]
        return Response(result["statusCode"], sent, (result.get("body") or "").encode())

    def gateway_response(self, kind: str) -> Response:
        """Return a gateway response of the template."""
        configured = self._definition["x-amazon-apigateway-gateway-responses"][kind]
        prefix = "gatewayresponse.header."
        headers = [
            (name.removeprefix(prefix), value.strip("'")) for name, value in configured["responseParameters"].items()
        ]
        return Response(configured["statusCode"], headers, configured["responseTemplates"]["application/json"].encode())

    def _route(self, path: str) -> Route | None:
        parts = (path[:-1] if path != "/" and path.endswith("/") else path).split("/")
        for resource, methods in sorted(self._definition["paths"].items()):
            names = resource.split("/")
            if len(names) == len(parts) and all(
                name == part or name.startswith("{") for name, part in zip(names, parts, strict=True)
            ):
                captured = {name[1:-1]: part for name, part in zip(names, parts, strict=True) if name.startswith("{")}
                if all(captured.values()):
                    return Route(resource, methods, captured)
        return None

    def _handler(self) -> type[LoopbackHandler]:
        gateway = self

        class Front(LoopbackHandler):
            def handle_any(self) -> None:
                body = self.request_body().decode()
                self.send(gateway.respond(self.command, self.path, self.headers.items(), body))

            def send_error(self, *_: object) -> None:
                self.close_connection = True
                self.send(gateway.gateway_response("MISSING_AUTHENTICATION_TOKEN"))

            def send(self, response: Response) -> None:
                self.respond(response.status, response.body, response.headers)

            do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        return Front


def mock_response(integration: dict[str, Any]) -> Response:
    """Return the response of a mock integration."""
    response = integration["responses"]["default"]
    prefix = "method.response.header."
    headers = [(name.removeprefix(prefix), value.strip("'")) for name, value in response["responseParameters"].items()]
    return Response(int(response["statusCode"]), headers, b"")


def event(  # noqa: PLR0913, PLR0917 - the parts of an event
    method: str, path: str, query: str, route: Route, headers: list[tuple[str, str]], body: str
) -> dict[str, Any]:
    """Return the event of a Lambda proxy integration, version 1.0."""
    multiple = parse_qs(query, keep_blank_values=True)
    return {
        "resource": route.resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers) or None,
        "multiValueHeaders": {name: [value for key, value in headers if key == name] for name, _ in headers} or None,
        "queryStringParameters": {name: values[-1] for name, values in multiple.items()} or None,
        "multiValueQueryStringParameters": multiple or None,
        "pathParameters": route.captured or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "extendedRequestId": "ABCDEFGHIJKLMNO=",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": dict(headers).get("User-Agent")},
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "requestId": "00000000-0000-0000-0000-000000000000",
            "requestTime": "22/Nov/2026:00:00:00 +0000",
            "requestTimeEpoch": 1795305600000,
            "resourceId": "abc123",
            "resourcePath": route.resource,
            "stage": "api",
        },
        "body": body or None,
        "isBase64Encoded": False,
    }
