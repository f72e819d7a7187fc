"""CORS: the configuration, what a browser asks first, and what answers tell a page of another origin."""
import pytest
from checks import refused
from wire import send

RULES = [{"ID": "app", "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*", "Content-Type"],
          "ExposeHeaders": ["ETag", "x-amz-request-id"], "MaxAgeSeconds": 300},
         {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]}]
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@pytest.fixture
def shared(s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": RULES})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    return bucket


def ask(server, bucket, origin="https://app.example.com", method="PUT", headers=None, key="/k"):
    sent = {"Origin": origin, "Access-Control-Request-Method": method, **({"Access-Control-Request-Headers": headers} if headers else {})}
    return send(server, "OPTIONS", f"/{bucket}{key}", {name: value for name, value in sent.items() if value})


def told(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-") or name == "Vary"}


def test_the_configuration(s3, bucket, user):
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": RULES})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == RULES
    for call, action in [(user.client("s3").get_bucket_cors, "s3:GetBucketCORS"), (user.client("s3").delete_bucket_cors, "s3:PutBucketCORS")]:
        with refused("AccessDenied", 403, action):
            call(Bucket=bucket)
    s3.delete_bucket_cors(Bucket=bucket)
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)


@pytest.mark.parametrize("rule, code, words", [
    ({"AllowedOrigins": ["*"], "AllowedMethods": ["OPTIONS"]}, "InvalidRequest", "Unsupported method is OPTIONS"),
    ({"AllowedOrigins": ["http://*.*"], "AllowedMethods": ["GET"]}, "InvalidRequest", "can not have more than one wildcard"),
    ({"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*a*"]}, "InvalidRequest", "can not have more than one wildcard"),
    ({"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["*"]}, "InvalidRequest", "do not support wildcard for ExposeHeader"),
    ({"AllowedOrigins": [], "AllowedMethods": ["GET"]}, "MalformedXML", "")])
def test_what_is_no_configuration(s3, bucket, rule, code, words):
    with refused(code, 400, words):
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


def test_a_browser_asks_first(server, shared):
    answer = ask(server, shared, headers="X-Amz-Meta-A, content-type")
    assert answer.status == 200 and answer.body == b"" and answer.headers["x-amz-request-id"]
    assert told(answer) == {"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Methods": "GET, PUT",
                            "Access-Control-Allow-Headers": "x-amz-meta-a, content-type", "Access-Control-Expose-Headers": "ETag, x-amz-request-id",
                            "Access-Control-Max-Age": "300", "Access-Control-Allow-Credentials": "true", "Vary": VARY}
    assert told(ask(server, shared, "https://elsewhere.org", "HEAD")) == {
        "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "HEAD", "Vary": VARY}


@pytest.mark.parametrize("asked", [{"origin": "https://elsewhere.org"}, {"method": "DELETE"}, {"headers": "authorization"},
                                   {"origin": "https://app.example.com.evil"}])
def test_what_no_rule_allows(server, shared, asked):
    answer = ask(server, shared, **asked)
    assert (answer.status, answer.code) == (403, "AccessForbidden") and b"This CORS request is not allowed" in answer.body
    assert b"<ResourceType>OBJECT</ResourceType>" in answer.body and not told(answer)


def test_what_is_no_question(server, shared, s3):
    assert (ask(server, shared, origin="").status, ask(server, shared, origin="").code) == (400, "BadRequest")
    assert ask(server, shared, method="").code == "BadRequest" and ask(server, shared, method="TRACE").code == "BadRequest"
    assert ask(server, "there-is-no-such-bucket").code == "AccessForbidden"
    s3.delete_bucket_cors(Bucket=shared)
    assert b"CORS is not enabled for this bucket" in ask(server, shared).body


def test_answers_to_pages(server, shared, s3):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "k"})
    target = "/" + url.split("/", 3)[3]
    answer = send(server, "GET", target, {"Origin": "https://app.example.com"})
    assert answer.status == 200 and answer.body == b"x" and answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag, x-amz-request-id" and answer.headers["Vary"] == VARY
    assert not told(send(server, "GET", target)) and not told(send(server, "GET", target, {"Origin": "https://elsewhere.org"}))
    denied = send(server, "GET", f"/{shared}/k", {"Origin": "https://app.example.com"})
    assert denied.status == 403 and denied.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
