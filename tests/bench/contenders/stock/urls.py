from django.urls import include, path
from rest_framework.routers import DefaultRouter

from .views import ProductViewSet

router = DefaultRouter(trailing_slash=False)
router.register("products", ProductViewSet)
urlpatterns = [path("api/", include(router.urls))]
