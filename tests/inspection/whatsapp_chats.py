"""The conversations of the corpus: invented, in the Spanish of Guatemala, each for one difficulty or more."""

# ruff: noqa: E501 (one line is one message)
from __future__ import annotations

from tests.inspection.make_whatsapp import Chat, Style, parse

NNBSP, NBSP, LRM = "\u202f", "\u00a0", "\u200e"
ANDROID = Style()
ANDROID_24 = Style(twelve=False)
IOS = Style(ios=True)
IOS_24 = Style(ios=True, twelve=False)
ENGLISH = ("AM", "PM")
PAIR = {"A": "Ana Lucía", "B": "Brayan"}
NOTICE = (
    "Los mensajes y las llamadas están cifrados de extremo a extremo. Nadie fuera de este chat, ni siquiera "
    "WhatsApp, puede leerlos ni escucharlos. Toca para obtener más información."
)
IOS_NOTICE = (
    "~lrm~Los mensajes y las llamadas están cifrados de extremo a extremo. Solo las personas en este chat "
    "pueden leerlos, escucharlos o compartirlos."
)

THREATS = f"""
11-24 21:08:15 - | {NOTICE}
11-24 21:08:40 B | No me dejés en visto
11-24 21:09:02 A | Ya te dije que no quiero hablar con vos
11-24 21:09:30 B | Vas a ver lo que subo si no me contestás
11-24 23:59:59 B | Tenés hasta mañana
11-25 00:05:12 B | Ya es mañana
11-25 12:05:44 A | Ya le conté a mi mamá
11-25 13:00:01 B | Me vale
"""
WORK = """
10-13 07:58:10 J | Buenos días Anita, pase a mi oficina
10-13 08:01:44 A | Buenos días licenciado, ya llego
10-13 12:00:00 J | Qué bonita venía hoy, mándeme una foto
10-13 12:31:09 A | Licenciado, eso no es del trabajo
10-13 18:45:30 J | No se haga la difícil, usted sabe que su contrato se vence en diciembre
10-14 00:10:22 J | ¿Ya se durmió?
10-14 06:02:05 A | Le pido que solo me escriba por el correo de la oficina
"""
STRANGER = """
09-02 15:20:00 X | Hola bonita
09-02 15:21:10 A | ¿Quién es?
09-02 15:21:59 X | Un amigo, tengo tus fotos
09-02 15:22:30 X | Si no me depositás 500 quetzales se las mando a tu familia 😈
09-14 15:40:00 A | No le voy a pagar nada
09-14 15:41:05 X | Vos sabés: el que avisa no es traidor
09-16 01:02:03 X | Mirá este link: https://ejemplo.test/album?id=7
"""
SISTERS = """
08-15 10:00:00 M | Vos, ¿ya viste el perfil falso?
08-15 10:01:30 A | ¿Cuál?
08-15 10:02:00 M | Uno con tu foto y tu número, dice que das servicios
08-15 10:02:45 A | Púchica, por eso me están llamando
08-15 12:30:00 M | Tomale captura a todo antes que lo borren
08-15 12:31:00 A | Va pues
08-16 19:15:20 M | Ya reporté la página, y le avisé a la seño Mirna
"""
SCHOOL = """
05-20 14:00:00 - | Creaste el grupo "Quinto Bachillerato 🎓"
05-20 14:00:10 - | Añadiste a Kevin 🔧
05-20 14:05:00 K | Muchá, vean la foto que están pasando
05-20 14:05:30 S | Eso es falso, está hecho con una aplicación
05-20 14:06:00 - | +502 5555 8811 se unió usando el enlace de invitación de este grupo.
05-20 14:07:00 N | Jajaja se mira igualita
05-20 14:08:20 S | No da risa, eso es delito
05-20 14:09:00 - | Kevin 🔧 cambió el asunto de "Quinto Bachillerato 🎓" a "Quinto: los de siempre"
05-20 14:10:00 - | Kevin 🔧 salió del grupo
05-21 07:30:00 S | Ya hablé con la directora
"""
SCHOOL_NAMES = {"K": "Kevin 🔧", "S": "Sofía", "N": "+502 5555 8811"}

