"""The sections of the relations: what a row is, each column, and what is measured."""

from collections.abc import Iterator

from sessionmodels.exports.spelling import aggregate_of, table_of
from sessionmodels.handbook.markup import Child, Html, code, element, joined, link, prose, table
from sessionmodels.model import in_words
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.semantics.measures import Figure, Ratio


def section(relation: DescribedRelation, described: Description) -> Html:
    """Return the section of one relation."""
    return element(
        "section",
        element("h3", code(relation.name), id=f"relation-{relation.name}"),
        element("p", prose(relation.row)),
        element("dl", (one for pair in _facts(relation, described) for one in pair)),
        table(("column", "type", "", "meaning"), (_row(one) for one in relation.columns), caption=f"Columns of {relation.name}"),
        _figures(relation, described) if relation.figures else None,
    )


def _facts(relation: DescribedRelation, described: Description) -> Iterator[tuple[Html, Html]]:
    readers = [one.name for one in described.relations if relation.name in one.reads]
    known = {one.name for one in described.relations}
    facts: dict[str, Child] = {
        f"In the warehouse, a {in_words(relation.kind)}": code(table_of(described, relation)),
        "Key": joined(code(relation.key.name), None if relation.key.is_unique else " (not unique: duplicates are kept)"),
        "Reads": _listed([link(f"relation-{one}", code(one)) if one in known else code(one) for one in relation.reads]),
        "Read by": _listed([link(f"relation-{one}", code(one)) for one in readers]) if readers else None,
        "Joins": _listed([joined(code(own.name), " = ", _target(own)) for own in relation.joins.values()]),
        "Counted per day by": code(relation.time_column) if relation.time_column else None,
    }
    for name, fact in facts.items():
        if fact:
            yield element("dt", name), element("dd", fact)


def _listed(parts: list[Html]) -> Html:
    return joined(*(one for place, part in enumerate(parts) for one in ((", ", part) if place else (part,))))


def _target(column: DescribedColumn) -> Html:
    reference = column.reference
    return link(f"relation-{reference.relation}", code(f"{reference.relation}.{reference.column}")) if reference else joined()


def _row(column: DescribedColumn) -> tuple[Child, ...]:
    return code(column.name), code(column.sql_type), joined(*_marks(column)), joined(prose(column.says), *_more(column))


def _marks(column: DescribedColumn) -> Iterator[Html]:
    marks = {"key": column.is_key, "unique": column.is_unique, "never null": column.is_required, column.unit or "": column.unit}
    yield from (element("span", name, class_="mark") for name, holds in marks.items() if holds)


def _more(column: DescribedColumn) -> Iterator[Child]:
    if column.values:
        yield from (" With these settings, one of: ", _listed([code(one) for one in column.values]), ".")
    if column.reference:
        yield from (" Refers to ", _target(column), ".")


def _figures(relation: DescribedRelation, described: Description) -> Html:
    rows = ((code(one.name), prose(one.says), one.unit or "", code(_sql(one, relation, described))) for one in relation.figures)
    return table(("figure", "meaning", "unit", "SQL"), rows, caption=f"Figures of {relation.name}")


def _sql(figure: Figure, relation: DescribedRelation, described: Description) -> str:
    if isinstance(figure, Ratio):
        return f"{figure.numerator} / {figure.denominator}"
    return aggregate_of(figure, relation, described.dialect)
