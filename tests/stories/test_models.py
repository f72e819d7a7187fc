"""Every operation as declared, held against AWS's service model: names, places, requiredness, routes and statuses."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import api_coverage  # noqa: E402
import harness  # noqa: E402
import models  # noqa: E402

# Where we ask for more than the model: (service, operation, member) -> why.
EXEMPT = {
    ("kms", "Decrypt", "CiphertextBlob"): "only a dry run may leave it out",
    ("kms", "ReEncrypt", "CiphertextBlob"): "only a dry run may leave it out",
    ("s3", "CompleteMultipartUpload", "PartNumber"): "a part without its number is MalformedXML",
    ("s3", "CompleteMultipartUpload", "ETag"): "a part without its ETag is MalformedXML",
    ("s3", "PutBucketPolicy", "Policy"): "its absence is MalformedPolicy, not a constraint",
    ("s3", "PutBucketEncryption", "ServerSideEncryptionConfiguration"): "its absence is MalformedXML",
    ("s3", "DeleteObjects", "Object"): "its absence is MalformedXML",
}
# What S3 serves beside its model.
UNMODELLED = {("s3", "PostObject")}
# Answers whose document is the one member itself, though the model wraps it.
DOCUMENTS = {("s3", "GetBucketLocation", "LocationConstraint")}
# Headers of families that operations join as a whole. Where an operation's model lacks one, a request that sends it is refused in AWS's
# words, and an answer leaves it out; the stories hold both.
FAMILIES = {
    "input": {"x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-context",
              "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-server-side-encryption-aws-bucket-key-enabled",
              "x-amz-checksum-algorithm", "x-amz-write-offset-bytes", "if-match", "if-none-match", "ChecksumType"},
    "output": {"x-amz-server-side-encryption-context", "x-amz-checksum-type", "content-type", "ChecksumType"},
}
# The model's types -> ours.
KINDS = {"string": "string", "character": "string", "boolean": "boolean", "integer": "integer", "long": "integer", "float": "double",
         "double": "double", "timestamp": "timestamp", "blob": "blob", "structure": "structure", "list": "list", "map": "map"}


def declared():
    output = subprocess.run([harness.binary(), "operations", "--json"], capture_output=True, text=True, check=True).stdout
    return [entry for entry in json.loads(output)
            if entry["service"] in models.SERVICES and (entry["service"], entry["name"]) not in UNMODELLED]


def operations():
    try:
        return declared()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return []


def ids(entry):
    return f"{entry['service']}-{entry['name']}"


def kind_fits(field, shape):
    """A header or parameter may be read as text, where the operation itself judges it; a document may be read as bytes."""
    kind = KINDS[shape.type_name]
    if field["kind"] == kind or (field["kind"] == "secret" and kind in ("string", "blob")):
        return True
    if field.get("place") in ("header", "query") and field["kind"] == "string":
        return kind in ("boolean", "integer", "timestamp")
    return field.get("place") == "payload" and field["kind"] == "blob"


def on_the_wire(field):
    """A member's name as it travels: headers regardless of case; a payload that is a document has none."""
    return field["name"].lower() if field["place"] in ("header", "prefix_header") else field["name"]


def modelled_fields(entry, shape, where, top):
    """The model's members by name. An answer that is one document is declared as that document's members."""
    fields = models.fields(shape)
    if top and where == "output" and entry["output_root"]:
        documents = [field for field in fields if field["place"] == "payload" and field["shape"].type_name == "structure"]
        for document in documents:
            if not any(ours["place"] == "payload" for ours in entry["output"]):
                fields = [field for field in fields if field is not document] + models.fields(document["shape"])
    return {on_the_wire(field): field for field in fields}


def compare(entry, ours, shape, where, problems, top=True):
    """Compares declared members with a model structure, recursively; answers the model's members by name."""
    modelled = modelled_fields(entry, shape, where, top)
    documents = [field for field in modelled.values() if field["place"] == "payload"]
    for field in ours:
        name = on_the_wire(field)
        theirs = modelled.get(name)
        if theirs is None and field["place"] == "payload" and documents:
            theirs = documents[0]
        if theirs is None:
            if name not in FAMILIES[where.split(".")[0]]:
                problems.append(f"{where}.{name}: not in the model")
            continue
        if top and field["place"] != theirs["place"] and (entry["service"], entry["name"], name) not in DOCUMENTS:
            problems.append(f"{where}.{name}: travels in {field['place']}, the model says {theirs['place']}")
        if where.startswith("input") and field["required"] != theirs["required"] and (entry["service"], entry["name"], theirs["name"]) not in EXEMPT:
            problems.append(f"{where}.{name}: {'required' if field['required'] else 'optional'}, unlike the model")
        if not kind_fits(field, theirs["shape"]):
            problems.append(f"{where}.{name}: a {field['kind']}, the model says {theirs['shape'].type_name}")
        elif field["kind"] in ("structure", "list"):
            compare_type(entry, field, theirs["shape"], f"{where}.{name}", problems)
    return modelled