NEIGHBOURS = """
03-17 06:45:00 M | Buenos días vecinas
03-17 06:46:00 D | Buenos días
03-17 11:59:59 D | Anda un carro gris parado frente a la tienda otra vez
03-17 12:00:30 M | Es el mismo señor que le manda mensajes a la Dulce
03-18 00:00:00 D | Sigue ahí, ya llamé al 110
03-18 00:59:10 M | Cierren bien, cualquier cosa me avisan
03-18 01:00:00 D | Gracias vecina
"""
NEIGHBOUR_NAMES = {"M": "Doña Marta", "D": "Dulce"}
JOB = {"A": "Ana Lucía", "J": "Lic. Juárez"}
UNKNOWN = {"A": "Ana Lucía", "X": "+502 5555 1234"}
SISTER = {"A": "Ana Lucía", "M": "Mayra (hermana)"}


def chat(name: str, style: Style, script: str, names: dict[str, str], **more: object) -> Chat:
    return Chat(name, style, tuple(parse(script, names)), **more)  # type: ignore[arg-type]


FORMATS = [
    chat("android-12h-dmy2", ANDROID, THREATS, PAIR),
    chat("android-12h-dmy2-nnbsp", Style(gap=NNBSP, inside=NBSP), WORK, JOB),
    chat("android-12h-dmy4-nbsp", Style(digits=4, inside=NBSP), STRANGER, UNKNOWN),
    chat("android-12h-dmy2-tight", Style(halves=("a.m.", "p.m.")), SISTERS, SISTER),
    chat("android-12h-dmy2-no-space", Style(halves=("am", "pm"), gap=""), NEIGHBOURS, NEIGHBOUR_NAMES),
    chat("android-12h-dmy2-upper", Style(halves=("A. M.", "P. M."), padded=True), WORK, JOB),
    chat("android-24h-dmy4-no-comma", Style(digits=4, twelve=False, comma=""), THREATS, PAIR),
    chat("android-24h-dmy2", Style(twelve=False, padded=True), SISTERS, SISTER),
    chat("android-12h-dmy2-no-comma", Style(comma="", padded=True), STRANGER, UNKNOWN),
    chat("android-12h-mdy2", Style(order="mdy", halves=ENGLISH), WORK, JOB),
    chat("android-12h-mdy2-nnbsp", Style(order="mdy", halves=ENGLISH, gap=NNBSP), SISTERS, SISTER),
    chat("android-24h-mdy4", Style(order="mdy", digits=4, twelve=False), NEIGHBOURS, NEIGHBOUR_NAMES),
    chat("android-24h-ymd4-dashes", Style(order="ymd", digits=4, separator="-", twelve=False), THREATS, PAIR),
    chat("android-24h-dmy2-dots", Style(separator=".", twelve=False, padded=True), STRANGER, UNKNOWN),
    chat("android-12h-dmy4-dashes", Style(digits=4, separator="-", halves=("a.m.", "p.m.")), WORK, JOB),
    chat("ios-12h-dmy2", IOS, WORK, JOB),
    chat("ios-12h-dmy4-nnbsp", Style(ios=True, digits=4, gap=NNBSP, inside=NBSP), SISTERS, SISTER),
    chat("ios-24h-dmy2", IOS_24, STRANGER, UNKNOWN),
    chat(
        "ios-24h-dmy4-padded",
        Style(ios=True, digits=4, twelve=False, padded=True),
        NEIGHBOURS,
        NEIGHBOUR_NAMES,
    ),
    chat("ios-12h-mdy2-nnbsp", Style(ios=True, order="mdy", halves=ENGLISH, gap=NNBSP), WORK, JOB),
    chat(
        "ios-24h-ymd4",
        Style(ios=True, order="ymd", digits=4, twelve=False),
        STRANGER,
        UNKNOWN,
    ),
    chat("ios-24h-dmy2-no-comma", Style(ios=True, twelve=False, comma=""), SISTERS, SISTER),
]

