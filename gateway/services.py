"""What a running process is made of, as a request finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from contracts.actions import Clock
from gateway.background.deadlines import DeadlineJob
from gateway.background.promises import PromiseJob
from gateway.background.short_codes import ShortCodes
from gateway.evidence.pack_maker import PackMaker
from gateway.feed.tail import FeedTail
from gateway.inbox.receive import Inbox
from gateway.limits.limits import Limits
from gateway.limits.request_deadlines import RequestDeadlines
from gateway.limits.workload import Workload
from gateway.number_risk.checks import NumberChecks
from gateway.operators.sign_in import SignIn
from gateway.outbox.compose import MessageComposer
from gateway.payments.wiring import MoneyServices
from gateway.providers import Provider, UssdProvider, with_ussd
from gateway.settings import Settings
from gateway.ussd.hop import HopHandler
from gateway.verify.paper_checks import PaperChecks
from storage.disputes import DisputeRows
from storage.encryption import Encryptor
from storage.evidence import EvidenceRows
from storage.looks import LookRows
from storage.operator_reads import OperatorReads
from storage.operators import OperatorRows
from storage.outbox import OutboxRows
from storage.rate_limits import RateLimits
from storage.records import Records
from storage.sessions import Sessions
from storage.signing import SignerPort
from storage.webhooks import WebhookRows


@dataclass(slots=True)
class Services:
    """What a running process is made of. `ussd_providers` are those that bring USSD. `draining` is set once
    the process has been told to stop: it finishes what it has, and should get nothing new. `callback_deadlines` are of
    all that providers call but hops. This process counts `limits` and `workload` for itself; all processes count
    `shared_limits` together. `log_signer` is None where this process does not sign the log."""

    settings: Settings
    providers: Mapping[str, Provider]
    records: Records
    sessions: Sessions
    hops: HopHandler
    workload: Workload
    callback_deadlines: RequestDeadlines
    inbox: Inbox
    queue: OutboxRows
    promises: PromiseJob
    deadlines: DeadlineJob
    disputes: DisputeRows
    operator_reads: OperatorReads
    operators: OperatorRows
    sign_in: SignIn
    looks: LookRows
    encryptor: Encryptor
    signer: SignerPort
    log_signer: SignerPort | None
    evidence: EvidenceRows
    packs: PackMaker
    limits: Limits
    papers: PaperChecks
    shared_limits: RateLimits
    composer: MessageComposer
    codes: ShortCodes
    money: MoneyServices
    number_checks: NumberChecks
    feed: FeedTail
    webhooks: WebhookRows
    now: Clock
    draining: bool = field(default=False)
    ussd_providers: Mapping[str, UssdProvider] = field(init=False)

    def __post_init__(self) -> None:
        self.ussd_providers = with_ussd(self.providers)


SERVICES = web.AppKey("services", Services)
