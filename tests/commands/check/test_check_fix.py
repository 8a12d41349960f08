"""`archspec check --fix` and `--diff`: only what is certain, and not a byte beside it."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from archspec.cli import app
from archspec.commands.check import fixes as fixing
from archspec.commands.check.fixed_files import write_files
from archspec.commands.check.fixes import find_fixes
from archspec.judge import check

FOLDER = Path(__file__).parents[2] / "bad_specs"
BAD_SPECS = sorted(path for path in FOLDER.glob("*.yaml"))
HEAD = "archspec: 1\ninput: [1, 28, 28]\n"
MISSPELT = f"""{HEAD}
layers:   # a comment, and odd   spacing
  - Conv2d: {{ out_channels: "8",kernal_size: 3 }}   # why 3

  - "maxpool":   2
"""
MENDED = f"""{HEAD}
layers:   # a comment, and odd   spacing
  - conv: {{ out_channels: 8,kernel_size: 3 }}   # why 3

  - max_pool:   2
"""


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `check`; return its exit code and what it wrote to both streams."""
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def fixed(path: Path) -> str:
    """Return a file's text after `--fix`."""
    run("--fix", path)
    return path.read_bytes().decode()


def certain(path: Path) -> list[str]:
    return [found.message for found in check(path).diagnostics if found.fix is not None]


def test_certain_fixes_are_applied_and_everything_else_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    code, text, _ = run("--fix", path)

    assert code == 0
    assert path.read_text("utf-8") == MENDED
    assert text.startswith(
        f"{path}: 4 fixes\n"
        "  5:5    `Conv2d` → `conv`  (unknown-kind)\n"
        '  5:29   `"8"` → `8`  (wrong-type)\n'
        "  5:33   `kernal_size` → `kernel_size`  (unknown-field)\n"
        '  7:5    `"maxpool"` → `max_pool`  (unknown-kind)\n'
        f"\n{path}: ok\n"
    )


def test_what_a_fix_uncovers_is_fixed_as_well(tmp_path: Path) -> None:
    text = f"{HEAD}layers: [conv: {{filters: 8, kernel_size: 3}}]\ntrian: {{epochs: '1'}}\n"
    path = write(tmp_path / "a.yaml", text)

    assert "train: {epochs: 1}" in fixed(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("\r\n", "\r\n", id="Windows line ends"),
        pytest.param("\n", "\n", id="line ends"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "a mark of byte order"])
@pytest.mark.parametrize("end", ["", "\n"], ids=["no last line end", ""])
def test_line_ends_and_the_mark_of_byte_order_stay(
    before: str, after: str, mark: str, end: str, tmp_path: Path
) -> None:
    sound, faulty = (
        mark + text.rstrip("\n").replace("\n", before) + end for text in (MENDED, MISSPELT)
    )

    assert fixed(write(tmp_path / "a.yaml", faulty)) == sound


def test_other_scripts_before_a_fix_do_not_shift_it(tmp_path: Path) -> None:
    text = (
        f"{HEAD}title: 数字 😀 e\u0301\nlayers: [{{conv: {{out_channels: 8, kernal_size: 3}}}}]\n"
    )
    path = write(tmp_path / "a.yaml", text)

    assert fixed(path) == text.replace("kernal", "kernel")


