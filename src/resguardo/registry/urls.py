"""Addresses of the register, beside the institutions' others under /trabajo/."""

from django.urls import path

from resguardo.registry import dictionary, listing, seeking, views

urlpatterns = [
    path("registro/", listing.records),
    path("registro/codigos/", seeking.codes),
    path("registro/diccionario/", dictionary.dictionary),
    path("registro/diccionario/<str:name>/", dictionary.dictionary),
    path("casos/<str:number>/registro/", views.record),
    path("casos/<str:number>/registro/borrador/", views.draft),
    path("casos/<str:number>/registro/borrador/quitar/", views.drop),
    path("casos/<str:number>/registro/papel/", views.paper),
]