CLOCKS = [
    chat(
        "android-midnight-and-noon",
        ANDROID,
        """
12-30 23:58:00 B | Feliz año adelantado
12-31 00:00:00 B | A medianoche
12-31 00:05:00 B | Contestá
12-31 00:59:00 A | Estoy con mi familia
12-31 01:00:00 B | No te creo
12-31 11:59:00 A | Buenos días
12-31 12:00:00 B | Al mediodía te llamo
12-31 12:05:00 A | No me llamés
12-31 12:59:00 B | Ya te llamé
12-31 13:00:00 A | Y no contesté
12-31 21:08:00 B | Hoy a las 9:08 p. m. paso por tu casa
2027-01-01 00:00:00 B | Feliz año
2027-01-01 12:00:00 A | Dejame en paz
""",
        PAIR,
    ),
    chat("android-only-one-line", Style(twelve=False), "11-24 21:08:00 B | Contestame", PAIR),
    chat(
        "android-marks-missing",
        ANDROID,
        """
07-19 08:15:00 A | Buenos días
07-19 09:08:00 B {bare=} | ¿Por qué no contestás?
07-19 12:30:00 B {bare=} | Ya te vi conectada
07-19 21:08:00 B {bare=} | Última vez que te escribo
07-20 00:20:00 B {bare=} | Mentira
07-20 07:00:00 A | Le voy a enseñar esto al juez
""",
        PAIR,
    ),
]

ORDERS = [
    chat(
        "android-order-unknown",
        ANDROID,
        """
06-01 20:00:00 B | Hola
06-02 20:01:00 A | Hola
06-05 20:02:00 B | ¿Nos vemos?
06-06 20:03:00 A | El 6 del 6, qué fecha tan rara
06-09 20:04:00 B | Pasame tu ubicación
06-12 20:05:00 A | No
""",
        PAIR,
        unsure=True,
    ),
    chat(
        "ios-order-unknown-mdy",
        Style(ios=True, order="mdy", halves=ENGLISH, gap=NNBSP),
        """
02-03 09:00:01 X | ~lrm~Los mensajes y las llamadas están cifrados de extremo a extremo.
02-03 09:00:20 X | Soy el del anuncio
03-03 09:10:00 A | ¿Cuál anuncio?
03-04 23:10:59 X | El de tus fotos
""".replace("02-03 09:00:01 X |", "02-03 09:00:01 X {kind=system} |"),
        UNKNOWN,
        unsure=True,
    ),
    chat(
        "android-order-by-sequence",
        ANDROID_24,
        """
11-03 10:00:00 M | ¿Cómo seguís?
11-05 10:00:00 A | Más tranquila, cambié de número
11-12 11:00:00 M | Qué bueno
12-02 18:30:00 A | Volvió a escribirme
12-04 18:31:00 M | Vamos a la fiscalía mañana
12-05 07:00:00 A | Va, a las 7
""",
        SISTER,
    ),
    chat(
        "android-order-by-sequence-mdy",
        Style(order="mdy", twelve=False),
        """
04-09 10:00:00 M | ¿Ya comiste?
04-12 10:00:00 A | Ya
05-02 22:45:00 A | Otra vez el mismo número
05-03 22:46:00 M | Bloquealo
""",
        SISTER,
    ),
    chat(
        "android-orders-mixed",
        ANDROID_24,
        """
01-20 09:00:00 A | Este es el chat del teléfono viejo
02-03 09:01:00 B | Te encontré
02-02 09:02:00 A | Y este ya no sé
01-25 10:00:00 A {order=mdy} | Esto lo exporté del teléfono en inglés
02-05 10:01:00 B {order=mdy} | No te me vas a escapar
02-27 10:02:00 A {order=mdy} | Basta
""",
        PAIR,
        orders=("dmy", "mdy"),
    ),
    chat(
        "android-late-messages",
        ANDROID_24,
        """
04-13 22:10:00 A | Voy en la camioneta, no hay señal
04-13 22:25:00 M | ¿Ya llegaste?
04-13 22:05:00 A | Espérame en la parada
04-14 06:00:00 M | Ya me asusté
04-13 23:30:00 A | Ya llegué
04-14 06:01:00 A | Perdón, hasta ahora salió
""",
        SISTER,
    ),
]

