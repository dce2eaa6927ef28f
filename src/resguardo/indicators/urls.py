"""The addresses of the figures: everybody's, an institution's own, and the shared ones for who signed in."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, include, path

from resguardo.indicators import views

Door = Callable[[views.Behind], Callable[..., HttpResponse]]


def pages(door: Door) -> list[URLPattern]:
    """The pages behind one door."""
    return [
        path("", door(views.summary)),
        path("datos/", door(views.data)),
        path("datos/cifras.csv", door(views.all_data)),
        path("marco/", door(views.results)),
        path("<slug:id_>/", door(views.indicator)),
        path("<slug:id_>/<str:name>", door(views.download)),
    ]


public_urls = pages(views.public)
urlpatterns = [
    path("compartidas/", include(pages(views.shared))),
    *pages(views.own),
]
