"""Sessions from the events in your warehouse: who visited, when, for how long, and what they did next."""

TYPE_CHECKING = False  # type checkers treat it as `typing`'s; importing that would delay the signal handlers

if TYPE_CHECKING:
    from typing import Any

    from sessionmodels.checks.result import CheckReport as CheckReport
    from sessionmodels.comparison.result import Comparison as Comparison
    from sessionmodels.comparison.run import compare as compare
    from sessionmodels.connection.engine import engine_for as engine_for
    from sessionmodels.doctor.report import SourceReport as SourceReport
    from sessionmodels.doctor.run import examine_source as examine_source
    from sessionmodels.errors import AuditError as AuditError
    from sessionmodels.errors import BuildError as BuildError
    from sessionmodels.errors import CheckError as CheckError
    from sessionmodels.errors import ConnectError as ConnectError
    from sessionmodels.errors import LockedError as LockedError
    from sessionmodels.errors import SessionmodelsError as SessionmodelsError
    from sessionmodels.errors import SettingsError as SettingsError
    from sessionmodels.errors import SourceError as SourceError
    from sessionmodels.errors import TargetError as TargetError
    from sessionmodels.execution.build import build_all as build_all
    from sessionmodels.execution.dry_run import plan_all as plan_all
    from sessionmodels.execution.forget import forget as forget
    from sessionmodels.execution.forget_result import ForgetResult as ForgetResult
    from sessionmodels.execution.result import BuildResult as BuildResult
    from sessionmodels.explanation.result import Explanation as Explanation
    from sessionmodels.explanation.result import VisitorExplanation as VisitorExplanation
    from sessionmodels.exports.run import Export as Export
    from sessionmodels.exports.run import export as export
    from sessionmodels.reading import Answer as Answer
    from sessionmodels.reading import Status as Status
    from sessionmodels.reading import ask as ask
    from sessionmodels.reading import check_all as check_all
    from sessionmodels.reading import explain as explain
    from sessionmodels.reading import explain_visitor as explain_visitor
    from sessionmodels.reading import status as status
    from sessionmodels.reading import top_users_by_avg_session_duration as top_users_by_avg_session_duration
    from sessionmodels.reporting import Report as Report
    from sessionmodels.reporting import report as report
    from sessionmodels.settings import Settings as Settings
    from sessionmodels.views.packaged import migrate as migrate

    __version__: str

_HOMES = {
    "build_all": "execution.build",
    "engine_for": "connection.engine",
    "forget": "execution.forget",
    "plan_all": "execution.dry_run",
    "ForgetResult": "execution.forget_result",
    "BuildResult": "execution.result",
    "CheckReport": "checks.result",
    "Comparison": "comparison.result",
    "compare": "comparison.run",
    **dict.fromkeys(("Explanation", "VisitorExplanation"), "explanation.result"),
    **dict.fromkeys(("Report", "report"), "reporting"),
    **dict.fromkeys(("Export", "export"), "exports.run"),
    "Settings": "settings",
    "SourceReport": "doctor.report",
    "examine_source": "doctor.run",
    "migrate": "views.packaged",
    "top_users_by_avg_session_duration": "reading",
    **dict.fromkeys(("Answer", "Status", "ask", "check_all", "explain", "explain_visitor", "status"), "reading"),
    **dict.fromkeys(("SessionmodelsError", "SettingsError", "SourceError", "TargetError", "ConnectError"), "errors"),
    **dict.fromkeys(("BuildError", "LockedError", "AuditError", "CheckError"), "errors"),
}

__all__ = [
    "Answer",
    "AuditError",
    "BuildError",
    "BuildResult",
    "CheckError",
    "CheckReport",
    "Comparison",
    "ConnectError",
    "Explanation",
    "Export",
    "ForgetResult",
    "LockedError",
    "Report",
    "SessionmodelsError",
    "Settings",
    "SettingsError",
    "SourceError",
    "SourceReport",
    "Status",
    "TargetError",
    "VisitorExplanation",
    "__version__",
    "ask",
    "build_all",
    "check_all",
    "compare",
    "engine_for",
    "examine_source",
    "explain",
    "explain_visitor",
    "export",
    "forget",
    "migrate",
    "plan_all",
    "report",
    "status",
    "top_users_by_avg_session_duration",
]


def __getattr__(name: str) -> "Any":
    """Import a public name on first access, so that `--help` is fast."""
    from importlib import import_module  # noqa: PLC0415 - as `typing`

    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - as `typing`

        return version(__name__)
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
