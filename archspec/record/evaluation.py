"""What the best network of a run got wrong on the test images: `evaluation.json` beside its record.

It is kept as `<records>/<spec>/<run>.evaluation.json`, and never trusted when read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from archspec.diagnostics import Diagnostic, Source, Span, SpecError
from archspec.record.atomic import cannot_read, write_atomically
from archspec.record.model import RunRecord
from archspec.record.place import place_of, span_at
from archspec.record.plain import from_plain, schema_of, to_plain

EVALUATION = "evaluation.json"

FORMAT = 1
"""Version of the evaluation's JSON; raised when a reader of today could not read it."""

ROUNDED = 1000
"""One image in so many may be judged otherwise than in the record: another device or batch size
rounds scores differently, and near ties turn over."""

DAMAGED = "the file was damaged or edited, or lies in a wrong place; take it from its run again"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One image that was taken for another class.

    index: its place among the test images, from 0. label, predicted: class numbers. probability:
    what the network gave the predicted class, 0 to 1.
    """

    index: int
    label: int
    predicted: int
    probability: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A network at the end of an epoch, class by class.

    classes: names by class number. confusion: counts of images, a row for each true class, a column
    for each predicted one. mistakes: every one, the most certain first.
    """

    format: int
    run: str
    epoch: int
    split: Literal["test"]
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]

    @property
    def total(self) -> int:
        """Images that were looked at."""
        return sum(map(sum, self.confusion))

    @property
    def correct(self) -> int:
        """Images that were classified correctly."""
        return sum(row[number] for number, row in enumerate(self.confusion))


def evaluation_path(record: Path) -> Path:
    """Return where the evaluation of a run lies: beside its record, kept or not."""
    if record.name == "record.json":
        return record.with_name(EVALUATION)
    return record.with_name(f"{record.stem}.{EVALUATION}")


