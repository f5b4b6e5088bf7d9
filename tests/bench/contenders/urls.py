from importlib import import_module

from django.conf import settings
from django.urls import include, path
from rest_framework.routers import DefaultRouter

views = import_module(f"{settings.CONTENDER}.views")
router = DefaultRouter(trailing_slash=False)
router.register("products", views.ProductViewSet)
urlpatterns = [path("api/", include(router.urls))]
