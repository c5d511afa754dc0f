"""The words of a date: months, seasons, weekdays, numbers and units.

English, and German, French and Spanish. Seasons are those of the northern half of the world.
"""

from __future__ import annotations

_MONTHS = (
    "january jan januar jänner janvier janv enero ene",
    "february feb februar février févr fevrier febrero",
    "march mar mrz märz maerz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sept sep septembre septiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre diciembre dic",
)
MONTHS = {name: number for number, line in enumerate(_MONTHS, 1) for name in line.split()}
_SEASONS = {
    3: "spring frühling fruehling frühjahr printemps primavera",
    6: "summer sommer été verano",
    9: "autumn fall herbst automne otoño",
    12: "winter hiver invierno",
}
SEASONS = {name: month for month, line in _SEASONS.items() for name in line.split()}
_WEEKDAYS = (
    "monday montag lundi lunes",
    "tuesday dienstag mardi martes",
    "wednesday mittwoch mercredi miércoles",
    "thursday donnerstag jeudi jueves",
    "friday freitag vendredi viernes",
    "saturday samstag samedi sábado",
    "sunday sonntag dimanche domingo",
)
WEEKDAYS = {name: number for number, line in enumerate(_WEEKDAYS) for name in line.split()}
NUMBERS = {
    **{
        w: n
        for n, w in enumerate("one two three four five six seven eight nine ten".split(), 1)
    },
    **{w: n for n, w in enumerate("zwei drei vier fünf sechs".split(), 2)},
    **{w: n for n, w in enumerate("deux trois quatre cinq six".split(), 2)},
    **{w: n for n, w in enumerate("dos tres cuatro cinco seis".split(), 2)},
    **dict.fromkeys("a an ein einem einer un une una".split(), 1),
    "eleven": 11,
    "twelve": 12,
    "a couple of": 2,
}
ORDINALS = {
    **{w: n for n, w in enumerate("first second third fourth fifth".split(), 1)},
    **{w: n for n, w in enumerate("1st 2nd 3rd 4th 5th".split(), 1)},
    "last": -1,
}
UNITS = {
    **dict.fromkeys("d day days tag tagen tage jour jours día días".split(), "day"),
    **dict.fromkeys(
        "w week weeks woche wochen semaine semaines semana semanas".split(), "week"
    ),
    **dict.fromkeys("m month months monat monaten monate mois mes meses".split(), "month"),
    **dict.fromkeys("y year years jahr jahren jahre an ans année año años".split(), "year"),
}
