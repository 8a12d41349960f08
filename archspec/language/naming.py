"""Labels and ids of entries: Conv1, MaxPool1, GAP in tables; conv1, maxpool1, gap elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from archspec.language.forms import Forms

ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""What an id looks like; a leading underscore is torch's own."""


def labels(kinds: Iterable[str | None], forms: Forms) -> list[str]:
    """Return the label of each entry, counted by kind in network order; "" for an unknown kind."""
    kinds = list(kinds)
    totals = Counter(kinds)
    seen: Counter[str] = Counter()
    result = []
    for kind in kinds:
        form = forms.get(kind) if kind is not None else None
        if form is None or kind is None:
            result.append("")
            continue
        seen[kind] += 1
        alone = form.alone_unnumbered and totals[kind] == 1
        result.append(form.label if alone else f"{form.label}{seen[kind]}")
    return result


def default_id(label: str) -> str:
    """Return the id of an entry that has none of its own: its label in lower case."""
    return label.lower().replace("-", "_")


_RESERVED = """
input output previous forward training dump_patches call_super_init type to apply train eval
state_dict
load_state_dict add_module register_module register_buffer register_parameter parameters buffers
children modules named_parameters named_buffers named_children named_modules get_submodule
get_parameter get_buffer get_extra_state set_extra_state set_submodule add_submodule requires_grad_
zero_grad to_folder shape_env cpu
cuda ipu xpu mtia float double half bfloat16 to_empty share_memory extra_repr compile graph code
recompile meta print_readable delete_submodule delete_all_unused_submodules register_forward_hook
register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_backward_hook register_state_dict_pre_hook register_state_dict_post_hook
register_load_state_dict_pre_hook register_load_state_dict_post_hook T_destination and as assert
async await break class continue def del elif else except finally for from global if import in is
lambda nonlocal not or pass raise return try while with yield None True False
"""
RESERVED = frozenset(_RESERVED.split())
"""Names that a module's attribute cannot have: torch's own, and Python's keywords (tested); and
`previous`, which joins mean something else by."""
