"""How the platforms write their addresses: the tables that `identify` reads.

A rule matches the host (without www.) and the path (without its last slash) as one text; its named groups
are identifiers. The first rule that matches wins. Checked against public addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Rule:
    """`query` maps parameters that must be there to their identifiers, `optional` those that may be."""

    kind: str
    pattern: str
    query: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)


# A platform's own hosts, or any host below them.
HOSTS = {
    "facebook": ("facebook.com", "fb.com", "fb.watch", "fb.me"),
    "instagram": ("instagram.com", "instagr.am"),
    "tiktok": ("tiktok.com",),
    "x": ("x.com", "twitter.com"),
    "youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com"),
    "telegram": ("t.me", "telegram.me", "telegram.dog"),
    "whatsapp": ("whatsapp.com", "wa.me"),
}


def host(address: str) -> str:
    """The host of `address`, lower-case, without a trailing dot; empty when there is none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def platform(address: str) -> str:
    """The platform that `address` belongs to: a key of HOSTS, or "web"."""
    place = host(address)
    for name, hosts in HOSTS.items():
        if any(place == one or place.endswith(f".{one}") for one in hosts):
            return name
    return "web"


_FB = r"(?:[a-z0-9-]+\.)*(?:facebook|fb)\.com/"
_FB_NAME = (
    r"(?!(?:login|watch|reel|reels|share|sharer|events|groups|pages|people|stories|marketplace|help|home"
    r"|photo|photos|video|videos|story|permalink|profile|hashtag|gaming|policies|privacy|checkpoint"
    r"|recover|l|p)(?:\.php)?(?:/|$))(?P<account>[A-Za-z0-9.]{2,})"
)
_FB_POST = r"(?P<post>pfbid[A-Za-z0-9]+|[0-9]+)"
_IG = r"(?:[a-z]+\.)?instagra(?:m\.com|\.am)/"
_IG_NAME = (
    r"(?!(?:explore|accounts|direct|about|legal|developer|p|reel|reels|stories|tv|web|challenge|share)(?:/|$))"
    r"(?P<account>[A-Za-z0-9._]{1,30})"
)
_X = r"(?:mobile\.)?(?:x|twitter)\.com/"
_X_NAME = (
    r"(?!(?:home|explore|i|search|intent|hashtag|settings|login|signup|share|notifications|messages|compose"
    r"|tos|privacy|jobs)(?:/|$))(?P<account>[A-Za-z0-9_]{1,15})"
)
_TT = r"(?:[a-z]+\.)?tiktok\.com/"
_YT = r"(?:(?:m|music)\.)?youtube(?:-nocookie)?\.com/"
_TG = r"(?:t|telegram)\.(?:me|dog)/"
_TG_NAME = r"(?P<account>[A-Za-z][A-Za-z0-9_]{3,31})"

