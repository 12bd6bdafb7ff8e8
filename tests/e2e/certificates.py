"""A certificate authority for one scenario, by openssl."""

import os
import subprocess


class Authority:
    """Signs what the scenario needs, in its directory; keys are for their owner only."""

    def __init__(self, directory, name="ca"):
        self.directory, self.name = directory, name
        self.certificate = os.path.join(directory, f"{name}.crt")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                      "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "30",
                      "-subj", f"/CN={name} of the scenario")

    def issue(self, name, *names, days="30", key="ec"):
        """A certificate for these names, as NAME.crt and NAME.key; gives both paths."""
        alternatives = ",".join(
            f"IP:{one}" if one[0].isdigit() else f"DNS:{one}" for one in names or (name,))
        extensions = os.path.join(self.directory, f"{name}.ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={alternatives}\n")
        kind = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["rsa:2048"]}[key]
        self._openssl("req", "-new", "-newkey", *kind, "-nodes", "-keyout", f"{name}.key",
                      "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.crt",
                      "-CAkey", f"{self.name}.key", "-CAcreateserial", "-out", f"{name}.crt.new",
                      "-days", days, "-extfile", extensions)
        paths = [os.path.join(self.directory, f"{name}.{end}") for end in ("crt", "key")]
        os.chmod(paths[1], 0o600)
        os.rename(paths[0] + ".new", paths[0])
        return paths

    def node(self, names=("env1.example", "127.0.0.2"), clients=None, key="ec"):
        """The [environment.tls] and [tls] of a node whose certificate we sign."""
        self.issue("node", *names, key=key)
        asked = f'client_ca = "{self.name}.crt"\nclient_certificates = "{clients}"'
        return {"certificate": "node.crt", "key": "node.key", "roots": f"{self.name}.crt",
                "clients": asked if clients else ""}

    def _openssl(self, *words):
        ended = subprocess.run(["openssl", *words], cwd=self.directory, capture_output=True,
                               text=True, timeout=60)
        if ended.returncode != 0:
            raise AssertionError(f"openssl {words[0]} failed: {ended.stderr[-1000:]}")
