"""A warm function in a process of its own: loads `app.py` from the working folder, and handles events when told to.

Runs in the image's Python, so it knows nothing of this project. Reads lines of JSON, `{"event": …, "times": n}`, and
answers each with the nanoseconds of CPU that it took. What the function writes to its output is taken away first, as
Lambda's runtime takes it: unbuffered, to somewhere else.
"""

import importlib
import json
import logging
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", buffering=1)
logging.getLogger().setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "WARNING"))  # as Lambda's runtime does
sys.path.insert(0, os.getcwd())  # noqa: PTH109 - nothing else is needed of pathlib
handler = importlib.import_module("app").app

for line in sys.stdin:
    job = json.loads(line)
    event, times = job["event"], job["times"]
    start = time.process_time_ns()
    for _ in range(times):
        handler(event, None)
    took = time.process_time_ns() - start
    print(json.dumps({"took": took, "reply": handler(event, None)}), file=answers, flush=True)
