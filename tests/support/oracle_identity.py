"""Whose an event is, under each identity."""

from collections import defaultdict

from oracle_rows import blank, code_points, keyed


def visitors(events, rules):
    """Map each alias to its visitor."""
    aliases = {alias for event in events for alias in (event.anonymous_id, event.user_id)} - {None}
    mapping = {alias: alias for alias in aliases}
    if rules.identity == "table":
        answers = said_by(rules)
        return {alias: answers.get(alias, alias) for alias in aliases}
    if rules.identity != "device":
        for device, users in logins(events).items():
            mapping[device] = users[0 if rules.identity == "first" else -1][-1]
    return mapping


def logins(events):
    """List the logins of each device, the earliest first: time, id, user."""
    found = defaultdict(list)
    for event in events:
        if event.anonymous_id is not None and event.user_id is not None:
            found[event.anonymous_id].append((event.timestamp, event.id, event.user_id))
    for device in found:
        found[device].sort(key=lambda login: (login[0], code_points(login[1]), code_points(login[2])))
    return found


def said_by(rules):
    """Return the visitor of each alias in the identity table. Blank and ignored ids say nothing."""
    pairs = {tuple(None if blank(one) is None or one in rules.ignored_ids else one for one in pair) for pair in rules.graph}
    pairs = {tuple(keyed(one, rules.key) for one in pair) for pair in pairs if not rules.forgotten & set(pair)}
    answers = {alias: visitor for alias, visitor in pairs if alias is not None and visitor is not None}
    assert len(answers) == len({pair for pair in pairs if None not in pair}), "an alias has two visitors"
    return answers


def visitor_of_each(events, rules):
    """Return the visitor of each event, in the order of the events."""
    mapping, answers, seen = visitors(events, rules), said_by(rules), logins(events)
    return [visitor_of(event, rules, mapping, answers, seen) for event in events]


def visitor_of(event, rules, mapping, answers, seen):
    device, user = event.anonymous_id, event.user_id
    if rules.identity == "device":
        return user if device is None else device
    if rules.identity == "table":
        return next((answers[one] for one in (user, device) if one in answers), device if user is None else user)
    if rules.identity != "point_in_time":
        return mapping[device if user is None else user]
    if user is not None:
        return user
    users = seen.get(device, [])
    here = event.timestamp, code_points(event.id)
    so_far = [login for login in users if (login[0], code_points(login[1])) <= here]
    return so_far[-1][-1] if so_far else users[0][-1] if users else device
