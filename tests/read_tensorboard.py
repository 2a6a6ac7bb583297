"""Reads the TensorBoard files of a run with TensorBoard's own package, and compares them with metrics.jsonl.

    python3 tests/read_tensorboard.py DIR

needs tensorboard, and the folder of a run with `[run] tensorboard = true`.
"""

import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

TAGS = {
    "steps": {"loss": "loss/training", "gradient_norm": "gradient_norm", "learning_rate": "learning_rate", "epoch": "epoch"},
    "validation": {"loss": "loss/validation", "bits_per_character": "bits_per_character"},
}


def main():
    directory = pathlib.Path(sys.argv[1])
    compared = 0
    for attempt in sorted((directory / "tensorboard").iterdir()):
        events = EventAccumulator(str(attempt), size_guidance={"scalars": 0})
        events.Reload()
        told = {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
        for line in (directory / "metrics.jsonl").read_text().splitlines():
            metric = json.loads(line)
            if str(metric["attempt"]) != attempt.name:
                continue
            for key, tag in TAGS.get(metric["kind"], {}).items():
                if metric[key] is not None:
                    assert math.isclose(told[tag][metric["step"]], metric[key], rel_tol=1e-6), (tag, metric)
                    compared += 1
    assert compared > 0, "nothing to compare"
    print(f"{compared} numbers are the same")


main()
