"""The command's entry point: it hears signals before anything heavy is imported, and ends with the status of one that arrived."""

from sessionmodels import signals


def main() -> None:
    """Run the command."""
    try:
        signals.listen()
        from sessionmodels.cli import main as command  # noqa: PLC0415 - a signal may arrive meanwhile

        command(prog_name="sessionmodels")
    except BaseException as error:
        # An assignment, not a call: Python runs handlers at calls, and one that raised here would end in a traceback.
        signals.STATE.raises = False
        signals.leave(error)
        if signals.received() is None:
            raise
    signals.end()


if __name__ == "__main__":
    main()
