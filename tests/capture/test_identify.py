"""Whose account and which post, as an investigator asks for them; and what is a wall and not a page."""

from __future__ import annotations

import json

import pytest

from resguardo.capture.identify import Metadata, identify, wall

FB, IG, TT, YT = (
    "https://www.facebook.com",
    "https://www.instagram.com",
    "https://www.tiktok.com",
    "https://www.youtube.com",
)
UC = "UC_x5XG1OV2P6uZZ5FSM9Ttw"

# address: what is found besides platform and host, as "key=value ..."
ADDRESSES = {
    f"{FB}/juana.perez.92": "kind=profile account=juana.perez.92",
    f"{FB}/profile.php?id=100012345678901&sk=about": "kind=profile account_id=100012345678901",
    f"{FB}/people/Juana-Perez/100012345678901/": "kind=profile account_id=100012345678901",
    f"{FB}/pages/Noticias/123456789": "kind=profile account_id=123456789",
    f"{FB}/p/Noticias-GT-100012345678901/": "kind=profile account_id=100012345678901",
    f"{FB}/juana/posts/pfbid02abcXYZ": "kind=post account=juana post=pfbid02abcXYZ",
    f"{FB}/juana/posts/un-titulo/123456": "kind=post account=juana post=123456",
    "https://m.facebook.com/story.php?story_fbid=pfbid0a&id=1000": "kind=post post=pfbid0a account_id=1000",
    f"{FB}/permalink.php?story_fbid=77&id=1000": "kind=post post=77 account_id=1000",
    f"{FB}/photo/?fbid=555&set=a.1": "kind=photo post=555",
    f"{FB}/juana/photos/a.1/555/": "kind=photo account=juana post=555",
    f"{FB}/watch/?v=987": "kind=video post=987",
    f"{FB}/juana/videos/titulo/987/": "kind=video account=juana post=987",
    f"{FB}/reel/987?s=yWDuG2": "kind=reel post=987",
    f"{FB}/groups/mujeres.gt/posts/444/": "kind=post group=mujeres.gt post=444",
    f"{FB}/groups/222/permalink/444/": "kind=post group=222 post=444",
    f"{FB}/groups/222/": "kind=group group=222",
    f"{FB}/share/p/1AbCdEf/": "kind=short post=1AbCdEf",
    f"{FB}/stories/1000/UzpfS==/": "kind=story account_id=1000 post=UzpfS==",
    "https://fb.watch/aBc-12_/": "kind=short post=aBc-12_",
    f"{FB}/login/?next=x": "",
    f"{FB}/": "",
    f"{IG}/juana.p/": "kind=profile account=juana.p",
    f"{IG}/p/Cabc-12_x/?igsh=1": "kind=post post=Cabc-12_x",
    f"{IG}/juana.p/p/Cabc/": "kind=post account=juana.p post=Cabc",
    f"{IG}/reel/Cabc/": "kind=reel post=Cabc",
    f"{IG}/juana.p/reel/Cabc/": "kind=reel account=juana.p post=Cabc",
    f"{IG}/stories/juana.p/333/": "kind=story account=juana.p post=333",
    f"{IG}/explore/tags/x/": "",
    f"{TT}/@juana_p": "kind=profile account=juana_p",
    f"{TT}/@juana_p/video/7123?lang=es": "kind=video account=juana_p post=7123",
    f"{TT}/@juana_p/photo/7123": "kind=photo account=juana_p post=7123",
    "https://vm.tiktok.com/ZMabc12/": "kind=short post=ZMabc12",
    f"{TT}/t/ZTabc/": "kind=short post=ZTabc",
    "https://x.com/juana_p": "kind=profile account=juana_p",
    "https://twitter.com/juana_p/status/1799/photo/1": "kind=post account=juana_p post=1799",
    "https://x.com/i/web/status/1799": "kind=post post=1799",
    "https://x.com/i/user/42": "kind=profile account_id=42",
    "https://x.com/home": "",
    f"{YT}/watch?v=dQw4w9WgXcQ&t=1s": "kind=video post=dQw4w9WgXcQ",
    f"{YT}/shorts/dQw4w9WgXcQ": "kind=video post=dQw4w9WgXcQ",
    "https://youtu.be/dQw4w9WgXcQ?si=x": "kind=video post=dQw4w9WgXcQ",
    f"{YT}/channel/{UC}/videos": f"kind=profile account_id={UC}",
    f"{YT}/@juanap": "kind=profile account=juanap",
    "https://t.me/canal_gt": "kind=profile account=canal_gt",
    "https://t.me/s/canal_gt/15": "kind=post account=canal_gt post=15",
    "https://t.me/canal_gt/15?single": "kind=post account=canal_gt post=15",
    "https://t.me/c/123456/7/15": "kind=post account_id=123456 post=15",
    "https://t.me/+AbCdEf_12": "kind=invite invite=AbCdEf_12",
    "https://t.me/+50255551234": "kind=phone phone=50255551234",
    "https://t.me/joinchat/AbCdEf": "kind=invite invite=AbCdEf",
    "https://canal-x.t.me/": "",
    "https://canal_gt.t.me/": "kind=profile account=canal_gt",
    "https://chat.whatsapp.com/AbCdEfGhIjKl": "kind=invite invite=AbCdEfGhIjKl",
    "https://whatsapp.com/channel/0029VaAb/101": "kind=channel account_id=0029VaAb post=101",
    "https://wa.me/50255551234?text=hola": "kind=phone phone=50255551234",
    "https://api.whatsapp.com/send?phone=50255551234": "kind=phone phone=50255551234",
    "https://blog.test/entrada/1": "",
    "https://facebook.com.estafa.test/juana": "",
    "https://nofacebook.com/juana": "",
    "http://[roto": "",
}  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_names_the_account_and_the_post(address: str) -> None:
    found = identify(address)
    wanted = dict(pair.split("=", 1) for pair in ADDRESSES[address].split())
    assert {key: value for key, value in found.items() if key not in ("platform", "host")} == wanted


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://es-la.facebook.com/x", "facebook"),
        ("https://instagram.com./x", "instagram"),
        ("https://facebook.com.estafa.test/x", "web"),
        ("https://nofacebook.com/x", "web"),
        ("http://[roto", "web"),
    ],
)
def test_a_platform_is_known_by_its_whole_host(address: str, name: str) -> None:
    assert identify(address)["platform"] == name


