"""The model of what a million requests cost."""

from hypothesis import given
from hypothesis import strategies as st

from operations.costs import BEGIN, END, PAGE, PICTURE, Traffic, bill, billed, naive, ours, picture, text

shares = st.floats(0, 1)


def test_the_page_and_its_picture_are_what_the_model_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0].strip() == text()
    assert PICTURE.read_text(encoding="utf-8") == picture()


@given(shares, shares, shares)
def test_what_the_edge_answers_alone_costs_nothing_behind_it(cold: float, some: float, more: float) -> None:
    some, more = sorted((some, more))
    few, many = (bill(ours(Traffic(hits, cold)), Traffic(hits, cold)) for hits in (some, more))
    for service in ("API Gateway", "Lambda", "Logs"):
        assert many[service] <= few[service]
    assert many["CloudFront"] == few["CloudFront"]


def test_a_million_requests_at_the_gateway_cost_its_list_price() -> None:
    traffic = Traffic(hits=0, cold=0)
    assert round(bill(ours(traffic), traffic)["API Gateway"], 6) == 3.5


def test_a_query_per_request_pays_for_every_query() -> None:
    assert round(bill(naive(), Traffic(0, 0))["DynamoDB"], 6) == 0.0625


def test_time_is_billed_in_whole_milliseconds_of_the_share_of_a_processor() -> None:
    assert billed(0.000310, 1.769) == 0.001
    assert billed(0.000310, 0.125) == 0.005
    assert billed(0.002, 0.125, waiting=0.005) == 0.034
