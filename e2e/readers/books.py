"""Reads files that go to other people's books, with nothing but Python's own libraries, and tells what is in them as JSON.

    python3 books.py iif transactions.iif
    python3 books.py csv invoices.csv
"""

import csv
import json
import sys
from decimal import Decimal


def iif(path):
    """Tab-separated transactions: a head for each kind of row, then rows; a transaction ends with its splits.

    The order of columns is taken from the heads and from nowhere else, as the program that imports it does.
    """
    heads, lists, transactions = {}, {}, []
    with open(path, encoding="cp1252", newline="") as file:
        text = file.read()
    assert "\r\n" in text, "rows end with CR LF"
    for number, row in enumerate(text.split("\r\n"), start=1):
        if not row:
            continue
        cells = row.split("\t")
        word = cells[0]
        if word.startswith("!"):
            heads[word[1:]] = cells[1:]
            continue
        assert word in heads, f"row {number}: {word} comes before its head"
        if word == "ENDTRNS":
            transactions[-1]["ended"] = True
            continue
        assert len(cells) - 1 <= len(heads[word]), f"row {number} has more cells than its head"
        fields = dict(zip(heads[word], cells[1:]))
        if word == "TRNS":
            assert not transactions or transactions[-1].get("ended"), f"row {number}: the transaction before has no end"
            transactions.append({**fields, "splits": []})
        elif word == "SPL":
            transactions[-1]["splits"].append(fields)
        else:
            lists.setdefault(word, []).append(fields)
    for it in transactions:
        assert it.get("ended"), f"{it['DOCNUM']} has no end"
        both = Decimal(it["AMOUNT"]) + sum(Decimal(split["AMOUNT"]) for split in it["splits"])
        assert both == 0, f"{it['DOCNUM']} does not balance: {both}"
        for split in it["splits"]:
            if split["QNTY"] and split["PRICE"]:
                product = Decimal(split["QNTY"]) * Decimal(split["PRICE"])
                assert product == Decimal(split["AMOUNT"]), f"{it['DOCNUM']}: {split}"
    known = {row["NAME"] for row in lists.get("CUST", [])}
    assert all(it["NAME"] in known for it in transactions), "every customer is on the list"
    items = {row["NAME"] for row in lists.get("INVITEM", [])}
    used = {split["INVITEM"] for it in transactions for split in it["splits"] if split["INVITEM"]}
    assert used <= items, "every item is on the list"
    return transactions


def table(path):
    """A table with a head, as RFC 4180 has it."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    for row in rows:
        assert None not in row and None not in row.values(), f"a row with another number of cells: {row}"
    return rows


if __name__ == "__main__":
    kind, path = sys.argv[1:3]
    print(json.dumps({"iif": iif, "csv": table}[kind](path)))
