"""The command's entry point. It handles signals before heavy imports, and ends with the status of a signal that arrived."""

from sessionmodels.connection import signals


def main() -> None:
    """Run the command."""
    try:
        signals.listen()
        from sessionmodels.cli import main as command  # noqa: PLC0415 - a signal may arrive during the import

        command(prog_name="sessionmodels")
    except BaseException as error:
        # An assignment, not a call: Python runs handlers at calls, and a handler that raised here would print a traceback.
        signals.STATE.raises = False
        signals.exit_on_signal(error)
        if signals.received() is None:
            raise
    signals.end()


if __name__ == "__main__":
    main()
