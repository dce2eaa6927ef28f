"""The institutions' addresses. A case is named by its number, which is a pseudonym."""

from django.urls import path

from resguardo.work import views

urlpatterns = [
    path("", views.worklist),
    path("entrar/", views.sign_in),
    path("salir/", views.sign_out),
    path("casos/<str:number>/", views.case),
    path("casos/<str:number>/ruta/", views.route),
    path("casos/<str:number>/paso/<str:name>/", views.step),
    path("casos/<str:number>/mensaje/", views.message),
    path("casos/<str:number>/parte/<str:group>/", views.part),
    path("casos/<str:number>/archivo/<uuid:item_id>/", views.item),
    path("casos/<str:number>/bolsa/", views.bag),
]
