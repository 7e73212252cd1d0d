"""The channel of a session: every row of Google's published table, click ids, referrers, and own domains."""

import oracle_channel as oracle
import pytest
import sqlalchemy as sa
from own_channels import OWN, of_oracle

from sessionmodels import Settings
from sessionmodels.analyses.channel import READ, chosen_channels, with_channel
from sessionmodels.analyses.channel_rules import CHANNEL_RULES, ChannelRule

NOTHING = dict.fromkeys(READ)
LANDED = "https://shop.example/?"

TAGGED = {
    "Direct": [("(direct)", "(none)", None), ("(direct)", "(not set)", None), ("(Direct)", "(None)", None)],
    "Cross-network": [("google", "cpc", "Spring Cross-Network"), (None, None, "cross-network")],
    "Paid Shopping": [
        ("amazon", "cpc", None),
        ("x", "paid", "Shopping 1"),
        ("x", "ppc", "shop"),
        ("x", "retargeting", "my-shop"),
    ],
    "Paid Search": [("google", "cpc", None), ("bing", "ppc", "brand"), ("www.google.co.uk", "paidsearch", None)],
    "Paid Social": [("facebook", "cpc", None), ("Instagram", "paid_social", None), ("l.instagram.com", "retargeting", None)],
    "Paid Video": [("youtube", "cpv-cpm", None), ("youtube.com", "paid", None)],
    "Display": [("x", "display", None), ("x", "banner", None), ("x", "expandable", None), ("x", "interstitial", None)],
    "Paid Other": [("partner", "cpc", None), ("x", "paid-x", None), ("x", "retargeting", None), (None, "ppc", None)],
    "Organic Shopping": [("ebay", None, None), ("x", "y", "eshop"), ("x", None, "shop now")],
    "Organic Social": [("facebook", None, None), ("x", "social", None), ("x", "social network", None), ("x", "sm", None)],
    "Organic Video": [("vimeo", "x", None), ("x", "my-video", None)],
    "Organic Search": [("google", None, None), ("x", "organic", None), ("duckduckgo.com", "x", None)],
    "Referral": [("x", "referral", None), ("x", "app", None), ("x", "link", None)],
    "Email": [("x", "email", None), ("e-mail", "x", None), ("x", "e_mail", None), ("x", "E mail", None)],
    "Affiliates": [("x", "affiliate", None)],
    "Audio": [("x", "audio", None)],
    "SMS": [("sms", "x", None), ("x", "sms", None)],
    "Mobile Push Notifications": [
        ("x", "web push", None),
        ("x", "mobile", None),
        ("x", "a notification", None),
        ("firebase", "x", None),
    ],
    "Unassigned": [("x", "y", None), ("x", None, "workshop"), ("x", None, None), ("sgoogle", None, None), ("x", "emails", None)],
}
"""By channel, a source, a medium and a campaign. The first row of the published table that matches decides."""

SENT = [
    ({}, "Direct"),
    ({"landing_page_url": "https://shop.example/?gclid=1"}, "Paid Search"),
    ({"landing_page_url": LANDED + "a=1&GBRAID=x#y", "referrer": "https://www.facebook.com/"}, "Paid Search"),
    ({"landing_page_url": LANDED + "msclkid=1"}, "Paid Search"),
    ({"landing_page_url": LANDED + "fbclid=1"}, "Organic Social"),
    ({"landing_page_url": LANDED + "dclid=1"}, "Display"),
    ({"landing_page_url": LANDED + "ttclid=1"}, "Paid Social"),
    ({"landing_page_url": LANDED + "gclid=1", "utm_medium": "email"}, "Email"),
    ({"landing_page_url": LANDED + "xgclid=1"}, "Direct"),
    ({"landing_page_url": "https://shop.example/#?gclid=1"}, "Direct"),
    ({"referrer": "https://www.google.de/search?q=shoes"}, "Organic Search"),
    ({"referrer": "android-app://com.google.android.gm/"}, "Referral"),
    ({"referrer": "https://mail.google.com/"}, "Referral"),
    ({"referrer": "https://accounts.google.com/"}, "Referral"),
    ({"referrer": "https://ask.fedoraproject.org/"}, "Referral"),
    ({"referrer": "https://target.example.com/"}, "Referral"),
    ({"referrer": "https://www.google.com.br/"}, "Organic Search"),
    ({"referrer": "https://search.brave.com/search"}, "Organic Search"),
    ({"referrer": "https://ann:secret@www.google.de:443/"}, "Organic Search"),
    ({"referrer": "https://t.co/abc"}, "Organic Social"),
    ({"referrer": "https://m.youtube.com"}, "Organic Video"),
    ({"referrer": "https://blog.example:8080/a?b#c"}, "Referral"),
    ({"referrer": "https://WWW.Shop.example:443/x", "landing_page_url": "https://shop.example/"}, "Direct"),
    ({"referrer": "https://pay.shop.example/x", "landing_page_url": "https://shop.example/"}, "Referral"),
    ({"referrer": "no url"}, "Direct"),
    ({"referrer": "https://"}, "Direct"),
    ({"referrer": "https://google.com/", "utm_source": "news", "utm_medium": "email"}, "Email"),
    ({"utm_source": "", "referrer": "https://google.com/"}, "Unassigned"),
]


