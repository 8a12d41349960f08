"""How an SVG looks, on a light page and on a dark one."""

from __future__ import annotations

from archspec.drawing.model import Look

SANS = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

LOOKS = {
    Look.weights: "with weights",
    Look.size: "pooling, resizing",
    Look.join: "joins",
    Look.other: "others",
    Look.group: "several entries in one box",
}
"""What the legend says of them."""

# GitHub's own palette: primer.style/primitives/colors. (light, dark) for fill and stroke.
_FILLS = {
    Look.end: ("#24292f", "#f0f6fc"),
    Look.weights: ("#ddf4ff", "#10294a"),
    Look.size: ("#fff1e5", "#3d2410"),
    Look.join: ("#dafbe1", "#10351d"),
    Look.other: ("#ffffff", "#1c2128"),
    Look.group: ("#fbefff", "#2c1d4b"),
}
_STROKES = {
    Look.end: ("#24292f", "#f0f6fc"),
    Look.weights: ("#54aeff", "#388bfd"),
    Look.size: ("#fb8f44", "#db6d28"),
    Look.join: ("#4ac26b", "#2ea043"),
    Look.other: ("#afb8c1", "#6e7681"),
    Look.group: ("#c297ff", "#a371f7"),
}
_RULES = {
    ".page": ("fill", "#ffffff", "#0d1117"),
    ".ink": ("fill", "#1f2328", "#e6edf3"),
    ".soft": ("fill", "#59636e", "#9198a1"),
    ".end-text": ("fill", "#ffffff", "#0d1117"),
    ".even": ("fill", "#f6f8fa", "#151b23"),
    ".odd": ("fill", "#ffffff", "#0d1117"),
    ".frame": ("stroke", "#d1d9e0", "#3d444d"),
    ".line": ("stroke", "#59636e", "#9198a1"),
    ".tip": ("fill", "#59636e", "#9198a1"),
}


def stylesheet() -> str:
    """Return the CSS: colours by class, and those of a dark page where the reader has one."""
    rules = dict(_RULES)
    for look in Look:
        rules[f".{look.value}"] = ("fill", *_FILLS[look])
    strokes = {f".{look.value}": _STROKES[look] for look in Look}
    light = [f"{name}{{{prop}:{colour}}}" for name, (prop, colour, _) in rules.items()]
    light += [f"{name}{{stroke:{colour}}}" for name, (colour, _) in strokes.items()]
    dark = [f"{name}{{{prop}:{colour}}}" for name, (prop, _, colour) in rules.items()]
    dark += [f"{name}{{stroke:{colour}}}" for name, (_, colour) in strokes.items()]
    return "\n".join(
        [
            f"text{{font-family:{MONO};font-size:11px}}",
            f".label{{font-family:{SANS};font-size:12.5px;font-weight:600}}",
            f".name{{font-family:{SANS};font-size:11px;font-weight:600}}",
            f".words{{font-family:{SANS};font-size:11px}}",
            f".title{{font-family:{SANS};font-size:16px;font-weight:600}}",
            ".line{fill:none;stroke-width:1.4}",
            ".dashed{stroke-dasharray:5 4}",
            *light,
            "@media (prefers-color-scheme:dark){",
            *dark,
            "}",
        ]
    )
