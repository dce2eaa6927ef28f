"""Measurements: each module's `run()` gives figures, and ratios against a peer or limit of the same run."""
