from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from media.transcription import transcription_pb2 as ours
from media.transcription import transcription_pb2_grpc as our_service
from simulator import transcription_pb2 as theirs
from simulator import transcription_pb2_grpc as their_service

PROTO = Path(__file__).parents[3] / "proto"


def compiled(into: Path) -> FileDescriptorProto:
    written = into / "set"
    assert protoc.main(["", f"--proto_path={PROTO}", f"--descriptor_set_out={written}", "transcription.proto"]) == 0
    (file,) = FileDescriptorSet.FromString(written.read_bytes()).file
    for field in (field for message in file.message_type for field in message.field):
        field.ClearField("json_name")  # protoc writes it, the module leaves it out
    return file


def test_the_committed_modules_are_those_of_the_proto_file(tmp_path: Path) -> None:
    expected = compiled(tmp_path)
    for module in (ours, theirs):
        committed = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
        assert committed == expected, "run `make proto`"


def test_one_process_holds_both_copies_and_they_understand_each_other() -> None:
    sent = ours.AudioChunk(conversation_id="c", audio_data=b"\x00\xff", sequence_number=7)
    assert theirs.AudioChunk.FromString(sent.SerializeToString()).audio_data == b"\x00\xff"
    assert len({our_service.TranscriptionServiceStub, their_service.TranscriptionServiceStub}) == 2
