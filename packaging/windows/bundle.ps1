# Makes the bundle and its installer on Windows 10 or 11, 64 bits. UNTESTED: written from the documentation.
#
#     powershell -ExecutionPolicy Bypass -File packaging\windows\bundle.ps1
#
# Needs Python 3.11 to 3.13 from python.org, and Inno Setup 6 for the installer.

$ErrorActionPreference = "Stop"
$root = (Resolve-Path "$PSScriptRoot\..\..").Path
$venv = "$root\build\bundle-venv"
$python = "$venv\Scripts\python.exe"

if (-not (Test-Path $python)) {
    py -3.12 -m venv $venv
    if ($LASTEXITCODE) { throw "The environment could not be made." }
}
$wanted = & $python -c @"
import tomllib
with open(r'$root\pyproject.toml', 'rb') as file:
    project = tomllib.load(file)
print('\n'.join([*project['project']['dependencies'], *project['dependency-groups']['bundle']]))
"@
$wanted | Set-Content -Encoding utf8 "$venv\wanted.txt"
& $python -m pip install -q -r "$venv\wanted.txt"
if ($LASTEXITCODE) { throw "Not everything could be installed." }

& "$venv\Scripts\pyinstaller.exe" --noconfirm --distpath "$root\dist" --workpath "$root\build\pyinstaller" `
    "$root\packaging\genre-tagger.spec"
if ($LASTEXITCODE) { throw "PyInstaller failed." }
& $python "$root\packaging\bundle_finish.py" "$root\dist\genre-tagger"
if ($LASTEXITCODE) { throw "The bundle could not be finished." }

$version = & $python -c "import sys; sys.path.insert(0, r'$root'); import genre_tagger; print(genre_tagger.__version__)"
Compress-Archive -Force "$root\dist\genre-tagger" "$root\dist\genre-tagger-$version-windows.zip"
$inno = "${env:ProgramFiles(x86)}\Inno Setup 6\ISCC.exe"
if (Test-Path $inno) {
    & $inno "/DVersion=$version" "$PSScriptRoot\genre-tagger.iss"
} else {
    Write-Output "Inno Setup 6 is not here, so there is no installer."
}
