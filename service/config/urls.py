from console import api as sync
from console.metrics import Metrics
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from replica import check_views, drift_views
from replica.views import ProductViewSet
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("api/products", ProductViewSet, basename="product")
READ = ["get", "head"]

urlpatterns = [
    path("api/schema", SpectacularAPIView.as_view(http_method_names=READ), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(http_method_names=READ), name="docs"),
    re_path(r"^api/products/digest/?$", drift_views.digest),
    re_path(r"^api/products/digest/rows/?$", drift_views.digest_rows),
    re_path(r"^api/drift-checks/?$", check_views.Checks.as_view()),
    re_path(r"^api/drift-checks/(?P<run_id>[0-9]{1,18})/?$", check_views.One.as_view()),
    re_path(r"^api/sync/?$", sync.half),
    re_path(r"^api/sync/products/(?P<product_id>[0-9]{1,18})/?$", sync.product),
    re_path(r"^metrics/?$", Metrics.as_view()),
    re_path(r"", include(router.urls)),
    path("admin/sync/", include("console.urls")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
]
