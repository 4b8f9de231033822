"""What the environment of a deployment may say."""

import json
import re

import pytest

from chalicelib.settings import APPLICATION, Settings, settings
from chalicelib.web.endpoints import static_file
from tests.conftest import ROOT


def test_defaults_are_those_of_this_article() -> None:
    assert settings({}) == Settings(element_name="mesotherapy-evidence", refresh_seconds=30)


def test_variables_say_otherwise() -> None:
    set_here = {"ELEMENT_NAME": "sleep-evidence", "CONTENT_REFRESH_SECONDS": "2.5"}
    assert settings(set_here) == Settings(element_name="sleep-evidence", refresh_seconds=2.5)


@pytest.mark.parametrize("name", ["", "evidence", "Sleep-Evidence", "1-a", "a-", "a-b\n", 'a-b"', "a_b-c", "font-face"])
def test_refuses_what_names_no_element(name: str) -> None:
    with pytest.raises(ValueError, match="ELEMENT_NAME must be a name for a custom element, such as mesotherapy-evid"):
        settings({"ELEMENT_NAME": name})


@pytest.mark.parametrize("seconds", ["", "nan", "inf", "-5", "1e400", "soon", "1\n", "९"])
def test_refuses_what_is_no_interval(seconds: str) -> None:
    with pytest.raises(ValueError, match="CONTENT_REFRESH_SECONDS must be a number of seconds"):
        settings({"CONTENT_REFRESH_SECONDS": seconds})


def test_scripts_say_the_elements_name() -> None:
    ours, other = (static_file("embed.js", name).body for name in ("mesotherapy-evidence", "sleep-evidence-2"))
    assert "lement-name" not in other
    assert other == ours.replace("mesotherapy-evidence", "sleep-evidence-2").replace(
        "MesotherapyEvidence", "SleepEvidence2"
    )


def test_stacks_are_named_alike_everywhere() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^APPLICATION := (.+)$", makefile, re.MULTILINE) == [APPLICATION]
    assert json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))["app_name"] == APPLICATION
