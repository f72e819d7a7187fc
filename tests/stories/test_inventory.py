"""Inventory configurations: kept, answered as they were put, listed."""
import pytest
from checks import refused


def configuration(name="i", **more):
    return {"Id": name, "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}}, **more}


def put(s3, bucket, sent, name=None):
    return s3.put_bucket_inventory_configuration(Bucket=bucket, Id=name or sent["Id"], InventoryConfiguration=sent)


def test_the_configuration(s3, bucket, user, key_arn):
    whole = configuration("whole", Filter={"Prefix": "a&b"}, OptionalFields=["Size", "EncryptionStatus", "BucketKeyStatus"],
                          Destination={"S3BucketDestination": {"AccountId": "123456789012", "Bucket": "arn:aws:s3:::reports", "Format": "Parquet", "Prefix": "p",
                                                               "Encryption": {"SSEKMS": {"KeyId": key_arn}}}})
    plain = configuration("plain")
    assert put(s3, bucket, whole)["ResponseMetadata"]["HTTPStatusCode"] == 204
    put(s3, bucket, plain)
    assert s3.get_bucket_inventory_configuration(Bucket=bucket, Id="whole")["InventoryConfiguration"] == whole
    listed = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert listed["InventoryConfigurationList"] == [plain, whole] and listed["IsTruncated"] is False
    with refused("AccessDenied", 403, "s3:GetInventoryConfiguration"):
        user.client("s3").list_bucket_inventory_configurations(Bucket=bucket)
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="plain")
    for call in (s3.get_bucket_inventory_configuration, s3.delete_bucket_inventory_configuration):
        with refused("NoSuchConfiguration", 404, "The specified configuration does not exist."):
            call(Bucket=bucket, Id="plain")


def test_pages(s3, bucket):
    names = [f"i{i:03}" for i in range(101)]
    for name in names:
        put(s3, bucket, configuration(name))
    first = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert first["IsTruncated"] and len(first["InventoryConfigurationList"]) == 100
    rest = s3.list_bucket_inventory_configurations(Bucket=bucket, ContinuationToken=first["NextContinuationToken"])
    assert [one["Id"] for one in rest["InventoryConfigurationList"]] == names[100:] and not rest["IsTruncated"]


@pytest.mark.parametrize("bad, code, status", [
    (configuration(IncludedObjectVersions="Some"), "MalformedXML", 400), (configuration(OptionalFields=["Colour"]), "MalformedXML", 400),
    (configuration(Destination={"S3BucketDestination": {"Bucket": "reports", "Format": "CSV"}}), "InvalidS3DestinationBucket", 400)])
def test_what_is_no_configuration(s3, bucket, bad, code, status):
    with refused(code, status):
        put(s3, bucket, bad)
    with refused("IdMismatch", 400, "Document ID does not match the specified configuration ID."):
        put(s3, bucket, configuration("one"), "other")
