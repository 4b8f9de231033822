"""What `lint-imports` (pyproject.toml) cannot hold, because app.py is a module and no package."""

import ast

from tests.conftest import ROOT


def test_app_imports_only_what_is_shipped() -> None:
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    # Of these, localdev is imported on a developer's machine only.
    assert imported == {"gc", "os", "typing", "chalice", "chalicelib", "localdev"}
