"""Command line of training: python -m training simulate | plan | protocol | fit | evaluate | ...

Each command imports heavy libraries only when it runs, so that --help is fast.
"""

import click

from features import settings
from training.commands import (
    evaluate,
    export,
    fit,
    monitor,
    plan,
    promote,
    protocol,
    report,
    retrain,
    simulate,
    surveillance,
    update,
)
from training.commands.arguments import EPILOG


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Train, evaluate and monitor risk models of relapse and infection.

    FEATURES is a feature table (Parquet) from `cd7watch features`, OUTCOMES a CSV file with one
    row a patient. ENDPOINT is relapse, fatal_infection, severe_infection or one that a protocol
    declares; a registered model is named ENDPOINT@ALIAS (candidate, champion, validated) or
    ENDPOINT/VERSION.
    """
    settings.prepare_libraries()


for _command in (
    simulate.simulate,
    plan.plan,
    protocol.protocol,
    fit.fit,
    evaluate.evaluate,
    promote.promote,
    export.export,
    report.report,
    surveillance.surveillance,
    monitor.monitor,
    retrain.retrain,
    update.update,
):
    main.add_command(_command)

if __name__ == "__main__":
    main()
