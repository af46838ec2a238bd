; Installer for Windows, by Inno Setup 6 from what bundle.ps1 made. UNTESTED: written from the documentation.
;     ISCC /DVersion=0.1.0 packaging\windows\genre-tagger.iss

#ifndef Version
  #error Say /DVersion=… as bundle.ps1 does
#endif

[Setup]
AppId={{6E2B6C1D-7D0B-4C0A-9C5E-47546167F001}
AppName=Genre Tagger
AppVersion={#Version}
AppPublisher=The Genre Tagger founders
DefaultDirName={autopf}\Genre Tagger
DefaultGroupName=Genre Tagger
DisableProgramGroupPage=yes
LicenseFile=..\..\LICENSE
; For one user without being asked for a password, or for everybody.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
SetupIconFile=..\desktop\icons\genre-tagger.ico
UninstallDisplayIcon={app}\genre-tagger.exe
OutputDir=..\..\dist
OutputBaseFilename=genre-tagger-{#Version}-setup
Compression=lzma2
SolidCompression=yes
; The running program is asked to close; it ends the file in hand and goes on at the next start.
CloseApplications=yes
WizardStyle=modern

[Tasks]
Name: desktopicon; Description: "An icon on the desktop"; Flags: unchecked
Name: openwith; Description: "Offer Genre Tagger in ""Open with"" for music files and folders"

[Files]
Source: "..\..\dist\genre-tagger\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\Genre Tagger"; Filename: "{app}\genre-tagger.exe"; AppUserModelID: "io.github.genre_tagger.GenreTagger"
Name: "{autodesktop}\Genre Tagger"; Filename: "{app}\genre-tagger.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\Applications\genre-tagger.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Genre Tagger"; Flags: uninsdeletekey; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Applications\genre-tagger.exe\shell\open\command"; ValueType: string; ValueData: """{app}\genre-tagger.exe"" ""%1"""; Flags: uninsdeletekey; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Directory\shell\GenreTagger"; ValueType: string; ValueData: "Add to Genre Tagger"; Flags: uninsdeletekey; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\Directory\shell\GenreTagger\command"; ValueType: string; ValueData: """{app}\genre-tagger.exe"" ""%1"""; Flags: uninsdeletekey; Tasks: openwith

[Run]
Filename: "{app}\genre-tagger.exe"; Description: "Start Genre Tagger"; Flags: nowait postinstall skipifsilent
