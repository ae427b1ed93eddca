"""No module of the client needs itself: imports go one way, those for types and inside functions included."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import headgate

PACKAGE = Path(headgate.__file__).parent


def imports_of(path: Path, module: str, known: set[str]) -> Iterator[str]:
    """The package's own modules that a file names, wherever in it."""
    here = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)
        elif isinstance(node, ast.ImportFrom):
            start = here[: len(here) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for each in node.names:
                named = f"{base}.{each.name}"
                if named in known or base in known:
                    yield named if named in known else base


def graph_of(package: Path) -> dict[str, set[str]]:
    files: dict[str, Path] = {}
    for path in sorted(package.rglob("*.py")):
        parts = [package.name, *path.relative_to(package).with_suffix("").parts]
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {module: set(imports_of(path, module, set(files))) - {module} for module, path in files.items()}


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, in order; empty where there is none."""
    done: set[str] = set()

    def visit(module: str, way: list[str]) -> list[str]:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return []
        for imported in sorted(graph[module]):
            if circle := visit(imported, [*way, module]):
                return circle
        done.add(module)
        return []

    return next((circle for module in sorted(graph) if (circle := visit(module, []))), [])


def test_no_import_of_the_client_goes_in_a_circle() -> None:
    assert circle_in(graph_of(PACKAGE)) == []


def test_a_circle_is_found_though_it_is_for_types_or_inside_a_function(tmp_path: Path) -> None:
    package = tmp_path / "house"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("from .a import A\n")
    (package / "inner" / "__init__.py").write_text("")
    (package / "a.py").write_text("def late():\n    from .inner import b\n    return b\n")
    types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..a import A\n"
    (package / "inner" / "b.py").write_text(types)
    assert circle_in(graph_of(package)) == ["house.a", "house.inner.b", "house.a"]
    (package / "inner" / "b.py").write_text("import house\n")
    assert circle_in(graph_of(package)) == ["house", "house.a", "house.inner.b", "house"]
    (package / "inner" / "b.py").write_text("")
    assert circle_in(graph_of(package)) == []


LIBRARIES = (
    "sklearn", "scipy", "pandas", "torch", "xgboost", "lightgbm", "onnxruntime", "onnx", "hmmlearn", "joblib",
    "stable_baselines3", "gymnasium", "tqdm", "pydantic_core",
)  # fmt: skip


def test_no_module_of_the_client_imports_a_library_that_it_stands_in_for() -> None:
    """Each module by itself: its first import is what a program pays that names it alone."""
    modules = sorted(module for module in graph_of(PACKAGE) if not module.endswith("__main__"))
    script = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        f"    loaded = [each for each in {LIBRARIES!r} if each in sys.modules]\n"
        "    assert not loaded, f'{name} imports {loaded}'\n"
        "print(len(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(modules) > 100 and {"headgate.sklearn", "headgate.torch", "headgate.backtest.walk"} < set(
        modules
    )
