"""The Python side: load, analyze, table, build."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec

STEP3 = Path(__file__).parents[1] / "specs" / "step3.yaml"


def test_a_network_is_loaded_analyzed_and_built() -> None:
    network = archspec.load(STEP3)
    assert network.analysis.totals.params == 7720
    module = network.build()
    assert sum(p.numel() for p in module.parameters()) == 7720


def test_overrides_come_over_the_file() -> None:
    network = archspec.load(STEP3, ["train.epochs=3"])
    assert network.spec.train is not None
    assert network.spec.train.epochs == 3


def test_analyze_takes_a_path_a_spec_and_a_network() -> None:
    network = archspec.load(STEP3)
    figures = [archspec.analyze(form).totals.macs for form in (STEP3, network.spec, network)]
    assert figures == [1_140_928] * 3


def test_the_table_has_the_published_rows() -> None:
    rows = archspec.table(STEP3).rows
    assert [row.label for row in rows][-2:] == ["GAP", "Conv8"]


def test_a_faulty_spec_raises_with_every_diagnostic(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("archspec: 1\ninput: [1, 28, 28]\nlayers: [convv: 8, {conv: {}}]\ntitel: x\n")
    with pytest.raises(archspec.SpecError) as caught:
        archspec.load(path)
    codes = [diagnostic.code for diagnostic in caught.value.diagnostics]
    assert codes == ["unknown-kind", "missing-field", "missing-field", "unknown-key"]
    assert "bad.yaml:3:10" in str(caught.value)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="laod"):
        archspec.laod  # noqa: B018