def test_the_page_adds_the_numbers_that_its_address_does_not_show() -> None:
    page = Metadata(
        f"{IG}/juana.p/p/Cabc/", {"al:ios:url": "instagram://media?id=3141", "instapp:owner_user_id": "77"}
    )
    found = identify(f"{IG}/p/Cabc/", page)
    assert (found["account"], found["account_id"], found["post"], found["post_id"]) == (
        "juana.p",
        "77",
        "Cabc",
        "3141",
    )


def test_a_facebook_page_says_its_number() -> None:
    found = identify(f"{FB}/juana", Metadata(properties={"al:android:url": "fb://profile/1000123?x=1"}))
    assert (found["account"], found["account_id"]) == ("juana", "1000123")


def test_the_author_of_linked_data_is_read() -> None:
    linked = json.dumps(
        [{"@type": "VideoObject", "author": {"url": f"{TT}/@juana_p", "alternateName": "@otra"}}]
    )
    assert identify(f"{TT}/v/7123.html", Metadata(linked=(linked,)))["account"] == "juana_p"


def test_an_address_with_a_false_account_does_not_accuse_that_account() -> None:
    found = identify(f"{TT}/@inocente/video/7123", Metadata(f"{TT}/@juana_p/video/7123"))
    assert (found["account"], found["account_in_address"]) == ("juana_p", "inocente")


def test_a_page_cannot_give_itself_the_account_of_another_site() -> None:
    page = Metadata(
        f"{FB}/juana",
        {"og:url": f"{FB}/juana", "al:ios:url": "fb://profile/1"},
        ('{"author": {"url": "https://x.com/j"}}',),
    )
    assert identify("https://blog.test/entrada", page) == {"platform": "web", "host": "blog.test"}


@pytest.mark.parametrize(
    "linked", ["", "{", "[" * 100_000, '{"author": 1}', '[1, {"author": [null, {"url": []}]}]']
)
def test_broken_linked_data_is_passed_over(linked: str) -> None:
    assert identify(f"{IG}/juana.p/", Metadata(linked=(linked,)))["account"] == "juana.p"


