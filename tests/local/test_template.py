"""The stack as CloudFormation gets it, and that mistakes in it are found."""

import copy
import json
import os
import re
import shutil
import subprocess
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.web.caching import IMMUTABLE, NO_STORE, STATIC_FILE, cache_control, error_cache_control
from chalicelib.web.problems import GATEWAY_PROBLEMS, problem_json
from operations.lint import lint, translated
from operations.package import ROOT, STAGES
from tests.local.conftest import packaged

Stack = dict[str, Any]
ALLOWED = [
    (["dynamodb:GetItem", "dynamodb:Query"], {"Fn::GetAtt": ["ContentTable", "Arn"]}),
    (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["FunctionLog", "Arn"]}),
]
DISTRIBUTION = "d111111abcdef8.cloudfront.net"


@pytest.fixture(scope="module", params=STAGES)
def sam(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage's SAM template."""
    return copy_of_template(str(request.param), tmp_path_factory)


def copy_of_template(stage: str, factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(packaged(stage, factory) / "sam.yaml", factory.mktemp("template")))


@pytest.fixture(scope="module")
def translation(sam: Path) -> str:
    """The template translated to CloudFormation, in JSON."""
    return json.dumps(translated(sam))


@pytest.fixture
def stack(translation: str) -> Stack:
    """A fresh copy of the translated stack, which a test may change."""
    return dict(json.loads(translation))


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node, which runs the edge's function."""
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs node")
        pytest.skip("node is not installed")
    return found


def passed_on(
    node: str, stack: Stack, query: str = "", *, domain: str = "", host: str = DISTRIBUTION
) -> dict[str, Any]:
    """Return the request that CloudFront's function passes on, for a value of the parameter DomainName."""
    values: dict[str, list[dict[str, str]]] = {}
    for name, _, value in (pair.partition("=") for pair in query.split("&") if pair):
        values.setdefault(name, []).append({"value": value})
    # The event's structure: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
    querystring = {name: {**each[0], "multiValue": each} if len(each) > 1 else each[0] for name, each in values.items()}
    request = {
        "method": "GET",
        "uri": "/v1/risks",
        "querystring": querystring,
        "headers": {"host": {"value": host}, "x-public-host": {"value": "claimed.example"}},
        "cookies": {},
    }
    event = {"version": "1.0", "context": {"distributionDomainName": DISTRIBUTION}, "request": request}
    code = properties(stack, "EdgeFunction")["FunctionCode"]["Fn::Sub"].replace("${DomainName}", domain)
    assert "${" not in code
    return dict(handled(node, code, [event])[0])


def sent_to_viewers(node: str, stack: Stack, lifetimes: list[str]) -> list[str]:
    """Return the `Cache-Control` of replies after CloudFront's function for viewers; "" stands for none."""
    events = []
    for lifetime in lifetimes:
        headers = {"etag": {"value": '"0"'}} | ({"cache-control": {"value": lifetime}} if lifetime else {})
        response = {"statusCode": 200, "statusDescription": "OK", "headers": headers, "cookies": {}}
        request = {"method": "GET", "uri": "/v1/risks", "querystring": {}, "headers": {}, "cookies": {}}
        context = {"distributionDomainName": DISTRIBUTION, "eventType": "viewer-response"}
        events.append({"version": "1.0", "context": context, "request": request, "response": response})
    lifetimes_after: list[str] = []
    responses = handled(node, properties(stack, "EdgeResponseFunction")["FunctionCode"], events)
    for before, after in zip(events, responses, strict=True):
        before["response"]["headers"].pop("cache-control", None)
        lifetimes_after.append(after["headers"].pop("cache-control", {"value": ""})["value"])
        assert after == before["response"]
    return lifetimes_after


def handled(node: str, code: str, events: list[dict[str, Any]]) -> list[Any]:
    """Return what a function at the edge makes of each event."""
    call = f"console.log(JSON.stringify({json.dumps(events)}.map(handler)))"
    done = subprocess.run([node, "--eval", f"{code}\n{call}"], check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout))


