from catalogue.views import ProductViewSet
from django.urls import include, re_path
from outbox.views import pull
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("api/products", ProductViewSet, basename="product")

urlpatterns = [
    re_path(r"^api/subscriptions/(?P<name>[a-z][a-z0-9-]{0,62})/pull/?$", pull),
    re_path(r"", include(router.urls)),
]