def test_a_generic_page_keeps_the_address_it_gives_for_itself() -> None:
    assert (
        identify("https://blog.test/?p=1", Metadata("https://blog.test/entrada"))["canonical"]
        == "https://blog.test/entrada"
    )


LONG = "Una entrada con mucho que leer. " * 100
WALLS = [
    (200, f"{IG}/accounts/login/?next=%2Fp%2Fx", "Instagram", "", "login-wall"),
    (200, f"{FB}/login/?next=x", "Facebook", "Facebook", "login-wall"),
    (200, f"{FB}/login.php", "Facebook", LONG, "login-wall"),
    (200, f"{FB}/checkpoint/1/", "Facebook", "x", "login-wall"),
    (200, "https://x.com/i/flow/login?x", "X", "x", "login-wall"),
    (200, f"{TT}/login?x", "TikTok", "x", "login-wall"),
    (200, "https://accounts.google.com/v3/signin", "YouTube", "x", "login-wall"),
    (200, f"{FB}/juana", "Facebook", "Inicia sesión en Facebook para ver más", "login-wall"),
    (200, f"{FB}/juana", "Log in to Facebook", "x", "login-wall"),
    (200, f"{FB}/juana", "Facebook – log in or sign up", "x", "login-wall"),
    (200, f"{IG}/juana", "Login • Instagram", "x", "login-wall"),
    (200, "https://foro.test/", "Inicia sesión", "Correo Contraseña", "login-wall"),
    (200, f"{TT}/@x", "TikTok", "Drag the slider to fit the puzzle", "login-wall"),
    (200, "https://foro.test/", "Just a moment...", "foro.test", "login-wall"),
    (200, "https://foro.test/", "x", "Verify you are human by completing the action below.", "login-wall"),
    (401, "https://foro.test/", "", "", "login-wall"),
    (200, f"{IG}/p/x/", "Instagram", "Esta página no está disponible. Inicia sesión", "not-found"),
    (200, f"{IG}/p/x/", "Instagram", "Sorry, this page isn’t available.", "not-found"),
    (200, f"{FB}/x", "Facebook", "Este contenido no está disponible en este momento", "not-found"),
    (200, "https://x.com/x", "X", "Hmm...this page doesn’t exist.", "not-found"),
    (200, f"{TT}/@x", "TikTok", "No pudimos encontrar esta cuenta", "not-found"),
    (200, f"{YT}/watch?v=x", "YouTube", "Este video ya no está disponible", "not-found"),
    (404, "https://foro.test/", "x", LONG, "not-found"),
    (410, "https://foro.test/", "x", LONG, "not-found"),
    (403, "https://foro.test/", "x", LONG, "forbidden"),
    (429, "https://foro.test/", "x", LONG, "forbidden"),
    (200, "https://foro.test/", "Access Denied", "Reference #18", "forbidden"),
    (500, "https://foro.test/", "x", LONG, "server-error"),
    (503, "https://foro.test/", "", "", "server-error"),
    (200, "https://foro.test/", "Título", "  \n ", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "address", "title", "text", "code"), WALLS)
def test_a_wall_is_not_taken_for_the_page(
    status: int, address: str, title: str, text: str, code: str
) -> None:
    assert wall(status, address, title, text) == code


@pytest.mark.parametrize(
    ("address", "title", "text"),
    [
        ("https://foro.test/", "Te vamos a encontrar", "Inicia sesión para comentar. " + LONG),
        (f"{FB}/juana/posts/1", "Juana - Facebook", LONG + "Inicia sesión en Facebook"),
        ("https://t.me/canal/1", "Canal", "tu cuenta suspendida, esta página no está disponible, captcha"),
        (
            "https://blog.test/",
            "Inicia sesión de fotos en la playa de Monterrico con todas nosotras",
            "Un texto",
        ),
    ],
)
def test_a_post_that_speaks_like_a_wall_is_still_a_post(address: str, title: str, text: str) -> None:
    assert wall(200, address, title, text) is None


def test_a_page_of_pictures_alone_is_not_empty() -> None:
    assert wall(200, "https://foro.test/", "", "", images=1) is None
