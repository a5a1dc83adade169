from simulator.transcription.book import StreamBook, lane_row, stream_row


def test_a_stream_keeps_the_numbers_as_they_came() -> None:
    stream = StreamBook().open(1.5, "peer")
    backward = [stream.hear(number, 160, "und") for number in (1, 2, 4, 5, 3, 3, 6)]
    assert stream.runs == [[1, 2], [4, 5], [3, 3], [3, 3], [6, 6]]
    assert backward == [False, False, False, False, True, False, False]
    assert (stream.chunks, stream.size_bytes) == (7, 1120)


def test_a_stream_keeps_every_change_of_the_language() -> None:
    stream = StreamBook().open(0, "peer")
    for number, language in enumerate(("und", "und", "de", "de", "en"), start=1):
        stream.hear(number, 160, language)
    assert stream_row(stream)["languages"] == [[1, "und"], [3, "de"], [5, "en"]]


def test_a_lane_tells_lost_replayed_and_doubled_chunks_apart() -> None:
    book = StreamBook()
    lane = book.lane(book.open(0, "peer"), "call-1", "customer")
    for number in (1, 2, 3, 4):
        lane.hear(number, 160)
    lane.acknowledged = 2
    for number in (2, 3, 4, 5, 8):
        lane.hear(number, 160)
    row = lane_row(lane)
    assert (row["doubled"], row["replayed"], row["missing"], row["distinct"]) == (1, 2, [[6, 7]], 6)


def test_a_lane_knows_all_its_streams() -> None:
    book = StreamBook()
    for _ in range(2):
        book.lane(book.open(0, "peer"), "call-1", "customer")
    book.lane(book.open(0, "peer"), "call-1", "agent")
    assert [lane.streams for lane in book.lanes.values()] == [[1, 2], [3]]


def test_clearing_keeps_what_is_live() -> None:
    book = StreamBook()
    for conversation in ("old", "live"):
        book.lane(book.open(0, "peer"), conversation, "customer")
    book.streams[1].ended = "half-closed"
    assert (book.live, book.clear(), book.live) == (1, 1, 1)
    assert list(book.lanes) == [("live", "customer")]
