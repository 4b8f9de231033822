"""The recipes of docs/recipes, as modules."""

import importlib.util
from types import ModuleType

from tests.conftest import ROOT

RECIPES = ROOT / "docs" / "recipes"


def recipe(name: str) -> ModuleType:
    """Return a recipe in Python as a module."""
    spec = importlib.util.spec_from_file_location(name, RECIPES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
