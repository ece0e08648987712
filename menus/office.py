"""The office: the people behind the service, whom a text names wherever it sends somebody to them."""

from contracts.fields.msisdn import Msisdn, national
from menus.translate import Text, t
from values.frozen import Frozen


class Office(Frozen):
    """`name`: as people know it; None: "the VoicePact office". `phone`: where it answers, an msisdn or a number as
    people there dial it; None: nobody is told to call."""

    name: str | None = None
    phone: str | None = None


def office_values(office: Office, reader: Msisdn) -> dict[str, object]:
    """Return the values of the places `{office}`, within a sentence, and `{Office}`, at its beginning."""
    if office.name is None:
        within, begins = t("the VoicePact office"), t("The VoicePact office")
    else:
        within = begins = t("{name}", name=office.name.replace(" ", "\u00a0"))
    if office.phone is None:
        return {"office": within, "Office": begins}
    phone = _dialled(office.phone, reader)
    return {
        "office": t("{name} ({phone})", name=within, phone=phone),
        "Office": t("{name} ({phone})", name=begins, phone=phone),
    }


def _dialled(phone: str, reader: Msisdn) -> str:
    shown = national(Msisdn(phone), reader) if phone.startswith("+") else phone
    return shown.replace(" ", "\u00a0")


def with_office(text: Text, office: Office, reader: Msisdn) -> Text:
    """Return `text` with the values of its places `{office}` and `{Office}`."""
    return Text(text.source, {**text.values, **office_values(office, reader)}, text.plural, text.n)