def test_a_sound_file_is_not_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MENDED)
    before = path.stat()

    assert run("--fix", path)[0] == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_left_is_told_and_decides_the_exit_code(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", f"{MISSPELT}  - linear: 10\n")
    code, text, _ = run("--fix", path)

    assert code == 1
    assert f"{path}: 4 fixes\n" in text
    assert "error[not-flattened]" in text
    assert text.count("error[") == 1


def test_a_guess_is_no_fix(tmp_path: Path) -> None:
    text = f"{HEAD}layers: [pool: 2]\n"
    path = write(tmp_path / "a.yaml", text)

    assert run("--fix", path)[0] == 1
    assert path.read_text("utf-8") == text


def test_two_spellings_of_one_field_do_not_become_the_same_key(tmp_path: Path) -> None:
    text = f"{HEAD}layers: [{{conv: {{out_channels: 8, kernal_size: 3, kernelsize: 5}}}}]\n"
    after = fixed(write(tmp_path / "a.yaml", text))

    assert after.count("kernel_size") == 1
    assert "duplicate-key" not in {d.code for d in check(tmp_path / "a.yaml").diagnostics}


def test_an_alias_is_fixed_where_it_is_written_once(tmp_path: Path) -> None:
    text = f"{HEAD}layers:\n  - &a {{conv: {{out_channels: 8, kernal_size: 3}}}}\n  - *a\n  - *a\n"
    path = write(tmp_path / "a.yaml", text)
    _, told, _ = run("--fix", path)

    assert path.read_text("utf-8") == text.replace("kernal", "kernel")
    assert ": 1 fix\n" in told


def test_an_override_is_no_file_to_fix(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MENDED)
    code, _, _ = run("--fix", path, "--set", "train={epochs: '1'}")

    assert code == 1
    assert path.read_text("utf-8") == MENDED
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with pyproject.toml, and in it a faulty parent above the folder of its child."""
    root = tmp_path / "project"
    (root / "steps").mkdir(parents=True)
    write(root / "pyproject.toml", "")
    write(root / "parent.yaml", MISSPELT)
    write(root / "steps" / "a.yaml", "archspec: 1\nextends: ../parent.yaml\ntitel: A\n")
    return root


def test_a_parent_in_the_project_is_fixed(project: Path) -> None:
    run("--fix", project / "steps" / "a.yaml")

    assert (project / "parent.yaml").read_text("utf-8") == MENDED
    assert "title: A" in (project / "steps" / "a.yaml").read_text("utf-8")


def test_a_parent_outside_of_the_project_is_left_and_told(project: Path) -> None:
    write(project / "steps" / "pyproject.toml", "")
    _, text, _ = run("--fix", project / "steps" / "a.yaml")

    assert (project / "parent.yaml").read_text("utf-8") == MISSPELT
    assert "parent.yaml lies outside of the project, and 4 fixes there are left" in text
    assert "title: A" in (project / "steps" / "a.yaml").read_text("utf-8")


def test_a_parent_outside_of_the_project_is_fixed_when_it_is_named(project: Path) -> None:
    write(project / "steps" / "pyproject.toml", "")
    run("--fix", project / "steps" / "a.yaml", project / "parent.yaml")

    assert (project / "parent.yaml").read_text("utf-8") == MENDED


def test_a_parent_that_two_specs_share_is_fixed_once(project: Path) -> None:
    shutil.copy(project / "steps" / "a.yaml", project / "steps" / "b.yaml")
    _, text, _ = run("--fix", project / "steps" / "a.yaml", project / "steps" / "b.yaml")

    assert (project / "parent.yaml").read_text("utf-8") == MENDED
    assert text.count("parent.yaml: 4 fixes") == 1


def test_what_a_link_names_is_not_written(tmp_path: Path) -> None:
    real = write(tmp_path / "real.yaml", MISSPELT)
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    code, _, errors = run("--fix", link)

    assert code == 3
    assert f"cannot write {link}: it is a link" in errors
    assert f"help: name the file itself: {real}" in errors
    assert link.is_symlink()
    assert real.read_text("utf-8") == MISSPELT


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    path.chmod(0o640)
    run("--fix", path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_read_only_file_is_not_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    path.chmod(0o444)
    code, _, errors = run("--fix", path)

    assert code == 3
    assert path.read_text("utf-8") == MISSPELT
    assert f"error[unwritable]: cannot write {path}: it is read-only" in errors


def test_one_file_that_cannot_be_written_does_not_keep_the_others(project: Path) -> None:
    (project / "parent.yaml").chmod(0o444)
    code, text, _ = run("--fix", project / "steps" / "a.yaml")

    assert code == 3
    assert "a.yaml: 1 fix\n" in text
    assert "title: A" in (project / "steps" / "a.yaml").read_text("utf-8")


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    fixes = find_fixes([path])
    write(path, f"{MISSPELT}# one more line\n")
    written, faults = write_files(fixes.files)

    assert written == ()
    assert [fault.code for fault in faults] == ["changed-meanwhile"]
    assert path.read_text("utf-8") == f"{MISSPELT}# one more line\n"


def test_fixes_that_undo_each_other_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    first = next(d for d in check(path).diagnostics if d.fix)
    turn = {MISSPELT: MENDED, MENDED: MISSPELT}
    monkeypatch.setattr(fixing, "_cut", lambda text, cuts: turn[text])
    monkeypatch.setattr(fixing, "_by_file", lambda _: ({path: [first]}, []))

    assert find_fixes([path]).count < 10


def test_the_diff_says_what_fix_would_do_and_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    code, diff, told = run("--diff", path)

    assert code == 1
    assert path.read_text("utf-8") == MISSPELT
    assert "-  - Conv2d: {" in diff
    assert "+  - conv: {" in diff
    assert told == "4 fixes in 1 file; `--fix` applies them\n"


@pytest.mark.parametrize("text", [MISSPELT, MISSPELT.rstrip("\n"), f"{MISSPELT}\n\n\n"])
def test_the_diff_is_one_that_patch_applies(text: str, tmp_path: Path) -> None:
    if shutil.which("patch") is None:
        pytest.skip("needs the program patch")
    path = write(tmp_path / "a.yaml", text)
    diff = find_fixes([path]).diff.replace(str(path), "a.yaml")
    done = subprocess.run(["patch", "-p0"], input=diff.encode(), cwd=tmp_path, check=False)
    patched = path.read_bytes().decode()
    write(path, text)

    assert done.returncode == 0
    assert patched == fixed(path)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (MENDED, 0, "nothing to fix\n"),
        (f"{HEAD}layers: [pool: 2]\n", 1, "nothing that can be fixed for certain\n"),
        ("a: [", 1, "nothing that can be fixed for certain\n"),
    ],
)
def test_a_diff_of_nothing_is_empty(text: str, code: int, told: str, tmp_path: Path) -> None:
    assert run("--diff", write(tmp_path / "a.yaml", text)) == (code, "", told)


def test_a_diff_wins_over_fix(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)

    assert run("--fix", "--diff", path)[0] == 1
    assert path.read_text("utf-8") == MISSPELT


def test_formats_for_programs_stay_pure(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", MISSPELT)
    code, text, told = run("--fix", path, "--format", "json")

    assert (code, json.loads(text)["ok"]) == (0, True)
    assert told.startswith(f"{path}: 4 fixes\n")


def test_a_missing_file_is_told_as_without_fix(tmp_path: Path) -> None:
    code, text, _ = run("--fix", tmp_path / "a.yaml")

    assert code == 1
    assert "error[missing-file]" in text


@pytest.mark.parametrize("path", BAD_SPECS, ids=lambda path: path.stem)
def test_a_faulty_spec_has_nothing_certain_left_after_its_fixes(path: Path, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "bad_specs")
    copy = tmp_path / "bad_specs" / path.name
    write(tmp_path / "pyproject.toml", "")
    before = check(copy)
    fixes = find_fixes([copy])
    _, faults = write_files(fixes.files)
    after = check(copy)

    assert faults == ()
    assert certain(copy) == []
    assert bool(fixes.files) == any(d.fix is not None for d in before.diagnostics)
    assert "not-yaml" not in {d.code for d in after.diagnostics} - {
        d.code for d in before.diagnostics
    }
    for file in fixes.files:
        assert len(file.before.splitlines()) == len(file.content.splitlines())


WORDS = (
    "conv",
    "Conv2d",
    "maxpool",
    "relu",
    "Relu",
    "kernal_size",
    "out_channels",
    '"8"',
    "3",
    "no",
)


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), max_size=6))
def test_any_spec_is_readable_after_its_fixes_and_has_none_left(
    pairs: list[tuple[str, str]],
) -> None:
    lines = [f"  - {kind}: {{{name}: 3, out_channels: '8'}}  #" for kind, name in pairs]
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(f"{line}\n" for line in (*HEAD.splitlines(), "layers:", *lines))
        path = write(Path(folder) / "a.yaml", text)
        fixes = find_fixes([path])
        write_files(fixes.files)

        assert "not-yaml" not in {d.code for d in check(path).diagnostics}
        assert find_fixes([path]).files == ()
        assert path.read_text("utf-8").count("}  #\n") == len(pairs)
