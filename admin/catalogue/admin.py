"""The pages for products. They write through operations alone, as the REST views do."""

from datetime import datetime
from typing import Any

from console.audit import Audited, by_user_to
from console.guards import Guarded
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.filters import EmptyFieldListFilter
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from outbox.queries import Waiting, waiting
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.decorators import action, display
from unfold.forms import ActionForm
from unfold.views import ChangeList

from catalogue import operations
from catalogue.forms import ProductForm
from catalogue.models import Product
from catalogue.querysets import ProductQuerySet

TRIES = 3  # of a form that was valid, and was not when it came to be written
LABELS = {"delivered": "success", "waiting": "warning", "held": "danger"}
PERCENT = forms.DecimalField(max_digits=6, decimal_places=2, min_value=-100, max_value=1000)
FIELD = "bg-white/20 font-medium placeholder-white/75 px-2 py-1 rounded-default w-24"
ONLY_WITH_ITS_ACTION = {"x-show": "action == 'change_prices'"}


class PercentForm(ActionForm):
    """Text, which the action itself looks at: what stands here must not get in the way of another action."""

    percent = forms.CharField(
        label="",
        required=False,
        widget=forms.NumberInput(
            {"placeholder": "percent", "aria-label": "By how many percent", "class": FIELD, **ONLY_WITH_ITS_ACTION}
        ),
    )


class ProductList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Asks the outbox once for all rows of the page."""
        super().get_results(request)
        page: Any = self.result_list
        of_page = waiting(aggregatetype="product", aggregateids=[str(product.pk) for product in page])
        for product in page:
            product.waiting = of_page.get(str(product.pk))


@admin.register(Product)
class ProductAdmin(Guarded, Audited, ModelAdmin):
    form = ProductForm
    action_form = PercentForm
    actions = ("change_prices",)
    list_display = ("title", "sku", "price", "sync", "waiting_since", "version", "updated_at", "both_sides")
    list_filter = (
        ("price", RangeNumericFilter),
        "updated_at",
        ("sku", EmptyFieldListFilter),
        ("image", EmptyFieldListFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 500
    ordering = ("-id",)
    search_fields = ("title", "sku", "=id")
    show_full_result_count = False
    readonly_fields = ("delivery", "both_sides", "version", "created_at", "updated_at")
    show_facets = admin.ShowFacets.NEVER  # they would count all products for each choice of a filter

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        fields = (None, {"fields": ProductForm.Meta.fields + (("seen",) if obj else ())})
        may_compare = request.user.has_perm("processes.view_process")
        shown = tuple(name for name in self.readonly_fields if may_compare or name != "both_sides")
        return (fields, ("Delivery", {"fields": shown})) if obj else (fields,)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ProductList]:
        return ProductList

    @display(description="Sync", label=LABELS)
    def sync(self, product: Product) -> tuple[str, str]:
        return sync_state(outbox_of(product))

    @display(description="In the outbox since")
    def waiting_since(self, product: Product) -> datetime | None:
        waits = outbox_of(product)
        return waits.since if waits else None

    @display(description="Sync")
    def delivery(self, product: Product) -> str:
        waits = outbox_of(product)
        state, words = sync_state(waits)
        if waits is None:
            return words
        why = ": ".join(part for part in (waits.reason, waits.last_error) if part)
        return f"{state} in the outbox since {waits.since:%Y-%m-%d %H:%M:%S} UTC" + (f" ({why})" if why else "")

    def get_list_display(self, request: HttpRequest) -> Any:
        may_compare = request.user.has_perm("processes.view_process")
        return [name for name in self.list_display if may_compare or name != "both_sides"]

    @display(description="Both sides")
    def both_sides(self, product: Product) -> str:
        look = "font-medium ls-link"
        return format_html('<a class="{}" href="{}">compare</a>', look, reverse("console:product", args=[product.pk]))

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """What another request did between validation and write, the validation of the next try sees, and says."""
        for _ in range(TRIES - 1):
            try:
                return super().changeform_view(request, *args, **options)
            except (operations.SkuTaken, operations.OtherVersion, Product.DoesNotExist):
                continue
        return super().changeform_view(request, *args, **options)

    def save_model(self, request: HttpRequest, product: Product, form: ProductForm, change: bool) -> None:
        if change:
            seen = [form.cleaned_data["seen"]]
            saved = operations.update_product(product_id=product.pk, changes=form.changes(), versions=seen)
        else:
            saved = operations.create_product(fields=form.cleaned_data)
        vars(product).update(vars(saved))

    def delete_model(self, request: HttpRequest, product: Product) -> None:
        operations.delete_products(product_ids=[product.pk])

    def delete_queryset(self, request: HttpRequest, queryset: ProductQuerySet) -> None:
        operations.delete_products(product_ids=queryset.values_list("pk", flat=True))

    def response_action(self, request: HttpRequest, queryset: ProductQuerySet) -> Any:
        """What is done to many, and its lines in their history, are one transaction too."""
        with transaction.atomic():
            return super().response_action(request, queryset)

    @action(description="Change the price by percent", permissions=["change"])
    def change_prices(self, request: HttpRequest, queryset: ProductQuerySet) -> None:
        try:
            percent = PERCENT.clean(request.POST.get("percent"))
        except ValidationError:
            percent = 0
        if not percent:
            messages.error(request, "Write beside the action by how many percent: -100 to 1000, but not 0.")
            return
        try:
            with transaction.atomic():
                changed = operations.change_prices(product_ids=queryset.values_list("pk", flat=True), percent=percent)
                said = f"Changed the price by {percent:+}%."
                by_user_to(request, changed, action="change", said=said)
        except ValidationError:
            messages.error(request, f"With {percent:+}% a price would have too many digits. Nothing was changed.")
            return
        LogEntry.objects.log_actions(str(request.user.pk), changed, CHANGE, said)
        messages.success(request, f"Changed the price of {len(changed)} of {queryset.count()} products.")


def outbox_of(product: Any) -> Waiting | None:
    if not hasattr(product, "waiting"):
        product.waiting = waiting(aggregatetype="product", aggregateids=[str(product.pk)]).get(str(product.pk))
    waits: Waiting | None = product.waiting
    return waits


def sync_state(waits: Waiting | None) -> tuple[str, str]:
    """Key of LABELS, and words."""
    if waits is None:
        return "delivered", "confirmed by the broker" if settings.BROKER_URL else "taken by the subscribers"
    state = "held" if waits.is_held else "waiting"
    return state, f"{state}: {waits.reason}" if waits.reason else f"{state} in the outbox"
