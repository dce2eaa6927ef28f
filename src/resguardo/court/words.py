"""The words that a court reads: what each event of custody is called, in Spanish and English.

The terms are those of ISO/IEC 27037 (collection, acquisition, preservation) and of CASE/UCO actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = {
    "opened": ("Se recibió el relato y se abrió el caso", "The account was received and the case opened"),
    "facts-recorded": ("Se anotaron datos", "Facts were recorded"),
    "consent-given": ("Ella dio un permiso", "She gave a consent"),
    "consent-withdrawn": ("Ella retiró un permiso", "She withdrew a consent"),
    "withheld": ("Ella cerró el caso a una institución", "She closed the case to an institution"),
    "withheld-lifted": ("Ella volvió a abrirlo a una institución", "She opened it to an institution again"),
    "step-done": ("Se hizo un paso de la ruta", "A step of the route was done"),
    "step-reopened": ("Se volvió a abrir un paso", "A step was opened again"),
    "step-added": ("Se pidió un paso más", "One more step was asked for"),
    "assigned": ("Se encargó a una persona", "It was assigned to a person"),
    "notice": ("Se avisó", "A notice was sent"),
    "evidence-sealed": ("Se recibió y selló el archivo", "The file was received and sealed"),
    "item-read-back": (
        "Se leyó de vuelta lo guardado y está entero",
        "What is stored was read back, and is whole",
    ),
    "item-inspected": ("Se examinó el archivo en un lugar aislado", "The file was examined in isolation"),
    "item-marked": ("Se marcó el archivo", "The file was marked"),
    "item-derived": ("Se hizo una copia cubierta", "A covered copy was made"),
    "capture-asked": ("Se pidió capturar una página", "The capture of a page was asked for"),
    "captured": ("Se capturó una página pública", "A public page was captured"),
    "capture-failed": ("No se pudo capturar la página", "The page could not be captured"),
    "message-sent": ("Se envió un mensaje", "A message was sent"),
    "accessed": ("Se abrió el archivo", "The file was opened"),
    "glass-broken": ("Se abrió de emergencia", "It was opened in an emergency"),
    "exported": ("Se hizo una bolsa de prueba", "A court bag was made"),
    "asked-again": ("Se le volvió a preguntar", "She was asked again"),
    "route-adopted": ("El caso siguió otra versión de la ruta", "The case follows another route"),
    "generation-begun": ("Se cambió la llave de un grupo", "The key of a group was renewed"),
    "logged": ("Entró en el registro firmado", "It entered the signed log"),
    "stamped": ("Una autoridad de tiempo selló el registro", "A time authority stamped the log"),
    "closed": ("Se cerró el caso", "The case was closed"),
}
GRADES = {
    "A": ("A: la obtuvo nuestro servidor de la fuente", "A: fetched from the source by our server"),
    "B": ("B: archivo original con sus datos propios", "B: an original file with its own metadata"),
    "C": ("C: captura de pantalla o copia recodificada", "C: a screenshot or re-encoded copy"),
}


HOW = {
    "grey": ("en gris", "in grey"),
    "colour": ("en color", "in colour"),
    "original": ("el original", "the original"),
    "talk": ("la conversación", "the conversation"),
    "covered-black": ("tapada en negro", "covered in black"),
    "covered-blur": ("difuminada", "blurred"),
}


def moment(code: str, how: str, language: str) -> str:
    """What an event of `code` is called, and in what way it was done (`how`, a code or nothing)."""
    es, en = HOW.get(how, ("", ""))
    way = en if language.startswith("en") else es
    return f"{kind(code, language)} ({way})" if way else kind(code, language)


def kind(code: str, language: str) -> str:
    """What an event of `code` is called."""
    es, en = KINDS.get(code, (code, code))
    return en if language.startswith("en") else es


def grade(code: str, language: str) -> str:
    """What the provenance grade `code` means; that it is not graded, when there is none."""
    es, en = GRADES.get(code, ("Sin grado todavía", "Not graded yet"))
    return en if language.startswith("en") else es


def concerns(about: Mapping[str, Any], item: str) -> bool:
    """Whether an event with these `about` fields has to do with the file `item`."""
    lists = ("items", "unopened", "left_out")
    return about.get("item") == item or any(item in about.get(name, ()) for name in lists)
