"""The channels: Google Analytics' published default channel groups, as rules that are read from the first to the last.

The patterns are Google's, without their wildcards: engines disagree on line breaks.
Source: https://support.google.com/analytics/answer/9756891. Google's list of sites names hundreds; here are those that most
traffic comes from. Google reads its ad networks, too, which no event stream has. The settings `channel_rules`,
`channel_sites` and `default_channels` put a user's own before them, or in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DIRECT: Final = "Direct"
UNASSIGNED: Final = "Unassigned"


@dataclass(frozen=True)
class ChannelRule:
    """A channel, and what all of a session's fields must match, in lower case. `site` is the kind of site of its source."""

    channel: str
    matches: Mapping[str, str]
    """By field (`source`, `medium`, `campaign` or `site`), a regular expression that is found in it."""


PAID: Final = "cp|^ppc$|^retargeting$|^paid"
SHOP: Final = "([^a-df-z]|^)shop|shopping"
EMAIL: Final = "^(email|e-mail|e_mail|e mail)$"

CHANNEL_RULES: Final = (
    ChannelRule(DIRECT, {"source": "^[(]direct[)]$", "medium": "^([(]not set[)]|[(]none[)])$"}),
    ChannelRule("Cross-network", {"campaign": "cross-network"}),
    ChannelRule("Paid Shopping", {"site": "^shopping$", "medium": PAID}),
    ChannelRule("Paid Shopping", {"campaign": SHOP, "medium": PAID}),
    ChannelRule("Paid Search", {"site": "^search$", "medium": PAID}),
    ChannelRule("Paid Social", {"site": "^social$", "medium": PAID}),
    ChannelRule("Paid Video", {"site": "^video$", "medium": PAID}),
    ChannelRule("Display", {"medium": "^(display|banner|expandable|interstitial|cpm)$"}),
    ChannelRule("Paid Other", {"medium": PAID}),
    ChannelRule("Organic Shopping", {"site": "^shopping$"}),
    ChannelRule("Organic Shopping", {"campaign": SHOP}),
    ChannelRule("Organic Social", {"site": "^social$"}),
    ChannelRule("Organic Social", {"medium": "^(social|social-network|social-media|sm|social network|social media)$"}),
    ChannelRule("Organic Video", {"site": "^video$"}),
    ChannelRule("Organic Video", {"medium": "video"}),
    ChannelRule("Organic Search", {"site": "^search$"}),
    ChannelRule("Organic Search", {"medium": "^organic$"}),
    ChannelRule("Referral", {"medium": "^(referral|app|link)$"}),
    ChannelRule("Email", {"source": EMAIL}),
    ChannelRule("Email", {"medium": EMAIL}),
    ChannelRule("Affiliates", {"medium": "^affiliate$"}),
    ChannelRule("Audio", {"medium": "^audio$"}),
    ChannelRule("SMS", {"source": "^sms$"}),
    ChannelRule("SMS", {"medium": "^sms$"}),
    ChannelRule("Mobile Push Notifications", {"medium": "push$|mobile|notification"}),
    ChannelRule("Mobile Push Notifications", {"source": "^firebase$"}),
)

SITES: Final[Mapping[str, tuple[str, ...]]] = {
    "search": (
        *("google", "bing", "yahoo", "duckduckgo", "baidu", "yandex", "ecosia", "qwant", "startpage", "naver", "daum", "sogou"),
        *("seznam", "aol", "ask", "so.com", "search.brave.com", "msn"),
    ),
    "social": (
        *(
            "facebook",
            "fb",
            "instagram",
            "ig",
            "twitter",
            "x.com",
            "t.co",
            "linkedin",
            "lnkd.in",
            "pinterest",
            "reddit",
            "tiktok",
        ),
        *(
            "snapchat",
            "threads",
            "tumblr",
            "quora",
            "vk",
            "vkontakte",
            "weibo",
            "whatsapp",
            "telegram",
            "t.me",
            "bsky",
            "mastodon",
        ),
        *("discord", "xing", "messenger", "news.ycombinator.com"),
    ),
    "video": ("youtube", "youtu.be", "vimeo", "dailymotion", "twitch", "netflix", "disneyplus", "bilibili"),
    "shopping": (
        *("amazon", "ebay", "etsy", "walmart", "alibaba", "aliexpress", "shopify", "rakuten", "mercadolibre", "target", "temu"),
        *("zalando", "idealo", "googleshopping", "shopping.google.com", "shop.app", "shopzilla"),
    ),
}
"""Sites by kind. A name with a dot is a host and all below it. Any other is the whole host, or just before its end:
`google` in `www.google.co.uk`, but not in `google.blog.example`."""

NO_SITES: Final = "accounts.google.com", "mail.google.com"
"""Hosts of none of these kinds, although their names are a site's: a login that leads back, and mail."""

CLICK_IDS: Final[Mapping[str, tuple[str, str]]] = {
    "gclid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "dclid": ("google", "display"),
    "fbclid": ("facebook", "social"),
    "ttclid": ("tiktok", "cpc"),
    "twclid": ("twitter", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
}
"""By parameter of the landing page's URL, the source and medium that it stands for. Links that nobody paid for have `fbclid`."""