WORDS = [
    chat(
        "android-multiline-with-dates",
        ANDROID,
        """
11-24 21:08:00 A | Te cuento lo que pasó:\\n24/11/26 a las 9 p. m. me siguió\\n\\n25/11/26 - cita en la fiscalía
11-24 21:20:00 M | Anotalo todo\\ny guardá los audios
11-24 21:21:00 A | Me escribió esto:\\n[21:08, 24/11/2026] Brayan: te vas a arrepentir\\n[24/11, 21:09] Brayan: contestá
11-24 21:25:00 A | Y en el correo dice:\\n24-11-2026 21:08 - Brayan: última advertencia
11-24 21:26:00 M | 24/11/26, 9:08 p. m. fue cuando me llamaste a mí
11-26 08:00:00 A | Lista:\\n1. cédula\\n2. 2/3 de los audios\\n3. 10:30 en la torre\\n
""",
        SISTER,
    ),
    chat(
        "ios-multiline",
        IOS,
        """
10-28 21:08:15 A | Primero me dijo:\\n\\n"24/10/26, a las 9:08 p. m. voy"\\n\\nDespués llegó
10-28 21:09:00 M | ¿Y?\\u2028¿Qué hiciste?
10-28 21:10:00 A | [gritar]\\n[24/10] fue la primera vez
""".replace("\\u2028", "\u2028"),
        SISTER,
    ),
    chat(
        "android-media",
        ANDROID,
        """
09-21 19:00:00 B {kind=media} | <Multimedia omitido>
09-21 19:00:30 B {media=IMG-20260921-WA0001.jpg} | IMG-20260921-WA0001.jpg (archivo adjunto)
09-21 19:01:00 B {media=VID-20260921-WA0002.mp4} | VID-20260921-WA0002.mp4 (archivo adjunto)\\nMirá lo que tengo
09-21 19:02:00 B {media=PTT-20260921-WA0003.opus} | PTT-20260921-WA0003.opus (archivo adjunto)
09-21 19:03:00 B {media=STK-20260921-WA0004.webp} | ~lrm~STK-20260921-WA0004.webp (archivo adjunto)
09-21 19:04:00 A {media=Denuncia MP 2026.pdf} | Denuncia MP 2026.pdf (archivo adjunto)\\nDenuncia MP 2026.pdf
09-21 19:05:00 B | ¿Y eso qué? (archivo adjunto dice)
09-21 19:06:00 A {kind=contact;media=Seño Mirna.vcf} | Seño Mirna.vcf (archivo adjunto)
""",
        PAIR,
    ),
    chat(
        "ios-media",
        IOS,
        """
09-21 19:00:00 B {kind=media} | ~lrm~imagen omitida
09-21 19:00:30 B {kind=media} | ~lrm~video omitido
09-21 19:01:00 B {kind=media} | ~lrm~audio omitido
09-21 19:01:10 B {kind=media} | ~lrm~sticker omitido
09-21 19:01:20 B {kind=media} | ~lrm~GIF omitido
09-21 19:02:00 A {kind=media} | denuncia.pdf • ~lrm~2 páginas ~lrm~documento omitido
09-21 19:03:00 B {media=00000012-PHOTO-2026-09-21-19-03-00.jpg} | ~lrm~<adjunto: 00000012-PHOTO-2026-09-21-19-03-00.jpg>
09-21 19:03:30 B {media=00000013-AUDIO-2026-09-21-19-03-30.opus} | ~lrm~<adjunto: 00000013-AUDIO-2026-09-21-19-03-30.opus>
09-21 19:04:00 A {kind=contact} | ~lrm~Tarjeta de contacto omitida
09-21 19:05:00 A | Vi la imagen omitida en el chat, ¿la borraste?
""",
        PAIR,
    ),
    chat(
        "android-edits-and-deletions",
        ANDROID_24,
        """
06-17 08:00:00 B {text=Te quiero mucho} | Te quiero mucho <Se editó este mensaje.>
06-17 08:01:00 B {kind=deleted} | Se eliminó este mensaje.
06-17 08:02:00 B {kind=deleted} | Este mensaje fue eliminado
06-17 08:03:00 A {kind=deleted} | Eliminaste este mensaje.
06-17 08:04:00 A | ¿Qué eliminaste? Vi que decía "se eliminó este mensaje"
06-17 08:05:00 B {text=Nada\\nnada} | Nada\\nnada <Se editó este mensaje.>
""",
        PAIR,
    ),
    chat(
        "ios-edits-and-deletions",
        Style(ios=True, digits=4),
        """
06-17 08:00:00 B {text=Ya no te voy a molestar} | Ya no te voy a molestar ~lrm~<Se editó este mensaje.>
06-17 08:01:00 B {kind=deleted} | ~lrm~Se eliminó este mensaje.
06-17 08:02:00 A {kind=deleted} | ~lrm~Eliminaste este mensaje.
06-17 08:03:00 A | Ya lo había leído
""",
        PAIR,
    ),
    chat("android-group-system-lines", ANDROID, SCHOOL, SCHOOL_NAMES),
    chat(
        "android-more-system-lines",
        ANDROID_24,
        f"""
01-14 09:00:00 - | {NOTICE}
01-14 09:00:01 - | Brayan activó los mensajes temporales. Los mensajes nuevos desaparecerán de este chat después de 24 horas.
01-14 09:01:00 B | Así nadie ve nada
01-14 09:02:00 - | Cambió tu código de seguridad con Brayan. Toca para obtener más información.
01-15 09:03:00 - | Brayan cambió su número de teléfono. Toca para enviar un mensaje o añadir el número nuevo.
01-15 09:04:00 - | Bloqueaste a este contacto. Toca para desbloquearlo.
01-15 09:05:00 - | Desbloqueaste a este contacto.
01-15 09:06:00 A | Juan salió del grupo: eso me dijo mi mamá
""",
        PAIR,
    ),
    chat(
        "ios-group-system-lines",
        IOS,
        f"""
05-20 14:00:00 G {{kind=system}} | {IOS_NOTICE}
05-20 14:00:01 G {{kind=system}} | ~lrm~Sofía creó este grupo
05-20 14:00:02 G {{kind=system}} | ~lrm~Sofía añadió a Kevin 🔧
05-20 14:05:00 K | Vean esto
05-20 14:06:00 S {{kind=system}} | ~lrm~Sofía cambió la descripción del grupo
05-20 14:07:00 K {{kind=system}} | ~lrm~Kevin 🔧 salió del grupo
05-20 14:08:00 S | Kevin salió del grupo porque le dio pena
05-20 14:09:00 N | Qué bueno
""",
        {"G": "Quinto Bachillerato", "K": "Kevin 🔧", "S": "Sofía", "N": f"~{NNBSP}Nayeli"},
    ),
    chat(
        "android-numbers-as-senders",
        ANDROID,
        STRANGER,
        {"A": "Ana Lucía", "X": f"\u202a+502{NBSP}5555{NBSP}1234\u202c"},
    ),
    chat(
        "android-names-with-colon-and-emoji",
        ANDROID_24,
        """
02-16 10:00:00 T | Buenos días, le escribo de la entrega
02-16 10:01:00 M | Hija, ¿quién es ese señor?
02-16 10:02:00 T | ¿Me confirma su dirección?
02-16 10:03:00 A | Nota: no le den mi dirección
02-16 10:04:00 T | Señorita
02-16 10:05:00 T | Si no me la da yo la busco
02-16 10:06:00 A | Mamá: no contestés
02-16 10:07:00 T | Ya sé dónde es
02-16 10:08:00 A | Te mando el link: https://ejemplo.test:8443/a: guardalo
02-16 10:09:00 M | 💜
""",
        {"A": "Ana Lucía", "M": "Mamá 💜", "T": "Entregas: Zona 1"},
    ),
    chat(
        "android-places-polls-calls",
        ANDROID,
        """
10-22 16:00:00 B {kind=location} | ubicación: https://maps.google.com/?q=14.6407,-90.5133
10-22 16:01:00 B | Te veo desde aquí
10-22 16:02:00 - {kind=call} | Llamada de voz perdida
10-22 16:02:30 - {kind=call} | Videollamada perdida
10-22 16:03:00 A {kind=poll} | ENCUESTA:\\n¿Qué hago?\\nOPCIÓN: Llamar al 1572 (2 votos)\\nOPCIÓN: Nada (0 votos)
10-22 16:04:00 B {kind=location} | ubicación en tiempo real compartida
10-22 16:05:00 B | Llamadas perdidas tuyas tengo como veinte
10-22 16:06:00 A | Me mandó https://maps.google.com/ y ya
""",
        PAIR,
    ),
    chat(
        "ios-places-polls-calls",
        IOS_24,
        """
10-22 16:00:00 B {kind=location} | ~lrm~Ubicación: https://maps.google.com/?q=14.640700,-90.513300
10-22 16:02:00 B {kind=call} | ~lrm~Llamada de voz perdida. ~lrm~Toca para volver a llamar
10-22 16:02:30 B {kind=call} | ~lrm~Videollamada. ~lrm~35 min
10-22 16:03:00 A {kind=poll} | ~lrm~ENCUESTA:\\n¿Quién agregó a Brayan?\\n~lrm~OPCIÓN: Yo (~lrm~1 voto)
10-22 16:05:00 B | Llamada de tu mamá tengo aquí
""",
        PAIR,
    ),
    chat(
        "android-empty-null-and-view-once",
        ANDROID,
        """
03-27 22:00:00 B | null
03-27 22:01:00 B |
03-27 22:02:00 B {kind=view-once} | Recibiste un mensaje de visualización única. Para mayor privacidad, solo puedes abrirlo en tu teléfono.
03-27 22:03:00 A | ¿Qué era?
03-27 22:04:00 B | Esperando este mensaje
03-27 22:05:00 A | 🤨
""",
        PAIR,
    ),
    chat(
        "android-system-line-unknown",
        ANDROID_24,
        """
03-27 22:00:00 - | Una línea nueva que WhatsApp escribirá algún día
03-27 22:03:00 A | ¿Y eso?
""",
        PAIR,
    ),
]