RULES: dict[str, tuple[Rule, ...]] = {
    "facebook": (
        Rule("profile", _FB + r"profile\.php", {"id": "account_id"}),
        Rule("post", _FB + r"(?:permalink|story)\.php", {"story_fbid": "post", "id": "account_id"}),
        Rule("photo", _FB + r"photos?(?:\.php)?", {"fbid": "post"}, {"id": "account_id"}),
        Rule("video", _FB + r"(?:watch(?:/live)?|video\.php)", {"v": "post"}),
        Rule("reel", _FB + r"reels?/(?P<post>[0-9]+)"),
        Rule("short", _FB + r"share/(?:[prvg]/)?(?P<post>[A-Za-z0-9_-]+)"),
        Rule("short", r"(?:fb\.watch|fb\.me)/(?:[a-z]/)?(?P<post>[A-Za-z0-9_-]+)"),
        Rule("profile", _FB + r"(?:people|pages)/(?:category/)?[^/]+/(?P<account_id>[0-9]+)"),
        Rule("profile", _FB + r"p/[^/]+-(?P<account_id>[0-9]{8,})"),
        Rule("post", _FB + rf"groups/(?P<group>[^/]+)/(?:posts|permalink)/{_FB_POST}"),
        Rule("group", _FB + r"groups/(?P<group>[A-Za-z0-9._-]+)(?:/.*)?"),
        Rule("event", _FB + r"events/(?P<post>[0-9]+)"),
        Rule("item", _FB + r"marketplace/item/(?P<post>[0-9]+)"),
        Rule("story", _FB + r"stories/(?P<account_id>[0-9]+)(?:/(?P<post>[^/]+))?"),
        Rule("post", _FB + _FB_NAME + rf"/posts/(?:[^/]+/)?{_FB_POST}"),
        Rule("video", _FB + _FB_NAME + r"/videos/(?:[^/]+/)*(?P<post>[0-9]+)"),
        Rule("photo", _FB + _FB_NAME + r"/photos/(?:[^/]+/)*(?P<post>[0-9]+)"),
        Rule("profile", _FB + _FB_NAME + r"(?:/(?:about|photos|videos|reels|friends|posts).*)?"),
    ),
    "instagram": (
        Rule("post", _IG + rf"(?:{_IG_NAME}/)?p/(?P<post>[A-Za-z0-9_-]+)"),
        Rule("reel", _IG + rf"(?:{_IG_NAME}/)?(?:reels?|tv)/(?P<post>[A-Za-z0-9_-]+)"),
        Rule("highlight", _IG + r"stories/highlights/(?P<post>[0-9]+)"),
        Rule("story", _IG + r"stories/(?P<account>[A-Za-z0-9._]+)(?:/(?P<post>[0-9]+))?"),
        Rule("profile", _IG + _IG_NAME + r"(?:/(?:reels|tagged))?"),
    ),
    "tiktok": (
        Rule("video", _TT + r"@(?P<account>[A-Za-z0-9._]+)/video/(?P<post>[0-9]+)"),
        Rule("photo", _TT + r"@(?P<account>[A-Za-z0-9._]+)/photo/(?P<post>[0-9]+)"),
        Rule("live", _TT + r"@(?P<account>[A-Za-z0-9._]+)/live"),
        Rule("profile", _TT + r"@(?P<account>[A-Za-z0-9._]+)"),
        Rule("video", _TT + r"(?:v|embed(?:/v2)?)/(?P<post>[0-9]+)(?:\.html)?"),
        Rule("short", r"(?:vm|vt)\.tiktok\.com/(?P<post>[A-Za-z0-9]+)"),
        Rule("short", _TT + r"t/(?P<post>[A-Za-z0-9]+)"),
    ),
    "x": (
        Rule("post", _X + r"i/(?:web/)?status/(?P<post>[0-9]+)(?:/.*)?"),
        Rule("profile", _X + r"i/user/(?P<account_id>[0-9]+)"),
        Rule("profile", _X + r"intent/user", {"user_id": "account_id"}),
        Rule("profile", _X + r"intent/user", {"screen_name": "account"}),
        Rule("post", _X + _X_NAME + r"/status(?:es)?/(?P<post>[0-9]+)(?:/.*)?"),
        Rule("profile", _X + _X_NAME + r"(?:/(?:with_replies|media|likes|highlights))?"),
    ),
    "youtube": (
        Rule("video", _YT + r"watch", {"v": "post"}),
        Rule("video", _YT + r"(?:shorts|live|embed|v)/(?P<post>[A-Za-z0-9_-]{11})"),
        Rule("video", r"youtu\.be/(?P<post>[A-Za-z0-9_-]{11})"),
        Rule("post", _YT + r"post/(?P<post>[A-Za-z0-9_-]+)"),
        Rule("playlist", _YT + r"playlist", {"list": "post"}),
        Rule("profile", _YT + r"channel/(?P<account_id>UC[A-Za-z0-9_-]{22})(?:/.*)?"),
        Rule("profile", _YT + r"@(?P<account>[^/]+)(?:/.*)?"),
        Rule("profile", _YT + r"(?:c|user)/(?P<account>[^/]+)(?:/.*)?"),
    ),
    "telegram": (
        Rule("phone", _TG + r"\+(?P<phone>[0-9]{7,15})"),
        Rule("invite", _TG + r"(?:\+|joinchat/)(?P<invite>[A-Za-z0-9_-]+)"),
        Rule("post", _TG + r"c/(?P<account_id>[0-9]+)/(?:[0-9]+/)?(?P<post>[0-9]+)"),
        Rule("post", _TG + r"(?:s/)?" + _TG_NAME + r"/(?:[0-9]+/)?(?P<post>[0-9]+)"),
        Rule("profile", _TG + r"(?:s/)?" + _TG_NAME),
        Rule("profile", r"(?P<account>[a-z][a-z0-9_]{3,31})\.t\.me/"),
    ),
    "whatsapp": (
        Rule("invite", r"chat\.whatsapp\.com/(?:invite/)?(?P<invite>[A-Za-z0-9_-]{10,})"),
        Rule("channel", r"whatsapp\.com/channel/(?P<account_id>[A-Za-z0-9]+)(?:/(?P<post>[0-9]+))?"),
        Rule("phone", r"wa\.me/\+?(?P<phone>[0-9]{7,15})"),
        Rule("phone", r"(?:api|web)\.whatsapp\.com/send", {"phone": "phone"}),
        Rule("short", r"wa\.me/(?:message|qr|c)/(?P<post>[A-Za-z0-9]+)"),
    ),
}

# (name of the property, what it says). Of al:* only what names the account or the post itself.
LINKS: dict[str, tuple[tuple[str, str], ...]] = {
    "facebook": (
        (r"al:(?:ios|android):url", r"fb://(?:profile|page)/(?:\?id=)?(?P<account_id>[0-9]+)"),
        (r"al:(?:ios|android):url", r"fb://(?:photo|video|post)/(?:\?id=)?(?P<post>[0-9]+)"),
    ),
    "instagram": (
        (r"al:(?:ios|android):url", r"instagram://user\?username=(?P<account>[A-Za-z0-9._]+)"),
        (r"al:(?:ios|android):url", r"instagram://media\?id=(?P<post_id>[0-9]+)"),
        (r"instapp:owner_user_id", r"(?P<account_id>[0-9]+)"),
    ),
    "tiktok": (
        (r"al:(?:ios|android):url", r"snssdk[0-9]+://user/profile/(?P<account_id>[0-9]+)"),
        (r"al:(?:ios|android):url", r"snssdk[0-9]+://aweme/detail/(?P<post>[0-9]+)"),
    ),
    "x": (
        (r"al:(?:ios|android):url", r"twitter://user\?screen_name=(?P<account>[A-Za-z0-9_]{1,15})"),
        (r"al:(?:ios|android):url", r"twitter://status\?id=(?P<post>[0-9]+)"),
    ),
    "youtube": (
        (r"channelId|identifier", r"^(?P<account_id>UC[A-Za-z0-9_-]{22})$"),
        (r"videoId", r"^(?P<post>[A-Za-z0-9_-]{11})$"),
    ),
    "telegram": (
        (
            r"al:(?:ios|android):url",
            r"tg://resolve\?domain=(?P<account>[A-Za-z0-9_]+)(?:&post=(?P<post>[0-9]+))?",
        ),
    ),
}
