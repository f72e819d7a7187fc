#!/usr/bin/env python3
"""Writes signatures.rsp, ecdh.rsp, oaep.rsp and hmac_rfc4231.rsp from the vectors in the package cryptography_vectors (pip), which holds NIST's CAVP files:
make_key_pairs.py FOLDER, where FOLDER/cryptography_vectors is. Keys are put into DER (SubjectPublicKeyInfo, PKCS#8) and ECDSA signatures
into theirs, as our functions take them; the numbers are as published."""
import itertools
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

HERE = Path(__file__).parent
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "K-256": ec.SECP256K1()}


def blocks(path):
    """Yields (section, values of one block of `name = value` lines)."""
    section, block = "", {}
    for line in itertools.chain(path.read_text().splitlines(), [""]):
        if match := re.match(r"\[(.+)\]", line.strip()):
            section = match[1]
        if match := re.match(r"(\w+)\s*=\s*(.+)", line.strip()):
            block[match[1]] = match[2].strip()
        elif block and not line.strip():
            yield section, block
            block = {}


def spki(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def point(curve, x, y):
    """The public key of any two numbers, a point of the curve or not."""
    template = spki(ec.derive_private_key(1, curve).public_key())
    size = (curve.key_size + 7) // 8
    return template[:-2 * size] + int(x, 16).to_bytes(size, "big") + int(y, 16).to_bytes(size, "big")


def write(name, vectors):
    text = "".join("".join(f"{key} = {value}\n" for key, value in vector.items()) + "\n" for vector in vectors)
    (HERE / name).write_text(text)
    print(name, len(vectors))


def few(vectors, count):
    """At most `count` good and `count` bad ones."""
    for result in ("P", "F"):
        yield from itertools.islice((v for v in vectors if v["Result"].startswith(result)), count)


def ecdsa(root):
    for curve, sha in [("P-256", "SHA-256"), ("P-384", "SHA-384"), ("P-521", "SHA-512"), ("K-256", "SHA-256")]:
        path = "FIPS_186-3/SigVer.rsp" if curve != "K-256" else "SECP256K1/SigGen.txt"
        found = [{"Scheme": "ECDSA", "Hash": sha.replace("-", ""), "PublicKey": point(CURVES[curve], b["Qx"], b["Qy"]).hex(), "Msg": b["Msg"],
                  "Signature": utils.encode_dss_signature(int(b["R"], 16), int(b["S"], 16)).hex(), "Result": b.get("Result", "P (0 )")}
                 for section, b in blocks(root / "ECDSA" / path) if section == f"{curve},{sha}"]
        yield from few(found, 8)


def rsa_signatures(root):
    for scheme, file in [("PKCS1", "SigVer15_186-3.rsp"), ("PSS", "SigVerPSS_186-3.rsp")]:
        modulus, found = "", []
        for section, b in blocks(root / "RSA" / "FIPS_186-2" / file):
            modulus = b.get("n", modulus)
            if "Msg" not in b or b["SHAAlg"] not in ("SHA256", "SHA384", "SHA512") or section not in ("mod = 2048", "mod = 3072", "mod = 4096"):
                continue
            found.append({"Scheme": scheme, "Hash": b["SHAAlg"], "Msg": b["Msg"], "Signature": b["S"], "Result": b["Result"],
                          "PublicKey": spki(rsa.RSAPublicNumbers(int(b["e"], 16), int(modulus, 16)).public_key()).hex()})
            if scheme == "PSS":  # their salts have 10 bytes, ours are as long as the digest
                found[-1]["Result"] = "F (salt of 10 bytes) " + b["Result"]
        for _, group in itertools.groupby(sorted(found, key=lambda v: v["Hash"]), key=lambda v: v["Hash"]):
            yield from few(list(group), 4)


def ecdh(root):
    names = {"EC - SHA256": "P-256", "ED - SHA384": "P-384", "EE - SHA512": "P-521"}
    for section, b in blocks(root / "ECDH" / "KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax"):
        if section in names and b.get("Result", "").startswith(("P", "F (1", "F (2", "F (8")):  # the others are of keys that would be ours
            curve = CURVES[names[section]]
            private = ec.derive_private_key(int(b["dsIUT"], 16), curve)
            yield {"Hash": section[5:], "PrivateKey": pkcs8(private).hex(), "PublicKey": point(curve, b["QsCAVSx"], b["QsCAVSy"]).hex(),
                   "ZHash": b["CAVSHashZZ"], "Result": b["Result"]}


def hmac(root):
    for sha in ("sha224", "sha384", "sha512"):
        for _, b in blocks(root.parent / "HMAC" / f"rfc-4231-{sha}.txt"):
            yield {"Hash": sha.upper(), "Key": b["Key"], "Msg": b["Msg"], "MD": b["MD"]}


def oaep(root):
    """These files are lines of '# Name:' with the number in hex below."""
    for sha, path in [("SHA1", "pkcs-1v2-1d2-vec/oaep-vect.txt"), ("SHA256", "oaep-custom/oaep-sha256-sha256.txt")]:
        fields, names, key = {}, [], None
        text = (root / "RSA" / path).read_text()
        for match in re.finditer(r"^# (Modulus|Public exponent|Exponent|Prime 1|Prime 2|Message|Encryption):[^\n]*\n((?:[0-9a-f]{2}[0-9a-f ]*\n)+)",
                                 text, re.M):
            name, value = match[1], match[2].replace(" ", "").replace("\n", "")
            fields[name] = value
            if name == "Prime 2":
                p, q = int(fields["Prime 1"], 16), int(fields["Prime 2"], 16)
                e = int(fields.get("Public exponent") or "10001", 16)
                d = pow(e, -1, (p - 1) * (q - 1))
                key = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, p * q))
            if name == "Encryption" and key:
                names.append({"Hash": sha, "PrivateKey": pkcs8(key.private_key(unsafe_skip_rsa_key_validation=True)).hex(),
                              "Msg": fields["Message"], "Ciphertext": value})
        yield from names[::4]


def main():
    root = Path(sys.argv[1]) / "cryptography_vectors" / "asymmetric"
    write("signatures.rsp", [*ecdsa(root), *rsa_signatures(root)])
    write("ecdh.rsp", [*ecdh(root)])
    write("oaep.rsp", [*oaep(root)])
    write("hmac_rfc4231.rsp", [*hmac(root)])


if __name__ == "__main__":
    main()
