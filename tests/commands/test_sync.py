from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.record import write_record
from tests.support.frameworks import frameworks_loaded_by
from tests.support.ladder import STEP3
from tests.support.records import HIGH, TEXT, record_for

EMPTY = "It has <!-- archspec:value a.yaml params --><!-- archspec:end --> params.\n"
FILLED = "It has <!-- archspec:value a.yaml params -->7,720<!-- archspec:end eda7cd8b --> params.\n"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(STEP3, encoding="utf-8")


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `sync` and return its exit code, standard output and standard error."""
    result = CliRunner().invoke(app, ["sync", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def page(text: str, name: str = "page.md") -> Path:
    """Write a page and return its path."""
    path = Path(name)
    path.write_bytes(text.encode())
    return path


def test_blocks_are_renewed_once() -> None:
    path = page(EMPTY)

    assert run(path) == (0, "page.md: 1 of 1 block renewed\n", "")
    assert path.read_text(encoding="utf-8") == FILLED
    assert run(path) == (0, "page.md: 1 block, nothing to renew\n", "")
    assert run(path, "--check") == (0, "page.md: 1 block, all up to date\n", "")


def test_check_names_file_line_and_difference_and_changes_nothing() -> None:
    path = page(FILLED)
    Path("a.yaml").write_text(STEP3.replace("conv: 8", "conv: 9", 1), encoding="utf-8")
    code, output, faults = run(path, "--check")

    assert (code, output) == (1, "page.md: 1 of 1 block out of date\n")
    assert "error[stale-block]: the block `value a.yaml params` is out of date\n" in faults
    assert "    - 7,720\n    + 7,875\n" in faults
    assert "--> page.md:1:45\n" in faults
    assert "help: run `archspec sync page.md`" in faults
    assert path.read_text(encoding="utf-8") == FILLED


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_digit_edited_by_hand_is_told(options: list[str]) -> None:
    edited = FILLED.replace("7,720", "7,721")
    path = page(edited)
    code, _, faults = run(path, *options)

    assert code == 1
    assert "error[edited-block]: the block `value a.yaml params` was edited by hand\n" in faults
    assert "    - 7,721\n    + 7,720\n" in faults
    assert path.read_text(encoding="utf-8") == edited


def test_force_writes_over_an_edited_body() -> None:
    path = page(FILLED.replace("7,720", "7,721"))

    assert run(path, "--force") == (0, "page.md: 1 of 1 block renewed\n", "")
    assert path.read_text(encoding="utf-8") == FILLED


def test_a_faulty_page_is_left_alone_and_the_others_are_renewed() -> None:
    faulty = EMPTY + "<!-- archspec:tabel a.yaml -->\n<!-- archspec:end -->\n"
    bad, good = page(faulty, "bad.md"), page(EMPTY, "good.md")
    code, output, faults = run(bad, good)

    assert code == 1
    assert output == "bad.md: left as it is: it is faulty\ngood.md: 1 of 1 block renewed\n"
    assert "--> bad.md:2:15" in faults
    assert "did you mean `table`?" in faults
    assert bad.read_text(encoding="utf-8") == faulty
    assert good.read_text(encoding="utf-8") == FILLED


def test_a_page_that_is_not_there_is_told_with_a_neighbour() -> None:
    page(EMPTY, "README.md")
    code, _, faults = run("READM.md")

    assert code == 1
    assert "did you mean `README.md`?" in faults


def test_a_page_that_cannot_be_written_is_a_fault_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = page(EMPTY)

    def read_only(self: Path, *arguments: object, **options: object) -> object:
        raise PermissionError(13, "Permission denied")

    from archspec.report import sync as module

    before = module.write

    def write(renewal: module.Renewal) -> bool:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "open", read_only)
            return before(renewal)

    monkeypatch.setattr(module, "write", write)
    code, output, faults = run(path)

    assert (code, output) == (3, "")
    assert "cannot write page.md: permission denied" in faults
    assert path.read_text(encoding="utf-8") == EMPTY


def test_check_and_force_do_not_go_together() -> None:
    code, _, faults = run(page(EMPTY), "--check", "--force")

    assert code == 2
    assert "--force has no say" in faults


def test_records_lie_where_the_project_says() -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    Path("pyproject.toml").write_text('[tool.archspec]\nrecords = "kept"\n', encoding="utf-8")
    Path("kept/a").mkdir(parents=True)
    write_record(record_for(TEXT, HIGH), Path("kept/a/1.json"))
    Path("docs").mkdir()
    value = "<!-- archspec:value ../a.yaml best_test_accuracy.mean --><!-- archspec:end -->"
    path = page(value, "docs/page.md")

    assert run(path)[0] == 0
    assert "-->99.40<!--" in path.read_text(encoding="utf-8")


def test_sync_and_diff_load_no_framework(tmp_path: Path) -> None:
    page(EMPTY + "<!-- archspec:results a.yaml -->\n<!-- archspec:end -->\n")
    place = (tmp_path / "page.md").as_posix()
    main = "from archspec.cli import main; sys.exit(main())"
    sync = f"sys.argv += ['sync', {place!r}]; {main}"
    diff = f"sys.argv += ['diff', 'specs/step2.yaml', 'specs/step3.yaml']; {main}"

    assert frameworks_loaded_by(sync, tmp_path) == []
    assert frameworks_loaded_by(diff, tmp_path) == []


def test_help_ends_with_an_example() -> None:
    code, output, _ = run("--help")

    assert code == 0
    assert "Example: archspec sync README.md --check" in output
