"""A certification authority of the test's own, and certificates that are good or bad in one way each."""

import shutil
import subprocess
from pathlib import Path

EXTENSIONS = "subjectAltName = {names}\nbasicConstraints = critical, CA:false\nextendedKeyUsage = serverAuth\n"
HERE = "DNS:localhost, IP:127.0.0.1"  # MariaDB's client takes "localhost" for its socket
AUTHORITY = "basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign\nsubjectKeyIdentifier = hash\n"


class Certificates:
    """Those in `server.pem` and `server.key` are the server's; `use` changes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.ca, self.another_ca = self._authority("ca"), self._authority("another-ca")
        self._issue("good", by=self.ca)
        self._issue("of another CA", by=self.another_ca)
        self._issue("for another host", by=self.ca, names="DNS:broker.example.com")
        self._issue("expired", by=self.ca, days=-1)
        self.use("good")

    def use(self, name: str) -> None:
        for suffix in ("pem", "key"):
            shutil.copy(self.folder / f"{name}.{suffix}", self.folder / f"server.{suffix}")

    def _authority(self, name: str) -> Path:
        return self._sign(name, AUTHORITY, days=1)

    def _issue(self, name: str, *, by: Path, names: str = HERE, days: int = 1) -> None:
        self._sign(name, EXTENSIONS.format(names=names), days=days, by=by)

    def _sign(self, name: str, extensions: str, *, days: int, by: Path | None = None) -> Path:
        key, request, signed = (self.folder / f"{name}.{suffix}" for suffix in ("key", "csr", "pem"))
        listed = self.folder / f"{name}.cnf"
        listed.write_text(extensions)
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-subj", f"/CN={name}", "-keyout", key, "-out", request)  # fmt: skip
        signer = ["-CA", by, "-CAkey", by.with_suffix(".key"), "-CAcreateserial"] if by else ["-signkey", key]
        self._openssl("x509", "-req", "-in", request, "-out", signed, "-days", days, "-extfile", listed, *signer)
        return signed

    def _openssl(self, *arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=self.folder)
