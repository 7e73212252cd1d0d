"""Where a session came from, by one's own rules and Google's published table, in plain Python. Nothing of it is in the SQL."""

import re

SEARCH = (
    "google bing yahoo duckduckgo baidu yandex ecosia qwant startpage naver daum sogou seznam aol ask so.com search.brave.com msn"
)
SOCIAL = (
    "facebook fb instagram ig twitter x.com t.co linkedin lnkd.in pinterest reddit tiktok snapchat threads tumblr quora vk"
    " vkontakte weibo whatsapp telegram t.me bsky mastodon discord xing messenger news.ycombinator.com"
)
VIDEO = "youtube youtu.be vimeo dailymotion twitch netflix disneyplus bilibili"
SHOPPING = (
    "amazon ebay etsy walmart alibaba aliexpress shopify rakuten mercadolibre target temu zalando idealo googleshopping"
    " shopping.google.com shop.app shopzilla"
)


def host(url):
    if url is None or "://" not in url:
        return None
    written = re.split("[/?#]", url.split("://")[1])[0].lower()
    found = written.split("@")[-1].split(":")[0]
    return found.removeprefix("www.") or None


def is_below(name, domain):
    """Whether a host is a domain, or stands below it."""
    return name == domain or name.endswith(f".{domain}")


def source_and_medium(session, sites, own_domains):
    tags = [session[name] for name in ("utm_source", "utm_medium", "utm_campaign")]
    if any(one is not None for one in tags):
        return tuple(one and one.lower() for one in tags[:2])
    parts = ((session["landing_page_url"] or "").split("#")[0] + "?").split("?")[1].lower().split("&")
    names = {one.split("=")[0] for one in parts if "=" in one}
    for known, found in (
        ({"gclid", "wbraid", "gbraid"}, ("google", "cpc")),
        ({"msclkid"}, ("bing", "cpc")),
        ({"dclid"}, ("google", "display")),
        ({"fbclid"}, ("facebook", "social")),
        ({"ttclid"}, ("tiktok", "cpc")),
        ({"twclid"}, ("twitter", "cpc")),
        ({"li_fat_id"}, ("linkedin", "cpc")),
    ):
        if names & known:
            return found
    referrer = host(session["referrer"])
    if referrer is None or referrer == host(session["landing_page_url"]):
        return None, None
    if any(is_below(referrer, one.lower().removeprefix("www.")) for one in own_domains):
        return None, None
    return referrer, "organic" if kind_of(referrer, sites) == "search" else "referral"


def kind_of(source, sites):
    """Return the kind of a source's site: by one's own sites, then by those that are known."""
    if source is None:
        return None
    for kind, names in sites.items():
        if is_one_of(source, [name.lower().removeprefix("www.") for name in names]):
            return kind
    if source in {"accounts.google.com", "mail.google.com"}:
        return None
    for kind, names in (("search", SEARCH), ("social", SOCIAL), ("video", VIDEO), ("shopping", SHOPPING)):
        if is_one_of(source, names.split()):
            return kind
    return None


def is_one_of(source, names):
    labels = source.split(".")
    ends = [(labels[at], labels[at + 1 :]) for at in range(len(labels))]
    alone = {label for label, rest in ends if not rest or is_suffix(rest)}
    return any(name in alone or ("." in name and is_below(source, name)) for name in names)


def is_suffix(labels):
    """Whether this is `com`, `de`, `co.uk` or `com.br`."""
    words = all(len(one) > 1 and one.isascii() and one.isalpha() for one in labels)
    return words and (len(labels) == 1 or (len(labels) == 2 and labels[0] in {"co", "com"}))


def channel(session, rules=(), *, default_channels=True, sites=None, own_domains=()):
    """Return the channel: by the first of one's own rules of which every condition holds, then by Google's table."""
    source, medium = source_and_medium(session, sites or {}, own_domains)
    campaign = session["utm_campaign"] and session["utm_campaign"].lower()
    if source is None and medium is None and campaign is None:
        return "Direct"
    kind = kind_of(source, sites or {})
    fields = {"source": source, "medium": medium, "campaign": campaign, "site": kind}
    for rule in rules:
        if all(holds(fields[one["column"]], one["operator"], one.get("value")) for one in rule["where"]):
            return rule["channel"]
    return by_google(source, medium or "", campaign or "", kind) if default_channels else "Unassigned"


def holds(found, operator, value):
    """Whether a condition holds. What there is not differs from everything; case does not matter."""
    wanted = [one.lower() for one in value] if isinstance(value, (list, tuple)) else value and value.lower()
    if operator in {"is null", "is not null"}:
        return (found is None) == (operator == "is null")
    if found is None:
        return operator == "!=" or operator.startswith("not ")
    answer = {
        "=": lambda: found == wanted,
        "in": lambda: found in wanted,
        "starts with": lambda: found.startswith(wanted),
        "contains": lambda: wanted in found,
    }[operator.removeprefix("not ").replace("!=", "=")]()
    return answer != (operator == "!=" or operator.startswith("not "))


def by_google(source, sent, name, kind):  # noqa: C901, PLR0911 - a row of the table for each
    """Return the channel by Google's table of 2024, row by row, each as a question of its own."""
    is_paid = "cp" in sent or sent in {"ppc", "retargeting"} or sent.startswith("paid")
    is_shop = "shopping" in name or any(
        at == 0 or not ("a" <= name[at - 1] <= "z") or name[at - 1] == "e"
        for at in range(len(name))
        if name.startswith("shop", at)
    )
    if source == "(direct)" and sent in {"(not set)", "(none)"}:
        return "Direct"
    if "cross-network" in name:
        return "Cross-network"
    if is_paid and (kind == "shopping" or is_shop):
        return "Paid Shopping"
    if is_paid and kind in {"search", "social", "video"}:
        return f"Paid {kind.title()}"
    if sent in {"display", "banner", "expandable", "interstitial", "cpm"}:
        return "Display"
    if is_paid:
        return "Paid Other"
    if kind == "shopping" or is_shop:
        return "Organic Shopping"
    if kind == "social" or sent in {"social", "social-network", "social-media", "sm", "social network", "social media"}:
        return "Organic Social"
    if kind == "video" or "video" in sent:
        return "Organic Video"
    if kind == "search" or sent == "organic":
        return "Organic Search"
    return other_channel(source, sent)


def other_channel(source, medium):
    email = {"email", "e-mail", "e_mail", "e mail"}
    if medium in {"referral", "app", "link"}:
        return "Referral"
    if medium in email or source in email:
        return "Email"
    if medium in {"affiliate", "audio"}:
        return {"affiliate": "Affiliates", "audio": "Audio"}[medium]
    if "sms" in {source, medium}:
        return "SMS"
    if medium.endswith("push") or "mobile" in medium or "notification" in medium or source == "firebase":
        return "Mobile Push Notifications"
    return "Unassigned"
