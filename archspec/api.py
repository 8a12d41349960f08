"""The Python side: what a command does, a call does, and the commands call these functions.

A network is given as the path of a spec file, as a mapping with the keys of one, as a Spec, or as
the Network that `load` and `loads` return. Wherever one has a fault, SpecError tells all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.analysis import Analysis
from archspec.diagnostics.packages import packages_told
from archspec.language import read_text
from archspec.language.groups import GROUPS
from archspec.network import Beginning, Network, each_network, study
from archspec.tables import DEFAULT_COLUMNS, Table, make_table

if TYPE_CHECKING:
    from archspec.drawing import Picture
    from archspec.judge.difference import Difference
    from archspec.record import SplitName
    from archspec.record.run import Run
    from archspec.report.sync import Renewal
    from archspec.runtime.trained.measure import Evaluated
    from archspec.runtime.trained.predict import Predictions


def use_plugins() -> tuple[str, ...]:
    """Import the layers of installed plug-ins, for the rest of the process; return the new kinds.

    A plug-in is an entry point of the group `archspec.layers`. Raises UsageError with a diagnostic
    for each that cannot be used; none is known then.
    """
    from archspec.layers.plugins import load_plugins

    return load_plugins([*GROUPS, *(group.label for group in GROUPS.values())])


def load(
    path: str | PathLike[str], overrides: Sequence[str] = (), *, plugins: bool = False
) -> Network:
    """Read and analyze a spec file.

    overrides: `KEY=VALUE` texts as for `--set`. plugins: call use_plugins first. Raises SpecError
    with every diagnostic when the file has a fault; contradicted targets and claims are no fault
    of the network's.
    """
    if plugins:
        use_plugins()
    return study(path, overrides).network()


def loads(
    text: str | Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    name: str = "spec.yaml",
    folder: str | PathLike[str] = ".",
    plugins: bool = False,
) -> Network:
    """Read and analyze the text of a spec, or a mapping with its keys.

    name: what faults call the text; those of a mapping name the key path, such as
    `layers[2].conv.kernel_size`. folder: where its relative paths start. overrides, plugins, and
    what is raised: as for load.
    """
    if plugins:
        use_plugins()
    return study(read_text(text, overrides, name=name, folder=Path(folder))).network()


def analyze(spec: Beginning, *, plugins: bool = False) -> Analysis:
    """Return shapes, receptive fields, params and MACs of a network.

    plugins: as for load. Raises SpecError with every diagnostic when the spec has a fault.
    """
    if plugins:
        use_plugins()
    return study(spec).network().analysis


def table(
    spec: Beginning,
    columns: Sequence[str] = DEFAULT_COLUMNS,
    *,
    expand: bool = False,
    depth: int | None = None,
    plugins: bool = False,
) -> Table:
    """Return the table of a network; `expand` gives a row to each operation.

    depth: 1 for one row for each entry of the layer list, groups among them; None for every entry.
    plugins: as for load. Raises SpecError when the spec has a fault, UsageError for an unknown
    column, and for a depth together with expand.
    """
    return make_table(analyze(spec, plugins=plugins), columns, expand, depth)


def draw(spec: Beginning, depth: int | str = "auto") -> Picture:
    """Return the drawing of a network, which `archspec.drawing` writes as SVG, Mermaid or dot.

    depth: 1 draws each entry of the layer list as one box, `all` every entry, and `auto` does so
    as long as it can be read. Raises SpecError when the spec has a fault, UsageError for another
    depth.
    """
    from archspec.drawing import make_picture, read_depth

    wanted = read_depth(str(depth))
    return make_picture(analyze(spec), wanted)


def diff(a: Beginning, b: Beginning) -> Difference:
    """Return what changed from network `a` to network `b`, words, targets and claims apart.

    Raises SpecError with the faults of both.
    """
    from archspec.judge.difference import difference

    before, after = each_network((a, b))
    return difference(before.analysis, after.analysis)


def sync(
    files: Sequence[str | PathLike[str]], *, check: bool = False, force: bool = False
) -> tuple[Renewal, ...]:
    """Renew the blocks of markdown files; return what came of each, its faults among it.

    check: change nothing. force: write over bodies that were edited by hand. Raises UsageError for
    both at once.
    """
    from archspec.report.sync import sync_files

    return sync_files(list(map(Path, files)), check=check, force=force)


def runs(
    runs_dir: str | PathLike[str] = "runs", records: str | PathLike[str] | None = None
) -> tuple[Run, ...]:
    """Return every run, then every kept record, by path, with those that cannot be read.

    records: where they are kept; by default where the project says. Raises EnvironmentFault when a
    folder that was named is not there.
    """
    from archspec.judge.runs import list_runs

    return list_runs(Path(runs_dir), None if records is None else Path(records))


@packages_told()
def evaluate(
    run: Run | str | PathLike[str],
    checkpoint: str | PathLike[str] = "best",
    *,
    split: SplitName = "test",
    data: str | None = None,
    data_dir: str | PathLike[str] | None = None,
    device: str = "auto",
    threads: int | None = None,
    batch_sizes: Sequence[int] = (),
) -> Evaluated:
    """Judge images with a trained network, class by class; time passes of each batch size.

    run: as `runs` has it, its folder, or its record. checkpoint: `best` or `last` of the run, or
    the path of one. data: another dataset than the run's. data_dir: where the data lies; by
    default ARCHSPEC_DATA, else a cache with download. threads: None for as many as the run had.
    Raises UsageError for a run, device or split that is not there, SpecError for a record or
    checkpoint that does not hold, EnvironmentFault for weights, data or packages that are missing.
    """
    from archspec.runtime.trained.find import find_trained
    from archspec.runtime.trained.measure import evaluate_run

    return evaluate_run(
        find_trained(_place_of(run), fspath(checkpoint)),
        split=split,
        data=data,
        data_dir=None if data_dir is None else Path(data_dir),
        device=device,
        threads=threads,
        batch_sizes=batch_sizes,
    )


@packages_told()
def predict(
    run: Run | str | PathLike[str],
    images: Sequence[str | PathLike[str]],
    checkpoint: str | PathLike[str] = "best",
    *,
    top: int = 3,
    invert: bool = False,
    device: str = "auto",
    threads: int | None = None,
) -> Predictions:
    """Name the likeliest classes of pictures; each is looked at when it is asked for.

    images: files, and folders for those in them. top: how many classes. invert: swap light and
    dark. What cannot be read comes as a `Refused` with its fault, and stops none of the others.
    run, checkpoint, threads, and what is raised: as for evaluate.
    """
    from archspec.runtime.trained.find import find_trained

    trained = find_trained(_place_of(run), fspath(checkpoint))
    from archspec.runtime.trained.predict import Predictions, make_predictor

    predictor = make_predictor(trained, device, threads)
    return Predictions(predictor, tuple(fspath(image) for image in images), top, invert)


def _place_of(run: Run | str | PathLike[str]) -> Path:
    return Path(run) if isinstance(run, str | PathLike) else run.path
