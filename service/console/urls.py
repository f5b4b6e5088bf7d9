from django.contrib import admin
from django.urls import path

from console import doctor, views

app_name = "console"
wrap = admin.site.admin_view
urlpatterns = [
    path("pause", wrap(views.pause), name="pause"),
    path("resume", wrap(views.resume), name="resume"),
    path("doctor", wrap(doctor.page), name="doctor"),
    path("products", wrap(views.search), name="search"),
    path("products/<int:product_id>", wrap(views.product), name="product"),
]
