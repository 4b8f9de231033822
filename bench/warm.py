"""A warm function in a process of its own: handles the event on its input so many times.

Runs in the image's Python, so it imports nothing of this project; `app.py` is that of the working folder. What the
function writes to its output is discarded, unbuffered, as Lambda's runtime takes it.
"""

import importlib
import json
import logging
import os
import sys

sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", buffering=1)
logging.getLogger().setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "WARNING"))  # as Lambda's runtime does
sys.path.insert(0, os.getcwd())  # noqa: PTH109 - nothing else is needed of pathlib
handler = importlib.import_module("app").app

job = json.load(sys.stdin)
for _ in range(job["times"]):
    handler(job["event"], None)
