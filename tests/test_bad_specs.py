"""Every faulty spec under tests/bad_specs/ gets exactly the diagnostics written on its lines.

A line says `# error: CODE COLUMN`, with ` => FIX` where a fix is certain, several between ` | `. A
file whose lines cannot say it has a sidecar, NAME.expected, with `LINE:COLUMN CODE` on each line.
Faults in a parent are written in the parent. A line that a fault tells as a related place says
`# related: CODE`, behind an error of its own if need be; a file that has one says all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from archspec.analysis import analyze
from archspec.diagnostics import Diagnostic, in_order
from archspec.diagnostics.text import render_text
from archspec.graph import make_graph
from archspec.judge import judge_items
from archspec.language import Entry, Reading, Spec, read_spec, read_text

FOLDER = Path(__file__).parent / "bad_specs"
SPECS = sorted(FOLDER.glob("*.yaml"))
MARK = re.compile(r"# error: (?P<faults>.*?)(?= # related:|$)")
RELATED = re.compile(r"# related: (?P<codes>[a-z0-9 |-]+)$")
FAULT = re.compile(r"(?P<code>[a-z0-9-]+) (?P<column>[0-9]+)(?: => (?P<fix>.+))?")
WITH_RELATED = [
    path
    for path in SPECS
    if any(map(RELATED.search, path.read_text("utf-8", errors="replace").split("\n")))
]
SIDECAR = re.compile(r"(?P<line>[0-9]+):(?P<column>[0-9]+) (?P<code>[a-z0-9-]+)")
"""What to do about it is the author's decision."""
HEAD = "archspec: 1\ninput: [1, 28, 28]\n"
SOUND = f"{HEAD}layers:\n  - conv: {{out_channels: 8, kernel_size: 3}}\n  - gap\n"

each_bad_spec = pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)


class Place(NamedTuple):
    """A line that a diagnostic tells beside its own."""

    file: str
    line: int
    code: str


class Fault(NamedTuple):
    """A diagnostic as far as the files write it down."""

    file: str
    line: int
    column: int
    code: str
    fix: str | None


def expected_of(path: Path) -> list[Fault]:
    """Return what is written about the faults of a spec, and of the parents that were read."""
    sidecar = path.with_suffix(".expected")
    if sidecar.exists():
        return [in_sidecar(path.name, line) for line in sidecar.read_text("utf-8").splitlines()]
    return [
        on_line(name, number, text)
        for name, number, line in lines_of(path)
        for mark in MARK.finditer(line)
        for text in mark["faults"].strip().split(" | ")
    ]


def related_of(path: Path) -> set[Place]:
    """Return the related places that are written down in a spec and its parents."""
    return {
        Place(name, number, code)
        for name, number, line in lines_of(path)
        for mark in RELATED.finditer(line)
        for code in mark["codes"].strip().split(" | ")
    }


