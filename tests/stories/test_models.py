"""Every operation as declared, held against AWS's service model: names, places, requiredness, routes and statuses."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness  # noqa: E402
import models  # noqa: E402

# Where we ask for more than the model: (service, operation, member) -> why.
EXEMPT = {
    ("kms", "Decrypt", "CiphertextBlob"): "only a dry run may leave it out",
    ("kms", "ReEncrypt", "CiphertextBlob"): "only a dry run may leave it out",
}
# The model's types -> ours.
KINDS = {"string": "string", "character": "string", "boolean": "boolean", "integer": "integer", "long": "integer", "float": "double",
         "double": "double", "timestamp": "timestamp", "blob": "blob", "structure": "structure", "list": "list", "map": "map"}


def declared():
    output = subprocess.run([harness.binary(), "operations", "--json"], capture_output=True, text=True, check=True).stdout
    return [entry for entry in json.loads(output) if entry["service"] in models.SERVICES]


def operations():
    try:
        return declared()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return []


def ids(entry):
    return f"{entry['service']}-{entry['name']}"


def kind_fits(ours, shape):
    kind = KINDS[shape.type_name]
    return ours == kind or (ours == "secret" and kind in ("string", "blob"))


def compare(entry, ours, shape, where, problems, top=True, asks=True):
    """Compares declared members with a model structure; recursively. `asks`: it is a request (so requiredness counts)."""
    modelled = {field["name"]: field for field in models.fields(shape)}
    for field in ours:
        name = field["name"]
        theirs = modelled.get(name)
        if theirs is None:
            problems.append(f"{where}.{name}: not in the model")
            continue
        if top and not same_place(field["place"], theirs, shape):
            problems.append(f"{where}.{name}: travels in {field['place']}, the model says {theirs['place']}")
        if asks and field["required"] != theirs["required"] and (entry["service"], entry["name"], name) not in EXEMPT:
            problems.append(f"{where}.{name}: {'required' if field['required'] else 'optional'}, unlike the model")
        if not kind_fits(field["kind"], theirs["shape"]):
            problems.append(f"{where}.{name}: a {field['kind']}, the model says {theirs['shape'].type_name}")
            continue
        compare_type(entry, field, theirs["shape"], f"{where}.{name}", problems, asks)
    return modelled


def same_place(place, theirs, shape):
    if place == "payload" and theirs["place"] == "body":
        return False
    return place == theirs["place"]


def compare_type(entry, field, shape, where, problems, asks):
    if field["kind"] == "structure":
        compare(entry, field["members"], shape, where, problems, top=False, asks=asks)
    elif field["kind"] == "list":
        if bool(field.get("flattened")) != bool(shape.serialization.get("flattened")):
            problems.append(f"{where}: flattened or not, unlike the model")
        if entry["service"] in ("s3", "s3control") and not field.get("flattened"):
            item = shape.member.serialization.get("name", "member")
            if field.get("item") not in (None, item):
                problems.append(f"{where}: items are named {field['item']}, the model says {item}")
        if not kind_fits(field["element"]["kind"], shape.member):
            problems.append(f"{where}: elements are {field['element']['kind']}")
        elif field["element"]["kind"] == "structure":
            compare(entry, field["element"]["members"], shape.member, where + "[]", problems, top=False, asks=asks)


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


# Statuses that the service answers and its model does not tell: recorded answers have them.
STATUSES = {("s3", "PutBucketPolicy", "status")}


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
        if entry["checksum_required"] != bool(required):
            problems.append(f"checksum_required: {entry['checksum_required']}, the model says {bool(required)}")
    modelled = compare(entry, entry["input"], operation.input_shape, "input", problems)
    streamed = {field["name"] for field in modelled.values() if field["shape"] in (operation.get_streaming_input(),)}
    given = {field["name"] for field in entry["input"]}
    for name, field in modelled.items():
        if name not in given and field["required"] and name not in streamed:
            problems.append(f"input.{name}: required by the model, not declared")
    compare(entry, entry["output"], operation.output_shape, "output", problems, asks=False)
    assert not problems, "\n".join(problems)


def test_the_program_lists_its_operations():
    names = {(entry["service"], entry["name"]) for entry in declared()}
    assert len(names) > 50 and {("kms", "Decrypt"), ("iam", "CreateUser"), ("s3", "PutObject")} <= names
