"""The institutions' addresses. A case is named by its number, which is a pseudonym."""

from django.urls import path

from resguardo.work import account, acting, capture, evidence, feeds, listing, views

urlpatterns = [
    path("", listing.worklist),
    path("entrar/", account.sign_in),
    path("entrar/segundo/", account.second),
    path("salir/", account.sign_out),
    path("invitacion/", account.invitation),
    path("cuenta/", account.account),
    path("personas/", account.persons),
    path("todos/", listing.all_cases),
    path("buscar/", listing.search),
    path("vistas/", listing.save_view),
    path("atrasos/", listing.board),
    path("calendario/", feeds.my_feed),
    path("calendario/<str:secret>.ics", feeds.feed),
    path("casos/<str:number>/", views.case),
    path("casos/<str:number>/ruta/", views.route),
    path("casos/<str:number>/paso/<str:name>/", views.step),
    path("casos/<str:number>/otra-vez/<str:name>/", acting.go_back),
    path("casos/<str:number>/asignar/", acting.assign),
    path("casos/<str:number>/pedir/", acting.ask),
    path("casos/<str:number>/abrir/", acting.glass),
    path("casos/<str:number>/apartarme/", acting.recuse),
    path("casos/<str:number>/mensaje/", views.message),
    path("casos/<str:number>/parte/<str:group>/", views.part),
    path("casos/<str:number>/archivo/<uuid:item_id>/", evidence.item),
    path("casos/<str:number>/archivo/<uuid:item_id>/cubrir/", evidence.cover),
    path("casos/<str:number>/archivo/<uuid:item_id>/menor/", evidence.minor),
    path("casos/<str:number>/archivo/<uuid:item_id>/custodia/", evidence.custody),
    path("casos/<str:number>/capturar/", capture.ask),
    path("casos/<str:number>/bolsa/", views.bag),
]
