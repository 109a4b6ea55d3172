"""Checks electronic invoices (UBL 2.1) against the business rules of EN 16931, with nothing but Python's own libraries.

The rules are written here from the standard and not from the program that makes the invoices: what must be there (BR-1 to BR-57),
what must add up (BR-CO), how many decimals (BR-DEC), and what each category of tax asks for (BR-S, BR-O).

    python3 en16931.py invoice.xml …      tells, as JSON by file: the number, the sums, and every rule that is broken
"""

import json
import re
import sys
import xml.etree.ElementTree as tree
from decimal import ROUND_HALF_UP, Decimal

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
ROOTS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": ("InvoiceTypeCode", "InvoiceLine", "InvoicedQuantity"),
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": ("CreditNoteTypeCode", "CreditNoteLine", "CreditedQuantity"),
}
# The order that the schema wants at the top.
ORDER = [
    "CustomizationID", "ProfileID", "ID", "IssueDate", "DueDate", "InvoiceTypeCode", "CreditNoteTypeCode", "Note", "TaxPointDate",
    "DocumentCurrencyCode", "TaxCurrencyCode", "AccountingCost", "BuyerReference", "InvoicePeriod", "OrderReference", "BillingReference",
    "DespatchDocumentReference", "ReceiptDocumentReference", "OriginatorDocumentReference", "ContractDocumentReference",
    "AdditionalDocumentReference", "ProjectReference", "AccountingSupplierParty", "AccountingCustomerParty", "PayeeParty",
    "TaxRepresentativeParty", "Delivery", "PaymentMeans", "PaymentTerms", "AllowanceCharge", "TaxTotal", "LegalMonetaryTotal",
    "InvoiceLine", "CreditNoteLine",
]
PARTY = ["EndpointID", "PartyIdentification", "PartyName", "PostalAddress", "PartyTaxScheme", "PartyLegalEntity", "Contact"]
ADDRESS = ["StreetName", "AdditionalStreetName", "CityName", "PostalZone", "CountrySubentity", "AddressLine", "Country"]
CATEGORIES = {"S", "Z", "E", "AE", "K", "G", "O", "L", "M"}
CENT = Decimal("0.01")


def step(name):
    return (CBC if name in BASIC else CAC) + name


BASIC = {
    "ID", "IssueDate", "DueDate", "InvoiceTypeCode", "CreditNoteTypeCode", "Note", "DocumentCurrencyCode", "BuyerReference",
    "CustomizationID", "Name", "StreetName", "AdditionalStreetName", "CityName", "PostalZone", "CountrySubentity",
    "IdentificationCode", "CompanyID", "RegistrationName", "ChargeIndicator", "AllowanceChargeReason",
    "AllowanceChargeReasonCode", "Amount", "Percent", "TaxExemptionReason", "TaxExemptionReasonCode", "TaxAmount", "TaxableAmount",
    "LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount",
    "PrepaidAmount", "PayableRoundingAmount", "PayableAmount", "InvoicedQuantity", "CreditedQuantity", "PriceAmount",
    "BaseQuantity", "ActualDeliveryDate", "ProfileID", "TaxPointDate",
}


def find(node, *path):
    """Every element at a path."""
    found = [node] if node is not None else []
    for name in path:
        found = [child for one in found for child in one.findall(step(name))]
    return found


def text(node, *path):
    found = find(node, *path)
    return (found[0].text or "").strip() if found else ""


