"""What may be true of a message about a contract, and so decides its words."""

from enum import Enum, auto


class When(Enum):
    """What may be true of a notice, the nearest first: the first of these that a kind has words for is said."""

    BY_READER = auto()
    BY_OTHER = auto()  # of its people, not the office
    APPEALED = auto()  # was the decision before this one
    MAY_APPEAL = auto()
    ASKED_TO_CANCEL = auto()  # is the reader, whoever asks
    ASKED_TO_CHANGE = auto()
    OFFICE_REQUESTS = auto()  # an operator, of the reader: to agree to an end, or to a change
    REQUESTED = auto()  # of the reader: to agree to an end, or to a change
    WAITS = auto()  # the contract, for the reader's yes or no
    OWN_REQUEST = auto()  # the reader's, of whoever has not answered
    OFFICE_REQUESTED = auto()  # an operator, of whoever has not answered
    TO_CANCEL = auto()  # is what is requested, of whoever has not answered
    TO_CHANGE = auto()
    DECIDED = auto()
    DISPUTED = auto()
    DELIVERED = auto()  # says the seller; the buyer's silence counts
    IN_PART = auto()  # says the buyer; everybody's silence counts
    SETTLED = auto()  # completed by time, with a part
    COMPLETED = auto()
    UNANSWERED = auto()
    BUYER = auto()
    SELLER = auto()
    EVER = auto()
