/** A Python that installs nothing: a shell script that answers as Python, venv and pip do, and fails where it is told to. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * It reads `FAKE_PYTHON_VERSION`, and in `FAKE_PIP` what pip is to do: `unreachable`, `other-file`, `no-wheel`,
 * `full`, or `hang`, for which it writes its own process number to `$FAKE_PIP_PID` and waits to be ended.
 * `FAKE_LOAD=fails` makes the libraries fail to load.
 */
const script = `#!/bin/sh
all="$*"
case "$all" in
  *ensurepip*) echo "\${FAKE_PYTHON_VERSION:-3.12.4}" ;;
  *"-m venv "*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python"; echo "-- $all" >> "$FAKE_CALLS" ;;
  *"-m pip "*)
    echo "-- $all" >> "$FAKE_CALLS"
    echo "Collecting numpy==2.4.6"
    echo "TMPDIR $TMPDIR" >> "$FAKE_CALLS"
    case "$FAKE_PIP" in
      unreachable) echo "WARNING: Retrying after connection broken by 'NewConnectionError(...)'" >&2; echo "ERROR: No matching distribution found for numpy==2.4.6" >&2; exit 1 ;;
      other-file) echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2; exit 1 ;;
      no-wheel) echo "ERROR: No matching distribution found for numpy==2.4.6" >&2; exit 1 ;;
      full) echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1 ;;
      hang) echo "Downloading"; echo $$ > "$FAKE_PIP_PID"; exec sleep 60 ;;
    esac
    echo "Successfully installed numpy-2.4.6" ;;
  *"import msgpack"*)
    [ "$FAKE_LOAD" = fails ] && { echo "ImportError: libgomp.so.1: cannot open shared object file" >&2; exit 1; }
    echo 'headgate-libraries {"python": "3.12.4", "numpy": "2.4.6", "scikit-learn": "1.9.1"}' ;;
  *installed_trainers*) echo '["ridge", "svc"]' ;;
  *) echo "unexpected: $all" >&2; exit 3 ;;
esac
`;

/** Writes it into the folder as the command `python3`. */
export function writeFakePython(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "python3");
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}