def lines_of(path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield every line of a spec and of its parents, with its file and number."""
    texts = {path.name: path.read_text("utf-8", errors="replace")}
    texts |= {Path(source.name).name: source.text for source in reading_of(path).sources}
    for name, content in texts.items():
        for number, line in enumerate(content.split("\n"), start=1):
            yield name, number, line


def in_sidecar(name: str, text: str) -> Fault:
    found = SIDECAR.fullmatch(text)
    assert found, f"{name}: cannot read the expectation {text!r}"
    return Fault(name, int(found["line"]), int(found["column"]), found["code"], None)


def on_line(name: str, number: int, text: str) -> Fault:
    found = FAULT.fullmatch(text)
    assert found, f"{name}:{number}: cannot read the expectation {text!r}"
    return Fault(name, number, int(found["column"]), found["code"], found["fix"])


def as_fault(diagnostic: Diagnostic) -> Fault:
    span, fix = diagnostic.span, diagnostic.fix
    assert span is not None
    if fix is not None:
        assert fix.span == span, "a fix replaces what is pointed at"
    name, replacement = Path(span.source.name).name, fix.replacement if fix else None
    return Fault(name, span.line, span.column, diagnostic.code, replacement)


@cache
def reading_of(path: Path) -> Reading:
    """Return what comes of reading a faulty spec, which several tests look at."""
    return read_spec(path)


@cache
def diagnosed(path: Path) -> tuple[Diagnostic, ...]:
    """Return every diagnostic of a faulty spec."""
    return diagnose(reading_of(path))


def diagnose(reading: Reading) -> tuple[Diagnostic, ...]:
    """Return every diagnostic of what was read, as `archspec check` gathers them."""
    if reading.spec is None:
        return reading.diagnostics
    graph, graph_faults = make_graph(reading.spec)
    analysis, faults = analyze(graph)
    verdicts = judge_items(reading.spec, analysis)
    judged = [fault for verdict in verdicts for fault in verdict.diagnostics]
    return in_order((*reading.diagnostics, *graph_faults, *faults, *judged))


def is_worded_well(diagnostic: Diagnostic) -> bool:
    """Say whether a diagnostic keeps the habits: lower case, one line, no full stop, a cure."""
    message, help = diagnostic.message, diagnostic.help
    sentences = [message] if help is None else [message, help]
    return (
        not message[0].isupper()
        and not any(sentence.endswith(".") or "\n" in sentence for sentence in sentences)
        and not any("None" in sentence for sentence in sentences)
        and len(message) <= 160
        and help is not None
    )


def spec_of(reading: Reading) -> Spec:
    assert reading.diagnostics == ()
    assert reading.spec is not None
    return reading.spec


def codes_of(reading: Reading) -> list[str]:
    return [diagnostic.code for diagnostic in diagnose(reading)]


@each_bad_spec
def test_a_faulty_spec_gets_exactly_the_diagnostics_on_its_lines(path: Path) -> None:
    expected = expected_of(path)
    assert expected, "a faulty spec says what is wrong with it"
    found = [as_fault(diagnostic) for diagnostic in diagnosed(path)]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("path", WITH_RELATED, ids=lambda path: path.stem)
def test_a_faulty_spec_tells_exactly_the_related_places_on_its_lines(path: Path) -> None:
    found = {
        Place(Path(related.span.source.name).name, related.span.line, diagnostic.code)
        for diagnostic in diagnosed(path)
        for related in diagnostic.related
    }
    assert found == related_of(path)


def test_enough_faulty_specs_write_down_related_places() -> None:
    assert len(WITH_RELATED) >= 25


@each_bad_spec
def test_every_diagnostic_of_a_faulty_spec_is_worded_well(path: Path) -> None:
    badly = [d.message for d in diagnosed(path) if not is_worded_well(d)]
    assert badly == []


@each_bad_spec
def test_the_diagnostics_of_a_faulty_spec_are_in_the_order_of_its_lines(path: Path) -> None:
    faults = [as_fault(d) for d in diagnosed(path) if d.span]
    places = [(fault.line, fault.column) for fault in faults if fault.file == path.name]
    assert places == sorted(places)


@each_bad_spec
def test_every_diagnostic_of_a_faulty_spec_can_be_shown(path: Path) -> None:
    diagnostics = diagnosed(path)
    shown = render_text(diagnostics, colour=False)
    assert all(f"[{d.code}]: {d.message}\n" in shown for d in diagnostics)


def test_there_are_enough_faulty_specs() -> None:
    assert len(SPECS) >= 240


def test_a_spec_with_twelve_faults_gets_twelve_diagnostics_in_one_run() -> None:
    assert len(diagnosed(FOLDER / "twelve_faults.yaml")) == 12


@pytest.mark.parametrize(
    ("path", "received"),
    [
        ("whole_number_wrong", ["'8'", "8.0", "8.5", "0.001", "true", "'eight'", "'0x'", "'--5'"]),
        ("whole_number_out_of_range", ["0", "-8", "2147483648", "more than 24 digits", "0"]),
        ("input_wrong_values", ["0", "-28", "'wide'"]),
        ("number_wrong", ["1.5", "-0.1", "'half'", "'0.5'", "nan", "0", "true", "inf"]),
        ("activation_wrong", ["`ReLU`", "`rleu`", "`swish`", "8", "'steep'", "`slope`"]),
        ("kind_of_habit", ["`maxpool`", "`batchnorm`", "`global_avg_pool`", "`fc`"]),
        ("targets_between_wrong", ["8000", "a list of 3", "9 and 1"]),
        ("same_with_stride", ["2 x 2"]),
        ("kernel_too_large_when_dilated", ["kernel 3 (dilated to 9)"]),
        ("edit_unknown_id", ["`conv9`", "`flaten1`", "`7`", "`Conv1`"]),
        ("extends_in_a_circle", ["extends_in_a_circle.yaml → circle_2.yaml → circle_3.yaml"]),
    ],
)
def test_a_message_holds_the_received_value(path: str, received: list[str]) -> None:
    messages = [d.message for d in diagnosed(FOLDER / f"{path}.yaml")]
    assert [
        value for value, message in zip(received, messages, strict=True) if value in message
    ] == (received)


@pytest.mark.parametrize(
    ("path", "helps"),
    [
        ("kind_with_two_candidates", ["did you mean `max_pool` or `avg_pool`?"]),
        ("entry_fields_not_indented", ["indent the fields of `conv` deeper than `conv`"]),
        (
            "entry_field_beside_shorthand",
            ["write `- conv: {out_channels: 8, kernel_size: …}`"],
        ),
        ("linear_on_a_map", ["put `- flatten` before it: 5,408 features"]),
        ("field_that_is_computed", ["remove it: it is computed from the layer before"] * 2),
        ("train_optimizer_arguments_not_indented", ["indent `lr` deeper than `SGD`"]),
        ("yaml_tab", ["indent with spaces"]),
        ("extends_missing_without_a_neighbour", ["there is no folder"]),
    ],
)
def test_the_help_says_the_cure(path: str, helps: list[str]) -> None:
    found = [d.help or "" for d in diagnosed(FOLDER / f"{path}.yaml")]
    assert [f for f, help in zip(found, helps, strict=True) if f.startswith(help)] == found


def test_a_size_that_does_not_fit_shows_the_layer_that_made_it() -> None:
    (fault,) = diagnosed(FOLDER / "linear_on_a_map.yaml")
    (related,) = fault.related
    assert (related.message, related.span.line) == ("Conv1 gives (8, 26, 26)", 4)


def test_a_missing_file_is_told_with_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "step3.yaml").write_text(SOUND, encoding="utf-8")
    (fault,) = read_spec(tmp_path / "setp3.yaml").diagnostics
    assert (fault.code, fault.span) == ("missing-file", None)
    assert fault.help == f"did you mean `{(tmp_path / 'step3.yaml').as_posix()}`?"


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    (fault,) = read_spec(tmp_path).diagnostics
    assert (fault.code, fault.message) == ("missing-file", f"{tmp_path.as_posix()} is a folder")


def test_a_circle_of_links_is_no_spec(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert codes_of(read_spec(tmp_path / "a.yaml")) == ["unreadable-file"]


@pytest.mark.parametrize("name", ["a\0b.yaml", "x" * 5000 + ".yaml"], ids=["null", "long"])
def test_a_name_that_no_file_can_have_is_told(name: str) -> None:
    (fault,) = read_spec(Path(name)).diagnostics
    assert fault.code == "unreadable-file"
    assert len(fault.message) < 200


def test_a_file_of_more_than_16_mebibytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_bytes(b"#" * (16 * 1024 * 1024 + 1))
    assert codes_of(read_spec(path)) == ["too-large"]


@pytest.mark.parametrize(
    ("override", "code", "columns"),
    [
        pytest.param("train.epochs", "bad-override", (1, 13), id="no value"),
        pytest.param("=3", "bad-override", (1, 3), id="no key"),
        pytest.param("train..epochs=3", "bad-override", (1, 16), id="no name between dots"),
        pytest.param(".".join("a" * 5000) + "=3", "bad-override", (1, 10002), id="deep"),
        pytest.param("extends=a.yaml", "bad-override", (1, 15), id="extends"),
        pytest.param("edit.remove=[gap]", "bad-override", (1, 18), id="edit"),
        pytest.param("layers.0.conv=3", "bad-override", (1, 16), id="into a list"),
        pytest.param("title=[a", "not-yaml", (7, 7), id="not YAML"),
        pytest.param("title=!!str a", "yaml-tag", (7, 7), id="tag"),
        pytest.param("tittle=a", "unknown-key", (1, 7), id="misspelt"),
        pytest.param("input=28", "wrong-type", (7, 9), id="wrong type"),
        pytest.param("defaults.conv.kernal_size=3", "unknown-field", (15, 26), id="field"),
        pytest.param("targets.params.below=many", "wrong-type", (22, 26), id="text"),
        pytest.param("targets.parms.below=80", "unknown-quantity", (9, 14), id="quantity"),
    ],
)
def test_a_bad_override_is_shown_in_the_argument(
    tmp_path: Path, override: str, code: str, columns: tuple[int, int]
) -> None:
    path = tmp_path / "sound.yaml"
    path.write_text(SOUND, encoding="utf-8")
    (fault,) = read_spec(path, [override]).diagnostics
    assert fault.code == code
    assert is_worded_well(fault)
    assert fault.span
    assert fault.span.source.name == f"--set {override}"
    assert (fault.span.column, fault.span.end_column) == columns


def test_an_override_of_nothing_deletes_the_key(tmp_path: Path) -> None:
    path = tmp_path / "sound.yaml"
    path.write_text(SOUND + "title: A\n", encoding="utf-8")
    assert spec_of(read_spec(path, ["title="])).title is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ufeff" + SOUND, id="mark of byte order"),
        pytest.param(SOUND.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param("%YAML 1.2\n---\n" + SOUND + "...\n", id="directive"),
        pytest.param(SOUND.replace("8", "010"), id="010 is ten"),
        pytest.param(HEAD + "layers: [&a relu, *a, *a]\n", id="aliases"),
        pytest.param(SOUND + "title: 'on: no'\n", id="quoted words"),
        pytest.param('"archspec": 1\n"input": [1, 28, 28]\n"layers": ["gap"]\n', id="quoted keys"),
    ],
)
def test_what_looks_odd_and_is_right_gets_no_diagnostic(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(text.encode())
    assert diagnose(read_spec(path)) == ()


def test_a_whole_number_with_a_leading_zero_is_what_it_shows() -> None:
    (entry, _) = spec_of(read_text(SOUND.replace("8, k", "010, k"))).layers
    assert isinstance(entry, Entry)
    assert getattr(entry.layer, "out_channels", None) == 10


def test_a_spec_of_nothing_but_faults_is_told_in_bounded_time_and_length() -> None:
    text = HEAD + "layers:\n" + "".join(f"  - cnov{i}: {{}}\n" for i in range(20_000))
    faults = read_text(text).diagnostics
    assert len(faults) == 201
    assert {fault.code for fault in faults} == {"unknown-kind", "too-many-faults"}


def test_fields_of_nothing_but_faults_are_told_in_bounded_time_and_length() -> None:
    fields = ", ".join(f"strid{i}: 1" for i in range(20_000))
    faults = read_text(f"{HEAD}layers: [{{conv: {{{fields}}}}}]\n").diagnostics
    assert len(faults) == 201


@pytest.mark.parametrize("digits", ["9" * 100_000, "-" + "9" * 5000, "0x" + "f" * 9000])
def test_a_number_of_very_many_digits_is_out_of_range(digits: str) -> None:
    (fault,) = read_text(SOUND.replace("8, k", f"{digits}, k")).diagnostics
    assert fault.code == "out-of-range"
    assert "more than 24 digits" in fault.message


def test_a_text_that_no_file_can_hold_is_told() -> None:
    assert codes_of(read_text(SOUND + "title: \ud800\n")) == ["not-yaml"]
