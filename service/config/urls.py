from django.urls import include, re_path
from replica.views import ProductViewSet
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("api/products", ProductViewSet, basename="product")

urlpatterns = [
    re_path(r"", include(router.urls)),
]
