"""Who comes with a browser."""

from django.contrib.auth.models import Permission, User
from django.test import Client


def person(name: str, *, may: tuple[str, ...] = (), **more: object) -> User:
    """A user with these permissions; without a password, whose hash would take longer than the test."""
    user = User.objects.create_user(name, **{"is_staff": True, **more})
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    return user


def browser(user: User | None = None, **options: object) -> Client:
    """What a person uses: logged in where a user is given; it follows nothing and hides no error."""
    found = Client(**options)
    if user:
        found.force_login(user)
    return found
