"""The sections of a paper that say of which moment it is, by which keys, and what an office does with it."""

from collections.abc import Iterator

from gateway.evidence.coverage import Coverage
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.pack_options import SOFTWARE, PackOptions
from gateway.evidence.paper_lines import Fact, Head, Line, NumberedText, Remark
from gateway.evidence.speaker import Speaker
from menus.paper import as_of_texts as of
from menus.paper.step_texts import step_text
from storage.signing import letters_of


def as_of_lines(record: EvidenceRecord, options: PackOptions, speaker: Speaker) -> Iterator[Line]:
    """Give the moment, who keeps the record, the letters of the keys, and who has seen it."""
    say, office = speaker.say, options.office
    yield Head(say(of.HEAD))
    if record.actions:
        last = record.actions[-1]
        what = say(step_text(last["action"], stops_clock=last["clock"] == "stands"))
        step = say(of.STEP, at=speaker.moment(last["at"]), n=last["seq"], what=what)
        yield Fact(say(of.LAST_STEP), step)
    yield Remark(say(of.MAY_BE_OLD, url=options.ask_url), 8, is_under_fact=True)
    kept_by = [part for part in (office.name, office.phone) if part]
    yield Fact(say(of.KEPT_BY), ", ".join(kept_by) or say(of.NO_OFFICE))
    yield Fact(say(of.SOFTWARE), SOFTWARE)
    yield Fact(say(of.KEY), letters_of(options.key_id))
    if record.coverage is None:
        yield Fact(say(of.LOG), say(of.NOT_LOGGED))
        return
    yield from _log_lines(record.coverage, len(record.entries), speaker)


def clerk_lines(options: PackOptions, speaker: Speaker) -> Iterator[Line]:
    """Give what somebody does who is shown the paper, step by step."""
    say = speaker.say
    yield Head(say(of.CLERK))
    for number, text in enumerate(of.CLERKS_STEPS, 1):
        yield NumberedText(number, say(text, url=options.ask_url))


def _log_lines(coverage: Coverage, steps: int, speaker: Speaker) -> Iterator[Line]:
    say, checkpoint = speaker.say, coverage.checkpoint
    yield Fact(say(of.LOG_KEY), letters_of(coverage.key_id))
    yield Remark(coverage.key.line, 7, is_under_fact=True)
    logged = say(of.LOGGED, size=checkpoint.size, covered=coverage.covered, steps=steps)
    yield Fact(say(of.LOG), f"{checkpoint.origin}  ·  {logged}")
    seen = [say(of.WITNESSED, name=name, at=speaker.moment(at)) for name, at in coverage.witnesses]
    for place, text in enumerate(seen or [say(of.UNSEEN)]):
        yield Fact("" if place else say(of.SEEN_BY), text)
    if stamp := coverage.timestamp:
        yield Fact(say(of.STAMP), say(of.STAMPED, n=stamp.seq, at=speaker.moment(stamp.at)))
