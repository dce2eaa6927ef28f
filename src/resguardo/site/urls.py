"""Every address: hers at the root, everybody's figures, the institutions' under /trabajo/."""

from django.urls import include, path

from resguardo.indicators.urls import public_urls

urlpatterns = [
    path("", include("resguardo.report.urls")),
    path("cifras/", include(public_urls)),
    path("trabajo/cifras/", include("resguardo.indicators.urls")),
    path("trabajo/", include("resguardo.work.urls")),
    path("trabajo/", include("resguardo.registry.urls")),
]
handler404 = "resguardo.site.views.not_found"
handler500 = "resguardo.site.views.broken"
handler403 = "resguardo.site.views.refused"
handler400 = "resguardo.site.views.bad"
