"""A women's office behind one router: many at once from one address, none refused, none lost."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from benchmarks.journey import Visitor, photo, serving

CLIENTS, EACH = 8, 25


@pytest.mark.slow
def test_two_hundred_reports_from_one_address_are_all_received(tmp_path: Path) -> None:
    numbers: list[str] = []

    def client(port: int) -> None:
        for _ in range(EACH):
            visitor = Visitor(port)
            visitor.begin()
            visitor.post("/contar/relato/", text="relato")
            visitor.get("/contar/archivos/")
            status, page = visitor.upload(photo())
            assert status == 200
            assert b"foto.jpg" in page
            visitor.permit()
            numbers.append(visitor.send())

    with serving(tmp_path) as server:
        before = json.loads(server.command("audit", "--json").stdout)
        threads = [threading.Thread(target=client, args=(server.port,)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = json.loads(server.command("audit", "--json").stdout)
    assert len(numbers) == len(set(numbers)) == CLIENTS * EACH
    assert all(len(number) == 24 for number in numbers)
    assert after["cases"] - before["cases"] == CLIENTS * EACH
    assert after["items"] - before["items"] == CLIENTS * EACH
    assert after["wrong"] == []
