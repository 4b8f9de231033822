"""Package every stage, and lint its template as SAM and as CloudFormation: `make lint-template`."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import click
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from operations.package import ROOT, STAGES, package

REGION = "eu-central-1"
CFN_LINT = (Path(sys.executable).with_name("cfn-lint"), "--regions", REGION, "--")

# The translator collects metrics for AWS, and warns that nothing collects them here.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)


def lint(*templates: Path) -> None:
    """Lint SAM templates in both forms; raise `CalledProcessError` if cfn-lint finds anything, which it prints.

    cfn-lint reads SAM, but then neither reports unused parameters nor looks into every property of a function.
    Translated, on the other hand, mistakes in SAM's own properties are gone or stop the translation.
    """
    subprocess.run([*CFN_LINT, *templates], check=True)
    stacks = [sam.with_name("stack.json") for sam in templates]
    for sam, stack in zip(templates, stacks, strict=True):
        stack.write_text(json.dumps(translated(sam), indent=1), encoding="utf-8")
    subprocess.run([*CFN_LINT, *stacks], check=True)


def translated(sam: Path) -> dict[str, Any]:
    """Return the CloudFormation that AWS makes of a SAM template, with its parameters' defaults.

    AWS runs the same translator, on a template whose code is in a bucket.
    """
    template = yaml.safe_load(sam.read_text(encoding="utf-8"))
    template["Resources"]["APIHandler"]["Properties"]["CodeUri"] = {"Bucket": "code", "Key": "deployment.zip"}
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    return dict(translator.translate(template, parameter_values=defaults))


if __name__ == "__main__":
    for stage in STAGES:
        package(stage, ROOT / "build" / stage)
    lint(*(ROOT / "build" / stage / "sam.yaml" for stage in STAGES))
    click.echo(f"{', '.join(STAGES)}: no findings, as SAM and as CloudFormation")
