"""Read YAML files: safe, without duplicate keys, and with the line of each place, for messages to editors."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml

from editorial.violations import Lines, Violation

# A parsed file, not yet checked against the model.
YamlMapping: TypeAlias = dict[str, Any]

MAX_DEPTH = 10  # levels of nesting; the content needs six


def parse(folder: Path, file: str, violations: list[Violation]) -> tuple[YamlMapping, Lines]:
    """Return the mapping in a file and the line of each place; report what is wrong, and return nothing then."""
    try:
        text = (folder / file).read_text(encoding="utf-8")
        loader = _Loader(_reject_unsafe_yaml(text))
        node = loader.get_single_node()
        tree = loader.construct_document(node) if node else None
    except FileNotFoundError:
        violations.append(Violation(file, "", "must exist"))
    except OSError as error:
        violations.append(Violation(file, "", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        violations.append(Violation(file, "", "must be UTF-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        violations.append(Violation(file, "", error.problem or "must be YAML", line=line))
    except yaml.YAMLError:
        violations.append(Violation(file, "", "must be YAML, without control characters"))
    else:
        if isinstance(tree, dict) and all(isinstance(key, str) for key in tree):
            return tree, dict(_lines_in(node))
        violations.append(Violation(file, "", "must be a mapping of names to values", shorten(tree)))
    return {}, {}


def shorten(value: object) -> str:
    """Return a value as text that fits into one line of a terminal."""
    try:
        text = str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of too many digits"
    return text if len(text) <= 80 else f"{text[:77]}…"  # noqa: PLR2004 - one line of a terminal


class _Loader(yaml.CSafeLoader):
    """A safe loader that rejects duplicate keys, of which PyYAML keeps only the last."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyYAML's
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # PyYAML recognises 2026-02-30 as a date, then fails to make one
            raise _yaml_error(f"must be a date or a number that exists: {shorten(node.value)}", node) from error


def _yaml_error(problem: str, source: yaml.Node | yaml.Event) -> yaml.MarkedYAMLError:
    # libyaml's marks are another class with the same attributes.
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("yaml.Mark | None", source.start_mark))


def _reject_unsafe_yaml(text: str) -> str:
    """Return the YAML unchanged if it has no aliases, anchors or tags and is not nested too deeply.

    A few bytes of aliases can expand to gigabytes, and libyaml's composer crashes the process on deep nesting.

    Raises:
        yaml.MarkedYAMLError: It has one of these, or is not YAML.

    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if getattr(event, "anchor", None):
            raise _yaml_error("must not use anchors or aliases: write the value again", event)
        if getattr(event, "tag", None):
            raise _yaml_error("must not use tags: write the value alone", event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _yaml_error(f"must not be nested deeper than {MAX_DEPTH} levels", event)
    return text


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[object] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _yaml_error("must have words as keys, not lists or mappings", key)
        if key.tag == "tag:yaml.org,2002:merge":
            raise _yaml_error("must not use the merge key “<<”: write the fields again", key)
        if key.tag != yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG:
            raise _yaml_error(f"must have words as keys; put a number, date or yes in quotes: {key.value}", key)
        if key.value in seen:
            raise _yaml_error(f"“{key.value}” is given twice", key)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def _lines_in(node: yaml.Node | None, place: str = "") -> Iterator[tuple[str, int]]:
    """Yield the place and the line of each key in a node. A member of a list has the place of the list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{place}.{key.value}".lstrip(".")
            yield name, key.start_mark.line + 1
            yield from _lines_in(value, name)
