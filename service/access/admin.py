"""Who may come in: people and programs. For superusers alone, since who may hand out permissions has them all."""

from datetime import timedelta
from typing import Any

from console.audit import Audited, by_user_to
from console.guards import Guarded
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import admin as auth
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from rest_framework_api_key.models import APIKey
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from access.management.commands.tokens import MAX_DAYS
from access.models import Token

for model in (APIKey, Group, User):
    admin.site.unregister(model)


class ForSuperusers:
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(User)
class UserAdmin(Guarded, Audited, ForSuperusers, auth.UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    filter_horizontal = ()  # Django's two boxes keep their names from a screen reader, and need JavaScript


@admin.register(Group)
class GroupAdmin(Guarded, Audited, ForSuperusers, auth.GroupAdmin, ModelAdmin):
    """Sets of permissions, for several people alike."""

    filter_horizontal = ()


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    days = forms.IntegerField(
        min_value=1,
        max_value=MAX_DAYS,
        initial=90,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Until it expires. A token cannot be prolonged: make the next one before.",
    )

    class Meta:
        model = Token
        fields = ("name", "scope")
        help_texts = {"name": "Of the program that will use it."}


@admin.register(Token)
class TokenAdmin(Guarded, Audited, ForSuperusers, ModelAdmin):
    """A token is made, shown once, and revoked. It is never changed, nor deleted: the list tells who had one."""

    form = TokenForm
    fields = ("name", "scope", "days")
    actions = ("revoke",)
    list_display = ("name", "prefix", "scope", "state", "created", "expiry_date")
    list_display_links = None
    list_filter = ("scope", "revoked")
    search_fields = ("name", "prefix")

    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

    @display(description="state", label={"valid": "success", "revoked": "danger", "expired": "warning"})
    def state(self, token: Token) -> str:
        return token.state

    def add_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        only_save = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, *args, **options | {"extra_context": only_save})

    def save_model(self, request: HttpRequest, token: Token, form: TokenForm, change: bool) -> None:
        token.expiry_date = timezone.now() + timedelta(days=form.cleaned_data["days"])
        request.made = Token.objects.assign_key(token)  # type: ignore[attr-defined]
        token.save()

    def response_add(self, request: HttpRequest, token: Token, post_url_continue: str | None = None) -> HttpResponse:
        """The page itself shows it: a message for the next page would lie in a cookie until then."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"The token of {token.name}",
            "opts": self.opts,
            "token": token,
            "key": request.made,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/token_made.html", context)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    @action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        with transaction.atomic():
            valid = list(queryset.filter(revoked=False))
            Token.objects.filter(pk__in=[token.pk for token in valid]).update(revoked=True)
            LogEntry.objects.log_actions(str(request.user.pk), valid, CHANGE, "Revoked.")
            by_user_to(request, valid, action="revoke")
        messages.success(request, f"Revoked: {', '.join(token.name for token in valid) or 'none, all were already'}.")
