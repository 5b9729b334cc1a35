"""The portal's addresses and the demo's, whether or not portal.urls was read before the demo began."""

from django.urls import include, path

from portal.urls import handler500

__all__ = ["handler500", "urlpatterns"]

urlpatterns = [path("", include("portal.urls")), path("demo/", include("portal.demo.urls"))]
