"""`archspec watch`, in a terminal and into a pipe, while its files are saved in many ways."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.commands.watch import command as watch
from archspec.commands.watch.sight import Sight, look

pytest.importorskip("pty")
from tests.support.ladder import network
from tests.support.terminal import ROOT, Terminal, archspec_in_terminal

ALTERNATE, BACK = "\x1b[?1049h", "\x1b[?1049l"


def spec(channels: int, **more: str) -> str:
    """Return a spec of one convolution, with 10 params for each channel."""
    text = network("[1, 8, 8]", f"conv: {{out_channels: {channels}, kernel_size: 3}}")
    return text + "".join(f"{key}: {value}\n" for key, value in more.items())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(spec(1), encoding="utf-8")
    return tmp_path / "a.yaml"


@pytest.fixture
def terminal(path: Path) -> Iterator[Terminal]:
    """A terminal in which `watch` has drawn its first table."""
    with archspec_in_terminal("watch", "a.yaml", folder=path.parent) as watching:
        watching.read_until("Total params: 10")
        yield watching


def overwrite(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def replace(path: Path, text: str) -> None:
    """Save as careful editors do: into another file, which then takes the place of the first."""
    beside = path.with_name(".a.yaml.swp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def remove_first(path: Path, text: str) -> None:
    """Save as careless editors do."""
    path.unlink()
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("save", [overwrite, replace, remove_first])
def test_the_table_is_drawn_again_on_every_save(
    terminal: Terminal, path: Path, save: object
) -> None:
    assert callable(save)
    since = len(terminal.raw)
    for channels in (2, 3):
        save(path, spec(channels))
        since = terminal.read_until(f"Total params: {channels}0", since=since)

    assert "cannot be read" not in terminal.text


def test_the_screen_is_left_as_it_was_when_ctrl_c_ends_it(terminal: Terminal) -> None:
    terminal.press("\x03")

    assert terminal.ended() == 0
    assert terminal.raw.startswith(ALTERNATE)
    assert terminal.raw.endswith(f"{BACK}\x1b[?25h")
    assert "Traceback" not in terminal.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_screen_is_left_as_it_was_after_a_kill(terminal: Terminal, number: int) -> None:
    terminal.process.send_signal(number)

    assert terminal.ended() == 128 + number
    assert BACK in terminal.raw


def test_a_faulty_state_shows_its_diagnostics_and_the_cure_the_table(
    terminal: Terminal, path: Path
) -> None:
    overwrite(path, spec(2).replace("kernel_size", "kernal_size"))
    since = terminal.read_until("error[unknown-field]") - 1
    since = terminal.read_until("did you mean `kernel_size`?", since=since)
    overwrite(path, spec(2))

    terminal.read_until("Total params: 20", since=since)


def test_a_file_that_is_gone_is_told_and_found_when_it_is_back(
    terminal: Terminal, path: Path
) -> None:
    path.unlink()
    since = terminal.read_until("missing-file")
    overwrite(path, spec(2))

    terminal.read_until("Total params: 20", since=since)


def test_a_parent_is_watched_as_well(path: Path) -> None:
    child = path.with_name("b.yaml")
    child.write_text("archspec: 1\nextends: a.yaml\n", encoding="utf-8")
    with archspec_in_terminal("watch", "b.yaml", folder=path.parent) as terminal:
        since = terminal.read_until("Total params: 10")
        overwrite(path, spec(2))

        terminal.read_until("Total params: 20", since=since)


def test_a_parent_that_is_not_there_is_waited_for(path: Path) -> None:
    child = path.with_name("b.yaml")
    child.write_text("archspec: 1\nextends: parent.yaml\n", encoding="utf-8")
    with archspec_in_terminal("watch", "b.yaml", folder=path.parent) as terminal:
        since = terminal.read_until("missing-file")
        path.rename(path.with_name("parent.yaml"))

        terminal.read_until("Total params: 10", since=since)


def test_what_is_saved_while_it_is_read_is_looked_at_again(path: Path) -> None:
    saves = iter(range(1, 9))

    def see() -> Sight:
        sight = look(path, (), ("layer",))
        os.utime(path, (0, next(saves)))
        return sight

    _, stamps = watch._look(see, ())

    assert stamps != watch._stamps([path])


def test_the_claimed_table_is_watched_as_well(path: Path) -> None:
    table = path.with_name("a.md")
    table.write_text("| Layer | RF |\n|-|-|\n| Conv1 | 5 |\n", encoding="utf-8")
    path.write_text(spec(1, claims="{table: a.md}"), encoding="utf-8")
    with archspec_in_terminal("watch", "a.yaml", folder=path.parent) as terminal:
        since = terminal.read_until("table-differs")
        table.write_text("| Layer | RF |\n|-|-|\n| Conv1 | 3 |\n", encoding="utf-8")

        terminal.read_until("1 rows agree", since=since)


def test_a_terminal_of_another_size_is_drawn_anew(terminal: Terminal) -> None:
    since = len(terminal.raw)
    terminal.resize(100, 12)

    terminal.read_until("more lines: make the window higher", since=since)


def test_columns_and_overrides_are_those_of_table_and_check(path: Path) -> None:
    options = ("--columns", "layer,macs", "--set", "layers=[flatten, {linear: 3}]")
    with archspec_in_terminal("watch", "a.yaml", *options, folder=path.parent) as terminal:
        terminal.read_until("MACs: 192")


def test_an_unknown_column_is_refused_before_anything_is_drawn(path: Path) -> None:
    with archspec_in_terminal("watch", "a.yaml", "--columns", "lyer", folder=path.parent) as done:
        assert done.ended() == 2

    assert ALTERNATE not in done.raw
    assert "unknown-column" in done.raw


def test_into_a_pipe_each_state_is_plain_text_below_the_one_before(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "archspec", "watch", "a.yaml"],
        cwd=path.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        states = []
        for channels in (2, 3, 4):
            lines: list[str] = []
            while not lines or not lines[-1].startswith("Total params"):
                lines.append(process.stdout.readline())
            states.append("".join(lines))
            overwrite(path, spec(channels))
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()

    assert process.returncode == 0
    assert errors == ""
    for params, state in zip((10, 20, 30), states, strict=True):
        assert state.strip().startswith("a.yaml: ok")
        assert state.endswith(f"\nTotal params: {params}\n")
        assert "| Conv1 |" in state
        assert "\x1b" not in state
