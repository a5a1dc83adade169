"""Names to addresses: an address exists before its actor does, so wiring has no order."""

from actors.address import Address
from actors.mailbox import CAPACITY, DeadLetterOffice


class Directory:
    """Every address of the process by its name; a name keeps its address until it is forgotten."""

    def __init__(self, office: DeadLetterOffice) -> None:
        self._office = office
        self._addresses: dict[str, Address] = {}

    def address(self, name: str, capacity: int = CAPACITY) -> Address:
        """The address of `name`, made at first mention."""
        found = self._addresses.get(name)
        if found is None:
            found = self._addresses.setdefault(name, Address(name, self._office, capacity))
        return found

    def find(self, name: str) -> Address | None:
        """The address of `name`, if anybody ever mentioned it."""
        return self._addresses.get(name)

    def forget(self, name: str) -> None:
        """Close the mailbox of a child that is gone for good; what waits becomes dead letters."""
        found = self._addresses.pop(name, None)
        if found is not None:
            found.mailbox.close()

    def names(self) -> tuple[str, ...]:
        """All names, in order of first mention."""
        return tuple(self._addresses)