FILES = [
    chat("android-bom-crlf", ANDROID, THREATS, PAIR, newline="\r\n", encoding="utf-8-sig"),
    chat(
        "ios-crlf-no-last-newline",
        IOS,
        SISTERS,
        SISTER,
        newline="\r\n",
        encoding="utf-8-sig",
        last_newline=False,
    ),
    chat(
        "ios-bidi-marks",
        Style(ios=True, gap=NNBSP, inside=NBSP),
        """
09-21 19:00:00 X | ~lrm~Recibí tu foto
09-21 19:00:30 X {kind=media} | ~lrm~imagen omitida
09-21 19:01:00 A | Avisale a @\u2068Mayra\u2069 por favor
09-21 19:02:00 A | \u202bhola\u202c
""",
        {"A": f"{LRM}Ana Lucía", "X": f"\u202a+502{NBSP}5555{NBSP}9090\u202c"},
    ),
    chat("android-saved-as-utf-16", Style(gap=NNBSP, inside=NBSP), WORK, JOB, encoding="utf-16"),
    chat("android-saved-as-windows-1252", Style(inside=NBSP), SISTERS, SISTER, encoding="cp1252"),
    chat(
        "android-preamble",
        ANDROID_24,
        SISTERS,
        SISTER,
        before="Capturas de mi hermana\nGuardado el 20 de agosto\n\n",
    ),
    chat(
        "android-broken-times",
        ANDROID,
        """
11-24 21:08:00 B | Contestá
!31/2/26, 9:08 p. m. - Brayan: este día no existe\\ny sigue aquí
11-24 21:10:00 A | No
!24/11/26, 13:15 p. m. - Brayan: esta hora no existe
!24/11/26, 0:15 p. m. - Brayan: esta tampoco
!24/11/26, 9:75 p. m. - Brayan: ni este minuto
!24/13/26, 9:15 p. m. - Brayan: ni este mes\\n\\nni lo que sigue
11-24 21:20:00 A | Ya\\nno más
!24/11/26, 25:00 - Brayan: ni esta hora
11-25 21:20:00 A | Adiós
""",
        PAIR,
    ),
    chat(
        "ios-broken-times",
        IOS,
        """
11-24 21:08:15 B | Contestá
![24/11/26, 9:08:61 p. m.] Brayan: este segundo no existe
![24/11/26, 14:08:01 a. m.] Brayan: ni esta hora
11-24 21:10:00 A | No
![30/2/26, 9:08:15 p. m.] Brayan: ni este día
""",
        PAIR,
    ),
]

CHATS = [*FORMATS, *CLOCKS, *ORDERS, *WORDS, *FILES]
