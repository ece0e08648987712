"""A record whose texts a test chooses, and its paper."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.contract import Contract, ContractType, Party, Role, Signature, Status
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.proof.statements import canonical_form_of
from contracts.terms import Terms
from gateway.evidence.contract_pdf import draw_pdf
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.pack_options import PackOptions
from gateway.evidence.paper_fonts import FontFile, installed_fonts
from menus.office import Office

NOON = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
BUYER_ID, SELLER_ID = UUID(int=1), UUID(int=2)
ALL_FONTS = installed_fonts()
WITHOUT_EXTRA = tuple(font for font in ALL_FONTS if font.name != "CJK")


def paper(
    *, fonts: Sequence[FontFile] = ALL_FONTS, name: str = "Amina", product: str = "maize", texts: tuple[str, ...] = (),
    words: str | None = None,
) -> bytes:  # fmt: skip
    """Return the PDF of `make_record`."""
    record = make_record(name=name, product=product, texts=texts, words=words)
    return draw_pdf(record, options_with(fonts))


def options_with(fonts: Sequence[FontFile] = ALL_FONTS) -> PackOptions:
    office = Office("Bungoma Coop", "0800 720 123")
    ask_url = "http://127.0.0.1:8000/verify/40718353"
    return PackOptions(ask_url, "3f2a9c017bd2f0a4", 16, office, "KE", ZoneInfo("Africa/Nairobi"), fonts)


def make_record(
    *, name: str = "Amina", product: str = "maize", place: str = "Nakuru", texts: tuple[str, ...] = (),
    words: str | None = None,
) -> EvidenceRecord:  # fmt: skip
    """Return the record of a contract that its buyer has confirmed by SMS. `texts` is what the buyer was shown."""
    parties = (
        Party(BUYER_ID, Msisdn("+254711000001"), Role.BUYER, name, "en", Signature.SIGNED, "00" * 16),
        Party(SELLER_ID, Msisdn("+254711000002"), Role.SELLER, None, "am", Signature.PENDING, "11" * 16),
    )
    contract = Contract(
        id=UUID(int=3), reference="40718353", type=ContractType.AGRICULTURAL_SUPPLY, status=Status.PENDING,
        terms=Terms(product, Quantity("50", "bags"), Money(17_500_050, Currency.KES), place, date(2026, 7, 25)),
        parties=parties, created_at=NOON, version=2,
    )  # fmt: skip
    form = canonical_form_of(contract, contract.terms_version)
    step = {"channel": "sms", "actor_id": BUYER_ID, "clock": None, "at": NOON, "hash": bytes(32)}
    answer = {
        "answer": "confirm", "subject": "terms", "terms_version": 1, "details": {}, "channel": "sms", "language": "en",
        "phone_id": BUYER_ID, "answered_at": NOON, "texts": texts, "words": words, "pin": None,
    }  # fmt: skip
    actions = [{**step, "seq": 1, "action": "contract.made"}, {**step, "seq": 2, "action": "contract.confirm"}]
    return EvidenceRecord(
        contract, [{"terms_version": form.terms_version, "form": form.text}], [answer], actions, actions, None, {},
    )  # fmt: skip