def compare_type(entry, field, shape, where, problems):
    if field["kind"] == "structure":
        compare(entry, field["members"], shape, where, problems, top=False)
        return
    if bool(field.get("flattened")) != bool(shape.serialization.get("flattened")):
        problems.append(f"{where}: flattened or not, unlike the model")
    if entry["service"] in ("s3", "s3control") and not field.get("flattened"):
        item = shape.member.serialization.get("name", "member")
        if field["item"] != item:
            problems.append(f"{where}: items are named {field['item']}, the model says {item}")
    if not kind_fits(field["element"], shape.member):
        problems.append(f"{where}: elements are {field['element']['kind']}")
    elif field["element"]["kind"] == "structure":
        compare(entry, field["element"]["members"], shape.member, where + "[]", problems, top=False)


def parts(query):
    return {part for part in query.split("&") if part and not part.startswith("x-id=")}


def check_route(entry, operation, problems):
    method, scope, query = models.route(operation)
    if (entry["method"], entry["scope"]) != (method, scope):
        problems.append(f"route: {entry['method']} {entry['scope']}, the model says {method} {scope}")
    missing = parts(query) - parts(entry["query"])
    if missing:
        problems.append(f"route: lacks ?{'&'.join(sorted(missing))}")
    allowed = parts(query) | {f["name"] for f in models.fields(operation.input_shape) if f["place"] == "query"}
    if unknown := parts(entry["query"]) - allowed:
        problems.append(f"route: ?{'&'.join(sorted(unknown))} is not in the model")
    status = operation.http.get("responseCode", 200)
    if entry["status"] != status and (entry["service"], entry["name"], "status") not in STATUSES:
        problems.append(f"status: {entry['status']}, the model says {status}")


# Where clients of old send none, and the service takes it.
WITHOUT_CHECKSUM = {"PutBucketAcl", "PutObjectAcl"}
# Statuses that the service answers and its model does not tell: recorded answers have them.
STATUSES = {("s3", "PutBucketPolicy", "status"), ("s3", "PutBucketInventoryConfiguration", "status")}


@pytest.mark.parametrize("entry", operations(), ids=ids)
def test_an_operation_is_as_the_model_has_it(entry):
    operation = models.load(entry["service"]).operation_model(entry["name"])
    problems = []
    if entry["service"] in ("s3", "s3control"):
        check_route(entry, operation, problems)
        if entry["streams"] == "request" and operation.get_streaming_input() is None:
            problems.append("it streams its request, the model does not")
        if entry["streams"] == "response" and operation.get_streaming_output() is None:
            problems.append("it streams its answer, the model does not")
        required = operation.http_checksum.get("requestChecksumRequired", False) or operation.http_checksum_required
        if entry["checksum_required"] != bool(required) and entry["name"] not in WITHOUT_CHECKSUM:
            problems.append(f"checksum_required: {entry['checksum_required']}, the model says {bool(required)}")
    modelled = compare(entry, entry["input"], operation.input_shape, "input", problems)
    streamed = {name for name, field in modelled.items() if field["shape"] is operation.get_streaming_input()}
    given = {on_the_wire(field) for field in entry["input"]}
    raw = any(field["place"] == "payload" and field["kind"] == "blob" for field in entry["input"])
    for name, field in modelled.items():
        if name not in given and field["required"] and name not in streamed and not (raw and field["place"] == "payload"):
            problems.append(f"input.{name}: required by the model, not declared")
    compare(entry, entry["output"], operation.output_shape, "output", problems)
    assert not problems, "\n".join(problems)


def test_the_program_lists_its_operations():
    names = {(entry["service"], entry["name"]) for entry in declared()}
    assert len(names) > 50 and {("kms", "Decrypt"), ("iam", "CreateUser"), ("s3", "PutObject")} <= names


def test_the_page_of_operations_is_up_to_date():
    assert api_coverage.PAGE.read_text() == api_coverage.page(), "run tests/api_coverage.py"
