"""The actor of audit entries that a command writes."""

import getpass


def command_line_actor() -> str:
    """The account that runs the command."""
    return f"command line: {getpass.getuser()}"