class Check:
    def __init__(self, path):
        self.root = tree.parse(path).getroot()
        self.broken = []
        assert self.root.tag in ROOTS, f"{self.root.tag} is no invoice"
        self.type, self.line, self.quantity = ROOTS[self.root.tag]
        self.credit = self.line == "CreditNoteLine"

    def rule(self, name, holds, what=""):
        if not holds:
            self.broken.append(f"{name} {what}".strip())

    def amount(self, node, *path, rule=None):
        """An amount with its currency and at most two decimals; nothing when it is not there."""
        found = find(node, *path)
        if not found:
            if rule:
                self.rule(rule, False, path[-1])
            return None
        value = found[0].text or ""
        self.rule("UBL-currency", found[0].get("currencyID") == self.currency, path[-1])
        self.rule("BR-DEC", re.fullmatch(r"-?\d+(\.\d{1,2})?", value) is not None or path[-1] == "PriceAmount", f"{path[-1]} {value}")
        return Decimal(value)

    def in_order(self, node, names, what):
        tags = [child.tag.split("}")[1] for child in node]
        places = [names.index(tag) for tag in tags if tag in names]
        self.rule("UBL-order", places == sorted(places), what)

    def all(self):
        root = self.root
        self.currency = text(root, "DocumentCurrencyCode")
        self.in_order(root, ORDER, "document")
        for name, path in [("BR-01", "CustomizationID"), ("BR-02", "ID"), ("BR-03", "IssueDate"), ("BR-04", self.type), ("BR-05", "DocumentCurrencyCode")]:
            self.rule(name, text(root, path) != "", path)
        self.rule("BR-CL-01", text(root, self.type) == ("381" if self.credit else "380"))
        self.rule("BR-CL-04", re.fullmatch("[A-Z]{3}", self.currency) is not None)
        for name in ["IssueDate", "DueDate"]:
            self.rule("UBL-date", not text(root, name) or re.fullmatch(r"\d{4}-\d\d-\d\d", text(root, name)) is not None, name)
        seller, buyer = (find(root, side, "Party") for side in ["AccountingSupplierParty", "AccountingCustomerParty"])
        self.party(seller[0] if seller else None, "BR-06", "BR-08", "BR-09")
        self.party(buyer[0] if buyer else None, "BR-07", "BR-10", "BR-11")
        seller = seller[0]
        vat = text(seller, "PartyTaxScheme", "CompanyID")
        known = [text(seller, "PartyIdentification", "ID"), text(seller, "PartyLegalEntity", "CompanyID"), vat]
        self.rule("BR-CO-26", any(known), "the seller has no identifier")
        self.rule("BR-CO-09", not vat or re.match("[A-Z]{2}", vat) is not None, vat)
        lines = self.lines()
        allowances, charges = self.besides()
        self.totals(lines, allowances, charges)
        self.taxes(lines, allowances, charges, vat, buyer[0])
        return self

    def party(self, node, name, address, country):
        self.rule(name, node is not None and text(node, "PartyLegalEntity", "RegistrationName") != "")
        if node is None:
            return
        self.in_order(node, PARTY, "party")
        places = find(node, "PostalAddress")
        self.rule(address, len(places) == 1)
        for place in places:
            self.in_order(place, ADDRESS, "address")
        self.rule(country, re.fullmatch("[A-Z]{2}", text(node, "PostalAddress", "Country", "IdentificationCode")) is not None)

    def category(self, node, name):
        """The category of tax and its rate."""
        found = find(node, name)
        code, rate = text(node, name, "ID"), text(node, name, "Percent")
        self.rule("BR-CO-04/BR-32/BR-37", len(found) == 1 and code in CATEGORIES, name)
        self.rule("UBL-scheme", text(node, name, "TaxScheme", "ID") == "VAT", name)
        return code, Decimal(rate) if rate else None

    def lines(self):
        found, ids = [], set()
        for node in find(self.root, self.line):
            name = text(node, "ID")
            self.rule("BR-21", name != "" and name not in ids, name)
            ids.add(name)
            quantity = find(node, self.quantity)
            self.rule("BR-22", len(quantity) == 1, name)
            self.rule("BR-23", quantity[0].get("unitCode") in {"EA", "C62", "H87"}, name)
            net = self.amount(node, "LineExtensionAmount", rule="BR-24")
            self.rule("BR-25", text(node, "Item", "Name") != "", name)
            price = self.amount(node, "Price", "PriceAmount", rule="BR-26")
            self.rule("BR-27", price >= 0, name)
            base = Decimal(text(node, "Price", "BaseQuantity") or 1)
            self.rule("BT-131", abs(Decimal(quantity[0].text) * price / base - net) <= CENT, f"{name}: {net}")
            found.append((net, *self.category(find(node, "Item")[0], "ClassifiedTaxCategory")))
        self.rule("BR-16", found != [])
        return found

    def besides(self):
        allowances, charges = [], []
        for node in find(self.root, "AllowanceCharge"):
            is_charge = text(node, "ChargeIndicator")
            self.rule("UBL-boolean", is_charge in {"true", "false"})
            amount = self.amount(node, "Amount", rule="BR-31/BR-36")
            self.rule("BR-31/BR-36", amount >= 0, "an amount below zero")
            said = text(node, "AllowanceChargeReason") or text(node, "AllowanceChargeReasonCode")
            self.rule("BR-33/BR-38", said != "")
            (charges if is_charge == "true" else allowances).append((amount, *self.category(node, "TaxCategory")))
        return allowances, charges

    def totals(self, lines, allowances, charges):
        node = find(self.root, "LegalMonetaryTotal")[0]
        self.in_order(node, ["LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount", "PayableAmount"], "totals")
        net = self.amount(node, "LineExtensionAmount", rule="BR-12")
        without = self.amount(node, "TaxExclusiveAmount", rule="BR-13")
        with_tax = self.amount(node, "TaxInclusiveAmount", rule="BR-14")
        payable = self.amount(node, "PayableAmount", rule="BR-15")
        allowed = self.amount(node, "AllowanceTotalAmount") or Decimal(0)
        charged = self.amount(node, "ChargeTotalAmount") or Decimal(0)
        prepaid = self.amount(node, "PrepaidAmount") or Decimal(0)
        rounding = self.amount(node, "PayableRoundingAmount") or Decimal(0)
        tax = self.amount(self.root, "TaxTotal", "TaxAmount", rule="BR-53")
        self.rule("BR-CO-10", net == sum(it[0] for it in lines), str(net))
        self.rule("BR-CO-11", allowed == sum(it[0] for it in allowances), str(allowed))
        self.rule("BR-CO-12", charged == sum(it[0] for it in charges), str(charged))
        self.rule("BR-CO-13", without == net - allowed + charged, str(without))
        self.rule("BR-CO-15", with_tax == without + tax, str(with_tax))
        self.rule("BR-CO-16", payable == with_tax - prepaid + rounding, str(payable))
        due = text(self.root, "DueDate") or text(self.root, "PaymentTerms", "Note")
        self.rule("BR-CO-25", self.credit or payable <= 0 or due != "")
        self.payable, self.tax = payable, tax

    def taxes(self, lines, allowances, charges, vat, buyer):
        groups = find(self.root, "TaxTotal", "TaxSubtotal")
        self.rule("BR-CO-18", groups != [])
        sums, seen = [], []
        for node in groups:
            taxable = self.amount(node, "TaxableAmount", rule="BR-45")
            amount = self.amount(node, "TaxAmount", rule="BR-46")
            code, rate = self.category(node, "TaxCategory")
            self.rule("BR-47", code != "")
            self.rule("BR-48", rate is not None or code == "O")
            self.rule("BR-CO-17", amount == (taxable * (rate or 0) / 100).quantize(CENT, ROUND_HALF_UP), f"{taxable} at {rate}: {amount}")
            of = lambda all: sum((it[0] for it in all if it[1:] == (code, rate)), Decimal(0))
            self.rule(f"BR-{code}-08", taxable == of(lines) - of(allowances) + of(charges), f"{taxable}")
            reason = text(node, "TaxCategory", "TaxExemptionReason") or text(node, "TaxCategory", "TaxExemptionReasonCode")
            if code == "S":
                self.rule("BR-S-02", vat != "", "the seller has no number for tax")
                self.rule("BR-S-05", rate > 0)
                self.rule("BR-S-10", reason == "")
            if code == "O":
                self.rule("BR-O-02", vat == "" and text(buyer, "PartyTaxScheme", "CompanyID") == "")
                self.rule("BR-O-05", rate is None)
                self.rule("BR-O-09", amount == 0)
                self.rule("BR-O-10", reason != "")
            sums.append(amount)
            seen.append(code)
        self.rule("BR-CO-14", self.tax == sum(sums), str(self.tax))
        self.rule("BR-O-11", "O" not in seen or len(seen) == 1)
        used = {it[1] for it in [*lines, *allowances, *charges]}
        self.rule("BR-S-01/BR-O-01", used == set(seen), f"{used} and {seen}")


if __name__ == "__main__":
    told = {}
    for path in sys.argv[1:]:
        it = Check(path).all()
        told[path] = {
            "number": text(it.root, "ID"), "credit": it.credit, "payable": str(it.payable), "tax": str(it.tax),
            "about": text(it.root, "BillingReference", "InvoiceDocumentReference", "ID"), "broken": it.broken,
        }
    print(json.dumps(told))
