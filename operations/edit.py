"""Run an editor's command on a stage's table: `python -m operations.edit staging history`.

The table is the one that the stage's stack says it has; everything else is as `python -m editorial` has it.
"""

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from editorial.cli import main as editor
from operations.deploy import outputs, stack_name
from operations.package import STAGES


@click.command(help=__doc__, context_settings={"ignore_unknown_options": True})
@click.argument("stage", type=click.Choice(STAGES))
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def main(stage: str, command: tuple[str, ...]) -> None:
    """Find the table, and run the command."""
    try:
        found = outputs(boto3.client("cloudformation"), stack_name(stage))
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error
    if found is None:
        raise click.ClickException(f"there is no stack {stack_name(stage)}: make deploy STAGE={stage} BUCKET=…")
    name, *rest = command or ("--help",)
    editor.main(
        [name, *(["--table", found["ContentTable"]] if rest != ["--help"] else []), *rest], prog_name="editorial"
    )


if __name__ == "__main__":
    main()
