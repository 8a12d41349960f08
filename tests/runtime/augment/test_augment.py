"""The augmenter: each image its own draw, and for that draw exactly what torchvision does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from archspec.diagnostics import Source, Span, SpecError
from archspec.language.sections import Call, Normalize
from archspec.runtime.augment import Augmenter, Normalizer, make_normalizer
from archspec.runtime.augment.affine import Affine
from archspec.runtime.augment.batched import BatchShape
from archspec.runtime.augment.batching import batch_transform
from archspec.runtime.augment.crop import BatchedCrop
from archspec.runtime.augment.elastic import Elastic
from archspec.runtime.augment.erase import Erase
from archspec.runtime.augment.flip import Flip

CPU = torch.device("cpu")
INTERPOLATIONS = {
    "nearest": v2.InterpolationMode.NEAREST,
    "bilinear": v2.InterpolationMode.BILINEAR,
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    # Images this small are slower on several threads, and much slower where others work beside us.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def generator(seed: int = 7) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=generator(1))


def augmenter(*calls: Call, shape: tuple[int, int, int] = (1, 28, 28), seed: int = 7) -> Augmenter:
    return Augmenter(calls, shape, generator(seed))


def codes(error: pytest.ExceptionInfo[SpecError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def assert_same(ours: torch.Tensor, theirs: torch.Tensor, interpolation: str) -> None:
    if interpolation == "bilinear":
        # Positions differ by float32 rounding (1e-6 of the extent), values by that times a slope.
        torch.testing.assert_close(ours, theirs, atol=3e-5, rtol=0)
    else:
        # The same rounding may tip a place that lies midway between two pixels: at most a few.
        assert (ours != theirs).float().mean() < 2e-4


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(20, 1, 28, 28), (20, 3, 17, 24)])
@pytest.mark.parametrize("fill", [None, 0, 0.25, [0.75]])
@pytest.mark.parametrize("center", [None, (3, 9)])
def test_a_rotated_batch_equals_torchvision_image_by_image(
    interpolation: str, shape: tuple[int, ...], fill: Any, center: tuple[int, int] | None
) -> None:
    images = pictures(*shape)
    transform = v2.RandomRotation(
        (-200, 340), interpolation=INTERPOLATIONS[interpolation], fill=fill, center=center
    )
    step = batch_transform(transform)
    assert isinstance(step, Affine)
    drawn = step.draw(shape, generator(), CPU)  # type: ignore[arg-type]
    expected = [
        functional.rotate(image, angle, transform.interpolation, False, center, fill)
        for image, angle in zip(images, drawn.angle.tolist(), strict=True)
    ]
    assert_same(step.apply(images, drawn), torch.stack(expected), interpolation)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(20, 1, 28, 28), (20, 3, 17, 24)])
@pytest.mark.parametrize("fill", [None, 0, 0.25])
@pytest.mark.parametrize(
    "arguments",
    [
        {"degrees": 15},
        {"degrees": 0, "translate": (0.2, 0.4)},
        {"degrees": 0, "scale": (0.5, 2.0)},
        {"degrees": (10, 40), "shear": 20},
        {"degrees": 30, "translate": (0.1, 0.3), "scale": (0.8, 1.3), "shear": (-9, 4, 5, 25)},
        {"degrees": 30, "scale": (0.8, 1.3), "shear": (5, 9), "center": (2, 11)},
    ],
)
def test_an_affine_batch_equals_torchvision_image_by_image(
    interpolation: str, shape: tuple[int, ...], fill: Any, arguments: dict[str, Any]
) -> None:
    images = pictures(*shape)
    mode = INTERPOLATIONS[interpolation]
    transform = v2.RandomAffine(**arguments, interpolation=mode, fill=fill)
    step = batch_transform(transform)
    assert isinstance(step, Affine)
    drawn = step.draw(shape, generator(), CPU)  # type: ignore[arg-type]
    expected = [
        functional.affine(image, angle, shift, scale, shear, mode, fill, transform.center)
        for image, angle, shift, scale, shear in zip(
            images,
            drawn.angle.tolist(),
            drawn.translate.tolist(),
            drawn.scale.tolist(),
            drawn.shear.tolist(),
            strict=True,
        )
    ]
    assert_same(step.apply(images, drawn), torch.stack(expected), interpolation)


def test_shifts_are_whole_pixels_up_to_their_share_of_width_and_height() -> None:
    step = Affine(degrees=(0.0, 0.0), translate=(0.2, 0.4))
    shifts = step.draw((2_000, 1, 20, 10), generator(), CPU).translate
    assert sorted(set(shifts[:, 0].tolist())) == [-2, -1, 0, 1, 2]
    assert sorted(set(shifts[:, 1].tolist())) == list(range(-8, 9))


def test_drawn_amounts_fill_their_ranges_and_keep_to_them() -> None:
    step = Affine(degrees=(-10.0, 30.0), scale=(0.5, 2.0), shear=(1.0, 2.0, -3.0, -1.0))
    drawn = step.draw((2_000, 1, 20, 10), generator(), CPU)
    lows = [drawn.angle.min(), drawn.scale.min(), *drawn.shear.amin(dim=0)]
    highs = [drawn.angle.max(), drawn.scale.max(), *drawn.shear.amax(dim=0)]
    assert [float(low) for low in lows] == pytest.approx([-10, 0.5, 1, -3], abs=0.1)
    assert [float(high) for high in highs] == pytest.approx([30, 2, 2, -1], abs=0.1)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_quarter_turns_move_pixels_without_mixing_them(interpolation: str, angle: int) -> None:
    images = pictures(4, 1, 28, 28)
    rotation = Call("RandomRotation", {"degrees": [angle, angle], "interpolation": interpolation})
    expected = torch.rot90(images, angle // 90, dims=(-2, -1))
    torch.testing.assert_close(augmenter(rotation)(images), expected, atol=3e-5, rtol=0)


def test_a_fill_of_its_own_for_each_channel_equals_torchvision() -> None:
    images, fill = pictures(8, 3, 20, 20), [0.1, 0.5, 0.9]
    step = batch_transform(v2.RandomRotation(90, fill=fill))
    drawn = step.draw((8, 3, 20, 20), generator(), CPU)
    expected = [
        functional.rotate(image, angle, fill=fill)
        for image, angle in zip(images, drawn.angle.tolist(), strict=True)
    ]
    assert_same(step.apply(images, drawn), torch.stack(expected), "nearest")


@pytest.mark.parametrize(
    ("name", "flip"),
    [
        ("RandomHorizontalFlip", functional.horizontal_flip),
        ("RandomVerticalFlip", functional.vertical_flip),
    ],
)
def test_a_flipped_batch_equals_torchvision_image_by_image(name: str, flip: Any) -> None:
    images = pictures(64, 3, 9, 12)
    step = batch_transform(getattr(v2, name)(p=0.3))
    assert isinstance(step, Flip)
    drawn = step.draw((64, 3, 9, 12), generator(), CPU)
    expected = [
        flip(image) if flipped else image
        for image, flipped in zip(images, drawn.tolist(), strict=True)
    ]
    assert torch.equal(step.apply(images, drawn), torch.stack(expected))
    assert 0 < int(drawn.sum()) < 64


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_share_of_flipped_images_is_the_probability(p: float) -> None:
    flipped = Flip(p, axis=-1).draw((4_000, 1, 2, 2), generator(), CPU)
    assert float(flipped.float().mean()) == pytest.approx(p, abs=0.03)  # four standard errors


@pytest.mark.parametrize(
    ("padding_mode", "fill"),
    [("constant", 0), ("constant", 0.4), ("edge", 0), ("reflect", 0), ("symmetric", 0)],
)
@pytest.mark.parametrize("padding", [2, (3, 1), (1, 2, 3, 4)])
def test_a_cropped_batch_equals_torchvision_image_by_image(
    padding_mode: str, fill: float, padding: Any
) -> None:
    images = pictures(64, 3, 9, 12)
    transform = v2.RandomCrop((9, 12), padding=padding, fill=fill, padding_mode=padding_mode)
    step = batch_transform(transform)
    assert isinstance(step, BatchedCrop)
    corners = step.draw((64, 3, 9, 12), generator(), CPU)
    sides = list(padding) if isinstance(padding, tuple) else padding
    expected = [
        functional.crop(functional.pad(image, sides, fill, padding_mode), top, left, 9, 12)
        for image, (top, left) in zip(images, corners.tolist(), strict=True)
    ]
    assert torch.equal(step.apply(images, corners), torch.stack(expected))


def test_crops_reach_every_corner_of_the_padded_image() -> None:
    step = BatchedCrop((1, 2, 0, 1))
    corners = step.draw((400, 1, 8, 8), generator(), CPU)
    assert {tuple(corner) for corner in corners.tolist()} == set(
        itertools.product(range(4), range(2))
    )


@pytest.mark.parametrize("value", [0, 0.6, (0.1, 0.2, 0.3), "random"])
def test_an_erased_batch_equals_torchvision_image_by_image(value: Any) -> None:
    images = pictures(64, 3, 15, 12)
    step = batch_transform(v2.RandomErasing(p=0.7, value=value))
    assert isinstance(step, Erase)
    drawn = step.draw((64, 3, 15, 12), generator(), CPU)
    expected = images.clone()
    for index in drawn.erased.nonzero()[:, 0].tolist():
        top, left, height, width = (int(field[index]) for field in drawn[1:5])
        patch = drawn.values[index % len(drawn.values)]
        if value == "random":
            patch = patch[:, top : top + height, left : left + width]
        expected[index] = functional.erase(images[index], top, left, height, width, patch)
    assert torch.equal(step.apply(images, drawn), expected)
    assert 20 < int(drawn.erased.sum()) < 64


def shift_along(axis: int, transform: v2.ElasticTransform, noise: torch.Tensor) -> torch.Tensor:
    """Return how far torchvision moves each pixel along x (0) or y (1), as a share of that side.

    Its 0.21 divides both by the height, which is no share of another width.
    """
    alpha, sigma = float(transform.alpha[axis]), transform.sigma[axis]
    shift = noise[None] * 2 - 1
    if sigma > 0:
        kernel = int(8 * sigma + 1) // 2 * 2 + 1
        shift = functional.gaussian_blur(shift, [kernel, kernel], list(transform.sigma))
    return shift[0] * alpha / noise.shape[1 - axis]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"alpha": [30.0, 80.0], "sigma": [2.0, 3.0]}, {"sigma": 0.0}, {"fill": 0.4, "sigma": 2.5}],
)
@pytest.mark.parametrize("shape", [(6, 1, 28, 28), (6, 3, 32, 24)])
def test_an_elastic_batch_equals_torchvision_image_by_image(
    arguments: dict[str, Any], shape: BatchShape
) -> None:
    arguments = {"sigma": 2.0, **arguments} if shape[3] == 24 else arguments
    transform, images = v2.ElasticTransform(**arguments), pictures(*shape)
    step = batch_transform(transform)
    assert isinstance(step, Elastic)
    shifts = step.draw(shape, generator(), CPU)
    noise = torch.rand((2, *shape[:1], *shape[2:]), generator=generator())
    for index, image in enumerate(images):
        expected = torch.stack(
            [shift_along(axis, transform, noise[axis, index]) for axis in (0, 1)], dim=-1
        )
        torch.testing.assert_close(shifts[index], expected, atol=1e-5, rtol=0)
        # From the same shifts, so that only the sampling is compared.
        expected = functional.elastic(
            image, shifts[index : index + 1], transform.interpolation, transform.fill
        )
        ours = step.apply(images[index : index + 1], shifts[index : index + 1])[0]
        torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_mixed_images_and_shares_are_those_of_torchvision(name: str) -> None:
    mix = Augmenter([Call(name, {"alpha": 0.5})], (1, 9, 9), generator(), classes=3).mix
    images, labels = pictures(6, 1, 9, 9), torch.tensor([0, 1, 2, 0, 1, 2])
    mixed, shares = mix(images, labels)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(6))
    share = float(shares.max())
    before = labels.roll(1)
    rolled = images.roll(1, 0)
    for index in range(6):
        assert shares[index, labels[index]] in (share, pytest.approx(1 - share))
        assert float(shares[index, before[index]]) == pytest.approx(
            1 - float(shares[index, labels[index]])
        )
        if name == "MixUp":
            own = float(shares[index, labels[index]])
            torch.testing.assert_close(
                mixed[index], own * images[index] + (1 - own) * rolled[index]
            )
        else:
            kept = mixed[index] == images[index]
            assert torch.equal(mixed[index][~kept], rolled[index][~kept])
            own = float(shares[index, labels[index]])
            assert float(kept.float().mean()) == pytest.approx(own)


def test_of_several_mixing_transforms_one_is_drawn_for_each_batch() -> None:
    calls = [Call("MixUp", {}), Call("CutMix", {})]
    mix = Augmenter(calls, (1, 9, 9), generator(), classes=3).mix
    images, labels = torch.eye(9).expand(4, 1, 9, 9).clone(), torch.tensor([0, 1, 2, 0])
    images[1::2] = 0
    kinds = set()
    for _ in range(20):
        mixed, _ = mix(images, labels)
        kinds.add(bool(((mixed > 0) & (mixed < 1)).any()))
    assert kinds == {True, False}  # blended values, or cut ones


def test_nothing_is_mixed_unless_the_spec_says_so() -> None:
    assert not augmenter(Call("RandomRotation", {"degrees": 5})).mix
    assert not augmenter(Call("MixUp", {}))
    assert augmenter(Call("MixUp", {})).mix


def test_a_transform_behind_a_mixing_one_is_refused() -> None:
    with pytest.raises(SpecError) as error:
        augmenter(Call("MixUp", {}), Call("RandomRotation", {"degrees": 5}))
    assert codes(error) == ["not-offered"]
    assert "behind" in error.value.diagnostics[0].message


@pytest.mark.parametrize("dark", [slice(0, 40), slice(3, 4), slice(0, 40, 2), slice(0, 0)])
@pytest.mark.parametrize("shape", [(40, 1, 28, 28), (40, 3, 9, 14)])
def test_images_with_a_black_border_among_others_equal_torchvision(
    dark: slice, shape: tuple[int, int, int, int]
) -> None:
    images = pictures(*shape)
    images[dark, :, [0, -1], :] = 0
    images[dark, ..., [0, -1]] = 0
    mode = INTERPOLATIONS["bilinear"]
    step = batch_transform(v2.RandomRotation(40, interpolation=mode, fill=0))
    drawn = step.draw(shape, generator(), CPU)
    expected = [
        functional.rotate(image, angle, mode, False, None, 0)
        for image, angle in zip(images, drawn.angle.tolist(), strict=True)
    ]
    assert_same(step.apply(images, drawn), torch.stack(expected), "bilinear")


@pytest.mark.parametrize("ratio", [(1.5, 8.0), (1 / 8.0, 1 / 1.5)])
def test_an_image_in_which_no_rectangle_fitted_is_left_alone(ratio: tuple[float, float]) -> None:
    step = Erase(p=1.0, scale=(0.3, 1.0), ratio=ratio, value=(0.0,))
    drawn = step.draw((400, 1, 10, 10), generator(), CPU)
    fits = (drawn.height < 10) & (drawn.width < 10)
    assert torch.equal(drawn.erased, fits)
    assert 100 < int(fits.sum()) < 350


def test_erased_rectangles_keep_to_their_area_and_ratio() -> None:
    step = Erase(p=1.0, scale=(0.1, 0.2), ratio=(0.5, 2.0), value=(0.0,))
    drawn = step.draw((500, 1, 100, 100), generator(), CPU)
    area, ratio = drawn.height * drawn.width, drawn.height / drawn.width
    assert int(area.min()) > 960  # half a pixel of rounding a side, on sides of 22 to 63
    assert int(area.max()) < 2_050
    assert float(ratio.min()) > 0.48
    assert float(ratio.max()) < 2.08
    assert bool((drawn.top + drawn.height <= 100).all())
    assert bool((drawn.left + drawn.width <= 100).all())


@pytest.mark.parametrize(
    "call",
    [
        Call("RandomRotation", {"degrees": 45}),
        Call("RandomAffine", {"degrees": 0, "translate": [0.3, 0.3]}),
        Call("RandomCrop", {"size": 28, "padding": 4}),
        Call("RandomErasing", {"p": 1.0}),
        Call("RandomHorizontalFlip", {}),
        Call("GaussianNoise", {}),
        Call("ElasticTransform", {}),
        Call("RandomPerspective", {"p": 1.0}),
    ],
    ids=lambda call: call.name,
)
def test_equal_images_of_a_batch_are_drawn_apart(call: Call) -> None:
    same = pictures(1, 1, 28, 28).expand(32, 1, 28, 28)
    outputs = augmenter(call)(same)
    different = {output.numpy().tobytes() for output in outputs}
    assert len(different) >= 2 if call.name == "RandomHorizontalFlip" else len(different) > 25


@pytest.mark.parametrize("images", [pictures(8, 1, 28, 28), torch.full((8, 1, 28, 28), 51).byte()])
def test_bytes_and_floats_come_out_as_floats_of_the_same_shape(images: torch.Tensor) -> None:
    outputs = augmenter(Call("RandomRotation", {"degrees": 10}))(images)
    assert outputs.dtype == torch.float32
    assert outputs.shape == images.shape
    assert 0 <= float(outputs.min()) <= float(outputs.max()) <= 1


def test_bytes_are_divided_by_255() -> None:
    outputs = augmenter()(torch.full((1, 1, 28, 28), 51).byte())
    torch.testing.assert_close(outputs, torch.full((1, 1, 28, 28), 0.2))


def test_the_input_batch_is_left_as_it_was() -> None:
    images = pictures(8, 1, 28, 28)
    before = images.clone()
    calls = [Call("RandomErasing", {"p": 1.0}), Call("RandomRotation", {"degrees": 10})]
    augmenter(*calls)(images)
    assert torch.equal(images, before)


ALL = (
    Call("RandomAffine", {"degrees": 10, "interpolation": "bilinear", "fill": 0.5}),
    Call("RandomCrop", {"size": [28, 28], "padding": [2, 2]}),
    Call("RandomHorizontalFlip", {"p": 0.5}),
    Call("ElasticTransform", {}),
    Call("GaussianNoise", {"sigma": 0.05}),
    Call("RandomErasing", {"value": "random"}),
)


def test_a_restored_generator_repeats_the_images_bit_for_bit() -> None:
    images, first = pictures(8, 1, 28, 28), augmenter(*ALL)
    first(images)
    state = first.generator.get_state()
    expected = first(images)
    second = augmenter(*ALL, seed=99)
    second.generator.set_state(state)
    torch.manual_seed(4)  # the global generator must not matter
    assert torch.equal(second(images), expected)


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    augmenter(*ALL)(pictures(8, 1, 28, 28))
    assert torch.equal(torch.get_rng_state(), before)


def test_reading_the_transforms_draws_nothing_from_the_generator() -> None:
    assert torch.equal(augmenter(*ALL).generator.get_state(), generator().get_state())


def test_notices_name_the_transforms_that_run_image_by_image() -> None:
    notices = augmenter(*ALL).notices
    assert [notice.split()[0] for notice in notices] == ["GaussianNoise"]


@pytest.mark.parametrize(
    ("call", "code", "words", "help"),
    [
        (Call("RandomRotatoin", {"degrees": 1}), "unknown-transform", "RandomRotatoin", "RandomR"),
        (Call("InterpolationMode", {}), "unknown-transform", "no transform", None),
        (Call("RandomRotation", {"degree": 1}), "bad-argument", "`degree`", "`degrees`"),
        (Call("RandomRotation", {}), "missing-argument", "needs `degrees`", "degrees"),
        (Call("RandomRotation", {"degrees": -5}), "out-of-range", "-5", None),
        (Call("RandomRotation", {"degrees": "15"}), "wrong-type", "'15'", None),
        (Call("RandomRotation", {"degrees": True}), "wrong-type", "true", None),
        (Call("RandomRotation", {"degrees": [1, "a"]}), "wrong-type", "'a'", None),
        (Call("RandomRotation", {"degrees": float("nan")}), "out-of-range", "nan", None),
        (Call("RandomRotation", {"degrees": [9, 1]}), "out-of-range", "9 down to 1", "[1, 9]"),
        (Call("RandomRotation", {"degrees": 1, "expand": True}), "bad-argument", "expand", None),
        (Call("RandomRotation", {"degrees": 1, "expand": 1}), "bad-argument", "expand", None),
        (Call("RandomRotation", {"degrees": 1, "fill": 128}), "out-of-range", "128", "0.502"),
        (Call("RandomRotation", {"degrees": 1, "fill": [0, 0]}), "wrong-length", "2 val", "one"),
        (
            Call("RandomRotation", {"degrees": 1, "interpolation": "bilnear"}),
            "unknown-word",
            "'bilnear'",
            "bilinear",
        ),
        (
            Call("RandomRotation", {"degrees": 1, "interpolation": "bicubic"}),
            "unknown-word",
            "bicubic",
            None,
        ),
        (
            Call("RandomAffine", {"degrees": 0, "translate": [2, 0]}),
            "out-of-range",
            "at most 1, got 2",
            None,
        ),
        (Call("RandomHorizontalFlip", {"p": 1.5}), "out-of-range", "1.5", None),
        (Call("RandomHorizontalFlip", {"p": [1]}), "wrong-type", "p", None),
        (Call("RandomCrop", {"size": 24}), "bad-argument", "24×24", "[28, 28]"),
        (Call("RandomCrop", {"size": 28, "padding": -1}), "out-of-range", "-1", None),
        (
            Call("RandomCrop", {"size": 28, "padding": 30, "padding_mode": "reflect"}),
            "out-of-range",
            "images of 28×28",
            None,
        ),
        (
            Call("RandomCrop", {"size": 28, "padding": 1, "padding_mode": "mirror"}),
            "unknown-word",
            "padding_mode",
            None,
        ),
        (Call("RandomErasing", {"scale": [0.5, 0.1]}), "out-of-range", "0.5 down", None),
        (Call("RandomErasing", {"ratio": [0, 1]}), "out-of-range", "got 0", None),
        (Call("RandomResizedCrop", {"size": 20}), "bad-argument", "20", "prepare"),
        (Call("CenterCrop", {"size": 20}), "bad-argument", "20", "prepare"),
        (Call("GaussianBlur", {"kernel_size": 4}), "out-of-range", "odd", None),
        (Call("RandomGrayscale", {"p": 2}), "out-of-range", "got 2", None),
        (Call("MixUp", {"alpha": 0}), "out-of-range", "got 0", None),
        (Call("CutMix", {"alpha": "1"}), "wrong-type", "'1'", None),
        (Call("MixUp", {"num_classes": 10}), "bad-argument", "num_classes", "leave it out"),
        (Call("CutMix", {"labels_getter": 1}), "bad-argument", "labels_getter", "leave"),
        (Call("ElasticTransform", {"sigma": 7}), "out-of-range", "28 pixels", "at most 6"),
        (Call("ElasticTransform", {"sigma": [0, 2]}), "bad-argument", "one `sigma`", "both"),
        (Call("ElasticTransform", {"fill": 3}), "out-of-range", "3", None),
        (Call("ElasticTransform", {"interpolation": "bicubic"}), "unknown-word", "bicubic", None),
        (Call("JPEG", {"quality": 50}), "not-offered", "JPEG", "bytes"),
        (Call("RandomZoomOut", {}), "not-offered", "RandomZoomOut", "prepare"),
        (Call("ToTensor", {}), "not-offered", "ToTensor", "leave it out"),
        (Call("Normalize", {"mean": [0.5], "std": [0.5]}), "not-offered", "Normalize", "data"),
        (Call("Compose", {"transforms": []}), "not-offered", "Compose", "below"),
    ],
    ids=lambda value: value.name if isinstance(value, Call) else "",
)
def test_a_faulty_transform_is_a_diagnostic_with_the_received_value(
    call: Call, code: str, words: str, help: str | None
) -> None:
    with pytest.raises(SpecError) as error:
        augmenter(call)
    assert codes(error) == [code]
    diagnostic = error.value.diagnostics[0]
    assert words in diagnostic.message
    assert not diagnostic.message.endswith(".")
    assert help is None or help in (diagnostic.help or "")


def test_a_fault_stands_at_the_place_of_its_argument() -> None:
    source = Source("spec.yaml", "augment:")
    asked: list[tuple[str | int, ...]] = []

    def place(*path: str | int) -> Span:
        asked.append(path)
        return Span(source, len(path), 1, 1, 2)

    call = Call("RandomRotation", {"degrees": -5, "interpolation": "nearest"})
    with pytest.raises(SpecError) as error:
        Augmenter([Call("RandomVerticalFlip", {}), call], (1, 28, 28), generator(), place)
    assert asked == [("data", "augment", 1, "RandomRotation", "degrees")]
    assert str(error.value.diagnostics[0].span) == "spec.yaml:5:1"


def test_the_faults_of_all_transforms_come_together() -> None:
    with pytest.raises(SpecError) as error:
        augmenter(Call("Rotate", {}), Call("RandomErasing", {"p": 3}), Call("ToTensor", {}))
    assert codes(error) == ["unknown-transform", "out-of-range", "not-offered"]


def test_normalizing_equals_torchvision() -> None:
    images = torch.randint(256, (5, 3, 6, 6), generator=generator(), dtype=torch.uint8)
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    expected = functional.normalize(images.float() / 255, list(mean), list(std))
    ours = make_normalizer(Normalize(mean, std), 3)(images)
    torch.testing.assert_close(ours, expected)


def test_without_normalize_bytes_only_become_floats() -> None:
    assert float(Normalizer()(torch.tensor([[[[255]]]]).byte())) == 1.0


def test_mean_and_std_of_the_wrong_length_are_two_faults() -> None:
    with pytest.raises(SpecError) as error:
        make_normalizer(Normalize((0.1,), (0.3, 0.3)), 3)
    assert codes(error) == ["wrong-length", "wrong-length"]
    assert "`mean` has 1 values" in error.value.diagnostics[0].message


def test_no_file_of_the_augmenter_loops_over_a_batch_but_the_loop() -> None:
    folder = Path(__file__).parents[3] / "archspec" / "runtime" / "augment"
    loops = {path.name for path in folder.glob("*.py") if "for image in" in path.read_text()}
    assert loops == {"loop.py"}
