#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes staff.csv: the people of Harbour Works, the public works of an invented harbour town.

Same output on each run and with every Python 3: the only source of chance is the small generator below,
and nothing here depends on the order of a set. Everybody is invented; the telephone numbers are of the block
that Ofcom keeps for drama (01632 960000 to 960999), and harbour.example can never exist (RFC 2606).

    make-staff.py > staff.csv
"""
import csv
import io
import sys
import unicodedata

PEOPLE = 500
DOMAIN = "harbour.example"


class Chance:
    """A linear congruential generator (Knuth's MMIX constants); its upper bits are good enough for names."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return (self.state >> 33) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def one_in(self, n):
        return self.below(n) == 0


# Given and family names by where a family came from; a harbour has people from everywhere.
FAMILIES = [
    (9, ["Alice", "Amelia", "Beth", "Charlotte", "Daniel", "Edward", "Fiona", "George", "Hannah", "Isaac", "James", "Kate",
         "Lewis", "Maeve", "Nora", "Oliver", "Peter", "Ruth", "Samuel", "Thomas", "Victoria", "William"],
        ["Abbott", "Barnes", "Carter", "Dixon", "Ellis", "Fletcher", "Grant", "Hughes", "Irving", "Jarvis", "Kerr", "Lawson",
         "Marsh", "Norris", "O'Brien", "Parker", "Quayle", "Reed", "Seaton", "Turner", "Underhill", "Walsh", "Yates"]),
    (4, ["Anke", "Björn", "Claudia", "Dörte", "Eike", "Frauke", "Günter", "Heike", "Jörg", "Käthe", "Lars", "Ursula"],
        ["Müller", "Schröder", "Petersen", "Köhler", "Weiß", "Hansen", "von der Heide", "Krüger", "Jäger", "Brandt"]),
    (3, ["Ana", "Beatriz", "Carlos", "Inês", "João", "José", "Lucía", "María", "Nuño", "Raúl", "Sofía", "Xoán"],
        ["García", "Núñez", "Fernández", "Conceição", "Ibáñez", "Pérez Galdós", "Muñoz", "Araújo", "Castro", "Güell"]),
    (3, ["Agnieszka", "Bożena", "Grażyna", "Jakub", "Łukasz", "Małgorzata", "Michał", "Paweł", "Stanisław", "Zofia"],
        ["Wójcik", "Kowalska", "Nowak", "Śliwiński", "Żak", "Dąbrowski", "Łaski", "Górecki", "Zając"]),
    (3, ["Åsa", "Bjørn", "Eirik", "Freja", "Gösta", "Ingrid", "Jens", "Märta", "Søren", "Torbjörn"],
        ["Ångström", "Sørensen", "Lindqvist", "Østergaard", "Bergström", "Hjorth", "Næss", "Öberg"]),
    (3, ["Aimée", "Benoît", "Chloé", "Élodie", "François", "Gaëlle", "Hélène", "Jérôme", "Noël", "Zoë"],
        ["Lefèvre", "Côté", "d'Aubigné", "Bézier", "Garçon", "L'Hôpital", "Marchand", "Rivière", "Thévenin"]),
    (2, ["Ayşe", "Çağla", "Emre", "Gökhan", "İpek", "Ömer", "Şirin", "Zeynep"],
        ["Çelik", "Doğan", "Güneş", "Işık", "Öztürk", "Şahin", "Yıldız"]),
]

# Names in other scripts, with the Latin letters that their bearers use themselves.
OTHER_SCRIPTS = [
    ("Ирина", "Греч", "irina", "grech"), ("Олег", "Журавлёв", "oleg", "zhuravlyov"), ("Тарас", "Шевчук", "taras", "shevchuk"),
    ("Νίκος", "Παπαδόπουλος", "nikos", "papadopoulos"), ("Ελένη", "Γεωργίου", "eleni", "georgiou"),
    ("明", "李", "ming", "li"), ("秀英", "王", "xiuying", "wang"), ("健", "佐藤", "ken", "sato"),
    ("지훈", "김", "jihoon", "kim"), ("דנה", "לוי", "dana", "levi"), ("سلمى", "حداد", "salma", "haddad"),
]

# Mail group, department, how many of a hundred people, titles
PLACES = [
    ("Administration", "Administration", 5, ["Secretary", "Office Manager", "Legal Adviser", "Archivist"]),
    ("Administration/Finance", "Finance", 8, ["Accountant", "Payroll Clerk", "Controller", "Purchasing Officer"]),
    ("Administration/People", "People and Training", 5, ["Personnel Officer", "Training Coordinator", "Recruiter"]),
    ("Port Operations", "Port Operations", 9, ["Duty Officer", "Vessel Traffic Operator", "Berth Planner", "Harbour Clerk"]),
    ("Port Operations/Pilotage", "Pilotage", 6, ["Pilot", "Pilot Launch Coxswain", "Dispatcher"]),
    ("Port Operations/Quays", "Quays", 9, ["Mooring Hand", "Quay Foreman", "Quay Surveyor"]),
    ("Port Operations/Quays/Crane Crew", "Quays", 7, ["Crane Driver", "Rigger", "Signaller"]),
    ("Waterworks", "Waterworks", 10, ["Process Engineer", "Laboratory Technician", "Meter Reader", "Pump Attendant"]),
    ("Waterworks/Sewers", "Waterworks", 8, ["Sewer Inspector", "Jetting Operator", "Drainage Engineer"]),
    ("Roads and Bridges", "Roads and Bridges", 11, ["Civil Engineer", "Surveyor", "Bridge Keeper", "Paver", "Road Worker"]),
    ("Roads and Bridges/Winter Service", "Roads and Bridges", 4, ["Gritter Driver", "Duty Meteorologist"]),
    ("Parks and Dunes", "Parks and Dunes", 9, ["Gardener", "Dune Warden", "Arborist", "Playground Inspector"]),
    ("Fleet and Workshop", "Fleet and Workshop", 9, ["Mechanic", "Electrician", "Boatbuilder", "Storekeeper", "Driver"]),
]

DESCRIPTIONS = [
    'Keys to sheds 3, 4 and 7',
    'Known on the quay as "the Admiral"',
    'First aider, fire warden',
    'Part time: Monday, Tuesday, Thursday',
    'Call sign "Gannet", channel 12',
    'Night shift in odd weeks\nDay shift in even weeks',
    'Deputy: see the duty list, page 2',
    'Signs orders up to £5,000; above that "two pairs of eyes"',
    'On loan from the town library until spring',
    'Visitors by appointment:\n"Ring twice, then wait" (the bell is slow)',
    'Speaks Dutch, German, some Portuguese',
    'Retires at the end of the year; hand over to the deputy',
    "Works from 't Kleine Havenhuis on Fridays",
    '50 % operations, 50 % training',
]

# The people at the top, and the ones that every example asks for.
NAMED = [
    ("John", "Doe", "john", "doe", "john", "Administration", "Harbour Master", "Administration", "jdoe; harbourmaster", "10 GB",
     'Head of Harbour Works; mail "for the harbour master" goes here'),
    ("María José", "Núñez", "maria", "nunez", "maria.nunez", "Administration/Finance", "Treasurer", "Finance",
     "treasurer; invoices; mj.nunez@harbour.example", "5 GB", "Countersigns what the harbour master signs,\nand the other way round"),
    ("Łukasz", "Żak", "lukasz", "zak", "lukasz.zak", "Waterworks", "Head of Waterworks", "Waterworks", "waterworks", "5 GB", ""),
    ("Zoë", "Ångström", "zoe", "angstrom", "zoe.angstrom", "Fleet and Workshop", "System Administrator", "Administration",
     "postmaster hostmaster abuse", "unlimited", "Ask here first when a log-on fails"),
    ("Jürgen", "Müller-Lüdenscheidt", "juergen", "mueller", "juergen.mueller", "Port Operations", "Head of Port Operations",
     "Port Operations", "port.control; vts", "5 GB", 'Duty telephone: "Control", extension 1'),
    ("明", "李", "ming", "li", "ming.li", "Roads and Bridges", "Bridge Engineer", "Roads and Bridges", "", "2.5 GB",
     "The swing bridge, its log and its moods"),
]

QUOTAS = ["", "", "", "", "2 GB", "1.5 GB", "500 MB", "1 GiB"]

LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "å": "aa", "ı": "i", "'": "",
                         "Ä": "ae", "Ö": "oe", "Ü": "ue", "Ł": "l", "Ø": "o", "Æ": "ae", "Å": "aa", "İ": "i"})


