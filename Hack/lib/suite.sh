# shellcheck shell=bash
# Sourced by what fetches packages of another Debian than this machine's, and installs nothing of them.

# suite_apt SUITE FOLDER PROGRAM ARGUMENT...: a program of apt that knows another suite of the machine's mirror, and a system
# on which nothing is installed. It lies in FOLDER, and what it downloads in FOLDER/archives.
suite_apt() (
  set -e
  suite=$1 folder=$2 program=$3
  shift 3
  export APT_CONFIG=$folder/apt.conf
  if [[ ! -e $APT_CONFIG ]]; then
    mirror=$(unset APT_CONFIG && apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(REPO_URI)' |
      awk -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
        '$1 == "Packages" && $2 == release && $3 == "main" { print $4; exit }')
    if [[ -z $mirror ]]; then
      echo "apt knows no mirror of this Debian"
      exit 1
    fi
    mkdir -p "$folder"/{lists/partial,archives/partial,parts}
    : >"$folder/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$folder/sources.list"
    # What the machine does after its own updates is not for these.
    cat >"$APT_CONFIG" <<CONFIGURATION
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "$folder/parts";
Dir::Etc::PreferencesParts "$folder/parts";
Dir::State "$folder";
Dir::State::status "$folder/status";
Dir::State::lists "$folder/lists";
Dir::Cache "$folder";
Dir::Cache::archives "$folder/archives";
APT::Sandbox::User "root";
Acquire::Languages "none";
APT::Update::Error-Mode "any";
CONFIGURATION
    apt-get --quiet --quiet update
  fi
  [[ $program != apt-get ]] || set -- --quiet --quiet "$@"
  "$program" "$@"
)
