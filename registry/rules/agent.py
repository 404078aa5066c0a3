"""What kind of browser a sign-in came from, and from which network: enough to know one's own again, and no more."""

import ipaddress

from registry.base.i18n import Message, msg

BROWSERS = {
    "micromessenger": "WeChat",
    "edg": "Edge",
    "360se": "360",
    "qqbrowser": "QQ",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
}
"""Sign in the User-Agent → name; the first that fits, because each imitates those after it."""
SYSTEMS = {
    "windows": "Windows",
    "harmonyos": "HarmonyOS",
    "android": "Android",
    "iphone": "iPhone",
    "ipad": "iPad",
    "mac os": "Mac",
    "linux": "Linux",
}


def agent_of(user_agent: str) -> str:
    """`edge windows` of a User-Agent; empty where it says neither."""
    low = user_agent.lower()
    found = (next((key for key in signs if key in low), "") for signs in (BROWSERS, SYSTEMS))
    return "/".join(found)[:32]


def agent_words(agent: str | None) -> Message:
    """Browser and system in words."""
    browser, _, system = (agent or "").partition("/")
    if browser in BROWSERS and system in SYSTEMS:
        return msg("{browser} on {system}", browser=BROWSERS[browser], system=SYSTEMS[system])
    if browser in BROWSERS:
        return msg("{browser} on an unknown system", browser=BROWSERS[browser])
    return msg("unknown browser")


def network_of(address: str, *, whole: bool = False) -> str:
    """The network of an address as people may see it, its last part left out; `whole`: as attempts are counted.

    One machine has a whole /64 of IPv6 for itself, so that this counts as one address.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64 if whole else 48), strict=False).network_address)
    return str(ip) if whole else str(ip).rpartition(".")[0] + ".*"