def latin(name):
    """A name as its bearer would spell it in an address: plain letters, the last word of several."""
    plain = unicodedata.normalize("NFKD", name.translate(LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return plain.split()[-1]


def weighted(chance, items, weight):
    """One of ITEMS, as often as its weight says."""
    at = chance.below(sum(weight(i) for i in items))
    for item in items:
        at -= weight(item)
        if at < 0:
            return item
    raise AssertionError("unreachable")


def make_rows():
    chance = Chance(1894)
    taken = set()
    rows = []

    def free(name):
        candidate, n = name, 2
        while candidate in taken:
            candidate, n = f"{name}{n}", n + 1
        taken.add(candidate)
        return candidate

    def add(given, family, login, group, title, department, aliases, quota, description, east_asian=False):
        number = len(rows)
        full = family + given if east_asian else f"{given} {family}"
        phone = "" if number % 17 == 16 else f"+44 1632 960{number:03d}"
        rows.append([login, full, given, family, group, aliases, quota, title, department, phone, description])

    for given, family, _, _, login, group, title, department, aliases, quota, description in NAMED:
        free(login)
        for alias in aliases.replace(";", " ").split():
            taken.add(alias.split("@")[0])
        add(given, family, login, group, title, department, aliases, quota, description, given == "明")

    for given, family, latin_given, latin_family in OTHER_SCRIPTS:
        if given == "明":
            continue
        group, department, _, titles = weighted(chance, PLACES, lambda p: p[2])
        login = free(f"{latin_given}.{latin_family}")
        add(given, family, login, group, chance.pick(titles), department, "", chance.pick(QUOTAS), "",
            given in ("秀英", "健", "지훈"))

    while len(rows) < PEOPLE:
        _, given_names, family_names = weighted(chance, FAMILIES, lambda f: f[0])
        given, family = chance.pick(given_names), chance.pick(family_names)
        group, department, _, titles = weighted(chance, PLACES, lambda p: p[2])
        login = free(f"{latin(given)}.{latin(family)}")
        aliases = []
        if chance.one_in(3):
            aliases.append(free(latin(given)[0] + latin(family)))
        if chance.one_in(12):
            aliases.append(free(f"{latin(family)}.{latin(given)}") + "@" + DOMAIN)
        if chance.one_in(40):
            group = ""  # lands directly below Mailboxes
        title = "" if chance.one_in(25) else chance.pick(titles)
        description = chance.pick(DESCRIPTIONS) if chance.one_in(5) else ""
        add(given, family, login, group, title, department, "; ".join(aliases), chance.pick(QUOTAS), description)
    return rows


def main():
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["Username", "Full name", "Given name", "Family name", "Group", "Aliases", "Quota", "Title", "Department",
                     "Phone", "Description"])
    writer.writerows(make_rows())
    sys.stdout.buffer.write(text.getvalue().encode("utf-8"))


if __name__ == "__main__":
    main()