def evaluation_to_json(evaluation: Evaluation) -> str:
    """Return JSON text with a line for each row and each mistake, ended by a newline."""
    fields = []
    for name, value in to_plain(evaluation).items():
        if name in ("confusion", "mistakes") and value:
            items = ",\n".join(f"  {json.dumps(item)}" for item in value)
            fields.append(f' "{name}": [\n{items}\n ]')
        else:
            fields.append(f' "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


def write_evaluation(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation in one step; EnvironmentFault when the file cannot be written."""
    write_atomically(path, evaluation_to_json(evaluation).encode())


def read_evaluation(path: Path) -> Evaluation:
    """Read an evaluation.

    Raises EnvironmentFault when there is none to read; SpecError when it is unsound (`not-json`,
    `bad-evaluation`) or of a newer format (`newer-format`).
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise cannot_read(path, fault) from None
    return evaluation_in(content, path)


def evaluation_in(content: bytes, path: Path) -> Evaluation:
    """Return the evaluation in the bytes of a file; SpecError as `read_evaluation` has it."""
    try:
        text = content.decode()
    except UnicodeDecodeError as fault:
        _refuse("bad-evaluation", f"{path} is not text: byte {fault.start} is not UTF-8", None)
    source = Source(str(path), text)
    plain = _parse(source)
    if not isinstance(plain, dict) or "format" not in plain:
        _refuse("bad-evaluation", "not an evaluation: it has no `format`", place_of(source, ()))
    version = plain["format"]
    if isinstance(version, int) and version > FORMAT:
        fact = f"evaluation of format {version}, and this archspec knows formats up to {FORMAT}"
        help = "use the archspec that wrote it, or a newer one"
        _refuse("newer-format", fact, place_of(source, ("format",)), help)
    _validate(plain, source)
    evaluation = from_plain(Evaluation, plain)
    _check_sense(evaluation, source)
    return evaluation


def ensure_of_run(evaluation: Evaluation, record: RunRecord, path: Path) -> None:
    """Refuse an evaluation that is not of this run; SpecError (`foreign-evaluation`)."""
    best = record.best
    test = best.test if best is not None else None
    if evaluation.run != record.run:
        fact = f"of the run {evaluation.run}, and the record beside it is of {record.run}"
    elif evaluation.epoch != record.best_epoch:
        fact = f"of epoch {evaluation.epoch}, and the best epoch of the run is {record.best_epoch}"
    elif test is None or test.total != evaluation.total:
        counted = f"{test.total:,}" if test else "no"
        fact = f"of {evaluation.total:,} images, and the run was tested on {counted}"
    elif abs(test.correct - evaluation.correct) * ROUNDED > test.total:
        fact = f"{evaluation.correct:,} images right, and the record says {test.correct:,}"
    else:
        return
    _refuse("foreign-evaluation", f"{path}: {fact}", None)


def _parse(source: Source) -> Any:
    try:
        # NaN stays text, which the schema then refuses at its place.
        return json.loads(source.text, parse_constant=str)
    except json.JSONDecodeError as fault:
        reason = fault.msg[:1].lower() + fault.msg[1:]
        _refuse("not-json", f"not JSON: {reason}", span_at(source, fault.pos))
    except (RecursionError, ValueError):
        _refuse("not-json", "not JSON that an evaluation could be: too deep or too large", None)


def _validate(plain: dict[str, Any], source: Source) -> None:
    # Imported here: only reading evaluations needs it.
    from jsonschema import Draft202012Validator

    faults = Draft202012Validator(schema_of(Evaluation)).iter_errors(plain)
    found = [
        Diagnostic(
            "bad-evaluation",
            f"{'.'.join(map(str, fault.absolute_path)) or 'evaluation'}: {fault.message[:160]}",
            place_of(source, list(fault.absolute_path)),
            DAMAGED,
        )
        for fault, _ in zip(faults, range(20), strict=False)
    ]
    if found:
        raise SpecError(found)


def _check_sense(evaluation: Evaluation, source: Source) -> None:
    """Refuse right types that cannot be: a matrix that is not square, mistakes it knows not of."""
    count, rows = len(evaluation.classes), evaluation.confusion
    if len(rows) != count or any(len(row) != count or min(row) < 0 for row in rows):
        fact = f"confusion: expected {count} rows of {count} counts, one for each class"
        _refuse("bad-evaluation", fact, place_of(source, ("confusion",)))
    counted = [[0] * count for _ in rows]
    for number, mistake in enumerate(evaluation.mistakes):
        where = place_of(source, ("mistakes", number))
        pair = (mistake.label, mistake.predicted)
        if not all(0 <= name < count for name in pair) or mistake.label == mistake.predicted:
            fact = f"mistakes.{number}: class {pair[0]} taken for {pair[1]}, of {count} classes"
            _refuse("bad-evaluation", fact, where)
        if not (0 <= mistake.index < evaluation.total and 0 <= mistake.probability <= 1):
            fact = f"mistakes.{number}: image {mistake.index}, probability {mistake.probability}"
            _refuse("bad-evaluation", fact, where)
        counted[mistake.label][mistake.predicted] += 1
    wrong = [[0 if i == j else n for j, n in enumerate(row)] for i, row in enumerate(rows)]
    if counted != wrong or len({m.index for m in evaluation.mistakes}) < len(evaluation.mistakes):
        fact = "mistakes: they are not those that the confusion matrix counts"
        _refuse("bad-evaluation", fact, place_of(source, ("mistakes",)))
    certain = [mistake.probability for mistake in evaluation.mistakes]
    if certain != sorted(certain, reverse=True):
        fact = "mistakes: the most certain one is not the first"
        _refuse("bad-evaluation", fact, place_of(source, ("mistakes",)))


def _refuse(code: str, message: str, span: Span | None, help: str = DAMAGED) -> NoReturn:
    raise SpecError([Diagnostic(code, message, span, help)]) from None
