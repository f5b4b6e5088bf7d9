"""How the pages below /admin/ look: names, colours and the sidebar."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# Slate blue; unfold's own is the purple of every other site made with it.
PRIMARY = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(62.3% .214 259.815)",
    "600": "oklch(54.6% .245 262.881)",
    "700": "oklch(48.8% .243 264.376)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}
Section = dict[str, Any]


def unfold(*, name: str, about: str, pages: list[Section], is_development: bool) -> dict[str, Any]:
    """The setting UNFOLD. The sidebar begins with `pages`, this side's own (config/navigation.py)."""
    return {
        "SITE_TITLE": name,
        "SITE_HEADER": name,
        "SITE_SUBHEADER": about,
        "SITE_SYMBOL": "sync",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("icon.svg")}],
        "STYLES": [_file("pages.css")],
        "SITE_URL": None,
        "SHOW_VIEW_ON_SITE": False,
        "DASHBOARD_CALLBACK": "console.views.dashboard",
        "ENVIRONMENT": ["development", "warning"] if is_development else None,
        "COLORS": {"primary": PRIMARY},
        "SIDEBAR": {"navigation": [*pages, access()]},
    }


def access() -> Section:
    return section(
        "Access",
        listed("Tokens", "key", "access_token", is_superuser),
        listed("Users", "person", "auth_user", is_superuser),
        listed("Groups", "group", "auth_group", is_superuser),
    )


def sync() -> dict[str, Any]:
    """The first page, for those who see there how all is."""
    link = {"title": "Sync", "icon": "sync", "link": reverse_lazy("admin:index")}
    return link | {"permission": may("processes.view_process"), "active": lambda request: request.path == link["link"]}


def section(title: str, *items: dict[str, Any]) -> Section:
    return {"title": title, "items": list(items)}


def listed(title: str, icon: str, model: str, permission: Any) -> dict[str, Any]:
    """A link to the list of this model, for those whom `permission` lets see it."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": permission,
    }


def may(permission: str) -> Any:
    def has(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return has


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


def _file(name: str) -> Any:
    """Its address when it is asked for: the settings, which this is a part of, must be there by then."""
    return lambda request: static(f"lockstep/{name}")
