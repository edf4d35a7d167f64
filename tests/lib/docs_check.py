"""docs_check.py ROOT HELP - what tests/faults/docs_test.sh checks of the documents below ROOT; HELP is a
folder with the help of each command ("import_csv" is that of `onecycle import csv`). Prints a line
"ok WHAT" or "bad WHAT" for each finding."""
import glob
import os
import re
import sys

root, help_folder = sys.argv[1:]
os.chdir(root)
GROUPS = ("import", "bench", "export")  # commands whose first argument is a command itself
SECTIONS = "model|data|batch|train|compute|optimizer|schedule|batch_norm|loss|augment|early_stopping|checkpoint"
# What the system or another library contributes to a message.
FOREIGN = ("No such file or directory", "No space left on device", "Permission denied")


def verdict(good, what):
    print("ok" if good else "bad", what)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "slurm/README.md", "tests/README.md"]
documents += glob.glob("docs/**/*.md", recursive=True) + glob.glob("datasets/*/README.md")
documents = sorted(document for document in documents if os.path.exists(document))
text = {document: read(document) for document in documents}
BLOCK = r"(?ms)^```(\w*)\n(.*?)^```$"
without_blocks = {document: re.sub(BLOCK, "", text[document]) for document in documents}
# A span may go over the end of a line.
spans = {d: [s.replace("\n", " ") for s in re.findall(r"`([^`]+)`", without_blocks[d])] for d in documents}


def check_messages():
    """What stands between the placeholders <...> of a quoted message occurs in a string of the sources."""
    literals = []
    sources = glob.glob("src/**/*.[ch]", recursive=True) + glob.glob("mpi/*.c")
    for path in sources + glob.glob("src/**/*.def", recursive=True):
        for run in re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', read(path)):
            literals.append("".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', run)).replace('\\"', '"'))
    strings = "\n".join(literals)
    quoted = re.findall(r"(?m)^\| `([^`]*)` \|", text["docs/TROUBLESHOOTING.md"])
    for message in quoted:
        pieces = re.split(r"<[^>]*>|" + "|".join(FOREIGN), message)
        pieces = [piece.strip(" :;,.()\"") for piece in pieces]
        missing = [piece for piece in pieces if len(piece) > 3 and piece not in strings]
        if missing:
            verdict(False, "TROUBLESHOOTING.md: %s: the sources have no \"%s\"" % (message, missing[0]))
    verdict(len(quoted) >= 40, "TROUBLESHOOTING.md quotes %d messages" % len(quoted))


def anchors(document):
    found, seen = set(), {}
    for heading in re.findall(r"(?m)^#+ (.*)$", re.sub(BLOCK, "", read(document))):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        seen[slug] = seen.get(slug, 0) + 1
        found.add(slug if seen[slug] == 1 else "%s-%d" % (slug, seen[slug] - 1))
    return found


def check_links():
    """The file of each local link is there, and so is its heading."""
    count = 0
    for document in documents:
        prose = re.sub(r"`[^`]*`", "", without_blocks[document])
        for link in re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'<img src="([^"]*)"', prose):
            if re.match(r"[a-z]+:", link):
                continue
            count += 1
            path, _, anchor = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
            if not os.path.exists(target):
                verdict(False, "%s: link to %s, which is not there" % (document, link))
            elif anchor and target.endswith(".md") and anchor not in anchors(target):
                verdict(False, "%s: link to %s, which has no such heading" % (document, link))
    verdict(count > 50, "%d local links" % count)


def check_call(document, call):
    """One `onecycle ...`, without the program's name: the command is there, and so are its options."""
    words = call.split()
    if words[0] == "help":
        return
    name = "_".join(words[:2]) if words[0] in GROUPS and words[1:] else words[0]
    if words[0] in GROUPS and words[1:] and (words[1].isupper() or words[1].startswith("-")):
        name = words[0]
    if not os.path.exists(os.path.join(help_folder, name)):
        verdict(False, "%s: `onecycle %s`: no such command" % (document, call.strip()))
        return
    options = read(os.path.join(help_folder, name))
    for option in re.findall(r"(?<!\S)(--[a-z-]+)", call):
        if option != "--help" and not re.search(re.escape(option) + r"(?![a-z-])", options):
            verdict(False, "%s: `onecycle %s`: no option %s" % (document, call.strip(), option))


def check_commands():
    """Command lines in blocks of shell, and spans of code that begin with the program."""
    count = 0
    for document in documents:
        lines = [span for span in spans[document] if re.match(r"(mpirun .*)?onecycle [a-z]", span)]
        for language, block in re.findall(BLOCK, text[document]):
            if language in ("", "sh"):
                lines += re.sub(r"\\\n\s*", " ", block).splitlines()
        for line in lines:
            for call in re.findall(r"(?:^|[ /])onecycle ([a-z][^|;&#>]*)", line.split(" # ")[0]):
                count += 1
                check_call(document, call)
    verdict(count > 60, "%d command lines" % count)


def check_keys():
    """section.key in spans of code and after --set is a key of recipes."""
    keys = set()
    for section, table in re.findall(r"(?ms)^### (\w+)\n(.*?)(?=^##)", text["docs/REFERENCE.md"]):
        keys |= {section + "." + key for key in re.findall(r"(?m)^\| `(\w+)` \|", table)}
    count = 0
    for document in documents:
        for span in spans[document] + re.findall(r"--set (\S+)", text[document]):
            for key in re.findall(r"(?<![\w/.-])((?:%s)\.[a-z_0-9]+)(?![\w.(/*])" % SECTIONS, span):
                if re.search(r"\.(c|h|def|csv|sh|png|h5|html|json|yaml|bin|cpp)$", key):
                    continue
                count += 1
                if key not in keys:
                    verdict(False, "%s: `%s`: no such key" % (document, key))
    verdict(count > 80, "%d recipe keys" % count)


check_messages()
check_links()
check_commands()
check_keys()
