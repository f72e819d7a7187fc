"""What a bucket says of configurations that it has not: clients that manage buckets read them all."""
import json

import pytest
from checks import refused

EMPTY = {"get_bucket_accelerate_configuration": {}, "get_bucket_logging": {},
         "get_bucket_notification_configuration": {}, "get_bucket_request_payment": {"Payer": "BucketOwner"},
         "get_bucket_ownership_controls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
         "get_public_access_block": {"PublicAccessBlockConfiguration": dict.fromkeys(
             ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)}}
ABSENT = {"get_bucket_website": "NoSuchWebsiteConfiguration", "get_bucket_replication": "ReplicationConfigurationNotFoundError",
          "get_bucket_tagging": "NoSuchTagSet", "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
          "get_bucket_cors": "NoSuchCORSConfiguration", "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
          "get_bucket_policy_status": "NoSuchBucketPolicy"}


@pytest.mark.parametrize("name", EMPTY)
def test_is_empty(s3, bucket, name):
    answer = getattr(s3, name)(Bucket=bucket)
    answer.pop("ResponseMetadata")
    assert answer == EMPTY[name]


@pytest.mark.parametrize("name", ABSENT)
def test_is_absent(s3, bucket, name):
    with refused(ABSENT[name], 404):
        getattr(s3, name)(Bucket=bucket)


@pytest.mark.parametrize("name", [*EMPTY, *ABSENT])
def test_of_no_bucket(s3, name):
    with refused("NoSuchBucket", 404):
        getattr(s3, name)(Bucket="there-is-no-such-bucket")


def test_a_policy_that_denies_is_not_public(s3, bucket):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
                                                      "Resource": f"arn:aws:s3:::{bucket}/closed/*"}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}


@pytest.mark.parametrize("name, more", [
    ("put_bucket_accelerate_configuration", {"AccelerateConfiguration": {"Status": "Enabled"}}), ("put_bucket_logging", {"BucketLoggingStatus": {}}),
    ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}), ("delete_bucket_replication", {}), ("delete_bucket_website", {}),
    ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
    ("put_bucket_website", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}})])
def test_is_not_offered(s3, bucket, name, more):
    with refused("NotImplemented", 501, "A header you provided implies functionality that is not implemented"):
        getattr(s3, name)(Bucket=bucket, **more)