def api_parameters() -> set[str]:
    """Return the names of the query parameters that the API's routes take."""
    document = json.loads((ROOT / "chalicelib" / "web" / "static" / "openapi.json").read_text(encoding="utf-8"))
    lists = [method.get("parameters", []) for path in document["paths"].values() for method in path.values()]
    shared = document["components"]["parameters"]
    parameters = [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for each in lists for one in each]
    return {one["name"] for one in parameters if one["in"] == "query"}


def properties(stack: Stack, name: str) -> dict[str, Any]:
    return dict(stack["Resources"][name]["Properties"])


def assert_the_role_may_only_read(stack: Stack) -> None:
    role = properties(stack, properties(stack, "APIHandler")["Role"]["Fn::GetAtt"][0])
    assert "ManagedPolicyArns" not in role
    statements = [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
    assert [(one["Action"], one["Resource"]) for one in statements] == ALLOWED
    assert {one["Effect"] for one in statements} == {"Allow"}
    assert "*" not in json.dumps(role)


def assert_gateway_responses_are_ours(stack: Stack) -> None:
    responses = properties(stack, "RestAPI")["Body"]["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "MISSING_AUTHENTICATION_TOKEN"} <= responses.keys()
    for name, response in responses.items():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        problem = json.loads(response["responseTemplates"]["application/json"])
        assert problem["status"] == response["statusCode"]
        expected = GATEWAY_PROBLEMS.get(name, GATEWAY_PROBLEMS["MISSING_AUTHENTICATION_TOKEN"])
        assert problem == json.loads(problem_json(expected))


def test_templates_pass_cfn_lint(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All stages at once, because cfn-lint takes seconds to start."""
    lint(*(copy_of_template(stage, tmp_path_factory) for stage in STAGES))


@pytest.mark.parametrize("sam", ["production"], indirect=True)
@pytest.mark.parametrize(
    ("resource", "spoilt"),
    [
        ("ContentTable", {"BillingMode": None, "BillingModes": "PAY_PER_REQUEST"}),
        ("Distribution", {"DistributionConfig": None, "DistributionConfigs": {}}),
        ("RestAPI", {"EndpointConfiguration": "NOWHERE"}),  # only found in SAM
        ("APIHandler", {"LoggingConfig": {"LogFormat": "XML"}}),  # only found in CloudFormation
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mistakes_are_found(sam: Path, resource: str, spoilt: dict[str, Any], tmp_path: Path) -> None:
    template = yaml.safe_load(sam.read_text(encoding="utf-8"))
    changed = template["Resources"][resource]["Properties"] | spoilt
    template["Resources"][resource]["Properties"] = {
        name: value for name, value in changed.items() if value is not None
    }
    file = tmp_path / "sam.yaml"
    file.write_text(json.dumps(template), encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        lint(file)


def test_role_may_only_read_and_log(stack: Stack) -> None:
    assert_the_role_may_only_read(stack)


@pytest.mark.parametrize(
    ("field", "value"), [("Action", ["dynamodb:*"]), ("Action", ["dynamodb:PutItem"]), ("Resource", "*")]
)
def test_wider_roles_are_found(stack: Stack, field: str, value: object) -> None:
    role = properties(stack, "APIHandler")["Role"]["Fn::GetAtt"][0]
    properties(stack, role)["Policies"][0]["PolicyDocument"]["Statement"][0][field] = value
    with pytest.raises(AssertionError):
        assert_the_role_may_only_read(stack)


def test_gateway_responses_look_like_ours(stack: Stack) -> None:
    assert_gateway_responses_are_ours(stack)


def test_missing_gateway_cors_is_found(stack: Stack) -> None:
    spoilt = copy.deepcopy(stack)
    responses = spoilt["Resources"]["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    del responses["THROTTLED"]["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
    with pytest.raises((AssertionError, KeyError)):
        assert_gateway_responses_are_ours(spoilt)


def test_content_table(stack: Stack) -> None:
    assert stack["Resources"]["ContentTable"] == {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "DeletionProtectionEnabled": True,
        },
    }


def test_failed_creation_leaves_nothing(stack: Stack) -> None:
    """`Retain` would also keep what a failed first deployment created."""
    policies = {name: one.get("DeletionPolicy") for name, one in stack["Resources"].items()}
    assert "Retain" not in policies.values()


def test_function_reads_the_table_and_logs(stack: Stack) -> None:
    function = properties(stack, "APIHandler")
    assert function["Environment"]["Variables"]["CONTENT_TABLE"] == {"Ref": "ContentTable"}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLog"}
    for log in ("FunctionLog", "AccessLog"):
        assert properties(stack, log)["RetentionInDays"] == 30


def test_access_log_names_no_client(stack: Stack) -> None:
    line = properties(stack, "RestAPIapiStage")["AccessLogSetting"]["Format"]
    assert json.loads(line).keys() >= {"request", "method", "route", "status", "ms"}
    assert "identity" not in line


def of_type(stack: Stack, kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in stack["Resources"].values() if one["Type"] == kind]


def test_one_stage_throttled_and_logged(stack: Stack) -> None:
    """SAM adds a second public one to the deployment, `Stage`, where OpenApiVersion is not set."""
    stages = of_type(stack, "AWS::ApiGateway::Stage")
    assert [one["StageName"] for one in stages] == ["api"]
    assert [one["StageName"] for one in of_type(stack, "AWS::ApiGateway::Deployment") if "StageName" in one] == []
    assert all(one["MethodSettings"][0]["ThrottlingRateLimit"] and one["AccessLogSetting"] for one in stages)
    assert properties(stack, "RestAPI")["Body"]["swagger"] == "2.0"


def test_gateway_log_role_only_on_request(stack: Stack) -> None:
    """An account has one log role for all APIs of a region, so creating it replaces the existing one."""
    assert stack["Parameters"]["MakeGatewayLogRole"]["Default"] == "false"
    assert stack["Conditions"]["MakesGatewayLogRole"] == {"Fn::Equals": [{"Ref": "MakeGatewayLogRole"}, "true"]}
    conditional = {name for name, one in stack["Resources"].items() if one.get("Condition") == "MakesGatewayLogRole"}
    assert conditional == {"GatewayLogRole", "GatewayAccount"}
    assert stack["Resources"]["GatewayAccount"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_access_log_waits_for_the_role(stack: Stack) -> None:
    """DependsOn cannot name a resource that a condition leaves out (cfn-lint, E3005); a reference in Fn::If can."""
    assert "DependsOn" not in stack["Resources"]["RestAPI"]
    [tag] = properties(stack, "AccessLog")["Tags"]
    assert tag["Value"] == {"Fn::If": ["MakesGatewayLogRole", {"Ref": "GatewayAccount"}, "not of this stack"]}
    assert properties(stack, "RestAPIapiStage")["AccessLogSetting"]["DestinationArn"] == {
        "Fn::GetAtt": ["AccessLog", "Arn"]
    }


def test_gateway_throttles_and_compresses(stack: Stack) -> None:
    """No metrics per method: they cost extra, and the alarms and the dashboard read those per stage."""
    limit = {"Ref": "RequestsPerSecond"}
    assert properties(stack, "RestAPIapiStage")["MethodSettings"] == [
        {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": limit, "ThrottlingBurstLimit": limit}
    ]
    assert properties(stack, "RestAPI")["MinimumCompressionSize"] == 102_400


def test_cache_key(stack: Stack) -> None:
    key = properties(stack, "CachePolicy")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key == {
        "QueryStringsConfig": {"QueryStringBehavior": "all"},
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["Accept", "Accept-Language"]},
        "CookiesConfig": {"CookieBehavior": "none"},
        "EnableAcceptEncodingBrotli": True,
        "EnableAcceptEncodingGzip": True,
    }
    # A parameter outside the key would let one client's reply depend on another's request.
    assert properties(stack, "OriginRequestPolicy")["OriginRequestPolicyConfig"]["QueryStringsConfig"] == {
        "QueryStringBehavior": "none"
    }


def test_policies_stay_within_the_quota(stack: Stack) -> None:
    """CloudFront's quotas page: at most 10 query strings, headers and cookies each in a policy."""
    policies = [one for one in stack["Resources"].values() if one["Type"].endswith(("CachePolicy", "RequestPolicy"))]
    lists = [names for one in policies for names in re.findall(r"\[[^\]]*\]", json.dumps(one["Properties"]))]
    assert lists
    assert all(len(json.loads(names)) <= 10 for names in lists)


def test_edge_passes_on_the_apis_parameters(node: str, stack: Stack) -> None:
    known = sorted(api_parameters())
    request = passed_on(node, stack, "&".join(f"{name}=1" for name in reversed([*known, "utm_source"])))
    assert request["querystring"] == "&".join(f"{name}=1" for name in known)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("utm_source=x", ""),
        ("Lang=en&constructor=1&__proto__=1&%6cang=en", ""),
        ("lang=en&fbclid=x&edition=0123456789abcdef", "edition=0123456789abcdef&lang=en"),
        ("lang=es&lang=en", "lang=es&lang=en"),
        ("lang=en&kind=b&lang=es&kind=a", "kind=b&kind=a&lang=en&lang=es"),
        ("lang=&kind", "kind=&lang="),
        ("url=https%3A%2F%2Fa.example%3Fx%26y&lang=%ff+", "lang=%ff+&url=https%3A%2F%2Fa.example%3Fx%26y"),
    ],
)
def test_edge_normalises_the_query(node: str, stack: Stack, query: str, expected: str) -> None:
    assert passed_on(node, stack, query)["querystring"] == expected


@pytest.mark.parametrize(("domain", "public"), [("", DISTRIBUTION), ("evidence.example", "evidence.example")])
@pytest.mark.parametrize("host", [DISTRIBUTION, DISTRIBUTION.upper(), "evidence.example", "other.example"])
def test_edge_names_one_public_host(node: str, stack: Stack, domain: str, public: str, host: str) -> None:
    """The cache key has no host, so the reply must not depend on the one that a client used."""
    assert passed_on(node, stack, domain=domain, host=host)["headers"]["x-public-host"] == {"value": public}


def test_domain_name_cannot_be_code(stack: Stack) -> None:
    """The name is put between quotes in CloudFront's function."""
    pattern = stack["Parameters"]["DomainName"]["AllowedPattern"]
    assert all(re.fullmatch(pattern, name) for name in ("", "evidence.example", "api-2.evidence.example"))
    assert not any(re.fullmatch(pattern, name) for name in ("'", "a.example'", "https://a.example", "a.example/", "a"))


@pytest.mark.parametrize("seconds_left", [10_000_000, 86_400, 330, 100, 0, -1])
def test_viewers_revalidate(node: str, stack: Stack, seconds_left: int) -> None:
    """What leaves the edge is what a client of the gateway gets, which has no `stale-while-revalidate`."""
    at_edge, expected = (cache_control(seconds_left, for_edge=for_edge) for for_edge in (True, False))
    assert at_edge != expected
    assert sent_to_viewers(node, stack, [at_edge, expected]) == [expected, expected]


def test_edge_passes_on_other_lifetimes(node: str, stack: Stack) -> None:
    lifetimes = [STATIC_FILE, IMMUTABLE, NO_STORE, error_cache_control(HTTPStatus.NOT_FOUND), ""]
    assert sent_to_viewers(node, stack, lifetimes) == lifetimes


def test_edge_functions_run_for_viewers(stack: Stack) -> None:
    distribution = properties(stack, "Distribution")["DistributionConfig"]
    associations = distribution["DefaultCacheBehavior"]["FunctionAssociations"]
    assert {one["EventType"]: one["FunctionARN"]["Fn::GetAtt"][0] for one in associations} == {
        "viewer-request": "EdgeFunction",
        "viewer-response": "EdgeResponseFunction",
    }
    assert "CacheBehaviors" not in distribution


def test_edge_functions_fit(stack: Stack) -> None:
    """CloudFront's quotas page: a function has at most 10 kB."""
    codes = [one["FunctionCode"] for one in of_type(stack, "AWS::CloudFront::Function")]
    assert len(codes) == 2
    assert all(len(json.dumps(code)) <= 10_000 for code in codes)


def test_cloudfront_obeys_our_cache_control(stack: Stack) -> None:
    policy = properties(stack, "CachePolicy")["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 86_400)
    distribution = properties(stack, "Distribution")["DistributionConfig"]
    ours = (400, 404, 405, 414, 416, 500, 501, 502, 503, 504)  # of the statuses that CloudFront lets one set
    assert distribution["CustomErrorResponses"] == [{"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in ours]
    assert distribution["HttpVersion"] == "http2and3"


def test_hsts_leaves_subdomains_alone(stack: Stack) -> None:
    """The operator decides about the domain's other hosts."""
    headers = properties(stack, "SecurityHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"] == {
        "AccessControlMaxAgeSec": 63_072_000,
        "IncludeSubdomains": {"Ref": "HstsIncludeSubDomains"},
        "Override": True,
    }
    assert stack["Parameters"]["HstsIncludeSubDomains"]["Default"] == "false"


def test_global_names_hold_the_region(stack: Stack) -> None:
    """CloudFront's names are global in an account, so a stack in a second region needs others."""
    kinds = ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy", "Function")
    resources = [one for kind in kinds for one in of_type(stack, f"AWS::CloudFront::{kind}")]
    names = [name for one in resources for name in re.findall(r'"Name": {"Fn::Sub": "([^"]*)"}', json.dumps(one))]
    assert len(names) == len(resources) > 0
    for name in names:
        assert name.startswith("${AWS::StackName}-${AWS::Region}-")
        longest = name.replace("${AWS::StackName}", "mesotherapy-evidence-production")
        assert len(longest.replace("${AWS::Region}", "ap-southeast-1")) <= 64  # a function's name; policies take 128


def evaluated(condition: Any, parameters: dict[str, str]) -> Any:
    """Return the value of a rule's condition for these parameters."""
    if not isinstance(condition, dict):
        return condition
    [(function, arguments)] = condition.items()
    if function == "Ref":
        return parameters[arguments]
    values = [evaluated(one, parameters) for one in arguments]
    return not values[0] if function == "Fn::Not" else values[0] == values[1]


@pytest.mark.parametrize(("domain", "certificate"), [("", ""), ("a.example", ""), ("", "arn"), ("a.example", "arn")])
def test_domain_and_certificate_together(stack: Stack, domain: str, certificate: str) -> None:
    parameters = {"DomainName": domain, "CertificateArn": certificate}
    allowed = all(
        evaluated(one["Assert"], parameters)
        for rule in stack.get("Rules", {}).values()
        if evaluated(rule["RuleCondition"], parameters)
        for one in rule["Assertions"]
    )
    assert allowed == (bool(domain) == bool(certificate))


def test_api_has_one_name(stack: Stack) -> None:
    """The alarms find the API's metrics by its name, and API Gateway may use either field."""
    api = properties(stack, "RestAPI")
    assert api["Name"] == api["Body"]["info"]["title"] == {"Ref": "AWS::StackName"}


def test_docs_call_the_throttle_per_method(stack: Stack) -> None:
    """The limit is set for all methods at once, but API Gateway counts each method of each path separately."""
    [setting] = properties(stack, "RestAPIapiStage")["MethodSettings"]
    assert (setting["ResourcePath"], setting["HttpMethod"]) == ("/*", "*")
    runbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    row = next(line for line in runbook.splitlines() if line.startswith("| `RequestsPerSecond` |"))
    for sentence in (stack["Parameters"]["RequestsPerSecond"]["Description"], row):
        assert "each method of each path" in sentence
        assert "not in total" in sentence


def test_integrations_call_no_version(stack: Stack) -> None:
    """No version or alias: docs/decisions/0005 decides against SnapStart and provisioned concurrency."""
    paths = properties(stack, "RestAPI")["Body"]["paths"]
    uris = {
        json.dumps(method["x-amazon-apigateway-integration"]["uri"])
        for methods in paths.values()
        for method in methods.values()
        if method["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
    }
    assert len(uris) == 1
    assert uris.pop().endswith('functions/${APIHandler.Arn}/invocations"}')
    assert "SnapStart" not in properties(stack, "APIHandler")


def test_alarms_name_their_runbook_section(stack: Stack) -> None:
    alarms = [one["Properties"] for one in stack["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    runbook = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (.+)$", runbook, re.MULTILINE)
    assert sorted(one["AlarmDescription"].rpartition("docs/operating.md, ")[2] for one in alarms) == sorted(headings)
    for alarm in alarms:
        assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmAddress", [{"Ref": "Alarms"}], {"Ref": "AWS::NoValue"}]}


def test_dashboard_is_json(stack: Stack) -> None:
    assert len(json.loads(properties(stack, "Dashboard")["DashboardBody"]["Fn::Sub"])["widgets"]) == 5
