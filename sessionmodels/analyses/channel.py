"""The channel of a session: where it came from, in a few words that marketers use."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, case, false, func, literal, null, or_, select

from sessionmodels.analyses.channel_rules import CHANNEL_RULES, CLICK_IDS, DIRECT, NO_SITES, SITES, UNASSIGNED, ChannelRule
from sessionmodels.settings import Settings
from sessionmodels.settings.channels import FIELDS, OwnChannel
from sessionmodels.source.where import bound
from sessionmodels.sql.part_of import matches, part_of
from sessionmodels.sql.text import LongText, as_text

CHANNEL: Final = "channel"
TAGS: Final = "utm_source", "utm_medium", "utm_campaign"
READ: Final = (*TAGS, "referrer", "landing_page_url")
NOTHING: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})
PORT, SLASH, QUERY, HASH, DOT, AT = ":", "/", "?", "#", ".", "@"


def chosen_channels(settings: Settings) -> dict[str, Any]:
    """Return what settings say about channels, as keywords of `with_channel`."""
    return {
        "own_channels": settings.own_channels,
        "own_sites": settings.channel_sites,
        "own_domains": settings.own_domains,
        "channel_rules": CHANNEL_RULES if settings.default_channels else (),
    }


def with_channel(  # noqa: PLR0913 - all that decides it, each by its name
    sessions: FromClause,
    names: Collection[str],
    *,
    own_channels: Sequence[OwnChannel] = (),
    own_sites: Mapping[str, Sequence[str]] = NOTHING,
    own_domains: Sequence[str] = (),
    channel_rules: Sequence[ChannelRule] = CHANNEL_RULES,
    sites: Mapping[str, Sequence[str]] = SITES,
) -> FromClause:
    """Return the sessions, with their columns of these names and one more: `channel`.

    A session's source and medium are its campaign's (`utm_source`, `utm_medium`); else those of a click id in the landing page's
    URL; else the referrer's host, with the medium `organic` if it is a search engine, else `referral`. A referrer on the landing
    page's own host, or on one of `own_domains` or below it, does not count. Without any of these, the channel is `Direct`.
    Otherwise, the first of `own_channels` whose conditions all hold decides, then the first of `channel_rules` that matches; if
    none does, it is `Unassigned`. What `own_sites` names comes before `sites`. Case does not matter.
    """
    kept = [name for name in (one.name for one in sessions.c) if name in names]
    sent = _sent(sessions, kept).cte("sessions_as_sent")
    came = _with_source(sent, kept, own_domains).cte("sessions_with_source")
    placed = _with_medium(came, own_sites, sites)
    fields = {name: placed.c[name] for name in FIELDS}
    nothing = and_(*(placed.c[name].is_(None) for name in FIELDS if name != "site"))
    first = ((and_(*bound(one.in_lower_case, fields.get)), _word(one.channel)) for one in own_channels)
    rules = ((_holds(rule, fields), _word(rule.channel)) for rule in channel_rules)
    channel = case((nothing, _word(DIRECT)), *first, *rules, else_=_word(UNASSIGNED)).label(CHANNEL)
    return select(*(placed.c[f"own_{name}"].label(name) for name in kept), channel).cte("sessions_with_channel")


def _sent(sessions: FromClause, kept: Sequence[str]) -> Any:
    """Return what says where a session came from: its campaign, two hosts, and a click id's source and medium."""
    query = _lower(part_of(part_of(sessions.c.landing_page_url, HASH, 1), QUERY, 2))
    clicks = {
        pair: "|".join(name for name, other in CLICK_IDS.items() if other == pair) for pair in dict.fromkeys(CLICK_IDS.values())
    }
    clicked = [[(matches(query, f"(^|&)({names})="), _word(pair[n])) for pair, names in clicks.items()] for n in (0, 1)]
    return select(
        *(sessions.c[name].label(f"own_{name}") for name in kept),
        *(_lower(sessions.c[name]).label(name) for name in TAGS),
        host_of(sessions.c.referrer).label("referrer_host"),
        host_of(sessions.c.landing_page_url).label("landing_host"),
        case(*clicked[0]).label("click_source"),
        case(*clicked[1]).label("click_medium"),
    )


