from catalogue import subscriber_views
from catalogue.views import ProductViewSet
from console import api as sync
from console.metrics import Metrics
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView, TemplateView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from imports.views import ImportViewSet
from outbox import views as outbox_views
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("api/products", ProductViewSet, basename="product")
router.register("api/imports", ImportViewSet, basename="import")
SUBSCRIBER = r"^api/subscriptions/(?P<name>[a-z][a-z0-9-]{0,62})"
READ = ["get", "head"]

urlpatterns = [
    path("api/schema", SpectacularAPIView.as_view(http_method_names=READ), name="schema"),
    path("api/events/docs", csrf_exempt(TemplateView.as_view(template_name="outbox/events.html")), name="events"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(http_method_names=READ), name="docs"),
    re_path(rf"{SUBSCRIBER}/pull/?$", outbox_views.pull),
    re_path(rf"{SUBSCRIBER}/?$", outbox_views.subscribe),
    re_path(r"^api/outbox/bounds/?$", outbox_views.bounds),
    re_path(r"^api/products/snapshot/?$", subscriber_views.snapshot),
    re_path(r"^api/products/digest/?$", subscriber_views.digest),
    re_path(r"^api/products/digest/rows/?$", subscriber_views.digest_rows),
    re_path(r"^api/sync/?$", sync.half),
    re_path(r"^api/sync/products/(?P<product_id>[0-9]{1,18})/?$", sync.product),
    re_path(r"^metrics/?$", Metrics.as_view()),
    re_path(r"", include(router.urls)),
    path("admin/sync/", include("console.urls")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
]
