"""AWS's service models as botocore installs them, in the words in which Coffer declares operations."""
import botocore.session

# Our service -> the model's.
SERVICES = {"s3": "s3", "s3control": "s3control", "kms": "kms", "iam": "iam", "sts": "sts", "organizations": "organizations",
            "cloudtrail": "cloudtrail"}
PLACES = {"uri": "label", "querystring": "query", "header": "header", "headers": "prefix_header", "statusCode": "status"}


def load(service):
    return botocore.session.get_session().get_service_model(SERVICES[service])


def fields(shape):
    """The members of a structure: [{name (on the wire), member, place, required, shape}]."""
    if shape is None:
        return []
    payload = shape.serialization.get("payload")
    out = []
    for member, inner in shape.members.items():
        said = inner.serialization
        place = PLACES.get(said.get("location"), "payload" if member == payload else "body")
        name = said.get("name", member)
        if place == "payload" and inner.type_name not in ("structure", "list"):
            name = member
        out.append({"name": name, "member": member, "place": place, "required": member in shape.required_members, "shape": inner})
    return out


def route(operation):
    """(method, scope, query without the path's labels) of a REST operation."""
    http = operation.http
    path, _, query = http["requestUri"].partition("?")
    scope = "object" if "{Key+}" in path else "bucket" if "{Bucket}" in path else "service"
    return http["method"], scope, query
