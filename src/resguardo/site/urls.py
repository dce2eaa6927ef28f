"""Every address: hers at the root, the institutions' under /trabajo/."""

from django.urls import include, path

urlpatterns = [
    path("", include("resguardo.report.urls")),
    path("trabajo/", include("resguardo.work.urls")),
    path("trabajo/", include("resguardo.registry.urls")),
]
handler404 = "resguardo.site.views.not_found"
handler500 = "resguardo.site.views.broken"
handler403 = "resguardo.site.views.refused"
handler400 = "resguardo.site.views.bad"
