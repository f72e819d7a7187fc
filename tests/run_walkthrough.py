#!/usr/bin/env python3
"""Runs one walkthrough (by its number) against a server of its own: run_walkthrough.py 1 [--region eu-west-2]."""
import argparse
import subprocess
import sys
from pathlib import Path

import harness

ZONES = {"us-east-1": "use1-az4", "eu-west-2": "euw2-az1", "ap-northeast-1": "apne1-az4"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--generated-credentials", action="store_true", help="let the server make the root key pair")
    parser.add_argument("--rados", action="store_true", help="keep the store in the cluster of $COFFER_TEST_CEPH_CONF")
    arguments = parser.parse_args()
    scripts = list((Path(__file__).parent / "walkthroughs").glob(f"{arguments.number}-*.sh"))
    if not scripts:
        parser.error(f"there is no walkthrough {arguments.number}")
    zone = ZONES.get(arguments.region, "use1-az4")
    with harness.Server(region=arguments.region, arguments=["--zones", zone], test_mode=False, own_credentials=not arguments.generated_credentials,
                        rados=arguments.rados) as server:
        environment = server.client_environment()
        environment["ZONE_ID"] = zone
        return subprocess.run(["bash", scripts[0]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
