"""The Python side of the commands: a spec file becomes a Network that one can ask and build."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from archspec.analysis import Analysis
from archspec.language import Spec
from archspec.language.groups import GROUPS
from archspec.network import Network, study
from archspec.tables import DEFAULT_COLUMNS, Table, make_table


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


def analyze(spec: Network | Spec | str | PathLike[str], *, plugins: bool = False) -> Analysis:
    """Return shapes, receptive fields, params and MACs of a spec file, a Spec or a Network.

    plugins: as for load. Raises SpecError with every diagnostic when the spec has a fault.
    """
    if isinstance(spec, Network):
        return spec.analysis
    if plugins:
        use_plugins()
    return study(spec).network().analysis


def table(
    spec: Network | Spec | str | PathLike[str],
    columns: Sequence[str] = DEFAULT_COLUMNS,
    *,
    expand: bool = False,
    plugins: bool = False,
) -> Table:
    """Return the table of a spec file, a Spec or a Network; `expand` gives a row to each operation.

    plugins: as for load. Raises SpecError when the spec has a fault, UsageError for an unknown
    column.
    """
    return make_table(analyze(spec, plugins=plugins), columns, expand)