def _with_source(sent: FromClause, kept: Sequence[str], own_domains: Sequence[str]) -> Any:
    is_tagged = or_(*(sent.c[name].is_not(None) for name in TAGS))
    is_clicked, host = sent.c.click_source.is_not(None), sent.c.referrer_host
    is_own = or_(
        func.coalesce(host == sent.c.landing_host, false()),
        *(_is_below(host, one) for one in own_domains),
    )
    is_referred = and_(~or_(is_tagged, is_clicked, is_own), host.is_not(None))
    return select(
        *(sent.c[f"own_{name}"] for name in kept),
        case((is_tagged, sent.c.utm_source), (is_clicked, sent.c.click_source), (is_referred, host)).label("source"),
        case((is_tagged, sent.c.utm_medium), (is_clicked, sent.c.click_medium)).label("sent_medium"),
        sent.c.utm_campaign.label("campaign"),
        case((is_referred, 1), else_=0).label("is_referred"),
    )


def _with_medium(came: FromClause, own_sites: Mapping[str, Sequence[str]], sites: Mapping[str, Sequence[str]]) -> FromClause:
    """Return the sessions with the kind of their source's site, and with their medium, which a referrer has by that kind."""
    own, known = ([(_is_site(came.c.source, one), _word(kind)) for kind, one in each.items()] for each in (own_sites, sites))
    site = case(*own, (came.c.source.in_(list(NO_SITES)), as_text(null())), *known).label("site")
    sited = select(came, site).cte("sessions_with_site")
    by_referrer = case((sited.c.site == "search", _word("organic")), else_=_word("referral"))
    medium = case((sited.c.is_referred == 1, by_referrer), else_=sited.c.sent_medium).label("medium")
    return select(sited, medium).cte("sessions_with_medium")


def host_of(url: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the host of a URL in lower case, without `www.` and the port; null if it has none."""
    host = part_of(url, "://", 2)
    for separator in (SLASH, QUERY, HASH):
        host = part_of(host, separator, 1)
    host = part_of(func.coalesce(func.nullif(part_of(host, AT, 2), ""), host, type_=LongText()), PORT, 1)
    marked = func.replace(literal(SLASH) + _lower(host), "/www.", "", type_=LongText())
    return func.nullif(func.replace(marked, SLASH, "", type_=LongText()), "", type_=LongText())


def _lower(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lower(text, type_=LongText())


def _word(word: str) -> ColumnElement[Any]:
    return as_text(literal(word))


def _is_site(source: ColumnElement[Any], names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a source is one of these sites: a host or one below it, or a name that is the whole host or just before its end."""
    found = [_named(one) for one in names]
    hosts, alone = ([name for name in found if (DOT in name) == has_dot] for has_dot in (True, False))
    patterns = [f"({_either(hosts)})"] * bool(hosts) + [f"({_either(alone)})([.]com?)?([.][a-z][a-z]+)?"] * bool(alone)
    return matches(literal(DOT) + source, f"[.]({'|'.join(patterns)})$")


def _is_below(host: ColumnElement[Any], domain: str) -> ColumnElement[bool]:
    return func.coalesce(matches(literal(DOT) + host, f"[.]({_either([_named(domain)])})$"), false())


def _named(site: str) -> str:
    """Return a site as `host_of` returns the host of a URL."""
    return site.lower().removeprefix("www.")


def _either(names: Sequence[str]) -> str:
    return "|".join(name.replace(DOT, "[.]") for name in names)


def _holds(rule: ChannelRule, fields: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    return and_(*(matches(fields[field], pattern) for field, pattern in rule.matches.items()))
