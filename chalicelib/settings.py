"""What the code must know before any content is loaded. All else about the topic is in the content."""

import re
from collections.abc import Mapping

from msgspec import Struct

# Also `app_name` in .chalice/config.json and APPLICATION in the Makefile: stacks are named after it.
APPLICATION = "mesotherapy-evidence"

# The part of the HTML standard's valid custom element names that is ASCII, and needs no escaping anywhere.
ELEMENT_NAME = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)+")
SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
# Names of SVG and MathML elements, which the standard excepts.
NO_ELEMENT_NAMES = {
    "annotation-xml",
    "color-profile",
    "font-face",
    "font-face-format",
    "font-face-name",
    "font-face-src",
    "font-face-uri",
    "missing-glyph",
}


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of a deployment."""

    element_name: str
    """The name of the custom element that shows cards."""

    refresh_seconds: float
    """The interval between refreshes of the content."""


def settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that environment variables give, else the defaults.

    Raises:
        ValueError: A variable has no valid value.

    """
    element_name = environ.get("ELEMENT_NAME", APPLICATION)
    if not ELEMENT_NAME.fullmatch(element_name) or element_name in NO_ELEMENT_NAMES:
        raise ValueError(f"ELEMENT_NAME must be a name for a custom element, such as {APPLICATION}: {element_name}")
    seconds = environ.get("CONTENT_REFRESH_SECONDS", "30")
    if not SECONDS.fullmatch(seconds):
        raise ValueError(f"CONTENT_REFRESH_SECONDS must be a number of seconds, such as 30 or 2.5: {seconds}")
    return Settings(element_name=element_name, refresh_seconds=float(seconds))
