"""A packaged stack as plain CloudFormation, and whether it is sound: `make lint-template`."""

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

# The translator counts what it does for AWS's own use, and complains that nobody asks for the counts.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)


def translated(template: Path) -> dict[str, Any]:
    """Give a SAM template as CloudFormation makes it; raise `InvalidDocumentException` where it is none.

    The transform is AWS's own (aws-sam-translator is what CloudFormation runs). The code's place is a bucket's: the
    translation has no other.
    """
    sam = yaml.safe_load(template.read_text(encoding="utf-8"))
    sam["Resources"]["APIHandler"]["Properties"]["CodeUri"] = {"Bucket": "code", "Key": "deployment.zip"}
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    return dict(translator.translate(sam, parameter_values=defaults(sam)))


def defaults(template: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters of a template with their defaults."""
    return {name: parameter["Default"] for name, parameter in template.get("Parameters", {}).items()}


def lint(*templates: Path) -> None:
    """Hold templates against CloudFormation's resource specifications; raise `CalledProcessError`, having said why."""
    subprocess.run([Path(sys.executable).with_name("cfn-lint"), "--regions", REGION, "--", *templates], check=True)


@click.command()
@click.argument("stages", nargs=-1, type=click.Choice(STAGES))
def main(stages: tuple[str, ...]) -> None:
    """Package stages (else all), and lint each as SAM and as CloudFormation."""
    for stage in stages or STAGES:
        folder = ROOT / "build" / stage
        package(stage, folder)
        plain = folder / "stack.json"
        plain.write_text(json.dumps(translated(folder / "sam.yaml"), indent=1), encoding="utf-8")
        lint(folder / "sam.yaml", plain)
        click.echo(f"{stage}: sound, as SAM and as CloudFormation")


if __name__ == "__main__":
    main()
