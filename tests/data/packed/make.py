"""Packs the files beside this script with Python's own modules and the zip and zstd commands.

Run it in this folder. Times are fixed, so that the files only change when this script does.
"""

import gzip
import io
import pathlib
import random
import subprocess
import tarfile
import zipfile

HERE = pathlib.Path(__file__).parent
random.seed(1)
NOISE = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=60_000)).encode()
ZEROS = bytes(70 << 20)


def gz(content):
    return gzip.compress(content, 9, mtime=0)


def zstd(content):
    return subprocess.run(["zstd", "-q", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zip_(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def save(name, content):
    (HERE / name).write_bytes(content)


save("x.csv.gz", gz(b"one\n") + gz(b"two\n"))
save("x.csv.zst", zstd(b"one\n") + zstd(b"two\n"))
save("misnamed.csv", gz(b"three"))

three = [("./b.csv", b"bb"), ("a.csv", b"a"), ("sub/c.csv.gz", gz(b"ccc"))]
save("t.tar", tar(three))
save("t.tgz", gz(tar(three)))
save("t.tar.zst", zstd(tar(three)))
save("t.zip", zip_([("b.csv", b"bb"), ("a.csv", b"a"), ("sub\\c.csv.gz", gz(b"ccc"))]))
save("one.zip", zip_([("a.csv", b"a")]))
save("two.zip", zip_([("a", b""), ("b", b"")]))
save("toll.tgz", gz(tar([("toll/plaza-data.tsv", b"1"), ("toll/notes.txt", b"2")])))

noisy = [("a.csv", b"a"), ("b.csv", NOISE)]
save("noise.csv.gz", gz(NOISE))
save("noise.csv.zst", zstd(NOISE))
save("noise.tar", tar(noisy))
save("noise.tgz", gz(tar(noisy)))
save("noise.zip", zip_([("b.csv", NOISE)]))

save("up.tgz", gz(tar([("../evil.csv", b"1"), ("good.csv", b"2")])))
save("root.tar", tar([("/etc/evil.csv", b"1")]))
save("up.zip", zip_([("good.csv", b"2"), ("a/../../evil.csv", b"1")]))

save("bomb.csv.gz", gz(ZEROS))
save("bomb.tar.zst", zstd(tar([("a", ZEROS)])))
save("bomb.zip", zip_([("a", ZEROS)]))

link = tarfile.TarInfo("a.csv")
link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w") as archive:
    archive.addfile(link)
save("link.tar", out.getvalue())

(HERE / "a.csv").write_bytes(b"a")
(HERE / "secret.zip").unlink(missing_ok=True)
subprocess.run(["zip", "-q", "-X", "-P", "pass", "secret.zip", "a.csv"], cwd=HERE, check=True)
(HERE / "a.csv").unlink()