def channels(engine: sa.Engine, rows: list[dict], **chosen) -> list[str]:
    """Return the channel of each of these sessions."""
    columns = [sa.Column("n", sa.Integer), *(sa.Column(name, sa.Text) for name in READ)]
    table = sa.Table("s", sa.MetaData(), *columns)
    with engine.begin() as connection:
        table.drop(connection, checkfirst=True)
        table.create(connection)
        connection.execute(table.insert(), [{"n": n, **NOTHING, **row} for n, row in enumerate(rows)])
        found = with_channel(table, {"n"}, **chosen)
        return [row.channel for row in connection.execute(sa.select(found).order_by(found.c.n))]


def test_every_row_of_the_published_table(engine) -> None:
    """Each channel by each of its conditions, in the order of the table."""
    wanted = [(channel, dict(zip(READ, row, strict=False))) for channel, rows in TAGGED.items() for row in rows]
    assert channels(engine, [row for _, row in wanted]) == [channel for channel, _ in wanted]
    assert {rule.channel for rule in CHANNEL_RULES} | {"Unassigned"} == TAGGED.keys()
    assert [oracle.channel(NOTHING | row) for _, row in wanted] == [channel for channel, _ in wanted]


def test_values_of_several_lines(engine) -> None:
    """A line break in a value changes nothing, whatever `.` means to an engine."""
    assert channels(engine, [{"utm_source": "x", "utm_medium": "a\ncpc"}]) == ["Paid Other"]


def test_what_was_not_tagged(engine) -> None:
    """Click ids, then referrers; a referrer of the landing page's own host is none."""
    assert channels(engine, [row for row, _ in SENT]) == [channel for _, channel in SENT]
    assert [oracle.channel(NOTHING | row) for row, _ in SENT] == [channel for _, channel in SENT]


def test_rules_and_sites_as_data(duckdb) -> None:
    """What is there by default can be replaced as a whole."""
    rules = [ChannelRule("Staff", {"site": "^inside$"}), ChannelRule("Elsewhere", {"medium": "referral"})]
    rows = [{"utm_source": "Intranet"}, {"referrer": "https://pay.example.org/"}]
    assert channels(duckdb, rows, channel_rules=rules, sites={"inside": ("intranet",)}) == ["Staff", "Elsewhere"]


OF_OWN = [
    ({"utm_source": "Intranet"}, "Staff"),
    ({"utm_source": "intranet", "utm_medium": "CPC"}, "Partners"),
    ({"referrer": "https://a.wiki.example/"}, "Staff"),
    ({"utm_source": "youtube"}, "Staff"),
    ({"utm_source": "PodRadio"}, "Podcast"),
    ({"utm_source": "podx", "utm_medium": "x", "utm_campaign": "a repeat"}, "Unassigned"),
    ({"utm_source": "Radio", "utm_medium": "email"}, "Podcast"),
    ({"utm_campaign": "spring"}, "Untagged"),
    ({"utm_medium": "cpc"}, "Partners"),
    ({"utm_source": "google", "utm_medium": "cpc"}, "Paid Search"),
    ({"utm_source": "x", "utm_medium": "webmail"}, "Unassigned"),
    ({"utm_medium": "e-mail"}, "Mail"),
    ({"referrer": "https://a.pay.example/"}, "Direct"),
    ({"referrer": "https://notpay.example/"}, "Referral"),
    ({"referrer": "https://kagi.com/"}, "Organic Search"),
    ({"referrer": "https://mail.google.com/"}, "Organic Social"),
    ({"referrer": "https://accounts.google.com/"}, "Referral"),
    ({"utm_source": "ask"}, "Organic Social"),
    ({}, "Direct"),
]


@pytest.mark.parametrize("default_channels", [True, False])
def test_rules_sites_and_domains_in_settings(engine, default_channels) -> None:
    """Own rules are read first, own sites before those that are known, and own domains are no referrers."""
    rows, wanted = [row for row, _ in OF_OWN], [channel for _, channel in OF_OWN]
    if not default_channels:
        ours = {"Direct", *(one["channel"] for one in OWN["channel_rules"])}
        wanted = [one if one in ours else "Unassigned" for one in wanted]
    chosen = chosen_channels(Settings(**OWN, default_channels=default_channels))
    assert channels(engine, rows, **chosen) == wanted
    how = {"default_channels": default_channels, **of_oracle(OWN)}
    assert [oracle.channel(NOTHING | row, **how) for row in rows] == wanted
