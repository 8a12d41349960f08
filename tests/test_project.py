"""`[tool.archspec]` of a pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic, SpecError, UsageError
from archspec.project import Project, find_project, specs_or_refuse


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs/deep").mkdir(parents=True)
    for name in ("b", "a", "deep/c"):
        Path(f"specs/{name}.yaml").write_text("")


def project(text: str) -> Project:
    Path("pyproject.toml").write_text(text)
    return find_project()


def fault(text: str) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        project(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help
    return diagnostic


def test_globs_give_specs_in_order_each_once() -> None:
    found = project(
        '[tool.archspec]\nspecs = ["specs/b.yaml", "specs/*.yaml", "specs/**/c.yaml"]\n'
    )

    assert [path.as_posix() for path in found.specs] == [
        "specs/b.yaml",
        "specs/a.yaml",
        "specs/deep/c.yaml",
    ]
    assert found.records == Path("reports/records")


def test_the_project_is_found_from_a_folder_inside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text(
        '[tool.archspec]\nspecs = ["specs/deep/*.yaml"]\nrecords = "kept"\n'
    )
    root = Path.cwd()
    monkeypatch.chdir("specs/deep")
    found = find_project()

    assert found.specs == (Path("c.yaml"),)
    assert found.records == root / "kept"


def test_a_nearer_file_without_the_section_is_passed_over() -> None:
    Path("pyproject.toml").write_text('[tool.archspec]\nrecords = "kept"\n')
    Path("specs/pyproject.toml").write_text("[project]\nname = 'x'\n")

    assert find_project(Path("specs")).records == Path("kept")


def test_without_any_there_are_no_specs() -> None:
    assert find_project() == Project((), Path("reports/records"))


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.archspec]\n"])
def test_no_specs_are_a_wrong_call(text: str) -> None:
    with pytest.raises(UsageError, match="no specs given"):
        specs_or_refuse(project(text))


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        (
            '[tool.archspec]\n# ours\nspecs = ["spec/*.yaml"]\n',
            "no-match",
            3,
            "specs: no file matches `spec/*.yaml`",
        ),
        (
            '[tool.archspec]\nspecs = ["/etc/*.yaml"]\n',
            "wrong-value",
            2,
            "specs: `/etc/*.yaml` is no glob below pyproject.toml",
        ),
        (
            '[tool.archspec]\nspecs = [""]\n',
            "wrong-value",
            2,
            "specs: `` is no glob below pyproject.toml",
        ),
        (
            '[tool.archspec]\nspecs = "specs/*.yaml"\n',
            "wrong-type",
            2,
            "specs: expected a list of globs, got 'specs/*.yaml'",
        ),
        (
            "[tool.archspec]\nspecs = []\nrecords = 3\n",
            "wrong-type",
            3,
            "records: expected a folder, got 3",
        ),
        (
            '[tool.archspec]\nspec = ["a"]\n',
            "unknown-key",
            2,
            "unknown key `spec` in tool.archspec",
        ),
        ("[tool]\narchspec = 3\n", "wrong-type", 2, "tool.archspec: expected a table, got 3"),
        ("[tool.archspec\n", "not-toml", 1, None),
        ("a = 1\nb = = 2\n", "not-toml", 2, None),
        ('a = "', "not-toml", 1, None),
    ],
)
def test_a_faulty_section_is_told_at_its_line(
    text: str, code: str, line: int, message: str | None
) -> None:
    found = fault(text)

    assert found.code == code
    assert found.span is not None
    assert (found.span.source.name, found.span.line) == ("pyproject.toml", line)
    assert found.message == message or message is None


def test_a_misspelt_key_has_its_nearest() -> None:
    assert fault('[tool.archspec]\nrecord = "a"\n').help == "did you mean `records`?"


def test_a_file_that_is_no_text_is_told() -> None:
    Path("pyproject.toml").write_bytes(b"\xff")
    with pytest.raises(SpecError, match="not UTF-8"):
        find_project()
