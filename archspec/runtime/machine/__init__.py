"""The machine: devices, threads, ranks, locks, signals."""
