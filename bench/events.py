"""The requests that are measured, as events of API Gateway (Lambda proxy integration, payload version 1.0)."""

from typing import Any

from tests.support import gateway
from tests.support.gateway import Route

# The headers of a browser's request through CloudFront and API Gateway.
REQUEST_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9,es;q=0.8",
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Is-Desktop-Viewer": "true",
    "CloudFront-Viewer-Country": "ES",
    "Host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
    "Referer": "https://partner.example/",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
    "Via": "2.0 0123456789abcdef.cloudfront.net (CloudFront)",
    "X-Amz-Cf-Id": "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ==",
    "X-Amzn-Trace-Id": "Root=1-67000000-0123456789abcdef01234567",
    "X-Forwarded-For": "192.0.2.1, 198.51.100.1",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}


def event(concern: str | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the event of a request for the list of concerns, or for one of them."""
    path = f"/v1/concerns/{concern}" if concern else "/v1/concerns"
    route = Route("/v1/concerns/{concern}", {}, {"concern": concern}) if concern else Route(path, {}, {})
    return gateway.event("GET", path, "", route, list((REQUEST_HEADERS | (headers or {})).items()), "")
