"""Command line interface: cd7watch features | training | serving | demo.

`pip install .` makes this the program `cd7watch`. A console script leaves the current folder out
of Python's search path, so that a folder there which is called `models` or `training`
cannot replace our packages. `python -m features` and the others are the same commands,
for use in a checkout.
"""

import importlib

import click

from features.notices import RESEARCH_USE_ONLY

__version__ = "0.1.0"

# Name -> module, command in it, and the line of the help page. A module is imported only when its
# command runs: serving must not need scikit-learn, and help must not take seconds.
COMMANDS = {
    "features": ("features.__main__", "main", "Turn count files into a table of features."),
    "training": ("training.__main__", "main", "Fit, evaluate and register risk models."),
    "serving": ("serving.__main__", "serving", "Run the service; import models, load patients."),
    "demo": ("cd7watch_demo", "main", "Simulate a cohort, train its models, serve them."),
}


class LazyGroup(click.Group):
    """A click group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Name and help line of a command, which is all that help and completion need."""
        if cmd_name not in COMMANDS:
            return None
        return click.Command(cmd_name, help=COMMANDS[cmd_name][2])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Import the command that runs, or whose options the shell completes."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a missing library gives one sentence and exit code 2."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            click.echo(
                f"Error: this command needs the package {error.name}, which is not installed; "
                "install CD7Watch with its training libraries: pip install '.[training]'",
                err=True,
            )
            ctx.exit(2)


def load(name: str) -> click.Command:
    """Import one command."""
    module, attribute, _ = COMMANDS[name]
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


@click.group(
    cls=LazyGroup,
    epilog=f"{RESEARCH_USE_ONLY} All state lies in CD7WATCH_VAR, by default in var/.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="cd7watch")
def main() -> None:
    """Relapse and fatal-infection risk after CD7 CAR-T therapy from blood single-cell RNA-seq."""


if __name__ == "__main__":
    main(prog_name="python -m cd7watch")
