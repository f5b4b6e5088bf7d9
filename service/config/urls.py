from django.urls import include, re_path
from replica import drift_views
from replica.views import ProductViewSet
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("api/products", ProductViewSet, basename="product")

urlpatterns = [
    re_path(r"^api/products/digest/?$", drift_views.digest),
    re_path(r"^api/products/digest/rows/?$", drift_views.digest_rows),
    re_path(r"", include(router.urls)),
]
