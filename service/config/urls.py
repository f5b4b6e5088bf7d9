from django.urls import include, re_path
from replica.views import ProductViewSet
from rest_framework.routers import SimpleRouter

from config.health import healthz, readyz

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("api/products", ProductViewSet, basename="product")

urlpatterns = [
    re_path(r"^healthz/?$", healthz),
    re_path(r"^readyz/?$", readyz),
    re_path(r"", include(router.urls)),
]
