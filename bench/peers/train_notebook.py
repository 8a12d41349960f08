"""The training loop of most notebooks: torchvision's MNIST, PIL transforms, a DataLoader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from bench.peers.step3_network import build


def steps(root: Path) -> Iterator[bool]:
    """Train for ever on the MNIST in `root`; give whether a step was its epoch's first."""
    transform = transforms.Compose(
        [
            transforms.RandomRotation(15, interpolation=transforms.InterpolationMode.BILINEAR),
            transforms.ToTensor(),
            transforms.Normalize((0.1307,), (0.3081,)),
        ]
    )
    data = datasets.MNIST(root, train=True, transform=transform)
    loader = DataLoader(data, batch_size=128, shuffle=True)
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    while True:
        model.train()
        running_loss, correct = 0.0, 0
        for number, (images, labels) in enumerate(loader):
            optimizer.zero_grad()
            scores = model(images)
            loss = functional.cross_entropy(scores, labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            running_loss += loss.item()
            correct += int((scores.argmax(dim=1) == labels).sum().item())
            yield number == 0
