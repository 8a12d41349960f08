"""Breaks the lint rules on purpose, one at a time, and shows which test notices.

python -m tests.support.lint_mutants            every mutant, and the kill table
python -m tests.support.lint_mutants statistics only those with this word in their name

A rule may also have its mutants in its own test file.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import chain

from archspec.judge.lint import RULES
from tests.mutants import Mutant, main
from tests.support.breaking import of, of_rule


def of_own_test(code: str) -> tuple[Mutant, ...]:
    """Return the mutants that the own test file of a rule defines as MUTANTS; most stand below."""
    test = import_module(f"tests.judge.lint.test_{code.replace('-', '_')}")
    mutants: tuple[Mutant, ...] = getattr(test, "MUTANTS", ())
    return mutants


MUTANTS = (
    *of_rule(
        "bias_before_norm",
        ("any layer may stand between", '("identity", "max_pool")', '("identity", "relu")'),
        (
            "groups like channels",
            'return getattr(node.layer, "num_groups", None) == channels',
            "return True",
        ),
        ("one use is enough", "if not norms or not all(", "if not norms or not any(True or "),
        (
            "linear on tokens",
            "len(network.shape(node.name)) > 1",
            "len(network.shape(node.name)) > 2",
        ),
        ("outputs too", "if node.name in network.outputs:", "if False:"),
        ("one norm is enough", "if all(_subtracts_the_mean", "if any(_subtracts_the_mean"),
    ),
    *of_rule("norm_on_output", ("no norm at all", "in NORM_KINDS", "in ()")),
    *of_rule(
        "activation_on_output",
        ("ranges are never meant", "kinds -= MAKES_SHARES", "kinds -= set()"),
        ("softmax counts", "ACTIVATION_KINDS - SOFT", "ACTIVATION_KINDS"),
    ),
    *of_rule("dropout_on_output", ("no dropout at all", "network.drops", "lambda node: False")),
    *of_rule(
        "softmax_before_cross_entropy",
        (
            "any loss",
            'if train is None or train.loss.name != "CrossEntropyLoss":',
            "if train is None:",
        ),
        ("what is behind it", "if kind not in VIEWS | DROPOUT_KINDS:", "if False:"),
        ("the first output alone", "in network.outputs", "in network.outputs[:1]"),
    ),
    *of_rule(
        "nll_without_log_softmax",
        (
            "softmax will do",
            'network.kind(last) == "log_softmax"',
            '"softmax" in network.kind(last)',
        ),
        ("views hide it", "if network.kind(node) not in VIEWS", "if True"),
        ("any loss", 'if train is None or train.loss.name != "NLLLoss":', "if train is None:"),
    ),
    *of_rule(
        "small_receptive_field",
        ("a third is enough", "PARTS = 2", "PARTS = 3"),
        ("half is too little", "s * PARTS >= n", "s * PARTS > n"),
        ("signals too", "len(extent) < 2", "len(extent) < 1"),
        ("gates do not count", "field.is_global or ", ""),
        ("every axis must see", "any(s * PARTS", "all(s * PARTS"),
        (
            "the mean counts as a look",
            "source = last.inputs[0] if mean else output",
            "source = output",
        ),
        ("maps of classes too", " or is_map(network.shape(output))", ""),
    ),
    *of_rule(
        "large_receptive_field",
        ("once is too much", "MOST_TIMES = 2", "MOST_TIMES = 1"),
        ("exactly twice is too much", "s > MOST_TIMES * n", "s >= MOST_TIMES * n"),
        ("the deepest path counts", "min(fields)", "max(fields)"),
        ("one axis is enough", "all(s > MOST_TIMES", "any(s > MOST_TIMES"),
        ("1x1 too", "max(network.facts(node).kernel or (1,)) > 1", "True"),
    ),
    *of_rule(
        "pool_before_transition",
        ("without a step", "or max(facts.stride or (1,)) == 1", ""),
        (
            "as wide",
            "facts.output[0] < facts.inputs[0][0]",
            "facts.output[0] <= facts.inputs[0][0]",
        ),
        ("blocks too", "if not _are_listed(network, node, first):", "if False:"),
        ("scores too", " or _is_last(network, first)", ""),
        ("shared maps too", "if others or not", "if not"),
        ("steps too", "set(facts.stride or ()) == {1}", "True"),
        ("groups too", ' and getattr(node.layer, "groups", 1) == 1', ""),
    ),
    *of_rule(
        "pool_before_output",
        ("global too", "max(facts.stride or (1,)) > 1 and is_map(facts.output)", "True"),
        ("layers behind it", "if classifier is not None or looks_around:", "if looks_around:"),
        (
            "a look around",
            "if classifier is not None or looks_around:",
            "if classifier is not None:",
        ),
        ("front parts too", "if is_map(network.shape(output)):", "if False:"),
    ),
    *of_rule(
        "dominant_layer",
        ("half is most", "2 * largest.params <= total", "2 * largest.params < total"),
        ("few layers", "FEWEST_LAYERS = 4", "FEWEST_LAYERS = 2"),
        ("features", "if len(network.spec.input) == 1:", "if False:"),
        ("pooled heads", " or _is_pooled_head(network, node)", ""),
        ("norms are layers", "any(node.kind in WEIGHTED for node in facts.nodes)", "True"),
        ("heads count", " if not facts.is_auxiliary", ""),
    ),
    *of_rule(
        "even_kernel",
        ("dilation is forgotten", "effective_kernel(kernel, spread) % 2", "kernel % 2"),
        ("steps too", " and stride == 1", ""),
        ("whole maps too", " and size > 1", ""),
        ("signals too", "len(facts.output) < 3", "len(facts.output) < 2"),
        ("every axis", "if any(\n", "if all(\n"),
    ),
    *of_rule(
        "checkerboard_upsampling",
        ("dilation is forgotten", "dilation * tap % stride", "tap % stride"),
        ("gaps are none", "for phase in range(stride)", "for phase in taps"),
        ("one pixel overlaps", " and size > 1", ""),
    ),
    *of_rule(
        "stride_skips_pixels",
        ("shortcuts too", "if all(_skips(network, user)", "if any(_skips(network, user)"),
        ("one pixel too", "size > 1 and ", ""),
        ("dilation is forgotten", "{spread * tap % stride", "{tap % stride"),
        ("one axis is not enough", "return any(\n        size", "return all(\n        size"),
    ),
    *of_rule(
        "dead_branch",
        ("heads are idle", "if head.weight == 0:", "if head.weight < 0:"),
        ("its own parts count", " - {network.entries[name].id}", ""),
        ("no split is whole", "if left:", "if not left:"),
        ("whole values count as none", " and len(splits) == len(users)", ""),
        ("heads are dead", "network.outputs)\n    dead", "network.outputs[:1])\n    dead"),
    ),
    *of_rule(
        "unused_definition",
        ("parents too", "if span.source is own:", "if True:"),
        ("blocks by unused blocks", "if name in words]", "]"),
        (
            "defaults of parameters",
            '{*_names(block.child("layers")), *_names(parameters)}',
            '{*_names(block.child("layers"))}',
        ),
        ("kinds in blocks", "words.union(*(_words(block) for _, block in blocks))", "words"),
    ),
    *of_rule(
        "dropout_before_norm",
        ("any norm", '== "batch_norm"', "in network.kind(n)"),
        ("convolutions hand it on", '{"max_pool", "concat"}', '{"max_pool", "concat", "conv"}'),
        ("joins stop it", '{"max_pool", "concat"}', '{"max_pool"}'),
    ),
    *of_rule(
        "batch_norm_of_one",
        ("two are too few", "train.batch_size > 1", "train.batch_size > 2"),
        ("any norm", '== "batch_norm"]', "in network.kind(node)]"),
    ),
    *of_rule(
        "unmeetable_target",
        ("the last epoch is too late", "asked > trained", "asked >= trained"),
        ("test images are held out", 'data.validation in (0, "test")', "data.validation == 0"),
        ("above is at least", "lows.append(floor(values[0]) + 1)", "lows.append(ceil(values[0]))"),
        ("below is at most", "highs.append(ceil(values[0]) - 1)", "highs.append(floor(values[0]))"),
        ("limits may be left out", " and not low[1] and not high[1]", ""),
        ("percent without end", "(HUNDRED, False)", "(2 * HUNDRED, False)"),
    ),
    *of_rule(
        "foreign_statistics",
        ("rounded ones differ", "TOLERANCE = 0.002", "TOLERANCE = 0.0001"),
        ("nothing is lent", " or (dataset not in KNOWN and owners == [LENT])", ""),
        ("ImageNet's serve all", "(dataset not in KNOWN and owners == [LENT])", "owners == [LENT]"),
        ("folders too", " or data.dataset in OF_ANYTHING", ""),
        ("other images", "SAME_IMAGES.get(data.dataset, data.dataset)", "data.dataset"),
        ("one channel is enough", "len(mean) == len(known) and all(\n", "any(\n"),
    ),
    *of_rule(
        "schedule_steered_by_test",
        ("held out too", ' or spec.data.validation != "test"', ""),
        ("any schedule", "if scheduler.name == FOLLOWS_A_LOSS:", "if True:"),
    ),
    *of(
        "scores.py",
        "tests/judge/lint/test_norm_on_output.py",
        ("scores: other losses too", "if network.is_classifier is False:", "if False:"),
        (
            "scores: always pooled",
            "PASSED if network.is_classifier is None else PASSED | POOLS",
            "PASSED | POOLS",
        ),
        (
            "scores: never pooled",
            "PASSED if network.is_classifier is None else PASSED | POOLS",
            "PASSED",
        ),
        (
            "scores: maps too",
            "if network.is_classifier is None and is_map(network.shape(output)):",
            "if False:",
        ),
        (
            "scores: no heads",
            "for output in network.outputs:",
            "for output in network.outputs[:1]:",
        ),
    ),
    *of(
        "network.py",
        "tests/judge/lint/test_bias_before_norm.py",
        ("network: looks through outputs", " and user.name not in self.outputs", ""),
    ),
    *of(
        "network.py",
        "tests/judge/lint/test_dropout_on_output.py",
        ("network: dropout of nothing drops", 'getattr(node.layer, "p", 0) > 0', "True"),
    ),
    *of(
        "rule.py",
        "tests/judge/lint/test_rules.py",
        ("rule: severity is always warning", "first.help, self.severity", 'first.help, "warning"'),
        (
            "rule: lines written out are told each",
            "str(finding.span), []",
            "str(len(by_place)), []",
        ),
    ),
    *of(
        "allow.py",
        "tests/judge/lint/test_allow.py",
        ("allow: errors too", ' or found.severity == "error"', ""),
        ("allow: on every line", "if self.line is None:", "if True:"),
        ("allow: parents' too", "return span.source is spec.sources[0]", "return True"),
        ("allow: in texts", " or _is_in_text(spec.tree, source, number, column)", ""),
        ("allow: without a reason", "elif not allowance.reason:", "elif False:"),
        ("allow: what nobody asked", " and allowance.code in asked and", " and"),
        ("allow: alone on its line", 'while text.startswith("#"):', "while False:"),
        ("allow: words are codes", "is_meant = code in known or match", "is_meant = True or match"),
    ),
    *chain.from_iterable(map(of_own_test, RULES)),
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTANTS))
