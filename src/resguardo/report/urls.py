"""Her addresses. None holds anything of hers."""

from django.urls import path, re_path

from resguardo.report import tus, views, visits

urlpatterns = [
    path("", views.start),
    path("consejos/", views.advice),
    path("salir/", views.leave),
    path("contar/telefono/", views.phone),
    path("contar/acompanar/", views.accompany),
    path("contar/camino/", views.way),
    path("contar/archivos/", views.files),
    path("contar/subidas/", tus.create),
    path("contar/subidas/<uuid:upload>/", tus.one),
    path("contar/revisar/", views.check),
    path("contar/numero/", views.receipt),
    path("contar/listo/", views.finished),
    re_path(r"^contar/(?P<page>relato|cuando|quien|detalles|nombre|contacto|permisos)/$", views.question),
    path("volver/", visits.come_back),
    path("volver/caso/", visits.where),
    path("volver/mensajes/", visits.messages),
    path("volver/archivos/", visits.more_files),
    path("volver/permisos/", visits.permissions),
    path("volver/camino/", visits.further),
    path("volver/terminar/", visits.end),
]
